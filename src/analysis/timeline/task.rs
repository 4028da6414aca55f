//! What is to be done over a horizon. In: a study, the demand of every hour in blocks, what may fail, repair
//! times, who watches. Out: one value that every part of the timeline is given.

use super::blocks::Blocks;
use crate::analysis::Watch;
use crate::analysis::study::Study;
use crate::model::{Horizon, NodeId};

/// What is to be done, for all the parts of it.
pub(super) struct Task<'t> {
    pub study: &'t Study<'t>,
    pub horizon: &'t Horizon,
    pub blocks: &'t Blocks<'t>,
    /// What may fail, sorted.
    pub elements: &'t [NodeId],
    pub repair_hours: &'t [(NodeId, f64)],
    pub watch: &'t dyn Watch,
}
