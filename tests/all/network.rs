//! The routing core against a naive evaluation written from the definitions, and against itself:
//! failures one after another give the bits of an evaluation from nothing.

use brownout::engine::network::{Base, Edge, Place, Scratch, Topology};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

pub const L: usize = 2;

/// A network with everything that a state needs.
pub struct Case {
    pub nodes: u32,
    pub edges: Vec<Edge>,
    pub capacity: Vec<f64>,
    pub node_capacity: Vec<f64>,
    /// By node: whether it forwards.
    pub forwards: Vec<bool>,
    pub flows: Vec<(u32, u32)>,
    pub load: Vec<[f64; L]>,
}

/// What works.
#[derive(Clone, PartialEq, Debug)]
pub struct Works {
    pub nodes: Vec<bool>,
    pub links: Vec<bool>,
}

/// What an evaluation says.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub reaches: Vec<bool>,
    pub arcs: Vec<[f64; L]>,
    pub nodes: Vec<[f64; L]>,
    pub delivered: Vec<[f64; L]>,
}

struct Dice(Xoshiro256PlusPlus);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }
    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }
}

/// Small, with parallel links, asymmetric metrics, ties, islands, flows without load.
fn random_case(dice: &mut Dice) -> Case {
    let nodes = 2 + dice.below(12);
    let links = dice.below(3 * nodes) + 1;
    case_of(dice, nodes, links)
}

/// Few nodes with very many links each.
fn wide_case(dice: &mut Dice) -> Case {
    let nodes = 3 + dice.below(2);
    let links = 60 + dice.below(60);
    case_of(dice, nodes, links)
}

/// Nodes that are joined to few others in the middle only, so that hardly any traffic passes them.
fn edge_case(dice: &mut Dice) -> Case {
    let middle = 1 + dice.below(4);
    let nodes = middle + 2 + dice.below(14);
    let links = nodes + dice.below(nodes);
    let mut case = case_of(dice, nodes, links);
    for edge in &mut case.edges {
        if edge.a >= middle && edge.b >= middle {
            edge.a %= middle;
        }
    }
    case
}

fn case_of(dice: &mut Dice, nodes: u32, links: u32) -> Case {
    let integers = !dice.one_in(4);
    let wild = dice.one_in(20);
    let mut edges = Vec::new();
    for _ in 0..links {
        let a = dice.below(nodes);
        let b = (a + 1 + dice.below(nodes - 1)) % nodes;
        let mut metric = || match (integers, wild) {
            (true, false) => f64::from(1 + dice.below(3)),
            (_, true) => [1e-18, 1.0, 3.0][dice.below(3) as usize],
            _ => 0.1 * f64::from(1 + dice.below(6)),
        };
        let m = metric();
        let back = metric();
        let metric_back = if dice.one_in(3) { back } else { m };
        edges.push(Edge {
            a,
            b,
            metric: m,
            metric_back,
        });
    }
    let flows: Vec<(u32, u32)> = (0..dice.below(3 * nodes))
        .map(|_| {
            let to = dice.below(nodes);
            ((to + 1 + dice.below(nodes - 1)) % nodes, to)
        })
        .collect();
    let mut amount = |zero: u32| {
        if dice.one_in(zero) {
            0.0
        } else {
            0.3 * f64::from(1 + dice.below(50))
        }
    };
    let load = flows.iter().map(|_| [amount(4), amount(6)]).collect();
    let mut capacity = |n: usize| -> Vec<f64> {
        (0..n)
            .map(|_| match dice.below(6) {
                0 => 0.0,
                1 | 2 => f64::from(1 + dice.below(40)),
                _ => f64::INFINITY,
            })
            .collect()
    };
    let (capacity, node_capacity) = (capacity(2 * edges.len()), capacity(nodes as usize));
    let few_ends = dice.one_in(2);
    let forwards = (0..nodes).map(|_| few_ends || !dice.one_in(3)).collect();
    Case {
        nodes,
        edges,
        capacity,
        node_capacity,
        forwards,
        flows,
        load,
    }
}

pub fn own(capacity: f64, load: f64) -> f64 {
    if load <= 0.0 || capacity.is_infinite() {
        1.0
    } else {
        (capacity / load).min(1.0)
    }
}

pub fn owns(capacity: f64, load: [f64; L]) -> [f64; L] {
    load.map(|x| own(capacity, x))
}

impl Case {
    pub fn topology(&self) -> Topology {
        let forwards = |v: u32| self.forwards[v as usize];
        Topology::with_transit(self.nodes, &self.edges, &self.flows, forwards)
    }

    pub fn all_work(&self) -> Works {
        Works {
            nodes: vec![true; self.nodes as usize],
            links: vec![true; self.edges.len()],
        }
    }

