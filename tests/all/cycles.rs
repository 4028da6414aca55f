//! Load along cycles: by hand, against the definitions, and every evaluation against every other.

use crate::estates::{self, Builder, Dice};
use crate::oracle::Oracle;
use crate::{engine, many, sweep};
use brownout::analysis::{NoWatch, StateOutcome, Study};
use brownout::input::{Overrides, load};
use brownout::model::{CaseId, Flow, Link, Need, NodeId, Role, Scenario, Split, Status, System};
use rayon::prelude::*;
use std::path::Path;

fn state(system: &System) -> StateOutcome {
    let scenario = estates::scenario(system, 1, &[1.0]);
    Study::new(system, &scenario).state(&[], CaseId(0))
}

fn loads(b: &mut Builder, consumer: u32, provider: u32, factor: f64) {
    b.group(
        consumer,
        Need::All,
        Split::Share,
        &[(provider, factor, None)],
    );
}

/// `load` and `delivered` of a node.
fn of(system: &System, state: &StateOutcome, id: &str) -> (f64, f64) {
    let v = system.find(id).expect("is there").index();
    (state.load[v], state.delivered[v])
}

/// s asks 50 of a; a sends half on to b, which sends a fifth back. a = 50 + 0.2 b and b = 0.5 a.
#[test]
fn a_cycle_carries_what_goes_round_it() {
    let mut b = Builder::default();
    let (a, back) = (b.component("a", None), b.component("b", None));
    let db = b.component("db", Some(120.0));
    let s = b.service("s", 50.0);
    loads(&mut b, s, a, 1.0);
    loads(&mut b, a, back, 0.5);
    loads(&mut b, back, a, 0.2);
    loads(&mut b, back, db, 1.0);
    let system = b.build();
    let state = state(&system);
    for (id, load) in [("a", 50.0 / 0.9), ("b", 25.0 / 0.9), ("db", 25.0 / 0.9)] {
        let (got, delivered) = of(&system, &state, id);
        assert!((got - load).abs() < 1e-12 * load, "{id} {got}");
        assert_eq!(delivered, 1.0);
    }
    assert_eq!(
        state.services[0].status,
        Status::AtRisk,
        "each of the three is needed"
    );
}

/// Two nodes that return `gain` of what enters, above a store.
fn returning(gain: f64, demand: f64, capacity: Option<f64>) -> System {
    let mut b = Builder::default();
    let (x, y) = (b.component("x", capacity), b.component("y", None));
    let store = b.component("store", Some(1e9));
    let idle = b.component("idle", Some(1.0));
    let s = b.service("s", demand);
    loads(&mut b, s, x, 1.0);
    loads(&mut b, x, y, 1.0);
    loads(&mut b, y, x, gain);
    loads(&mut b, y, store, 0.5);
    loads(&mut b, y, idle, 0.0);
    b.build()
}

#[test]
fn a_gain_close_to_one_is_right_and_one_is_without_bound() {
    let system = returning(0.999, 7.0, None);
    let (x, _) = of(&system, &state(&system), "x");
    // 1 − 0.999 as the machine has it.
    let want = 7.0 / (1.0 - 0.999);
    assert!((x - want).abs() <= 1e-12 * want, "{x} {want}");
    for gain in [1.0, 1.5] {
        let system = returning(gain, 7.0, None);
        let state = state(&system);
        for id in ["x", "y"] {
            assert_eq!(of(&system, &state, id).0, f64::INFINITY, "{id}");
        }
        assert_eq!(of(&system, &state, "store"), (f64::INFINITY, 0.0));
        assert_eq!(
            of(&system, &state, "idle"),
            (0.0, 1.0),
            "nothing of it comes here"
        );
        assert_eq!(state.services[0].status, Status::Down);
        let scenario = estates::scenario(&system, 1, &[1.0]);
        let ways = Study::new(&system, &scenario).amplifying();
        let ids: Vec<&str> = ways[0].iter().map(|&v| system.id(v)).collect();
        assert!(ids == ["x", "y", "x"] || ids == ["y", "x", "y"], "{ids:?}");
    }
}

#[test]
fn what_nothing_enters_carries_nothing() {
    for gain in [0.5, 1.0, 3.0] {
        let system = returning(gain, 0.0, Some(10.0));
        let state = state(&system);
        for id in ["x", "y", "store"] {
            assert_eq!(of(&system, &state, id), (0.0, 1.0), "{gain} {id}");
        }
    }
}

