//! Contingencies that set off a cascade, gathered.
//!
//! In: states in which something trips. Out: [`Cascades`], those of which no part trips anything, nor
//! the base state. What trips in a pair that no rule joins trips in one of its two already, so the pairs
//! that are evaluated are all that can be of this sort.

use crate::analysis::elements::by_size;
use crate::analysis::status::own_status;
use crate::analysis::{Cascade, Cascades, Elements};
use crate::engine::{Ix, LaneSet, Scratch};
use crate::model::{CaseId, NodeId};
use std::cmp::Ordering;

/// The most that are listed; all are counted.
pub const MOST_CASCADES: usize = 1_000;

/// Those seen so far.
#[derive(Clone, Debug)]
pub(super) struct Found {
    all: Cascades,
    keep: usize,
}

impl Found {
    /// None yet, of orders up to `order`; so many are kept.
    pub fn new(order: u32, keep: usize) -> Self {
        Self {
            all: Cascades {
                listed: Vec::new(),
                base: Vec::new(),
                count: vec![0; order as usize],
            },
            keep,
        }
    }

    /// Adds what trips in the base state, in lanes that stand for `cases`.
    pub fn add_base<const L: usize>(&mut self, scratch: &Scratch<'_, L>, cases: &[CaseId]) {
        let lanes = scratch.tripped_lanes();
        let nothing: &[NodeId] = &[];
        self.all
            .base
            .extend(cascades(scratch, lanes, cases, &nothing.into()));
    }

    /// Adds a contingency that the scratch holds, in the lanes of `fresh`, which stand for `cases`.
    pub fn add<const L: usize>(
        &mut self,
        scratch: &Scratch<'_, L>,
        fresh: LaneSet,
        cases: &[CaseId],
        elements: &Elements,
    ) {
        let found = cascades(scratch, fresh, cases, elements);
        self.all.count[elements.len() - 1] += found.len() as u64;
        self.all.listed.extend(found);
        if self.all.listed.len() / 2 >= self.keep {
            self.cut();
        }
    }

    /// Adds what another found, of other contingencies.
    pub fn merge(&mut self, other: Self) {
        let counts = self.all.count.iter_mut().zip(other.all.count);
        counts.for_each(|(mine, other)| *mine += other);
        self.all.listed.extend(other.all.listed);
        self.all.base.extend(other.all.base);
        if self.all.listed.len() / 2 >= self.keep {
            self.cut();
        }
    }

    /// Every one that was kept so far.
    pub fn listed(&self) -> &[Cascade] {
        &self.all.listed
    }

    /// All of them, sorted.
    pub fn finish(mut self) -> Cascades {
        self.cut();
        self.all.base.sort_by_key(|c| c.case);
        self.all
    }

    fn cut(&mut self) {
        self.all.listed.sort_unstable_by(order);
        self.all.listed.truncate(self.keep);
    }
}

/// What the scratch holds, in some lanes.
fn cascades<const L: usize>(
    scratch: &Scratch<'_, L>,
    lanes: LaneSet,
    cases: &[CaseId],
    elements: &Elements,
) -> Vec<Cascade> {
    let sys = scratch.base().system();
    let services = 0..sys.services.len();
    let one = |(l, &case): (usize, &CaseId)| {
        let status = |s: &usize| own_status(scratch, *s, l);
        let worst = services
            .clone()
            .max_by_key(|s| (status(s), std::cmp::Reverse(*s)));
        let trips = scratch.tripped(l);
        Cascade {
            elements: elements.clone(),
            case,
            tripped: short(trips.len()),
            rounds: trips.last().map_or(0, |t| t.round),
            services: short(services.clone().filter(|s| status(s).is_harm()).count()),
            worst: worst.map(|s| (sys.node(Ix(sys.services[s])), status(&s))),
        }
    };
    let cases = cases.iter().enumerate();
    cases
        .filter(|(l, _)| lanes >> l & 1 == 1)
        .map(one)
        .collect()
}

/// Fewest elements first, then the most trips.
fn order(a: &Cascade, b: &Cascade) -> Ordering {
    a.elements
        .len()
        .cmp(&b.elements.len())
        .then(b.tripped.cmp(&a.tripped))
        .then_with(|| by_size(&a.elements, &b.elements))
        .then(a.case.cmp(&b.case))
}

fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
