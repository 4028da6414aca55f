//! The routing core against numbers that others computed and against closed forms.

use brownout::engine::network::{Base, Edge, Topology};
use std::path::Path;

fn edge(a: u32, b: u32) -> Edge {
    Edge {
        a,
        b,
        metric: 1.0,
        metric_back: 1.0,
    }
}

/// One unit of traffic between every two of `ends`, in both directions.
fn all_pairs(ends: &[u32]) -> Vec<(u32, u32)> {
    let pairs = ends.iter().flat_map(|&a| ends.iter().map(move |&b| (a, b)));
    pairs.filter(|(a, b)| a != b).collect()
}

/// Loads of all arcs, one unit per flow, with some links down.
fn loads(nodes: u32, edges: &[Edge], flows: &[(u32, u32)], down: &[usize]) -> Vec<f64> {
    let topology = Topology::new(nodes, edges, flows);
    let links: Vec<bool> = (0..edges.len()).map(|l| !down.contains(&l)).collect();
    let bound = [flows.len() as f64];
    let mut base = Base::<1>::route(&topology, &vec![true; nodes as usize], &links);
    assert!((0..flows.len() as u32).all(|f| base.reaches(&topology, f)));
    base.load(&topology, bound, |_| [1.0]);
    (0..2 * edges.len() as u32)
        .map(|a| base.arc_load(a)[0])
        .collect()
}

#[derive(serde::Deserialize)]
struct Gabriel {
    nodes: Vec<serde_json::Value>,
    edges: Vec<GabrielEdge>,
}

#[derive(serde::Deserialize)]
struct GabrielEdge {
    source: u32,
    target: u32,
    ecmp_fwd: Percent,
    ecmp_bwd: Percent,
}

#[derive(serde::Deserialize)]
struct Percent {
    uni: f64,
}

/// Holds the loads of a network against those in its file.
fn are_as_computed(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = folder.join("../shared/data/network/gabriel").join(name);
    let text = std::fs::read_to_string(folder.join("tests/data").join(name))
        .or_else(|_| std::fs::read_to_string(beside))
        .expect("the network");
    let network: Gabriel = serde_json::from_str(&text).expect("JSON");
    let nodes = network.nodes.len() as u32;
    let edges: Vec<Edge> = network
        .edges
        .iter()
        .map(|e| edge(e.source, e.target))
        .collect();
    let ends: Vec<u32> = (0..nodes).collect();
    let loads = loads(nodes, &edges, &all_pairs(&ends), &[]);
    let greatest = loads.iter().copied().fold(0.0, f64::max);
    for (e, both) in network.edges.iter().zip(loads.chunks(2)) {
        for (load, percent) in both.iter().zip([e.ecmp_fwd.uni, e.ecmp_bwd.uni]) {
            let found = 100.0 * load / greatest;
            assert!(
                (found - percent).abs() <= 0.005 + 1e-9,
                "{name}, {}–{}: {found} ≠ {percent}",
                e.source,
                e.target
            );
        }
    }
}

#[test]
fn gabriel_networks_have_the_loads_their_author_computed() {
    for n in [10, 25, 50, 100] {
        are_as_computed(&format!("gabriel-{n}.json"));
    }
}

#[test]
#[ignore = "needs ../shared/data"]
fn large_gabriel_networks_have_the_loads_their_author_computed() {
    for n in [200, 500] {
        are_as_computed(&format!("gabriel-{n}.json"));
    }
}

#[test]
fn leaf_spine_survivors_carry_s_over_s_minus_1() {
    let (leaves, spines) = (6u32, 4u32);
    let edges: Vec<Edge> = (0..leaves)
        .flat_map(|l| (0..spines).map(move |s| edge(l, leaves + s)))
        .collect();
    let flows = all_pairs(&(0..leaves).collect::<Vec<_>>());
    let before = loads(leaves + spines, &edges, &flows, &[]);
    let after = loads(leaves + spines, &edges, &flows, &[0]);
    let up = f64::from(leaves - 1) / f64::from(spines);
    assert!(before.iter().all(|&x| (x - up).abs() < 1e-12));
    let s = f64::from(spines);
    for spine in 1..spines as usize {
        for arc in [2 * spine, 2 * spine + 1] {
            assert!((after[arc] - before[arc] * s / (s - 1.0)).abs() < 1e-12);
        }
    }
    // Other leaves send 1/S of what they have for the others by every spine, and 1/(S-1) of what
    // they have for leaf 0 by each spine that is left.
    let other = f64::from(leaves - 2) / s;
    assert!((after[2 * spines as usize] - other).abs() < 1e-12);
    assert!((after[2 * spines as usize + 2] - (other + 1.0 / (s - 1.0))).abs() < 1e-12);
}

/// A k-ary fat tree: links between edge and aggregation, then between aggregation and core.
fn fat_tree(k: u32) -> (u32, Vec<Edge>, Vec<u32>) {
    let half = k / 2;
    let edge_switch = |pod: u32, i: u32| pod * half + i;
    let aggregation = |pod: u32, i: u32| k * half + pod * half + i;
    let core = |i: u32, j: u32| 2 * k * half + i * half + j;
    let mut edges = Vec::new();
    for pod in 0..k {
        for e in 0..half {
            edges.extend((0..half).map(|a| edge(edge_switch(pod, e), aggregation(pod, a))));
        }
    }
    for pod in 0..k {
        for a in 0..half {
            edges.extend((0..half).map(|c| edge(aggregation(pod, a), core(a, c))));
        }
    }
    (2 * k * half + half * half, edges, (0..k * half).collect())
}

#[test]
fn a_fat_tree_has_two_classes_of_link_failure() {
    let k = 6;
    let (nodes, edges, ends) = fat_tree(k);
    let flows = all_pairs(&ends);
    let mut shapes: Vec<Vec<i64>> = (0..edges.len())
        .map(|down| {
            let mut shape: Vec<i64> = loads(nodes, &edges, &flows, &[down])
                .iter()
                .map(|x| (x * 1e6).round() as i64)
                .collect();
            shape.sort_unstable();
            shape
        })
        .collect();
    shapes.dedup();
    assert_eq!(shapes.len(), 2);
    let class = edges.len() / 2;
    assert_eq!(class, (k * k / 2 * k / 2) as usize);
}
