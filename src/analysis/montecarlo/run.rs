//! The threads: blocks of trials, and the exact orders, on all cores.
//!
//! In: a plan, the chances, a judge. Out: a [`Progress`]: which blocks are done and what they add
//! up to. Sums are integers, so the answer is the same for any number of threads and any order.

use super::chances::Chances;
use super::judge::{Judge, Slot, SlotState, Trial};
use super::plan::{BLOCK, Plan};
use super::pool::Pool;
use super::sample::{Sparse, Tail};
use super::settings::{DemandSpread, Shard};
use super::stream::{Domain, Stream};
use super::tally::Tally;
use crate::analysis::Watch;
use crate::model::NodeId;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Blocks per round: between rounds progress is saved and precision is looked at.
const ROUND: u64 = 64;
/// How many changes by single events a thread remembers.
const KEPT: usize = 1 << 21;
/// How many states of several events a thread remembers, and how many changes by them: in a small estate the same
/// few are drawn again and again, in a large one hardly any.
const KEPT_STATES: usize = 1 << 14;
const KEPT_OF_SEVERAL: usize = 1 << 18;
/// How many states a thread remembers at-risk verdicts of.
const REMEMBERED: usize = 4096;

/// What has been done of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Every block of this run below this number is done.
    pub next: u64,
    /// Blocks done at or above it, ascending: what was interrupted leaves gaps.
    pub beyond: Vec<u64>,
    /// What they add up to.
    pub tally: Tally,
}

/// Where states come from.
enum Source {
    All(Sparse),
    Tail(Tail),
    /// There is nothing to draw: the exact orders hold everything.
    Nothing,
}

/// All that a block needs.
pub struct Runner<'a, J: Judge> {
    plan: &'a Plan,
    chances: &'a Chances,
    judge: &'a J,
    demand: Option<DemandSpread>,
    services: usize,
    source: Source,
}

/// What a state changes.
type Changes = Box<[(Slot, SlotState)]>;

/// A thread's memory.
struct Memory<J: Judge> {
    scratch: J::Scratch,
    /// The first `waiting` of them are drawn and not judged yet.
    trials: Vec<Trial>,
    waiting: usize,
    slot_states: Vec<SlotState>,
    factor: Vec<f64>,
    risk: Vec<bool>,
    fine: Vec<bool>,
    verdicts: HashMap<Vec<NodeId>, Vec<bool>>,
    /// What single events change, as far as they have been met.
    singles: Vec<Option<Changes>>,
    /// How many changes are remembered there.
    kept: usize,
    /// What several events change together: the first that were met and judged by themselves.
    several: HashMap<Vec<u32>, Changes>,
    kept_of_several: usize,
}

impl<J: Judge> Memory<J> {
    /// Keeps what the events of a trial change, which was judged, while there is room.
    fn remember(&mut self, at: usize) {
        let trial = &self.trials[at];
        let kept = self.kept_of_several + trial.changes.len();
        if self.several.len() < KEPT_STATES && kept <= KEPT_OF_SEVERAL {
            self.kept_of_several = kept;
            let changes = trial.changes.clone().into();
            self.several.insert(trial.events.clone(), changes);
        }
    }
}

impl<'a, J: Judge> Runner<'a, J> {
    /// Prepares. `services` is the number of services, for the factors of uncertain demand.
    pub fn new(
        plan: &'a Plan,
        chances: &'a Chances,
        judge: &'a J,
        demand: Option<DemandSpread>,
        services: usize,
    ) -> Self {
        let source = match plan.exact_order {
            None => Source::All(Sparse::new(chances.events())),
            Some(k) => {
                let beyond = Tail::new(chances.events(), k);
                if beyond.mass() > 0.0 {
                    Source::Tail(beyond)
                } else {
                    Source::Nothing
                }
            }
        };
        Self {
            plan,
            chances,
            judge,
            demand,
            services,
            source,
        }
    }

    /// Probability of what is drawn.
    pub fn mass(&self) -> f64 {
        match &self.source {
            Source::All(_) => 1.0,
            Source::Tail(b) => b.mass(),
            Source::Nothing => 0.0,
        }
    }

    /// Whether there is anything to draw.
    pub fn draws(&self) -> bool {
        !matches!(self.source, Source::Nothing)
    }

