//! Networks whose shape others made, in every state that a planner asks about, against equal-cost
//! multipath written a second time: the greatest utilization of a link, demand disconnected, traffic
//! lost.

use crate::estates::{Builder, scenario};
use brownout::analysis::Study;
use brownout::engine::{Ix, Scratch};
use brownout::model::{Flow, Link, NodeId, Role, System};
use std::path::PathBuf;

/// A network with demands.
struct Net {
    nodes: usize,
    /// Ends, metric each way, capacity each way.
    links: Vec<(usize, usize, [f64; 2], [f64; 2])>,
    /// By node: whether traffic of others may pass.
    forwards: Vec<bool>,
    /// By node: direction, other end, metric of every way out.
    out: Vec<Vec<(usize, usize, f64)>>,
    /// From, to, volume.
    demands: Vec<(usize, usize, f64)>,
}

/// What a state looks like from far.
#[derive(Debug)]
struct Picture {
    utilization: f64,
    disconnected: f64,
    lost: f64,
}

impl Picture {
    fn assert_is(&self, other: &Self, what: &str) {
        for (name, x, y) in [
            ("utilization", self.utilization, other.utilization),
            ("disconnected", self.disconnected, other.disconnected),
            ("lost", self.lost, other.lost),
        ] {
            let close = (x - y).abs() <= 1e-9 * y.abs().max(1.0);
            assert!(close, "{what}: {name} is {x}, not {y}");
        }
    }
}

#[derive(serde::Deserialize)]
struct File {
    nodes: Vec<serde_json::Value>,
    edges: Vec<FileEdge>,
}

#[derive(serde::Deserialize)]
struct FileEdge {
    source: usize,
    target: usize,
    dist: f64,
}

/// A network of tests/data, its metrics made from lengths, with uneven demands between all nodes and
/// capacities that some failures exceed.
fn read(name: &str, metric: fn(f64, usize) -> [f64; 2]) -> Net {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let text = std::fs::read_to_string(data.join(name)).expect("a network");
    let file: File = serde_json::from_str(&text).expect("JSON");
    let edges = file.edges.iter().enumerate();
    let links = edges.map(|(i, e)| (e.source, e.target, metric(e.dist, i)));
    with_demands(file.nodes.len(), links.collect())
}

/// A ring with chords, the shortest of one hop.
fn made(nodes: usize, metric: fn(f64, usize) -> [f64; 2]) -> Net {
    let ring = (0..nodes).map(|i| (i, (i + 1) % nodes, 1.0));
    let chords = (0..nodes).map(|i| (i, (i * 7 + 3) % nodes, 1.0 + (i % 4) as f64));
    let all = ring.chain(chords).filter(|(a, b, _)| a != b).enumerate();
    let links = all.map(|(i, (a, b, length))| (a, b, metric(length * 40.0, i)));
    with_demands(nodes, links.collect())
}

/// Uneven demands between all nodes, capacities that some failures exceed, now and then another one
/// back, and some nodes that forward nothing.
fn with_demands(nodes: usize, links: Vec<(usize, usize, [f64; 2])>) -> Net {
    let mut net = Net {
        nodes,
        links: links
            .into_iter()
            .map(|(a, b, metric)| (a, b, metric, [f64::INFINITY; 2]))
            .collect(),
        forwards: (0..nodes).map(|i| i % 11 != 6).collect(),
        out: vec![Vec::new(); nodes],
        demands: Vec::new(),
    };
    for (i, &(a, b, metric, _)) in net.links.iter().enumerate() {
        net.out[a].push((2 * i, b, metric[0]));
        net.out[b].push((2 * i + 1, a, metric[1]));
    }
    for from in 0..net.nodes {
        let to = (0..net.nodes).filter(|&to| to != from);
        net.demands.extend(to.map(|to| {
            (
                from,
                to,
                f64::from(1 + (7 * from + 13 * to) as u32 % 17) / 10.0,
            )
        }));
    }
    let loads = net
        .loads(&vec![true; net.nodes], &vec![true; net.links.len()])
        .0;
    for (i, link) in net.links.iter_mut().enumerate() {
        let most = loads[2 * i].max(loads[2 * i + 1]);
        let capacity = (most * (1.05 + (i % 5) as f64 * 0.2)).max(1.0);
        let back = (loads[2 * i + 1] * 1.1).max(1.0);
        link.3 = [capacity, if i % 3 == 0 { back } else { capacity }];
    }
    net
}

