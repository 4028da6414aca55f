//! The judge that asks the engine.
//!
//! In: a study. Promise: each thread fails and undoes on its own scratch; a state costs what it
//! touches, and nothing is allocated for it (save where demand is uncertain, which is a full
//! evaluation).

use super::chances::Chances;
use super::judge::{Judge, Slot, SlotState, Trial};
use super::judged::JudgedStates;
use super::superposed::{Clusters, Known, Superposed};
use crate::analysis::lanes::CaseLanes;
use crate::analysis::status::{further_elements, is_thin, own_delivered, own_status};
use crate::analysis::sweep::further::{Further, Look, is_all_told};
use crate::analysis::sweep::superposition::Superposition;
use crate::analysis::{Study, Watch};
use crate::engine::{Base, Ix, Many, Mark, Reach, STATES, Scratch};
use crate::model::{NodeId, Status};
use std::sync::OnceLock;

/// Several states are judged at once when one of them is expected to change this share of all
/// values; measured.
const WORTH_IT: f64 = 0.04;
/// So many single events tell how much one changes.
const LOOKED_AT: u32 = 200;
/// With fewer states to judge at-risk in, records of all single failures take longer than they save.
const FEW: u64 = 4;

/// The base states of all load cases, as many to a run as there are lanes.
pub struct Bases<'s, const L: usize> {
    runs: Vec<(CaseLanes, Base<'s, L>)>,
}

impl<'s, const L: usize> Bases<'s, L> {
    /// Evaluates them.
    pub fn new(study: &'s Study<'_>) -> Self {
        let scenario = study.scenario();
        let runs = CaseLanes::all(scenario).into_iter().map(|lanes| {
            let base = study.base::<L>(&[], &lanes.demand(scenario));
            (lanes, base)
        });
        Self {
            runs: runs.collect(),
        }
    }
}

/// Judges states of a study.
pub struct StudyJudge<'s, 'a, const L: usize> {
    study: &'s Study<'a>,
    bases: &'s Bases<'s, L>,
    base: Vec<SlotState>,
    further: Vec<NodeId>,
    cases: usize,
    /// Whether several states are judged at once.
    at_once: bool,
    /// By run: records of single failures, where at-risk is told by them.
    records: OnceLock<Vec<Option<Further<L>>>>,
    /// What other simulations judged.
    judged: Option<&'s JudgedStates>,
    /// Single failures, by which states of several are judged.
    superposed: Option<Superposed<L>>,
}

/// A thread's memory.
pub struct Thread<'s, const L: usize> {
    runs: Vec<Scratch<'s, L>>,
    /// By run and lane, if several states are judged at once.
    many: Vec<Vec<Many<'s>>>,
    failed: Vec<Ix>,
    reach: Reach<L>,
    open: Vec<bool>,
    /// By run, once it was used.
    looks: Vec<Option<Look<L>>>,
    clusters: Option<Clusters>,
}

impl<'s, 'a, const L: usize> StudyJudge<'s, 'a, L> {
    /// A judge of states of `study`, with nothing failed so far; `bases` are its base states.
    pub fn new(study: &'s Study<'a>, bases: &'s Bases<'s, L>) -> Self {
        let mut judge = Self {
            study,
            bases,
            base: Vec::new(),
            further: further_elements(study, &study.scenario().down),
            cases: study.scenario().cases.len(),
            at_once: false,
            records: OnceLock::new(),
            judged: None,
            superposed: None,
        };
        let services = study.system().services().len();
        let mut base = vec![slot_state(Status::Ok, 1.0); services * judge.cases];
        for (lanes, state) in &bases.runs {
            let scratch = Scratch::new(state);
            for s in 0..services {
                for (l, case) in lanes.asked().iter().enumerate() {
                    base[s * judge.cases + case.index()] = judge.slot_state(&scratch, s, l);
                }
            }
        }
        judge.base = base;
        judge
    }

    /// The same judge, which looks states up among these and adds to them.
    #[must_use]
    pub fn sharing(mut self, judged: Option<&'s JudgedStates>) -> Self {
        self.judged = judged;
        self
    }