    /// Does the blocks of a shard that are not done yet, until all are, the watch says stop, or
    /// `enough` says so. `enough` is asked when the blocks done are all those below a power of
    /// two, and `save` after every round.
    pub fn run(
        &self,
        progress: &mut Progress,
        shard: Option<Shard>,
        watch: &dyn Watch,
        mut enough: impl FnMut(&Tally) -> bool,
        mut save: impl FnMut(&Progress),
    ) {
        if progress.tally.slots.is_empty() {
            progress.tally = Tally::new(self.judge.base().len());
        }
        let blocks = self.plan.blocks();
        let idle = Pool::new();
        while progress.next < blocks && !watch.stop() {
            let first = progress.next;
            let end = (first + ROUND).min(blocks).min(following_power(first));
            let done: Option<(Vec<u64>, Tally)> = (first..end)
                .into_par_iter()
                .filter(|b| shard.is_none_or(|s| s.has(*b)))
                .filter(|b| !progress.beyond.contains(b))
                .map_init(
                    || idle.lend(|| self.memory()),
                    |memory, b| (b, self.block(b, memory, watch)),
                )
                .filter_map(|(b, tally)| tally.map(|t| (vec![b], t)))
                .reduce_with(|(mut blocks, mut all), (more, tally)| {
                    blocks.extend(more);
                    all.merge(&tally);
                    (blocks, all)
                });
            let whole = !watch.stop();
            if let Some((blocks, tally)) = &done {
                progress.tally.merge(tally);
                progress.tally.together.settle();
                progress.beyond.extend(blocks);
            }
            if whole {
                progress.next = end;
                progress.beyond.retain(|&b| b >= end);
            } else {
                progress.beyond.sort_unstable();
            }
            save(progress);
            if whole && end.is_power_of_two() && enough(&progress.tally) {
                break;
            }
        }
    }

    fn memory(&self) -> Memory<J> {
        Memory {
            scratch: self.judge.scratch(),
            trials: vec![Trial::default(); self.judge.together().max(1)],
            waiting: 0,
            slot_states: Vec::new(),
            factor: Vec::new(),
            risk: Vec::new(),
            fine: Vec::new(),
            verdicts: HashMap::new(),
            singles: vec![None; self.chances.events().len()],
            kept: 0,
            several: HashMap::new(),
            kept_of_several: 0,
        }
    }

    /// One block; `None` when it was stopped before its end.
    fn block(&self, block: u64, m: &mut Memory<J>, watch: &dyn Watch) -> Option<Tally> {
        let mut stream = Stream::new(self.plan.seed, Domain::Snapshot, block);
        let mut tally = Tally::new(self.judge.base().len());
        let trials = self.plan.trials_of(block);
        for number in 0..trials {
            // At-risk tries every further failure: that takes its time.
            let long = number % 64 == 0 || number < self.plan.risk_per_block;
            if long && watch.stop() {
                m.waiting = 0;
                return None;
            }
            let trial = &mut m.trials[m.waiting];
            trial.number = number;
            trial.changes.clear();
            match &self.source {
                Source::All(sparse) => sparse.draw(&mut stream, &mut trial.events),
                Source::Tail(beyond) => beyond.draw(&mut stream, &mut trial.events),
                Source::Nothing => return None,
            }
            self.chances.failed(&trial.events, &mut trial.failed);
            self.trial(m, &mut stream, &mut tally);
        }
        self.judge_waiting(m, &mut tally);
        tally.trials = trials;
        tally.close_block(block);
        watch.advance(trials);
        Some(tally)
    }

    /// Judges what was drawn last, or lets it wait for others.
    fn trial(&self, m: &mut Memory<J>, stream: &mut Stream, tally: &mut Tally) {
        let trial = &mut m.trials[m.waiting];
        if let Some(spread) = self.demand {
            self.judge_spread(spread, m, stream);
        } else if trial.failed.is_empty() {
            // It is the base state.
        } else if self
            .judge
            .judge_quickly(&mut m.scratch, &trial.failed, &mut trial.changes)
        {
            // It was put together.
        } else if let &[event] = trial.events.as_slice() {
            self.single(event, m);
        } else if let Some(changes) = m.several.get(&trial.events) {
            trial.changes.extend_from_slice(changes);
        } else {
            m.waiting += 1;
            if m.waiting == m.trials.len() {
                self.judge_waiting(m, tally);
            }
            return;
        }
        self.count(m.waiting, m, tally);
    }

    fn judge_waiting(&self, m: &mut Memory<J>, tally: &mut Tally) {
        let waiting = std::mem::take(&mut m.waiting);
        self.judge
            .judge_all(&mut m.scratch, &mut m.trials[..waiting]);
        for at in 0..waiting {
            m.remember(at);
            self.count(at, m, tally);
        }
    }

