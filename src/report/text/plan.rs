//! A plan, for a terminal.

use super::assess::breach;
use crate::model::short;
use crate::report::document::{
    Plan, PlanAlternative, PlanChange, PlanKind, PlanMinutes, PlanObjective, PlanResult,
};
use crate::report::ids::id;
use crate::report::number::{counted, enumerated, instant, quantity};
use crate::report::sentences::plan::change;
use crate::report::style::wrap;
use crate::report::tables;

/// Minutes of a step that are worth a word.
const LEAST_MINUTES: f64 = 0.05;

/// The plan, what it costs, and how good it is.
#[must_use]
pub fn plan(document: &Plan, width: u16) -> String {
    let plan = &document.plan;
    let mut out = wrap(&headline(plan), 0, width);
    if !plan.changes.is_empty() {
        out.push('\n');
        out.push_str(&tables::plan(plan).text(width));
    }
    for m in &plan.minutes {
        out.push_str(&wrap(&given_back(plan, m), 2, width));
    }
    for a in plan.alternatives.iter().flatten() {
        out.push_str(&wrap(&alternative(plan, a), 2, width));
    }
    if let Some(refusal) = &plan.refusal {
        let b = &refusal.breach;
        let said = format!(
            "\u{201c}{}\u{201d} refuses it: {} {}. Nothing that is for sale takes that away.",
            short(&refusal.policy, 120),
            id(&b.service),
            breach(b)
        );
        out.push_str(&wrap(&said, 2, width));
    }
    out.push('\n');
    for p in &plan.policies {
        let mark = match p.holds {
            Some(true) => "✓ holds",
            Some(false) => "✗ breached",
            None => "? not judged",
        };
        out.push_str(&wrap(&format!("{mark}: {}", short(&p.name, 120)), 2, width));
    }
    out.push_str(&wrap(&proof(plan), 2, width));
    out
}

/// The answer in one sentence.
fn headline(plan: &PlanResult) -> String {
    match plan.cost {
        None if plan.proved => "No plan exists within these limits.".to_owned(),
        None => "No plan was found.".to_owned(),
        Some(_) if plan.changes.is_empty() && plan.breaches == 0 => {
            "Every policy holds as things are: nothing to do.".to_owned()
        }
        Some(cost) if is_repair(&plan.changes, cost) => format!(
            "No change is needed beyond restoring {}: every policy then holds.{}",
            enumerated(&components(&plan.changes)),
            first_step(plan)
        ),
        Some(cost) => {
            let best = if plan.proved {
                "The cheapest plan"
            } else {
                "A plan"
            };
            let cost = costs(plan.objective, cost, &plan.changes);
            let all = plan.changes.iter().map(change).collect::<Vec<_>>();
            format!(
                "{best} after which every policy holds {cost}: {}.{}",
                enumerated(&all),
                first_step(plan)
            )
        }
    }
}

/// By when the first of all steps is needed, after a space; nothing where none has a date.
fn first_step(plan: &PlanResult) -> String {
    let dates = plan.changes.iter().filter_map(|c| c.needed_by.as_deref());
    dates.min().map_or_else(String::new, |at| {
        format!(" The first step is needed by {}.", instant(at))
    })
}

/// Whether all that is to be done is to repair what is out, which costs nothing and counts for no change.
fn is_repair(changes: &[PlanChange], cost: f64) -> bool {
    cost <= 0.0 && !changes.is_empty() && changes.iter().all(|c| c.kind == PlanKind::Restore)
}

/// What is changed, by id.
fn components(changes: &[PlanChange]) -> Vec<String> {
    changes.iter().map(|c| id(&c.component)).collect()
}

/// What the plan gives back to a service that has a target, in minutes.
fn given_back(plan: &PlanResult, m: &PlanMinutes) -> String {
    let steps = plan.changes.iter().zip(&m.given_back);
    let said: Vec<String> = steps
        .filter(|(_, minutes)| minutes.abs() >= LEAST_MINUTES)
        .map(|(c, minutes)| format!("{} {}", change(c), quantity(*minutes)))
        .collect();
    let steps = match said.as_slice() {
        [] => String::new(),
        said => format!("; given back: {}", enumerated(said)),
    };
    format!(
        "{}: {} minutes a year degraded or down now, {} with the plan; its target leaves {}{steps}.",
        id(&m.service),
        quantity(m.before),
        quantity(m.after),
        quantity(m.budget)
    )
}

/// A plan that does without something, and what it costs.
fn alternative(plan: &PlanResult, a: &PlanAlternative) -> String {
    let without = match a.without {
        PlanKind::Restore => "Without repairs",
        PlanKind::Grow => "Without growing anything",
        PlanKind::Add => "Without new members",
        PlanKind::Move => "Without moving anything",
        PlanKind::Shrink => "Without taking from instances",
        PlanKind::Lay => "Without second paths",
    };
    let Some(cost) = a.cost else {
        return if a.proved {
            format!("{without}: no plan exists.")
        } else {
            format!("{without}: no plan was found.")
        };
    };
    if is_repair(&a.changes, cost) {
        let restored = enumerated(&components(&a.changes));
        return format!("{without}: no change is needed beyond restoring {restored}.");
    }
    let all = a.changes.iter().map(change).collect::<Vec<_>>();
    let what = enumerated(&all);
    format!(
        "{without}: {what}, {}.",
        costs(plan.objective, cost, &a.changes)
    )
}

/// What a plan costs, in words; repairs, which count for nothing, are counted beside the changes.
fn costs(objective: PlanObjective, cost: f64, changes: &[PlanChange]) -> String {
    let repairs = changes
        .iter()
        .filter(|c| c.kind == PlanKind::Restore)
        .count() as u64;
    let beside = match repairs {
        0 => String::new(),
        n => format!(" besides {}", counted(n, "repair")),
    };
    match objective {
        PlanObjective::Cost => format!("costs {}", quantity(cost)),
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count"
        )]
        PlanObjective::Changes => format!("takes {}{beside}", counted(cost as u64, "change")),
    }
}

/// What was proved, and what not.
fn proof(plan: &PlanResult) -> String {
    let runs = counted(plan.runs, "assessment");
    let ranked = match plan.objective {
        PlanObjective::Cost => "By the cost columns; a repair costs nothing",
        PlanObjective::Changes => {
            "No costs are given: fewest changes, then least capacity; a repair counts for nothing"
        }
    };
    let proved = match (plan.cost, plan.gap) {
        (Some(_), _) if plan.proved => format!("Proved: no plan is cheaper ({runs})."),
        (Some(_), Some(gap)) => format!(
            "Not proved to be the cheapest: no plan costs less than {}, {} less ({}; {runs}).",
            quantity(plan.lower_bound),
            quantity(gap),
            plan.reason.as_deref().unwrap_or_default()
        ),
        _ if plan.proved => format!("Proved ({runs})."),
        _ => format!(
            "Not proved that there is none: one would cost at least {} ({}; {runs}).",
            quantity(plan.lower_bound),
            plan.reason.as_deref().unwrap_or_default()
        ),
    };
    format!("{ranked}. {proved}")
}
