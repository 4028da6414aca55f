//! The least growth. In: rows that ask for capacity, prices. Out: how much to grow each node. Promises: the
//! cheapest that meets every row, exactly, unless it says otherwise; rows that share no node are solved by
//! themselves.

use super::objective::Objective;
use super::price::{Prices, Worth};
use crate::model::NodeId;
use std::collections::BTreeMap;

/// Nodes of rows that hang together of which every subset is tried.
const MOST_SUBSETS: usize = 10;
/// The same of which each is left out once.
const MOST_TRIED: usize = 64;
/// Pivots of one linear program.
const MOST_PIVOTS: usize = 2_000;
/// Less than this of a row is rounding.
const NOISE: f64 = 1e-12;

/// The growth of some nodes together is at least so much.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) struct Row {
    /// Sorted, each once.
    pub terms: Vec<NodeId>,
    /// > 0.
    pub least: f64,
}

/// Growth that meets every row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Grown {
    pub amounts: BTreeMap<NodeId, f64>,
    pub worth: Worth,
    /// What any growth that meets the rows costs at least; `worth` where that is known.
    pub least: Worth,
}

/// The cheapest growth; `None` where no growth that is for sale meets the rows.
pub(super) fn least_growth(rows: &[Row], prices: &Prices<'_>) -> Option<Grown> {
    let mut grown = Grown::default();
    for (terms, rows) in together(rows) {
        let part = Part::of(terms, &rows, prices).least()?;
        for (v, amount) in part.amounts {
            grown.amounts.insert(v, amount);
        }
        grown.worth = grown.worth.plus(part.worth);
        grown.least = grown.least.plus(part.least);
    }
    Some(grown)
}

/// Rows that hang together by the nodes that they name, with these nodes.
pub(super) fn together(rows: &[Row]) -> Vec<(Vec<NodeId>, Vec<&Row>)> {
    let mut parts: Vec<(Vec<NodeId>, Vec<&Row>)> = Vec::new();
    for row in rows {
        let touches = |p: &(Vec<NodeId>, Vec<&Row>)| p.0.iter().any(|v| row.terms.contains(v));
        let (mut same, apart): (Vec<_>, Vec<_>) = parts.into_iter().partition(touches);
        parts = apart;
        let mut joined = (row.terms.clone(), Vec::new());
        for (terms, rows) in &mut same {
            joined.0.append(terms);
            joined.1.append(rows);
        }
        joined.1.push(row);
        joined.0.sort_unstable();
        joined.0.dedup();
        parts.push(joined);
    }
    parts
}

/// Rows that hang together.
struct Part<'a> {
    prices: &'a Prices<'a>,
    rows: Vec<&'a Row>,
    /// Nodes that are for sale: what growing each costs at all and per unit, and by how much at most.
    nodes: Vec<(NodeId, [Worth; 2], f64)>,
}