    fn bound(&self) -> [f64; L] {
        std::array::from_fn(|l| self.load.iter().map(|x| x[l]).sum::<f64>() * 2.0)
    }

    /// From nothing, by the engine.
    pub fn base(&self, topology: &Topology, works: &Works) -> (Base<L>, Answer) {
        let mut base = Base::route(topology, &works.nodes, &works.links);
        let flows = 0..self.flows.len() as u32;
        let reaches: Vec<bool> = flows.clone().map(|f| base.reaches(topology, f)).collect();
        base.load(topology, self.bound(), |f| {
            let works = reaches[f as usize] && works.nodes[self.flows[f as usize].0 as usize];
            if works {
                self.load[f as usize]
            } else {
                [0.0; L]
            }
        });
        let arcs: Vec<_> = (0..2 * self.edges.len() as u32)
            .map(|a| base.arc_load(a))
            .collect();
        let nodes: Vec<_> = (0..self.nodes).map(|v| base.node_load(v)).collect();
        base.deliver(
            topology,
            |a| owns(self.capacity[a as usize], arcs[a as usize]),
            |v| owns(self.node_capacity[v as usize], nodes[v as usize]),
        );
        let delivered = flows.map(|f| base.delivered(topology, f)).collect();
        (
            base,
            Answer {
                reaches,
                arcs,
                nodes,
                delivered,
            },
        )
    }

    /// One more failure, by the engine.
    pub fn step(
        &self,
        topology: &Topology,
        base: &Base<L>,
        scratch: &mut Scratch<L>,
        works: &mut Works,
        element: u32,
    ) {
        let (links, nodes) = self.fail(works, element);
        scratch.fail(topology, base, &links, &nodes);
        for f in scratch.cut().to_vec() {
            scratch.set_flow_load(topology, f, [0.0; L]);
        }
        scratch.push_loads(topology, base);
        for i in 0..scratch.changed_len() {
            let place = scratch.changed_at(i);
            match place {
                Place::Arc(a) => {
                    scratch.set_own(a, owns(self.capacity[a as usize], scratch.arc_load(a)));
                }
                Place::Node(v) if works.nodes[v as usize] => scratch.set_node(
                    topology,
                    v,
                    owns(self.node_capacity[v as usize], scratch.node_load(v)),
                ),
                Place::Node(_) => {}
            }
        }
        scratch.settle(topology, base);
    }

    /// Elements are links, then nodes. What stops to work.
    fn fail(&self, works: &mut Works, element: u32) -> (Vec<u32>, Vec<u32>) {
        let m = self.edges.len() as u32;
        let mut links = Vec::new();
        let mut nodes = Vec::new();
        if element < m {
            links.push(element);
        } else {
            nodes.push(element - m);
            let node = element - m;
            links.extend((0..m).filter(|&l| {
                let e = &self.edges[l as usize];
                e.a == node || e.b == node
            }));
        }
        links.retain(|&l| std::mem::replace(&mut works.links[l as usize], false));
        nodes.retain(|&v| std::mem::replace(&mut works.nodes[v as usize], false));
        (links, nodes)
    }

    pub fn read(&self, topology: &Topology, base: &Base<L>, scratch: &Scratch<L>) -> Answer {
        let flows = 0..self.flows.len() as u32;
        Answer {
            reaches: flows
                .clone()
                .map(|f| scratch.reaches(topology, base, f))
                .collect(),
            arcs: (0..2 * self.edges.len() as u32)
                .map(|a| scratch.arc_load(a))
                .collect(),
            nodes: (0..self.nodes).map(|v| scratch.node_load(v)).collect(),
            delivered: flows
                .map(|f| scratch.delivered(topology, base, f))
                .collect(),
        }
    }

    /// From the definitions, one flow after another.
    fn naive(&self, works: &Works) -> Answer {
        let n = self.nodes as usize;
        let mut answer = Answer {
            reaches: Vec::new(),
            arcs: vec![[0.0; L]; 2 * self.edges.len()],
            nodes: vec![[0.0; L]; n],
            delivered: Vec::new(),
        };
        let trees: Vec<Vec<f64>> = (0..n).map(|t| self.distances(works, t)).collect();
        for (&(from, to), load) in self.flows.iter().zip(&self.load) {
            let d = &trees[to as usize];
            let ok = works.nodes[from as usize] && d[from as usize].is_finite();
            answer.reaches.push(ok);
            if ok {
                let ends = (from as usize, to as usize);
                self.spread(works, d, ends, *load, &mut answer);
            }
        }
        for (i, &(from, to)) in self.flows.iter().enumerate() {
            let mut value = [1.0; L];
            for l in 0..L {
                if answer.reaches[i] {
                    let d = &trees[to as usize];
                    value[l] = self.arrives(works, d, from as usize, to as usize, l, &answer);
                }
            }
            answer.delivered.push(value);
        }
        answer
    }

