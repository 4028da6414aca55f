//! System → [`CompiledSystem`]: numbering, requirements, and the tree in which loads add up.
//!
//! In: a valid [`System`]. Out: flat arrays for the engine. Cannot fail, and depends on nothing but
//! the system's canonical order.

mod block;
mod elimination;
mod layered;
mod layers;
mod layout;
mod network;
mod number;
mod order;
mod placement;
mod stacked;
mod sums;

use crate::engine::{CompiledSystem, Draw, Edge, Loop, NONE, Requirement, Rule};
use crate::model::{self, Link, Need, NodeId, Role, System};
pub use layout::Layout;

use number::to_u32;
use order::Order;

/// Compiles a system.
#[must_use]
pub fn compile(system: &System) -> CompiledSystem {
    compile_in(system, &Layout::of(system))
}

/// Compiles a system whose layout is known, or that of another in which the same nodes need the same ones.
#[must_use]
pub fn compile_in(system: &System, layout: &Layout) -> CompiledSystem {
    let (layers, order) = (&layout.layers, &layout.order);
    let mut draft = Draft::new(system, order);
    for (&node, &layer) in order.node_of.iter().zip(&order.layer) {
        draft.node(node, layer, layers.is_constant(layer));
    }
    let mut compiled = draft.finish(layout);
    compiled.land();
    compiled
}

struct Draft<'a> {
    system: &'a System,
    order: &'a Order,
    first_requirement: Vec<u32>,
    requirements: Vec<Requirement>,
    edges: Vec<Edge>,
    /// What consumers draw whatever they carry, by requirement.
    draws: Vec<Draw>,
    sends: Vec<bool>,
    /// Per place: the loop that it is in, or [`NONE`].
    loop_of: Vec<u32>,
    /// How many edges carry load inside a loop.
    inside: u32,
}

impl<'a> Draft<'a> {
    fn new(system: &'a System, order: &'a Order) -> Self {
        let mut loop_of = vec![NONE; order.node_of.len()];
        for (number, &(first, last)) in (0u32..).zip(&order.loops) {
            loop_of[first as usize..last as usize].fill(number);
        }
        Self {
            system,
            order,
            first_requirement: vec![0],
            requirements: Vec::with_capacity(system.requirements().len() * 2),
            edges: Vec::with_capacity(system.requirements().len() * 3),
            draws: Vec::new(),
            sends: vec![false; order.node_of.len()],
            loop_of,
            inside: 0,
        }
    }

    /// The requirements of one node: domains, ends, then dependencies in canonical order.
    fn node(&mut self, v: NodeId, layer: u32, is_constant: bool) {
        let node = self.system.node(v);
        let place = (v, layer);
        let silent = |p: NodeId| (p, 0.0, 1.0);
        if !node.within.is_empty() {
            self.requirement(
                place,
                Rule::All,
                None,
                node.within.iter().map(|&p| silent(p)),
            );
        }
        let ends = match node.role {
            Role::Link(Link { a, b, .. }) => Some([a, b]),
            Role::Flow(f) => Some([f.from, f.to]),
            Role::Component | Role::Service(_) => None,
        };
        if let Some([end, other]) = ends
            && end == other
        {
            self.requirement(place, Rule::All, None, [(end, 1.0, 1.0)].into_iter());
        } else if let Some(ends) = ends {
            self.requirement(place, Rule::WorksOnly, None, ends.into_iter().map(silent));
        }
        for r in self.system.requirements_of(v) {
            let (rule, need) = rule_of(r);
            let providers = r.providers.iter().map(|p| (p.node, p.load, p.weight));
            self.requirement(place, rule, need, providers);
            if r.providers.iter().any(|p| p.constant > 0.0) {
                self.draw(place, r, is_constant);
            }
        }
        self.first_requirement.push(to_u32(self.requirements.len()));
    }

