//! Exact probabilities of being down against enumeration of every state.

use crate::estates::Builder;
use crate::oracle::Oracle;
use crate::overload::overloaded;
use crate::random::{SHAPES, Shape, estate};
use crate::trips::tripping;
use brownout::analysis::exact::{Cause, Down, Limits, NotExact, ROOM, down};
use brownout::analysis::montecarlo::Chances;
use brownout::analysis::{NoWatch, Study};
use brownout::model::{CaseId, Need, NodeId, Scenario, Split, Status, System};

fn exactly(system: &System, scenario: &Scenario, limits: Limits) -> Vec<Result<Down, NotExact>> {
    let study = Study::new(system, scenario);
    let chances = Chances::new(system, &scenario.down).expect("sound");
    let events = chances.events().iter();
    let causes: Vec<Cause<'_>> = events
        .map(|e| Cause {
            q: e.q,
            members: &e.members,
        })
        .collect();
    down(&study, &causes, limits, &NoWatch)
}

/// P(down), and for each event P(down | it happens), P(down | it does not), by service.
fn by_enumeration(system: &System, scenario: &Scenario) -> Vec<(f64, Vec<(f64, f64)>)> {
    let oracle = Oracle::new(system, scenario);
    let chances = Chances::new(system, &scenario.down).expect("sound");
    let events = chances.events();
    let mut all = vec![(0.0, vec![(0.0, 0.0); events.len()]); system.services().len()];
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
        let state = oracle.state(&failed, CaseId(0));
        for (s, service) in state.services.iter().enumerate() {
            if service.status == Status::Down {
                all[s].0 += p;
                for (i, event) in events.iter().enumerate() {
                    if mask >> i & 1 == 1 {
                        all[s].1[i].0 += p / event.q;
                    } else {
                        all[s].1[i].1 += p / (1.0 - event.q);
                    }
                }
            }
        }
    }
    all
}

fn near(x: f64, y: f64) -> bool {
    (x - y).abs() <= 1e-12 + 1e-9 * y.abs()
}

#[test]
fn exact_equals_enumeration_on_random_estates() {
    let (mut compared, mut starved, mut cyclic, mut trips) = (0, 0, 0, [0; 2]);
    for seed in 0..420u64 {
        let shape = SHAPES[usize::try_from(seed % 5).expect("small")];
        let make = if seed % 2 == 1 { overloaded } else { estate };
        let (mut system, scenario) = make(shape, 52_000 + seed);
        let may_trip = seed >= 300;
        if may_trip {
            system = tripping(&system, seed);
        }
        let chances = Chances::new(&system, &scenario.down).expect("sound");
        let most = if may_trip { 6 } else { 9 };
        if chances.events().len() > most {
            continue;
        }
        let truth = by_enumeration(&system, &scenario);
        for (answer, (p, events)) in exactly(&system, &scenario, ROOM).iter().zip(truth) {
            match answer {
                Ok(answer) => {
                    compared += 1;
                    trips[0] += u32::from(may_trip);
                    cyclic += u32::from(shape == Shape::Cyclic);
                    assert!(
                        near(answer.probability, p),
                        "{shape:?} {seed}: {} not {p}",
                        answer.probability
                    );
                    for share in &answer.importance {
                        let (with, without) = events[share.event as usize];
                        assert!(near(share.with, with), "{shape:?} {seed}: {share:?} {with}");
                        assert!(near(share.without, without), "{seed}: {share:?} {without}");
                    }
                }
                Err(NotExact::Starved) => starved += 1,
                Err(NotExact::Trips) if may_trip => trips[1] += 1,
                Err(NotExact::Trips) => panic!("{shape:?} {seed}: nothing trips"),
                Err(NotExact::Placement) => panic!("{shape:?} {seed}: nothing is placed"),
                Err(NotExact::Network) => assert_eq!(shape, Shape::Networked),
                Err(NotExact::TooLarge | NotExact::Interrupted) => {
                    panic!("{shape:?} {seed} is small")
                }
            }
        }
    }
    println!("{compared} compared, {cyclic} of them with cycles, {starved} starved");
    assert!(compared >= 150 && cyclic >= 20, "{compared} {cyclic}");
    assert!(trips.iter().all(|&n| n >= 20), "{trips:?}");
}

/// A flow loads every router and link on its way, whoever else needs them.
#[test]
fn what_a_flow_leaves_nothing_of_is_not_called_up() {
    use brownout::model::{Flow, Link, Role};
    let system = |traffic: f64, within: bool| {
        let mut b = Builder::default();
        let [r1, r2, r3] = ["r-1", "r-2", "r-3"].map(|id| b.component(id, Some(1.0)));
        for (id, ends) in [("l-1", [r1, r2]), ("l-2", [r2, r3])] {
            let [a, b_end] = ends.map(NodeId);
            let link = Link {
                a,
                b: b_end,
                metric: 1.0,
                metric_back: 1.0,
                capacity_back: None,
            };
            b.node(id, Role::Link(link), Some(1.0));
        }
        // Servers forward nothing by themselves.
        b.draft.nodes[r2 as usize].node.transit = Some(true);
        let flow = Flow {
            from: NodeId(if within { r2 } else { r1 }),
            to: NodeId(if within { r2 } else { r3 }),
        };
        let flow = b.node("f", Role::Flow(flow), None);
        let bulk = b.service("bulk", traffic);
        b.all(bulk, flow);
        let tiny = b.service("tiny", 0.5);
        b.all(tiny, r2);
        b.build()
    };
    for within in [false, true] {
        for (traffic, starves) in [(0.25, false), (1e12, true)] {
            let system = system(traffic, within);
            let scenario = crate::estates::scenario(&system, 1, &[1.0]);
            let tiny = system
                .services()
                .iter()
                .position(|&s| system.id(s) == "tiny");
            let tiny = tiny.expect("there");
            let state = Oracle::new(&system, &scenario).state(&[], CaseId(0));
            let is_down = state.services[tiny].status == Status::Down;
            assert_eq!(is_down, starves, "{traffic} {within}");
            let answer = &exactly(&system, &scenario, ROOM)[tiny];
            assert_eq!(answer.is_err(), starves, "{traffic} {within}: {answer:?}");
        }
    }
}

