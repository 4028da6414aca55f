//! Failures on networks: pairs by rules are pairs by definition, every rule is needed, and what a search finds
//! of ways is what the ways are.

use super::rules::Rules;
use super::tests::{asked, both, filled_link, narrow_second_way, two_ways, without};
use crate::analysis::Study;
use crate::analysis::SweepOutcome;
use crate::analysis::estates::{self, Dice};
use crate::analysis::lanes::CaseLanes;
use crate::engine::network::{Place, Reroute, Reroutes, Trail};
use crate::engine::{Part, Scratch};
use crate::model::{Scenario, System};
use std::collections::BTreeSet;

/// An estate with a network, and what is asked of it.
fn drawn(seed: u64) -> (System, Scenario) {
    let system = estates::networked(seed);
    let scenario = asked(&system, seed);
    (system, scenario)
}

fn harmed(outcome: &SweepOutcome) -> u64 {
    let services = outcome.services.iter().flat_map(|s| &s.orders);
    services
        .map(|of_order| of_order.degraded + of_order.down)
        .sum()
}

#[test]
fn pairs_on_networks_are_as_by_definition() {
    let mut harms = 0;
    for seed in 0..1_000 {
        let (system, scenario) = drawn(seed);
        let (all, pruned) = both(&system, &scenario, Rules::ALL);
        assert_eq!(all, pruned, "seed {seed}");
        harms += u32::from(harmed(&all) > 0);
    }
    assert!(harms > 300, "{harms}");
}

#[test]
fn every_rule_of_networks_is_needed() {
    let without = without!(Rules::ALL, network rerouted used altered arcs rising);
    for (name, rules) in without {
        let differs = |system: &System, scenario: &Scenario| {
            let (all, pruned) = both(system, scenario, rules);
            all != pruned
        };
        let made = [two_ways(), narrow_second_way(), filled_link()];
        let by_design = made.iter().any(|system| {
            let scenario = estates::scenario(system, 2, &[1.0]);
            differs(system, &scenario)
        });
        let is_wrong = |seed| {
            let (system, scenario) = drawn(seed);
            differs(&system, &scenario)
        };
        let wrong = by_design || (0..3_000).any(is_wrong);
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
}

/// A flow counts as taking another way exactly if the parts on its paths are others than in the base state,
/// and what counts as used is what they are.
#[test]
fn ways_are_found_as_walked() {
    let (mut rerouted, mut kept) = (0, 0);
    for seed in 0..600 {
        let (system, scenario) = drawn(seed);
        let study = Study::new(&system, &scenario);
        let lanes = &CaseLanes::all(&scenario)[0];
        let base = study.base::<4>(&[], &lanes.demand(&scenario));
        let sys = base.system();
        let mut scratch = Scratch::new(&base);
        let mut dice = Dice(seed);
        for _ in 0..=dice.below(3) {
            scratch.fail(study.compiled().ix(*dice.pick(&system.elements())));
        }
        let mut trail = Trail::default();
        for (net, network) in sys.networks.iter().enumerate() {
            let (topology, state) = (&network.topology, &scratch.values.networks[net]);
            let mut walk = |state: &crate::engine::network::Scratch<4>, flow| {
                let mut way = BTreeSet::new();
                let flows = std::iter::once(flow);
                let of = &base.networks[net];
                if state.reaches(topology, of, flow) {
                    state.walk(topology, of, flows, &mut trail, |place| {
                        way.insert(place);
                    });
                }
                way
            };
            let (mut flows, mut by) = (BTreeSet::new(), BTreeSet::new());
            let mut work = Reroutes::default();
            state.reroutes(
                topology,
                &base.networks[net],
                &mut work,
                |found| match found {
                    Reroute::Flow(flow) => assert!(flows.insert(flow), "seed {seed}: {flow} twice"),
                    Reroute::By(place) => {
                        by.insert(place);
                    }
                },
            );
            let mut used = BTreeSet::new();
            for flow in (0..).take(network.flows.len()) {
                assert!(
                    matches!(sys.part(network.flows[flow as usize]), Part::Flow(_, f) if f == flow)
                );
                let before = walk(&base.values.networks[net], flow);
                let now = walk(state, flow);
                let is_rerouted = flows.contains(&flow);
                if before.is_empty() {
                    continue;
                }
                assert_eq!(is_rerouted, before != now, "seed {seed}, flow {flow}");
                if is_rerouted {
                    rerouted += 1;
                    used.extend(now);
                } else {
                    kept += 1;
                }
            }
            // Of a flow that is cut, the node where it starts may come.
            let arcs = |all: &BTreeSet<Place>| -> BTreeSet<Place> {
                let is_arc = |place: &&Place| matches!(place, Place::Arc(_));
                all.iter().filter(is_arc).copied().collect()
            };
            assert_eq!(arcs(&by), arcs(&used), "seed {seed}");
            assert!(by.is_superset(&used), "seed {seed}");
        }
    }
    assert!(rerouted > 500 && kept > 500, "{rerouted} {kept}");
}
