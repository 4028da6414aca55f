//! Load cases held against the hours of the horizon over the same days: where the two say different
//! things, both are named with the reason. In: the differences, what each case was derived from. Out:
//! their document.

use super::Naming;
use super::instant::instant;
use crate::analysis::{CaseHours, Difference, Why, as_today};
use crate::input::Time;
use crate::model::{Basis, CaseId, Horizon, Step, Take};
use crate::report::document::load::{CaseDifference, CaseTimes};
use crate::report::number::{growth, quantity};

impl Naming<'_> {
    /// The services of which nobody said what their peak is, in the case that is marked as such.
    #[must_use]
    pub fn as_today(self, case: CaseId, time: &Time) -> Vec<String> {
        let origin = time.cases.get(case.index());
        let derivations = origin.map_or(&[][..], |c| &c.derivations);
        self.ids(&as_today(self.system, self.scenario, case, derivations))
    }

    /// Every case whose window lies within the horizon.
    #[must_use]
    pub fn cases_over_hours(
        self,
        cases: &[CaseHours],
        time: &Time,
        horizon: &Horizon,
    ) -> Vec<CaseTimes> {
        let at = |hour| instant(horizon.at(hour), &horizon.zone);
        let difference = |case: &CaseHours, d: &Difference| CaseDifference {
            id: self.id(self.system.services()[d.service]),
            demand: d.demand,
            most: d.most,
            most_at: at(d.most_at),
            status: d.status,
            worst: d.worst,
            delivered: d.delivered,
            least_delivered: d.least_delivered,
            why: match d.why {
                Why::AllAtOnce => {
                    "the case asks all services for their greatest demand at once, and no one hour \
                     does"
                }
                .to_owned(),
                Why::Others => {
                    "in some hour the other services ask for more than in the case".to_owned()
                }
                Why::Demand => {
                    let derivations = &time.cases[case.case.index()].derivations;
                    let steps = derivations.get(d.service).map_or(&[][..], |d| &d.steps);
                    let basis = horizon.basis.get(d.service);
                    of_demand(steps, basis, horizon.growth_per_year)
                }
            },
        };
        let named = |case: &CaseHours| CaseTimes {
            load_case: self.scenario.cases[case.case.index()].name.clone(),
            from: at(case.hours.start),
            to: at(case.hours.end),
            differences: case
                .differences
                .iter()
                .map(|d| difference(case, d))
                .collect(),
        };
        cases.iter().map(named).collect()
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
