//! brownout

pub mod analysis;
pub mod input;
pub mod model;
pub mod report;
