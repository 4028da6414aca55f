//! Capacity outage tables: how likely a pool has how much capacity.
//!
//! In: members of a pool, each with a capacity and a formula that says when it is out, and one formula
//! of all else that must work. Out: an [`OutageTable`]: for any load the probability of being down, of
//! being degraded, and what is left unserved, exactly. Members that share nothing are folded into
//! one another; where some share an event or a module, the table is made twice, given that it
//! happens and that it does not, which parts them: the one that most share first.

use super::build::{Budget, smallest};
use super::diagram::Diagram;
use super::formula::{Formula, Kind, Term};
use super::modules::Modules;
use super::order::Part;
use super::rewrite;
use super::solved::Solved;
use petgraph::unionfind::UnionFind;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// Given what is shared, at most so many tables are made.
const MOST_TABLES: u32 = 20_000;
/// Additions of probabilities, at most.
const MOST_WORK: usize = 4_000_000;
/// Capacities are so many times a unit, at most, but for rounding.
const MOST_UNITS: f64 = 1e15;
const ROUNDING: f64 = 1e-12;
/// Statuses are judged within this.
const SPECK: f64 = 1e-9;

/// How likely a pool has how much.
#[derive(Clone, Debug, PartialEq)]
pub struct OutageTable {
    /// Capacities that it may have while it works, ascending.
    capacity: Vec<f64>,
    /// By position: probability of less than that, while it works; one more than capacities.
    below: Vec<f64>,
    /// The same times the capacity.
    held: Vec<f64>,
    /// Probability that it does not work.
    lost: f64,
}

/// How likely each status is at one load.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shortage {
    /// It does not work, or delivers nothing.
    pub down: f64,
    /// It works and delivers less than all.
    pub degraded: f64,
    /// What is expected to be left unserved, as a fraction.
    pub unserved: f64,
}

impl OutageTable {
    /// Of something that has all that is asked of it while it works.
    #[must_use]
    pub fn unlimited(lost: f64) -> Self {
        Self {
            capacity: vec![f64::INFINITY],
            below: vec![0.0, 1.0 - lost],
            held: vec![0.0, f64::INFINITY],
            lost,
        }
    }

    /// At a load.
    #[must_use]
    pub fn at(&self, load: f64) -> Shortage {
        let first = |enough: &dyn Fn(f64) -> bool| self.capacity.partition_point(|&c| !enough(c));
        let some = first(&|c| load <= 0.0 || c / load > SPECK);
        let all = first(&|c| load <= 0.0 || c / load >= 1.0 - SPECK);
        let nothing = self.lost + self.below[some];
        let short = self.below[all] - self.below[some];
        let served = self.held[all] - self.held[some];
        Shortage {
            down: nothing,
            degraded: short,
            unserved: if load > 0.0 {
                nothing + (short - served / load).max(0.0)
            } else {
                0.0
            },
        }
    }
}

/// A pool.
#[derive(Debug)]
pub struct Pool {
    /// The formula of all.
    pub formula: Formula,
    /// When each member is out.
    pub members: Vec<Term>,
    /// What each can carry.
    pub capacity: Vec<f64>,
    /// How many must work.
    pub need: u32,
    /// When something else that must work does not.
    pub beside: Term,
}

/// Capacity in units and how many members work (no more than are needed) → probability; and that
/// something that must work does not.
#[derive(Clone, Debug, Default)]
struct Spread {
    p: BTreeMap<(u64, u32), f64>,
    lost: f64,
}

/// A member, or what must work beside the pool.
struct Root {
    /// What it adds; `None`: it must work.
    units: Option<u64>,
    /// When it is out, by its leaves.
    diagram: Option<Diagram>,
    leaves: Vec<Term>,
}

struct Tables {
    roots: Vec<Root>,
    need: u32,
    made: u32,
    work: usize,
}

