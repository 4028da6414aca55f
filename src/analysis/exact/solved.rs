//! A formula as diagrams, one per module, and the two passes over them.

use super::answer::{Down, Share};
use super::bdd::TooLarge;
use super::build::{Budget, smallest};
use super::diagram::Diagram;
use super::formula::{ALWAYS, Formula, Kind, Term};
use super::modules::Modules;
use super::order::Part;
use std::collections::HashMap;

/// From here on what is left without an event is worked out anew: the difference has lost its
/// digits.
const NEARLY_ALL: f64 = 1.0 - 1e-6;

/// What a variable of a diagram stands for.
#[derive(Clone, Copy, Debug)]
enum Variable {
    Event(u32),
    /// A module that comes before, by number.
    Module(usize),
}

/// A module.
#[derive(Debug)]
struct Module {
    diagram: Diagram,
    variables: Vec<Variable>,
}

/// The diagrams of one formula.
#[derive(Debug)]
pub struct Solved {
    /// Those that others use before these; the last one is the whole.
    modules: Vec<Module>,
    /// Where there is no gate at all.
    plain: Option<Variable>,
    /// Whether it always holds.
    always: bool,
}

impl Solved {
    /// Builds them.
    ///
    /// # Errors
    /// They are too large.
    pub fn new(formula: &Formula, top: Term, budget: &mut Budget) -> Result<Self, TooLarge> {
        let mut solved = Self {
            modules: Vec::new(),
            plain: None,
            always: top == ALWAYS,
        };
        if let Kind::Event(e) = formula.kind(top) {
            solved.plain = Some(Variable::Event(*e));
        }
        let modules = Modules::new(formula, &[top]);
        let mut number = HashMap::new();
        for t in formula.below(&[top], |_| false) {
            if !modules.is_module(t) {
                continue;
            }
            let part = Part::new(formula, &modules, t);
            let (diagram, order) = smallest(formula, &part, budget)?;
            let variable = |t: &Term| match formula.kind(*t) {
                Kind::Event(e) => Variable::Event(*e),
                _ => Variable::Module(number[t]),
            };
            let variables = order.iter().map(variable).collect();
            number.insert(t, solved.modules.len());
            solved.modules.push(Module { diagram, variables });
        }
        Ok(solved)
    }

    /// How many nodes the diagrams have.
    pub fn nodes(&self) -> usize {
        self.modules.iter().map(|m| m.diagram.len()).sum()
    }

    /// Probability of every module, given that of each event.
    fn probabilities(&self, q: impl Fn(u32) -> f64) -> Vec<f64> {
        let mut p: Vec<f64> = Vec::with_capacity(self.modules.len());
        for module in &self.modules {
            let of = |v: u32| match module.variables[v as usize] {
                Variable::Event(e) => q(e),
                Variable::Module(m) => p[m],
            };
            let probability = module.diagram.probability(of);
            p.push(probability);
        }
        p
    }

    /// Its probability, given that of each event.
    pub fn probability(&self, q: impl Fn(u32) -> f64) -> f64 {
        if let Some(Variable::Event(e)) = self.plain {
            return q(e);
        }
        let none = if self.always { 1.0 } else { 0.0 };
        self.probabilities(q).last().copied().unwrap_or(none)
    }

    /// Probability, and importance of the events that matter most.
    pub fn down(&self, q: &[f64], listed: usize) -> Down {
        let of = |e: u32| q[e as usize];
        let probability = self.probability(of);
        let with = |event: u32, slope: f64| (probability + (1.0 - of(event)) * slope).min(1.0);
        let mut shares: Vec<(f64, u32, f64)> = self
            .derivatives(of)
            .into_iter()
            .map(|(event, slope)| (of(event) * with(event, slope), event, slope))
            .collect();
        shares.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        shares.truncate(listed);
        let share = |(_, event, slope): (f64, u32, f64)| Share {
            event,
            with: with(event, slope),
            without: if of(event) * slope > NEARLY_ALL * probability {
                self.probability(|e| if e == event { 0.0 } else { of(e) })
            } else {
                probability - of(event) * slope
            },
        };
        Down {
            probability,
            nodes: self.nodes(),
            importance: shares.into_iter().map(share).collect(),
        }
    }

    /// By how much the probability grows with that of each event.
    fn derivatives(&self, q: impl Fn(u32) -> f64 + Copy) -> HashMap<u32, f64> {
        let mut slopes = HashMap::new();
        if let Some(Variable::Event(e)) = self.plain {
            slopes.insert(e, 1.0);
        }
        let p = self.probabilities(q);
        let mut weight = vec![0.0; self.modules.len()];
        if let Some(last) = weight.last_mut() {
            *last = 1.0;
        }
        for (at, module) in self.modules.iter().enumerate().rev() {
            let w = weight[at];
            let of = |v: u32| match module.variables[v as usize] {
                Variable::Event(e) => q(e),
                Variable::Module(m) => p[m],
            };
            let mut parts = vec![0.0; module.variables.len()];
            module
                .diagram
                .derivatives(of, |v, part| parts[v as usize] += part);
            for (variable, part) in module.variables.iter().zip(parts) {
                match *variable {
                    Variable::Event(e) => *slopes.entry(e).or_insert(0.0) += w * part,
                    Variable::Module(m) => weight[m] += w * part,
                }
            }
        }
        slopes
    }
}
