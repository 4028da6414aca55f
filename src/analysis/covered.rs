//! What share of an estate says what, and what would be most worth to fill in next. In: a system and what it
//! leaves open. Out: shares, and at most three gaps, the first the one that bears on most services. Promises:
//! looks at structure only; the same estate gives the same answer.

use super::coverage::Coverage;
use crate::model::{Node, NodeId, Role, System};
use std::collections::BTreeMap;

/// Gaps that are named.
const NAMED: usize = 3;

/// Something that nodes can say of themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The demand of services.
    Demand,
    /// The most that components and links can carry.
    Capacity,
    /// How often they fail.
    Reliability,
    /// The domains that they sit in.
    Domain,
    /// Who owns services.
    Owner,
}

/// How many of all that could say something do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// What they say.
    pub aspect: Aspect,
    /// How many say it.
    pub covered: u64,
    /// Of how many.
    pub of: u64,
}

/// Nodes of one kind that do not say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What they do not say.
    pub aspect: Aspect,
    /// Their kind.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// Whether these are all of that kind.
    pub all: bool,
    /// How many services rest on at least one of them.
    pub services: u64,
}

/// Shares and gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// One for each aspect.
    pub shares: Vec<Share>,
    /// What to fill in next.
    pub next: Vec<Gap>,
}

/// Looks at an estate.
#[must_use]
pub fn covered(system: &System, coverage: &Coverage) -> Covered {
    let carried = carried(system);
    let holds = holds(system);
    let owner = |v| system.labels().get("owner", v).is_some();
    let demanded = |v: NodeId| !coverage.without_demand.contains(&v);
    let says = |aspect: Aspect, v: NodeId, node: &Node| match aspect {
        Aspect::Demand => demanded(v),
        Aspect::Capacity => carried[v.index()],
        Aspect::Reliability => node.reliability.is_some(),
        Aspect::Domain => !node.within.is_empty() || holds[v.index()],
        Aspect::Owner => owner(v),
    };
    let all = [
        Aspect::Demand,
        Aspect::Capacity,
        Aspect::Reliability,
        Aspect::Domain,
        Aspect::Owner,
    ];
    let mut found = Covered::default();
    let mut gaps = Vec::new();
    for aspect in all {
        let asked = |node: &Node| match aspect {
            Aspect::Demand | Aspect::Owner => matches!(node.role, Role::Service(_)),
            _ => node.can_fail(),
        };
        let (mut covered, mut of) = (0, 0);
        let mut lacking: BTreeMap<&str, (Vec<NodeId>, u64)> = BTreeMap::new();
        for (v, node) in system.iter().filter(|(_, n)| asked(n)) {
            of += 1;
            let entry = lacking.entry(&node.kind).or_default();
            entry.1 += 1;
            if says(aspect, v, node) {
                covered += 1;
            } else {
                entry.0.push(v);
            }
        }
        found.shares.push(Share {
            aspect,
            covered,
            of,
        });
        gaps.extend(worst(aspect, &lacking, coverage));
    }
    found.next = ranked(system, gaps);
    found
}

/// The kind that lacks it most often; of capacities, among what load can reach.
fn worst<'s>(
    aspect: Aspect,
    lacking: &BTreeMap<&'s str, (Vec<NodeId>, u64)>,
    coverage: &Coverage,
) -> Option<(Aspect, &'s str, Vec<NodeId>, bool)> {
    let matters = |v: &NodeId| match aspect {
        Aspect::Capacity => coverage.without_capacity.binary_search(v).is_ok(),
        Aspect::Reliability | Aspect::Domain => coverage.unused.binary_search(v).is_err(),
        Aspect::Demand | Aspect::Owner => true,
    };
    let kinds = lacking.iter().map(|(kind, (nodes, of))| {
        let kept: Vec<NodeId> = nodes.iter().copied().filter(|v| matters(v)).collect();
        let all = kept.len() as u64 == *of;
        (aspect, *kind, kept, all)
    });
    let worst = kinds.max_by(|x, y| x.2.len().cmp(&y.2.len()).then(y.1.cmp(x.1)));
    worst.filter(|(_, _, nodes, _)| !nodes.is_empty())
}