/// The table of a pool; `None` if it would take too long.
pub fn table(
    pool: Pool,
    q: impl Fn(u32) -> f64 + Copy,
    budget: &mut Budget,
) -> Option<OutageTable> {
    let (unit, units) = units(&pool.capacity)?;
    let mut terms = pool.members;
    terms.push(pool.beside);
    let (formula, terms) = rewrite::simplest(pool.formula, terms);
    let modules = Modules::new(&formula, &terms);
    let mut chance: HashMap<Term, f64> = HashMap::new();
    let mut roots = Vec::with_capacity(terms.len());
    for (&t, units) in terms.iter().zip(units.into_iter().map(Some).chain([None])) {
        let part = Part::new(&formula, &modules, t);
        let (diagram, leaves) = if modules.is_module(t) || !formula.is_gate(t) {
            (None, vec![t])
        } else {
            let (diagram, leaves) = smallest(&formula, &part, budget).ok()?;
            (Some(diagram), leaves)
        };
        for &leaf in &leaves {
            if let Entry::Vacant(unknown) = chance.entry(leaf) {
                unknown.insert(match formula.kind(leaf) {
                    Kind::Event(e) => q(*e),
                    _ => Solved::new(&formula, leaf, budget).ok()?.probability(q),
                });
            }
        }
        roots.push(Root {
            units,
            diagram,
            leaves,
        });
    }
    let all: Vec<usize> = (0..roots.len()).collect();
    let mut tables = Tables {
        roots,
        need: pool.need,
        made: 0,
        work: 0,
    };
    let spread = tables.of(&all, &mut chance)?;
    Some(spread.table(unit, pool.need))
}

/// Capacities as multiples of a unit; `None` if they lie on no grid.
fn units(capacity: &[f64]) -> Option<(f64, Vec<u64>)> {
    let least = capacity.iter().copied().filter(|&c| c > 0.0);
    let least = least.fold(f64::INFINITY, f64::min);
    if least == f64::INFINITY {
        return Some((1.0, vec![0; capacity.len()]));
    }
    let units = std::iter::once(least).chain((0..=6).map(|digits| 10f64.powi(-digits)));
    let on = |unit: f64| {
        let near = |c: &f64| {
            let n = (c / unit).round();
            let fits = n <= MOST_UNITS && (c / unit - n).abs() <= ROUNDING * n;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Whole, small.
            fits.then_some(n as u64)
        };
        let all: Option<Vec<u64>> = capacity.iter().map(near).collect();
        all.map(|all| (unit, all))
    };
    units.into_iter().find_map(on)
}

impl Tables {
    /// Of some roots, given the chances of all leaves.
    fn of(&mut self, roots: &[usize], chance: &mut HashMap<Term, f64>) -> Option<Spread> {
        self.made += 1;
        if self.made > MOST_TABLES {
            return None;
        }
        let mut all = Spread::nothing();
        for (group, most_shared) in self.groups(roots, chance) {
            let part = match most_shared {
                None => self.one(group[0], chance),
                Some(leaf) => {
                    let p = chance.get(&leaf).copied().unwrap_or(0.0);
                    chance.insert(leaf, 1.0);
                    let with = self.of(&group, chance);
                    chance.insert(leaf, 0.0);
                    let without = self.of(&group, chance);
                    chance.insert(leaf, p);
                    without?.mixed(with?, p)
                }
            };
            self.work += all.p.len() * part.p.len();
            if self.work > MOST_WORK {
                return None;
            }
            all = all.with(&part, self.need);
        }
        Some(all)
    }

    /// Roots that share nothing with those of other groups, and the leaf that most of a group share.
    fn groups(
        &self,
        roots: &[usize],
        chance: &HashMap<Term, f64>,
    ) -> Vec<(Vec<usize>, Option<Term>)> {
        let mut users: BTreeMap<Term, Vec<usize>> = BTreeMap::new();
        for (at, &root) in roots.iter().enumerate() {
            // Whose fate is known shares nothing with anybody.
            let p = self.out(root, chance);
            if p > 0.0 && p < 1.0 {
                for &leaf in &self.roots[root].leaves {
                    if chance.get(&leaf).is_some_and(|&p| p > 0.0 && p < 1.0) {
                        users.entry(leaf).or_default().push(at);
                    }
                }
            }
        }
        let mut sets = UnionFind::<usize>::new(roots.len());
        for of in users.values() {
            for pair in of.windows(2) {
                sets.union(pair[0], pair[1]);
            }
        }
        let mut groups: BTreeMap<usize, (Vec<usize>, Option<Term>, usize)> = BTreeMap::new();
        for (at, &root) in roots.iter().enumerate() {
            let group = groups.entry(sets.find(at)).or_default();
            group.0.push(root);
        }
        for (leaf, of) in users.into_iter().filter(|(_, of)| of.len() > 1) {
            let group = groups.entry(sets.find(of[0])).or_default();
            if of.len() > group.2 {
                (group.1, group.2) = (Some(leaf), of.len());
            }
        }
        groups.into_values().map(|g| (g.0, g.1)).collect()
    }

