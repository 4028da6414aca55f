//! What is legal in a profile but worth a look: stretches without samples, and series that only
//! ever rise. In: a profile, the names of its services, the windows that are looked at. Out: one
//! warning for all services that share a finding.

use super::when::zone_name;
use crate::input::{Diagnostic, Source};
use crate::model::{Millis, Profile, Sample, Series, Window};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Gaps of one series that are spelled out.
const SPELLED: usize = 3;
/// Findings of one sort that are shown.
const SHOWN: usize = 10;
/// A demand that no series of at most 1 can mean.
const FAR_ABOVE: f64 = 10.0;
/// Samples from which on a series that never falls is no chance.
const TELLING: usize = 12;

/// A load case that looks at a stretch of the profile.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Name of the load case.
    pub case: String,
    /// Whether it is marked as the peak.
    pub peak: bool,
    /// The stretch that it looks at.
    pub window: Window,
}

/// Every remark. `name` gives the id of a service, `demand` what services.csv says it is asked for.
#[must_use]
pub fn remarks<'s>(
    profile: &Profile,
    source: &Arc<Source>,
    name: impl Fn(usize) -> &'s str,
    demand: impl Fn(usize) -> f64,
    looked: &[Looked],
) -> Vec<Diagnostic> {
    let mut found = gaps(profile, source, &name, looked);
    found.extend(only_rising(profile, source, &name));
    found.extend(fractions(profile, source, &name, demand));
    found
}

/// The gaps: services with the same ones together, the longest in all first.
fn gaps<'s>(
    profile: &Profile,
    source: &Arc<Source>,
    name: &impl Fn(usize) -> &'s str,
    looked: &[Looked],
) -> Vec<Diagnostic> {
    let mut groups: Vec<(&Series, usize)> = Vec::new();
    for series in profile.series.iter().filter(|s| !s.gaps.is_empty()) {
        match groups
            .iter_mut()
            .find(|(first, _)| first.gaps == series.gaps)
        {
            Some((_, count)) => *count += 1,
            None => groups.push((series, 1)),
        }
    }
    let all = |s: &Series| longest_first(s).iter().map(|(a, b)| b - a).sum::<Millis>();
    groups.sort_by_key(|(s, _)| std::cmp::Reverse(all(s)));
    let hidden = groups.len().saturating_sub(SHOWN);
    let mut found: Vec<Diagnostic> = groups
        .iter()
        .take(SHOWN)
        .map(|(series, count)| {
            let who = match count - 1 {
                0 => format!("`{}` has", name(series.service)),
                1 => format!("`{}` and 1 more service have", name(series.service)),
                n => format!("`{}` and {n} more services have", name(series.service)),
            };
            gap_warning(series, &who, &profile.shown, looked)
                .at(source, line_after_longest(source, series))
        })
        .collect();
    if hidden > 0 {
        let path = &source.path;
        found.push(Diagnostic::warning(format!(
            "{path}: {hidden} more groups of services have gaps"
        )));
    }
    found
}

/// The gaps of a series, the longest first; of equal ones the earliest. A sample stands for the step
/// that it opens, so that one that is lost is a gap of one step.
fn longest_first(series: &Series) -> Vec<(Millis, Millis)> {
    let step = series.step.unwrap_or(0);
    let lost = |&(a, b): &(Millis, Millis)| ((a + step).min(b), b);
    let mut gaps: Vec<(Millis, Millis)> = series.gaps.iter().map(lost).collect();
    gaps.sort_by_key(|(a, b)| (std::cmp::Reverse(b - a), *a));
    gaps
}

