//! Without any one of the shortcuts every answer is the same to the last bit.

use crate::estates;
use crate::random;
use brownout::analysis::montecarlo::{Method, Settings};
use brownout::analysis::{NoWatch, Shortcuts, Study};
use brownout::model::{Scenario, System};

/// What is wrong if a sweep to order 2, or a simulation, answers otherwise without one of them.
fn same_without_any(system: &System, scenario: &Scenario, name: &str) {
    let sweep = |shortcuts| {
        let study = Study::new(system, scenario).taking(shortcuts);
        study.sweep(2, &NoWatch)
    };
    let all = sweep(Shortcuts::ALL);
    for (without, shortcuts) in Shortcuts::all_but_one() {
        assert_eq!(sweep(shortcuts), all, "{name}, sweep without {without}");
    }
    let simulate = |shortcuts| {
        let study = Study::new(system, scenario).taking(shortcuts);
        let settings = Settings {
            method: Method::Plain,
            ..Settings::new(200, 1)
        };
        study.simulate(settings, &NoWatch)
    };
    let all = simulate(Shortcuts::ALL).expect("it can be simulated");
    for (without, shortcuts) in Shortcuts::all_but_one() {
        let one = simulate(shortcuts).expect("it can be simulated");
        assert_eq!(one, all, "{name}, simulation without {without}");
    }
}

#[test]
fn answers_do_not_depend_on_shortcuts() {
    for shape in random::SHAPES {
        for seed in 0..12 {
            let (system, mut scenario) = random::estate(shape, seed);
            scenario.headroom = seed.is_multiple_of(3).then_some(0.1);
            same_without_any(&system, &scenario, &format!("{shape:?} {seed}"));
        }
    }
    for seed in 0..12 {
        let system = estates::enterprise(seed, 4 + seed as usize % 7);
        let scenario = estates::scenario(&system, 2, &[1.0, 1.3]);
        same_without_any(&system, &scenario, &format!("enterprise {seed}"));
    }
}
