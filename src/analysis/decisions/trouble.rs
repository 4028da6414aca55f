//! Services in trouble, grouped by cause. In: base states at every load case, what the sweep found of single
//! failures. Out: groups: each a cause and all the services that it puts in trouble. Promises: every service
//! that is not ok at some load case is in one group, at the load case at which it is worst off; a cause is
//! one node: what failed, what is overloaded, what would fail next.

use super::cover::cover;
use super::known::Known;
use super::outcome::{Root, Trouble, Troubled};
use crate::analysis::explanation::{Step, explanation};
use crate::analysis::{Paths, ServiceSweep, StateOutcome};
use crate::model::{CaseId, Cause, NodeId, ServiceOutcome, Status, Witness};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// A service in the state in which it is worst off.
struct Worst<'a> {
    state: &'a StateOutcome,
    /// Its position among the services.
    at: usize,
    outcome: &'a ServiceOutcome,
}

pub(super) fn trouble(known: Known<'_>) -> Vec<Trouble> {
    let mut groups: BTreeMap<(CaseId, Root), Vec<(usize, Troubled)>> = BTreeMap::new();
    let mut at_risk: BTreeMap<CaseId, Vec<Worst<'_>>> = BTreeMap::new();
    let mut paths: HashMap<CaseId, Paths> = HashMap::new();
    for worst in worst(known) {
        let case = worst.state.case;
        if worst.outcome.status.is_harm() {
            let paths = paths
                .entry(case)
                .or_insert_with(|| Paths::new(known.system, &worst.state.works));
            let root = root(known, &worst, paths);
            let troubled = troubled(known, &worst, None);
            groups
                .entry((case, root))
                .or_default()
                .push((worst.at, troubled));
        } else {
            at_risk.entry(case).or_default().push(worst);
        }
    }
    for (case, services) in at_risk {
        risks(known, case, &services, &mut groups);
    }
    let mut all: Vec<Trouble> = groups
        .into_iter()
        .map(|((case, root), services)| group(known, case, root, services))
        .collect();
    all.sort_by_cached_key(urgency);
    all
}

/// The worst first, then better tiers, then more services, then ids.
fn urgency(t: &Trouble) -> impl Ord + use<> {
    let status = t.services.iter().map(|s| s.status).max();
    let harms = t.services.iter().filter_map(|s| s.leads_to).max();
    let tier = t.services.iter().filter_map(|s| s.tier).min();
    let first = t.services.first().map(|s| s.service);
    (
        Reverse((status, harms)),
        tier.unwrap_or(u32::MAX),
        Reverse(t.services.len()),
        first,
        t.case,
        t.root,
    )
}

