//! What every network format comes down to: nodes, edges, demands, as written, with their places.
//!
//! In: a [`Network`] filled by a format's reader. Out: a [`Resolved`] whose every end is an index and
//! every number in range, or all faults. Directed edges are paired into links: a link works both
//! ways, with a metric and a capacity for each.

use super::super::{Diagnostic, Faults, Source, suggest};
use super::ids;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A network as a format's reader found it. Nothing in it is checked but what makes a number.
#[derive(Default)]
pub(super) struct Network {
    pub nodes: Vec<RawNode>,
    pub edges: Vec<RawEdge>,
    pub demands: Vec<RawDemand>,
    /// Unit of capacities and volumes.
    pub unit: Option<&'static str>,
    /// What the reader already noticed.
    pub warnings: Vec<Diagnostic>,
}

/// A node as written.
pub(super) struct RawNode {
    /// What edges call it.
    pub key: String,
    /// What the inventory calls it; the key if it is blank.
    pub id: String,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub labels: Vec<(String, String)>,
    pub at: At,
}

/// An edge as written.
pub(super) struct RawEdge {
    /// Blank if it has none.
    pub id: String,
    pub from: String,
    pub to: String,
    pub directed: bool,
    pub capacity: Option<f64>,
    pub metric: Option<f64>,
    /// Of an undirected edge, the other way; the metric if there is none.
    pub metric_back: Option<f64>,
    pub labels: Vec<(String, String)>,
    pub at: At,
}

/// A demand as written.
pub(super) struct RawDemand {
    /// Blank if it has none.
    pub id: String,
    pub from: String,
    pub to: String,
    pub volume: f64,
    /// Units of capacity that a unit of volume takes.
    pub factor: f64,
    pub at: At,
}

/// A place.
#[derive(Clone)]
pub(super) struct At {
    pub source: Arc<Source>,
    pub span: Range<usize>,
}

impl At {
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        Self {
            source: Arc::clone(source),
            span,
        }
    }

    /// A fault here.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(&self.source, self.span.clone())
    }

    /// A warning here.
    pub fn warning(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(message).at(&self.source, self.span.clone())
    }
}

/// A network whose references are indices into `nodes`.
pub(super) struct Resolved {
    /// Their ids are clean, not blank, each once.
    pub nodes: Vec<RawNode>,
    pub links: Vec<RawLink>,
    pub demands: Vec<Demand>,
    pub unit: Option<&'static str>,
    pub warnings: Vec<Diagnostic>,
}

/// A link.
pub(super) struct RawLink {
    /// Blank if it has none.
    pub id: String,
    pub a: usize,
    pub b: usize,
    pub capacity: Option<f64>,
    /// From `b` to `a`; none if the file gives none for that way.
    pub capacity_back: Option<f64>,
    pub metric: f64,
    pub metric_back: f64,
    pub labels: Vec<(String, String)>,
}

/// A demand.
pub(super) struct Demand {
    /// Blank if it has none.
    pub id: String,
    pub from: usize,
    pub to: usize,
    pub volume: f64,
    pub factor: f64,
}

/// An edge with its ends found.
struct Edge {
    raw: RawEdge,
    from: usize,
    to: usize,
}

