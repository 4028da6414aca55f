//! Assessing an estate anew with changes in place, within limits. In: changes. Out: the breaches
//! that are left, by policy; or the harm that is left in some states. Promises: counts what it
//! costs, the same on every machine, and says no once a limit is reached.

use super::change::{Altered, Change, Ground};
use crate::analysis::outcome::Quiet;
use crate::analysis::policy::{Judgement, PolicyOutcome, Probability, asked_order, judge};
use crate::analysis::{Study, Watch};
use crate::engine::Base;
use crate::model::{CaseId, NodeId, Status};
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// A state to cure: a contingency at a load case, and the service that it harms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wish {
    pub service: NodeId,
    pub case: CaseId,
    pub elements: Vec<NodeId>,
}

impl Wish {
    /// The same service and case with every part of the contingency, all and nothing included.
    fn parts(&self) -> impl Iterator<Item = Self> + '_ {
        let n = self.elements.len().min(16);
        (0..1u32 << n).map(move |mask| {
            let kept = self.elements.iter().enumerate();
            let kept = kept.filter(|(at, _)| *at >= n || mask >> at & 1 == 1);
            Self {
                elements: kept.map(|(_, &e)| e).collect(),
                ..self.clone()
            }
        })
    }
}

/// What is left of the policies.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    /// The breaches of each policy, in order of urgency, with the fraction delivered.
    pub policies: Vec<Vec<(Wish, f64)>>,
}

impl From<&Judgement> for Judged {
    fn from(judgement: &Judgement) -> Self {
        let of = |p: &PolicyOutcome| {
            let all = p.breaches.iter().filter(|b| b.probability.is_none());
            all.map(|b| {
                let wish = Wish {
                    service: b.service,
                    case: b.case,
                    elements: b.elements.clone(),
                };
                (wish, b.delivered.unwrap_or(1.0))
            })
            .collect()
        };
        Self {
            policies: judgement.policies.iter().map(of).collect(),
        }
    }
}

impl Judged {
    /// Breaches of one policy, or of all.
    pub fn of(&self, policy: Option<usize>) -> impl Iterator<Item = &(Wish, f64)> {
        let all = self.policies.iter().enumerate();
        let asked = all.filter(move |(p, _)| policy.is_none_or(|asked| *p == asked));
        asked.flat_map(|(_, breaches)| breaches)
    }

    /// How many of the breaches before are none now, and how many of those now have no part in
    /// any before: those came with the change.
    pub fn against(&self, before: &Self, policy: Option<usize>) -> (u64, u64) {
        let mut removed = 0;
        for (p, breaches) in before.policies.iter().enumerate() {
            if policy.is_none_or(|asked| asked == p) {
                let now: BTreeSet<&Wish> = self.policies[p].iter().map(|(w, _)| w).collect();
                removed += breaches.iter().filter(|(w, _)| !now.contains(w)).count() as u64;
            }
        }
        let known: BTreeSet<&Wish> = before.of(None).map(|(w, _)| w).collect();
        let is_new = |w: &Wish| !w.parts().any(|part| known.contains(&part));
        let new = self.of(None).filter(|(w, _)| is_new(w)).count() as u64;
        (removed, new)
    }

    /// How bad it is: breaches, then demand fractions that are not delivered in them.
    pub fn score(&self, policy: Option<usize>) -> Score {
        let short = self.of(policy).map(|(_, delivered)| 1.0 - delivered);
        Score {
            harmed: self.of(policy).count(),
            short: short.sum(),
        }
    }
}

/// How bad it is; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    pub harmed: usize,
    pub short: f64,
}

impl Score {
    /// Whether this is better by more than rounding.
    pub fn beats(&self, other: &Self) -> bool {
        self.harmed < other.harmed
            || (self.harmed == other.harmed && self.short < other.short - 1e-9)
    }
}

/// Runs and states, and how many of them there may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effort {
    pub runs: u64,
    pub most_runs: u64,
    pub states: u64,
    pub most_states: u64,
}

/// What is searched.
pub(super) struct Search<'a> {
    pub ground: Ground<'a>,
    /// The day on which waivers must be valid.
    pub as_of: Date,
    pub watch: &'a dyn Watch,
    pub effort: Effort,
    /// States after which the plan at hand must end.
    pub until: u64,
    /// A limit was reached.
    pub limited: bool,
    /// Not every breach was looked at.
    pub cut: bool,
    /// The watcher ended it.
    pub stopped: bool,
}

