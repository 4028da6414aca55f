//! Snapshot states against every hour of a horizon: expected hours of harm and unserved demand.
//!
//! In: a study, hourly demand, settings. Out: per service the expected hours down, degraded, and
//! the expected unserved demand, over the horizon, each with its interval. A state is drawn once
//! and held against all hours, which varies far less than to draw an hour too. Promise: a pure
//! function of inputs and seed, for any number of threads. States come as in a snapshot: the
//! likeliest orders exactly where that pays, the rest drawn.

use super::answer::YEAR;
use super::chances::{ChanceError, Chances};
use super::enumerated::events_of;
use super::evidence::with_rounding;
use super::fixed::Fixed;
use super::hours::{Hours, Part, Weigher};
use super::interval::{self, Estimate, Interval, Kind, Sums};
use super::plan::{self, BLOCK};
use super::pool::Pool;
use super::reliabilities::Reliabilities;
use super::sample::{Sparse, Tail};
use super::settings::{Method, Unfinished};
use super::stream::{Domain, Stream};
use super::uses::{HarmUse, Uses};
use crate::analysis::exact::{self, Cause, Limits, Question, Supply};
use crate::analysis::{Study, Watch};
use crate::engine::Base;
use crate::model::NodeId;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Blocks between two looks at whether to stop.
const ROUND: u64 = 64;
/// Exact states per chunk of work.
const CHUNK: u64 = 1024;

/// What to do.
#[derive(Clone, Debug)]
pub struct HourlySettings {
    /// States drawn, at most.
    pub trials: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Which estimator.
    pub method: Method,
    /// Length in hours.
    pub hours: u64,
    /// `demand[service][hour]`, or one value for a demand that does not change.
    pub demand: Vec<Vec<f64>>,
    /// Whether to tell who is out while services with a target are harmed. Where all else is known without states, they
    /// are gone through for that alone.
    pub uses: bool,
}

/// Settings that make no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HourlyError {
    /// No trials.
    #[error("zero trials estimate nothing: ask for at least 1")]
    NoTrials,
    /// No time, or not a demand for each hour of it.
    #[error("the horizon has no hours")]
    Empty,
    /// The inventory's numbers.
    #[error(transparent)]
    Chance(#[from] ChanceError),
}

/// What is expected over a horizon: states at one instant held against the load of every hour.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "OverHorizon")]
pub struct HourlyOutcome<N = NodeId, R = Unfinished> {
    /// Length of the horizon, hours.
    pub hours: u64,
    /// States that were asked for.
    pub trials: u64,
    /// States that were drawn; 0 when everything is known exactly.
    pub trials_done: u64,
    /// States with at most this many events were worked out exactly; `null` if none were.
    pub exact_order: Option<usize>,
    /// Probability of the states that were drawn from.
    pub drawn: f64,
    /// False when it was ended early.
    pub complete: bool,
    /// Why it is incomplete.
    pub reason: Option<R>,
    /// Every service, by id.
    pub services: Vec<ServiceHours<N>>,
}

/// What is expected of one service over the horizon.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "ServiceHours")]
pub struct ServiceHours<N = NodeId> {
    /// Its id.
    pub id: N,
    /// Hours down.
    pub hours_down: Estimate,
    /// Hours degraded (and not down).
    pub hours_degraded: Estimate,
    /// Hours degraded or down.
    pub hours_harmed: Estimate,
    /// Hours degraded or down in a year (8760 hours) like it.
    pub hours_per_year: Estimate,
    /// Unserved demand, unit times hours.
    pub unserved: Estimate,
    /// Who is out in how many of the hours of a year, of a service with a target; most first, the first of them. What is
    /// out together counts for each of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_by: Option<Vec<HarmUse<N>>>,
}

/// A simulation that was found sound.
pub struct Hourly<'s, 'a> {
    study: &'s Study<'a>,
    settings: HourlySettings,
    chances: Chances,
    hours: Hours,
    exact_order: Option<usize>,
    /// Per service: whether it is asked who is out while it is harmed.
    asked: Vec<bool>,
}

/// What capacity outage tables tell of a service: down, degraded, harmed, unserved, as [`Part`]s.
type Told = Vec<Option<[f64; 4]>>;

/// Sums of something that is never negative.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    hits: u64,
    sum: Fixed,
    squares: Fixed,
}

/// Down, degraded, harmed, unserved.
type Four = [Moments; 4];

/// What a chunk of states contributes by service, by whom, how many states that were, and their probability.
type Weighed = (Vec<(u32, [f64; 4])>, Uses, u64, f64);

/// What is known of states that were worked out exactly: by service, and by whom.
type Known = (Vec<[f64; 4]>, Uses);

