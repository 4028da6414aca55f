//! From sums to estimates. In: what is known exactly and what was counted. Out: the outcome, every
//! number with its interval and the name of its method.

use super::chances::Chances;
use super::enumerated::{Enumerated, LISTED, SlotEnumerated};
use super::importance::{self, Importance};
use super::interval::{self, Estimate, Interval, Kind, Sums};
use super::judge::{Slot, SlotState};
use super::seen::{SeenSet, SeenSets};
use super::tally::{SlotTally, Tally};
use crate::analysis::Probability;
use crate::analysis::exact::{Down, Shortage};
use crate::model::{CaseId, NodeId, Status, System};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hours of a year, and of a quarter of it.
pub const YEAR: f64 = 8760.0;
/// Why the load of a peak says nothing of a year.
pub const PEAK_ALL_YEAR: &str = "the load of the peak does not last all year";

/// Why something is not known that the first trials would show.
const INTERRUPTED: &str = "interrupted before a state was drawn";
/// Fewer trials than this that differ from the base state say little of how much they do.
const FEW: u64 = 50;

/// What a snapshot simulation answers.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulateOutcome {
    /// Trials that were asked for.
    pub trials: u64,
    /// Trials that were done, over all services; 0 when everything is exact.
    pub done: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Orders worked out exactly, if the run was stratified.
    pub exact_order: Option<usize>,
    /// Probability of what is not worked out exactly but drawn.
    pub drawn: f64,
    /// How many components and links there are, and of how many it is known how likely they are out.
    pub reliability: Reliabilities,
    /// Whether all trials were done, or as many as the precision asked for takes.
    pub complete: bool,
    /// Why not.
    pub reason: Option<String>,
    /// The precision asked for, and what came of it.
    pub precision: Option<Precision>,
    /// Every service at every case: services by id, cases in order.
    pub services: Vec<ServiceChance>,
}

/// Of how many elements a reliability is known. All others never fail by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reliabilities {
    /// Components and links with a reliability.
    pub known: u64,
    /// Components and links.
    pub elements: u64,
}

impl Reliabilities {
    /// Of a system.
    #[must_use]
    pub fn of(system: &System) -> Self {
        let elements = || system.nodes().iter().filter(|n| n.can_fail());
        let known = elements().filter(|n| n.reliability.is_some());
        Self {
            known: known.count() as u64,
            elements: elements().count() as u64,
        }
    }

    /// What is said beside every "exact".
    #[must_use]
    pub fn words(self) -> String {
        format!(
            "reliability known of {} of {} elements",
            self.known, self.elements
        )
    }
}

/// A precision that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Precision {
    /// Half the interval over the estimate of the probability of harm, at most.
    pub asked: f64,
    /// Whether every service at every load case is that precise.
    pub reached: bool,
    /// The widest of them; `null` when harm was never seen for one.
    pub widest: Option<f64>,
}

/// One service at one load case.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceChance {
    /// The service that may be harmed.
    pub service: NodeId,
    /// The load case.
    pub case: CaseId,
    /// Probability of being down.
    pub down: Estimate,
    /// Probability of being degraded (and not down).
    pub degraded: Estimate,
    /// Probability of being degraded or down.
    pub harm: Estimate,
    /// Probability of being at risk, or why it was not computed.
    pub at_risk: Result<Estimate, String>,
    /// Probability of being ok, or why it was not computed.
    pub ok: Result<Estimate, String>,
    /// Expected unserved demand, in the unit of the demand.
    pub unserved: Estimate,
    /// Which events matter, most first; or why none does.
    pub importance: Result<Vec<Importance>, String>,
    /// How many events went with harm, listed or not.
    pub importance_count: u64,
    /// What events mean to being down, exactly; nodes of the decision diagrams it took, or why it
    /// is not known exactly.
    pub exact_down: Result<ExactDown, String>,
    /// Between what being down lies for certain, where it is not known exactly but bounds are.
    pub down_bounds: Option<(f64, f64)>,
    /// The likeliest contingencies that were seen to make it worse than in the base state, or why none
    /// are named.
    pub contingencies: Result<Vec<SeenContingency>, String>,
    /// The estimate of harm as trials came in; empty when it is exact.
    pub convergence: Vec<ConvergencePoint>,
}

