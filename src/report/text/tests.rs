//! Text reports of the sample estate: what they say, how wide they are, what they refuse to repeat.

use super::state::reasons;
use super::*;
use crate::analysis::{Bounds, SweepOutcome, coverage, judge, sample, tree};
use crate::model::{CaseId, Status};
use crate::report::document::{Assess, Check, ServiceState, SweepResult, VerdictWord, WhatIf};
use crate::report::naming::{self, Naming, head};
use crate::report::sentences::service::reason;

const WIDTH: u16 = 100;

fn fits(text: &str) {
    for line in text.lines() {
        assert!(
            line.chars().count() <= usize::from(WIDTH),
            "too wide: {line}"
        );
        assert_eq!(crate::model::visible(line), line, "control characters");
    }
}

fn assessed(sweep: &SweepOutcome) -> Assess {
    let system = sample::system();
    let scenario = sample::scenario(&system, vec![sample::id(&system, "app-3")]);
    let naming = Naming::new(&system, &scenario);
    let none = |_, _, _| Err("not computed".to_owned());
    let day = jiff::civil::date(2026, 12, 1);
    let policies = naming.policies(&judge(system.placements(), &scenario, sweep, &none, day));
    let mut today = naming.state(&sample::all_working(&system, 300.0));
    today.load_case = "today".to_owned();
    let base = vec![today, naming.state(&sample::one_lost(&system))];
    Assess {
        minimal_table: None,
        cold_start: crate::report::document::ColdStart::default(),
        decisions: crate::report::document::decisions::Decisions::default(),
        head: head("assess", Vec::new(), Vec::new()),
        scenario: scenario.name.clone(),
        as_of: None,
        verdict: naming::verdict(&policies, &base, 1, !sweep.is_complete()),
        peak: Some("quarter-end".to_owned()),
        base,
        sweep: naming.sweep(sweep, "interrupted"),
        clusters: Vec::new(),
        first_minutes: None,
        simulate: None,
        map: None,
        pictures: Vec::new(),
        simulate_reason: None,
        fixes: Vec::new(),
        lessens: Vec::new(),
        repairs: Vec::new(),
        fix_search: None,
        plan: None,
        evidence: None,
        timeline: None,
        timeline_reason: None,
        estate: None,
        package: None,
        policies,
    }
}

#[test]
fn whatif_says_who_is_harmed_and_why() {
    let system = sample::system();
    let scenario = sample::scenario(&system, Vec::new());
    let state = Naming::new(&system, &scenario).state(&sample::one_lost(&system));
    let head = head("whatif", Vec::new(), Vec::new());
    let text = whatif(
        &WhatIf {
            contingency: None,
            from_dark: false,
            selection: None,
            cold_start: crate::report::document::ColdStart::default(),
            head,
            state,
            estate: None,
        },
        WIDTH,
    );
    println!("{text}");
    fits(&text);
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with("1 of 2 services harmed at quarter-end, with app-3 out"),
        "{first}"
    );
    for said in [
        "▲ degraded",
        "72.7 %",
        "1,100 orders/min",
        "−27.3 %",
        "orders needs 1 of 3 in app: 2 left without app-3",
        "app-1 must carry 550 and can carry 400 orders/min (137.5 %)",
    ] {
        assert!(text.contains(said), "{said} is missing");
    }
}

#[test]
fn sweep_counts_and_never_prints_zero_for_what_was_not_computed() {
    let system = sample::system();
    let scenario = sample::scenario(&system, Vec::new());
    let sweep = Naming::new(&system, &scenario).sweep(&sample::sweep(&system), "interrupted");
    let head = head("sweep", Vec::new(), Vec::new());
    let text = super::sweep(
        &SweepResult {
            head,
            sweep,
            estate: None,
        },
        WIDTH,
    );
    println!("{text}");
    fits(&text);
    assert!(text.contains("Contingencies of 7 elements: 7 of order 1, all accounted for"));
    assert!(text.contains("2/1/–"));
    assert!(text.contains("▲ degraded: app-1, gets 72.7 %"));
}

