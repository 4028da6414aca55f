//! Canonical order. In: the parts of a draft, and the number that each of its nodes gets. Out: the same parts
//! as a system keeps them, whatever the order of rows was.

use crate::model::node::to_u32;
use crate::model::{
    DraftNode, DraftPlacement, DraftProvider, DraftRequirement, Flow, Host, Link, Need, Node,
    NodeId, Placement, Placements, Provider, Requirement, Resource, Role, Split,
};
use petgraph::unionfind::UnionFind;

/// Marks a node that no link touches.
pub(super) const NO_NETWORK: u32 = u32::MAX;

/// The nodes of which something is true, in order.
pub(super) fn ids_where(nodes: &[Node], keep: impl Fn(&Node) -> bool) -> Vec<NodeId> {
    (0..)
        .map(NodeId)
        .zip(nodes)
        .filter(|(_, n)| keep(n))
        .map(|(v, _)| v)
        .collect()
}

/// Values in the order of the nodes: `order` says where each comes from.
pub(super) fn permute<T>(values: Vec<T>, order: &[u32]) -> Vec<T> {
    let mut slots: Vec<Option<T>> = values.into_iter().map(Some).collect();
    order
        .iter()
        .filter_map(|&old| slots[old as usize].take())
        .collect()
}

/// A node of a draft with the numbers that `id` gives to what it refers to.
pub(super) fn renumber_node(draft: DraftNode, id: &impl Fn(u32) -> NodeId) -> Node {
    let mut node = draft.node;
    let mut within: Vec<NodeId> = draft.within.into_iter().map(id).collect();
    within.sort_unstable();
    within.dedup();
    node.within = within.into();
    node.role = match node.role {
        Role::Link(l) => Role::Link(Link {
            a: id(l.a.0),
            b: id(l.b.0),
            ..l
        }),
        Role::Flow(f) => Role::Flow(Flow {
            from: id(f.from.0),
            to: id(f.to.0),
        }),
        other => other,
    };
    node
}

/// Placements by id of the instance; hosts keep the order of the file.
pub(super) fn canonical_placements(
    resources: Vec<Resource>,
    drafts: Vec<DraftPlacement>,
    nodes: &[Node],
    id: &impl Fn(u32) -> NodeId,
) -> Placements {
    let placement = |d: DraftPlacement| Placement {
        instance: id(d.instance),
        hosts: d.hosts.into_iter().map(id).collect(),
        host: d.host.map(id),
        priority: d.priority,
        apart: d.apart,
        amounts: d.amounts.into(),
        line: d.line,
    };
    let mut instances: Vec<Placement> = drafts.into_iter().map(placement).collect();
    instances.sort_by_key(|p| p.instance);
    let mut hosts: Vec<NodeId> = instances.iter().flat_map(|p| p.hosts.to_vec()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let has = |host: NodeId, resource: &Resource| match resource {
        Resource::Own => Some(host),
        Resource::Child(_) => {
            let child = resource.id_at(&nodes[host.index()].id);
            let at = nodes.binary_search_by(|n| (*n.id).cmp(&child)).ok()?;
            let is_component = matches!(nodes[at].role, Role::Component);
            is_component.then(|| NodeId(to_u32(at)))
        }
    };
    let host = |node: NodeId| Host {
        node,
        resources: resources.iter().map(|r| has(node, r)).collect(),
    };
    Placements {
        hosts: hosts.into_iter().map(host).collect(),
        resources,
        instances,
    }
}

/// Requirements by consumer, those with a group name first; providers by id, but standby keeps the order of
/// the file.
pub(super) fn canonical_requirements(
    drafts: Vec<DraftRequirement>,
    nodes: &[Node],
    id: &impl Fn(u32) -> NodeId,
) -> Vec<Requirement> {
    let mut all: Vec<Requirement> = drafts
        .into_iter()
        .map(|d| {
            let capacity = |p: &DraftProvider| nodes[id(p.node).index()].capacity;
            let all_have_one = d.providers.iter().all(|p| capacity(p).is_some());
            let mut providers: Vec<Provider> = d
                .providers
                .iter()
                .map(|p| Provider {
                    node: id(p.node),
                    load: p.load,
                    load_given: p.load_given,
                    constant: p.constant,
                    weight: p
                        .weight
                        .or(capacity(p).filter(|_| all_have_one))
                        .unwrap_or(1.0),
                    weight_given: p.weight.is_some(),
                })
                .collect();
            if d.need == Need::All || d.split != Split::Standby {
                providers.sort_by(by_provider);
            }
            Requirement {
                consumer: id(d.consumer),
                group: d.group,
                need: d.need,
                split: d.split,
                providers: providers.into(),
                line: d.line,
            }
        })
        .collect();
    all.sort_by(|x, y| {
        x.consumer
            .cmp(&y.consumer)
            .then_with(|| x.group.is_none().cmp(&y.group.is_none()))
            .then_with(|| x.group.cmp(&y.group))
            .then_with(|| {
                let (x, y) = (x.providers.iter(), y.providers.iter());
                x.zip(y)
                    .map(|(p, q)| by_provider(p, q))
                    .find(|o| o.is_ne())
                    .unwrap_or(std::cmp::Ordering::Equal)
            })
            .then_with(|| (x.need_count(), x.split as u8).cmp(&(y.need_count(), y.split as u8)))
    });
    all
}

fn by_provider(x: &Provider, y: &Provider) -> std::cmp::Ordering {
    x.node
        .cmp(&y.node)
        .then_with(|| x.load.total_cmp(&y.load))
        .then_with(|| x.weight.total_cmp(&y.weight))
        .then_with(|| x.constant.total_cmp(&y.constant))
}

/// Numbers the connected parts that links make, by smallest id.
pub(super) fn networks(nodes: &[Node]) -> (Vec<u32>, u32) {
    let mut sets = UnionFind::<u32>::new(nodes.len());
    let mut touched = vec![false; nodes.len()];
    for (v, node) in (0u32..).zip(nodes) {
        if let Role::Link(Link { a, b, .. }) = node.role {
            for end in [a.0, b.0] {
                sets.union(v, end);
                touched[end as usize] = true;
            }
            touched[v as usize] = true;
        }
    }
    let mut number = vec![NO_NETWORK; nodes.len()];
    let mut network = vec![NO_NETWORK; nodes.len()];
    let mut count = 0;
    for v in 0..to_u32(nodes.len()) {
        if touched[v as usize] {
            let root = sets.find(v) as usize;
            if number[root] == NO_NETWORK {
                number[root] = count;
                count += 1;
            }
            network[v as usize] = number[root];
        }
    }
    (network, count)
}
