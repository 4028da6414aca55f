//! A network as written → one whose every end is an index and every number in range, or all faults.

use super::network::{At, Demand, Edge, Network, RawDemand, RawEdge, RawNode, Resolved, warn_of};
use super::{ids, twins};
use crate::input::{Diagnostic, Faults, suggest};
use std::collections::HashMap;

impl Network {
    /// Finds every end and checks every number.
    ///
    /// # Errors
    /// Every unknown end, duplicate id, and number out of range.
    pub fn resolve(self) -> Result<Resolved, Faults> {
        let mut faults = self.faults;
        let mut warnings = self.warnings;
        let mut nodes = self.nodes;
        if nodes.is_empty() && faults.is_empty() {
            let fault = match &self.at {
                Some(at) => at.error("the network has no nodes"),
                None => Diagnostic::error("the network has no nodes"),
            };
            faults.push(fault.help("the file may be of another format, or cut short"));
        }
        let index = index_nodes(&mut nodes, &mut faults);
        let edges = resolve_edges(self.edges, &index, &nodes, &mut warnings, &mut faults);
        let demands = resolve_demands(self.demands, &index, &mut faults);
        faults.or(())?;
        warnings.extend(missing_metrics(&edges, self.no_metric));
        let links = twins::pair(edges, self.twins, &nodes, &mut warnings);
        Ok(Resolved {
            nodes,
            links,
            demands,
            unit: self.unit,
            demands_in: self.demands_in,
            warnings,
        })
    }
}

/// Finds the ends of the edges; those from a node to itself are left out.
fn resolve_edges(
    raw: Vec<RawEdge>,
    index: &HashMap<String, usize>,
    nodes: &[RawNode],
    warnings: &mut Vec<Diagnostic>,
    faults: &mut Faults,
) -> Vec<Edge> {
    let mut edge_ids = Seen::new("edge");
    let mut edges = Vec::new();
    let mut loops: Vec<(String, At)> = Vec::new();
    for mut raw in raw {
        raw.id = ids::clean(&raw.id);
        edge_ids.check(&raw.id, &raw.at, faults);
        check_edge(&raw, faults);
        match find_ends(index, &raw.from, &raw.to, &raw.at, faults) {
            Some((from, to)) if from == to => loops.push((nodes[from].id.clone(), raw.at)),
            Some((from, to)) => edges.push(Edge { raw, from, to }),
            None => {}
        }
    }
    let why = "edges from a node to itself carry nothing and are left out:";
    warn_of(why, &loops, warnings);
    edges
}

fn resolve_demands(
    raw: Vec<RawDemand>,
    index: &HashMap<String, usize>,
    faults: &mut Faults,
) -> Vec<Demand> {
    let mut demand_ids = Seen::new("demand");
    let mut demands = Vec::new();
    for mut raw in raw {
        raw.id = ids::clean(&raw.id);
        demand_ids.check(&raw.id, &raw.at, faults);
        for (what, x) in [("volume", raw.volume), ("routing unit", raw.factor)] {
            at_least_zero(what, x, &raw.at, faults);
        }
        let ends = find_ends(index, &raw.from, &raw.to, &raw.at, faults);
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
    demands
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
            // A reader tells of an id that is not there at all.
            if !node.key.is_empty() || faults.is_empty() {
                faults.push(node.at.error("the node has no id"));
            }
            continue;
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
        // A blank end has been told by the reader.
        if found.is_none() && !end.is_empty() {
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
const MOST: f64 = crate::input::number::MOST;

fn missing_metrics(edges: &[Edge], no_metric: Option<&str>) -> Option<Diagnostic> {
    let without = edges.iter().filter(|e| e.raw.metric.is_none()).count();
    (without > 0).then(|| {
        let total = edges.len();
        let message = if without == total {
            let why = no_metric.unwrap_or("no edge has a `metric` or a `weight`");
            format!("{why}: every hop costs 1")
        } else {
            format!("{without} of {total} edges have no metric: 1 is taken")
        };
        Diagnostic::warning(message)
    })
}