    /// The same judge for states drawn from these chances: several at once where that pays. Its
    /// answers are the same either way.
    #[must_use]
    pub fn expecting(mut self, chances: &Chances) -> Self {
        let can = self.study.shortcuts().side_by_side
            && self.bases.runs.iter().all(|(_, base)| Many::can(base));
        let nodes = self.study.system().nodes().len() as f64;
        self.at_once = can && self.touches(chances) > WORTH_IT * nodes;
        if self.study.shortcuts().superposed {
            self.superposing(|study, base, lanes| Superposition::new(study, base, lanes))
        } else {
            self
        }
    }

    /// The same judge, which puts states together by these rules.
    #[must_use]
    pub fn superposing(
        mut self,
        rules: impl Fn(&Study<'_>, &Base<'s, L>, &CaseLanes) -> Option<Superposition<L>>,
    ) -> Self {
        let by = |lanes: &CaseLanes, base: &Base<'s, L>| rules(self.study, base, lanes);
        self.superposed = Superposed::new(&self.bases.runs, by);
        self
    }

    /// How many values a drawn state is expected to change: that of single events, looked up at
    /// even steps of their probability, times how many there are.
    fn touches(&self, chances: &Chances) -> f64 {
        let expected = chances.expected();
        let Some((_, base)) = self.bases.runs.first().filter(|_| expected >= 1.0) else {
            return 0.0;
        };
        let mut scratch = Scratch::new(base);
        let (mut upto, mut looked, mut sum) = (0.0, 0u32, 0.0);
        for event in chances.events() {
            upto += event.q;
            if upto / expected * f64::from(LOOKED_AT) < f64::from(looked) + 0.5 {
                continue;
            }
            looked += 1;
            let mark = scratch.mark();
            for &v in &event.members {
                scratch.fail(self.study.compiled().ix(v));
            }
            sum += f64::from(scratch.touched_since(mark));
            scratch.undo(mark);
        }
        sum / f64::from(looked.max(1)) * expected
    }

    fn slot_state(&self, scratch: &Scratch<'_, L>, s: usize, l: usize) -> SlotState {
        let status = own_status(scratch, s, l);
        slot_state(status, own_delivered(scratch, s, l))
    }

    /// Puts the places of what failed in the engine into `places`.
    fn put_places(&self, failed: &[NodeId], places: &mut Vec<Ix>) {
        places.clear();
        let ix = |&v| self.study.compiled().ix(v);
        places.extend(failed.iter().map(ix));
    }

    /// What a state changes, into `out`, which is empty, by an evaluation of its own.
    fn judge_whole(
        &self,
        thread: &mut Thread<'s, L>,
        failed: &[NodeId],
        out: &mut Vec<(Slot, SlotState)>,
    ) {
        let Thread {
            runs,
            failed: places,
            ..
        } = thread;
        self.put_places(failed, places);
        self.evaluate(runs, places, out, |_, _| ());
        self.keep(failed, out);
    }

    /// Removes from `out` the slots that are as in the base state, and shares what is left.
    fn keep(&self, failed: &[NodeId], out: &mut Vec<(Slot, SlotState)>) {
        out.retain(|(slot, state)| *state != self.base[*slot as usize]);
        if let Some(shared) = self.judged {
            shared.keep(failed, out);
        }
    }

