//! Load cases out of profiles. In: a profile, what a scenario asks of it, the demand column. Out:
//! the demand of every service with its [`Derivation`], or why there is none.
//!
//! The order of the steps is fixed: demand column or profile, growth, event, explicit value.
//! Each later step works on the figure before it; an explicit value replaces it.

use super::calendar::{Calendar, Event};
use super::estimate;
use super::figures::{greatest, mean};
use super::when::{hour_of_week, local, years_between};
use crate::model::{Derivation, Millis, Profile, Sample, Series, Step, Take, Window};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// How demand grows from what was measured to what is planned for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Growth {
    /// Times that.
    Factor(f64),
    /// Compounded per year: `(1 + rate)^years`, years by the calendar.
    PerYear {
        /// 0.12 = 12 %.
        rate: f64,
        /// From which day; else the day of the sample that sets the figure, or of the last
        /// sample that was looked at when no single one does.
        from: Option<Date>,
        /// To which day.
        to: Date,
    },
}

/// What one load case asks for.
#[derive(Clone, Debug, Default)]
pub struct CaseSpec {
    /// Which stretch of the profile; all of it if `None`.
    pub window: Option<Window>,
    /// Only days of this event.
    pub during: Option<Event>,
    /// How a figure is taken; the greatest if `None`.
    pub take: Option<Take>,
    /// All services at the one instant of greatest total demand, instead of each at its own.
    pub coincident: bool,
    /// Growth of each service, by position.
    pub growth: BTreeMap<usize, Growth>,
    /// Growth of the services that have none of their own.
    pub growth_of_others: Option<Growth>,
    /// The event whose multiplier applies.
    pub event: Option<Event>,
    /// Explicit values, by position. They win.
    pub demand: BTreeMap<usize, f64>,
}

/// Why a demand cannot be derived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDemand {
    /// The window (or the event's days in it) touches no sample of a service.
    #[error("the window touches no sample of `{service}`: its samples run from {from} to {to}")]
    NoSample {
        /// Position of the service.
        service: usize,
        /// Its first sample, for people.
        from: String,
        /// Its last sample, for people.
        to: String,
    },
    /// No instant at which every service has a sample.
    #[error("there is no instant in the window at which every service has a sample")]
    NoInstant,
    /// Coincident makes sense for the greatest only.
    #[error(
        "`coincident` names the instant of greatest demand, so it goes with take = \"max\" only"
    )]
    CoincidentTake,
    /// Growth per year has no day to start from.
    #[error("growth per year needs a day to start from")]
    NoStart,
    /// An estimate has no period.
    #[error("an estimate needs a window: the period to come that is estimated")]
    NoPeriod,
    /// An estimate measures growth itself.
    #[error("an estimate measures growth year over year itself, so `growth` would count it twice")]
    GrowthTwice,
    /// The event whose multiplier is asked for has none.
    #[error("the event has no multiplier")]
    NoMultiplier,
}

impl NoDemand {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoSample { .. } => {
                "choose a window that the samples cover, or take = \"estimate\" for a period to come"
            }
            Self::NoInstant => "choose a wider window, or coincident = false",
            Self::CoincidentTake => "write take = \"max\", or coincident = false",
            Self::NoStart => "write from = \"2026-01-01\" beside per_year and to",
            Self::NoPeriod => "write window = { from = \"2026-12-29\", to = \"2026-12-31\" }",
            Self::GrowthTwice => "leave out growth, or take = \"max\" with a window of the past",
            Self::NoMultiplier => {
                "write multiplier = 1.4 at the event, or take its days: during = …"
            }
        }
    }
}

/// A figure on its way: the steps so far and the day it stands for.
struct Figure {
    derivation: Derivation,
    day: Option<Date>,
}