/// A service on so many servers, of which `need` must work; racks of four below them.
fn pool(servers: u32, need: u32) -> System {
    let mut b = Builder::default();
    let racks: Vec<u32> = (0..servers.div_ceil(4))
        .map(|i| b.component(&format!("rack-{i}"), None))
        .collect();
    let all: Vec<u32> = (0..servers)
        .map(|i| {
            let server = b.component(&format!("s-{i:03}"), Some(1.0));
            b.needs(server, Need::All, Split::Copy, &[racks[i as usize / 4]]);
            server
        })
        .collect();
    let service = b.service("web", 0.0);
    b.needs(service, Need::AtLeast(need), Split::Share, &all);
    b.build()
}

#[test]
fn racks_of_servers_in_closed_form() {
    // 5 racks of 4: convolution of the number of servers that work.
    let system = pool(20, 14);
    let q = 0.03;
    let scenario = crate::estates::scenario(&system, 1, &[1.0]);
    let study = Study::new(&system, &scenario);
    let members: Vec<NodeId> = system.elements();
    let causes: Vec<Cause<'_>> = members
        .iter()
        .map(|v| Cause {
            q,
            members: std::slice::from_ref(v),
        })
        .collect();
    let answer = down(&study, &causes, ROOM, &NoWatch);
    let choose = [1.0, 4.0, 6.0, 4.0, 1.0];
    let mut works = vec![1.0];
    for _ in 0..5 {
        let mut next = vec![0.0; works.len() + 4];
        for (n, p) in works.iter().enumerate() {
            next[n] += p * q;
            for (at, (k, c)) in next[n..].iter_mut().zip((0i32..).zip(choose)) {
                *at += p * (1.0 - q) * c * (1.0 - q).powi(k) * q.powi(4 - k);
            }
        }
        works = next;
    }
    let truth: f64 = works[..14].iter().sum();
    let answer = answer[0].as_ref().expect("small");
    assert!(near(answer.probability, truth), "{answer:?} {truth}");
}

#[test]
fn a_limit_that_bites_is_said() {
    let system = pool(200, 150);
    let scenario = crate::estates::scenario(&system, 1, &[1.0]);
    let study = Study::new(&system, &scenario);
    let members: Vec<NodeId> = system.elements();
    let causes: Vec<Cause<'_>> = members
        .iter()
        .map(|v| Cause {
            q: 0.01,
            members: std::slice::from_ref(v),
        })
        .collect();
    let tight = Limits {
        nodes: 100,
        steps: 1000,
    };
    assert_eq!(
        down(&study, &causes, tight, &NoWatch)[0],
        Err(NotExact::TooLarge)
    );
    let wide = down(&study, &causes, ROOM, &NoWatch);
    assert!(wide[0].is_ok(), "{wide:?}");
}

#[test]
fn a_single_point_of_failure_has_an_infinite_reduction_worth() {
    let mut b = Builder::default();
    let core = b.component("core", None);
    let servers: Vec<u32> = (0..3)
        .map(|i| b.component(&format!("s-{i}"), Some(9.0)))
        .collect();
    let service = b.service("web", 1.0);
    b.needs(service, Need::AtLeast(1), Split::Share, &servers);
    b.needs(service, Need::All, Split::Copy, &[core]);
    let system = b.build();
    let scenario = crate::estates::scenario(&system, 1, &[1.0]);
    let study = Study::new(&system, &scenario);
    let of = |id| system.find(id).expect("there");
    let (core, all) = ([of("core")], [of("s-0"), of("s-1"), of("s-2")]);
    let causes = [
        Cause {
            q: 0.001,
            members: &core,
        },
        Cause {
            q: 1e-9,
            members: &all,
        },
    ];
    let answer = down(&study, &causes, ROOM, &NoWatch);
    let answer = answer[0].as_ref().expect("small");
    let truth = 1.0 - (1.0 - 0.001) * (1.0 - 1e-9);
    assert!((answer.probability / truth - 1.0).abs() < 1e-12);
    // Without the core only the common cause is left, to all its digits.
    let share = answer.importance[0];
    assert_eq!(share.event, 0);
    assert!((share.without / 1e-9 - 1.0).abs() < 1e-9, "{share:?}");
    assert!((share.with - 1.0).abs() < 1e-12);
}
