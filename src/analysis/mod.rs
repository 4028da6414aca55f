//! Many states: what a scenario asks, answered with the engine.

mod lanes;
pub mod montecarlo;
mod outcome;
mod status;
mod study;
mod sweep;

pub use outcome::{
    LeastHeadroom, MinimalSet, NoWatch, OrderCount, ServiceSweep, StateOutcome, SweepOutcome,
    Watch, Worst,
};
pub use study::Study;
pub use sweep::{MOST_LISTED, combinations};
