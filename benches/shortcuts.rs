//! What each shortcut saves, on families of estates none of which `generate` writes.
//!
//! `cargo bench --bench shortcuts` prints a line per family and shortcut: seconds of the processor, added up over
//! threads, with all of them and without this one, and how many times as long it takes without. Those of sweeps are
//! measured on every pair, those of simulations on drawn states, with at-risk where little fails. Below 1 a shortcut costs
//! more than it saves there. `-- 3000` measures at another size than 1,000 components.
//!
//! How many times as long it takes without each, on 2 cores (x86-64 virtual machine, 24 GB) on 2026-11-30; figures between
//! 0.9 and 1.1 are noise. Those of pairs pay on large estates only: at 1,000 components they save nothing that can be
//! told from noise, and on layers of 400, where nearly every pair interacts, replaying takes a third more (0.75).
//!
//! | family, 10,000 components | alike | replay | omit | records, 0.1 % out | side by side, 5 % out |
//! |---|---|---|---|---|---|
//! | hubs | 1.1 | 2.0 | 1.2 | 3.3 | 2.1 |
//! | storage | 1.1 | 1.0 | 1.1 | 13 | 1.4 |
//! | cycles | 1.0 | 0.9 | 0.9 | 21 | 1.2 |

mod estates;

use brownout::analysis::montecarlo::{Method, Settings};
use brownout::analysis::{NoWatch, Shortcuts, Study};
use brownout::model::{Reliability, Scenario, System};
use estates::time;

/// Trials of a simulation.
const TRIALS: u64 = 2_000;
/// Share of the time that every component is out: few fail in most states; so many that several states are evaluated
/// at a time.
const OUT: [f64; 2] = [1e-3, 0.05];

/// Prints what a shortcut saves; the answer must be the same.
fn line<T: PartialEq>(family: &str, of: &str, name: &str, with: &(f64, T), without: &(f64, T)) {
    assert!(with.1 == without.1, "{family}, {name}: another answer");
    let ratio = without.0 / with.0.max(0.01);
    println!(
        "{family:>10} {of:>22} {name:>13} {:>8.2} {:>8.2} {ratio:>8.2}",
        with.0, without.0
    );
}

fn sweeps(family: &str, system: &System, scenario: &Scenario) {
    let of = |shortcuts| {
        let study = Study::new(system, scenario).taking(shortcuts);
        time(|| study.sweep(2, &NoWatch))
    };
    let with = of(Shortcuts::ALL);
    let all = Shortcuts::all_but_one();
    for (name, shortcuts) in all.iter().filter(|(name, _)| is_of_pairs(name)) {
        line(family, "every pair", name, &with, &of(*shortcuts));
    }
}

fn simulations(family: &str, system: &System, scenario: &Scenario) {
    for out in OUT {
        let mut draft = system.draft();
        for node in draft.nodes.iter_mut().filter(|d| d.node.can_fail()) {
            node.node.reliability = Some(Reliability::Unavailability(out));
        }
        let system = System::new(draft).expect("it was one before");
        let of = |shortcuts| {
            let study = Study::new(&system, scenario).taking(shortcuts);
            let settings = Settings {
                method: Method::Plain,
                at_risk: out < 0.01,
                ..Settings::new(TRIALS, 1)
            };
            time(|| {
                study
                    .simulate(settings, &NoWatch)
                    .expect("it can be simulated")
            })
        };
        let with = of(Shortcuts::ALL);
        let all = Shortcuts::all_but_one();
        for (name, shortcuts) in all.iter().filter(|(name, _)| is_of_trials(name)) {
            let states = format!("states, {} % out", out * 100.0);
            line(family, &states, name, &with, &of(*shortcuts));
        }
    }
}

fn is_of_pairs(name: &str) -> bool {
    matches!(name, "alike" | "replay" | "omit")
}

fn is_of_trials(name: &str) -> bool {
    matches!(
        name,
        "replay" | "records" | "stops" | "superposed" | "side_by_side"
    )
}

fn main() {
    let size = std::env::args().skip(1).find_map(|a| a.parse().ok());
    let size: u32 = size.unwrap_or(1_000);
    println!(
        "{:>10} {:>22} {:>13} {:>8} {:>8} {:>8}",
        "family", "of", "shortcut", "with s", "without", "ratio"
    );
    for family in estates::FAMILIES {
        // Of layers nearly every pair interacts: hours at larger sizes.
        let size = if family == "layers" {
            size.min(400)
        } else {
            size
        };
        let system = System::new(estates::draft(family, size, 1)).expect("a sound estate");
        let scenario = estates::scenario(&system, 1);
        sweeps(family, &system, &scenario);
        simulations(family, &system, &scenario);
    }
}