    /// What the last requirement draws whatever its consumer carries, in the layer of that.
    fn draw(&mut self, (consumer, layer): (NodeId, u32), r: &model::Requirement, here: bool) {
        let place = self.order.at(consumer, layer);
        self.sends[place as usize] = true;
        let Some(last) = self.requirements.last_mut().filter(|_| here) else {
            return;
        };
        last.draws = true;
        let drawn = (last.first..).zip(&r.providers);
        for (edge, p) in drawn.filter(|(_, p)| p.constant > 0.0) {
            self.draws.push(Draw {
                edge,
                provider: self.edges[edge as usize].provider,
                flow: NONE,
                constant: p.constant,
            });
        }
    }

    fn requirement(
        &mut self,
        (consumer, layer): (NodeId, u32),
        rule: Rule,
        need: Option<u32>,
        providers: impl Iterator<Item = (NodeId, f64, f64)>,
    ) {
        let first = to_u32(self.edges.len());
        let mut loads = false;
        let consumer = self.order.at(consumer, layer);
        let round = self.loop_of[consumer as usize];
        for (provider, factor, weight) in providers {
            let provider = self.order.at(provider, layer);
            let carries = factor > 0.0;
            let inside = carries && round != NONE && self.loop_of[provider as usize] == round;
            loads |= carries;
            self.inside += u32::from(inside);
            self.edges.push(Edge {
                provider,
                flow: match (carries, inside) {
                    (_, true) => sums::INSIDE,
                    (true, _) => 0,
                    (false, _) => NONE,
                },
                factor,
                weight,
            });
        }
        let last = to_u32(self.edges.len());
        self.sends[consumer as usize] |= loads;
        self.requirements.push(Requirement {
            consumer,
            need: need.unwrap_or(last - first),
            first,
            last,
            rule,
            loads,
            draws: false,
        });
    }

    fn finish(mut self, layout: &Layout) -> CompiledSystem {
        let layers = &layout.layers;
        let n = self.order.node_of.len();
        let (first_user, users) = users(n, &self.requirements, &self.edges);
        let (networks, parts) = network::compile(self.system, self.order, layers);
        let routed = routed_elements(self.system, self.order);
        let leaves = (&mut self.edges[..], &mut self.draws[..]);
        let sums = sums::build(leaves, self.inside, self.order, &routed);
        let loops = self.loops(sums.leaves - self.inside);
        let mut service = vec![NONE; n];
        let at = |&s: &NodeId| self.order.at(s, layers.of_service(s));
        let services: Vec<u32> = self.system.services().iter().map(at).collect();
        for (number, &v) in (0u32..).zip(&services) {
            service[v as usize] = number;
        }
        let nodes = || self.order.node_of.iter().map(|&v| self.system.node(v));
        let (capacity, back) = capacities(nodes(), &routed);
        let unjoined = (0u32..)
            .zip(nodes())
            .filter(|(_, node)| is_unjoined(self.system, &node.role))
            .map(|(v, _)| v)
            .collect();
        CompiledSystem {
            trips: trips(nodes()),
            layers: layered::compile(self.system, self.order, layers),
            draws: self.draws,
            capacity,
            back,
            service,
            services,
            unjoined,
            node_of: self.order.node_of.clone(),
            ix_of: self.order.ix_of.clone(),
            level: self.order.level.clone(),
            levels: self.order.level.iter().max().map_or(0, |l| l + 1),
            stages: self.order.stage.iter().max().map_or(0, |s| s + 1),
            cycle: self.order.cycle.clone(),
            cycles: self.order.cycles.clone(),
            first_requirement: self.first_requirement,
            requirements: self.requirements,
            edges: self.edges,
            first_user,
            users,
            leaves: sums.leaves,
            terms: sums.terms,
            adder: sums.adder,
            rank: sums.rank,
            entry: sums.entry,
            loop_of: self.loop_of,
            loops,
            hubs: sums.hubs,
            sends: self.sends,
            network_flow: sums.network_flow,
            networks,
            parts,
            placement: placement::compile(self.system, layout),
        }
    }

