//! Probabilities, importance and hours: against enumeration of every state, and against each other.
//! What one figure says, no other may contradict; and it is all the same in which unit an estate is
//! written down.

use crate::fix::{load, texts};
use crate::montecarlo::{one_case, simulate};
use crate::oracle::Oracle;
use crate::overload::overloaded;
use crate::random::{Dice, SHAPES, Shape, describe, estate, failures};
use brownout::analysis::montecarlo::{
    Chances, HarmUse, Horizon, Hourly, HourlySettings, Importance, Interval, Method, Repair,
    Sequential, SequentialOutcome, ServiceChance, Settings, Start,
};
use brownout::analysis::{NoWatch, Study};
use brownout::model::{CaseId, Need, NodeId, Reliability, Role, Scenario, Split, Status, System};
use brownout::report::document::simulate::{Estimate, HoursBasis, Range, Simulate, Spread};
use brownout::report::naming::{Resolve, SimulateNames};
use std::collections::BTreeSet;

const METHODS: [Method; 3] = [Method::Auto, Method::Plain, Method::Stratified];

fn with(trials: u64, seed: u64, method: Method) -> Settings {
    Settings {
        method,
        ..Settings::new(trials, seed)
    }
}

/// One service at one load case, by going through every state.
struct Truth {
    base: Status,
    harm: f64,
    /// Per event: P(harm | it happens), P(harm | it does not).
    events: Vec<(f64, f64)>,
}

/// By service, then case.
fn by_enumeration(system: &System, scenario: &Scenario, chances: &Chances) -> Vec<Truth> {
    let oracle = Oracle::new(system, scenario);
    let (events, cases) = (chances.events(), scenario.cases.len());
    let status = |failed: &[NodeId]| -> Vec<Status> {
        let services = system.services().iter();
        let slot = services.flat_map(|&s| (0..cases).map(move |c| (s, CaseId(c as u32))));
        let points: Vec<_> = (0..cases)
            .map(|c| oracle.point(failed, CaseId(c as u32)))
            .collect();
        slot.map(|(s, c)| oracle.plain_status(&points[c.index()], s, c))
            .collect()
    };
    let mut all: Vec<Truth> = status(&[])
        .into_iter()
        .map(|base| Truth {
            base,
            harm: 0.0,
            events: vec![(0.0, 0.0); events.len()],
        })
        .collect();
    for mask in 0..1u32 << events.len() {
        let mut p = 1.0;
        let mut failed: Vec<NodeId> = Vec::new();
        for (i, event) in events.iter().enumerate() {
            let happens = mask >> i & 1 == 1;
            p *= if happens { event.q } else { 1.0 - event.q };
            failed.extend(event.members.iter().filter(|_| happens));
        }
        failed.sort_unstable();
        failed.dedup();
        for (truth, status) in all.iter_mut().zip(status(&failed)) {
            if !status.is_harm() {
                continue;
            }
            truth.harm += p;
            for (i, (sums, event)) in truth.events.iter_mut().zip(events).enumerate() {
                if mask >> i & 1 == 1 {
                    sums.0 += p / event.q;
                } else {
                    sums.1 += p / (1.0 - event.q);
                }
            }
        }
    }
    all
}

/// Random estates with few events, every second one with a common cause.
fn few_events(seeds: u64) -> impl Iterator<Item = (u64, System, Scenario, Chances)> {
    (0..seeds).filter_map(|seed| {
        let shape = SHAPES[usize::try_from(seed % 5).expect("small")];
        let make = if seed % 3 == 2 { overloaded } else { estate };
        let (mut system, scenario) = make(shape, 81_000 + seed);
        if seed / 5 % 2 == 1 {
            let chancy = (0u32..)
                .zip(system.nodes())
                .filter(|(_, n)| n.reliability.is_some());
            let members: Vec<u32> = chancy.map(|(v, _)| v).take(3).collect();
            let mut draft = system.draft();
            draft.common_cause.push(("twins".into(), members, 0.3));
            system = System::new(draft).expect("valid");
        }
        let chances = Chances::new(&system, &scenario.down).expect("sound");
        let few = (2..=8).contains(&chances.events().len());
        few.then_some((seed, system, scenario, chances))
    })
}

fn near(x: f64, y: f64) -> bool {
    (x - y).abs() <= 1e-9 + 1e-7 * y.abs() || x.to_bits() == y.to_bits()
}

/// The four measures, by definition.
fn measures(truth: &Truth, event: usize) -> [f64; 4] {
    let ((with, without), harm) = (truth.events[event], truth.harm);
    let rrw = if without <= 1e-14 * harm {
        f64::INFINITY
    } else {
        harm / without
    };
    [with - without, 1.0 - without / harm, with / harm, rrw]
}

fn four(i: &Importance) -> [Interval; 4] {
    [i.birnbaum, i.fussell_vesely, i.raw, i.rrw]
}

