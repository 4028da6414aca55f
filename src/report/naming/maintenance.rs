//! Works and their windows, with names and dates. In: what was found. Out: its document.

use super::Naming;
use super::instant::instant;
use crate::analysis::maintenance::{Blocked, MaintenanceOutcome, Overlap};
use crate::model::{HOUR, Millis, Policy, Work};
use crate::report::document::load::Stretch;
use crate::report::document::{
    BlockedHour, JudgedAt, MaintenancePolicy, MaintenanceResult, WorkOverlap, WorkWindow,
    WorkWindows,
};
use crate::report::number::counted;
use jiff::tz::TimeZone;

/// Stretches of an overlap that are written.
const SPANS: usize = 100;

impl Naming<'_> {
    /// Every work, its windows and the schedule.
    #[must_use]
    pub fn maintenance(
        self,
        outcome: &MaintenanceOutcome,
        works: &[Work],
        zone: &TimeZone,
    ) -> MaintenanceResult {
        let hours = Hours {
            names: self,
            outcome,
            works,
            zone,
        };
        let policies = self.scenario.policies.iter().enumerate();
        let order = |at: usize| outcome.policies.iter().find(|p| p.0 == at).map(|p| p.1);
        MaintenanceResult {
            scenario: self.scenario.name.clone(),
            from: hours.at(0),
            to: hours.at(outcome.hours),
            timezone: zone.iana_name().unwrap_or("UTC").to_owned(),
            hours: outcome.hours,
            judged_at: if outcome.is_hourly {
                JudgedAt::Hours
            } else {
                JudgedAt::LoadCases
            },
            policies: policies
                .map(|(at, policy)| MaintenancePolicy {
                    name: policy.name.clone(),
                    order: order(at),
                    not_judged: not_judged(policy),
                })
                .collect(),
            works: (0..outcome.works.len()).map(|w| hours.work(w)).collect(),
            overlaps: outcome.overlaps.iter().map(|o| hours.overlap(o)).collect(),
            placed: outcome.is_placed(),
            complete: outcome.schedule.is_some(),
        }
    }
}

/// What a policy asks for beside that its services survive one further failure.
fn not_judged(policy: &Policy) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(order) = policy.survives.filter(|&order| order > 1) {
        all.push(format!("survives = {order}"));
    }
    let others = [
        (policy.no_cascade, "no_cascade"),
        (!policy.contingencies.is_empty(), "contingencies"),
        (policy.restarts.is_some(), "restarts"),
        (!policy.slo.is_empty(), "slo"),
        (!policy.max_probability.is_empty(), "max_probability"),
    ];
    let others = others.iter().filter(|o| o.0);
    all.extend(others.map(|o| o.1.to_owned()));
    all
}

/// Names and dates for hours.
struct Hours<'a> {
    names: Naming<'a>,
    outcome: &'a MaintenanceOutcome,
    works: &'a [Work],
    zone: &'a TimeZone,
}

impl Hours<'_> {
    fn instant(&self, at: Millis) -> String {
        instant(at, self.zone)
    }

    fn at(&self, hour: u32) -> String {
        self.instant(self.outcome.start + HOUR * i64::from(hour))
    }

    fn work(&self, w: usize) -> WorkWindows {
        let (work, found) = (&self.works[w], &self.outcome.works[w]);
        let schedule = self.outcome.schedule.as_ref();
        let start = schedule.and_then(|s| s.starts[w]);
        let windows = found.starts.iter().map(|s| WorkWindow {
            from: self.at(s.from),
            last_start: self.at(s.to - 1),
            to: self.at(s.to - 1 + work.hours),
        });
        WorkWindows {
            name: work.name.clone(),
            elements: self.names.ids(&work.elements),
            hours: work.hours,
            earliest: self.instant(work.earliest),
            latest: self.instant(work.latest),
            hours_judged: found.range.to - found.range.from,
            hours_blocked: found.blocked,
            windows: windows.collect(),
            start: start.map(|s| self.at(s)),
            end: start.map(|s| self.at(s + work.hours)),
            reason: start.is_none().then(|| self.without_place(w)),
            blocked: found.reasons.iter().map(|b| self.blocked(b)).collect(),
        }
    }

    fn without_place(&self, w: usize) -> String {
        let (work, found) = (&self.works[w], &self.outcome.works[w]);
        let hours = found.range.to - found.range.from;
        if hours < work.hours {
            return format!(
                "it takes {}, and {} of those looked at lie between its earliest and its latest",
                counted(u64::from(work.hours), "hour"),
                hours
            );
        }
        if found.starts.is_empty() {
            return "whenever it starts, a policy would break before it ends".to_owned();
        }
        let Some(schedule) = &self.outcome.schedule else {
            return "interrupted".to_owned();
        };
        let others = schedule.beside[w].iter().map(|&v| &*self.works[v].name);
        let others = others.collect::<Vec<_>>().join(", ");
        let said = if schedule.is_impossible {
            "no schedule has a place for all: beside"
        } else {
            "none was found: beside"
        };
        format!("{said} {others} it would do harm")
    }

    fn blocked(&self, b: &Blocked) -> BlockedHour {
        BlockedHour {
            at: self.at(b.hour),
            policy: self.names.scenario.policies[b.policy].name.clone(),
            service: self.names.id(b.service),
            failure: b.failure.map(|f| self.names.id(f)),
            status: b.status,
            delivered: b.delivered,
            load_case: b.case.map(|c| self.names.case(c)),
        }
    }

    fn overlap(&self, o: &Overlap) -> WorkOverlap {
        let spans = o.harmful.iter().take(SPANS).map(|s| Stretch {
            from: self.at(s.from),
            to: self.at(s.to),
        });
        WorkOverlap {
            works: o.works.map(|w| self.works[w].name.clone()).to_vec(),
            never: o.is_never(),
            hours_shared: o.shared,
            hours_harmful: o.harmful.iter().map(|s| s.to - s.from).sum(),
            spans: spans.collect(),
            span_count: o.harmful.len() as u64,
            because: self.blocked(&o.reason),
        }
    }
}