fn gap_warning(series: &Series, who: &str, zone: &TimeZone, looked: &[Looked]) -> Diagnostic {
    let gaps = longest_first(series);
    let length = |gaps: &[(Millis, Millis)]| gaps.iter().map(|(a, b)| b - a).sum::<Millis>();
    let spelled: Vec<String> = gaps
        .iter()
        .take(SPELLED)
        .map(|&(a, b)| {
            let (a_text, b_text) = (shown(a, zone), shown(b, zone));
            format!("{} from {a_text} to {b_text}", hours(b - a))
        })
        .collect();
    let more = match gaps.len().saturating_sub(SPELLED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let count = match gaps.len() {
        1 => "a gap".to_owned(),
        n => format!(
            "{n} gaps, {} in all, the longest first",
            hours(length(&gaps))
        ),
    };
    let mut message = format!("{who} {count}: {}{more}", spelled.join(", "));
    for look in looked {
        let inside: Vec<(Millis, Millis)> = gaps
            .iter()
            .copied()
            .filter(|(a, b)| *a < look.window.to && *b > look.window.from)
            .collect();
        let peak = if look.peak { "the peak " } else { "" };
        let case = &look.case;
        message.push_str(&match inside.len() {
            0 => format!("; none touches the window of {peak}`{case}`"),
            n => {
                let touch = if n == 1 { "touches" } else { "touch" };
                let (all, length) = (gaps.len(), hours(length(&inside)));
                format!("; {n} of {all} ({length}) {touch} the window of {peak}`{case}`")
            }
        });
    }
    let step = series.step.unwrap_or(0);
    Diagnostic::warning(message)
        .label(format!("the typical step is {}", hours(step)))
        .help("fill them: a peak that fell into a gap is not in the demand")
}

/// The line of the first sample after the longest gap.
fn line_after_longest(source: &Source, series: &Series) -> std::ops::Range<usize> {
    let after = longest_first(series).first().map_or(0, |gap| gap.1);
    let at = series.samples.binary_search_by_key(&after, |s| s.at);
    let line = at.map_or(0, |i| series.samples[i].line);
    super::collect::line_span(&source.text, line)
}

/// `2026-12-30 03:00 +01:00`, as the file writes it.
fn shown(at: Millis, zone: &TimeZone) -> String {
    let instant = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    let local = instant.to_zoned(zone.clone());
    if zone.iana_name().is_some() && zone_name(zone) == "UTC" {
        return local.strftime("%Y-%m-%d %H:%M UTC").to_string();
    }
    local.strftime("%Y-%m-%d %H:%M %:z").to_string()
}

/// `12 h`, `1.5 h`, `20 min`.
#[allow(clippy::cast_precision_loss, reason = "milliseconds of a gap")]
fn hours(span: Millis) -> String {
    let hours = span as f64 / 3_600_000.0;
    if hours < 1.0 {
        return format!("{} min", (span + 30_000) / 60_000);
    }
    format!("{} h", (hours * 10.0).round() / 10.0)
}

/// Series that never fall: counters, which say how much there was ever, not how much there is.
fn only_rising<'s>(
    profile: &Profile,
    source: &Arc<Source>,
    name: &impl Fn(usize) -> &'s str,
) -> Vec<Diagnostic> {
    let rising: Vec<&Series> = profile
        .series
        .iter()
        .filter(|s| s.samples.len() >= TELLING && never_falls(&s.samples, 0))
        .collect();
    let Some(first) = rising.first() else {
        return Vec::new();
    };
    let more = match rising.len() - 1 {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let message = format!(
        "the demand of `{}`{more} only ever rises: it may be a counter",
        name(first.service)
    );
    let line = first.samples.first().map_or(0, |s| s.line);
    let warning = Diagnostic::warning(message)
        .at(source, super::collect::line_span(&source.text, line))
        .label("a counter says how many there ever were, not how many there are now")
        .help("if it is one, export its rate, as rate(requests_total[5m])");
    vec![warning]
}

/// Series that never exceed 1 for services that are asked for far more: utilizations, not demand.
fn fractions<'s>(
    profile: &Profile,
    source: &Arc<Source>,
    name: &impl Fn(usize) -> &'s str,
    demand: impl Fn(usize) -> f64,
) -> Option<Diagnostic> {
    let is_fraction = |s: &&Series| {
        let most = s.samples.iter().map(|s| s.value).fold(0.0, f64::max);
        s.samples.len() >= TELLING && most > 0.0 && most <= 1.0 && demand(s.service) >= FAR_ABOVE
    };
    let all: Vec<&Series> = profile.series.iter().filter(is_fraction).collect();
    let first = all.first()?;
    let more = match all.len() - 1 {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let message = format!(
        "the demand of `{}`{more} is never above 1 here, and {} in services.csv: it may be a utilization",
        name(first.service),
        demand(first.service)
    );
    let line = first.samples.first().map_or(0, |s| s.line);
    let warning = Diagnostic::warning(message)
        .at(source, super::collect::line_span(&source.text, line))
        .label("a fraction of a capacity is no demand")
        .help("export what is asked for, in the unit of services.csv, not how full it is");
    Some(warning)
}

/// Whether at most `resets` steps fall, and more than half of them rise.
pub(super) fn never_falls(samples: &[Sample], resets: usize) -> bool {
    let steps = || samples.windows(2).map(|p| p[1].value - p[0].value);
    let falls = steps().filter(|&d| d < 0.0).count();
    let rises = steps().filter(|&d| d > 0.0).count();
    falls <= resets && 2 * rises > samples.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(1))
    }

    fn at(text: &str) -> Millis {
        text.parse::<jiff::Timestamp>()
            .expect(text)
            .as_millisecond()
    }

    #[test]
    fn gaps_are_told_longest_first_with_their_hours_and_the_window() {
        let gap = |a, b| (at(a), at(b));
        let series = Series {
            service: 0,
            samples: Vec::new(),
            step: Some(3_600_000),
            gaps: vec![
                gap("2026-12-01T00:00:00Z", "2026-12-01T02:00:00Z"),
                gap("2026-12-30T02:00:00Z", "2026-12-30T14:00:00Z"),
                gap("2026-12-31T00:00:00Z", "2026-12-31T01:30:00Z"),
            ],
        };
        let looked = |from: &str, to: &str| Looked {
            case: "quarter-end".to_owned(),
            peak: true,
            window: Window {
                from: at(from),
                to: at(to),
            },
        };
        let inside = looked("2026-12-30T00:00:00Z", "2027-01-01T00:00:00Z");
        let warning = gap_warning(&series, "`orders` has", &zone(), &[inside]);
        assert_eq!(
            warning.message(),
            "`orders` has 3 gaps, 12.5 h in all, the longest first: 11 h from 2026-12-30 04:00 \
             +01:00 to 2026-12-30 15:00 +01:00, 1 h from 2026-12-01 02:00 +01:00 to 2026-12-01 \
             03:00 +01:00, 30 min from 2026-12-31 02:00 +01:00 to 2026-12-31 02:30 +01:00; 2 of 3 \
             (11.5 h) touch the window of the peak `quarter-end`"
        );
        // The window ends where the gap starts: nothing of it is inside.
        let before = looked("2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z");
        let warning = gap_warning(&series, "`orders` has", &zone(), &[before]);
        assert!(
            warning.message().contains("none touches"),
            "{}",
            warning.message()
        );
    }

    #[test]
    fn only_what_rises_and_never_falls_is_a_counter() {
        let series = |values: &[f64]| -> Vec<Sample> {
            let sample = |(i, &value): (usize, &f64)| Sample {
                at: Millis::try_from(i).expect("few"),
                value,
                line: 0,
            };
            values.iter().enumerate().map(sample).collect()
        };
        assert!(never_falls(&series(&[1.0, 2.0, 2.0, 5.0]), 0));
        assert!(!never_falls(&series(&[1.0, 2.0, 1.0, 5.0]), 0));
        assert!(never_falls(&series(&[1.0, 2.0, 0.0, 5.0]), 1));
        assert!(!never_falls(&series(&[3.0, 3.0, 3.0, 3.0]), 0));
    }
}
