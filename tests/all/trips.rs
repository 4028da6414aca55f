//! Trips and cascades: the engine and the sweep against the definitions, on random estates in which a
//! third of what has a capacity may trip.

use crate::agreement::{first_failure, states_of_agree, sweeps_of_agree};
use crate::estates;
use crate::oracle::Oracle;
use crate::overload::overload;
use crate::random::{Dice, SHAPES, Shape, describe, estate, failures};
use crate::sweep::{asked, difference};
use brownout::analysis::{NoWatch, Study};
use brownout::input::generate;
use brownout::model::{CaseId, Need, NodeId, Scenario, Split, Status, System};
use rayon::prelude::*;

/// The same estate with things that trip.
pub fn tripping(system: &System, seed: u64) -> System {
    let mut dice = Dice::new(seed ^ 0x7219);
    let mut draft = system.draft();
    for d in &mut draft.nodes {
        if d.node.can_fail() && dice.chance(35) {
            d.node.trips_at = Some(dice.pick(&[1.0, 1.0, 0.8, 1.2, 2.0, 0.5]));
        }
    }
    System::new(draft).expect("a valid draft")
}

fn shaped(shape: Shape, seed: u64) -> (System, Scenario) {
    let (system, scenario) = estate(shape, seed);
    (tripping(&system, seed), scenario)
}

/// An estate with things that trip, shards, constants and nodes that serve better tiers first.
pub fn layered(system: &System, scenario: &Scenario, seed: u64) -> System {
    tripping(&overload(system, scenario, seed), seed)
}

/// A random estate with all of that.
pub fn together(shape: Shape, seed: u64) -> (System, Scenario) {
    let (system, scenario) = estate(shape, seed);
    (layered(&system, &scenario, seed), scenario)
}

#[test]
fn every_state_with_trips_and_layers_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (60_000..60_120u64).into_par_iter();
        first_failure(seeds.map(|seed| states_of_agree(together(shape, seed), shape, seed, 10)));
    }
}

#[test]
fn every_sweep_with_trips_and_layers_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (61_000..61_030u64).into_par_iter();
        first_failure(seeds.map(|seed| sweeps_of_agree(together(shape, seed), shape, seed)));
    }
}

#[test]
fn every_state_with_trips_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (20_000..20_120u64).into_par_iter();
        first_failure(seeds.map(|seed| states_of_agree(shaped(shape, seed), shape, seed, 14)));
    }
}

#[test]
fn every_sweep_with_trips_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (21_000..21_040u64).into_par_iter();
        first_failure(seeds.map(|seed| sweeps_of_agree(shaped(shape, seed), shape, seed)));
    }
}

/// The estates are only worth comparing on if much trips, in several rounds, in some load cases and not
/// in others, in base states and out of them.
#[test]
fn random_estates_trip_in_every_way() {
    type Make = fn(Shape, u64) -> (System, Scenario);
    let makes: [(Make, u32); 2] = [(shaped, 20), (together, 15)];
    for (shape, (make, least)) in SHAPES.into_iter().flat_map(|s| makes.map(|make| (s, make))) {
        let mut seen = [0u32; 4];
        // As many as it takes until each way was seen often enough; most in the shape with few loads.
        for seed in 20_000..22_000 {
            if seen.iter().all(|&n| n >= least) {
                break;
            }
            let (system, scenario) = make(shape, seed);
            let oracle = Oracle::new(&system, &scenario);
            let mut dice = Dice::new(!seed);
            for _ in 0..14 {
                let failed = failures(&system, &scenario, &mut dice);
                let rounds = |failed: &[NodeId], case| {
                    let trips = oracle.point(failed, CaseId(case)).tripped;
                    trips.last().map_or(0, |t| t.0)
                };
                let here = rounds(&failed, 0);
                let cases = u32::try_from(scenario.cases.len()).expect("few");
                seen[0] += u32::from(here == 0);
                seen[1] += u32::from(here > 0 && rounds(&[], 0) == 0);
                seen[2] += u32::from(here > 1);
                seen[3] += u32::from((1..cases).any(|case| rounds(&failed, case) != here));
            }
        }
        assert!(seen.iter().all(|&n| n >= least), "{shape:?}: {seen:?}");
    }
}

fn same_sweep(system: &System, scenario: &Scenario, order: u32, what: &str) -> Result<(), String> {
    let study = Study::new(system, scenario);
    let all = study.sweep_exhaustively(order, &NoWatch);
    let pruned = study.sweep(order, &NoWatch);
    difference(system, &all, &pruned).map_or(Ok(()), |difference| {
        let estate = describe(system, scenario);
        Err(format!("{what} to order {order}: {difference}\n{estate}"))
    })
}

