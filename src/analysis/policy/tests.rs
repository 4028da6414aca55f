//! Policies judged on hand-built sweeps: two services, three elements, two cases.

use super::*;
use crate::analysis::estates::{self, Dice};
use crate::analysis::{MinimalSet, NoWatch, OrderCount};
use crate::model::{LoadCase, ServiceOutcome, SweepSpec};
use jiff::civil::date;

const MAIL: NodeId = NodeId(10);
const SHOP: NodeId = NodeId(11);
const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const TODAY: CaseId = CaseId(0);
const PEAK: CaseId = CaseId(1);

fn scenario(policies: Vec<Policy>, waivers: Vec<Waiver>) -> Scenario {
    let case = |name: &str, peak| LoadCase {
        name: name.to_owned(),
        demand: vec![1.0, 1.0],
        peak,
    };
    Scenario {
        placement: crate::model::PlacementSpec::default(),
        name: String::new(),
        down: Vec::new(),
        derate: Vec::new(),
        headroom: None,
        cases: vec![case("today", false), case("peak", true)],
        sweep: SweepSpec {
            order: 2,
            elements: vec![A, B, NodeId(2)],
        },
        simulate: None,
        year: None,
        policies,
        waivers,
        contingencies: Vec::new(),
    }
}

fn survives(order: u32) -> Policy {
    Policy {
        slo: Vec::new(),
        name: "p".to_owned(),
        services: vec![MAIL, SHOP],
        cases: vec![TODAY, PEAK],
        survives: Some(order),
        no_cascade: false,
        contingencies: Vec::new(),
        shed: false,
        restarts: None,
        max_probability: Vec::new(),
    }
}

fn waiver(elements: Option<Vec<NodeId>>) -> Waiver {
    Waiver {
        policy: 0,
        services: vec![SHOP],
        elements,
        contingency: None,
        reason: "second site lands in spring".to_owned(),
        owner: "infra".to_owned(),
        expires: "2027-03-31".to_owned(),
        last_day: date(2027, 3, 31),
    }
}

fn swept(
    service: NodeId,
    case: CaseId,
    base: Status,
    sets: &[(&[NodeId], Status)],
) -> ServiceSweep {
    ServiceSweep {
        service,
        case,
        base: ServiceOutcome {
            service,
            status: base,
            findings: Vec::new(),
            demand: 1.0,
            delivered: if base.is_harm() { 0.5 } else { 1.0 },
            headroom: None,
            limit: None,
        },
        orders: vec![OrderCount::default(); 2],
        minimal: sets
            .iter()
            .map(|(elements, status)| MinimalSet {
                elements: (*elements).into(),
                status: *status,
                delivered: 0.5,
                limit: None,
            })
            .collect(),
        minimal_count: sets.len() as u64,
        worst: None,
        least_headroom: None,
    }
}

/// The shop is degraded without A at the peak, and down without both A and B at any load.
fn sweep() -> SweepOutcome {
    let both: (&[NodeId], Status) = (&[A, B], Status::Down);
    SweepOutcome {
        elements: 3,
        possible: vec![3, 3],
        accounted: vec![3, 3],
        named: Vec::new(),
        named_asked: 0,
        services: vec![
            swept(MAIL, TODAY, Status::Ok, &[]),
            swept(MAIL, PEAK, Status::Ok, &[]),
            swept(SHOP, TODAY, Status::AtRisk, &[both]),
            swept(
                SHOP,
                PEAK,
                Status::AtRisk,
                &[(&[A], Status::Degraded), both],
            ),
        ],
        cascades: super::super::Cascades::default(),
        stranded: super::super::Strandings::default(),
    }
}

fn judged(scenario: &Scenario, sweep: &SweepOutcome) -> Judgement {
    let none = |_, _, _| Err("not computed".to_owned());
    judge(
        &Placements::default(),
        scenario,
        sweep,
        &none,
        date(2026, 12, 1),
    )
}

fn only(policy: Policy, waivers: Vec<Waiver>) -> PolicyOutcome {
    judged(&scenario(vec![policy], waivers), &sweep())
        .policies
        .remove(0)
}

fn elements(breaches: &[PolicyBreach]) -> Vec<(CaseId, &[NodeId])> {
    breaches
        .iter()
        .map(|b| (b.case, b.elements.as_slice()))
        .collect()
}

