//! Many states: what a scenario asks, answered with the engine.

pub mod montecarlo;
mod outcome;
mod study;

pub use outcome::{
    LeastHeadroom, MinimalSet, NoWatch, OrderCount, ServiceSweep, StateOutcome, SweepOutcome,
    Watch, Worst,
};
pub use study::Study;
