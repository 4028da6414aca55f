//! What pairs do, kept for a sweep to order 3.
//!
//! A pair and a further failure superpose unless they meet in one of the ways in which two failures
//! interact. So what a pair does after a failure is carried over from here, and is found out again
//! only after failures that interact with one of the two, or with both together.

use super::effects::Seen;
use super::grade::{self, Grades};
use super::pair_counts::Pairs;
use super::pairs::{From, Plan};
use super::search::{Reached, UpSearch};
use super::singles::{Change, Singles, SweepContext};
use crate::analysis::NoWatch;
use crate::analysis::parallel::for_chunks;
use crate::engine::Scratch;

/// With more elements, pairs would take more memory than they save time.
const MOST: usize = 16_384;
/// Elements that one worker takes at a time.
const CHUNK: usize = 64;
/// A pair that interacts with more further failures than this is found out again after each.
const FEW: usize = 64;

/// Memory of what is kept of the pairs of so many elements, besides a list.
pub(super) fn bytes(elements: usize) -> u64 {
    if elements > MOST {
        return 0;
    }
    2 * (elements as u64).pow(2) / 8
}

/// Pairs of elements.
pub(super) struct PairSet {
    elements: usize,
    bits: Vec<u64>,
}

impl PairSet {
    fn new(elements: usize) -> Self {
        Self {
            elements,
            bits: vec![0; (elements * elements).div_ceil(64)],
        }
    }

    fn insert(&mut self, a: u32, b: u32) {
        for (a, b) in [(a, b), (b, a)] {
            let at = a as usize * self.elements + b as usize;
            self.bits[at / 64] |= 1 << (at % 64);
        }
    }

    fn contains(&self, a: u32, b: u32) -> bool {
        let at = a as usize * self.elements + b as usize;
        self.bits[at / 64] >> (at % 64) & 1 == 1
    }

    /// Those that an element is paired with.
    fn of(&self, a: usize) -> Vec<u32> {
        let all = 0..u32::try_from(self.elements).unwrap_or(u32::MAX);
        let element = u32::try_from(a).unwrap_or(u32::MAX);
        all.filter(|&b| self.contains(element, b)).collect()
    }

    /// The elements that interact, two by two; none where there are too many elements.
    pub fn interacting<const L: usize>(plan: &Plan<'_, L>) -> Option<Self> {
        let n = plan.index.by_rank.len();
        if n > MOST {
            return None;
        }
        let worker = || Worker {
            scratch: Scratch::new(plan.context.base),
            search: UpSearch::new(plan.context.base, plan.bound),
            reached: Reached::default(),
            seen: plan.seen(),
            met: Vec::new(),
            found: Vec::new(),
        };
        let work = |worker: &mut Worker<'_, L>, ranks| {
            for rank in ranks {
                worker.partners_of(plan, rank);
            }
        };
        let done = for_chunks(n, CHUNK, &NoWatch, worker, work);
        let mut all = Self::new(n);
        for worker in done.workers {
            for (a, b) in worker.found {
                all.insert(a, b);
            }
        }
        Some(all)
    }
}

/// A worker's state while it finds out which elements interact.
struct Worker<'h, const L: usize> {
    scratch: Scratch<'h, L>,
    search: UpSearch<L>,
    reached: Reached,
    seen: Seen,
    met: Vec<u32>,
    /// Elements that interact.
    found: Vec<(u32, u32)>,
}

impl<const L: usize> Worker<'_, L> {
    fn partners_of(&mut self, plan: &Plan<'_, L>, rank: usize) {
        let (e, mark) = (plan.index.by_rank[rank], self.scratch.mark());
        self.scratch.fail(plan.context.places[e as usize]);
        let met = &mut self.met;
        let climb = (&mut self.search, &mut self.seen, &mut self.reached);
        plan.meeting(&mut self.scratch, climb, From::All, |other| met.push(other));
        self.scratch.undo(mark);
        self.met.sort_unstable();
        self.met.dedup();
        let other = |rank: u32| plan.index.by_rank[rank as usize];
        let found = self.met.drain(..).map(|rank| (e, other(rank)));
        self.found.extend(found);
    }
}

/// A pair that does other to a service than superposition says.
#[derive(Clone, Copy, Debug)]
struct PairDifference {
    pair: [u32; 2],
    service: u32,
    grades: Grades,
}

/// What a worker noted about pairs.
#[derive(Default)]
pub(super) struct Noted {
    differences: Vec<PairDifference>,
    /// A further failure, and the pair it interacts with.
    joint: Vec<(u32, [u32; 2])>,
    /// Pairs that interact with many further failures.
    crowded: Vec<[u32; 2]>,
}

/// One worker's notes about the pairs that it evaluates.
pub(super) struct Notes<'n> {
    interacting: &'n PairSet,
    found: Vec<u32>,
    pub noted: Noted,
}

impl<'n> Notes<'n> {
    pub fn new(interacting: &'n PairSet) -> Self {
        Self {
            interacting,
            found: Vec::new(),
            noted: Noted::default(),
        }
    }