#[test]
fn breaches_are_the_minimal_sets_of_at_most_the_order() {
    assert_eq!(only(survives(0), vec![]).holds, Some(true));
    let one = only(survives(1), vec![]);
    assert_eq!(one.holds, Some(false));
    assert_eq!(elements(&one.breaches), [(PEAK, &[A][..])]);
    let two = only(survives(2), vec![]);
    let both: &[NodeId] = &[A, B];
    assert_eq!(
        elements(&two.breaches),
        [(PEAK, &[A][..]), (TODAY, both), (PEAK, both)]
    );
    assert_eq!(two.breaches[0].status, Status::Degraded);
}

#[test]
fn a_policy_looks_only_at_its_services_and_cases() {
    let mut mail = survives(2);
    mail.services = vec![MAIL];
    assert_eq!(only(mail, vec![]).holds, Some(true));
    let mut today = survives(1);
    today.cases = vec![TODAY];
    assert_eq!(only(today, vec![]).holds, Some(true));
}

#[test]
fn a_harmed_base_state_is_a_breach_without_elements() {
    let mut sweep = sweep();
    sweep.services[1].base.status = Status::Degraded;
    let judgement = judged(&scenario(vec![survives(0)], vec![]), &sweep);
    assert_eq!(elements(&judgement.policies[0].breaches), [(PEAK, &[][..])]);
}

#[test]
fn what_was_not_computed_does_not_hold() {
    // Asked for order 3, swept to 2, nothing harms mail.
    let mut mail = survives(3);
    mail.services = vec![MAIL];
    let outcome = only(mail, vec![]);
    assert_eq!(outcome.holds, None);
    assert!(outcome.reason.unwrap().contains("order 3"));
    // A breach that was found stays a breach.
    assert_eq!(only(survives(3), vec![]).holds, Some(false));
    // Interrupted.
    let mut part = sweep();
    part.accounted = vec![3, 1];
    let mut mail = survives(2);
    mail.services = vec![MAIL];
    let interrupted = judged(&scenario(vec![mail.clone()], vec![]), &part);
    assert_eq!(interrupted.policies[0].holds, None);
    // The part that was asked for is whole.
    mail.survives = Some(1);
    let whole = judged(&scenario(vec![mail], vec![]), &part);
    assert_eq!(whole.policies[0].holds, Some(true));
    // A cut list of minimal sets cannot show that all of them are waived.
    let mut cut = sweep();
    cut.services[3].minimal = cut.services[3].minimal.iter().take(1).collect();
    let judgement = judged(&scenario(vec![survives(2)], vec![waiver(None)]), &cut);
    assert_eq!(judgement.policies[0].holds, None);
}

#[test]
fn an_order_beyond_the_number_of_elements_misses_nothing() {
    let mut all = sweep();
    all.elements = 2;
    all.possible = vec![2, 1];
    all.accounted = vec![2, 1];
    let mut mail = survives(5);
    mail.services = vec![MAIL];
    let judgement = judged(&scenario(vec![mail], vec![]), &all);
    assert_eq!(judgement.policies[0].holds, Some(true));
}

#[test]
fn a_waiver_covers_contingencies_of_its_elements_and_stays_visible() {
    let outcome = only(survives(1), vec![waiver(Some(vec![A]))]);
    assert_eq!(outcome.holds, Some(true));
    assert_eq!(outcome.waived.len(), 1);
    let partly = only(survives(2), vec![waiver(Some(vec![A]))]);
    assert_eq!(
        (partly.holds, partly.waived.len(), partly.breaches.len()),
        (Some(false), 1, 2)
    );
    let all = only(survives(2), vec![waiver(None)]);
    assert_eq!((all.holds, all.waived.len()), (Some(true), 3));
}

#[test]
fn a_waiver_that_says_too_little_or_is_too_old_covers_nothing() {
    let broken = [
        Waiver {
            reason: " ".to_owned(),
            ..waiver(None)
        },
        Waiver {
            owner: String::new(),
            ..waiver(None)
        },
        Waiver {
            last_day: date(2026, 11, 30),
            ..waiver(None)
        },
    ];
    for waiver in broken {
        let outcome = only(survives(1), vec![waiver]);
        assert_eq!(outcome.holds, Some(false));
        assert_eq!(outcome.lapsed.len(), 1);
    }
    let last_day = Waiver {
        last_day: date(2026, 12, 1),
        ..waiver(None)
    };
    assert_eq!(only(survives(1), vec![last_day]).holds, Some(true));
}

