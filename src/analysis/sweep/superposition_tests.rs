//! States put together from clusters: as evaluating them whole, to the last bit, and no rule can be left out.

use super::further::RULES;
use super::rules::Rules;
use super::superposition::Superposition;
use super::tests::{
    asked, enterprise, filled_link, made, narrow_second_way, only, random, relieved_by_a_trip,
    standby, tripping, trips_below_capacity, two_ways, without,
};
use crate::analysis::Study;
use crate::analysis::estates::{self, Builder, Dice};
use crate::analysis::lanes::CaseLanes;
use crate::analysis::montecarlo::judge::{Judge, Trial};
use crate::analysis::montecarlo::study_judge::{Bases, StudyJudge};
use crate::analysis::status::further_elements;
use crate::engine::{Base, Scratch};
use crate::model::{Need, NodeId, Scenario, Split, System};

/// Lanes of the states: there may be more load cases, which makes two runs.
const LANES: usize = 8;

/// What was compared.
#[derive(Default)]
struct Compared {
    /// A state was put together that is another when it is evaluated.
    is_wrong: bool,
    /// States put together, from several failures.
    together: u32,
    /// States that could not be.
    whole: u32,
}

/// Draws contingencies of a few elements, and judges each in both ways.
fn compare(system: &System, scenario: &Scenario, seed: u64, rules: Rules) -> Compared {
    let (mut dice, mut compared) = (Dice(seed ^ 0xC1A5), Compared::default());
    let study = Study::new(system, scenario);
    let elements = further_elements(&study, &scenario.down);
    if elements.is_empty() {
        return compared;
    }
    let bases = Bases::<LANES>::new(&study);
    let evaluating = StudyJudge::new(&study, &bases);
    let by = |study: &Study<'_>, base: &Base<'_, LANES>, lanes: &CaseLanes| {
        Superposition::by(study, base, lanes, rules)
    };
    let superposing = StudyJudge::new(&study, &bases).superposing(by);
    let (mut plain, mut quick) = (evaluating.scratch(), superposing.scratch());
    for _ in 0..24 {
        let count = 1 + dice.below(7);
        let mut failed: Vec<NodeId> = (0..count).map(|_| *dice.pick(&elements)).collect();
        failed.sort_unstable();
        failed.dedup();
        let (mut found, mut expected) = (Vec::new(), Vec::new());
        if !superposing.judge_quickly(&mut quick, &failed, &mut found) {
            assert!(found.is_empty(), "what is not put together adds nothing");
            compared.whole += 1;
            continue;
        }
        evaluating.judge(&mut plain, &failed, &mut expected);
        let mut waiting = [Trial {
            failed: failed.clone(),
            ..Trial::default()
        }];
        evaluating.judge_all(&mut plain, &mut waiting);
        assert_eq!(waiting[0].changes, expected, "a state that waits alone");
        compared.together += u32::from(failed.len() > 1);
        // What trips may be looked at more than once.
        for changes in [&mut found, &mut expected] {
            changes.sort_by_key(|change| change.0);
            changes.dedup();
        }
        compared.is_wrong |= found != expected;
    }
    compared
}

fn is_wrong(system: &System, seed: u64, rules: Rules) -> bool {
    compare(system, &asked(system, seed), seed, rules).is_wrong
}

#[test]
fn states_put_together_are_those_evaluated() {
    let (mut together, mut whole) = (0, 0);
    for seed in 0..250 {
        let networks = [seed, seed + 1_000, seed + 2_000].map(estates::networked);
        let trips = [random(seed), enterprise(seed)].map(|system| tripping(&system, seed));
        let estates = [random(seed), random(seed + 500), enterprise(seed)];
        for system in estates.iter().chain(&networks).chain(&trips).chain(&made()) {
            let compared = compare(system, &asked(system, seed), seed, RULES);
            assert!(!compared.is_wrong, "seed {seed}");
            together += compared.together;
            whole += compared.whole;
        }
        for system in [relieved_by_a_trip(), trips_below_capacity(), three_fill()] {
            let scenario = estates::scenario(&system, 2, &[1.0]);
            let compared = compare(&system, &scenario, seed, RULES);
            assert!(!compared.is_wrong, "seed {seed}");
        }
    }
    assert!(together > 10_000 && whole > 1_000, "{together} {whole}");
}

