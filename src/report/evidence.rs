//! The words of evidence: the method, the controls that a result supports, who signs. In: a document.
//! Out: sentences that are true of it. Promises: support is never called compliance.

use super::asked::Asked;
use super::document::Assess;
use super::document::evidence::{Completeness, Control, Counted, Evidence, SignOff};
use super::naming::Naming;
use super::number::{count, counted};
use crate::analysis::Assessment;
use crate::input::Loaded;

/// Evidence of a document that has everything else: scope, method, assumptions and whether the
/// verdict hangs on them, completeness, waivers, how to repeat it.
#[must_use]
pub fn evidence(document: &Assess, loaded: &Loaded, found: &Assessment, asked: &Asked) -> Evidence {
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let simulate = loaded.scenario.simulate;
    let scope = &loaded.scope;
    let policies = &found.judgement.policies;
    let verdicts: Vec<Option<bool>> = policies.iter().map(|p| p.holds).collect();
    Evidence {
        command: asked.command.clone(),
        stamp: asked.stamp.clone(),
        rerun: rerun(document, &asked.command),
        seed: simulate.map(|s| s.seed),
        trials: simulate.map(|s| s.trials),
        scope: naming.scope(scope.elements.clone(), scope.exclude.clone()),
        method: method(document),
        assumptions: naming.ledger(&loaded.assumptions(), found.ledger.as_ref(), &verdicts),
        completeness: completeness(document),
        waivers: naming.waivers(&found.judgement, asked.as_of),
        controls: controls(document),
        sign_off: sign_off(),
    }
}

fn rerun(document: &Assess, command: &[String]) -> String {
    let day = match (&document.as_of, command.iter().any(|a| a == "--as-of")) {
        (Some(day), false) => format!("; waivers are judged as of {day} again"),
        _ => String::new(),
    };
    format!(
        "`brownout verify DIR`, in the folder where the command ran (or with --base), checks the \
         inputs, runs the command again and compares every byte{day}"
    )
}

/// The method in half a page, a paragraph each: only what was done.
#[must_use]
pub fn method(document: &Assess) -> Vec<String> {
    let mut all = vec![
        "The inventory is read as a graph of components, links, flows and services. A state is a set \
         of failed components at one load case. In it a node works if it has not failed, the domains \
         it sits within work, and each of its requirements has as many working providers as it \
         needs. Demand runs from the services down: shared by weight, carried by the active member, \
         or copied to each; flows take shortest paths by metric and split evenly where paths tie. A \
         node serves what its capacity allows of its load, and no more than its requirements give it."
            .to_owned(),
        "A service is down when it does not work or gets nothing, degraded when it gets less than its \
         demand, and at-risk when it gets everything but one further failure, the peak, or a thin \
         headroom would change that. The model is steady-state: no queues, retries or warm-up. Cycles \
         are greatest fixed points."
            .to_owned(),
        sweep(document),
    ];
    if !document.sweep.named.is_empty() {
        all.push(
            "Named contingencies: each is a state of its own on top of the known outages, at every \
             load case: what it fails is out, factors multiply capacities, demands replace those of \
             the load case. A service whose demand it lowers is kept only where a policy says so."
                .to_owned(),
        );
    }
    if let Some(s) = &document.simulate {
        let exact = match s.exact_order {
            Some(k) => format!(
                "States of up to {} are worked out exactly; ",
                counted(k as u64, "event")
            ),
            None => String::new(),
        };
        all.push(format!(
            "Probabilities: every component is out with its long-run unavailability, independently but \
             for common-cause groups. A reliability is known of {} of {}; all others never fail by \
             chance. {exact}{} of {} drawn with seed {}. Intervals hold with 95 % confidence unless they \
             are exact.",
            count(s.reliability.known),
            counted(s.reliability.elements, "element"),
            counted(s.trials_done, "trial"),
            count(s.trials),
            s.seed
        ));
    }
    if document.timeline.is_some() {
        all.push(
            "Over time: every hour of the horizon is judged at its own demand, in the base state and \
             with each single further failure."
                .to_owned(),
        );
    }
    if let Some(f) = &document.fix_search {
        all.push(format!(
            "Fixes are found by a greedy search and each is verified by assessing the changed estate \
             anew ({}, at most {}).",
            counted(f.runs, "assessment"),
            count(f.most_runs)
        ));
    }
    all
}

