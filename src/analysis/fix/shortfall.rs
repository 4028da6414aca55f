//! What a service lacks in one state. In: a state in which it is harmed. Out: the nodes that carry
//! more than they can, the groups that could share the load, the members that would keep it
//! working. Promises: looks only where the service depends; proposes, and verifies nothing.

use super::account::Wish;
use super::change::{FixContext, Member};
use super::search::{state, stranded};
use crate::analysis::{Paths, Study};
use crate::engine::Base;
use crate::model::{DEGRADED_BELOW, Need, NodeId, Requirement, Role, Split, System};
use std::collections::{BTreeMap, BTreeSet};

/// Providers of one group that are proposed as models of a new member.
const MODELS: usize = 6;
/// New members of one sort that are proposed together.
const MOST_AT_ONCE: u32 = 16;
/// Nodes that are looked at on the way to what has failed.
const MOST_LOOKED_AT: usize = 10_000;
/// Members that are proposed for one network.
const MOST_FOR_NETWORK: usize = 8;

/// A harmed state, and where its nodes come from.
pub(super) struct Shortfall<'a> {
    context: FixContext<'a>,
    system: &'a System,
    study: &'a Study<'a>,
    base: Base<'a, 1>,
    /// Everything that has failed.
    failed: BTreeSet<NodeId>,
    service: NodeId,
    /// Whether nothing may trip, wherever it is.
    calm: bool,
    /// Instances that are to run and do not, where that is what counts.
    stranded: Vec<NodeId>,
}

impl<'a> Shortfall<'a> {
    /// Of the state of a wish. `context` is the estate without changes, for what it says of domains.
    pub fn of(context: FixContext<'a>, study: &'a Study<'a>, wish: &Wish) -> Self {
        let failed = study.scenario().down.iter().chain(&wish.elements);
        let base = state(study, wish);
        let out = wish.runs.map(|runs| stranded(study, &base, runs));
        Self {
            context,
            system: study.system(),
            study,
            stranded: out.unwrap_or_default(),
            base,
            failed: failed.copied().collect(),
            service: wish.service,
            calm: wish.calm,
        }
    }

    fn works(&self, v: NodeId) -> bool {
        let state = self.base.before_trips(0);
        state.works(self.study.compiled().ix(v))
    }

    fn utilization(&self, v: NodeId) -> f64 {
        self.base.used_of_limit(self.study.compiled().ix(v))[0]
    }

    /// The capacity that it would need, derated by a factor. A link grows by as much in both
    /// directions, so the one that lacks more counts. `None` if it is unlimited.
    fn needed(&self, v: NodeId, factor: f64) -> Option<f64> {
        let now = self.system.node(v).least_limit()?;
        let ix = self.study.compiled().ix(v);
        let loads = self.base.load_both_ways(ix).map(|load| load[0]);
        let capacities = self.system.node(v).capacities();
        let both = loads.iter().zip(capacities);
        let most = factor * self.study.compiled().lowered(ix.index());
        let needed = both.map(|(load, capacity)| load / most + (now - capacity));
        Some(needed.fold(f64::NEG_INFINITY, f64::max))
    }

    fn is_short(&self, v: NodeId) -> bool {
        let delivered = self.base.delivered(self.study.compiled().ix(v))[0];
        self.works(v) && (delivered < DEGRADED_BELOW || self.trips_first(v))
    }

    /// Whether it trips in the first round: what trips later does so because of that.
    fn trips_first(&self, v: NodeId) -> bool {
        let ix = self.study.compiled().ix(v);
        let mut trips = self.base.tripped(0).iter();
        trips.any(|trip| trip.node == ix && trip.round == 1)
    }

    /// Whether the service works at all; where instances count, whether all of those run.
    pub fn service_works(&self) -> bool {
        self.works(self.service) && self.stranded.is_empty()
    }

