//! Series from what monitoring systems answer: Prometheus `query_range` and `CloudWatch`
//! get-metric-statistics and get-metric-data, as their JSON stands.
//!
//! Values are kept as slices of the text until they are read, so every fault has its place.

use super::collect::Collector;
use super::reading::{Reading, Resolved};
use super::remarks::never_falls;
use super::table::not_a_demand;
use super::when::When;
use crate::input::number::MOST;
use crate::input::{Diagnostic, Source};
use crate::model::{Millis, Sample};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

#[derive(Deserialize)]
struct Prometheus<'t> {
    status: Option<String>,
    error: Option<String>,
    #[serde(borrow)]
    data: Option<PrometheusData<'t>>,
}

#[derive(Deserialize)]
struct PrometheusData<'t> {
    #[serde(rename = "resultType")]
    kind: String,
    #[serde(borrow)]
    result: &'t RawValue,
}

#[derive(Deserialize)]
struct PrometheusSeries<'t> {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(borrow)]
    values: Vec<(&'t RawValue, &'t RawValue)>,
}

/// Reads a Prometheus `query_range` answer.
pub(super) fn prometheus(source: &Arc<Source>, reading: &Reading, out: &mut Collector) {
    let Some(answer) = parse::<Prometheus>(source, body(source), out) else {
        return;
    };
    let failed = answer.status.as_deref() != Some("success");
    let Some(data) = answer.data.filter(|_| !failed) else {
        let why = answer.error.unwrap_or_else(|| "no data".to_owned());
        out.faults.add(
            "answer",
            || 0..0,
            || {
                Diagnostic::error(format!("the query had failed: {why}"))
                    .help("run the query again")
            },
        );
        return;
    };
    if data.kind != "matrix" {
        out.faults.add(
            "answer",
            || 0..0,
            || {
                Diagnostic::error(format!("the result is a {}, not a matrix", data.kind))
                    .help("ask query_range, which answers with series over time")
            },
        );
        return;
    }
    let Some(all) = parse::<Vec<PrometheusSeries>>(source, data.result.get(), out) else {
        return;
    };
    for series in all {
        prometheus_series(source, reading, &series, out);
    }
}

fn prometheus_series(
    source: &Arc<Source>,
    reading: &Reading,
    series: &PrometheusSeries,
    out: &mut Collector,
) {
    let label = labels(&series.metric);
    let span = || {
        series
            .values
            .first()
            .map_or(0..0, |(at, _)| span(source, at))
    };
    let service = match name_of(reading, &series.metric) {
        Ok(Resolved::Service(service)) => service,
        Ok(Resolved::Ignored) => return,
        Ok(Resolved::Unknown) => {
            let name = reading
                .spec
                .label
                .as_ref()
                .and_then(|l| series.metric.get(l));
            let name = name.unwrap_or(&label);
            out.faults.add("service", span, || reading.unknown(name));
            return;
        }
        Err(fault) => {
            out.faults.add("service", span, || fault);
            return;
        }
    };
    if let Some(fault) = percent_by_name(&series.metric, service, reading) {
        out.faults.add("percentage", span, || fault);
        return;
    }
    let mut samples = Vec::with_capacity(series.values.len());
    for (at, value) in &series.values {
        if let (Some(at), Some(value)) = (unix_seconds(source, at, out), demand(source, value, out))
        {
            samples.push(Sample { at, value, line: 0 });
        }
    }
    if let Some(name) = series.metric.get("__name__")
        && is_counter(name, &samples)
    {
        out.faults.add("counter", span, || counter(name));
        return;
    }
    out.add_labelled(service, &label, samples);
}

/// Ends of the names that counters have by convention.
const COUNTERS: [&str; 4] = ["_total", "_count", "_sum", "_bucket"];
/// Ends of the names that shares have by convention.
const SHARES: [&str; 5] = [
    "_percent",
    "_percentage",
    "_ratio",
    "_utilization",
    "_utilisation",
];

/// A counter by its name that only ever rises, but for a restart now and then.
fn is_counter(name: &str, samples: &[Sample]) -> bool {
    let named = COUNTERS.iter().any(|end| name.ends_with(end));
    named && (samples.len() < 2 || never_falls(samples, samples.len() / 10))
}

fn counter(name: &str) -> Diagnostic {
    Diagnostic::error(format!(
        "`{name}` is a counter: it only ever rises, and says nothing about demand now"
    ))
    .help(format!("ask for its rate: rate({name}[5m])"))
}

