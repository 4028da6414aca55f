//! Diagrams of modules.
//!
//! In: a module, an order of its leaves, how large it may become. Out: its [`Diagram`], or that it is
//! too large; and the [first](smallest) order that keeps within a limit.

use super::bdd::{Bdd, Limits, TooLarge};
use super::diagram::Diagram;
use super::formula::{Formula, Kind, Term};
use super::frontier::{Frontiers, Next};
use super::node::{ALWAYS, Handle, NEVER};
use super::order::{ORDERS, Part};
use super::ways::Shape;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

/// Diagrams refuse to have more variables than this: they go as deep.
const MOST_VARIABLES: usize = 2_000;
/// What is no longer needed is dropped when there are this many nodes, at the earliest.
const WORTH_DROPPING: usize = 1 << 14;
/// The first limit that is tried, and by how much each next one is larger.
const RUNGS: (usize, usize) = (30_000, 8);
/// Beyond this many nodes only those orders are tried on that came farthest: so many.
const ALL_ORDERS: usize = 100_000;
const FARTHEST: usize = 2;
/// Steps that go with a node of the limit.
const STEPS: u64 = 10;

/// What limits the diagrams of a service: nodes at a time, steps over all.
#[derive(Debug)]
pub struct Budget {
    /// Nodes at a time.
    pub nodes: usize,
    /// Steps that are left.
    pub steps: u64,
}

/// The diagram of a module in the first order that fits, and the leaves in that order. Limits grow: all orders
/// are tried small before any is tried large.
pub fn smallest(
    formula: &Formula,
    part: &Part,
    budget: &mut Budget,
) -> Result<(Diagram, Vec<Term>), TooLarge> {
    if part.leaves.len() > MOST_VARIABLES {
        return Err(TooLarge);
    }
    let mut orders: Vec<Vec<Term>> = Vec::new();
    let mut unfound = ORDERS.into_iter();
    let mut nodes = RUNGS.0.min(budget.nodes);
    loop {
        // How far each order came.
        let mut built = Vec::with_capacity(ORDERS.len());
        for at in 0.. {
            // Nearly every module fits in the first order, and the others take longer to find than it to build: they
            // are found when their turn comes, all of them in the first round.
            if at == orders.len() {
                let mut more = unfound.by_ref().filter_map(|o| part.ordered(formula, o));
                let Some(order) = more.find(|o| !orders.contains(o)) else {
                    break;
                };
                orders.push(order);
            }
            let order = &orders[at];
            let limits = Limits {
                nodes,
                steps: (nodes as u64 * STEPS).min(budget.steps),
            };
            let mut build = Build::new(formula, part, order, limits);
            let top = build.top(part.top, |_, f| Ok(f));
            budget.steps = budget.steps.saturating_sub(build.bdd.steps());
            if let Ok(top) = top {
                return Ok((build.bdd.cut(top), order.clone()));
            }
            built.push(build.built);
        }
        if nodes >= budget.nodes || budget.steps == 0 {
            return Err(TooLarge);
        }
        if nodes > ALL_ORDERS {
            let mut farthest: Vec<usize> = (0..orders.len()).collect();
            farthest.sort_by_key(|&o| std::cmp::Reverse(built[o]));
            farthest.truncate(FARTHEST);
            orders = farthest.into_iter().map(|o| orders[o].clone()).collect();
        }
        nodes = nodes.saturating_mul(RUNGS.1).min(budget.nodes);
    }
}

/// A diagram that is being built.
pub struct Build<'f> {
    formula: &'f Formula,
    /// The diagram.
    pub bdd: Bdd,
    gates: &'f [Term],
    variable: HashMap<Term, u32>,
    done: HashMap<Term, Handle>,
    /// How many gates have still to use a term.
    uses: HashMap<Term, u32>,
    drop_at: usize,
    /// How many gates are done.
    built: usize,
}

impl<'f> Build<'f> {
    /// Nothing is built yet.
    pub fn new(formula: &'f Formula, part: &'f Part, order: &[Term], limits: Limits) -> Self {
        let mut uses = HashMap::new();
        for &g in &part.gates {
            for &c in formula.children(g) {
                *uses.entry(c).or_insert(0) += 1;
            }
        }
        *uses.entry(part.top).or_insert(0) += 1;
        Self {
            formula,
            bdd: Bdd::new(limits),
            gates: &part.gates,
            variable: order.iter().copied().zip(0..).collect(),
            done: HashMap::new(),
            uses,
            drop_at: WORTH_DROPPING,
            built: 0,
        }
    }

    /// Builds all gates, `after` what is done with each function.
    pub fn top(
        &mut self,
        top: Term,
        after: impl Fn(&mut Bdd, Handle) -> Result<Handle, TooLarge>,
    ) -> Result<Handle, TooLarge> {
        for block in self.blocks() {
            if let [g] = block[..]
                && !self.formula.children(g).contains(&g)
            {
                let f = self.gate(g, &after)?;
                self.done.insert(g, f);
            } else {
                self.settle(&block, &after)?;
            }
            self.built += block.len();
            for g in block {
                for c in self.formula.children(g) {
                    if let Some(left) = self.uses.get_mut(c) {
                        *left -= 1;
                        if *left == 0 {
                            self.done.remove(c);
                        }
                    }
                }
            }
        }
        Ok(self.done.get(&top).copied().unwrap_or(NEVER))
    }

