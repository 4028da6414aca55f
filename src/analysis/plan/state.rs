//! States of a proposal, evaluated. In: an estate with changes in place, what fails in it. Out: what works there and
//! carries how much, and which repairs, additions and second paths may help what does not work. Promises:
//! states that are alike but for the service are evaluated once.

use super::found::Found;
use super::known::Known;
use super::price::Prices;
use super::region::Item;
use crate::analysis::Study;
use crate::analysis::fix::{Altered, Runs, outages};
use crate::engine::{Base, Ix, Scratch};
use crate::model::{CaseId, DEGRADED_BELOW, Need, NodeId, Requirement, Role, Scenario, System};
use std::collections::{BTreeMap, BTreeSet};

/// A state that a policy does not allow.
#[derive(Clone, Debug)]
pub(super) struct Breached {
    pub service: NodeId,
    pub case: CaseId,
    /// What fails beside the known outages; nothing where a named contingency does it.
    pub elements: Vec<NodeId>,
    /// The named contingency.
    pub named: Option<usize>,
    /// Which instances are to run, where that is what it is about.
    pub runs: Option<Runs>,
    /// Whether curing this state may not be enough, or not be needed.
    pub is_guess: bool,
    /// Which of the breaches of the proposal it is.
    pub breach: usize,
}

/// A proposal, ready to be asked.
pub(super) struct Proposal<'a> {
    pub known: &'a Known<'a>,
    pub prices: &'a Prices<'a>,
    pub altered: &'a Altered,
    pub study: Study<'a>,
    /// The same in which nothing trips, if anything can trip.
    pub quiet: Option<System>,
    /// Who requires a node.
    pub consumers: Vec<Vec<NodeId>>,
    pub flows: Vec<NodeId>,
}

/// One state of a proposal.
pub(super) struct State<'a> {
    pub of: &'a Proposal<'a>,
    pub system: &'a System,
    /// With the named contingency in place if it is one.
    pub scenario: &'a Scenario,
    pub study: &'a Study<'a>,
    /// After all trips.
    pub base: Evaluated<'a>,
    /// What the named contingency fails.
    pub taken: &'a [NodeId],
    pub breached: &'a Breached,
}

/// What a state is read from.
#[derive(Clone, Copy)]
pub(super) enum Evaluated<'a> {
    /// It was evaluated as a whole.
    Whole(&'a Base<'a, 1>),
    /// What fails was failed in a scratch state over that of its load case, which takes as long as what changes.
    Failed(&'a Scratch<'a, 1>),
}

impl Evaluated<'_> {
    fn works(self, v: Ix) -> bool {
        match self {
            Self::Whole(base) => base.works(v),
            Self::Failed(scratch) => scratch.works(v),
        }
    }

    fn delivered(self, v: Ix) -> f64 {
        match self {
            Self::Whole(base) => base.delivered(v)[0],
            Self::Failed(scratch) => scratch.delivered(v)[0],
        }
    }

    pub fn load(self, v: Ix) -> f64 {
        match self {
            Self::Whole(base) => base.load(v)[0],
            Self::Failed(scratch) => scratch.load(v)[0],
        }
    }

    pub fn load_both_ways(self, v: Ix) -> [f64; 2] {
        let both = match self {
            Self::Whole(base) => base.load_both_ways(v),
            Self::Failed(scratch) => scratch.load_both_ways(v),
        };
        both.map(|load| load[0])
    }

    pub fn capacity_both_ways(self, v: Ix) -> [f64; 2] {
        match self {
            Self::Whole(base) => base.capacity_both_ways(v),
            Self::Failed(scratch) => scratch.base().capacity_both_ways(v),
        }
    }
}

/// Each load case of a proposal without any further failure. Where nothing trips and no instance has to be placed.
pub(super) struct CaseBases<'s>(BTreeMap<CaseId, Base<'s, 1>>);

impl<'s> CaseBases<'s> {
    /// Of the load cases that some states are in.
    pub fn of(proposal: &'s Proposal<'_>, groups: &[Vec<Breached>]) -> Self {
        let mut bases = BTreeMap::new();
        for b in groups.iter().flatten().filter(|b| b.named.is_none()) {
            bases.entry(b.case).or_insert_with(|| {
                let demand = demand_at(&proposal.altered.scenario, b.case);
                proposal.study.base(&[], &demand)
            });
        }
        Self(bases)
    }

    /// Scratch states over them, in which one set of elements fails at a time.
    pub fn scratches(&'s self) -> CaseScratches<'s> {
        let each = self.0.iter();
        CaseScratches(
            each.map(|(&case, base)| (case, Scratch::new(base)))
                .collect(),
        )
    }
}

/// A scratch state for each load case; one set of them for each thread.
pub(super) struct CaseScratches<'s>(BTreeMap<CaseId, Scratch<'s, 1>>);

