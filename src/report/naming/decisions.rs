//! Decisions with names and dates on.

use super::instant::instant;
use super::{Naming, shares};
use crate::analysis::fix::FixContext;
use crate::analysis::{self, Assessment, Growth, GrowthScope, Moment, RemedySource, Root, Step};
use crate::model::{Horizon, Millis, NodeId, short};
use crate::report::document::decisions::{
    Decisions, FirstTrips, GrowthOf, NotHeld, PeakTime, Remedy, Restore, RestsOn, SingleTrips,
    SingleUnplaced, Trips, TripsIn, Trouble, Troubled, UnplacedIn, UnplacedOf,
};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

impl Naming<'_> {
    /// What a reader must know first. `context` is what remedies change; `horizon` has the hours.
    #[must_use]
    pub fn decisions(
        self,
        found: &Assessment,
        context: &FixContext<'_>,
        horizon: Option<&Horizon>,
    ) -> Decisions {
        let all = &found.decisions;
        let zone = horizon.map_or(TimeZone::UTC, |h| h.zone.clone());
        let policies = &found.judgement.policies;
        let remedies = all.remedies.found.iter();
        Decisions {
            peak: all.peak.as_ref().map(|p| self.peak_time(p)),
            not_held: all
                .not_held
                .iter()
                .map(|&p| NotHeld {
                    policy: self.policy_name(p),
                    holds: policies[p].holds,
                    breaches: policies[p].breaches.len() as u64,
                    waived: policies[p].waived.len() as u64,
                })
                .collect(),
            restore: all.restore.iter().map(|r| self.restore(r, &zone)).collect(),
            harmless: all.harmless,
            not_looked_at: all.not_looked_at,
            remedies: remedies.map(|r| self.remedy(r, context, horizon)).collect(),
            unfixed: all
                .remedies
                .unfixed
                .iter()
                .map(|&p| self.policy_name(p))
                .collect(),
            looked: all.remedies.looked,
            priced: all.remedies.priced,
            no_plan: all.remedies.no_plan,
            growth: all
                .growth
                .iter()
                .map(|g| self.growth_of(g, &zone))
                .collect(),
            trips: all.trips.as_ref().map(|t| self.trips(t)),
            unplaced: all.unplaced.as_ref().map(|u| self.unplaced_of(u)),
            trouble: all.trouble.iter().map(|t| self.trouble(t, found)).collect(),
            ok: all.ok,
            rests_on: RestsOn {
                covered: shares(&all.rests_on.shares),
                may_fail: all.rests_on.may_fail,
                of: all.rests_on.of,
                defaults: all.rests_on.defaults,
            },
        }
    }

    fn peak_time(self, peak: &analysis::Peak) -> PeakTime {
        let at = |at: Millis| Some(instant(at, &peak.zone));
        let (from, to, basis) = match peak.when {
            Some(Moment::Samples(from, to)) => (at(from), at(to), Some("samples")),
            Some(Moment::Within(from, to)) => (at(from), at(to), Some("window")),
            None => (None, None, None),
        };
        PeakTime {
            load_case: self.case(peak.case),
            is_marked: peak.is_marked,
            from,
            to,
            basis: basis.map(str::to_owned),
            harm_from: peak.harm_from.and_then(at),
        }
    }

    fn restore(self, r: &analysis::Restore, zone: &TimeZone) -> Restore {
        let at = |at: Millis| instant(at, zone);
        Restore {
            element: self.id(r.element),
            is_derated: r.is_derated,
            by: r.by.map(at),
            overdue: r.is_overdue,
            harms_from: r.harms_from.map(at),
            repair_hours: r.repair_hours,
            services: self.ids(&r.services),
            repaired: r.repaired,
        }
    }

    fn remedy(
        self,
        r: &analysis::Remedy,
        context: &FixContext<'_>,
        horizon: Option<&Horizon>,
    ) -> Remedy {
        let source = match r.source {
            RemedySource::Plan => "plan",
            RemedySource::Repairs => "repairs",
            RemedySource::Fixes => "fixes",
        };
        let (steps, text) = self.changes(&r.changes, context);
        Remedy {
            source: source.to_owned(),
            steps,
            text,
            cost: r.cost,
            is_cheapest: r.is_cheapest,
            holds: r.holds.iter().map(|&p| self.policy_name(p)).collect(),
            needed_by: r
                .needed_by
                .zip(horizon)
                .map(|(hour, horizon)| instant(horizon.at(hour as usize), &horizon.zone)),
        }
    }

    fn growth_of(self, g: &Growth, zone: &TimeZone) -> GrowthOf {
        let scope = match g.scope {
            GrowthScope::Base => "base",
            GrowthScope::Single => "single",
            GrowthScope::Contingency => "contingency",
        };
        let left = g.left.as_ref();
        let at = |at: Millis| instant(at, zone);
        GrowthOf {
            scope: scope.to_owned(),
            service: left.map(|l| self.id(l.service)),
            growth: left.map(|l| l.growth),
            limit: left.and_then(|l| l.limit).map(|v| self.id(v)),
            failed: left.map_or_else(Vec::new, |l| self.ids(&l.failed)),
            at: left.and_then(|l| l.at).map(at),
            used_up: left.and_then(|l| l.used_up).map(at),
            none: g.none,
        }
    }

    fn trips(self, trips: &analysis::Trips) -> Trips {
        let state = |s: &analysis::TripsIn| TripsIn {
            load_case: self.case(s.case),
            first_round: self.ids(&s.first_round),
            tripped: s.tripped,
            rounds: s.rounds,
            harmed: s.harmed,
            down: s.down,
        };
        Trips {
            states: trips.states.iter().map(state).collect(),
            first: trips.first.map(|f| FirstTrips {
                id: self.id(f.trip.id),
                growth: f.trip.growth,
                is_next: f.is_next,
            }),
            singles: trips.singles.as_ref().map(|s| SingleTrips {
                elements: s.elements,
                at_least: s.at_least,
                worst: self.ids(&s.worst.elements).concat(),
                load_case: self.case(s.worst.case),
                tripped: u64::from(s.worst.tripped),
                rounds: u64::from(s.worst.rounds),
                services: u64::from(s.worst.services),
            }),
            count: by_order(&trips.count),
            count_at_least: orders_at_least(&trips.count),
        }
    }

    fn unplaced_of(self, unplaced: &analysis::Unplaced) -> UnplacedOf {
        let state = |s: &analysis::UnplacedIn| UnplacedIn {
            load_case: self.case(s.case),
            moved: s.moved,
            nowhere: self.ids(&s.nowhere),
        };
        UnplacedOf {
            states: unplaced.states.iter().map(state).collect(),
            singles: unplaced.singles.as_ref().map(|s| SingleUnplaced {
                elements: s.elements,
                at_least: s.at_least,
                worst: self.ids(&s.worst.elements).concat(),
                load_case: self.case(s.worst.case),
                instances: self.ids(&s.worst.instances),
            }),
            count: by_order(&unplaced.count),
            count_at_least: orders_at_least(&unplaced.count),
        }
    }

    fn trouble(self, t: &analysis::Trouble, found: &Assessment) -> Trouble {
        let (cause, witness, why) = self.cause(t, found);
        let service = |s: &analysis::Troubled| Troubled {
            id: self.id(s.service),
            status: s.status,
            delivered: s.delivered,
            leads_to: s.leads_to,
        };
        Trouble {
            load_case: self.case(t.case),
            cause: cause.to_owned(),
            witness,
            why,
            services: t.services.iter().map(service).collect(),
            outages: self.ids(&t.outages),
        }
    }

    /// The word of a cause, what it is, and the cause in words.
    fn cause(
        self,
        t: &analysis::Trouble,
        found: &Assessment,
    ) -> (&'static str, Option<String>, String) {
        let harm = |word, step: Step<'_>, node| {
            let state = found.states.get(t.case.index());
            // A node serves some tiers and not others: as the first of these services sees it.
            let said = state
                .zip(t.services.first())
                .map(|(state, first)| self.sentences(state, first.service, &[step]).concat());
            (word, Some(self.id(node)), said.unwrap_or_default())
        };
        let risk = |word, node: NodeId, why: &str| {
            (
                word,
                Some(self.id(node)),
                format!("{} {why}", self.name(node)),
            )
        };
        match t.root {
            Root::Failed(v) => harm("failed", Step::Failed(v), v),
            Root::Tripped(v) => harm("tripped", Step::Tripped(v), v),
            Root::Unplaced(v) => harm("unplaced", Step::Unplaced(v), v),
            Root::NoPath(v) => harm("no-path", Step::NoPath(v), v),
            Root::Overloaded(v, way) => harm("overloaded", Step::Overloaded(v, way), v),
            Root::Congested(v) => harm("congested", Step::Congested(v), v),
            Root::Next(v) => risk("next", v, "may fail next"),
            Root::Headroom(v) => risk("headroom", v, "leaves less headroom than is asked for"),
            Root::Peak(case) => {
                let case = self.case(case);
                let why = format!("{} asks for more", short(&case, 40));
                ("peak", Some(case), why)
            }
            Root::Unexplained => ("unexplained", None, "no cause was found".to_owned()),
        }
    }
}

fn by_order(count: &[analysis::CountOf]) -> BTreeMap<String, u64> {
    let orders = (1..).map(|order: u64| order.to_string());
    orders.zip(count.iter().map(|c| c.contingencies)).collect()
}

fn orders_at_least(count: &[analysis::CountOf]) -> Vec<String> {
    let orders = (1..).zip(count).filter(|(_, c)| c.at_least);
    orders
        .map(|(order, _): (u64, _)| order.to_string())
        .collect()
}