impl<'a> Part<'a> {
    fn of(terms: Vec<NodeId>, rows: &[&'a Row], prices: &'a Prices<'a>) -> Self {
        let nodes = terms.into_iter();
        let nodes = nodes.filter_map(|v| Some((v, prices.growth(v)?, prices.room(v))));
        Self {
            prices,
            rows: rows.to_vec(),
            nodes: nodes.collect(),
        }
    }

    fn least(&self) -> Option<Grown> {
        if self.rows.iter().all(|r| r.terms.len() == 1) {
            return self.alone();
        }
        match self.prices.objective {
            Objective::Cost => self.solved(&(0..self.nodes.len()).collect::<Vec<_>>()),
            Objective::Changes => self.fewest(),
        }
    }

    /// Where each row names one node.
    fn alone(&self) -> Option<Grown> {
        let most = self.rows.iter().map(|r| r.least).fold(0.0, f64::max);
        let &[(v, _, room)] = self.nodes.as_slice() else {
            return None;
        };
        (most <= room * (1.0 + NOISE)).then(|| self.grown(&[(v, most.min(room))]))
    }

    /// The fewest nodes that can meet the rows, and of those sets the one that grows least.
    fn fewest(&self) -> Option<Grown> {
        let n = self.nodes.len();
        if n > MOST_SUBSETS {
            let all = self.solved(&(0..n).collect::<Vec<_>>())?;
            // At least one of them grows.
            let least = Worth([1.0, all.worth.0[1], 0.0]);
            let few = if n > MOST_TRIED { all } else { self.fewer(all) };
            return Some(Grown { least, ..few });
        }
        let mut subsets: Vec<Vec<usize>> = (1..1usize << n)
            .map(|set| (0..n).filter(|at| set >> at & 1 == 1).collect())
            .collect();
        subsets.sort_by_key(Vec::len);
        let mut best: Option<Grown> = None;
        for subset in subsets {
            if best
                .as_ref()
                .is_some_and(|b| (b.amounts.len()) < subset.len())
            {
                break;
            }
            let Some(found) = self.solved(&subset) else {
                continue;
            };
            if best.as_ref().is_none_or(|b| found.worth.is_less(&b.worth)) {
                best = Some(found);
            }
        }
        best
    }

    /// Growth of fewer nodes: without each in turn of which the others can do as well, the one that grows least first.
    fn fewer(&self, all: Grown) -> Grown {
        let grows = |at: &usize| all.amounts.get(&self.nodes[*at].0).copied().unwrap_or(0.0);
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by(|x, y| grows(x).total_cmp(&grows(y)).then(x.cmp(y)));
        let mut kept = order.clone();
        let mut best = all.clone();
        for at in order {
            let few: Vec<usize> = kept.iter().copied().filter(|&k| k != at).collect();
            if let Some(found) = self.solved(&few) {
                kept = few;
                if found.worth.is_less(&best.worth) {
                    best = found;
                }
            }
        }
        best
    }

    /// The cheapest growth of some of the nodes, whatever growing one costs at all.
    fn solved(&self, of: &[usize]) -> Option<Grown> {
        let price = |at: usize| match self.prices.objective {
            Objective::Cost => self.nodes[at].1[1].0[0],
            Objective::Changes => 1.0,
        };
        let costs: Vec<f64> = of.iter().map(|&at| price(at)).collect();
        let mut program = Program::new(&costs);
        for row in &self.rows {
            let stands = |&at: &usize| row.terms.binary_search(&self.nodes[at].0).is_ok();
            program.at_least(&of.iter().map(stands).collect::<Vec<_>>(), row.least);
        }
        for (column, &at) in of.iter().enumerate() {
            if self.nodes[at].2.is_finite() {
                program.at_most(column, self.nodes[at].2);
            }
        }
        let amounts = program.solve()?;
        let amounts: Vec<(NodeId, f64)> = of
            .iter()
            .zip(amounts)
            .filter(|(_, amount)| *amount > 0.0)
            .map(|(&at, amount)| (self.nodes[at].0, amount))
            .collect();
        Some(self.grown(&amounts))
    }

    fn grown(&self, amounts: &[(NodeId, f64)]) -> Grown {
        let amounts: Vec<(NodeId, f64)> = amounts.iter().map(|&(v, x)| (v, tidy(x))).collect();
        let mut worth = Worth::default();
        for (v, amount) in &amounts {
            if let Some([once, unit]) = self.prices.growth(*v) {
                worth = worth.plus(once).plus(Worth(unit.0.map(|u| u * amount)));
            }
        }
        // In a linear program of costs, the number of changes is not made least.
        let least = match self.prices.objective {
            Objective::Cost if self.rows.iter().any(|r| r.terms.len() > 1) => {
                Worth([worth.0[0], 1.0, 0.0])
            }
            _ => worth,
        };
        Grown {
            amounts: amounts.into_iter().collect(),
            worth,
            least,
        }
    }
}

/// Without the last digits, which are rounding: far less of them than a service may lack and be whole.
fn tidy(amount: f64) -> f64 {
    format!("{amount:.11e}").parse().unwrap_or(amount)
}

/// A linear program: the least cost of x ≥ 0 with sums of x at least or at most something. Costs are not
/// negative, so that the dual simplex method can start where nothing is grown.
struct Program {
    /// By column that stands for nothing in the basis.
    costs: Vec<f64>,
    /// Per row: what its basic variable is, and how it falls with each column.
    rows: Vec<(f64, Vec<f64>)>,
    /// The variable of each column, and of each row; slacks come after the others.
    columns: Vec<usize>,
    basis: Vec<usize>,
}

impl Program {
    fn new(costs: &[f64]) -> Self {
        Self {
            costs: costs.to_vec(),
            rows: Vec::new(),
            columns: (0..costs.len()).collect(),
            basis: Vec::new(),
        }
    }

