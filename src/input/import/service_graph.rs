//! OpenTelemetry service graphs: the metric `traces_service_graph_request_total`.
//!
//! In: Prometheus text, answers of its API (instant or range), OTLP JSON. Out: clients and servers with
//! the requests between them, a service for each client that nobody calls. Promises: only the labels
//! `client`, `server` and `connection_type` mean something, all others tell counters apart; what counters
//! grew by is divided by the time in which any of them was read, the same for all; a counter that is read
//! once is a total since it began, and is said to be; what a query made of counters is refused where it can be
//! no counter, and said where it may be none.

use super::super::{Diagnostic, Faults, Source};
use super::counters::{Counters, Reading, growth, observed, total};
use super::ids::some_of;
use super::report::Report;
use super::traffic::{Part, Traffic};
use super::{Imported, Options};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The metric, as Prometheus and as OTLP call it.
const METRICS: [&str; 3] = [
    "traces_service_graph_request_total",
    "traces_service_graph_request",
    "traces.service.graph.request",
];

/// Whether a text holds the metric.
pub(super) fn looks_like(source: &Source) -> bool {
    source.text.contains(METRICS[0]) || source.text.contains(METRICS[2])
}

/// Client, server, and how they are joined.
type Pair = (String, String, String);

/// The requests between each two.
type Pairs = BTreeMap<Pair, f64>;

/// The labels of a counter.
type Labels = BTreeMap<String, String>;

/// What the labels of a counter say of client and server.
fn pair_of(labels: &Labels) -> Pair {
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    (label("client"), label("server"), label("connection_type"))
}

/// What a source holds.
enum Found {
    /// Requests since the counters began.
    Totals(Pairs),
    /// Readings with their times, for each counter.
    Readings(Vec<(Labels, Vec<Reading>)>),
}

/// What all sources hold.
#[derive(Default)]
struct Graph {
    totals: Pairs,
    counters: Counters,
    /// Sources whose readings have no name of a metric.
    unnamed: BTreeSet<String>,
    /// How many sources have totals, how many a reading of each counter, how many several.
    of_totals: usize,
    of_one: usize,
    of_several: usize,
}

impl Graph {
    fn add(&mut self, found: Found, source: &Source) {
        match found {
            Found::Totals(pairs) => {
                self.of_totals += 1;
                for (pair, amount) in pairs {
                    *self.totals.entry(pair).or_default() += amount;
                }
            }
            Found::Readings(all) => {
                if all.iter().any(|(labels, _)| is_unnamed(labels)) {
                    self.unnamed.insert(source.path.clone());
                }
                let several = all.iter().any(|(_, readings)| spans_time(readings));
                self.of_one += usize::from(!several);
                self.of_several += usize::from(several);
                for (labels, readings) in all {
                    self.counters.add(labels, readings);
                }
            }
        }
    }

    /// The pairs, and whether they are per second.
    fn pairs(self, report: &mut Report) -> Result<(Pairs, bool), Diagnostic> {
        let mut pairs = self.totals;
        let counters = self.counters.each();
        let over_time = counters.iter().map(|(_, readings)| &readings[..]);
        let is_rate = over_time.clone().any(spans_time);
        if is_rate && (self.of_totals > 0 || (self.of_one > 0 && self.of_several > 0)) {
            let fault =
                Diagnostic::error("some files hold one reading of the counters, others several");
            return Err(fault.help("export all with the same query"));
        }
        let length = observed(over_time);
        for (labels, readings) in &counters {
            let pair = pair_of(labels);
            let amount = if !is_rate {
                total(readings)
            } else if spans_time(readings) {
                growth(readings) / length
            } else {
                let shown = format!("{} → {}", pair.0, pair.1);
                let why =
                    "read once, while others were read over time: how fast it grows nothing says";
                report.skipped("a counter", why, &shown);
                0.0
            };
            *pairs.entry(pair).or_default() += amount;
        }
        if is_rate {
            let rule = "requests a second: what the counters grew by, over the time in which any of them was \
                        read";
            report.derived(rule, &format!("{length} s"));
        }
        Ok((pairs, is_rate))
    }
}

/// Whether a query made the readings: what it computes has no name of a metric.
fn is_unnamed(labels: &Labels) -> bool {
    labels.get("__name__").is_none_or(String::is_empty)
}

/// Whether readings can be none of a counter of requests: those are whole, and fall only where one begins anew.
fn is_no_counter(readings: &[Reading]) -> bool {
    let falls = readings.windows(2).filter(|w| w[1].1 < w[0].1).count();
    readings.iter().any(|(_, value)| value.fract() != 0.0)
        || (falls > 1 && falls * FALLS >= readings.len())
}

/// Of so many readings a counter may fall once, where it falls more than once.
const FALLS: usize = 4;

