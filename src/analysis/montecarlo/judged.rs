//! What states were judged like, kept from one simulation to the next.
//!
//! How often things fail decides which states are drawn and how much each weighs, not what a state does. So
//! simulations of estates that differ in reliability alone may share what was judged.

use super::judge::{Slot, SlotState};
use super::states::{Mix, StateMap};
use crate::model::NodeId;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Separate parts, so that threads seldom wait for each other.
const PARTS: usize = 64;
/// So many changes and states are kept; what comes later is judged each time.
const MOST: usize = 1 << 21;

/// The slots that a state changes.
type Changes = Box<[(Slot, SlotState)]>;

/// Judged states by who is out, sorted.
#[derive(Debug)]
pub struct JudgedStates {
    parts: Vec<Mutex<StateMap<Changes>>>,
    kept: AtomicUsize,
}

impl Default for JudgedStates {
    fn default() -> Self {
        Self {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            kept: AtomicUsize::new(0),
        }
    }
}

impl JudgedStates {
    fn part(&self, failed: &[NodeId]) -> &Mutex<StateMap<Changes>> {
        let hash = BuildHasherDefault::<Mix>::default().hash_one(failed);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "any bits of a hash will do"
        )]
        let at = (hash >> 24) as usize % PARTS;
        &self.parts[at]
    }

    /// Appends to `out` what a state changes, if that is known.
    pub(super) fn get(&self, failed: &[NodeId], out: &mut Vec<(Slot, SlotState)>) -> bool {
        let part = self.part(failed).lock();
        let part = part.unwrap_or_else(PoisonError::into_inner);
        let known = part.get(failed);
        if let Some(changes) = known {
            out.extend_from_slice(changes);
        }
        known.is_some()
    }

    /// Keeps what a state changes, while there is room.
    pub(super) fn keep(&self, failed: &[NodeId], changes: &[(Slot, SlotState)]) {
        let size = 1 + failed.len() + changes.len();
        if self.kept.fetch_add(size, Ordering::Relaxed) + size > MOST {
            self.kept.fetch_sub(size, Ordering::Relaxed);
            return;
        }
        let part = self.part(failed).lock();
        let mut part = part.unwrap_or_else(PoisonError::into_inner);
        part.insert(failed.to_vec(), changes.into());
    }
}

#[cfg(test)]
mod tests {
    use super::JudgedStates;
    use crate::analysis::estates::{self, Dice};
    use crate::analysis::montecarlo::{Settings, Snapshot};
    use crate::analysis::{NoWatch, Study};
    use crate::model::{Reliability, System};
    use std::sync::atomic::Ordering;

    /// The same estate, of which elements fail as often as this says.
    fn failing(system: &System, often: impl Fn(usize) -> f64) -> System {
        let mut draft = system.draft();
        let elements = system.elements();
        for (i, v) in elements.into_iter().enumerate() {
            let node = &mut draft.nodes[v.index()].node;
            node.reliability = Some(Reliability::Unavailability(often(i)));
        }
        System::new(draft).expect("a valid draft")
    }

    /// What is looked up is what would be judged: simulations that share states say the same, to the last
    /// bit, as each by itself.
    #[test]
    fn shared_states_change_no_answer() {
        let mut shared = 0;
        for seed in 0..12 {
            let of = match seed % 2 {
                0 => estates::networked(seed),
                _ => estates::enterprise(seed, 3),
            };
            let judged = JudgedStates::default();
            for round in 0..3 {
                let mut dice = Dice(seed * 10 + round);
                let draws: Vec<f64> = (0..200).map(|_| 0.05 * dice.unit()).collect();
                let system = failing(&of, |i| draws[i % draws.len()]);
                let scenario = estates::scenario(&system, 1, &[1.0, 1.4]);
                let study = Study::new(&system, &scenario);
                let settings = Settings::new(1_000, seed);
                let alone = Snapshot::new(&study, settings).expect("sound settings");
                let alone = alone.run(None, &NoWatch, &mut |_| ());
                let before = judged.kept.load(Ordering::Relaxed);
                let sharing = Snapshot::new(&study, settings).expect("sound settings");
                let sharing = sharing.sharing(Some(&judged));
                assert_eq!(
                    sharing.run(None, &NoWatch, &mut |_| ()),
                    alone,
                    "seed {seed}"
                );
                shared += u32::from(round > 0 && before > 0);
            }
        }
        assert!(shared > 12, "{shared}");
    }
}