/// Generated enterprises have what small random estates lack: hubs that many load, which trip and relieve each
/// other, and changes of delivered that are too small to be passed on.
#[test]
fn enterprises_that_trip_are_swept_as_by_definition() {
    let all = (1..=3u64).into_par_iter().map(|seed| {
        let mut draft = generate::draft(150, seed);
        let limited = draft.nodes.iter_mut().map(|d| &mut d.node);
        let limited = limited.filter(|node| node.capacity.is_some() && node.can_fail());
        for (i, node) in limited.enumerate() {
            node.capacity = node.capacity.map(|c| c * 0.9);
            node.trips_at = (i % 4 == 0).then_some(1.05);
        }
        let system = System::new(draft).expect("sound");
        same_sweep(
            &system,
            &asked(&system, seed),
            2,
            &format!("enterprise {seed}"),
        )
    });
    first_failure(all);
}

#[test]
fn pruned_equals_exhaustive_where_something_trips() {
    let small = (0..300u64).into_par_iter().map(|seed| {
        let nodes = 4 + usize::try_from(seed % 27).expect("small");
        let system = estates::random(seed, nodes, seed.is_multiple_of(3));
        let order = if nodes <= 14 {
            2 + u32::try_from(seed % 2).expect("small")
        } else {
            2
        };
        let what = format!("random {seed}");
        same_sweep(
            &tripping(&system, seed),
            &asked(&system, seed),
            order,
            &what,
        )
    });
    first_failure(small);
    let large = (0..30u64).into_par_iter().map(|seed| {
        let pools = 2 + usize::try_from(seed % 6).expect("small");
        let system = estates::enterprise(seed, pools);
        let what = format!("enterprise {seed}");
        same_sweep(&tripping(&system, seed), &asked(&system, seed), 2, &what)
    });
    first_failure(large);
}

#[test]
fn pruned_equals_exhaustive_where_something_trips_in_every_shape() {
    for shape in SHAPES {
        let seeds = (0..100u64).into_par_iter();
        first_failure(seeds.map(|seed| {
            let (system, mut scenario) = shaped(shape, seed);
            let down = scenario.down.clone();
            if seed.is_multiple_of(2) {
                scenario.sweep.elements = system.elements();
                scenario.sweep.elements.retain(|e| !down.contains(e));
            }
            let order = if scenario.sweep.elements.len() <= 12 {
                3
            } else {
                2
            };
            same_sweep(&system, &scenario, order, &format!("{shape:?} {seed}"))
        }));
    }
}

/// Ten breakers of 120 in a group of which eight are needed, that trip at `trips_at`, and a demand of
/// 1,000.
fn breakers(trips_at: Option<f64>) -> System {
    let mut b = estates::Builder::default();
    let breakers: Vec<u32> = (0..10)
        .map(|i| b.component(&format!("breaker-{i}"), Some(120.0)))
        .collect();
    for &v in &breakers {
        b.draft.nodes[v as usize].node.trips_at = trips_at;
    }
    let service = b.service("power", 1000.0);
    b.needs(service, Need::AtLeast(1), Split::Share, &breakers);
    b.build()
}

#[test]
fn two_of_ten_breakers_lost_take_the_others_with_them() {
    let lost = |system: &System| {
        let ids = ["breaker-0", "breaker-1"].map(|id| system.find(id).expect("is there"));
        let scenario = estates::scenario(system, 2, &[1.0]);
        let study = Study::new(system, &scenario);
        (study.state(&ids, CaseId(0)), study.sweep(2, &NoWatch))
    };
    let system = breakers(Some(1.0));
    let (state, sweep) = lost(&system);
    assert_eq!(state.services[0].status, Status::Down);
    assert_eq!(
        (state.services[0].headroom, state.services[0].delivered),
        (None, 0.0)
    );
    assert_eq!(state.tripped.len(), 8);
    assert!(
        state
            .tripped
            .iter()
            .all(|t| (t.round, t.load, t.trips_above) == (1, Some(125.0), 120.0))
    );
    // One lost: 111.1 each. Any two: all down.
    let orders = &sweep.services[0].orders;
    assert_eq!(
        (orders[0].down, orders[0].degraded, orders[0].at_risk),
        (0, 0, Some(10))
    );
    assert_eq!((orders[1].down, orders[1].degraded), (45, 0));
    assert_eq!(
        (&sweep.cascades.count[..], sweep.cascades.listed.len()),
        (&[0, 45][..], 45)
    );
    let first = &sweep.cascades.listed[0];
    assert_eq!((first.tripped, first.rounds, first.services), (8, 1, 1));

    let system = breakers(None);
    let (state, sweep) = lost(&system);
    assert_eq!(state.services[0].status, Status::Degraded);
    assert!((state.services[0].delivered - 0.96).abs() < 1e-12);
    assert!(state.tripped.is_empty() && state.first_trip.is_none());
    assert!(sweep.cascades.listed.is_empty());
}