    /// The state, at every load case, of each service that these failures change at some load case, into `out`,
    /// which is empty; shows what holds them, run by run, before they are undone.
    fn evaluate(
        &self,
        runs: &mut [Scratch<'s, L>],
        failed: &[Ix],
        out: &mut Vec<(Slot, SlotState)>,
        mut show: impl FnMut(usize, &mut Scratch<'s, L>),
    ) {
        for (run, (scratch, (lanes, _))) in runs.iter_mut().zip(&self.bases.runs).enumerate() {
            let mark = scratch.mark();
            scratch.fail_all(failed);
            for &s in scratch.changed_services(mark) {
                for (l, case) in lanes.asked().iter().enumerate() {
                    let slot = s as usize * self.cases + case.index();
                    let slot_state = self.slot_state(scratch, s as usize, l);
                    out.push((to_slot(slot), slot_state));
                }
            }
            show(run, scratch);
            scratch.undo(mark);
        }
    }

    fn many(&self) -> Vec<Vec<Many<'s>>> {
        let runs = self.bases.runs.iter().filter(|_| self.at_once);
        runs.map(|(lanes, base)| {
            let cases = 0..lanes.asked().len();
            cases.map(|case| Many::new(base, case)).collect()
        })
        .collect()
    }

    /// The state of a service after each of several contingencies, where it is not as in the base state.
    fn slot_states_of(&self, many: &Many<'_>, s: usize, slot: usize, states: &mut [Trial]) {
        let v = Ix(self.study.compiled().services[s]);
        let (base, demand) = (self.base[slot], many.demand(s));
        for (lane, state) in states.iter_mut().enumerate() {
            let delivered = many.delivered(v, lane);
            let slot_state = slot_state(
                Status::of(many.works(v, lane), demand, delivered),
                delivered,
            );
            if slot_state != base {
                state.changes.push((to_slot(slot), slot_state));
            }
        }
    }

    /// What of one run of load cases is at risk by the peak or by headroom; notes in `open` what
    /// is fine and not at risk so far.
    fn without_failures(&self, thread: &mut Thread<'s, L>, run: usize, out: &mut [bool]) -> usize {
        let asked = self.study.scenario().headroom;
        let lanes = &self.bases.runs[run].0;
        let scratch = &thread.runs[run];
        let mut open = 0;
        let mut view = thread.reach.at(scratch);
        for s in 0..self.study.system().services().len() {
            let limits = asked.map(|_| view.limits(s));
            for (l, case) in lanes.asked().iter().enumerate() {
                let slot = s * self.cases + case.index();
                let fine = !own_status(scratch, s, l).is_harm();
                let at_peak = lanes
                    .peak_from(l)
                    .is_some_and(|(lane, _)| own_status(scratch, s, lane).is_harm());
                let thin = limits.as_ref().is_some_and(|limits| {
                    is_thin(
                        limits[l].as_ref().map(crate::engine::Limit::headroom),
                        asked,
                    )
                });
                out[slot] = fine && (at_peak || thin);
                thread.open[slot] = fine && !out[slot];
                open += usize::from(thread.open[slot]);
            }
        }
        open
    }

    /// Who of those still open is harmed by one more failure: by records, or else by trying every one.
    fn one_more(
        &self,
        thread: &mut Thread<'s, L>,
        run: usize,
        failed: &[NodeId],
        mut left: usize,
        out: &mut [bool],
    ) {
        if left == 0 {
            return;
        }
        let asked = self.bases.runs[run].0.asked();
        let Thread {
            runs, open, looks, ..
        } = thread;
        let scratch = &mut runs[run];
        let ask = |s: usize, l: usize, is_harmed: &dyn Fn() -> bool| {
            let slot = s * self.cases + asked[l].index();
            if open[slot] && is_harmed() {
                open[slot] = false;
                out[slot] = true;
                left -= 1;
            }
            left == 0
        };
        match self.records.get().and_then(|all| all[run].as_ref()) {
            Some(records) => {
                let look = looks[run].get_or_insert_with(|| Look::new(scratch.base()));
                records.one_more(scratch, failed, look, ask);
            }
            None => self.try_all(scratch, asked.len(), failed, ask),
        }
    }

    /// Asks, for every further element on top of what the scratch holds, whom it harms, until that
    /// says that all is answered.
    fn try_all(
        &self,
        scratch: &mut Scratch<'s, L>,
        lanes: usize,
        failed: &[NodeId],
        mut ask: impl FnMut(usize, usize, &dyn Fn() -> bool) -> bool,
    ) {
        let mark = scratch.mark();
        for &element in &self.further {
            if failed.binary_search(&element).is_ok() {
                continue;
            }
            scratch.fail(self.study.compiled().ix(element));
            let is_done = is_all_told(scratch, mark, lanes, &mut ask);
            scratch.undo(mark);
            if is_done {
                return;
            }
        }
    }
}

impl<'s, const L: usize> Judge for StudyJudge<'s, '_, L> {
    type Scratch = Thread<'s, L>;

    fn scratch(&self) -> Self::Scratch {
        let runs = self.bases.runs.iter();
        let runs: Vec<_> = runs.map(|(_, base)| Scratch::new(base)).collect();
        let superposed = self.superposed.as_ref();
        Thread {
            clusters: superposed.map(|by| by.clusters(&runs, self.base.len())),
            runs,
            many: self.many(),
            failed: Vec::new(),
            reach: Reach::new(),
            open: vec![false; self.base.len()],
            looks: self.bases.runs.iter().map(|_| None).collect(),
        }
    }

    fn base(&self) -> &[SlotState] {
        &self.base
    }

