//! Load over time: series of demand, and where a demand figure comes from.
//!
//! Plain data. Instants are whole milliseconds since 1970-01-01T00:00Z; demand is in the unit of
//! its service.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00Z.
pub type Millis = i64;

/// One hour.
pub const HOUR: Millis = 3_600_000;

/// One measured demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was measured.
    pub at: Millis,
    /// How much, ≥ 0, in the service's unit.
    pub value: f64,
    /// Line of the file it stands on, 1-based; 0 if the file has no lines to speak of.
    pub line: u32,
}

/// The measured demand of one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Position of the service in [`System::services`](super::System::services).
    pub service: usize,
    /// By time, no instant twice, never empty.
    pub samples: Vec<Sample>,
    /// The step between samples that is typical (the median step), or `None` for one sample.
    pub step: Option<Millis>,
    /// Stretches without samples: last sample before and first sample after, where that is more
    /// than one and a half typical steps.
    pub gaps: Vec<(Millis, Millis)>,
}

/// Everything one profile file says.
#[derive(Clone, Debug)]
pub struct Profile {
    /// As reached from the command line, `/` between folders.
    pub path: String,
    /// The zone of local times, days and hours of the week.
    pub zone: TimeZone,
    /// The zone in which its times are shown: the declared one, else the offset that the file writes.
    pub shown: TimeZone,
    /// By service; services the file does not name have none.
    pub series: Vec<Series>,
}

impl Profile {
    /// The series of a service, if the file has one.
    #[must_use]
    pub fn of(&self, service: usize) -> Option<&Series> {
        let at = self.series.binary_search_by_key(&service, |s| s.service);
        Some(&self.series[at.ok()?])
    }
}

/// A stretch of time: `from` is inside, `to` is the first instant after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First instant inside.
    pub from: Millis,
    /// First instant after it.
    pub to: Millis,
}

impl Window {
    /// Whether an instant is inside.
    #[must_use]
    pub fn holds(&self, at: Millis) -> bool {
        self.from <= at && at < self.to
    }
}

/// How one figure is taken from many samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Take {
    /// The greatest.
    Max,
    /// The arithmetic mean; every sample counts the same.
    Mean,
    /// A percentile, 0..=100, by linear interpolation between the two samples around rank
    /// `1 + p/100·(n − 1)` of n (Hyndman and Fan type 7, as in Excel's PERCENTILE.INC).
    Percentile(f64),
    /// The busiest hour of the typical week: samples are grouped by local hour of the week
    /// (0 = Monday 00:00 to 168), and the greatest of the group means is taken; or the mean of
    /// the one group that is given.
    HourOfWeek(Option<u8>),
    /// A peak that no future profile shows: the greatest sample of the same period last year,
    /// times growth year over year, times 1 + margin; never less than the greatest sample of the
    /// last twelve months.
    Estimate {
        /// Added on top, 0.10 = 10 %.
        margin: f64,
    },
}

/// One step on the way to a demand figure. Each carries the figure after it.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The demand column of services.csv.
    Column {
        /// The figure.
        value: f64,
    },
    /// Taken from a profile.
    Taken {
        /// The file.
        profile: String,
        /// By which rule.
        take: Take,
        /// Within which stretch; `None` is all of it.
        window: Option<Window>,
        /// Only on the days of this event.
        during: Option<String>,
        /// Whether it is the value at the one instant of greatest total demand.
        coincident: Option<Millis>,
        /// How many samples were looked at.
        samples: usize,
        /// The samples that set the figure: the greatest, or the two around a percentile; empty
        /// for means, where all of them do.
        evidence: Vec<Sample>,
        /// The hour of the week, for that rule.
        hour_of_week: Option<u8>,
        /// The figure.
        value: f64,
    },
    /// Estimated from history.
    Estimated(Estimate),
    /// Multiplied by a growth.
    Grown {
        /// The factor.
        factor: f64,
        /// For growth per year: the rate (0.12 = 12 %), from and to which day.
        per_year: Option<(f64, Date, Date)>,
        /// The figure.
        value: f64,
    },
    /// Multiplied because of a calendar event.
    Event {
        /// Which.
        name: String,
        /// Its multiplier.
        multiplier: f64,
        /// The figure.
        value: f64,
    },
    /// Written down in the scenario or on the command line: it wins.
    Explicit {
        /// The figure.
        value: f64,
    },
}