/// Where it trips below its capacity headroom ends there; the first trip is named though it is elsewhere.
#[test]
fn headroom_ends_where_something_trips() {
    let system = breakers(Some(0.9));
    let scenario = estates::scenario(&system, 1, &[1.0]);
    let state = Study::new(&system, &scenario).state(&[], CaseId(0));
    let headroom = state.services[0].headroom.expect("there is a limit");
    assert!((headroom - 0.08).abs() < 1e-12, "{headroom}");
    let first = state.first_trip.expect("breakers trip");
    assert_eq!(system.id(first.id), "breaker-0");
    assert!((first.growth - 0.08).abs() < 1e-12);
    // At a load of exactly what trips it nothing trips.
    let scenario = estates::scenario(&system, 1, &[1.08]);
    let state = Study::new(&system, &scenario).state(&[], CaseId(0));
    assert!(state.tripped.is_empty());
    assert_eq!(state.first_trip.map(|t| t.growth), Some(0.0));
    // A little more, and all do in the base state.
    let scenario = estates::scenario(&system, 2, &[1.0, 1.081]);
    let study = Study::new(&system, &scenario);
    let state = study.state(&[], CaseId(1));
    assert_eq!(
        (state.tripped.len(), state.services[0].status),
        (10, Status::Down)
    );
    let today = study.state(&[], CaseId(0));
    assert!(today.tripped.is_empty() && today.services[0].status == Status::AtRisk);
    let sweep = study.sweep(2, &NoWatch);
    assert_eq!(
        (sweep.cascades.base.len(), sweep.cascades.base[0].case),
        (1, CaseId(1))
    );
}

/// The same for any number of threads.
#[test]
fn threads_do_not_change_what_trips() {
    let system = tripping(&estates::enterprise(7, 9), 7);
    let scenario = asked(&system, 7);
    let sweep = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("threads");
        pool.install(|| Study::new(&system, &scenario).sweep(2, &NoWatch))
    };
    assert_eq!(sweep(1), sweep(3));
}

/// A folder with a bank of ten breakers and a router behind it that trips once it carries all.
fn bank() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("has one")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    let mut components = String::from("id,kind,capacity,trips_at\n");
    let mut dependencies = String::from("consumer,provider,group,need,split\n");
    for i in 0..10 {
        components.push_str(&format!("breaker-{i},breaker,120,1\n"));
        dependencies.push_str(&format!("power,breaker-{i},bank,any,share\n"));
    }
    components.push_str("spare,generator,400,1.1\n");
    dependencies.push_str("hall,power,supply,any,standby\nhall,spare,supply,,\n");
    write("bank/components.csv", &components);
    write("bank/services.csv", "id,demand\npower,0\nhall,1000\n");
    write("bank/dependencies.csv", &dependencies);
    let scenario = "inventory = 'bank'\n[[load]]\nname = 'today'\n[sweep]\norder = 2\n\
                    elements = ['kind=breaker', 'spare']\n\
                    [[policy]]\nname = 'no cascade'\nsurvives = 2\nno_cascade = true\n";
    write("s.toml", scenario);
    dir
}

fn run(dir: &tempfile::TempDir, args: &[&str]) -> (Option<i32>, String) {
    let mut command = assert_cmd::Command::cargo_bin("brownout").expect("built");
    let output = command.current_dir(dir.path()).args(args).output();
    let output = output.expect("runs");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code(), if out.is_empty() { err } else { out })
}