impl Network {
    /// Finds every end and checks every number.
    ///
    /// # Errors
    /// Every unknown end, self-loop, duplicate id, and number out of range.
    pub fn resolve(self) -> Result<Resolved, Faults> {
        let mut faults = Faults::new();
        let mut warnings = self.warnings;
        let mut nodes = self.nodes;
        if nodes.is_empty() {
            faults.push(Diagnostic::error("the network has no nodes"));
        }
        let index = index_nodes(&mut nodes, &mut faults);
        let mut edge_ids = Seen::new("edge");
        let mut edges = Vec::new();
        for mut raw in self.edges {
            raw.id = ids::clean(&raw.id);
            edge_ids.check(&raw.id, &raw.at, &mut faults);
            check_edge(&raw, &mut faults);
            let ends = find_ends(&index, &raw.from, &raw.to, &raw.at, &mut faults);
            if let Some((from, to)) = ends {
                if from == to {
                    let message = format!("the edge joins {} with itself", nodes[from].id);
                    faults.push(
                        raw.at
                            .error(message)
                            .help("leave it out: it carries nothing"),
                    );
                }
                edges.push(Edge { raw, from, to });
            }
        }
        let mut demand_ids = Seen::new("demand");
        let mut demands = Vec::new();
        for mut raw in self.demands {
            raw.id = ids::clean(&raw.id);
            demand_ids.check(&raw.id, &raw.at, &mut faults);
            for (what, x) in [("volume", raw.volume), ("routing unit", raw.factor)] {
                at_least_zero(what, x, &raw.at, &mut faults);
            }
            let ends = find_ends(&index, &raw.from, &raw.to, &raw.at, &mut faults);
            if let Some((from, to)) = ends {
                demands.push(Demand {
                    id: raw.id,
                    from,
                    to,
                    volume: raw.volume,
                    factor: raw.factor,
                });
            }
        }
        faults.or(())?;
        warnings.extend(missing_metrics(&edges));
        let links = pair_twins(edges, &nodes, &mut warnings);
        Ok(Resolved {
            nodes,
            links,
            demands,
            unit: self.unit,
            warnings,
        })
    }
}

/// Cleans the nodes' ids and numbers the nodes by key.
fn index_nodes(nodes: &mut [RawNode], faults: &mut Faults) -> HashMap<String, usize> {
    let mut index = HashMap::new();
    let mut node_ids = Seen::new("node");
    for (v, node) in nodes.iter_mut().enumerate() {
        let id = ids::clean(&node.id);
        node.id = if id.is_empty() {
            ids::clean(&node.key)
        } else {
            id
        };
        if node.id.is_empty() {
            faults.push(node.at.error("the node has no id"));
        }
        if index.insert(node.key.clone(), v).is_some() {
            let message = format!("there are two nodes {}", node.key);
            faults.push(node.at.error(message).help("give each node its own id"));
        } else {
            node_ids.check(&node.id, &node.at, faults);
        }
    }
    index
}

/// Ids of one sort that have been seen.
struct Seen {
    what: &'static str,
    ids: std::collections::HashSet<String>,
}

impl Seen {
    fn new(what: &'static str) -> Self {
        let ids = std::collections::HashSet::new();
        Self { what, ids }
    }

    fn check(&mut self, id: &str, at: &At, faults: &mut Faults) {
        if !id.is_empty() && !self.ids.insert(id.to_owned()) {
            let what = self.what;
            let fault = at.error(format!("there are two {what}s with the id {id}"));
            faults.push(fault.help(format!("give each {what} its own id")));
        }
    }
}

fn find_ends(
    index: &HashMap<String, usize>,
    from: &str,
    to: &str,
    at: &At,
    faults: &mut Faults,
) -> Option<(usize, usize)> {
    let mut find = |end: &str| {
        let found = index.get(end).copied();
        if found.is_none() {
            let fault = at.error(format!("there is no node {end}"));
            let near = (faults.iter().count() < GUESSES)
                .then(|| suggest::nearest(end, index.keys().map(String::as_str)))
                .flatten();
            faults.push(match near {
                Some(near) => fault.help(format!("did you mean {near}?")),
                None => fault.help("both ends must be nodes of the file"),
            });
        }
        found
    };
    let (from, to) = (find(from), find(to));
    Some((from?, to?))
}

/// Faults that are worth a search for a similar id.
const GUESSES: usize = 50;

fn check_edge(edge: &RawEdge, faults: &mut Faults) {
    if let Some(capacity) = edge.capacity {
        at_least_zero("capacity", capacity, &edge.at, faults);
    }
    for metric in [edge.metric, edge.metric_back].into_iter().flatten() {
        if !metric.is_finite() || metric <= 0.0 {
            let fault = edge.at.error(format!("{metric} is no metric"));
            faults.push(fault.help("a metric is a finite number above 0"));
        }
    }
}

