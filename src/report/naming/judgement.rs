//! Judged policies with names on, and the verdict over all of them.

use super::Naming;
use crate::analysis::{Incomplete, Judgement, PolicyBreach, PolicyOutcome, VerdictWord};
use crate::model::{Policy, Status, short};
use crate::report::document::{Breach, LapsedWaiver, PolicyResult, State, Verdict, Waived};
use crate::report::number::{bytes, count, enumerated, percent};
use std::collections::BTreeMap;

impl Naming<'_> {
    /// Every policy, in the order of the scenario.
    #[must_use]
    pub fn policies(self, judgement: &Judgement) -> Vec<PolicyResult> {
        let policies = self.scenario.policies.iter();
        policies
            .zip(&judgement.policies)
            .map(|(policy, outcome)| self.policy(policy, outcome))
            .collect()
    }

    /// A warning for every waiver that covers nothing.
    #[must_use]
    pub fn unmatched(self, judgement: &Judgement) -> Vec<String> {
        let tell = |&w: &usize| {
            let waiver = &self.scenario.waivers[w];
            format!(
                "a waiver of \"{}\" (owner {}) covers no breach as things stand: correct it, or take it out if no \
                 plan or repair leads to one",
                short(&self.scenario.policies[waiver.policy].name, 80),
                short(&waiver.owner, 40),
            )
        };
        judgement.unmatched.iter().map(tell).collect()
    }

    fn policy(self, policy: &Policy, outcome: &PolicyOutcome) -> PolicyResult {
        let waiver = |w: usize| &self.scenario.waivers[w];
        PolicyResult {
            name: policy.name.clone(),
            services: self.ids(&policy.services),
            load_cases: policy.cases.iter().map(|&c| self.case(c)).collect(),
            holds: outcome.holds,
            reason: outcome.reason.clone(),
            breaches: outcome.breaches.iter().map(|b| self.breach(b)).collect(),
            waived: outcome
                .waived
                .iter()
                .map(|(breach, w)| Waived {
                    breach: self.breach(breach),
                    reason: waiver(*w).reason.clone(),
                    owner: waiver(*w).owner.clone(),
                    expires: waiver(*w).expires.clone(),
                })
                .collect(),
            lapsed: outcome
                .lapsed
                .iter()
                .map(|(w, why)| LapsedWaiver {
                    reason: waiver(*w).reason.clone(),
                    owner: waiver(*w).owner.clone(),
                    expires: waiver(*w).expires.clone(),
                    why: why.clone(),
                })
                .collect(),
        }
    }

    pub(super) fn breach(self, breach: &PolicyBreach) -> Breach {
        Breach {
            service: self.id(breach.service),
            case: self.case(breach.case),
            elements: self.ids(&breach.elements),
            contingency: breach
                .contingency
                .map(|at| self.scenario.contingencies[at].name.clone()),
            shed: breach.shed,
            status: breach.status,
            delivered: breach.delivered,
            probability: breach.probability,
            allowed: breach.allowed,
            over_horizon: breach.over_horizon,
            trips: breach.trips,
            unplaced: self.ids(&breach.unplaced),
        }
    }
}

/// The verdict over judged policies and base states. `peak` is the index of the state that counts
/// for the services; `interrupted` makes the verdict incomplete whatever was found.
#[must_use]
pub fn verdict(
    policies: &[PolicyResult],
    base: &[State],
    peak: usize,
    interrupted: bool,
) -> Verdict {
    let held = policies.iter().filter(|p| p.holds == Some(true)).count();
    let breached = policies.iter().filter(|p| p.holds == Some(false)).count();
    let result = if interrupted {
        VerdictWord::Incomplete
    } else {
        VerdictWord::over(policies.iter().map(|p| p.holds))
    };
    let mut services = BTreeMap::new();
    for s in base.get(peak).iter().flat_map(|b| &b.services) {
        *services.entry(s.status.word().to_owned()).or_insert(0) += 1;
    }
    let about = base.get(peak).map(about_services).unwrap_or_default();
    let policies_said = about_policies(policies.len(), held, breached, interrupted);
    Verdict {
        result,
        summary: format!("{policies_said}{about}"),
        policies_held: held,
        policies: policies.len(),
        services,
        interrupted: false,
    }
}

/// Why something is not complete, given the most memory that a sweep may take.
#[must_use]
pub fn incomplete(why: Incomplete, most: Option<u64>) -> String {
    match (why, most) {
        (Incomplete::Memory(needs), Some(most)) => format!(
            "order {} would take about {} of memory, and --max-memory allows {}",
            needs.order,
            bytes(needs.bytes),
            bytes(most)
        ),
        (Incomplete::Memory(needs), None) => format!(
            "order {} would take about {} of memory, more than it may",
            needs.order,
            bytes(needs.bytes)
        ),
        (Incomplete::Interrupted, _) => "interrupted".to_owned(),
    }
}

fn about_policies(all: usize, held: usize, breached: usize, interrupted: bool) -> String {
    let early = if interrupted {
        "The run ended early. "
    } else {
        ""
    };
    let open = all - held - breached;
    let said = match (all, breached, open) {
        (0, ..) => "The scenario has no policy.".to_owned(),
        (1, 0, 0) => "The policy holds.".to_owned(),
        (1, 1, _) => "The policy is breached.".to_owned(),
        (1, 0, _) => "The policy could not be judged.".to_owned(),
        (n, 0, 0) => format!("All {n} policies hold."),
        (n, 0, open) => format!("{open} of {n} policies could not be judged."),
        (n, b, 0) => format!("{b} of {n} policies {} breached.", is_are(b)),
        (n, b, open) => format!(
            "{b} of {n} policies {} breached, {open} could not be judged.",
            is_are(b)
        ),
    };
    format!("{early}{said}")
}

fn is_are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// `with st derated`, where nothing has failed.
fn derated(state: &State) -> String {
    let names: Vec<String> = state.derate.keys().map(|id| short(id, 40)).collect();
    match names.as_slice() {
        few if few.len() <= 3 => format!("with {} derated", enumerated(few)),
        many => format!("with {} components derated", count(many.len() as u64)),
    }
}

/// What the base state of one case says about its services.
fn about_services(state: &State) -> String {
    let with = |status: Status| state.services.iter().filter(move |s| s.status == status);
    let outages = match state.down.as_slice() {
        [] if !state.derate.is_empty() => derated(state),
        [] => "with nothing failed".to_owned(),
        few if few.len() <= 3 => {
            let names: Vec<String> = few.iter().map(|d| short(d, 40)).collect();
            format!("with {} out", names.join(" and "))
        }
        many => format!("with {} elements out", count(many.len() as u64)),
    };
    let mut said = Vec::new();
    for status in [Status::Down, Status::Degraded, Status::AtRisk] {
        let n = with(status).count();
        let detail = match (with(status).next(), n, status) {
            (Some(s), 1, Status::Degraded) => format!(
                "{} is degraded (gets {} of its demand)",
                short(&s.id, 40),
                percent(s.delivered)
            ),
            (Some(s), 1, _) => format!("{} is {}", short(&s.id, 40), status.word()),
            (Some(_), n, _) => format!("{} services are {}", count(n as u64), status.word()),
            (None, ..) => continue,
        };
        said.push(detail);
    }
    let all = if state.services.is_empty() {
        "there is no service".to_owned()
    } else {
        "every service is ok".to_owned()
    };
    let said = if said.is_empty() {
        all
    } else {
        said.join(", ")
    };
    format!(" At {}, {outages}, {said}.", short(&state.load_case, 40))
}
