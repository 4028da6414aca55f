//! Every hour of a horizon against the definitions, evaluated hour by hour and failure by failure.

use crate::oracle::{Oracle, Point};
use crate::overload::overloaded;
use crate::random::{Dice, SHAPES, Shape, describe, estate, horizon};
use brownout::analysis::timeline::{
    CapacityTimeline, Carried, GrowthLeft, OutageTimeline, Span, TimelineOutcome, timeline,
};
use brownout::analysis::{NoWatch, Study};
use brownout::model::{
    CaseId, Cause, Horizon, LoadCase, NodeId, Reliability, Scenario, Status, System,
};
use rayon::prelude::*;

/// Hours from 1970 to the start of the horizon.
const START_HOUR: usize = 1_000;
/// Lengths of horizons, hours.
const LENGTHS: [usize; 7] = [1, 7, 8, 9, 24, 65, 100];

/// The scenario with one load case for each hour.
fn by_hour(scenario: &Scenario, horizon: &Horizon) -> Scenario {
    let case = |hour: usize| LoadCase {
        name: format!("hour {hour}"),
        demand: horizon.demand.iter().map(|d| d[hour]).collect(),
        peak: false,
    };
    Scenario {
        placement: brownout::model::PlacementSpec::default(),
        cases: (0..horizon.hours()).map(case).collect(),
        ..scenario.clone()
    }
}

/// The definitions, hour by hour.
struct Naive<'a> {
    system: &'a System,
    oracle: &'a Oracle<'a>,
    /// The same without the known outages.
    bare: &'a Oracle<'a>,
    scenario: &'a Scenario,
    elements: &'a [NodeId],
    hours: usize,
    /// `states[failure][hour]`, the base state first.
    states: Vec<Vec<Point>>,
    /// The same as if nothing tripped.
    before_trips: Vec<Vec<Point>>,
}

fn case(hour: usize) -> CaseId {
    CaseId(u32::try_from(hour).expect("few hours"))
}

