//! The result documents: what `--format json` writes and what every other form is rendered from.
//!
//! One object per command, with ids instead of node numbers. A number that was not computed, or
//! that has no finite value, is `null`; where that could be misread, a `reason` stands beside it.

mod assess;
mod check;
mod cold_start;
pub mod decisions;
pub mod diff;
mod estate;
pub mod evidence;
mod explain;
mod fix;
mod head;
pub mod load;
mod maintenance;
pub mod map;
mod named;
mod package;
mod parts;
mod placement;
mod plan;
mod policies;
pub mod simulate;
mod state;
mod sweep;
mod verify;
mod whatif;

pub use crate::analysis::VerdictWord;
pub use crate::analysis::network::{NetworkDemand, NetworkLoss};
pub use crate::model::Shed;
pub use assess::{Assess, FirstMinutes, MinimalTable, Picture, Verdict};
pub use check::{Assumption, CaseSummary, Check, Covered, Fault, FillIn, Inventory, Open};
pub use cold_start::{ColdLoop, ColdStart, Hold};
pub use estate::{Estate, EstateNode};
pub use explain::{Explain, ExplainGroup, ExplainNode};
pub use fix::{Fix, FixKind, FixSearch, FixStep, Join, Laid, NewElsewhere, Unfixed};
pub use head::{Head, Input, SCHEMA_VERSION, Tool, schema_name};
pub use maintenance::{
    BlockedHour, JudgedAt, Maintenance, MaintenancePolicy, MaintenanceResult, WorkOverlap,
    WorkWindow, WorkWindows,
};
pub use named::{NamedService, NamedState, NamedSummary};
pub use package::{Package, Written};
pub use parts::{OtherFile, OtherWhy, PartOfRun, PartState, Parts};
pub use placement::{Cluster, ClusterLoss, Stranded, TakesLess, Unplaced};
pub use plan::{
    Plan, PlanAlternative, PlanChange, PlanKind, PlanMinutes, PlanObjective, PlanPolicy,
    PlanRefusal, PlanResult,
};
pub use policies::{Breach, LapsedWaiver, PolicyResult, Waived};
pub use simulate::SimulateResult;
pub use state::{ComponentState, Finding, FirstTrip, Moved, ServiceState, State, Tripped, carried};
pub use sweep::{
    BaseState, Cascade, LeastHeadroom, LinkUse, LinkWorst, MinimalSet, NetworkCase, NetworkSweep,
    NetworkWorst, OrderCount, ServiceSweep, Sweep, SweepResult, WorstContingency,
};
pub use verify::{Difference, FileCheck, FileState, InputCheck, Verify};
pub use whatif::{Selection, WhatIf};
