//! A peak that no future profile shows. In: the history of one service and the period to come.
//! Out: an [`Estimate`] that says whether history bears it out.
//!
//! The rule: greatest sample of the same period last year × growth year over year × (1 + margin),
//! never less than the greatest sample of the last twelve months. With less than thirteen months
//! of history, or none in that period, the peak is *not evidenced*: the figure is the floor with
//! the margin on top, and says so.

use super::figures::{greatest, mean};
use super::when::years_later;
use crate::model::{Estimate, Millis, Sample, Series, Window};
use jiff::tz::TimeZone;

/// How far back the same period is looked for.
const YEARS: i32 = 10;

/// Estimates the peak of one service in a period to come. The series has at least one sample.
pub(super) fn peak(
    path: &str,
    zone: &TimeZone,
    series: &Series,
    period: Window,
    margin: f64,
) -> Estimate {
    let samples = series.samples.as_slice();
    let first = samples.first().map_or(0, |s| s.at);
    let last = samples.last().map_or(0, |s| s.at);
    let history = Window {
        from: first,
        to: last + series.step.unwrap_or(1),
    };
    let before = |years: i32| years_later(last, -years, zone).unwrap_or(Millis::MIN);
    let floor = greatest(samples.iter().filter(|s| s.at > before(1)))
        .or_else(|| greatest(samples))
        .unwrap_or(Sample {
            at: 0,
            value: 0.0,
            line: 0,
        });
    let (years_back, last_year) = same_period(samples, period, history, zone);
    let growth = year_over_year(samples, zone);
    let full = thirteen_months(first, zone).is_some_and(|at| at <= history.to);
    let evidence = last_year.zip(growth).filter(|_| full);
    let value = match evidence {
        Some((peak, growth)) => {
            let grown = peak.value * libm::pow(growth, f64::from(years_back));
            (grown * (1.0 + margin)).max(floor.value)
        }
        None => floor.value * (1.0 + margin),
    };
    Estimate {
        profile: path.to_owned(),
        period,
        years_back,
        last_year,
        growth,
        margin,
        floor,
        history,
        evidenced: evidence.is_some(),
        value,
    }
}

/// Thirteen months after an instant.
fn thirteen_months(at: Millis, zone: &TimeZone) -> Option<Millis> {
    let year = super::when::local(years_later(at, 1, zone)?, zone);
    let later = year.checked_add(jiff::Span::new().months(1)).ok()?;
    Some(zone.to_timestamp(later).ok()?.as_millisecond())
}

/// The greatest sample of the period shifted back by the fewest whole years that end it within
/// history, and how many years that are.
fn same_period(
    samples: &[Sample],
    period: Window,
    history: Window,
    zone: &TimeZone,
) -> (i32, Option<Sample>) {
    for years in 1..=YEARS {
        let shift = |at| years_later(at, -years, zone);
        let (Some(from), Some(to)) = (shift(period.from), shift(period.to)) else {
            break;
        };
        if to <= history.to {
            let inside = Window { from, to };
            return (
                years,
                greatest(samples.iter().filter(|s| inside.holds(s.at))),
            );
        }
    }
    (YEARS, None)
}

/// Mean of the last twelve months over the mean of the twelve before; with less than two years of
/// history, of the months that stand in both.
fn year_over_year(samples: &[Sample], zone: &TimeZone) -> Option<f64> {
    let (first, last) = (samples.first()?.at, samples.last()?.at);
    let year_ago = years_later(last, -1, zone)?;
    let two_ago = years_later(last, -2, zone)?;
    let first_anniversary = years_later(first, 1, zone)?;
    let recent = samples
        .iter()
        .filter(|s| s.at > year_ago && s.at >= first_anniversary);
    let before = samples
        .iter()
        .filter(|s| s.at > two_ago && s.at <= year_ago);
    let recent = mean(recent.map(|s| s.value))?;
    let before = mean(before.map(|s| s.value))?;
    (before > 0.0).then(|| recent / before)
}
