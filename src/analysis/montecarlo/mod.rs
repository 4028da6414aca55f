//! Monte Carlo: how likely, how long, how much is unserved.

mod chances;
mod fixed;
mod interval;
mod sample;
mod stream;

pub use chances::{ChanceError, Chances, Event};
pub use interval::{Estimate, Interval, Kind};
