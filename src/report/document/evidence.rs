//! Evidence of an assessment: what it covers, what it rests on, how to repeat it.

use super::{Assumption, VerdictWord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything an auditor asks of a result beside the result.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Evidence {
    /// The command, argument by argument, without what leaves the result alone (`--output`,
    /// `--format`, `--threads`, `--quiet`). Paths are as typed, relative to where it ran.
    pub command: Vec<String>,
    /// When the report was written (RFC 3339), only if asked for with `--stamp`.
    pub stamp: Option<String>,
    /// How to check that it still comes out the same.
    pub rerun: String,
    /// Seed of the simulation; `null` without one.
    pub seed: Option<u64>,
    /// Trials of the simulation; `null` without one.
    pub trials: Option<u64>,
    /// What may fail in the contingencies, and what may not.
    pub scope: Scope,
    /// The method, a paragraph each.
    pub method: Vec<String>,
    /// Every default that was used, and whether the verdict hangs on it.
    pub assumptions: Ledger,
    /// How much of what was asked for was computed.
    pub completeness: Completeness,
    /// Every waiver of the scenario, valid or not.
    pub waivers: Vec<WaiverRecord>,
    /// Controls that a result like this supports; it is no statement of compliance.
    pub controls: Vec<Control>,
    /// Who signs: blank, to be filled in by hand.
    pub sign_off: Vec<SignOff>,
}

/// What may fail, and what may not.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Scope {
    /// Selectors of what may fail, as written; `null` when everything may.
    pub elements: Option<Vec<String>>,
    /// Selectors of what may not, as written.
    pub exclude: Vec<String>,
    /// Highest order of the contingencies.
    pub order: u32,
    /// How many components and links may fail.
    pub included: u64,
    /// How many components and links there are.
    pub of: u64,
    /// What may fail, by kind.
    pub included_kinds: BTreeMap<String, u64>,
    /// What may not fail, by kind; known outages are not in here.
    pub excluded_kinds: BTreeMap<String, u64>,
    /// Ids of what may not fail, the first of them.
    pub excluded: Vec<String>,
    /// How many ids the list above leaves out.
    pub excluded_more: u64,
    /// Known outages.
    pub down: Vec<String>,
    /// Capacity factors by id.
    pub derate: BTreeMap<String, f64>,
    /// Names of the load cases.
    pub load_cases: Vec<String>,
    /// Name of the case marked as peak.
    pub peak: Option<String>,
}

/// Every default that was used.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Ledger {
    /// Each default.
    pub entries: Vec<LedgerEntry>,
    /// False when a limit left some of them untried.
    pub complete: bool,
    /// Why some were not tried.
    pub reason: Option<String>,
    /// How many times the estate was assessed anew.
    pub runs: u64,
    /// At most so many.
    pub most_runs: u64,
}

/// One default, and whether the verdict changes when it is halved or doubled.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct LedgerEntry {
    /// The default, where it comes from, and how many nodes rest on it.
    #[serde(flatten)]
    pub assumption: Assumption,
    /// The verdict with half of it; `null` when it was not tried.
    pub halved: Option<WhatIfScaled>,
    /// The verdict with twice of it; `null` when it was not tried.
    pub doubled: Option<WhatIfScaled>,
    /// Whether the verdict of any policy changes in either; `null` when it was not tried.
    pub changes_verdict: Option<bool>,
    /// Why it was not tried, or why that is not needed.
    pub reason: Option<String>,
}

/// The policies with one default scaled.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct WhatIfScaled {
    /// The verdict over all policies.
    pub verdict: VerdictWord,
    /// Names of the policies that are judged differently.
    pub changed: Vec<String>,
}

/// How much of what was asked for was computed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Completeness {
    /// By order: contingencies accounted for, of those possible.
    pub contingencies: BTreeMap<String, Counted>,
    /// Named contingencies looked at, each at every load case; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub named: Option<Counted>,
    /// Trials done, of those asked for; `null` without a simulation.
    pub trials: Option<Counted>,
    /// Policies judged, of all.
    pub policies: Counted,
    /// Whether everything asked for was computed.
    pub complete: bool,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Counted {
    /// How many were done.
    pub done: u64,
    /// Of how many.
    pub of: u64,
}

/// A waiver as it stands on the day of the assessment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct WaiverRecord {
    /// Name of the policy.
    pub policy: String,
    /// Ids of the services it speaks of.
    pub services: Vec<String>,
    /// Ids of the elements it speaks of; `null` for every contingency.
    pub elements: Option<Vec<String>>,
    /// The one named contingency that it speaks of; absent for any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contingency: Option<String>,
    /// Who accepted it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// As written.
    pub expires: String,
    /// Days from the day of judgement to the last on which it holds; negative when it has expired.
    #[serde(default)]
    pub days_left: Option<i64>,
    /// `null` for a valid waiver, else why it counts for nothing.
    pub lapsed: Option<String>,
    /// How many breaches it covers.
    pub covers: u64,
}

/// A control that a result like this supports.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Control {
    /// The framework.
    pub framework: String,
    /// The control.
    pub control: String,
    /// What of it the result supports.
    pub supports: String,
}

/// A line to sign on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct SignOff {
    /// In which role.
    pub role: String,
    /// What the signature says.
    pub statement: String,
    /// Blank.
    pub name: String,
    /// Blank.
    pub date: String,
}
