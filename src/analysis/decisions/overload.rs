//! What is lost to overload, and what finds no host. In: base states, cascades and strandings of the sweep.
//! Out: what happened already, what would come next, and the worst that one failure more does.

use super::known::Known;
use super::outcome::{FirstTrips, Single, Trips, TripsIn, Unplaced, UnplacedIn};
use crate::analysis::outcome::ByOrder;
use crate::analysis::{Cascade, Elements};
use crate::model::{NodeId, Status};
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
        count: cascades.count.clone(),
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
        count: strandings.count.clone(),
    })
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
