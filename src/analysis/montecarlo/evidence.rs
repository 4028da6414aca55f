//! What is known of one service at one load case. In: what was worked out exactly and what was counted of it.
//! Out: every probability, and what is unserved, with its interval; or why it is not known.

use super::enumerated::SlotEnumerated;
use super::interval::{self, Interval, Kind, Sums};
use super::judge::SlotState;
use super::reliabilities::Reliabilities;
use super::tally::{SlotTally, Tally};
use crate::analysis::exact::{Down, Shortage};
use crate::model::Status;

/// Why something is not known that the first trials would show.
pub(super) const INTERRUPTED: &str = "interrupted before a state was drawn";
/// Fewer trials than this that differ from the base state say little of how much they do.
const FEW: u64 = 50;

/// Events and contingencies that are listed of all services and load cases together.
const MOST_IN_ALL: usize = 20_000;
/// So many are listed of each in any case.
const LEAST_OF_EACH: usize = 3;

/// How many events and contingencies are listed of each service and load case, where there are so many of
/// these: all that were found, unless that is more than anybody reads.
pub(super) fn listed(slots: usize) -> usize {
    (MOST_IN_ALL / slots.max(1)).max(LEAST_OF_EACH)
}

/// What was counted for one slot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub trials: u64,
    /// Trials in which it fared otherwise than in the base state …
    pub changed: u64,
    /// … of these, down.
    pub down: u64,
    /// … of these, degraded.
    pub degraded: u64,
}

/// All that is known of one slot.
pub struct Evidence<'a> {
    /// Exact contribution; zero if there is none.
    pub known: &'a SlotEnumerated,
    /// Probability of the states that were drawn from; 0 when everything is exact.
    pub drawn: f64,
    /// What was counted.
    pub tally: &'a SlotTally,
    /// Of the whole run.
    pub run: &'a Tally,
    /// The base state.
    pub base: SlotState,
    /// Opens the name of the method.
    pub how: &'a str,
    /// Whether at-risk was judged among the exact states.
    pub risk_known: bool,
    /// Whether the exact part was ended early, so that of `drawn` nothing is known.
    pub cut_short: bool,
    /// How likely it is down, exactly, or why that is not known.
    pub down: Result<&'a Down, String>,
    /// Between what that lies for certain, where it is not known.
    pub bounds: Option<(f64, f64)>,
    /// How likely it is down and degraded, where that is known exactly.
    pub short: Option<&'a Shortage>,
    /// The most that one trial can leave unserved, as a fraction of demand; `None`: no bound, since
    /// demand is uncertain.
    pub most_unserved: Option<f64>,
    /// Of how many elements a reliability is known.
    pub reliability: Reliabilities,
    /// How many events and contingencies are listed at most; see [`listed`].
    pub listed: usize,
}

