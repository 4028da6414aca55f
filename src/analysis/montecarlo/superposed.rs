//! States of several failures, put together from what was judged before.
//!
//! In: who is out. Out: the slots that this changes, as an evaluation of the whole state would say, to the
//! last bit. A state falls apart into clusters of failures that do not interact, and leaves what they leave
//! together: see [`Superposition`] for the rules and the proof. What a single failure does is worked out
//! the first time that it is met, for all threads; a cluster of several is evaluated each time.

use super::judge::{Slot, SlotState};
use crate::analysis::lanes::CaseLanes;
use crate::analysis::sweep::superposition::{Marks, Superposition, Traces, Tracing};
use crate::engine::{Base, Scratch};
use crate::model::NodeId;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many traces and changes of single failures are kept; each takes some 12 to 24 bytes.
const KEPT: usize = 1 << 23;

/// What a set of failures does, by itself.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub changes: Vec<(Slot, SlotState)>,
    /// By run over load cases.
    pub traces: Vec<Traces>,
}

impl Known {
    fn size(&self) -> usize {
        self.changes.len() + self.traces.iter().map(Traces::len).sum::<usize>()
    }
}

/// What is known of single failures, and the rules by which they interact.
pub(super) struct Superposed<const L: usize> {
    /// By run.
    runs: Vec<Superposition<L>>,
    /// By node; nothing where there was no room for it.
    singles: Vec<OnceLock<Option<Box<Known>>>>,
    kept: AtomicUsize,
}

/// A thread's memory.
pub(super) struct Clusters {
    /// By run.
    pub tracing: Vec<Tracing>,
    marks: Vec<Marks>,
    /// The clusters that the state falls apart into.
    parts: Vec<Part>,
    /// Those of several failures; an entry that is no part any more was joined to another.
    several: Vec<Known>,
    /// Per failure of the state: its part.
    part_of: Vec<u32>,
    /// Per part: another that it interacts with, or itself.
    joined: Vec<u32>,
    members: Vec<NodeId>,
    /// Per part: how many are joined to it, if it is the least of them.
    sizes: Vec<u32>,
    /// Per slot: one more than its place among the changes of the state; 0 otherwise.
    place: Vec<u32>,
}

/// A cluster.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// A failure by itself.
    Single(NodeId),
    /// Several, by their number among all such clusters.
    Several(u32),
}

impl<const L: usize> Superposed<L> {
    /// Nothing where the rules do not tell, in some run. `rules` says which count, run by run.
    pub fn new<'s>(
        runs: &'s [(CaseLanes, Base<'s, L>)],
        rules: impl Fn(&CaseLanes, &Base<'s, L>) -> Option<Superposition<L>>,
    ) -> Option<Self> {
        let (_, first) = runs.first()?;
        let nodes = first.system().len();
        let runs: Option<Vec<_>> = runs
            .iter()
            .map(|(lanes, base)| rules(lanes, base))
            .collect();
        let runs = runs?;
        Some(Self {
            runs,
            singles: (0..nodes).map(|_| OnceLock::new()).collect(),
            kept: AtomicUsize::new(0),
        })
    }

    /// Memory for one thread that judges so many slots.
    pub fn clusters(&self, runs: &[Scratch<'_, L>], slots: usize) -> Clusters {
        let each = || self.runs.iter().zip(runs);
        Clusters {
            tracing: each()
                .map(|(run, scratch)| run.tracing(scratch.base()))
                .collect(),
            marks: self.runs.iter().map(Superposition::marks).collect(),
            parts: Vec::new(),
            several: Vec::new(),
            part_of: Vec::new(),
            joined: Vec::new(),
            members: Vec::new(),
            sizes: Vec::new(),
            place: vec![0; slots],
        }
    }

    /// The traces of what a scratch of a run holds.
    pub fn traces(
        &self,
        run: usize,
        scratch: &mut Scratch<'_, L>,
        clusters: &mut Clusters,
    ) -> Traces {
        self.runs[run].traces(scratch, &mut clusters.tracing[run])
    }

    /// What `failed` (sorted) changes, appended to `out`; false, and nothing appended, where all of it
    /// interacts, or most, or too much would have to be kept. `evaluate` says what some failures do.
    pub fn judge(
        &self,
        failed: &[NodeId],
        clusters: &mut Clusters,
        mut evaluate: impl FnMut(&[NodeId], &mut Clusters) -> Known,
        out: &mut Vec<(Slot, SlotState)>,
    ) -> bool {
        clusters.begin(failed);
        for v in failed {
            if self.single(*v, || evaluate(&[*v], clusters)).is_none() {
                return false;
            }
        }
        while failed.len() > 1 && self.join(clusters) {
            if clusters.is_mostly_joined() {
                return false;
            }
            clusters.evaluate(failed, &mut evaluate);
            // A cluster of several may interact with others though none of its failures does.
            if !self.runs.iter().all(Superposition::is_joint) {
                break;
            }
        }
        let first = out.len();
        for part in &clusters.parts {
            for &(slot, state) in &self.known(*part, &clusters.several).changes {
                let place = &mut clusters.place[slot as usize];
                if *place == 0 {
                    out.push((slot, state));
                    *place = u32::try_from(out.len() - first).unwrap_or(u32::MAX);
                } else {
                    let (_, worst) = &mut out[first + *place as usize - 1];
                    worst.status = worst.status.max(state.status);
                    worst.unserved = worst.unserved.max(state.unserved);
                }
            }
        }
        for (slot, _) in &out[first..] {
            clusters.place[*slot as usize] = 0;
        }
        true
    }

    /// What a single failure does; nothing if there is no room to keep it.
    fn single(&self, v: NodeId, evaluate: impl FnOnce() -> Known) -> Option<&Known> {
        let known = self.singles[v.index()].get_or_init(|| {
            if self.kept.load(Ordering::Relaxed) >= KEPT {
                return None;
            }
            let known = evaluate();
            self.kept.fetch_add(known.size(), Ordering::Relaxed);
            Some(Box::new(known))
        });
        known.as_deref()
    }

    fn known<'k>(&'k self, part: Part, several: &'k [Known]) -> &'k Known {
        let known = match part {
            Part::Single(v) => self.singles[v.index()].get().and_then(Option::as_deref),
            Part::Several(number) => several.get(number as usize),
        };
        known.expect("what a part does is worked out before it becomes one")
    }

    /// Finds out which parts interact; whether any do.
    fn join(&self, clusters: &mut Clusters) -> bool {
        let Clusters {
            marks,
            parts,
            several,
            joined,
            ..
        } = clusters;
        joined.clear();
        joined.extend((0u32..).take(parts.len()));
        let mut is_any = false;
        for (run, (rules, marks)) in self.runs.iter().zip(marks).enumerate() {
            let traces = parts
                .iter()
                .map(|&part| &self.known(part, several).traces[run]);
            rules.each_meeting(traces, marks, |a, b| {
                let (a, b) = (root(joined, a), root(joined, b));
                is_any |= a != b;
                joined[a.max(b)] = number(a.min(b));
            });
        }
        is_any
    }
}