/// What states were drawn from, and how many of them.
#[derive(Clone, Copy)]
struct Drawn {
    /// Their probability in all.
    mass: f64,
    exact_order: Option<usize>,
    done: u64,
}

enum Source {
    All(Sparse),
    Tail(Tail),
}

impl<'s, 'a> Hourly<'s, 'a> {
    /// Checks the settings.
    ///
    /// # Errors
    /// Everything that makes no sense, at once.
    pub fn new(study: &'s Study<'a>, settings: HourlySettings) -> Result<Self, Vec<HourlyError>> {
        let mut faults = Vec::new();
        if settings.trials == 0 {
            faults.push(HourlyError::NoTrials);
        }
        let fits = |d: &Vec<f64>| d.len() == 1 || d.len() as u64 == settings.hours;
        if settings.hours == 0 || !settings.demand.iter().all(fits) {
            faults.push(HourlyError::Empty);
        }
        let chances = Chances::new(study.system(), &study.scenario().down).unwrap_or_else(|more| {
            faults.extend(more.into_iter().map(HourlyError::Chance));
            Chances::default()
        });
        if !faults.is_empty() {
            return Err(faults);
        }
        let system = study.system();
        let services = system.services().iter();
        let asked = services.map(|&s| settings.uses && system.target(s).is_some());
        Ok(Self {
            study,
            asked: asked.collect(),
            exact_order: plan::exact_order(settings.method, settings.trials, &chances),
            hours: Hours::new(&settings.demand, settings.hours),
            settings,
            chances,
        })
    }

    /// Does the work.
    pub fn run(&self, watch: &dyn Watch) -> HourlyOutcome {
        let told = self.told(watch);
        let most: Vec<[f64; 1]> = self.hours.greatest().iter().map(|&d| [d]).collect();
        let study = self.study;
        let outages = study.outages(&[]);
        let top = Base::evaluate(study.compiled(), study.capacity(), &most, &outages);
        let idle = Pool::new();
        let weigher = || Weigher::new(study, &self.hours, &self.settings.demand, &top);
        let all_told = told.iter().all(Option::is_some);
        let unneeded = all_told && !self.asked.contains(&true);
        let (known, cut_short) = if unneeded {
            ((vec![[0.0; 4]; told.len()], Uses::default()), None)
        } else {
            self.known(&idle, &weigher, watch)
        };
        let events = self.chances.events();
        let (source, drawn) = match self.exact_order {
            None => (Source::All(Sparse::new(events)), 1.0),
            Some(k) => {
                let beyond = Tail::new(events, k);
                let mass = beyond.mass();
                (Source::Tail(beyond), mass)
            }
        };
        let services = study.system().services().len();
        let (mut sums, mut uses, mut done) = (vec![Four::default(); services], Uses::default(), 0);
        watch.total(self.settings.trials);
        let blocks = self.settings.trials.div_ceil(BLOCK);
        let mut first = 0;
        let drawn = cut_short.map_or(drawn, |mass| (1.0 - mass).max(0.0));
        let drawn = if unneeded { 0.0 } else { drawn };
        while first < blocks && drawn > 0.0 && cut_short.is_none() && !watch.stop() {
            let end = (first + ROUND).min(blocks);
            let parts: Vec<(u64, Vec<Four>, Uses)> = (first..end)
                .into_par_iter()
                .map_init(
                    || idle.lend(weigher),
                    |weigher, b| self.block(b, &source, weigher, watch),
                )
                .flatten()
                .collect();
            for (trials, part, used) in parts {
                done += trials;
                uses.merge(&used, 1.0);
                sums.iter_mut().zip(&part).for_each(|(s, p)| merge(s, p));
            }
            first = end;
        }
        let drawn = Drawn {
            mass: drawn,
            exact_order: self.exact_order.filter(|_| cut_short.is_none()),
            done,
        };
        let used = self.used(&told, &known, (&sums, &uses), drawn);
        // Where hours are known without states, none of them hangs on what was drawn.
        let by_tables = Drawn {
            mass: 0.0,
            exact_order: self.exact_order,
            done: 0,
        };
        let shown = if all_told { by_tables } else { drawn };
        self.outcome((&told, &known.0), &sums, shown, used)
    }