impl Evidence<'_> {
    /// Whether not one state was drawn of those that are not worked out.
    pub(super) fn is_unknown(&self) -> bool {
        self.drawn > 0.0 && self.run.trials == 0
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            trials: self.run.trials,
            changed: self.tally.changed,
            down: self.tally.down,
            degraded: self.tally.degraded,
        }
    }

    /// Trials in which it was down, and degraded, those as in the base state included.
    fn hits(&self, c: Counts) -> (u64, u64) {
        let as_base = |status| u64::from(self.base.status == status) * (c.trials - c.changed);
        (
            c.down + as_base(Status::Down),
            c.degraded + as_base(Status::Degraded),
        )
    }

    /// The probability `known + mass · hits / trials`; without a trial, the mass is shared evenly by all
    /// statuses that it may go to.
    fn share_of(&self, known: f64, hits: u64, trials: u64, mass: f64) -> Interval {
        let interval = if mass <= 0.0 {
            Interval::exact(known)
        } else if trials == 0 {
            let statuses = if self.exact_down().is_some() {
                3.0
            } else {
                4.0
            };
            Interval {
                value: known + mass / statuses,
                low: known,
                high: known + mass,
                kind: Kind::Bounds,
            }
        } else {
            interval::proportion(hits, trials).scaled(known, mass)
        };
        chance(interval)
    }

    /// How likely it is down and degraded, if that is known and its states are not all known.
    pub(super) fn shortage(&self) -> Option<&Shortage> {
        self.short.filter(|_| self.drawn > 0.0)
    }

    /// How likely it is down, if that is known and its states are not all known.
    pub(super) fn exact_down(&self) -> Option<f64> {
        let down = self.down.as_ref().ok().filter(|_| self.drawn > 0.0);
        let by_diagram = down.map(|d| d.probability);
        by_diagram.or(self.shortage().map(|short| short.down))
    }

    /// Trials in which it was not down, and the probability of what these stand for: all that was
    /// drawn, or, where it is known exactly how likely it is down, what that leaves.
    fn up(&self, c: Counts) -> (u64, f64) {
        match self.exact_down() {
            Some(down) => {
                let drawn_down = (down - self.known.down).max(0.0);
                let up = c.trials - self.hits(c).0;
                (up, (self.drawn - drawn_down).max(0.0))
            }
            None => (c.trials, self.drawn),
        }
    }

    /// Trials without harm, or, where that is not known exactly, those that were not down; and the
    /// probability of what they stand for.
    fn unharmed(&self, c: Counts) -> (u64, f64) {
        let Some(short) = self.shortage() else {
            return self.up(c);
        };
        let (down, degraded) = self.hits(c);
        let drawn = (short.down - self.known.down).max(0.0)
            + (short.degraded - self.known.degraded).max(0.0);
        (c.trials - down - degraded, (self.drawn - drawn).max(0.0))
    }

    /// Degraded or down.
    #[must_use]
    pub fn harm(&self) -> Interval {
        self.harm_of(self.counts())
    }

    pub(super) fn harm_of(&self, c: Counts) -> Interval {
        if let Some(short) = self.shortage() {
            return chance(Interval::exact(short.down + short.degraded));
        }
        if let Some(down) = self.exact_down() {
            return chance(self.degraded_of(c).scaled(down, 1.0));
        }
        let (down, degraded) = self.hits(c);
        let known = self.known.down + self.known.degraded;
        let harm = self.share_of(known, down + degraded, c.trials, self.drawn);
        // Down is harm.
        let least = self.bounds.map_or(0.0, |b| b.0);
        let harm = Interval {
            value: harm.value.max(least),
            low: harm.low.max(least),
            high: harm.high.max(least),
            ..harm
        };
        if c.trials == 0 && self.drawn > 0.0 {
            // Two of the four statuses.
            return Interval {
                value: (known + self.drawn / 2.0).min(1.0),
                ..harm
            };
        }
        harm
    }

    pub(super) fn down(&self) -> Interval {
        if let Some(down) = self.exact_down() {
            return chance(Interval::exact(down));
        }
        let c = self.counts();
        let sampled = self.share_of(self.known.down, self.hits(c).0, c.trials, self.drawn);
        match self.bounds.filter(|_| self.drawn > 0.0) {
            Some(bounds) => chance(within(sampled, bounds)),
            None => sampled,
        }
    }

    pub(super) fn degraded_of(&self, c: Counts) -> Interval {
        if let Some(short) = self.shortage() {
            return chance(Interval::exact(short.degraded));
        }
        let (up, mass) = self.up(c);
        self.share_of(self.known.degraded, self.hits(c).1, up, mass)
    }

    pub(super) fn unserved(&self) -> Interval {
        let most = self.most_unserved.unwrap_or(f64::INFINITY);
        if self.drawn <= 0.0 {
            return with_rounding(Interval::exact(self.known.unserved), most);
        }
        if let Some(short) = self.shortage() {
            return with_rounding(Interval::exact(short.unserved), most);
        }
        if self.run.trials == 0 {
            return Interval {
                value: self.known.unserved + self.drawn / 2.0,
                low: self.known.unserved,
                high: self.known.unserved + self.drawn,
                kind: Kind::Bounds,
            };
        }
        let mean = self.mean_unserved();
        with_rounding(mean.scaled(self.known.unserved, self.drawn), most)
    }

    /// Of the states that were drawn.
    fn mean_unserved(&self) -> Interval {
        let (t, base, trials) = (self.tally, self.base.unserved, self.run.trials);
        let most = self.most_unserved.unwrap_or(t.most.get().max(base));
        let changed = Sums {
            trials,
            hits: t.hits,
            sum: t.unserved.get(),
            squares: t.squares.get(),
            most,
        };
        if base > 0.0 && t.changed < FEW {
            // Hardly any trial differs from the base state: how many may, and what they may add.
            let (part, differ) = (
                interval::mean(changed),
                interval::proportion(t.changed, trials),
            );
            return Interval {
                value: part.value + base * (1.0 - differ.value),
                low: part.low + base * (1.0 - differ.high),
                high: (part.high + base * (1.0 - differ.low)).min(most),
                kind: Kind::Combined,
            };
        }
        let as_base = (trials - t.changed) as f64;
        let of_base = if base > 0.0 { trials - t.changed } else { 0 };
        interval::mean(Sums {
            hits: t.hits + of_base,
            sum: changed.sum + as_base * base,
            squares: changed.squares + as_base * base * base,
            ..changed
        })
    }

    /// At risk and ok, which share what is not harm.
    pub(super) fn fine(&self) -> Result<(Interval, Interval), String> {
        let known_ok = self.known.ok;
        if self.drawn <= 0.0 && self.risk_known {
            let exact = |p| chance(Interval::exact(p));
            return Ok((exact(self.known.at_risk), exact(known_ok)));
        }
        if self.is_unknown() {
            return Err(INTERRUPTED.to_owned());
        }
        if self.run.risk_trials == 0 || !(self.risk_known || self.enumerated_mass() <= 0.0) {
            return Err(
                "at-risk tries every further failure in every state: too many of them here"
                    .to_owned(),
            );
        }
        let (risk, ok) = (self.tally.at_risk, self.tally.ok);
        let (up, mass) = self.unharmed(self.counts());
        if self.run.risk_trials == self.run.trials {
            return Ok((
                self.share_of(self.known.at_risk, risk, up, mass),
                self.share_of(known_ok, ok, up, mass),
            ));
        }
        let (down, degraded) = self.hits(self.counts());
        let fine = self.run.trials - down - degraded;
        let fine = if up > 0 {
            interval::proportion(fine, up)
        } else {
            anything()
        };
        let part = |hits| {
            let share = if risk + ok > 0 {
                interval::proportion(hits, risk + ok)
            } else {
                anything()
            };
            times(fine, share)
        };
        Ok((
            chance(part(risk).scaled(self.known.at_risk, mass)),
            chance(part(ok).scaled(known_ok, mass)),
        ))
    }

    fn enumerated_mass(&self) -> f64 {
        1.0 - self.drawn
    }
}

