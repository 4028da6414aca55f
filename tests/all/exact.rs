//! Exact probabilities of being down against enumeration of every state.

use crate::estates::{Builder, Dice};
use crate::oracle::Oracle;
use crate::overload::overloaded;
use crate::random::{SHAPES, Shape, estate};
use crate::trips::tripping;
use brownout::analysis::exact::{Cause, Down, Limits, NODES, NotExact, Question, down};
use brownout::analysis::montecarlo::Chances;
use brownout::analysis::{NoWatch, Study};
use brownout::model::{
    CaseId, Flow, Link, Need, NodeId, Reliability, Role, Scenario, Split, Status, System,
};

/// As much as anybody has unless asked otherwise.
fn room() -> Limits {
    Limits::of_nodes(NODES)
}

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
    let mut networked = 0;
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
        for (answer, (p, events)) in exactly(&system, &scenario, room()).iter().zip(truth) {
            match answer {
                Ok(answer) => {
                    compared += 1;
                    trips[0] += u32::from(may_trip);
                    cyclic += u32::from(shape == Shape::Cyclic);
                    networked += u32::from(shape == Shape::Networked);
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
                Err(reason) => panic!("{shape:?} {seed} is small: {reason}"),
            }
        }
    }
    println!("{compared} compared, {cyclic} of them with cycles, {starved} starved");
    assert!(compared >= 150 && cyclic >= 20, "{compared} {cyclic}");
    assert!(networked >= 20, "{networked}");
    assert!(trips.iter().all(|&n| n >= 20), "{trips:?}");
}

