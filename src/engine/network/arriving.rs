//! What would arrive if parts of a network delivered otherwise: which of a loss is the network's own.

use super::base::Base;
use super::scratch::Scratch;
use super::topology::Topology;
use super::trail::Trail;
use std::collections::HashMap;

impl<const L: usize> Scratch<L> {
    /// The fraction of a working flow's load that would arrive in this state if arcs and nodes
    /// delivered so much.
    #[must_use]
    pub fn arriving(
        &self,
        topology: &Topology,
        base: &Base<L>,
        flow: u32,
        arc: impl Fn(u32) -> [f64; L],
        node: impl Fn(u32) -> [f64; L],
    ) -> [f64; L] {
        let row = topology.flow(flow).row;
        let at = self.row(base, row);
        let from = topology.source_place(topology.flow(flow).source);
        let mut passed = Vec::new();
        let starts = std::iter::once(from);
        self.places_from(
            topology,
            base,
            row,
            starts,
            &mut Trail::default(),
            |place| {
                passed.push(place);
            },
        );
        passed.sort_by(|&a, &b| at.distance(a).total_cmp(&at.distance(b)));
        let mut arrives: HashMap<u32, [f64; L]> = HashMap::new();
        for place in passed {
            let mut least = node(topology.node_of(place));
            if place != topology.root(row) {
                let (mut sum, mut count) = ([0.0; L], 0.0);
                at.each_next(topology, place, |hop| {
                    let own = arc(hop.arc);
                    let next = arrives.get(&hop.node).copied().unwrap_or([0.0; L]);
                    for l in 0..L {
                        sum[l] += own[l].min(next[l]);
                    }
                    count += 1.0;
                });
                for l in 0..L {
                    let mean = if count > 0.0 { sum[l] / count } else { 0.0 };
                    least[l] = least[l].min(mean);
                }
            }
            arrives.insert(place, least);
        }
        arrives.get(&from).copied().unwrap_or([0.0; L])
    }
}