/// A third each of three, all of which comes back: three times a third is one, whatever the last bit.
#[test]
fn thirds_that_all_come_back_amplify() {
    let mut b = Builder::default();
    let front = b.component("front", Some(100.0));
    let three: Vec<u32> = (0..3)
        .map(|i| b.component(&format!("w{i}"), None))
        .collect();
    b.needs(front, Need::AtLeast(1), Split::Share, &three);
    for &w in &three {
        loads(&mut b, w, front, 1.0);
    }
    let s = b.service("s", 1.0);
    loads(&mut b, s, front, 1.0);
    let system = b.build();
    assert_eq!(of(&system, &state(&system), "front"), (f64::INFINITY, 0.0));
}

/// Two services that call each other above flows over a network, beside a flow with a load of its own.
#[test]
fn load_without_bound_goes_over_a_network_and_leaves_other_flows_alone() {
    for gain in [0.5, 1.0] {
        let mut b = Builder::default();
        let routers: Vec<u32> = (0..4)
            .map(|i| b.component(&format!("r{i}"), Some(1e4)))
            .collect();
        let ends = [(0, 1), (0, 2), (1, 3), (2, 3)].map(|(i, k)| (routers[i], routers[k]));
        for (i, (a, z)) in ends.into_iter().enumerate() {
            let link = Link::between(NodeId(a), NodeId(z));
            b.node(&format!("l{i}"), Role::Link(link), Some(40.0));
        }
        let flow = |from: usize, to: usize| {
            Role::Flow(Flow {
                from: NodeId(routers[from]),
                to: NodeId(routers[to]),
            })
        };
        let over = b.node("over", flow(0, 3), None);
        let beside = b.node("beside", flow(3, 2), None);
        let (x, y) = (b.component("x", None), b.component("y", None));
        let (s, t) = (b.service("s", 7.0), b.service("t", 5.0));
        loads(&mut b, s, x, 1.0);
        loads(&mut b, x, y, 1.0);
        loads(&mut b, y, x, gain);
        loads(&mut b, y, over, 0.5);
        loads(&mut b, t, beside, 1.0);
        let system = b.build();
        let scenario = estates::scenario(&system, 1, &[1.0]);
        let study = Study::new(&system, &scenario);
        let oracle = Oracle::new(&system, &scenario);
        let none = [None].into_iter();
        for lost in none.chain(system.elements().into_iter().map(Some)) {
            let failed: Vec<NodeId> = lost.into_iter().collect();
            let got = study.state(&failed, CaseId(0));
            let want = oracle.point(&failed, CaseId(0));
            for (v, node) in system.iter() {
                let at = v.index();
                let (load, delivered) = (want.load[at], want.delivered[at]);
                let same = got.load[at] == load || (got.load[at] - load).abs() <= 1e-9 * load;
                assert!(same, "{failed:?} {}: {} {load}", node.id, got.load[at]);
                let off = (got.delivered[at] - delivered).abs();
                assert!(off <= 1e-9, "{failed:?} {}: {off}", node.id);
            }
        }
        engine::agrees(&system, 3);
        sweeps_agree(&system, &scenario, 2, "a loop above a network");
    }
}

/// Writes the inventory of [`returning`], with the given loads of x on y and back.
fn written(folder: &Path, there: &str, back: &str) {
    let file = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    file(
        "components.csv",
        "id,kind,capacity\nx,application,10\ny,application,\n",
    );
    file("services.csv", "id,demand\ns,4\n");
    file(
        "dependencies.csv",
        &format!("consumer,provider,load\ns,x,\nx,y,{there}\ny,x,{back}\n"),
    );
}

#[test]
fn a_blank_load_counts_as_nothing_inside_a_cycle_and_one_warning_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path(), "0.5", "");
    let loaded = load(folder.path(), &Overrides::default()).expect("valid");
    let state = Study::new(&loaded.system, &loaded.scenario).state(&[], CaseId(0));
    assert_eq!(of(&loaded.system, &state, "x").0, 4.0);
    assert_eq!(of(&loaded.system, &state, "y").0, 2.0);
    let about: Vec<String> = loaded
        .warnings
        .iter()
        .map(|w| w.render(false, 200))
        .filter(|w| w.contains("need each other"))
        .collect();
    assert_eq!(about.len(), 1, "{about:?}");
    assert!(about[0].contains("x → y → x"), "{}", about[0]);
    assert!(about[0].contains("(1 of 2)"), "{}", about[0]);
}

