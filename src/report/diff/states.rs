//! The states of two results against each other. In: what each side lists of harm. Out: every change.
//! Promises: a contingency counts for all it contains; what one side cut from its list is not
//! compared.

use super::super::document::diff::{Change, Direction, Harm, ServiceAt};
use super::super::document::{State, Sweep};
use super::rounding::same;
use crate::model::Status;
use std::collections::{BTreeMap, BTreeSet};

/// The harm of every contingency that a side lists.
pub type Harms = BTreeMap<Vec<String>, Harm>;

/// What one side lists of one service at one load case.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Harm by contingency; the base state is the empty one.
    pub harms: Harms,
    /// The last contingency of a list that was cut: nothing is known beyond it.
    pub cut: Option<Vec<String>>,
}

impl Listed {
    /// Whether the list would hold this contingency if it did harm.
    fn covers(&self, elements: &[String]) -> bool {
        let key = |e: &[String]| (e.len(), e.to_vec());
        let beyond = |last: &Vec<String>| key(elements) > key(last);
        !self.cut.as_ref().is_some_and(beyond)
    }
}

/// All that one side lists.
pub type Said = BTreeMap<ServiceAt, Listed>;

/// Adds base states.
pub fn add_states(states: &[State], said: &mut Said) {
    for state in states {
        for s in &state.services {
            let found = Harm {
                status: s.status,
                delivered: Some(s.delivered),
            };
            let at = ServiceAt::new(&s.id, &state.load_case);
            said.entry(at).or_default().harms.insert(Vec::new(), found);
        }
    }
}

/// Adds the base states and minimal sets of a sweep.
pub fn add_sweep(sweep: &Sweep, said: &mut Said) {
    for s in &sweep.services {
        let listed = said.entry(ServiceAt::new(&s.id, &s.load_case)).or_default();
        let base = Harm {
            // It is no less than ok.
            status: s.base.status.unwrap_or(Status::Ok),
            delivered: Some(s.base.delivered),
        };
        listed.harms.insert(Vec::new(), base);
        for m in &s.minimal {
            let found = Harm {
                status: m.status,
                delivered: Some(m.delivered),
            };
            listed.harms.insert(m.elements.clone(), found);
        }
        if s.minimal_count > s.minimal.len() as u64 {
            let last = s.minimal.last().map(|m| m.elements.clone());
            listed.cut = Some(last.unwrap_or_default());
        }
    }
}

/// Every change of a contingency of at most this order, worst sort first.
#[must_use]
pub fn changes(old: &Said, new: &Said, order: usize) -> Vec<Change> {
    let cases =
        |said: &Said| -> BTreeSet<String> { said.keys().map(|at| at.load_case.clone()).collect() };
    let common: BTreeSet<String> = cases(old).intersection(&cases(new)).cloned().collect();
    let services: BTreeSet<&ServiceAt> = old.keys().chain(new.keys()).collect();
    let nothing = Listed::default();
    let mut changes = Vec::new();
    for at in services
        .into_iter()
        .filter(|at| common.contains(&at.load_case))
    {
        let was = old.get(at).unwrap_or(&nothing);
        // A service that is no longer there is gone, not fixed; the inventory's part says so.
        let Some(is) = new.get(at) else {
            continue;
        };
        let sets: BTreeSet<&Vec<String>> = was.harms.keys().chain(is.harms.keys()).collect();
        let known = |e: &&Vec<String>| e.len() <= order && was.covers(e) && is.covers(e);
        for elements in sets.into_iter().filter(known) {
            changes.extend(change(at, elements, &was.harms, &is.harms));
        }
    }
    sort(&mut changes);
    changes
}

/// Worst sort first.
pub fn sort(changes: &mut [Change]) {
    changes.sort_by_key(|c| {
        let worst = c.old.into_iter().chain(c.new).map(|h| h.status).max();
        (c.direction, std::cmp::Reverse(worst))
    });
}

/// Names of load cases that only one side has.
#[must_use]
pub fn lone_cases(old: &Said, new: &Said) -> Vec<String> {
    let cases =
        |said: &Said| -> BTreeSet<String> { said.keys().map(|at| at.load_case.clone()).collect() };
    let (old, new) = (cases(old), cases(new));
    old.symmetric_difference(&new).cloned().collect()
}

/// What a side says of a contingency: what it lists for it, or the worst status that it lists for any
/// part of it, of which it is not known how much the whole delivers. Being at risk is a property of the
/// base state and passes to no contingency.
fn effective(elements: &[String], listed: &Harms) -> Harm {
    let own = listed.get(elements).copied();
    let parts = parts(elements);
    let harms = parts.iter().filter_map(|part| listed.get(part).copied());
    let of_parts = harms.filter(|h| h.status.is_harm()).map(|h| Harm {
        delivered: h.delivered.filter(|_| h.status == Status::Down),
        ..h
    });
    // The last of equals wins: what is listed for the whole.
    let worst = of_parts.chain(own).max_by_key(|h| h.status);
    worst.unwrap_or(Harm::NONE)
}

