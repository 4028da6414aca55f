//! Cost of sweeps over generated enterprises.
//!
//! `cargo bench --bench sweep` prints one table: every single failure and every pair, at several
//! sizes, then ratios: pruned against exhaustive, eight load cases against one, two threads against
//! one. `-- 100000` adds sizes. Times are of the clock; compiling the system is not in them.
//!
//! N-1 is the best of three; its time is that of the sweep alone. Peak memory is that of the process so
//! far, so sizes go up.
//!
//! Figures of 2026-11-24, of whole commands (`brownout sweep DIR --order K --format csv`) on folders that
//! `generate --seed 1` wrote, reading them included: AMD EPYC (family 26, model 2), 2 cores, 24 GB, one load
//! case. Other programs shared the cores, so time is that of the processor, added up over threads, not of the
//! clock.
//!
//! | components | order | processor s | peak memory | pairs | of these evaluated | minimal sets |
//! |---|---|---|---|---|---|---|
//! | 10,000 | 2 | 1.7 | 46 MB | 49,995,000 | 325,025 | |
//! | 100,000 | 1 | 1.7 | 227 MB | | | |
//! | 100,000 | 2 | 32 | 383 MB | 4,999,950,000 | 3,183,011 | 2,738,302 |
//! | 1,000,000 | 1 | 25 | 2,186 MB | | | |
//!
//! Ratios of the same day: exhaustive to pruned, order 2 of 500 elements, 60; eight load cases to one 2.5.

use brownout::analysis::{NoWatch, Study, SweepOutcome};
use brownout::input::generate;
use brownout::model::{LoadCase, NodeId, Scenario, SweepSpec, System};
use std::time::Instant;

const SEED: u64 = 1;

fn scenario(system: &System, cases: u32) -> Scenario {
    let demand = |s: &NodeId| system.node(*s).as_service().map_or(0.0, |s| s.demand);
    let case = |i: u32| {
        let growth = 1.0 - 0.05 * f64::from(i);
        LoadCase {
            name: format!("case-{i}"),
            demand: system
                .services()
                .iter()
                .map(|s| demand(s) * growth)
                .collect(),
            peak: false,
        }
    };
    Scenario {
        placement: brownout::model::PlacementSpec::default(),
        name: "bench".to_owned(),
        down: Vec::new(),
        derate: Vec::new(),
        headroom: None,
        cases: (0..cases).map(case).collect(),
        sweep: SweepSpec {
            order: 1,
            elements: system.elements(),
        },
        simulate: None,
        year: None,
        policies: Vec::new(),
        waivers: Vec::new(),
        contingencies: Vec::new(),
    }
}

/// Seconds, and the answer.
fn time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let answer = work();
    (start.elapsed().as_secs_f64(), answer)
}

fn sweep(system: &System, cases: u32, order: u32) -> (f64, SweepOutcome) {
    let scenario = scenario(system, cases);
    let study = Study::new(system, &scenario);
    time(|| study.sweep(order, &NoWatch))
}

fn enterprise(components: u32) -> System {
    System::new(generate::draft(components, SEED)).expect("generated systems are valid")
}

/// Peak memory of this process, MB, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    peak.and_then(|kb| kb.trim().parse::<u64>().ok())
        .map_or_else(|| "?".to_owned(), |kb| format!("{}", kb / 1024))
}

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(work)
}

fn ratios(system: &System, small: &System) {
    let scenario = scenario(small, 1);
    let study = Study::new(small, &scenario);
    let (all, by_all) = time(|| study.sweep_exhaustively(2, &NoWatch));
    let (pruned, by_pruned) = time(|| study.sweep(2, &NoWatch));
    assert_eq!(by_all, by_pruned, "both ways say the same");
    println!(
        "exhaustive / pruned, order 2, {} elements: {:.1}",
        by_all.elements,
        all / pruned
    );
    let (one, eight) = (sweep(system, 1, 1).0, sweep(system, 8, 1).0);
    println!("eight load cases / one, order 1: {:.2}", eight / one);
    let (one, two) = (
        with_threads(1, || sweep(system, 1, 2).0),
        with_threads(2, || sweep(system, 1, 2).0),
    );
    println!("one thread / two, order 2: {:.2}", one / two);
}

/// The same estate in which every tenth component that has a capacity trips at 1.2 times of it.
fn tripping(system: &System) -> System {
    let mut draft = system.draft();
    let limited = draft.nodes.iter_mut().map(|d| &mut d.node);
    let limited = limited.filter(|node| node.capacity.is_some() && node.can_fail());
    let tenth = system.nodes().iter().filter(|n| n.can_fail()).count() / 10;
    let mut limited: Vec<_> = limited.collect();
    let step = (limited.len() / tenth.max(1)).max(1);
    for node in limited.iter_mut().step_by(step) {
        node.trips_at = Some(1.2);
    }
    System::new(draft).expect("the same estate")
}

/// What trips costs: the same estate with and without, to order 2, and how much its singles set off.
fn trips(system: &System) {
    let with = tripping(system);
    let (without, _) = sweep(system, 1, 2);
    let (seconds, outcome) = sweep(&with, 1, 2);
    let singles = outcome
        .cascades
        .listed
        .iter()
        .filter(|c| c.elements.len() == 1);
    let large = singles.clone().filter(|c| c.tripped > 100).count();
    println!(
        "with trips / without, order 2, {} elements: {:.1}; {} singles set off a cascade, {large} of them of \
         more than 100",
        outcome.elements,
        seconds / without,
        outcome.cascades.count[0],
    );
}

fn main() {
    let more = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let sizes: Vec<u32> = [1_000, 10_000].into_iter().chain(more).collect();
    println!(
        "{:>10} {:>10} {:>10} {:>10} {:>10}",
        "components", "build s", "N-1 s", "N-2 s", "peak MB"
    );
    for size in sizes {
        let (build, system) = time(|| enterprise(size));
        // The best of a few: the first pays for memory that later ones find there.
        let singles = (0..3)
            .map(|_| sweep(&system, 1, 1).0)
            .fold(f64::INFINITY, f64::min);
        let pairs = if size <= 100_000 {
            format!("{:.2}", sweep(&system, 1, 2).0)
        } else {
            "-".to_owned()
        };
        println!(
            "{size:>10} {build:>10.2} {singles:>10.3} {pairs:>10} {:>10}",
            peak_memory()
        );
    }
    ratios(&enterprise(10_000), &enterprise(500));
    trips(&enterprise(10_000));
}
