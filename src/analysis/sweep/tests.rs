//! Pruned equals exhaustive, field by field, and no rule of interaction can be left out.

use super::{Rules, Way, sweep_by};
use crate::analysis::estates::{self, Dice};
use crate::analysis::{NoWatch, Study, SweepOutcome};
use crate::model::{NodeId, Scenario, System};

/// An estate and what is asked of it: several load cases, known outages, derating, a headroom.
fn asked(system: &System, seed: u64) -> Scenario {
    let mut dice = Dice(seed ^ 0x5EED);
    let cases: [&[f64]; 4] = [&[1.0], &[1.0, 1.3], &[0.7, 0.0, 1.0, 1.2], &[1.0; 10]];
    let mut scenario = estates::scenario(system, 2, *dice.pick::<&[f64]>(&cases));
    if dice.chance(0.3) {
        scenario.headroom = Some(*dice.pick(&[0.0, 0.1, 0.3]));
    }
    let elements = system.elements();
    if dice.chance(0.3) {
        scenario
            .derate
            .push((*dice.pick(&elements), *dice.pick(&[0.0, 0.5, 0.9])));
    }
    if dice.chance(0.2) {
        scenario.down.push(*dice.pick(&elements));
    }
    if dice.chance(0.2) {
        scenario.sweep.elements.retain(|_| dice.chance(0.7));
    }
    scenario
        .sweep
        .elements
        .retain(|e| !scenario.down.contains(e));
    scenario
}

fn both(system: &System, scenario: &Scenario, rules: Rules) -> (SweepOutcome, SweepOutcome) {
    let study = Study::new(system, scenario);
    // With no third element the order 2 is the last there is: that is left to the exhaustive way.
    let few = scenario.sweep.elements.len() < 3;
    let by = |way| sweep_by(&study, 2, &NoWatch, way, rules);
    (
        by(Way::Exhaustive),
        by(if few { Way::Exhaustive } else { Way::Pruned }),
    )
}

/// Says where they differ first.
fn difference(system: &System, all: &SweepOutcome, pruned: &SweepOutcome) -> Option<String> {
    if all == pruned {
        return None;
    }
    let names = |set: &[NodeId]| {
        set.iter()
            .map(|&v| system.id(v))
            .collect::<Vec<_>>()
            .join("+")
    };
    for (a, b) in all.services.iter().zip(&pruned.services) {
        if a != b {
            let minimal = a.minimal.iter().zip(&b.minimal).find(|(a, b)| a != b);
            let sets = |m: &Option<_>| format!("{m:?}");
            return Some(format!(
                "{} at {:?}: orders {:?} / {:?}; worst {:?} / {:?}; least {:?} / {:?}; base {} \
                 minimal {} {} {} {:?}",
                system.id(a.service),
                a.case,
                a.orders,
                b.orders,
                a.worst,
                b.worst,
                a.least_headroom,
                b.least_headroom,
                a.base == b.base,
                a.minimal_count,
                b.minimal_count,
                sets(&minimal),
                minimal.map(|m| names(&m.0.elements)),
            ));
        }
    }
    Some("the head".into())
}

fn random(seed: u64) -> System {
    estates::random(
        seed,
        4 + usize::try_from(seed % 27).unwrap(),
        seed.is_multiple_of(3),
    )
}

fn enterprise(seed: u64) -> System {
    estates::enterprise(seed, 2 + usize::try_from(seed % 7).unwrap())
}

#[test]
fn pruned_equals_exhaustive_on_random_estates() {
    for seed in 0..1000 {
        let system = random(seed);
        let scenario = asked(&system, seed);
        let (all, pruned) = both(&system, &scenario, Rules::ALL);
        assert_eq!(difference(&system, &all, &pruned), None, "seed {seed}");
    }
}

#[test]
fn pruned_equals_exhaustive_on_enterprises() {
    for seed in 0..150 {
        let system = enterprise(seed);
        let scenario = asked(&system, seed);
        let (all, pruned) = both(&system, &scenario, Rules::ALL);
        assert_eq!(difference(&system, &all, &pruned), None, "seed {seed}");
    }
}

/// Without any one of the five rules some estate gets a wrong answer.
#[test]
fn every_rule_of_interaction_is_needed() {
    let all = Rules::ALL;
    let without = [
        ("dead", Rules { dead: false, ..all }),
        (
            "product",
            Rules {
                product: false,
                ..all
            },
        ),
        (
            "capacity",
            Rules {
                capacity: false,
                ..all
            },
        ),
        (
            "requirement",
            Rules {
                requirement: false,
                ..all
            },
        ),
        (
            "delivered",
            Rules {
                delivered: false,
                ..all
            },
        ),
    ];
    for (name, rules) in without {
        let wrong = (0..400).any(|seed| {
            [random(seed), enterprise(seed % 100)].iter().any(|system| {
                let scenario = asked(system, seed);
                let (all, pruned) = both(system, &scenario, rules);
                all != pruned
            })
        });
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
}

#[test]
fn threads_do_not_change_the_answer() {
    let system = estates::enterprise(7, 12);
    let scenario = asked(&system, 7);
    let sweep = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| Study::new(&system, &scenario).sweep(2, &NoWatch))
    };
    let one = sweep(1);
    assert_eq!(one, sweep(2));
    assert_eq!(one, sweep(5));
}
