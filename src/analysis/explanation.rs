//! Why a service is harmed in one state. In: a system, a state of it, a service. Out: the chain from
//! the service to one root cause: a failed element, a flow without a path, an overloaded node.
//! Promises: empty for a service that delivers in full; each step follows from the next; the
//! shortest chain for a service that does not work, the tightest one for a degraded service.

use super::outcome::Direction;
use super::{Paths, StateOutcome};
use crate::model::{DEGRADED_BELOW, Need, NodeId, Requirement, Role, Split, System};
use std::collections::{HashMap, HashSet, VecDeque};

/// One step of a chain. Every step but a root is followed by the step that explains it.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Root: it has failed.
    Failed(NodeId),
    /// Root, unless the round before explains it: it was lost to overload.
    Tripped(NodeId),
    /// Root, likewise: all that were lost to overload in a round, before what the step before tells.
    Round(u32),
    /// Root: it has not failed, but found no room on any host.
    Unplaced(NodeId),
    /// Root: no path of working links and components joins the ends of this flow.
    NoPath(NodeId),
    /// Root: it is asked for more than it can carry; of a link in that direction, where the way of a flow says which.
    Overloaded(NodeId, Option<Direction>),
    /// Root: somewhere on its way through the network the flow meets more load than fits.
    Congested(NodeId),
    /// Where the flow passes, this link or component delivers least.
    Crosses {
        /// The flow.
        flow: NodeId,
        /// The link or component.
        least: NodeId,
        /// The fraction that it delivers there, of a link in the direction of the flow.
        delivered: f64,
    },
    /// A node cannot work without the domain it sits within, or an end it joins.
    Sits {
        /// The node.
        node: NodeId,
        /// The domain or end.
        needs: NodeId,
    },
    /// Fewer providers work than are needed.
    Unmet(&'a Requirement),
    /// Enough providers work, but they deliver less than the consumer asks.
    Limited {
        /// What the consumer needs.
        requirement: &'a Requirement,
        /// The provider that delivers least of those that count.
        least: NodeId,
    },
}

/// The chain from a service to a root cause, nearest cause of the service first; `paths` are those
/// of the state.
#[must_use]
pub fn explanation<'a>(
    system: &'a System,
    state: &StateOutcome,
    paths: &Paths,
    service: NodeId,
) -> Vec<Step<'a>> {
    if !state.works[service.index()] {
        return stopped(system, state, service);
    }
    let mut chain = Vec::new();
    let mut seen = HashSet::new();
    let mut at = service;
    let mut way = None;
    while state.works[at.index()]
        && state.delivered_to(service, at) < DEGRADED_BELOW
        && seen.insert(at)
    {
        let seen_from = (state, service);
        match tightest(system, seen_from, paths, (at, way)) {
            Some((step, next)) => {
                chain.push(step);
                match next {
                    Some(next) => (at, way) = next,
                    None => break,
                }
            }
            None => break,
        }
    }
    if !state.works[at.index()] {
        // A lost shard, or what else is lost though not all that needs it stops.
        chain.extend(stopped(system, state, at));
    } else if let Some(lost) = chain.iter().find_map(|step| lost_to_overload(state, step)) {
        trips(state, lost, &mut chain);
    }
    chain
}

/// The provider that a group misses because it tripped, the one of the first round.
fn lost_to_overload(state: &StateOutcome, step: &Step<'_>) -> Option<NodeId> {
    let Step::Limited { requirement, .. } = step else {
        return None;
    };
    let tripped = requirement.providers.iter();
    let tripped = tripped.filter_map(|p| state.trip_of(p.node));
    tripped.min_by_key(|t| (t.round, t.id)).map(|t| t.id)
}

/// That a node tripped, and the rounds before.
fn trips(state: &StateOutcome, node: NodeId, chain: &mut Vec<Step<'_>>) {
    chain.push(Step::Tripped(node));
    let round = state.trip_of(node).map_or(1, |t| t.round);
    chain.extend((1..round).rev().map(Step::Round));
}

/// Breadth first over what does not work, to the nearest root.
fn stopped<'a>(system: &'a System, state: &StateOutcome, service: NodeId) -> Vec<Step<'a>> {
    let mut came: HashMap<NodeId, (NodeId, Step<'a>)> = HashMap::new();
    let mut queue = VecDeque::from([service]);
    while let Some(v) = queue.pop_front() {
        let mut reasons = reasons(system, state, v);
        // What tripped says more than what failed beside it.
        reasons.sort_by_key(|(node, _)| state.trip_of(*node).is_none());
        let tripped = state.trip_of(v).is_some();
        let root = if state.down.binary_search(&v).is_ok() {
            Some(Step::Failed(v))
        } else if tripped {
            let mut chain = walk_back(&came, service, v, Step::Tripped(v));
            chain.pop();
            trips(state, v, &mut chain);
            return chain;
        } else if state.unplaced.binary_search(&v).is_ok() {
            Some(Step::Unplaced(v))
        } else if reasons.is_empty() {
            Some(Step::NoPath(v))
        } else {
            None
        };
        if let Some(root) = root {
            return walk_back(&came, service, v, root);
        }
        for (next, step) in reasons {
            if next != service && !came.contains_key(&next) {
                came.insert(next, (v, step));
                queue.push_back(next);
            }
        }
    }
    Vec::new()
}

