//! Evidence of an assessment: scope, method, assumptions and whether the verdict hangs on them,
//! completeness, waivers, how to repeat it.

use super::assessment::Asked;
use super::output::Terminal;
use crate::analysis::Judgement;
use crate::analysis::ledger::{LedgerOutcome, Task, Tried, Turn, ledger};
use crate::input::{self, Files, Loaded, Overrides, Scale};
use crate::model::Scenario;
use crate::report::document::evidence::{Evidence, Ledger, LedgerEntry, WhatIfScaled};
use crate::report::document::{Assess, Assumption, VerdictWord};
use crate::report::evidence::{completeness, controls, method, sign_off};
use crate::report::naming::{Naming, verdict_word};

/// What evidence is gathered from.
pub(super) struct Evidenced<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) files: &'a dyn Files,
    pub(super) loaded: &'a Loaded,
    pub(super) judgement: &'a Judgement,
}

/// Evidence of a document that has everything else.
pub(super) fn evidence(from: &Evidenced<'_>, document: &Assess, terminal: &Terminal) -> Evidence {
    let loaded = from.loaded;
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let simulate = loaded.scenario.simulate;
    let scope = &loaded.scope;
    Evidence {
        command: from.asked.command.clone(),
        stamp: from.asked.stamp.clone(),
        rerun: rerun(from, document),
        seed: simulate.map(|s| s.seed),
        trials: simulate.map(|s| s.trials),
        scope: naming.scope(scope.elements.clone(), scope.exclude.clone()),
        method: method(document),
        assumptions: assumptions(from, terminal),
        completeness: completeness(document),
        waivers: naming.waivers(from.judgement, from.asked.as_of),
        controls: controls(document),
        sign_off: sign_off(),
    }
}

fn rerun(from: &Evidenced<'_>, document: &Assess) -> String {
    let day = match (
        &document.as_of,
        from.asked.command.iter().any(|a| a == "--as-of"),
    ) {
        (Some(day), false) => format!("; waivers are judged as of {day} again"),
        _ => String::new(),
    };
    format!(
        "`brownout verify DIR`, in the folder where the command ran (or with --base), checks the \
         inputs, runs the command again and compares every byte{day}"
    )
}

/// Every default and plan, with half and twice of it.
fn assumptions(from: &Evidenced<'_>, terminal: &Terminal) -> Ledger {
    let loaded = from.loaded;
    let all: Vec<&input::Assumption> = loaded.plans.iter().chain(&loaded.ledger).collect();
    if !from.asked.ledger {
        let reason = "it was left out (--no-ledger)";
        return Ledger {
            entries: all.into_iter().map(|a| untried(a, reason)).collect(),
            complete: false,
            reason: Some(reason.to_owned()),
            runs: 0,
            most_runs: 0,
        };
    }
    let turns: Vec<Turn> = all.iter().map(|a| turn(a)).collect();
    let verdicts: Vec<Option<bool>> = from.judgement.policies.iter().map(|p| p.holds).collect();
    let task = Task {
        system: &loaded.system,
        scenario: &loaded.scenario,
        verdicts: &verdicts,
        turns: &turns,
        scaled: &|at, factor| {
            let knob = all[at].knob.clone().ok()?;
            let overrides = Overrides {
                scale: Some(Scale { knob, factor }),
                ..Overrides::default()
            };
            let scaled = input::load_from(from.files, from.asked.path, &overrides).ok()?;
            Some((scaled.system, scaled.scenario))
        },
        as_of: from.asked.as_of,
    };
    let of = (&loaded.system, &loaded.scenario);
    let progress = terminal
        .sweeping("Trying assumptions", of, from.asked.max_memory)
        .silent();
    let outcome = ledger(&task, &progress);
    progress.finish();
    tried(&all, &outcome, &verdicts, &loaded.scenario)
}

fn turn(assumption: &input::Assumption) -> Turn {
    match &assumption.knob {
        Ok(knob) if knob.is_reliability() => Turn::Reliability,
        Ok(_) => Turn::Load,
        Err(_) => Turn::Fixed,
    }
}

fn told(a: &input::Assumption) -> Assumption {
    Assumption {
        what: a.what.clone(),
        source: a.source.clone(),
        count: a.count,
    }
}

fn untried(a: &input::Assumption, reason: &str) -> LedgerEntry {
    LedgerEntry {
        assumption: told(a),
        halved: None,
        doubled: None,
        changes_verdict: None,
        reason: Some(a.knob.as_ref().err().copied().unwrap_or(reason).to_owned()),
    }
}

fn tried(
    all: &[&input::Assumption],
    outcome: &LedgerOutcome,
    verdicts: &[Option<bool>],
    scenario: &Scenario,
) -> Ledger {
    let limit = outcome.reason.as_deref();
    let limit = limit.unwrap_or("the inputs are not valid with it scaled");
    let entries = all.iter().zip(&outcome.entries).map(|(a, [half, twice])| {
        let scaled = |tried: &Tried| match tried {
            Tried::Judged(now) => Some(compared(now, verdicts, scenario)),
            Tried::Idle(_) | Tried::Not => None,
        };
        let (halved, doubled) = (scaled(half), scaled(twice));
        let changes = |w: &WhatIfScaled| !w.changed.is_empty();
        let (changes_verdict, reason) = match (half, twice, &halved, &doubled) {
            (Tried::Idle(why), ..) => (Some(false), Some((*why).to_owned())),
            (_, _, Some(h), Some(d)) => (Some(changes(h) || changes(d)), None),
            (_, _, Some(one), None) | (_, _, None, Some(one)) if changes(one) => (Some(true), None),
            _ => {
                return LedgerEntry {
                    halved,
                    doubled,
                    ..untried(a, limit)
                };
            }
        };
        LedgerEntry {
            assumption: told(a),
            halved,
            doubled,
            changes_verdict,
            reason,
        }
    });
    Ledger {
        entries: entries.collect(),
        complete: outcome.reason.is_none(),
        reason: outcome.reason.clone(),
        runs: outcome.runs,
        most_runs: outcome.most_runs,
    }
}

fn compared(now: &[Option<bool>], before: &[Option<bool>], scenario: &Scenario) -> WhatIfScaled {
    let policies = scenario.policies.iter().zip(now.iter().zip(before));
    let changed = policies.filter(|(_, (now, before))| now != before);
    let verdict: VerdictWord = verdict_word(now.iter().copied(), false);
    WhatIfScaled {
        verdict,
        changed: changed.map(|(p, _)| p.name.clone()).collect(),
    }
}
