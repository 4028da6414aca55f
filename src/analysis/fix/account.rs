//! Breaches, counted. In: judgements before and after changes. Out: what was removed, what is new,
//! what is left. Promises: left = before − removed + new, always; a breach is the same one only if
//! policy, service, load case, status and what fails are the same: elements, or a contingency by its name.

use crate::analysis::policy::{Judgement, PolicyBreach, PolicyOutcome};
use crate::model::{CaseId, NodeId, Placements, Policy, Scenario, Status};
use std::collections::BTreeSet;

/// A state to cure: a contingency at a load case, and the service that it harms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wish {
    pub service: NodeId,
    pub case: CaseId,
    /// What fails beside the known outages; nothing where a named contingency says what does.
    pub elements: Vec<NodeId>,
    /// The named contingency: an index into [`Scenario::contingencies`](crate::model::Scenario).
    pub named: Option<usize>,
    /// Whether it is cured once nothing trips in it, whatever becomes of the service.
    pub calm: bool,
    /// Whether it is cured once every instance up to this priority runs, whatever becomes of the service.
    pub runs: Option<Runs>,
}

/// Which instances a policy wants to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::analysis) struct Runs {
    /// Those of a priority up to this; `None`: every one.
    pub priority: Option<u32>,
}

impl Runs {
    /// Those that a policy wants where a breach of it is that some of them do not.
    pub fn asked(policy: &Policy, breach: &PolicyBreach) -> Option<Self> {
        let asked = policy.restarts.filter(|_| !breach.unplaced.is_empty())?;
        Some(Self {
            priority: asked.priority,
        })
    }

    /// Whether an instance is one of them.
    pub fn wants(self, placements: &Placements, instance: NodeId) -> bool {
        let priority = placements.of(instance).and_then(|p| p.priority);
        self.priority
            .is_none_or(|most| priority.is_some_and(|p| p <= most))
    }
}

/// A breach of one policy, as what makes it the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Breach {
    pub wish: Wish,
    pub status: Status,
    /// Of a limit of a probability, not of a contingency.
    pub chance: bool,
    /// Of hours of the horizon, and not of the load case.
    pub over_horizon: bool,
    /// Of a demand that a named contingency lowers: no change to the estate keeps such a service.
    pub shed: bool,
}

impl Breach {
    /// Whether plans are made to cure it: probabilities have a search of their own.
    pub fn is_for_plans(&self) -> bool {
        !self.chance && !self.shed && self.is_harm()
    }

    /// What makes it the same breach in a changed estate. One that instances run nowhere is the same whatever becomes
    /// of the service that shows it, and whichever shows it.
    fn identity(&self) -> Self {
        let mut same = self.clone();
        if same.wish.runs.is_some() {
            same.status = Status::Ok;
            same.wish.service = NodeId(0);
        }
        same
    }

    /// Whether something is lost in it that a change might keep.
    fn is_harm(&self) -> bool {
        self.status.is_harm() || self.wish.calm || self.wish.runs.is_some()
    }
}

/// One policy, judged.
#[derive(Clone, Debug, Default)]
pub(super) struct JudgedPolicy {
    /// In order of urgency.
    pub breaches: Vec<Breach>,
    /// Demand fractions that are not delivered in the breaches, together.
    short: f64,
    pub holds: Option<bool>,
    /// Why it cannot be said to hold, or why breaches are missing here.
    pub reason: Option<String>,
}

/// Every policy, judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    pub policies: Vec<JudgedPolicy>,
}

impl Judged {
    /// What was judged of the policies of a scenario.
    pub fn of(scenario: &Scenario, judgement: &Judgement) -> Self {
        let policies = scenario.policies.iter().zip(&judgement.policies);
        Self {
            policies: policies.map(|(p, o)| JudgedPolicy::of(p, o)).collect(),
        }
    }
}

