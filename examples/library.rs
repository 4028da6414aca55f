//! Library use: read a scenario, assess everything that it asks, look at what was found.
//!
//! ```text
//! cargo run --example library -- scenarios/quarter-end.toml app-3
//! ```
//!
//! The first argument is a scenario file or an inventory folder; further arguments are the ids of
//! components that are known to be out.

use brownout::analysis::{NoWatch, Options, Study, VerdictWord, assess};
use brownout::input::{Overrides, load};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().map_or_else(
        || PathBuf::from("scenarios/quarter-end-one-down.toml"),
        PathBuf::from,
    );
    let overrides = Overrides {
        down: arguments.collect(),
        ..Overrides::default()
    };
    let loaded = match load(&path, &overrides) {
        Ok(loaded) => loaded,
        Err(faults) => {
            eprintln!("{faults}");
            return ExitCode::from(2);
        }
    };
    let (system, scenario) = (&loaded.system, &loaded.scenario);
    let study = Study::new(system, scenario).listing(usize::MAX);
    let options = Options::of(&loaded, jiff::Zoned::now().date());
    let found = match assess(&study, &options, &NoWatch) {
        Ok(found) => found,
        Err(faults) => {
            for fault in &faults {
                eprintln!("{fault}");
            }
            return ExitCode::from(2);
        }
    };

    for state in &found.states {
        println!("{}:", scenario.cases[state.case.index()].name);
        for service in &state.services {
            println!(
                "  {:18} {:9} delivers {:.3}",
                system.id(service.service),
                service.status.word(),
                service.delivered
            );
        }
    }

    println!("every failure of {} elements:", found.sweep.elements);
    for row in &found.sweep.services {
        println!(
            "  {:18} {:12} down {:3}, degraded {:3} by one of them",
            system.id(row.service),
            scenario.cases[row.case.index()].name,
            row.orders[0].down,
            row.orders[0].degraded
        );
    }

    for (policy, judged) in scenario.policies.iter().zip(&found.judgement.policies) {
        let word = VerdictWord::over([judged.holds]).word();
        println!(
            "{word}, {} breaches: {}",
            judged.breaches.len(),
            policy.name
        );
    }
    println!("verdict: {}", found.verdict.word());
    ExitCode::SUCCESS
}