/// Where the states of a breach are evaluated: the proposal, with the named contingency in place if it is one.
pub(super) struct Setting<'a> {
    proposal: &'a Proposal<'a>,
    scenario: &'a Scenario,
    study: &'a Study<'a>,
    /// What the named contingency fails.
    taken: &'a [NodeId],
}

impl Setting<'_> {
    /// The state in which the elements of a breach fail, at its load case.
    pub fn evaluate(&self, breached: &Breached) -> Base<'_, 1> {
        let demand = demand_at(self.scenario, breached.case);
        self.study.base(&breached.elements, &demand)
    }

    /// What is asked of a state that was evaluated.
    pub fn state<'s>(&'s self, base: Evaluated<'s>, breached: &'s Breached) -> State<'s> {
        State {
            of: self.proposal,
            system: &self.proposal.altered.system,
            scenario: self.scenario,
            study: self.study,
            base,
            taken: self.taken,
            breached,
        }
    }
}

/// The demand of every service at a load case.
pub(super) fn demand_at(scenario: &Scenario, case: CaseId) -> Vec<[f64; 1]> {
    let demand = scenario.cases[case.index()].demand.iter();
    demand.map(|&d| [d]).collect()
}

impl<'a> Proposal<'a> {
    pub fn of(known: &'a Known<'a>, prices: &'a Prices<'a>, altered: &'a Altered) -> Self {
        let system = &altered.system;
        let mut consumers = vec![Vec::new(); system.nodes().len()];
        for r in system.requirements() {
            for p in &r.providers {
                consumers[p.node.index()].push(r.consumer);
            }
        }
        let is_flow =
            |(v, n): (NodeId, &crate::model::Node)| matches!(n.role, Role::Flow(_)).then_some(v);
        Self {
            known,
            prices,
            altered,
            study: Study::new(system, &altered.scenario),
            quiet: known.trips.then(|| quiet(system)).flatten(),
            consumers,
            flows: system.iter().filter_map(is_flow).collect(),
        }
    }

    /// Does something in the setting of a breach.
    pub fn in_setting<T>(&self, breached: &Breached, act: impl FnOnce(&Setting<'_>) -> T) -> T {
        let scenario = &self.altered.scenario;
        let named = breached.named.map(|at| &scenario.contingencies[at]);
        let under = named.map(|named| scenario.under(named));
        let of_named = under.as_ref().map(|under| self.study.of(under));
        act(&Setting {
            proposal: self,
            scenario: under.as_ref().unwrap_or(scenario),
            study: of_named.as_ref().unwrap_or(&self.study),
            taken: named.map_or(&[], |n| &n.down),
        })
    }

    /// Asks something of states that are alike but for the service, which are evaluated once.
    pub fn asked<T>(
        &self,
        scratches: &mut CaseScratches<'_>,
        alike: &[Breached],
        mut ask: impl FnMut(&State<'_>) -> T,
    ) -> Vec<T> {
        let Some(first) = alike.first() else {
            return Vec::new();
        };
        self.in_setting(first, |setting| {
            let mut ask_all = |base: Evaluated<'_>| {
                let states = alike.iter().map(|breached| setting.state(base, breached));
                states.map(|state| ask(&state)).collect()
            };
            match scratches.0.get_mut(&first.case) {
                Some(scratch) if first.named.is_none() => {
                    let mark = scratch.mark();
                    for &v in &first.elements {
                        scratch.fail(self.study.compiled().ix(v));
                    }
                    let all = ask_all(Evaluated::Failed(scratch));
                    scratch.undo(mark);
                    all
                }
                _ => ask_all(Evaluated::Whole(setting.evaluate(first).lane(0))),
            }
        })
    }
}

/// The estate in which nothing trips.
fn quiet(system: &System) -> Option<System> {
    let mut draft = system.draft();
    for d in &mut draft.nodes {
        d.node.trips_at = None;
    }
    System::new(draft).ok()
}

impl State<'_> {
    pub fn works(&self, v: NodeId) -> bool {
        self.base.works(self.study.compiled().ix(v))
    }

    pub fn is_full(&self, v: NodeId) -> bool {
        self.base.delivered(self.study.compiled().ix(v)) >= DEGRADED_BELOW
    }

    /// What a node of the proposal is like in the estate as it is.
    pub fn origin(&self, v: NodeId) -> NodeId {
        let new = v.index().checked_sub(self.of.known.nodes);
        new.map_or(v, |at| self.of.altered.like.get(at).copied().unwrap_or(v))
    }

