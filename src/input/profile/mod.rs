//! Load over time: monitoring exports → [`Profile`], and profiles → demand figures with their
//! derivation.
//!
//! In: the text of a file, the ids of the services, the zone of local times. Out: one series per
//! service, by time, without duplicates, gaps found; or every fault with its place.
//!
//! ```text
//! text ─ table | json ─► Collector ─► Profile ─ derive (window, take, growth, events) ─► demand + Derivation
//!                                            └─ horizon ─► demand hour by hour
//! ```

mod calendar;
mod collect;
mod derive;
mod estimate;
mod figures;
mod horizon;
mod json;
mod reading;
mod remarks;
mod table;
mod units;
mod when;

use crate::input::{Diagnostic, Faults, Source};
use crate::model::{Millis, Profile};
pub use calendar::{Calendar, Days, Event, Every};
use collect::{Collector, Names};
pub use derive::{CaseSpec, Growth, NoDemand, derive};
pub use horizon::{HorizonSpec, LONGEST, NoHorizon, Rate, horizon};
use reading::Reading;
pub use reading::{Format, ProfileSpec};
pub use remarks::{Looked, remarks};
use std::sync::Arc;
use when::{Clock, When};

/// Reads a profile. `services` are the ids in the order of the system, which is by bytes.
/// Warnings (duplicates that agree, local times that happen twice) come in either case; gaps and
/// counters are shown by [`remarks`].
///
/// # Errors
/// Every fault: times and demands that cannot be read, unknown labels, two demands at one instant.
pub fn read(
    source: &Arc<Source>,
    services: &[&str],
    spec: &ProfileSpec,
) -> (Result<Profile, Faults>, Vec<Diagnostic>) {
    let names = Names {
        services: services.to_vec(),
    };
    let zone = spec.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
    let reading = Reading {
        source: Arc::clone(source),
        names: &names,
        spec,
        time: spec.time.as_deref(),
        clock: Clock {
            format: spec.time_format.clone(),
            ..Clock::new(zone.clone(), spec.zone.is_some())
        },
    };
    let mut out = Collector::new(source);
    match spec.format.unwrap_or_else(|| sniff(&source.text)) {
        Format::Csv => table::read(source, &reading, false, &mut out),
        Format::Grafana => table::read(source, &reading, true, &mut out),
        Format::Prometheus => json::prometheus(source, &reading, &mut out),
        Format::CloudWatch => json::cloudwatch(source, &reading, &mut out),
    }
    out.finish(zone, reading.clock.shown())
}

/// Whether a text is a way to write times, as `%d.%m.%Y %H:%M`.
///
/// # Errors
/// What is wrong with it.
pub fn check_time_format(format: &str) -> Result<(), String> {
    when::check_format(format)
}

/// The day of an instant.
#[must_use]
pub fn day(at: Millis, zone: &jiff::tz::TimeZone) -> jiff::civil::Date {
    when::local(at, zone).date()
}

/// A moment as a scenario writes it: a time, or a date, which is its first instant, or with
/// `last` the first instant after it. Dates are UTC without a zone.
///
/// # Errors
/// What is wrong, and what to write instead.
pub fn moment(
    text: &str,
    zone: Option<&jiff::tz::TimeZone>,
    last: bool,
) -> Result<Millis, (String, &'static str)> {
    let local = zone.cloned().unwrap_or(jiff::tz::TimeZone::UTC);
    let clock = Clock::new(local, zone.is_some());
    if let Ok(date) = text.trim().parse::<jiff::civil::Date>()
        && text.trim().len() == 10
    {
        let at = if last {
            clock.day_end(date)
        } else {
            clock.day_start(date)
        };
        return at.ok_or_else(|| ("is out of range".to_owned(), "write a date in this century"));
    }
    match clock.read(text.trim().as_bytes()) {
        Ok(When::At(at)) => Ok(at),
        Ok(When::Twice(first, second)) => Ok(if last { second } else { first }),
        Err(why) => Err((why.to_string(), why.help())),
    }
}

/// The format a text looks like. Grafana names its time column `Time`.
fn sniff(text: &str) -> Format {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('{') {
        let cloudwatch = ["\"Datapoints\"", "\"MetricDataResults\""];
        return if cloudwatch.iter().any(|key| text.contains(key)) {
            Format::CloudWatch
        } else {
            Format::Prometheus
        };
    }
    let grafana = ["sep=", "Time,", "\"Time\"", "Time;", "\"Series\";"];
    if grafana.iter().any(|start| text.starts_with(start)) {
        Format::Grafana
    } else {
        Format::Csv
    }
}

#[cfg(test)]
mod tests;