impl Net {
    /// Distances to a node over what works, by looking for the nearest node left.
    fn distances(&self, to: usize, nodes: &[bool], links: &[bool]) -> Vec<f64> {
        let mut distance = vec![f64::INFINITY; self.nodes];
        let mut done = vec![false; self.nodes];
        if nodes[to] {
            distance[to] = 0.0;
        }
        loop {
            let left = (0..self.nodes).filter(|&v| !done[v] && distance[v].is_finite());
            let Some(v) = left.min_by(|&a, &b| distance[a].total_cmp(&distance[b])) else {
                return distance;
            };
            done[v] = true;
            if v != to && !self.forwards[v] {
                continue;
            }
            for &(arc, u, _) in &self.out[v] {
                // The same link the other way: from u to v.
                let cost = self.links[arc / 2].2[1 - arc % 2];
                if links[arc / 2] && nodes[u] {
                    distance[u] = distance[u].min(cost + distance[v]);
                }
            }
        }
    }

    /// (direction, next node) of a node's shortest paths to the one that is at distance 0.
    fn hops(&self, at: usize, distance: &[f64], links: &[bool]) -> Vec<(usize, usize)> {
        let is_next = |&&(arc, next, cost): &&(usize, usize, f64)| {
            let through = cost + distance[next];
            let leads_on = distance[next] == 0.0 || self.forwards[next];
            let near = leads_on && distance[next] < distance[at];
            links[arc / 2] && near && through <= distance[at] * (1.0 + 1e-12)
        };
        let ways = self.out[at].iter().filter(is_next);
        ways.map(|&(arc, next, _)| (arc, next)).collect()
    }

    /// Load of every direction, and by destination: its distances.
    fn loads(&self, nodes: &[bool], links: &[bool]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let mut loads = vec![0.0; 2 * self.links.len()];
        let mut all = Vec::new();
        for to in 0..self.nodes {
            let distance = self.distances(to, nodes, links);
            let mut through = vec![0.0; self.nodes];
            for &(from, _, volume) in self.demands.iter().filter(|d| d.1 == to) {
                if distance[from].is_finite() {
                    through[from] += volume;
                }
            }
            let mut order: Vec<usize> = (0..self.nodes)
                .filter(|&v| distance[v].is_finite())
                .collect();
            order.sort_by(|&a, &b| distance[b].total_cmp(&distance[a]));
            for v in order {
                let hops = self.hops(v, &distance, links);
                for &(arc, next) in &hops {
                    let share = through[v] / hops.len() as f64;
                    loads[arc] += share;
                    through[next] += share;
                }
            }
            all.push(distance);
        }
        (loads, all)
    }

    /// A state with some nodes and links down.
    fn picture(&self, down_nodes: &[usize], down_links: &[usize]) -> Picture {
        let nodes: Vec<bool> = (0..self.nodes).map(|v| !down_nodes.contains(&v)).collect();
        let links: Vec<bool> = (0..self.links.len())
            .map(|i| {
                let (a, b, ..) = self.links[i];
                !down_links.contains(&i) && nodes[a] && nodes[b]
            })
            .collect();
        let (loads, distances) = self.loads(&nodes, &links);
        let used = |arc: usize| loads[arc] / self.links[arc / 2].3[arc % 2];
        let mut picture = Picture {
            utilization: (0..loads.len()).map(used).fold(0.0, f64::max),
            disconnected: 0.0,
            lost: 0.0,
        };
        for (to, distance) in distances.iter().enumerate() {
            let mut order: Vec<usize> = (0..self.nodes)
                .filter(|&v| distance[v].is_finite())
                .collect();
            order.sort_by(|&a, &b| distance[a].total_cmp(&distance[b]));
            let mut arrives = vec![0.0; self.nodes];
            for v in order {
                let hops = self.hops(v, distance, &links);
                let carried =
                    |&(arc, next): &(usize, usize)| (1.0 / used(arc)).min(1.0).min(arrives[next]);
                arrives[v] = if v == to {
                    1.0
                } else {
                    hops.iter().map(carried).sum::<f64>() / hops.len() as f64
                };
            }
            for &(from, _, volume) in self.demands.iter().filter(|d| d.1 == to) {
                if distance[from].is_infinite() {
                    picture.disconnected += volume;
                }
                picture.lost += volume * (1.0 - arrives[from]);
            }
        }
        picture
    }

    /// The same network as an estate: a flow and a service for each demand.
    fn system(&self) -> System {
        let mut b = Builder::default();
        let routers: Vec<u32> = (0..self.nodes)
            .map(|i| b.component(&format!("router-{i}"), None))
            .collect();
        for (i, &(from, to, metric, capacity)) in self.links.iter().enumerate() {
            let role = Role::Link(Link {
                a: NodeId(routers[from]),
                b: NodeId(routers[to]),
                metric: metric[0],
                metric_back: metric[1],
                capacity_back: (capacity[0] != capacity[1]).then_some(capacity[1]),
            });
            b.node(&format!("link-{i}"), role, Some(capacity[0]));
        }
        for (&router, &forwards) in routers.iter().zip(&self.forwards) {
            b.draft.nodes[router as usize].node.transit = Some(forwards);
        }
        for (i, &(from, to, volume)) in self.demands.iter().enumerate() {
            let role = Role::Flow(Flow {
                from: NodeId(routers[from]),
                to: NodeId(routers[to]),
            });
            let flow = b.node(&format!("flow-{i}"), role, None);
            let service = b.service(&format!("demand-{i}"), volume);
            b.all(service, flow);
        }
        b.build()
    }
}

