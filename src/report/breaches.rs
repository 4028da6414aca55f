//! Many breaches of a policy in few lines. In: breaches. Out: groups of them, the worst first, and a sentence for
//! each. Promises: every breach is in exactly one group; within a group the same services are harmed to the same
//! status by each of its contingencies.

use super::document::Breach;
use super::ids::{contingency, named};
use super::number::{count, percent};
use super::order::together;
use super::style;
use crate::model::{Status, short};
use std::cmp::Reverse;

/// Contingencies that are named in one sentence, where that is all of them.
const NAMED: usize = 6;
/// As many are named of more.
const EXAMPLES: usize = 3;

/// Breaches that one sentence says.
pub(in crate::report) struct Group<'a> {
    /// Each of its contingencies with each of its services; never empty.
    breaches: Vec<&'a Breach>,
    services: Vec<&'a str>,
    contingencies: Vec<&'a [String]>,
}

/// Breaches of states of the sweep, the worst first: of the fewest elements, down before degraded, with the most
/// services. What every contingency of a group does, it does to all services of the group; how much each of them gets
/// may differ.
pub(in crate::report) fn grouped<'a>(breaches: &[&'a Breach]) -> Vec<Group<'a>> {
    let by_contingency = together(breaches.iter().copied(), |b| {
        (b.case.as_str(), b.status, b.elements.as_slice())
    });
    let alike = together(by_contingency, |group| {
        let services: Vec<&str> = group.iter().map(|b| b.service.as_str()).collect();
        (group[0].case.as_str(), group[0].status, services)
    });
    let mut groups: Vec<Group<'a>> = alike.into_iter().map(Group::new).collect();
    groups.sort_by_key(|group| {
        let first = group.breaches[0];
        (
            first.elements.len(),
            Reverse(first.status),
            Reverse(group.services.len()),
        )
    });
    groups
}

/// Whether a breach is of a state of the sweep and says no more than who gets how much in it: not of a probability, a
/// named contingency, a trip, or an instance that runs nowhere.
pub(in crate::report) fn is_of_sweep(b: &Breach) -> bool {
    b.probability.is_none() && b.contingency.is_none() && b.trips.is_none() && b.unplaced.is_empty()
}

impl<'a> Group<'a> {
    fn new(by_contingency: Vec<Vec<&'a Breach>>) -> Self {
        Self {
            services: by_contingency[0]
                .iter()
                .map(|b| b.service.as_str())
                .collect(),
            contingencies: by_contingency
                .iter()
                .map(|group| group[0].elements.as_slice())
                .collect(),
            breaches: by_contingency.into_iter().flatten().collect(),
        }
    }

    /// How many breaches it says.
    pub(in crate::report) fn len(&self) -> usize {
        self.breaches.len()
    }

    /// `orders and 87 more at quarter-end: ▲ degraded, get 57.7 % to 97.6 % if agg-1a or agg-1b fails`.
    pub(in crate::report) fn sentence(&self) -> String {
        let first = self.breaches[0];
        format!(
            "{} at {}: {}{} {}",
            named(&self.services),
            short(&first.case, 30),
            style::status(first.status),
            self.gets(),
            self.when()
        )
    }

    /// What the services get, from the least to the most.
    fn gets(&self) -> String {
        if self.breaches[0].status != Status::Degraded {
            return String::new();
        }
        let all = self.breaches.iter().filter_map(|b| b.delivered);
        let Some(least) = all.clone().reduce(f64::min) else {
            return String::new();
        };
        let (least, most) = (percent(least), percent(all.fold(0.0, f64::max)));
        let verb = if self.services.len() == 1 {
            "gets"
        } else {
            "get"
        };
        if least == most {
            format!(", {verb} {least}")
        } else {
            format!(", {verb} {least} to {most}")
        }
    }

    fn when(&self) -> String {
        let elements = self.contingencies[0].len();
        if elements == 0 {
            return "in the base state".to_owned();
        }
        let of_one_size = self.contingencies.iter().all(|c| c.len() == elements);
        let fails = if of_one_size && elements == 1 {
            "fails"
        } else {
            "fail"
        };
        let all = self.contingencies.len();
        let most = if all <= NAMED { NAMED } else { EXAMPLES };
        let shown = self.contingencies.iter().take(most);
        let mut names: Vec<String> = shown.map(|elements| contingency(elements)).collect();
        match all.saturating_sub(most) {
            0 => {}
            more => names.push(format!("any of {} more", count(more as u64))),
        }
        format!("if {} {fails}", alternatives(&names))
    }
}

/// `a, b or c`.
fn alternatives(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breach(service: &str, elements: &[&str], status: Status, delivered: f64) -> Breach {
        Breach {
            service: service.to_owned(),
            case: "peak".to_owned(),
            elements: elements.iter().map(|&e| e.to_owned()).collect(),
            status,
            delivered: Some(delivered),
            contingency: None,
            shed: None,
            probability: None,
            allowed: None,
            over_horizon: false,
            trips: None,
            unplaced: Vec::new(),
        }
    }

    #[test]
    fn the_worst_comes_first_and_what_does_the_same_stands_together() {
        use Status::{Degraded, Down};
        let all = [
            breach("a", &["x1"], Degraded, 0.5),
            breach("a", &["x2"], Degraded, 0.75),
            breach("a", &["site"], Down, 0.0),
            breach("b", &["site"], Down, 0.0),
            breach("c", &["site"], Degraded, 0.9),
            breach("c", &["x1", "y"], Down, 0.0),
            breach("b", &["x1"], Degraded, 0.6),
            breach("b", &["x2"], Degraded, 0.7),
        ];
        let all: Vec<&Breach> = all.iter().collect();
        let groups = grouped(&all);
        let said: Vec<String> = groups.iter().map(Group::sentence).collect();
        assert_eq!(
            said,
            [
                "a and b at peak: ✗ down if site fails",
                "a and b at peak: ▲ degraded, get 50 % to 75 % if x1 or x2 fails",
                "c at peak: ▲ degraded, gets 90 % if site fails",
                "c at peak: ✗ down if x1 + y fail",
            ]
        );
        let counted: usize = groups.iter().map(Group::len).sum();
        assert_eq!(counted, all.len());
    }

    #[test]
    fn of_many_alternatives_a_few_are_named_and_the_rest_is_counted() {
        let all: Vec<Breach> = (0..9)
            .map(|i| breach("a", &[&format!("x{i}")], Status::Degraded, 0.5))
            .collect();
        let all: Vec<&Breach> = all.iter().collect();
        let groups = grouped(&all);
        assert_eq!(groups.len(), 1);
        let said = groups[0].sentence();
        assert!(
            said.ends_with("gets 50 % if x0, x1, x2 or any of 6 more fails"),
            "{said}"
        );
    }
}
