//! The second part of a step: flows carry another load, which goes its way.

use super::base::Base;
use super::exact::difference;
use super::load::Here;
use super::scratch::Scratch;
use super::topology::{FlowAt, Topology, to_u32};

impl<const L: usize> Scratch<L> {
    /// A flow's load becomes `load`.
    pub fn set_flow_load(&mut self, topology: &Topology, flow: u32, load: [f64; L]) {
        let old = std::mem::replace(&mut self.values.flows[flow as usize], load);
        #[allow(clippy::float_cmp)] // a change is a change of bits; there are no NaNs
        if old == load {
            return;
        }
        self.log.flows.push((flow, old));
        let FlowAt { row: r, source } = topology.flow(flow);
        let node = topology.source_place(source);
        let sums = &self.values.sums;
        let more = difference(&sums.cut(&load), &sums.cut(&old));
        self.started.push((r, node, more));
    }

    /// Moves the load to its new paths; once a step. [`changed_at`](Self::changed_at) then tells
    /// where it changed.
    pub fn push_loads(&mut self, topology: &Topology, base: &Base<L>) {
        let mut started = std::mem::take(&mut self.started);
        started.sort_unstable_by_key(|&(r, node, _)| (r, node));
        for of_row in started.chunk_by(|a, b| a.0 == b.0) {
            self.push_row(topology, base, of_row[0].0, of_row);
        }
        self.sum_nodes(topology, &started);
        started.clear();
        self.started = started;
    }

    fn push_row(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        r: u32,
        started: &[(u32, u32, [i128; L])],
    ) {
        if self.row(base, r).lost {
            return;
        }
        self.own_row(base, r);
        let Some(here) = Here::of(topology, r, &mut self.rows, &mut self.log) else {
            return;
        };
        for (_, node, more) in started {
            self.pass.start(here.at, *node, more);
        }
        self.pass.spread(here, &mut self.values.sums);
    }

    /// A node carries so much more as starts there and comes in.
    fn sum_nodes(&mut self, topology: &Topology, started: &[(u32, u32, [i128; L])]) {
        let arcs = to_u32(self.values.own.len());
        for i in self.began.sums..self.values.sums.logged() {
            let arc = self.values.sums.logged_at(i);
            if arc < arcs {
                let more = self.values.sums.since(i);
                self.add_to_node(topology.head(arc), &more);
            }
        }
        for (_, place, more) in started {
            self.add_to_node(topology.node_of(*place), more);
        }
    }

    fn add_to_node(&mut self, node: u32, more: &[i128; L]) {
        let sum = self.values.node_sum(node);
        self.values.sums.add(sum, more);
    }
}