/// What no method may get wrong.
fn keeps_bounds(s: &ServiceChance, i: &Importance) {
    let harm = s.harm.estimate;
    assert!((-1.0..=1.0).contains(&i.birnbaum.value), "{i:?}");
    assert!(i.birnbaum.low >= -1.0 && i.birnbaum.high <= 1.0, "{i:?}");
    assert!(i.raw.value >= 0.0 && i.raw.low >= 0.0, "{i:?}");
    assert!(i.raw.value <= 1.0 / harm * (1.0 + 1e-9), "{i:?} {harm}");
    assert!(i.fussell_vesely.value <= 1.0 && i.rrw.value >= 0.0, "{i:?}");
    // What a sum of probabilities is rounded by tells of no harm.
    assert!(i.rrw.value < 1e12 || i.rrw.value.is_infinite(), "{i:?}");
    assert!((0.0..=1.0).contains(&i.contribution.value), "{i:?}");
    for x in four(i).into_iter().chain([i.contribution]) {
        assert!(x.low <= x.value && x.value <= x.high, "{i:?}");
    }
}

fn event_of(chances: &Chances, i: &Importance) -> usize {
    let mut events = chances.events().iter();
    let found = events.position(|e| e.members == i.elements && e.group == i.common_cause);
    found.expect("one of the events")
}

/// Harm that only happens while one of several elements is out: sums over all states are rounded, but without it
/// there is none.
#[test]
fn without_the_only_cause_of_harm_there_is_none() {
    let loaded = load(&texts(&[
        (
            "e/components.csv",
            "id,kind,capacity,within,trips_at,serves,unavailability\n\
             c0,server,50,,,priority,0.05\nc1,server,150,,,priority,0.2\n\
             b0,database,300,,,,0.05\nb1,database,80,,,,0.2\n",
        ),
        (
            "e/dependencies.csv",
            "consumer,provider,group,need,split,load,constant,weight\n\
             s0,c1,g,any,standby,1,,2\ns0,c0,g,any,standby,0.5,10,1\n\
             s1,c1,g,any,standby,0.5,,1\ns1,c0,g,any,standby,1,,2\n\
             s2,c1,g,any,share,1,10,1\nc0,b1,h,any,standby,0.2,5,1\n",
        ),
        (
            "e/services.csv",
            "id,demand,tier\ns0,40,2\ns1,90,3\ns2,40,3\n",
        ),
        ("s.toml", "inventory = \"e\"\n"),
    ]));
    let outcome = simulate(&loaded.system, &loaded.scenario, with(100, 1, Method::Auto));
    let importance = outcome.services[2].importance.as_ref().expect("told");
    let cause = &importance[0];
    assert_eq!(cause.contribution.value.to_bits(), 1f64.to_bits());
    assert!(cause.rrw.value.is_infinite(), "{cause:?}");
    for s in &outcome.services {
        for i in s.importance.as_ref().expect("told") {
            keeps_bounds(s, i);
        }
    }
}

#[test]
fn importance_equals_enumeration_where_it_is_exact() {
    let (mut compared, mut harmed_in_base, mut unlisted) = (0, 0, 0);
    for (seed, system, scenario, chances) in few_events(110) {
        let truths = by_enumeration(&system, &scenario, &chances);
        let outcome = simulate(&system, &scenario, with(100, 1, Method::Auto));
        for (s, truth) in outcome.services.iter().zip(&truths) {
            assert!(near(s.harm.estimate, truth.harm), "{seed} {:?}", s.harm);
            if truth.base.is_harm() {
                harmed_in_base += 1;
                let reason = s.importance.as_ref().expect_err("nothing to attribute");
                assert!(reason.contains("nothing to attribute"), "{reason}");
                continue;
            }
            let listed = s.importance.as_ref().expect("told");
            for i in listed {
                keeps_bounds(s, i);
                let truth = measures(truth, event_of(&chances, i));
                for (x, truth) in four(i).into_iter().zip(truth) {
                    assert!(
                        near(x.value, truth),
                        "{seed}: {i:?} is not {truth}\n{}",
                        describe(&system, &scenario)
                    );
                }
                compared += 1;
            }
            // What is not listed does not matter.
            for (e, &(with, without)) in truth.events.iter().enumerate() {
                if !listed.iter().any(|i| event_of(&chances, i) == e) {
                    unlisted += 1;
                    let off = (with - without).abs();
                    assert!(
                        off <= 1e-8 * with.max(without),
                        "{seed}: {e} {with} {without}"
                    );
                }
            }
        }
    }
    println!("{compared} compared, {harmed_in_base} harmed in the base state, {unlisted} left out");
    assert!(compared > 150 && harmed_in_base > 20 && unlisted > 60);
}

