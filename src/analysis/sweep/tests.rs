//! No rule of interaction can be left out: without any one of them some sweep is wrong.

use super::rules::Rules;
use super::search::{Reached, UpSearch};
use super::share::Share;
use super::utilization_bound::{UtilizationBound, Wanted};
use super::{Way, sweep_by};
use crate::analysis::estates::{self, Builder, Dice};
use crate::analysis::lanes::CaseLanes;
use crate::analysis::{NoWatch, Study, SweepOutcome};
use crate::engine::{Ix, Reach, Scratch};
use crate::model::{CaseId, Flow, Link, Need, NodeId, Role, Scenario, Split, System};

/// Rules without one of them, for each that is named: its name, and the others.
macro_rules! without {
    ($all:expr, $($rule:ident)+) => {
        [$((stringify!($rule), Rules { $rule: false, ..$all })),+]
    };
}
pub(super) use without;

/// An estate and what is asked of it: several load cases, known outages, derating, a headroom.
pub(super) fn asked(system: &System, seed: u64) -> Scenario {
    let mut dice = Dice(seed ^ 0x5EED);
    let cases: [&[f64]; 4] = [&[1.0], &[1.0, 1.3], &[0.7, 0.0, 1.0, 1.2], &[1.0; 10]];
    let mut scenario = estates::scenario(system, 2, dice.pick::<&[f64]>(&cases));
    if dice.chance(0.3) {
        scenario.headroom = Some(*dice.pick(&[0.0, 0.1, 0.3]));
    }
    let elements = system.elements();
    if dice.chance(0.3) {
        scenario
            .derate
            .push((*dice.pick(&elements), *dice.pick(&[0.0, 0.5, 0.9])));
    }
    if dice.chance(0.2) {
        scenario.down.push(*dice.pick(&elements));
    }
    if dice.chance(0.2) {
        scenario.sweep.elements.retain(|_| dice.chance(0.7));
    }
    scenario
        .sweep
        .elements
        .retain(|e| !scenario.down.contains(e));
    scenario
}

pub(super) fn both(
    system: &System,
    scenario: &Scenario,
    rules: Rules,
) -> (SweepOutcome, SweepOutcome) {
    both_to(2, system, scenario, rules)
}

fn both_to(
    order: u32,
    system: &System,
    scenario: &Scenario,
    rules: Rules,
) -> (SweepOutcome, SweepOutcome) {
    let study = Study::new(system, scenario);
    // With no further element the order is the last there is: that is left to the exhaustive way.
    let few = scenario.sweep.elements.len() <= order as usize;
    let by = |way| sweep_by(&study, order, &NoWatch, way, rules, Share::All);
    (
        by(Way::Exhaustive),
        by(if few { Way::Exhaustive } else { Way::Pruned }),
    )
}

pub(super) fn random(seed: u64) -> System {
    estates::random(
        seed,
        4 + usize::try_from(seed % 27).unwrap(),
        seed.is_multiple_of(3),
    )
}

pub(super) fn enterprise(seed: u64) -> System {
    estates::enterprise(seed, 2 + usize::try_from(seed % 7).unwrap())
}

/// A node that either of two domains takes down, above a hub that each of them also loads
/// elsewhere: only together do they overload it, by what superposition would take away twice.
fn killed_twice() -> System {
    let mut b = Builder::default();
    let hub = b.component("hub", Some(120.0));
    let user = b.service("user", 60.0);
    let tight = b.component("tight", Some(60.5));
    b.all(user, tight);
    b.all(user, hub);
    let node = b.component("node", Some(40.5));
    b.all(node, hub);
    let lost = b.service("lost", 40.0);
    b.all(lost, node);
    for i in 0..2 {
        let domain = b.component(&format!("domain-{i}"), None);
        b.within(node, domain);
        let active = b.component(&format!("active-{i}"), None);
        b.within(active, domain);
        let passive = b.component(&format!("passive-{i}"), Some(45.5));
        b.all(passive, hub);
        let moved = b.service(&format!("moved-{i}"), 45.0);
        standby(&mut b, moved, [active, passive]);
    }
    b.build()
}

