//! The synthetic enterprise keeps what its documentation promises.

use brownout::analysis::Study;
use brownout::input::{Overrides, generate, load};
use brownout::model::{CaseId, Node, Role, System};
use std::collections::BTreeMap;
use std::path::Path;

fn components(system: &System) -> usize {
    let component = |n: &&Node| matches!(n.role, Role::Component);
    system.nodes().iter().filter(component).count()
}

#[test]
fn it_is_valid_and_has_exactly_the_components_asked_for() {
    for n in [100, 101, 150, 199, 200, 399, 500, 801, 2_000, 10_000] {
        for seed in [1, 2, 77] {
            let system = System::new(generate::draft_with_network(n, seed)).expect("valid");
            assert_eq!(components(&system), n as usize, "{n}, with a network");
            let system = System::new(generate::draft(n, seed)).expect("a valid system");
            assert_eq!(
                components(&system),
                n as usize,
                "{n} components, seed {seed}"
            );
            assert!(!system.services().is_empty(), "{n} components, seed {seed}");
            assert!(system.cycles().is_empty());
        }
    }
}

#[test]
fn what_is_written_is_what_is_drawn() {
    for n in [100, 700, 5_000] {
        crate::import::assert_round_trip(&generate::draft(n, 3));
        crate::import::assert_round_trip(&generate::draft_with_network(n, 3));
    }
}

/// Whatever the size and the seed: a spare host is looked at, and `check` has nothing to say.
#[test]
fn nothing_that_is_generated_is_unused() {
    for (n, seed, network) in [
        (1_000, 2, true),
        (1_000, 2, false),
        (700, 5, true),
        (2_500, 4, true),
    ] {
        let root = tempfile::tempdir().expect("a folder");
        let dir = root.path().join("estate");
        generate::write(&dir, n, seed, network).expect("written");
        let loaded = load(&dir.join("scenario.toml"), &Overrides::default()).expect("valid");
        assert_eq!(loaded.warnings, [], "{n} {seed} {network}");
    }
}

/// Every pool that a service shares its load over runs at 50–95 % of its capacity at the peak
/// (capacities are rounded to three digits).
#[test]
fn pools_run_at_50_to_95_percent_of_the_peak() {
    let system = System::new(generate::draft(3_000, 5)).expect("a valid system");
    let mut pools = 0;
    for r in system.requirements() {
        let Some(service) = system.node(r.consumer).as_service() else {
            continue;
        };
        if r.group.as_deref() == Some("pool") {
            pools += 1;
            #[allow(clippy::cast_precision_loss, reason = "pools are small")]
            let load = service.demand / r.providers.len() as f64;
            for p in &r.providers {
                let capacity = system.node(p.node).capacity.expect("a capacity");
                let utilization = load / capacity;
                assert!((0.49..0.96).contains(&utilization), "{utilization}");
            }
        }
    }
    assert_eq!(pools, system.services().len());
}

/// With the network or without: at the peak nothing is overloaded, and what the links, switches
/// and routers carry is what they were sized for.
#[test]
fn nothing_is_overloaded_at_the_peak() {
    for (name, network) in [("plain", false), ("network", true)] {
        let root = tempfile::tempdir().expect("a folder");
        let dir = root.path().join(name);
        generate::write(&dir, 1_200, 4, network).expect("written");
        let scenario = dir.join("scenario.toml");
        let loaded = load(&scenario, &Overrides::default()).expect("a valid scenario");
        assert_eq!(loaded.warnings, []);
        let study = Study::new(&loaded.system, &loaded.scenario);
        let state = study.state(&[], CaseId(1));
        assert!(state.delivered.iter().all(|&d| d >= 1.0), "{name}");
        let mut busiest = 0.0_f64;
        for (v, node) in loaded.system.iter() {
            let utilization = state.load[v.index()] / state.capacity[v.index()];
            assert!(utilization < 0.96, "{name}: {} at {utilization}", node.id);
            if matches!(&*node.kind, "link" | "switch" | "router") {
                assert!(utilization < 0.71, "{name}: {} at {utilization}", node.id);
                busiest = busiest.max(utilization);
            }
        }
        assert!(busiest > 0.3, "{name}: {busiest}");
        assert_eq!(loaded.system.networks(), u32::from(network));
    }
}

#[test]
fn the_scenario_loads() {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("estate");
    generate::write(&dir, 300, 1, false).expect("written");
    let scenario = dir.join("scenario.toml");
    let loaded = load(&scenario, &Overrides::default());
    let loaded = loaded.expect("a valid scenario");
    assert_eq!(loaded.warnings, []);
    let [today, peak] = &loaded.scenario.cases[..] else {
        panic!("two load cases");
    };
    assert!(peak.peak && !today.peak);
    for (now, then) in today.demand.iter().zip(&peak.demand) {
        assert!((now - 0.7 * then).abs() < 1e-9 * then);
    }
}

/// Every size from 1 on, many seeds, with a network and without: what is written is an estate that
/// its own scenario accepts, at most with hosts to spare.
#[test]
fn every_estate_is_accepted_by_its_own_scenario() {
    let root = tempfile::tempdir().expect("a folder");
    for n in 1..=200 {
        for (seed, network) in [(u64::from(n), false), (u64::from(n) + 7, true), (3, false)] {
            let dir = root.path().join(format!("{n}-{seed}-{network}"));
            generate::write(&dir, n, seed, network).expect("written");
            let loaded = load(&dir.join("scenario.toml"), &Overrides::default());
            let loaded = loaded.unwrap_or_else(|f| panic!("{n}, {seed}, {network}: {f}"));
            // The last row of racks may have been left without a machine.
            let odd = loaded
                .warnings
                .iter()
                .map(brownout::input::Diagnostic::message);
            let odd: Vec<&str> = odd.filter(|m| !m.contains(" is unused: ")).collect();
            assert_eq!(odd, [""; 0], "{n}, {seed}, {network}");
            let policy = &loaded.scenario.policies[0];
            assert!(!policy.services.is_empty(), "{n}, {seed}, {network}");
            std::fs::remove_dir_all(&dir).expect("removed");
        }
    }
    // The smallest have the fewest services, so that tier 1 is most likely drawn by none.
    for seed in 0..300 {
        for draft in [
            generate::draft(100, seed),
            generate::draft_with_network(100, seed),
        ] {
            let tier = |n: &brownout::model::DraftNode| n.node.as_service().map(|s| s.tier);
            let first = draft.nodes.iter().filter_map(tier).any(|t| t == Some(1));
            assert!(first, "seed {seed}");
        }
    }
}

#[test]
fn too_few_components_become_the_fewest_possible() {
    let system = System::new(generate::draft(1, 1)).expect("a valid system");
    assert_eq!(components(&system), generate::SMALLEST as usize);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = |name: &str, seed| {
        let dir = root.path().join(name);
        generate::write(&dir, 500, seed, false).expect("written");
        contents(&dir)
    };
    let [first, second, other] = [folder("a", 7), folder("b", 7), folder("c", 8)];
    assert_eq!(first, second);
    assert_ne!(first["services.csv"], other["services.csv"]);
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "components.csv",
            "dependencies.csv",
            "inventory.toml",
            "scenario.toml",
            "services.csv"
        ]
    );
}

fn contents(dir: &Path) -> BTreeMap<String, String> {
    std::fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a plain name");
            let text = std::fs::read_to_string(entry.path()).expect("text");
            (name, text)
        })
        .collect()
}