#[test]
fn a_waiver_for_elements_does_not_excuse_a_base_state_that_does_not_rest_on_them() {
    let mut sweep = sweep();
    sweep.services[2].base.status = Status::Degraded;
    let mut scenario = scenario(vec![survives(0)], vec![waiver(Some(vec![A]))]);
    let judgement = judged(&scenario, &sweep);
    assert_eq!(judgement.policies[0].holds, Some(false));
    assert_eq!(judgement.unmatched, [0]);
    scenario.down = vec![A];
    assert_eq!(judged(&scenario, &sweep).policies[0].holds, Some(true));
    scenario.down = vec![A, B];
    assert_eq!(judged(&scenario, &sweep).policies[0].holds, Some(false));
}

#[test]
fn a_waiver_that_matches_nothing_is_named_unless_it_has_lapsed() {
    let lapsed = Waiver {
        last_day: date(2026, 11, 30),
        ..waiver(Some(vec![B]))
    };
    let scenario = scenario(
        vec![survives(1)],
        vec![waiver(None), waiver(Some(vec![B])), lapsed],
    );
    assert_eq!(judged(&scenario, &sweep()).unmatched, [1]);
}

#[test]
fn probabilities_are_judged_by_their_interval() {
    let policy = Policy {
        survives: None,
        services: vec![SHOP],
        cases: vec![PEAK],
        max_probability: vec![(Status::Degraded, 1e-3)],
        ..survives(0)
    };
    let scenario = scenario(vec![policy], vec![]);
    let with = |low: f64, high: f64| {
        let p = Probability {
            estimate: f64::midpoint(low, high),
            low,
            high,
        };
        let known = move |_, _, _| Ok(p);
        judge(
            &Placements::default(),
            &scenario,
            &sweep(),
            &known,
            date(2026, 1, 1),
        )
        .policies
        .remove(0)
    };
    assert_eq!(with(1e-4, 1e-3).holds, Some(true));
    assert_eq!(with(1e-4, 2e-3).holds, None);
    let breached = with(2e-3, 3e-3);
    assert_eq!(breached.holds, Some(false));
    let breach = &breached.breaches[0];
    assert_eq!(
        (breach.probability, breach.allowed),
        (Some(2.5e-3), Some(1e-3))
    );
    assert_eq!(judged(&scenario, &sweep()).policies[0].holds, None);
}

#[test]
fn a_policy_that_asks_for_nothing_does_not_hold() {
    let nothing = Policy {
        survives: None,
        ..survives(0)
    };
    assert_eq!(only(nothing, vec![]).holds, None);
}

/// What is swept for policies judges them as a sweep at every load case does, headroom and all.
#[test]
fn what_policies_ask_is_enough_to_judge_them() {
    let (mut breaches, mut fewer) = (0, 0);
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let system = match seed % 3 {
            0 => estates::random(seed, 24, seed % 2 == 0),
            1 => estates::enterprise(seed, 4),
            _ => estates::networked(seed),
        };
        let order = 1 + u32::try_from(dice.below(2)).expect("few");
        let mut scenario = estates::scenario(&system, order, &[0.7, 1.0, 1.3]);
        for _ in 0..=dice.below(2) {
            let mut cases: Vec<CaseId> = (0..3).map(CaseId).collect();
            cases.retain(|_| dice.chance(0.6));
            scenario.policies.push(Policy {
                services: system.services().to_vec(),
                cases,
                no_cascade: dice.chance(0.5),
                ..survives(order)
            });
        }
        let study = Study::new(&system, &scenario);
        let none = |_, _, _| Err("not computed".to_owned());
        let judged = |sweep: &SweepOutcome| {
            judge(
                system.placements(),
                &scenario,
                sweep,
                &none,
                date(2026, 12, 1),
            )
        };
        let whole = study.sweep(asked_order(&scenario), &NoWatch);
        let asked = sweep_asked(&study, &NoWatch);
        assert_eq!(judged(&asked), judged(&whole), "seed {seed}");
        let policies = judged(&asked).policies;
        breaches += policies.iter().map(|p| p.breaches.len()).sum::<usize>();
        fewer += usize::from(asked.services.len() < whole.services.len());
    }
    assert!(breaches > 3_000 && fewer > 50, "{breaches} {fewer}");
}
