//! Kiali: graphs of an Istio mesh.
//!
//! In: JSON of `/api/namespaces/graph`, of any graph type. Out: workloads with what they send each other
//! for each request that they get, and a service for each source of traffic. Promises: a box is no part, a
//! Service stands for the workloads behind it, what was seen in a window is called just that.

use super::super::{Diagnostic, Faults, Source};
use super::report::Report;
use super::traffic::{Part, Traffic};
use super::{Imported, Options, sniff};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether a text is a graph of Kiali.
pub(super) fn looks_like(source: &Source) -> bool {
    sniff::json(source).is_some_and(|o| o.has("graphType") && o.has("elements"))
}

#[derive(Deserialize)]
struct Graph {
    duration: Option<f64>,
    elements: Elements,
}

#[derive(Deserialize)]
struct Elements {
    #[serde(default)]
    nodes: Vec<Data<Node>>,
    #[serde(default)]
    edges: Vec<Data<Edge>>,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Node {
    id: String,
    #[serde(rename = "nodeType")]
    sort: String,
    cluster: String,
    namespace: String,
    workload: String,
    app: String,
    version: String,
    service: String,
    is_box: Option<String>,
}

#[derive(Deserialize)]
struct Edge {
    source: String,
    target: String,
    #[serde(default)]
    traffic: Rates,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rates {
    protocol: String,
    rates: BTreeMap<String, String>,
}

/// Reads graphs of one mesh.
///
/// # Errors
/// Files that are no graph, rates that are no numbers, no traffic.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut faults = Faults::new();
    let mut report = Report::default();
    let mut warnings = Vec::new();
    let mut traffic = Traffic {
        unit: "requests/s",
        ..Traffic::default()
    };
    let mut seen = Seen::default();
    for source in sources {
        match serde_json::from_str::<Graph>(&source.text) {
            Ok(graph) => {
                warnings.extend(window(&graph));
                seen.add(graph, source, &mut report, &mut faults);
            }
            Err(why) => {
                let message = format!(
                    "`{}` is no graph of Kiali: it cannot be read at line {}",
                    source.path,
                    why.line()
                );
                faults.push(
                    Diagnostic::error(message)
                        .help("download it from the graph's menu, or from /api/namespaces/graph"),
                );
            }
        }
    }
    faults.or(())?;
    seen.into_traffic(&mut traffic, &mut report);
    if traffic.requests.is_empty() && traffic.bytes.is_empty() {
        let fault = Diagnostic::error("there is no traffic in the graph");
        return Err(fault
            .help("choose a longer time in Kiali, and export the graph again")
            .into());
    }
    Ok(traffic.imported(report, warnings))
}

/// What was not called in the window is not in the graph.
fn window(graph: &Graph) -> Option<Diagnostic> {
    let seconds = graph.duration?;
    let message = format!("only what was seen in {seconds} s is a dependency here");
    Some(
        Diagnostic::warning(message)
            .help("what is called once a day is missing; choose a longer time in Kiali"),
    )
}

/// Nodes and edges of all graphs, by names that do not change from one export to the next.
#[derive(Default)]
struct Seen {
    parts: BTreeMap<String, Part>,
    /// Services that stand in front of workloads.
    services: BTreeSet<String>,
    /// From, to, protocol.
    edges: BTreeMap<(String, String, String), f64>,
}

impl Seen {
    fn add(&mut self, graph: Graph, source: &Source, report: &mut Report, faults: &mut Faults) {
        let mut names = BTreeMap::new();
        for Data { data: node } in graph.elements.nodes {
            let shown = name_of(&node);
            if node.sort == "box" || node.is_box.is_some() {
                report.skipped("box", "a frame around others", &shown);
                continue;
            }
            report.read(&node.sort, &shown);
            if node.sort == "service" && shown != "unknown" {
                self.services.insert(shown.clone());
            }
            self.parts.insert(shown.clone(), part(&node));
            names.insert(node.id, shown);
        }
        for Data { data: edge } in graph.elements.edges {
            let (Some(from), Some(to)) = (names.get(&edge.source), names.get(&edge.target)) else {
                report.skipped("traffic", "one of its ends is not in the graph", "");
                continue;
            };
            let protocol = edge.traffic.protocol;
            let Some(rate) = edge.traffic.rates.get(&protocol) else {
                report.skipped("traffic", "no rate is stated", &format!("{from} → {to}"));
                continue;
            };
            match rate.parse::<f64>() {
                Ok(rate) if rate.is_finite() && (0.0..=1e200).contains(&rate) => {
                    // The same graph twice is the same traffic, not twice as much.
                    let key = (from.clone(), to.clone(), protocol);
                    let known = self.edges.entry(key).or_insert(rate);
                    *known = known.max(rate);
                }
                _ => {
                    let message =
                        format!("`{}`: the rate of {from} → {to} is no number", source.path);
                    faults
                        .push(Diagnostic::error(message).help("rates are texts such as \"12.50\""));
                }
            }
        }
    }

    /// Traffic between workloads: what goes to a Service goes on to those behind it.
    fn into_traffic(self, traffic: &mut Traffic, report: &mut Report) {
        let mut behind: BTreeMap<(&String, &String), Vec<(&String, f64)>> = BTreeMap::new();
        for ((from, to, protocol), rate) in &self.edges {
            // In a graph of Services alone each stands for itself.
            if self.services.contains(from) && !self.services.contains(to) {
                behind
                    .entry((from, protocol))
                    .or_default()
                    .push((to, *rate));
            }
        }
        let in_front: BTreeSet<&String> = behind.keys().map(|(service, _)| *service).collect();
        for ((from, to, protocol), rate) in &self.edges {
            if in_front.contains(from) {
                continue;
            }
            let requests = protocol != "tcp";
            match behind.get(&(to, protocol)) {
                Some(workloads) => {
                    report.mapped("Service → the workloads behind it", to);
                    let all: f64 = workloads.iter().map(|(_, rate)| rate).sum();
                    for (workload, part) in workloads {
                        let share = if all > 0.0 { part / all } else { 0.0 };
                        traffic.add(from, workload, rate * share, requests);
                    }
                }
                None => traffic.add(from, to, *rate, requests),
            }
        }
        let kept = self
            .parts
            .iter()
            .filter(|(name, _)| !in_front.contains(name));
        traffic.parts = kept
            .map(|(name, part)| (name.clone(), part.clone()))
            .collect();
    }
}

/// The name of a node: its workload, else its app, else its Service, in its namespace.
fn name_of(node: &Node) -> String {
    let names = [&node.workload, &node.app, &node.service];
    let name = names.into_iter().find(|n| !n.is_empty() && *n != "unknown");
    match name {
        Some(name) => format!("{}/{name}", node.namespace),
        None => "unknown".to_owned(),
    }
}

fn part(node: &Node) -> Part {
    let nobody = name_of(node) == "unknown";
    let has_versions =
        !node.app.is_empty() && !node.version.is_empty() && !node.workload.is_empty();
    let labels = [
        ("namespace", &node.namespace),
        ("cluster", &node.cluster),
        ("app", &node.app),
        ("version", &node.version),
    ];
    let labels = labels.into_iter().filter(|(_, value)| !value.is_empty());
    Part {
        kind: String::new(),
        family: has_versions.then(|| format!("{}/{}", node.namespace, node.app)),
        is_source: nobody,
        labels: labels
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect(),
    }
}
