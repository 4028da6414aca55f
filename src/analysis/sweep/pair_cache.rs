//! What pairs do, kept for a sweep to order 3.
//!
//! A pair and a further failure superpose unless they meet in one of the ways in which two failures
//! interact. So what a pair does after a failure is carried over from here, and is found out again
//! only after failures that interact with one of the two, or with both together.

use super::grade::Grades;
use super::single_changes::Singles;

/// With more elements, pairs would take more memory than they save time.
pub(super) const MOST: usize = 16_384;
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
    pub fn new(elements: usize) -> Self {
        Self {
            elements,
            bits: vec![0; (elements * elements).div_ceil(64)],
        }
    }

    pub fn insert(&mut self, a: u32, b: u32) {
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
}

/// A pair that does other to a service than superposition says.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairDifference {
    pub pair: [u32; 2],
    pub service: u32,
    pub grades: Grades,
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

pub(super) fn sorted([a, b]: [u32; 2]) -> [u32; 2] {
    [a.min(b), a.max(b)]
}

/// What is known of all pairs.
pub(super) struct PairCache {
    interacting: PairSet,
    crowded: PairSet,
    /// Sorted.
    joint: Vec<(u32, [u32; 2])>,
    /// Sorted.
    pub differences: Vec<PairDifference>,
    pub singles: Singles,
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

    /// Whether a pair, sorted, may do something else once an element has failed than it does without.
    pub fn is_touched(&self, element: u32, [a, b]: [u32; 2]) -> bool {
        let with = |e| self.interacting.contains(element, e);
        with(a)
            || with(b)
            || !self.interacting.contains(a, b)
            || self.crowded.contains(a, b)
            || self.joint.binary_search(&(element, [a, b])).is_ok()
    }
}
