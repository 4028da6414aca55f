//! Snapshot simulation: states at one instant, each component out with its unavailability.
//!
//! In: a study and settings. Out: per service and load case the probability of each status and the
//! expected unserved demand, each with its interval. Promise: a pure function of the inputs and the
//! settings. What can be worked out exactly is: parts of the estate with few events state by state,
//! otherwise the likeliest orders where that pays.

use super::answer::{self, Precision, SimulateOutcome};
use super::chances::Chances;
use super::enumerated::{self, Enumerated, SlotEnumerated};
use super::evidence::{Evidence, listed, widest};
use super::judge::{Judge, SlotState};
use super::judged::JudgedStates;
use super::parts;
use super::plan::{self, Plan};
use super::reliabilities::Reliabilities;
use super::run::{Progress, Runner, trials_of_shard};
use super::seen::SeenSets;
use super::settings::{Method, Settings, SettingsError};
use super::study_judge::{Bases, StudyJudge};
use super::tally::Tally;
use crate::analysis::exact::{self, Cause, Limits, NotExact, Question, Shortage};
use crate::analysis::finite;
use crate::analysis::{Estimating, Study, Watch};
use crate::model::{CaseId, NodeId};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why an answer is incomplete that was ended before the first trial.
const CUT_SHORT: &str = "interrupted before the exact part was done: nothing was drawn";

/// All that trials have shown so far, with everything needed to go on, to merge, or to answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was decided before any work.
    pub plan: Plan,
    /// What the orders of a stratified run are known to contribute.
    pub orders: Enumerated,
    /// Services of which all is known: slot, what, of how many states.
    pub whole: BTreeMap<u32, (SlotEnumerated, u64)>,
    /// Per service: how likely it is down, exactly, or why that is not known. Empty when it was not
    /// worked out.
    pub down: Vec<Result<exact::Down, NotExact>>,
    /// Services of which it is known exactly how likely they are down and degraded, by slot.
    #[serde(default)]
    pub short: BTreeMap<u32, Shortage>,
    /// How far the trials are.
    pub progress: Progress,
    /// Trials ended early because they were precise enough.
    pub precise: bool,
    /// The exact part was ended early: `orders` holds the states that were worked out, and nothing
    /// was drawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_short: bool,
}

/// What a record is about: all that an answer needs besides the trials, so that parts can be put
/// together far from the inventory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// What was asked for.
    pub settings: Settings,
    /// What may happen.
    pub chances: Chances,
    /// The base state, by slot.
    pub(super) base: Vec<SlotState>,
    /// Every service, by id.
    pub(super) services: Vec<NodeId>,
    /// `demand[case][service]`.
    pub(super) demand: Vec<Vec<f64>>,
    /// Of how many elements a reliability is known.
    reliability: Reliabilities,
}

/// A simulation that is set up: chances and base states known, settings sound.
pub struct Snapshot<'s, 'a> {
    study: &'s Study<'a>,
    frame: Frame,
    judged: Option<&'s JudgedStates>,
}

impl<'s, 'a> Snapshot<'s, 'a> {
    /// Checks the settings.
    ///
    /// # Errors
    /// Everything that makes no sense, at once.
    pub fn new(study: &'s Study<'a>, settings: Settings) -> Result<Self, Vec<SettingsError>> {
        let mut faults = settings.faults();
        let of_scenario = study.scenario().simulate.and_then(|s| s.diagram_nodes);
        let settings = Settings {
            diagram_nodes: settings.diagram_nodes.or(of_scenario),
            ..settings
        };
        match Chances::new(study.system(), &study.scenario().down) {
            Ok(chances) if faults.is_empty() => Ok(Self {
                study,
                frame: Frame::new(study, settings, chances),
                judged: None,
            }),
            Ok(_) => Err(faults),
            Err(more) => {
                faults.extend(more.into_iter().map(SettingsError::Chance));
                Err(faults)
            }
        }
    }

    /// The same, which looks states up in what others judged, if there is that, and adds to it. Their estates may differ from
    /// this one in how often things fail, and in nothing else.
    #[must_use]
    pub fn sharing(self, judged: Option<&'s JudgedStates>) -> Self {
        Self { judged, ..self }
    }

    /// What its records are about.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The answer that a record holds.
    #[must_use]
    pub fn answer(&self, record: &Record) -> SimulateOutcome {
        self.frame.answer(record)
    }

