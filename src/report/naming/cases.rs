//! Load cases held against the hours of the horizon over the same days: where the two say different
//! things, both are named with the reason. In: what each case was derived from, the hours. Out: the
//! differences.

use super::Naming;
use super::load::instant;
use crate::analysis::timeline::{ServiceTimeline, TimelineOutcome};
use crate::input::Loaded;
use crate::model::{Basis, Derivation, Horizon, Status, Step, Take, Window};
use crate::report::document::State;
use crate::report::document::load::{CaseDifference, CaseTimes};
use crate::report::number::{growth, quantity};
use std::ops::Range;

/// Figures that differ by less, relatively, are the same.
const SAME: f64 = 1e-9;

/// What a load case was derived from.
#[derive(Clone, Copy, Debug)]
pub struct CaseBasis<'a> {
    /// The stretch of a profile that it looks at.
    pub window: Option<Window>,
    /// One for each service, in the order of the system.
    pub derivations: &'a [Derivation],
}

impl<'a> CaseBasis<'a> {
    /// Of a case of what was loaded, by its number.
    #[must_use]
    pub fn of(loaded: &'a Loaded, case: usize) -> Self {
        let origin = loaded.time.cases.get(case);
        Self {
            window: origin.and_then(|c| c.window),
            derivations: origin.map_or(&[], |c| &c.derivations),
        }
    }

    /// Whether nothing but the demand column says what the s-th service is asked for.
    fn is_column(&self, s: usize) -> bool {
        let steps = self.derivations.get(s).map(|d| d.steps.as_slice());
        matches!(steps, Some([Step::Column { .. }]))
    }
}

impl Naming<'_> {
    /// The services that stay at the demand column in a case that is marked as the peak while others
    /// do not, or other cases are there: nobody said what their peak is.
    #[must_use]
    pub fn as_today(self, case: usize, basis: CaseBasis<'_>) -> Vec<String> {
        let is_peak = self.scenario.cases.get(case).is_some_and(|c| c.peak);
        if !is_peak || self.scenario.cases.len() < 2 {
            return Vec::new();
        }
        let services = self.system.services().iter().enumerate();
        let bare = services.filter(|&(s, _)| basis.is_column(s));
        bare.map(|(_, &v)| self.id(v)).collect()
    }

    /// Every case whose window lies within the horizon. `base` are the states of all cases.
    #[must_use]
    pub fn cases_over_hours(
        self,
        outcome: &TimelineOutcome,
        horizon: &Horizon,
        cases: &[CaseBasis<'_>],
        base: &[State],
    ) -> Vec<CaseTimes> {
        let all = cases.iter().zip(base).enumerate();
        all.filter_map(|(at, (case, state))| {
            let hours = hours(horizon, case.window?)?;
            let services = outcome.services.iter().enumerate();
            let differences = services
                .filter_map(|(s, times)| difference((s, times), horizon, &hours, case, state));
            Some(CaseTimes {
                load_case: self.scenario.cases[at].name.clone(),
                from: instant(horizon.at(hours.start), &horizon.zone),
                to: instant(horizon.at(hours.end), &horizon.zone),
                differences: differences.collect(),
            })
        })
        .collect()
    }
}

/// The hours of a window that lies within the horizon.
fn hours(horizon: &Horizon, window: Window) -> Option<Range<usize>> {
    let end = horizon.at(horizon.hours());
    if window.from < horizon.start || window.to > end {
        return None;
    }
    let first = (0..horizon.hours()).find(|&h| horizon.at(h) >= window.from)?;
    let inside = (first..horizon.hours()).take_while(|&h| horizon.at(h) < window.to);
    let count = inside.count();
    (count > 0).then_some(first..first + count)
}

fn same(x: f64, y: f64) -> bool {
    (x - y).abs() <= SAME * x.abs().max(y.abs())
}

fn difference(
    (s, times): (usize, &ServiceTimeline),
    horizon: &Horizon,
    hours: &Range<usize>,
    case: &CaseBasis<'_>,
    state: &State,
) -> Option<CaseDifference> {
    let service = state.services.get(s)?;
    let demand = &horizon.demand[s][hours.clone()];
    let (at, most) = (0..)
        .zip(demand.iter().copied())
        .reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let (mut worst, mut least) = (Status::Ok, 1.0_f64);
    for span in &times.impact {
        if (span.from as usize) < hours.end && hours.start < span.to as usize {
            worst = worst.max(span.value.status);
            least = least.min(span.value.delivered);
        }
    }
    let plain = if service.status.is_harm() {
        service.status
    } else {
        Status::Ok
    };
    let demands_agree = same(service.demand, most);
    if demands_agree && plain == worst {
        return None;
    }
    let why = if demands_agree {
        of_others(plain > worst).to_owned()
    } else {
        let steps = case.derivations.get(s).map_or(&[][..], |d| &d.steps);
        of_demand(steps, horizon.basis.get(s), horizon.growth_per_year)
    };
    Some(CaseDifference {
        id: service.id.clone(),
        demand: service.demand,
        most,
        most_at: instant(horizon.at(hours.start + at), &horizon.zone),
        status: plain,
        worst,
        delivered: service.delivered,
        least_delivered: least,
        why,
    })
}

/// Its own demand is the same, so it is that of the others which differs.
fn of_others(case_is_worse: bool) -> &'static str {
    if case_is_worse {
        "the case asks all services for their greatest demand at once, and no one hour does"
    } else {
        "in some hour the other services ask for more than in the case"
    }
}

fn of_demand(steps: &[Step], basis: Option<&Basis>, rate: Option<f64>) -> String {
    let mut said: Vec<String> = steps.iter().filter_map(of_step).collect();
    if let Some(basis) = basis {
        if basis.last_year + basis.hour_of_week > 0 {
            let grown = rate.map_or_else(String::new, |r| {
                format!(", grown {} a year", growth(Some(r)))
            });
            said.push(format!("the hours rest on earlier weeks or years{grown}"));
        }
        if basis.constant > 0 {
            said.push("the hours have no profile and keep one demand".to_owned());
        }
        if basis.event > 0 {
            said.push("some hours are multiplied for a calendar event".to_owned());
        }
    }
    if said.is_empty() {
        return "the two rest on different samples".to_owned();
    }
    said.join("; ")
}

/// What a step of a derivation does that no hour of the horizon does.
fn of_step(step: &Step) -> Option<String> {
    Some(match step {
        Step::Column { .. } => {
            "the case has no profile: its demand is that of services.csv".to_owned()
        }
        Step::Explicit { .. } => "the scenario writes the demand of the case down".to_owned(),
        Step::Taken {
            coincident: Some(_),
            ..
        } => "the case takes the one instant of greatest total demand".to_owned(),
        Step::Taken {
            during: Some(event),
            ..
        } => {
            format!("the case looks at the days of {event} only")
        }
        Step::Taken {
            take: Take::Max, ..
        } => return None,
        Step::Taken { .. } => "the case takes a mean or a percentile, not the greatest".to_owned(),
        Step::Estimated(estimate) => {
            format!(
                "the case is an estimate with a margin of {}",
                growth(Some(estimate.margin))
            )
        }
        Step::Grown { factor, .. } => format!("the case adds growth, × {}", quantity(*factor)),
        Step::Event {
            name, multiplier, ..
        } => {
            format!(
                "the case is multiplied by {} for {name}",
                quantity(*multiplier)
            )
        }
    })
}
