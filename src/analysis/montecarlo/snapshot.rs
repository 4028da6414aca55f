//! Snapshot simulation: states at one instant, each component out with its unavailability.
//!
//! In: a study and settings. Out: per service and load case the probability of each status and the
//! expected unserved demand, each with its interval. Promise: a pure function of the inputs and the
//! settings. What can be worked out exactly is: parts of the estate with few events state by state,
//! otherwise the likeliest orders where that pays.

use super::answer::{self, Evidence, Precision, SimulateOutcome};
use super::chances::Chances;
use super::judge::{Fare, Judge};
use super::known::{self, Known, SlotKnown};
use super::parts;
use super::plan::Plan;
use super::run::{Progress, Runner, trials_of_shard};
use super::settings::{Method, Settings, SettingsError};
use super::study_judge::{Bases, StudyJudge};
use super::tally::Tally;
use crate::analysis::{Study, Watch};
use crate::model::{CaseId, NodeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All that trials have shown so far, with everything needed to go on, to merge, or to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was decided before any work.
    pub plan: Plan,
    /// What the orders of a stratified run are known to contribute.
    pub orders: Known,
    /// Services of which all is known: slot, what, of how many states.
    pub whole: BTreeMap<u32, (SlotKnown, u64)>,
    /// The trials.
    pub progress: Progress,
    /// Trials ended early because they were precise enough.
    pub precise: bool,
}

/// A simulation that is set up: chances and base states known, settings sound.
pub struct Snapshot<'s, 'a> {
    study: &'s Study<'a>,
    settings: Settings,
    chances: Chances,
}

impl<'s, 'a> Snapshot<'s, 'a> {
    /// Checks the settings.
    ///
    /// # Errors
    /// Everything that makes no sense, at once.
    pub fn new(study: &'s Study<'a>, settings: Settings) -> Result<Self, Vec<SettingsError>> {
        let mut faults = settings.faults();
        match Chances::new(study.system(), &study.scenario().down) {
            Ok(chances) if faults.is_empty() => Ok(Self {
                study,
                settings,
                chances,
            }),
            Ok(_) => Err(faults),
            Err(more) => {
                faults.extend(more.into_iter().map(SettingsError::Chance));
                Err(faults)
            }
        }
    }

    /// What may happen.
    #[must_use]
    pub fn chances(&self) -> &Chances {
        &self.chances
    }

    /// Does the work: from the beginning, or on from a record of the same study and settings.
    /// `save` is called with what is done now and then.
    pub fn run(
        &self,
        before: Option<Record>,
        watch: &dyn Watch,
        save: &mut dyn FnMut(&Record),
    ) -> Record {
        let lanes = self.study.lanes();
        match lanes {
            1 => self.run_lanes::<1>(before, watch, save),
            2 => self.run_lanes::<2>(before, watch, save),
            3..=4 => self.run_lanes::<4>(before, watch, save),
            _ => self.run_lanes::<8>(before, watch, save),
        }
    }

    fn run_lanes<const L: usize>(
        &self,
        before: Option<Record>,
        watch: &dyn Watch,
        save: &mut dyn FnMut(&Record),
    ) -> Record {
        let bases = Bases::<L>::new(self.study);
        let judge = StudyJudge::new(self.study, &bases);
        let mut record = before.unwrap_or_else(|| self.begin(&judge));
        let mut progress = std::mem::take(&mut record.progress);
        let services = self.study.system().services().len();
        let runner = Runner::new(
            &record.plan,
            &self.chances,
            &judge,
            self.settings.demand,
            services,
        );
        watch.total(trials_of_shard(&record.plan, self.settings.shard));
        if runner.draws() && record.whole.len() < judge.base().len() {
            let drawn = runner.mass();
            let enough = |tally: &Tally| {
                self.settings
                    .precision
                    .is_some_and(|p| self.widest(&record, tally, drawn, judge.base()) <= p)
            };
            let mut keep = |progress: &Progress| {
                let mut now = record.clone();
                now.progress = progress.clone();
                save(&now);
            };
            runner.run(&mut progress, self.settings.shard, watch, enough, &mut keep);
        } else {
            progress.tally = Tally::new(judge.base().len());
            progress.next = record.plan.blocks();
        }
        record.precise = progress.next < record.plan.blocks() && !watch.stop();
        record.progress = progress;
        record
    }

