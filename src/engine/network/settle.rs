//! The last part of a step: what arrives, where a part of the network is not perfect.

use super::base::{Base, members};
use super::repair::lies_on;
use super::scratch::Scratch;
use super::topology::{NONE, Topology};

impl<const L: usize> Scratch<L> {
    /// Ends a step: works out what arrives. [`moved`](Self::moved) then tells of which flows it
    /// changed.
    pub fn settle(&mut self, topology: &Topology, base: &Base<L>) {
        if self.was_imperfect || self.values.imperfect > 0 {
            self.seed_turned();
            self.seed_changed(topology, base);
            let mut turned = std::mem::take(&mut self.turned);
            turned.sort_unstable();
            for of_row in turned.chunk_by(|a, b| a.0 == b.0) {
                self.settle_in(topology, base, of_row[0].0, of_row);
            }
            self.turned = turned;
        }
        self.turned.clear();
        self.own_changed.clear();
        self.places_changed.clear();
        for &source in &self.moved_sources {
            self.moved.extend_from_slice(topology.source_flows(source));
        }
    }

    fn settle_in(&mut self, topology: &Topology, base: &Base<L>, r: u32, turned: &[(u32, u32)]) {
        if self.row(base, r).lost {
            return;
        }
        self.own_row(base, r);
        if let Some(at) = self.rows[r as usize].as_deref_mut() {
            let (log, moved) = (&mut self.log, &mut self.moved_sources);
            let nodes = turned.iter().map(|&(_, node)| node);
            self.settle
                .row(topology, r, at, &self.values, log, nodes, moved);
        }
    }

    /// Finds the nodes of which next hops changed, or that flows did not come by before.
    fn seed_turned(&mut self) {
        let turns = self.log.next[self.began.next..].iter();
        self.turned.extend(turns.map(|was| (was.row, was.node)));
        let opened = &self.log.opened[self.began.opened..];
        self.turned.extend_from_slice(opened);
    }

    /// Finds the rows in which flows come by a changed arc or node.
    fn seed_changed(&mut self, topology: &Topology, base: &Base<L>) {
        let mut set = std::mem::take(&mut self.set);
        for i in 0..self.own_changed.len() {
            let arc = self.own_changed[i];
            set.fill(0);
            base.add_rows_using(arc, &mut set);
            self.add_gains(&mut set, |link| link == arc / 2);
            let tail = topology.ends(arc).0;
            if tail == NONE {
                continue;
            }
            for r in members(&set) {
                let at = self.row(base, r);
                if at.slot(tail).is_some() && lies_on(topology, at, arc) {
                    self.turned.push((r, tail));
                }
            }
        }
        for i in 0..self.places_changed.len() {
            let node = self.places_changed[i];
            set.fill(0);
            for hop in topology.out(node) {
                base.add_rows_using(hop.arc, &mut set);
            }
            if let Some(r) = topology.row_of(node) {
                set[r as usize / 64] |= 1 << (r % 64);
            }
            self.add_gains(&mut set, |link| {
                let tail = |arc| topology.ends(arc).0;
                tail(2 * link) == node || tail(2 * link + 1) == node
            });
            for r in members(&set) {
                if self.row(base, r).slot(node).is_some() {
                    self.turned.push((r, node));
                }
            }
        }
        self.set = set;
    }
}
