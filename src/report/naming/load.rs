//! Names and dates for load over time.

use super::Naming;
use crate::analysis::timeline::{self, Span, TimelineOutcome};
use crate::model::{
    Derivation, Estimate, Horizon, Millis, NodeId, Profile, Sample, Series, Step, Take, Window,
};
use crate::report::document::load::{
    Basis, CaseDemand, DerivationStep, FailureTimes, GrowthLeft, HarmTimes, HorizonDemand,
    HorizonService, ImpactSpan, OutageTimes, Point, PolicyTimes, ProfileSeries, RiskSpan,
    ServiceDemand, ServiceTimes, StatusSpan, Stretch, Timeline,
};
use crate::report::number::{growth, quantity};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Points of a history.
const POINTS: usize = 500;
/// Spans of one failure and service that are written.
const SPANS: usize = 100;
/// Milliseconds of a year of 365.2425 days.
const YEAR: f64 = 31_556_952_000.0;

/// An instant with the offset of a zone.
#[must_use]
pub fn instant(at: Millis, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// At most [`POINTS`] points, the greatest of each run, by time.
fn thin<T: Copy>(all: &[T], value: impl Fn(&T) -> f64) -> Vec<T> {
    let run = all.len().div_ceil(POINTS).max(1);
    let greatest = |chunk: &[T]| {
        chunk
            .iter()
            .copied()
            .reduce(|a, b| if value(&b) > value(&a) { b } else { a })
    };
    all.chunks(run).filter_map(greatest).collect()
}

fn point(sample: &Sample, zone: &TimeZone) -> Point {
    Point {
        time: instant(sample.at, zone),
        demand: sample.value,
        line: (sample.line > 0).then_some(sample.line),
    }
}

fn stretch(from: Millis, to: Millis, zone: &TimeZone) -> Stretch {
    Stretch {
        from: instant(from, zone),
        to: instant(to, zone),
    }
}

#[allow(clippy::cast_precision_loss)] // counts far below 2^52
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len().max(1) as f64;
    values.sum::<f64>() / n
}

