//! Two results against each other. In: documents of the same command or not, as long as they hold
//! states or a sweep. Out: a [`Diff`]. Promises: reads results, never the engine; what only one side
//! computed is not compared, and said.

use super::document::diff::{Change, Diff, Direction, Harm, PolicyChange, ServiceAt, Side, Totals};
use super::document::{Assess, Head, Input, PolicyResult, State, Sweep, SweepResult, WhatIf};
use super::naming::head;
use crate::model::Status;
use std::collections::{BTreeMap, BTreeSet};

/// Fractions that differ by less are the same.
const SAME: f64 = 1e-9;

/// A result that can be compared.
#[derive(Clone, Debug)]
pub enum Compared {
    /// One state.
    WhatIf(Box<WhatIf>),
    /// A sweep.
    Sweep(Box<SweepResult>),
    /// An assessment.
    Assess(Box<Assess>),
}

/// What one side says: the harm of every contingency that it lists, by service and load case.
struct Said<'a> {
    head: &'a Head,
    order: u32,
    complete: bool,
    cut: bool,
    harm: BTreeMap<ServiceAt, BTreeMap<Vec<String>, Harm>>,
    policies: &'a [PolicyResult],
}

/// New, fixed, worse and better, from `old` to `new`.
#[must_use]
pub fn diff(old: &Compared, new: &Compared, inputs: Vec<Input>) -> Diff {
    let (old, new) = (said(old), said(new));
    let order = old.order.min(new.order);
    let mut changes = Vec::new();
    let services: BTreeSet<&ServiceAt> = old.harm.keys().chain(new.harm.keys()).collect();
    let nothing = BTreeMap::new();
    for service in services {
        let was = old.harm.get(service).unwrap_or(&nothing);
        let is = new.harm.get(service).unwrap_or(&nothing);
        let sets: BTreeSet<&Vec<String>> = was.keys().chain(is.keys()).collect();
        for elements in sets.into_iter().filter(|e| e.len() <= order as usize) {
            changes.extend(change(service, elements, was, is));
        }
    }
    changes.sort_by(|x, y| {
        let rank = |c: &Change| (c.direction, c.new.status.max(c.old.status));
        let (x_rank, y_rank) = (rank(x), rank(y));
        x_rank.0.cmp(&y_rank.0).then(y_rank.1.cmp(&x_rank.1))
    });
    Diff {
        head: head("diff", inputs, warnings(&old, &new, order)),
        old: side(&old),
        new: side(&new),
        compared_order: order,
        totals: totals(&changes),
        changed_inputs: changed_inputs(old.head, new.head),
        policies: policies(old.policies, new.policies),
        changes,
    }
}

fn said(result: &Compared) -> Said<'_> {
    let mut harm = BTreeMap::new();
    let (head, sweep, policies): (_, Option<&Sweep>, &[PolicyResult]) = match result {
        Compared::WhatIf(w) => {
            add_states(std::slice::from_ref(&w.state), &mut harm);
            (&w.head, None, &[])
        }
        Compared::Sweep(s) => (&s.head, Some(&s.sweep), &[]),
        Compared::Assess(a) => {
            add_states(&a.base, &mut harm);
            (&a.head, Some(&a.sweep), &a.policies)
        }
    };
    if let Some(sweep) = sweep {
        add_sweep(sweep, &mut harm);
    }
    let orders = sweep.map(|s| s.contingencies.keys().filter_map(|k| k.parse().ok()).max());
    Said {
        head,
        order: orders.flatten().unwrap_or(0),
        complete: sweep.is_none_or(|s| s.complete),
        cut: sweep.is_some_and(|s| {
            let cut = |v: &super::document::ServiceSweep| v.minimal_count > v.minimal.len() as u64;
            s.services.iter().any(cut)
        }),
        harm,
        policies,
    }
}

fn add_states(states: &[State], harm: &mut BTreeMap<ServiceAt, BTreeMap<Vec<String>, Harm>>) {
    for state in states {
        for s in &state.services {
            let found = Harm {
                status: s.status,
                delivered: s.delivered,
            };
            let at = ServiceAt::new(&s.id, &state.load_case);
            harm.entry(at).or_default().insert(Vec::new(), found);
        }
    }
}

fn add_sweep(sweep: &Sweep, harm: &mut BTreeMap<ServiceAt, BTreeMap<Vec<String>, Harm>>) {
    for s in &sweep.services {
        let sets = harm.entry(ServiceAt::new(&s.id, &s.load_case)).or_default();
        let base = Harm {
            status: s.base.status,
            delivered: s.base.delivered,
        };
        sets.insert(Vec::new(), base);
        for m in &s.minimal {
            let found = Harm {
                status: m.status,
                delivered: m.delivered,
            };
            sets.insert(m.elements.clone(), found);
        }
    }
}

/// What a side says of a contingency: the worst of what it lists for it and for any part of it. Being
/// at risk is a property of the base state and passes to no contingency.
fn effective(elements: &[String], listed: &BTreeMap<Vec<String>, Harm>) -> Harm {
    let parts = listed.iter().filter(|(part, harm)| {
        part.len() == elements.len() && part.as_slice() == elements
            || harm.status.is_harm()
                && part.len() < elements.len()
                && part.iter().all(|p| elements.binary_search(p).is_ok())
    });
    let worst = parts.map(|(_, harm)| *harm).max_by(|x, y| {
        let by_status = x.status.cmp(&y.status);
        by_status.then(y.delivered.total_cmp(&x.delivered))
    });
    worst.unwrap_or(Harm::NONE)
}