/// Two breakers lost: the other eight trip in round 1, the spare takes over and trips in round 2.
#[test]
fn a_cascade_is_told_from_the_first_failure_to_the_last_service() {
    let dir = bank();
    let lost = ["s.toml", "--down", "breaker-0", "--down", "breaker-1"];
    let (code, text) = run(&dir, &[&["whatif"], &lost[..]].concat());
    assert_eq!(code, Some(0), "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "Cascade at today: round 1 takes breaker-2, breaker-3, breaker-4, breaker-5 and 4 more, round 2 \
         takes spare; 9 lost to overload, 2 services harmed, 2 of them down.",
        "spare tripped in round 2: it had to carry 1,000 and trips above 440",
        "before that, round 1 took breaker-2, breaker-3, breaker-4 and 5 more",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(!text.contains("Stopped with them"), "{text}");

    let (_, json) = run(&dir, &[&["whatif", "--format", "json"], &lost[..]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let tripped = json["tripped"].as_array().expect("a list");
    assert_eq!(tripped.len(), 9);
    let last = serde_json::json!({"id": "spare", "round": 2, "load": 1000.0, "trips_above": 440.000_000_000_000_06});
    assert_eq!(tripped[8], last);
    assert_eq!(json["first_trip"], serde_json::Value::Null);
    let (_, csv) = run(
        &dir,
        &[
            &["whatif", "--format", "csv", "--table", "tripped"],
            &lost[..],
        ]
        .concat(),
    );
    assert_eq!(csv.lines().nth(1), Some("breaker-2,today,1,125,120"));
    assert_eq!(csv.lines().count(), 10);

    let (_, tree) = run(
        &dir,
        &[&["explain"], &lost[..1], &["hall"], &lost[1..]].concat(),
    );
    assert!(
        tree.contains("spare  [generator]  ✗ tripped in round 2"),
        "{tree}"
    );

    let (_, calm) = run(&dir, &["whatif", "s.toml"]);
    let first = "First to trip as all demand grows: breaker-0, at 20 % more.";
    assert!(calm.contains(first), "{calm}");
}

#[test]
fn a_sweep_names_its_cascades_and_a_policy_forbids_them() {
    let dir = bank();
    let (_, csv) = run(
        &dir,
        &["sweep", "s.toml", "--format", "csv", "--table", "cascades"],
    );
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 46, "{csv}");
    assert_eq!(lines[1], "breaker-0;breaker-1,today,2,9,2,2,45");
    let (_, text) = run(&dir, &["sweep", "s.toml"]);
    assert!(
        text.contains(
            "breaker-0 + breaker-1 at today → 9 lost to overload in 2 rounds, 2 services harmed"
        ),
        "{text}"
    );
    assert!(text.contains("… and 37 cascades more"), "{text}");
    assert!(!text.contains("single failure"), "{text}");

    let (code, json) = run(&dir, &["assess", "s.toml", "--format", "json"]);
    assert_eq!(code, Some(1), "{json}");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let breaches = json["policies"][0]["breaches"].as_array().expect("a list");
    let of_cascades = breaches.iter().filter(|b| b["trips"] == 9).count();
    assert_eq!(of_cascades, 45);
    assert_eq!(
        json["sweep"]["cascade_count"],
        serde_json::json!({"1": 0, "2": 45})
    );
}

/// A bus of 100 that trips at 0.9 carries 30 of a first tier, 20 of a second, and 35 whatever the demand:
/// 85 of 90. Two taps of 10 more, on demand, are too much; so is a constant of 10.
#[test]
fn what_all_tiers_and_constants_ask_together_trips() {
    use brownout::input::{Overrides, Texts, load_from};
    use std::path::Path;
    let estate = |growth: f64, extra: f64| {
        let components = "id,kind,capacity,trips_at,serves\nbus,busbar,100,0.9,priority\n\
                          ups,ups,400,,\n";
        let services = format!(
            "id,tier,demand\ngold,1,{}\ntin,2,{}\n",
            30.0 * growth,
            20.0 * growth
        );
        let dependencies = format!(
            "consumer,provider,constant\ngold,bus,{}\ntin,bus,10\nbus,ups,\n",
            25.0 + extra
        );
        let files = [
            ("components", components),
            ("services", &services),
            ("dependencies", &dependencies),
        ];
        let named = |(name, text): (&str, &str)| (format!("estate/{name}.csv"), text.into());
        let files = Texts(files.map(named).into_iter().collect());
        load_from(&files, Path::new("estate"), &Overrides::default()).expect("a sound estate")
    };
    let state = |growth, extra| {
        let loaded = estate(growth, extra);
        Study::new(&loaded.system, &loaded.scenario).state(&[], CaseId(0))
    };
    let near = |x: f64, y: f64| assert!((x - y).abs() <= 1e-12, "{x} is not {y}");
    let calm = state(1.0, 0.0);
    assert!(calm.tripped.is_empty());
    // It trips at 55 of both tiers' 50, long before the first tier's 65 of 30.
    let first = calm.first_trip.expect("the bus");
    near(first.growth, 0.1);
    for service in &calm.services {
        near(service.headroom.expect("finite"), 0.1);
    }
    assert!(state(1.1, 0.0).tripped.is_empty());
    for (growth, extra, load) in [(1.11, 0.0, 90.5), (1.0, 10.0, 95.0), (0.0, 60.0, 95.0)] {
        let after = state(growth, extra);
        assert_eq!(after.tripped.len(), 1);
        near(after.tripped[0].load.expect("bounded"), load);
        near(after.tripped[0].trips_above, 90.0);
        assert!(after.services.iter().all(|s| s.status == Status::Down));
    }
}
