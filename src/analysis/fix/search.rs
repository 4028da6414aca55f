//! Assessing an estate anew with changes in place, within limits. In: changes. Out: the policies as
//! judged then; or the harm that is left in some states. Promises: counts what it costs, the same on
//! every machine, and says no once a limit is reached.

use super::account::{Judged, Runs, Wish};
use super::change::{Altered, Change, FixContext};
use super::outages::{MOST_REPAIRS, outages};
use super::outcome::End;
use crate::analysis::asked::{Asked, asks_for_chances};
use crate::analysis::outcome::Quiet;
use crate::analysis::placement::unplaced;
use crate::analysis::policy::{ProbabilityOf, asked_order, judge, sweep_asked};
use crate::analysis::study::compiled;
use crate::analysis::{Study, Watch};
use crate::compile::Layout;
use crate::engine::{Base, CompiledSystem};
use crate::model::{NodeId, Scenario, Status};
use jiff::civil::Date;
use rayon::prelude::*;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How bad some states are; smaller is better.
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

/// What was done, and how much of it there may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effort {
    /// Sweeps of changed estates.
    pub runs: u64,
    pub most_runs: u64,
    /// States of changed estates, outside of sweeps.
    pub states: u64,
    pub most_states: u64,
    /// Simulations of changed estates; each is also a run.
    pub simulated: u64,
    pub most_simulated: u64,
}

/// What is searched.
pub(super) struct Search<'a> {
    pub context: FixContext<'a>,
    /// The day on which waivers must be valid.
    pub as_of: Date,
    pub watch: &'a dyn Watch,
    pub effort: Effort,
    /// States and runs after which the plans at hand must end.
    pub until: u64,
    pub runs_until: u64,
    /// What ended some part of the search early, if anything; the gravest.
    pub end: Option<End>,
    /// Where the nodes of the estate stand once it is compiled, as soon as something asked.
    layout: OnceCell<Layout>,
    /// What was changed last: the next question is often about the same.
    last: Option<(Vec<Change>, Arc<Tried>)>,
}

/// An estate with changes in place, compiled.
pub(super) struct Tried {
    pub altered: Altered,
    compiled: Arc<CompiledSystem>,
}

impl Tried {
    /// What its scenario asks of it.
    pub fn study(&self) -> Study<'_> {
        self.study_of(&self.altered.scenario)
    }

    /// The same with a scenario that places instances as its own does.
    fn study_of<'s>(&'s self, scenario: &'s Scenario) -> Study<'s> {
        Study::sharing(&self.altered.system, scenario, &self.compiled)
    }
}

impl<'a> Search<'a> {
    pub fn new(context: FixContext<'a>, as_of: Date, watch: &'a dyn Watch) -> Self {
        let scenario = context.scenario;
        let contingencies = scenario.sweep.elements.len() * scenario.cases.len();
        let deep = if asked_order(scenario) > 1 { 20 } else { 1 };
        let cost = contingencies.saturating_mul(deep).max(1) as u64;
        let nodes = context.system.nodes().len().max(1) as u64;
        let trials = scenario.simulate.map_or(1, |s| s.trials.max(1));
        let effort = Effort {
            most_runs: (500_000 / cost).clamp(12, 200),
            most_states: (40_000_000 / nodes).clamp(200, 6_000),
            most_simulated: (20_000_000_000 / trials.saturating_mul(nodes)).clamp(8, 60),
            ..Effort::default()
        };
        Self {
            context,
            as_of,
            watch,
            until: effort.most_states,
            runs_until: effort.most_runs,
            effort,
            end: None,
            layout: OnceCell::new(),
            last: None,
        }
    }

    /// The estate with changes in place; `None` where they make no estate.
    fn tried(&mut self, changes: &[Change]) -> Option<Arc<Tried>> {
        if let Some((_, tried)) = self.last.as_ref().filter(|(last, _)| last == changes) {
            return Some(Arc::clone(tried));
        }
        // Not both at once: an estate may be large.
        self.last = None;
        let altered = self.context.alter(changes)?;
        // Where nothing was added, the same nodes need the same ones as before.
        let known = altered.like.is_empty().then(|| {
            let layout = || Layout::of(self.context.system);
            self.layout.get_or_init(layout)
        });
        let compiled = Arc::new(compiled(&altered.system, &altered.scenario, known));
        let tried = Arc::new(Tried { altered, compiled });
        self.last = Some((changes.to_vec(), Arc::clone(&tried)));
        Some(tried)
    }

