//! Many states: what a scenario asks, answered with the engine.

mod alike;
mod because;
mod blame;
mod coverage;
mod crew;
mod elements;
#[cfg(test)]
#[path = "../../tests/all/estates.rs"]
mod estates;
pub mod exact;
pub mod fix;
mod lanes;
pub mod ledger;
mod links;
mod minimal;
pub mod montecarlo;
mod outcome;
mod part;
mod path;
mod policy;
#[cfg(test)]
pub(crate) mod sample;
mod status;
mod study;
mod sweep;
pub mod timeline;
mod tree;

pub use because::{Step, because};
pub use coverage::{Coverage, coverage};
pub use elements::Elements;
pub use links::{
    Busy, LinkUse, LinksCase, LinksOutcome, LostDemand, MOST_PAIRS, MOST_WORST, WorstForNetwork,
};
pub use minimal::MinimalSets;
pub use outcome::{
    Ahead, Estimating, LeastHeadroom, Memory, MinimalSet, NoWatch, OrderCount, ServiceSweep,
    StateOutcome, SweepOutcome, Tiers, Watch, Worst,
};
pub use part::parts;
pub use path::Paths;
pub use policy::{Judgement, PolicyBreach, PolicyOutcome, Probability, ProbabilityOf, judge};
pub use study::Study;
pub use sweep::{MOST_LISTED, combinations};
pub use tree::{Bounds, Group, Relation, Tree, tree};