/// What the engine says of the state in a scratch.
struct Engine<'e> {
    net: &'e Net,
    links: Vec<Ix>,
    services: Vec<Ix>,
}

impl Engine<'_> {
    fn picture(&self, scratch: &Scratch<'_, 1>) -> Picture {
        let mut picture = Picture {
            utilization: 0.0,
            disconnected: 0.0,
            lost: 0.0,
        };
        for (&v, link) in self.links.iter().zip(&self.net.links) {
            for ([load], capacity) in scratch.load_both_ways(v).into_iter().zip(link.3) {
                picture.utilization = picture.utilization.max(load / capacity);
            }
        }
        for (&v, demand) in self.services.iter().zip(&self.net.demands) {
            if !scratch.works(v) {
                picture.disconnected += demand.2;
            }
            picture.lost += demand.2 * (1.0 - scratch.delivered(v)[0]);
        }
        picture
    }
}

/// Nothing, every link, every node, and `pairs` of links and nodes.
fn compare(name: &str, metric: fn(f64, usize) -> [f64; 2], pairs: usize) {
    compare_net(name, &read(name, metric), pairs);
}

fn compare_net(name: &str, net: &Net, pairs: usize) {
    let system = net.system();
    let scenario = scenario(&system, 1, &[1.0]);
    let study = Study::new(&system, &scenario);
    let demand: Vec<[f64; 1]> = net.demands.iter().map(|d| [d.2]).collect();
    let find = |id: String| {
        let node = system.find(&id).expect("a node");
        study.compiled().ix(node)
    };
    let engine = Engine {
        links: (0..net.links.len())
            .map(|i| find(format!("link-{i}")))
            .collect(),
        services: (0..demand.len())
            .map(|i| find(format!("demand-{i}")))
            .collect(),
        net,
    };
    let routers: Vec<Ix> = (0..net.nodes)
        .map(|i| find(format!("router-{i}")))
        .collect();
    let of_system: Vec<[f64; 1]> = system
        .services()
        .iter()
        .map(|&s| [system.node(s).as_service().expect("a service").demand])
        .collect();
    let base = study.base::<1>(&[], &of_system);
    let mut scratch = Scratch::new(&base);
    let nothing = scratch.mark();
    let mut congested = 0;
    let mut check = |down_links: &[usize], down_nodes: &[usize]| {
        for &i in down_links {
            scratch.fail(engine.links[i]);
        }
        for &i in down_nodes {
            scratch.fail(routers[i]);
        }
        let by_hand = net.picture(down_nodes, down_links);
        congested += usize::from(by_hand.utilization > 1.0);
        let what = format!("{name}, links {down_links:?} and nodes {down_nodes:?} down");
        engine.picture(&scratch).assert_is(&by_hand, &what);
        scratch.undo(nothing);
    };
    check(&[], &[]);
    (0..net.links.len()).for_each(|i| check(&[i], &[]));
    (0..net.nodes).for_each(|i| check(&[], &[i]));
    for k in 0..pairs {
        let (a, b) = (k * 7 % net.links.len(), (k * 13 + 5) % net.links.len());
        match k % 3 {
            0 | 1 if a != b => check(&[a, b], &[]),
            _ => check(&[a], &[b % net.nodes]),
        }
    }
    assert!(congested > 0, "capacities are never exceeded");
}

#[test]
fn hops_as_metric() {
    compare("gabriel-25.json", |_, _| [1.0, 1.0], 60);
    compare("gabriel-50.json", |_, _| [1.0, 1.0], 20);
}

#[test]
fn lengths_as_metric() {
    compare("gabriel-25.json", |length, _| [length, length], 60);
    compare("gabriel-50.json", |length, _| [length, length], 20);
}

#[test]
fn a_metric_for_each_way() {
    let metric = |length: f64, i: usize| {
        let steps = (length / 40.0).ceil();
        [steps, steps + (i % 3) as f64]
    };
    compare("gabriel-25.json", metric, 60);
    compare("gabriel-100.json", metric, 0);
}

#[test]
fn networks_that_need_no_file() {
    let hops: fn(f64, usize) -> [f64; 2] = |_, _| [1.0, 1.0];
    let lengths: fn(f64, usize) -> [f64; 2] = |length, _| [length, length];
    let both: fn(f64, usize) -> [f64; 2] = |length, i| [length, length + (i % 3) as f64 * 40.0];
    for (name, metric) in [("hops", hops), ("lengths", lengths), ("each way", both)] {
        compare_net(name, &made(23, metric), 60);
    }
}
