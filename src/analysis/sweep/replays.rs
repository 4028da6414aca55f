//! What single failures change, kept for the pairs that they are in: laid over the state after the other
//! failure, it spares working out again what the two do not both touch.
//!
//! In: every single failure, once. Out: a record of each that has one, and the groups by which headroom may
//! join it with others. How much is kept is limited. In pairs the lightest come first, which are the ones laid over
//! heavier ones; where a further failure is looked for on top of a state that is given, the heaviest, which take
//! longest to work out.

use super::search::Reached;
use super::utilization_bound::is_switch;
use crate::engine::{Base, Mark, NONE, Record, Records, Scratch};
use std::ops::Range;

/// Bytes of all records of a sweep.
const MOST: u64 = 1 << 28;
/// Bytes of all records that further failures are looked up with.
const MOST_HEAVY: u64 = 1 << 26;

/// Records of one worker.
#[derive(Default)]
pub(super) struct Recorded<const L: usize> {
    records: Records<L>,
    /// Groups of each record, one after the other, and where they end.
    groups: Vec<u32>,
    ends: Vec<usize>,
    /// Per record: whether what rose above the bound came to a group that counts only some of its providers.
    reaches: Vec<bool>,
    /// Elements with their numbers.
    of: Vec<(u32, u32)>,
}

impl<const L: usize> Recorded<L> {
    /// The failure of an element, which a scratch holds and whose groups these are; nothing if it is of a
    /// kind that is always worked out.
    pub fn add(
        &mut self,
        element: u32,
        scratch: &Scratch<'_, L>,
        (groups, reaches): (&[u32], bool),
    ) {
        if let Some(number) = self.records.add(scratch) {
            self.groups.extend_from_slice(groups);
            self.ends.push(self.groups.len());
            self.reaches.push(reaches);
            self.of.push((element, number));
        }
    }
}

/// Records by element.
pub(super) struct Replays<const L: usize> {
    workers: Vec<Recorded<L>>,
    /// Per element: its worker and number there, or [`NONE`]; empty if there are none.
    of: Vec<(u32, u32)>,
}

/// What is kept of one failure.
pub(super) struct Replay<'r, const L: usize> {
    pub record: Record<'r, L>,
    /// See [`groups`].
    pub groups: &'r [u32],
    /// Whether what rose above the bound of headroom came to one of them.
    pub reaches: bool,
}

impl<const L: usize> Replays<L> {
    /// Of so many elements.
    pub fn new(workers: Vec<Recorded<L>>, elements: usize) -> Self {
        let is_any = workers.iter().any(|worker| !worker.of.is_empty());
        let mut of = vec![(NONE, NONE); if is_any { elements } else { 0 }];
        for (w, worker) in (0u32..).zip(&workers) {
            for &(element, number) in &worker.of {
                of[element as usize] = (w, number);
            }
        }
        Self { workers, of }
    }

    /// What is kept of an element.
    pub fn get(&self, element: u32) -> Option<Replay<'_, L>> {
        let &(worker, number) = self.of.get(element as usize)?;
        let worker = self.workers.get(worker as usize)?;
        let first = (number as usize).checked_sub(1);
        let from = first.map_or(0, |i| worker.ends[i]);
        Some(Replay {
            record: worker.records.get(number),
            groups: &worker.groups[from..worker.ends[number as usize]],
            reaches: worker.reaches[number as usize],
        })
    }
}

/// Of which failures records are kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept {
    /// Of none.
    None,
    /// Of the lightest.
    Lightest,
    /// Of the heaviest: of those that weigh at least so much.
    Heaviest(u32),
}

impl Kept {
    /// The ranks of those that have room, where failures weigh so much, the heaviest first.
    pub fn ranks<const L: usize>(
        self,
        base: &Base<'_, L>,
        weights: impl DoubleEndedIterator<Item = u32> + ExactSizeIterator,
    ) -> Range<usize> {
        let n = weights.len();
        match self {
            Self::None => 0..0,
            Self::Lightest => n - fitting(base, weights.rev(), MOST)..n,
            Self::Heaviest(least) => {
                let heavy = weights.take_while(|&weight| weight >= least);
                0..fitting(base, heavy, MOST_HEAVY)
            }
        }
    }
}

/// How many of these have room in so many bytes.
fn fitting<const L: usize>(
    base: &Base<'_, L>,
    weights: impl Iterator<Item = u32>,
    mut left: u64,
) -> usize {
    if !base.may_record() {
        return 0;
    }
    let fits = weights.take_while(|&weight| {
        let bytes = Records::<L>::bytes(u64::from(weight));
        let fits = bytes <= left;
        left = left.saturating_sub(bytes);
        fits
    });
    fits.count()
}

/// Bytes of the records of singles with these weights.
pub(super) fn bytes<const L: usize>(base: &Base<'_, L>, weights: &[u32]) -> u64 {
    if !base.may_record() {
        return 0;
    }
    let all: u64 = weights.iter().map(|&w| u64::from(w)).sum();
    Records::<L>::bytes(all).min(MOST)
}

/// Groups that count only some of their providers and lost one in the state of a scratch, or have one that
/// rose above the bound of headroom: where headroom may fall in a pair though no load is another one than
/// after either failure.
pub(super) fn groups<const L: usize>(
    scratch: &Scratch<'_, L>,
    reached: &Reached,
    mut visit: impl FnMut(u32),
) {
    let sys = scratch.base().system();
    for &r in scratch.touched(Mark::default()) {
        let requirement = &sys.requirements[r as usize];
        if requirement.delivers() && is_switch(sys, requirement) {
            visit(r);
        }
    }
    reached.groups.iter().for_each(|&r| visit(r));
}
