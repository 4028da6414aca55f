//! What the sampling asks of a state: which services have another state than in the base state.

use crate::analysis::Watch;
use crate::model::{NodeId, Status};

/// The state of one service at one load case: what one state of the inventory says by itself.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SlotState {
    /// Ok, degraded or down; never at-risk.
    pub status: Status,
    /// What it does not get, as a fraction of its demand at the load case. Where demand is
    /// uncertain this may be more than 1.
    pub unserved: f64,
}

/// A service at a load case, numbered `service · cases + case`.
pub type Slot = u32;

/// One state that was drawn, and what it changes.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Number of the trial in its block.
    pub number: u64,
    /// The events that happened, ascending.
    pub events: Vec<u32>,
    /// Who is out, sorted.
    pub failed: Vec<NodeId>,
    /// The slots whose state is not that of the base state.
    pub changes: Vec<(Slot, SlotState)>,
}

/// One who judges states. Shared by all threads; what a thread writes is its scratch.
pub trait Judge: Sync {
    /// A thread's own memory.
    type Scratch: Send;

    /// Fresh memory for one thread.
    fn scratch(&self) -> Self::Scratch;

    /// The base state, by slot.
    fn base(&self) -> &[SlotState];

    /// The slots whose state is another when `failed` (sorted, none of them down already) have
    /// failed as well, each once, into `out`, which is empty.
    fn judge(
        &self,
        scratch: &mut Self::Scratch,
        failed: &[NodeId],
        out: &mut Vec<(Slot, SlotState)>,
    );

    /// [`Judge::judge`] where that can be put together from what was judged before; otherwise it says false
    /// and adds nothing.
    fn judge_quickly(
        &self,
        _: &mut Self::Scratch,
        _failed: &[NodeId],
        _out: &mut Vec<(Slot, SlotState)>,
    ) -> bool {
        false
    }

    /// How many states are best given to [`Judge::judge_all`] at a time.
    fn together(&self) -> usize {
        1
    }

    /// [`Judge::judge`] for several states, at most [`Judge::together`]: the same answers.
    fn judge_all(&self, scratch: &mut Self::Scratch, states: &mut [Trial]) {
        for state in states {
            self.judge(scratch, &state.failed, &mut state.changes);
        }
    }

    /// Which slots are at risk when `failed` have failed as well, into `out`, by slot.
    fn at_risk(&self, scratch: &mut Self::Scratch, failed: &[NodeId], out: &mut Vec<bool>);

    /// Makes ready to judge at-risk in so many states, about; not to be called while states are judged.
    /// The answers are the same without.
    fn expect_at_risk(&self, _states: u64, _watch: &dyn Watch) {}

    /// The state of every slot when `failed` have failed as well and the demand of each service is
    /// `factor[service]` times what it was, into `out`, which is empty.
    fn judge_at(
        &self,
        scratch: &mut Self::Scratch,
        failed: &[NodeId],
        factor: &[f64],
        out: &mut Vec<SlotState>,
    );

    /// How many elements [`Judge::at_risk`] tries on top of a state, for an estimate of its cost.
    fn further(&self) -> u64;
}
