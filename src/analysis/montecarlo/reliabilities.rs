//! Of how many elements it is known how likely they are out: what stands beside everything that is called exact.

use crate::model::System;
use serde::{Deserialize, Serialize};

/// Of how many elements a reliability is known. All others never fail by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reliabilities {
    /// Components and links with a reliability.
    pub known: u64,
    /// Components and links.
    pub elements: u64,
}

impl Reliabilities {
    /// Of a system.
    #[must_use]
    pub fn of(system: &System) -> Self {
        let elements = || system.nodes().iter().filter(|n| n.can_fail());
        let known = elements().filter(|n| n.reliability.is_some());
        Self {
            known: known.count() as u64,
            elements: elements().count() as u64,
        }
    }

    /// What is said beside every "exact".
    #[must_use]
    pub fn words(self) -> String {
        format!(
            "reliability known of {} of {} elements",
            self.known, self.elements
        )
    }
}
