//! What a reader of an assessment must know first. Everything here follows from other fields of the result;
//! here it is put in order, grouped and counted.

use super::check::Covered;
use super::fix::FixStep;
pub use crate::analysis::{Repaired, TriedDefaults};
use crate::model::Status;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a reader must know first, in the order in which it is shown.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Decisions {
    /// The load case that counts, and when it is; `null` without any.
    pub peak: Option<PeakTime>,
    /// Policies that do not hold: breached ones first, then those that could not be judged.
    pub not_held: Vec<NotHeld>,
    /// Known outages and deratings to end, the most pressing first.
    pub restore: Vec<Restore>,
    /// How many known outages bear on no status.
    pub harmless: u64,
    /// Of how many known outages and deratings that is not known: it was not looked at.
    pub not_looked_at: u64,
    /// What would make policies hold: one remedy for all of them, or one for each that has any.
    pub remedies: Vec<Remedy>,
    /// Names of breached policies that nothing was found to hold.
    pub unfixed: Vec<String>,
    /// Whether remedies were looked for.
    pub looked: bool,
    /// Whether the cheapest plan was looked for: something has a price, and a policy is breached.
    pub priced: bool,
    /// Whether it was proved that no plan for sale makes every policy hold.
    pub no_plan: bool,
    /// By how much all demand can grow.
    pub growth: Vec<GrowthOf>,
    /// What is lost to overload; absent where nothing may trip.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trips: Option<Trips>,
    /// Instances that run elsewhere or nowhere; absent where nothing is placed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unplaced: Option<UnplacedOf>,
    /// Services that are not ok at some load case, by cause, the worst first. Each is in one group, at the load
    /// case at which it is worst off.
    pub trouble: Vec<Trouble>,
    /// How many services are ok at every load case.
    pub ok: u64,
    /// What the answer rests on.
    pub rests_on: RestsOn,
}

/// The load case that counts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct PeakTime {
    /// Its name.
    pub load_case: String,
    /// Whether it is marked as the peak; else it is the first.
    pub is_marked: bool,
    /// The first instant of the samples, or of the window, that set its demand; `null` where the scenario gives
    /// figures and no hours.
    pub from: Option<String>,
    /// The last instant of the samples, or the first after the window.
    pub to: Option<String>,
    /// `samples` or `window`; `null` where there is no instant.
    pub basis: Option<String>,
    /// The first hour of the horizon in which the base state harms a service; `null` if none does, and without a
    /// horizon.
    pub harm_from: Option<String>,
}

impl PeakTime {
    /// Its load case and the day on which it begins, if that is after a day.
    #[must_use]
    pub fn after(&self, day: Date) -> Option<(&str, Date)> {
        let from: Date = self.from.as_ref()?.get(..10)?.parse().ok()?;
        (day < from).then_some((self.load_case.as_str(), from))
    }
}

/// A policy that does not hold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct NotHeld {
    /// Its name.
    pub policy: String,
    /// False if it is breached; `null` if it could not be judged.
    pub holds: Option<bool>,
    /// How many breaches no waiver covers.
    pub breaches: u64,
    /// How many a waiver covers.
    pub waived: u64,
}

/// A known outage or derating to end.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Restore {
    /// Id of what is out or derated.
    pub element: String,
    /// Whether it works with less than its capacity, and is not out.
    pub is_derated: bool,
    /// When the repair must start at the latest; `null` where that is not known.
    pub by: Option<String>,
    /// Whether that was before the horizon.
    pub overdue: bool,
    /// From when on it harms; `null` without a horizon, and if it harms nobody in it.
    pub harms_from: Option<String>,
    /// How long the repair takes, hours; `null` when nobody says.
    pub repair_hours: Option<f64>,
    /// Ids of the services that it harms from then on; if that is not known, of those in whose status at some
    /// load case it has a part.
    pub services: Vec<String>,
    /// What repairing it does, after those with a lower rank; `null` where it takes no breach away.
    pub repaired: Option<Repaired>,
}

/// Changes after which policies hold, verified by assessing the estate with them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Remedy {
    /// `plan` (the cheapest plan), `repairs` or `fixes`: the field of the result that it is from.
    pub source: String,
    /// The changes; all of them are needed.
    pub steps: Vec<FixStep>,
    /// The same in words.
    pub text: String,
    /// What they cost; `null` where nothing has a price.
    pub cost: Option<f64>,
    /// Whether it was proved that no plan is cheaper.
    pub is_cheapest: bool,
    /// Names of the policies that hold after them.
    pub holds: Vec<String>,
    /// The first hour of the horizon in which some policy would break without one of them; `null` where none
    /// does, or that was not looked at.
    pub needed_by: Option<String>,
}