/// Being down, worked out exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct ExactDown {
    /// Nodes of the decision diagrams.
    pub nodes: usize,
    /// Which events matter, most first.
    pub importance: Vec<Importance>,
}

/// A contingency that was seen to harm.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "SeenContingency")]
pub struct SeenContingency<N = NodeId> {
    /// Ids, sorted.
    pub elements: Vec<N>,
    /// Probability that exactly these are out.
    pub probability: f64,
    /// What it does.
    pub status: Status,
}

impl SimulateOutcome {
    /// The probability that a service is at least that bad at a case, for judging policies.
    ///
    /// # Errors
    /// Why there is none.
    pub fn at_least(
        &self,
        service: NodeId,
        case: CaseId,
        status: Status,
    ) -> Result<Probability, String> {
        let mut all = self.services.iter();
        let found = all.find(|s| s.service == service && s.case == case);
        let s = found.ok_or_else(|| "the service was not simulated".to_owned())?;
        let of = |e: &Estimate| Probability {
            estimate: e.estimate,
            low: e.low,
            high: e.high,
        };
        match status {
            Status::Down => Ok(of(&s.down)),
            Status::Degraded => Ok(of(&s.harm)),
            // All that is not ok.
            Status::AtRisk => s.ok.as_ref().map_err(Clone::clone).map(|ok| Probability {
                estimate: 1.0 - ok.estimate,
                low: 1.0 - ok.high,
                high: 1.0 - ok.low,
            }),
            Status::Ok => Ok(of(&Interval::exact(1.0).named("certain"))),
        }
    }
}

/// The probability of harm after some trials.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ConvergencePoint {
    /// Trials so far.
    pub trials: u64,
    /// The best guess.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// What was counted for one slot.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    trials: u64,
    /// Trials in which it fared otherwise than in the base state …
    changed: u64,
    /// … of these, down.
    down: u64,
    /// … of these, degraded.
    degraded: u64,
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
}

