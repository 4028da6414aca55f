//! brownout: which services become at-risk, degraded or down when things fail, at the load to come.

pub mod analysis;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compile;
pub mod engine;
pub mod input;
pub mod model;
pub mod report;

#[cfg(test)]
extern crate self as brownout;
