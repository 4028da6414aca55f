//! Which events matter to a service: the classical importance measures.
//!
//! In: how often an event goes with harm, exactly and by counting. Out: contribution, Birnbaum,
//! Fussell-Vesely, risk achievement and risk reduction worth. With r the share of the harm in which
//! the event happened, q its probability and H the probability of harm:
//! Birnbaum = P(harm | out) − P(harm | up) = H·(r − q) / (q·(1 − q)), Fussell-Vesely
//! = 1 − P(harm | up)/H = (r − q)/(1 − q), RAW = P(harm | out)/H = r/q and
//! RRW = H/P(harm | up) = (1 − q)/(1 − r). These hold for any structure, coherent or not; an event
//! whose absence harms has a Fussell-Vesely below zero.

use super::answer::Evidence;
use super::chances::Chances;
use super::interval::{self, Interval, Kind};
use crate::analysis::exact::Down;
use crate::model::NodeId;
use std::collections::BTreeMap;

/// How many events are listed for a service.
const LISTED: usize = 30;

/// What one event means to one service at one load case.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// Who is out when it happens.
    pub members: Vec<NodeId>,
    /// Index of the common-cause group, if it is one.
    pub group: Option<usize>,
    /// Its probability.
    pub q: f64,
    /// Share of the harm in which it happened.
    pub contribution: Interval,
    /// How much likelier harm is when it happens than when it does not.
    pub birnbaum: Interval,
    /// The share of the harm that goes away if it can never happen.
    pub fussell_vesely: Interval,
    /// How many times likelier harm is when it has happened.
    pub raw: Interval,
    /// How many times less likely harm is if it can never happen; may be infinite.
    pub rrw: Interval,
}

/// The events that went with harm to a slot, most contribution first.
#[must_use]
pub fn of(evidence: &Evidence<'_>, slot: u32, chances: &Chances) -> Vec<Importance> {
    let known_harm = evidence.known.down + evidence.known.degraded;
    let counted: BTreeMap<u32, u64> = match evidence.run.together.get(&slot) {
        Some(row) if evidence.drawn > 0.0 => row.clone(),
        _ => BTreeMap::new(),
    };
    let mut events: Vec<u32> = evidence.known.together.keys().copied().collect();
    events.extend(counted.keys());
    events.sort_unstable();
    events.dedup();
    let mut all: Vec<(f64, u32, f64, u64)> = events
        .into_iter()
        .map(|e| {
            let with = evidence.known.together.get(&e).copied().unwrap_or(0.0);
            let seen = counted.get(&e).copied().unwrap_or(0);
            (share_seen(evidence, with, known_harm, seen), e, with, seen)
        })
        .collect();
    all.sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.cmp(&y.1)));
    all.truncate(LISTED);
    // Intervals take far longer than shares: only what is listed gets one.
    let harm = evidence.harm();
    all.into_iter()
        .map(|(_, e, with, seen)| {
            let r = share(evidence, with, known_harm, seen);
            measures(&chances.events()[e as usize], r, harm)
        })
        .collect()
}

/// The share of the harm in which an event happened.
fn share_seen(evidence: &Evidence<'_>, with: f64, harm: f64, seen: u64) -> f64 {
    let noted = evidence.run.noted_trials;
    let each = if evidence.drawn <= 0.0 || noted == 0 {
        0.0
    } else {
        evidence.drawn / noted as f64
    };
    let with = with + each * seen as f64;
    let all = harm + each * evidence.tally.noted as f64;
    if all > 0.0 { with / all } else { 0.0 }
}

/// The same with its interval: the least harm with it against the most without it, and the other way
/// round.
fn share(evidence: &Evidence<'_>, with: f64, harm: f64, seen: u64) -> Interval {
    let value = share_seen(evidence, with, harm, seen);
    let noted = evidence.run.noted_trials;
    if evidence.drawn <= 0.0 || noted == 0 {
        return Interval::exact(value);
    }
    let without = (harm - with).max(0.0);
    let others = evidence.tally.noted - seen;
    let part =
        |known: f64, hits: u64| interval::proportion(hits, noted).scaled(known, evidence.drawn);
    let (with, without) = (part(with, seen), part(without, others));
    let ratio = |x: f64, y: f64| if x + y > 0.0 { x / (x + y) } else { 0.0 };
    Interval {
        value,
        low: ratio(with.low, without.high),
        high: ratio(with.high, without.low),
        kind: Kind::Combined,
    }
}

/// What events mean to being down, where that is known exactly.
#[must_use]
pub fn of_down(down: &Down, chances: &Chances) -> Vec<Importance> {
    let p = down.probability;
    let known = down.importance.iter().filter(|_| p > 0.0);
    known
        .map(|s| {
            let event = &chances.events()[s.event as usize];
            Importance {
                members: event.members.clone(),
                group: event.group,
                q: event.q,
                contribution: Interval::exact(event.q * s.with / p),
                birnbaum: Interval::exact(s.with - s.without),
                fussell_vesely: Interval::exact(1.0 - s.without / p),
                raw: Interval::exact(s.with / p),
                rrw: Interval::exact(p / s.without),
            }
        })
        .collect()
}

fn measures(event: &super::Event, r: Interval, harm: Interval) -> Importance {
    let q = event.q;
    let map = |f: &dyn Fn(f64) -> f64| Interval {
        value: f(r.value),
        low: f(r.low),
        high: f(r.high),
        kind: r.kind,
    };
    let lift = map(&|r| (r - q) / (q * (1.0 - q)));
    let corner = |h: f64, l: f64| h * l;
    Importance {
        members: event.members.clone(),
        group: event.group,
        q,
        contribution: r,
        birnbaum: Interval {
            value: harm.value * lift.value,
            low: corner(harm.low, lift.low).min(corner(harm.high, lift.low)),
            high: corner(harm.low, lift.high).max(corner(harm.high, lift.high)),
            kind: r.kind,
        },
        fussell_vesely: map(&|r| (r - q) / (1.0 - q)),
        raw: map(&|r| r / q),
        rrw: map(&|r| {
            if r < 1.0 {
                (1.0 - q) / (1.0 - r)
            } else {
                f64::INFINITY
            }
        }),
    }
}
