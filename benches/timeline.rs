//! A year of hourly load against every single failure of a synthetic enterprise.
//!
//! `cargo bench --bench timeline` prints time and memory for 10,000 components; a number after
//! `--` asks for another size.

use brownout::analysis::timeline::timeline;
use brownout::analysis::{NoWatch, Study};
use brownout::input::generate;
use brownout::model::{HOUR, Horizon, LoadCase, Scenario, SweepSpec, System};
use std::time::Instant;

/// Hours of a year.
const YEAR: usize = 8760;

fn main() {
    let size = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(10_000);
    let system = System::new(generate::draft(size, 1)).expect("generated");
    let demand: Vec<f64> = system
        .services()
        .iter()
        .map(|&s| system.node(s).as_service().map_or(0.0, |s| s.demand))
        .collect();
    let scenario = Scenario {
        placement: brownout::model::PlacementSpec::default(),
        name: String::new(),
        down: Vec::new(),
        derate: Vec::new(),
        headroom: None,
        cases: vec![LoadCase {
            name: "peak".into(),
            demand: demand.clone(),
            peak: true,
        }],
        sweep: SweepSpec {
            order: 1,
            elements: system.elements(),
        },
        simulate: None,
        year: None,
        policies: Vec::new(),
        waivers: Vec::new(),
        contingencies: Vec::new(),
    };
    // 1.25: at the peak of the year, single failures begin to hurt and a few services are short.
    for scale in [0.9, 1.0, 1.1, 1.25] {
        let horizon = year(&demand, scale);
        let study = Study::new(&system, &scenario);
        let start = Instant::now();
        let found = timeline(&study, &horizon, &[], &NoWatch).expect("nobody stops it");
        let pairs: usize = found.failures.iter().map(|f| f.services.len()).sum();
        let hours: u64 = found
            .failures
            .iter()
            .flat_map(|f| &f.services)
            .map(|h| u64::from(h.hours_degraded))
            .sum();
        println!(
            "{size} components, {} services, {YEAR} hours at {scale:.2} of the peak: {:.2} s; {} of {} failures \
             harm {pairs} services for {hours} degraded hours; peak memory {} MB",
            demand.len(),
            start.elapsed().as_secs_f64(),
            found.failures.len(),
            found.elements,
            peak_memory_mb(),
        );
    }
}

/// Day, week and quarter in every service, each with its own noise; the greatest is about `scale`.
fn year(demand: &[f64], scale: f64) -> Horizon {
    let one = |(s, &most): (usize, &f64)| {
        let mut state = s as u64 + 1;
        let mut noise = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / f64::from(1 << 24)
        };
        let hour = |h: usize| {
            let day = 0.6 + 0.4 * f64::sin((h % 24) as f64 / 24.0 * std::f64::consts::TAU - 2.0);
            let week = if h / 24 % 7 < 5 { 1.0 } else { 0.6 };
            let quarter = if h % (YEAR / 4) > YEAR / 4 - 72 {
                1.0
            } else {
                0.75
            };
            scale * most * day * week * quarter * (0.95 + 0.05 * noise())
        };
        (0..YEAR).map(hour).collect()
    };
    Horizon {
        start: 490_000 * HOUR,
        zone: jiff::tz::TimeZone::UTC,
        demand: demand.iter().enumerate().map(one).collect(),
        basis: Vec::new(),
        growth_per_year: None,
    }
}

/// The most memory that this process held, from the kernel; 0 where it does not say.
fn peak_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    let kb = line.and_then(|l| l.split_ascii_whitespace().nth(1)?.parse::<u64>().ok());
    kb.unwrap_or(0) / 1024
}