/// What is said where readings may be rates that a query computed, by the files that hold them.
fn may_be_rates(unnamed: &BTreeSet<String>) -> Option<Diagnostic> {
    let message = format!(
        "a query made these readings, for they have no name of a metric; they are read as counters, and if they \
         are rates, demand is far too small: {}",
        some_of(unnamed.iter().map(String::as_str))
    );
    (!unnamed.is_empty()).then(|| Diagnostic::warning(message).help(COUNTERS_THEMSELVES))
}

const COUNTERS_THEMSELVES: &str = "save the counters themselves: query `traces_service_graph_request_total`, without `rate` or `sum`";

/// Whether readings are of more than one moment.
fn spans_time(readings: &[Reading]) -> bool {
    matches!(readings, [first, .., last] if last.0 > first.0)
}

/// Reads service graphs of one system.
///
/// # Errors
/// Files that hold no such metric, values that are no numbers.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut faults = Faults::new();
    let mut report = Report::default();
    let mut graph = Graph::default();
    for source in sources {
        match found_in(source) {
            Ok(found) => graph.add(found, source),
            Err(fault) => faults.push(fault),
        }
    }
    faults.or(())?;
    let mut warnings: Vec<Diagnostic> = may_be_rates(&graph.unnamed).into_iter().collect();
    let (pairs, is_rate) = graph.pairs(&mut report)?;
    if pairs.is_empty() {
        let fault = Diagnostic::error("there is no client and no server in the metric");
        return Err(fault
            .help("query `traces_service_graph_request_total` and save the answer")
            .into());
    }
    if !is_rate {
        let message =
            "the counters were read once: demand is all requests since they began to count";
        let help = "what one request costs further down is right; set `demand` to what you expect, or export a range";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    let mut traffic = Traffic {
        unit: if is_rate { "requests/s" } else { "requests" },
        ..Traffic::default()
    };
    for ((client, server, joined), amount) in pairs {
        report.read("pair of client and server", &format!("{client} → {server}"));
        let kind = match &*joined {
            "database" => "database",
            "messaging_system" => "queue",
            "virtual_node" => "external",
            _ => "",
        };
        traffic.parts.entry(client.clone()).or_default().is_source |= client == "user";
        let part: &mut Part = traffic.parts.entry(server.clone()).or_default();
        if part.kind.is_empty() {
            kind.clone_into(&mut part.kind);
        }
        traffic.add(&client, &server, amount, true);
    }
    Ok(traffic.imported(report, warnings))
}

/// What a source holds.
fn found_in(source: &Source) -> Result<Found, Diagnostic> {
    if !source.text.trim_start().starts_with(['{', '[']) {
        return text(source).map(Found::Totals);
    }
    let broken = |line: usize| {
        let message = format!(
            "`{}` is no answer of Prometheus and no OTLP: it cannot be read at line {line}",
            source.path
        );
        Diagnostic::error(message)
            .help("save the answer of /api/v1/query?query=traces_service_graph_request_total")
    };
    let document: Value = serde_json::from_str(&source.text).map_err(|why| broken(why.line()))?;
    if let Some(result) = document.pointer("/data/result").and_then(Value::as_array) {
        return answer(source, result).map(Found::Readings);
    }
    if document.get("resourceMetrics").is_some() {
        return otlp(source, &document).map(Found::Totals);
    }
    if document.get("status").and_then(Value::as_str) == Some("error") {
        let message = format!("`{}` is an error that Prometheus answered", source.path);
        return Err(Diagnostic::error(message).help("query again, for a shorter range"));
    }
    Err(broken(1))
}

fn no_number(source: &Source, client: &str, server: &str) -> Diagnostic {
    let message = format!(
        "`{}`: the requests of {client} → {server} are no number",
        source.path
    );
    Diagnostic::error(message).help("a counter is a number, 0 or more")
}

fn amount(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    (0.0..=1e200).contains(&number).then_some(number)
}

/// Requests since counters began: of those that were read at a time, and of others.
#[derive(Default)]
struct Since {
    counters: Counters,
    pairs: Pairs,
}

impl Since {
    /// Notes a reading; without a time each is of a counter of its own.
    fn add(&mut self, labels: Labels, at: Option<f64>, amount: f64) {
        match at {
            Some(at) => self.counters.add_reading(labels, (at, amount)),
            None => *self.pairs.entry(pair_of(&labels)).or_default() += amount,
        }
    }

    fn pairs(self) -> Pairs {
        let mut pairs = self.pairs;
        for (labels, readings) in self.counters.each() {
            *pairs.entry(pair_of(&labels)).or_default() += total(&readings);
        }
        pairs
    }
}

