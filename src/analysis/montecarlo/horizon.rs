//! What histories are played over, and whether that makes sense.
//!
//! In: a study and a horizon: hourly demand, laws of failure and repair, planned and known outages,
//! windows. Out: every fault of it, or the laws to play by.

use super::at_risk::AtRiskSearch;
use super::fixed::MOST_SUM;
use super::history::{Alternating, Laws, Repair, Start};
use super::{ChanceError, Chances};
use crate::analysis::Study;
use crate::model::{NodeId, Reliability};
use serde::Serialize;

/// Changes of state expected in one history, at most.
const MOST_TURNS: f64 = 1e7;
/// At-risk is judged in all histories while that takes at most this many further states.
const RISK_STATES: f64 = 8e6;
/// Or in some of them, if these are at least so many.
const FEWEST: f64 = 50.0;
/// Episodes of harm in one history are never more: far beyond the changes of state.
const MOST_EPISODES: f64 = 1e9;
/// Times may vary as much as this, relative to their mean.
pub const MOST_CV: f64 = 100.0;
/// Mean repair time where only an unavailability is given.
pub const ASSUMED_REPAIR_HOURS: f64 = 24.0;

/// What to do.
#[derive(Clone, Debug, Serialize)]
pub struct Horizon {
    /// How many histories are played.
    pub trials: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// `demand[service][hour]`, or one value for a demand that does not change.
    pub demand: Vec<Vec<f64>>,
    /// Whether that is the demand of the load case marked `peak` at every hour, so that nothing follows
    /// for a year.
    pub of_peak: bool,
    /// Length in hours.
    pub hours: u64,
    /// Shape of the Weibull distribution of times up; 1 is exponential.
    pub shape: f64,
    /// Law of repairs.
    pub repair: Repair,
    /// How histories begin.
    pub start: Start,
    /// Enumerated outages whose expected time to repair is known otherwise than by MTTR, hours.
    pub back_in: Vec<(NodeId, f64)>,
    /// Planned outages: who, from and until which hour.
    pub planned: Vec<(NodeId, f64, f64)>,
    /// Named windows: from and until which hour.
    pub windows: Vec<(String, f64, f64)>,
    /// Whether the hours at risk are judged too.
    pub at_risk: bool,
}

/// What a horizon was found to come to.
#[derive(Debug)]
pub struct Found {
    /// The laws to play by.
    pub laws: Laws,
    /// Of how many components the repair time had to be assumed.
    pub assumed_repair: u64,
    /// At-risk is judged in every so many histories; or why in none.
    pub risk: Result<u64, String>,
}

/// A horizon that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HorizonError {
    /// No histories.
    #[error("zero histories estimate nothing: ask for at least 1")]
    NoTrials,
    /// No time.
    #[error("the horizon has no hours")]
    Empty,
    /// A window that is empty or reaches beyond the horizon.
    #[error("the window `{0}`, hours {1} to {2}, is empty or not inside the horizon of {3} hours")]
    Window(String, f64, f64, u64),
    /// A planned outage that is empty or starts outside the horizon.
    #[error(
        "the planned outage of `{0}`, hours {1} to {2}, is empty or not inside the horizon of {3} \
         hours"
    )]
    Planned(String, f64, f64, u64),
    /// A parameter of a distribution.
    #[error("{0} must be a number above 0")]
    Parameter(&'static str),
    /// A distribution whose mean lies in times that no history shows.
    #[error(
        "{0}: times would vary more than {MOST_CV} times as much as their mean, which then rests on \
         times so rare that no history shows them"
    )]
    Rare(&'static str),
    /// Sums that could not be held.
    #[error(
        "{0} histories of {1} hours may add up to more than can be held: ask for fewer of them"
    )]
    TooMany(u64, u64),
    /// A demand whose sum over the horizon cannot be held.
    #[error("the demand of `{0}` over the horizon adds up to more than can be held")]
    Demand(String),
    /// Histories that would never end.
    #[error(
        "components change state {0:.0e} times in one history: the horizon is too long for them"
    )]
    Restless(f64),
    /// The inventory's numbers.
    #[error(transparent)]
    Chance(#[from] ChanceError),
}

impl Horizon {
    /// What this horizon comes to for a study.
    ///
    /// # Errors
    /// Everything that makes no sense, at once.
    pub fn check(&self, study: &Study<'_>) -> Result<Found, Vec<HorizonError>> {
        let mut faults = self.faults(study);
        let chances = Chances::new(study.system(), &study.scenario().down).unwrap_or_else(|more| {
            faults.extend(more.into_iter().map(HorizonError::Chance));
            Chances::default()
        });
        if !faults.is_empty() {
            return Err(faults);
        }
        let (alternating, assumed_repair) = alternating(study, &chances, self);
        let turns = alternating
            .iter()
            .map(|a| 2.0 * self.hours as f64 / (a.up + a.down));
        let turns: f64 = turns.sum();
        // A mean time that is no number makes no number of turns.
        if turns.is_nan() || turns > MOST_TURNS {
            return Err(vec![HorizonError::Restless(turns)]);
        }
        let up = chances.events().iter().map(|e| 1.0 - e.q).product::<f64>();
        let risk = self.risk(study, turns, 1.0 - up);
        let laws = Laws {
            alternating,
            planned: self.planned.clone(),
            shape: self.shape,
            repair: self.repair,
            start: self.start,
            hours: self.hours as f64,
        };
        Ok(Found {
            laws,
            assumed_repair,
            risk,
        })
    }