/// The least part that a part is joined to.
fn root(joined: &mut [u32], mut part: usize) -> usize {
    while joined[part] as usize != part {
        joined[part] = joined[joined[part] as usize];
        part = joined[part] as usize;
    }
    part
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("failures are numbered like nodes")
}

impl Clusters {
    fn begin(&mut self, failed: &[NodeId]) {
        self.several.clear();
        self.parts.clear();
        self.parts.extend(failed.iter().copied().map(Part::Single));
        self.part_of.clear();
        self.part_of.extend((0u32..).take(failed.len()));
    }

    /// Whether more parts are joined to others than not: then one evaluation of the whole state costs less
    /// than that of clusters, which are compared once more.
    fn is_mostly_joined(&mut self) -> bool {
        self.sizes.clear();
        self.sizes.resize(self.joined.len(), 0);
        for part in 0..self.joined.len() {
            self.sizes[root(&mut self.joined, part)] += 1;
        }
        let alone = self.sizes.iter().filter(|&&size| size == 1).count();
        2 * alone < self.joined.len()
    }

    /// Makes one part of those that are joined, of which the sizes are known, and evaluates it.
    fn evaluate(
        &mut self,
        failed: &[NodeId],
        evaluate: &mut impl FnMut(&[NodeId], &mut Self) -> Known,
    ) {
        // Where each part goes: the number that it will have.
        let before = std::mem::take(&mut self.parts);
        let roots: Vec<usize> = (0..before.len())
            .map(|p| root(&mut self.joined, p))
            .collect();
        let mut becomes = vec![u32::MAX; before.len()];
        for (part, &root) in roots.iter().enumerate() {
            if root == part {
                becomes[part] = number(self.parts.len());
                self.parts.push(before[part]);
            }
        }
        for part in &mut self.part_of {
            *part = becomes[roots[*part as usize]];
        }
        for root in 0..before.len() {
            if self.sizes[root] < 2 {
                continue;
            }
            let part = becomes[root];
            let mut members = std::mem::take(&mut self.members);
            members.clear();
            let all = failed.iter().zip(&self.part_of);
            members.extend(all.filter(|(_, of)| **of == part).map(|(v, _)| *v));
            let known = evaluate(&members, self);
            self.members = members;
            self.parts[part as usize] = Part::Several(number(self.several.len()));
            self.several.push(known);
        }
    }
}
