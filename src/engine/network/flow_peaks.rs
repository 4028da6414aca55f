//! Which flows may meet a place that is used more than any on their way has been so far.
//!
//! In: per flow a mark, the greatest utilization known on its way; then states, and how much places
//! are used in them. Out: the flows whose mark a state may pass. Promise: none is left out, if every
//! mark was at least what its flow met in the base state and in the state before the last step.
//!
//! What a flow newly meets lies on its old way and changed in the last step, or lies below a node
//! whose next hops changed since the base state. So the search starts there and climbs the paths of
//! the base state, where every node knows the least mark of what is above it, and climbs no further
//! than that mark is passed.

use super::base::Base;
use super::queue::Near;
use super::row::Marks;
use super::scratch::Scratch;
use super::spots;
use super::topology::{FlowAt, NONE, Topology, to_u32};
use super::trail::{Place, Trail};

/// Marks of all flows over one network. One per thread.
#[derive(Clone, Debug)]
pub struct FlowPeaks<const L: usize> {
    /// By source: the least mark of its flows.
    marks: Vec<[f64; L]>,
    /// By row, then by its spots: the least mark of sources from which traffic comes here in the base
    /// state, or a little less.
    least: Vec<Vec<[f32; L]>>,
    /// By arc, then by node: the least of the rows whose paths use it.
    over: Vec<[f32; L]>,
    /// By arc, then by node: how much it is used, of the search that it was asked in.
    used: Vec<(u32, [f64; L])>,
    search: u32,
    /// (row, node, utilization): a place at or below that node is used so much.
    events: Vec<(u32, u32, [f64; L])>,
    /// Nodes of the row at hand whose next hops changed.
    turned: Vec<u32>,
    /// Places to which `over` may be too low.
    hot: Vec<u32>,
    /// (row, node), each row from near to far: where the search went.
    climbed: Vec<(u32, u32)>,
    found: Vec<u32>,
    /// By node, in the row at hand.
    level: Vec<[f64; L]>,
    queued: Marks,
    near: Near,
    trail: Trail,
}

impl<const L: usize> FlowPeaks<L> {
    /// Above all that a place can be used.
    const NO_MARK: [f32; L] = [f32::INFINITY; L];

    /// For a base state, with the mark of every flow.
    #[must_use]
    pub fn new(topology: &Topology, base: &Base<L>, mut mark: impl FnMut(u32) -> [f64; L]) -> Self {
        let places = 2 * topology.links() + topology.nodes();
        let rows = topology.rows();
        let mut new = Self {
            marks: Vec::new(),
            least: base
                .rows
                .iter()
                .map(|at| vec![[f32::INFINITY; L]; at.spots.len()])
                .collect(),
            over: vec![[f32::INFINITY; L]; places],
            used: vec![(0, [0.0; L]); places],
            search: 0,
            events: Vec::new(),
            turned: Vec::new(),
            hot: (0..to_u32(places)).collect(),
            climbed: Vec::new(),
            found: Vec::new(),
            level: vec![[0.0; L]; topology.places()],
            queued: Marks::new(topology.places()),
            near: Near::default(),
            trail: Trail::default(),
        };
        for row in 0..to_u32(rows) {
            for source in topology.sources(row) {
                new.marks.push(least_of(topology, source, &mut mark));
            }
            let at = &base.rows[row as usize];
            let mut nodes: Vec<u32> = at.spots.places().collect();
            nodes.retain(|&node| at.distance(node).is_finite());
            nodes.sort_by(|&a, &b| at.distance(a).total_cmp(&at.distance(b)));
            new.climbed.extend(nodes.iter().map(|&node| (row, node)));
        }
        new.settle(topology, base);
        new
    }

    /// Bytes that it holds over a network, near enough.
    #[must_use]
    pub fn bytes(topology: &Topology) -> usize {
        let arcs = 2 * topology.links() + topology.nodes();
        let lanes = size_of::<[f64; L]>();
        spots::count(topology) * (size_of::<[f32; L]>() + 8)
            + arcs * (size_of::<[f32; L]>() + lanes + 12)
            + topology.flows() * lanes
            + topology.places() * (lanes + 8)
    }