    /// Numbers the leaves inside loops from `inner` on, and finds how their load is worked out.
    fn loops(&mut self, mut inner: u32) -> Vec<Loop> {
        let mut loops = Vec::with_capacity(self.order.loops.len());
        for &(first, last) in &self.order.loops {
            let mut sent = Vec::new();
            let from = self.first_requirement[first as usize] as usize;
            let to = self.first_requirement[last as usize] as usize;
            for r in &self.requirements[from..to] {
                for e in &mut self.edges[r.edges()] {
                    if e.flow == sums::INSIDE {
                        e.flow = inner + to_u32(sent.len());
                        sent.push((e.provider - first, r.consumer - first));
                    }
                }
            }
            loops.push(elimination::pattern(first, last, inner, &sent));
            inner += to_u32(sent.len());
        }
        loops
    }
}

/// Capacities from the first end to the second, then those back that are others; and where each
/// node's capacity back stands, if any is another. Links that no flow may cross carry as much in both
/// directions, so the smaller capacity counts.
#[allow(clippy::float_cmp, reason = "the same capacity is exactly the same")]
fn capacities<'n>(
    nodes: impl Iterator<Item = &'n model::Node>,
    routed: &[bool],
) -> (Vec<f64>, Vec<u32>) {
    let both: Vec<[f64; 2]> = nodes.map(model::Node::capacities).collect();
    let is_uneven = |v: usize| both[v][0] != both[v][1] && routed[v];
    let mut capacity: Vec<f64> = (0..both.len())
        .map(|v| {
            let [there, back] = both[v];
            if is_uneven(v) { there } else { there.min(back) }
        })
        .collect();
    let mut back_at: Vec<u32> = Vec::new();
    if (0..both.len()).any(is_uneven) {
        for (v, &[_, back]) in both.iter().enumerate() {
            back_at.push(to_u32(if is_uneven(v) { capacity.len() } else { v }));
            if is_uneven(v) {
                capacity.push(back);
            }
        }
    }
    (capacity, back_at)
}

/// Per node: the multiple of its capacity above which it trips, infinite if it never does; empty if
/// none ever does.
fn trips<'n>(nodes: impl Iterator<Item = &'n model::Node>) -> Vec<f64> {
    let at: Vec<f64> = nodes
        .map(|node| node.trips_at.unwrap_or(f64::INFINITY))
        .collect();
    if at.iter().all(|&at| at == f64::INFINITY) {
        return Vec::new();
    }
    at
}

fn rule_of(r: &model::Requirement) -> (Rule, Option<u32>) {
    match r.need {
        Need::All => (Rule::All, None),
        Need::AtLeast(k) => (Rule::Group(r.split), Some(k)),
    }
}

/// Provider → requirements that name it, once per edge.
fn users(n: usize, requirements: &[Requirement], edges: &[Edge]) -> (Vec<u32>, Vec<u32>) {
    let mut first = vec![0u32; n + 1];
    for e in edges {
        first[e.provider as usize + 1] += 1;
    }
    for v in 0..n {
        first[v + 1] += first[v];
    }
    let mut next = first.clone();
    let mut users = vec![0u32; edges.len()];
    for (r, requirement) in (0u32..).zip(requirements) {
        for e in &edges[requirement.edges()] {
            let at = &mut next[e.provider as usize];
            users[*at as usize] = r;
            *at += 1;
        }
    }
    (first, users)
}

/// Per node: whether flows cross the network that it is part of.
fn routed_elements(system: &System, order: &Order) -> Vec<bool> {
    let mut crossed = vec![false; system.networks() as usize];
    for node in system.nodes() {
        if let Role::Flow(flow) = &node.role
            && let Some(network) = system.network_of_flow(flow)
        {
            crossed[network as usize] = true;
        }
    }
    let routed = |&v: &NodeId| system.network(v).is_some_and(|n| crossed[n as usize]);
    order.node_of.iter().map(routed).collect()
}

/// A flow between two components that no network joins.
fn is_unjoined(system: &System, role: &Role) -> bool {
    matches!(role, Role::Flow(f) if f.from != f.to && system.network_of_flow(f).is_none())
}
