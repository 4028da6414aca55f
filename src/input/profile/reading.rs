//! How one profile file is read: its format, and what its labels stand for. In: what a scenario says of the file,
//! the ids of the services. Out: a service for each label, or the fault for it.

use super::collect::Names;
use super::units::{self, Ratio};
use super::when::Clock;
use crate::input::{Diagnostic, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a profile file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A column per service, or a row per service and time.
    Csv,
    /// Prometheus `query_range`.
    Prometheus,
    /// `CloudWatch` get-metric-statistics or get-metric-data.
    CloudWatch,
    /// CSV as Grafana exports it, values with units.
    Grafana,
}

impl Format {
    /// The words users write.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("csv", Self::Csv),
        ("prometheus", Self::Prometheus),
        ("cloudwatch", Self::CloudWatch),
        ("grafana", Self::Grafana),
    ];
}

/// How to read one profile file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileSpec {
    /// The format; found out from the text if not given.
    pub format: Option<Format>,
    /// Name of the time column; else `time`, `timestamp`, `date` or `ds`.
    pub time: Option<String>,
    /// Labels (column names, metric labels) and the positions of the services they stand for;
    /// `None` leaves a label out. A label that is the id of a service needs no entry. Several
    /// labels of one service are summed.
    pub map: BTreeMap<String, Option<usize>>,
    /// The metric label that names the service (Prometheus).
    pub label: Option<String>,
    /// Which statistic of a data point is the demand (`CloudWatch` get-metric-statistics).
    pub statistic: Option<String>,
    /// How times are written, in the letters of `strftime`: `%d.%m.%Y %H:%M`.
    pub time_format: Option<String>,
    /// Positions of the services whose demand is measured in percent.
    pub percent: BTreeSet<usize>,
    /// Units of the services, by position; blank where none is written.
    pub units: Vec<String>,
    /// The zone of local times, dates and days, if one is declared; dates are UTC otherwise.
    pub zone: Option<jiff::tz::TimeZone>,
}

/// One file being read.
pub(super) struct Reading<'a> {
    pub(super) source: Arc<Source>,
    pub(super) names: &'a Names<'a>,
    pub(super) spec: &'a ProfileSpec,
    pub(super) time: Option<&'a str>,
    pub(super) clock: Clock,
}

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A service, by position.
    Service(usize),
    /// Left out on purpose.
    Ignored,
    /// Nothing.
    Unknown,
}

impl Reading<'_> {
    /// What a label stands for.
    pub(super) fn resolve(&self, label: &str) -> Resolved {
        match self.spec.map.get(label) {
            Some(Some(service)) => Resolved::Service(*service),
            Some(None) => Resolved::Ignored,
            None => match self.names.find(label) {
                Some(service) => Resolved::Service(service),
                None => Resolved::Unknown,
            },
        }
    }

    /// The fault for a percentage, unless that is what the service is measured in.
    pub(super) fn percentage(&self, service: usize) -> Option<Diagnostic> {
        if self.spec.percent.contains(&service) {
            return None;
        }
        let message = match self.names.services.get(service) {
            Some(id) => {
                format!("this series is a percentage, no demand: `{id}` is not measured in percent")
            }
            None => "these values are percentages, no demand".to_owned(),
        };
        Some(Diagnostic::error(message).help(
            "export what users ask for, as requests/s; or write `%` as the unit of the service",
        ))
    }

    /// The unit of a service.
    pub(super) fn unit(&self, service: usize) -> &str {
        self.spec.units.get(service).map_or("", String::as_str)
    }

    /// How many of a service's unit one of another is, and what is to be said of that: a fault if they measure
    /// different things, a warning if that is not known.
    pub(super) fn ratio(&self, unit: &str, service: usize) -> (Option<f64>, Option<Diagnostic>) {
        let wanted = self.unit(service);
        let id = self
            .names
            .services
            .get(service)
            .copied()
            .unwrap_or_default();
        let help = format!("export it in {wanted}, or write its unit at the service");
        match units::ratio(unit, wanted) {
            Ratio::Of(ratio) => (Some(ratio), None),
            Ratio::Unlike => {
                let message =
                    format!("`{unit}` is no unit of `{id}`, which is measured in {wanted}");
                (None, Some(Diagnostic::error(message).help(help)))
            }
            Ratio::Unsure => {
                let message = format!("`{unit}` is taken as {wanted}, the unit of `{id}`");
                (Some(1.0), Some(Diagnostic::warning(message).help(help)))
            }
        }
    }

    /// The fault for a label that stands for nothing.
    pub(super) fn unknown(&self, label: &str) -> Diagnostic {
        let map =
            format!("map = {{ \"{label}\" = \"service\" }}, or \"{label}\" = \"\" to leave it out");
        let help = match self.names.nearest(label) {
            Some(near) => format!("did you mean `{near}`? Else say what it is: {map}"),
            None => format!("say what it is in the scenario: {map}"),
        };
        Diagnostic::error(format!("`{label}` is no service")).help(help)
    }
}