#[test]
fn the_command_line_names_the_loop_and_says_infinite() {
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path(), "1", "1");
    let path = folder.path().to_str().expect("a name");
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_brownout"));
        let output = command.args(args).output().expect("it runs");
        String::from_utf8(output.stdout).expect("text")
    };
    let json = |command: &str| -> serde_json::Value {
        serde_json::from_str(&run(&[command, path, "--format", "json"])).expect("JSON")
    };
    let checked = json("check");
    let warnings = checked["warnings"].as_array().expect("a list");
    let names = |w: &serde_json::Value| {
        let text = w.as_str().unwrap_or_default();
        text.contains("comes back as one or more: ") && text.contains("x → y")
            || text.contains("y → x → y")
    };
    assert!(warnings.iter().any(names), "{warnings:?}");
    let said = json("whatif");
    let components = said["components"].as_array().expect("a list");
    for c in components {
        assert_eq!(c["load"], serde_json::Value::Null, "{c}");
        assert_eq!(c["infinite"], true, "{c}");
        assert_eq!(c["utilization"], serde_json::Value::Null, "{c}");
    }
    assert_eq!(said["services"][0]["status"], "down");
    let table = run(&["whatif", path, "--format", "csv", "--table", "components"]);
    assert!(table.contains(",infinite,"), "{table}");
    assert!(run(&["whatif", path]).contains('∞'));
    assert!(run(&["explain", path, "s"]).contains('∞'));
}

#[test]
fn links_under_a_loop_say_infinite_as_components_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write(
        "components.csv",
        "id,kind,capacity\nx,app,\ny,app,\nr1,router,\nr2,router,\nr3,router,\n",
    );
    write("links.csv", "id,a,b,capacity\nl1,r1,r2,10\nl2,r2,r3,10\n");
    write("flows.csv", "id,from,to\nf,r1,r2\ng,r2,r3\n");
    write("services.csv", "id,demand\ns,1\nt,1\n");
    write(
        "dependencies.csv",
        "consumer,provider,load\ns,x,1\nx,y,1\ny,x,1\ny,f,1\nt,g,1\n",
    );
    let path = folder.path().to_str().expect("a name");
    let run = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_brownout"));
        let output = command
            .args(["sweep", path])
            .args(more)
            .output()
            .expect("it runs");
        String::from_utf8(output.stdout).expect("text")
    };
    let swept: serde_json::Value = serde_json::from_str(&run(&["--format", "json"])).expect("JSON");
    let links = swept["network"]["cases"][0]["links"]
        .as_array()
        .expect("links");
    let null = serde_json::Value::Null;
    assert_eq!(
        (&links[0]["load"], &links[0]["infinite"]),
        (&null, &true.into()),
        "{}",
        links[0]
    );
    assert_eq!(
        (&links[1]["load"], &links[1]["infinite"]),
        (&1.0.into(), &null),
        "{}",
        links[1]
    );
    let table = run(&["--format", "csv", "--table", "links"]);
    let row = table.lines().find(|l| l.contains(",l1,")).expect("a row");
    assert!(row.contains(",infinite,0,"), "{row}");
    assert!(run(&[]).contains('∞'));
}