#[test]
fn assess_opens_with_the_verdict() {
    let system = sample::system();
    let result = assessed(&sample::sweep(&system));
    let text = assess(&result, WIDTH);
    println!("{text}");
    fits(&text);
    assert!(text.starts_with("✗ BREACHED  Story\n"));
    assert!(text.contains("orders is degraded (gets 72.7 %"));
    assert_eq!(result.policies[0].breaches.len(), 3);
}

#[test]
fn an_interrupted_assessment_is_incomplete_whatever_it_found() {
    let system = sample::system();
    let mut part = sample::sweep(&system);
    part.accounted = vec![3];
    let result = assessed(&part);
    assert_eq!(result.verdict.result, VerdictWord::Incomplete);
    let text = assess_in_full(&result, WIDTH);
    assert!(
        text.contains("3 of 7 of order 1, INCOMPLETE: interrupted"),
        "{text}"
    );
}

#[test]
fn explain_shows_where_the_redundancy_went() {
    let system = sample::system();
    let scenario = sample::scenario(&system, Vec::new());
    let state = sample::one_lost(&system);
    let bounds = Bounds {
        depth: 6,
        width: 12,
        nodes: 100,
    };
    let grown = tree(&system, &state, sample::id(&system, "orders"), bounds);
    let head = head("explain", Vec::new(), Vec::new());
    let naming = Naming::new(&system, &scenario);
    let result = naming.explain(head, &state, &state.services[0], &grown);
    let text = explain(&result, WIDTH);
    println!("{text}");
    fits(&text);
    assert!(text.contains("app: only 2 of 3 work, needs 1: 1 to spare, share"));
    assert!(text.contains("app-3  [server]  ✗ failed"));
    assert!(text.contains("overloaded: 550 of 400 orders/min (137.5 %)"));
}

#[test]
fn check_says_what_is_assumed_and_escapes_hostile_ids() {
    let system = sample::system();
    let scenario = sample::scenario(&system, Vec::new());
    let naming = Naming::new(&system, &scenario);
    let result = Check {
        head: head("check", Vec::new(), vec!["a warning".to_owned()]),
        valid: true,
        faults: Vec::new(),
        inventory: Some(naming.inventory(&coverage(&system, &scenario), Vec::new())),
    };
    let text = check(&result, WIDTH);
    println!("{text}");
    fits(&text);
    assert!(text.starts_with("Sample is valid: no fault, 1 warning."));
    assert!(text.contains("no service needs it"));
}

#[test]
fn hostile_ids_stay_harmless_in_every_form() {
    let system = sample::system();
    let scenario = sample::scenario(&system, Vec::new());
    let mut state = sample::one_lost(&system);
    let hostile = sample::id(&system, sample::HOSTILE);
    state.down = vec![hostile];
    state.services[0].limit = Some(hostile);
    state.services[0].status = Status::Degraded;
    state.case = CaseId(0);
    let state = Naming::new(&system, &scenario).state(&state);
    let csv = crate::report::tables::services(std::slice::from_ref(&state)).csv();
    let mut rows = ::csv::Reader::from_reader(csv.as_bytes());
    let limit = rows
        .headers()
        .unwrap()
        .iter()
        .position(|h| h == "limit")
        .unwrap();
    let first = rows.records().next().unwrap().unwrap();
    assert_eq!(first[limit].to_owned(), format!("'{}", sample::HOSTILE));
    let head = head("whatif", Vec::new(), Vec::new());
    fits(&whatif(
        &WhatIf {
            contingency: None,
            from_dark: false,
            selection: None,
            cold_start: crate::report::document::ColdStart::default(),
            head,
            state,
            estate: None,
        },
        WIDTH,
    ));
}