    /// That a pair does this to a service.
    pub fn differs(&mut self, pair: [u32; 2], service: u32, grades: Grades) {
        let pair = sorted(pair);
        self.noted.differences.push(PairDifference {
            pair,
            service,
            grades,
        });
    }

    /// A further failure that meets a pair.
    pub fn meets(&mut self, [a, b]: [u32; 2], other: u32) {
        let touches = self.interacting.contains(a, other) || self.interacting.contains(b, other);
        if !touches && other != a && other != b {
            self.found.push(other);
        }
    }

    /// No more further failures meet a pair.
    pub fn met(&mut self, pair: [u32; 2]) {
        let pair = sorted(pair);
        self.found.sort_unstable();
        self.found.dedup();
        if self.found.len() > FEW {
            self.noted.crowded.push(pair);
        } else {
            let joint = self.found.iter().map(|&z| (z, pair));
            self.noted.joint.extend(joint);
        }
        self.found.clear();
    }
}

fn sorted([a, b]: [u32; 2]) -> [u32; 2] {
    [a.min(b), a.max(b)]
}

/// What is known of all pairs.
pub(super) struct PairCache {
    interacting: PairSet,
    crowded: PairSet,
    /// Sorted.
    joint: Vec<(u32, [u32; 2])>,
    /// Sorted.
    differences: Vec<PairDifference>,
    singles: Singles,
}

impl PairCache {
    /// From what all workers noted.
    pub fn new(interacting: PairSet, notes: Vec<Noted>, singles: Singles) -> Self {
        let mut crowded = PairSet::new(interacting.elements);
        let (mut joint, mut differences) = (Vec::new(), Vec::new());
        for noted in notes {
            noted
                .crowded
                .iter()
                .for_each(|&[a, b]| crowded.insert(a, b));
            joint.extend(noted.joint);
            differences.extend(noted.differences);
        }
        joint.sort_unstable();
        differences.sort_unstable_by_key(|b: &PairDifference| (b.pair, b.service));
        Self {
            interacting,
            crowded,
            joint,
            differences,
            singles,
        }
    }
}

impl PairCache {
    /// The elements with which one interacts.
    pub fn partners(&self, element: usize) -> Vec<u32> {
        self.interacting.of(element)
    }
}

/// The context in which an element has failed, and what is cached of it.
pub(super) struct Before<'b, const L: usize> {
    pub context: &'b SweepContext<'b, L>,
    pub cache: Option<&'b PairCache>,
    /// The element that has failed since.
    pub element: u32,
}

impl<const L: usize> Before<'_, L> {
    /// The number of an element before `self.element` was taken out.
    fn number(&self, e: u32) -> u32 {
        e + u32::from(e >= self.element)
    }

    /// Whether it has to be found out what a pair that interacts does now.
    pub fn again(&self, pair: [u32; 2]) -> bool {
        self.cache
            .is_none_or(|cache| self.is_touched(cache, sorted(pair.map(|e| self.number(e)))))
    }

    fn is_touched(&self, cache: &PairCache, [a, b]: [u32; 2]) -> bool {
        let with = |e| cache.interacting.contains(self.element, e);
        with(a)
            || with(b)
            || !cache.interacting.contains(a, b)
            || cache.crowded.contains(a, b)
            || cache.joint.binary_search(&(self.element, [a, b])).is_ok()
    }

    /// Counts, in `pairs`, what the pairs do that need not be found out again.
    pub fn carry(
        &self,
        plan: &Plan<'_, L>,
        pairs: &mut Pairs,
        partners: &mut Vec<(u32, u32, i32)>,
    ) {
        let Some(cache) = self.cache else { return };
        let first = plan.context.task.first;
        let mut by_element = vec![Grades::default(); self.context.services()];
        for c in cache.singles.changes_of(self.element as usize) {
            by_element[c.service as usize] = c.grades;
        }
        for difference in &cache.differences {
            let [a, b] = difference.pair;
            // The later one counts: it is at `first` or after it once the element is taken out.
            if b <= self.element || a == self.element || self.is_touched(cache, difference.pair) {
                continue;
            }
            let now = difference.pair.map(|e| e - u32::from(e > self.element));
            let s = difference.service as usize;
            let by =
                now.map(|e| grades_of(plan.singles.changes_of(e as usize), difference.service));
            for l in 0..plan.context.lanes() {
                let said = by[0].lane(l).max(by[1].lane(l));
                let said = grade::status(said, plan.context.own[s][l]);
                let is = difference.grades.lane(l).max(by_element[s].lane(l));
                let is = grade::status(is, self.context.own[s][l]);
                if is != said {
                    pairs.count(
                        partners,
                        first,
                        now,
                        s * plan.context.lanes() + l,
                        [said, is],
                    );
                }
            }
        }
    }
}

/// What one of an element's changes does to a service.
fn grades_of(changes: &[Change], service: u32) -> Grades {
    changes
        .binary_search_by_key(&service, |c| c.service)
        .map_or_else(|_| Grades::default(), |i| changes[i].grades)
}