#[test]
fn importance_by_sampling_agrees_with_enumeration() {
    let (mut compared, mut covered) = (0u32, 0u32);
    for (seed, system, scenario, chances) in few_events(45) {
        let truths = by_enumeration(&system, &scenario, &chances);
        for method in [Method::Plain, Method::Stratified] {
            let outcome = simulate(&system, &scenario, with(6_000, seed, method));
            for (s, truth) in outcome.services.iter().zip(&truths) {
                assert_eq!(
                    s.importance.is_err(),
                    truth.base.is_harm(),
                    "{seed} {method:?}"
                );
                for i in s.importance.iter().flatten() {
                    keeps_bounds(s, i);
                    let truth = measures(truth, event_of(&chances, i));
                    for (x, truth) in four(i).into_iter().zip(truth) {
                        let rounding = 1e-9 * (1.0 + truth.abs());
                        let stretch = 2.0 * (x.high - x.low) + rounding;
                        let plausible = truth >= x.low - stretch && truth <= x.high + stretch;
                        assert!(
                            plausible || truth.is_infinite(),
                            "{seed} {method:?}: {i:?} is not {truth}"
                        );
                        compared += 1;
                        let inside = x.low - rounding <= truth && truth <= x.high + rounding;
                        covered += u32::from(inside);
                    }
                }
            }
        }
    }
    println!("{covered} of {compared} intervals cover");
    // Listed is what an interval shows to matter, so those that are wrong are listed rather.
    assert!(compared > 400 && f64::from(covered) >= 0.9 * f64::from(compared));
}

/// `s` cannot be served in full whatever fails; `t` can, as long as the storage and another server
/// work.
fn harmed_base() -> (System, Scenario) {
    let mut b = crate::estates::Builder::default();
    let small = b.component("a-1", Some(100.0));
    let san = b.component("san", Some(1000.0));
    let other = b.component("other", Some(100.0));
    let (s, t) = (b.service("s", 150.0), b.service("t", 50.0));
    for (consumer, provider) in [(s, small), (s, san), (t, other), (other, san)] {
        b.needs(consumer, Need::All, Split::Share, &[provider]);
    }
    for (node, q) in [(san, 0.003), (other, 0.002)] {
        let node = &mut b.draft.nodes[node as usize].node;
        node.reliability = Some(Reliability::Unavailability(q));
    }
    let system = b.build();
    let scenario = one_case(&system, vec![150.0, 50.0]);
    (system, scenario)
}

#[test]
fn a_service_that_is_harmed_already_has_nothing_to_attribute() {
    let (system, scenario) = harmed_base();
    for method in METHODS {
        let outcome = simulate(&system, &scenario, with(50_000, 1, method));
        let [s, t] = &outcome.services[..] else {
            panic!("two services");
        };
        assert!((s.harm.estimate - 1.0).abs() < 1e-9, "{:?}", s.harm);
        let reason = s.importance.as_ref().expect_err("nothing to attribute");
        assert!(
            reason.contains("degraded in the base state") && reason.contains("RAW and RRW 1"),
            "{reason}"
        );
        // What makes it worse is named, what leaves it as it is is not.
        let seen = s.contingencies.as_ref().expect("known demand");
        assert!(seen.iter().all(|c| c.status == Status::Down), "{seen:?}");
        let worth = t.importance.as_ref().expect("not harmed in the base state");
        let san = worth
            .iter()
            .find(|i| i.elements == [system.find("san").expect("there")]);
        let san = san.expect("the storage matters");
        // H = 1 − 0.997·0.998; P(harm | out) = 1, P(harm | up) = 0.002.
        let harm: f64 = 1.0 - 0.997 * 0.998;
        for (x, truth) in [
            (san.birnbaum, 0.998),
            (san.raw, 1.0 / harm),
            (san.rrw, harm / 0.002),
        ] {
            assert!(
                x.low * (1.0 - 1e-9) <= truth && truth <= x.high * (1.0 + 1e-9),
                "{method:?} {x:?}"
            );
        }
        if let Ok(down) = &s.exact_down {
            let ids: Vec<&str> = down
                .importance
                .iter()
                .map(|i| system.id(i.elements[0]))
                .collect();
            assert_eq!(
                ids,
                ["san"],
                "what does not matter to being down is not listed"
            );
        }
    }
}

#[test]
fn an_outage_that_helps_is_found_by_every_method() {
    // Both ask the same server; while `rival` is out, losing half of it harms nobody.
    let mut b = crate::estates::Builder::default();
    let (half, rest) = (
        b.component("half", Some(60.0)),
        b.component("rest", Some(60.0)),
    );
    let gate = b.component("gate", None);
    let (web, rival) = (b.service("web", 50.0), b.service("rival", 50.0));
    b.needs(web, Need::AtLeast(1), Split::Share, &[half, rest]);
    b.needs(rival, Need::AtLeast(1), Split::Share, &[half, rest]);
    b.needs(rival, Need::All, Split::Share, &[gate]);
    for (node, q) in [(half, 0.05), (gate, 0.3)] {
        let node = &mut b.draft.nodes[node as usize].node;
        node.reliability = Some(Reliability::Unavailability(q));
    }
    let system = b.build();
    let scenario = one_case(&system, vec![50.0, 50.0]);
    let [gate, web] = ["gate", "web"].map(|id| system.find(id).expect("there"));
    for method in METHODS {
        let outcome = simulate(&system, &scenario, with(20_000, 1, method));
        let web = outcome.services.iter().find(|s| s.service == web);
        let worth = web.expect("there").importance.as_ref().expect("told");
        let helps = worth.iter().find(|i| i.elements == [gate]);
        let helps = helps.unwrap_or_else(|| panic!("{method:?}: {worth:?}"));
        // P(harm | out) = 0, P(harm | up) = 0.05: all of it would come about without the outages.
        for (x, truth) in four(helps).into_iter().zip([-0.05, -3.0 / 7.0, 0.0, 0.7]) {
            let rounding = 1e-9;
            assert!(
                x.low - rounding <= truth && truth <= x.high + rounding,
                "{method:?} {x:?} {truth}"
            );
        }
    }
}