fn walk_back<'a>(
    came: &HashMap<NodeId, (NodeId, Step<'a>)>,
    service: NodeId,
    mut at: NodeId,
    root: Step<'a>,
) -> Vec<Step<'a>> {
    let mut chain = vec![root];
    while at != service {
        let (before, step) = came[&at];
        chain.push(step);
        at = before;
    }
    chain.reverse();
    chain
}

/// Everything that keeps a node from working, with the node to look at next.
fn reasons<'a>(system: &'a System, state: &StateOutcome, v: NodeId) -> Vec<(NodeId, Step<'a>)> {
    let works = |n: NodeId| state.works[n.index()];
    let mut found = Vec::new();
    for r in system.requirements_of(v) {
        let working = r.providers.iter().filter(|p| works(p.node)).count();
        if working < r.need_count() as usize {
            let lost = r.providers.iter().filter(|p| !works(p.node));
            found.extend(lost.map(|p| (p.node, Step::Unmet(r))));
        }
    }
    let sits = seats(system, v).into_iter().filter(|&n| !works(n));
    found.extend(sits.map(|needs| (needs, Step::Sits { node: v, needs })));
    found
}

/// What a node stops with, beside its requirements: its domains, the ends of a link or flow.
fn seats(system: &System, v: NodeId) -> Vec<NodeId> {
    let node = system.node(v);
    let mut seats: Vec<NodeId> = node.within.to_vec();
    match node.role {
        Role::Link(l) => seats.extend([l.a, l.b]),
        Role::Flow(f) => seats.extend([f.from, f.to]),
        Role::Component | Role::Service(_) => {}
    }
    seats
}

/// A node to look at, of a link with the direction that matters.
type Place = (NodeId, Option<Direction>);