fn percent_by_name(
    metric: &BTreeMap<String, String>,
    service: usize,
    reading: &Reading,
) -> Option<Diagnostic> {
    let name = metric.get("__name__")?;
    let is_share = SHARES.iter().any(|end| name.ends_with(end));
    is_share.then(|| reading.percentage(service)).flatten()
}

/// `{a="1", b="2"}`, as Prometheus writes it.
fn labels(metric: &BTreeMap<String, String>) -> String {
    let parts: Vec<String> = metric.iter().map(|(k, v)| format!("{k}=\"{v}\"")).collect();
    format!("{{{}}}", parts.join(", "))
}

/// Which service a metric is of: by the label that names it, by one of its `key="value"` pairs in
/// the map, or by a label whose value is the id of a service. Two answers are a fault.
fn name_of(reading: &Reading, metric: &BTreeMap<String, String>) -> Result<Resolved, Diagnostic> {
    if let Some(label) = &reading.spec.label {
        return match metric.get(label) {
            Some(value) => Ok(reading.resolve(value)),
            None => Err(Diagnostic::error(format!(
                "this series has no label `{label}`: {}",
                labels(metric)
            ))
            .help("name a label that every series has, or map its labels")),
        };
    }
    let mut found: Vec<Resolved> = Vec::new();
    let whole = reading.spec.map.get(&labels(metric));
    for (key, value) in metric {
        let pair = format!("{key}=\"{value}\"");
        let mapped = reading
            .spec
            .map
            .get(&pair)
            .or_else(|| reading.spec.map.get(value));
        match mapped {
            Some(Some(service)) => found.push(Resolved::Service(*service)),
            Some(None) => found.push(Resolved::Ignored),
            None => {}
        }
    }
    if let Some(service) = whole {
        found = vec![service.map_or(Resolved::Ignored, Resolved::Service)];
    }
    if found.is_empty() {
        let named = metric.values().filter_map(|v| reading.names.find(v));
        found.extend(named.map(Resolved::Service));
    }
    found.dedup();
    match found.as_slice() {
        [] => Ok(Resolved::Unknown),
        [one] => Ok(*one),
        _ => Err(Diagnostic::error(format!(
            "the labels of this series stand for more than one service: {}",
            labels(metric)
        ))
        .help("say which label names the service: profile = { file = …, label = \"…\" }")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CloudWatch<'t> {
    label: Option<String>,
    #[serde(borrow)]
    datapoints: Option<Vec<BTreeMap<String, &'t RawValue>>>,
    #[serde(borrow)]
    metric_data_results: Option<Vec<MetricData<'t>>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricData<'t> {
    #[serde(default)]
    id: String,
    #[serde(default)]
    label: String,
    #[serde(borrow)]
    timestamps: Vec<&'t RawValue>,
    #[serde(borrow)]
    values: Vec<&'t RawValue>,
    status_code: Option<String>,
}

/// Reads a `CloudWatch` get-metric-statistics or get-metric-data answer.
pub(super) fn cloudwatch(source: &Arc<Source>, reading: &Reading, out: &mut Collector) {
    let Some(answer) = parse::<CloudWatch>(source, body(source), out) else {
        return;
    };
    if answer.next_token.is_some() {
        out.warnings.add(
            "pages",
            || 0..0,
            || {
                Diagnostic::warning("this is one page of a longer answer: it has a NextToken")
                    .help("fetch all pages into one file")
            },
        );
    }
    match (answer.datapoints, answer.metric_data_results) {
        (Some(points), _) => statistics(source, reading, answer.label.as_deref(), &points, out),
        (None, Some(results)) => {
            for result in &results {
                metric_data(source, reading, result, out);
            }
        }
        (None, None) => out.faults.add(
            "answer",
            || 0..0,
            || {
                Diagnostic::error("neither `Datapoints` nor `MetricDataResults` is in here").help(
                    "save what get-metric-statistics or get-metric-data answers, as it stands",
                )
            },
        ),
    }
}

fn metric_data(source: &Arc<Source>, reading: &Reading, result: &MetricData, out: &mut Collector) {
    let span = || {
        result
            .timestamps
            .first()
            .map_or(0..0, |at| span(source, at))
    };
    let by_id = reading.resolve(&result.id);
    let known = if by_id == Resolved::Unknown {
        reading.resolve(&result.label)
    } else {
        by_id
    };
    let label = if result.label.is_empty() {
        &result.id
    } else {
        &result.label
    };
    let service = match known {
        Resolved::Service(service) => service,
        Resolved::Ignored => return,
        Resolved::Unknown => {
            out.faults.add("service", span, || reading.unknown(label));
            return;
        }
    };
    let (times, values) = (result.timestamps.len(), result.values.len());
    if times != values {
        out.faults.add("answer", span, || {
            Diagnostic::error(format!(
                "`{label}` has {times} timestamps, but {values} values"
            ))
        });
        return;
    }
    if result
        .status_code
        .as_deref()
        .is_some_and(|code| code != "Complete")
    {
        out.warnings.add("partial", span, || {
            Diagnostic::warning(format!(
                "`{label}` is not complete: StatusCode is not Complete"
            ))
        });
    }
    let mut samples = Vec::with_capacity(times);
    for (at, value) in result.timestamps.iter().zip(&result.values) {
        if let (Some(at), Some(value)) =
            (time(source, reading, at, out), demand(source, value, out))
        {
            samples.push(Sample { at, value, line: 0 });
        }
    }
    out.add_labelled(service, label, samples);
}

/// Keys of a data point that are no statistic.
const NO_STATISTIC: [&str; 2] = ["Timestamp", "Unit"];

fn statistics(
    source: &Arc<Source>,
    reading: &Reading,
    label: Option<&str>,
    points: &[BTreeMap<String, &RawValue>],
    out: &mut Collector,
) {
    let label = label.unwrap_or_default();
    let service = match reading.resolve(label) {
        Resolved::Service(service) => service,
        Resolved::Ignored => return,
        Resolved::Unknown => {
            out.faults
                .add("service", || 0..0, || reading.unknown(label));
            return;
        }
    };
    let Some(statistic) = statistic(reading, points, out) else {
        return;
    };
    let percent = points.iter().filter_map(|p| p.get("Unit"));
    if let Some(unit) = percent.clone().find(|u| bare(u) == "Percent")
        && let Some(fault) = reading.percentage(service)
    {
        out.faults
            .add("percentage", || span(source, unit), || fault);
        return;
    }
    let Some(ratio) = ratio(source, reading, service, points, out) else {
        return;
    };
    let mut samples = Vec::with_capacity(points.len());
    for point in points {
        let place = || point.values().next().map_or(0..0, |v| span(source, v));
        let (Some(at), Some(value)) = (point.get("Timestamp"), point.get(&statistic)) else {
            out.faults.add("data point", place, || {
                Diagnostic::error(format!(
                    "a data point lacks its Timestamp or its {statistic}"
                ))
            });
            continue;
        };
        if let (Some(at), Some(value)) =
            (time(source, reading, at, out), demand(source, value, out))
        {
            let value = value * ratio;
            samples.push(Sample { at, value, line: 0 });
        }
    }
    out.add_labelled(service, label, samples);
}

/// How many of the service's unit one of the data points' is; `None` where that is a fault. What is counted in a period
/// is no rate, and the answer does not say how long the period is.
fn ratio(
    source: &Arc<Source>,
    reading: &Reading,
    service: usize,
    points: &[BTreeMap<String, &RawValue>],
    out: &mut Collector,
) -> Option<f64> {
    let mut ratio = 1.0;
    let units: BTreeMap<&str, &RawValue> = points
        .iter()
        .filter_map(|p| p.get("Unit").map(|u| (bare(u), *u)))
        .collect();
    if units.len() > 1 {
        let all: Vec<&str> = units.keys().copied().collect();
        let message = format!("the data points have several units: {}", all.join(", "));
        let help = "ask for one: get-metric-statistics --unit";
        let fault = || Diagnostic::error(message).help(help);
        out.faults.add("unit", || 0..0, fault);
        return None;
    }
    for (unit, place) in units {
        let wanted = reading.unit(service);
        if unit == "Count" && (wanted.contains('/') || wanted.ends_with("ps")) {
            let message = format!("what is counted in each period is taken as {wanted}");
            let help = "ask for a rate, as the metric math `m1 / PERIOD(m1)` in get-metric-data";
            let warning = || Diagnostic::warning(message).help(help);
            out.warnings.add("count", || span(source, place), warning);
            continue;
        }
        let (of_unit, said) = reading.ratio(&spelled(unit), service);
        if let Some(said) = said {
            let notes = match of_unit {
                Some(_) => &mut out.warnings,
                None => &mut out.faults,
            };
            notes.add("unit of a service", || span(source, place), || said);
        }
        ratio *= of_unit?;
    }
    Some(ratio)
}

/// A unit as `CloudWatch` writes it, in short: `Megabits/Second` is `Mbit/s`. What says nothing is blank.
fn spelled(unit: &str) -> String {
    let (what, per) = match unit.strip_suffix("/Second") {
        Some(what) => (what, "/s"),
        None => (unit, ""),
    };
    let short = match what {
        // What is counted, the service says.
        "None" | "Count" => return String::new(),
        "Seconds" => "s",
        "Milliseconds" => "ms",
        "Microseconds" => "us",
        "Bytes" => "B",
        "Kilobytes" => "kB",
        "Megabytes" => "MB",
        "Gigabytes" => "GB",
        "Terabytes" => "TB",
        "Bits" => "bit",
        "Kilobits" => "kbit",
        "Megabits" => "Mbit",
        "Gigabits" => "Gbit",
        "Terabits" => "Tbit",
        "Percent" => "%",
        other => other,
    };
    format!("{short}{per}")
}

/// The statistic that is asked for, or the only one there is.
fn statistic(
    reading: &Reading,
    points: &[BTreeMap<String, &RawValue>],
    out: &mut Collector,
) -> Option<String> {
    if let Some(wanted) = &reading.spec.statistic {
        return Some(wanted.clone());
    }
    let mut found: Vec<&str> = points
        .iter()
        .flat_map(|p| p.keys().map(String::as_str))
        .filter(|key| !NO_STATISTIC.contains(key))
        .collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one] => Some((*one).to_owned()),
        [] => None,
        _ => {
            let all = found.join(", ");
            out.faults.add("statistic", || 0..0, || {
                Diagnostic::error(format!("the data points have several statistics: {all}"))
                    .help("say which is the demand: profile = { file = …, statistic = \"Maximum\" }")
            });
            None
        }
    }
}

/// The text without a byte order mark.
fn body(source: &Source) -> &str {
    source.text.trim_start_matches('\u{feff}')
}

/// Parses a part of the text; a fault stands where the parser stopped.
fn parse<'t, T: Deserialize<'t>>(source: &Source, text: &'t str, out: &mut Collector) -> Option<T> {
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(why) => {
            let base = offset(source, text);
            let line = text
                .split_inclusive('\n')
                .take(why.line().saturating_sub(1));
            let at = base + line.map(str::len).sum::<usize>() + why.column().saturating_sub(1);
            out.faults.add(
                "json",
                || at..at + 1,
                || {
                    Diagnostic::error(format!("cannot be read: {why}"))
                        .help("save the answer of the monitoring system as it stands")
                },
            );
            None
        }
    }
}