/// Every service that is not ok in some base state, in the one in which it is worst off: of those alike at
/// the load case that counts, else at the first.
fn worst(known: Known<'_>) -> Vec<Worst<'_>> {
    let states = &known.found.states;
    let key = |state: &StateOutcome, at: usize| {
        let s = &state.services[at];
        let gets = if s.status.is_harm() { s.delivered } else { 1.0 };
        let is_elsewhere = state.case != known.case;
        (Reverse(s.status), gets.to_bits(), is_elsewhere, state.case)
    };
    let services = 0..known.system.services().len();
    let worst = services.filter_map(|at| {
        let state = states.iter().min_by_key(|state| key(state, at))?;
        let outcome = &state.services[at];
        (outcome.status != Status::Ok).then_some(Worst { state, at, outcome })
    });
    worst.collect()
}

fn troubled(known: Known<'_>, worst: &Worst<'_>, leads_to: Option<Status>) -> Troubled {
    let service = worst.outcome.service;
    let as_service = known.system.node(service).as_service();
    Troubled {
        service,
        status: worst.outcome.status,
        delivered: worst.outcome.delivered,
        leads_to,
        tier: as_service.and_then(|s| s.tier),
    }
}

/// The end of the chain of causes.
fn root(known: Known<'_>, worst: &Worst<'_>, paths: &Paths) -> Root {
    let service = worst.outcome.service;
    let chain = explanation(known.system, worst.state, paths, service);
    let mut ends = chain.iter().rev().filter_map(|step| match *step {
        Step::Failed(v) => Some(Root::Failed(v)),
        // The whole cascade is one cause: what tripped first.
        Step::Tripped(_) | Step::Round(_) => Some(Root::Tripped(worst.state.tripped.first()?.id)),
        Step::Unplaced(v) => Some(Root::Unplaced(v)),
        Step::NoPath(v) => Some(Root::NoPath(v)),
        Step::Overloaded(v, way) => Some(Root::Overloaded(v, way)),
        Step::Congested(v) => Some(Root::Congested(v)),
        _ => None,
    });
    ends.next().unwrap_or(Root::Unexplained)
}

/// Groups services that are at risk at a load case: by the peak and by headroom as found, else by few single
/// failures that together harm all of them.
fn risks(
    known: Known<'_>,
    case: CaseId,
    services: &[Worst<'_>],
    groups: &mut BTreeMap<(CaseId, Root), Vec<(usize, Troubled)>>,
) {
    let mut next: Vec<&Worst<'_>> = Vec::new();
    for worst in services {
        let finding = worst.outcome.findings.first();
        let root = match finding.map(|f| (f.cause, f.witness)) {
            Some((Cause::Redundancy, _)) => {
                next.push(worst);
                continue;
            }
            Some((Cause::Peak, Witness::Case(at))) => Root::Peak(at),
            Some((Cause::Headroom, Witness::Limit(limit))) => Root::Headroom(limit),
            _ => Root::Unexplained,
        };
        let leads_to = finding.map(|f| f.leads_to);
        let troubled = troubled(known, worst, leads_to);
        groups
            .entry((case, root))
            .or_default()
            .push((worst.at, troubled));
    }
    let swept: HashMap<NodeId, &ServiceSweep> = known
        .found
        .sweep
        .services
        .iter()
        .filter(|s| s.case == case)
        .map(|s| (s.service, s))
        .collect();
    let harming: Vec<BTreeMap<NodeId, Status>> = next
        .iter()
        .map(|worst| singles(worst, swept.get(&worst.outcome.service).copied()))
        .collect();
    let elements: Vec<Vec<NodeId>> = harming
        .iter()
        .map(|h| h.keys().copied().collect())
        .collect();
    for (element, covered) in cover(&elements) {
        let group = groups.entry((case, Root::Next(element))).or_default();
        for at in covered {
            let leads_to = harming[at].get(&element).copied();
            group.push((next[at].at, troubled(known, next[at], leads_to)));
        }
    }
}

/// The single failures that do most harm to a service which is at risk, and what: those of the sweep, and the
/// witness of its status. Those that do less harm are left out, so that no group hides the worst.
fn singles(worst: &Worst<'_>, swept: Option<&ServiceSweep>) -> BTreeMap<NodeId, Status> {
    let mut all = BTreeMap::new();
    for set in swept.iter().flat_map(|s| s.minimal.iter()) {
        match set.elements[..] {
            [one] => all.insert(one, set.status),
            // Smaller sets come first.
            _ => break,
        };
    }
    let witness = worst.outcome.findings.first();
    if let Some(Witness::Element(element)) = witness.map(|f| f.witness) {
        let leads_to = witness.map_or(Status::Degraded, |f| f.leads_to);
        all.entry(element).or_insert(leads_to);
    }
    let most = all.values().max().copied();
    all.retain(|_, status| Some(*status) == most);
    all
}

fn group(
    known: Known<'_>,
    case: CaseId,
    root: Root,
    mut services: Vec<(usize, Troubled)>,
) -> Trouble {
    services.sort_by_key(|(_, s)| {
        let tier = s.tier.unwrap_or(u32::MAX);
        (Reverse((s.status, s.leads_to)), tier, s.service)
    });
    let parts = known.found.parts.get(case.index());
    let parts = parts.and_then(Option::as_ref);
    let state = known.found.states.get(case.index());
    // What has a part in a risk was asked of the failure that is its witness, and of no other.
    let is_asked = |at: usize| match (root, state.and_then(|s| s.services.get(at))) {
        (Root::Next(element), Some(s)) => {
            let witness = s.findings.first().map(|f| f.witness);
            witness == Some(Witness::Element(element))
        }
        _ => true,
    };
    let of = |at: usize| parts.and_then(|p| p.get(at)).into_iter().flatten();
    let asked = services
        .iter()
        .map(|(at, _)| *at)
        .filter(|at| is_asked(*at));
    let mut outages: Vec<NodeId> = asked.flat_map(of).copied().collect();
    outages.sort_unstable();
    outages.dedup();
    Trouble {
        root,
        case,
        services: services.into_iter().map(|(_, s)| s).collect(),
        outages,
    }
}