fn sweep(document: &Assess) -> String {
    let sweep = &document.sweep;
    let orders: Vec<String> = sweep
        .contingencies
        .iter()
        .map(|(order, n)| format!("{} of order {order}", count(*n)))
        .collect();
    format!(
        "Contingencies: all {} among {}, on top of the known outages, at {}. Every one is accounted \
         for unless the completeness below says otherwise; minimal sets are those that harm while no \
         part of them does as much harm.",
        orders.join(" and "),
        counted(sweep.elements, "element"),
        counted(document.base.len() as u64, "load case"),
    )
}

/// How much of what was asked for was computed.
#[must_use]
pub fn completeness(document: &Assess) -> Completeness {
    let sweep = &document.sweep;
    let counted = |(order, of): (&String, &u64)| {
        let done = sweep.accounted.get(order).copied().unwrap_or(0);
        (order.clone(), Counted { done, of: *of })
    };
    let judged = document.policies.iter().filter(|p| p.holds.is_some());
    let policies = Counted {
        done: judged.count() as u64,
        of: document.policies.len() as u64,
    };
    let simulated = document.simulate.as_ref();
    let whole = simulated.is_none_or(|s| s.complete) && document.timeline_reason.is_none();
    Completeness {
        contingencies: sweep.contingencies.iter().map(counted).collect(),
        named: sweep.named_asked.map(|of| Counted {
            done: sweep.named.len() as u64,
            of,
        }),
        trials: simulated.map(|s| Counted {
            done: s.trials_done,
            of: s.trials,
        }),
        policies,
        complete: sweep.complete
            && whole
            && policies.done == policies.of
            && !document.verdict.interrupted,
    }
}

/// Controls that a result supports, by what it holds.
#[must_use]
pub fn controls(document: &Assess) -> Vec<Control> {
    let control = |framework: &str, control: &str, supports: &str| Control {
        framework: framework.to_owned(),
        control: control.to_owned(),
        supports: supports.to_owned(),
    };
    let mut all = vec![
        control(
            "SOC 2 (Trust Services Criteria)",
            "A1.1",
            "supports monitoring of capacity against demand, the loss of components included: demand \
             and headroom of every service, and what each contingency leaves",
        ),
        control(
            "ISO/IEC 27001:2022",
            "A.8.6",
            "supports capacity management: what is used, what limits, and how much growth is left",
        ),
        control(
            "ISO/IEC 27001:2022",
            "A.8.14",
            "supports the case that redundancy suffices: the single and multiple failures that each \
             service survives, and those that it does not",
        ),
    ];
    if document.peak.is_some() {
        all.insert(
            1,
            control(
                "DORA (Regulation (EU) 2022/2554)",
                "Article 7",
                "supports the case that systems have the capacity for peak volumes: services at the \
                 load case marked as peak",
            ),
        );
    }
    all
}

/// Who signs.
#[must_use]
pub fn sign_off() -> Vec<SignOff> {
    let line = |role: &str, statement: &str| SignOff {
        role: role.to_owned(),
        statement: statement.to_owned(),
        name: String::new(),
        date: String::new(),
    };
    vec![
        line(
            "Prepared by",
            "the inventory and the scenario describe the estate and its plans",
        ),
        line(
            "Reviewed by",
            "the assumptions are acceptable and the scope is right",
        ),
        line(
            "Accepted by",
            "the remaining risk and the waivers are accepted",
        ),
    ]
}
