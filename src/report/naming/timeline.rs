//! What the hours of a horizon say, with names and dates. In: a timeline outcome. Out: its document.

use super::Naming;
use super::instant::instant;
use crate::analysis::finite;
use crate::analysis::timeline::{self, Span, TimelineOutcome};
use crate::model::{Horizon, NodeId};
use crate::report::document::load::{
    CapacityPoint, CapacityTimes, FailureTimes, GrowthLeft, HarmTimes, ImpactSpan, OutageTimes,
    PolicyTimes, RiskSpan, ServiceTimes, StatusSpan, Stretch, Timeline,
};
use std::collections::BTreeMap;

/// Spans of one failure and service that are written.
const SPANS: usize = 100;

impl Naming<'_> {
    /// Every hour of a horizon.
    #[must_use]
    pub fn timeline(self, outcome: &TimelineOutcome, horizon: &Horizon) -> Timeline {
        let hours = Hours {
            names: self,
            horizon,
        };
        Timeline {
            from: hours.at(0),
            to: hours.at(outcome.hours),
            timezone: horizon.zone.iana_name().unwrap_or("UTC").to_owned(),
            hours: outcome.hours,
            elements: outcome.elements,
            outages: outcome.outages.iter().map(|o| hours.outage(o)).collect(),
            policies: hours.policies(outcome),
            failures: outcome.failures.iter().map(|f| hours.failure(f)).collect(),
            capacity: outcome.capacity.iter().map(|c| hours.capacity(c)).collect(),
            capacity_reason: left_out(outcome),
            cases: Vec::new(),
            services: outcome.services.iter().map(|s| hours.service(s)).collect(),
        }
    }
}

/// Why the load of some service is not held against its capacity.
fn left_out(outcome: &TimelineOutcome) -> Option<String> {
    let limited =
        |s: &&timeline::ServiceTimeline| matches!(s.growth_n0, timeline::GrowthLeft::Left(_));
    let all = outcome.services.iter().filter(limited).count();
    match (outcome.capacity.len(), all) {
        (shown, all) if shown == all => None,
        (0, _) => Some("the estate is too large to follow every failure day by day".to_owned()),
        (shown, all) => Some(format!(
            "the {shown} services with least growth left, of {all} that something limits"
        )),
    }
}

/// Names and dates for hours.
struct Hours<'a> {
    names: Naming<'a>,
    horizon: &'a Horizon,
}

