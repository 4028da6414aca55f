//! All that it takes. In: a state, a node that does not work in it. Out: a set of repairs and additions after which
//! it works, the cheapest that a walk down finds. Promises: a proposal, which others verify; what is planned
//! already costs nothing more.
//!
//! A node works once everything that keeps it from working is mended; a requirement is met once enough of its
//! providers work, or new ones like them. So the cheapest set is one of a graph of *and* and *or*, taken as if
//! its branches shared nothing; what they do share is then counted once.

use super::price::Worth;
use super::region::{Item, price};
use super::state::State;
use crate::analysis::fix::outages;
use crate::model::{Need, NodeId, Requirement, Role};
use std::collections::{BTreeSet, HashMap};

/// How far down a walk goes.
const DEEPEST: u32 = 256;

/// What it takes together.
#[derive(Clone, Debug, Default)]
pub(super) struct Cure {
    /// Sorted, each once.
    pub items: Vec<Item>,
    pub worth: Worth,
}

/// Cures of one state.
pub(super) struct Cures<'s, 'a> {
    state: &'s State<'a>,
    /// What is to be done anyway.
    planned: &'s BTreeSet<Item>,
    /// Of nodes that were looked at; `None` while that is done, and where nothing helps.
    known: HashMap<NodeId, Option<Cure>>,
    /// The same of what they need, for one more like them.
    needs: HashMap<NodeId, Option<Cure>>,
}

impl<'s, 'a> Cures<'s, 'a> {
    pub fn of(state: &'s State<'a>, planned: &'s BTreeSet<Item>) -> Self {
        Self {
            state,
            planned,
            known: HashMap::new(),
            needs: HashMap::new(),
        }
    }

    fn priced(&self, items: Vec<Item>) -> Option<Cure> {
        let mut worth = Worth::default();
        for item in &items {
            if !self.planned.contains(item) {
                worth = worth.plus(price(item, self.state.of.prices)?);
            }
        }
        Some(Cure { items, worth })
    }

    fn both(&self, one: &Cure, other: &Cure) -> Option<Cure> {
        if one.items.is_empty() {
            return Some(other.clone());
        }
        let items: BTreeSet<&Item> = one.items.iter().chain(&other.items).collect();
        self.priced(items.into_iter().cloned().collect())
    }

    /// What lets a node work.
    pub fn fix(&mut self, v: NodeId, depth: u32) -> Option<Cure> {
        if self.state.works(v) {
            return Some(Cure::default());
        }
        if depth > DEEPEST {
            return None;
        }
        if let Some(known) = self.known.get(&v) {
            return known.clone();
        }
        // Whoever comes back here on the way goes in a circle.
        self.known.insert(v, None);
        let found = self.mended(v, depth);
        self.known.insert(v, found.clone());
        found
    }

    fn mended(&mut self, v: NodeId, depth: u32) -> Option<Cure> {
        let mut cure = Cure::default();
        match self.state.failure(v) {
            Failure::Lost => return None,
            Failure::Known => cure = self.priced(vec![Item::Restore(v)])?,
            Failure::None => {}
        }
        for &d in &self.state.system.node(v).within {
            let seat = self.fix(d, depth + 1)?;
            cure = self.both(&cure, &seat)?;
        }
        let needs = self.needs(v, depth)?;
        self.both(&cure, &needs)
    }

    /// What lets one like a node work, where it sits in nothing that fails.
    fn needs(&mut self, v: NodeId, depth: u32) -> Option<Cure> {
        if let Some(known) = self.needs.get(&v) {
            return known.clone();
        }
        self.needs.insert(v, None);
        let found = self.met(v, depth);
        self.needs.insert(v, found.clone());
        found
    }

    fn met(&mut self, v: NodeId, depth: u32) -> Option<Cure> {
        let mut cure = Cure::default();
        match self.state.system.node(v).role {
            Role::Link(l) => {
                for end in [l.a, l.b] {
                    let end = self.fix(end, depth + 1)?;
                    cure = self.both(&cure, &end)?;
                }
            }
            Role::Flow(_) => return None,
            Role::Component | Role::Service(_) => {}
        }
        let state = self.state;
        for r in state.system.requirements_of(v) {
            let met = self.meet(r, depth)?;
            cure = self.both(&cure, &met)?;
        }
        Some(cure)
    }

    /// What meets a requirement.
    fn meet(&mut self, r: &Requirement, depth: u32) -> Option<Cure> {
        let state = self.state;
        let working = r.providers.iter().filter(|p| state.works(p.node)).count();
        let missing = (r.need_count() as usize).saturating_sub(working);
        if missing == 0 {
            return Some(Cure::default());
        }
        let mut options: Vec<Cure> = Vec::new();
        for p in r.providers.iter().map(|p| p.node) {
            let works = state.works(p);
            if r.need == Need::All {
                if !works {
                    let own = self.own(p, depth);
                    options.push(own.into_iter().reduce(cheaper)?);
                }
            } else if works {
                options.extend(self.copy(p, depth));
            } else {
                options.extend(self.own(p, depth));
            }
        }
        if options.len() < missing {
            return None;
        }
        let mut cure = Cure::default();
        for _ in 0..missing {
            let with = options
                .iter()
                .enumerate()
                .filter_map(|(at, option)| Some((at, self.both(&cure, option)?)));
            let best = with.reduce(|x, y| if y.1.worth.is_less(&x.1.worth) { y } else { x });
            let (at, with) = best?;
            options.swap_remove(at);
            cure = with;
        }
        Some(cure)
    }

    /// A provider that does not work comes back; or one more like it is added.
    fn own(&mut self, p: NodeId, depth: u32) -> Vec<Cure> {
        let mut both: Vec<Cure> = self.fix(p, depth + 1).into_iter().collect();
        both.extend(self.copy(p, depth));
        both
    }

    fn copy(&mut self, p: NodeId, depth: u32) -> Option<Cure> {
        let places = self.state.places(p);
        let items = places
            .into_iter()
            .filter_map(|item| self.priced(vec![item]));
        let item = items.reduce(cheaper)?;
        let needs = self.needs(p, depth + 1)?;
        self.both(&item, &needs)
    }
}

/// The cheaper of two, the first of equals.
fn cheaper(x: Cure, y: Cure) -> Cure {
    if y.worth.is_less(&x.worth) { y } else { x }
}

/// Whether a node has failed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    None,
    /// It is out as things are, and can be restored.
    Known,
    /// It is what the contingency takes.
    Lost,
}

impl State<'_> {
    pub fn failure(&self, v: NodeId) -> Failure {
        let lost = self.breached.elements.contains(&v) || self.taken.binary_search(&v).is_ok();
        let down = self.scenario.down.binary_search(&v).is_ok();
        let zero = |d: &(NodeId, f64)| d.0 == v && d.1 <= 0.0;
        if lost {
            Failure::Lost
        } else if !down && !self.scenario.derate.iter().any(zero) {
            Failure::None
        } else if outages(&self.of.altered.scenario).binary_search(&v).is_ok()
            && self.of.prices.restore().is_some()
        {
            Failure::Known
        } else {
            Failure::Lost
        }
    }
}
