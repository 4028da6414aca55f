//! The engine: golden cases, and the incremental evaluation held against the full one.

use crate::estates::{self, Builder, Dice};
use brownout::analysis::{NoWatch, Study};
use brownout::engine::{Base, Ix, Scratch};
use brownout::model::{Cause, Need, NodeId, Split, Status, System, Witness};

fn three_servers(capacity: f64, demand: f64) -> System {
    let mut b = Builder::default();
    let servers: Vec<u32> = (1..=3)
        .map(|i| b.component(&format!("app-{i}"), Some(capacity)))
        .collect();
    let orders = b.service("orders", demand);
    b.needs(orders, Need::AtLeast(1), Split::Share, &servers);
    b.build()
}

/// Three order servers of 400 orders a minute each; 700 are asked for today, 1100 at quarter-end.
/// One server is lost. Today the two that are left carry the load and everything looks healthy, but
/// the peak would not be carried: at risk. At quarter-end it shows: degraded.
#[test]
fn the_story_of_three_servers() {
    let system = three_servers(400.0, 700.0);
    let scenario = estates::scenario(&system, 2, &[1.0, 1100.0 / 700.0]);
    let study = Study::new(&system, &scenario);
    let lost = system.find("app-3").unwrap();
    let today = study.state(&[lost], brownout::model::CaseId(0));
    let service = &today.services[0];
    assert_eq!(service.status, Status::AtRisk);
    assert_eq!(service.findings[0].cause, Cause::Peak);
    assert_eq!(
        service.findings[0].witness,
        Witness::Case(brownout::model::CaseId(1))
    );
    assert_eq!(service.findings[1].cause, Cause::Redundancy);
    assert_eq!(
        service.findings[1].witness,
        Witness::Element(system.find("app-1").unwrap())
    );
    assert!((service.headroom.unwrap() - (400.0 / 350.0 - 1.0)).abs() < 1e-12);
    assert_eq!(service.limit, system.find("app-1"));
    let quarter_end = study.state(&[lost], brownout::model::CaseId(1));
    assert_eq!(quarter_end.services[0].status, Status::Degraded);
    assert!((quarter_end.services[0].delivered - 0.727_272_727_272).abs() < 1e-9);
}

#[test]
fn golden_counts_of_three_servers() {
    for (demand, base, at_risk, degraded) in [
        (180.0, Status::Ok, [3, 0], [0, 3]),
        (250.0, Status::AtRisk, [0, 0], [3, 3]),
    ] {
        let system = three_servers(100.0, demand);
        let scenario = estates::scenario(&system, 3, &[1.0]);
        let sweep = Study::new(&system, &scenario).sweep(3, &NoWatch);
        let service = &sweep.services[0];
        assert_eq!(service.base.status, base);
        assert_eq!(sweep.possible, [3, 3, 1]);
        assert!(sweep.is_complete());
        assert_eq!(service.orders[0].at_risk, Some(at_risk[0]));
        assert_eq!(service.orders[1].at_risk, Some(at_risk[1]));
        assert_eq!(service.orders[0].degraded, degraded[0]);
        assert_eq!(service.orders[1].degraded, degraded[1]);
        assert_eq!(service.orders[2].down, 1);
        assert_eq!(
            service.orders[2].at_risk,
            Some(0),
            "no element is left to fail"
        );
    }
}

#[test]
fn incremental_equals_full_to_the_last_bit() {
    for seed in 0..400 {
        let nodes = 4 + seed as usize % 30;
        agrees(&estates::random(seed, nodes, seed % 2 == 0), seed);
    }
    for seed in 0..20 {
        agrees(&estates::enterprise(seed, 3 + seed as usize % 40), seed);
    }
}

/// Nested failures and undos, each state against its full evaluation.
pub fn agrees(system: &System, seed: u64) {
    let mut dice = Dice(seed ^ 0xABCD);
    let mut scenario = estates::scenario(system, 1, &[1.0, 1.7, 0.0, 0.3]);
    scenario.derate.push((NodeId(0), 0.5));
    let study = Study::new(system, &scenario);
    let demand: Vec<[f64; 4]> = (0..system.services().len())
        .map(|s| std::array::from_fn(|l| scenario.cases[l].demand[s]))
        .collect();
    let base = study.base::<4>(&[], &demand);
    let mut scratch = Scratch::new(&base);
    let elements = system.elements();
    let mut failed: Vec<NodeId> = Vec::new();
    let mut marks = Vec::new();
    for _ in 0..30 {
        if dice.chance(0.4) && !marks.is_empty() {
            let (mark, count) = marks.pop().unwrap();
            scratch.undo(mark);
            failed.truncate(count);
        } else {
            marks.push((scratch.mark(), failed.len()));
            let count = if dice.chance(0.2) { 2 } else { 1 };
            let more: Vec<NodeId> = (0..count).map(|_| *dice.pick(&elements)).collect();
            let places: Vec<Ix> = more.iter().map(|&v| study.compiled().ix(v)).collect();
            scratch.fail_all(&places);
            failed.extend(more);
        }
        same(&scratch, &study.base::<4>(&failed, &demand), seed);
    }
}

fn same<const L: usize>(scratch: &Scratch<'_, L>, full: &Base<'_, L>, seed: u64) {
    let bits = |x: [f64; L]| x.map(f64::to_bits);
    for v in (0..u32::try_from(full.system().len()).unwrap()).map(Ix) {
        let name = full.system().node(v);
        assert_eq!(
            scratch.works(v),
            full.works(v),
            "works of {name:?}, seed {seed}"
        );
        assert_eq!(
            bits(scratch.load(v)),
            bits(full.load(v)),
            "load of {name:?}, seed {seed}"
        );
        let (a, b) = (scratch.delivered(v), full.delivered(v));
        assert_eq!(bits(a), bits(b), "delivered of {name:?}, seed {seed}");
    }
}

#[test]
fn a_hub_adds_up_in_parts_and_still_agrees() {
    let mut b = Builder::default();
    let hub = b.component("hub", Some(1000.0));
    for i in 0..700 {
        let server = b.component(&format!("server-{i:03}"), None);
        b.group(
            server,
            Need::All,
            Split::Share,
            &[(hub, 0.1 + f64::from(i) * 1e-3, None)],
        );
        let service = b.service(&format!("service-{i:03}"), 1.0 + 1.0 / f64::from(i + 3));
        b.all(service, server);
    }
    agrees(&b.build(), 1);
}
