//! What is asked of the links of a study, for load cases that are evaluated side by side.

use crate::analysis::attribution::Crossing;
use crate::analysis::lanes::CaseLanes;
use crate::analysis::{Study, Watch};
use crate::model::NodeId;

/// What is evaluated.
pub(super) struct Plan<'p> {
    pub study: &'p Study<'p>,
    pub lanes: &'p CaseLanes,
    pub elements: &'p [NodeId],
    pub crossing: &'p Crossing,
    /// Units of the services that use a network, in order; those without one count as one unit.
    pub units: &'p [Option<Box<str>>],
    /// Per service: which unit its demand has, if it uses a network.
    pub unit_of: &'p [Option<usize>],
    pub pairs: bool,
    pub watch: &'p dyn Watch,
}