/// A balanced pair under one of a balanced pair: a failure on the lower floor changes the split, one
/// on the upper floor the load that is split. Each alone is carried, and so is the sum of both
/// changes, but not their product.
fn split_twice() -> System {
    let mut b = Builder::default();
    let service = b.service("service", 100.0);
    // It sets the headroom, so that nothing below is looked at for that alone.
    let tight = b.component("tight", Some(100.5));
    b.all(service, tight);
    let upper = ["upper-0", "upper-1"].map(|id| b.component(id, None));
    b.needs(service, Need::AtLeast(1), Split::Share, &upper);
    let lower = ["lower-0", "lower-1"].map(|id| b.component(id, Some(80.0)));
    b.needs(upper[0], Need::AtLeast(1), Split::Share, &lower);
    b.build()
}

/// A flow with two ways, each of one link: without both it is cut.
pub(super) fn two_ways() -> System {
    let mut b = Builder::default();
    two_ways_of(&mut b);
    b.build()
}

/// The link of the second way.
fn two_ways_of(b: &mut Builder) -> u32 {
    let ends = ["a", "z"].map(|id| b.component(id, None));
    let links = [1.0, 2.0].map(|metric| {
        let link = Link {
            a: NodeId(ends[0]),
            b: NodeId(ends[1]),
            metric,
            metric_back: metric,
            capacity_back: None,
        };
        b.node(
            &format!("link-{}", metric - 1.0),
            Role::Link(link),
            Some(10.0),
        )
    });
    let flow = Flow {
        from: NodeId(ends[0]),
        to: NodeId(ends[1]),
    };
    let flow = b.node("flow", Role::Flow(flow), None);
    let service = b.service("service", 5.0);
    b.all(service, flow);
    links[1]
}

/// The same, but what the second way needs is overloaded by a service whose load moves there when something
/// else fails.
pub(super) fn narrow_second_way() -> System {
    let mut b = Builder::default();
    let gear = b.component("gear", Some(100.0));
    let link = two_ways_of(&mut b);
    b.group(link, Need::All, Split::Share, &[(gear, 0.0, None)]);
    moves(&mut b, 0, 150.0, &[(gear, 1.0)]);
    b.build()
}

/// A link of 100 to which each of two failures moves a load of 60.
pub(super) fn filled_link() -> System {
    let mut b = Builder::default();
    let ends = ["a", "z"].map(|id| NodeId(b.component(id, None)));
    let link = Link::between(ends[0], ends[1]);
    b.node("link", Role::Link(link), Some(100.0));
    let flow = Flow {
        from: ends[0],
        to: ends[1],
    };
    let flow = b.node("flow", Role::Flow(flow), None);
    moves(&mut b, 0, 60.0, &[(flow, 1.0)]);
    moves(&mut b, 1, 60.0, &[(flow, 1.0)]);
    b.build()
}

/// The first of a pair carries a service, the second one takes over.
pub(super) fn standby(b: &mut Builder, service: u32, pair: [u32; 2]) {
    b.needs(service, Need::AtLeast(1), Split::Standby, &pair);
}

/// The same estate, in which a third of all that has a capacity may trip.
pub(super) fn tripping(system: &System, seed: u64) -> System {
    let mut dice = Dice(seed ^ 0x7219);
    let mut draft = system.draft();
    let nodes = draft.nodes.iter_mut().map(|d| &mut d.node);
    for node in nodes.filter(|node| node.capacity.is_some() && node.can_fail()) {
        node.trips_at = dice
            .chance(0.35)
            .then(|| *dice.pick(&[0.8, 1.0, 1.0, 1.2, 2.0]));
    }
    System::new(draft).expect("sound")
}

/// A scenario of an estate in which only these may fail.
pub(super) fn only(system: &System, ids: &[&str], order: u32) -> Scenario {
    let mut scenario = estates::scenario(system, order, &[1.0]);
    let of = |id: &&str| system.find(id).expect("an id of this estate");
    scenario.sweep.elements = ids.iter().map(of).collect();
    scenario.sweep.elements.sort_unstable();
    scenario
}