    /// Remembers why a part of the search ended early.
    pub fn ended(&mut self, end: End) {
        self.end = self.end.max(Some(end));
    }

    pub fn is_stopped(&self) -> bool {
        self.end == Some(End::Interrupted)
    }

    /// Whether probabilities of changed estates can be had and are asked for.
    pub fn simulates(&self) -> bool {
        let scenario = self.context.scenario;
        scenario.simulate.is_some() && asks_for_chances(scenario)
    }

    /// Judges the policies anew, contingencies only. `None` at a limit, when stopped, or where the
    /// changes make no estate.
    pub fn judged(&mut self, changes: &[Change]) -> Option<Judged> {
        self.run()?;
        let tried = self.tried(changes)?;
        let asked = self.without_chances(&tried.altered.scenario);
        let asked = asked.as_ref().unwrap_or(&tried.altered.scenario);
        self.swept_plain(tried.study_of(asked))
    }

    /// The same with capacity without limit on everything that is not derated to nothing: more
    /// than any added capacity could do, since what works does not hang on capacities.
    pub fn judged_unlimited(&mut self) -> Option<Judged> {
        self.run()?;
        let Altered {
            system, scenario, ..
        } = self.context.unlimited()?;
        let asked = self.without_chances(&scenario);
        self.swept_plain(Study::new(&system, asked.as_ref().unwrap_or(&scenario)))
    }

    /// The scenario without what it asks of probabilities, where these are left to the judgement in full.
    fn without_chances(&self, scenario: &Scenario) -> Option<Scenario> {
        self.simulates().then(|| {
            let mut plain = scenario.clone();
            for policy in &mut plain.policies {
                policy.max_probability.clear();
                policy.slo.clear();
            }
            plain
        })
    }

    /// Sweeps and judges contingencies only.
    fn swept_plain(&mut self, study: Study<'_>) -> Option<Judged> {
        let none = |_, _, _| Err("probabilities were not computed".to_owned());
        self.swept(&study.listing(usize::MAX), &none)
    }

    /// Judges the policies anew in full, probabilities included, as the scenario asks.
    pub fn judged_in_full(&mut self, changes: &[Change]) -> Option<Judged> {
        if self.effort.simulated >= self.effort.most_simulated {
            self.ended(End::Simulations);
            return None;
        }
        self.run()?;
        self.effort.simulated += 1;
        let tried = self.tried(changes)?;
        let study = tried.study().listing(usize::MAX);
        let asked = Asked::of(&study, &Quiet(self.watch))?;
        let probability = |service, during, status| asked.probability(service, during, status);
        self.swept(&study, &probability)
    }

    /// Sweeps an estate as far as its policies ask, and judges them.
    fn swept(&mut self, study: &Study<'_>, probability: ProbabilityOf<'_>) -> Option<Judged> {
        let scenario = study.scenario();
        let sweep = sweep_asked(study, &Quiet(self.watch));
        if self.watch.stop() {
            self.ended(End::Interrupted);
            return None;
        }
        if !sweep.is_complete() {
            self.ended(End::Memory);
            return None;
        }
        let placements = study.system().placements();
        let judgement = judge(placements, scenario, &sweep, probability, self.as_of);
        Some(Judged::of(scenario, &judgement))
    }

    /// Counts a run.
    fn run(&mut self) -> Option<()> {
        if self.watch.stop() {
            self.ended(End::Interrupted);
            return None;
        }
        if self.effort.runs >= self.runs_until {
            self.ended(End::Runs);
            return None;
        }
        self.effort.runs += 1;
        Some(())
    }

    /// The estate with changes in place, if states may still be evaluated.
    pub fn altered(&mut self, changes: &[Change]) -> Option<Arc<Tried>> {
        self.spend(1)?;
        self.tried(changes)
    }