    fn judge(
        &self,
        thread: &mut Self::Scratch,
        failed: &[NodeId],
        out: &mut Vec<(Slot, SlotState)>,
    ) {
        if !self.judge_quickly(thread, failed, out) {
            self.judge_whole(thread, failed, out);
        }
    }

    fn judge_quickly(
        &self,
        thread: &mut Self::Scratch,
        failed: &[NodeId],
        out: &mut Vec<(Slot, SlotState)>,
    ) -> bool {
        if self.judged.is_some_and(|shared| shared.get(failed, out)) {
            return true;
        }
        let Thread {
            runs,
            failed: places,
            clusters,
            ..
        } = thread;
        let (Some(superposed), Some(clusters)) = (&self.superposed, clusters) else {
            return false;
        };
        let evaluate = |failed: &[NodeId], clusters: &mut Clusters| {
            let mut known = Known::default();
            self.put_places(failed, places);
            self.evaluate(runs, places, &mut known.changes, |run, scratch| {
                let traces = superposed.traces(run, scratch, clusters);
                known.traces.push(traces);
            });
            known.changes.retain(|(slot, state)| {
                let base = &self.base[*slot as usize];
                state != base || (base.unserved > 0.0 && state.status == Status::Down)
            });
            known
        };
        let is_judged = superposed.judge(failed, clusters, evaluate, out);
        if is_judged {
            self.keep(failed, out);
        }
        is_judged
    }

    fn together(&self) -> usize {
        if self.at_once { STATES } else { 1 }
    }

    fn judge_all(&self, thread: &mut Self::Scratch, states: &mut [Trial]) {
        if let [state] = states {
            return self.judge_whole(thread, &state.failed, &mut state.changes);
        }
        for (many, (lanes, _)) in thread.many.iter_mut().zip(&self.bases.runs) {
            for (many, case) in many.iter_mut().zip(lanes.asked()) {
                for (lane, state) in states.iter().enumerate() {
                    for &v in &state.failed {
                        many.fail(lane, self.study.compiled().ix(v));
                    }
                }
                many.evaluate();
                for &s in many.changed_services() {
                    let slot = s as usize * self.cases + case.index();
                    self.slot_states_of(many, s as usize, slot, states);
                }
                many.clear();
            }
        }
    }

    fn at_risk(&self, thread: &mut Self::Scratch, failed: &[NodeId], out: &mut Vec<bool>) {
        self.put_places(failed, &mut thread.failed);
        out.resize(self.base.len(), false);
        for run in 0..thread.runs.len() {
            let mark: Mark = thread.runs[run].mark();
            let Thread {
                runs, failed: ixs, ..
            } = thread;
            runs[run].fail_all(ixs);
            let open = self.without_failures(thread, run, out);
            self.one_more(thread, run, failed, open, out);
            thread.runs[run].undo(mark);
        }
    }

    fn expect_at_risk(&self, states: u64, watch: &dyn Watch) {
        if states < FEW || !self.study.shortcuts().records {
            return;
        }
        self.records.get_or_init(|| {
            let runs = self.bases.runs.iter();
            runs.map(|(lanes, base)| Further::new(self.study, base, lanes, &self.further, watch))
                .collect()
        });
    }

    fn judge_at(
        &self,
        _: &mut Self::Scratch,
        failed: &[NodeId],
        factor: &[f64],
        out: &mut Vec<SlotState>,
    ) {
        out.resize(self.base.len(), slot_state(Status::Ok, 1.0));
        for (lanes, _) in &self.bases.runs {
            let mut demand = lanes.demand::<L>(self.study.scenario());
            for (demand, factor) in demand.iter_mut().zip(factor) {
                for d in demand {
                    *d *= factor;
                }
            }
            let state = self.study.base::<L>(failed, &demand);
            let scratch = Scratch::new(&state);
            for (s, factor) in factor.iter().enumerate() {
                for (l, case) in lanes.asked().iter().enumerate() {
                    let mut slot_state = self.slot_state(&scratch, s, l);
                    slot_state.unserved *= factor;
                    out[s * self.cases + case.index()] = slot_state;
                }
            }
        }
    }

    fn further(&self) -> u64 {
        self.further.len() as u64
    }
}

fn slot_state(status: Status, delivered: f64) -> SlotState {
    SlotState {
        status,
        unserved: 1.0 - delivered,
    }
}

fn to_slot(slot: usize) -> Slot {
    Slot::try_from(slot).expect("services times load cases fit 32 bits")
}