/// Something fails, and a service's load moves to a node that then carries it to all of `providers`,
/// given with load factors.
fn moves(b: &mut Builder, i: usize, demand: f64, providers: &[(u32, f64)]) {
    let active = b.component(&format!("active-{i}"), None);
    let passive = b.component(&format!("passive-{i}"), None);
    for &(p, factor) in providers {
        b.group(passive, Need::All, Split::Share, &[(p, factor, None)]);
    }
    let moved = b.service(&format!("moved-{i}"), demand);
    standby(b, moved, [active, passive]);
}

/// A hub that one failure overloads, and another only on top of that one: what the hub delivers
/// changes by a small factor, and the second failure by itself changes nothing for its user.
fn overloaded_further() -> System {
    let mut b = Builder::default();
    let hub = b.component("hub", Some(100.0));
    let user = b.service("user", 60.0);
    b.all(user, hub);
    moves(&mut b, 0, 45.0, &[(hub, 1.0)]);
    moves(&mut b, 1, 30.0, &[(hub, 1.0)]);
    b.build()
}

/// A service that loses much by one failure. Of two others each takes less, but both together take
/// more: the second changes one of its providers by a small factor, and the other by a great one.
fn half_propagated() -> System {
    let mut b = Builder::default();
    let hubs = [("hub-0", 90.0), ("hub-1", 50.0)].map(|(id, c)| b.component(id, Some(c)));
    let other = b.component("other", Some(100.0));
    let relays = ["relay-0", "relay-1"].map(|id| b.component(id, None));
    let service = b.service("service", 100.0);
    b.needs(service, Need::AtLeast(1), Split::Share, &relays);
    b.all(service, other);
    b.all(relays[0], hubs[0]);
    b.all(relays[1], hubs[1]);
    moves(&mut b, 0, 50.0, &[(hubs[0], 1.0)]);
    moves(&mut b, 1, 50.0, &[(hubs[0], 1.0), (hubs[1], 2.4)]);
    moves(&mut b, 2, 100.0, &[(other, 1.0)]);
    b.build()
}

/// A service with a passive provider that it sends nothing to, and that others load to 95 %: when it
/// takes over, no load changes.
fn fails_over() -> System {
    let mut b = Builder::default();
    let passive = b.component("passive", Some(100.0));
    let active = b.component("active", None);
    let other = b.service("other", 95.0);
    b.all(other, passive);
    let service = b.service("service", 100.0);
    let providers = [(active, 0.0, None), (passive, 0.0, None)];
    b.group(service, Need::AtLeast(1), Split::Standby, &providers);
    b.build()
}

/// One failure makes a service lean on a passive provider, another fills that; and two failures fill
/// one replica each, of three of which two are needed.
fn fills() -> System {
    let mut b = Builder::default();
    let passive = b.component("passive", Some(100.0));
    let active = b.component("active", None);
    let user = b.service("user", 10.0);
    b.all(user, passive);
    let service = b.service("service", 100.0);
    let providers = [(active, 0.0, None), (passive, 0.0, None)];
    b.group(service, Need::AtLeast(1), Split::Standby, &providers);
    moves(&mut b, 0, 60.0, &[(passive, 1.0)]);
    let replicas = ["copy-0", "copy-1", "copy-2"].map(|id| b.component(id, Some(100.0)));
    let stored = b.service("stored", 30.0);
    b.needs(stored, Need::AtLeast(2), Split::Copy, &replicas);
    moves(&mut b, 1, 40.0, &[(replicas[0], 1.0)]);
    moves(&mut b, 2, 50.0, &[(replicas[1], 1.0)]);
    b.build()
}

/// The estates of this page.
pub(super) fn made() -> [System; 7] {
    [
        killed_twice(),
        split_twice(),
        two_ways(),
        overloaded_further(),
        half_propagated(),
        fails_over(),
        fills(),
    ]
}