    /// What is worked out before any trial.
    fn begin<J: Judge>(&self, judge: &J) -> Record {
        let plan = Plan::new(&self.settings, &self.chances, judge);
        let mut whole = BTreeMap::new();
        if self.settings.method == Method::Auto && self.settings.demand.is_none() {
            for part in parts::small(
                self.study,
                &self.chances,
                judge.further(),
                self.settings.at_risk,
            ) {
                let known = known::whole(&self.chances, judge, &part.events, self.settings.at_risk);
                for slot in part.slots {
                    whole.insert(slot, (known.slots[slot as usize].clone(), known.states));
                }
            }
        }
        let everything = whole.len() == judge.base().len();
        let orders = match plan.exact_order {
            Some(k) if !everything => known::orders(&self.chances, judge, k, plan.risk_exact),
            _ => answer::nothing_known(judge.base().len()),
        };
        Record {
            plan,
            orders,
            whole,
            progress: Progress::default(),
            precise: false,
        }
    }

    fn widest(&self, record: &Record, tally: &Tally, drawn: f64, base: &[Fare]) -> f64 {
        let slots = (0u32..).zip(&tally.slots);
        let sampled = slots.filter(|(slot, _)| !record.whole.contains_key(slot));
        answer::widest(sampled.map(|(slot, t)| Evidence {
            known: &record.orders.slots[slot as usize],
            drawn,
            tally: t,
            run: tally,
            base: base[slot as usize],
            how: "",
            risk_known: false,
            most_unserved: None,
        }))
    }

    /// The answer that a record holds.
    #[must_use]
    pub fn answer(&self, record: &Record) -> SimulateOutcome {
        let lanes = self.study.lanes();
        let base = match lanes {
            1 => self.base::<1>(),
            2 => self.base::<2>(),
            3..=4 => self.base::<4>(),
            _ => self.base::<8>(),
        };
        let run = &record.progress.tally;
        let drawn = match record.plan.exact_order {
            Some(k) => super::sample::Beyond::new(self.chances.events(), k).mass(),
            None => 1.0,
        };
        let done = record.progress.next >= record.plan.blocks();
        let sampled = record.whole.len() < base.len();
        SimulateOutcome {
            trials: record.plan.trials,
            done: if sampled { run.trials } else { 0 },
            seed: record.plan.seed,
            exact_order: record.plan.exact_order.filter(|_| sampled),
            drawn: if sampled { drawn } else { 0.0 },
            complete: done || record.precise,
            reason: (!done && !record.precise)
                .then(|| "interrupted before all trials were done".to_owned()),
            precision: self.settings.precision.map(|asked| {
                let widest = if sampled {
                    self.widest(record, run, drawn, &base)
                } else {
                    0.0
                };
                Precision {
                    asked,
                    reached: widest <= asked,
                    widest,
                }
            }),
            services: self.services(record, drawn, &base),
        }
    }

    fn base<const L: usize>(&self) -> Vec<Fare> {
        let bases = Bases::<L>::new(self.study);
        StudyJudge::new(self.study, &bases).base().to_vec()
    }

    fn services(&self, record: &Record, drawn: f64, base: &[Fare]) -> Vec<super::ServiceChance> {
        let run = &record.progress.tally;
        let scenario = self.study.scenario();
        let cases = scenario.cases.len();
        let sampled = answer::how(record.plan.exact_order, self.settings.demand.is_some());
        let no_risk = self.no_risk();
        let slots = (0u32..).zip(base);
        slots
            .map(|(slot, &base)| {
                let at = slot as usize;
                let (s, c) = (at / cases, at % cases);
                let whole = record.whole.get(&slot);
                let how = whole.map_or(sampled.clone(), |(_, n)| format!("exact, all {n} states"));
                let evidence = Evidence {
                    known: whole.map_or(&record.orders.slots[at], |(known, _)| known),
                    drawn: if whole.is_some() { 0.0 } else { drawn },
                    tally: &run.slots[at],
                    run,
                    base,
                    how: &how,
                    risk_known: whole.is_some() || record.plan.risk_exact,
                    most_unserved: self.settings.demand.is_none().then_some(1.0),
                };
                let service: NodeId = self.study.system().services()[s];
                let case = CaseId(u32::try_from(c).expect("few load cases"));
                let demand = scenario.cases[c].demand[s];
                evidence.answer(service, case, demand, slot, &self.chances, no_risk)
            })
            .collect()
    }

    fn no_risk(&self) -> Option<&'static str> {
        if !self.settings.at_risk {
            Some("not asked for")
        } else if self.settings.demand.is_some() {
            Some("not computed where demand is uncertain")
        } else {
            None
        }
    }
}
