//! How often each event went with harm to each slot.
//!
//! In: events that happened while slots were harmed, trial by trial. Out: counts, by slot and event. They add up
//! like all that trials add up to: in any order, to the same.

use super::judge::Slot;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// How many notes wait to be counted, at most, when others are added; each takes 8 bytes.
const MOST_PENDING: usize = 1 << 22;

/// A count: the slot, the event, and in how many noted trials they came together.
type Count = (Slot, u32, u64);

/// All counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Noted {
    /// By slot, then event, each once.
    counts: Vec<Count>,
    /// Slots and events of trials that are not counted yet, as [`pack`] puts them together.
    pending: Vec<u64>,
}

/// A slot and an event in one number, which orders by slot first.
fn pack(slot: Slot, event: u32) -> u64 {
    u64::from(slot) << 32 | u64::from(event)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "each half is one of the two"
)]
fn unpack(packed: u64) -> (Slot, u32) {
    ((packed >> 32) as u32, packed as u32)
}

impl Noted {
    /// These events happened while a slot was harmed; [`Noted::settle`] counts it.
    pub fn note(&mut self, slot: Slot, events: &[u32]) {
        self.pending.extend(events.iter().map(|&e| pack(slot, e)));
    }

    /// Counts what was noted since.
    pub fn settle(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_unstable();
        let same = pending.chunk_by(|a, b| a == b);
        let counts = same.map(|all| {
            let (slot, event) = unpack(all[0]);
            (slot, event, all.len() as u64)
        });
        self.add(&counts.collect::<Vec<Count>>());
    }

    /// Adds what others noted. It is counted many at a time: lists that are merged again and again, block by block,
    /// would be gone through as often.
    pub fn merge(&mut self, other: &Self) {
        self.add(&other.counts);
        self.pending.extend_from_slice(&other.pending);
        if self.pending.len() > MOST_PENDING {
            self.settle();
        }
    }

    fn add(&mut self, mut theirs: &[Count]) {
        if theirs.is_empty() {
            return;
        }
        let mine = std::mem::take(&mut self.counts);
        let mut mine = mine.as_slice();
        let mut all = Vec::with_capacity(mine.len().max(theirs.len()));
        while let ([a, mine_left @ ..], [b, theirs_left @ ..]) = (mine, theirs) {
            let (a_first, b_first) = match (a.0, a.1).cmp(&(b.0, b.1)) {
                Ordering::Less => (true, false),
                Ordering::Greater => (false, true),
                Ordering::Equal => (true, true),
            };
            let count = u64::from(a_first) * a.2 + u64::from(b_first) * b.2;
            let (slot, event, _) = if a_first { *a } else { *b };
            all.push((slot, event, count));
            mine = if a_first { mine_left } else { mine };
            theirs = if b_first { theirs_left } else { theirs };
        }
        all.extend_from_slice(mine);
        all.extend_from_slice(theirs);
        self.counts = all;
    }

    /// Events that went with harm to a slot, ascending, with how often.
    pub fn of(&self, slot: Slot) -> impl Iterator<Item = (u32, u64)> + '_ {
        let from = self.counts.partition_point(|count| count.0 < slot);
        let of_slot = self.counts[from..]
            .iter()
            .take_while(move |count| count.0 == slot);
        of_slot.map(|&(_, event, count)| (event, count))
    }

    /// Slot, event and how often, in order.
    pub fn all(&self) -> impl Iterator<Item = (Slot, u32, u64)> + '_ {
        self.counts.iter().copied()
    }
}

// By slot, then event: two maps, one in the other.
impl Serialize for Noted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        debug_assert!(self.pending.is_empty(), "what is written is counted");
        let slots = self.counts.chunk_by(|a, b| a.0 == b.0);
        serializer.collect_map(slots.map(|row| {
            let events: BTreeMap<u32, u64> = row.iter().map(|&(_, e, n)| (e, n)).collect();
            (row[0].0, events)
        }))
    }
}

impl<'de> Deserialize<'de> for Noted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slots = BTreeMap::<Slot, BTreeMap<u32, u64>>::deserialize(deserializer)?;
        let rows = slots.into_iter();
        let counts = rows.flat_map(|(slot, row)| row.into_iter().map(move |(e, n)| (slot, e, n)));
        Ok(Self {
            counts: counts.collect(),
            pending: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Noted;
    use crate::analysis::estates::Dice;
    use std::collections::BTreeMap;

    /// Counted one by one in maps, and in parts that are put together in any order.
    #[test]
    fn counts_are_those_of_all_notes() {
        let mut dice = Dice(3);
        let (mut parts, mut expected) = (vec![Noted::default(); 5], BTreeMap::new());
        for _ in 0..3_000 {
            let slot = u32::try_from(dice.below(12)).unwrap();
            let events: Vec<u32> = (0..4)
                .map(|i| 10 * i + u32::try_from(dice.below(7)).unwrap())
                .collect();
            for &e in &events {
                *expected.entry((slot, e)).or_insert(0) += 1;
            }
            let part = dice.below(parts.len());
            parts[part].note(slot, &events);
            if dice.chance(0.01) {
                parts[part].settle();
            }
        }
        parts.iter_mut().for_each(Noted::settle);
        let mut all = Noted::default();
        parts.iter().for_each(|part| all.merge(part));
        let mut other_way = Noted::default();
        parts.iter().rev().for_each(|part| other_way.merge(part));
        assert_eq!(all, other_way);
        let found: BTreeMap<(u32, u32), u64> = all.all().map(|(s, e, n)| ((s, e), n)).collect();
        assert_eq!(found, expected);
        for slot in 0..14 {
            let of_slot: Vec<(u32, u64)> = all.of(slot).collect();
            let mine = expected.iter().filter(|((s, _), _)| *s == slot);
            assert_eq!(
                of_slot,
                mine.map(|((_, e), n)| (*e, *n)).collect::<Vec<_>>()
            );
        }
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Noted>(&text).unwrap(), all);
    }
}
