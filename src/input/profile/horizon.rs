//! Demand hour by hour over a stretch of time to come. In: a profile, a calendar, growth. Out: a
//! [`Horizon`] whose [`Basis`] says what each service's hours rest on.
//!
//! For each hour, the first of these that has samples:
//! 1. **measured**: the greatest sample in that hour, or the one standing in it (a sample stands
//!    until the next, if that comes within one and a half typical steps, else for one step);
//! 2. **last year**: the hour whole weeks (52, 104, 157 …) before; on an event day the same
//!    business day of the same period, on other days never an event day of the past;
//! 3. **hour of week**: the greatest of the same local hour of the week in the last twelve months,
//!    event days left out;
//! 4. **filled**: the greater of the nearest hours that have a figure.
//!
//! Growth applies to all four; growth per year compounds from the day of the sample. An event's
//! multiplier applies on its days to what comes from ordinary days: 3, and services without a
//! profile. What comes from event days has it in it already.

use super::calendar::{Calendar, Event};
use super::when::{hour_of_week, local, years_between, years_later};
use crate::model::{Basis, HOUR, Horizon, Millis, Profile, Series, Window};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Longest horizon, hours: ten years.
pub const LONGEST: usize = 87_840;
/// How many years back an hour is looked for.
const YEARS: usize = 5;
/// Hours of a week.
const WEEK: usize = 168;

/// What a horizon asks for.
#[derive(Clone, Debug)]
pub struct HorizonSpec {
    /// The stretch of time; its start is cut to the hour before, its end to the hour after.
    pub window: Window,
    /// The zone of days and hours of the week.
    pub zone: TimeZone,
    /// Growth of each service, by position.
    pub growth: BTreeMap<usize, Rate>,
    /// Growth of the services that have none of their own.
    pub growth_of_others: Option<Rate>,
    /// Events in force, in order; on a day of several the first counts.
    pub events: Vec<Event>,
}

/// Growth over a horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// Times that, every hour.
    Factor(f64),
    /// Compounded from the day of the sample to the day of the hour, 0.12 = 12 % a year.
    PerYear(f64),
}

/// Why there is no horizon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHorizon {
    /// It ends before it starts.
    #[error("the horizon has no hour")]
    Empty,
    /// It is too long.
    #[error("the horizon has {0} hours; the longest is {LONGEST}")]
    TooLong(usize),
}

/// Demand hour by hour. `constant` is the demand of services that the profile does not have.
///
/// # Errors
/// When the stretch is empty or longer than ten years.
pub fn horizon(
    spec: &HorizonSpec,
    constant: &[f64],
    profile: Option<&Profile>,
    calendar: &Calendar,
) -> Result<Horizon, NoHorizon> {
    let start = spec.window.from.div_euclid(HOUR) * HOUR;
    let hours = (spec.window.to - start + HOUR - 1).div_euclid(HOUR);
    let hours = usize::try_from(hours).unwrap_or(0);
    match hours {
        0 => return Err(NoHorizon::Empty),
        1..=LONGEST => {}
        _ => return Err(NoHorizon::TooLong(hours)),
    }
    let plan = Plan::new(spec, calendar, start, hours);
    let mut demand = Vec::with_capacity(constant.len());
    let mut basis = Vec::with_capacity(constant.len());
    for (service, &constant) in constant.iter().enumerate() {
        let growth = spec
            .growth
            .get(&service)
            .or(spec.growth_of_others.as_ref())
            .copied();
        let (d, b) = match profile.and_then(|p| p.of(service)) {
            Some(series) => plan.project(series, growth),
            None => plan.constant(constant, growth),
        };
        demand.push(d);
        basis.push(b);
    }
    let rate = |r: &Rate| match r {
        Rate::PerYear(rate) => Some(*rate),
        Rate::Factor(_) => None,
    };
    let rates = spec
        .growth
        .values()
        .chain(&spec.growth_of_others)
        .filter_map(rate);
    Ok(Horizon {
        start,
        zone: spec.zone.clone(),
        demand,
        basis,
        growth_per_year: rates.reduce(f64::max),
    })
}

