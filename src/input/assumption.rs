//! A default that an inventory or a plan rests on, as the ledger lists it: what was assumed, where that
//! stands, how often, and whether it can be scaled.

use super::Parameter;

/// A default that was used.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// What was assumed, as `mtbf_hours = 26000 for kind server`.
    pub what: String,
    /// Where the default comes from, as `inventory.toml:4`.
    pub source: String,
    /// How many nodes rest on it.
    pub count: u64,
    /// How to scale it, or why there is nothing to scale.
    pub parameter: Result<Parameter, &'static str>,
}
