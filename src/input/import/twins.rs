//! Edges → links. A link works both ways, with a metric and a capacity for each. In: edges whose ends are
//! found. Out: links. Promises: an edge and one that goes back are the two ways of one link, whatever else the
//! file holds, for two links out of one would stand in for each other; where edges have a direction, one that
//! none goes back for carries nothing back: its capacity that way is 0, and its metric so large that traffic
//! goes there only where it has no other way.

use super::super::Diagnostic;
use super::network::{At, Edge, RawLink, RawNode, Twins, warning_of};
use crate::input::number::MOST;
use std::collections::{HashMap, VecDeque};

/// The links of a network. Undirected edges are links as they are.
pub(super) fn pair(
    edges: Vec<Edge>,
    which: Twins,
    nodes: &[RawNode],
    warnings: &mut Vec<Diagnostic>,
) -> Vec<RawLink> {
    let twin = twins(&edges);
    let any = twin.iter().any(Option::is_some);
    let last = last_resort(&edges);
    let values: Vec<_> = edges
        .iter()
        .map(|e| (e.raw.capacity, e.raw.metric, e.raw.labels.clone()))
        .collect();
    let mut links = Vec::new();
    let mut single: Vec<(String, At)> = Vec::new();
    let mut unlike = Vec::new();
    for (e, edge) in edges.into_iter().enumerate() {
        let metric = edge.raw.metric.unwrap_or(1.0);
        let (mut capacity_back, mut metric_back) =
            (edge.raw.capacity, edge.raw.metric_back.unwrap_or(metric));
        match twin[e] {
            Some(other) if other < e => continue,
            Some(other) => {
                let (capacity, metric, labels) = &values[other];
                capacity_back = *capacity;
                metric_back = metric.unwrap_or(1.0);
                if *labels != edge.raw.labels {
                    unlike.push((name(&edge, nodes), edge.raw.at.clone()));
                }
            }
            // One that says what the way back costs has one.
            None if edge.raw.directed && edge.raw.metric_back.is_none() => {
                single.push((name(&edge, nodes), edge.raw.at.clone()));
                if which == Twins::Declared {
                    capacity_back = Some(0.0);
                    metric_back = last;
                }
            }
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
    warnings.extend(of_single(which, any, &single));
    let why = "the two directions of a link have other labels; those of the first are kept for";
    warnings.extend(warning_of(why, &unlike));
    links
}

/// What is said of edges that none goes back for.
fn of_single(which: Twins, any: bool, single: &[(String, At)]) -> Option<Diagnostic> {
    match which {
        Twins::Declared => {
            let why = "no edge goes back for these, so nothing is carried back over them:";
            let help = "traffic that has no other way is not delivered, and still counts as load on \
                        that way; where a link works both ways, write an edge back, or say that the \
                        graph is not directed";
            warning_of(why, single).map(|warning| warning.help(help))
        }
        // Where no edge goes back for any other, each link is written once.
        Twins::Undeclared if any => {
            let why = "edges to and fro between two nodes are taken for the two ways of one link, all \
                       others work both ways: no edge goes back for";
            let help = "links side by side are written with the same source and target";
            warning_of(why, single).map(|warning| warning.help(help))
        }
        Twins::Undeclared => None,
    }
}

fn name(edge: &Edge, nodes: &[RawNode]) -> String {
    format!("{} → {}", nodes[edge.from].id, nodes[edge.to].id)
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

/// Which edge goes back for each directed edge.
fn twins(edges: &[Edge]) -> Vec<Option<usize>> {
    let mut twin: Vec<Option<usize>> = vec![None; edges.len()];
    // First with one of the same capacity, then with any, each time in the order of the file.
    let bits = |e: &Edge| e.raw.capacity.map(f64::to_bits);
    pair_by(edges, &mut twin, |e, from, to| (from, to, bits(e)));
    pair_by(edges, &mut twin, |_, from, to| (from, to, None::<u64>));
    twin
}

/// Pairs directed edges without a twin whose keys are each other's turned round.
fn pair_by<K: std::hash::Hash + Eq>(
    edges: &[Edge],
    twin: &mut [Option<usize>],
    key: impl Fn(&Edge, usize, usize) -> K,
) {
    let mut waiting: HashMap<K, VecDeque<usize>> = HashMap::new();
    for (e, edge) in edges.iter().enumerate() {
        if !edge.raw.directed || twin[e].is_some() {
            continue;
        }
        let back = waiting.get_mut(&key(edge, edge.to, edge.from));
        if let Some(other) = back.and_then(VecDeque::pop_front) {
            twin[e] = Some(other);
            twin[other] = Some(e);
        } else {
            let here = key(edge, edge.from, edge.to);
            waiting.entry(here).or_default().push_back(e);
        }
    }
}
