//! Cost of sweeps over families of estates, none of them the shape that `generate` writes.
//!
//! `cargo bench --bench families` prints a line per family and size: every single failure and every pair, in
//! seconds of the processor (added up over threads), peak memory of the process so far, and how many times as long
//! the evaluation of every pair takes, on the smallest size. `-- 10000` adds sizes, `-- trips` the same estates in
//! which every tenth component that has a capacity trips at 1.2 times of it.
//!
//! Of *layers* nearly every pair interacts: a failure moves load through all layers below it, so that pairs
//! there cost what they touch. It is the worst family, and its figure is the one to quote. It stops at 1,000
//! components, where larger ones take hours, and the network at 3,000: one of 10,000 takes more than ten minutes.

mod estates;

use brownout::analysis::{NoWatch, Study};
use brownout::input::generate;
use brownout::model::System;
use estates::time;

/// Peak memory of this process, MB, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    peak.and_then(|kb| kb.trim().parse::<u64>().ok())
        .map_or_else(|| "?".to_owned(), |kb| format!("{}", kb / 1024))
}

/// The most components of a family.
fn most(family: &str) -> u32 {
    match family {
        "layers" => 1_000,
        "network" => 3_000,
        _ => u32::MAX,
    }
}

fn line(name: &str, system: &System, is_smallest: bool) {
    let scenario = estates::scenario(system, 1);
    let study = Study::new(system, &scenario);
    let (singles, _) = time(|| study.sweep(1, &NoWatch));
    let (pairs, by_rules) = time(|| study.sweep(2, &NoWatch));
    let naive = if is_smallest {
        let (naive, by_definition) = time(|| study.sweep_exhaustively(2, &NoWatch));
        assert_eq!(by_rules, by_definition, "both ways say the same of {name}");
        format!("{:.1}", naive / pairs.max(0.01))
    } else {
        "-".to_owned()
    };
    println!(
        "{name:>16} {:>9} {singles:>8.2} {pairs:>8.2} {naive:>12} {:>8}",
        by_rules.elements,
        peak_memory()
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let trips = arguments.iter().any(|a| a == "trips");
    let more = arguments.iter().filter_map(|a| a.parse::<u32>().ok());
    let sizes: Vec<u32> = [400].into_iter().chain(more).collect();
    println!(
        "{:>16} {:>9} {:>8} {:>8} {:>12} {:>8}",
        "family", "elements", "N-1 s", "N-2 s", "naive / this", "peak MB"
    );
    for &size in &sizes {
        let is_smallest = size == sizes[0];
        for family in estates::FAMILIES.iter().chain(&["generate"]) {
            let size = size.min(most(family));
            let draft = match *family {
                "generate" => generate::draft(size, 1),
                family => estates::draft(family, size, 1),
            };
            let system = System::new(draft).expect("generated systems are valid");
            if trips {
                line(
                    &format!("{family}, trips"),
                    &estates::tripping(&system),
                    is_smallest,
                );
            } else {
                line(family, &system, is_smallest);
            }
        }
    }
}