/// `traces_service_graph_request_total{client="a",server="b"} 12 1700000000`.
fn text(source: &Source) -> Result<Pairs, Diagnostic> {
    let mut since = Since::default();
    for line in source.text.lines() {
        let Some(rest) = line.trim().strip_prefix(METRICS[0]) else {
            continue;
        };
        let Some((labels, value)) = rest.strip_prefix('{').and_then(labels_of) else {
            continue;
        };
        let mut words = value.split_whitespace();
        let Some(amount) = amount(words.next().unwrap_or_default()) else {
            let (client, server, _) = pair_of(&labels);
            return Err(no_number(source, &client, &server));
        };
        let at = words.next().and_then(|word| word.parse().ok());
        since.add(labels, at.filter(|at: &f64| at.is_finite()), amount);
    }
    Ok(since.pairs())
}

/// `a="b",c="d"} rest` → labels and the rest.
fn labels_of(text: &str) -> Option<(Labels, &str)> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        let end = loop {
            match chars.next()? {
                (_, '\\') => match chars.next()?.1 {
                    'n' => value.push('\n'),
                    c => value.push(c),
                },
                (at, '"') => break at,
                (_, c) => value.push(c),
            }
        };
        labels.insert(name.trim().to_owned(), value);
        rest = &quoted[end + 1..];
    }
}

/// The result of a query: one value of each counter, or several over time.
fn answer(source: &Source, result: &[Value]) -> Result<Vec<(Labels, Vec<Reading>)>, Diagnostic> {
    let mut all = Vec::new();
    for series in result {
        let metric = series.get("metric").and_then(Value::as_object);
        let labels: Labels = metric
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        let name = labels.get("__name__").map_or("", String::as_str);
        if !name.is_empty() && name != METRICS[0] {
            continue;
        }
        let read = |point: &Value| {
            let at = point.get(0).and_then(Value::as_f64);
            let value = point.get(1).and_then(Value::as_str).and_then(amount);
            Some((at?, value?))
        };
        let points = series.get("values").and_then(Value::as_array);
        let points: Option<Vec<Reading>> = match points {
            Some(points) => points.iter().map(read).collect(),
            None => series.get("value").and_then(read).map(|point| vec![point]),
        };
        let Some(points) = points.filter(|p| !p.is_empty()) else {
            let (client, server, _) = pair_of(&labels);
            return Err(no_number(source, &client, &server));
        };
        if is_unnamed(&labels) && is_no_counter(&points) {
            let (client, server, _) = pair_of(&labels);
            let message = format!(
                "`{}`: the readings of {client} → {server} are no counter but what a query made of one, such as a rate",
                source.path
            );
            return Err(Diagnostic::error(message).help(COUNTERS_THEMSELVES));
        }
        all.push((labels, points));
    }
    Ok(all)
}

/// Data points of OTLP JSON.
fn otlp(source: &Source, document: &Value) -> Result<Pairs, Diagnostic> {
    let mut since = Since::default();
    for resource in list(document, "resourceMetrics") {
        let of_resource = resource.get("resource").map_or(Labels::new(), attributes);
        let scopes = list(resource, "scopeMetrics").iter();
        for metric in scopes.flat_map(|scope| list(scope, "metrics")) {
            let name = metric.get("name").and_then(Value::as_str);
            let Some(sum) = metric
                .get("sum")
                .filter(|_| name.is_some_and(|name| METRICS.contains(&name)))
            else {
                continue;
            };
            let temporality = sum.get("aggregationTemporality");
            let is_delta = temporality.is_some_and(|t| {
                t.as_u64() == Some(1) || t.as_str().is_some_and(|t| t.ends_with("_DELTA"))
            });
            for point in list(sum, "dataPoints") {
                let mut labels = attributes(point);
                let value = written(point, "asInt").or_else(|| written(point, "asDouble"));
                let Some(amount) = value.as_deref().and_then(amount) else {
                    let (client, server, _) = pair_of(&labels);
                    return Err(no_number(source, &client, &server));
                };
                for (name, value) in &of_resource {
                    labels.insert(format!("resource {name}"), value.clone());
                }
                // A counter that began anew is another one; what grew since the last reading is no counter.
                let began = written(point, "startTimeUnixNano").unwrap_or_default();
                labels.insert("began".to_owned(), began);
                let at = written(point, "timeUnixNano").and_then(|at| at.parse().ok());
                since.add(labels, at.filter(|_| !is_delta), amount);
            }
        }
    }
    Ok(since.pairs())
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// A number, or a text that holds one: JSON has no whole numbers of 64 bits.
fn written(value: &Value, name: &str) -> Option<String> {
    let found = value.get(name)?;
    Some(
        found
            .as_str()
            .map_or_else(|| found.to_string(), str::to_owned),
    )
}

/// The attributes of a resource or of a data point; only texts are read as such.
fn attributes(of: &Value) -> Labels {
    let all = list(of, "attributes").iter().filter_map(|attribute| {
        let name = attribute.get("key").and_then(Value::as_str)?;
        let value = attribute.get("value")?;
        let text = value.get("stringValue").and_then(Value::as_str);
        let value = text.map_or_else(|| value.to_string(), str::to_owned);
        Some((name.to_owned(), value))
    });
    all.collect()
}