fn change(
    service: &ServiceAt,
    elements: &[String],
    was: &BTreeMap<Vec<String>, Harm>,
    is: &BTreeMap<Vec<String>, Harm>,
) -> Option<Change> {
    let (old, new) = (effective(elements, was), effective(elements, is));
    let direction = direction(old, new)?;
    Some(Change {
        direction,
        service: service.service.clone(),
        load_case: service.load_case.clone(),
        elements: elements.to_vec(),
        old,
        new,
    })
}

fn direction(old: Harm, new: Harm) -> Option<Direction> {
    let less = |x: f64, y: f64| x < y - SAME;
    match (old.status, new.status) {
        (Status::Ok, Status::Ok) => None,
        (Status::Ok, _) => Some(Direction::New),
        (_, Status::Ok) => Some(Direction::Fixed),
        (x, y) if x < y => Some(Direction::Worse),
        (x, y) if x > y => Some(Direction::Better),
        _ if less(new.delivered, old.delivered) => Some(Direction::Worse),
        _ if less(old.delivered, new.delivered) => Some(Direction::Better),
        _ => None,
    }
}

fn totals(changes: &[Change]) -> Totals {
    let count = |d| changes.iter().filter(|c| c.direction == d).count() as u64;
    Totals {
        new: count(Direction::New),
        worse: count(Direction::Worse),
        better: count(Direction::Better),
        fixed: count(Direction::Fixed),
    }
}

fn side(said: &Said<'_>) -> Side {
    Side {
        schema: said.head.schema.clone(),
        tool: said.head.tool.clone(),
        order: said.order,
        complete: said.complete,
    }
}

/// Paths whose bytes differ, or that only one side read.
fn changed_inputs(old: &Head, new: &Head) -> Vec<String> {
    let by_path = |head: &Head| -> BTreeMap<String, String> {
        let pairs = head.inputs.iter();
        pairs.map(|i| (i.path.clone(), i.sha256.clone())).collect()
    };
    let (old, new) = (by_path(old), by_path(new));
    let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |path: &&&String| old.get(**path) != new.get(**path);
    all.iter().filter(differs).map(|p| (*p).clone()).collect()
}

fn policies(old: &[PolicyResult], new: &[PolicyResult]) -> Vec<PolicyChange> {
    let by_name = |all: &[PolicyResult]| -> BTreeMap<String, Option<bool>> {
        all.iter().map(|p| (p.name.clone(), p.holds)).collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    all.into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| PolicyChange {
            name: name.clone(),
            old: old.get(name).copied().flatten(),
            new: new.get(name).copied().flatten(),
        })
        .collect()
}

fn warnings(old: &Said<'_>, new: &Said<'_>, order: u32) -> Vec<String> {
    let mut all = Vec::new();
    if old.order != new.order {
        all.push(format!(
            "the old result goes to order {}, the new one to order {}: only contingencies up to \
             order {order} are compared",
            old.order, new.order
        ));
    }
    for (name, said) in [("old", old), ("new", new)] {
        if !said.complete {
            all.push(format!("the sweep of the {name} result is incomplete"));
        }
        if said.cut {
            all.push(format!(
                "the {name} result does not list all its minimal sets: what it leaves out is not compared"
            ));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn harm(status: Status, delivered: f64) -> Harm {
        Harm { status, delivered }
    }

    fn sets(all: &[(&[&str], Status, f64)]) -> BTreeMap<Vec<String>, Harm> {
        let one = |(e, s, d): &(&[&str], Status, f64)| {
            (e.iter().map(|e| (*e).to_owned()).collect(), harm(*s, *d))
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn a_change_has_one_direction() {
        use Status::{AtRisk, Degraded, Down, Ok};
        let of = |o: (Status, f64), n: (Status, f64)| direction(harm(o.0, o.1), harm(n.0, n.1));
        assert_eq!(of((Ok, 1.0), (Ok, 1.0)), None);
        assert_eq!(of((Ok, 1.0), (AtRisk, 1.0)), Some(Direction::New));
        assert_eq!(of((AtRisk, 1.0), (Degraded, 0.7)), Some(Direction::Worse));
        assert_eq!(of((Degraded, 0.7), (Degraded, 0.5)), Some(Direction::Worse));
        assert_eq!(
            of((Degraded, 0.5), (Degraded, 0.7)),
            Some(Direction::Better)
        );
        assert_eq!(of((Degraded, 0.5), (Degraded, 0.5)), None);
        assert_eq!(of((Down, 0.0), (Degraded, 0.5)), Some(Direction::Better));
        assert_eq!(of((Down, 0.0), (Ok, 1.0)), Some(Direction::Fixed));
    }

    #[test]
    fn a_pair_is_not_fixed_by_a_part_that_does_the_same_harm() {
        let old = sets(&[(&["a", "b"], Status::Down, 0.0)]);
        let new = sets(&[(&["a"], Status::Down, 0.0)]);
        let at = ServiceAt::new("s", "today");
        let pair = ["a".to_owned(), "b".to_owned()];
        assert_eq!(change(&at, &pair, &old, &new), None);
        let single = change(&at, &pair[..1], &old, &new).expect("the single is new");
        assert_eq!(single.direction, Direction::New);
        let back = change(&at, &pair[..1], &new, &old).expect("and fixed the other way round");
        assert_eq!(back.direction, Direction::Fixed);
    }

    #[test]
    fn being_at_risk_passes_to_no_contingency() {
        let old = sets(&[(&[], Status::AtRisk, 1.0)]);
        let new = sets(&[(&[], Status::AtRisk, 1.0), (&["a"], Status::Down, 0.0)]);
        let at = ServiceAt::new("s", "today");
        let found = change(&at, &["a".to_owned()], &old, &new).expect("a change");
        assert_eq!(found.direction, Direction::New);
    }
}
