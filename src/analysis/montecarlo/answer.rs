//! From sums to estimates. In: what is known exactly and what was counted. Out: the outcome, every
//! number with its interval and the name of its method.

use super::chances::Chances;
use super::enumerated::{Enumerated, LISTED, SlotEnumerated};
use super::evidence::{Counts, Evidence, INTERRUPTED};
use super::importance::{self, Importance};
use super::interval::{Estimate, Interval, Kind};
use super::judge::Slot;
use super::reliabilities::Reliabilities;
use super::seen::{SeenSet, SeenSets};
use crate::analysis::Probability;
use crate::model::{CaseId, NodeId, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hours of a year, and of a quarter of it.
pub const YEAR: f64 = 8760.0;
/// Why the load of a peak says nothing of a year.
pub const PEAK_ALL_YEAR: &str = "the load of the peak does not last all year";

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

impl Evidence<'_> {
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
                importance: importance::of_down(down, chances, self.listed),
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

    /// The likeliest contingencies that leave it worse than the base state does.
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
        let common = chances.common();
        if common.is_empty() {
            all.truncate(self.listed.min(LISTED));
        }
        let named = all.into_iter().map(|(probability, events, status)| {
            let mut elements = Vec::new();
            chances.failed(events, &mut elements);
            SeenContingency {
                probability: probability * chances.ways(events, &elements, &common),
                elements,
                status,
            }
        });
        let mut named: Vec<SeenContingency> = named.collect();
        if !common.is_empty() {
            one_for_each(&mut named);
        }
        named.truncate(self.listed.min(LISTED));
        Ok(named)
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

/// Keeps each contingency once, whatever events took its elements: the likeliest first, then by elements.
fn one_for_each(all: &mut Vec<SeenContingency>) {
    all.sort_by(|x, y| {
        x.elements
            .cmp(&y.elements)
            .then(y.probability.total_cmp(&x.probability))
    });
    all.dedup_by(|x, y| x.elements == y.elements);
    all.sort_by(|x, y| {
        y.probability
            .total_cmp(&x.probability)
            .then_with(|| x.elements.cmp(&y.elements))
    });
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

/// What is known when nothing is.
#[must_use]
pub fn nothing_enumerated(slots: usize) -> Enumerated {
    Enumerated {
        mass: 0.0,
        states: 0,
        slots: vec![SlotEnumerated::default(); slots],
    }
}