/// Components that load each other all round, a few services above them and stores below. Most
/// loops return less than they get; some amplify, in the base state or once a provider is lost.
fn looped(seed: u64, components: usize) -> System {
    let mut dice = Dice(seed);
    let mut b = Builder::default();
    let stores: Vec<u32> = (0..2)
        .map(|i| b.component(&format!("store-{i}"), Some(60.0 + 40.0 * f64::from(i))))
        .collect();
    let apps: Vec<u32> = (0..components)
        .map(|i| {
            let capacity = *dice.pick(&[None, Some(0.0), Some(30.0), Some(90.0), Some(400.0)]);
            b.component(&format!("app-{:02}", (i * 37) % 101), capacity)
        })
        .collect();
    let steep = dice.chance(0.3);
    for &app in &apps {
        for _ in 0..=dice.below(2) {
            let mut providers: Vec<(u32, f64, Option<f64>)> = Vec::new();
            for _ in 0..=dice.below(3) {
                let from = if dice.chance(0.2) { &stores } else { &apps };
                let p = *dice.pick(from);
                let factor = *dice.pick(&[0.0, 0.1, 0.25, 1.0 / 3.0, 0.5, 0.5, 1.0]);
                let factor = if steep { 2.0 * factor } else { 0.7 * factor };
                let weight = *dice.pick(&[None, None, Some(1.0), Some(2.0), Some(0.0)]);
                if providers.iter().all(|q| q.0 != p) {
                    providers.push((p, factor, weight));
                }
            }
            let most = providers.len().min(2) + 1;
            let need = if dice.chance(0.1) {
                Need::All
            } else {
                Need::AtLeast(u32::try_from(dice.below(most)).unwrap())
            };
            let split = *dice.pick(&[Split::Share, Split::Share, Split::Standby, Split::Copy]);
            b.group(app, need, split, &providers);
        }
    }
    for i in 0..3 {
        let demand = *dice.pick(&[0.0, 10.0, 20.0, 50.0]);
        let service = b.service(&format!("s{i}"), demand);
        let count = 1 + dice.below(2);
        let providers: Vec<(u32, f64, Option<f64>)> = (0..count)
            .map(|k| (apps[(i * 5 + k) % apps.len()], 1.0, None))
            .collect();
        b.group(service, Need::AtLeast(1), Split::Share, &providers);
        if dice.chance(0.15) {
            // A service may be part of what goes round.
            let user = *dice.pick(&apps);
            b.group(
                user,
                Need::AtLeast(0),
                Split::Share,
                &[(service, 0.2, None)],
            );
        }
    }
    b.build()
}

/// What the definitions say, by a dense system of equations.
#[test]
fn loads_of_loops_are_as_defined() {
    let (mut infinite, mut finite) = (0, 0);
    for seed in 0..150 {
        let system = looped(seed, 4 + seed as usize % 9);
        let scenario = estates::scenario(&system, 1, &[1.0, 2.0]);
        let study = Study::new(&system, &scenario);
        let oracle = Oracle::new(&system, &scenario);
        let mut dice = Dice(seed);
        for _ in 0..4 {
            let mut failed: Vec<_> = (0..dice.below(3))
                .map(|_| *dice.pick(&system.elements()))
                .collect();
            failed.sort_unstable();
            failed.dedup();
            let got = study.state(&failed, CaseId(1));
            let want = oracle.point(&failed, CaseId(1));
            for (v, node) in system.iter() {
                let (x, y) = (got.load[v.index()], want.load[v.index()]);
                let same = x == y || (x - y).abs() <= 1e-9 * y;
                assert!(
                    same,
                    "seed {seed}, {failed:?}: {} {x}, by definition {y}",
                    node.id
                );
                let (x, y) = (got.delivered[v.index()], want.delivered[v.index()]);
                assert!(
                    (x - y).abs() <= 1e-9,
                    "seed {seed}, {failed:?}: {} {x} {y}",
                    node.id
                );
                infinite += u32::from(got.load[v.index()].is_infinite());
                finite += u32::from(got.load[v.index()] > 0.0);
            }
        }
    }
    assert!(infinite > 100 && finite > 1000, "{infinite} {finite}");
}

#[test]
fn loops_agree_to_the_last_bit_however_they_are_evaluated() {
    (0..120u64).into_par_iter().for_each(|seed| {
        let system = looped(seed, 4 + seed as usize % 14);
        engine::agrees(&system, seed);
        let scenario = estates::scenario(&system, 1, &[1.0, 1.7]);
        assert!(many::agrees::<1>(&system, &scenario, 0, seed));
        assert!(many::agrees::<2>(&system, &scenario, 1, seed));
        alone_or_together(&system, seed);
    });
}

