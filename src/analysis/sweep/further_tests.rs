//! Further failures by records: as by trying each of them, and no rule can be left out.

use super::further::{Further, Look, RULES};
use super::rules::Rules;
use super::tests::{
    asked, enterprise, filled_link, made, narrow_second_way, only, random, relieved_by_a_trip,
    standby, tripping, trips_below_capacity, two_ways, without,
};
use crate::analysis::estates::{self, Builder, Dice};
use crate::analysis::lanes::CaseLanes;
use crate::analysis::status::{further_elements, own_status};
use crate::analysis::{NoWatch, Study, Watch};
use crate::engine::{Base, Ix, Scratch};
use crate::model::{NodeId, Scenario, System};
use std::collections::BTreeSet;

/// Lanes of the states: more than any scenario here has load cases.
const LANES: usize = 8;

type Harmed = BTreeSet<(usize, usize)>;

/// Which services, in which lanes, some further failure harms on top of what the scratch holds, by trying
/// every element.
fn by_trying(
    study: &Study<'_>,
    lanes: &CaseLanes,
    (scratch, failed): (&mut Scratch<'_, LANES>, &[NodeId]),
    elements: &[NodeId],
) -> Harmed {
    let mut found = Harmed::new();
    let mark = scratch.mark();
    for e in elements.iter().filter(|e| !failed.contains(e)) {
        scratch.fail(study.compiled().ix(*e));
        for s in 0..study.system().services().len() {
            for l in 0..lanes.asked().len() {
                if own_status(scratch, s, l).is_harm() {
                    found.insert((s, l));
                }
            }
        }
        scratch.undo(mark);
    }
    found
}

/// Whether some contingency of a few elements shows a difference between records and trying, and how many
/// were looked at in which some service was open.
fn differs(system: &System, scenario: &Scenario, seed: u64, rules: Rules) -> (bool, u32) {
    let (mut dice, mut looked) = (Dice(seed ^ 0xF00D), 0);
    let study = Study::new(system, scenario);
    let elements = further_elements(&study, &scenario.down);
    if elements.is_empty() {
        return (false, 0);
    }
    for lanes in CaseLanes::all(scenario) {
        let base: Base<'_, LANES> = study.base(&[], &lanes.demand(scenario));
        // Here all that has a record is heavy.
        let rules = (rules, 0, &NoWatch as &dyn Watch);
        let Some(records) = Further::by(&study, &base, &lanes, &elements, rules) else {
            continue;
        };
        let (mut scratch, mut look) = (Scratch::new(&base), Look::new(&base));
        for _ in 0..12 {
            let count = 1 + dice.below(4);
            let mut failed: Vec<NodeId> = (0..count).map(|_| *dice.pick(&elements)).collect();
            failed.sort_unstable();
            failed.dedup();
            let places: Vec<Ix> = failed.iter().map(|&v| study.compiled().ix(v)).collect();
            let mark = scratch.mark();
            scratch.fail_all(&places);
            let services = 0..system.services().len();
            let open: Harmed = services
                .flat_map(|s| (0..lanes.asked().len()).map(move |l| (s, l)))
                .filter(|&(s, l)| !own_status(&scratch, s, l).is_harm())
                .collect();
            looked += u32::from(!open.is_empty());
            let mut told = Harmed::new();
            records.one_more(&mut scratch, &failed, &mut look, |s, l, is_harmed| {
                if open.contains(&(s, l)) && is_harmed() {
                    told.insert((s, l));
                }
                told.len() == open.len()
            });
            let tried = by_trying(&study, &lanes, (&mut scratch, &failed), &elements);
            let tried: Harmed = tried.intersection(&open).copied().collect();
            scratch.undo(mark);
            if told != tried {
                return (true, looked);
            }
        }
    }
    (false, looked)
}

#[test]
fn further_failures_by_records_are_as_by_trying_each() {
    let mut looked = 0;
    for seed in 0..150 {
        let networks = [seed, seed + 1_000, seed + 2_000].map(estates::networked);
        let estates = [
            random(seed),
            enterprise(seed % 50),
            tripping(&random(seed + 300), seed),
            tripping(&enterprise(seed % 50), seed),
        ];
        for system in estates.iter().chain(&networks).chain(&made()) {
            let (wrong, states) = differs(system, &asked(system, seed), seed, RULES);
            assert!(!wrong, "seed {seed}");
            looked += states;
        }
        for system in [relieved_by_a_trip(), trips_below_capacity()] {
            let scenario = estates::scenario(&system, 2, &[1.0]);
            let (wrong, states) = differs(&system, &scenario, seed, RULES);
            assert!(!wrong, "seed {seed}");
            looked += states;
        }
    }
    assert!(looked > 10_000, "{looked}");
}

/// A service that the base state leaves short, by a hub that another service fills. Without `other` it
/// has all it asks for; the failure of `active` fills the other hub so that it is short again, but by less
/// than in the base state: by itself it changes nothing.
fn hidden_by_the_base() -> System {
    let mut b = Builder::default();
    let [full, hub] = ["full", "hub"].map(|id| b.component(id, Some(100.0)));
    let service = b.service("service", 100.0);
    b.all(service, full);
    b.all(service, hub);
    let other = b.component("other", None);
    let filling = b.service("filling", 60.0);
    b.all(filling, full);
    b.all(filling, other);
    let [active, passive] = ["active", "passive"].map(|id| b.component(id, None));
    b.all(passive, hub);
    let moved = b.service("moved", 30.0);
    standby(&mut b, moved, [active, passive]);
    b.build()
}

/// Whether any of a few states of an estate, in which only these may fail, is told otherwise.
fn differs_among(system: &System, ids: &[&str], rules: Rules) -> bool {
    let scenario = only(system, ids, 2);
    (0..20).any(|seed| differs(system, &scenario, seed, rules).0)
}

/// Without any one of the rules some service is told otherwise.
#[test]
fn every_rule_is_needed_for_further_failures() {
    for (name, rules) in without!(RULES, dead product capacity requirement stopped) {
        let wrong = (0..400).any(|seed| {
            let estates = [random(seed), enterprise(seed % 100)];
            let told = |system: &System| differs(system, &asked(system, seed), seed, rules).0;
            estates.iter().chain(&made()).any(told)
        });
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
    for (name, rules) in without!(RULES, network rerouted used) {
        let wrong = (0..3_000).any(|seed| {
            let system = estates::networked(seed);
            differs(&system, &asked(&system, seed), seed, rules).0
        });
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
    let by_design: [(System, &[&str]); 6] = [
        (hidden_by_the_base(), &["other", "active"]),
        (two_ways(), &["link-0", "link-1"]),
        (narrow_second_way(), &["link-0", "active-0"]),
        (filled_link(), &["active-0", "active-1"]),
        (relieved_by_a_trip(), &["a1", "b1"]),
        (trips_below_capacity(), &["active-1", "active-2"]),
    ];
    let without = without!(RULES, delivered used altered arcs rounds trips);
    for ((name, rules), (system, ids)) in without.into_iter().zip(by_design) {
        assert!(!differs_among(&system, ids, RULES), "{name}");
        let wrong = differs_among(&system, ids, rules);
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
}
