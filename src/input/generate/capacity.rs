//! Loads at the peak → capacities.

use super::builder::{Builder, Pool, even};
use crate::model::{DraftRequirement, Need, Role, Split};

/// Gives every pool the capacity that puts its most loaded member at a utilization of its range.
pub(super) fn size_pools(b: &mut Builder) {
    let load = loads(b);
    for Pool {
        members,
        utilization: (low, high),
    } in std::mem::take(&mut b.pools)
    {
        let most = members.iter().map(|&v| load[v as usize]);
        let most = most.fold(0.0, f64::max);
        let wanted = most / b.between(low, high);
        let capacity = if most > 0.0 { round(wanted) } else { IDLE };
        for v in members {
            b.nodes[v as usize].node.capacity = Some(capacity);
        }
    }
}

/// Capacity of a pool that nothing loads.
const IDLE: f64 = 100.0;

/// Rounded to three digits, as a data sheet would say.
fn round(x: f64) -> f64 {
    let mut scale = 1.0;
    while x * scale < 100.0 && scale < 1e6 {
        scale *= 10.0;
    }
    let mut step = 1.0;
    while x / step >= 1000.0 {
        step *= 10.0;
    }
    (x * scale / step).round() * step / scale
}

/// Load of each node in the base state. Members of a pool have one capacity, so a share is even.
fn loads(b: &Builder) -> Vec<f64> {
    let n = b.nodes.len();
    let first = first_requirements(n, &b.requirements);
    let mut waits = vec![0u32; n];
    for r in &b.requirements {
        for p in &r.providers {
            waits[p.node as usize] += 1;
        }
    }
    let mut passed: Vec<&[(u32, f64)]> = vec![&[]; n];
    for (flow, elements) in &b.passed {
        passed[*flow as usize] = elements;
        for (v, _) in elements {
            waits[*v as usize] += 1;
        }
    }
    let mut load: Vec<f64> = b
        .nodes
        .iter()
        .map(|d| match d.node.role {
            Role::Service(s) => s.demand,
            _ => 0.0,
        })
        .collect();
    let mut open: Vec<usize> = (0..n).filter(|&v| waits[v] == 0).collect();
    while let Some(v) = open.pop() {
        let own = load[v];
        let mut send = |to: u32, part: f64| {
            let to = to as usize;
            load[to] += own * part;
            waits[to] -= 1;
            if waits[to] == 0 {
                open.push(to);
            }
        };
        for &r in &first.order[first.start[v]..first.start[v + 1]] {
            let r = &b.requirements[r];
            for (place, p) in r.providers.iter().enumerate() {
                send(p.node, p.load * share(r, place));
            }
        }
        for &(element, part) in passed[v] {
            send(element, part);
        }
    }
    load
}

/// The fraction of the load that the provider at `place` carries.
fn share(r: &DraftRequirement, place: usize) -> f64 {
    match (r.need, r.split) {
        (Need::All, _) | (_, Split::Copy) => 1.0,
        (_, Split::Share | Split::Shard) => even(r.providers.len()),
        (Need::AtLeast(k), Split::Standby) => {
            let k = k.max(1) as usize;
            if place < k { even(k) } else { 0.0 }
        }
    }
}

/// Requirements by consumer: those of `v` are `order[start[v]..start[v + 1]]`.
struct ByConsumer {
    start: Vec<usize>,
    order: Vec<usize>,
}

fn first_requirements(n: usize, requirements: &[DraftRequirement]) -> ByConsumer {
    let mut start = vec![0; n + 1];
    for r in requirements {
        start[r.consumer as usize + 1] += 1;
    }
    for v in 0..n {
        start[v + 1] += start[v];
    }
    let mut next = start.clone();
    let mut order = vec![0; requirements.len()];
    for (at, r) in requirements.iter().enumerate() {
        order[next[r.consumer as usize]] = at;
        next[r.consumer as usize] += 1;
    }
    ByConsumer { start, order }
}