/// Without any one of them some estate gets a wrong answer.
#[test]
fn every_rule_of_interaction_is_needed() {
    let without = without!(
        Rules::ALL,
        dead product capacity requirement delivered reached switched harmed margin omitted
    );
    for (name, rules) in without {
        let wrong = (0..400).any(|seed| {
            let estates = [random(seed), enterprise(seed % 100)];
            estates.iter().chain(&made()).any(|system| {
                let scenario = asked(system, seed);
                let (all, pruned) = both(system, &scenario, rules);
                all != pruned
            })
        });
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
}

/// A failure that overloads `v` no more in the end, since what brought the load trips as well. With
/// another that loads `v` it is too much before that. What else the services need is nearly full, so
/// that their headroom says nothing.
pub(super) fn relieved_by_a_trip() -> System {
    let mut b = Builder::default();
    let v = b.component("v", Some(100.0));
    let x = b.component("x", Some(80.0));
    for trips in [v, x] {
        b.draft.nodes[trips as usize].node.trips_at = Some(1.0);
    }
    b.group(x, Need::All, Split::Share, &[(v, 0.5, None)]);
    let [a1, b1, b2] = ["a1", "b1", "b2"].map(|id| b.component(id, None));
    b.all(b2, v);
    let s0 = b.service("s0", 20.0);
    b.all(s0, v);
    let c = b.service("c", 90.0);
    b.needs(c, Need::AtLeast(1), Split::Share, &[a1, x]);
    let s3 = b.service("s3", 40.0);
    b.needs(s3, Need::AtLeast(1), Split::Share, &[b1, b2]);
    for (service, demand) in [(s0, 20.0), (c, 90.0), (s3, 40.0)] {
        let tight = b.component(&format!("tight-{service}"), Some(demand * 1.005));
        b.all(service, tight);
    }
    b.build()
}

/// A hub that trips at 80 of 100, to which each of two failures moves 25 on top of 40. What else the
/// services need is nearly full, so that their headroom says nothing.
pub(super) fn trips_below_capacity() -> System {
    let mut b = Builder::default();
    let hub = b.component("hub", Some(100.0));
    b.draft.nodes[hub as usize].node.trips_at = Some(0.8);
    for (i, demand) in [40.0, 25.0, 25.0].into_iter().enumerate() {
        let service = b.service(&format!("service-{i}"), demand);
        let tight = b.component(&format!("tight-{i}"), Some(demand * 1.005));
        b.all(service, tight);
        let passive = b.component(&format!("passive-{i}"), None);
        b.all(passive, hub);
        if i == 0 {
            b.all(service, passive);
        } else {
            let active = b.component(&format!("active-{i}"), None);
            standby(&mut b, service, [active, passive]);
        }
    }
    b.build()
}

/// What a failure does before its last trip counts, and what trips below its capacity counts from
/// there.
#[test]
fn rounds_and_what_trips_first_are_needed() {
    let all = Rules::ALL;
    let systems = [relieved_by_a_trip(), trips_below_capacity()];
    for (system, (_, rules)) in systems.into_iter().zip(without!(all, rounds trips)) {
        let scenario = estates::scenario(&system, 2, &[1.0]);
        let (exhaustive, pruned) = both(&system, &scenario, all);
        assert_eq!(exhaustive, pruned);
        let (exhaustive, pruned) = both(&system, &scenario, rules);
        assert_ne!(exhaustive, pruned, "{rules:?} shows nothing");
    }
    let system = relieved_by_a_trip();
    let scenario = estates::scenario(&system, 2, &[1.0]);
    let study = Study::new(&system, &scenario);
    let at = |ids: &[&str]| {
        let failed: Vec<NodeId> = ids.iter().map(|id| system.find(id).unwrap()).collect();
        let state = study.state(&failed, CaseId(0));
        let v = system.find("v").unwrap();
        (state.load[v.index()], state.works[v.index()])
    };
    assert_eq!(at(&[]), (62.5, true));
    assert_eq!(at(&["a1"]), (40.0, true));
    assert_eq!(at(&["b1"]), (82.5, true));
    assert!(!at(&["a1", "b1"]).1);
}

/// Both ways to order 3, of an estate cut down to so many elements.
fn triples(system: &System, seed: u64, most: usize, rules: Rules) -> (SweepOutcome, SweepOutcome) {
    let mut scenario = asked(system, seed);
    let mut dice = Dice(seed);
    while scenario.sweep.elements.len() > most {
        scenario.sweep.elements.retain(|_| dice.chance(0.8));
    }
    both_to(3, system, &scenario, rules)
}

/// Order 3 by pairs after each single failure is order 3 by definition.
#[test]
fn triples_are_as_by_definition() {
    for seed in 0..200 {
        let made = made();
        let estates = [random(seed), enterprise(seed % 50)];
        let most = if seed.is_multiple_of(10) { 45 } else { 22 };
        for system in estates.iter().chain(&made) {
            let (all, pruned) = triples(system, seed, most, Rules::ALL);
            assert_eq!(all, pruned, "seed {seed}");
        }
    }
}

/// What a pair does after a third failure is not always what it does without, though neither of the
/// pair interacts with the third.
#[test]
fn what_meets_only_a_pair_is_needed() {
    let rules = Rules {
        joint: false,
        ..Rules::ALL
    };
    let wrong = (0..400).any(|seed| {
        let estates = [random(seed), enterprise(seed % 100)];
        estates.iter().any(|system| {
            let (all, pruned) = triples(system, seed, 22, rules);
            all != pruned
        })
    });
    assert!(wrong, "nothing shows that it is needed");
}

/// What the climb finds is what there is: every service that rose above the bound is listed with at
/// least as much, and its limit, looked for only where something rose, is its limit.
#[test]
fn the_climb_finds_every_service_that_rose() {
    let (mut rose, mut harmed) = (0, 0);
    for seed in 0..600 {
        for system in [
            random(seed),
            enterprise(seed % 100),
            overloaded_further(),
            fills(),
            fails_over(),
        ] {
            let scenario = asked(&system, seed);
            let study = Study::new(&system, &scenario);
            let lanes = &CaseLanes::all(&scenario)[0];
            let base = study.base::<4>(&[], &lanes.demand(&scenario));
            let bound = UtilizationBound::new(&base, None, true);
            let mut dice = Dice(seed);
            let mut scratch = Scratch::new(&base);
            let mut search = UpSearch::new(&base, &bound);
            let (mut exact, mut above) = (Reach::new(), Reach::new());
            let (mut reached, mut looked) = (Reached::default(), Vec::new());
            for _ in 0..20 {
                let start = scratch.mark();
                if dice.chance(0.5) {
                    scratch.fail(study.compiled().ix(*dice.pick(&system.elements())));
                }
                bound.reach(&scratch, &mut search, &mut reached);
                search.keep();
                let before: Vec<_> = {
                    let mut view = exact.at(&scratch);
                    (0..base.demand().len()).map(|s| view.limits(s)).collect()
                };
                let mark = scratch.mark();
                scratch.fail(study.compiled().ix(*dice.pick(&system.elements())));
                looked.clear();
                let wanted = *dice.pick(&[Wanted::Headroom, Wanted::Harm]);
                bound.affected(wanted, &scratch, (mark, mark), &mut search, &mut looked);
                let (mut exact, mut above) = (
                    exact.at(&scratch),
                    above.above(&scratch, bound.skips(wanted, &search)),
                );
                for s in 0..base.demand().len() {
                    let most = search.most(Ix(base.system().services[s]));
                    let (all, some) = (exact.limits(s), above.limits(s));
                    for (l, limit) in all.iter().enumerate() {
                        let Some(limit) = limit else { continue };
                        let used = limit.utilization;
                        let was = before[s][l].map_or(0.0, |x| x.utilization);
                        // Pairs are held against what either failure does by itself.
                        if bound.is_above(s, l, used) && used > was * (1.0 + 1e-9) {
                            assert!(
                                looked.contains(&u32::try_from(s).unwrap()),
                                "seed {seed}, service {s}"
                            );
                            assert!(most[l] >= used * (1.0 - 1e-12), "seed {seed}, service {s}");
                            rose += 1;
                        }
                        let is_harmed = wanted == Wanted::Harm && used > 1.0 && was <= 1.0;
                        if bound.is_above(s, l, used) || is_harmed {
                            assert_eq!(some[l], Some(*limit), "seed {seed}, service {s}");
                            harmed += u32::from(used > 1.0);
                        }
                    }
                }
                scratch.undo(start);
            }
        }
    }
    assert!(rose > 1_000 && harmed > 1_000, "{rose} {harmed}");
}
