//! Changes of what a node delivers that its consumers need not hear of.
//!
//! In: how much what services deliver may be off before it matters, as a factor. Out: which changes
//! may be omitted in one failure. The promise: in the state that results, both delivered and the
//! shortfall 1 − delivered of every node are off by at most the factor that [`Slack::end`] returns;
//! those of exact nodes are exact.
//!
//! Why that holds: what a node delivers is a minimum, a mean or a k-th largest of what its providers
//! deliver and of a constant that is at most 1. Each of these, and the same in terms of the
//! shortfall, changes by no larger a factor than the one that changes most below it. Changes
//! that are omitted on one level do not add up, since no way up passes a level twice; those of several
//! levels multiply.
//!
//! Rounding stays out of it: no value near 0 or 1 is omitted, and none that reaches some node only as
//! a tiny part of a mean, or through a cycle or a network.

use super::compiled::{CompiledSystem, Requirement, Rule};
use super::ix::NONE;
use super::lanes::Lanes;
use super::network_parts::Part;
use crate::model::Split;

/// Neither delivered nor the shortfall of what is omitted is less.
const LEAST: f64 = 1e-6;
/// Covers the rounding of the factors.
const ROUNDING: f64 = 1.0 + 1e-9;
/// The least part of a node's value in that of any node above.
const LEAST_PART: f64 = 1e-6;

/// What may be omitted. Off unless a failure asks for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Slack<'q> {
    /// See [`quiet`].
    quiet: &'q [bool],
    /// Per node: whether it has to be exact.
    exact: Vec<bool>,
    /// Those that have to, in the order in which that was asked for.
    marked: Vec<u32>,
    stack: Vec<u32>,
    most: f64,
    /// The factor of all levels below.
    below: f64,
    /// The factor of this level.
    here: f64,
    level: u32,
}

impl<'q> Slack<'q> {
    /// For a system of which `quiet` says what may be omitted.
    pub fn new(quiet: &'q [bool]) -> Self {
        Self {
            quiet,
            exact: vec![false; quiet.len()],
            ..Self::default()
        }
    }

    /// A node is exact from now on, and what it needs.
    pub fn make_exact(&mut self, sys: &CompiledSystem, node: u32) {
        self.stack.push(node);
        while let Some(v) = self.stack.pop() {
            if std::mem::replace(&mut self.exact[v as usize], true) {
                continue;
            }
            self.marked.push(v);
            for r in &sys.requirements[sys.requirements_of(v as usize)] {
                if r.delivers() {
                    let providers = sys.edges[r.edges()].iter().map(|e| e.provider);
                    self.stack.extend(providers);
                }
            }
        }
    }

    /// How many nodes are exact.
    pub fn exact_count(&self) -> usize {
        self.marked.len()
    }

    /// All but the first `keep` exact nodes are so no more.
    pub fn keep_exact(&mut self, keep: usize) {
        for v in self.marked.drain(keep..) {
            self.exact[v as usize] = false;
        }
    }

    /// Whether a node is exact.
    pub fn is_exact(&self, v: u32) -> bool {
        self.exact[v as usize]
    }

    /// Whether the failure at hand may omit changes.
    pub fn is_on(&self) -> bool {
        self.most > 1.0
    }

    /// Begins a failure of which changes may be omitted up to a factor of `most`.
    pub fn begin(&mut self, most: f64) {
        self.most = most;
        (self.below, self.here, self.level) = (1.0, 1.0, NONE);
    }

    /// Ends it; by what factor values may be off, 1 if none is.
    pub fn end(&mut self) -> f64 {
        self.most = 0.0;
        let factor = self.below * self.here;
        if factor > 1.0 {
            factor * ROUNDING
        } else {
            factor
        }
    }

    /// Whether only exact consumers need to hear of this change, which is then counted. Levels come
    /// in order, from below.
    pub fn takes<const L: usize>(
        &mut self,
        v: u32,
        level: u32,
        old: &Lanes<L>,
        new: &Lanes<L>,
    ) -> bool {
        if self.most <= 1.0 || !self.quiet[v as usize] {
            return false;
        }
        if level != self.level {
            self.below *= self.here;
            self.here = 1.0;
            self.level = level;
        }
        let mut here = self.here;
        for (old, new) in old.iter().zip(new) {
            if old.to_bits() != new.to_bits() {
                let (low, high) = (old.min(*new), old.max(*new));
                if !(low >= LEAST && 1.0 - high >= LEAST) {
                    return false;
                }
                here = here.max(high / low).max((1.0 - low) / (1.0 - high));
            }
        }
        let takes = self.below * here * ROUNDING <= self.most;
        if takes {
            self.here = here;
        }
        takes
    }
}

/// Per node: whether changes of what it delivers may be omitted.
pub(crate) fn quiet(sys: &CompiledSystem) -> Vec<bool> {
    // The least part that a node has in any node above it; 0 where that is not known.
    let mut part = vec![1.0f64; sys.len()];
    for v in (0..sys.len()).rev() {
        let routed = matches!(
            sys.part(u32::try_from(v).unwrap_or(NONE)),
            Part::Node(..) | Part::Link(..)
        );
        if routed || sys.cycle[v] != NONE {
            part[v] = 0.0;
        }
        let above = part[v];
        for r in &sys.requirements[sys.requirements_of(v)] {
            if r.delivers() {
                let total: f64 = sys.edges[r.edges()].iter().map(|e| e.weight).sum();
                for e in &sys.edges[r.edges()] {
                    let least = &mut part[e.provider as usize];
                    *least = least.min(above * part_of(r, e.weight, total));
                }
            }
        }
    }
    part.into_iter().map(|part| part >= LEAST_PART).collect()
}

/// The least part that a provider of this weight has in its consumer.
fn part_of(r: &Requirement, weight: f64, total: f64) -> f64 {
    match r.rule {
        Rule::Group(Split::Share | Split::Shard) if total > 0.0 => weight / total,
        Rule::Group(Split::Share | Split::Shard) => 1.0 / f64::from(r.last - r.first),
        Rule::Group(Split::Standby) => 1.0 / f64::from(r.need),
        Rule::All | Rule::WorksOnly | Rule::Group(Split::Copy) => 1.0,
    }
}