    /// Every node that carries more than it can and holds the service back, with the capacity it
    /// would need before derating, and what it is derated by. Nothing derated to zero is in here.
    pub fn overloads(&self) -> BTreeMap<NodeId, f64> {
        let mut found = BTreeMap::new();
        let short = if self.calm {
            let all = self.system.iter().map(|(v, _)| v);
            all.filter(|&v| self.trips_first(v)).collect()
        } else {
            self.short()
        };
        for v in short {
            let factors = &self.study.scenario().derate;
            let at = factors.binary_search_by_key(&v, |f| f.0);
            let factor = at.map_or(1.0, |at| factors[at].1);
            if self.utilization(v) > 1.0
                && factor > 0.0
                && let Some(capacity) = self.needed(v, factor).filter(|c| c.is_finite())
            {
                found.insert(v, capacity);
            }
        }
        found
    }

    /// Everything the service depends on that delivers less than it is asked, or trips, before anything
    /// has tripped.
    fn short(&self) -> BTreeSet<NodeId> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut todo = vec![self.service];
        let mut paths = None;
        while let Some(v) = todo.pop() {
            // What trips may stand below what has all that it asks for.
            let leads_on = self.is_short(v) || (self.base.is_split() && self.works(v));
            if !leads_on || !seen.insert(v) {
                continue;
            }
            if self.is_short(v) {
                found.insert(v);
            }
            for r in self.system.requirements_of(v) {
                todo.extend(self.active(r));
            }
            todo.extend(&self.system.node(v).within);
            if let Role::Flow(flow) = &self.system.node(v).role {
                let paths = paths.get_or_insert_with(|| self.paths());
                todo.extend(paths.of(flow));
            }
        }
        found
    }

    fn paths(&self) -> Paths {
        let works: Vec<bool> = self.system.iter().map(|(v, _)| self.works(v)).collect();
        Paths::new(self.system, &works)
    }

    /// The providers that carry the load of a requirement.
    fn active(&self, r: &Requirement) -> Vec<NodeId> {
        let working = r.providers.iter().map(|p| p.node);
        let working = working.filter(|&p| self.works(p));
        match (r.need, r.split) {
            (Need::AtLeast(k), Split::Standby) => working.take(k as usize).collect(),
            (Need::AtLeast(0), _) => Vec::new(),
            _ => working.collect(),
        }
    }

    /// Members that would share the load of what is overloaded, each with as many as a balanced
    /// group would need.
    pub fn sharers(&self) -> Vec<Member> {
        let mut found = Vec::new();
        for v in self.short() {
            for r in self.system.requirements_of(v) {
                let shares = matches!(r.need, Need::AtLeast(k) if k > 0) && r.split == Split::Share;
                let active = self.active(r);
                if shares && active.iter().any(|&p| self.is_short(p)) {
                    self.share(r, &active, &mut found);
                }
                if r.split == Split::Shard && r.need_count() > 0 && r.need != Need::All {
                    found.extend(self.second_shards(r));
                }
            }
        }
        found
    }

    /// A second one of each shard that is lost.
    fn second_shards(&self, r: &Requirement) -> Vec<Member> {
        let lost = r.providers.iter().map(|p| p.node);
        let lost = lost.filter(|&p| !self.works(p) && self.can_be_doubled(p));
        lost.take(MODELS)
            .filter_map(|p| self.member(p, 1))
            .collect()
    }

    fn share(&self, r: &Requirement, active: &[NodeId], found: &mut Vec<Member>) {
        let over = active.iter().map(|&p| self.utilization(p));
        let over = over.filter(|u| u.is_finite()).fold(1.0, f64::max);
        let more = ((over - 1.0) * active.len() as f64 - 1e-9).ceil();
        // As a cast, a count beyond u32 saturates.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates"
        )]
        let count = (more.max(1.0) as u32).min(MOST_AT_ONCE);
        let models = r.providers.iter().map(|p| p.node);
        for like in models.filter(|&p| self.can_be_doubled(p)).take(MODELS) {
            found.extend(self.member(like, count));
        }
    }

    /// A member like one that is there, outside of every domain that has failed.
    fn member(&self, like: NodeId, count: u32) -> Option<Member> {
        if like.index() >= self.context.system.nodes().len() {
            return None;
        }
        Some(Member {
            like,
            outside: self.failed_around(like),
            count,
        })
    }

    /// The failed domains that a node sits within.
    fn failed_around(&self, v: NodeId) -> Vec<NodeId> {
        let around = |&d: &NodeId| d != v && self.context.is_inside(v, &[d]);
        self.failed.iter().copied().filter(around).collect()
    }

    /// Whether a second one of a node makes sense: no service, no flow, and not a component on
    /// which flows end.
    fn can_be_doubled(&self, v: NodeId) -> bool {
        self.system.node(v).can_fail() && v.index() < self.context.system.nodes().len()
    }

    /// Members that would keep the service working: any of them may be what is missing.
    pub fn cures(&self) -> Vec<Member> {
        let mut found = BTreeSet::new();
        let mut todo = match self.stranded.as_slice() {
            [] => vec![self.service],
            stranded => stranded.to_vec(),
        };
        let mut seen: BTreeSet<NodeId> = todo.iter().copied().collect();
        while let Some(v) = todo.pop() {
            if seen.len() > MOST_LOOKED_AT {
                break;
            }
            let mut reasons: Vec<NodeId> = Vec::new();
            for r in self.system.requirements_of(v) {
                reasons.extend(self.unmet(r, &mut found));
            }
            self.hosts_like(v, &mut found);
            let seats = self.system.node(v).within.iter().copied();
            reasons.extend(seats.filter(|&d| !self.works(d)));
            if let Role::Flow(flow) = &self.system.node(v).role {
                let ends = [flow.from, flow.to].into_iter();
                reasons.extend(ends.filter(|&end| !self.works(end)));
                self.missing_on_the_way(v, &mut found);
            }
            todo.extend(reasons.into_iter().filter(|&w| seen.insert(w)));
        }
        found.into_iter().collect()
    }

    /// Proposes members for a requirement that is not met: like a working provider, or like one
    /// that does not work, outside of what it fails with. Gives the providers to look into.
    fn unmet(&self, r: &Requirement, found: &mut BTreeSet<Member>) -> Vec<NodeId> {
        let (working, lost): (Vec<NodeId>, Vec<NodeId>) = r
            .providers
            .iter()
            .map(|p| p.node)
            .partition(|&p| self.works(p));
        let needed = r.need_count() as usize;
        if working.len() >= needed {
            return Vec::new();
        }
        let missing = match r.need {
            Need::All => 1,
            Need::AtLeast(k) => k.saturating_sub(u32::try_from(working.len()).unwrap_or(k)),
        };
        let models = if r.need == Need::All {
            &[]
        } else {
            working.as_slice()
        };
        let models = models.iter().chain(&lost).copied();
        for like in models.filter(|&p| self.can_be_doubled(p)).take(MODELS) {
            found.extend(self.member(like, missing));
        }
        lost
    }

    /// Proposes second hosts for an instance that does not work though it has not failed: like those that
    /// work, then like the others.
    fn hosts_like(&self, v: NodeId, found: &mut BTreeSet<Member>) {
        let placement = self.system.placements().of(v);
        let Some(placement) = placement.filter(|_| !self.failed.contains(&v)) else {
            return;
        };
        let (working, lost): (Vec<NodeId>, Vec<NodeId>) =
            placement.hosts.iter().partition(|&&h| self.works(h));
        let models = working.into_iter().chain(lost);
        for like in models.filter(|&h| self.can_be_doubled(h)).take(MODELS) {
            found.extend(self.member(like, 1));
        }
    }

    /// Proposes second links and components where a flow has no path: of those in its network that
    /// do not work.
    fn missing_on_the_way(&self, flow: NodeId, found: &mut BTreeSet<Member>) {
        let Role::Flow(ends) = &self.system.node(flow).role else {
            return;
        };
        let network = self.system.network_of_flow(ends);
        let lost = self.system.iter().map(|(v, _)| v).filter(|&v| {
            network.is_some()
                && self.system.network(v) == network
                && !self.works(v)
                && self.can_be_doubled(v)
        });
        // What fails with a domain of its own comes before what only fails with its ends.
        let by_itself = |v: &NodeId| self.failed.contains(v) || !self.failed_around(*v).is_empty();
        for like in lost.filter(by_itself).take(MOST_FOR_NETWORK) {
            found.extend(self.member(like, 1));
        }
    }
}
