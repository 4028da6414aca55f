//! What is lost to overload, and what finds no host. In: base states, cascades and strandings of the sweep.
//! Out: what happened already, what would come next, and the worst that one failure more does.

use super::known::Known;
use super::outcome::{CountOf, FirstTrips, Single, Trips, TripsIn, Unplaced, UnplacedIn};
use crate::analysis::outcome::ByOrder;
use crate::analysis::{Cascade, Elements};
use crate::model::{CaseId, NodeId, Status};
use std::cmp::Reverse;
use std::collections::BTreeSet;

pub(super) fn trips(known: Known<'_>) -> Option<Trips> {
    if known.system.nodes().iter().all(|n| n.trips_at.is_none()) {
        return None;
    }
    let states = known.found.states.iter();
    let states = states.filter(|s| !s.tripped.is_empty()).map(|s| {
        let first = s.tripped.iter().filter(|t| t.round == 1);
        let with = |keep: fn(Status) -> bool| s.services.iter().filter(move |s| keep(s.status));
        TripsIn {
            case: s.case,
            first_round: first.map(|t| t.id).collect(),
            tripped: s.tripped.len() as u64,
            rounds: s.tripped.last().map_or(0, |t| u64::from(t.round)),
            harmed: with(Status::is_harm).count() as u64,
            down: with(|s| s == Status::Down).count() as u64,
        }
    });
    let at_peak = known.found.states.get(known.case.index());
    let cascades = &known.found.sweep.cascades;
    let most = |c: &Cascade| (c.tripped, c.services);
    Some(Trips {
        states: states.collect(),
        first: at_peak.and_then(|s| {
            Some(FirstTrips {
                trip: s.first_trip?,
                is_next: !s.tripped.is_empty(),
            })
        }),
        singles: singles(cascades, |c| &c.elements, most),
        count: counts(cascades, |c| (&c.elements, c.case)),
    })
}

pub(super) fn unplaced(known: Known<'_>) -> Option<Unplaced> {
    if known.system.placements().is_empty() {
        return None;
    }
    let states = known.found.states.iter();
    let states = states.filter(|s| !s.moved.is_empty() || !s.unplaced.is_empty());
    let strandings = &known.found.sweep.stranded;
    Some(Unplaced {
        states: states
            .map(|s| UnplacedIn {
                case: s.case,
                moved: s.moved.len() as u64,
                nowhere: s.unplaced.clone(),
            })
            .collect(),
        singles: singles(strandings, |s| &s.elements, |s| s.instances.len()),
        count: counts(strandings, |s| (&s.elements, s.case)),
    })
}

/// Contingencies of each order, each once, at however many load cases it is one.
fn counts<T>(all: &ByOrder<T>, of: impl Fn(&T) -> (&Elements, CaseId)) -> Vec<CountOf> {
    let cases: BTreeSet<CaseId> = all.listed.iter().map(|t| of(t).1).collect();
    let at_order = |(order, &count): (usize, &u64)| {
        let listed = all.listed.iter().map(|t| of(t).0);
        let listed: Vec<&Elements> = listed.filter(|e| e.len() == order).collect();
        let is_cut = (listed.len() as u64) < count;
        let distinct: BTreeSet<&[NodeId]> = listed.into_iter().map(|e| &**e).collect();
        let distinct = distinct.len() as u64;
        // Of a list that was cut it is known that none counts more often than there are load cases.
        let least = count.div_ceil(cases.len().max(1) as u64);
        CountOf {
            contingencies: if is_cut {
                distinct.max(least)
            } else {
                distinct
            },
            at_least: is_cut,
        }
    };
    (1..).zip(&all.count).map(at_order).collect()
}

/// Those of one element: how many, and the one that does most, of the smallest id and the first load case.
fn singles<T: Clone, K: Ord>(
    all: &ByOrder<T>,
    elements: impl Fn(&T) -> &Elements,
    most: impl Fn(&T) -> K,
) -> Option<Single<T>> {
    let of_one = || all.listed.iter().filter(|t| elements(t).len() == 1);
    let listed = of_one().count() as u64;
    let worst = of_one().min_by_key(|t| (Reverse(most(t)), elements(t)[0]))?;
    let distinct: BTreeSet<NodeId> = of_one().map(|t| elements(t)[0]).collect();
    Some(Single {
        elements: distinct.len() as u64,
        at_least: all.count.first().is_some_and(|&n| listed < n),
        worst: worst.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::counts;
    use crate::analysis::{ByOrder, Elements};
    use crate::model::{CaseId, NodeId};

    /// Contingencies of one and two elements at two load cases.
    fn all(of: &[(&[u32], u32)], count: &[u64]) -> ByOrder<(Elements, CaseId)> {
        let one = |(elements, case): &(&[u32], u32)| {
            let elements: Vec<NodeId> = elements.iter().copied().map(NodeId).collect();
            (elements.into(), CaseId(*case))
        };
        ByOrder {
            listed: of.iter().map(one).collect(),
            count: count.to_vec(),
            ..ByOrder::default()
        }
    }

    #[test]
    fn a_contingency_counts_once_at_however_many_load_cases() {
        let counted = |all: &ByOrder<(Elements, CaseId)>| -> Vec<(u64, bool)> {
            let counts = counts(all, |(elements, case)| (elements, *case));
            counts
                .iter()
                .map(|c| (c.contingencies, c.at_least))
                .collect()
        };
        let whole: [(&[u32], u32); 5] = [
            (&[1], 0),
            (&[1], 1),
            (&[2, 3], 0),
            (&[2, 3], 1),
            (&[2, 4], 1),
        ];
        assert_eq!(counted(&all(&whole, &[2, 3])), [(1, false), (2, false)]);
        // Of seven at two load cases there are at least four.
        assert_eq!(counted(&all(&whole, &[2, 7])), [(1, false), (4, true)]);
        assert_eq!(counted(&all(&[], &[0, 0])), [(0, false), (0, false)]);
    }
}