#[test]
fn contingencies_are_not_named_where_demand_is_uncertain() {
    // Nothing failed is nearly all of the time; that demand alone harms is rare.
    let mut b = crate::estates::Builder::default();
    let server = b.component("server", Some(100.0));
    b.draft.nodes[server as usize].node.reliability = Some(Reliability::Unavailability(0.001));
    let web = b.service("web", 70.0);
    b.needs(web, Need::All, Split::Share, &[server]);
    let system = b.build();
    let scenario = one_case(&system, vec![70.0]);
    let settings = Settings {
        demand: Some(brownout::analysis::montecarlo::DemandSpread {
            cv: 0.15,
            common: false,
        }),
        ..Settings::new(50_000, 1)
    };
    let outcome = simulate(&system, &scenario, settings);
    let web = &outcome.services[0];
    assert!(
        web.harm.estimate > 0.002 && web.harm.estimate < 0.02,
        "{:?}",
        web.harm
    );
    let reason = web.contingencies.as_ref().expect_err("none are named");
    assert!(reason.contains("demand is uncertain"), "{reason}");
}

/// The same estate in another unit.
fn in_unit(system: &System, scenario: &Scenario, unit: f64) -> (System, Scenario) {
    let mut draft = system.draft();
    for node in draft.nodes.iter_mut().map(|n| &mut n.node) {
        node.capacity = node.capacity.map(|c| c * unit);
        match &mut node.role {
            Role::Service(service) => service.demand *= unit,
            Role::Link(link) => link.capacity_back = link.capacity_back.map(|c| c * unit),
            Role::Component | Role::Flow(_) => {}
        }
    }
    let mut scenario = scenario.clone();
    for demand in scenario.cases.iter_mut().flat_map(|c| &mut c.demand) {
        *demand *= unit;
    }
    (System::new(draft).expect("the same estate"), scenario)
}

const POWERS: [i32; 6] = [-12, -5, 3, 10, 12, 15];

fn scales() -> impl Iterator<Item = (f64, System, Scenario, System, Scenario, u64)> {
    let shapes = [
        Shape::TinyDag,
        Shape::SharedHubs,
        Shape::Enterprise,
        Shape::Networked,
    ];
    (0..8u64).flat_map(move |seed| {
        let shape = shapes[usize::try_from(seed % 4).expect("small")];
        let (system, scenario) = estate(shape, 91_000 + seed);
        POWERS.map(|power| {
            let unit = 10f64.powi(power);
            let (system, scenario) = (system.clone(), scenario.clone());
            let (other, same) = in_unit(&system, &scenario, unit);
            (unit, system, scenario, other, same, seed)
        })
    })
}

fn alike(what: &str, x: f64, y: f64, least: f64) {
    let near = (x - y).abs() <= 1e-9 * y.abs() + least;
    assert!(near || x.to_bits() == y.to_bits(), "{what}: {x} is not {y}");
}

#[test]
fn states_and_sweeps_are_the_same_in_any_unit() {
    for (unit, system, scenario, other, same, seed) in scales() {
        let (a, b) = (Study::new(&system, &scenario), Study::new(&other, &same));
        let mut dice = Dice::new(seed);
        for _ in 0..4 {
            let failed = failures(&system, &scenario, &mut dice);
            let case = CaseId(dice.below(scenario.cases.len()) as u32);
            let (x, y) = (a.state(&failed, case), b.state(&failed, case));
            assert_eq!(x.works, y.works);
            for (x, y) in x.services.iter().zip(&y.services) {
                assert_eq!(x.status, y.status, "{seed} × {unit}: {x:?} {y:?}");
                alike("delivered", y.delivered, x.delivered, 1e-12);
                let headroom = |h: Option<f64>| h.unwrap_or(f64::INFINITY);
                alike("headroom", headroom(y.headroom), headroom(x.headroom), 1e-9);
            }
            for (x, y) in x.load.iter().zip(&y.load) {
                alike("load", y / unit, *x, 0.0);
            }
        }
        let (x, y) = (a.sweep(2, &NoWatch), b.sweep(2, &NoWatch));
        for (x, y) in x.services.iter().zip(&y.services) {
            let told = format!("{seed} × {unit}");
            assert_eq!(x.base.status, y.base.status, "{told}");
            assert_eq!(x.orders, y.orders, "{told}");
            assert_eq!(x.minimal_count, y.minimal_count, "{told}");
            let worst = |w: Option<&brownout::analysis::Worst>| {
                w.map_or((Status::Ok, 1.0), |w| (w.status, w.delivered))
            };
            let (x_worst, y_worst) = (worst(x.worst.as_ref()), worst(y.worst.as_ref()));
            assert_eq!(x_worst.0, y_worst.0, "{told}");
            alike("worst delivered", y_worst.1, x_worst.1, 1e-12);
            let least = |l: Option<&brownout::analysis::LeastHeadroom>| {
                l.map_or(f64::INFINITY, |l| l.headroom)
            };
            alike(
                "least headroom",
                least(y.least_headroom.as_ref()),
                least(x.least_headroom.as_ref()),
                1e-9,
            );
        }
    }
}

