//! Fixes with names on.

use super::Naming;
use crate::analysis::fix::{Change, End, Fix, FixContext, FixOutcome, Member, SecondPath, Unfixed};
use crate::model::{Need, NodeId, Requirement, Role, short};
use crate::report::document::{self, FixKind, FixSearch, FixStep, Join, NewElsewhere};
use crate::report::number::{count, counted, enumerated, quantity};
use crate::report::placement::{move_words, shrink_words};
use crate::report::second_path::path_words;

/// Steps shown in the words of a fix.
const MOST_SHOWN: usize = 4;
/// Steps shown of a remedy.
const MOST_IN_ALL: usize = 8;
/// Characters that these take, but for the first step: the first screen shows so many and cuts none in the middle.
const MOST_CHARACTERS: usize = 520;
/// Domains shown in the words of a step.
const DOMAINS: usize = 3;

/// Fixes with names on, list by list.
pub struct NamedFixes {
    /// In which order to repair what is out.
    pub repairs: Vec<document::Fix>,
    /// What holds a policy.
    pub holds: Vec<document::Fix>,
    /// What only lessens the breaches of one.
    pub lessens: Vec<document::Fix>,
    /// How far the search went.
    pub search: FixSearch,
}

impl Naming<'_> {
    /// Fixes, and how far the search went. `context` is what they change.
    #[must_use]
    pub fn fixes(self, outcome: &FixOutcome, context: &FixContext<'_>) -> NamedFixes {
        let list = |all: &[Fix]| all.iter().map(|f| self.fix(f, context)).collect();
        let unfixed = outcome.unfixed.iter().map(|u| self.unfixed(u, outcome));
        NamedFixes {
            repairs: list(&outcome.repairs),
            holds: list(&outcome.holds),
            lessens: list(&outcome.lessens),
            search: FixSearch {
                complete: outcome.end.is_none(),
                reason: outcome.end.map(|end| ended(end, outcome)),
                runs: outcome.runs,
                most_runs: outcome.most_runs,
                states: outcome.states,
                most_states: outcome.most_states,
                unfixed: unfixed.collect(),
            },
        }
    }

    fn unfixed(self, unfixed: &Unfixed, outcome: &FixOutcome) -> document::Unfixed {
        let mut tried = Vec::new();
        match (unfixed.outages, unfixed.repaired) {
            (0, _) => {}
            (all, tried_alone) if all == tried_alone => {
                tried.push(format!("repairing each of {}", counted(all, "outage")));
            }
            (all, some) => tried.push(format!(
                "repairing each of {} of {}",
                count(some),
                counted(all, "outage")
            )),
        }
        if unfixed.planned {
            tried.push("more capacity".to_owned());
            tried.push("more members like those that are there".to_owned());
            if !self.system.placements().is_empty() {
                tried.push("instances that move or take less".to_owned());
            }
        }
        // Limits of probabilities are approached by the contingencies that weigh most.
        if !unfixed.planned && unfixed.tried > 0 {
            tried.push(
                "more capacity and more members against the likeliest contingencies".to_owned(),
            );
        }
        let is_nothing = tried.is_empty();
        let tried = listed(tried);
        let mut said = match unfixed.tried {
            0 if is_nothing => "tried nothing".to_owned(),
            0 => format!("tried {tried}, none of which led to changes worth assessing"),
            1 => format!("tried {tried} (1 set of changes assessed)"),
            n => format!("tried {tried} ({} sets of changes assessed)", count(n)),
        };
        if unfixed.shed {
            said.push_str("; a demand that a response lowers is kept only with `shed = true`");
        }
        if unfixed.all_repaired_holds == Some(false) {
            said.push_str("; repairing everything at once does not hold it either");
        }
        if unfixed.unlimited_holds == Some(false) && unfixed.planned {
            said.push_str("; no capacity holds it, however large: members or paths are missing");
        }
        match unfixed.end {
            None => said.push_str("; ended because nothing was left to try that improves it"),
            Some(end) => said.push_str(&format!("; ended early: {}", ended(end, outcome))),
        }
        document::Unfixed {
            policy: self.policy_name(unfixed.policy),
            reason: said,
            tried: unfixed.tried,
            all_repaired_holds: unfixed.all_repaired_holds,
            unlimited_capacity_holds: unfixed.unlimited_holds,
            ended_early: unfixed.end.is_some(),
        }
    }

    pub(super) fn policy_name(self, policy: usize) -> String {
        self.scenario.policies[policy].name.clone()
    }

    /// Changes as steps, and in words.
    pub(super) fn changes(
        self,
        changes: &[Change],
        context: &FixContext<'_>,
    ) -> (Vec<FixStep>, String) {
        let steps: Vec<FixStep> = changes.iter().map(|c| self.step(c, context)).collect();
        let mut left = MOST_CHARACTERS;
        let fits = |text: &String| {
            let is_first = left == MOST_CHARACTERS;
            let length = text.chars().count();
            let fits = length <= left;
            left = left.saturating_sub(length);
            is_first || fits
        };
        let said = steps.iter().take(MOST_IN_ALL).map(said);
        let mut all: Vec<String> = said.take_while(fits).collect();
        let hidden = steps.len().saturating_sub(all.len());
        if hidden > 0 {
            all.push(format!("{} more", count(hidden as u64)));
        }
        (steps, enumerated(&all))
    }

    fn fix(self, fix: &Fix, context: &FixContext<'_>) -> document::Fix {
        let steps: Vec<FixStep> = fix.changes.iter().map(|c| self.step(c, context)).collect();
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
            new_elsewhere: self.elsewhere(fix),
            holds: fix.holds,
            undecided: fix.undecided.clone(),
            verified: true,
            restore_by: None,
        }
    }

    fn step(self, change: &Change, context: &FixContext<'_>) -> FixStep {
        let bare = |kind, node: NodeId| FixStep {
            kind,
            element: self.id(node),
            amount: None,
            unit: None,
            capacity: None,
            new_capacity: None,
            new_capacity_back: None,
            joins: Vec::new(),
            outside: Vec::new(),
            moved: None,
            takes: None,
            laid: None,
        };
        match change {
            Change::Restore(node) => bare(FixKind::Restore, *node),
            Change::AddCapacity(node, amount) => {
                let [capacity, back] = self.both_ways(*node);
                FixStep {
                    amount: Some(*amount),
                    unit: self.unit(*node),
                    capacity,
                    new_capacity: capacity.map(|c| c + amount),
                    new_capacity_back: back.map(|c| c + amount),
                    ..bare(FixKind::AddCapacity, *node)
                }
            }
            Change::AddMember(member) => FixStep {
                amount: Some(f64::from(member.count)),
                joins: self.joins(member, context),
                outside: self.ids(&member.outside),
                ..bare(FixKind::AddMember, member.like)
            },
            Change::Lay(path) => FixStep {
                amount: Some(f64::from(path.count)),
                laid: Some(self.laid(path)),
                ..bare(FixKind::Lay, path.from)
            },
            Change::Move(instance, host) => FixStep {
                moved: Some(self.relocation(*instance, *host)),
                ..bare(FixKind::Move, *instance)
            },
            Change::Shrink(shrink) => {
                let (takes, less, unit) = self.takes_less(shrink);
                FixStep {
                    amount: Some(less),
                    unit,
                    takes: Some(takes),
                    ..bare(FixKind::Shrink, shrink.instance)
                }
            }
        }
    }

    /// Where a second path runs.
    pub(super) fn laid(self, path: &SecondPath) -> document::Laid {
        document::Laid {
            from: self.id(path.from),
            to: self.id(path.to),
            beside: self.ids(&path.beside),
        }
    }

    /// What a node can carry now, and what a link can carry back where that is a number of its own.
    fn both_ways(self, node: NodeId) -> [Option<f64>; 2] {
        let node = self.system.node(node);
        let back = match node.role {
            Role::Link(link) => link.capacity_back,
            Role::Component | Role::Flow(_) | Role::Service(_) => None,
        };
        [node.capacity, back].map(|c| c.filter(|c| c.is_finite()))
    }

    fn joins(self, member: &Member, context: &FixContext<'_>) -> Vec<Join> {
        let join = |r: &Requirement| Join {
            consumer: self.id(r.consumer),
            group: r.group.as_deref().map(str::to_owned),
            need: match r.need {
                Need::All => 1,
                Need::AtLeast(k) => k,
            },
            becomes_group: r.need == Need::All,
        };
        context.joined(member.like).into_iter().map(join).collect()
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
        format!("{what}: {}", self.account(fix))
    }

    /// What a fix removes, causes and leaves.
    fn account(self, fix: &Fix) -> String {
        let noun = if fix.of == 1 { "breach" } else { "breaches" };
        let (removes, of) = (count(fix.removes), count(fix.of));
        let mut said = format!("removes {removes} of {of} {noun}");
        match fix.new_breaches {
            0 => {}
            1 => said.push_str(", causes a new one"),
            n => said.push_str(&format!(", causes {} new ones", count(n))),
        }
        if fix.remaining > 0 {
            said.push_str(&format!(", leaves {}", count(fix.remaining)));
        }
        if let Some(reason) = &fix.undecided {
            said.push_str(&format!("; not known to hold: {}", short(reason, 120)));
        }
        if !fix.new_elsewhere.is_empty() {
            let others = self.elsewhere(fix).into_iter().map(|e| {
                let noun = if e.breaches == 1 {
                    "breach"
                } else {
                    "breaches"
                };
                let new = count(e.breaches);
                format!(
                    "{new} new {noun} of \u{201c}{}\u{201d}",
                    short(&e.policy, 80)
                )
            });
            said.push_str(&format!("; but causes {}", listed(others.collect())));
        }
        said
    }

    fn elsewhere(self, fix: &Fix) -> Vec<NewElsewhere> {
        let new = fix
            .new_elsewhere
            .iter()
            .map(|&(policy, breaches)| NewElsewhere {
                policy: self.policy_name(policy),
                breaches,
            });
        new.collect()
    }
}

