//! Shards, constants, tiers and logical groups: golden cases, and random estates that have them all.

use crate::agreement::{
    first_failure, headroom_is_where_delivered_falls, states_agree, sweeps_agree,
};
use crate::oracle::Oracle;
use crate::random::{Dice, SHAPES, Shape, estate};
use brownout::analysis::{NoWatch, StateOutcome, Study};
use brownout::input::{Loaded, Overrides, Texts, load_from};
use brownout::model::{CaseId, Need, NodeId, Role, Scenario, Serves, Split, Status, System};
use rayon::prelude::*;
use std::path::Path;

/// An estate of the given tables.
fn loaded(files: &[(&str, &str)]) -> Loaded {
    let named = |(name, text): &(&str, &str)| (format!("estate/{name}.csv"), (*text).into());
    let files = Texts(files.iter().map(named).collect());
    load_from(&files, Path::new("estate"), &Overrides::default()).expect("a sound estate")
}

fn state(loaded: &Loaded, failed: &[&str]) -> StateOutcome {
    let find = |id: &&str| loaded.system.find(id).expect("is there");
    let failed: Vec<NodeId> = failed.iter().map(find).collect();
    Study::new(&loaded.system, &loaded.scenario).state(&failed, CaseId(0))
}

fn of(loaded: &Loaded, values: &[f64], id: &str) -> f64 {
    values[loaded.system.find(id).expect("is there").index()]
}

fn near(x: f64, y: f64) {
    assert!((x - y).abs() <= 1e-12, "{x} is not {y}");
}

#[test]
fn better_tiers_come_first_on_a_link() {
    for (serves, want) in [("priority", [1.0, 1.0, 0.2]), ("fair", [0.4, 0.4, 0.4])] {
        let links = format!("id,a,b,capacity,serves\nwan,hq,dc,80,{serves}\n");
        let estate = loaded(&[
            ("components", "id,kind\nhq,site\ndc,site\n"),
            ("links", &links),
            ("flows", "id,from,to\nf,hq,dc\n"),
            (
                "services",
                "id,tier,demand\norders,1,20\nmail,2,30\nbackup,3,150\n",
            ),
            (
                "dependencies",
                "consumer,provider\norders,f\nmail,f\nbackup,f\n",
            ),
        ]);
        let state = state(&estate, &[]);
        for (s, want) in state.services.iter().zip([want[2], want[1], want[0]]) {
            near(s.delivered, want);
        }
        near(of(&estate, &state.load, "wan"), 200.0);
        near(of(&estate, &state.delivered, "wan"), want[2]);
        let [backup, mail, orders] = [0, 1, 2].map(|s| state.services[s].headroom.expect("finite"));
        if serves == "priority" {
            // All demand grows: 20 λ, 50 λ and 200 λ of 80.
            near(orders, 3.0);
            near(mail, 0.6);
        }
        near(backup, 80.0 / 200.0 - 1.0);
    }
}

#[test]
fn a_lost_shard_takes_its_part_along_and_loads_nobody() {
    let rows = "consumer,provider,group,split\nstore,s1,data,shard\nstore,s2,data,\nstore,s3,data,\nstore,s4,data,\n";
    let estate = loaded(&[
        (
            "components",
            "id,kind,capacity\ns1,server,30\ns2,server,30\ns3,server,30\ns4,server,30\n",
        ),
        ("services", "id,demand\nstore,100\n"),
        ("dependencies", rows),
    ]);
    let before = state(&estate, &[]);
    let after = state(&estate, &["s2"]);
    near(after.services[0].delivered, 0.75);
    assert_eq!(after.services[0].status, Status::Degraded);
    near(after.services[0].headroom.expect("none"), -1.0);
    let limit = after.services[0].limit.expect("what was lost");
    assert_eq!(estate.system.id(limit), "s2");
    for other in ["s1", "s3", "s4"] {
        near(of(&estate, &before.load, other), 25.0);
        near(of(&estate, &after.load, other), 25.0);
    }
    let sweep = Study::new(&estate.system, &estate.scenario).sweep(2, &NoWatch);
    let orders = &sweep.services[0].orders;
    assert_eq!((orders[0].degraded, orders[1].degraded), (4, 6));
    assert_eq!(sweep.services[0].minimal_count, 4);
}

#[test]
fn a_constant_is_drawn_at_night_as_well() {
    let estate = loaded(&[
        ("components", "id,kind,capacity\nrack,rack,100\n"),
        ("services", "id,demand\nweb,40\n"),
        (
            "dependencies",
            "consumer,provider,load,constant\nweb,rack,1,40\n",
        ),
    ]);
    let now = state(&estate, &[]);
    near(of(&estate, &now.load, "rack"), 80.0);
    near(of(&estate, &now.constant, "rack"), 40.0);
    near(now.services[0].headroom.expect("finite"), 0.5);
    for (demand, load) in [(0.0, 40.0), (80.0, 120.0)] {
        let mut scenario = estate.scenario.clone();
        scenario.cases[0].demand = vec![demand];
        let other = Study::new(&estate.system, &scenario).state(&[], CaseId(0));
        near(of(&estate, &other.load, "rack"), load);
        near(other.services[0].delivered, (100.0 / load).min(1.0));
    }
}

