//! Many states: what a scenario asks, answered with the engine.

mod crew;
#[cfg(test)]
#[path = "../../tests/all/estates.rs"]
mod estates;
mod lanes;
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