    /// Does the work: from the beginning, or on from a record of the same study and settings.
    /// `save` may ask for what is done after every round.
    pub fn run(
        &self,
        before: Option<Record>,
        watch: &dyn Watch,
        save: &mut dyn FnMut(&dyn Fn() -> Record),
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
        save: &mut dyn FnMut(&dyn Fn() -> Record),
    ) -> Record {
        let bases = Bases::<L>::new(self.study);
        let judge = StudyJudge::new(self.study, &bases)
            .sharing(self.judged)
            .expecting(&self.frame.chances);
        let before = before.filter(|record| !record.cut_short);
        let mut record = before.unwrap_or_else(|| self.begin(&judge, watch));
        if record.cut_short {
            record.progress.tally = Tally::new(judge.base().len());
            return record;
        }
        let mut progress = std::mem::take(&mut record.progress);
        let services = self.study.system().services().len();
        let runner = Runner::new(
            &record.plan,
            &self.frame.chances,
            &judge,
            self.frame.settings.demand,
            services,
        );
        watch.total(trials_of_shard(&record.plan, self.frame.settings.shard));
        if runner.draws() && record.whole.len() < judge.base().len() {
            judge.expect_at_risk(record.plan.at_risk_states(&self.frame.chances), watch);
            let drawn = runner.mass();
            let enough = |tally: &Tally| {
                self.frame
                    .settings
                    .precision
                    .is_some_and(|p| self.frame.widest(&record, tally, drawn) <= p)
            };
            let mut keep = |progress: &Progress| {
                if let Some(now) = self.frame.least_certain(&record, &progress.tally, drawn) {
                    watch.estimate(&now);
                }
                save(&|| Record {
                    progress: progress.clone(),
                    ..record.clone()
                });
            };
            runner.run(
                &mut progress,
                self.frame.settings.shard,
                watch,
                enough,
                &mut keep,
            );
        } else {
            progress.tally = Tally::new(judge.base().len());
            progress.next = record.plan.blocks();
        }
        record.precise = progress.next < record.plan.blocks() && !watch.stop();
        record.progress = progress;
        record
    }

    /// What is worked out before any trial.
    fn begin<J: Judge>(&self, judge: &J, watch: &dyn Watch) -> Record {
        let plan = Plan::new(&self.frame.settings, &self.frame.chances, judge);
        let mut whole = BTreeMap::new();
        let mut cut_short = false;
        if self.frame.settings.method == Method::Auto && self.frame.settings.demand.is_none() {
            let at_risk = self.frame.settings.at_risk;
            let parts = parts::small(self.study, &self.frame.chances, judge.further(), at_risk);
            if at_risk {
                let states = parts.iter().map(|part| 1u64 << part.events.len());
                judge.expect_at_risk(states.sum(), watch);
            }
            for part in parts {
                let known =
                    enumerated::whole(&self.frame.chances, judge, &part.events, at_risk, watch);
                let Some(known) = known else {
                    cut_short = true;
                    break;
                };
                for slot in part.slots {
                    let mut all = known.slots[slot as usize].clone();
                    all.name(part.events.iter().copied());
                    whole.insert(slot, (all, known.states));
                }
            }
        }
        let everything = whole.len() == judge.base().len();
        let mut orders = match plan.exact_order {
            Some(k) if !everything && !cut_short => {
                if plan.risk_exact {
                    let events = self.frame.chances.events().len() as u64;
                    judge.expect_at_risk(plan::states(events, k), watch);
                }
                enumerated::orders(&self.frame.chances, judge, k, plan.risk_exact, watch)
            }
            _ => answer::nothing_enumerated(judge.base().len()),
        };
        let events = self.frame.chances.events().len();
        if let Some(k) = plan.exact_order.filter(|_| !everything) {
            cut_short |= orders.states < plan::states(events as u64, k);
        }
        let (down, short, ended) = self.exactly(watch);
        cut_short |= ended || down.contains(&Err(NotExact::Interrupted));
        if !cut_short && self.frame.drawn(&plan) <= 0.0 {
            let events = u32::try_from(events).unwrap_or(u32::MAX);
            orders
                .slots
                .iter_mut()
                .for_each(|slot| slot.name(0..events));
        }
        Record {
            plan,
            orders,
            whole,
            down,
            short,
            progress: Progress::default(),
            precise: false,
            cut_short,
        }
    }
}

/// Per service how likely it is down; by slot how likely it has too little; whether the watcher ended it.
type Exactly = (
    Vec<Result<exact::Down, NotExact>>,
    BTreeMap<u32, Shortage>,
    bool,
);

