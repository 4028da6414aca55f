//! Finds out what the failure of one link alone does to rows, once it is asked for.
//!
//! In: a base state, a link. Out: a [`Single`], kept with it for all threads.

use super::base::Base;
use super::exact::Sums;
use super::load::{Here, Pass};
use super::repair::Repair;
use super::row::DEAD;
use super::single::{MOST, Single, Singles};
use super::topology::Topology;
use super::work::Log;
use std::sync::atomic::Ordering;

impl<const L: usize> Singles<L> {
    /// The failure of a link; none if too much is kept already.
    pub fn get(
        &self,
        topology: &Topology,
        base: &Base<L>,
        recorder: &mut Option<Box<Recorder<L>>>,
        link: u32,
    ) -> Option<&Single<L>> {
        let single = self.of[link as usize].get_or_init(|| {
            if self.bytes.load(Ordering::Relaxed) > MOST {
                return None;
            }
            let recorder = recorder.get_or_insert_with(|| Box::new(Recorder::new(topology, base)));
            let single = recorder.record(topology, base, link);
            self.bytes.fetch_add(single.bytes(), Ordering::Relaxed);
            Some(Box::new(single))
        });
        single.as_deref()
    }
}

/// What it takes to find out.
#[derive(Clone, Debug)]
pub(super) struct Recorder<const L: usize> {
    repair: Repair,
    pass: Pass<L>,
    log: Log<L>,
    sums: Sums<L>,
    links: Vec<u8>,
    cut: Vec<u32>,
}

impl<const L: usize> Recorder<L> {
    fn new(topology: &Topology, base: &Base<L>) -> Self {
        Self {
            repair: Repair::new(topology),
            pass: Pass::new(topology, 2.0 * base.farthest),
            log: Log::default(),
            sums: Sums::new(2 * topology.links(), [0.0; L]),
            links: base.values.links.clone(),
            cut: Vec::new(),
        }
    }

    fn record(&mut self, topology: &Topology, base: &Base<L>, link: u32) -> Single<L> {
        let mut single = Single::nothing();
        let before = std::mem::replace(&mut self.links[link as usize], DEAD);
        let mut rows: Vec<u32> = base.rows_using(2 * link).collect();
        rows.extend(base.rows_using(2 * link + 1));
        rows.sort_unstable();
        for row in rows {
            let mut at = base.rows[row as usize].clone();
            self.cut.clear();
            let mut here = Here {
                topology,
                row,
                at: &mut at,
                log: &mut self.log,
            };
            self.sums.begin();
            let pass = &mut self.pass;
            self.repair
                .row(&mut here, &self.links, &[link], pass, &mut self.cut);
            pass.spread(here, &mut self.sums);
            if self.cut.is_empty() {
                single.keep(&base.rows[row as usize], &at, &self.log, &self.sums, row);
            }
            // The sums are differences to nothing.
            self.sums.undo(0);
            self.log.clear();
        }
        self.links[link as usize] = before;
        single.leans.sort_unstable();
        single
    }
}
