//! OpenTelemetry service graphs: the metric `traces_service_graph_request_total`.
//!
//! In: Prometheus text, answers of its API (instant or range), OTLP JSON. Out: clients and servers with
//! the requests between them, a service for each client that nobody calls. Promises: only the labels
//! `client`, `server` and `connection_type` are read; a counter that is read once is a total since it
//! began, and is said to be.

use super::super::{Diagnostic, Faults, Source};
use super::report::Report;
use super::traffic::{Part, Traffic};
use super::{Imported, Options};
use serde_json::Value;
use std::collections::BTreeMap;
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

/// Client, server, and how they are joined, with the requests between them.
type Pairs = BTreeMap<(String, String, String), f64>;

/// Reads service graphs of one system.
///
/// # Errors
/// Files that hold no such metric, values that are no numbers.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut faults = Faults::new();
    let mut report = Report::default();
    let mut pairs = Pairs::new();
    let (mut totals, mut rates) = (0, 0);
    for source in sources {
        match pairs_of(source) {
            Ok((found, is_rate)) => {
                if is_rate {
                    rates += 1;
                } else {
                    totals += 1;
                }
                for (pair, amount) in found {
                    report.read(
                        "pair of client and server",
                        &format!("{} → {}", pair.0, pair.1),
                    );
                    *pairs.entry(pair).or_default() += amount;
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    faults.or(())?;
    if pairs.is_empty() {
        let fault = Diagnostic::error("there is no client and no server in the metric");
        return Err(fault
            .help("query `traces_service_graph_request_total` and save the answer")
            .into());
    }
    if totals > 0 && rates > 0 {
        let fault =
            Diagnostic::error("some files hold one reading of the counters, others several");
        return Err(fault.help("export all with the same query").into());
    }
    let mut warnings = Vec::new();
    if totals > 0 {
        let message =
            "the counters were read once: demand is all requests since they began to count";
        let help = "what one request costs further down is right; set `demand` to what you expect, or export a range";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    let mut traffic = Traffic {
        unit: if totals > 0 { "requests" } else { "requests/s" },
        ..Traffic::default()
    };
    for ((client, server, joined), amount) in pairs {
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

/// The pairs of a source, and whether they are per second.
fn pairs_of(source: &Source) -> Result<(Pairs, bool), Diagnostic> {
    if !source.text.trim_start().starts_with(['{', '[']) {
        return text(source).map(|pairs| (pairs, false));
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
        return answer(source, result);
    }
    if document.get("resourceMetrics").is_some() {
        return otlp(source, &document).map(|pairs| (pairs, false));
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

/// `traces_service_graph_request_total{client="a",server="b"} 12 1700000000`.
fn text(source: &Source) -> Result<Pairs, Diagnostic> {
    let mut pairs = Pairs::new();
    for line in source.text.lines() {
        let Some(rest) = line.trim().strip_prefix(METRICS[0]) else {
            continue;
        };
        let Some((labels, value)) = rest.strip_prefix('{').and_then(labels_of) else {
            continue;
        };
        let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
        let pair = (label("client"), label("server"), label("connection_type"));
        let value = value.split_whitespace().next().unwrap_or_default();
        let Some(amount) = amount(value) else {
            return Err(no_number(source, &pair.0, &pair.1));
        };
        *pairs.entry(pair).or_default() += amount;
    }
    Ok(pairs)
}

/// `a="b",c="d"} rest` → labels and the rest.
fn labels_of(text: &str) -> Option<(BTreeMap<String, String>, &str)> {
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

/// The result of a query: one value of each series, or several over time.
fn answer(source: &Source, result: &[Value]) -> Result<(Pairs, bool), Diagnostic> {
    let mut pairs = Pairs::new();
    let mut is_rate = false;
    for series in result {
        let metric = series.get("metric");
        let label = |name: &str| {
            let value = metric.and_then(|m| m.get(name)).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let name = label("__name__");
        if !name.is_empty() && name != METRICS[0] {
            continue;
        }
        let pair = (label("client"), label("server"), label("connection_type"));
        let read = |point: &Value| {
            let at = point.get(0).and_then(Value::as_f64);
            let value = point.get(1).and_then(Value::as_str).and_then(amount);
            Some((at?, value?))
        };
        let points = series.get("values").and_then(Value::as_array);
        let points: Option<Vec<(f64, f64)>> = match points {
            Some(points) => points.iter().map(read).collect(),
            None => series.get("value").and_then(read).map(|point| vec![point]),
        };
        let Some(points) = points.filter(|p| !p.is_empty()) else {
            return Err(no_number(source, &pair.0, &pair.1));
        };
        let amount = match (points.first(), points.last()) {
            (Some(first), Some(last)) if last.0 > first.0 => {
                is_rate = true;
                increase(&points) / (last.0 - first.0)
            }
            _ => points[0].1,
        };
        *pairs.entry(pair).or_default() += amount;
    }
    Ok((pairs, is_rate))
}

/// How much a counter grew; one that fell began anew.
fn increase(points: &[(f64, f64)]) -> f64 {
    let steps = points.windows(2);
    steps
        .map(|w| {
            if w[1].1 >= w[0].1 {
                w[1].1 - w[0].1
            } else {
                w[1].1
            }
        })
        .sum()
}

/// Data points of OTLP JSON.
fn otlp(source: &Source, document: &Value) -> Result<Pairs, Diagnostic> {
    let list = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut pairs = Pairs::new();
    let scopes = list(document, "resourceMetrics")
        .into_iter()
        .flat_map(|r| list(&r, "scopeMetrics"));
    let metrics = scopes.flat_map(|s| list(&s, "metrics"));
    let known = |m: &Value| {
        m.get("name")
            .and_then(Value::as_str)
            .is_some_and(|n| METRICS.contains(&n))
    };
    let points = metrics.filter(known).flat_map(|m| {
        m.get("sum")
            .map(|s| list(s, "dataPoints"))
            .unwrap_or_default()
    });
    for point in points {
        let label = |name: &str| {
            let all = list(&point, "attributes");
            let found = all
                .iter()
                .find(|a| a.get("key").and_then(Value::as_str) == Some(name));
            let value = found
                .and_then(|a| a.pointer("/value/stringValue"))
                .and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let pair = (label("client"), label("server"), label("connection_type"));
        let whole = point
            .get("asInt")
            .map(|n| n.as_str().map_or_else(|| n.to_string(), str::to_owned));
        let value = whole.or_else(|| point.get("asDouble").map(Value::to_string));
        let Some(amount) = value.as_deref().and_then(amount) else {
            return Err(no_number(source, &pair.0, &pair.1));
        };
        *pairs.entry(pair).or_default() += amount;
    }
    Ok(pairs)
}
