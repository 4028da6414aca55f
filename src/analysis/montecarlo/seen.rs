//! The sets of events that trials showed to harm, filed by whom they harm.
//!
//! In: the tally of a run and the chances. Out: per slot the likeliest sets. Promise: the same sets, with
//! the same probabilities to the last bit, as by asking [`Chances::probability`] for each set and slot;
//! but each is asked for once, and each slot looks only at its own sets.

use super::chances::Chances;
use super::judge::Slot;
use super::tally::Tally;
use crate::model::Status;

/// A set of events, and what it was seen to do to one slot.
pub type SeenSet<'t> = (f64, &'t [u32], Status);

/// All sets of a run, likeliest first, and by slot which of them harm it.
#[derive(Default)]
pub struct SeenSets<'t> {
    /// Probability that exactly these events happen.
    sets: Vec<(f64, &'t [u32])>,
    /// Per slot: where its harms begin; one more at the end.
    first: Vec<usize>,
    /// By slot, then set.
    harms: Vec<(u32, Status)>,
}

impl<'t> SeenSets<'t> {
    /// Files what a run over so many slots has seen.
    #[must_use]
    pub fn new(run: &'t Tally, chances: &Chances, slots: usize) -> Self {
        let odds = chances.odds();
        let mut all: Vec<_> = run
            .seen
            .iter()
            .map(|(events, seen)| (odds.probability(events), events.as_slice(), seen))
            .collect();
        all.sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.cmp(y.1)));
        let mut first = vec![0; slots + 1];
        for (slot, _) in all.iter().flat_map(|(_, _, seen)| &seen.harmed) {
            first[*slot as usize + 1] += 1;
        }
        for slot in 0..slots {
            first[slot + 1] += first[slot];
        }
        let mut next = first.clone();
        let mut harms = vec![(0, Status::Ok); first[slots]];
        for (number, (_, _, seen)) in (0u32..).zip(&all) {
            for &(slot, status) in &seen.harmed {
                let at = &mut next[slot as usize];
                harms[*at] = (number, status);
                *at += 1;
            }
        }
        let sets = all.into_iter().map(|(p, events, _)| (p, events));
        Self {
            sets: sets.collect(),
            first,
            harms,
        }
    }

    /// Those that harm a slot, likeliest first.
    pub fn of(&self, slot: Slot) -> impl Iterator<Item = SeenSet<'t>> + '_ {
        let at = |slot: usize| self.first[slot];
        let mine = &self.harms[at(slot as usize)..at(slot as usize + 1)];
        mine.iter().map(|&(number, status)| {
            let (p, events) = self.sets[number as usize];
            (p, events, status)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::chances::{Chances, Event};
    use super::super::tally::{Seen, Tally};
    use super::SeenSets;
    use crate::model::{NodeId, Status};

    /// Some 40 events of different probabilities, and sets of them that harm one slot in three.
    fn run() -> (Chances, Tally) {
        let event = |i: u32| Event {
            q: 0.2 / f64::from(i + 3),
            members: vec![NodeId(i)],
            group: None,
        };
        let chances = Chances::of((0..40).map(event).collect());
        let mut tally = Tally::new(9);
        for i in 0..200u32 {
            let mut events = vec![i % 40, i / 5 % 40, i * i % 37];
            events.sort_unstable();
            events.dedup();
            let status = |slot| {
                if slot % 2 == 0 {
                    Status::Down
                } else {
                    Status::Degraded
                }
            };
            let harmed = (0..9).filter(|slot| (slot + i).is_multiple_of(3));
            let seen = Seen {
                count: 1,
                harmed: harmed.map(|slot| (slot, status(slot))).collect(),
            };
            tally.seen.insert(events, seen);
        }
        (chances, tally)
    }

    #[test]
    fn each_slot_has_the_sets_that_were_seen_to_harm_it() {
        let (chances, tally) = run();
        let filed = SeenSets::new(&tally, &chances, 9);
        for slot in 0..9 {
            let mut asked: Vec<(f64, &[u32], Status)> = Vec::new();
            for (events, seen) in &tally.seen {
                if let Some(&(_, status)) = seen.harmed.iter().find(|h| h.0 == slot) {
                    let happened: Vec<usize> = events.iter().map(|&e| e as usize).collect();
                    asked.push((chances.probability(&happened), events, status));
                }
            }
            asked.sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.cmp(y.1)));
            assert!(asked.len() > 20);
            assert_eq!(filed.of(slot).collect::<Vec<_>>(), asked, "slot {slot}");
        }
    }
}
