//! Layers of placement: instances that may run on other instances are placed after those.

use crate::model::{NodeId, Placement, Role, System};

/// Per instance, in order of id: how many others stand below one another until its hosts need none.
pub(super) fn layers(system: &System) -> Vec<u32> {
    let all = system.placements();
    if all.is_empty() {
        return Vec::new();
    }
    // How many instances stand on the longest way down from a node, itself among them. Blocks come
    // providers first, and no instance stands in one with its host.
    let mut below = vec![0u32; system.nodes().len()];
    let mut by_block: Vec<NodeId> = system.iter().map(|(v, _)| v).collect();
    by_block.sort_by_key(|&v| system.block(v));
    let mut crossed = vec![0u32; system.networks() as usize];
    for block in by_block.chunk_by(|&x, &y| system.block(x) == system.block(y)) {
        let mut most = 0;
        for &v in block {
            let needs = system.needs(v).map(|p| below[p.index()]);
            most = most.max(needs.max().unwrap_or(0));
            if let Role::Flow(flow) = &system.node(v).role
                && let Some(network) = system.network_of_flow(flow)
            {
                most = most.max(crossed[network as usize]);
            }
        }
        for &v in block {
            below[v.index()] = most + u32::from(all.of(v).is_some());
            if let Some(network) = system.network(v) {
                let crossed = &mut crossed[network as usize];
                *crossed = below[v.index()].max(*crossed);
            }
        }
    }
    let hosts = |p: &Placement| {
        let hosts = p.hosts.iter().filter_map(|&h| all.host(h));
        let nodes = hosts.flat_map(|h| std::iter::once(h.node).chain(h.children()));
        nodes.map(|v| below[v.index()]).max().unwrap_or(0)
    };
    all.instances.iter().map(hosts).collect()
}
