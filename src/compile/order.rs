//! The compiled order of nodes: by level, near the provider that is most their own.

use super::block;
use super::layers::Layers;
use super::number::to_u32;
use crate::engine::NONE;
use crate::model::{NodeId, Role, System};

/// The compiled order.
pub(super) struct Order {
    pub node_of: Vec<NodeId>,
    /// Per node: its place in the first layer.
    pub ix_of: Vec<u32>,
    /// Per place: the layer that it is in.
    pub layer: Vec<u32>,
    /// Per place: how far apart the places of its node are in two layers.
    pub stride: Vec<u32>,
    /// Per place: 0 needs nothing; all others stand above everything they need.
    pub level: Vec<u32>,
    /// Per place: first place of its cycle, or [`NONE`].
    pub cycle: Vec<u32>,
    /// First and one past the last place of each cycle.
    pub cycles: Vec<(u32, u32)>,
    /// Per place: when load comes to it. As the level, but that a cycle may take several.
    pub stage: Vec<u32>,
    /// Per level: its first stage; one more at the end.
    pub first_stage: Vec<u32>,
    /// First and one past the last place of nodes that load each other.
    pub loops: Vec<(u32, u32)>,
}

impl Order {
    /// Every node has a place in each layer; those of one node, or of one cycle, are side by side.
    pub fn new(system: &System, layers: &Layers) -> Self {
        let blocks = members_by_block(system);
        let level = levels(system, &blocks);
        let popularity = popularity(system);
        let mut by_level: Vec<Vec<u32>> = Vec::new();
        for (block, &l) in (0u32..).zip(&level) {
            let l = l as usize;
            if by_level.len() <= l {
                by_level.resize_with(l + 1, Vec::new);
            }
            by_level[l].push(block);
        }
        let mut order = Self {
            node_of: Vec::with_capacity(system.nodes().len()),
            ix_of: vec![NONE; system.nodes().len()],
            layer: Vec::with_capacity(system.nodes().len()),
            stride: Vec::with_capacity(system.nodes().len()),
            level: Vec::with_capacity(system.nodes().len()),
            cycle: Vec::with_capacity(system.nodes().len()),
            cycles: Vec::new(),
            stage: Vec::with_capacity(system.nodes().len()),
            first_stage: vec![0],
            loops: Vec::new(),
        };
        let mut local = vec![NONE; system.nodes().len()];
        for (l, same) in (0u32..).zip(&by_level) {
            let mut keyed: Vec<_> = same
                .iter()
                .map(|&b| {
                    (
                        order.near(system, blocks.of(b), &popularity),
                        blocks.of(b)[0],
                        b,
                    )
                })
                .collect();
            keyed.sort_unstable();
            let mut stages = 1;
            for (_, _, block) in keyed {
                stages = stages.max(order.place((system, layers), blocks.of(block), l, &mut local));
            }
            order
                .first_stage
                .push(order.first_stage[l as usize] + stages);
        }
        order
    }

    /// Place of the outside provider with fewest users, already placed as it is on a lower level.
    fn near(&self, system: &System, members: &[NodeId], popularity: &[u32]) -> u32 {
        members
            .iter()
            .flat_map(|&v| system.needs(v))
            .map(|p| (popularity[p.index()], self.ix_of[p.index()]))
            .filter(|&(_, place)| place != NONE)
            .min()
            .map_or(0, |(_, place)| place)
    }

    /// The place of a node in a layer.
    pub fn at(&self, v: NodeId, layer: u32) -> u32 {
        let first = self.ix_of[v.index()];
        first + layer * self.stride[first as usize]
    }

    /// Places a block; over how many stages its load runs.
    fn place(
        &mut self,
        (system, layers): (&System, &Layers),
        members: &[NodeId],
        level: u32,
        local: &mut [u32],
    ) -> u32 {
        let stage = self.first_stage[level as usize];
        let cyclic = members.len() > 1 || system.needs(members[0]).any(|p| p == members[0]);
        if !cyclic {
            for layer in 0..layers.count() {
                self.append(members[0], (layer, 1), level, NONE, stage);
            }
            return 1;
        }
        let mut stages = 1;
        let parts = block::parts(system, members, local);
        let stride = to_u32(members.len());
        for layer in 0..layers.count() {
            let first = to_u32(self.node_of.len());
            for part in &parts {
                let from = to_u32(self.node_of.len());
                for &v in &part.members {
                    self.append(v, (layer, stride), level, first, stage + part.stage);
                }
                if part.is_loop {
                    self.loops.push((from, to_u32(self.node_of.len())));
                }
                stages = stages.max(part.stage + 1);
            }
            self.cycles.push((first, to_u32(self.node_of.len())));
        }
        stages
    }

    fn append(
        &mut self,
        v: NodeId,
        (layer, stride): (u32, u32),
        level: u32,
        cycle: u32,
        stage: u32,
    ) {
        if layer == 0 {
            self.ix_of[v.index()] = to_u32(self.node_of.len());
        }
        self.node_of.push(v);
        self.layer.push(layer);
        self.stride.push(stride);
        self.level.push(level);
        self.cycle.push(cycle);
        self.stage.push(stage);
    }
}

struct Blocks {
    first: Vec<u32>,
    members: Vec<NodeId>,
}

impl Blocks {
    fn of(&self, block: u32) -> &[NodeId] {
        let b = block as usize;
        &self.members[self.first[b] as usize..self.first[b + 1] as usize]
    }
}

/// Members of each block, sorted by id.
fn members_by_block(system: &System) -> Blocks {
    let mut first = vec![0u32; system.blocks() as usize + 1];
    for (v, _) in system.iter() {
        first[system.block(v) as usize + 1] += 1;
    }
    for b in 0..system.blocks() as usize {
        first[b + 1] += first[b];
    }
    let mut next = first.clone();
    let mut members = vec![NodeId(0); system.nodes().len()];
    for (v, _) in system.iter() {
        let at = &mut next[system.block(v) as usize];
        members[*at as usize] = v;
        *at += 1;
    }
    Blocks { first, members }
}

/// Level of each block. Blocks come providers first; a flow stands above its whole network, with
/// one level left between them for the network's own step.
fn levels(system: &System, blocks: &Blocks) -> Vec<u32> {
    let mut level = vec![0u32; system.blocks() as usize];
    let mut network_level = vec![0u32; system.networks() as usize];
    for block in 0..system.blocks() {
        let mut least = 0;
        for &v in blocks.of(block) {
            let outside = system.needs(v).filter(|&p| system.block(p) != block);
            let above = outside.map(|p| level[system.block(p) as usize] + 1).max();
            least = least.max(above.unwrap_or(0));
            if let Role::Flow(flow) = &system.node(v).role
                && let Some(network) = system.network_of_flow(flow)
            {
                least = least.max(network_level[network as usize] + 2);
            }
        }
        level[block as usize] = least;
        for &v in blocks.of(block) {
            if let Some(network) = system.network(v) {
                let top = &mut network_level[network as usize];
                *top = least.max(*top);
            }
        }
    }
    level
}

/// How many nodes need each node.
fn popularity(system: &System) -> Vec<u32> {
    let mut users = vec![0u32; system.nodes().len()];
    for (v, _) in system.iter() {
        for p in system.needs(v) {
            users[p.index()] += 1;
        }
    }
    users
}