#[test]
fn snapshots_are_the_same_in_any_unit() {
    for (unit, system, scenario, other, same, seed) in scales() {
        for method in METHODS {
            let a = simulate(&system, &scenario, with(1_000, seed, method));
            let b = simulate(&other, &same, with(1_000, seed, method));
            for (x, y) in a.services.iter().zip(&b.services) {
                for (x, y) in [
                    (&x.down, &y.down),
                    (&x.degraded, &y.degraded),
                    (&x.harm, &y.harm),
                ] {
                    alike("probability", y.estimate, x.estimate, 1e-15);
                    alike("low", y.low, x.low, 1e-15);
                    alike("high", y.high, x.high, 1e-15);
                }
                let most = x.unserved.high;
                for (x, y) in [
                    (x.unserved.estimate, y.unserved.estimate),
                    (x.unserved.low, y.unserved.low),
                    (x.unserved.high, y.unserved.high),
                ] {
                    alike("unserved", y / unit, x, 1e-9 * most);
                }
            }
        }
    }
}

/// Demand that changes from hour to hour, in a unit.
fn by_hour(scenario: &Scenario, hours: usize, seed: u64, unit: f64) -> Vec<Vec<f64>> {
    let mut dice = Dice::new(seed);
    let wave: Vec<f64> = (0..hours)
        .map(|_| dice.pick(&[0.0, 0.4, 0.9, 1.3]))
        .collect();
    let demand = scenario.cases[0].demand.iter();
    demand
        .map(|d| wave.iter().map(|w| d * unit * w).collect())
        .collect()
}

fn horizon(demand: Vec<Vec<f64>>, hours: u64, seed: u64) -> Horizon {
    Horizon {
        trials: 48,
        seed,
        demand,
        of_peak: false,
        hours,
        shape: 1.0,
        repair: Repair::Exponential,
        start: Start::LongRun,
        back_in: Vec::new(),
        planned: Vec::new(),
        windows: vec![("middle".into(), 10.0, 20.0)],
        at_risk: false,
    }
}

fn play(system: &System, scenario: &Scenario, horizon: Horizon) -> SequentialOutcome {
    let study = Study::new(system, scenario);
    let sequential = Sequential::new(&study, horizon).expect("a sound horizon");
    sequential.run(&NoWatch).expect("sums that can be held")
}

#[test]
fn histories_and_hours_are_the_same_in_any_unit() {
    let mut unserved = 0;
    for (unit, system, scenario, other, same, seed) in scales() {
        let of = |unit| horizon(by_hour(&scenario, 60, seed, unit), 60, seed);
        let (a, b) = (
            play(&system, &scenario, of(1.0)),
            play(&other, &same, of(unit)),
        );
        for (x, y) in a.services.iter().zip(&b.services) {
            alike(
                "hours",
                y.hours_harmed.mean.estimate,
                x.hours_harmed.mean.estimate,
                1e-9,
            );
            alike(
                "hours",
                y.hours_harmed.mean.high,
                x.hours_harmed.mean.high,
                1e-9,
            );
            alike(
                "episodes",
                y.episodes.mean.estimate,
                x.episodes.mean.estimate,
                1e-12,
            );
            let most = x.unserved.mean.high;
            unserved += u32::from(x.unserved.mean.estimate > 0.0);
            for (x, y) in [
                (x.unserved.mean.estimate, y.unserved.mean.estimate),
                (x.unserved.mean.low, y.unserved.mean.low),
                (x.unserved.mean.high, y.unserved.mean.high),
            ] {
                alike("unserved", y / unit, x, 1e-8 * most);
            }
            // Percentiles have three digits.
            for (x, y) in [
                (x.unserved.p50, y.unserved.p50),
                (x.unserved.p99, y.unserved.p99),
            ] {
                assert!((y / unit - x).abs() <= 0.011 * x, "{y} {unit} {x}");
            }
        }
        let hourly = |system: &System, scenario: &Scenario, unit| {
            let study = Study::new(system, scenario);
            let settings = HourlySettings {
                trials: 300,
                seed,
                method: Method::Auto,
                hours: 60,
                demand: by_hour(scenario, 60, seed, unit),
                uses: false,
            };
            Hourly::new(&study, settings).expect("sound").run(&NoWatch)
        };
        // The second scenario's own demand is in its unit already.
        let (a, b) = (hourly(&system, &scenario, 1.0), hourly(&other, &same, 1.0));
        for (x, y) in a.services.iter().zip(&b.services) {
            alike(
                "expected hours",
                y.hours_harmed.estimate,
                x.hours_harmed.estimate,
                1e-9,
            );
            let most = x.unserved.high;
            alike(
                "expected",
                y.unserved.estimate / unit,
                x.unserved.estimate,
                1e-8 * most,
            );
            alike(
                "expected",
                y.unserved.high / unit,
                x.unserved.high,
                1e-8 * most,
            );
        }
    }
    assert!(unserved > 50, "{unserved}");
}