#[test]
fn what_is_derated_to_nothing_has_failed() {
    let estate = loaded(&[
        (
            "components",
            "id,kind,capacity\na,server,100\nb,server,100\n",
        ),
        ("services", "id,demand\nweb,80\n"),
        (
            "dependencies",
            "consumer,provider,group,need\nweb,a,pool,any\nweb,b,pool,\n",
        ),
    ]);
    let mut scenario = estate.scenario.clone();
    scenario.derate = vec![(estate.system.find("a").expect("is there"), 0.0)];
    let state = Study::new(&estate.system, &scenario).state(&[], CaseId(0));
    assert!(!state.works[estate.system.find("a").expect("is there").index()]);
    near(of(&estate, &state.load, "b"), 80.0);
    assert_eq!(state.services[0].status, Status::AtRisk);
}

#[test]
fn what_is_logical_is_no_element() {
    let estate = loaded(&[
        (
            "components",
            "id,kind,capacity\na,server,100\nb,server,100\nfarm,pool,150\n",
        ),
        ("services", "id,demand\nweb,80\n"),
        (
            "dependencies",
            "consumer,provider,group,need\nweb,farm,,\nfarm,a,members,any\nfarm,b,members,\n",
        ),
    ]);
    let elements = &estate.scenario.sweep.elements;
    let ids: Vec<&str> = elements.iter().map(|&v| estate.system.id(v)).collect();
    assert_eq!(ids, ["a", "b"]);
    near(
        state(&estate, &[]).services[0].headroom.expect("finite"),
        0.875,
    );
}

/// A random estate with some of everything: splits become shards, providers draw constants, nodes
/// serve better tiers first, services get tiers, and some components are only names for groups.
pub fn overloaded(shape: Shape, seed: u64) -> (System, Scenario) {
    let (system, scenario) = estate(shape, seed);
    (overload(&system, &scenario, seed), scenario)
}

/// The same of an estate.
pub fn overload(system: &System, scenario: &Scenario, seed: u64) -> System {
    let mut dice = Dice::new(seed ^ 0xA5A5_5A5A);
    let mut draft = system.draft();
    let has = [0, 1, 2].map(|_| dice.chance(60));
    for r in &mut draft.requirements {
        if has[0] && r.need != Need::All && dice.chance(40) {
            r.split = Split::Shard;
        }
        for p in &mut r.providers {
            if has[1] && dice.chance(25) {
                p.constant = dice.pick(&[0.5, 1.0, 5.0, 10.0, 40.0]);
            }
        }
    }
    let spoken_of = [&scenario.down[..], &scenario.sweep.elements].concat();
    for (at, d) in (0u32..).zip(&mut draft.nodes) {
        let node = &mut d.node;
        match &mut node.role {
            Role::Service(service) => service.tier = dice.pick(&[None, Some(1), Some(2), Some(3)]),
            Role::Component | Role::Link(_) => {
                if has[2] && dice.chance(35) {
                    node.serves = Serves::Priority;
                }
                let is_component = matches!(node.role, Role::Component);
                let may = is_component && !spoken_of.contains(&NodeId(at));
                if may && dice.chance(5) {
                    node.logical = Some(true);
                    node.reliability = None;
                }
            }
            Role::Flow(_) => {}
        }
    }
    draft.common_cause.clear();
    let system = System::new(draft).expect("other numbers only");
    // About half of what is loaded has just what it needs, or a round part of it.
    let point = Oracle::new(&system, scenario).point(&[], CaseId(0));
    let mut draft = system.draft();
    for (v, d) in draft.nodes.iter_mut().enumerate() {
        let load = point.load[v];
        if d.node.is_component_or_link() && load > 0.0 && load.is_finite() && dice.chance(60) {
            let times = dice.pick(&[0.5, 0.75, 1.0, 1.0, 1.25, 1.5, 2.0, 3.0]);
            d.node.capacity = Some(load * times);
        }
    }
    System::new(draft).expect("capacities only")
}

#[test]
fn every_state_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (0..300u64).into_par_iter();
        first_failure(seeds.map(|seed| states_agree(overloaded, shape, seed, 8)));
    }
}

#[test]
fn every_sweep_is_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (20_000..20_060u64).into_par_iter();
        first_failure(seeds.map(|seed| sweeps_agree(overloaded, shape, seed)));
    }
}

#[test]
fn headroom_says_when_a_service_gets_less() {
    for shape in SHAPES {
        // A shard may have a small part: a larger step shows what it gets less.
        let seeds = (40_000..40_400u64).into_par_iter();
        let all: Result<Vec<[u32; 3]>, String> = seeds
            .map(|seed| headroom_is_where_delivered_falls(overloaded, shape, seed, 1e-3))
            .collect();
        let all = all.unwrap_or_else(|difference| panic!("{difference}"));
        for kind in 0..3 {
            let count: u32 = all.iter().map(|seen| seen[kind]).sum();
            assert!(count >= 5, "{shape:?}: kind {kind} {count} times");
        }
    }
}
