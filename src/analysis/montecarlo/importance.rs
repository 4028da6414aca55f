//! Which events matter to a service: the classical importance measures.
//!
//! In: how often an event goes with harm, exactly and by counting. Out: contribution, Birnbaum,
//! Fussell-Vesely, risk achievement and risk reduction worth. With r the share of the harm in which
//! the event happened, q its probability and H the probability of harm:
//! Birnbaum = P(harm | out) − P(harm | up) = H·(r − q) / (q·(1 − q)), Fussell-Vesely
//! = 1 − P(harm | up)/H = (r − q)/(1 − q), RAW = P(harm | out)/H = r/q and
//! RRW = H/P(harm | up) = (1 − q)/(1 − r). These hold for any structure, coherent or not; an event
//! whose absence harms has a Fussell-Vesely below zero. A share that was counted may be more than can
//! be: P(harm and out) is at most q, P(harm and up) at most 1 − q, and estimates keep to that. An event
//! that does not matter, or of which trials do not show that it does, is not listed.

use super::chances::{Chances, Event};
use super::evidence::Evidence;
use super::interval::{self, Interval, Kind};
use crate::analysis::exact::{Down, Share};
use crate::model::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many events are listed for a service.
const LISTED: usize = 30;
/// How many are looked at for that.
const LOOKED_AT: usize = 4 * LISTED;
/// What was never seen may have happened as often as this (the 97.5 % quantile for none).
const NEVER_SEEN: f64 = 3.69;
/// What changes the probability of harm by a smaller part than this does not matter.
const SPECK: f64 = 1e-9;
/// A share of the harm this near to all of it is all of it: sums are rounded.
const ALL: f64 = 1.0 - 1e-13;

/// What one event means to a service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Importance")]
pub struct Importance<N = NodeId, G = usize, I = Interval> {
    /// Ids of what is out when it happens.
    pub elements: Vec<N>,
    /// Name of the common-cause group, if it is one.
    pub common_cause: Option<G>,
    /// Its probability.
    pub unavailability: f64,
    /// Share of the harm in which it happened.
    pub contribution: I,
    /// P(harm | out) − P(harm | up).
    pub birnbaum: I,
    /// 1 − P(harm | up) / P(harm).
    pub fussell_vesely: I,
    /// Risk achievement worth, P(harm | out) / P(harm).
    pub raw: I,
    /// Risk reduction worth, P(harm) / P(harm | up); `null` is infinite: there is no harm without
    /// it.
    pub rrw: I,
}

/// By how much the absence of an event changes the probability of harm, relatively; the event; the probability of
/// both, as far as it is known; in how many noted trials both were seen.
type Ranked = (f64, u32, f64, u64);

/// The events that matter to harm of a slot that is not harmed in the base state, those first of
/// whose absence most changes.
#[must_use]
pub fn of(evidence: &Evidence<'_>, slot: u32, chances: &Chances) -> Vec<Importance> {
    let known_harm = evidence.known.down + evidence.known.degraded;
    let counted = evidence.run.together.of(slot);
    let counted: Vec<(u32, u64)> = counted.filter(|_| evidence.drawn > 0.0).collect();
    let mut events: Vec<u32> = evidence.known.together.keys().copied().collect();
    events.extend(counted.iter().map(|&(event, _)| event));
    events.extend(unseen(evidence, chances));
    events.sort_unstable();
    events.dedup();
    let mut all: Vec<Ranked> = events
        .into_iter()
        .map(|e| {
            let with = evidence.known.together.get(&e).copied().unwrap_or(0.0);
            let seen = counted.binary_search_by_key(&e, |&(event, _)| event);
            let seen = seen.map_or(0, |at| counted[at].1);
            let (r, q) = (
                share_seen(evidence, with, known_harm, seen),
                chances.events()[e as usize].q,
            );
            (((r - q) / (1.0 - q)).abs(), e, with, seen)
        })
        .collect();
    let order = |x: &Ranked, y: &Ranked| y.0.total_cmp(&x.0).then_with(|| x.1.cmp(&y.1));
    // Intervals take far longer than shares: only what may be listed gets one.
    if all.len() > LOOKED_AT {
        all.select_nth_unstable_by(LOOKED_AT, order);
        all.truncate(LOOKED_AT);
    }
    all.sort_unstable_by(order);
    let harm = evidence.harm();
    all.into_iter()
        .filter_map(|(_, e, with, seen)| {
            let r = share(evidence, with, known_harm, seen);
            measures(&chances.events()[e as usize], r, harm)
        })
        .take(evidence.listed.min(LISTED))
        .collect()
}

/// Events so likely that those never seen with harm seem to prevent it: the likeliest.
fn unseen<'c>(evidence: &Evidence<'_>, chances: &'c Chances) -> impl Iterator<Item = u32> + 'c {
    let noted = evidence.run.noted_trials;
    let most = if evidence.drawn > 0.0 && noted > 0 {
        let each = evidence.drawn / noted as f64;
        let known = evidence.known.down + evidence.known.degraded;
        NEVER_SEEN * each / (known + each * evidence.tally.noted as f64)
    } else {
        // What was worked out exactly tells of every event.
        1.0
    };
    let events = (0u32..).zip(chances.events()).take(LOOKED_AT);
    events
        .take_while(move |(_, event)| event.q > most)
        .map(|(number, _)| number)
}