/// Every state of few events against every hour: who is out in how many of the hours of harm, service by service, in
/// whatever way the hours themselves are known.
#[test]
fn who_is_out_in_harm_over_a_horizon_is_who_is_out_in_all_states() {
    let (mut harmed, mut exact, mut groups, mut none) = (0, 0, 0, 0);
    for (seed, system, scenario, chances) in few_events(500) {
        let mut draft = system.draft();
        for node in &mut draft.nodes {
            if let Role::Service(service) = &mut node.node.role {
                service.slo = (seed % 4 > 0).then_some(99.0);
            }
        }
        let system = System::new(draft).expect("a target is no fault");
        let hours = 12;
        let demand = by_hour(&scenario, hours, seed, 1.0);
        let events = chances.events();
        let mut wanted = vec![vec![0.0; events.len()]; system.services().len()];
        // An hour is a load case to the naive evaluator.
        let mut by_the_hour = scenario.clone();
        let like = scenario.cases[0].clone();
        let at_hour = |hour: usize| brownout::model::LoadCase {
            name: hour.to_string(),
            demand: demand.iter().map(|d| d[hour]).collect(),
            ..like.clone()
        };
        by_the_hour.cases = (0..hours).map(at_hour).collect();
        let oracle = Oracle::new(&system, &by_the_hour);
        for state in 0..1u32 << events.len() {
            let happens = |e: usize| state >> e & 1 == 1;
            let of = (0..events.len()).map(|e| {
                let q = events[e].q;
                if happens(e) { q } else { 1.0 - q }
            });
            let p: f64 = of.product();
            let out = (0..events.len()).filter(|&e| happens(e));
            let failed: BTreeSet<NodeId> = out.flat_map(|e| events[e].members.clone()).collect();
            let failed: Vec<NodeId> = failed.into_iter().collect();
            for case in (0..).map(CaseId).take(hours) {
                let point = oracle.point(&failed, case);
                for (s, &service) in system.services().iter().enumerate() {
                    if oracle.plain_status(&point, service, case).is_harm() {
                        for e in (0..events.len()).filter(|&e| happens(e)) {
                            wanted[s][e] += p;
                        }
                    }
                }
            }
        }
        let study = Study::new(&system, &scenario);
        let settings = HourlySettings {
            trials: 100_000,
            seed,
            method: Method::Auto,
            hours: hours as u64,
            demand,
            uses: true,
        };
        let found = Hourly::new(&study, settings).expect("sound").run(&NoWatch);
        for (s, service) in found.services.iter().enumerate() {
            let Some(used) = &service.used_by else {
                assert_eq!(seed % 4, 0);
                none += 1;
                continue;
            };
            let most = service.hours_per_year.high * (1.0 + 1e-9);
            assert!(
                used.iter().all(|u| u.hours_per_year <= most),
                "{seed}: {service:?}"
            );
            let order = used
                .windows(2)
                .all(|w| w[0].hours_per_year >= w[1].hours_per_year);
            assert!(order, "{seed}: {used:?}");
            if found.trials_done > 0 {
                continue;
            }
            for (e, event) in events.iter().enumerate() {
                let is_it = |u: &&HarmUse| u.elements == event.members;
                let told: f64 = used.iter().filter(is_it).map(|u| u.hours_per_year).sum();
                let same = events
                    .iter()
                    .enumerate()
                    .filter(|(_, o)| o.members == event.members);
                let hours: f64 = same.map(|(o, _)| wanted[s][o]).sum();
                let year = hours * 8760.0 / 12.0;
                // Where states were drawn, shares are estimates.
                let drawn = found.exact_order.is_none_or(|k| k < events.len());
                let near = if drawn { 0.05 } else { 1e-6 };
                assert!(
                    (told - year).abs() <= near * (1.0 + year),
                    "{seed} {e}: {told} for {year}"
                );
                exact += usize::from(!drawn);
                harmed += usize::from(year > 0.0);
                groups += usize::from(year > 0.0 && event.group.is_some());
            }
        }
    }
    assert!(
        harmed > 30 && exact > 4 && groups > 2 && none > 100,
        "{harmed} {exact} {groups} {none}"
    );
}

/// What is wrong with an estimate that lies between 0 and `most`.
fn check(told: &str, e: &Estimate, most: f64, wrong: &mut Vec<String>) {
    let ordered = e.low <= e.estimate && e.estimate <= e.high;
    let inside = e.low >= 0.0 && e.high <= most * (1.0 + 1e-12);
    if !ordered || !inside || !e.high.is_finite() {
        wrong.push(format!("{told}: {e:?} of at most {most}"));
    }
}

fn same(told: &str, x: f64, y: f64, wrong: &mut Vec<String>) {
    if (x - y).abs() > 1e-8 * (1.0 + y.abs()) {
        wrong.push(format!("{told}: {x} is not {y}"));
    }
}

