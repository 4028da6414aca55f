//! Placements → flat arrays: instances in the order in which they are placed, hosts, what hosts have.

use super::layout::Layout;
use super::number::to_u32;
use super::order::Order;
use crate::engine::{Host, Instance, NONE, Placement, Word};
use crate::model::{self, NodeId, Placements, System};
use std::collections::BTreeMap;

/// Compiles where everything may run; nothing if nothing is placed.
pub(super) fn compile(system: &System, layout: &Layout) -> Option<Box<Placement>> {
    let all = system.placements();
    if all.is_empty() {
        return None;
    }
    let host_of = |v: NodeId| {
        let at = all.hosts.binary_search_by_key(&v, |h| h.node);
        at.map_or(NONE, to_u32)
    };
    let (order, layer) = (&layout.order, &layout.placed);
    let placed = in_order(all, layer);
    let words = Words::of(&placed);
    let mut compiled = Placement {
        restart: true,
        resources: all.resources.len(),
        slot_of: vec![NONE; order.node_of.len()],
        instance_at: vec![NONE; order.node_of.len()],
        host_at: vec![NONE; order.node_of.len()],
        layers: layer.iter().max().map_or(0, |l| l + 1),
        words: words.compiled(system, &placed),
        ..Placement::default()
    };
    for (number, p) in (0u32..).zip(&placed) {
        let first = to_u32(compiled.candidates.len());
        compiled
            .candidates
            .extend(p.hosts.iter().map(|&h| host_of(h)));
        let node = order.ix_of[p.instance.index()];
        compiled.instance_at[node as usize] = number;
        compiled.amounts.extend_from_slice(&p.amounts);
        compiled.instances.push(Instance {
            node,
            layer: layer[position(all, p.instance)],
            home: p.host.map_or(NONE, host_of),
            first,
            last: to_u32(compiled.candidates.len()),
            word: words.number(p),
        });
    }
    // What is drawn whatever the demand is in the last layer.
    hosts(&mut compiled, system, order, layout.layers.count() - 1);
    compiled.settle_homes();
    compiled.settle_most();
    Some(Box::new(compiled))
}

/// Hosts, and what they have.
fn hosts(compiled: &mut Placement, system: &System, order: &Order, constants: u32) {
    let mut slots: BTreeMap<NodeId, u32> = BTreeMap::new();
    for (number, host) in (0u32..).zip(&system.placements().hosts) {
        let node = order.ix_of[host.node.index()];
        compiled.host_at[node as usize] = number;
        let mut slot = |v: NodeId| {
            let next = to_u32(slots.len());
            *slots.entry(v).or_insert_with(|| {
                compiled.slots.push(order.ix_of[v.index()]);
                compiled.drawn_at.push(order.at(v, constants));
                compiled.slot_of[order.at(v, constants) as usize] = next;
                next
            })
        };
        let slots = host.resources.iter().map(|v| v.map_or(NONE, &mut slot));
        let slots = slots.collect();
        let around = around(system, host.node).into_iter();
        let movers = around.filter_map(|v| {
            let number = compiled.instance_at[order.ix_of[v.index()] as usize];
            (number != NONE).then_some(number)
        });
        compiled.hosts.push(Host {
            node,
            slots,
            residents: Vec::new(),
            movers: movers.collect(),
        });
    }
}

fn position(all: &Placements, instance: NodeId) -> usize {
    let at = all
        .instances
        .binary_search_by_key(&instance, |p| p.instance);
    at.unwrap_or(0)
}

/// Instances by layer, then priority, then what they take, then id.
fn in_order<'p>(all: &'p Placements, layer: &[u32]) -> Vec<&'p model::Placement> {
    let mut placed: Vec<(u32, &model::Placement)> =
        layer.iter().copied().zip(&all.instances).collect();
    placed.sort_by(|(x_layer, x), (y_layer, y)| {
        let priority = |p: &model::Placement| p.priority.unwrap_or(u32::MAX);
        let larger = (0..all.resources.len())
            .map(|r| y.amount(r).total_cmp(&x.amount(r)))
            .find(|o| o.is_ne());
        (x_layer.cmp(y_layer))
            .then(priority(x).cmp(&priority(y)))
            .then(larger.unwrap_or(std::cmp::Ordering::Equal))
            .then(x.instance.cmp(&y.instance))
    });
    placed.into_iter().map(|(_, p)| p).collect()
}

/// A node and all that it sits within, directly or not, in order of id.
fn around(system: &System, node: NodeId) -> Vec<NodeId> {
    let mut seen = std::collections::BTreeSet::new();
    let mut stack = vec![node];
    while let Some(v) = stack.pop() {
        if seen.insert(v) {
            stack.extend(system.node(v).within.iter().copied());
        }
    }
    seen.into_iter().collect()
}

/// Words that keep apart, numbered.
struct Words<'p>(BTreeMap<&'p model::Apart, u32>);

impl<'p> Words<'p> {
    fn of(placed: &[&'p model::Placement]) -> Self {
        let mut words: BTreeMap<&model::Apart, u32> = placed
            .iter()
            .filter_map(|p| Some((p.apart.as_ref()?, 0)))
            .collect();
        for (number, word) in (0u32..).zip(words.values_mut()) {
            *word = number;
        }
        Self(words)
    }

    fn number(&self, p: &model::Placement) -> u32 {
        let word = p.apart.as_ref().and_then(|apart| self.0.get(apart));
        word.copied().unwrap_or(NONE)
    }

    fn compiled(&self, system: &System, placed: &[&model::Placement]) -> Vec<Word> {
        let members = |number: u32| {
            let all = (0u32..).zip(placed);
            let members = all.filter(|(_, p)| self.number(p) == number);
            members.map(|(i, _)| i).collect()
        };
        let domains = |kind: &str| {
            let hosts = system.placements().hosts.iter();
            let of = |host: &model::Host| {
                let around = around(system, host.node).into_iter();
                let around = around.filter(|&v| &*system.node(v).kind == kind);
                around.map(|v| v.0).collect()
            };
            hosts.map(of).collect()
        };
        let words = self.0.iter().map(|(apart, &number)| Word {
            members: members(number),
            domains: apart.by.as_deref().map(domains),
        });
        words.collect()
    }
}
