//! Names and dates for load over time.

use super::Naming;
use super::derivation::step_of;
use super::instant::{instant, point, stretch};
use crate::model::{Derivation, Horizon, NodeId, Profile, Sample, Series};
use crate::report::document::load::{
    CaseDemand, HorizonDemand, HorizonService, Point, ProfileSeries, ServiceDemand,
};
use jiff::tz::TimeZone;

/// Points of a history.
const POINTS: usize = 500;

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
            HorizonService {
                id: self.id(self.nth(s)),
                unit: self.unit(self.nth(s)),
                least: demand.iter().copied().fold(f64::INFINITY, f64::min),
                mean: mean(demand.iter().copied()),
                most,
                most_at: instant(horizon.at(hour), zone),
                basis: horizon.basis.get(s).copied().unwrap_or_default(),
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
}