    /// Gives the plans at hand their share of what is left for so many.
    pub fn share(&mut self, plans: u64) {
        let plans = plans.max(1);
        let left = self.effort.most_states.saturating_sub(self.effort.states);
        self.until = self.effort.states + left.div_ceil(plans);
        let left = self.effort.most_runs.saturating_sub(self.effort.runs);
        self.runs_until = self.effort.runs + left.div_ceil(plans);
    }

    /// States that the plans at hand may still take.
    pub fn states_left(&self) -> u64 {
        self.until.saturating_sub(self.effort.states)
    }

    /// Counts states.
    pub fn spend(&mut self, states: usize) -> Option<()> {
        if self.watch.stop() {
            self.ended(End::Interrupted);
            return None;
        }
        if self.effort.states >= self.until {
            self.ended(End::States);
            return None;
        }
        self.effort.states += states as u64;
        Some(())
    }

    /// How bad some states are with changes in place.
    pub fn score(&mut self, changes: &[Change], wishes: &[Wish]) -> Option<Score> {
        let tried = self.altered(changes)?;
        self.spend(wishes.len())?;
        let study = tried.study();
        let under = Under::of(study.scenario(), wishes);
        let studies = under.studies(&study);
        let short: Vec<f64> = wishes
            .par_iter()
            .map(|wish| lack(studies.of(wish), wish).unwrap_or(-1.0))
            .collect();
        let harmed = short.iter().filter(|&&s| s >= 0.0);
        Some(Score {
            harmed: harmed.clone().count(),
            short: harmed.sum(),
        })
    }

    /// How many outages and deratings there are, and how many of them are tried.
    pub fn outages(&self) -> (u64, u64) {
        let all = outages(self.context.scenario).len();
        (all as u64, all.min(MOST_REPAIRS) as u64)
    }
}

/// What is asked of a changed estate while each named contingency of some wishes is in place.
pub(super) struct Under(BTreeMap<usize, Scenario>);

impl Under {
    pub fn of(scenario: &Scenario, wishes: &[Wish]) -> Self {
        let mut under = BTreeMap::new();
        for at in wishes.iter().filter_map(|w| w.named) {
            let there = || scenario.under(&scenario.contingencies[at]);
            under.entry(at).or_insert_with(there);
        }
        Self(under)
    }

    /// The same estate, asked each of that.
    pub fn studies<'s>(&'s self, study: &'s Study<'s>) -> Studies<'s> {
        let under = self.0.iter().map(|(&at, there)| (at, study.of(there)));
        Studies {
            plain: study,
            under: under.collect(),
        }
    }
}

/// One estate, with nothing more in place and under each of some named contingencies.
pub(super) struct Studies<'s> {
    plain: &'s Study<'s>,
    under: BTreeMap<usize, Study<'s>>,
}

impl<'s> Studies<'s> {
    /// Where the state of a wish is evaluated.
    pub fn of(&self, wish: &Wish) -> &Study<'s> {
        let under = wish.named.and_then(|at| self.under.get(&at));
        under.unwrap_or(self.plain)
    }
}

/// What the state of a wish lacks; `None` where it lacks nothing.
pub(super) fn lack(study: &Study<'_>, wish: &Wish) -> Option<f64> {
    let base = state(study, wish);
    if wish.calm {
        let trips = base.tripped(0).len();
        return (trips > 0).then_some(trips as f64);
    }
    if let Some(runs) = wish.runs {
        let out = stranded(study, &base, runs).len();
        return (out > 0).then_some(out as f64);
    }
    let (status, delivered) = status(study, &base, wish);
    status.is_harm().then_some(1.0 - delivered)
}

/// The instances of those that are wanted which run nowhere in a state.
pub(super) fn stranded(study: &Study<'_>, base: &Base<'_, 1>, runs: Runs) -> Vec<NodeId> {
    let placements = study.system().placements();
    let out = unplaced(study, base.lane(0)).into_iter().map(|out| out.0);
    out.filter(|&v| runs.wants(placements, v)).collect()
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
    let end = base.lane(0);
    let delivered = end.delivered(at)[0];
    (Status::of(end.works(at), demand, delivered), delivered)
}