/// Where a slice of the source's text starts in it.
fn offset(source: &Source, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(source.text.as_ptr() as usize)
}

fn span(source: &Source, raw: &RawValue) -> Range<usize> {
    let start = offset(source, raw.get());
    start..start + raw.get().len()
}

/// The text of a value, without quotes if it is a string.
fn bare(raw: &RawValue) -> &str {
    raw.get().trim_matches('"')
}

/// A number, or a number in a string.
fn demand(source: &Arc<Source>, raw: &RawValue, out: &mut Collector) -> Option<f64> {
    let number: Option<f64> = bare(raw).parse().ok();
    match number {
        Some(value) if (0.0..=MOST).contains(&value) => Some(value),
        _ => {
            out.faults.add(
                "demand",
                || span(source, raw),
                || not_a_demand(bare(raw), number),
            );
            None
        }
    }
}

/// Seconds since 1970, with a fraction.
fn unix_seconds(source: &Arc<Source>, raw: &RawValue, out: &mut Collector) -> Option<Millis> {
    /// Seconds to the year 9999.
    const LAST: f64 = 253_402_300_800.0;
    match bare(raw).parse::<f64>() {
        #[allow(clippy::cast_possible_truncation)] // bounded above
        Ok(seconds) if seconds.abs() < LAST => Some((seconds * 1000.0).round() as Millis),
        _ => {
            out.faults.add(
                "time",
                || span(source, raw),
                || {
                    Diagnostic::error(format!("`{}` is no time", bare(raw)))
                        .help("query_range writes seconds since 1970")
                },
            );
            None
        }
    }
}

/// RFC 3339, or seconds since 1970 (the AWS command line's `timestamp_format = none`).
fn time(
    source: &Arc<Source>,
    reading: &Reading,
    raw: &RawValue,
    out: &mut Collector,
) -> Option<Millis> {
    if !raw.get().starts_with('"') {
        return unix_seconds(source, raw, out);
    }
    match reading.clock.read(bare(raw).as_bytes()) {
        Ok(When::At(at) | When::Twice(at, _)) => Some(at),
        Err(why) => {
            out.faults.add(
                "time",
                || span(source, raw),
                || Diagnostic::error(format!("`{}`: {why}", bare(raw))).help(why.help()),
            );
            None
        }
    }
}