    /// Bellman-Ford. No path goes through a node that does not forward.
    fn distances(&self, works: &Works, to: usize) -> Vec<f64> {
        let mut d = vec![f64::INFINITY; self.nodes as usize];
        if !works.nodes[to] {
            return d;
        }
        d[to] = 0.0;
        for _ in 0..=self.nodes {
            for (e, &ok) in self.edges.iter().zip(&works.links) {
                if ok {
                    let (a, b) = (e.a as usize, e.b as usize);
                    if b == to || self.forwards[b] {
                        d[a] = d[a].min(e.metric + d[b]);
                    }
                    if a == to || self.forwards[a] {
                        d[b] = d[b].min(e.metric_back + d[a]);
                    }
                }
            }
        }
        d
    }

    fn next_hops(&self, works: &Works, d: &[f64], u: usize, to: usize) -> Vec<(usize, usize)> {
        let mut hops = Vec::new();
        for (l, e) in self
            .edges
            .iter()
            .enumerate()
            .filter(|(l, _)| works.links[*l])
        {
            for (arc, tail, head, metric) in [
                (2 * l, e.a as usize, e.b as usize, e.metric),
                (2 * l + 1, e.b as usize, e.a as usize, e.metric_back),
            ] {
                let leads_on = head == to || self.forwards[head];
                if tail == u
                    && leads_on
                    && metric + d[head] <= d[u] * (1.0 + 1e-12)
                    && d[head] < d[u]
                {
                    hops.push((arc, head));
                }
            }
        }
        hops
    }

    fn spread(
        &self,
        works: &Works,
        d: &[f64],
        (u, to): (usize, usize),
        load: [f64; L],
        answer: &mut Answer,
    ) {
        let hops = self.next_hops(works, d, u, to);
        for l in 0..L {
            answer.nodes[u][l] += load[l];
        }
        let share = load.map(|x| x / hops.len() as f64);
        for (arc, head) in hops {
            for l in 0..L {
                answer.arcs[arc][l] += share[l];
            }
            self.spread(works, d, (head, to), share, answer);
        }
    }

    fn arrives(
        &self,
        works: &Works,
        d: &[f64],
        u: usize,
        to: usize,
        l: usize,
        answer: &Answer,
    ) -> f64 {
        let node = own(self.node_capacity[u], answer.nodes[u][l]);
        if u == to {
            return node;
        }
        let hops = self.next_hops(works, d, u, to);
        let sum: f64 = hops
            .iter()
            .map(|&(arc, head)| {
                own(self.capacity[arc], answer.arcs[arc][l])
                    .min(self.arrives(works, d, head, to, l, answer))
            })
            .sum();
        if hops.is_empty() {
            0.0
        } else {
            node.min(sum / hops.len() as f64)
        }
    }
}

fn assert_close(x: &Answer, y: &Answer) {
    assert_eq!(x.reaches, y.reaches);
    for (what, x, y) in [
        ("arcs", &x.arcs, &y.arcs),
        ("nodes", &x.nodes, &y.nodes),
        ("delivered", &x.delivered, &y.delivered),
    ] {
        for (i, (x, y)) in x.iter().zip(y).enumerate() {
            for l in 0..L {
                let (x, y) = (x[l], y[l]);
                assert!(
                    (x - y).abs() <= 1e-9 * y.abs().max(1e-3),
                    "{what} {i}: {x} ≠ {y}"
                );
            }
        }
    }
}

/// What a flow without a path delivers is no question; the engine above decides.
fn masked(mut answer: Answer) -> Answer {
    for (i, d) in answer.delivered.iter_mut().enumerate() {
        for l in 0..L {
            if !answer.reaches[i] {
                d[l] = 1.0;
            }
        }
    }
    answer
}

fn failures(dice: &mut Dice, case: &Case, order: usize) -> Vec<u32> {
    let elements = case.edges.len() as u32 + case.nodes;
    (0..order).map(|_| dice.below(elements)).collect()
}

#[test]
fn agrees_with_the_definitions() {
    let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(1));
    for _ in 0..600 {
        let case = random_case(&mut dice);
        let topology = case.topology();
        let mut works = case.all_work();
        for element in failures(&mut dice, &case, 4) {
            let (_, answer) = case.base(&topology, &works);
            assert_close(&masked(answer), &case.naive(&works));
            case.fail(&mut works, element);
        }
    }
}

