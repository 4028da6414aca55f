//! What trials add up to: counts and exact sums, so that the order of adding does not matter.

use super::fixed::Fixed;
use super::judge::{Slot, SlotState};
use super::noted::Noted;
use crate::model::Status;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many different contingencies one block keeps.
const SEEN_PER_BLOCK: usize = 64;
/// Contingencies of more events than this are not listed.
const SEEN_EVENTS: usize = 8;

/// Sums over trials. All of them are differences from the base state: a slot that is as in the base
/// state adds nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// How many trials.
    pub trials: u64,
    /// By slot.
    pub slots: Vec<SlotTally>,
    /// Trials in which the status at-risk was judged.
    pub risk_trials: u64,
    /// Trials of which every event that happened was noted.
    pub noted_trials: u64,
    /// In how many noted trials an event happened and a slot was harmed: by slot, then event.
    pub together: Noted,
    /// Sets of events seen to harm, with how often and whom.
    #[serde(with = "pairs")]
    pub seen: BTreeMap<Vec<u32>, Seen>,
    /// Trials in blocks b with 2^(level − 1) ≤ b < 2^level.
    pub level_trials: BTreeMap<u32, u64>,
}

/// Sums over trials for one slot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlotTally {
    /// Trials in which it was not as in the base state.
    pub changed: u64,
    /// … of these, down.
    pub down: u64,
    /// … of these, degraded.
    pub degraded: u64,
    /// Trials in which it was at risk, of those in which that was judged.
    pub at_risk: u64,
    /// Trials in which it was ok, of those in which at-risk was judged.
    pub ok: u64,
    /// Changed trials with unserved demand.
    pub hits: u64,
    /// Unserved fraction of the demand, over changed trials.
    pub unserved: Fixed,
    /// The squares of that fraction, summed.
    pub squares: Fixed,
    /// The most in one trial.
    pub most: Fixed,
    /// Noted trials with harm.
    pub noted: u64,
    /// Changed trials, those of them down, and those degraded, by level of block.
    pub levels: BTreeMap<u32, (u64, u64, u64)>,
}

/// A set of events that was seen to harm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// In how many noted trials exactly these events happened.
    pub count: u64,
    /// Who was harmed, and how badly.
    pub harmed: Vec<(Slot, Status)>,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            slots: vec![SlotTally::default(); slots],
            ..Self::default()
        }
    }

    /// Adds one trial's changes.
    pub fn add(&mut self, changes: &[(Slot, SlotState)]) {
        for &(slot, slot_state) in changes {
            let s = &mut self.slots[slot as usize];
            s.changed += 1;
            match slot_state.status {
                Status::Down => s.down += 1,
                Status::Degraded => s.degraded += 1,
                Status::Ok | Status::AtRisk => {}
            }
            s.add_unserved(slot_state.unserved);
        }
    }

    /// Notes which events went with which harm.
    pub fn note(&mut self, events: &[u32], changes: &[(Slot, SlotState)]) {
        self.noted_trials += 1;
        let harmed = || changes.iter().filter(|c| c.1.status.is_harm());
        for &(slot, _) in harmed() {
            self.slots[slot as usize].noted += 1;
            self.together.note(slot, events);
        }
        // Without an event it is the demand that harms.
        if (1..=SEEN_EVENTS).contains(&events.len()) && harmed().next().is_some() {
            let seen = self.seen.entry(events.to_vec()).or_default();
            seen.count += 1;
            if seen.count == 1 {
                seen.harmed = harmed().map(|&(slot, f)| (slot, f.status)).collect();
                seen.harmed.sort_by_key(|h| h.0);
            }
        }
    }

    /// Ends a block: files its counts under its level, and keeps the contingencies that it saw most often.
    pub fn close_block(&mut self, block: u64) {
        let level = level(block);
        self.level_trials.insert(level, self.trials);
        for s in self.slots.iter_mut().filter(|s| s.changed > 0) {
            s.levels.insert(level, (s.changed, s.down, s.degraded));
        }
        if self.seen.len() > SEEN_PER_BLOCK {
            let mut all: Vec<_> = std::mem::take(&mut self.seen).into_iter().collect();
            all.sort_by(|x, y| y.1.count.cmp(&x.1.count).then_with(|| x.0.cmp(&y.0)));
            all.truncate(SEEN_PER_BLOCK);
            self.seen = all.into_iter().collect();
        }
    }

    /// Adds what others counted.
    pub fn merge(&mut self, other: &Self) {
        self.trials += other.trials;
        self.risk_trials += other.risk_trials;
        self.noted_trials += other.noted_trials;
        for (s, o) in self.slots.iter_mut().zip(&other.slots) {
            s.merge(o);
        }
        self.together.merge(&other.together);
        for (events, seen) in &other.seen {
            let mine = self.seen.entry(events.clone()).or_default();
            mine.count += seen.count;
            if mine.harmed.is_empty() {
                mine.harmed.clone_from(&seen.harmed);
            }
        }
        for (level, trials) in &other.level_trials {
            *self.level_trials.entry(*level).or_default() += trials;
        }
    }
}

impl SlotTally {
    fn add_unserved(&mut self, unserved: f64) {
        if unserved > 0.0 {
            self.hits += 1;
            self.unserved.add(Fixed::of(unserved));
            self.squares.add(Fixed::of(unserved * unserved));
            self.most = self.most.max(Fixed::of(unserved));
        }
    }

    fn merge(&mut self, other: &Self) {
        self.at_risk += other.at_risk;
        self.ok += other.ok;
        // All else is counted in trials that changed it. Most slots are as in the base state in most blocks.
        if other.changed == 0 {
            return;
        }
        self.changed += other.changed;
        self.down += other.down;
        self.degraded += other.degraded;
        self.hits += other.hits;
        self.unserved.add(other.unserved);
        self.squares.add(other.squares);
        self.most = self.most.max(other.most);
        self.noted += other.noted;
        for (level, (changed, down, degraded)) in &other.levels {
            let mine = self.levels.entry(*level).or_default();
            mine.0 += changed;
            mine.1 += down;
            mine.2 += degraded;
        }
    }
}

/// The level of a block: how many binary digits its number has.
fn level(block: u64) -> u32 {
    u64::BITS - block.leading_zeros()
}

/// Maps whose keys are lists, as lists of pairs: JSON has only text for keys.
mod pairs {
    use super::Seen;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub fn serialize<S: Serializer>(
        map: &BTreeMap<Vec<u32>, Seen>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Vec<u32>, Seen>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
