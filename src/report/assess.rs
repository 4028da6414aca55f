//! The document of an assessment. In: what was loaded, what the analysis found, how it was asked for.
//! Out: the document, evidence included. Promises: nothing is computed and nothing decided here; the
//! same assessment gives the same document.

use super::document::decisions::Decisions;
use super::document::load::Timeline;
use super::document::{Assess, Estate, FirstMinutes, Fix, FixKind, Head};
use super::evidence;
use super::naming::{self, Naming, Resolve, SetsListed, SimulateNames, incomplete, shares};
use crate::analysis::fix::FixContext;
use crate::analysis::{Assessment, Stage, SweepOutcome};
use crate::input::Loaded;
use crate::model::{CaseId, Horizon};

pub use super::asked::Asked;

/// Minimal sets that a result lists over all services, about, unless it is asked for more: with more, a
/// table has them all.
const MOST_IN_ALL: usize = 50_000;
/// So many are listed of each service and load case in any case.
const LEAST_OF_EACH: usize = 10;

/// What was found, with names on; `head` opens the document.
#[must_use]
pub fn document(mut head: Head, loaded: &Loaded, found: &Assessment, asked: &Asked) -> Assess {
    let (scenario, as_of) = (&loaded.scenario, asked.as_of);
    let naming = Naming::new(&loaded.system, scenario);
    let mut base: Vec<_> = found.states.iter().map(|s| naming.state(s)).collect();
    for ((named, state), parts) in base.iter_mut().zip(&found.states).zip(&found.parts) {
        if let Some(parts) = parts {
            naming.tell_parts(&mut named.services, parts);
        }
        named.as_today = naming.as_today(state.case, &loaded.time);
    }
    head.warnings.extend(naming.unmatched(&found.judgement));
    let peak = scenario.peak().map_or(0, CaseId::index);
    let policies = naming.policies(&found.judgement);
    let reason = |stage| {
        let why = found.incomplete(stage);
        why.map(|why| incomplete(why, asked.max_memory))
    };
    let horizon = loaded.time.horizon.as_ref();
    let names = SimulateNames::new(&loaded.system, scenario)
        .with_horizon(horizon.is_some_and(Horizon::has_demand));
    let swept = reason(Stage::Sweep).unwrap_or_default();
    let mut sweep = naming.sweep_listing(&found.sweep, &swept, listed(&found.sweep, asked.listed));
    sweep.network = found.links.clone().named(&naming);
    let mut document = Assess {
        head,
        scenario: scenario.name.clone(),
        as_of: (!scenario.waivers.is_empty()).then(|| as_of.to_string()),
        verdict: naming::verdict(&policies, &base, peak, found.ended_early()),
        peak: scenario
            .peak()
            .map(|c| scenario.cases[c.index()].name.clone()),
        cold_start: naming.cold_start(&found.cold_start),
        map: found
            .states
            .get(peak)
            .and_then(|base| naming.map(base, &found.sweep, found.worst.as_ref())),
        pictures: found
            .states
            .get(peak)
            .map_or_else(Vec::new, |s| naming.pictures(s)),
        minimal_table: None,
        sweep,
        clusters: found.clusters.clone().named(&naming),
        first_minutes: found.first_minutes.as_ref().map(|first| FirstMinutes {
            base: first.states.iter().map(|s| naming.state(s)).collect(),
            sweep: naming.sweep_listing(
                &first.sweep,
                "interrupted",
                listed(&first.sweep, asked.listed),
            ),
        }),
        simulate: found.simulate.as_ref().map(|s| {
            let mut simulate = names.simulate(s);
            simulate.over_horizon = found.over_horizon.clone().map(|o| o.named(&names));
            names.put_hours_of_a_year(&mut simulate);
            simulate
        }),
        simulate_reason: reason(Stage::Simulate).filter(|_| found.simulate.is_none()),
        policies,
        decisions: Decisions::default(),
        fixes: Vec::new(),
        lessens: Vec::new(),
        repairs: Vec::new(),
        fix_search: None,
        plan: found.plan.as_ref().map(|p| naming.plan(p, horizon)),
        evidence: None,
        timeline: None,
        timeline_reason: reason(Stage::Timeline),
        estate: Some(Estate {
            covered: shares(&found.covered.shares),
            ..naming.estate(&loaded.inventory_path)
        }),
        package: None,
        base,
    };
    document.verdict.result = found.verdict;
    document.verdict.interrupted = found.was_interrupted();
    if document.verdict.interrupted && !found.ended_early() {
        // The policies are judged; what is missing is beside them.
        let said = " The run was interrupted: what would fix it, or what the answer rests on, is not complete.";
        document.verdict.summary.push_str(said);
    }
    if found.rests_on_no_reliability(scenario) {
        let said = " No reliability is known of anything that may fail: probabilities and targets are kept for want of data.";
        document.verdict.summary.push_str(said);
    }
    if let (Some(outcome), Some(horizon)) = (&found.timeline, horizon) {
        document.timeline = Some(Timeline {
            cases: naming.cases_over_hours(&found.cases, &loaded.time, horizon),
            ..naming.timeline(outcome, horizon)
        });
    }
    put_fixes(&mut document, loaded, found);
    document.decisions = naming.decisions(found, &context(loaded), horizon);
    let ends = naming.waivers_near_their_end(as_of, document.decisions.peak.as_ref());
    document.head.warnings.extend(ends);
    document.evidence = Some(evidence::evidence(&document, loaded, found, asked));
    document
}

/// Whether a result leaves out minimal sets though nobody asked it to: then a table has all of them.
#[must_use]
pub fn leaves_sets_out(sweep: &SweepOutcome, asked: &Asked) -> bool {
    asked.listed.is_none() && listed(sweep, None) != SetsListed::ALL
}

/// Which minimal sets a result lists: all, while these are not too many to read and to hold; otherwise the
/// first of each service and load case, and every single failure.
fn listed(sweep: &SweepOutcome, asked: Option<usize>) -> SetsListed {
    let found: usize = sweep.services.iter().map(|s| s.minimal.len()).sum();
    match asked {
        Some(most) => SetsListed::up_to(most),
        None if found <= MOST_IN_ALL => SetsListed::ALL,
        None => SetsListed {
            most: LEAST_OF_EACH.max(MOST_IN_ALL / sweep.services.len().max(1)),
            every_single: true,
        },
    }
}

/// What fixes change.
fn context(loaded: &Loaded) -> FixContext<'_> {
    FixContext {
        system: &loaded.system,
        scenario: &loaded.scenario,
        returning: &loaded.scope.returning,
    }
}

/// What would take breaches away; a repair is shown by when it must start.
fn put_fixes(document: &mut Assess, loaded: &Loaded, found: &Assessment) {
    let Some(outcome) = &found.fixes else {
        return;
    };
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let mut named = naming.fixes(outcome, &context(loaded));
    for outage in document.timeline.iter().flat_map(|t| &t.outages) {
        let restores = |f: &&mut Fix| {
            f.kind == FixKind::Restore && f.element.as_ref() == Some(&outage.element)
        };
        let lists = [&mut named.repairs, &mut named.holds, &mut named.lessens];
        for f in lists.into_iter().flatten().filter(restores) {
            f.restore_by.clone_from(&outage.restore_by);
        }
    }
    document.fixes = named.holds;
    document.lessens = named.lessens;
    document.repairs = named.repairs;
    document.fix_search = Some(named.search);
}
