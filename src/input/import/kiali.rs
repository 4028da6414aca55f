//! Kiali: graphs of an Istio mesh.
//!
//! In: JSON of `/api/namespaces/graph`, of any graph type. Out: workloads with what they send each other
//! for each request that they get, and a service for each source of traffic. Promises: a box is no part; a
//! Service is never taken for a workload of its name, nor a workload for that of another cluster; a Service
//! stands for the workloads behind it, in a graph of Services for itself; who sends to it needs them even where
//! nothing was sent just then; what was seen in a window is called just that.

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
    #[serde(rename = "graphType", default)]
    level: String,
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
    seen.named_alike()?;
    let traffic = seen.into_traffic(&mut report);
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

/// What tells a node from others, the same in each export.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    namespace: String,
    own: String,
    is_service: bool,
    /// Blank where it is not known.
    cluster: String,
}

impl Name {
    /// The name of a node: of a Service its own, else its workload or its app.
    fn of(node: &Node) -> Self {
        let is_service = node.sort == "service";
        let names = if is_service {
            [&node.service, &node.workload, &node.app]
        } else {
            [&node.workload, &node.app, &node.service]
        };
        let known = |name: &&String| !name.is_empty() && *name != "unknown";
        let Some(own) = names.into_iter().find(known) else {
            return Self::default();
        };
        Self {
            namespace: node.namespace.clone(),
            own: own.clone(),
            is_service,
            cluster: Some(&node.cluster)
                .filter(known)
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// Whether it is nobody that is known.
    fn is_nobody(&self) -> bool {
        self.own.is_empty()
    }

    /// The name that people use.
    fn shown(&self) -> String {
        if self.is_nobody() {
            "unknown".to_owned()
        } else {
            format!("{}/{}", self.namespace, self.own)
        }
    }
}

/// Nodes and edges of all graphs.
#[derive(Default)]
struct Seen {
    parts: BTreeMap<Name, Part>,
    /// From, to, protocol, which is blank where no rate is stated.
    edges: BTreeMap<(Name, Name, String), f64>,
    /// What the graphs name: Services, apps or workloads.
    of: BTreeSet<&'static str>,
}

/// Who is behind a Service, in which protocol, with how much.
type Behind<'s> = Vec<(&'s Name, &'s str, f64)>;

impl Seen {
    fn add(&mut self, graph: Graph, source: &Source, report: &mut Report, faults: &mut Faults) {
        self.of.insert(match &*graph.level {
            "service" => "Services",
            "app" => "apps",
            _ => "workloads",
        });
        let mut names = BTreeMap::new();
        for Data { data: node } in graph.elements.nodes {
            let name = Name::of(&node);
            if node.sort == "box" || node.is_box.is_some() {
                report.skipped("box", "a frame around others", &name.shown());
                continue;
            }
            report.read(&node.sort, &name.shown());
            self.parts.insert(name.clone(), part(&node));
            names.insert(node.id, name);
        }
        for Data { data: edge } in graph.elements.edges {
            let (Some(from), Some(to)) = (names.get(&edge.source), names.get(&edge.target)) else {
                report.skipped("traffic", "one of its ends is not in the graph", "");
                continue;
            };
            let shown = format!("{} → {}", from.shown(), to.shown());
            let mut protocol = edge.traffic.protocol;
            let rate = if let Some(rate) = edge.traffic.rates.get(&protocol) {
                rate.parse::<f64>().ok()
            } else {
                let rule = "no rate is stated: a need that carries no load";
                report.derived(rule, &shown);
                protocol.clear();
                Some(0.0)
            };
            match rate {
                Some(rate) if (0.0..=1e200).contains(&rate) => {
                    // The same graph twice is the same traffic, not twice as much.
                    let key = (from.clone(), to.clone(), protocol);
                    let known = self.edges.entry(key).or_insert(rate);
                    *known = known.max(rate);
                }
                _ => {
                    let message = format!("`{}`: the rate of {shown} is no number", source.path);
                    faults
                        .push(Diagnostic::error(message).help("rates are texts such as \"12.50\""));
                }
            }
        }
    }

    /// Checks that no traffic was read under several names, and gives nodes whose cluster is not known the
    /// only one that is.
    fn named_alike(&mut self) -> Result<(), Diagnostic> {
        if self.of.len() > 1 {
            let all: Vec<&str> = self.of.iter().copied().collect();
            let message = format!(
                "some graphs are of {}: the same traffic stands in them under several names",
                all.join(", others of ")
            );
            let help =
                "export all with one graph type; a workload or versioned app graph says most";
            return Err(Diagnostic::error(message).help(help));
        }
        let parts = std::mem::take(&mut self.parts);
        for ((from, to, protocol), rate) in std::mem::take(&mut self.edges) {
            let key = (
                in_its_cluster(from, &parts),
                in_its_cluster(to, &parts),
                protocol,
            );
            *self.edges.entry(key).or_default() += rate;
        }
        self.parts = parts
            .iter()
            .map(|(name, part)| (in_its_cluster(name.clone(), &parts), part.clone()))
            .collect();
        Ok(())
    }

    /// Who is behind each Service that sends to workloads alone. In a graph of Services none stands in front of
    /// others, and elsewhere one that sends to Services as well would take what it needs with it.
    fn behind(&self) -> BTreeMap<&Name, Behind<'_>> {
        let mut behind: BTreeMap<&Name, Behind> = BTreeMap::new();
        if self.of.contains("Services") {
            return behind;
        }
        for ((from, to, protocol), rate) in &self.edges {
            if from.is_service && !to.is_nobody() {
                behind.entry(from).or_default().push((to, protocol, *rate));
            }
        }
        behind.retain(|_, all| all.iter().all(|(to, ..)| !to.is_service));
        behind
    }

    /// Traffic between workloads: what goes to a Service goes on to those behind it.
    fn into_traffic(self, report: &mut Report) -> Traffic {
        let behind = self.behind();
        let kept = self
            .parts
            .iter()
            .filter(|(name, _)| !behind.contains_key(name));
        let ids = ids(kept.clone().map(|(name, _)| name).collect(), report);
        let mut traffic = Traffic {
            unit: "requests/s",
            parts: kept
                .map(|(name, part)| (ids[name].clone(), part.clone()))
                .collect(),
            ..Traffic::default()
        };
        for ((from, to, protocol), rate) in &self.edges {
            let Some(sender) = ids.get(from) else {
                if to.is_nobody() {
                    report.skipped(
                        "traffic",
                        "from a Service to nobody that is known",
                        &from.shown(),
                    );
                }
                continue;
            };
            let receivers = match behind.get(to) {
                Some(of_it) => {
                    report.mapped("Service → the workloads behind it", &to.shown());
                    shares(of_it, protocol)
                }
                None => vec![(to, 1.0)],
            };
            for (receiver, share) in receivers {
                let receiver = &ids[receiver];
                if protocol.is_empty() {
                    traffic.idle.insert((sender.clone(), receiver.clone()));
                } else {
                    traffic.add(sender, receiver, rate * share, protocol != "tcp");
                }
            }
        }
        traffic
    }
}

/// A name whose cluster is not known, in the only cluster that has such a node.
fn in_its_cluster(name: Name, parts: &BTreeMap<Name, Part>) -> Name {
    let same = |other: &&Name| {
        (&other.namespace, &other.own, other.is_service)
            == (&name.namespace, &name.own, name.is_service)
    };
    // Blank comes first.
    let mut others = parts
        .range(&name..)
        .map(|(other, _)| other)
        .take_while(same);
    if !name.cluster.is_empty() || others.next() != Some(&name) {
        return name;
    }
    match (others.next(), others.next()) {
        (Some(only), None) => only.clone(),
        _ => name,
    }
}

/// Which part of what comes to a Service each behind it gets: as it was passed on in this protocol, else evenly.
fn shares<'s>(behind: &[(&'s Name, &'s str, f64)], protocol: &str) -> Vec<(&'s Name, f64)> {
    let is_passed_on = behind.iter().any(|(_, p, _)| *p == protocol);
    let mut rates: BTreeMap<&Name, f64> = BTreeMap::new();
    for (workload, p, rate) in behind {
        // Whom nothing was sent to just then is behind it all the same.
        if !is_passed_on || *p == protocol || p.is_empty() {
            let counts = *p == protocol;
            *rates.entry(workload).or_default() += if counts { *rate } else { 0.0 };
        }
    }
    let all: f64 = rates.values().sum();
    let even = 1.0 / rates.keys().map(|_| 1.0).sum::<f64>();
    let share = |rate: f64| if all > 0.0 { rate / all } else { even };
    rates
        .into_iter()
        .map(|(workload, rate)| (workload, share(rate)))
        .collect()
}