    /// Gates one by one, children first; those of a cycle together.
    fn blocks(&self) -> Vec<Vec<Term>> {
        if !self.formula.has_members(self.gates) {
            return self.gates.iter().map(|&g| vec![g]).collect();
        }
        let number: HashMap<Term, usize> = self.gates.iter().copied().zip(0..).collect();
        let mut graph = DiGraph::<(), (), u32>::new();
        for _ in self.gates {
            graph.add_node(());
        }
        for (at, &g) in self.gates.iter().enumerate() {
            let children = self.formula.children(g).iter();
            for c in children.filter_map(|c| number.get(c)) {
                graph.add_edge(NodeIndex::new(at), NodeIndex::new(*c), ());
            }
        }
        let blocks = kosaraju_scc(&graph).into_iter().map(|block| {
            let mut at: Vec<usize> = block.into_iter().map(NodeIndex::index).collect();
            at.sort_unstable();
            at.into_iter().map(|at| self.gates[at]).collect()
        });
        blocks.collect()
    }

    /// The least fixed point of a cycle, from "nobody is down" up.
    fn settle(
        &mut self,
        block: &[Term],
        after: &impl Fn(&mut Bdd, Handle) -> Result<Handle, TooLarge>,
    ) -> Result<(), TooLarge> {
        self.done.extend(block.iter().map(|&g| (g, NEVER)));
        loop {
            let mut settled = true;
            for &g in block {
                let f = self.gate(g, after)?;
                settled &= self.done.insert(g, f) == Some(f);
            }
            if settled {
                return Ok(());
            }
        }
    }

    fn gate(
        &mut self,
        gate: Term,
        after: &impl Fn(&mut Bdd, Handle) -> Result<Handle, TooLarge>,
    ) -> Result<Handle, TooLarge> {
        let formula = self.formula;
        let children = formula.children(gate);
        let mut functions = Vec::with_capacity(children.len());
        for c in children {
            functions.push(match (self.done.get(c), self.variable.get(c)) {
                (Some(&f), _) => f,
                (None, Some(&v)) => self.bdd.variable(v)?,
                // The two constants are the same numbers in both.
                (None, None) => *c,
            });
        }
        let k = match formula.kind(gate) {
            Kind::AtLeast(k, _) => *k,
            Kind::NoWay(shape, _) => {
                let f = self.no_way(formula.shape(*shape), &mut functions)?;
                return after(&mut self.bdd, f);
            }
            _ => return Ok(functions[0]),
        };
        // What comes last goes first: little has to be gone through again.
        functions.sort_by_key(|&f| self.bdd.first_variable(f));
        let both = k as usize == functions.len();
        if k != 1 && !both {
            self.drop_unused(&mut functions, &mut []);
            let f = self.bdd.at_least(k as usize, &functions)?;
            return after(&mut self.bdd, f);
        }
        let mut sum = [if both { ALWAYS } else { NEVER }];
        while let Some(f) = functions.pop() {
            functions.push(f);
            self.drop_unused(&mut functions, &mut sum);
            let f = functions.pop().unwrap_or(NEVER);
            let joined = if both {
                self.bdd.and(f, sum[0])?
            } else {
                self.bdd.or(f, sum[0])?
            };
            sum[0] = after(&mut self.bdd, joined)?;
        }
        Ok(sum[0])
    }

    /// That no way is left, given when each link is down.
    fn no_way(&mut self, shape: &Shape, links: &mut [Handle]) -> Result<Handle, TooLarge> {
        if shape.from == shape.to {
            return Ok(NEVER);
        }
        let layers = Frontiers::new(shape).layers()?;
        let mut below: Vec<Handle> = Vec::new();
        for (at, layer) in layers.iter().enumerate().rev() {
            let mut values = Vec::with_capacity(layer.len() + below.len());
            for &[works, fails] in layer {
                let value = |next: Next| match next {
                    Next::Joined => NEVER,
                    Next::Parted => ALWAYS,
                    Next::On(i) => below[i],
                };
                // A way that is there without the link is there with it.
                let lost = self.bdd.and(links[at], value(fails))?;
                values.push(self.bdd.or(value(works), lost)?);
            }
            below = values;
            self.drop_unused(links, &mut below);
        }
        Ok(below.first().copied().unwrap_or(ALWAYS))
    }

    /// Drops what nothing needs any more, if there is much of it.
    pub fn drop_unused(&mut self, functions: &mut [Handle], more: &mut [Handle]) {
        if self.bdd.len() < self.drop_at {
            return;
        }
        let kept = self.done.values_mut().chain(functions).chain(more);
        self.bdd.keep(kept);
        self.drop_at = (2 * self.bdd.len()).max(WORTH_DROPPING);
    }
}
