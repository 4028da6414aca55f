//! What a snapshot simulation is asked for, and whether that makes sense.

use super::ChanceError;
use super::horizon::MOST_CV;

/// The most trials that are accepted: their counts stay exact in every result format.
pub const MOST_TRIALS: u64 = 1 << 53;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Settings {
    /// At most this many trials.
    pub trials: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Which estimator.
    pub method: Method,
    /// Stop once every interval of the probability of harm is within this fraction of its
    /// estimate on either side (0.05 = 5 %).
    pub precision: Option<f64>,
    /// Whether and how demand is uncertain.
    pub demand: Option<DemandSpread>,
    /// Only this part of the work.
    pub shard: Option<Shard>,
    /// Whether the status at-risk is judged too.
    pub at_risk: bool,
    /// Nodes that the decision diagrams of one service may have at a time; `None`: the scenario's, or
    /// [`NODES`](crate::analysis::exact::NODES).
    #[serde(default)]
    pub diagram_nodes: Option<u64>,
}

/// Which estimator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Exact where all states can be enumerated, else stratified where that pays, else plain.
    #[default]
    Auto,
    /// Every state drawn from all states.
    Plain,
    /// The likeliest orders exactly, the rest drawn.
    Stratified,
}

/// Demand is lognormal around the load case: mean 1, this coefficient of variation.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DemandSpread {
    /// Standard deviation over mean, > 0.
    pub cv: f64,
    /// One factor for all services rather than one for each.
    pub common: bool,
}

/// Part `index` of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shard {
    /// 0 ≤ index < count.
    pub index: u64,
    /// How many parts there are.
    pub count: u64,
}

impl Shard {
    /// Whether a block is this part's.
    #[must_use]
    pub fn has(self, block: u64) -> bool {
        block % self.count == self.index
    }
}

/// A number that may be absurd, without hundreds of digits.
pub(super) fn brief(x: f64) -> String {
    if x == 0.0 || (1e-6..1e9).contains(&x.abs()) {
        x.to_string()
    } else {
        format!("{x:e}")
    }
}

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// No trials.
    #[error("zero trials estimate nothing: ask for at least 1")]
    NoTrials,
    /// Too many to count.
    #[error("{0} trials are more than can be counted exactly: ask for at most 2^53")]
    TooManyTrials(u64),
    /// A precision that is no fraction.
    #[error("a precision of {} is not between 0 and 1: write 5% or 0.05", brief(*.0))]
    Precision(f64),
    /// A spread that is no positive number, or so wide that no trial shows what its mean rests on.
    #[error("a coefficient of variation of {} is not a number above 0 and at most {MOST_CV}", brief(*.0))]
    Spread(f64),
    /// Exact orders need a demand that is known.
    #[error("uncertain demand can only be sampled plainly: leave out the stratified method")]
    SpreadNeedsPlain,
    /// A part alone does not know how precise the whole is.
    #[error("a shard cannot stop at a precision of the whole: leave out one of the two")]
    PrecisionOfShard,
    /// A part of nothing.
    #[error("there is no shard {index} of {count}")]
    NoSuchShard {
        /// Which.
        index: u64,
        /// Of how many.
        count: u64,
    },
    /// The inventory's numbers cannot be sampled.
    #[error(transparent)]
    Chance(#[from] ChanceError),
}

impl Settings {
    /// The given number of trials and seed, everything else as usual.
    #[must_use]
    pub fn new(trials: u64, seed: u64) -> Self {
        Self {
            trials,
            seed,
            method: Method::Auto,
            precision: None,
            demand: None,
            shard: None,
            at_risk: true,
            diagram_nodes: None,
        }
    }

    /// Every setting that makes no sense.
    #[must_use]
    pub fn faults(&self) -> Vec<SettingsError> {
        let mut faults = Vec::new();
        if self.trials == 0 {
            faults.push(SettingsError::NoTrials);
        }
        if self.trials > MOST_TRIALS {
            faults.push(SettingsError::TooManyTrials(self.trials));
        }
        if let Some(p) = self.precision
            && !(p > 0.0 && p < 1.0)
        {
            faults.push(SettingsError::Precision(p));
        }
        if let Some(spread) = self.demand {
            if !(spread.cv > 0.0 && spread.cv <= MOST_CV) {
                faults.push(SettingsError::Spread(spread.cv));
            }
            if self.method == Method::Stratified {
                faults.push(SettingsError::SpreadNeedsPlain);
            }
        }
        if let Some(shard) = self.shard {
            if shard.index >= shard.count {
                faults.push(SettingsError::NoSuchShard {
                    index: shard.index,
                    count: shard.count,
                });
            }
            if self.precision.is_some() {
                faults.push(SettingsError::PrecisionOfShard);
            }
        }
        faults
    }
}

/// What a simulation that ended early has not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// Not all trials were done.
    Trials,
    /// Not all histories were played.
    Histories,
}
