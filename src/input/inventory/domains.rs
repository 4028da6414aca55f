//! Domains that sit within each other. In: what every node sits within. Out: a fault for each knot
//! of them that spells out the way round; the knot is then cut, so that nothing echoes it.

use super::builder::Builder;
use super::spelled::spelled;
use crate::input::Diagnostic;
use crate::model::cycles_of_domains;
use std::collections::HashSet;

/// Cycles of one knot that are shown one after the other.
const ROUNDS: usize = 8;

/// A fault for each cycle of `within`.
pub fn refuse_cycles(b: &mut Builder) {
    for _ in 0..ROUNDS {
        let cycles = cycles_of_domains(&b.nodes);
        if cycles.is_empty() {
            return;
        }
        for path in cycles {
            let fault = cycle(b, &path);
            b.faults.push(fault);
            let on_path: HashSet<u32> = path.iter().copied().collect();
            for &v in &on_path {
                let within = &mut b.nodes[v as usize].within;
                within.retain(|w| !on_path.contains(w));
            }
        }
    }
    if !cycles_of_domains(&b.nodes).is_empty() {
        for draft in &mut b.nodes {
            draft.within.clear();
        }
    }
}

/// The fault of one cycle, at the row of its first node.
pub fn cycle(b: &Builder, path: &[u32]) -> Diagnostic {
    let id = |at: &u32| b.rows.get(*at as usize).map_or("?", |r| r.id());
    let ids: Vec<&str> = path.iter().map(id).collect();
    let message = format!("domains sit within each other: {}", spelled(&ids));
    let row = path.first().and_then(|&at| b.rows.get(at as usize));
    let fault = match row {
        Some(row) => row.within_error(message),
        None => Diagnostic::error(message),
    };
    fault.help("`within` names the larger thing that a component sits in: blank one of these cells")
}