/// The demand of every service, by position. `column` is the demand column of services.csv.
///
/// # Errors
/// Every reason why a demand cannot be derived.
pub fn derive(
    spec: &CaseSpec,
    column: &[f64],
    profile: Option<&Profile>,
    calendar: &Calendar,
) -> Result<Vec<Derivation>, Vec<NoDemand>> {
    let mut faults = general_faults(spec);
    let mut figures: Vec<Figure> = column
        .iter()
        .map(|&value| Figure {
            derivation: Derivation {
                steps: vec![Step::Column { value }],
            },
            day: None,
        })
        .collect();
    if let Some(profile) = profile
        && faults.is_empty()
    {
        take_all(spec, profile, calendar, &mut figures, &mut faults);
    }
    for (service, figure) in figures.iter_mut().enumerate() {
        match finish(spec, service, figure) {
            Ok(()) => {}
            Err(fault) if faults.contains(&fault) => {}
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(figures.into_iter().map(|f| f.derivation).collect())
    } else {
        Err(faults)
    }
}

fn general_faults(spec: &CaseSpec) -> Vec<NoDemand> {
    let mut faults = Vec::new();
    let estimate = matches!(spec.take, Some(Take::Estimate { .. }));
    if spec.coincident && spec.take.is_some_and(|t| t != Take::Max) {
        faults.push(NoDemand::CoincidentTake);
    }
    if estimate && spec.window.is_none() {
        faults.push(NoDemand::NoPeriod);
    }
    if estimate && (spec.growth_of_others.is_some() || !spec.growth.is_empty()) {
        faults.push(NoDemand::GrowthTwice);
    }
    if spec.event.as_ref().is_some_and(|e| e.multiplier.is_none()) {
        faults.push(NoDemand::NoMultiplier);
    }
    faults
}

/// Replaces the column by the profile, for the services that are in it.
fn take_all(
    spec: &CaseSpec,
    profile: &Profile,
    calendar: &Calendar,
    figures: &mut [Figure],
    faults: &mut Vec<NoDemand>,
) {
    let day = |at| local(at, &profile.zone).date();
    let mut chosen = Vec::new();
    for series in &profile.series {
        // An explicit value wins; then it does not matter whether the profile has one.
        if spec.demand.contains_key(&series.service) {
            continue;
        }
        if let (Some(Take::Estimate { margin }), Some(period)) = (spec.take, spec.window) {
            let estimate = estimate::peak(&profile.path, &profile.zone, series, period, margin);
            figures[series.service] = Figure {
                derivation: Derivation {
                    steps: vec![Step::Estimated(estimate)],
                },
                day: None,
            };
            continue;
        }
        let samples = select(spec, series, &profile.zone, calendar);
        if samples.is_empty() {
            faults.push(no_sample(series, &profile.zone));
        } else {
            chosen.push((series, samples));
        }
    }
    if spec.coincident {
        match coincident(spec, &profile.zone, &chosen) {
            None if chosen.is_empty() => {}
            None => faults.push(NoDemand::NoInstant),
            Some((at, values)) => {
                for ((series, samples), sample) in chosen.iter().zip(values) {
                    let step = Taken {
                        evidence: vec![sample],
                        hour_of_week: None,
                        value: sample.value,
                    };
                    let step = step.into_step(spec, profile, samples.len(), Some(at));
                    figures[series.service] = Figure::new(step, day(at));
                }
            }
        }
        return;
    }
    for (series, samples) in chosen {
        let Some(taken) = take(spec.take.unwrap_or(Take::Max), &samples, &profile.zone) else {
            faults.push(no_sample(series, &profile.zone));
            continue;
        };
        let last = samples.last().map_or(0, |s| s.at);
        let at = taken.evidence.iter().map(|s| s.at).max().unwrap_or(last);
        let step = taken.into_step(spec, profile, samples.len(), None);
        figures[series.service] = Figure::new(step, day(at));
    }
}

impl Figure {
    fn new(step: Step, day: Date) -> Self {
        Self {
            derivation: Derivation { steps: vec![step] },
            day: Some(day),
        }
    }
}

fn no_sample(series: &Series, zone: &TimeZone) -> NoDemand {
    let show = |s: Option<&Sample>| {
        let at = s.map_or(0, |s| s.at);
        local(at, zone).strftime("%Y-%m-%d %H:%M").to_string()
    };
    NoDemand::NoSample {
        service: series.service,
        from: show(series.samples.first()),
        to: show(series.samples.last()),
    }
}

/// The samples inside the window, on the event's days.
fn select(spec: &CaseSpec, series: &Series, zone: &TimeZone, calendar: &Calendar) -> Vec<Sample> {
    let all = series.samples.as_slice();
    let inside = spec.window.map_or(all, |w| {
        let from = all.partition_point(|s| s.at < w.from);
        let to = all.partition_point(|s| s.at < w.to);
        &all[from..to.max(from)]
    });
    let Some(event) = &spec.during else {
        return inside.to_vec();
    };
    let mut known: Option<(Date, bool)> = None;
    let on = |s: &&Sample| {
        let day = local(s.at, zone).date();
        match known {
            Some((last, on)) if last == day => on,
            _ => {
                let on = calendar.is_on(event, day);
                known = Some((day, on));
                on
            }
        }
    };
    inside.iter().filter(on).copied().collect()
}

/// A figure taken from samples.
struct Taken {
    evidence: Vec<Sample>,
    hour_of_week: Option<u8>,
    value: f64,
}

impl Taken {
    fn into_step(
        self,
        spec: &CaseSpec,
        profile: &Profile,
        samples: usize,
        coincident: Option<Millis>,
    ) -> Step {
        Step::Taken {
            profile: profile.path.clone(),
            take: spec.take.unwrap_or(Take::Max),
            window: spec.window,
            during: spec.during.as_ref().map(|e| e.name.clone()),
            coincident,
            samples,
            evidence: self.evidence,
            hour_of_week: self.hour_of_week,
            value: self.value,
        }
    }
}

/// Takes a figure from samples by time; `None` if there are none for the rule.
fn take(rule: Take, samples: &[Sample], zone: &TimeZone) -> Option<Taken> {
    match rule {
        Take::Max | Take::Estimate { .. } => {
            let best = greatest(samples)?;
            Some(Taken {
                evidence: vec![best],
                hour_of_week: None,
                value: best.value,
            })
        }
        Take::Mean => Some(Taken {
            evidence: Vec::new(),
            hour_of_week: None,
            value: mean(samples.iter().map(|s| s.value))?,
        }),
        Take::Percentile(p) => percentile(samples, p),
        Take::HourOfWeek(hour) => busiest_hour(samples, hour, zone),
    }
}

/// Hyndman and Fan type 7: linear between the samples around rank `1 + p/100·(n − 1)`.
fn percentile(samples: &[Sample], p: f64) -> Option<Taken> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.at.cmp(&b.at)));
    let last = sorted.len().checked_sub(1)?;
    #[allow(clippy::cast_precision_loss)] // far below 2^52 samples
    let rank = p / 100.0 * last as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 <= rank <= last
    let below = (rank.floor() as usize).min(last);
    let above = (below + 1).min(last);
    #[allow(clippy::cast_precision_loss)]
    let part = (rank - below as f64).clamp(0.0, 1.0);
    let (low, high) = (sorted[below], sorted[above]);
    let between = part > 0.0 && above > below;
    Some(Taken {
        evidence: if between { vec![low, high] } else { vec![low] },
        hour_of_week: None,
        value: if between {
            low.value + part * (high.value - low.value)
        } else {
            low.value
        },
    })
}