/// The bits of a load case do not depend on those beside it.
fn alone_or_together(system: &System, seed: u64) {
    let scenario = estates::scenario(system, 1, &[1.0]);
    let study = Study::new(system, &scenario);
    let factors = [1.0, 0.3, 0.0, 5.0];
    let demand: Vec<[f64; 4]> = scenario.cases[0]
        .demand
        .iter()
        .map(|d| factors.map(|f| d * f))
        .collect();
    let all = study.base::<4>(&[], &demand);
    for l in 0..4 {
        let alone: Vec<[f64; 1]> = demand.iter().map(|d| [d[l]]).collect();
        let alone = study.base::<1>(&[], &alone);
        for (v, _) in system.iter() {
            let v = study.compiled().ix(v);
            for (x, y) in [
                (alone.load(v)[0], all.load(v)[l]),
                (alone.delivered(v)[0], all.delivered(v)[l]),
            ] {
                assert_eq!(x.to_bits(), y.to_bits(), "seed {seed}, lane {l}: {x} {y}");
            }
        }
    }
}

fn sweeps_agree(system: &System, scenario: &Scenario, order: u32, what: &str) {
    let study = Study::new(system, scenario);
    let all = study.sweep_exhaustively(order, &NoWatch);
    let pruned = study.sweep(order, &NoWatch);
    if let Some(difference) = sweep::difference(system, &all, &pruned) {
        panic!("{what}: {difference}");
    }
}

#[test]
fn pruned_equals_exhaustive_with_loops() {
    (0..240u64).into_par_iter().for_each(|seed| {
        let system = looped(seed, 4 + seed as usize % 12);
        let scenario = sweep::asked(&system, seed);
        sweeps_agree(&system, &scenario, 2, &format!("looped {seed}"));
    });
}

#[test]
fn triples_with_loops_equal_exhaustive_ones() {
    (0..60u64).into_par_iter().for_each(|seed| {
        let system = looped(1000 + seed, 4 + seed as usize % 6);
        let scenario = sweep::asked(&system, seed);
        sweeps_agree(&system, &scenario, 3, &format!("looped {seed}"));
    });
}

/// Chains, rings and groups of one size, where one evaluation serves many failures.
fn alike(seed: u64) -> System {
    let mut dice = Dice(seed);
    let mut b = Builder::default();
    let n = 4 + dice.below(12);
    let shape = dice.below(4);
    let capacity = *dice.pick(&[None, Some(9.0), Some(12.0), Some(40.0)]);
    let all: Vec<u32> = (0..n)
        .map(|i| b.component(&format!("n{:02}", (i * 7) % 19), capacity))
        .collect();
    match shape {
        0 => {
            for w in all.windows(2) {
                let factor = *dice.pick(&[1.0, 0.5, 0.0]);
                loads(&mut b, w[0], w[1], factor);
            }
        }
        1 => {
            for i in 0..n {
                let factor = *dice.pick(&[0.5, 0.9, 0.0]);
                loads(&mut b, all[i], all[(i + 1) % n], factor);
            }
        }
        2 => {
            for i in 0..n {
                loads(&mut b, all[i], all[(i + 1) % n], 0.3);
                if dice.chance(0.9) {
                    loads(&mut b, all[(i + 1) % n], all[i], 0.2);
                }
            }
        }
        _ => {}
    }
    let demand = f64::from(u32::try_from(3 * n).unwrap());
    for i in 0..=dice.below(2) {
        let s = b.service(&format!("s{i}"), demand);
        let need = u32::try_from(1 + dice.below(n - 1)).unwrap();
        let split = *dice.pick(&[Split::Share, Split::Copy, Split::Standby]);
        if shape < 3 {
            let at = *dice.pick(&all);
            let factor = *dice.pick(&[1.0, 0.1]);
            loads(&mut b, s, at, factor);
        } else if i == 0 {
            b.needs(s, Need::AtLeast(need), split, &all);
        } else {
            loads(&mut b, s, all[0], 1.0);
        }
    }
    b.build()
}

#[test]
fn failures_that_are_alike_are_told_as_if_each_were_evaluated() {
    (0..300u64).into_par_iter().for_each(|seed| {
        let system = alike(seed);
        let scenario = sweep::asked(&system, seed);
        let study = Study::new(&system, &scenario);
        sweeps_agree(&system, &scenario, 2, &format!("alike {seed}"));
        let state = study.state(&[], CaseId(0));
        let swept = study.sweep_exhaustively(1, &NoWatch);
        let cases = scenario.cases.len();
        for (s, service) in state.services.iter().enumerate() {
            assert_eq!(*service, swept.services[s * cases].base, "alike {seed}");
        }
    });
}