impl Naming<'_> {
    fn nth(self, service: usize) -> NodeId {
        self.system.services()[service]
    }

    /// What was measured.
    #[must_use]
    pub fn profiles(self, profiles: &[Profile]) -> Vec<ProfileSeries> {
        let of = |p| move |s| (p, s);
        let all = profiles.iter().flat_map(|p| p.series.iter().map(of(p)));
        all.map(|(p, s)| self.series(p, s)).collect()
    }

    #[allow(clippy::cast_precision_loss)] // milliseconds of a step
    fn series(self, profile: &Profile, series: &Series) -> ProfileSeries {
        let (samples, zone) = (&series.samples, &profile.zone);
        let value = |s: &Sample| s.value;
        let ends = [samples.first(), samples.last()].map(|s| instant(s.map_or(0, |s| s.at), zone));
        let [from, to] = ends;
        ProfileSeries {
            path: profile.path.clone(),
            service: self.id(self.nth(series.service)),
            unit: self.unit(self.nth(series.service)),
            samples: samples.len(),
            from,
            to,
            step_seconds: series.step.map(|s| s as f64 / 1000.0),
            gaps: series
                .gaps
                .iter()
                .map(|&(a, b)| stretch(a, b, zone))
                .collect(),
            least: samples.iter().map(value).fold(f64::INFINITY, f64::min),
            mean: mean(samples.iter().map(value)),
            most: samples.iter().map(value).fold(0.0, f64::max),
            history: thin(samples, value)
                .iter()
                .map(|s| point(s, zone))
                .collect(),
        }
    }

    /// The demand of one load case, each with its derivation.
    #[must_use]
    pub fn case_demand(
        self,
        case: usize,
        derivations: &[Derivation],
        zone: &TimeZone,
    ) -> CaseDemand {
        let case = &self.scenario.cases[case];
        let service = |(s, d): (usize, &Derivation)| ServiceDemand {
            id: self.id(self.nth(s)),
            demand: d.value(),
            unit: self.unit(self.nth(s)),
            evidenced: d.is_evidenced(),
            steps: d.steps.iter().map(|step| step_of(step, zone)).collect(),
        };
        CaseDemand {
            load_case: case.name.clone(),
            peak: case.peak,
            services: derivations.iter().enumerate().map(service).collect(),
        }
    }

    /// Demand hour by hour.
    #[must_use]
    pub fn horizon(self, horizon: &Horizon) -> HorizonDemand {
        let zone = &horizon.zone;
        let service = |(s, demand): (usize, &Vec<f64>)| {
            let hours: Vec<(usize, f64)> = demand.iter().copied().enumerate().collect();
            let first = hours
                .iter()
                .copied()
                .reduce(|a, b| if b.1 > a.1 { b } else { a });
            let (hour, most) = first.unwrap_or((0, 0.0));
            let basis = horizon.basis.get(s).cloned().unwrap_or_default();
            HorizonService {
                id: self.id(self.nth(s)),
                unit: self.unit(self.nth(s)),
                least: demand.iter().copied().fold(f64::INFINITY, f64::min),
                mean: mean(demand.iter().copied()),
                most,
                most_at: instant(horizon.at(hour), zone),
                basis: Basis {
                    measured: basis.measured,
                    last_year: basis.last_year,
                    hour_of_week: basis.hour_of_week,
                    filled: basis.filled,
                    constant: basis.constant,
                    event: basis.event,
                },
                hours: thin(&hours, |h| h.1)
                    .iter()
                    .map(|&(hour, demand)| Point {
                        time: instant(horizon.at(hour), zone),
                        demand,
                        line: None,
                    })
                    .collect(),
            }
        };
        HorizonDemand {
            from: instant(horizon.start, zone),
            to: instant(horizon.at(horizon.hours()), zone),
            hours: horizon.hours(),
            services: horizon.demand.iter().enumerate().map(service).collect(),
        }
    }

    /// Every hour of a horizon.
    #[must_use]
    pub fn timeline(self, outcome: &TimelineOutcome, horizon: &Horizon) -> Timeline {
        let hours = Hours {
            names: self,
            horizon,
        };
        let services: Vec<ServiceTimes> =
            outcome.services.iter().map(|s| hours.service(s)).collect();
        Timeline {
            from: hours.at(0),
            to: hours.at(outcome.hours),
            timezone: horizon.zone.iana_name().unwrap_or("UTC").to_owned(),
            hours: outcome.hours,
            elements: outcome.elements,
            outages: outcome.outages.iter().map(|o| hours.outage(o)).collect(),
            policies: hours.policies(&services),
            failures: outcome.failures.iter().map(|f| hours.failure(f)).collect(),
            services,
        }
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
        let id = self.names.id(s.service);
        let first_impact = s.impact.first().map(|i| i.from);
        let first_risk = s
            .first_risk
            .filter(|r| first_impact.is_none_or(|i| r.hour < i));
        let n1 = first_risk.map(|r| r.hour).or(first_impact);
        ServiceTimes {
            status: s.status.iter().map(|x| self.status(x, x.value)).collect(),
            impact: s.impact.iter().map(|x| self.impact(x)).collect(),
            risk: s.risk.iter().map(|x| self.risk(x)).collect(),
            hours,
            n0_holds_until: first_impact.map(|h| self.at(h)),
            n1_holds_until: n1.map(|h| self.at(h)),
            n1_failure: first_risk.map(|r| self.names.id(r.element)),
            growth_n0: self.growth(&id, s.growth_n0),
            growth_n1: self.growth(&id, s.growth_n1),
            id,
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

    fn growth(&self, service: &str, left: timeline::GrowthLeft) -> Option<GrowthLeft> {
        let bare = GrowthLeft {
            service: service.to_owned(),
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
                used_up: self.used_up(t.hour, t.growth),
                ..bare
            }),
        }
    }

    /// The day on which growth is used up.
    #[allow(clippy::cast_possible_truncation)] // bounded below
    fn used_up(&self, hour: u32, growth: f64) -> Option<String> {
        /// Years beyond which no date means anything.
        const FAR: f64 = 100.0;
        let rate = self
            .horizon
            .growth_per_year
            .filter(|r| *r > 0.0 && growth >= 0.0)?;
        let years = libm::log1p(growth) / libm::log1p(rate);
        let at = self.horizon.at(hour as usize) + (years.min(FAR) * YEAR) as Millis;
        (years < FAR).then(|| instant(at, &self.horizon.zone))
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
    fn policies(&self, services: &[ServiceTimes]) -> Vec<PolicyTimes> {
        let all = self.names.scenario.policies.iter();
        let asks = all.filter_map(|p| Some((p, p.survives?.min(1))));
        asks.map(|(policy, order)| {
            let ids: Vec<String> = self.names.ids(&policy.services);
            let mine = || services.iter().filter(|s| ids.contains(&s.id));
            let until = |s: &ServiceTimes| match order {
                0 => s.n0_holds_until.clone(),
                _ => s.n1_holds_until.clone(),
            };
            let left = |s: &ServiceTimes| match order {
                0 => s.growth_n0.clone(),
                _ => s.growth_n1.clone(),
            };
            let growth = |g: &GrowthLeft| g.growth.unwrap_or(f64::NEG_INFINITY);
            let time = |text: &String| text.parse::<jiff::Timestamp>().ok();
            PolicyTimes {
                name: policy.name.clone(),
                order,
                holds_until: mine().filter_map(until).min_by_key(time),
                growth: mine()
                    .filter_map(left)
                    .min_by(|a, b| growth(a).total_cmp(&growth(b))),
            }
        })
        .collect()
    }
}

