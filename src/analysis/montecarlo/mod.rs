//! Monte Carlo: how likely, how long, how much is unserved.

mod answer;
mod chances;
mod fixed;
mod history;
mod importance;
mod interval;
mod judge;
mod known;
mod parts;
mod plan;
mod run;
mod sample;
mod sequential;
mod settings;
mod snapshot;
mod spread;
mod stream;
mod study_judge;
mod tally;

pub use answer::{Point, Precision, SeenContingency, ServiceChance, SimulateOutcome, YEAR};
pub use chances::{ChanceError, Chances, Event};
pub use history::{Repair, Start};
pub use importance::Importance;
pub use interval::{Estimate, Interval, Kind};
pub use sequential::{
    ASSUMED_REPAIR_HOURS, Horizon, HorizonError, Sequential, SequentialOutcome, ServiceHistory,
    SpreadOf,
};
pub use settings::{DemandSpread, MOST_TRIALS, Method, Settings, SettingsError, Shard};
pub use snapshot::{Frame, NotOneRun, Record, Snapshot};