    /// Who is out while each service is harmed, where that is asked. Of a service whose hours are told exactly, shares
    /// of those by what states show.
    fn used(
        &self,
        told: &Told,
        (known, by_known): &Known,
        (sums, by_drawn): (&[Four], &Uses),
        drawn: Drawn,
    ) -> Vec<Option<Vec<HarmUse>>> {
        let each = if drawn.done > 0 {
            drawn.mass / drawn.done as f64
        } else {
            0.0
        };
        let mut all = by_known.clone();
        all.merge(by_drawn, each);
        let year = YEAR / self.settings.hours as f64;
        let events = self.chances.events();
        let of = |(service, &asked): (u32, &bool)| {
            let s = service as usize;
            let harm = known[s][2] + each * sums[s][2].sum.get();
            let share = told[s].map_or(1.0, |told| if harm > 0.0 { told[2] / harm } else { 0.0 });
            let system = self.study.system();
            asked.then(|| all.of(service, share * year, events, system))
        };
        (0..).zip(&self.asked).map(of).collect()
    }

    /// What is known exactly, hour by hour, unless only sampling was asked for.
    fn told(&self, watch: &dyn Watch) -> Told {
        let services = self.settings.demand.len();
        if self.settings.method != Method::Auto {
            return vec![None; services];
        }
        let events = self.chances.events().iter();
        let causes: Vec<Cause<'_>> = events
            .map(|e| Cause {
                q: e.q,
                members: &e.members,
            })
            .collect();
        let nodes = self.study.scenario().simulate.and_then(|s| s.diagram_nodes);
        let nodes = nodes.map_or(exact::NODES, |n| usize::try_from(n).unwrap_or(usize::MAX));
        let question = Question::new(self.study, &causes, Limits::of_nodes(nodes))
            .at_most(self.hours.greatest().to_vec());
        let Ok(supply) = question.supply(&question.down(watch), watch) else {
            return vec![None; services];
        };
        let all = supply.iter().enumerate();
        all.map(|(s, supply)| Some(self.told_of(s, supply.as_ref()?)))
            .collect()
    }

    /// Hours without demand count as the engine counts them: down if it does not work.
    fn told_of(&self, s: usize, supply: &Supply) -> [f64; 4] {
        let peak = self.hours.greatest()[s];
        let mut four = [0.0; 4];
        for (demand, times) in self.hours.each(&self.settings.demand[s]) {
            let short = supply.at(demand);
            let unserved = if peak > 0.0 {
                short.unserved * demand / peak
            } else {
                0.0
            };
            let harmed = short.down + short.degraded;
            let parts = [short.down, short.degraded, harmed, unserved];
            four.iter_mut()
                .zip(parts)
                .for_each(|(f, p)| *f += times * p);
        }
        four
    }

    fn block(
        &self,
        block: u64,
        source: &Source,
        weigher: &mut Weigher<'_>,
        watch: &dyn Watch,
    ) -> Option<(u64, Vec<Four>, Uses)> {
        let mut stream = Stream::new(self.settings.seed, Domain::Hourly, block);
        let trials = (self.settings.trials - block * BLOCK).min(BLOCK);
        let mut sums = vec![Four::default(); self.settings.demand.len()];
        let (mut events, mut failed) = (Vec::new(), Vec::new());
        let mut uses = Uses::default();
        for trial in 0..trials {
            if trial % 16 == 0 && watch.stop() {
                return None;
            }
            match source {
                Source::All(sparse) => sparse.draw(&mut stream, &mut events),
                Source::Tail(beyond) => beyond.draw(&mut stream, &mut events),
            }
            self.chances.failed(&events, &mut failed);
            for &(s, part) in weigher.weigh(&failed) {
                if self.asked[s as usize] {
                    uses.add(s, &events, part.down + part.degraded);
                }
                let four = &mut sums[s as usize];
                for (moments, x) in four.iter_mut().zip(part.four()) {
                    moments.add(x);
                }
            }
        }
        watch.advance(trials);
        Some((trials, sums, uses))
    }