impl Hours<'_> {
    fn at(&self, hour: u32) -> String {
        instant(self.horizon.at(hour as usize), &self.horizon.zone)
    }

    fn service(&self, s: &timeline::ServiceTimeline) -> ServiceTimes {
        let mut hours: BTreeMap<String, u32> = BTreeMap::new();
        for span in &s.status {
            *hours.entry(span.value.0.word().to_owned()).or_default() += span.to - span.from;
        }
        ServiceTimes {
            status: s.status.iter().map(|x| self.status(x, x.value)).collect(),
            impact: s.impact.iter().map(|x| self.impact(x)).collect(),
            risk: s.risk.iter().map(|x| self.risk(x)).collect(),
            hours,
            n0_holds_until: s.holds_until(0).map(|h| self.at(h)),
            n1_holds_until: s.holds_until(1).map(|h| self.at(h)),
            n1_failure: s.risk_before_impact().map(|r| self.names.id(r.element)),
            growth_n0: self.growth(s.service, s.growth_n0),
            growth_n1: self.growth(s.service, s.growth_n1),
            id: self.names.id(s.service),
        }
    }

    fn status<T>(
        &self,
        span: &Span<T>,
        (status, cause): (crate::model::Status, Option<crate::model::Cause>),
    ) -> StatusSpan {
        StatusSpan {
            from: self.at(span.from),
            to: self.at(span.to),
            status,
            cause,
        }
    }

    fn impact(&self, span: &Span<timeline::Impact>) -> ImpactSpan {
        ImpactSpan {
            from: self.at(span.from),
            to: self.at(span.to),
            status: span.value.status,
            delivered: span.value.delivered,
        }
    }

    fn risk(&self, span: &Span<u32>) -> RiskSpan {
        RiskSpan {
            from: self.at(span.from),
            to: self.at(span.to),
            failures: span.value,
        }
    }

    fn growth(&self, service: NodeId, left: timeline::GrowthLeft) -> Option<GrowthLeft> {
        let bare = GrowthLeft {
            service: self.names.id(service),
            ..GrowthLeft::default()
        };
        match left {
            timeline::GrowthLeft::Unlimited => None,
            timeline::GrowthLeft::Never(element) => {
                let failure = element.map(|e| self.names.id(e));
                let reason = match &failure {
                    Some(id) => format!("{id} takes it down at any load"),
                    None => "it is down at any load".to_owned(),
                };
                Some(GrowthLeft {
                    reason: Some(reason),
                    failure,
                    ..bare
                })
            }
            timeline::GrowthLeft::Left(t) => Some(GrowthLeft {
                growth: Some(t.growth),
                at: Some(self.at(t.hour)),
                limit: Some(self.names.id(t.limit)),
                failure: t.failure.map(|f| self.names.id(f)),
                used_up: self
                    .horizon
                    .used_up(t.hour as usize, t.growth)
                    .map(|at| instant(at, &self.horizon.zone)),
                ..bare
            }),
        }
    }

    fn capacity(&self, c: &timeline::CapacityTimeline) -> CapacityTimes {
        let carried = |c: timeline::Carried| match c {
            timeline::Carried::Nothing => Some(0.0),
            timeline::Carried::UpTo(x) => finite(x),
            timeline::Carried::Unlimited => None,
        };
        let point = |p: &timeline::CapacityPoint| CapacityPoint {
            time: self.at(p.hour),
            demand: p.demand,
            n0: carried(p.n0),
            n1: carried(p.n1),
            failure: p.failure.map(|f| self.names.id(f)),
        };
        CapacityTimes {
            id: self.names.id(c.service),
            unit: self.names.unit(c.service),
            points: c.points.iter().map(point).collect(),
        }
    }

    fn outage(&self, o: &timeline::OutageTimeline) -> OutageTimes {
        let reason = match (o.first_impact, o.repair_hours) {
            (None, _) => Some("it harms nobody in this horizon"),
            (Some(_), None) => Some("no repair time is known: write it in repair_hours"),
            _ => None,
        };
        OutageTimes {
            element: self.names.id(o.element),
            first_impact: o.first_impact.map(|h| self.at(h)),
            services: self.names.ids(&o.services),
            repair_hours: o.repair_hours,
            restore_by: o.restore_by.map(|at| instant(at, &self.horizon.zone)),
            overdue: o.restore_by.is_some_and(|at| at < self.horizon.start),
            reason: reason.map(str::to_owned),
        }
    }

    fn failure(&self, f: &timeline::FailureTimeline) -> FailureTimes {
        let harm = |h: &timeline::Harm| HarmTimes {
            id: self.names.id(h.service),
            hours_degraded: h.hours_degraded,
            hours_down: h.hours_down,
            least_delivered: h.least_delivered,
            spans: h
                .spans
                .iter()
                .take(SPANS)
                .map(|s| self.status(s, (s.value, None)))
                .collect(),
            span_count: h.span_count,
        };
        FailureTimes {
            element: self.names.id(f.element),
            safe_hours: f.safe_hours,
            longest_safe: f.longest_safe.map(|s| Stretch {
                from: self.at(s.from),
                to: self.at(s.to),
            }),
            services: f.services.iter().map(harm).collect(),
        }
    }

    /// Policies that ask for survival: the service that breaks first, and the one with least growth.
    fn policies(&self, outcome: &TimelineOutcome) -> Vec<PolicyTimes> {
        let scenario = self.names.scenario;
        let all = scenario.policies.iter().enumerate();
        let asks = all.filter_map(|(at, p)| Some((p, outcome.policy(scenario, self.horizon, at)?)));
        asks.map(|(policy, (order, until, tightest))| PolicyTimes {
            name: policy.name.clone(),
            order,
            holds_until: until.map(|h| self.at(h)),
            growth: tightest.and_then(|s| self.growth(s.service, s.growth(order))),
        })
        .collect()
    }
}