    /// At-risk is judged in every so many histories, by what that costs; or why in none.
    fn risk(&self, study: &Study<'_>, turns: f64, elsewhere: f64) -> Result<u64, String> {
        if !self.at_risk {
            return Err("not asked for".to_owned());
        }
        let states = AtRiskSearch::states(study, &self.demand, turns, elsewhere);
        let every = (states * self.trials as f64 / RISK_STATES).ceil().max(1.0);
        if self.trials as f64 / every < (self.trials as f64).min(FEWEST) {
            return Err(
                "at-risk tries every further failure in every state: too many of them here"
                    .to_owned(),
            );
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // At most the trials.
        Ok(every as u64)
    }

    /// What cannot be added up.
    fn sums(&self, study: &Study<'_>, faults: &mut Vec<HorizonError>) {
        let hours = self.hours as f64;
        let most = hours.max(MOST_EPISODES);
        if self.trials as f64 * most * most > MOST_SUM {
            faults.push(HorizonError::TooMany(self.trials, self.hours));
        }
        for (&service, demand) in study.system().services().iter().zip(&self.demand) {
            let total = match demand.as_slice() {
                [always] => always * hours,
                all => all.iter().sum(),
            };
            if !total.is_finite() {
                let id = study.system().id(service).to_owned();
                faults.push(HorizonError::Demand(id));
            }
        }
    }

    fn faults(&self, study: &Study<'_>) -> Vec<HorizonError> {
        let mut faults = Vec::new();
        let hours = self.hours as f64;
        self.sums(study, &mut faults);
        if self.trials == 0 {
            faults.push(HorizonError::NoTrials);
        }
        let fits = |d: &Vec<f64>| d.len() == 1 || d.len() as u64 == self.hours;
        if self.hours == 0 || !self.demand.iter().all(fits) {
            faults.push(HorizonError::Empty);
        }
        let inside = |from: f64, to: f64| from >= 0.0 && from < to && to <= hours;
        for (name, from, to) in &self.windows {
            if !inside(*from, *to) {
                faults.push(HorizonError::Window(name.clone(), *from, *to, self.hours));
            }
        }
        for &(v, from, to) in &self.planned {
            if !inside(from, to.min(hours)) {
                let id = study.system().id(v).to_owned();
                faults.push(HorizonError::Planned(id, from, to, self.hours));
            }
        }
        let positive = |x: f64| x > 0.0 && x.is_finite();
        if positive(self.shape) {
            if weibull_cv(self.shape) > MOST_CV {
                faults.push(HorizonError::Rare("the Weibull shape is too small"));
            }
        } else {
            faults.push(HorizonError::Parameter("the Weibull shape"));
        }
        if let Repair::Lognormal(cv) = self.repair {
            let what = "the coefficient of variation of repairs";
            if !positive(cv) {
                faults.push(HorizonError::Parameter(what));
            } else if cv > MOST_CV {
                faults.push(HorizonError::Rare(
                    "the coefficient of variation of repairs is too great",
                ));
            }
        }
        if !self.back_in.iter().all(|&(_, h)| positive(h)) {
            faults.push(HorizonError::Parameter(
                "the time to repair of a known outage",
            ));
        }
        faults
    }
}

/// Coefficient of variation of a Weibull distribution: by logarithms, since its moments overflow.
fn weibull_cv(shape: f64) -> f64 {
    let second = libm::lgamma(1.0 + 2.0 / shape) - 2.0 * libm::lgamma(1.0 + 1.0 / shape);
    let cv = second.exp_m1().max(0.0).sqrt();
    if cv.is_nan() { f64::INFINITY } else { cv }
}

/// Every basic event with its times, then the known outages; and how many repair times had to be
/// assumed.
fn alternating(study: &Study<'_>, chances: &Chances, horizon: &Horizon) -> (Vec<Alternating>, u64) {
    let mut assumed = 0;
    let mut mean_repair = |v: NodeId| {
        if let Some(Reliability::Rates { mttr_hours, .. }) = study.system().node(v).reliability {
            return mttr_hours;
        }
        assumed += 1;
        ASSUMED_REPAIR_HOURS
    };
    let mut all: Vec<Alternating> = chances
        .events()
        .iter()
        .map(|e| {
            let down = mean_repair(e.members[0]);
            Alternating {
                members: e.members.clone(),
                up: down * (1.0 - e.q) / e.q,
                down,
                back_in: None,
            }
        })
        .collect();
    for &v in &study.scenario().down {
        let down = mean_repair(v);
        let given = horizon.back_in.iter().find(|b| b.0 == v).map(|b| b.1);
        let q = study
            .system()
            .node(v)
            .reliability
            .map_or(0.0, Reliability::unavailability);
        all.push(Alternating {
            members: vec![v],
            up: if q > 0.0 {
                down * (1.0 - q) / q
            } else {
                f64::INFINITY
            },
            down,
            back_in: Some(given.unwrap_or(down)),
        });
    }
    (all, assumed)
}
