//! The sweep that evaluates only pairs that interact, held against evaluating every pair: field by
//! field, bit by bit.

use crate::{estates, random};
use brownout::analysis::{NoWatch, Study, SweepOutcome};
use brownout::model::{NodeId, Scenario, System};

/// An estate and what is asked of it: several load cases, known outages, derating, a headroom.
fn asked(system: &System, seed: u64) -> Scenario {
    let mut dice = estates::Dice(seed ^ 0x5EED);
    let cases: [&[f64]; 4] = [&[1.0], &[1.0, 1.3], &[0.7, 0.0, 1.0, 1.2], &[1.0; 10]];
    let mut scenario = estates::scenario(system, 2, dice.pick::<&[f64]>(&cases));
    if dice.chance(0.3) {
        scenario.headroom = Some(*dice.pick(&[0.0, 0.1, 0.3]));
    }
    let elements = system.elements();
    if dice.chance(0.3) {
        let factor = *dice.pick(&[0.0, 0.5, 0.9]);
        scenario.derate.push((*dice.pick(&elements), factor));
    }
    if dice.chance(0.2) {
        scenario.down.push(*dice.pick(&elements));
    }
    if dice.chance(0.2) {
        scenario.sweep.elements.retain(|_| dice.chance(0.7));
    }
    let down = &scenario.down;
    scenario.sweep.elements.retain(|e| !down.contains(e));
    scenario
}

fn agrees(system: &System, scenario: &Scenario, what: &str) {
    let study = Study::new(system, scenario);
    let all = study.sweep_exhaustively(2, &NoWatch);
    let pruned = study.sweep(2, &NoWatch);
    if let Some(difference) = difference(system, &all, &pruned) {
        panic!("{what}: {difference}");
    }
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
    let (a, b) = all
        .services
        .iter()
        .zip(&pruned.services)
        .find(|(a, b)| a != b)?;
    let minimal = a.minimal.iter().zip(&b.minimal).find(|(a, b)| a != b);
    Some(format!(
        "{} at {:?}: orders {:?} / {:?}; worst {:?} / {:?}; least {:?} / {:?}; base the same: {}; \
         {} and {} minimal sets, {minimal:?} {:?}",
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
        minimal.map(|m| names(&m.0.elements)),
    ))
}

#[test]
fn pruned_equals_exhaustive_on_small_random_estates() {
    for seed in 0..600 {
        let nodes = 4 + usize::try_from(seed % 27).unwrap();
        let system = estates::random(seed, nodes, seed.is_multiple_of(3));
        agrees(&system, &asked(&system, seed), &format!("random {seed}"));
    }
}

#[test]
fn pruned_equals_exhaustive_on_enterprises_with_shared_hubs() {
    for seed in 0..120 {
        let system = estates::enterprise(seed, 2 + usize::try_from(seed % 7).unwrap());
        agrees(
            &system,
            &asked(&system, seed),
            &format!("enterprise {seed}"),
        );
    }
}

/// Loads that equal capacities exactly, cycles, networks, several load cases, derating.
#[test]
fn pruned_equals_exhaustive_on_every_shape() {
    for shape in random::SHAPES {
        for seed in 0..120 {
            let (system, mut scenario) = random::estate(shape, seed);
            agrees(&system, &scenario, &format!("{shape:?} {seed}"));
            let down = scenario.down.clone();
            scenario.sweep.elements = system.elements();
            scenario.sweep.elements.retain(|e| !down.contains(e));
            if scenario.sweep.elements.len() <= 40 {
                agrees(
                    &system,
                    &scenario,
                    &format!("{shape:?} {seed}, all elements"),
                );
            }
        }
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