/// Where the figures of a simulation contradict each other.
fn contradictions(doc: &Simulate) -> Vec<String> {
    let mut wrong = Vec::new();
    for s in &doc.services {
        let told = format!("{} at {}", s.id, s.load_case);
        let p = &s.probability;
        let fine = p.at_risk.iter().chain(&p.ok);
        for e in [&p.down, &p.degraded, &p.degraded_or_down]
            .into_iter()
            .chain(fine)
        {
            check(&told, e, 1.0, &mut wrong);
        }
        check(&told, &s.unserved, s.demand, &mut wrong);
        let harm = p.degraded_or_down.estimate;
        same(
            &told,
            p.down.estimate + p.degraded.estimate,
            harm,
            &mut wrong,
        );
        if let (Some(risk), Some(ok)) = (&p.at_risk, &p.ok) {
            same(&told, harm + risk.estimate + ok.estimate, 1.0, &mut wrong);
        }
        if p.degraded_or_down.method.starts_with("exact") {
            if !p.degraded_or_down.method.contains("reliability known of") {
                wrong.push(format!("{told}: exact of what?"));
            }
            let (least, most) = (s.demand * p.down.estimate, s.demand * harm);
            if s.unserved.estimate < least - 1e-7 * s.demand
                || s.unserved.estimate > most + 1e-7 * s.demand
            {
                wrong.push(format!("{told}: unserved {:?} of {harm}", s.unserved));
            }
            for c in &s.contingencies {
                let of = match c.status {
                    Status::Down => p.down.estimate,
                    _ => p.degraded.estimate,
                };
                if c.probability > of + 1e-9 || c.elements.is_empty() {
                    wrong.push(format!("{told}: {c:?} of {of}"));
                }
            }
        }
        hours_of_a_year(doc, s, &mut wrong);
        let harmed = s.importance_reason.is_some();
        if harmed && !s.importance.is_empty() {
            wrong.push(format!("{told}: what matters, and that nothing does"));
        }
        if let Some(last) = s.convergence.last() {
            same(&told, last.estimate, harm, &mut wrong);
        }
    }
    if doc.reliability.known > doc.reliability.elements {
        wrong.push(format!("{:?}", doc.reliability));
    }
    over_time(doc, &mut wrong);
    wrong
}

fn hours_of_a_year(
    doc: &Simulate,
    s: &brownout::report::document::simulate::ServiceChance,
    wrong: &mut Vec<String>,
) {
    let (told, hours) = (format!("{} at {}", s.id, s.load_case), &s.harm_hours);
    if hours.per_year.is_some() == hours.reason.is_some() {
        wrong.push(format!("{told}: {hours:?}"));
    }
    if let (Some(year), Some(quarter)) = (hours.per_year, hours.per_quarter) {
        let number = |r: Range| r.estimate.expect("finite");
        same(&told, number(year), 4.0 * number(quarter), wrong);
        let truth = match hours.basis {
            Some(HoursBasis::LoadCase) => s.probability.degraded_or_down.estimate * 8760.0,
            Some(HoursBasis::Horizon) => {
                let all = &doc.over_horizon.as_ref().expect("played").services;
                let mine = all.iter().find(|h| h.id == s.id).expect("every service");
                mine.hours_per_year.estimate
            }
            _ => {
                let all = &doc.sequential.as_ref().expect("played").services;
                let mine = all.iter().find(|h| h.id == s.id).expect("every service");
                mine.hours_per_year.as_ref().expect("told").estimate
            }
        };
        same(&told, number(year), truth, wrong);
        if number(year) > 8760.0 + 1e-6 {
            wrong.push(format!("{told}: {hours:?}"));
        }
    }
}

fn over_time(doc: &Simulate, wrong: &mut Vec<String>) {
    for h in doc.over_horizon.iter().flat_map(|o| &o.services) {
        let hours = doc.over_horizon.as_ref().expect("there").hours as f64;
        for e in [&h.hours_down, &h.hours_degraded, &h.hours_harmed] {
            check(&h.id, e, hours, wrong);
        }
        let sum = h.hours_down.estimate + h.hours_degraded.estimate;
        same(&h.id, sum, h.hours_harmed.estimate, wrong);
        let year = h.hours_harmed.estimate * 8760.0 / hours;
        same(&h.id, h.hours_per_year.estimate, year, wrong);
    }
    for h in doc.sequential.iter().flat_map(|s| &s.services) {
        let all = doc.sequential.as_ref().expect("there");
        let hours = all.hours as f64;
        let mut spread = |s: &Spread, most: f64| {
            check(&h.id, &s.mean, most, wrong);
            let percentiles = s.p50 <= s.p95 && s.p95 <= s.p99;
            if !percentiles || s.p50 < 0.0 || s.p99 > most * 1.006 {
                wrong.push(format!("{}: {s:?}", h.id));
            }
        };
        for s in [&h.hours_down, &h.hours_degraded, &h.hours_harmed] {
            spread(s, hours);
        }
        for s in h.hours_at_risk.iter().chain(&h.hours_ok) {
            spread(s, hours);
        }
        spread(&h.episodes, f64::MAX);
        spread(&h.unserved, f64::MAX);
        let mean = |s: &Spread| s.mean.estimate;
        let harmed = mean(&h.hours_harmed);
        same(
            &h.id,
            mean(&h.hours_down) + mean(&h.hours_degraded),
            harmed,
            wrong,
        );
        if let (Some(risk), Some(ok)) = (&h.hours_at_risk, &h.hours_ok)
            && all.at_risk_judged == all.trials_done
        {
            same(&h.id, harmed + mean(risk) + mean(ok), hours, wrong);
        }
        let year = h.hours_per_year.as_ref().expect("not of a peak").estimate;
        same(&h.id, year, harmed * 8760.0 / hours, wrong);
        let often = h.frequency.as_ref().expect("not of a peak").estimate;
        same(&h.id, often, mean(&h.episodes) * 8760.0 / hours, wrong);
        if let Some(lasts) = h.duration.and_then(|d| d.estimate) {
            same(&h.id, often * lasts, year, wrong);
        } else if harmed > 0.0 {
            wrong.push(format!("{}: harmed, but for how long?", h.id));
        }
        for w in &h.windows {
            check(&h.id, &w.probability, 1.0, wrong);
        }
    }
}