    /// Calls `found` with every flow that may now meet a place that is used more than its mark, and
    /// how much that is at most. `changed` are the places whose load the last step changed besides
    /// those that `state` knows of, `flows` those that carry another load than before; `used` says
    /// how much a place is used.
    #[allow(
        clippy::too_many_arguments,
        reason = "a state, what changed, whom to ask, whom to tell"
    )]
    pub fn find(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        state: &Scratch<L>,
        changed: &[Place],
        flows: &[u32],
        mut used: impl FnMut(Place) -> [f64; L],
        mut found: impl FnMut(u32, &[f64; L]),
    ) {
        self.begin();
        for i in 0..state.changed_len() {
            self.place(topology, base, state.changed_at(i), &mut used);
        }
        for &place in changed {
            self.place(topology, base, place, &mut used);
        }
        let mut nodes = std::mem::take(&mut self.turned);
        for turned in state.turned().chunk_by(|a, b| a.row == b.row) {
            let row = turned[0].row;
            // Where no flow came by in the base state, or none that has a mark to pass, nothing is found.
            nodes.clear();
            let all = turned.iter().map(|turn| turn.node);
            let may_pass = |&mark: &f32| mark < f32::INFINITY;
            nodes.extend(all.filter(|&node| self.least_at(base, row, node).iter().any(may_pass)));
            if nodes.is_empty() {
                continue;
            }
            let each = nodes.iter().copied();
            let most = self.below(topology, base, state, row, each, &mut used);
            for &node in &nodes {
                if exceeds(&most, self.least_at(base, row, node)) {
                    self.events.push((row, node, most));
                }
            }
        }
        self.turned = nodes;
        for &flow in flows {
            let FlowAt { row, source } = topology.flow(flow);
            let node = std::iter::once(topology.source_place(source));
            let most = self.below(topology, base, state, row, node, &mut used);
            if passes(&most, &self.marks[source as usize]) {
                self.found.push(source);
                found(flow, &most);
            }
        }
        self.climb(topology, base, found);
    }

    /// The least mark above a place of a row; none where the row has no such place.
    #[inline]
    fn least_at(&self, base: &Base<L>, row: u32, node: u32) -> &[f32; L] {
        let seat = base.rows[row as usize].spots.seat(node);
        seat.map_or(&Self::NO_MARK, |seat| &self.least[row as usize][seat])
    }

    fn begin(&mut self) {
        self.search = self.search.wrapping_add(1);
        if self.search == 0 {
            self.used.iter_mut().for_each(|used| used.0 = 0);
            self.search = 1;
        }
        self.events.clear();
        self.hot.clear();
        self.climbed.clear();
        self.found.clear();
    }

    /// How much a place is used; asked once in a search.
    fn used(
        &mut self,
        at: u32,
        place: Place,
        used: &mut impl FnMut(Place) -> [f64; L],
    ) -> [f64; L] {
        let known = &mut self.used[at as usize];
        if known.0 != self.search {
            *known = (self.search, used(place));
        }
        known.1
    }

    /// A place whose load changed.
    fn place(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        place: Place,
        used: &mut impl FnMut(Place) -> [f64; L],
    ) {
        let at = match place {
            Place::Arc(arc) => arc,
            Place::Node(node) => to_u32(2 * topology.links()) + node,
        };
        let used = self.used(at, place, used);
        if !exceeds(&used, &self.over[at as usize]) {
            return;
        }
        self.hot.push(at);
        for (row, node) in rows_over(topology, base, place) {
            if exceeds(&used, self.least_at(base, row, node)) {
                self.events.push((row, node, used));
            }
        }
    }

    /// The most that a place at or below some nodes of a row is used now.
    fn below(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        state: &Scratch<L>,
        row: u32,
        nodes: impl Iterator<Item = u32>,
        used: &mut impl FnMut(Place) -> [f64; L],
    ) -> [f64; L] {
        let mut most = [0.0; L];
        let mut trail = std::mem::take(&mut self.trail);
        let arcs = to_u32(2 * topology.links());
        state.walk_from(topology, base, row, nodes, &mut trail, |place| {
            let at = match place {
                Place::Arc(arc) => arc,
                Place::Node(node) => arcs + node,
            };
            let used = self.used(at, place, used);
            for (most, used) in most.iter_mut().zip(used) {
                *most = f64::max(*most, used);
            }
        });
        self.trail = trail;
        most
    }

    /// From the events up, over the paths of the base state.
    fn climb(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        mut found: impl FnMut(u32, &[f64; L]),
    ) {
        let mut events = std::mem::take(&mut self.events);
        events.sort_unstable_by_key(|event| (event.0, event.1));
        for of_row in events.chunk_by(|a, b| a.0 == b.0) {
            self.queued.clear();
            for (row, node, used) in of_row {
                self.rise(base, *row, *node, used);
            }
            self.climb_row(topology, base, of_row[0].0, &mut found);
        }
        self.events = events;
    }

    fn climb_row(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        row: u32,
        found: &mut impl FnMut(u32, &[f64; L]),
    ) {
        let at = &base.rows[row as usize];
        while let Some((_, node, _)) = self.near.pop() {
            self.climbed.push((row, node));
            let level = self.level[node as usize];
            let source = topology.source_at(row, node);
            if source != NONE && passes(&level, &self.marks[source as usize]) {
                self.found.push(source);
                for &flow in topology.source_flows(source) {
                    found(flow, &level);
                }
            }
            for hop in topology.into(node) {
                let above = self.least_at(base, row, hop.node);
                if exceeds(&level, above) && at.has(topology, hop.node, hop.rank) {
                    self.rise(base, row, hop.node, &level);
                }
            }
        }
    }

    /// Something at or below a node is used so much. Nodes come up from near to far, so each is
    /// complete in its turn.
    fn rise(&mut self, base: &Base<L>, row: u32, node: u32, used: &[f64; L]) {
        let level = &mut self.level[node as usize];
        if self.queued.set(node) {
            *level = *used;
            let distance = base.rows[row as usize].distance(node);
            self.near.push(distance, node, NONE);
        } else {
            for (level, used) in level.iter_mut().zip(used) {
                *level = level.max(*used);
            }
        }
    }

    /// After a search: the flows that were found have other marks now, at least what they met.
    pub fn raise(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        mut mark: impl FnMut(u32) -> [f64; L],
    ) {
        for i in 0..self.found.len() {
            let source = self.found[i];
            self.marks[source as usize] = least_of(topology, source, &mut mark);
        }
        self.settle(topology, base);
    }

    /// Works out `least` where the search went, and `over` at hot places.
    fn settle(&mut self, topology: &Topology, base: &Base<L>) {
        for &(row, node) in self.climbed.iter().rev() {
            let at = &base.rows[row as usize];
            let mut least = [f32::INFINITY; L];
            let source = topology.source_at(row, node);
            if source != NONE {
                least = self.marks[source as usize].map(floor);
            }
            for hop in topology.into(node) {
                if at.has(topology, hop.node, hop.rank) {
                    lower(&mut least, self.least_at(base, row, hop.node));
                }
            }
            if let Some(seat) = at.spots.seat(node) {
                self.least[row as usize][seat] = least;
            }
        }
        let arcs = to_u32(2 * topology.links());
        for &at in &self.hot {
            let place = if at < arcs {
                Place::Arc(at)
            } else {
                Place::Node(at - arcs)
            };
            let mut over = [f32::INFINITY; L];
            for (row, node) in rows_over(topology, base, place) {
                lower(&mut over, self.least_at(base, row, node));
            }
            self.over[at as usize] = over;
        }
    }
}