/// What sets the delivered fraction of a working node, and the node to look at next.
fn tightest<'a>(
    system: &'a System,
    (state, service): (&StateOutcome, NodeId),
    paths: &Paths,
    (v, way): Place,
) -> Option<(Step<'a>, Option<Place>)> {
    let delivered = |n: NodeId| state.delivered_to(service, n);
    let node = system.node(v);
    let mut best: Option<(f64, Step<'a>, Option<Place>)> = None;
    let mut offer = |value: f64, step, next| {
        if value < DEGRADED_BELOW && best.as_ref().is_none_or(|b| value < b.0 - 1e-12) {
            best = Some((value, step, next));
        }
    };
    offer(
        own((state, service), (v, way)),
        Step::Overloaded(v, way),
        None,
    );
    for r in system.requirements_of(v) {
        if let (value, Some(least)) = value_of(r, state, &delivered) {
            let requirement = r;
            let next = Some((least, None));
            offer(value, Step::Limited { requirement, least }, next);
        }
    }
    for &domain in &node.within {
        let step = Step::Sits {
            node: v,
            needs: domain,
        };
        offer(delivered(domain), step, Some((domain, None)));
    }
    if let Role::Flow(flow) = &node.role {
        let value = delivered(v);
        let passed = paths.passed(*flow).into_iter();
        let passed = passed.map(|place| (through(system, (state, service), place), place));
        let least = passed.min_by(|x, y| x.0.total_cmp(&y.0).then(x.1.0.cmp(&y.1.0)));
        match least.filter(|(delivered, _)| *delivered < DEGRADED_BELOW) {
            Some((delivered, place)) => {
                let (flow, least) = (v, place.0);
                let step = Step::Crosses {
                    flow,
                    least,
                    delivered,
                };
                offer(value, step, Some(place));
            }
            None => offer(value, Step::Congested(v), None),
        }
    }
    best.map(|(_, step, next)| (step, next))
}

/// The fraction of its load that a node serves by itself; of a link in a direction where that is known.
fn own((state, service): (&StateOutcome, NodeId), (v, way): Place) -> f64 {
    // With tiers, a link is known by what it serves of each, whatever the direction.
    let towards = way.filter(|_| state.tiers.is_none());
    match towards.and_then(|way| state.towards(v, way)) {
        Some(carried) => carried.served(),
        None => state.own_for(service, v),
    }
}

/// What a node on the way of a flow lets through: by itself, and of a link with all that it needs, as what its other
/// direction lacks does not concern the flow.
fn through(system: &System, (state, service): (&StateOutcome, NodeId), place: Place) -> f64 {
    let delivered = |n: NodeId| state.delivered_to(service, n);
    let (v, way) = place;
    if way.is_none_or(|way| state.tiers.is_some() || state.towards(v, way).is_none()) {
        return delivered(v);
    }
    let needs = system
        .requirements_of(v)
        .iter()
        .map(|r| value_of(r, state, &delivered).0);
    let within = system
        .node(v)
        .within
        .iter()
        .map(|&domain| delivered(domain));
    needs
        .chain(within)
        .fold(own((state, service), place), f64::min)
}

/// The fraction that a requirement delivers, and the provider that holds it back most.
fn value_of(
    r: &Requirement,
    state: &StateOutcome,
    delivered: &impl Fn(NodeId) -> f64,
) -> (f64, Option<NodeId>) {
    let Some(active) = active(r, state, delivered) else {
        return (1.0, None);
    };
    let least = active
        .iter()
        .map(|&(n, _)| n)
        .min_by(|&x, &y| delivered(x).total_cmp(&delivered(y)).then(x.cmp(&y)));
    let total: f64 = active.iter().map(|&(_, w)| w).sum();
    let value = match (r.need, r.split) {
        (Need::All, _) | (_, Split::Copy) => least.map_or(1.0, delivered),
        _ if total > 0.0 => active.iter().map(|&(n, w)| w / total * delivered(n)).sum(),
        _ => 1.0,
    };
    (value, least)
}

/// The providers whose delivery counts, with their weights; `None` for a soft dependency.
fn active(
    r: &Requirement,
    state: &StateOutcome,
    delivered: &impl Fn(NodeId) -> f64,
) -> Option<Vec<(NodeId, f64)>> {
    let working = r.providers.iter().filter(|p| state.works[p.node.index()]);
    let k = r.need_count() as usize;
    Some(match (r.need, r.split) {
        (Need::AtLeast(0), _) => return None,
        (Need::All, _) => r.providers.iter().map(|p| (p.node, 1.0)).collect(),
        (_, Split::Standby) => working.take(k).map(|p| (p.node, 1.0)).collect(),
        (_, Split::Share) => {
            let even = working.clone().all(|p| p.weight == 0.0);
            let weight = |w| if even { 1.0 } else { w };
            working
                .filter(|p| even || p.weight > 0.0)
                .map(|p| (p.node, weight(p.weight)))
                .collect()
        }
        // What a lost one served is lost.
        (_, Split::Shard) => {
            let even = r.providers.iter().all(|p| p.weight == 0.0);
            let all = r.providers.iter();
            all.filter(|p| even || p.weight > 0.0)
                .map(|p| (p.node, if even { 1.0 } else { p.weight }))
                .collect()
        }
        (_, Split::Copy) => {
            let mut all: Vec<(NodeId, f64)> = working.map(|p| (p.node, 1.0)).collect();
            all.sort_by(|x, y| delivered(y.0).total_cmp(&delivered(x.0)));
            all.truncate(k);
            all
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample;

    #[test]
    fn a_degraded_service_leads_to_the_overloaded_server() {
        let system = sample::system();
        let state = sample::one_lost(&system);
        let chain = explanation(
            &system,
            &state,
            &Paths::new(&system, &state.works),
            sample::id(&system, "orders"),
        );
        let app_1 = sample::id(&system, "app-1");
        assert!(
            matches!(chain[..], [Step::Limited { requirement: r, .. }, Step::Overloaded(v, None)]
                if r.group.as_deref() == Some("app") && v == app_1),
            "{chain:?}"
        );
    }

    #[test]
    fn a_stopped_service_leads_to_what_failed() {
        let system = sample::system();
        let state = sample::rack_lost(&system);
        let chain = explanation(
            &system,
            &state,
            &Paths::new(&system, &state.works),
            sample::id(&system, "report"),
        );
        let (db, rack) = (sample::id(&system, "db-1"), sample::id(&system, "rack-a"));
        assert!(
            matches!(chain[..], [Step::Unmet(_), Step::Sits { node, needs }, Step::Failed(v)]
                if node == db && needs == rack && v == rack),
            "{chain:?}"
        );
    }

    #[test]
    fn a_service_that_delivers_in_full_has_no_chain() {
        let system = sample::system();
        let state = sample::all_working(&system, 300.0);
        assert!(
            explanation(
                &system,
                &state,
                &Paths::new(&system, &state.works),
                sample::id(&system, "orders")
            )
            .is_empty()
        );
    }
}
