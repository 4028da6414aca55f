//! What can be had exactly.
//!
//! In: chances and a judge. Out: [`Enumerated`], the contribution of some states to every probability,
//! to rounding. Either the states with few events ([`orders`]), which leaves the rest to sampling;
//! or all states of a part of the estate that shares nothing with the rest ([`whole`]), which
//! leaves nothing. Summed in a fixed order: the same for any number of threads.

use super::chances::Chances;
use super::judge::{Judge, Slot, SlotState};
use super::run::in_chunks;
use super::sample::Tail;
use crate::analysis::Watch;
use crate::model::{NodeId, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// States per chunk of work.
const CHUNK: u64 = 2048;
/// How many harming contingencies are kept per slot.
pub const LISTED: usize = 20;

/// What some states contribute, by slot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Enumerated {
    /// Probability of all these states together.
    pub mass: f64,
    /// How many there are.
    pub states: u64,
    /// By slot.
    pub slots: Vec<SlotEnumerated>,
}

/// What some states contribute to one slot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlotEnumerated {
    /// Probability of being in one of them and down.
    pub down: f64,
    /// … and degraded.
    pub degraded: f64,
    /// … and at risk, if that was judged.
    pub at_risk: f64,
    /// … and ok, if that was judged.
    pub ok: f64,
    /// Expected unserved fraction.
    pub unserved: f64,
    /// Probability of an event together with harm.
    pub together: BTreeMap<u32, f64>,
    /// The likeliest sets of events that leave it worse than the base state does.
    pub seen: Vec<(f64, Vec<u32>, Status)>,
}

impl SlotEnumerated {
    /// Adds a state; `base` is that of the slot in the base state.
    fn add(&mut self, p: f64, events: &[u32], slot_state: SlotState, base: Status) {
        self.unserved += p * slot_state.unserved;
        match slot_state.status {
            Status::Down => self.down += p,
            Status::Degraded => self.degraded += p,
            Status::Ok | Status::AtRisk => return,
        }
        for &e in events {
            *self.together.entry(e).or_default() += p;
        }
        if slot_state.status <= base {
            return;
        }
        self.seen.push((p, events.to_vec(), slot_state.status));
        if self.seen.len() >= 4 * LISTED {
            self.cut();
        }
    }

    /// Names events that never go with harm too: all is known of them.
    pub fn name(&mut self, events: impl Iterator<Item = u32>) {
        for e in events {
            self.together.entry(e).or_default();
        }
    }

    fn cut(&mut self) {
        self.seen
            .sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.cmp(&y.1)));
        self.seen.truncate(LISTED);
    }

    fn merge(&mut self, other: Self) {
        self.down += other.down;
        self.degraded += other.degraded;
        self.unserved += other.unserved;
        for (e, p) in other.together {
            *self.together.entry(e).or_default() += p;
        }
        self.seen.extend(other.seen);
        self.cut();
    }
}

/// Sums over a chunk of states: differences from the base state, and how much of the probability
/// differs from it.
struct Part {
    /// Probability of the states that were worked out.
    mass: f64,
    /// How many these are: fewer than the chunk has when it was ended early.
    states: u64,
    slots: BTreeMap<Slot, (f64, SlotEnumerated)>,
    /// Per slot: at risk, ok.
    fine: Vec<(f64, f64)>,
}

/// A state among those that are worked out.
struct State<'a> {
    p: f64,
    events: &'a [u32],
}

struct Work<'a, J: Judge> {
    chances: &'a Chances,
    judge: &'a J,
    risk: bool,
}

impl<J: Judge> Work<'_, J> {
    fn add(
        &self,
        scratch: &mut J::Scratch,
        state: &State<'_>,
        buffers: &mut Buffers,
        part: &mut Part,
    ) {
        part.mass += state.p;
        part.states += 1;
        self.chances.failed(state.events, &mut buffers.failed);
        buffers.changes.clear();
        if !state.events.is_empty() {
            self.judge
                .judge(scratch, &buffers.failed, &mut buffers.changes);
        }
        for &(slot, slot_state) in &buffers.changes {
            let (changed, known) = part.slots.entry(slot).or_default();
            *changed += state.p;
            let base = self.judge.base()[slot as usize].status;
            known.add(state.p, state.events, slot_state, base);
        }
        if self.risk {
            buffers.risk.clear();
            self.judge
                .at_risk(scratch, &buffers.failed, &mut buffers.risk);
            self.add_fine(state.p, buffers, part);
        }
    }

    fn add_fine(&self, p: f64, buffers: &mut Buffers, part: &mut Part) {
        buffers.fine.clear();
        let is_fine = |f: &SlotState| !f.status.is_harm();
        buffers.fine.extend(self.judge.base().iter().map(is_fine));
        for (slot, slot_state) in &buffers.changes {
            buffers.fine[*slot as usize] = is_fine(slot_state);
        }
        let fine = part.fine.iter_mut().zip(&buffers.fine).zip(&buffers.risk);
        for (((at_risk, ok), _), &risk) in fine.filter(|((_, fine), _)| **fine) {
            *(if risk { at_risk } else { ok }) += p;
        }
    }

    fn part(&self) -> Part {
        Part {
            mass: 0.0,
            states: 0,
            slots: BTreeMap::new(),
            fine: vec![(0.0, 0.0); self.judge.base().len()],
        }
    }

    /// Puts the parts together; slots that never differ are as in the base state throughout. All
    /// `states` have the probability `mass`; of fewer it is added up.
    fn whole(&self, parts: Vec<Part>, mass: f64, states: u64) -> Enumerated {
        let base = self.judge.base();
        let done = parts.iter().map(|part| part.states).sum();
        let mass = if done == states {
            mass
        } else {
            parts.iter().map(|part| part.mass).sum()
        };
        let mut slots = vec![SlotEnumerated::default(); base.len()];
        let mut changed = vec![0.0; base.len()];
        for part in parts {
            for (slot, (p, known)) in part.slots {
                changed[slot as usize] += p;
                slots[slot as usize].merge(known);
            }
            for (s, (at_risk, ok)) in slots.iter_mut().zip(part.fine) {
                s.at_risk += at_risk;
                s.ok += ok;
            }
        }
        for ((s, slot_state), changed) in slots.iter_mut().zip(base).zip(changed) {
            let as_base = (mass - changed).max(0.0);
            s.unserved += as_base * slot_state.unserved;
            match slot_state.status {
                Status::Down => s.down += as_base,
                Status::Degraded => s.degraded += as_base,
                Status::Ok | Status::AtRisk => {}
            }
        }
        Enumerated {
            mass,
            states: done,
            slots,
        }
    }
}

