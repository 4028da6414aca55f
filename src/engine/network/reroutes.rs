//! Which flows take other ways than in the base state, and what lies on their ways now.
//!
//! A flow's way is every path that its traffic takes: all nodes and arcs from its source along next hops.
//! It is as in the base state if no node on it has other next hops than there. So the search starts at
//! the nodes whose next hops changed and climbs, over next hops of the base state, to the sources whose
//! traffic came by them.

use super::base::Base;
use super::row::Marks;
use super::scratch::Scratch;
use super::topology::{NONE, Topology};
use super::trail::{Place, Trail};

/// Room to work in. One per thread.
#[derive(Clone, Debug, Default)]
pub struct Reroutes {
    /// (row, node) of which next hops changed, or (row, [`NONE`]) of a row that lost its destination.
    turned: Vec<(u32, u32)>,
    climbed: Marks,
    todo: Vec<u32>,
    sources: Vec<u32>,
    trail: Trail,
}

/// What a search finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reroute {
    /// A flow whose way is another one, or that has none any more.
    Flow(u32),
    /// A node or arc on the way that such a flow takes now.
    By(Place),
}

impl<const L: usize> Scratch<L> {
    /// Gives `visit` every flow that takes another way than in the base state, each once, and what lies on
    /// the ways of these flows now, some of it more than once. Flows that had no way there may come, too.
    pub fn reroutes(
        &self,
        topology: &Topology,
        base: &Base<L>,
        work: &mut Reroutes,
        mut visit: impl FnMut(Reroute),
    ) {
        let mut turned = std::mem::take(&mut work.turned);
        turned.clear();
        turned.extend(self.turned().iter().map(|turn| (turn.row, turn.node)));
        turned.extend(self.log.lost.iter().map(|&row| (row, NONE)));
        turned.sort_unstable();
        turned.dedup();
        for of_row in turned.chunk_by(|a, b| a.0 == b.0) {
            let row = of_row[0].0;
            work.find_sources(topology, base, of_row);
            let flows = work.sources.iter();
            let flows = flows.flat_map(|&source| topology.source_flows(source));
            flows.for_each(|&flow| visit(Reroute::Flow(flow)));
            let places = work.sources.iter().map(|&s| topology.source_place(s));
            let trail = &mut work.trail;
            self.walk_from(topology, base, row, places, trail, |place| {
                visit(Reroute::By(place));
            });
        }
        work.turned = turned;
    }

    /// Gives `visit` every part that delivers another fraction than in the base state, or did so after
    /// some step; some more than once.
    pub fn altered(&self, topology: &Topology, mut visit: impl FnMut(Place)) {
        for &(arc, _) in &self.log.own {
            visit(Place::Arc(arc));
        }
        for &(place, _) in &self.log.nodes {
            visit(Place::Node(topology.node_of(place)));
        }
    }

    /// Arcs that carry another load than in the base state, or did so after some step; some more than once.
    pub fn loaded_arcs(&self) -> impl Iterator<Item = u32> + '_ {
        let arcs = self.values.own.len();
        let logged = (0..self.values.sums.logged()).map(|i| self.values.sums.logged_at(i));
        logged.filter(move |&at| (at as usize) < arcs)
    }
}

impl Reroutes {
    /// Collects the sources of a row from which traffic came by these nodes in the base state, or all if it
    /// lost its destination.
    fn find_sources<const L: usize>(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        turned: &[(u32, u32)],
    ) {
        self.sources.clear();
        self.climbed.fit(topology.places());
        self.climbed.clear();
        let row = turned[0].0;
        let at = &base.rows[row as usize];
        if turned.iter().any(|&(_, node)| node == NONE) {
            self.sources.extend(topology.sources(row));
            return;
        }
        for &(_, node) in turned {
            if at.slot(node).is_some() && self.climbed.set(node) {
                self.todo.push(node);
            }
        }
        while let Some(node) = self.todo.pop() {
            let source = at.slot(node).map_or(NONE, |slot| at.carriers[slot].source);
            if source != NONE {
                self.sources.push(source);
            }
            for hop in topology.into(node) {
                let comes_by = at.has(topology, hop.node, hop.rank) && at.slot(hop.node).is_some();
                if comes_by && self.climbed.set(hop.node) {
                    self.todo.push(hop.node);
                }
            }
        }
    }
}
