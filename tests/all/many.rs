//! Many states at once against one state at a time: the same to the last bit.

use crate::estates;
use crate::random::{Dice, SHAPES, Shape, estate};
use brownout::analysis::Study;
use brownout::engine::{Base, Ix, Many, STATES, Scratch};
use brownout::model::{NodeId, Scenario, System};

fn bits(x: f64) -> u64 {
    x.to_bits()
}

/// A few rounds of random states, every node in every lane against an incremental evaluation.
pub fn agrees<const L: usize>(
    system: &System,
    scenario: &Scenario,
    case: usize,
    seed: u64,
) -> bool {
    let study = Study::new(system, scenario);
    let demand: Vec<[f64; L]> = (0..system.services().len())
        .map(|s| std::array::from_fn(|l| scenario.cases[l].demand[s]))
        .collect();
    let base: Base<'_, L> = study.base(&[], &demand);
    if !Many::can(&base) {
        return false;
    }
    let mut many = Many::new(&base, case);
    let mut scratch = Scratch::new(&base);
    let mut dice = Dice::new(seed);
    let elements = system.elements();
    for round in 0..6 {
        let states: Vec<Vec<NodeId>> = (0..STATES - round)
            .map(|lane| dice.some(&elements, lane % 7))
            .collect();
        for (lane, failed) in states.iter().enumerate() {
            for &v in failed {
                many.fail(lane, study.compiled().ix(v));
            }
        }
        many.evaluate();
        for (lane, failed) in states.iter().enumerate() {
            let mark = scratch.mark();
            let places: Vec<Ix> = failed.iter().map(|&v| study.compiled().ix(v)).collect();
            scratch.fail_all(&places);
            for v in (0..u32::try_from(system.nodes().len()).expect("few")).map(Ix) {
                let name = || system.id(study.compiled().node(v)).to_owned();
                assert_eq!(scratch.works(v), many.works(v, lane), "{seed} {}", name());
                let pairs = [
                    (scratch.load(v)[case], many.load(v, lane)),
                    (scratch.delivered(v)[case], many.delivered(v, lane)),
                ];
                for (one, all) in pairs {
                    assert_eq!(bits(one), bits(all), "{seed} {} {one} {all}", name());
                }
            }
            for s in scratch.changed_services(mark) {
                let v = Ix(study
                    .compiled()
                    .services()
                    .nth(*s as usize)
                    .expect("is one")
                    .0);
                let differs = scratch.works(v) != base.works(v)
                    || bits(scratch.delivered(v)[case]) != bits(base.delivered(v)[case]);
                assert!(
                    !differs || many.changed_services().contains(s),
                    "{seed} {s}"
                );
            }
            scratch.undo(mark);
        }
        many.clear();
    }
    true
}

#[test]
fn all_states_at_once_equal_one_at_a_time() {
    let mut compared = 0;
    for seed in 0..250 {
        let shape = SHAPES[usize::try_from(seed % 5).expect("small")];
        let (system, scenario) = estate(shape, 40_000 + seed);
        compared += u32::from(agrees::<1>(&system, &scenario, 0, seed));
    }
    assert!(compared >= 200, "{compared}: all but the networked ones");
}

#[test]
fn any_load_case_can_be_asked() {
    let mut compared = 0;
    for seed in 0..60 {
        let shape = [Shape::TinyDag, Shape::SharedHubs, Shape::Enterprise][seed as usize % 3];
        let (system, mut scenario) = estate(shape, 41_000 + seed);
        let mut more = scenario.cases[0].clone();
        more.demand.iter_mut().for_each(|d| *d *= 1.5);
        scenario.cases = vec![scenario.cases[0].clone(), more];
        compared += u32::from(agrees::<2>(&system, &scenario, 1, seed));
    }
    assert_eq!(compared, 60);
}

#[test]
fn hubs_with_partial_sums_agree() {
    for seed in 0..8 {
        let system = estates::enterprise(seed, 10 + 40 * seed as usize);
        let scenario = estates::scenario(&system, 1, &[1.0]);
        assert!(agrees::<1>(&system, &scenario, 0, seed));
    }
}