impl<'a> Search<'a> {
    pub fn new(ground: Ground<'a>, as_of: Date, watch: &'a dyn Watch) -> Self {
        let scenario = ground.scenario;
        let contingencies = scenario.sweep.elements.len() * scenario.cases.len();
        let deep = if asked_order(scenario) > 1 { 20 } else { 1 };
        let cost = contingencies.saturating_mul(deep).max(1) as u64;
        let nodes = ground.system.nodes().len().max(1) as u64;
        let effort = Effort {
            most_runs: (500_000 / cost).clamp(10, 200),
            most_states: (40_000_000 / nodes).clamp(200, 5_000),
            ..Effort::default()
        };
        Self {
            ground,
            as_of,
            watch,
            until: effort.most_states,
            effort,
            limited: false,
            cut: false,
            stopped: false,
        }
    }

    /// Judges the policies anew, contingencies only. `None` at a limit, when stopped, or where the
    /// changes make no estate.
    pub fn judged(&mut self, changes: &[Change]) -> Option<Judged> {
        if self.effort.runs >= self.effort.most_runs {
            self.limited = true;
            return None;
        }
        self.effort.runs += 1;
        let mut altered = self.ground.alter(changes)?;
        for policy in &mut altered.scenario.policies {
            policy.max_probability.clear();
        }
        let study = Study::new(&altered.system, &altered.scenario);
        let sweep = study.sweep(asked_order(self.ground.scenario), &Quiet(self.watch));
        if !sweep.is_complete() {
            // Ended by the watcher, or refused for the memory it would take.
            if self.watch.stop() {
                self.stopped = true;
            } else {
                self.limited = true;
            }
            return None;
        }
        let never = |_, _, _| {
            Ok(Probability {
                estimate: 0.0,
                low: 0.0,
                high: 0.0,
            })
        };
        let judgement = judge(&altered.scenario, &sweep, &never, self.as_of);
        Some(Judged::from(&judgement))
    }

    /// The estate with changes in place, if states may still be evaluated.
    pub fn altered(&mut self, changes: &[Change]) -> Option<Altered> {
        self.spend(1)?;
        self.ground.alter(changes)
    }

    /// Gives the plan at hand its share of what is left for so many plans.
    pub fn share(&mut self, plans: u64) {
        let left = self.effort.most_states.saturating_sub(self.effort.states);
        self.until = self.effort.states + left / plans.max(1);
    }

    /// Counts states.
    pub fn spend(&mut self, states: usize) -> Option<()> {
        if self.watch.stop() {
            self.stopped = true;
            return None;
        }
        if self.effort.states >= self.until {
            self.limited = true;
            return None;
        }
        self.effort.states += states as u64;
        Some(())
    }

    /// How bad some states are with changes in place.
    pub fn score(&mut self, changes: &[Change], wishes: &[Wish]) -> Option<Score> {
        let altered = self.altered(changes)?;
        self.spend(wishes.len())?;
        let study = Study::new(&altered.system, &altered.scenario);
        let short: Vec<f64> = wishes
            .par_iter()
            .map(|wish| {
                let base = state(&study, wish);
                match status(&study, &base, wish) {
                    (status, delivered) if status.is_harm() => 1.0 - delivered,
                    _ => -1.0,
                }
            })
            .collect();
        let harmed = short.iter().filter(|&&s| s >= 0.0);
        Some(Score {
            harmed: harmed.clone().count(),
            short: harmed.sum(),
        })
    }
}

/// The state of a wish.
pub(super) fn state<'s>(study: &'s Study<'_>, wish: &Wish) -> Base<'s, 1> {
    let demand = &study.scenario().cases[wish.case.index()].demand;
    let demand: Vec<[f64; 1]> = demand.iter().map(|&d| [d]).collect();
    study.base(&wish.elements, &demand)
}

/// What the service of a wish is in a state: its own status and the fraction delivered.
pub(super) fn status(study: &Study<'_>, base: &Base<'_, 1>, wish: &Wish) -> (Status, f64) {
    let at = study.compiled().ix(wish.service);
    let services = study.system().services();
    let demand = services.binary_search(&wish.service);
    let demand = demand.map_or(0.0, |s| base.demand()[s][0]);
    let delivered = base.delivered(at)[0];
    (Status::of(base.works(at), demand, delivered), delivered)
}