/// The rows in which traffic can pass a place in the base state, and where in them it stands.
fn rows_over<const L: usize>(
    topology: &Topology,
    base: &Base<L>,
    place: Place,
) -> impl Iterator<Item = (u32, u32)> {
    let (arc, node) = match place {
        Place::Arc(arc) => (Some(arc), None),
        Place::Node(node) => (None, Some(node)),
    };
    let over_arc = arc.into_iter().flat_map(move |arc| {
        let tail = topology.ends(arc).0;
        base.rows_using(arc).map(move |row| (row, tail))
    });
    let rows = 0..to_u32(topology.rows());
    let through = move |node: u32| {
        rows.clone()
            .filter(move |&r| base.rows[r as usize].distance(node).is_finite())
            .map(move |row| (row, node))
    };
    let places = node.into_iter().flat_map(|node| topology.places_of(node));
    over_arc.chain(places.flat_map(through))
}

fn least_of<const L: usize>(
    topology: &Topology,
    source: u32,
    mark: &mut impl FnMut(u32) -> [f64; L],
) -> [f64; L] {
    let mut least = [f64::INFINITY; L];
    for &flow in topology.source_flows(source) {
        for (least, mark) in least.iter_mut().zip(mark(flow)) {
            *least = least.min(mark);
        }
    }
    least
}

fn passes<const L: usize>(used: &[f64; L], mark: &[f64; L]) -> bool {
    used.iter().zip(mark).any(|(used, mark)| used > mark)
}

#[inline]
fn exceeds<const L: usize>(used: &[f64; L], least: &[f32; L]) -> bool {
    used.iter()
        .zip(least)
        .any(|(used, least)| *used > f64::from(*least))
}

fn lower<const L: usize>(least: &mut [f32; L], by: &[f32; L]) {
    for (least, by) in least.iter_mut().zip(by) {
        *least = least.min(*by);
    }
}

/// A number of half the length that is not above.
#[allow(
    clippy::cast_possible_truncation,
    reason = "rounded down where it rounds up"
)]
fn floor(x: f64) -> f32 {
    let near = x as f32;
    if f64::from(near) > x {
        near.next_down()
    } else {
        near
    }
}
