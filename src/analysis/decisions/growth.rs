//! What growth is left. In: the hours of a horizon, or else the base state at the load case that counts and
//! the sweep. Out: the least over all services, in the base state and with something failed.

use super::known::Known;
use super::outcome::{Growth, GrowthScope, Left};
use crate::analysis::timeline::{GrowthLeft, ServiceTimeline};
use crate::model::{NodeId, Status};

pub(super) fn growth(known: Known<'_>) -> Vec<Growth> {
    if let Some(timeline) = &known.found.timeline {
        let over = |scope, of: fn(&ServiceTimeline) -> GrowthLeft| {
            let all = timeline.services.iter().map(|s| (s.service, of(s)));
            over_hours(known, scope, all)
        };
        return vec![
            over(GrowthScope::Base, |s| s.growth_n0),
            over(GrowthScope::Single, |s| s.growth_n1),
        ];
    }
    let base = base(known);
    let of_base = base.iter().filter_map(|g| g.left.as_ref());
    let of_base = of_base.map(|l| l.growth).next();
    // What the base state says is not repeated.
    let worse = contingencies(known).filter(|g| {
        let growth = g.left.as_ref().map(|l| l.growth);
        growth
            .zip(of_base)
            .is_none_or(|(growth, base)| growth < base)
    });
    base.into_iter().chain(worse).collect()
}

fn over_hours(
    known: Known<'_>,
    scope: GrowthScope,
    all: impl Iterator<Item = (NodeId, GrowthLeft)>,
) -> Growth {
    let horizon = known.time.and_then(|t| t.horizon.as_ref());
    let (mut left, mut none) = (None, 0);
    for (service, growth) in all {
        match growth {
            GrowthLeft::Unlimited => {}
            GrowthLeft::Never(_) => none += 1,
            GrowthLeft::Left(t) => {
                let hour = t.hour as usize;
                let found = Left {
                    service,
                    growth: t.growth,
                    limit: Some(t.limit),
                    failed: t.failure.into_iter().collect(),
                    at: horizon.map(|h| h.at(hour)),
                    used_up: horizon.and_then(|h| h.used_up(hour, t.growth)),
                };
                left = Some(lesser(left, found));
            }
        }
    }
    Growth { scope, left, none }
}

/// The one with less growth; the first on ties.
fn lesser(so_far: Option<Left>, found: Left) -> Left {
    match so_far {
        Some(left) if left.growth <= found.growth => left,
        _ => found,
    }
}

fn base(known: Known<'_>) -> Option<Growth> {
    let state = known.found.states.get(known.case.index())?;
    let (mut left, mut none) = (None, 0);
    for s in &state.services {
        none += u64::from(s.status == Status::Down);
        if let Some(growth) = s.headroom.filter(|h| h.is_finite()) {
            let found = Left {
                service: s.service,
                growth,
                limit: s.limit,
                failed: Vec::new(),
                at: None,
                used_up: None,
            };
            left = Some(lesser(left, found));
        }
    }
    Some(Growth {
        scope: GrowthScope::Base,
        left,
        none,
    })
}

fn contingencies(known: Known<'_>) -> Option<Growth> {
    let swept = known.found.sweep.services.iter();
    let mine = swept.filter(|s| s.case == known.case);
    let least = mine.filter_map(|s| Some((s.service, s.least_headroom.as_ref()?)));
    let mut left = None;
    for (service, least) in least.filter(|(_, l)| l.headroom.is_finite()) {
        let found = Left {
            service,
            growth: least.headroom,
            limit: Some(least.limit),
            failed: least.elements.clone(),
            at: None,
            used_up: None,
        };
        left = Some(lesser(left, found));
    }
    left.map(|left| Growth {
        scope: GrowthScope::Contingency,
        left: Some(left),
        none: 0,
    })
}
