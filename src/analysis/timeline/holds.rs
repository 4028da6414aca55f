//! Until which hour a policy that asks for survival holds. In: what every hour and every single failure does, a policy,
//! the waivers of the scenario. Out: the first hour with a breach that nobody has accepted on that day. Promises: agrees
//! with how a policy is judged: the base state counts, and a failure that leaves a service in a worse status than it.

use super::outcome::{Harm, Impact, ServiceTimeline, Span, TimelineOutcome};
use crate::analysis::policy::{PolicyBreach, covers, lapse};
use crate::model::{CaseId, Horizon, NodeId, Scenario, Status, Waiver};
use jiff::civil::Date;

/// The waivers of one policy, hour by hour.
struct Accepted<'a> {
    scenario: &'a Scenario,
    waivers: Vec<&'a Waiver>,
    horizon: &'a Horizon,
}

impl TimelineOutcome {
    /// The first hour in which a policy does not hold, to the order that is looked at (0, or 1 for 1 and more).
    pub(super) fn breached_from(
        &self,
        (scenario, horizon): (&Scenario, &Horizon),
        policy: usize,
        order: u32,
    ) -> Option<u32> {
        let asked = &scenario.policies[policy].services;
        let mine = || self.services.iter().filter(|s| asked.contains(&s.service));
        let waivers = scenario.waivers.iter().filter(|w| w.policy == policy);
        let accepted = Accepted {
            scenario,
            waivers: waivers.collect(),
            horizon,
        };
        if accepted.waivers.is_empty() {
            return mine().filter_map(|s| s.holds_until(order)).min();
        }
        let in_base = mine().filter_map(|s| accepted.first_in_base(s));
        let mut first: Vec<u32> = in_base.collect();
        if order > 0 {
            for service in mine() {
                let failures = self.failures.iter().flat_map(|f| {
                    let harms = f.services.iter().filter(|h| h.service == service.service);
                    harms.map(|h| (f.element, h))
                });
                first.extend(failures.filter_map(|(e, h)| accepted.first_after(service, e, h)));
            }
        }
        first.into_iter().min()
    }
}

impl Accepted<'_> {
    fn day(&self, hour: u32) -> Date {
        let at = jiff::Timestamp::from_millisecond(self.horizon.at(hour as usize));
        let at = at.unwrap_or_default();
        at.to_zoned(self.horizon.zone.clone()).date()
    }

    /// Whether a waiver that is valid in an hour covers what the failure of these elements does to a service.
    fn covers(&self, service: NodeId, elements: &[NodeId], status: Status, hour: u32) -> bool {
        let breach = PolicyBreach {
            elements: elements.to_vec(),
            ..PolicyBreach::new(service, CaseId(0), status)
        };
        let day = self.day(hour);
        let mut valid = self.waivers.iter().filter(|w| lapse(w, day).is_none());
        valid.any(|w| covers(w, &breach, self.scenario))
    }

    /// The first hour in which the base state harms a service and nobody has accepted it.
    fn first_in_base(&self, service: &ServiceTimeline) -> Option<u32> {
        service.impact.iter().find_map(|span| {
            let status = span.value.status;
            (span.from..span.to).find(|&hour| !self.covers(service.service, &[], status, hour))
        })
    }

    /// The first hour in which the failure of an element leaves a service in a worse status than the base state, and
    /// nobody has accepted it. Of a list of spans that was cut, the hour after the last that is kept counts as one.
    fn first_after(&self, service: &ServiceTimeline, element: NodeId, harm: &Harm) -> Option<u32> {
        let worsens = |hour: u32, status: Status| status > in_base(&service.impact, hour);
        let kept = harm.spans.iter().find_map(|span| {
            (span.from..span.to).find(|&hour| {
                worsens(hour, span.value)
                    && !self.covers(service.service, &[element], span.value, hour)
            })
        });
        let is_cut = harm.span_count > harm.spans.len() as u64;
        kept.or_else(|| {
            let last = harm.spans.last().filter(|_| is_cut)?;
            let is_open = !self.covers(service.service, &[element], Status::Down, last.to);
            is_open.then_some(last.to)
        })
    }
}

/// The status of a service in the base state of an hour, as far as it harms.
fn in_base(impact: &[Span<Impact>], hour: u32) -> Status {
    let at = impact.partition_point(|span| span.to <= hour);
    let there = impact.get(at).filter(|span| span.from <= hour);
    there.map_or(Status::Ok, |span| span.value.status)
}