    /// What the exact orders contribute, by service and by whom; and the probability of the states that were worked
    /// out, if the watcher said stop before all were.
    fn known<'m>(
        &self,
        idle: &Pool<Weigher<'m>>,
        weigher: &(impl Fn() -> Weigher<'m> + Sync),
        watch: &dyn Watch,
    ) -> (Known, Option<f64>) {
        let n = self.chances.events().len() as u64;
        let states = self.exact_order.map_or(0, |k| plan::states(n, k));
        let quiet = self.chances.probability(&[]);
        let odds: Vec<f64> = self
            .chances
            .events()
            .iter()
            .map(|e| e.q / (1.0 - e.q))
            .collect();
        let parts: Vec<Weighed> = (0..states.div_ceil(CHUNK))
            .into_par_iter()
            .map_init(
                || idle.lend(weigher),
                |weigher, chunk| {
                    let mut sums = std::collections::BTreeMap::<u32, [f64; 4]>::new();
                    let mut uses = Uses::default();
                    let (mut failed, mut done, mut mass) = (Vec::new(), 0, 0.0);
                    let chunk = chunk * CHUNK..((chunk + 1) * CHUNK).min(states);
                    for i in chunk.take_while(|_| !watch.stop()) {
                        let events = events_of(i, n);
                        let p = events.iter().fold(quiet, |p, &e| p * odds[e as usize]);
                        (done, mass) = (done + 1, mass + p);
                        self.chances.failed(&events, &mut failed);
                        for (s, part) in weigher.weigh(&failed) {
                            if self.asked[*s as usize] {
                                uses.add(*s, &events, p * (part.down + part.degraded));
                            }
                            let four = sums.entry(*s).or_default();
                            four.iter_mut()
                                .zip(part.four())
                                .for_each(|(f, x)| *f += p * x);
                        }
                    }
                    (sums.into_iter().collect(), uses, done, mass)
                },
            )
            .collect();
        let mut known = vec![[0.0; 4]; self.settings.demand.len()];
        let (mut uses, mut done, mut mass) = (Uses::default(), 0, 0.0);
        for (part, used, states, p) in parts {
            (done, mass) = (done + states, mass + p);
            uses.merge(&used, 1.0);
            for (s, part) in part {
                let four = &mut known[s as usize];
                four.iter_mut().zip(part).for_each(|(f, x)| *f += x);
            }
        }
        ((known, uses), (done < states).then_some(mass))
    }

    fn outcome(
        &self,
        (told, known): (&Told, &[[f64; 4]]),
        sums: &[Four],
        drawn: Drawn,
        used: Vec<Option<Vec<HarmUse>>>,
    ) -> HourlyOutcome {
        let Drawn {
            mass: drawn,
            exact_order,
            done,
        } = drawn;
        let words = Reliabilities::of(self.study.system()).words();
        let by_table = format!("exact, by capacity outage table; {words}");
        let how = match exact_order {
            _ if drawn > 0.0 && done == 0 => "interrupted before anything was drawn".to_owned(),
            Some(_) if drawn <= 0.0 => format!("exact; {words}"),
            order => super::answer::how(order, false),
        };
        let services = self.study.system().services().iter().zip(known).zip(sums);
        let services = services.zip(used).enumerate();
        let services = services.map(|(s, (((&service, known), sums), used_by))| {
            let peak = self.hours.greatest()[s];
            let total = self.hours.total(&self.settings.demand[s]);
            let hours = self.settings.hours as f64;
            let told = told[s];
            let how = told.map_or(&how, |_| &by_table);
            let of = |i: usize, most: f64| match told {
                Some(told) => with_rounding(Interval::exact(told[i]), most),
                None => estimate(known[i], drawn, sums[i], done, most),
            };
            // Unserved demand is added up in hours of the greatest demand.
            let unserved = of(3, if peak > 0.0 { total / peak } else { 0.0 });
            ServiceHours {
                id: service,
                hours_down: of(0, hours).named(how),
                hours_degraded: of(1, hours).named(how),
                hours_harmed: of(2, hours).named(how),
                hours_per_year: of(2, hours).scaled(0.0, YEAR / hours).named(how),
                unserved: unserved.scaled(0.0, peak).named(how),
                used_by,
            }
        });
        let complete = done == self.settings.trials || drawn <= 0.0;
        HourlyOutcome {
            hours: self.settings.hours,
            trials: self.settings.trials,
            trials_done: done,
            complete,
            reason: (!complete).then_some(Unfinished::Trials),
            exact_order,
            drawn,
            services: services.collect(),
        }
    }
}

/// `known + drawn · mean`; `most` bounds one value.
fn estimate(known: f64, drawn: f64, sums: Moments, done: u64, most: f64) -> Interval {
    if drawn <= 0.0 || most <= 0.0 {
        return with_rounding(Interval::exact(known), most);
    }
    if done == 0 {
        return Interval {
            value: known + drawn * most / 2.0,
            low: known,
            high: known + drawn * most,
            kind: Kind::Bounds,
        };
    }
    let mean = interval::mean(Sums {
        trials: done,
        hits: sums.hits,
        sum: sums.sum.get(),
        squares: sums.squares.get(),
        most,
    });
    with_rounding(mean.scaled(known, drawn), most)
}

impl Moments {
    fn add(&mut self, x: f64) {
        if x > 0.0 {
            self.hits += 1;
            self.sum.add(Fixed::of(x));
            self.squares.add(Fixed::of(x * x));
        }
    }
}

fn merge(sums: &mut Four, more: &Four) {
    for (s, m) in sums.iter_mut().zip(more) {
        s.hits += m.hits;
        s.sum.add(m.sum);
        s.squares.add(m.squares);
    }
}

impl Part {
    fn four(self) -> [f64; 4] {
        [
            self.down,
            self.degraded,
            self.down + self.degraded,
            self.unserved,
        ]
    }
}
