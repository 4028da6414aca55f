//! The result of `whatif`: one state at one load case, and which elements may fail further.

use super::cold_start::ColdStart;
use super::estate::Estate;
use super::head::Head;
use super::state::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `whatif`: one state at one load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct WhatIf {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// Name of the contingency that is in place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contingency: Option<String>,
    /// True for the state as it comes up when everything had stopped.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub from_dark: bool,
    /// Which elements may fail further, where the scenario leaves others out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub selection: Option<Selection>,
    /// The state.
    #[serde(flatten)]
    pub state: State,
    /// What works in it and could not be started if everything had stopped; from dark it does not work.
    #[serde(flatten)]
    pub cold_start: ColdStart,
    /// The inventory, in brief.
    #[serde(default)]
    pub estate: Option<Estate>,
}

/// Elements that may fail further, and those that may not: at-risk and ok speak of the former only.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Selection {
    /// How many may fail further.
    pub elements: u64,
    /// How many other components and links can fail and never do here.
    pub left_out: u64,
}
