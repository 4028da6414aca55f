//! Library use: read a scenario, look at one state, sweep every single failure.
//!
//! ```text
//! cargo run --example library -- scenarios/quarter-end.toml app-3
//! ```
//!
//! The first argument is a scenario file or an inventory folder; further arguments are the ids of
//! components that are known to be out.

use brownout::analysis::{NoWatch, Study};
use brownout::input::{Overrides, load};
use brownout::model::CaseId;
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
    let system = &loaded.system;
    let study = Study::new(system, &loaded.scenario);

    for (number, case) in (0..).zip(&loaded.scenario.cases) {
        println!("{}:", case.name);
        let state = study.state(&[], CaseId(number));
        for service in &state.services {
            println!(
                "  {:18} {:9} delivers {:.3}",
                system.id(service.service),
                service.status.word(),
                service.delivered
            );
        }
    }

    let sweep = study.sweep(1, &NoWatch);
    println!("every single failure of {} elements:", sweep.elements);
    for row in &sweep.services {
        println!(
            "  {:18} {:12} down {:3}, degraded {:3}",
            system.id(row.service),
            loaded.scenario.cases[row.case.index()].name,
            row.orders[0].down,
            row.orders[0].degraded
        );
    }
    ExitCode::SUCCESS
}
