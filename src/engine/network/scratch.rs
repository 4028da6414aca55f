//! States on top of a base state, one failure after another, each of which can be undone.

use super::base::{Base, delivered};
use super::delivered::Settle;
use super::load::Pass;
use super::recorder::Recorder;
use super::repair::Repair;
use super::row::{ALIVE, Row};
use super::topology::{Topology, to_u32};
use super::trail::{Place, Trail};
use super::work::{Log, Mark, Turn, Values};

/// Copies of rows are dropped, once the state is the base state again, when they hold more than
/// this many bytes.
const KEEP: usize = 128 << 20;

/// One state of a network, as changes to a [`Base`].
///
/// A step is [`fail`](Self::fail), then [`set_flow_load`](Self::set_flow_load) for every flow whose
/// load changed, [`push_loads`](Self::push_loads), then [`set_own`](Self::set_own) and
/// [`set_node`](Self::set_node) for every part whose delivered changed,
/// [`settle`](Self::settle). After each step the state is, bit for bit, what [`Base`] computes from
/// nothing. Steps nest: [`mark`](Self::mark) before a step, [`undo`](Self::undo) to return. The
/// same base must be given to every call.
#[derive(Clone, Debug)]
pub struct Scratch<const L: usize> {
    /// Copies of base rows: equal to them unless dirty.
    pub(super) rows: Vec<Option<Box<Row<L>>>>,
    pub(super) kept: usize,
    pub(super) is_dirty: Vec<bool>,
    pub(super) values: Values<L>,
    pub(super) log: Log<L>,
    pub(super) repair: Repair,
    pub(super) pass: Pass<L>,
    pub(super) settle: Settle,
    /// Where the log was when this step began.
    pub(super) began: Mark,
    /// (row, node, load that came or went), until it is on its way.
    pub(super) started: Vec<(u32, u32, [i128; L])>,
    /// (row, node) whose delivered must be looked at in this step.
    pub(super) turned: Vec<(u32, u32)>,
    pub(super) set: Vec<u64>,
    /// Rows of which it is known what happens to them.
    pub(super) again: Vec<u64>,
    pub(super) recorder: Option<Box<Recorder<L>>>,
    pub(super) was_imperfect: bool,
    pub(super) own_changed: Vec<u32>,
    pub(super) places_changed: Vec<u32>,
    pub(super) to_open: Vec<u32>,
    pub(super) dying: Vec<u32>,
    pub(super) cut_sources: Vec<u32>,
    pub(super) cut: Vec<u32>,
    pub(super) moved_sources: Vec<u32>,
    pub(super) moved: Vec<u32>,
    pub(super) rerouted: Vec<u32>,
}

impl<const L: usize> Scratch<L> {
    /// The base state itself.
    #[must_use]
    pub fn new(topology: &Topology, base: &Base<L>) -> Self {
        let rows = topology.rows();
        Self {
            rows: vec![None; rows],
            kept: 0,
            is_dirty: vec![false; rows],
            values: base.values.clone(),
            log: Log::default(),
            repair: Repair::new(topology),
            pass: Pass::new(topology, 2.0 * base.farthest),
            settle: Settle::new(topology),
            began: Mark::default(),
            started: Vec::new(),
            turned: Vec::new(),
            set: vec![0; rows.div_ceil(64)],
            again: vec![0; rows.div_ceil(64)],
            recorder: None,
            was_imperfect: false,
            own_changed: Vec::new(),
            places_changed: Vec::new(),
            to_open: Vec::new(),
            dying: Vec::new(),
            cut_sources: Vec::new(),
            cut: Vec::new(),
            moved_sources: Vec::new(),
            moved: Vec::new(),
            rerouted: Vec::new(),
        }
    }

    /// Stands on a base that has been loaded anew, or on another of the same topology.
    pub fn reset(&mut self, base: &Base<L>) {
        self.values.clone_from(&base.values);
        self.log.clear();
        self.rows.fill_with(|| None);
        self.is_dirty.fill(false);
        self.kept = 0;
        self.began = Mark::default();
        self.recorder = None;
    }

