//! Choices that other tools' files leave open, as they are given on the command line.

use crate::input::Source;
use std::sync::Arc;

/// Choices that the files leave open.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How demands become services.
    pub service_per: ServicePer,
    /// Capacity of a link to which the file gives none; `None` leaves it unlimited.
    pub capacity: Option<f64>,
    /// For a network without demands: the volume of one demand from each node to each other one.
    pub all_pairs: Option<f64>,
    /// For tables: what their columns mean.
    pub map: Option<Arc<Source>>,
    /// Virtual processors that one core may carry; `None` places nothing by processors.
    pub overcommit: Option<f64>,
}

impl Options {
    /// The options that are given, as they stand on the command line.
    pub(super) fn given(&self) -> Vec<&'static str> {
        let all = [
            ("--capacity", self.capacity.is_some()),
            ("--all-pairs", self.all_pairs.is_some()),
            ("--map", self.map.is_some()),
            ("--overcommit", self.overcommit.is_some()),
            ("--service-per", self.service_per != ServicePer::default()),
        ];
        let given = all.into_iter().filter(|(_, given)| *given);
        given.map(|(name, _)| name).collect()
    }
}

/// How demands become services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ServicePer {
    /// One service for each demand.
    #[default]
    Demand,
    /// One for all demands that start at one node.
    Source,
    /// One for all demands that end at one node.
    Destination,
    /// One for all demands.
    All,
    /// One for each site: whether it has a path out.
    Site,
}
