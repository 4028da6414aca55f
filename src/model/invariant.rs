//! What every estate keeps. In: a [`Draft`]. Out: every rule that it breaks. Looks at rows and at what they
//! refer to; cycles through flows and hosts are looked for where blocks are numbered.

use super::node::to_u32;
use super::way::round;
use super::{Draft, DraftNode, Need, Reliability, Role, Serves, Service};
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{HashMap, HashSet, VecDeque};

/// A rule that a draft breaks. Nodes are draft indices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invariant {
    /// An id is empty.
    #[error("a node has an empty id")]
    EmptyId(u32),
    /// Two nodes share an id.
    #[error("the id of two nodes is the same")]
    DuplicateId(u32, u32),
    /// A number is negative, not finite, or out of its range.
    #[error("{what} is out of range")]
    Number {
        /// The node or consumer it belongs to.
        node: u32,
        /// Which number.
        what: &'static str,
    },
    /// A reference points nowhere or at a node that cannot stand there.
    #[error("{what} is not a node that can stand there")]
    Reference {
        /// The node or consumer that refers.
        node: u32,
        /// Which reference.
        what: &'static str,
    },
    /// More providers are needed than there are.
    #[error("more providers are needed than there are")]
    NeedTooLarge(u32),
    /// A link whose two ends are one component.
    #[error("a link joins a component with itself")]
    SelfLoop(u32),
    /// A component sits, over others, within itself: the way round, first and last the same.
    #[error("a component sits within itself")]
    CycleOfDomains(Vec<u32>),
    /// A network element needs, directly or not, a flow over its own network.
    #[error("a network element needs a flow over that network")]
    CycleThroughFlow(Vec<u32>),
    /// A host needs, directly or not, an instance that may run on it: the way round, first and last the
    /// same.
    #[error("a host needs an instance that may run on it")]
    CycleOfPlacement(Vec<u32>),
}

/// Adds every rule that a draft breaks, but for cycles.
pub(super) fn check(draft: &Draft, faults: &mut Vec<Invariant>) {
    check_numbers(draft, faults);
    check_references(draft, faults);
    check_requirements(draft, faults);
    check_common_cause(draft, faults);
    check_placements(draft, faults);
}

/// A number that is neither infinite nor negative.
fn is_count(x: f64) -> bool {
    x.is_finite() && x >= 0.0
}

/// Every number of every node is in its range.
fn check_numbers(draft: &Draft, faults: &mut Vec<Invariant>) {
    for (v, d) in (0u32..).zip(&draft.nodes) {
        let mut number = |fine: bool, what| {
            if !fine {
                faults.push(Invariant::Number { node: v, what });
            }
        };
        number(d.node.capacity.is_none_or(is_count), "capacity");
        let trips_at = d.node.trips_at;
        number(trips_at.is_none_or(|t| is_count(t) && t > 0.0), "trips_at");
        let more = d.node.expansion;
        let costs = [more.cost, more.cost_per_unit, more.max_capacity];
        let costs_fine = costs.into_iter().flatten().all(is_count);
        number(costs_fine, "cost, cost_per_unit or max_capacity");
        match d.node.reliability {
            Some(Reliability::Unavailability(q)) => {
                number((0.0..=1.0).contains(&q), "unavailability");
            }
            Some(Reliability::Rates {
                mtbf_hours: f,
                mttr_hours: r,
            }) => {
                number(
                    is_count(f) && is_count(r) && f + r > 0.0,
                    "mtbf_hours or mttr_hours",
                );
            }
            None => {}
        }
        if let Role::Link(l) = d.node.role {
            number(is_count(l.metric) && l.metric > 0.0, "metric");
            number(
                is_count(l.metric_back) && l.metric_back > 0.0,
                "metric_back",
            );
            // Unlimited is infinite here.
            let back = l.capacity_back.is_none_or(|c| c >= 0.0);
            number(back, "capacity_back");
        }
        if let Role::Service(Service { demand, slo, .. }) = d.node.role {
            number(is_count(demand), "demand");
            number(slo.is_none_or(|t| t > 0.0 && t < 100.0), "slo");
        }
    }
}

/// Every node has an id, and refers to nodes of the roles that it may.
fn check_references(draft: &Draft, faults: &mut Vec<Invariant>) {
    let role = |v: u32| draft.nodes.get(v as usize).map(|d| &d.node.role);
    let is_component = |v: u32| matches!(role(v), Some(Role::Component));
    let is_domain = |v: u32| matches!(role(v), Some(Role::Component | Role::Link(_)));
    for (v, d) in (0u32..).zip(&draft.nodes) {
        if d.node.id.is_empty() {
            faults.push(Invariant::EmptyId(v));
        }
        let mut reference = |fine: bool, what| {
            if !fine {
                faults.push(Invariant::Reference { node: v, what });
            }
        };
        reference(d.within.iter().all(|&w| is_domain(w) && w != v), "within");
        let is_inside = d.node.is_component_or_link();
        reference(d.within.is_empty() || is_inside, "within");
        let has_load_limits = d.node.trips_at.is_some() || d.node.serves == Serves::Priority;
        reference(is_inside || !has_load_limits, "trips_at or serves");
        match d.node.role {
            Role::Link(l) => reference(is_component(l.a.0) && is_component(l.b.0), "a or b"),
            Role::Flow(f) => {
                reference(is_component(f.from.0) && is_component(f.to.0), "from or to");
            }
            Role::Component | Role::Service(_) => {}
        }
        reference(
            d.node.transit.is_none() || matches!(d.node.role, Role::Component),
            "transit",
        );
        if matches!(d.node.role, Role::Link(l) if l.a == l.b) {
            faults.push(Invariant::SelfLoop(v));
        }
    }
}