/// How a peak was estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The file that holds the profile.
    pub profile: String,
    /// The period that is estimated.
    pub period: Window,
    /// By how many years it was shifted back to meet samples.
    pub years_back: i32,
    /// The greatest sample of the shifted period.
    pub last_year: Option<Sample>,
    /// Growth year over year: mean of the last samples over the mean of the same stretch a year
    /// before; at most twelve months of each.
    pub growth: Option<f64>,
    /// Added on top, 0.10 = 10 %.
    pub margin: f64,
    /// The greatest sample of the last twelve months: the floor.
    pub floor: Sample,
    /// How much history there is.
    pub history: Window,
    /// Whether history bears the figure out: thirteen months, and samples in the same period of
    /// an earlier year. If not, `value` is the floor × (1 + margin) and the peak is not evidenced.
    pub evidenced: bool,
    /// The peak that is assumed, in the unit of the service.
    pub value: f64,
}

impl Step {
    /// The figure after this step.
    #[must_use]
    pub fn value(&self) -> f64 {
        match self {
            Self::Column { value }
            | Self::Taken { value, .. }
            | Self::Grown { value, .. }
            | Self::Event { value, .. }
            | Self::Explicit { value }
            | Self::Estimated(Estimate { value, .. }) => *value,
        }
    }
}

/// Where the demand of one service at one load case comes from: the last step has the figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Derivation {
    /// In order, never empty in a finished derivation.
    pub steps: Vec<Step>,
}

impl Derivation {
    /// The demand that came out.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.steps.last().map_or(0.0, Step::value)
    }

    /// False if an estimate in it has too little history behind it.
    #[must_use]
    pub fn is_evidenced(&self) -> bool {
        let bare = |s: &Step| matches!(s, Step::Estimated(e) if !e.evidenced);
        !self.steps.iter().any(bare)
    }
}

/// Demand hour by hour over a stretch of time to come. Hours are absolute: a day on which the
/// clock changes has 23 or 25 of them.
#[derive(Clone, Debug)]
pub struct Horizon {
    /// Start of the first hour.
    pub start: Millis,
    /// The zone in which its hours are shown.
    pub zone: TimeZone,
    /// `demand[service][hour]`, services in the order of
    /// [`System::services`](super::System::services); all of the same length, ≥ 1 hour.
    pub demand: Vec<Vec<f64>>,
    /// `basis[service]`: how the hours of that service came about.
    pub basis: Vec<Basis>,
    /// Growth per year (0.12 = 12 %) beyond the horizon, if one is assumed.
    pub growth_per_year: Option<f64>,
}

/// How many hours rest on what.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Basis {
    // The greatest sample of that very hour (or the sample standing in it).
    /// A sample of that hour.
    pub measured: usize,
    // The same hour of the week, whole weeks nearest to whole years before, grown.
    /// The corresponding hour of an earlier year.
    pub last_year: usize,
    // The greatest of that hour in the last twelve months, grown.
    /// The same hour of the week.
    pub hour_of_week: usize,
    // No sample near: the greater of them.
    /// The neighbouring hours.
    pub filled: usize,
    // No profile: the demand of a load case, every hour.
    /// The demand column.
    pub constant: usize,
    /// Hours multiplied because of an event.
    pub event: usize,
}

impl Horizon {
    /// When growth that is left in an hour is used up at the growth per year; `None` without one, or if
    /// that is so far away that no date means anything.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // bounded below
    pub fn used_up(&self, hour: usize, growth: f64) -> Option<Millis> {
        /// Years beyond which no date means anything.
        const FAR: f64 = 100.0;
        /// Milliseconds of a year of 365.2425 days.
        const YEAR: f64 = 31_556_952_000.0;
        let rate = self.growth_per_year.filter(|r| *r > 0.0 && growth >= 0.0)?;
        let years = libm::log1p(growth) / libm::log1p(rate);
        (years < FAR).then(|| self.at(hour) + (years * YEAR) as Millis)
    }

    /// Whether there is any service whose hours can be played.
    #[must_use]
    pub fn has_demand(&self) -> bool {
        !self.demand.is_empty()
    }

    /// How many hours it has.
    #[must_use]
    pub fn hours(&self) -> usize {
        self.demand.first().map_or(0, Vec::len)
    }

    /// Start of an hour.
    #[must_use]
    pub fn at(&self, hour: usize) -> Millis {
        self.start + HOUR * i64::try_from(hour).unwrap_or(i64::MAX / HOUR)
    }

    /// The greatest demand of each service over a range of hours: what no hour in it exceeds.
    #[must_use]
    pub fn envelope(&self, hours: std::ops::Range<usize>) -> Vec<f64> {
        let greatest = |d: &Vec<f64>| d[hours.clone()].iter().copied().fold(0.0, f64::max);
        self.demand.iter().map(greatest).collect()
    }
}