/// The greatest mean over the hours of the week; the earliest hour of several.
fn busiest_hour(samples: &[Sample], wanted: Option<u8>, zone: &TimeZone) -> Option<Taken> {
    let mut groups = vec![(0.0, 0u32); 168];
    for s in samples {
        let group = &mut groups[usize::from(hour_of_week(s.at, zone)) % 168];
        group.0 += s.value;
        group.1 += 1;
    }
    let mut best: Option<(u8, f64)> = None;
    for (hour, (sum, n)) in (0u8..).zip(groups) {
        let mean = if n == 0 { continue } else { sum / f64::from(n) };
        let asked = wanted.is_none_or(|w| w == hour);
        if asked && best.is_none_or(|(_, most)| mean > most) {
            best = Some((hour, mean));
        }
    }
    let (hour, value) = best?;
    Some(Taken {
        evidence: Vec::new(),
        hour_of_week: Some(hour),
        value,
    })
}

/// The instant of greatest total demand, grown as the load case says, and each service's sample standing at it. A
/// sample stands until the next, but no longer than one and a half typical steps; only instants at which every
/// service has a sample standing are looked at; of several the earliest.
fn coincident(
    spec: &CaseSpec,
    zone: &TimeZone,
    chosen: &[(&Series, Vec<Sample>)],
) -> Option<(Millis, Vec<Sample>)> {
    let mut instants: Vec<Millis> = chosen
        .iter()
        .flat_map(|(_, s)| s.iter().map(|s| s.at))
        .collect();
    instants.sort_unstable();
    instants.dedup();
    let mut at_most = vec![0usize; chosen.len()];
    let mut best: Option<(f64, Millis)> = None;
    for &at in &instants {
        let day = local(at, zone).date();
        let mut total = Some(0.0);
        for ((series, samples), next) in chosen.iter().zip(&mut at_most) {
            while *next < samples.len() && samples[*next].at <= at {
                *next += 1;
            }
            let standing = standing(series, samples, *next, at);
            total =
                total.and_then(|t| Some(t + standing?.value * spec.growth_at(series.service, day)));
        }
        if let Some(total) = total
            && best.is_none_or(|(most, _)| total > most)
        {
            best = Some((total, at));
        }
    }
    let (_, at) = best?;
    let values = chosen.iter().map(|(series, samples)| {
        standing(series, samples, samples.partition_point(|s| s.at <= at), at)
    });
    Some((at, values.collect::<Option<_>>()?))
}

