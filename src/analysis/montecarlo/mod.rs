//! Monte Carlo: how likely, how long, how much is unserved.
//!
//! In: a [`Study`](super::Study) and settings. Out: estimates, each with its 95 % interval and the
//! name of its method. Promise: a pure function of inputs, settings and seed, for any number of
//! threads and shards.
//!
//! Two ways to ask. [`Snapshot`] draws states at one instant: which basic events ([`Chances`])
//! happen, what the engine says of that state, what it adds up to. [`Sequential`] plays histories
//! of failure and repair over a horizon, against the load hour by hour. In between, [`Hourly`] holds
//! states drawn at one instant against every hour: what is expected of a horizon, not how it is
//! spread.
//!
//! ```text
//! chances ─ sample ─► failed set ─ judge (engine) ─► changes ─ tally ─┐
//!    └──── known: few events, or all states, worked out exactly ──────┴─ answer ─► estimates
//! ```
//!
//! What can be had exactly is. A part of the estate that shares nothing with the rest and has few
//! events is enumerated. Elsewhere the states with 0, 1 and 2 events are worked out where that
//! pays, and trials are drawn only from the states beyond, which leaves an interval as narrow as
//! the probability of those states is small. `stream` is the one file with randomness, `run` the
//! one with the threads of a snapshot; all sums are integers (`fixed`), so that their order does
//! not matter.

mod answer;
mod at_risk;
mod chances;
mod enumerated;
mod evidence;
mod fits;
mod fixed;
mod history;
mod horizon;
mod hourly;
mod hours;
mod importance;
mod interval;
pub(super) mod judge;
mod judged;
mod ledger;
mod noted;
mod parts;
mod plan;
mod pool;
mod quantile;
mod reliabilities;
mod restarts;
mod run;
mod sample;
mod seen;
mod sequential;
mod settings;
mod snapshot;
mod spread;
mod states;
mod stream;
pub(super) mod study_judge;
mod superposed;
mod tally;
mod uses;

pub use answer::{
    ConvergencePoint, ExactDown, PEAK_ALL_YEAR, Precision, SeenContingency, ServiceChance,
    SimulateOutcome, YEAR,
};
pub use chances::{ChanceError, Chances, Event};
pub use history::{Repair, Start};
pub use horizon::{ASSUMED_REPAIR_HOURS, Horizon, HorizonError, MOST_CV};
pub use hourly::{Hourly, HourlyError, HourlyOutcome, HourlySettings, ServiceHours};
pub use importance::Importance;
pub use interval::{Estimate, Interval, Kind, Range};
pub use judged::JudgedStates;
pub use ledger::{
    HistoryFrame, HistoryRecord, SequentialOutcome, ServiceHistory, SpreadOf, TooGreat,
    WindowChance,
};
pub use reliabilities::Reliabilities;
pub use sequential::Sequential;
pub use settings::{DemandSpread, MOST_TRIALS, Method, Settings, SettingsError, Shard, Unfinished};
pub use snapshot::{Frame, NotOneRun, Record, Snapshot};
pub use uses::HarmUse;