/// What all services share: for each hour, where to look.
struct Plan<'a> {
    start: Millis,
    zone: &'a TimeZone,
    calendar: &'a Calendar,
    events: &'a [Event],
    hours: Vec<Hour>,
    /// Today, for growth of what has no date: the first day of the horizon.
    first_day: Date,
}

/// One hour of the horizon.
struct Hour {
    day: Date,
    of_week: usize,
    /// Multiplier of the event it is in; 1 when there is none.
    multiplier: f64,
    /// The corresponding hours of years before, the latest first.
    before: Vec<Millis>,
}

impl<'a> Plan<'a> {
    fn new(spec: &'a HorizonSpec, calendar: &'a Calendar, start: Millis, hours: usize) -> Self {
        let mut days: BTreeMap<Date, (Option<usize>, Vec<Date>)> = BTreeMap::new();
        let mut plan = Self {
            start,
            zone: &spec.zone,
            calendar,
            events: &spec.events,
            hours: Vec::with_capacity(hours),
            first_day: local(start, &spec.zone).date(),
        };
        for hour in 0..hours {
            let at = plan.at(hour);
            let time = local(at, &spec.zone);
            let (event, sources) = days
                .entry(time.date())
                .or_insert_with_key(|day| (plan.event_on(*day), plan.sources(*day)));
            let before = sources.iter().filter_map(|day| {
                let then = day.to_datetime(time.time());
                Some(spec.zone.to_timestamp(then).ok()?.as_millisecond())
            });
            let multiplier = event.and_then(|e| spec.events[e].multiplier);
            plan.hours.push(Hour {
                day: time.date(),
                of_week: usize::from(hour_of_week(at, &spec.zone)) % WEEK,
                multiplier: multiplier.unwrap_or(1.0),
                before: before.collect(),
            });
        }
        plan
    }

    fn at(&self, hour: usize) -> Millis {
        self.start + HOUR * i64::try_from(hour).unwrap_or(0)
    }

    fn event_on(&self, day: Date) -> Option<usize> {
        self.events.iter().position(|e| self.calendar.is_on(e, day))
    }

    /// The corresponding days of years before.
    fn sources(&self, day: Date) -> Vec<Date> {
        let event = self.event_on(day).map(|e| &self.events[e]);
        let before = |years: usize| {
            let years = i32::try_from(years).unwrap_or(0);
            if let Some(event) = event {
                return self.calendar.years_before(event, day, years);
            }
            #[allow(clippy::cast_possible_truncation)] // a few hundred
            let weeks = (f64::from(years) * 365.2425 / 7.0).round() as i64;
            let near = [weeks, weeks + 1, weeks - 1];
            let days = near.map(|w| day.checked_sub(jiff::Span::new().weeks(w)).ok());
            days.into_iter()
                .flatten()
                .find(|d| self.event_on(*d).is_none())
        };
        (1..=YEARS).filter_map(before).collect()
    }

    /// The hours of a service that has no profile.
    fn constant(&self, value: f64, growth: Option<Rate>) -> (Vec<f64>, Basis) {
        let grown = |h: &Hour| value * factor(growth, self.first_day, h.day) * h.multiplier;
        let basis = Basis {
            constant: self.hours.len(),
            event: self.in_event(),
            ..Basis::default()
        };
        (self.hours.iter().map(grown).collect(), basis)
    }

    #[allow(clippy::float_cmp)] // exactly 1 when there is none
    fn in_event(&self) -> usize {
        self.hours.iter().filter(|h| h.multiplier != 1.0).count()
    }