    /// Counts a trial that was judged.
    fn count(&self, at: usize, m: &mut Memory<J>, tally: &mut Tally) {
        let trial = &m.trials[at];
        tally.add(&trial.changes);
        if trial.number.is_multiple_of(self.plan.note_every) {
            tally.note(&trial.events, &trial.changes);
        }
        if trial.number < self.plan.risk_per_block {
            self.judge_risk(at, m, tally);
        }
    }

    /// One event alone, which comes again and again: remembered.
    fn single(&self, event: u32, m: &mut Memory<J>) {
        let trial = &mut m.trials[m.waiting];
        let known = &mut m.singles[event as usize];
        if let Some(changes) = known {
            trial.changes.extend_from_slice(changes);
            return;
        }
        self.judge
            .judge(&mut m.scratch, &trial.failed, &mut trial.changes);
        if m.kept + trial.changes.len() <= KEPT {
            m.kept += trial.changes.len();
            *known = Some(trial.changes.clone().into());
        }
    }

    fn judge_risk(&self, at: usize, m: &mut Memory<J>, tally: &mut Tally) {
        let is_fine = |f: &SlotState| !f.status.is_harm();
        m.fine.clear();
        m.fine.extend(self.judge.base().iter().map(is_fine));
        for (slot, slot_state) in &m.trials[at].changes {
            m.fine[*slot as usize] = is_fine(slot_state);
        }
        tally.risk_trials += 1;
        let fine = std::mem::take(&mut m.fine);
        let risk = at_risk(self.judge, at, m);
        for ((s, &fine), &risk) in tally.slots.iter_mut().zip(&fine).zip(risk) {
            s.at_risk += u64::from(fine && risk);
            s.ok += u64::from(fine && !risk);
        }
        m.fine = fine;
    }

    fn judge_spread(&self, spread: DemandSpread, m: &mut Memory<J>, stream: &mut Stream) {
        m.factor.clear();
        if spread.common {
            m.factor.resize(self.services, stream.lognormal(spread.cv));
        } else {
            m.factor
                .extend((0..self.services).map(|_| stream.lognormal(spread.cv)));
        }
        m.slot_states.clear();
        let trial = &mut m.trials[m.waiting];
        self.judge
            .judge_at(&mut m.scratch, &trial.failed, &m.factor, &mut m.slot_states);
        trial
            .changes
            .extend((0..).zip(m.slot_states.iter().copied()));
    }
}

/// Which slots are at risk in the state of a trial, remembered for states that come again.
fn at_risk<'m, J: Judge>(judge: &J, at: usize, m: &'m mut Memory<J>) -> &'m [bool] {
    let failed = &m.trials[at].failed;
    if !m.verdicts.contains_key(failed) {
        m.risk.clear();
        judge.at_risk(&mut m.scratch, failed, &mut m.risk);
        if m.verdicts.len() >= REMEMBERED {
            return &m.risk;
        }
        m.verdicts.insert(failed.clone(), m.risk.clone());
    }
    &m.verdicts[failed]
}

/// Whether these can be the blocks that are done: all of a shard below `next`, and those in `beyond`.
#[must_use]
pub fn are_blocks(next: u64, beyond: &[u64], blocks: u64, shard: Option<Shard>) -> bool {
    let mine = |b: &u64| (next..blocks).contains(b) && shard.is_none_or(|s| s.has(*b));
    next <= blocks && beyond.iter().all(mine) && beyond.windows(2).all(|w| w[0] < w[1])
}

fn following_power(block: u64) -> u64 {
    (block + 1).next_power_of_two().max(1)
}

/// Works a list of states out on all cores, in chunks that are returned in order.
pub fn in_chunks<T: Send, J: Judge>(
    judge: &J,
    states: u64,
    chunk: u64,
    work: impl Fn(&mut J::Scratch, std::ops::Range<u64>) -> T + Sync,
) -> Vec<T> {
    (0..states.div_ceil(chunk))
        .into_par_iter()
        .map_init(
            || judge.scratch(),
            |scratch, c| work(scratch, c * chunk..((c + 1) * chunk).min(states)),
        )
        .collect()
}

/// Trials that a number of whole blocks has, for totals.
#[must_use]
pub fn trials_of_shard(plan: &Plan, shard: Option<Shard>) -> u64 {
    let Some(shard) = shard else {
        return plan.trials;
    };
    let blocks = plan.blocks();
    let mine = (blocks + shard.count - 1 - shard.index) / shard.count;
    let last = blocks.saturating_sub(1);
    let missing = if last % shard.count == shard.index {
        BLOCK - plan.trials_of(last)
    } else {
        0
    };
    mine * BLOCK - missing
}
