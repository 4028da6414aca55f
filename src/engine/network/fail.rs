//! The first part of a step: links and nodes stop to work, rows are repaired.

use super::super::lanes::{by_lane, is_all};
use super::base::{Base, members};
use super::load::Here;
use super::repair::concerns;
use super::row::{ALIVE, DEAD, Row};
use super::scratch::Scratch;
use super::single::Single;
use super::topology::{Topology, to_u32};
use super::work::{Traffic, Values};

/// What single failures do is not looked up when more links than this have failed before.
const FEW: usize = 16;

impl<const L: usize> Scratch<L> {
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
            if let Some(r) = topology.row_to(node) {
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
        self.began = self.log.mark(&self.values.sums);
    }

    /// Adds the rows in which links came to be next hops since the base state.
    pub(super) fn add_gains(&self, set: &mut [u64], of: impl Fn(u32) -> bool) {
        for &(link, r) in &self.log.gains {
            if of(link) {
                set[r as usize / 64] |= 1 << (r % 64);
            }
        }
    }

    /// The row's copy, and the rest of what a pass needs.
    pub(super) fn own_row(&mut self, base: &Base<L>, r: u32) {
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

    pub(super) fn row<'a>(&'a self, base: &'a Base<L>, r: u32) -> &'a Row<L> {
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
            let shares = at.shares(topology, node, &load);
            let less = by_lane(|l| -shares[l]);
            if !is_all(&less, 0) {
                at.each_next(topology, node, |hop| {
                    sums.add(hop.arc, &less);
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
        let Some(here) = Here::of(topology, r, &mut self.rows, &mut self.log) else {
            return;
        };
        let turns = here.log.next.len();
        single.replay(part, here, &mut self.values.sums);
        self.open_turned(topology, r, turns);
    }

    /// Flows may come by other nodes below those whose next hops changed since so many turns.
    fn open_turned(&mut self, topology: &Topology, r: u32, turns: usize) {
        let mut todo = std::mem::take(&mut self.to_open);
        if let Some(mut here) = Here::of(topology, r, &mut self.rows, &mut self.log) {
            for turn in turns..here.log.next.len() {
                here.open_below(here.log.next[turn].node, &mut todo);
            }
        }
        self.to_open = todo;
    }

    fn repair(&mut self, topology: &Topology, base: &Base<L>, r: u32) {
        if !concerns(topology, self.row(base, r), &self.dying) {
            return;
        }
        self.own_row(base, r);
        self.rerouted.push(r);
        let Some(mut here) = Here::of(topology, r, &mut self.rows, &mut self.log) else {
            return;
        };
        let Values { links, sums, .. } = &mut self.values;
        let (pass, cut) = (&mut self.pass, &mut self.cut_sources);
        let turns = here.log.next.len();
        self.repair.row(&mut here, links, &self.dying, pass, cut);
        pass.spread(here, sums);
        self.open_turned(topology, r, turns);
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
}