impl Snapshot<'_, '_> {
    /// What is known of being down, and of having too little, unless brute sampling or uncertain demand was asked for.
    fn exactly(&self, watch: &dyn Watch) -> Exactly {
        let settings = &self.frame.settings;
        if settings.method != Method::Auto || settings.demand.is_some() {
            return Exactly::default();
        }
        let events = self.frame.chances.events().iter();
        let causes: Vec<Cause<'_>> = events
            .map(|e| Cause {
                q: e.q,
                members: &e.members,
            })
            .collect();
        let nodes = settings
            .diagram_nodes
            .map_or(exact::NODES, |n| usize::try_from(n).unwrap_or(usize::MAX));
        let question = Question::new(self.study, &causes, Limits::of_nodes(nodes));
        let down = question.down(watch);
        // Fewer than all would be another answer than that of a run that went on.
        let supply = question.supply(&down, watch);
        let ended = supply.is_err();
        let supply = supply.unwrap_or_default();
        let cases = self.frame.demand.len();
        let mut short = BTreeMap::new();
        for (s, supply) in supply.iter().enumerate() {
            let Some(supply) = supply else { continue };
            for (c, demand) in self.frame.demand.iter().enumerate() {
                if let (true, Ok(slot)) = (demand[s] > 0.0, u32::try_from(s * cases + c)) {
                    short.insert(slot, supply.at(demand[s]));
                }
            }
        }
        (down, short, ended)
    }
}

impl Record {
    /// Adds the trials of another part of the same run.
    ///
    /// # Errors
    /// The two do not belong together.
    pub fn merge(&mut self, other: &Self) -> Result<(), NotOneRun> {
        if self.plan != other.plan
            || self.orders != other.orders
            || self.whole != other.whole
            || self.down != other.down
            || self.short != other.short
            || self.cut_short
        {
            return Err(NotOneRun);
        }
        self.progress.tally.merge(&other.progress.tally);
        self.progress.next = self.progress.next.min(other.progress.next);
        self.progress.beyond.clear();
        Ok(())
    }
}

/// Two records that are not parts of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parts come from different runs: other inputs, settings or versions")]
pub struct NotOneRun;

impl Frame {
    fn new(study: &Study<'_>, settings: Settings, chances: Chances) -> Self {
        let base = match study.lanes() {
            1 => base::<1>(study),
            2 => base::<2>(study),
            3..=4 => base::<4>(study),
            _ => base::<8>(study),
        };
        let cases = study.scenario().cases.iter();
        Self {
            settings,
            chances,
            base,
            services: study.system().services().to_vec(),
            demand: cases.map(|c| c.demand.clone()).collect(),
            reliability: Reliabilities::of(study.system()),
        }
    }

