//! What a study can be asked: states, sweeps, simulations, and what sweeps do to networks.

use super::lanes::CaseLanes;
use super::montecarlo::{Settings, SettingsError, Shard, SimulateOutcome, Snapshot};
use super::network::NetworkSweep;
use super::study::Study;
use super::{
    Keep, NamedOutcome, StateOutcome, SweepOutcome, SweepRecord, Unfit, Watch, links, named,
    status, sweep,
};
use crate::model::{CaseId, NodeId};

impl Study<'_> {
    /// The state in which the scenario's known outages and `failed` have failed, at one load case,
    /// with the status of every service: its further elements are those of the scenario's sweep.
    #[must_use]
    pub fn state(&self, failed: &[NodeId], case: CaseId) -> StateOutcome {
        let lanes = CaseLanes::of(self.scenario(), &[case]);
        if lanes.len() == 1 {
            status::state::<1>(self, failed, &lanes)
        } else {
            status::state::<2>(self, failed, &lanes)
        }
    }

    /// The same as [`Study::state`], as it comes up when everything had stopped: what could not be started
    /// does not work. So it is with each further element.
    #[must_use]
    pub fn state_from_dark(&self, failed: &[NodeId], case: CaseId) -> StateOutcome {
        let lanes = CaseLanes::of(self.scenario(), &[case]);
        if lanes.len() == 1 {
            status::state_from_dark::<1>(self, failed, &lanes)
        } else {
            status::state_from_dark::<2>(self, failed, &lanes)
        }
    }

    /// Every named contingency of the scenario at every load case; fewer when the watcher stops it.
    #[must_use]
    pub fn named(&self, watch: &dyn Watch) -> Vec<NamedOutcome> {
        named::named(self, watch)
    }

    /// The same as [`Study::sweep`], by definition: every contingency is evaluated, none is worked
    /// out from others. It is what the faster way is held against.
    #[must_use]
    pub fn sweep_exhaustively(&self, order: u32, watch: &dyn Watch) -> SweepOutcome {
        sweep::exhaustively(self, order, watch)
    }

    /// All contingencies of order 1 to `order` among the scenario's elements, at every load case.
    #[must_use]
    pub fn sweep(&self, order: u32, watch: &dyn Watch) -> SweepOutcome {
        sweep::sweep(self, order, watch)
    }

    /// A part of the same, or all of it, which is then also answered. It goes on from `before`, a record of
    /// the same part; `keep` is given what is done so far now and then.
    ///
    /// # Errors
    /// `before` is no record of this sweep.
    pub fn sweep_part(
        &self,
        order: u32,
        (shard, before): (Option<Shard>, Option<&SweepRecord>),
        keep: &dyn Keep,
        watch: &dyn Watch,
    ) -> Result<(SweepRecord, Option<SweepOutcome>), Unfit> {
        sweep::sweep_part(self, order, (shard, before), keep, watch)
    }

    /// What [`Study::sweep`] gives, from all its parts: single failures, named contingencies and the base
    /// state are worked out again.
    ///
    /// # Errors
    /// They are no parts of this sweep, or not each of them is whole and there once.
    pub fn sweep_joined(
        &self,
        order: u32,
        parts: &[SweepRecord],
        watch: &dyn Watch,
    ) -> Result<SweepOutcome, Unfit> {
        sweep::sweep_joined(self, order, parts, watch)
    }

    /// The same at one load case by itself: no service is at risk for the peak, and no named contingency is looked
    /// at.
    #[must_use]
    pub fn sweep_case(&self, case: CaseId, order: u32, watch: &dyn Watch) -> SweepOutcome {
        sweep::sweep_case(self, case, order, watch)
    }

    /// The same at some load cases, with named contingencies at all of them. Headroom is not worked out of single
    /// failures alone, nor what limits a service in a minimal set.
    pub(super) fn sweep_cases(
        &self,
        cases: &[CaseId],
        order: u32,
        watch: &dyn Watch,
    ) -> SweepOutcome {
        sweep::sweep_cases(self, cases, order, watch)
    }

    /// Probabilities by Monte Carlo, exact where that can be had; from beginning to end, or to where the
    /// watcher ends it.
    ///
    /// # Errors
    /// Everything that makes no sense in the settings, at once.
    pub fn simulate(
        &self,
        settings: Settings,
        watch: &dyn Watch,
    ) -> Result<SimulateOutcome, Vec<SettingsError>> {
        let snapshot = Snapshot::new(self, settings)?;
        let record = snapshot.run(None, watch, &mut |_| ());
        Ok(snapshot.answer(&record))
    }

    /// What a sweep does to networks: every link in its worst contingency, and the demand that is
    /// cut off or squeezed. `None` when no flow crosses a network. Only stops with the watcher;
    /// does not tell it of progress.
    #[must_use]
    pub fn links(&self, order: u32, watch: &dyn Watch) -> Option<NetworkSweep> {
        links::links(self, order, watch)
    }
}