/// By how much all demand can grow.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct GrowthOf {
    /// What has failed: `base` (the known outages), `single` (any one element more, over a horizon),
    /// `contingency` (any that was looked at and in which the service works).
    pub scope: String,
    /// The service that has least; `null` where nothing limits any.
    pub service: Option<String>,
    /// 0.15 is 15 %; negative when it is too much already.
    pub growth: Option<f64>,
    /// Id of what sets it.
    pub limit: Option<String>,
    /// Ids of what has failed beside the known outages, sorted.
    pub failed: Vec<String>,
    /// In which hour of the horizon; `null` without one.
    pub at: Option<String>,
    /// When it is used up at the growth per year that the scenario assumes; `null` without one.
    pub used_up: Option<String>,
    /// How many services have none at any load, since they do not work.
    pub none: u64,
}

/// What is lost to overload.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Trips {
    /// The base states in which something is.
    pub states: Vec<TripsIn>,
    /// What trips first as demand grows from the load case that counts; `null` if nothing ever does.
    pub first: Option<FirstTrips>,
    /// Single failures that set off a cascade; `null` if none does.
    pub singles: Option<SingleTrips>,
    /// How many contingencies do, by order, each counted once at whatever load cases.
    pub count: BTreeMap<String, u64>,
    /// Orders of which there may be more: not all are listed.
    pub count_at_least: Vec<String>,
}

/// A base state that loses something to overload.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct TripsIn {
    /// Name of the load case.
    pub load_case: String,
    /// Ids of what tripped in the first round, sorted.
    pub first_round: Vec<String>,
    /// How many trip.
    pub tripped: u64,
    /// In how many rounds.
    pub rounds: u64,
    /// How many services are degraded or down.
    pub harmed: u64,
    /// How many of these are down.
    pub down: u64,
}

/// What trips first as demand grows.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct FirstTrips {
    /// Its id.
    pub id: String,
    /// At which growth of all demand.
    pub growth: f64,
    /// Whether something has tripped already.
    pub is_next: bool,
}

/// Single failures that set off a cascade.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct SingleTrips {
    /// How many elements do, at any load case.
    pub elements: u64,
    /// Whether there may be more.
    pub at_least: bool,
    /// Id of the one that loses most.
    pub worst: String,
    /// Name of the load case.
    pub load_case: String,
    /// How many it loses.
    pub tripped: u64,
    /// In how many rounds.
    pub rounds: u64,
    /// How many services are degraded or down then.
    pub services: u64,
}

/// Instances that run elsewhere or nowhere.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct UnplacedOf {
    /// The base states in which some do.
    pub states: Vec<UnplacedIn>,
    /// Single failures that leave an instance without a host; `null` if none does.
    pub singles: Option<SingleUnplaced>,
    /// How many contingencies do, by order, each counted once at whatever load cases.
    pub count: BTreeMap<String, u64>,
    /// Orders of which there may be more: not all are listed.
    pub count_at_least: Vec<String>,
}

/// A base state in which not every instance is at home.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct UnplacedIn {
    /// Name of the load case.
    pub load_case: String,
    /// How many run elsewhere.
    pub moved: u64,
    /// Ids of what runs nowhere, sorted.
    pub nowhere: Vec<String>,
}

/// Single failures that leave an instance without a host.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct SingleUnplaced {
    /// How many elements do, at any load case.
    pub elements: u64,
    /// Whether there may be more.
    pub at_least: bool,
    /// Id of the one that leaves most.
    pub worst: String,
    /// Name of the load case.
    pub load_case: String,
    /// Ids of the instances that run nowhere then, sorted.
    pub instances: Vec<String>,
}

/// Services that one cause puts in trouble.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Trouble {
    /// Name of the load case.
    pub load_case: String,
    /// `failed`, `tripped`, `unplaced`, `no-path`, `overloaded`, `congested`: of what harms them. `next` (it may
    /// fail next), `peak`, `headroom`: of what puts them at risk. `unexplained`: nothing that was found.
    pub cause: String,
    /// Id of what it is, or the name of the load case that is the peak.
    pub witness: Option<String>,
    /// The cause in words.
    pub why: String,
    /// The services, the worst first, then by tier and id.
    pub services: Vec<Troubled>,
    /// Ids of the outages that have a part in it, sorted; none where that was not looked at.
    pub outages: Vec<String>,
}

/// A service in trouble.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Troubled {
    /// Its id.
    pub id: String,
    /// Its status.
    pub status: Status,
    /// Fraction of its demand that it gets.
    pub delivered: f64,
    /// What the cause would make of it, where it is at risk.
    pub leads_to: Option<Status>,
}

/// What an answer rests on.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct RestsOn {
    /// How many of all that could say something do.
    pub covered: Vec<Covered>,
    /// How many elements may fail.
    pub may_fail: u64,
    /// How many components and links there are that could, known outages included.
    pub of: u64,
    /// Defaults that were halved and doubled; `null` where they were not tried.
    pub defaults: Option<TriedDefaults>,
}