fn at_least_zero(what: &str, x: f64, at: &At, faults: &mut Faults) {
    if !(0.0..=MOST).contains(&x) {
        let fault = at.error(format!("{x} is no {what}"));
        faults.push(fault.help(format!("a {what} is a finite number, 0 or more")));
    }
}

/// So large that nothing is, and small enough that sums and products stay finite.
const MOST: f64 = 1e150;

fn missing_metrics(edges: &[Edge]) -> Option<Diagnostic> {
    let without = edges.iter().filter(|e| e.raw.metric.is_none()).count();
    (without > 0).then(|| {
        let total = edges.len();
        let message = if without == total {
            "no edge has a metric: every hop costs 1".to_owned()
        } else {
            format!("{without} of {total} edges have no metric: 1 is taken")
        };
        Diagnostic::warning(message)
    })
}

/// Undirected edges are links as they are. A directed edge is joined with one that goes the other
/// way: first with one of the same capacity, then with any, each time in the order of the file.
fn pair_twins(edges: Vec<Edge>, nodes: &[RawNode], warnings: &mut Vec<Diagnostic>) -> Vec<RawLink> {
    let mut twin: Vec<Option<usize>> = vec![None; edges.len()];
    let bits = |e: &Edge| e.raw.capacity.map(f64::to_bits);
    pair_by(&edges, &mut twin, |e, from, to| (from, to, bits(e)));
    pair_by(&edges, &mut twin, |_, from, to| (from, to, None::<u64>));
    let mut single = Vec::new();
    let capacities: Vec<Option<f64>> = edges.iter().map(|e| e.raw.capacity).collect();
    let metrics: Vec<Option<f64>> = edges.iter().map(|e| e.raw.metric).collect();
    let mut links = Vec::new();
    for (e, edge) in edges.into_iter().enumerate() {
        let metric = edge.raw.metric.unwrap_or(1.0);
        let mut metric_back = edge.raw.metric_back.unwrap_or(metric);
        let mut capacity_back = edge.raw.capacity;
        let name = || format!("{} → {}", nodes[edge.from].id, nodes[edge.to].id);
        match twin[e] {
            Some(other) if other < e => continue,
            Some(other) => {
                metric_back = metrics[other].unwrap_or(1.0);
                capacity_back = capacities[other];
            }
            None if edge.raw.directed => single.push((name(), edge.raw.at.clone())),
            None => {}
        }
        links.push(RawLink {
            id: edge.raw.id,
            a: edge.from,
            b: edge.to,
            capacity: edge.raw.capacity,
            capacity_back,
            metric,
            metric_back,
            labels: edge.raw.labels,
        });
    }
    let why = "a link works both ways; no edge goes back for";
    warn_of(why, &single, warnings);
    links
}

/// Pairs directed edges without a twin whose keys are each other's turned round.
fn pair_by<K: std::hash::Hash + Eq>(
    edges: &[Edge],
    twin: &mut [Option<usize>],
    key: impl Fn(&Edge, usize, usize) -> K,
) {
    let mut waiting: HashMap<K, std::collections::VecDeque<usize>> = HashMap::new();
    for (e, edge) in edges.iter().enumerate() {
        if !edge.raw.directed || twin[e].is_some() {
            continue;
        }
        let back = waiting.get_mut(&key(edge, edge.to, edge.from));
        if let Some(other) = back.and_then(std::collections::VecDeque::pop_front) {
            twin[e] = Some(other);
            twin[other] = Some(e);
        } else {
            let here = key(edge, edge.from, edge.to);
            waiting.entry(here).or_default().push_back(e);
        }
    }
}

fn warn_of(why: &str, which: &[(String, At)], warnings: &mut Vec<Diagnostic>) {
    if let Some((_, at)) = which.first() {
        let names = ids::some_of(which.iter().map(|(name, _)| name.as_str()));
        warnings.push(at.warning(format!("{why} {names}")));
    }
}