/// How many events went with harm to a slot, listed or not.
#[must_use]
pub fn count(evidence: &Evidence<'_>, slot: u32) -> u64 {
    events(evidence, slot).len() as u64
}

/// The events that went with harm to a slot, sorted.
fn events(evidence: &Evidence<'_>, slot: u32) -> Vec<u32> {
    let seen = evidence.run.together.of(slot);
    let seen = seen.filter(|_| evidence.drawn > 0.0);
    let mut events: Vec<u32> = evidence.known.together.keys().copied().collect();
    events.extend(seen.map(|(event, _)| event));
    events.sort_unstable();
    events.dedup();
    events
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
    let share = if all > 0.0 { with / all } else { 0.0 };
    if share >= ALL { 1.0 } else { share }
}

/// The same with its interval: the least harm with it against the most without it, and the other way
/// round.
fn share(evidence: &Evidence<'_>, with: f64, harm: f64, seen: u64) -> Interval {
    let value = share_seen(evidence, with, harm, seen);
    let noted = evidence.run.noted_trials;
    if evidence.drawn <= 0.0 {
        return Interval::exact(value);
    }
    let without = (harm - with).max(0.0);
    let others = evidence.tally.noted - seen;
    let part = |known: f64, hits: u64| match noted {
        0 => Interval {
            high: known + evidence.drawn,
            ..Interval::exact(known)
        },
        n => interval::proportion(hits, n).scaled(known, evidence.drawn),
    };
    let (with, without) = (part(with, seen), part(without, others));
    let ratio = |x: f64, y: f64| if x + y > 0.0 { x / (x + y) } else { 0.0 };
    Interval {
        value,
        low: ratio(with.low, without.high),
        high: ratio(with.high, without.low),
        kind: Kind::Combined,
    }
}

/// What events mean to being down, where that is known exactly: so many of them.
#[must_use]
pub fn of_down(down: &Down, chances: &Chances, listed: usize) -> Vec<Importance> {
    let p = down.probability;
    let matters = |s: &&Share| p > 0.0 && (s.with - s.without).abs() > SPECK * s.with;
    let known = down.importance.iter().filter(matters);
    known
        .take(listed)
        .map(|s| {
            let event = &chances.events()[s.event as usize];
            exactly(event, (event.q * s.with / p).min(1.0), s.with, s.without, p)
        })
        .collect()
}

/// The measures where P(harm | out), P(harm | up) and P(harm) are known.
fn exactly(event: &Event, share: f64, with: f64, without: f64, harm: f64) -> Importance {
    Importance {
        elements: event.members.clone(),
        common_cause: event.group,
        unavailability: event.q,
        contribution: Interval::exact(share),
        birnbaum: Interval::exact(with - without),
        fussell_vesely: Interval::exact(1.0 - without / harm),
        raw: Interval::exact(with / harm),
        rrw: Interval::exact(harm / without),
    }
}

/// The measures of an event that happened in a share r of the harm; `None` if it does not matter, or is
/// not seen to.
fn measures(event: &Event, r: Interval, harm: Interval) -> Option<Importance> {
    let (q, h) = (event.q, harm.value);
    // P(harm and out) is no more than q, and P(harm and up) no more than 1 − q.
    let joint = (r.value * h).min(q).min(h).max(h - (1.0 - q)).max(0.0);
    // What rounding leaves of the harm without it is none.
    let (share, up) = if joint >= h * ALL {
        (1.0, 0.0)
    } else {
        (joint / h, h - joint)
    };
    let (with, without) = (joint / q, up / (1.0 - q));
    let best = exactly(event, share, with, without, h);
    if r.kind == Kind::Exact {
        let matters = (with - without).abs() > SPECK * with.max(without);
        return matters.then_some(best);
    }
    let around = |value: Interval, low: f64, high: f64| Interval {
        value: value.value,
        low: low.min(value.value),
        high: high.max(value.value),
        kind: r.kind,
    };
    let lift = |r: f64| (r - q) / (q * (1.0 - q));
    let corners = |r: f64| (harm.low * lift(r), harm.high * lift(r));
    let ((a, b), (c, d)) = (corners(r.low), corners(r.high));
    let rrw = |r: f64| {
        if r < ALL {
            (1.0 - q) / (1.0 - r)
        } else {
            f64::INFINITY
        }
    };
    // Neither P(harm | out) nor P(harm | up) is more than 1.
    let all = Importance {
        contribution: around(best.contribution, r.low, r.high),
        birnbaum: around(best.birnbaum, a.min(b).max(-1.0), c.max(d).min(1.0)),
        fussell_vesely: around(
            best.fussell_vesely,
            ((r.low - q) / (1.0 - q)).max(1.0 - 1.0 / harm.low),
            (r.high - q) / (1.0 - q),
        ),
        raw: around(best.raw, r.low / q, (r.high / q).min(1.0 / harm.low)),
        rrw: around(best.rrw, rrw(r.low).max(harm.low), rrw(r.high)),
        ..best
    };
    (all.birnbaum.low > 0.0 || all.birnbaum.high < 0.0).then_some(all)
}