    /// Where the state is now; take it before a step.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.log.mark(&self.values.sums)
    }

    /// Returns to a mark.
    pub fn undo(&mut self, mark: Mark) {
        let log = &mut self.log;
        for was in log.traffic.drain(mark.traffic..).rev() {
            if let Some(at) = &mut self.rows[was.row as usize] {
                at.load[was.slot as usize] = was.load;
            }
        }
        for (r, slot, delivered) in log.delivered.drain(mark.delivered..).rev() {
            if let Some(at) = &mut self.rows[r as usize] {
                at.delivered[slot as usize] = delivered;
            }
        }
        for (r, node, distance) in log.distances.drain(mark.distances..).rev() {
            if let Some(at) = &mut self.rows[r as usize] {
                at.spots.at_mut(node).distance = distance;
            }
        }
        for was in log.next.drain(mark.next..).rev() {
            if let Some(at) = &mut self.rows[was.row as usize] {
                *at.word_at(was.node, was.word) = was.old;
            }
        }
        for r in log.lost.drain(mark.lost..) {
            if let Some(at) = &mut self.rows[r as usize] {
                at.lost = false;
            }
        }
        self.values.sums.undo(mark.sums);
        log.gains.truncate(mark.gains);
        for link in log.links.drain(mark.links..) {
            self.values.links[link as usize] = ALIVE;
        }
        for (flow, load) in log.flows.drain(mark.flows..).rev() {
            self.values.flows[flow as usize] = load;
        }
        for (arc, own) in log.own.drain(mark.own..).rev() {
            self.values.set_own(arc, own);
        }
        for (place, delivered) in log.nodes.drain(mark.nodes..).rev() {
            self.values.set_place(place, delivered);
        }
        for (r, _) in log.opened.drain(mark.opened..).rev() {
            if let Some(at) = &mut self.rows[r as usize] {
                at.close();
            }
        }
        for r in log.dirty.drain(mark.dirty..) {
            self.is_dirty[r as usize] = false;
        }
        if log.dirty.is_empty() && self.kept > KEEP {
            self.rows.fill_with(|| None);
            self.kept = 0;
        }
    }

    /// How many places there are whose load may have changed in this step.
    #[must_use]
    pub fn changed_len(&self) -> usize {
        self.values.sums.logged().saturating_sub(self.began.sums)
    }

    /// One of the places whose load may have changed in this step, `index` below
    /// [`changed_len`](Self::changed_len).
    #[must_use]
    pub fn changed_at(&self, index: usize) -> Place {
        let arcs = to_u32(self.values.own.len());
        let at = self.values.sums.logged_at(self.began.sums + index);
        if at < arcs {
            Place::Arc(at)
        } else {
            Place::Node(at - arcs)
        }
    }

    /// Load that flows put on an arc, per lane.
    #[must_use]
    pub fn arc_load(&self, arc: u32) -> [f64; L] {
        self.values.sums.value(arc)
    }

    /// Load that flows put on a node, per lane.
    #[must_use]
    pub fn node_load(&self, node: u32) -> [f64; L] {
        self.values.sums.value(self.values.node_sum(node))
    }

    /// An arc now delivers this fraction of its load, by itself and what its link needs.
    pub fn set_own(&mut self, arc: u32, own: [f64; L]) {
        if let Some(old) = self.values.set_own(arc, own) {
            self.log.own.push((arc, old));
            self.own_changed.push(arc);
        }
    }

    /// A working node now delivers this, by itself and what it needs. Not to be called for a node
    /// that does not work: no path passes it.
    pub fn set_node(&mut self, topology: &Topology, node: u32, delivered: [f64; L]) {
        for place in topology.places_of(node) {
            if let Some(old) = self.values.set_place(place, delivered) {
                self.log.nodes.push((place, old));
                self.places_changed.push(place);
            }
        }
    }

    /// Flows whose delivered fraction may have changed in this step.
    #[must_use]
    pub fn moved(&self) -> &[u32] {
        &self.moved
    }

    /// Whether a path joins the ends of a flow.
    #[must_use]
    pub fn reaches(&self, topology: &Topology, base: &Base<L>, flow: u32) -> bool {
        let at = topology.flow(flow);
        let row = self.row(base, at.row);
        !row.lost && row.distance(topology.source_place(at.source)).is_finite()
    }

    /// Fraction of a flow's load that arrives, or would if it had some; only of one that works.
    #[must_use]
    pub fn delivered(&self, topology: &Topology, base: &Base<L>, flow: u32) -> [f64; L] {
        delivered(topology, self.row(base, topology.flow(flow).row), flow)
    }

    /// Calls `visit` for every arc and node that the given flows pass; all must go to one
    /// destination. Each place comes once.
    pub fn walk(
        &self,
        topology: &Topology,
        base: &Base<L>,
        flows: impl Iterator<Item = u32>,
        trail: &mut Trail,
        visit: impl FnMut(Place),
    ) {
        let mut flows = flows.peekable();
        if let Some(&first) = flows.peek() {
            let nodes = flows.map(|flow| topology.source_place(topology.flow(flow).source));
            self.walk_from(
                topology,
                base,
                topology.flow(first).row,
                nodes,
                trail,
                visit,
            );
        }
    }

    /// Calls `visit` for every arc and node that traffic passes from the given nodes to the
    /// destination of a row. Each place comes once.
    pub(super) fn walk_from(
        &self,
        topology: &Topology,
        base: &Base<L>,
        row: u32,
        nodes: impl Iterator<Item = u32>,
        trail: &mut Trail,
        mut visit: impl FnMut(Place),
    ) {
        let at = self.row(base, row);
        self.places_from(topology, base, row, nodes, trail, |node| {
            visit(Place::Node(topology.node_of(node)));
            at.each_next(topology, node, |hop| visit(Place::Arc(hop.arc)));
        });
    }

    /// Calls `visit` for every place of a path from the given nodes to the destination of a row, once.
    pub(super) fn places_from(
        &self,
        topology: &Topology,
        base: &Base<L>,
        row: u32,
        nodes: impl Iterator<Item = u32>,
        trail: &mut Trail,
        mut visit: impl FnMut(u32),
    ) {
        trail.begin(topology.places());
        nodes.for_each(|node| trail.enter(node));
        let at = self.row(base, row);
        if at.lost {
            return;
        }
        while let Some(place) = trail.todo.pop() {
            visit(place);
            at.each_next(topology, place, |hop| trail.enter(hop.node));
        }
    }

    /// Every change of next hops since the base state, those of one step and row together.
    pub(super) fn turned(&self) -> &[Turn] {
        &self.log.next
    }
}