/// What was counted, held against certain bounds: the bounds themselves where they are tighter.
fn within(sampled: Interval, (low, high): (f64, f64)) -> Interval {
    let bounds = Interval {
        value: sampled.value.clamp(low, high),
        low,
        high,
        kind: Kind::Bounds,
    };
    let both = Interval {
        low: sampled.low.max(low),
        high: sampled.high.min(high),
        kind: sampled.kind,
        ..bounds
    };
    if high - low <= sampled.high - sampled.low || both.low > both.high {
        bounds
    } else {
        both
    }
}

/// A share of which nothing is known.
fn anything() -> Interval {
    Interval {
        value: 0.5,
        low: 0.0,
        high: 1.0,
        kind: Kind::Combined,
    }
}

/// The product of two independent estimates. Its interval joins the far ends of theirs, so it is
/// rather too wide than too narrow.
fn times(x: Interval, y: Interval) -> Interval {
    Interval {
        value: x.value * y.value,
        low: x.low * y.low,
        high: x.high * y.high,
        kind: Kind::Combined,
    }
}

/// A probability, with what rounding may have done to it.
fn chance(i: Interval) -> Interval {
    with_rounding(i, 1.0)
}

/// The interval allows for rounding, of its ends and of the value; `most` bounds all three.
pub(super) fn with_rounding(i: Interval, most: f64) -> Interval {
    const SPECK: f64 = 1e-12;
    let value = i.value.clamp(0.0, most);
    Interval {
        value,
        low: (i.low.min(value) * (1.0 - SPECK)).max(0.0),
        high: (i.high.max(value) * (1.0 + SPECK)).min(most),
        ..i
    }
}

/// The widest interval of harm over all evidence, relative to its estimate.
pub fn widest<'a>(evidence: impl Iterator<Item = Evidence<'a>>) -> f64 {
    evidence
        .map(|e| e.harm().relative_half_width())
        .fold(0.0, f64::max)
}