    fn row(&mut self, value: f64, falls: Vec<f64>) {
        self.basis.push(self.columns.len() + self.rows.len());
        self.rows.push((value, falls));
    }

    fn at_least(&mut self, of: &[bool], least: f64) {
        let falls = of.iter().map(|&stands| if stands { -1.0 } else { 0.0 });
        self.row(-least, falls.collect());
    }

    fn at_most(&mut self, column: usize, most: f64) {
        let falls = (0..self.columns.len()).map(|c| if c == column { 1.0 } else { 0.0 });
        self.row(most, falls.collect());
    }

    /// The values of the variables; `None` where there are none.
    fn solve(mut self) -> Option<Vec<f64>> {
        let variables = self.columns.len();
        let scale = self.rows.iter().map(|r| r.0.abs()).fold(1e-300, f64::max);
        for _ in 0..MOST_PIVOTS {
            let short = (0..self.rows.len()).filter(|&r| self.rows[r].0 < -NOISE * scale);
            // The first by number of its variable, so that no pivots go round.
            let Some(row) = short.min_by_key(|&r| self.basis[r]) else {
                let mut values = vec![0.0; variables];
                for (at, &variable) in self.basis.iter().enumerate() {
                    if variable < variables {
                        values[variable] = f64::max(self.rows[at].0, 0.0);
                    }
                }
                return Some(values);
            };
            let ratio = |c: usize| self.costs[c] / -self.rows[row].1[c];
            let helps = (0..variables).filter(|&c| self.rows[row].1[c] < -1e-11);
            let column = helps.min_by(|&x, &y| {
                let order = ratio(x).total_cmp(&ratio(y));
                order.then(self.columns[x].cmp(&self.columns[y]))
            })?;
            self.pivot(row, column);
        }
        None
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let by = self.rows[row].1[column];
        let (value, mut falls) = std::mem::take(&mut self.rows[row]);
        for (at, fall) in falls.iter_mut().enumerate() {
            *fall = if at == column { 1.0 / by } else { *fall / by };
        }
        let value = value / by;
        for (other, (kept, theirs)) in self.rows.iter_mut().enumerate() {
            if other == row {
                continue;
            }
            let factor = theirs[column];
            *kept -= factor * value;
            for (at, fall) in theirs.iter_mut().enumerate() {
                *fall = if at == column {
                    -factor * falls[at]
                } else {
                    *fall - factor * falls[at]
                };
            }
        }
        let factor = self.costs[column];
        for (at, cost) in self.costs.iter_mut().enumerate() {
            *cost = if at == column {
                -factor * falls[at]
            } else {
                (*cost - factor * falls[at]).max(0.0)
            };
        }
        self.rows[row] = (value, falls);
        std::mem::swap(&mut self.columns[column], &mut self.basis[row]);
    }
}

#[cfg(test)]
mod tests {
    use super::Program;

    fn solved(costs: &[f64], rows: &[(&[usize], f64)], most: &[(usize, f64)]) -> Option<Vec<f64>> {
        let mut program = Program::new(costs);
        for (of, least) in rows {
            let stands: Vec<bool> = (0..costs.len()).map(|c| of.contains(&c)).collect();
            program.at_least(&stands, *least);
        }
        for &(column, value) in most {
            program.at_most(column, value);
        }
        program.solve()
    }

    #[test]
    fn programs_have_the_cheapest_solution() {
        // Every pair of three is to have 50 more: 25 each is least in sum.
        let pairs: [(&[usize], f64); 3] = [(&[0, 1], 50.0), (&[0, 2], 50.0), (&[1, 2], 50.0)];
        assert_eq!(solved(&[1.0; 3], &pairs, &[]), Some(vec![25.0; 3]));
        // One that is dear is left out.
        let found = solved(&[1.0, 1.0, 9.0], &pairs, &[]).expect("there is one");
        assert_eq!(found, [50.0, 50.0, 0.0]);
        // The cheap one as far as it goes.
        let found = solved(&[1.0, 3.0], &[(&[0, 1], 50.0)], &[(0, 20.0)]);
        assert_eq!(found, Some(vec![20.0, 30.0]));
        assert_eq!(solved(&[1.0], &[(&[0], 50.0)], &[(0, 20.0)]), None);
    }
}
