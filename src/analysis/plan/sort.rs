//! The sorts of change that a plan may be made of.

use crate::analysis::fix::Change;

/// A sort of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Outages are repaired, deratings end.
    Restore,
    /// Capacities grow.
    Grow,
    /// Members are added.
    Add,
    /// Instances run on other hosts.
    Move,
    /// Instances take less.
    Shrink,
    /// Second paths are laid.
    Lay,
}

impl Sort {
    /// Of a change.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        match change {
            Change::Restore(_) => Self::Restore,
            Change::AddCapacity(..) => Self::Grow,
            Change::AddMember(_) => Self::Add,
            Change::Move(..) => Self::Move,
            Change::Shrink(_) => Self::Shrink,
            Change::Lay(_) => Self::Lay,
        }
    }
}
