//! The formula of a cone as diagrams, one per module, and the two passes over them.

use super::bdd::{ALWAYS, Bdd, Handle, Limits, NEVER, TooLarge};
use super::cone::{Cone, Gate};
use super::{Down, Share};
use std::collections::HashMap;

/// Diagrams refuse to have more variables than this: they go as deep.
const MOST_VARIABLES: usize = 2_000;
/// From here on what is left without an event is worked out anew: the difference has lost its
/// digits.
const NEARLY_ALL: f64 = 1.0 - 1e-6;

/// What a variable of a diagram stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Variable {
    Event(u32),
    Module(u32),
}

/// A part of the formula that nothing outside shares.
struct Module {
    /// The gate at its top.
    gate: u32,
    bdd: Bdd,
    top: Handle,
    variables: Vec<Variable>,
    /// Probability of every node.
    p: Vec<f64>,
}

/// The formula of one service.
pub struct Formula<'a> {
    q: &'a [f64],
    /// Those that others use before these.
    modules: Vec<Module>,
    /// By gate: which module.
    module_of: HashMap<u32, usize>,
}

impl<'a> Formula<'a> {
    /// Builds it; `q` by number of event.
    ///
    /// # Errors
    /// The diagrams are too large.
    pub fn new(cone: &Cone, q: &'a [f64], limits: Limits) -> Result<Self, TooLarge> {
        let mut formula = Self {
            q,
            modules: Vec::new(),
            module_of: HashMap::new(),
        };
        let mut left = limits;
        for draft in Draft::all(cone, limits) {
            formula.close(draft.build(&mut left)?);
        }
        Ok(formula)
    }

    fn close(&mut self, mut module: Module) {
        let q = |v: u32| self.q_of(&module.variables, v);
        module.p = module.bdd.probabilities(q);
        self.module_of.insert(module.gate, self.modules.len());
        self.modules.push(module);
    }

    fn q_of(&self, variables: &[Variable], v: u32) -> f64 {
        match variables[v as usize] {
            Variable::Event(e) => self.q[e as usize],
            Variable::Module(gate) => self.modules[self.module_of[&gate]].probability(),
        }
    }

    /// Probability, and importance of the events that matter most.
    pub fn down(&self, listed: usize) -> Down {
        let probability = self.modules.last().map_or(0.0, Module::probability);
        let mut shares: Vec<(f64, u32, f64)> = self
            .derivatives()
            .into_iter()
            .map(|(event, slope)| {
                let q = self.q[event as usize];
                let with = (probability + (1.0 - q) * slope).min(1.0);
                (q * with, event, slope)
            })
            .collect();
        shares.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        shares.truncate(listed);
        let share = |(_, event, slope): (f64, u32, f64)| {
            let q = self.q[event as usize];
            let without = if q * slope > NEARLY_ALL * probability {
                self.without(event)
            } else {
                probability - q * slope
            };
            Share {
                event,
                with: (probability + (1.0 - q) * slope).min(1.0),
                without,
            }
        };
        Down {
            probability,
            nodes: self.modules.iter().map(|m| m.bdd.len()).sum(),
            importance: shares.into_iter().map(share).collect(),
        }
    }

    /// By how much the probability grows with that of each event.
    fn derivatives(&self) -> HashMap<u32, f64> {
        let mut slopes = HashMap::new();
        let mut weight = vec![0.0; self.modules.len()];
        if let Some(last) = weight.last_mut() {
            *last = 1.0;
        }
        for (at, module) in self.modules.iter().enumerate().rev() {
            let w = weight[at];
            let q = |v: u32| self.q_of(&module.variables, v);
            let mut parts = vec![0.0; module.variables.len()];
            let tell = |v: u32, part: f64| parts[v as usize] += part;
            module.bdd.derivatives(module.top, q, &module.p, tell);
            for (variable, part) in module.variables.iter().zip(parts) {
                match variable {
                    Variable::Event(e) => *slopes.entry(*e).or_insert(0.0) += w * part,
                    Variable::Module(gate) => weight[self.module_of[gate]] += w * part,
                }
            }
        }
        slopes
    }

    /// Probability if an event cannot happen.
    fn without(&self, event: u32) -> f64 {
        let mut p: Vec<f64> = Vec::with_capacity(self.modules.len());
        for module in &self.modules {
            let q = |v: u32| match module.variables[v as usize] {
                Variable::Event(e) if e == event => 0.0,
                Variable::Event(e) => self.q[e as usize],
                Variable::Module(gate) => p[self.module_of[&gate]],
            };
            let all = module.bdd.probabilities(q);
            p.push(all[module.top as usize]);
        }
        p.last().copied().unwrap_or(0.0)
    }
}

impl Module {
    fn probability(&self) -> f64 {
        self.p[self.top as usize]
    }
}

/// A module to be built.
struct Draft<'c> {
    cone: &'c Cone,
    top: u32,
    /// Its gates, providers first.
    gates: Vec<u32>,
    variables: Vec<Variable>,
    number: HashMap<Variable, u32>,
    limits: Limits,
    bdd: Bdd,
    /// By gate: the function that says when it is down.
    done: HashMap<u32, Handle>,
}