/// Three pairs of which each moves load to one hub when the active one fails. It carries what any two of
/// them move there, not what all three do.
fn three_fill() -> System {
    let mut b = Builder::default();
    let hub = b.component("hub", Some(100.0));
    for i in 0..3 {
        let service = b.service(&format!("moved-{i}"), 40.0);
        let active = b.component(&format!("active-{i}"), None);
        let passive = b.component(&format!("passive-{i}"), None);
        b.all(passive, hub);
        standby(&mut b, service, [active, passive]);
    }
    b.build()
}

/// Two failures fit by every pair and not all together: it is the sum that counts.
#[test]
fn what_fits_two_by_two_need_not_fit_together() {
    let system = three_fill();
    let scenario = estates::scenario(&system, 3, &[1.0]);
    let study = Study::new(&system, &scenario);
    let lanes = &CaseLanes::all(&scenario)[0];
    let base: Base<'_, 1> = study.base(&[], &lanes.demand(&scenario));
    let rules = Superposition::new(&study, &base, lanes).expect("nothing trips");
    let (mut scratch, mut tracing) = (Scratch::new(&base), rules.tracing(&base));
    let traces = ["active-0", "active-1", "active-2"].map(|id| {
        let mark = scratch.mark();
        scratch.fail(study.compiled().ix(system.find(id).expect("an id")));
        let traces = rules.traces(&mut scratch, &mut tracing);
        scratch.undo(mark);
        traces
    });
    let mut marks = rules.marks();
    let mut meetings = |which: &[usize]| {
        let mut pairs = Vec::new();
        let some = which.iter().map(|&i| &traces[i]);
        rules.each_meeting(some, &mut marks, |a, b| pairs.push((a, b)));
        pairs
    };
    for pair in [[0, 1], [0, 2], [1, 2]] {
        assert_eq!(meetings(&pair), []);
    }
    assert_eq!(meetings(&[0, 1, 2]), [(0, 1), (0, 2)]);
}

/// Two failures that together take down what moves load to a hub, which a third fills by itself: neither
/// of the two meets the third. Others that meet nobody keep such a state from being evaluated whole.
fn moved_by_two() -> System {
    let mut b = Builder::default();
    let hub = b.component("hub", Some(100.0));
    let service = b.service("moved", 60.0);
    let pair = ["one", "other"].map(|id| b.component(id, None));
    let active = b.component("active", None);
    b.needs(active, Need::AtLeast(1), Split::Copy, &pair);
    let passive = b.component("passive", None);
    b.all(passive, hub);
    standby(&mut b, service, [active, passive]);
    let filling = b.service("filling", 60.0);
    let here = b.component("third", None);
    let there = b.component("there", None);
    b.all(there, hub);
    standby(&mut b, filling, [here, there]);
    for id in ["beside-0", "beside-1"] {
        b.component(id, None);
    }
    b.build()
}

/// Whether any of a few states of an estate, in which only these may fail, is another.
fn is_wrong_among(system: &System, ids: &[&str], rules: Rules) -> bool {
    let scenario = only(system, ids, 3);
    (0..20).any(|seed| compare(system, &scenario, seed, rules).is_wrong)
}

/// Without any one of the rules some state is put together that is another.
#[test]
fn every_rule_is_needed_to_put_states_together() {
    for (name, rules) in without!(RULES, dead product capacity requirement delivered joint) {
        let wrong = (0..400).any(|seed| {
            let estates = [random(seed), enterprise(seed % 100)];
            let told = |system: &System| is_wrong(system, seed, rules);
            estates.iter().chain(&made()).any(told)
        });
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
    for (name, rules) in without!(RULES, network rerouted used) {
        let wrong = (0..3_000).any(|seed| is_wrong(&estates::networked(seed), seed, rules));
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
    let by_design: [(System, &[&str]); 7] = [
        (
            moved_by_two(),
            &["one", "other", "third", "beside-0", "beside-1"],
        ),
        (three_fill(), &["active-0", "active-1", "active-2"]),
        (two_ways(), &["link-0", "link-1"]),
        (narrow_second_way(), &["link-0", "active-0"]),
        (filled_link(), &["active-0", "active-1"]),
        (relieved_by_a_trip(), &["a1", "b1"]),
        (trips_below_capacity(), &["active-1", "active-2"]),
    ];
    let without = without!(RULES, joint capacity used altered arcs rounds trips);
    for ((name, rules), (system, ids)) in without.into_iter().zip(by_design) {
        assert!(!is_wrong_among(&system, ids, RULES), "{name}");
        let wrong = is_wrong_among(&system, ids, rules);
        assert!(wrong, "nothing shows that the rule '{name}' is needed");
    }
}