#[derive(Default)]
struct Buffers {
    failed: Vec<NodeId>,
    changes: Vec<(Slot, SlotState)>,
    risk: Vec<bool>,
    fine: Vec<bool>,
}

/// All states with at most `order` events (0, 1 or 2); fewer of them where the watcher says stop.
pub fn orders<J: Judge>(
    chances: &Chances,
    judge: &J,
    order: usize,
    risk: bool,
    watch: &dyn Watch,
) -> Enumerated {
    let n = chances.events().len() as u64;
    let work = Work {
        chances,
        judge,
        risk,
    };
    let quiet = chances.probability(&[]);
    let odds: Vec<f64> = chances.events().iter().map(|e| e.q / (1.0 - e.q)).collect();
    let singles = if order >= 1 { n } else { 0 };
    let pairs = if order >= 2 {
        n * n.saturating_sub(1) / 2
    } else {
        0
    };
    let states = 1 + singles + pairs;
    let parts = in_chunks(judge, states, CHUNK, |scratch, range| {
        let mut part = work.part();
        let mut buffers = Buffers::default();
        for i in range.take_while(|_| !watch.stop()) {
            let events = events_of(i, n);
            let p = events.iter().fold(quiet, |p, &e| p * odds[e as usize]);
            let state = State { p, events: &events };
            work.add(scratch, &state, &mut buffers, &mut part);
        }
        part
    });
    let beyond = Tail::new(chances.events(), order);
    work.whole(parts, beyond.mass_up_to(), states)
}

/// All 2ⁿ states of the given events; the others do not matter to the slots asked about. `None` when
/// the watcher said stop before all were worked out.
pub fn whole<J: Judge>(
    chances: &Chances,
    judge: &J,
    events: &[u32],
    risk: bool,
    watch: &dyn Watch,
) -> Option<Enumerated> {
    let work = Work {
        chances,
        judge,
        risk,
    };
    let q: Vec<f64> = events
        .iter()
        .map(|&e| chances.events()[e as usize].q)
        .collect();
    let states = 1u64 << events.len();
    let parts = in_chunks(judge, states, CHUNK, |scratch, range| {
        let mut part = work.part();
        let mut buffers = Buffers::default();
        let mut happened = Vec::new();
        for mask in range.take_while(|_| !watch.stop()) {
            let mut p = 1.0;
            happened.clear();
            for (i, (&e, &q)) in events.iter().zip(&q).enumerate() {
                let out = mask >> i & 1 == 1;
                p *= if out { q } else { 1.0 - q };
                if out {
                    happened.push(e);
                }
            }
            let state = State {
                p,
                events: &happened,
            };
            work.add(scratch, &state, &mut buffers, &mut part);
        }
        part
    });
    Some(work.whole(parts, 1.0, states)).filter(|known| known.states == states)
}

/// The i-th set of at most two of n events: none, then the singles, then the pairs.
pub(super) fn events_of(i: u64, n: u64) -> Vec<u32> {
    let number = |x: u64| u32::try_from(x).expect("events are numbered like nodes");
    if i == 0 {
        return Vec::new();
    }
    if i <= n {
        return vec![number(i - 1)];
    }
    // Pairs {a, b} with a < b, by b: b·(b − 1)/2 pairs come before those of b.
    let pair = i - n - 1;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Corrected below.
    let mut b = (0.5 + (0.25 + 2.0 * pair as f64).sqrt()) as u64;
    while b * (b - 1) / 2 > pair {
        b -= 1;
    }
    while b * (b + 1) / 2 <= pair {
        b += 1;
    }
    vec![number(pair - b * (b - 1) / 2), number(b)]
}

#[cfg(test)]
mod tests {
    use super::events_of;

    #[test]
    fn every_set_of_at_most_two_comes_once() {
        let n = 50;
        let all: std::collections::BTreeSet<Vec<u32>> = (0..1 + n + n * (n - 1) / 2)
            .map(|i| events_of(i, n))
            .collect();
        assert_eq!(all.len() as u64, 1 + n + n * (n - 1) / 2);
        assert!(all.iter().all(|s| s.windows(2).all(|w| w[0] < w[1])));
        assert!(all.iter().flatten().all(|&e| u64::from(e) < n));
        let far = 4_000_000_000 * 3_999_999_999 / 2 + 4_000_000_000;
        assert_eq!(
            events_of(far, 4_000_000_000),
            [3_999_999_998, 3_999_999_999]
        );
    }
}
