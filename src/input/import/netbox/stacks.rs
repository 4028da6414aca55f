//! Virtual chassis: the stack cables that nobody documents.

use super::estate::{Estate, Thing, between};
use super::model::Model;
use super::table::{Key, Table};
use std::collections::{BTreeMap, BTreeSet};

/// Members of a virtual chassis that no cable joins are joined in a ring: the stack cables that
/// nobody documents.
pub(super) fn add(table: &Table, estate: &mut Estate, pairs: &BTreeSet<[u32; 2]>) {
    let mut members: BTreeMap<Key, Vec<(u64, Key, u32)>> = BTreeMap::new();
    for (key, row) in table.rows(Model::Device) {
        let chassis = row.get("virtual_chassis").and_then(Key::of);
        if let (Some(chassis), Some(at)) = (chassis, estate.of(Model::Device, key)) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped"
            )]
            let position = row.number("vc_position").unwrap_or(0.0).clamp(0.0, 1e6) as u64;
            members
                .entry(chassis)
                .or_default()
                .push((position, key.clone(), at));
        }
    }
    for mut members in members.into_values() {
        members.sort();
        let nodes: Vec<u32> = members.iter().map(|m| m.2).collect();
        if nodes.len() < 2 || are_joined(&nodes, pairs) {
            continue;
        }
        let ring = nodes.iter().zip(nodes.iter().cycle().skip(1));
        for (&a, &b) in ring.take(if nodes.len() == 2 { 1 } else { nodes.len() }) {
            let mut ends = [a, b];
            ends.sort_unstable_by(|x, y| estate.id(*x).cmp(estate.id(*y)));
            if pairs.contains(&sorted(a, b)) {
                continue;
            }
            let name = format!("{}--{}", estate.id(ends[0]), estate.id(ends[1]));
            let mut thing = Thing::new("stack", None, vec![name.clone(), format!("{name}:stack")]);
            thing.node.role = between(ends[0], ends[1]);
            estate
                .report
                .derived("stack cable between members of a virtual chassis", &name);
            estate.add(thing);
        }
    }
}

fn sorted(a: u32, b: u32) -> [u32; 2] {
    if a <= b { [a, b] } else { [b, a] }
}

/// Whether links among them join all of these nodes.
fn are_joined(nodes: &[u32], pairs: &BTreeSet<[u32; 2]>) -> bool {
    let mut reached = vec![nodes[0]];
    let mut at = 0;
    while at < reached.len() {
        let from = reached[at];
        for &to in nodes {
            if !reached.contains(&to) && pairs.contains(&sorted(from, to)) {
                reached.push(to);
            }
        }
        at += 1;
    }
    reached.len() == nodes.len()
}
