//! What could not be started if everything had stopped. In: a study, what has failed. Out: those nodes, and
//! the loops that hold each other. Promises: with every loop broken everything would start; what is said to
//! break a loop was tried: without it all members start.

mod breaking;
mod dark;
mod holds;
mod outcome;

pub use outcome::{ColdLoop, ColdStart, Hold, HoldBy};

use super::study::Study;
use crate::engine::{Ix, Scratch};
use crate::model::{CaseId, NodeId};
use dark::{Dark, Runs};

impl Study<'_> {
    /// What works when the known outages and `failed` have failed, after all trips, and could not be started
    /// then.
    #[must_use]
    pub fn cold_start(&self, failed: &[NodeId], case: CaseId) -> ColdStart {
        if self.compiled().cycles.is_empty() {
            return ColdStart::default();
        }
        let demand = &self.scenario().cases[case.index()].demand;
        let demand: Vec<[f64; 1]> = demand.iter().map(|&d| [d]).collect();
        let base = self.base(failed, &demand);
        // What tripped is lost for this state as if it had failed, and comes back no more than that.
        let tripped = base.tripped(0).iter().map(|t| self.compiled().node(t.node));
        let lost: Vec<NodeId> = failed.iter().copied().chain(tripped).collect();
        let base = self.base(&lost, &demand);
        let state = base.lane(0);
        let mut scratch = Scratch::new(&base);
        scratch.darken();
        let works = scratch.working_before_trips();
        let place = |v: NodeId| self.compiled().ix(v);
        let all = self.system().iter().map(|(v, _)| place(v));
        let started: Vec<bool> = all.map(|v| works[v.index()]).collect();
        let named = |at: Ix| self.compiled().node(at);
        let hosts = state
            .placed_on()
            .filter_map(|(v, _, host)| Some((named(v), named(host?))));
        let runs = Runs {
            works: &|v| state.works(place(v)),
            hosts: hosts.collect(),
        };
        Dark::new(self.system(), &runs, started).cold_start()
    }
}
