//! Two simulations against each other. In: their documents. Out: the probabilities and expectations
//! that changed. Promises: an estimate has changed only when the two intervals do not meet, so that
//! another seed is no change.

use super::super::document::diff::{ChanceChange, Direction, Measure};
use super::super::document::simulate::{Estimate, ServiceChance, Simulate};
use super::rounding::same_chance;
use std::collections::BTreeMap;

/// Everything that changed, worst sort first; and why something was not compared.
#[must_use]
pub fn chances(old: &Simulate, new: &Simulate) -> (Vec<ChanceChange>, Vec<String>) {
    let by_service = |s: &'_ Simulate| -> BTreeMap<(String, String), ServiceChance> {
        let all = s.services.iter();
        all.map(|c| ((c.id.clone(), c.load_case.clone()), c.clone()))
            .collect()
    };
    let mut changes = Vec::new();
    let was = by_service(old);
    for ((service, case), is) in by_service(new) {
        let Some(was) = was.get(&(service.clone(), case.clone())) else {
            continue;
        };
        for (measure, old, new) in [
            (Measure::Down, &was.probability.down, &is.probability.down),
            (
                Measure::DegradedOrDown,
                &was.probability.degraded_or_down,
                &is.probability.degraded_or_down,
            ),
            (Measure::Unserved, &was.unserved, &is.unserved),
        ] {
            changes.extend(change(&service, Some(&case), measure, old, new));
        }
    }
    let mut notes = Vec::new();
    histories(old, new, &mut changes, &mut notes);
    for (name, side) in [("old", old), ("new", new)] {
        if !side.complete {
            notes.push(format!("the simulation of the {name} result ended early"));
        }
    }
    changes.sort_by_key(|c| c.direction);
    (changes, notes)
}

fn histories(
    old: &Simulate,
    new: &Simulate,
    changes: &mut Vec<ChanceChange>,
    notes: &mut Vec<String>,
) {
    let (was, is) = match (&old.sequential, &new.sequential) {
        (None, None) => return,
        (Some(x), Some(y)) if x.hours == y.hours => (x, y),
        _ => {
            let text = "histories over a horizon are not compared: both results need them, over as \
                        many hours";
            notes.push(text.to_owned());
            return;
        }
    };
    for s in &is.services {
        if let Some(then) = was.services.iter().find(|w| w.id == s.id) {
            let (old, new) = (&then.hours_harmed.mean, &s.hours_harmed.mean);
            changes.extend(change(&s.id, None, Measure::HoursHarmed, old, new));
        }
    }
}

fn change(
    service: &str,
    case: Option<&str>,
    measure: Measure,
    old: &Estimate,
    new: &Estimate,
) -> Option<ChanceChange> {
    Some(ChanceChange {
        direction: direction(old, new)?,
        service: service.to_owned(),
        load_case: case.map(str::to_owned),
        measure,
        old: old.clone(),
        new: new.clone(),
    })
}

fn direction(old: &Estimate, new: &Estimate) -> Option<Direction> {
    // Numbers that are exact may still differ in their last digits.
    let less = |x: f64, y: f64| x < y && !same_chance(x, y);
    if less(old.high, new.low) {
        let unknown = old.high <= 0.0;
        Some(if unknown {
            Direction::New
        } else {
            Direction::Worse
        })
    } else if less(new.high, old.low) {
        let gone = new.high <= 0.0;
        Some(if gone {
            Direction::Fixed
        } else {
            Direction::Better
        })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(low: f64, high: f64) -> Estimate {
        Estimate {
            estimate: f64::midpoint(low, high),
            low,
            high,
            method: "test".to_owned(),
        }
    }

    #[test]
    fn intervals_that_meet_are_no_change() {
        let of = |old: (f64, f64), new: (f64, f64)| {
            direction(&estimate(old.0, old.1), &estimate(new.0, new.1))
        };
        assert_eq!(of((0.1, 0.2), (0.15, 0.25)), None);
        assert_eq!(of((0.1, 0.2), (0.3, 0.4)), Some(Direction::Worse));
        assert_eq!(of((0.3, 0.4), (0.1, 0.2)), Some(Direction::Better));
        assert_eq!(of((0.0, 0.0), (1e-6, 1e-6)), Some(Direction::New));
        assert_eq!(of((1e-6, 1e-6), (0.0, 0.0)), Some(Direction::Fixed));
        assert_eq!(of((0.3, 0.3), (0.3 + 1e-12, 0.3 + 1e-12)), None);
    }
}