    /// The hours of a service from its samples.
    fn project(&self, series: &Series, growth: Option<Rate>) -> (Vec<f64>, Basis) {
        let week = self.typical_week(series);
        let mut basis = Basis::default();
        let mut days = DayCache::default();
        let found: Vec<Option<f64>> = (0..self.hours.len())
            .map(|hour| {
                let h = &self.hours[hour];
                let mut grown =
                    |at: Millis, value: f64| value * factor(growth, days.day(at, self.zone), h.day);
                let at = self.at(hour);
                if let Some(value) = standing(series, at) {
                    basis.measured += 1;
                    return Some(grown(at, value));
                }
                let before = h
                    .before
                    .iter()
                    .find_map(|&at| Some((at, standing(series, at)?)));
                if let Some((at, value)) = before {
                    basis.last_year += 1;
                    return Some(grown(at, value));
                }
                let (at, value) = week[h.of_week]?;
                basis.hour_of_week += 1;
                basis.event += usize::from(h.multiplier.to_bits() != 1f64.to_bits());
                Some(grown(at, value) * h.multiplier)
            })
            .collect();
        basis.filled = found.iter().filter(|f| f.is_none()).count();
        (fill(&found), basis)
    }

    /// For each hour of the week, the greatest sample of the last twelve months on days without
    /// an event, and its instant.
    fn typical_week(&self, series: &Series) -> Vec<Option<(Millis, f64)>> {
        let mut week: Vec<Option<(Millis, f64)>> = vec![None; WEEK];
        let Some(last) = series.samples.last() else {
            return week;
        };
        let since = years_later(last.at, -1, self.zone).unwrap_or(Millis::MIN);
        let mut known: Option<(Date, bool)> = None;
        for s in series.samples.iter().filter(|s| s.at > since) {
            let day = local(s.at, self.zone).date();
            let in_event = match known {
                Some((d, on)) if d == day => on,
                _ => self.event_on(day).is_some(),
            };
            known = Some((day, in_event));
            let slot = &mut week[usize::from(hour_of_week(s.at, self.zone)) % WEEK];
            if !in_event && slot.is_none_or(|(_, most)| s.value > most) {
                *slot = Some((s.at, s.value));
            }
        }
        week
    }
}

/// The day of the last instant that was asked for.
#[derive(Default)]
struct DayCache(Option<(Millis, Date)>);

impl DayCache {
    fn day(&mut self, at: Millis, zone: &TimeZone) -> Date {
        match self.0 {
            Some((known, day)) if known == at => day,
            _ => {
                let day = local(at, zone).date();
                self.0 = Some((at, day));
                day
            }
        }
    }
}

fn factor(growth: Option<Rate>, from: Date, to: Date) -> f64 {
    match growth {
        None => 1.0,
        Some(Rate::Factor(factor)) => factor,
        Some(Rate::PerYear(rate)) => {
            libm::pow(1.0 + rate, years_between(from, to).unwrap_or(0.0).max(0.0))
        }
    }
}

/// The greatest sample in the hour that starts at `at`, or the one standing at its start.
fn standing(series: &Series, at: Millis) -> Option<f64> {
    let samples = series.samples.as_slice();
    let next = samples.partition_point(|s| s.at < at);
    let inside = samples[next..]
        .iter()
        .take_while(|s| s.at < at + HOUR)
        .map(|s| s.value);
    if let Some(most) = inside.reduce(f64::max) {
        return Some(most);
    }
    let before = samples[..next].last()?;
    let step = series.step.unwrap_or(0);
    let reach = step + step / 2;
    // Fine steps that miss one hour are a gap, coarse ones stand.
    if reach <= HOUR {
        return None;
    }
    let is_followed = samples.get(next).is_some_and(|s| s.at - before.at <= reach);
    (is_followed || at - before.at < step).then_some(before.value)
}

/// Fills hours without a figure by the greater of the nearest ones that have one.
fn fill(found: &[Option<f64>]) -> Vec<f64> {
    let mut out = Vec::with_capacity(found.len());
    let mut before = 0.0;
    let mut at = 0;
    while at < found.len() {
        if let Some(value) = found[at] {
            out.push(value);
            before = value;
            at += 1;
            continue;
        }
        let gap = found[at..].iter().take_while(|f| f.is_none()).count();
        let after = found.get(at + gap).copied().flatten().unwrap_or(0.0);
        out.resize(out.len() + gap, f64::max(before, after));
        at += gap;
    }
    out
}

#[cfg(test)]
#[path = "horizon_tests.rs"]
mod tests;
