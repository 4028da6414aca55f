//! When works may be done, as it is found: the windows of each, what does not allow the other hours, which
//! works may not overlap, and a schedule, with numbers for nodes, policies and works.

use crate::analysis::timeline::Span;
use crate::model::{CaseId, Millis, NodeId, Status};

/// What was found. Hours are counted from `start`.
#[derive(Clone, Debug, PartialEq)]
pub struct MaintenanceOutcome {
    /// Start of the first hour.
    pub start: Millis,
    /// How many hours there are.
    pub hours: u32,
    /// Whether each hour has its own demand; else all are judged at the load cases.
    pub is_hourly: bool,
    /// Policies that are judged, and after how many further failures: 0 or 1.
    pub policies: Vec<(usize, u32)>,
    /// Every work, in the order of the scenario; fewer when the watcher ended it.
    pub works: Vec<WorkOutcome>,
    /// Works that harm where both are done at once though each by itself does not, by position.
    pub overlaps: Vec<Overlap>,
    /// A schedule; `None` when the watcher ended it before.
    pub schedule: Option<Schedule>,
}

impl MaintenanceOutcome {
    /// Whether every work has a place.
    #[must_use]
    pub fn is_placed(&self) -> bool {
        let schedule = self.schedule.as_ref();
        schedule.is_some_and(|s| s.starts.iter().all(Option::is_some))
    }
}

/// When one work may be done.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkOutcome {
    /// The hours that are looked at: those that lie whole between its earliest and its latest, as far as
    /// the hours go.
    pub range: Span<()>,
    /// How many of them are not allowed.
    pub blocked: u32,
    /// Stretches of hours at which it may start: from the first to just before the end.
    pub starts: Vec<Span<()>>,
    /// Why hours are not allowed. Of a work that may start nowhere, a reason for each of a list of hours of
    /// which every start would hold one; else the first.
    pub reasons: Vec<Blocked>,
}

/// What does not allow an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blocked {
    /// The hour, counted from the start of the horizon.
    pub hour: u32,
    /// The policy that breaks: an index into the scenario's policies.
    pub policy: usize,
    /// Whom it harms.
    pub service: NodeId,
    /// What else fails; nothing if the work alone does it.
    pub failure: Option<NodeId>,
    /// What the service becomes.
    pub status: Status,
    /// What it still gets, 0..1.
    pub delivered: f64,
    /// The load case, where hours have no demand of their own.
    pub case: Option<CaseId>,
}

/// Two works that should not be done at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// Positions of the works.
    pub works: [usize; 2],
    /// How many hours lie in a window of each.
    pub shared: u32,
    /// Those of them in which the two together would harm; never empty.
    pub harmful: Vec<Span<()>>,
    /// Why not in the first of them.
    pub reason: Blocked,
}

impl Overlap {
    /// Whether they would harm in every hour that they could share.
    #[must_use]
    pub fn is_never(&self) -> bool {
        let hours: u32 = self.harmful.iter().map(|s| s.to - s.from).sum();
        hours == self.shared
    }
}

/// When to do what.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The start of each work; `None` for those that have no place.
    pub starts: Vec<Option<u32>>,
    /// Of each work without a place that has a window: the works that leave it none, by position.
    pub beside: Vec<Vec<usize>>,
    /// Whether it is known that not all works that have a window can be placed; `false` also where they are.
    pub is_impossible: bool,
}
