//! Fixes with names on.

use super::Naming;
use crate::analysis::fix::{Change, Fix, FixOutcome, Ground, Member};
use crate::model::{Need, NodeId, Requirement, short};
use crate::report::document::{self, FixKind, FixSearch, FixStep, Join, Unfixed};
use crate::report::number::{count, quantity};

/// Steps told in the words of a fix.
const TOLD: usize = 4;
/// Domains told in the words of a step.
const DOMAINS: usize = 3;

impl Naming<'_> {
    /// Fixes, and how far the search went. `ground` is what they change.
    #[must_use]
    pub fn fixes(
        self,
        outcome: &FixOutcome,
        ground: &Ground<'_>,
    ) -> (Vec<document::Fix>, FixSearch) {
        let fixes = outcome.fixes.iter().map(|f| self.fix(f, ground)).collect();
        let unfixed = outcome.unfixed.iter().map(|(policy, reason)| Unfixed {
            policy: self.policy_name(*policy),
            reason: reason.clone(),
        });
        let search = FixSearch {
            complete: outcome.reason.is_none(),
            reason: outcome.reason.clone(),
            runs: outcome.runs,
            most_runs: outcome.most_runs,
            states: outcome.states,
            unfixed: unfixed.collect(),
        };
        (fixes, search)
    }

    fn policy_name(self, policy: usize) -> String {
        self.scenario.policies[policy].name.clone()
    }

    fn fix(self, fix: &Fix, ground: &Ground<'_>) -> document::Fix {
        let steps: Vec<FixStep> = fix.changes.iter().map(|c| self.step(c, ground)).collect();
        // In the ranking, the last repair is the one that the rank speaks of.
        let single = match (fix.rank, steps.as_slice()) {
            (Some(_), [.., last]) => Some(last),
            (None, [only]) => Some(only),
            _ => None,
        };
        let kind = match steps.first() {
            Some(first) if steps.iter().all(|s| s.kind == first.kind) => first.kind,
            _ => FixKind::Combination,
        };
        document::Fix {
            policy: fix.policy.map(|p| self.policy_name(p)),
            kind,
            rank: fix.rank,
            element: single.map(|s| s.element.clone()),
            group: single.and_then(|s| s.joins.iter().find_map(|j| j.group.clone())),
            amount: single.and_then(|s| s.amount),
            unit: single.and_then(|s| s.unit.clone()),
            text: self.words(fix, &steps),
            steps,
            removes: fix.removes,
            of: fix.of,
            remaining: fix.remaining,
            new_breaches: fix.new_breaches,
            holds: fix.holds(),
            verified: true,
            restore_by: None,
        }
    }

    fn step(self, change: &Change, ground: &Ground<'_>) -> FixStep {
        let bare = |kind, node: NodeId| FixStep {
            kind,
            element: self.id(node),
            amount: None,
            unit: None,
            capacity: None,
            new_capacity: None,
            joins: Vec::new(),
            outside: Vec::new(),
        };
        match change {
            Change::Restore(node) => bare(FixKind::Restore, *node),
            Change::AddCapacity(node, amount) => {
                let capacity = self.system.node(*node).least_limit();
                FixStep {
                    amount: Some(*amount),
                    unit: self.unit(*node),
                    capacity,
                    new_capacity: capacity.map(|c| c + amount),
                    ..bare(FixKind::AddCapacity, *node)
                }
            }
            Change::AddMember(member) => FixStep {
                amount: Some(f64::from(member.count)),
                joins: self.joins(member, ground),
                outside: self.ids(&member.outside),
                ..bare(FixKind::AddMember, member.like)
            },
        }
    }

    fn joins(self, member: &Member, ground: &Ground<'_>) -> Vec<Join> {
        let join = |r: &Requirement| Join {
            consumer: self.id(r.consumer),
            group: r.group.as_deref().map(str::to_owned),
            need: match r.need {
                Need::All => 1,
                Need::AtLeast(k) => k,
            },
            becomes_group: r.need == Need::All,
        };
        ground.joined(member.like).into_iter().map(join).collect()
    }

    fn words(self, fix: &Fix, steps: &[FixStep]) -> String {
        let what = match (fix.rank, steps) {
            (Some(1), [only]) => format!("restore {} first", short(&only.element, 40)),
            (Some(_), [before @ .., last]) => format!(
                "then restore {} (after {})",
                short(&last.element, 40),
                listed(before.iter().map(|s| short(&s.element, 40)).collect())
            ),
            _ => listed(steps.iter().map(said).collect()),
        };
        let new = match fix.new_breaches {
            0 => String::new(),
            1 => ", but causes a new one".to_owned(),
            n => format!(", but causes {} new ones", count(n)),
        };
        let noun = if fix.of == 1 { "breach" } else { "breaches" };
        format!("{what}: removes {} of {} {noun}{new}", fix.removes, fix.of)
    }
}

fn listed(mut parts: Vec<String>) -> String {
    if parts.len() > TOLD {
        let hidden = parts.len() - (TOLD - 1);
        parts.truncate(TOLD - 1);
        parts.push(format!("{hidden} more"));
    }
    match parts.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn said(step: &FixStep) -> String {
    let element = short(&step.element, 40);
    let unit = step.unit.as_deref();
    let amount = step.amount.unwrap_or(0.0);
    match step.kind {
        FixKind::Restore | FixKind::Combination => format!("restore {element}"),
        FixKind::AddCapacity => {
            let to = step
                .new_capacity
                .map_or(String::new(), |c| format!(" (to {})", quantity(c)));
            let unit = unit.map_or(String::new(), |u| format!(" {}", short(u, 20)));
            format!("add {}{unit} to {element}{to}", quantity(amount))
        }
        FixKind::AddMember => {
            let more = if amount > 1.0 {
                format!("{} more", quantity(amount))
            } else {
                "one more".to_owned()
            };
            let outside = match step.outside.as_slice() {
                [] => String::new(),
                domains => {
                    let few = domains.iter().take(DOMAINS).map(|d| short(d, 40));
                    let more = match domains.len().saturating_sub(DOMAINS) {
                        0 => String::new(),
                        n => format!(" and {n} more"),
                    };
                    format!(" outside of {}{more}", few.collect::<Vec<_>>().join(", "))
                }
            };
            let group = step.joins.iter().find_map(|j| j.group.as_deref());
            let group = group.map_or(String::new(), |g| format!(" in group {}", short(g, 40)));
            format!("add {more} like {element}{group}{outside}")
        }
    }
}