/// Every requirement has providers, as many as it needs, and numbers in their ranges.
fn check_requirements(draft: &Draft, faults: &mut Vec<Invariant>) {
    let n = draft.nodes.len();
    for r in &draft.requirements {
        if r.consumer as usize >= n
            || r.providers.is_empty()
            || r.providers.iter().any(|p| p.node as usize >= n)
        {
            faults.push(Invariant::Reference {
                node: r.consumer,
                what: "dependency",
            });
        }
        if !r
            .providers
            .iter()
            .all(|p| is_count(p.load) && is_count(p.constant) && p.weight.is_none_or(is_count))
        {
            faults.push(Invariant::Number {
                node: r.consumer,
                what: "load, constant or weight",
            });
        }
        if matches!(r.need, Need::AtLeast(k) if k as usize > r.providers.len()) {
            faults.push(Invariant::NeedTooLarge(r.consumer));
        }
    }
}

/// Every common cause has members that can fail, and a share of their unavailability.
fn check_common_cause(draft: &Draft, faults: &mut Vec<Invariant>) {
    let can_fail = |v: u32| {
        draft
            .nodes
            .get(v as usize)
            .is_some_and(|d| d.node.can_fail())
    };
    for (_, members, beta) in &draft.common_cause {
        let node = members.first().copied().unwrap_or(0);
        if !(0.0..=1.0).contains(beta) {
            faults.push(Invariant::Number { node, what: "beta" });
        }
        if members.is_empty() || !members.iter().all(|&m| can_fail(m)) {
            faults.push(Invariant::Reference {
                node,
                what: "members",
            });
        }
    }
}

/// Every instance is a component that runs once, on components, and takes numbers.
fn check_placements(draft: &Draft, faults: &mut Vec<Invariant>) {
    let role = |v: u32| draft.nodes.get(v as usize).map(|d| &d.node.role);
    let is_component = |v: u32| matches!(role(v), Some(Role::Component));
    let mut seen = HashSet::new();
    for p in &draft.placements {
        let mut reference = |fine: bool, what| {
            if !fine {
                let node = p.instance;
                faults.push(Invariant::Reference { node, what });
            }
        };
        reference(is_component(p.instance), "instance");
        reference(seen.insert(p.instance), "instance");
        let is_host = |h: &u32| is_component(*h) && *h != p.instance;
        let mut hosts = HashSet::new();
        let all = p.hosts.iter().all(|h| is_host(h) && hosts.insert(*h));
        reference(!p.hosts.is_empty() && all, "hosts");
        reference(p.host.is_none_or(|h| hosts.contains(&h)), "host");
        let amounts = p.amounts.iter().flatten();
        let fits = p.amounts.len() == draft.resources.len();
        if !fits || !amounts.copied().all(is_count) {
            faults.push(Invariant::Number {
                node: p.instance,
                what: "an amount",
            });
        }
    }
}

/// Every cycle of `within`: one way round for each knot of domains, over its first node in the
/// draft, shortest. What sits directly within itself is left out.
#[must_use]
pub fn cycles_of_domains(nodes: &[DraftNode]) -> Vec<Vec<u32>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(nodes.len(), nodes.len());
    for _ in nodes {
        graph.add_node(());
    }
    let mut any = false;
    for (v, draft) in nodes.iter().enumerate() {
        for &w in &draft.within {
            if (w as usize) < nodes.len() && w as usize != v {
                graph.add_edge(NodeIndex::new(v), NodeIndex::new(w as usize), ());
                any = true;
            }
        }
    }
    if !any {
        return Vec::new();
    }
    let mut found: Vec<Vec<u32>> = petgraph::algo::kosaraju_scc(&graph)
        .into_iter()
        .filter(|knot| knot.len() > 1)
        .map(|knot| way_round_domains(nodes, &knot))
        .collect();
    found.sort();
    found
}

/// The shortest way from the first node of a knot back to it, over what each sits within.
fn way_round_domains(nodes: &[DraftNode], knot: &[NodeIndex]) -> Vec<u32> {
    let inside: HashSet<u32> = knot.iter().map(|v| to_u32(v.index())).collect();
    let Some(&start) = inside.iter().min() else {
        return Vec::new();
    };
    let mut came_from = HashMap::new();
    let mut queue = VecDeque::from([start]);
    let mut last = start;
    'search: while let Some(v) = queue.pop_front() {
        for &w in &nodes[v as usize].within {
            if w == start && v != start {
                last = v;
                break 'search;
            }
            if w != start && inside.contains(&w) && !came_from.contains_key(&w) {
                came_from.insert(w, v);
                queue.push_back(w);
            }
        }
    }
    round(&came_from, start, last)
}