/// What the inventory calls each: the name that people use, with the cluster or the sort where another has it.
fn ids<'n>(all: Vec<&'n Name>, report: &mut Report) -> BTreeMap<&'n Name, String> {
    let mut alike: BTreeMap<String, Vec<&Name>> = BTreeMap::new();
    for name in all {
        alike.entry(name.shown()).or_default().push(name);
    }
    let mut ids = BTreeMap::new();
    for (shown, names) in alike {
        let differ = |of: fn(&Name, &Name) -> bool| names.iter().any(|n| of(n, names[0]));
        let clusters = differ(|a, b| a.cluster != b.cluster);
        let sorts = differ(|a, b| a.is_service != b.is_service);
        for name in &names {
            let sort = if sorts && name.is_service {
                "service:"
            } else {
                ""
            };
            let cluster = match &*name.cluster {
                cluster if clusters && !cluster.is_empty() => format!("{cluster}/"),
                _ => String::new(),
            };
            let id = format!("{sort}{cluster}{shown}");
            if id != shown {
                let why = "a Service, or a workload of another cluster, has this name";
                report.id_changed(&shown, &id, why);
            }
            ids.insert(*name, id);
        }
    }
    ids
}

/// What is said of a node in the inventory.
fn part(node: &Node) -> Part {
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
        is_source: Name::of(node).is_nobody(),
        labels: labels
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect(),
    }
}
