//! What an inventory says and what it leaves open. In: a system and a scenario. Out: counts and
//! lists of nodes. Promises: looks at structure only, computes no state; every list is sorted by id.

use crate::model::{Need, NodeId, Role, Scenario, System};

/// What is covered and what is assumed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Requirements over more than one provider.
    pub groups: u64,
    /// Of those, how many can lose a provider and still be met.
    pub redundant: u64,
    /// Can carry load of some service, but has no capacity: taken as unlimited.
    pub without_capacity: Vec<NodeId>,
    /// Can fail, but nothing says how often: never fails by chance.
    pub without_reliability: Vec<NodeId>,
    /// Consumers of a named group that has a single provider.
    pub single_member: Vec<NodeId>,
    /// No service needs it, directly or not.
    pub unused: Vec<NodeId>,
    /// Services whose load reaches nothing that has a capacity.
    pub unlimited: Vec<NodeId>,
    /// Services without demand at any load case.
    pub without_demand: Vec<NodeId>,
    /// How many components and links there are that are not logical.
    pub can_fail: u64,
}

/// Looks at the structure of a system.
#[must_use]
pub fn coverage(system: &System, scenario: &Scenario) -> Coverage {
    let used = reach(system, system.services().iter().copied(), false);
    let services = system.services().iter().copied();
    let loaded = reach(system, services.chain(constants(system)), true);
    let limited = limited(system);
    let mut found = Coverage::default();
    for (v, node) in system.iter().filter(|(_, n)| n.is_component_or_link()) {
        found.can_fail += u64::from(node.can_fail());
        if loaded[v.index()] && node.is_unlimited() {
            found.without_capacity.push(v);
        }
        if node.can_fail() && node.reliability.is_none() {
            found.without_reliability.push(v);
        }
        if !used[v.index()] {
            found.unused.push(v);
        }
    }
    for r in system.requirements() {
        if r.providers.len() > 1 {
            found.groups += 1;
            found.redundant +=
                u64::from(matches!(r.need, Need::AtLeast(k) if (k as usize) < r.providers.len()));
        } else if r.group.is_some() {
            found.single_member.push(r.consumer);
        }
    }
    found.single_member.dedup();
    for (at, &service) in system.services().iter().enumerate() {
        if scenario.cases.iter().all(|c| c.demand[at] == 0.0) {
            found.without_demand.push(service);
        } else if !limited[service.index()] {
            found.unlimited.push(service);
        }
    }
    found
}

/// The providers of every constant, which is drawn whatever the demand; some more than once.
fn constants(system: &System) -> impl Iterator<Item = NodeId> + '_ {
    let providers = system.requirements().iter().flat_map(|r| &*r.providers);
    providers.filter(|p| p.constant > 0.0).map(|p| p.node)
}

/// Whether load sent from a node can reach a capacity. Providers have smaller block numbers; where
/// they need each other, members are looked at again until no more is found.
fn limited(system: &System) -> Vec<bool> {
    let mut network = vec![false; system.networks() as usize];
    for (v, node) in system.iter() {
        if let Some(n) = system.network(v).filter(|_| !node.is_unlimited()) {
            network[n as usize] = true;
        }
    }
    let mut order: Vec<NodeId> = system.iter().map(|(v, _)| v).collect();
    order.sort_by_key(|&v| system.block(v));
    let mut limited = vec![false; order.len()];
    for block in order.chunk_by(|&a, &b| system.block(a) == system.block(b)) {
        let mut more = true;
        while std::mem::take(&mut more) {
            for &v in block {
                if limited[v.index()] {
                    continue;
                }
                let node = system.node(v);
                let over_network = match node.role {
                    Role::Flow(flow) => {
                        limited[flow.from.index()]
                            || limited[flow.to.index()]
                            || system
                                .network_of_flow(&flow)
                                .is_some_and(|n| network[n as usize])
                    }
                    _ => false,
                };
                let below = || carriers(system, v).any(|p| limited[p.index()]);
                limited[v.index()] = !node.is_unlimited() || over_network || below();
                more |= limited[v.index()] && block.len() > 1;
            }
        }
    }
    limited
}

/// The providers that a node sends load to.
fn carriers(system: &System, v: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    system
        .requirements_of(v)
        .iter()
        .flat_map(|r| r.providers.iter())
        .filter(|p| p.load > 0.0 || p.constant > 0.0)
        .map(|p| p.node)
}

/// What can be reached from some nodes: over all needs, or only where load can go.
fn reach(system: &System, from: impl Iterator<Item = NodeId>, load_only: bool) -> Vec<bool> {
    let mut seen = vec![false; system.nodes().len()];
    let mut networks = vec![false; system.networks() as usize];
    let mut stack: Vec<NodeId> = from.collect();
    while let Some(v) = stack.pop() {
        if std::mem::replace(&mut seen[v.index()], true) {
            continue;
        }
        if load_only {
            stack.extend(carriers(system, v));
        } else {
            stack.extend(system.needs(v));
        }
        if let Role::Flow(flow) = system.node(v).role {
            stack.extend([flow.from, flow.to]);
            if let Some(network) = system.network_of_flow(&flow)
                && !std::mem::replace(&mut networks[network as usize], true)
            {
                let members = system.iter().map(|(n, _)| n);
                stack.extend(members.filter(|&n| system.network(n) == Some(network)));
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample;

    #[test]
    fn the_sample_leaves_open_what_it_leaves_open() {
        let system = sample::system();
        let scenario = sample::scenario(&system, Vec::new());
        let found = coverage(&system, &scenario);
        let names = |nodes: &[NodeId]| -> Vec<String> {
            nodes.iter().map(|&n| system.id(n).to_owned()).collect()
        };
        assert_eq!((found.groups, found.redundant, found.can_fail), (1, 1, 7));
        assert_eq!(names(&found.without_capacity), ["db-1"]);
        assert_eq!(names(&found.single_member), ["orders"]);
        assert_eq!(names(&found.unused), [sample::HOSTILE]);
        assert_eq!(names(&found.without_demand), ["report"]);
        assert!(found.unlimited.is_empty());
        assert_eq!(found.without_reliability.len(), 7);
    }
}