#[test]
fn no_figure_of_a_simulation_contradicts_another() {
    let (mut exact, mut sampled) = (0, 0);
    for seed in 0..40u64 {
        let shape = SHAPES[usize::try_from(seed % 5).expect("small")];
        let (system, scenario) = estate(shape, 95_000 + seed);
        let names = SimulateNames::new(&system, &scenario).with_horizon(seed % 3 == 0);
        for method in METHODS {
            let outcome = simulate(&system, &scenario, with(2_000, seed, method));
            let mut doc = names.simulate(&outcome);
            let demand = by_hour(&scenario, 40, seed, 1.0);
            let mut asked = horizon(demand.clone(), 40, seed);
            asked.at_risk = true;
            let played = play(&system, &scenario, asked);
            doc.sequential = Some(played.named(&names));
            if seed % 2 == 0 {
                let study = Study::new(&system, &scenario);
                let settings = HourlySettings {
                    trials: 500,
                    seed,
                    method,
                    hours: 40,
                    demand,
                    uses: false,
                };
                let hourly = Hourly::new(&study, settings).expect("sound").run(&NoWatch);
                doc.over_horizon = Some(hourly.named(&names));
            }
            names.put_hours_of_a_year(&mut doc);
            let wrong = contradictions(&doc);
            assert!(wrong.is_empty(), "{shape:?} {seed} {method:?}: {wrong:#?}");
            for s in &doc.services {
                let is_exact = s.probability.degraded_or_down.method.starts_with("exact");
                *(if is_exact { &mut exact } else { &mut sampled }) += 1;
            }
        }
    }
    assert!(exact > 60 && sampled > 60, "{exact} {sampled}");
}

#[test]
fn a_contradiction_is_found() {
    let (system, scenario) = harmed_base();
    let names = SimulateNames::new(&system, &scenario);
    let sound = names.simulate(&simulate(&system, &scenario, Settings::new(100, 1)));
    assert_eq!(contradictions(&sound), Vec::<String>::new());
    for spoil in [
        |d: &mut Simulate| d.services[0].probability.down.estimate = 0.5,
        |d: &mut Simulate| d.services[1].probability.down.high = 1.5,
        |d: &mut Simulate| d.services[1].unserved.estimate = 10.0,
        |d: &mut Simulate| d.services[1].contingencies[0].probability = 1.0,
        |d: &mut Simulate| d.services[1].harm_hours.per_year = None,
        |d: &mut Simulate| d.services[1].probability.ok = d.services[1].probability.at_risk.clone(),
    ] {
        let mut spoilt = sound.clone();
        spoil(&mut spoilt);
        assert!(!contradictions(&spoilt).is_empty());
    }
}

#[test]
fn hours_of_a_year_are_told_of_the_first_case_that_is_not_the_peak() {
    let (system, mut scenario) = harmed_base();
    let today = scenario.cases[0].clone();
    for (name, peak) in [("quarter-end", true), ("today", false), ("night", false)] {
        scenario.cases.push(brownout::model::LoadCase {
            name: name.into(),
            peak,
            ..today.clone()
        });
    }
    scenario.cases.remove(0);
    let outcome = simulate(&system, &scenario, Settings::new(100, 1));
    let doc = SimulateNames::new(&system, &scenario).simulate(&outcome);
    let of = |case: &str| {
        let mut rows = doc.services.iter();
        let row = rows
            .find(|s| s.id == "t" && s.load_case == case)
            .expect("there");
        (row.harm_hours.per_year, row.harm_hours.reason.clone())
    };
    let (hours, reason) = of("today");
    let hours = hours.and_then(|h| h.estimate).expect("told");
    assert!((hours - 8760.0 * (1.0 - 0.997 * 0.998)).abs() < 1e-6 && reason.is_none());
    assert_eq!(of("quarter-end").0, None);
    assert!(
        of("quarter-end")
            .1
            .expect("said")
            .contains("does not last all year")
    );
    assert!(of("night").1.expect("said").contains("told at today"));
    // Where a horizon says what a year brings, no load case does.
    let names = SimulateNames::new(&system, &scenario).with_horizon(true);
    let doc = names.simulate(&outcome);
    assert!(doc.services.iter().all(|s| s.harm_hours.per_year.is_none()));
    assert!(doc.services.iter().all(|s| s.harm_hours.reason.is_some()));
}