#[test]
fn an_order_that_was_not_reached_is_missing_and_not_zero() {
    let system = sample::system();
    let scenario = sample::scenario(&system, Vec::new());
    let mut none = sample::sweep(&system);
    none.accounted = vec![0];
    for s in &mut none.services {
        s.orders[0] = crate::analysis::OrderCount::default();
        s.base.status = Status::Ok;
    }
    let sweep = Naming::new(&system, &scenario).sweep(&none, "interrupted");
    // Nor is anybody ok of whom nobody knows whether one more failure would harm.
    assert!(sweep.services.iter().all(|s| s.base.status.is_none()));
    let csv = crate::report::tables::sweep(&sweep).csv();
    assert!(csv.contains("orders,quarter-end,1,0,,,,"), "{csv}");
    let head = head("sweep", Vec::new(), Vec::new());
    let text = super::sweep(
        &SweepResult {
            head,
            sweep,
            estate: None,
        },
        WIDTH,
    );
    assert!(text.contains("order 1 was not looked at"), "{text}");
    assert!(!text.contains("0/0") && !text.contains("✓ ok"), "{text}");
}

/// The sample with one server lost, and its harmed service three times under other names.
fn thrice() -> crate::report::document::State {
    let system = sample::system();
    let scenario = sample::scenario(&system, Vec::new());
    let mut state = Naming::new(&system, &scenario).state(&sample::one_lost(&system));
    let harmed = state.services[0].clone();
    state.services = ["a", "b", "c"]
        .map(|id| ServiceState {
            id: id.to_owned(),
            ..harmed.clone()
        })
        .to_vec();
    state
}

#[test]
fn a_cause_that_hits_several_services_is_told_once_with_all_of_them() {
    let text = reasons(&thrice(), WIDTH.into(), true);
    assert_eq!(text.matches("app-1 must carry").count(), 1, "{text}");
    assert!(
        text.contains("a, b and c are ▲ degraded: app-1 must carry 550"),
        "{text}"
    );
    let mut state = thrice();
    state.services[1].because = vec!["another cause".to_owned()];
    let text = reasons(&state, WIDTH.into(), true);
    assert!(text.contains("a and c are ▲ degraded: app-1"), "{text}");
    assert!(text.contains("b is ▲ degraded: another cause"), "{text}");
}

#[test]
fn why_begins_with_the_outage_that_has_a_part_in_it() {
    let mut s = thrice().services[0].clone();
    let root = s.because.last().cloned().unwrap();
    assert_eq!(reason(&s), root);
    s.outages = Some(vec!["app-3".to_owned()]);
    assert_eq!(reason(&s), format!("with app-3 out: {root}"));
    // A cause that names the outage itself needs no such beginning.
    s.because = vec!["app-3 has failed".to_owned()];
    assert_eq!(reason(&s), "app-3 has failed");
    s.because = vec!["app-31 has failed".to_owned()];
    assert_eq!(reason(&s), "with app-3 out: app-31 has failed");
}

#[test]
fn what_does_not_hold_in_the_first_hour_never_held() {
    use crate::report::document::load::{PolicyTimes, Timeline};
    let start = "2026-12-01T00:00:00+01:00";
    let timeline = |until: Option<&str>| Timeline {
        from: start.to_owned(),
        to: "2026-12-02T00:00:00+01:00".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        hours: 24,
        elements: 1,
        outages: Vec::new(),
        policies: vec![PolicyTimes {
            name: "Rule".to_owned(),
            order: 1,
            holds_until: until.map(str::to_owned),
            growth: None,
        }],
        services: Vec::new(),
        failures: Vec::new(),
        capacity: Vec::new(),
        capacity_reason: None,
        cases: Vec::new(),
    };
    let said = |until| super::load::timeline(&timeline(until), WIDTH.into());
    assert!(said(Some(start)).contains("Rule: N-1 does not hold;"));
    let later = Some("2026-12-01T07:00:00+01:00");
    assert!(said(later).contains("Rule: N-1 holds until 2026-12-01 07:00;"));
    assert!(said(None).contains("Rule: N-1 holds in every hour;"));
}