/// The gaps on which most services rest; of those alike, in the order of the aspects.
fn ranked(system: &System, gaps: Vec<(Aspect, &str, Vec<NodeId>, bool)>) -> Vec<Gap> {
    let consumers = consumers(system);
    let mut ranked: Vec<Gap> = gaps
        .into_iter()
        .map(|(aspect, kind, nodes, all)| Gap {
            aspect,
            kind: kind.to_owned(),
            count: nodes.len() as u64,
            all,
            services: resting(system, &consumers, &nodes),
        })
        .collect();
    ranked.sort_by(|x, y| y.services.cmp(&x.services).then(x.aspect.cmp(&y.aspect)));
    ranked.truncate(NAMED);
    ranked
}

/// Who needs each node, by node.
fn consumers(system: &System) -> Vec<Vec<NodeId>> {
    let mut consumers = vec![Vec::new(); system.nodes().len()];
    for (v, node) in system.iter() {
        for p in system.needs(v) {
            consumers[p.index()].push(v);
        }
        if let Role::Flow(flow) = node.role {
            consumers[flow.from.index()].push(v);
            consumers[flow.to.index()].push(v);
        }
    }
    consumers
}

/// How many services need one of some nodes, directly or not. A flow may go over any part of its network.
fn resting(system: &System, consumers: &[Vec<NodeId>], nodes: &[NodeId]) -> u64 {
    let mut seen = vec![false; consumers.len()];
    let mut networks = vec![false; system.networks() as usize];
    let mut stack = nodes.to_vec();
    let mut services = 0;
    while let Some(v) = stack.pop() {
        if std::mem::replace(&mut seen[v.index()], true) {
            continue;
        }
        services += u64::from(matches!(system.node(v).role, Role::Service(_)));
        stack.extend(&consumers[v.index()]);
        let network = system.network(v).map(|n| n as usize);
        if let Some(n) = network.filter(|&n| !std::mem::replace(&mut networks[n], true)) {
            let flows = system.iter().filter(|(_, node)| match node.role {
                Role::Flow(flow) => system.network_of_flow(&flow) == u32::try_from(n).ok(),
                _ => false,
            });
            stack.extend(flows.map(|(flow, _)| flow));
        }
    }
    services
}

/// Whether each node has a capacity, itself or as a resource of it.
fn carried(system: &System) -> Vec<bool> {
    let mut carried: Vec<bool> = system.iter().map(|(_, n)| !n.is_unlimited()).collect();
    for (_, node) in system.iter() {
        if node.is_logical() && !node.is_unlimited() {
            for domain in &node.within {
                carried[domain.index()] = true;
            }
        }
    }
    carried
}

/// Whether something sits within each node.
fn holds(system: &System) -> Vec<bool> {
    let mut holds = vec![false; system.nodes().len()];
    for (_, node) in system.iter().filter(|(_, n)| !n.is_logical()) {
        for domain in &node.within {
            holds[domain.index()] = true;
        }
    }
    holds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{coverage, sample};

    #[test]
    fn shares_count_what_is_said_and_gaps_what_is_not() {
        let system = sample::system();
        let scenario = sample::scenario(&system, Vec::new());
        let coverage = coverage(&system, &scenario);
        let found = covered(&system, &coverage);
        let by_hand = |says: fn(&Node) -> bool| {
            let nodes = system.nodes().iter().filter(|n| n.can_fail());
            nodes.filter(|n| says(n)).count() as u64
        };
        let share = |aspect| {
            let found = found
                .shares
                .iter()
                .find(|s| s.aspect == aspect)
                .expect("a share");
            (found.covered, found.of)
        };
        let all = by_hand(|_| true);
        assert_eq!(
            share(Aspect::Capacity),
            (by_hand(|n| n.capacity.is_some()), all)
        );
        assert_eq!(
            share(Aspect::Reliability),
            (by_hand(|n| n.reliability.is_some()), all)
        );
        let services = system.services().len() as u64;
        let without = coverage.without_demand.len() as u64;
        assert_eq!(share(Aspect::Demand), (services - without, services));
        assert!(found.next.len() <= NAMED);
        assert!(
            found
                .next
                .windows(2)
                .all(|w| w[0].services >= w[1].services)
        );
        assert!(
            found
                .next
                .iter()
                .all(|g| g.count > 0 && g.services <= services)
        );
    }
}
