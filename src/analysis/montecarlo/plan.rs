//! What a simulation will do, decided before any work: a pure function of the settings, the
//! chances and the size of the estate, so that every thread, shard and resumed run decides alike.

use super::chances::Chances;
use super::judge::Judge;
use super::settings::{Method, Settings};

/// Trials of one block, the unit of randomness and of work.
pub const BLOCK: u64 = 1024;
/// Exact orders go no further than this: order 2 is where the count of states gets large.
const MOST_ORDER: usize = 2;
/// Exact orders may always have this many states.
const FREE_STATES: u64 = 10_000;
/// Stratify when what is left to draw has at most this probability.
const WORTH_IT: f64 = 0.5;
/// At-risk is judged in all trials while that takes at most this many further states.
const RISK_STATES: f64 = 4e6;
/// Note the events of about this many failures per trial, no more.
const NOTED: f64 = 8.0;

/// What will be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Plan {
    /// Orders 0 to this are worked out exactly; `None` draws from all states.
    pub exact_order: Option<usize>,
    /// How many trials at most.
    pub trials: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// At-risk is judged in the first so many trials of each block.
    pub risk_per_block: u64,
    /// Whether at-risk is judged in the exact orders.
    pub risk_exact: bool,
    /// Events are noted in every n-th trial of a block.
    pub note_every: u64,
}

impl Plan {
    /// Decides.
    #[must_use]
    pub fn new<J: Judge>(settings: &Settings, chances: &Chances, judge: &J) -> Self {
        let events = chances.events().len() as u64;
        let exact_order = match settings.demand {
            Some(_) => None,
            None => exact_order(settings.method, settings.trials, chances),
        };
        let further = judge.further() as f64;
        let risk_exact =
            exact_order.is_some_and(|k| states(events, k) as f64 * further <= RISK_STATES);
        let at_risk =
            settings.at_risk && settings.demand.is_none() && (exact_order.is_none() || risk_exact);
        // States that are not worked out once and for all: those of two events and more.
        let drawn = match exact_order {
            Some(_) => 1.0,
            None => beyond(chances, 1),
        };
        let cost = settings.trials as f64 * drawn * further;
        let share = (RISK_STATES / cost.max(1.0)).min(1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // In 1..=1024.
        let risk_per_block = (share * BLOCK as f64).ceil() as u64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Small, ≥ 1.
        let note_every = (chances.expected() / NOTED).ceil().max(1.0) as u64;
        Self {
            exact_order,
            trials: settings.trials,
            seed: settings.seed,
            risk_per_block: if at_risk { risk_per_block } else { 0 },
            risk_exact: at_risk && risk_exact,
            note_every,
        }
    }

    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.trials.div_ceil(BLOCK)
    }

    /// In how many drawn states at-risk is judged, about: the one in which nothing is out
    /// is judged once.
    #[must_use]
    pub fn at_risk_states(&self, chances: &Chances) -> u64 {
        let all = self.blocks().saturating_mul(self.risk_per_block);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // At most all.
        let some = (all as f64 * chances.expected().min(1.0)) as u64;
        some
    }

    /// How many trials a block has: the last one may be short.
    #[must_use]
    pub fn trials_of(&self, block: u64) -> u64 {
        (self.trials - block * BLOCK).min(BLOCK)
    }
}

/// Orders 0 to this are worked out exactly; `None` draws from all states.
#[must_use]
pub fn exact_order(method: Method, trials: u64, chances: &Chances) -> Option<usize> {
    let affordable = affordable(chances.events().len() as u64, trials);
    match method {
        Method::Plain => None,
        Method::Stratified => Some(affordable),
        Method::Auto => Some(affordable).filter(|&k| beyond(chances, k) <= WORTH_IT),
    }
}

/// How many states have at most `order` events.
pub fn states(events: u64, order: usize) -> u64 {
    match order {
        0 => 1,
        1 => 1 + events,
        _ => (1 + events).saturating_add(events.saturating_mul(events.saturating_sub(1)) / 2),
    }
}

/// The highest order whose states cost no more than the trials that were asked for.
fn affordable(events: u64, trials: u64) -> usize {
    (0..=MOST_ORDER)
        .rev()
        .find(|&k| states(events, k) <= trials.max(FREE_STATES))
        .unwrap_or(0)
}

/// Probability of more than `order` events.
fn beyond(chances: &Chances, order: usize) -> f64 {
    super::sample::Tail::new(chances.events(), order).mass()
}
