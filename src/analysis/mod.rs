//! Many states: what a scenario asks, answered with the engine.

mod alike;
mod asked;
mod assess;
mod assessment;
mod attribution;
mod basis;
mod clusters;
mod cold_start;
mod coverage;
mod covered;
mod culprits;
mod decisions;
mod divided;
mod elements;
#[cfg(test)]
#[path = "../../tests/all/estates.rs"]
mod estates;
pub mod exact;
mod explanation;
mod first_minutes;
pub mod fix;
mod lanes;
pub mod ledger;
mod links;
pub mod maintenance;
mod minimal;
pub mod montecarlo;
mod named;
pub mod network;
mod outcome;
mod parallel;
mod part;
mod path;
mod placement;
pub mod plan;
mod policy;
mod questions;
#[cfg(test)]
pub(crate) mod sample;
mod shortcuts;
mod stages;
mod status;
mod study;
mod sweep;
pub mod timeline;
mod tree;
mod worst;

pub use assess::{Defaults, Options, assess};
pub use assessment::{Assessment, Incomplete, VerdictWord};
pub use basis::{CaseHours, Difference, Why, as_today, cases_over_hours};
pub use clusters::{Cluster, ClusterAfter, ClusterLoss, ClusterRoom, TooManySets, clusters};
pub use cold_start::{ColdLoop, ColdStart, Hold, HoldBy};
pub use coverage::{Coverage, coverage};
pub use covered::{Aspect, Covered, Gap, Share, covered};
pub use culprits::culprits;
pub use decisions::{
    CountOf, Decisions, FirstTrips, Growth, GrowthScope, Left, Moment, Peak, Remedies, Remedy,
    RemedySource, Repaired, Restore, RestsOn, Root, Single, TriedDefaults, Trips, TripsIn, Trouble,
    Troubled, Unplaced, UnplacedIn, decisions,
};
pub use divided::{AssessRecord, Joined, NoPart, assess_part};
pub use elements::Elements;
pub use explanation::{Step, explanation};
pub use first_minutes::FirstMinutes;
pub use links::{MOST_PAIRS, MOST_WORST};
pub use minimal::{MinimalSet, MinimalSets};
pub(crate) use outcome::finite;
pub use outcome::{
    ByOrder, Cascade, Cascades, Direction, DirectionLoad, Estimating, FirstTrip, Lack,
    LeastHeadroom, Memory, Moved, NamedOutcome, NoWatch, OrderCount, ServiceSweep, StateOutcome,
    Stranding, Strandings, SweepCost, SweepOutcome, Tiers, Tripped, Watch, Worst,
};
pub use part::{derated_parts, parts};
pub use path::Paths;
pub use policy::{
    During, Judgement, PolicyBreach, PolicyOutcome, Probability, ProbabilityOf, judge,
};
pub use shortcuts::Shortcuts;
pub use stages::{Stage, Stages};
pub use study::Study;
pub use sweep::{Keep, KeepNothing, MOST_CASCADES, MOST_LISTED, SweepRecord, Unfit, combinations};
pub use tree::{Bounds, Group, Relation, Tree, tree, tree_with};
pub use worst::{WorstForAll, worst_for_all};