    fn down_of<'r>(&self, record: &'r Record, slot: u32) -> Result<&'r exact::Down, String> {
        let service = slot as usize / self.demand.len().max(1);
        match record.down.get(service) {
            Some(Ok(down)) => Ok(down),
            Some(Err(reason)) => Err(reason.to_string()),
            None if self.settings.demand.is_some() => {
                Err("not worked out where demand is uncertain".to_owned())
            }
            None => Err("only sampling was asked for".to_owned()),
        }
    }

    /// Certain bounds of how likely it is down, where that is not known.
    fn bounds_of(&self, record: &Record, slot: u32) -> Option<(f64, f64)> {
        let service = slot as usize / self.demand.len().max(1);
        match record.down.get(service) {
            Some(Err(NotExact::TooLarge { bounds, .. })) => *bounds,
            _ => None,
        }
    }

    fn widest(&self, record: &Record, tally: &Tally, drawn: f64) -> f64 {
        let slots = (0u32..).zip(&tally.slots);
        let sampled = slots.filter(|(slot, _)| !record.whole.contains_key(slot));
        widest(sampled.map(|(slot, _)| self.evidence(record, tally, drawn, slot)))
    }

    /// What is known of a slot that is sampled, as far as harm goes.
    fn evidence<'r>(
        &self,
        record: &'r Record,
        tally: &'r Tally,
        drawn: f64,
        slot: u32,
    ) -> Evidence<'r> {
        let at = slot as usize;
        Evidence {
            known: &record.orders.slots[at],
            drawn,
            tally: &tally.slots[at],
            run: tally,
            base: self.base[at],
            how: "",
            risk_known: false,
            cut_short: record.cut_short,
            most_unserved: None,
            down: self.down_of(record, slot),
            bounds: self.bounds_of(record, slot),
            short: record.short.get(&slot),
            reliability: self.reliability,
            listed: 0,
        }
    }

    /// The slot whose probability of harm is least certain, by the number of trials that show it;
    /// for people who wait.
    fn least_certain(&self, record: &Record, tally: &Tally, drawn: f64) -> Option<Estimating> {
        let slots = (0u32..).zip(&tally.slots);
        let seen = slots.filter(|(slot, t)| {
            !record.whole.contains_key(slot) && t.degraded + t.down > 0 && t.changed > 0
        });
        let (slot, _) = seen.min_by_key(|(_, t)| t.degraded + t.down)?;
        let harm = self.evidence(record, tally, drawn, slot).harm();
        let (at, cases) = (slot as usize, self.demand.len());
        Some(Estimating {
            service: self.services[at / cases],
            case: CaseId(u32::try_from(at % cases).unwrap_or(0)),
            estimate: harm.value,
            low: harm.low,
            high: harm.high,
        })
    }

    /// Probability of the states that trials are drawn from.
    pub(super) fn drawn(&self, plan: &Plan) -> f64 {
        match plan.exact_order {
            Some(k) => super::sample::Tail::new(self.chances.events(), k).mass(),
            None => 1.0,
        }
    }

    /// Probability of the states that are not worked out.
    fn not_known(&self, record: &Record) -> f64 {
        if record.cut_short {
            (1.0 - record.orders.mass).max(0.0)
        } else {
            self.drawn(&record.plan)
        }
    }

    /// The answer that a record holds.
    #[must_use]
    pub fn answer(&self, record: &Record) -> SimulateOutcome {
        let run = &record.progress.tally;
        let drawn = self.not_known(record);
        let done = record.progress.next >= record.plan.blocks() && !record.cut_short;
        let sampled = record.whole.len() < self.base.len();
        let widest = || {
            if sampled {
                self.widest(record, run, drawn)
            } else {
                0.0
            }
        };
        SimulateOutcome {
            trials: record.plan.trials,
            done: if sampled { run.trials } else { 0 },
            seed: record.plan.seed,
            exact_order: record
                .plan
                .exact_order
                .filter(|_| sampled && !record.cut_short),
            drawn: if sampled { drawn } else { 0.0 },
            reliability: self.reliability,
            complete: done || record.precise,
            reason: if record.cut_short {
                Some(CUT_SHORT.to_owned())
            } else if done || record.precise {
                None
            } else {
                Some("interrupted before all trials were done".to_owned())
            },
            precision: self.settings.precision.map(|asked| {
                let widest = widest();
                Precision {
                    asked,
                    reached: widest <= asked,
                    widest: finite(widest),
                }
            }),
            services: self.answers(record, drawn),
        }
    }

    fn answers(&self, record: &Record, drawn: f64) -> Vec<super::ServiceChance> {
        let run = &record.progress.tally;
        let cases = self.demand.len();
        let sampled = match record.plan.exact_order {
            _ if record.cut_short => "interrupted before anything was drawn".to_owned(),
            Some(k) if drawn <= 0.0 => {
                format!(
                    "exact, states of order 0 to {k}; {}",
                    self.reliability.words()
                )
            }
            order => answer::how(order, self.settings.demand.is_some()),
        };
        let no_risk = self.no_risk();
        let seen = SeenSets::new(run, &self.chances, self.base.len());
        let listed = listed(self.base.len());
        self.base
            .par_iter()
            .enumerate()
            .map(|(at, &base)| {
                let slot = u32::try_from(at).expect("slots are numbered so");
                let (s, c) = (at / cases, at % cases);
                let whole = record.whole.get(&slot);
                let known = self.reliability.words();
                let how = whole.map_or(sampled.clone(), |(_, n)| {
                    format!("exact, all {n} states; {known}")
                });
                let evidence = Evidence {
                    known: whole.map_or(&record.orders.slots[at], |(known, _)| known),
                    drawn: if whole.is_some() { 0.0 } else { drawn },
                    tally: &run.slots[at],
                    run,
                    base,
                    how: &how,
                    risk_known: whole.is_some() || record.plan.risk_exact,
                    cut_short: record.cut_short,
                    most_unserved: self.settings.demand.is_none().then_some(1.0),
                    down: self.down_of(record, slot),
                    bounds: self.bounds_of(record, slot),
                    short: record.short.get(&slot),
                    reliability: self.reliability,
                    listed,
                };
                let case = CaseId(u32::try_from(c).expect("few load cases"));
                let demand = self.demand[c][s];
                evidence.answer(
                    self.services[s],
                    case,
                    demand,
                    (slot, &seen),
                    &self.chances,
                    no_risk,
                )
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

fn base<const L: usize>(study: &Study<'_>) -> Vec<SlotState> {
    let bases = Bases::<L>::new(study);
    StudyJudge::new(study, &bases).base().to_vec()
}
