//! States on top of a base state, one failure after another, each of which can be undone.

use super::base::{Base, delivered, members};
use super::delivered::Settle;
use super::exact::difference;
use super::load::{Here, Pass};
use super::repair::{Repair, concerns, lies_on};
use super::row::{ALIVE, DEAD, Row};
use super::single::{Recorder, Single};
use super::topology::{FlowAt, Topology, to_u32};
use super::trail::{Place, Trail};
use super::work::{Log, Mark, Traffic, Turn, Values};

/// Copies of rows are dropped, once the state is the base state again, when they hold more than
/// this many bytes.
const KEEP: usize = 128 << 20;

/// What single failures do is not looked up when more links than this have failed before.
const FEW: usize = 16;

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
    rows: Vec<Option<Box<Row<L>>>>,
    kept: usize,
    is_dirty: Vec<bool>,
    values: Values<L>,
    log: Log<L>,
    repair: Repair,
    pass: Pass<L>,
    settle: Settle,
    /// Where the log was when this step began.
    began: Mark,
    /// (row, node, load that came or went), until it is on its way.
    started: Vec<(u32, u32, [i128; L])>,
    /// (row, node) whose delivered must be looked at in this step.
    turned: Vec<(u32, u32)>,
    set: Vec<u64>,
    /// Rows of which it is known what happens to them.
    again: Vec<u64>,
    recorder: Option<Box<Recorder<L>>>,
    was_imperfect: bool,
    own_changed: Vec<u32>,
    nodes_changed: Vec<u32>,
    dying: Vec<u32>,
    cut_sources: Vec<u32>,
    cut: Vec<u32>,
    moved_sources: Vec<u32>,
    moved: Vec<u32>,
    rerouted: Vec<u32>,
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
            nodes_changed: Vec::new(),
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
        self.log.mark()
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
                at.spots[node as usize].distance = distance;
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
        for (at, sum) in log.sums.drain(mark.sums..).rev() {
            self.values.sums.restore(at, sum);
        }
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
        for (node, delivered) in log.nodes.drain(mark.nodes..).rev() {
            self.values.set_node(node, delivered);
        }
        for r in log.dirty.drain(mark.dirty..) {
            self.is_dirty[r as usize] = false;
        }
        if log.dirty.is_empty() && self.kept > KEEP {
            self.rows.fill_with(|| None);
            self.kept = 0;
        }
    }

    /// Begins a step: these links and nodes stop to work (a node's links must be among them).
    /// What works already not is passed over. [`cut`](Self::cut) then tells which flows lost their
    /// last path, or their destination.
    pub fn fail(&mut self, topology: &Topology, base: &Base<L>, links: &[u32], nodes: &[u32]) {
        self.begin();
        self.dying.clear();
        for &link in links {
            if self.values.links[link as usize] == ALIVE {
                self.values.links[link as usize] = DEAD;
                self.dying.push(link);
                self.log.links.push(link);
            }
        }
        for &node in nodes {
            if let Some(r) = topology.row_of(node) {
                self.lose(topology, base, r);
            }
        }
        let mut set = std::mem::take(&mut self.set);
        set.fill(0);
        for &link in &self.dying {
            base.add_rows_using(2 * link, &mut set);
            base.add_rows_using(2 * link + 1, &mut set);
        }
        if topology.is_flat() && !self.dying.is_empty() {
            (0..topology.rows()).for_each(|r| set[r / 64] |= 1 << (r % 64));
        }
        let mut again = std::mem::take(&mut self.again);
        let single = self.single(topology, base, nodes, &set, &mut again);
        self.add_gains(&mut set, |link| self.values.links[link as usize] == DEAD);
        let mut next = 0;
        for r in members(&set) {
            if let Some(single) = single
                && again[r as usize / 64] >> (r % 64) & 1 == 1
            {
                match single.part(r, next) {
                    Ok(part) => {
                        self.replay(topology, base, r, single, part);
                        next = part + 1;
                        continue;
                    }
                    Err(later) => next = later,
                }
            }
            self.repair(topology, base, r);
        }
        self.again = again;
        self.set = set;
        for &source in &self.cut_sources {
            self.cut.extend_from_slice(topology.source_flows(source));
        }
    }

    fn begin(&mut self) {
        self.values.sums.begin();
        self.was_imperfect = self.values.imperfect > 0;
        self.cut_sources.clear();
        self.cut.clear();
        self.moved.clear();
        self.moved_sources.clear();
        self.rerouted.clear();
        self.began = self.log.mark();
    }

    /// Adds the rows in which links came to be next hops since the base state.
    fn add_gains(&self, set: &mut [u64], of: impl Fn(u32) -> bool) {
        for &(link, r) in &self.log.gains {
            if of(link) {
                set[r as usize / 64] |= 1 << (r % 64);
            }
        }
    }

    /// The row's copy, and the rest of what a pass needs.
    fn own_row(&mut self, base: &Base<L>, r: u32) {
        let i = r as usize;
        if self.rows[i].is_none() {
            let copy = Box::new(base.rows[i].clone());
            self.kept += copy.bytes();
            self.rows[i] = Some(copy);
        }
        if !self.is_dirty[i] {
            self.is_dirty[i] = true;
            self.log.dirty.push(r);
        }
    }

    fn row<'a>(&'a self, base: &'a Base<L>, r: u32) -> &'a Row<L> {
        self.rows[r as usize]
            .as_deref()
            .unwrap_or(&base.rows[r as usize])
    }

    /// A destination has failed: everything on the way to it goes.
    fn lose(&mut self, topology: &Topology, base: &Base<L>, r: u32) {
        if self.row(base, r).lost {
            return;
        }
        self.own_row(base, r);
        self.log.lost.push(r);
        self.rerouted.push(r);
        self.cut_sources.extend(topology.sources(r));
        let Some(at) = self.rows[r as usize].as_deref_mut() else {
            return;
        };
        at.lost = true;
        let (log, sums) = (&mut self.log, &mut self.values.sums);
        for (i, carrier) in at.carriers.iter().enumerate() {
            let (node, slot, load) = (carrier.node, to_u32(i), at.load[i]);
            let less = at.shares(topology, node, &load).map(|x| -x);
            if less != [0; L] {
                at.each_next(topology, node, |hop| {
                    sums.add(&mut log.sums, hop.arc, &less);
                });
            }
            log.traffic.push(Traffic {
                row: r,
                slot,
                node,
                load,
            });
            log.delivered.push((r, slot, at.delivered[i]));
        }
        at.load.fill([0; L]);
        at.delivered.fill([1.0; L]);
    }

    /// If but one link fails now, on top of other failures: what it does alone, and, in `again`, the
    /// rows of `set` to which it does the same now.
    fn single<'b>(
        &mut self,
        topology: &Topology,
        base: &'b Base<L>,
        nodes: &[u32],
        set: &[u64],
        again: &mut [u64],
    ) -> Option<&'b Single<L>> {
        again.fill(0);
        let before = &self.log.links[..self.began.links];
        let known = nodes.is_empty() && !topology.is_flat() && before.len() <= FEW;
        let &[link] = &self.dying[..] else {
            return None;
        };
        if !known || self.log.dirty.is_empty() {
            return None;
        }
        let single = base.singles.get(topology, base, &mut self.recorder, link)?;
        again.copy_from_slice(set);
        let leaning = before.iter().flat_map(|&link| single.leaning_on(link));
        for r in self.log.dirty.iter().copied().chain(leaning) {
            again[r as usize / 64] &= !(1 << (r % 64));
        }
        Some(single)
    }

    fn replay(
        &mut self,
        topology: &Topology,
        base: &Base<L>,
        r: u32,
        single: &Single<L>,
        part: usize,
    ) {
        self.own_row(base, r);
        self.rerouted.push(r);
        let Some(at) = self.rows[r as usize].as_deref_mut() else {
            return;
        };
        let here = Here {
            topology,
            row: r,
            at,
            log: &mut self.log,
        };
        single.replay(part, here, &mut self.values.sums);
    }

    fn repair(&mut self, topology: &Topology, base: &Base<L>, r: u32) {
        if !concerns(topology, self.row(base, r), &self.dying) {
            return;
        }
        self.own_row(base, r);
        self.rerouted.push(r);
        let Some(at) = self.rows[r as usize].as_deref_mut() else {
            return;
        };
        let Values { links, sums, .. } = &mut self.values;
        let mut here = Here {
            topology,
            row: r,
            at,
            log: &mut self.log,
        };
        let (pass, cut) = (&mut self.pass, &mut self.cut_sources);
        pass.begin(here.log);
        self.repair.row(&mut here, links, &self.dying, pass, cut);
        pass.spread(here, sums);
    }

    /// Flows that lost their last path or their destination in this step; others of them may have
    /// lost it before. Each must be given a load of 0.
    #[must_use]
    pub fn cut(&self) -> &[u32] {
        &self.cut
    }

    /// Rows (destinations) of which some distance or next hop changed in this step, or that lost
    /// their destination.
    #[must_use]
    pub fn rerouted(&self) -> &[u32] {
        &self.rerouted
    }

    /// A flow's load becomes `load`.
    pub fn set_flow_load(&mut self, topology: &Topology, flow: u32, load: [f64; L]) {
        let old = std::mem::replace(&mut self.values.flows[flow as usize], load);
        #[allow(clippy::float_cmp)] // a change is a change of bits; there are no NaNs
        if old == load {
            return;
        }
        self.log.flows.push((flow, old));
        let FlowAt { row: r, source } = topology.flow(flow);
        let node = topology.source_node(source);
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
        let Some(at) = self.rows[r as usize].as_deref_mut() else {
            return;
        };
        let mut here = Here {
            topology,
            row: r,
            at,
            log: &mut self.log,
        };
        self.pass.begin(here.log);
        for (_, node, more) in started {
            self.pass.start(&mut here, *node, more);
        }
        self.pass.spread(here, &mut self.values.sums);
    }

    /// A node carries so much more as starts there and comes in.
    fn sum_nodes(&mut self, topology: &Topology, started: &[(u32, u32, [i128; L])]) {
        let arcs = to_u32(self.values.own.len());
        for i in self.began.sums..self.log.sums.len() {
            let (arc, old) = self.log.sums[i];
            if arc < arcs {
                let more = difference(&self.values.sums.exact(arc), &old);
                self.add_to_node(topology.ends(arc).1, &more);
            }
        }
        for (_, node, more) in started {
            self.add_to_node(*node, more);
        }
    }

    fn add_to_node(&mut self, node: u32, more: &[i128; L]) {
        let sum = self.values.node_sum(node);
        self.values.sums.add(&mut self.log.sums, sum, more);
    }

    /// How many places there are whose load may have changed in this step.
    #[must_use]
    pub fn changed_len(&self) -> usize {
        self.log.sums.len().saturating_sub(self.began.sums)
    }

    /// One of the places whose load may have changed in this step, `index` below
    /// [`changed_len`](Self::changed_len).
    #[must_use]
    pub fn changed_at(&self, index: usize) -> Place {
        let arcs = to_u32(self.values.own.len());
        let at = self.log.sums[self.began.sums + index].0;
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

    /// An arc now carries this fraction of its load.
    pub fn set_own(&mut self, arc: u32, own: [f64; L]) {
        if let Some(old) = self.values.set_own(arc, own) {
            self.log.own.push((arc, old));
            self.own_changed.push(arc);
        }
    }

    /// A working node now delivers this, by itself and what it needs. Not to be called for a node
    /// that does not work: no path passes it.
    pub fn set_node(&mut self, node: u32, delivered: [f64; L]) {
        if let Some(old) = self.values.set_node(node, delivered) {
            self.log.nodes.push((node, old));
            self.nodes_changed.push(node);
        }
    }

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
        self.nodes_changed.clear();
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

    /// Finds the nodes of which next hops changed, or that started or stopped to carry.
    fn seed_turned(&mut self) {
        let turns = self.log.next[self.began.next..].iter();
        self.turned.extend(turns.map(|was| (was.row, was.node)));
        for was in &self.log.traffic[self.began.traffic..] {
            if let Some(at) = &self.rows[was.row as usize] {
                let now = at.load[was.slot as usize];
                if (0..L).any(|l| (was.load[l] > 0) != (now[l] > 0)) {
                    self.turned.push((was.row, was.node));
                }
            }
        }
    }

    /// Finds the rows in which a changed arc or node carries something.
    fn seed_changed(&mut self, topology: &Topology, base: &Base<L>) {
        let mut set = std::mem::take(&mut self.set);
        for i in 0..self.own_changed.len() {
            let arc = self.own_changed[i];
            set.fill(0);
            base.add_rows_using(arc, &mut set);
            self.add_gains(&mut set, |link| link == arc / 2);
            let tail = topology.ends(arc).0;
            for r in members(&set) {
                let at = self.row(base, r);
                if at.slot(tail).is_some() && lies_on(topology, at, arc) {
                    self.turned.push((r, tail));
                }
            }
        }
        for i in 0..self.nodes_changed.len() {
            let node = self.nodes_changed[i];
            set.fill(0);
            for hop in topology.out(node) {
                base.add_rows_using(hop.arc, &mut set);
            }
            if let Some(r) = topology.row_of(node) {
                set[r as usize / 64] |= 1 << (r % 64);
            }
            self.add_gains(&mut set, |link| {
                let (a, b) = topology.ends(2 * link);
                a == node || b == node
            });
            for r in members(&set) {
                if self.row(base, r).slot(node).is_some() {
                    self.turned.push((r, node));
                }
            }
        }
        self.set = set;
    }

    /// Flows whose delivered fraction may have changed in this step.
    #[must_use]
    pub fn moved(&self) -> &[u32] {
        &self.moved
    }

    /// Whether a path joins the ends of a flow.
    #[must_use]
    pub fn reaches(&self, topology: &Topology, base: &Base<L>, flow: u32) -> bool {
        let (from, _) = topology.flow_ends(flow);
        let row = self.row(base, topology.flow(flow).row);
        !row.lost && row.distance(from).is_finite()
    }

    /// Fraction of a flow's load that arrives; 1 where it has none.
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
            let nodes = flows.map(|flow| topology.flow_ends(flow).0);
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
        trail.begin(topology.nodes());
        nodes.for_each(|node| trail.enter(node));
        let at = self.row(base, row);
        if at.lost {
            return;
        }
        while let Some(node) = trail.todo.pop() {
            visit(Place::Node(node));
            at.each_next(topology, node, |hop| {
                visit(Place::Arc(hop.arc));
                trail.enter(hop.node);
            });
        }
    }

    /// Every change of next hops since the base state, those of one step and row together.
    pub(super) fn turned(&self) -> &[Turn] {
        &self.log.next
    }
}
