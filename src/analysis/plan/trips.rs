//! Conflicts where things trip. In: a state of an estate in which anything can trip. Out: one list of all that
//! may change it. Promises: complete, and no more than that: what trips moves load and works in both
//! directions, so every repair and every addition that is for sale is in the list.
//!
//! Growth is exact. What is below neither trips nor carries too much in a round stays so with more
//! capacity; so while nothing is added or repaired, the rounds go as they go until somebody who trips
//! in one of them grows to what it carries in that round, or, after the last, somebody who carries too much.

use super::found::Found;
use super::relief::Relief;
use super::state::{State, demand_at};
use crate::analysis::Study;
use crate::engine::Trip;
use crate::model::{NodeId, System};

/// All that may change the state.
pub(super) fn alternatives(state: &State<'_>, tripped: &[Trip]) -> Found {
    let mut found = Found::default();
    for v in (0..state.of.known.nodes).filter_map(|v| u32::try_from(v).ok().map(NodeId)) {
        found.items.extend(state.any_member(v));
        state.repair(v, &mut found);
    }
    state.lay_any(&mut found);
    let rounds = tripped.iter().map(|t| t.round).max().unwrap_or(0);
    for round in 1..=rounds + 1 {
        let Some(quiet) = &state.of.quiet else {
            found.complete = false;
            break;
        };
        in_round(state, tripped, round, quiet, &mut found);
    }
    // Where a pool grows together, who of it grows may decide who trips.
    let alone = found.rows.iter().all(|r| r.terms.len() == 1);
    found.complete &= alone && !state.system.has_priority();
    found
}

/// Growth that would keep somebody from tripping in a round; after the last, from carrying too much.
fn in_round(state: &State<'_>, tripped: &[Trip], round: u32, quiet: &System, found: &mut Found) {
    let scenario = state.scenario;
    let study = Study::new(quiet, scenario);
    let node = |t: &Trip| state.study.compiled().node(t.node);
    let before = tripped.iter().filter(|t| t.round < round).map(node);
    let mut failed = state.breached.elements.clone();
    failed.extend(before);
    let demand = demand_at(scenario, state.breached.case);
    let base = study.base(&failed, &demand);
    for (v, n) in state.system.iter() {
        let ix = study.compiled().ix(v);
        if !base.works(ix) || n.is_unlimited() {
            continue;
        }
        let loads = base.load_both_ways(ix).map(|load| load[0]);
        let factor = scenario
            .derate
            .iter()
            .find(|d| d.0 == v)
            .map_or(1.0, |d| d.1);
        let given = n.capacities();
        let trips_at = n.trips_at.unwrap_or(f64::INFINITY);
        let trips = (0..2).any(|way| loads[way] > trips_at * factor * given[way]);
        let most = factor * if trips { trips_at } else { 1.0 };
        let needed = (0..2).map(|way| loads[way] / most - given[way]);
        let needed = needed.fold(0.0, f64::max);
        if needed > 0.0 {
            Relief::of(state, v).grow(needed, found);
        }
    }
}

impl State<'_> {
    /// One more like a node, in its place and elsewhere, if that is for sale.
    fn any_member(&self, v: NodeId) -> Vec<super::region::Item> {
        use super::region::Item;
        if self.of.prices.member(v).is_none() {
            return Vec::new();
        }
        let domains = self.of.known.domains(v);
        let mut all = vec![Item::Add(v, Vec::new())];
        if !domains.is_empty() {
            all.push(Item::Add(v, domains.to_vec()));
        }
        all
    }
}
