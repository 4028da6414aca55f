//! The networks that flows cross: local numbers for the routing core, and where its parts stand.

use super::layers::Layers;
use super::number::to_u32;
use super::order::Order;
use crate::engine::network::{Edge, Topology};
use crate::engine::{Network, Part};
use crate::model::{Link, NodeId, Role, System};

/// One network while its parts are collected. Local numbers follow the system's order.
#[derive(Default)]
struct Draft {
    nodes: Vec<NodeId>,
    links: Vec<NodeId>,
    flows: Vec<NodeId>,
}

/// Every network that a flow crosses, by level, once per layer, the layers side by side; and what each
/// node is to them (nothing at all when there are no flows).
pub(super) fn compile(
    system: &System,
    order: &Order,
    layers: &Layers,
) -> (Vec<Network>, Vec<Part>) {
    let mut drafts: Vec<Draft> = Vec::new();
    drafts.resize_with(system.networks() as usize, Draft::default);
    for (v, node) in system.iter() {
        let (network, role) = match &node.role {
            Role::Flow(flow) => (system.network_of_flow(flow), &node.role),
            role => (system.network(v), role),
        };
        let Some(network) = network else { continue };
        let draft = &mut drafts[network as usize];
        match role {
            Role::Flow(_) => draft.flows.push(v),
            Role::Link(_) => draft.links.push(v),
            Role::Component | Role::Service(_) => draft.nodes.push(v),
        }
    }
    drafts.retain(|draft| !draft.flows.is_empty());
    let is_still = |role: &Role| matches!(role, Role::Flow(f) if f.from == f.to);
    let still: Vec<u32> = system
        .iter()
        .filter(|(_, node)| is_still(&node.role))
        .flat_map(|(v, _)| (0..layers.count()).map(move |layer| order.at(v, layer)))
        .collect();
    if drafts.is_empty() && still.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut local = vec![0u32; system.nodes().len()];
    let mut networks: Vec<Network> = drafts
        .iter()
        .flat_map(|draft| (0..layers.count()).map(move |layer| (draft, layer)))
        .map(|(draft, layer)| network((system, order), draft, layer, &mut local))
        .collect();
    // Stable: the layers of one network stay side by side.
    networks.sort_by_key(|network| network.level);
    let mut parts = parts(&networks, order.node_of.len());
    for v in still {
        parts[v as usize] = Part::Still;
    }
    (networks, parts)
}

fn network(
    (system, order): (&System, &Order),
    draft: &Draft,
    layer: u32,
    local: &mut [u32],
) -> Network {
    for (i, v) in (0u32..).zip(&draft.nodes) {
        local[v.index()] = i;
    }
    let at = |v: NodeId| local[v.index()];
    let edges: Vec<Edge> = roles(system, &draft.links)
        .filter_map(|role| match *role {
            Role::Link(Link {
                a,
                b,
                metric,
                metric_back,
                ..
            }) => Some(Edge {
                a: at(a),
                b: at(b),
                metric,
                metric_back,
            }),
            _ => None,
        })
        .collect();
    let flows: Vec<(u32, u32)> = roles(system, &draft.flows)
        .filter_map(|role| match role {
            Role::Flow(f) => Some((at(f.from), at(f.to))),
            _ => None,
        })
        .collect();
    let places =
        |nodes: &[NodeId]| -> Vec<u32> { nodes.iter().map(|&v| order.at(v, layer)).collect() };
    let (nodes, links) = (places(&draft.nodes), places(&draft.links));
    let highest = nodes.iter().chain(&links).map(|&v| order.level[v as usize]);
    let level = highest.max().map_or(0, |level| level + 1);
    Network {
        topology: Topology::with_transit(to_u32(nodes.len()), &edges, &flows, |node| {
            system.node(draft.nodes[node as usize]).is_transit()
        }),
        level,
        stage: order.first_stage[level as usize],
        flows: places(&draft.flows),
        nodes,
        links,
    }
}

fn roles<'a>(system: &'a System, nodes: &'a [NodeId]) -> impl Iterator<Item = &'a Role> {
    nodes.iter().map(|&v| &system.node(v).role)
}

/// What makes a part of a network's number and a place in it.
type Make = fn(u32, u32) -> Part;

fn parts(networks: &[Network], n: usize) -> Vec<Part> {
    let mut parts = vec![Part::Outside; n];
    for (number, network) in (0u32..).zip(networks) {
        let make: [(&[u32], Make); 3] = [
            (&network.nodes, Part::Node),
            (&network.links, Part::Link),
            (&network.flows, Part::Flow),
        ];
        for (places, part) in make {
            for (i, &v) in (0u32..).zip(places) {
                parts[v as usize] = part(number, i);
            }
        }
    }
    parts
}