/// A step in words and fields.
fn step_of(step: &Step, zone: &TimeZone) -> DerivationStep {
    let value = step.value();
    let shown = quantity(value);
    let bare = |rule: &str, text: String| DerivationStep {
        rule: rule.to_owned(),
        value,
        text,
        ..DerivationStep::default()
    };
    match step {
        Step::Column { .. } => bare("column", format!("{shown} in services.csv")),
        Step::Explicit { .. } => bare("explicit", format!("{shown} as the scenario says")),
        Step::Taken { .. } => taken(step, zone),
        Step::Estimated(estimate) => estimated(estimate, zone),
        Step::Grown {
            factor, per_year, ..
        } => {
            let why = per_year.map_or_else(String::new, |(rate, from, to)| {
                format!(" ({} a year from {from} to {to})", growth(Some(rate)))
            });
            DerivationStep {
                factor: Some(*factor),
                ..bare("growth", format!("× {}{why} = {shown}", quantity(*factor)))
            }
        }
        Step::Event {
            name, multiplier, ..
        } => DerivationStep {
            factor: Some(*multiplier),
            ..bare(
                "event",
                format!("× {} for {name} = {shown}", quantity(*multiplier)),
            )
        },
    }
}

/// The word for a rule.
fn rule(take: Take) -> String {
    match take {
        Take::Max => "max".to_owned(),
        Take::Mean => "mean".to_owned(),
        Take::Percentile(p) => format!("p{p}"),
        Take::HourOfWeek(_) => "hour-of-week".to_owned(),
        Take::Estimate { .. } => "estimate".to_owned(),
    }
}

fn window_of(window: Option<Window>, zone: &TimeZone) -> Option<Stretch> {
    window.map(|w| stretch(w.from, w.to, zone))
}

fn taken(step: &Step, zone: &TimeZone) -> DerivationStep {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let Step::Taken {
        profile,
        take,
        window,
        during,
        coincident,
        samples,
        evidence,
        hour_of_week,
        value,
    } = step
    else {
        return DerivationStep::default();
    };
    let rule = rule(*take);
    let mut text = format!(
        "{}: {rule} of {samples} samples in {profile}",
        quantity(*value)
    );
    if let Some(w) = window_of(*window, zone) {
        text.push_str(&format!(", {} to {}", w.from, w.to));
    }
    if let Some(event) = during {
        text.push_str(&format!(", on days of {event}"));
    }
    if let Some(hour) = hour_of_week {
        let day = DAYS[usize::from(hour / 24).min(6)];
        text.push_str(&format!(", {day} {:02}:00", hour % 24));
    }
    match (coincident, evidence.as_slice()) {
        (Some(at), _) => {
            text.push_str(&format!(
                ", at {}, the greatest total demand",
                instant(*at, zone)
            ));
        }
        (None, [one]) => text.push_str(&format!(", at {}", instant(one.at, zone))),
        (None, _) => {}
    }
    DerivationStep {
        rule,
        value: *value,
        text,
        profile: Some(profile.clone()),
        window: window_of(*window, zone),
        samples: Some(*samples),
        evidence: evidence.iter().map(|s| point(s, zone)).collect(),
        factor: None,
    }
}

fn estimated(e: &Estimate, zone: &TimeZone) -> DerivationStep {
    let value = quantity(e.value);
    let margin = growth(Some(e.margin));
    let text = match (e.last_year, e.growth, e.evidenced) {
        (Some(last), Some(g), true) => format!(
            "{value}: {} at {}, {} a year, {margin} margin; at least {}, the most of the last 12 months",
            quantity(last.value),
            instant(last.at, zone),
            growth(Some(g - 1.0)),
            quantity(e.floor.value),
        ),
        _ => format!(
            "{value}: NOT EVIDENCED, too little history; {} at {} with {margin} margin",
            quantity(e.floor.value),
            instant(e.floor.at, zone),
        ),
    };
    let evidence = e.last_year.iter().chain([&e.floor]);
    DerivationStep {
        rule: "estimate".to_owned(),
        value: e.value,
        text,
        profile: Some(e.profile.clone()),
        window: Some(stretch(e.period.from, e.period.to, zone)),
        samples: None,
        evidence: evidence.map(|s| point(s, zone)).collect(),
        factor: e.growth,
    }
}