/// Why a search ended.
fn ended(end: End, outcome: &FixOutcome) -> String {
    match end {
        End::Outages => "only the first outages were tried".to_owned(),
        End::States => format!(
            "at most {} states are looked at, a share of them for each policy",
            count(outcome.most_states)
        ),
        End::Runs => format!(
            "the estate is assessed anew at most {} times, a share of them for each policy",
            count(outcome.most_runs)
        ),
        End::Simulations => "no more simulations of changed estates are made".to_owned(),
        End::Memory => "a sweep would take more memory than it may".to_owned(),
        End::Interrupted => "interrupted".to_owned(),
    }
}

fn listed(mut parts: Vec<String>) -> String {
    if parts.len() > MOST_SHOWN {
        let hidden = parts.len() - (MOST_SHOWN - 1);
        parts.truncate(MOST_SHOWN - 1);
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
    if let Some(moved) = &step.moved {
        return move_words(moved);
    }
    if let Some(takes) = &step.takes {
        return shrink_words(&step.element, step.amount, unit, takes);
    }
    if let Some(laid) = &step.laid {
        return path_words(laid, step.amount);
    }
    match step.kind {
        FixKind::Restore
        | FixKind::Combination
        | FixKind::Move
        | FixKind::Shrink
        | FixKind::Lay => {
            format!("restore {element}")
        }
        FixKind::AddCapacity => {
            let to = match (step.new_capacity, step.new_capacity_back) {
                (None, None) => String::new(),
                (Some(c), None) => format!(" (to {})", quantity(c)),
                (None, Some(back)) => format!(" (back to {})", quantity(back)),
                (Some(c), Some(back)) => {
                    format!(" (to {}, back to {})", quantity(c), quantity(back))
                }
            };
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