impl<'c> Draft<'c> {
    /// All modules of a cone, those that others use first.
    fn all(cone: &'c Cone, limits: Limits) -> Vec<Self> {
        let mut drafts: Vec<Self> = Vec::new();
        let mut at: HashMap<u32, usize> = HashMap::new();
        for (i, gate) in (0u32..).zip(&cone.gates) {
            let draft = *at.entry(gate.module).or_insert_with(|| {
                drafts.push(Self::new(cone, gate.module, limits));
                drafts.len() - 1
            });
            drafts[draft].gates.push(i);
        }
        // Whoever uses a module belongs to one that stands above it.
        drafts.sort_by_key(|d| std::cmp::Reverse(cone.gates[d.top as usize].depth));
        let order = Order::new(cone);
        for draft in &mut drafts {
            draft.name_variables(&order);
        }
        drafts
    }

    fn new(cone: &'c Cone, top: u32, limits: Limits) -> Self {
        Self {
            cone,
            top,
            gates: Vec::new(),
            variables: Vec::new(),
            number: HashMap::new(),
            limits,
            bdd: Bdd::new(limits),
            done: HashMap::new(),
        }
    }

    /// Orders the variables as a walk from the top meets them.
    fn name_variables(&mut self, order: &Order) {
        let mut all = std::collections::BTreeSet::new();
        for &g in &self.gates {
            let gate = &self.cone.gates[g as usize];
            all.extend(
                gate.events
                    .iter()
                    .map(|&e| (order.event[&e], Variable::Event(e))),
            );
            let providers = gate.requirements.iter().flat_map(|r| &r.1);
            for &p in providers.filter(|&&p| self.is_module_of_its_own(p)) {
                all.insert((order.gate[p as usize], Variable::Module(p)));
            }
        }
        self.variables = all.into_iter().map(|(_, v)| v).collect();
        self.number = self.variables.iter().copied().zip(0..).collect();
    }

    /// Whether a provider is the top of another module.
    fn is_module_of_its_own(&self, p: u32) -> bool {
        let module = self.cone.gates[p as usize].module;
        module == p && p != self.top
    }

    fn build(mut self, left: &mut Limits) -> Result<Module, TooLarge> {
        self.limits = *left;
        self.bdd = Bdd::new(*left);
        if self.variables.len() > MOST_VARIABLES {
            return Err(TooLarge);
        }
        let gates = std::mem::take(&mut self.gates);
        let cycle = |g: u32| self.cone.gates[g as usize].cycle;
        let blocks: Vec<&[u32]> = gates.chunk_by(|a, b| cycle(*a) == cycle(*b)).collect();
        for block in blocks {
            self.settle(block)?;
        }
        left.nodes = left.nodes.saturating_sub(self.bdd.len()).max(2);
        left.steps = left.steps.saturating_sub(self.bdd.steps());
        let top = self.done.get(&self.top).copied().unwrap_or(NEVER);
        Ok(Module {
            gate: self.top,
            bdd: self.bdd,
            top,
            variables: self.variables,
            p: Vec::new(),
        })
    }

    /// The least fixed point of a cycle, from "nobody is down" up; one round for a single node.
    fn settle(&mut self, block: &[u32]) -> Result<(), TooLarge> {
        self.done.extend(block.iter().map(|&g| (g, NEVER)));
        loop {
            let mut settled = true;
            for &g in block {
                let function = self.gate(&self.cone.gates[g as usize])?;
                settled &= self.done.insert(g, function) == Some(function);
            }
            if settled || block.len() == 1 {
                return Ok(());
            }
        }
    }

    /// When a gate is down, given its providers as far as they are known.
    fn gate(&mut self, gate: &Gate) -> Result<Handle, TooLarge> {
        if gate.out {
            return Ok(ALWAYS);
        }
        let mut down = NEVER;
        for &e in gate.events.iter().rev() {
            let variable = self.number[&Variable::Event(e)];
            let event = self.bdd.variable(variable)?;
            down = self.bdd.or(event, down)?;
        }
        for (spare, providers) in &gate.requirements {
            let mut functions = Vec::with_capacity(providers.len());
            for &p in providers {
                functions.push(self.provider(p)?);
            }
            let harmed = self.bdd.at_least(*spare as usize + 1, &functions)?;
            down = self.bdd.or(down, harmed)?;
        }
        Ok(down)
    }

    fn provider(&mut self, p: u32) -> Result<Handle, TooLarge> {
        match self.done.get(&p) {
            Some(&known) => Ok(known),
            None => self.bdd.variable(self.number[&Variable::Module(p)]),
        }
    }
}

/// When a walk from the service meets gates and events.
struct Order {
    gate: Vec<u32>,
    event: HashMap<u32, u32>,
}

impl Order {
    fn new(cone: &Cone) -> Self {
        let mut order = Self {
            gate: vec![u32::MAX; cone.gates.len()],
            event: HashMap::new(),
        };
        let (mut stack, mut met) = (vec![cone.top], 0);
        while let Some(g) = stack.pop() {
            if order.gate[g as usize] != u32::MAX {
                continue;
            }
            order.gate[g as usize] = met;
            met += 1;
            let gate = &cone.gates[g as usize];
            for &e in &gate.events {
                order.event.entry(e).or_insert(met);
                met += 1;
            }
            let providers = gate.requirements.iter().flat_map(|r| &r.1);
            let before = stack.len();
            stack.extend(providers.filter(|&&p| order.gate[p as usize] == u32::MAX));
            stack[before..].reverse();
        }
        order
    }
}
