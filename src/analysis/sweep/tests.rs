//! No rule of interaction can be left out: without any one of them some sweep is wrong.

use super::{CaseLanes, Rules, Way, sweep_by};
use crate::analysis::estates::{self, Builder, Dice};
use crate::analysis::{NoWatch, Study, SweepOutcome};
use crate::engine::{Limit, Limits, Reach, Scratch};
use crate::model::{Flow, Link, Need, NodeId, Role, Scenario, Split, System};

/// An estate and what is asked of it: several load cases, known outages, derating, a headroom.
fn asked(system: &System, seed: u64) -> Scenario {
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

fn both(system: &System, scenario: &Scenario, rules: Rules) -> (SweepOutcome, SweepOutcome) {
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
    let by = |way| sweep_by(&study, order, &NoWatch, way, rules);
    (
        by(Way::Exhaustive),
        by(if few { Way::Exhaustive } else { Way::Pruned }),
    )
}

fn random(seed: u64) -> System {
    estates::random(
        seed,
        4 + usize::try_from(seed % 27).unwrap(),
        seed.is_multiple_of(3),
    )
}

fn enterprise(seed: u64) -> System {
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
        b.needs(moved, Need::AtLeast(1), Split::Standby, &[active, passive]);
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
fn two_ways() -> System {
    let mut b = Builder::default();
    let ends = ["a", "z"].map(|id| b.component(id, None));
    for (i, metric) in [1.0, 2.0].into_iter().enumerate() {
        let link = Link {
            a: NodeId(ends[0]),
            b: NodeId(ends[1]),
            metric,
            metric_back: metric,
            capacity_back: None,
        };
        b.node(&format!("link-{i}"), Role::Link(link), Some(10.0));
    }
    let flow = Flow {
        from: NodeId(ends[0]),
        to: NodeId(ends[1]),
    };
    let flow = b.node("flow", Role::Flow(flow), None);
    let service = b.service("service", 5.0);
    b.all(service, flow);
    b.build()
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
    b.needs(moved, Need::AtLeast(1), Split::Standby, &[active, passive]);
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
fn half_told() -> System {
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

/// Without any one of them some estate gets a wrong answer.
#[test]
fn every_rule_of_interaction_is_needed() {
    let all = Rules::ALL;
    let without = [
        (
            "network",
            Rules {
                network: false,
                ..all
            },
        ),
        ("dead", Rules { dead: false, ..all }),
        (
            "product",
            Rules {
                product: false,
                ..all
            },
        ),
        (
            "capacity",
            Rules {
                capacity: false,
                ..all
            },
        ),
        (
            "requirement",
            Rules {
                requirement: false,
                ..all
            },
        ),
        (
            "delivered",
            Rules {
                delivered: false,
                ..all
            },
        ),
        (
            "margin",
            Rules {
                margin: false,
                ..all
            },
        ),
        (
            "untold",
            Rules {
                untold: false,
                ..all
            },
        ),
    ];
    for (name, rules) in without {
        let wrong = (0..400).any(|seed| {
            let estates = [
                random(seed),
                enterprise(seed % 100),
                killed_twice(),
                split_twice(),
                two_ways(),
                overloaded_further(),
                half_told(),
            ];
            estates.iter().any(|system| {
                let scenario = asked(system, seed);
                let (all, pruned) = both(system, &scenario, rules);
                all != pruned
            })
        });
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
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
        let made = [
            killed_twice(),
            split_twice(),
            two_ways(),
            overloaded_further(),
            half_told(),
        ];
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

/// What limits many services at once is what limits each, found from the overloaded nodes up or not.
#[test]
fn limits_of_many_services_are_those_of_each() {
    let mut overloaded = 0;
    for seed in 0..400 {
        for system in [random(seed), enterprise(seed % 100), overloaded_further()] {
            let scenario = asked(&system, seed);
            let study = Study::new(&system, &scenario);
            let lanes = &CaseLanes::all(&scenario)[0];
            let base = study.base::<4>(&scenario.down, &lanes.demand(&scenario));
            let mut scratch = Scratch::new(&base);
            let (mut reach, mut limits) = (Reach::new(), Limits::new(&base));
            let mut dice = Dice(seed);
            let services: Vec<u32> = (0..).take(base.demand().len()).collect();
            let mut many = Vec::new();
            for _ in 0..20 {
                let mark = scratch.mark();
                for _ in 0..=seed % 3 {
                    scratch.fail(study.compiled().ix(*dice.pick(&system.elements())));
                    limits.of(&scratch, &services, &mut many);
                    for (&s, of_many) in services.iter().zip(&many) {
                        let of_each = reach.limits(&scratch, s as usize);
                        assert_eq!(&of_each, of_many, "seed {seed}, service {s}");
                        let over = |limit: &Limit| limit.utilization > 1.0;
                        overloaded += of_each.iter().flatten().filter(|x| over(x)).count();
                    }
                }
                scratch.undo(mark);
            }
        }
    }
    assert!(overloaded > 1_000, "{overloaded}");
}