/// Every proper part of a contingency, the empty one included. Contingencies are small; of one that
/// is not, only the parts with one element less and with one element.
fn parts(elements: &[String]) -> Vec<Vec<String>> {
    let n = elements.len();
    let pick = |keep: &dyn Fn(usize) -> bool| -> Vec<String> {
        let kept = elements.iter().enumerate().filter(|(i, _)| keep(*i));
        kept.map(|(_, e)| e.clone()).collect()
    };
    if n == 0 {
        return Vec::new();
    }
    if n <= MOST_PARTS {
        let masks = 0..(1usize << n) - 1;
        return masks.map(|m| pick(&|i| m >> i & 1 == 1)).collect();
    }
    let one_less = (0..n).map(|out| pick(&|i| i != out));
    let single = (0..n).map(|only| pick(&|i| i == only));
    one_less.chain(single).chain([Vec::new()]).collect()
}

/// Contingencies of more elements are not taken apart in full.
const MOST_PARTS: usize = 8;

fn change(at: &ServiceAt, elements: &[String], was: &Harms, is: &Harms) -> Option<Change> {
    // A service that a side has is listed with its base state, if with nothing else.
    let of = |listed: &Harms| (!listed.is_empty()).then(|| effective(elements, listed));
    let (old, new) = (of(was), of(is));
    let none = Harm::NONE;
    Some(Change {
        direction: direction(old.unwrap_or(none), new.unwrap_or(none))?,
        service: at.service.clone(),
        load_case: at.load_case.clone(),
        elements: elements.to_vec(),
        contingency: None,
        old,
        new,
    })
}

/// Which way the harm changed; `None` if it did not.
pub fn direction(old: Harm, new: Harm) -> Option<Direction> {
    let less = |x: Option<f64>, y: Option<f64>| {
        !same(x, y) && matches!((x, y), (Some(x), Some(y)) if x < y)
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn harm(status: Status, delivered: f64) -> Harm {
        Harm {
            status,
            delivered: Some(delivered),
        }
    }

    fn sets(all: &[(&[&str], Status, f64)]) -> Harms {
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
    fn what_is_listed_for_a_part_says_nothing_of_how_much_the_whole_delivers() {
        // The base state gets worse: with it, `a` is no minimal set any more, and delivers who knows
        // how much.
        let old = sets(&[(&[], Status::Ok, 1.0), (&["a"], Status::Degraded, 0.7)]);
        let new = sets(&[(&[], Status::Degraded, 0.9)]);
        let at = ServiceAt::new("s", "today");
        let single = ["a".to_owned()];
        assert_eq!(change(&at, &single, &old, &new), None);
        assert_eq!(change(&at, &single, &new, &old), None);
        let base = change(&at, &[], &old, &new).expect("the base state is worse");
        assert_eq!(base.direction, Direction::New);
        // From down to degraded is better, by how much is not known.
        let down = sets(&[(&["a"], Status::Down, 0.0)]);
        let found = change(&at, &single, &down, &new).expect("a change");
        assert_eq!(found.direction, Direction::Better);
        assert_eq!(found.new.and_then(|h| h.delivered), None);
    }

    #[test]
    fn being_at_risk_passes_to_no_contingency() {
        let old = sets(&[(&[], Status::AtRisk, 1.0)]);
        let new = sets(&[(&[], Status::AtRisk, 1.0), (&["a"], Status::Down, 0.0)]);
        let at = ServiceAt::new("s", "today");
        let found = change(&at, &["a".to_owned()], &old, &new).expect("a change");
        assert_eq!(found.direction, Direction::New);
    }

    #[test]
    fn what_a_list_leaves_out_is_not_fixed() {
        let at = ServiceAt::new("s", "today");
        let whole = Listed {
            harms: sets(&[(&["a"], Status::Down, 0.0), (&["c"], Status::Down, 0.0)]),
            cut: None,
        };
        let cut = Listed {
            harms: sets(&[(&["b"], Status::Down, 0.0)]),
            cut: Some(vec!["b".to_owned()]),
        };
        let of = |listed: &Listed| Said::from([(at.clone(), listed.clone())]);
        let found = changes(&of(&whole), &of(&cut), 2);
        let seen: Vec<(&str, Direction)> = found
            .iter()
            .map(|c| (c.elements[0].as_str(), c.direction))
            .collect();
        assert_eq!(seen, [("b", Direction::New), ("a", Direction::Fixed)]);
    }

    #[test]
    fn a_service_that_is_gone_is_not_fixed_and_one_that_came_is_new() {
        let side = |service: &str| {
            let harms = sets(&[(&[], Status::Down, 0.0)]);
            (
                ServiceAt::new(service, "today"),
                Listed { harms, cut: None },
            )
        };
        let (both, one) = (Said::from([side("s"), side("t")]), Said::from([side("s")]));
        assert!(changes(&both, &one, 1).is_empty());
        let came = changes(&one, &both, 1);
        assert_eq!(came.len(), 1);
        assert_eq!(
            (came[0].direction, came[0].service.as_str()),
            (Direction::New, "t")
        );
    }

    #[test]
    fn a_load_case_of_one_side_only_is_not_compared() {
        let side = |case: &str| {
            let harms = sets(&[(&[], Status::Down, 0.0)]);
            Said::from([(ServiceAt::new("s", case), Listed { harms, cut: None })])
        };
        let (old, new) = (side("today"), side("peak"));
        assert!(changes(&old, &new, 1).is_empty());
        assert_eq!(lone_cases(&old, &new), ["peak", "today"]);
    }
}
