//! Edges → links. A link works both ways, with a metric and a capacity for each. Where every edge of
//! a file has one that goes back, the two are the directions of one link; where one has none, the
//! file writes a link as one edge, and edges between the same two nodes are parallel. Where a format writes every
//! direction as an edge, one that none goes back for carries nothing back: its capacity that way is 0, and its
//! metric so large that traffic goes there only where it has no other way.

use super::super::Diagnostic;
use super::network::{Edge, RawLink, RawNode, Twins, warn_of};
use crate::input::number::MOST;
use std::collections::HashMap;

/// The links of a network. Undirected edges are links as they are.
pub(super) fn pair(
    edges: Vec<Edge>,
    which: Twins,
    nodes: &[RawNode],
    warnings: &mut Vec<Diagnostic>,
) -> Vec<RawLink> {
    let twin = twins(&edges, which, nodes, warnings);
    let values: Vec<_> = edges
        .iter()
        .map(|e| (e.raw.capacity, e.raw.metric, e.raw.labels.clone()))
        .collect();
    let last = last_resort(&edges);
    let mut links = Vec::new();
    let mut unlike = Vec::new();
    for (e, edge) in edges.into_iter().enumerate() {
        let metric = edge.raw.metric.unwrap_or(1.0);
        let (mut capacity_back, mut metric_back) =
            (edge.raw.capacity, edge.raw.metric_back.unwrap_or(metric));
        let mut labels_back = Vec::new();
        match twin[e] {
            Some(other) if other < e => continue,
            Some(other) => {
                let (capacity, metric, labels) = &values[other];
                capacity_back = *capacity;
                metric_back = metric.unwrap_or(1.0);
                labels_back.clone_from(labels);
                if *labels != edge.raw.labels {
                    unlike.push((name(&edge, nodes), edge.raw.at.clone()));
                }
            }
            None if which == Twins::Always => (capacity_back, metric_back) = (Some(0.0), last),
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
            labels_back,
        });
    }
    let why = "the two directions of a link have other labels; those of the first are kept for";
    warn_of(why, &unlike, warnings);
    links
}

/// A metric above that of every way that needs no closed direction: a power of ten above the sum of all.
fn last_resort(edges: &[Edge]) -> f64 {
    let both = |e: &Edge| e.raw.metric.unwrap_or(1.0) + e.raw.metric_back.unwrap_or(0.0);
    let sum: f64 = edges.iter().map(both).sum();
    let mut last = 1.0;
    while last <= sum && last < MOST {
        last *= 10.0;
    }
    last
}

fn name(edge: &Edge, nodes: &[RawNode]) -> String {
    format!("{} → {}", nodes[edge.from].id, nodes[edge.to].id)
}

/// Which edge goes back for each directed edge, if twins are directions of one link in this file.
fn twins(
    edges: &[Edge],
    which: Twins,
    nodes: &[RawNode],
    warnings: &mut Vec<Diagnostic>,
) -> Vec<Option<usize>> {
    let mut twin: Vec<Option<usize>> = vec![None; edges.len()];
    // First with one of the same capacity, then with any, each time in the order of the file.
    let bits = |e: &Edge| e.raw.capacity.map(f64::to_bits);
    pair_by(edges, &mut twin, |e, from, to| (from, to, bits(e)));
    pair_by(edges, &mut twin, |_, from, to| (from, to, None::<u64>));
    let single: Vec<_> = (0..edges.len())
        .filter(|&e| edges[e].raw.directed && twin[e].is_none())
        .map(|e| (name(&edges[e], nodes), edges[e].raw.at.clone()))
        .collect();
    let any = twin.iter().any(Option::is_some);
    if which == Twins::Always || single.is_empty() {
        let why = "nothing is carried back over edges that none goes back for:";
        warn_of(why, &single, warnings);
        return twin;
    }
    let why = if any {
        "edges to and fro are taken for parallel links, each of which works both ways: not every \
         edge has one that goes back, such as"
    } else {
        "a link works both ways; no edge goes back for"
    };
    if any || which != Twins::Undeclared {
        let mut both_ways = Vec::new();
        warn_of(why, &single, &mut both_ways);
        let help = if any { WRITE_ALL } else { WRITE_BACK };
        warnings.extend(both_ways.into_iter().map(|warning| warning.help(help)));
    }
    vec![None; edges.len()]
}

/// What to write where edges to and fro were meant as the directions of one link.
const WRITE_ALL: &str = "if each pair to and fro is one link, there is twice the capacity here and a spare that is \
     none: write an edge back for every edge, with capacity 0 and a large metric where nothing goes back";
const WRITE_BACK: &str = "where nothing goes back, write an edge back for every edge, with capacity 0 and a large metric";

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