impl Naive<'_> {
    fn status(&self, failure: usize, s: NodeId, hour: usize) -> Status {
        self.oracle
            .plain_status(&self.states[failure][hour], s, case(hour))
    }

    /// Failures that leave a service worse off in an hour.
    fn harmful(&self, s: NodeId, hour: usize) -> Vec<(usize, Status)> {
        let base = self.status(0, s, hour);
        let worse = |f: &usize| self.status(*f, s, hour) > base;
        let all = (1..self.states.len()).filter(worse);
        all.map(|f| (f, self.status(f, s, hour))).collect()
    }

    /// Whether a failure leaves a service in a worse status, or with less of what it gets while it is harmed.
    fn leaves_worse_off(&self, failure: usize, s: NodeId, hour: usize) -> bool {
        let (status, base) = (self.status(failure, s, hour), self.status(0, s, hour));
        let delivered = |f: usize| self.states[f][hour].delivered[s.index()];
        status > base || (status.is_harm() && delivered(failure) < delivered(0) - 1e-9)
    }

    fn status_and_cause(&self, s: NodeId, hour: usize) -> (Status, Option<Cause>) {
        let base = self.status(0, s, hour);
        if base.is_harm() {
            return (base, None);
        }
        let headroom = self.oracle.headroom(s, &self.states[0][hour]);
        let thin = headroom
            .zip(self.scenario.headroom)
            .is_some_and(|((h, _), asked)| h < asked - 1e-9);
        if (hour..self.hours).any(|later| self.status(0, s, later).is_harm()) {
            (Status::AtRisk, Some(Cause::Peak))
        } else if !self.harmful(s, hour).is_empty() {
            (Status::AtRisk, Some(Cause::Redundancy))
        } else if thin {
            (Status::AtRisk, Some(Cause::Headroom))
        } else {
            (Status::Ok, None)
        }
    }

    /// The least headroom over all hours and the given states.
    fn least(&self, s: NodeId, states: std::ops::Range<usize>) -> Option<f64> {
        let all = states.flat_map(|f| (0..self.hours).map(move |h| (f, h)));
        let headroom = |(f, h): (usize, usize)| {
            let point = &self.before_trips[f][h];
            Some(self.oracle.headroom(s, point)?.0)
        };
        all.filter_map(headroom).reduce(f64::min)
    }

    fn check(&self, got: &TimelineOutcome) -> Result<(), String> {
        for (at, service) in got.services.iter().enumerate() {
            let s = service.service;
            let id = self.system.id(s);
            if s != self.system.services()[at] {
                return Err("services are not in order".into());
            }
            for hour in 0..self.hours {
                let want = self.status_and_cause(s, hour);
                let have = value(&service.status, hour).copied();
                if have != Some(want) {
                    return Err(format!(
                        "{id} in hour {hour}: {have:?}, by definition {want:?}"
                    ));
                }
                let impact = value(&service.impact, hour).map(|i| i.status);
                let harm = Some(self.status(0, s, hour)).filter(|s| s.is_harm());
                let (risk, want) = (
                    value(&service.risk, hour).copied(),
                    self.harmful(s, hour).len(),
                );
                if impact != harm || risk.unwrap_or(0) as usize != want {
                    return Err(format!(
                        "{id} in hour {hour}: {impact:?} {risk:?}, {harm:?} {want}"
                    ));
                }
            }
            self.check_first_risk(got, at)?;
            self.growth(s, service.growth_n0, 1)?;
            self.growth(s, service.growth_n1, self.states.len())?;
        }
        self.check_failures(got)?;
        got.capacity
            .iter()
            .try_for_each(|c| self.check_capacity(c))?;
        got.outages.iter().try_for_each(|o| self.check_outage(o))
    }

    fn check_first_risk(&self, got: &TimelineOutcome, at: usize) -> Result<(), String> {
        let s = got.services[at].service;
        let first = (0..self.hours).find_map(|hour| {
            let worst = self.harmful(s, hour).into_iter();
            let (f, status) = worst.min_by_key(|&(f, status)| (std::cmp::Reverse(status), f))?;
            Some((u32::try_from(hour).ok()?, self.elements[f - 1], status))
        });
        let have = got.services[at]
            .first_risk
            .map(|r| (r.hour, r.element, r.leads_to));
        if have == first {
            Ok(())
        } else {
            Err(format!("first risk {have:?}, by definition {first:?}"))
        }
    }

    fn growth(&self, s: NodeId, got: GrowthLeft, states: usize) -> Result<(), String> {
        let stops = |f: usize| !self.before_trips[f][0].works[s.index()];
        let stopped = (0..states).find(|&f| stops(f));
        let want = self.least(s, 0..states);
        let same = match (got, stopped, want) {
            (GrowthLeft::Never(None), Some(0), _) | (GrowthLeft::Unlimited, None, None) => true,
            (GrowthLeft::Never(Some(e)), Some(f), _) if f > 0 => e == self.elements[f - 1],
            (GrowthLeft::Left(left), None, Some(want)) => {
                (left.growth - want).abs() <= 1e-9 * (1.0 + want.abs())
            }
            _ => false,
        };
        let id = self.system.id(s);
        if same {
            Ok(())
        } else {
            Err(format!(
                "growth of {id}: {got:?}, by definition {stopped:?} {want:?}"
            ))
        }
    }

    fn check_failures(&self, got: &TimelineOutcome) -> Result<(), String> {
        for (at, &element) in self.elements.iter().enumerate() {
            let f = at + 1;
            let found = got.failures.iter().find(|x| x.element == element);
            let worse = |s: NodeId, h: usize| self.leaves_worse_off(f, s, h);
            let all = self.system.services();
            let safe = (0..self.hours)
                .filter(|&h| !all.iter().any(|&s| worse(s, h)))
                .count();
            let have = found.map_or(self.hours, |x| x.safe_hours as usize);
            let longest = found
                .and_then(|x| x.longest_safe)
                .map_or(0, |x| x.to - x.from);
            let mut run = (0u32, 0u32);
            for h in 0..self.hours {
                run.0 = if all.iter().any(|&s| worse(s, h)) {
                    0
                } else {
                    run.0 + 1
                };
                run.1 = run.1.max(run.0);
            }
            if have != safe || (found.is_some() && longest != run.1) {
                return Err(format!(
                    "{} is safe {have} hours, by definition {safe}",
                    self.system.id(element)
                ));
            }
            for &s in all {
                let count = |status| {
                    let is = |&h: &usize| worse(s, h) && self.status(f, s, h) == status;
                    (0..self.hours).filter(is).count()
                };
                let want = (count(Status::Degraded), count(Status::Down));
                let harm = found.and_then(|x| x.services.iter().find(|x| x.service == s));
                let have = harm.map_or((0, 0), |x| {
                    (x.hours_degraded as usize, x.hours_down as usize)
                });
                if have != want {
                    return Err(format!(
                        "{have:?} hours of {}, by definition {want:?}",
                        self.system.id(s)
                    ));
                }
                for h in 0..self.hours {
                    let in_span = harm.and_then(|x| value(&x.spans, h)).copied();
                    let want = worse(s, h).then(|| self.status(f, s, h));
                    if in_span != want {
                        return Err(format!("hour {h}: {in_span:?}, by definition {want:?}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// What a service could be asked for in an hour, in the state of a failure.
    fn carried(&self, s: NodeId, failure: usize, hour: usize) -> Carried {
        let point = &self.before_trips[failure][hour];
        if !point.works[s.index()] {
            return Carried::Nothing;
        }
        let at = self.system.services().binary_search(&s).expect("a service");
        let demand = self.scenario.cases[hour].demand[at];
        match self.oracle.headroom(s, point) {
            _ if demand <= 0.0 => Carried::Unlimited,
            Some((headroom, _)) => Carried::UpTo(demand * (1.0 + headroom)),
            None => Carried::Unlimited,
        }
    }

    fn check_capacity(&self, got: &CapacityTimeline) -> Result<(), String> {
        let amount = |c: Carried| match c {
            Carried::Nothing => 0.0,
            Carried::UpTo(x) => x,
            Carried::Unlimited => f64::INFINITY,
        };
        let same = |a: f64, b: f64| a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        let s = got.service;
        let at = self.system.services().binary_search(&s).expect("a service");
        for p in &got.points {
            let hour = p.hour as usize;
            let all = (0..self.states.len()).map(|f| amount(self.carried(s, f, hour)));
            let least = all.fold(f64::INFINITY, f64::min);
            let base = amount(self.carried(s, 0, hour));
            let by = p
                .failure
                .and_then(|f| self.elements.iter().position(|&e| e == f));
            let there = by.map_or(base, |f| amount(self.carried(s, f + 1, hour)));
            let demand = self.scenario.cases[hour].demand[at];
            let right = same(amount(p.n0), base)
                && same(amount(p.n1), least)
                && same(there, least)
                && same(p.demand, demand);
            if !right {
                let id = self.system.id(s);
                return Err(format!("{id}: {p:?}, by definition {base} and {least}"));
            }
        }
        self.check_tightest(got)
    }

    /// Growth left in an hour after a failure.
    fn left(&self, s: NodeId, failure: usize, hour: usize) -> f64 {
        let point = &self.before_trips[failure][hour];
        match self.oracle.headroom(s, point) {
            _ if !point.works[s.index()] => f64::NEG_INFINITY,
            Some((headroom, _)) => headroom,
            None => f64::INFINITY,
        }
    }

    /// On each day the points are no less tight than any hour, with nothing more failed and after
    /// the failure that leaves least.
    fn check_tightest(&self, got: &CapacityTimeline) -> Result<(), String> {
        let s = got.service;
        let of_base = |hour: usize| self.left(s, 0, hour);
        let after = |hour: usize| {
            let all = (0..self.states.len()).map(|f| self.left(s, f, hour));
            all.fold(f64::INFINITY, f64::min)
        };
        let day = |hour: usize| (START_HOUR + hour) / 24;
        for first in (0..self.hours).filter(|&h| h == 0 || day(h) != day(h - 1)) {
            let hours: Vec<usize> = (0..self.hours).filter(|&h| day(h) == day(first)).collect();
            let shown: Vec<usize> = got.points.iter().map(|p| p.hour as usize).collect();
            let shown: Vec<usize> = shown.into_iter().filter(|h| hours.contains(h)).collect();
            let least = |of: &dyn Fn(usize) -> f64, among: &[usize]| {
                among.iter().map(|&h| of(h)).fold(f64::INFINITY, f64::min)
            };
            for of in [&of_base as &dyn Fn(usize) -> f64, &after] {
                let (there, all) = (least(of, &shown), least(of, &hours));
                if there > all && there - all > 1e-9 * (1.0 + all.abs()) {
                    let id = self.system.id(s);
                    return Err(format!(
                        "{id} on day {}: {there} shown, {all} is least",
                        day(first)
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_outage(&self, got: &OutageTimeline) -> Result<(), String> {
        let down = &self.scenario.down;
        let others: Vec<NodeId> = down.iter().copied().filter(|&v| v != got.element).collect();
        let pairs = [(down.clone(), others), (vec![got.element], Vec::new())];
        let hurts = |hour: usize, (with, without): &(Vec<NodeId>, Vec<NodeId>)| {
            let (a, b) = (
                self.bare.point(with, case(hour)),
                self.bare.point(without, case(hour)),
            );
            let worse = |&&s: &&NodeId| {
                let status = |p: &Point| self.bare.plain_status(p, s, case(hour));
                let less = a.delivered[s.index()] < b.delivered[s.index()] - 1e-9;
                status(&a).is_harm() && (status(&a) > status(&b) || less)
            };
            self.system
                .services()
                .iter()
                .filter(worse)
                .copied()
                .collect::<Vec<_>>()
        };
        let first = (0..self.hours).find_map(|hour| {
            let mut services: Vec<NodeId> = pairs.iter().flat_map(|p| hurts(hour, p)).collect();
            services.sort_unstable();
            services.dedup();
            (!services.is_empty()).then_some((u32::try_from(hour).ok()?, services))
        });
        let have = got.first_impact.map(|hour| (hour, got.services.clone()));
        if have != first {
            return Err(format!("outage {have:?}, by definition {first:?}"));
        }
        let mttr = match self.system.node(got.element).reliability {
            Some(Reliability::Rates { mttr_hours, .. }) => Some(mttr_hours),
            _ => None,
        };
        if got.repair_hours == mttr
            && got.restore_by.is_some() == (first.is_some() && mttr.is_some())
        {
            Ok(())
        } else {
            Err("repair time".into())
        }
    }
}

fn value<T>(spans: &[Span<T>], hour: usize) -> Option<&T> {
    let inside = |s: &&Span<T>| (s.from as usize..s.to as usize).contains(&hour);
    let mut all = spans.iter().filter(inside).map(|s| &s.value);
    let first = all.next();
    assert!(all.next().is_none(), "spans overlap");
    first
}

fn agree(shape: Shape, seed: u64, trips: bool) -> Result<(), String> {
    let make = if seed % 2 == 1 { overloaded } else { estate };
    let (mut system, scenario) = make(shape, seed);
    if trips {
        system = crate::trips::tripping(&system, seed);
    }
    let mut dice = Dice::new(seed ^ 0x7157);
    let start = i64::try_from(START_HOUR).expect("small");
    let horizon = horizon(&scenario, &mut dice, start, (&LENGTHS, 15));
    let scenario = by_hour(&scenario, &horizon);
    let bare = Scenario {
        down: Vec::new(),
        ..scenario.clone()
    };
    let study = Study::new(&system, &scenario);
    let got = timeline(&study, &horizon, &[], &NoWatch).expect("nobody stops it");
    let mut elements = scenario.sweep.elements.clone();
    elements.retain(|e| !scenario.down.contains(e));
    let (oracle, bare) = (Oracle::new(&system, &scenario), Oracle::new(&system, &bare));
    let failures = std::iter::once(None).chain(elements.iter().copied().map(Some));
    let state = |f: Option<NodeId>| {
        let failed: Vec<NodeId> = f.into_iter().collect();
        (0..horizon.hours())
            .map(|h| oracle.point(&failed, case(h)))
            .collect()
    };
    let before_trips = |f: Option<NodeId>| {
        let failed: Vec<NodeId> = f.into_iter().collect();
        (0..horizon.hours())
            .map(|h| oracle.before_trips(&failed, case(h)))
            .collect()
    };
    let naive = Naive {
        system: &system,
        oracle: &oracle,
        bare: &bare,
        scenario: &scenario,
        elements: &elements,
        hours: horizon.hours(),
        before_trips: failures.clone().map(before_trips).collect(),
        states: failures.map(state).collect(),
    };
    naive.check(&got).map_err(|why| {
        let text = describe(&system, &scenario);
        format!("{shape:?} seed {seed}: {why}\n{text}\n{:?}", horizon.demand)
    })
}

#[test]
fn every_hour_is_what_the_definitions_say() {
    let runs: Vec<(Shape, u64, bool)> = SHAPES
        .iter()
        .flat_map(|&shape| (0..80).map(move |seed| (shape, seed, seed >= 50)))
        .collect();
    let wrong: Vec<String> = runs
        .into_par_iter()
        .filter_map(|(shape, seed, trips)| agree(shape, seed, trips).err())
        .collect();
    let shortest = wrong.iter().min_by_key(|w| w.len());
    assert!(
        wrong.is_empty(),
        "{} differ; the shortest:\n{}",
        wrong.len(),
        shortest.expect("some")
    );
}