    /// How likely a root is out.
    fn out(&self, root: usize, chance: &HashMap<Term, f64>) -> f64 {
        let root = &self.roots[root];
        let of = |v: u32| chance.get(&root.leaves[v as usize]).copied().unwrap_or(0.0);
        match &root.diagram {
            Some(diagram) => diagram.probability(of),
            None => of(0),
        }
    }

    fn one(&self, root: usize, chance: &HashMap<Term, f64>) -> Spread {
        let p = self.out(root, chance);
        let Some(units) = self.roots[root].units else {
            return Spread {
                p: BTreeMap::from([((0, 0), 1.0 - p)]),
                lost: p,
            };
        };
        let up = ((units, 1.min(self.need)), 1.0 - p);
        let all = [((0, 0), p), up].into_iter().filter(|(_, p)| *p > 0.0);
        let mut one = Spread::default();
        all.for_each(|(at, p)| *one.p.entry(at).or_insert(0.0) += p);
        one
    }
}

impl Spread {
    /// Of nobody.
    fn nothing() -> Self {
        Self {
            p: BTreeMap::from([((0, 0), 1.0)]),
            lost: 0.0,
        }
    }

    /// Together with another that shares nothing with it.
    fn with(&self, other: &Self, need: u32) -> Self {
        let mut p = BTreeMap::new();
        for (&(units, working), &a) in &self.p {
            for (&(more, too), &b) in &other.p {
                *p.entry((units + more, (working + too).min(need)))
                    .or_insert(0.0) += a * b;
            }
        }
        Self {
            p,
            lost: self.lost + (1.0 - self.lost) * other.lost,
        }
    }

    /// This, or another with probability `p`.
    fn mixed(mut self, other: Self, p: f64) -> Self {
        self.p.values_mut().for_each(|a| *a *= 1.0 - p);
        for (at, b) in other.p {
            *self.p.entry(at).or_insert(0.0) += p * b;
        }
        self.lost = self.lost * (1.0 - p) + other.lost * p;
        self
    }

    fn table(self, unit: f64, need: u32) -> OutageTable {
        let mut table = OutageTable {
            capacity: Vec::new(),
            below: vec![0.0],
            held: vec![0.0],
            lost: self.lost,
        };
        let (mut below, mut held) = (0.0, 0.0);
        for ((units, working), p) in self.p {
            if working < need {
                table.lost += p;
                continue;
            }
            let capacity = units as f64 * unit;
            below += p;
            held += p * capacity;
            if table.capacity.last() == Some(&capacity) {
                table.below.pop();
                table.held.pop();
            } else {
                table.capacity.push(capacity);
            }
            table.below.push(below);
            table.held.push(held);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_lie_on_a_grid_or_do_not() {
        assert_eq!(units(&[150.0, 50.0]), Some((50.0, vec![3, 1])));
        assert_eq!(units(&[0.3, 0.2]).map(|u| u.1), Some(vec![3, 2]));
        assert_eq!(units(&[100.0 / 3.0, 0.0]).map(|u| u.1), Some(vec![1, 0]));
        assert_eq!(units(&[std::f64::consts::PI, 1.0]), None);
        assert_eq!(units(&[]), Some((1.0, vec![])));
    }

    /// Two of three equal members are needed; all three stand on one rack.
    #[test]
    fn a_shared_rack_is_asked_first() {
        let mut f = Formula::new();
        let events: Vec<Term> = (0..4).map(|e| f.event(e)).collect();
        let members = events[..3].iter().map(|&e| (e, events[3]));
        let members: Vec<Term> = members
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(e, rack)| f.any([e, rack]))
            .collect();
        let pool = Pool {
            formula: f,
            members,
            capacity: vec![100.0; 3],
            need: 2,
            beside: super::super::formula::NEVER,
        };
        let mut budget = Budget {
            nodes: 1000,
            steps: 1000,
        };
        let table = table(pool, |e| if e == 3 { 0.2 } else { 0.1 }, &mut budget).expect("small");
        let at = table.at(250.0);
        let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-15, "{x} {y}");
        near(at.down, 0.2 + 0.8 * (0.001 + 3.0 * 0.01 * 0.9));
        near(at.degraded, 0.8 * 3.0 * 0.1 * 0.81);
        near(at.unserved, at.down + at.degraded * 0.2);
        near(table.at(200.0).degraded, 0.0);
        near(table.at(0.0).unserved, 0.0);
    }
}