    /// New members like a node that would sit where all works in this state; nothing if they are not for sale.
    pub fn places(&self, v: NodeId) -> Vec<Item> {
        let like = self.origin(v);
        let mut found = Vec::new();
        if self.of.prices.member(like).is_none() {
            return found;
        }
        let domains = self.of.known.domains(like);
        // What a named contingency takes, it takes of those like it as well, unless they are elsewhere.
        let named = self.taken.binary_search(&like).is_ok();
        if !named && domains.iter().all(|&d| self.works(d)) {
            found.push(Item::Add(like, Vec::new()));
        }
        let escapes = !named || domains.iter().any(|d| self.taken.binary_search(d).is_ok());
        if !domains.is_empty() && escapes {
            found.push(Item::Add(like, domains.to_vec()));
        }
        found
    }

    /// Adds what is for sale of: one more like a node, so that it works in this state if what it
    /// needs does.
    pub fn offer(&self, v: NodeId, found: &mut Found) {
        found.items.extend(self.places(v));
    }

    /// Adds the repair of a node, if it is one of the known outages or derated.
    pub fn repair(&self, v: NodeId, found: &mut Found) {
        if outages(&self.of.altered.scenario).binary_search(&v).is_ok() {
            found.items.insert(Item::Restore(v));
        }
    }

    /// What could make one of some nodes work that do not.
    pub fn revive(&self, nodes: &[NodeId]) -> Found {
        let mut found = Found::default();
        let mut seen: BTreeSet<NodeId> = nodes.iter().copied().collect();
        let mut todo: Vec<NodeId> = nodes.to_vec();
        while let Some(v) = todo.pop() {
            self.repair(v, &mut found);
            let mut reasons: Vec<NodeId> = Vec::new();
            for r in self.system.requirements_of(v) {
                reasons.extend(self.unmet(r, &mut found));
            }
            reasons.extend(self.system.node(v).within.iter().copied());
            match self.system.node(v).role {
                Role::Link(l) => reasons.extend([l.a, l.b]),
                Role::Flow(f) => {
                    reasons.extend([f.from, f.to]);
                    reasons.extend(self.network_of(v, &mut found));
                }
                Role::Component | Role::Service(_) => {}
            }
            reasons.retain(|&w| !self.works(w) && seen.insert(w));
            todo.extend(reasons);
        }
        found
    }

    /// Offers providers of a requirement that is not met: those that do not work.
    fn unmet(&self, r: &Requirement, found: &mut Found) -> Vec<NodeId> {
        let providers = r.providers.iter().map(|p| p.node);
        let (working, lost): (Vec<NodeId>, Vec<NodeId>) = providers.partition(|&p| self.works(p));
        if working.len() >= r.need_count() as usize {
            return Vec::new();
        }
        let models = if r.need == Need::All {
            &[]
        } else {
            &working[..]
        };
        for &p in models.iter().chain(&lost) {
            self.offer(p, found);
        }
        // A copy needs what a lost one needs, and sits where it sits.
        lost
    }

    /// Offers all that is in the network of a flow: what of it does not work.
    pub fn network_of(&self, flow: NodeId, found: &mut Found) -> Vec<NodeId> {
        let Role::Flow(ends) = &self.system.node(flow).role else {
            return Vec::new();
        };
        let Some(network) = self.system.network_of_flow(ends) else {
            return Vec::new();
        };
        let all = self.system.iter().map(|(v, _)| v);
        let inside: Vec<NodeId> = all
            .filter(|&v| self.system.network(v) == Some(network))
            .collect();
        for &v in &inside {
            self.offer(v, found);
        }
        self.lay(network, found);
        inside.into_iter().filter(|&v| !self.works(v)).collect()
    }

    /// Offers the second paths of a network.
    fn lay(&self, network: u32, found: &mut Found) {
        let all = self.of.known.paths.iter();
        let inside = all.filter(|p| self.system.network(p.from) == Some(network));
        let sold = inside.filter(|p| self.of.prices.path(p).is_some());
        found.items.extend(sold.map(|p| Item::Lay(p.clone())));
    }

    /// Offers every second path.
    pub fn lay_any(&self, found: &mut Found) {
        for network in 0..self.system.networks() {
            self.lay(network, found);
        }
    }

    /// Everything that may be done, where a breach is not understood.
    pub fn anything(&self) -> Found {
        let mut found = Found::default();
        for v in (0..self.of.known.nodes).filter_map(|v| u32::try_from(v).ok().map(NodeId)) {
            self.offer(v, &mut found);
            self.repair(v, &mut found);
        }
        self.lay_any(&mut found);
        found.complete = false;
        found
    }
}