/// A flow loads every router and link on its way, whoever else needs them.
#[test]
fn what_a_flow_leaves_nothing_of_is_not_called_up() {
    let system = |traffic: f64, within: bool| {
        let mut b = Builder::default();
        let [r1, r2, r3] = ["r-1", "r-2", "r-3"].map(|id| b.component(id, Some(1.0)));
        for (id, ends) in [("l-1", [r1, r2]), ("l-2", [r2, r3])] {
            let [a, b_end] = ends.map(NodeId);
            let link = Link::between(a, b_end);
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
            let answer = &exactly(&system, &scenario, room())[tiny];
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
    let answer = down(&study, &causes, room(), &NoWatch);
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
        steps: 1_000_000_000,
    };
    let narrow = &down(&study, &causes, tight, &NoWatch)[0];
    let wide = &down(&study, &causes, room(), &NoWatch)[0];
    let truth = wide.as_ref().expect("small enough").probability;
    let Err(NotExact::TooLarge { nodes, bounds }) = narrow else {
        panic!("{narrow:?}")
    };
    assert_eq!(*nodes, 100);
    let (low, high) = bounds.expect("there was time for bounds");
    assert!(low <= truth && truth <= high, "{low} {truth} {high}");
    assert!(high < 0.1, "{low} {truth} {high}");
    // Without time there are none.
    let hasty = Limits {
        steps: 1000,
        ..tight
    };
    let reason = NotExact::TooLarge {
        nodes: 100,
        bounds: None,
    };
    assert_eq!(down(&study, &causes, hasty, &NoWatch)[0], Err(reason));
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
    let answer = down(&study, &causes, room(), &NoWatch);
    let answer = answer[0].as_ref().expect("small");
    let truth = 1.0 - (1.0 - 0.001) * (1.0 - 1e-9);
    assert!((answer.probability / truth - 1.0).abs() < 1e-12);
    // Without the core only the common cause is left, to all its digits.
    let share = answer.importance[0];
    assert_eq!(share.event, 0);
    assert!((share.without / 1e-9 - 1.0).abs() < 1e-9, "{share:?}");
    assert!((share.with - 1.0).abs() < 1e-12);
}

/// Out a part of the time.
fn put_chance(b: &mut Builder, node: u32, q: f64) {
    b.draft.nodes[node as usize].node.reliability = Some(Reliability::Unavailability(q));
}

/// A pool of up to six members of unlike capacity, on racks that some share, all on one feed or not; what
/// else the service needs, and sometimes something that makes a table impossible.
fn pooled(seed: u64) -> System {
    let mut dice = Dice(seed);
    let mut b = Builder::default();
    let mut next = 0;
    let mut part = |b: &mut Builder, dice: &mut Dice, capacity| {
        next += 1;
        let part = b.component(&format!("c-{next}"), capacity);
        if dice.chance(0.8) {
            put_chance(b, part, *dice.pick(&[0.01, 0.1, 0.3]));
        }
        part
    };
    let feed = part(&mut b, &mut dice, None);
    let racks = [(); 2].map(|()| part(&mut b, &mut dice, None));
    for rack in racks {
        if dice.chance(0.5) {
            b.within(rack, feed);
        }
    }
    let service = b.service(
        "web",
        f64::from(u32::try_from(dice.below(7)).expect("few")) * 50.0,
    );
    let mut members = Vec::new();
    for _ in 0..=dice.below(4) {
        let capacity = *dice.pick(&[50.0, 75.0, 100.0, 0.3]);
        let member = part(&mut b, &mut dice, Some(capacity));
        if dice.chance(0.7) {
            b.within(member, *dice.pick(&racks));
        }
        members.push((member, 1.0, Some(capacity)));
    }
    let need = 1 + dice.below(members.len());
    let need = Need::AtLeast(u32::try_from(need).expect("few"));
    b.group(service, need, Split::Share, &members);
    if dice.chance(0.5) {
        let database = part(&mut b, &mut dice, Some(1e6));
        b.within(database, racks[0]);
        b.all(service, database);
    }
    // Whose load falls on a member too, or whose capacity is not what its weight says.
    match dice.below(6) {
        0 => {
            let other = b.service("other", 10.0);
            b.all(other, members[0].0);
        }
        1 => b.draft.nodes[members[0].0 as usize].node.capacity = Some(60.0),
        2 => {
            let other = b.service("other", 10.0);
            b.all(other, feed);
        }
        _ => {}
    }
    b.build()
}

#[test]
fn outage_tables_equal_enumeration_on_random_pools() {
    let (mut tables, mut degraded, mut none) = (0, 0, 0);
    for seed in 0..1_500u64 {
        let system = pooled(seed);
        let scenario = crate::estates::scenario(&system, 1, &[1.0, 1.4]);
        let chances = Chances::new(&system, &scenario.down).expect("sound");
        let events = chances.events();
        let causes: Vec<Cause<'_>> = events
            .iter()
            .map(|e| Cause {
                q: e.q,
                members: &e.members,
            })
            .collect();
        let study = Study::new(&system, &scenario);
        let question = Question::new(&study, &causes, room());
        let supply = question.supply(&question.down(&NoWatch), &NoWatch);
        let supply = supply.expect("nobody said stop");
        let oracle = Oracle::new(&system, &scenario);
        let cases = scenario.cases.len();
        let mut truth = vec![[0.0; 3]; supply.len() * cases];
        for mask in 0..1u32 << events.len() {
            let mut p = 1.0;
            let mut failed: Vec<NodeId> = Vec::new();
            for (i, event) in events.iter().enumerate() {
                let happens = mask >> i & 1 == 1;
                p *= if happens { event.q } else { 1.0 - event.q };
                failed.extend(event.members.iter().filter(|_| happens));
            }
            failed.sort_unstable();
            for (c, case) in (0u32..).zip(&scenario.cases) {
                let state = oracle.state(&failed, CaseId(c));
                for (s, service) in state.services.iter().enumerate() {
                    let [down, short, unserved] = &mut truth[s * cases + c as usize];
                    *down += if service.status == Status::Down {
                        p
                    } else {
                        0.0
                    };
                    *short += if service.status == Status::Degraded {
                        p
                    } else {
                        0.0
                    };
                    if case.demand[s] > 0.0 {
                        *unserved += p * (1.0 - service.delivered);
                    }
                }
            }
        }
        for (s, supply) in supply.iter().enumerate() {
            let Some(supply) = supply else {
                none += 1;
                continue;
            };
            for (c, case) in scenario.cases.iter().enumerate() {
                let short = supply.at(case.demand[s]);
                let [p, q, unserved] = truth[s * cases + c];
                assert!(near(short.down, p), "{seed} {c}: {short:?} {p}");
                assert!(near(short.degraded, q), "{seed} {c}: {short:?} {q}");
                assert!(
                    near(short.unserved, unserved),
                    "{seed} {c}: {short:?} {unserved}"
                );
                tables += 1;
                degraded += u32::from(q > 0.0);
            }
        }
    }
    println!("{tables} tables, {degraded} of them with degraded states, {none} services without");
    assert!(
        tables >= 1_500 && degraded >= 500 && none >= 150,
        "{tables} {degraded} {none}"
    );
}

/// Routers in two rows of so many, joined along and across, and a service on a flow from end to end.
fn ladder(length: u32) -> System {
    let mut b = Builder::default();
    let routers: Vec<[u32; 2]> = (0..length)
        .map(|i| ["a", "b"].map(|row| b.component(&format!("r-{row}-{i:03}"), None)))
        .collect();
    for pair in &routers {
        for &r in pair {
            b.draft.nodes[r as usize].node.transit = Some(true);
        }
    }
    let mut number = 0;
    let mut join = |b: &mut Builder, x: u32, y: u32| {
        let link = Link::between(NodeId(x), NodeId(y));
        number += 1;
        let link = b.node(&format!("l-{number:03}"), Role::Link(link), None);
        put_chance(b, link, 0.1);
    };
    for pair in routers.windows(2) {
        for row in 0..2 {
            join(&mut b, pair[0][row], pair[1][row]);
        }
    }
    for pair in &routers {
        join(&mut b, pair[0], pair[1]);
    }
    let flow = Flow {
        from: NodeId(routers[0][0]),
        to: NodeId(routers[length as usize - 1][1]),
    };
    let flow = b.node("f", Role::Flow(flow), None);
    let service = b.service("web", 1.0);
    b.all(service, flow);
    b.build()
}

/// The chance that a ladder's far corner is cut off. A way between the ends never runs back (it would
/// have to cross the same two links once more), so it is enough to know of each rung whether both
/// of its places are reached, the first only, or the second only.
fn cut_off(length: u32, q: f64) -> f64 {
    let works = 1.0 - q;
    // At the first rung only the first place is reached, unless the rung works.
    let mut p = [works, q, 0.0];
    for _ in 1..length {
        let [both, first, second] = p;
        let (one, two) = (works * q, works * works);
        // Which of the next places are reached along the rows.
        let next = [
            both * two,
            both * one + first * works,
            both * one + second * works,
        ];
        // A rung joins what is reached to what is not.
        p = [
            next[0] + works * (next[1] + next[2]),
            q * next[1],
            q * next[2],
        ];
    }
    1.0 - p[0] - p[2]
}

#[test]
fn a_long_ladder_is_worked_out_by_its_frontier() {
    for length in [2, 3, 60] {
        let system = ladder(length);
        let scenario = crate::estates::scenario(&system, 1, &[1.0]);
        let answer = &exactly(&system, &scenario, room())[0];
        let answer = answer.as_ref().expect("a ladder is narrow");
        if length <= 3 {
            let truth = by_enumeration(&system, &scenario)[0].0;
            assert!(
                near(answer.probability, truth),
                "{length} {truth} {answer:?}"
            );
        }
        let chain = cut_off(length, 0.1);
        assert!(
            near(answer.probability, chain),
            "{length}: {answer:?} {chain}"
        );
    }
}

#[test]
fn answers_are_the_same_for_any_number_of_threads() {
    let system = ladder(12);
    let scenario = crate::estates::scenario(&system, 1, &[1.0]);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads")
            .install(|| exactly(&system, &scenario, room()))
    };
    assert_eq!(on(1), on(4));
}