impl Evidence<'_> {
    /// Whether not one state was drawn of those that are not worked out.
    fn is_unknown(&self) -> bool {
        self.drawn > 0.0 && self.run.trials == 0
    }

    fn counts(&self) -> Counts {
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
    fn shortage(&self) -> Option<&Shortage> {
        self.short.filter(|_| self.drawn > 0.0)
    }

    /// How likely it is down, if that is known and its states are not all known.
    fn exact_down(&self) -> Option<f64> {
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

    fn harm_of(&self, c: Counts) -> Interval {
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

    fn down(&self) -> Interval {
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

    fn degraded_of(&self, c: Counts) -> Interval {
        if let Some(short) = self.shortage() {
            return chance(Interval::exact(short.degraded));
        }
        let (up, mass) = self.up(c);
        self.share_of(self.known.degraded, self.hits(c).1, up, mass)
    }

    fn unserved(&self) -> Interval {
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
    fn fine(&self) -> Result<(Interval, Interval), String> {
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

    /// Everything about this slot; `demand` in its unit.
    #[must_use]
    pub fn answer(
        &self,
        service: NodeId,
        case: CaseId,
        demand: f64,
        (slot, seen): (Slot, &SeenSets<'_>),
        chances: &Chances,
        no_risk: Option<&str>,
    ) -> ServiceChance {
        let fine = no_risk.map_or_else(|| self.fine(), |reason| Err(reason.to_owned()));
        let named = |i: Interval| i.named(self.how);
        let known = self.reliability.words();
        let by_diagram = format!("exact, by decision diagram; {known}");
        let by_table = format!("exact, by capacity outage table; {known}");
        let down = self.down();
        // What a table tells goes by its name.
        let told = |i: Interval| match self.shortage() {
            Some(_) => i.named(&by_table),
            None => named(i),
        };
        ServiceChance {
            service,
            case,
            down: match &self.down {
                Ok(_) if self.exact_down().is_some() => down.named(&by_diagram),
                Err(_) if down.kind == Kind::Bounds && self.bounds.is_some() => {
                    down.named("decision diagrams that leave out what hardly matters")
                }
                _ => told(down),
            },
            degraded: told(self.degraded_of(self.counts())),
            harm: told(self.harm()),
            at_risk: fine.clone().map(|(risk, _)| named(risk)),
            ok: fine.map(|(_, ok)| named(ok)),
            unserved: told(self.unserved().scaled(0.0, demand)),
            importance: self.importance(slot, chances),
            importance_count: importance::count(self, slot),
            exact_down: self.down.clone().map(|down| ExactDown {
                nodes: down.nodes,
                importance: importance::of_down(down, chances),
            }),
            down_bounds: self.bounds,
            contingencies: self.contingencies((slot, seen), chances),
            convergence: self.convergence(),
        }
    }

    /// Which events matter to harm.
    fn importance(&self, slot: u32, chances: &Chances) -> Result<Vec<Importance>, String> {
        if self.base.status.is_harm() {
            return Err(format!(
                "it is {} in the base state already, so there is nothing to attribute: Birnbaum and \
                 Fussell-Vesely are 0, RAW and RRW 1 for every element",
                self.base.status.word()
            ));
        }
        if self.is_unknown() {
            return Err(INTERRUPTED.to_owned());
        }
        Ok(importance::of(self, slot, chances))
    }

    /// The likeliest sets of events that leave it worse than the base state does.
    fn contingencies(
        &self,
        (slot, seen): (Slot, &SeenSets<'_>),
        chances: &Chances,
    ) -> Result<Vec<SeenContingency>, String> {
        if self.most_unserved.is_none() {
            return Err(
                "the same failures harm or not as demand turns out, so none are named where demand \
                 is uncertain"
                    .to_owned(),
            );
        }
        if self.cut_short && self.drawn > 0.0 {
            return Err(INTERRUPTED.to_owned());
        }
        let is_worse = |&(_, _, status): &SeenSet<'_>| status > self.base.status;
        let known = self.known.seen.iter();
        let known = known.map(|(p, events, status)| (*p, events.as_slice(), *status));
        let mut all: Vec<SeenSet<'_>> = known.filter(is_worse).collect();
        if self.drawn > 0.0 {
            // They come likeliest first, and none that is drawn is among those worked out.
            all.extend(seen.of(slot).filter(is_worse).take(LISTED));
        }
        all.sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.cmp(y.1)));
        all.dedup_by(|x, y| x.1 == y.1);
        all.truncate(LISTED);
        let named = all.into_iter().map(|(probability, events, status)| {
            let mut elements = Vec::new();
            chances.failed(events, &mut elements);
            SeenContingency {
                elements,
                probability,
                status,
            }
        });
        Ok(named.collect())
    }

    fn convergence(&self) -> Vec<ConvergencePoint> {
        if self.drawn <= 0.0 {
            return Vec::new();
        }
        let mut so_far = Counts::default();
        let mut points = Vec::new();
        for (level, n) in &self.run.level_trials {
            so_far.trials += n;
            if let Some((changed, down, degraded)) = self.tally.levels.get(level) {
                so_far.changed += changed;
                so_far.down += down;
                so_far.degraded += degraded;
            }
            let harm = self.harm_of(so_far);
            points.push(ConvergencePoint {
                trials: so_far.trials,
                estimate: harm.value,
                low: harm.low,
                high: harm.high,
            });
        }
        points
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

/// The name of a method.
#[must_use]
pub fn how(exact_order: Option<usize>, spread: bool) -> String {
    match exact_order {
        None if spread => "plain sampling of states and demand".to_owned(),
        None => "plain sampling".to_owned(),
        Some(0) => "order 0 exact, the rest sampled".to_owned(),
        Some(k) => format!("orders 0 to {k} exact, the rest sampled"),
    }
}

/// The widest interval of harm over all evidence, relative to its estimate.
pub fn widest<'a>(evidence: impl Iterator<Item = Evidence<'a>>) -> f64 {
    evidence
        .map(|e| e.harm().relative_half_width())
        .fold(0.0, f64::max)
}

/// What is known when nothing is.
#[must_use]
pub fn nothing_enumerated(slots: usize) -> Enumerated {
    Enumerated {
        mass: 0.0,
        states: 0,
        slots: vec![SlotEnumerated::default(); slots],
    }
}