#[test]
fn one_after_another_is_the_same_as_from_nothing() {
    let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(2));
    for _ in 0..600 {
        let case = random_case(&mut dice);
        fails_one_after_another(&case, &mut dice);
    }
}

#[test]
fn a_node_may_have_more_links_than_a_word_has_bits() {
    let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(4));
    for _ in 0..60 {
        let case = wide_case(&mut dice);
        let topology = case.topology();
        let (_, answer) = case.base(&topology, &case.all_work());
        let naive = case.naive(&case.all_work());
        assert_close(&masked(answer), &masked(naive));
        fails_one_after_another(&case, &mut dice);
    }
}

#[test]
fn nodes_that_nobody_passes_are_kept_where_flows_of_theirs_are() {
    let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(5));
    for _ in 0..600 {
        let case = edge_case(&mut dice);
        let topology = case.topology();
        let (_, answer) = case.base(&topology, &case.all_work());
        assert_close(&masked(answer), &case.naive(&case.all_work()));
        fails_one_after_another(&case, &mut dice);
    }
}

/// A table of every destination by every node would be 64 MB.
#[test]
fn what_a_star_takes_does_not_grow_with_pairs_of_leaves() {
    let leaves = 2_000;
    let edges: Vec<Edge> = (1..=leaves)
        .map(|b| Edge {
            a: 0,
            b,
            metric: 1.0,
            metric_back: 1.0,
        })
        .collect();
    let flows: Vec<(u32, u32)> = (1..=leaves).map(|v| (v, 1 + v % leaves)).collect();
    for forwards in [true, false] {
        let topology = Topology::with_transit(leaves + 1, &edges, &flows, |v| v == 0 || forwards);
        let (nodes, links) = (vec![true; leaves as usize + 1], vec![true; leaves as usize]);
        let base = Base::<L>::route(&topology, &nodes, &links);
        assert!((0..leaves).all(|flow| base.reaches(&topology, flow)));
        assert!(base.bytes() < 4_000_000, "{}", base.bytes());
    }
}

/// Failures on top of each other and taken back, each state against an evaluation from nothing.
fn fails_one_after_another(case: &Case, dice: &mut Dice) {
    let topology = case.topology();
    let mut works = case.all_work();
    let known = dice.below(3) as usize;
    for element in failures(dice, case, known) {
        case.fail(&mut works, element);
    }
    let (base, start) = case.base(&topology, &works);
    let mut scratch = Scratch::new(&topology, &base);
    for _ in 0..3 {
        let mut trail = vec![(scratch.mark(), works.clone(), None)];
        for element in failures(dice, case, 3) {
            case.step(&topology, &base, &mut scratch, &mut works, element);
            let (_, full) = case.base(&topology, &works);
            let here = masked(case.read(&topology, &base, &scratch));
            assert_eq!(here, masked(full));
            trail.push((scratch.mark(), works.clone(), Some(here)));
        }
        trail.pop();
        while let Some((mark, was, answer)) = trail.pop() {
            scratch.undo(mark);
            works = was;
            let answer = answer.unwrap_or_else(|| masked(start.clone()));
            assert_eq!(masked(case.read(&topology, &base, &scratch)), answer);
        }
    }
}

#[test]
fn a_flow_that_changes_its_load_moves_only_its_own_share() {
    let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(3));
    for _ in 0..200 {
        let mut case = random_case(&mut dice);
        if case.flows.is_empty() {
            continue;
        }
        let topology = case.topology();
        let works = case.all_work();
        let (base, _) = case.base(&topology, &works);
        let mut scratch = Scratch::new(&topology, &base);
        let f = dice.below(case.flows.len() as u32);
        let bound = case.load.clone();
        case.load[f as usize] = [0.0, case.load[f as usize][0]];
        scratch.fail(&topology, &base, &[], &[]);
        if scratch.reaches(&topology, &base, f) {
            scratch.set_flow_load(&topology, f, case.load[f as usize]);
        }
        scratch.push_loads(&topology, &base);
        for i in 0..scratch.changed_len() {
            let place = scratch.changed_at(i);
            match place {
                Place::Arc(a) => {
                    scratch.set_own(a, owns(case.capacity[a as usize], scratch.arc_load(a)));
                }
                Place::Node(v) => scratch.set_node(
                    &topology,
                    v,
                    owns(case.node_capacity[v as usize], scratch.node_load(v)),
                ),
            }
        }
        scratch.settle(&topology, &base);
        assert!(scratch.rerouted().is_empty());
        let here = masked(case.read(&topology, &base, &scratch));
        assert_close(&here, &case.naive(&works));
        assert_eq!(bound.len(), case.load.len());
    }
}
