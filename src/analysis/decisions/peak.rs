//! When the peak is. In: where the demand of the load case comes from, and the hours of a horizon.
//! Out: the first and the last instant of it. Promises: an instant is one of a sample or of a window that
//! the scenario names; where the scenario gives figures and no hours there is none.

use super::known::Known;
use super::outcome::{Moment, Peak};
use crate::analysis::timeline::ServiceTimeline;
use crate::model::{Derivation, Millis, Step, Take};
use jiff::tz::TimeZone;

pub(super) fn peak(known: Known<'_>) -> Option<Peak> {
    let state = known.found.states.get(known.case.index())?;
    let origin = known.time.and_then(|t| t.cases.get(known.case.index()));
    let asked = state.services.iter().map(|s| s.demand > 0.0);
    let derivations = origin.iter().flat_map(|o| &o.derivations);
    let moments = asked.zip(derivations).filter(|(asked, _)| *asked);
    let moments: Vec<Moment> = moments.filter_map(|(_, d)| moment(d)).collect();
    let zone = known.time.map_or(TimeZone::UTC, |t| t.zone.clone());
    Some(Peak {
        case: known.case,
        is_marked: known.scenario.peak().is_some(),
        when: whole(&moments),
        harm_from: harm_from(known),
        zone,
    })
}

/// When the demand of one service is what it is; `None` where figures have no hours.
fn moment(derivation: &Derivation) -> Option<Moment> {
    // What is written down wins over what was taken from samples.
    if let Some(Step::Explicit { .. }) = derivation.steps.last() {
        return None;
    }
    derivation.steps.iter().rev().find_map(|step| match step {
        Step::Taken {
            coincident: Some(at),
            ..
        } => Some(Moment::Samples(*at, *at)),
        Step::Taken {
            take: Take::Max,
            evidence,
            ..
        } if !evidence.is_empty() => {
            let at = evidence.iter().map(|s| s.at);
            Some(Moment::Samples(at.clone().min()?, at.max()?))
        }
        Step::Taken { window, .. } => window.map(|w| Moment::Within(w.from, w.to)),
        Step::Estimated(estimate) => Some(Moment::Within(estimate.period.from, estimate.period.to)),
        _ => None,
    })
}

/// From the first to the last; samples say more than windows.
fn whole(all: &[Moment]) -> Option<Moment> {
    let samples = all.iter().filter_map(|m| match *m {
        Moment::Samples(from, to) => Some((from, to)),
        Moment::Within(..) => None,
    });
    let windows = all.iter().filter_map(|m| match *m {
        Moment::Within(from, to) => Some((from, to)),
        Moment::Samples(..) => None,
    });
    let join = |a: (Millis, Millis), b: (Millis, Millis)| (a.0.min(b.0), a.1.max(b.1));
    let samples = samples.reduce(join);
    let windows = windows.reduce(join);
    samples
        .map(|(from, to)| Moment::Samples(from, to))
        .or(windows.map(|(from, to)| Moment::Within(from, to)))
}

fn harm_from(known: Known<'_>) -> Option<Millis> {
    let timeline = known.found.timeline.as_ref()?;
    let horizon = known.time?.horizon.as_ref()?;
    let hours = timeline
        .services
        .iter()
        .filter_map(ServiceTimeline::first_impact);
    Some(horizon.at(hours.min()? as usize))
}