/// The sample before position `next`, if it still stands at `at`.
fn standing(series: &Series, samples: &[Sample], next: usize, at: Millis) -> Option<Sample> {
    let sample = samples[..next].last()?;
    let reach = series.step.map_or(0, |s| s + s / 2);
    (at - sample.at <= reach).then_some(*sample)
}

/// Growth, event and explicit value.
fn finish(spec: &CaseSpec, service: usize, figure: &mut Figure) -> Result<(), NoDemand> {
    let steps = &mut figure.derivation.steps;
    if let Some(&value) = spec.demand.get(&service) {
        steps.clear();
        steps.push(Step::Explicit { value });
        return Ok(());
    }
    let mut value = steps.last().map_or(0.0, Step::value);
    if let Some(growth) = spec.growth_of(service) {
        let (factor, per_year) = growth.factor(figure.day)?;
        value *= factor;
        steps.push(Step::Grown {
            factor,
            per_year,
            value,
        });
    }
    if let Some(event) = &spec.event {
        let multiplier = event.multiplier.ok_or(NoDemand::NoMultiplier)?;
        value *= multiplier;
        steps.push(Step::Event {
            name: event.name.clone(),
            multiplier,
            value,
        });
    }
    Ok(())
}

impl CaseSpec {
    /// The growth of a service, if it has any.
    fn growth_of(&self, service: usize) -> Option<&Growth> {
        self.growth.get(&service).or(self.growth_of_others.as_ref())
    }

    /// By how much a sample of that day grows; 1 where that cannot be said, which is a fault of the figure itself.
    fn growth_at(&self, service: usize, day: Date) -> f64 {
        let growth = self.growth_of(service);
        growth.map_or(1.0, |g| {
            g.factor(Some(day)).map_or(1.0, |(factor, _)| factor)
        })
    }
}

impl Growth {
    /// The factor, and for growth per year the rate and the days.
    #[allow(clippy::type_complexity)] // as the step carries it
    fn factor(&self, day: Option<Date>) -> Result<(f64, Option<(f64, Date, Date)>), NoDemand> {
        match *self {
            Self::Factor(factor) => Ok((factor, None)),
            Self::PerYear { rate, from, to } => {
                let from = from.or(day).ok_or(NoDemand::NoStart)?;
                let years = years_between(from, to).ok_or(NoDemand::NoStart)?;
                Ok((libm::pow(1.0 + rate, years), Some((rate, from, to))))
            }
        }
    }
}
