//! What two results say on the whole, against each other. In: their policies, base states and counts.
//! Out: what is judged differently, other headroom, other counts. Promises: numbers that differ by
//! rounding are the same; what one side did not compute is not compared.

use super::super::document::diff::{CountChange, Counts, HeadroomChange, PolicyChange, ServiceAt};
use super::super::document::{OrderCount, PolicyResult, State, Sweep};
use super::rounding::same;
use crate::model::Status;
use std::collections::{BTreeMap, BTreeSet};

/// Policies that are judged differently, or have other numbers of breaches: newly breached ones first,
/// then those that hold now, then the others, each by name.
#[must_use]
pub fn policies(old: &[PolicyResult], new: &[PolicyResult]) -> Vec<PolicyChange> {
    type Judged = (Option<bool>, u64);
    let by_name = |all: &[PolicyResult]| -> BTreeMap<String, Judged> {
        let judged = |p: &PolicyResult| (p.name.clone(), (p.holds, p.breaches.len() as u64));
        all.iter().map(judged).collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changes: Vec<PolicyChange> = all
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| PolicyChange {
            name: name.clone(),
            old: old.get(name).and_then(|j| j.0),
            new: new.get(name).and_then(|j| j.0),
            old_breaches: old.get(name).map(|j| j.1),
            new_breaches: new.get(name).map(|j| j.1),
        })
        .collect();
    changes.sort_by_key(|c| (!c.is_worse(), c.old == c.new));
    changes
}

/// Services whose headroom changed and that work in both base states: by load case and id. Where one
/// side says nothing of a service there is nothing to compare.
#[must_use]
pub fn headroom(old: &[State], new: &[State]) -> Vec<HeadroomChange> {
    let mut was = BTreeMap::new();
    for state in old {
        for s in &state.services {
            was.insert(ServiceAt::new(&s.id, &state.load_case), s);
        }
    }
    let mut changes = Vec::new();
    for state in new {
        for is in &state.services {
            let Some(was) = was.get(&ServiceAt::new(&is.id, &state.load_case)) else {
                continue;
            };
            let works = was.status != Status::Down && is.status != Status::Down;
            // What is compared is the growth factor: a headroom may be 0.
            let factor = |h: Option<f64>| h.map(|h| 1.0 + h);
            if works && !same(factor(was.headroom), factor(is.headroom)) {
                changes.push(HeadroomChange {
                    service: is.id.clone(),
                    load_case: state.load_case.clone(),
                    old: was.headroom,
                    new: is.headroom,
                    old_limit: was.limit.clone(),
                    new_limit: is.limit.clone(),
                });
            }
        }
    }
    changes
}

/// Services of which other numbers of contingencies are harmful, up to an order.
#[must_use]
pub fn counts(old: &Sweep, new: &Sweep, order: u32) -> Vec<CountChange> {
    let mut was = BTreeMap::new();
    for s in &old.services {
        was.insert(ServiceAt::new(&s.id, &s.load_case), &s.orders);
    }
    let mut changes = Vec::new();
    for s in &new.services {
        let Some(then) = was.get(&ServiceAt::new(&s.id, &s.load_case)) else {
            continue;
        };
        for order in 1..=order {
            let key = order.to_string();
            let of = |all: &BTreeMap<String, OrderCount>| all.get(&key).map(count);
            let (Some(old), Some(new)) = (of(then), of(&s.orders)) else {
                continue;
            };
            if differ(old, new) {
                changes.push(CountChange {
                    service: s.id.clone(),
                    load_case: s.load_case.clone(),
                    order,
                    old,
                    new,
                });
            }
        }
    }
    changes
}

fn count(c: &OrderCount) -> Counts {
    Counts {
        down: c.down,
        degraded: c.degraded,
        at_risk: c.at_risk,
    }
}

fn differ(old: Counts, new: Counts) -> bool {
    let differ = |x: Option<u64>, y: Option<u64>| matches!((x, y), (Some(x), Some(y)) if x != y);
    differ(old.down, new.down)
        || differ(old.degraded, new.degraded)
        || differ(old.at_risk, new.at_risk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(name: &str, holds: Option<bool>) -> PolicyResult {
        PolicyResult {
            name: name.to_owned(),
            services: Vec::new(),
            load_cases: Vec::new(),
            holds,
            reason: None,
            breaches: Vec::new(),
            waived: Vec::new(),
            lapsed: Vec::new(),
        }
    }

    #[test]
    fn newly_breached_policies_come_first_and_what_did_not_change_is_not_told() {
        let old = [
            policy("a", Some(false)),
            policy("b", Some(true)),
            policy("c", Some(true)),
        ];
        let new = [
            policy("a", Some(true)),
            policy("b", Some(true)),
            policy("c", Some(false)),
            policy("d", None),
        ];
        let found = policies(&old, &new);
        let names: Vec<&str> = found.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["c", "a", "d"]);
        assert!(found[0].is_worse() && !found[1].is_worse());
        assert_eq!(
            (found[2].old_breaches, found[2].new_breaches),
            (None, Some(0))
        );
        assert!(policies(&new, &new).is_empty());
    }

    #[test]
    fn what_was_not_computed_is_no_change() {
        let some = Counts {
            down: Some(1),
            degraded: Some(2),
            at_risk: Some(3),
        };
        let unknown = Counts {
            at_risk: None,
            ..some
        };
        assert!(!differ(some, unknown) && !differ(unknown, some));
        let more = Counts {
            down: Some(2),
            ..unknown
        };
        assert!(differ(some, more));
    }
}