impl JudgedPolicy {
    fn of(policy: &Policy, outcome: &PolicyOutcome) -> Self {
        let breaches = outcome.breaches.iter().map(|b| Breach {
            wish: Wish {
                service: b.service,
                case: b.case,
                // What it fails may be more in a changed estate: new members go with the old ones.
                elements: match b.contingency {
                    Some(_) => Vec::new(),
                    None => b.elements.clone(),
                },
                named: b.contingency,
                calm: b.trips.is_some(),
                runs: Runs::asked(policy, b),
            },
            status: b.status,
            chance: b.probability.is_some(),
            over_horizon: b.over_horizon,
            shed: b.shed.is_some(),
        });
        let delivered = outcome.breaches.iter().filter_map(|b| b.delivered);
        Self {
            breaches: breaches.collect(),
            short: delivered.map(|d| 1.0 - d).sum(),
            holds: outcome.holds,
            reason: outcome.reason.clone(),
        }
    }
}

/// How bad it is; smaller is better: what harms with fewer failures weighs more than any number of
/// contingencies of higher orders.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Harm {
    /// How many breaches there are of each order, from none failed.
    by_order: Vec<u64>,
    short: f64,
}

impl Harm {
    pub fn is_none(&self) -> bool {
        self.by_order.iter().all(|&n| n == 0)
    }

    /// Whether there are fewer breaches at the lowest order at which they differ.
    pub fn is_less(&self, other: &Self) -> bool {
        self.compare(other).is_lt()
    }

    /// Whether this is better by more than rounding.
    pub fn beats(&self, other: &Self) -> bool {
        match self.compare(other) {
            std::cmp::Ordering::Equal => self.short < other.short - 1e-9,
            order => order.is_lt(),
        }
    }

    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let orders = self.by_order.len().max(other.by_order.len());
        let at = |harm: &Self, order: usize| harm.by_order.get(order).copied().unwrap_or(0);
        (0..orders)
            .map(|order| at(self, order).cmp(&at(other, order)))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}

/// What changes do to one policy, or to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub before: u64,
    pub removed: u64,
    pub new: u64,
    pub after: u64,
}

impl Judged {
    fn asked(&self, policy: Option<usize>) -> impl Iterator<Item = (usize, &JudgedPolicy)> {
        let all = self.policies.iter().enumerate();
        all.filter(move |(p, _)| policy.is_none_or(|asked| *p == asked))
    }

    /// Breaches by contingencies of one policy, or of all.
    pub fn harm(&self, policy: Option<usize>) -> Harm {
        let mut harm = Harm::default();
        for (_, judged) in self.asked(policy) {
            harm.short += judged.short;
            let harms = |b: &&Breach| !b.chance && b.is_harm();
            for breach in judged.breaches.iter().filter(harms) {
                // What has a name is expected: it weighs as much as what fails alone.
                let order = breach.wish.named.map_or(breach.wish.elements.len(), |_| 1);
                if harm.by_order.len() <= order {
                    harm.by_order.resize(order + 1, 0);
                }
                harm.by_order[order] += 1;
            }
        }
        harm
    }

    /// What became of the breaches before, of one policy or of all.
    pub fn account(&self, before: &Self, policy: Option<usize>) -> Account {
        let mut account = Account {
            before: 0,
            removed: 0,
            new: 0,
            after: 0,
        };
        for (p, then) in before.asked(policy) {
            let then: BTreeSet<Breach> = then.breaches.iter().map(Breach::identity).collect();
            let now = &self.policies[p].breaches;
            let now: BTreeSet<Breach> = now.iter().map(Breach::identity).collect();
            account.before += then.len() as u64;
            account.after += now.len() as u64;
            account.removed += then.difference(&now).count() as u64;
            account.new += now.difference(&then).count() as u64;
        }
        account
    }

    /// New breaches of all other policies, for those that have some.
    pub fn elsewhere(&self, before: &Self, policy: usize) -> Vec<(usize, u64)> {
        let others = (0..self.policies.len()).filter(|&p| p != policy);
        let new = others.map(|p| (p, self.account(before, Some(p)).new));
        new.filter(|(_, new)| *new > 0).collect()
    }

    /// Whether one policy holds, or all: everything that it asks for was computed and is kept.
    pub fn holds(&self, policy: Option<usize>) -> bool {
        self.asked(policy).all(|(_, p)| p.holds == Some(true))
    }

    /// Why a policy, or some policy, cannot be said to hold although it has no breach.
    pub fn undecided(&self, policy: Option<usize>) -> Option<&str> {
        let mut open = self.asked(policy).filter(|(_, p)| p.holds.is_none());
        open.find_map(|(_, p)| p.reason.as_deref())
    }
}
