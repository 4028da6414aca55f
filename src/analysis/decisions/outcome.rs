//! What a reader of an assessment must know first, as it is found: when the peak is, what to restore by when,
//! what would make policies hold, what growth is left, what is lost to overload and what finds no host, who is
//! in trouble and why, and what the answer rests on. With numbers for nodes, load cases and policies.

use crate::analysis::fix::Change;
use crate::analysis::{Cascade, Direction, FirstTrip, Share, Stranding};
use crate::model::{CaseId, Millis, NodeId, Status};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a reader must know first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// The load case that counts, and when it is; `None` without any.
    pub peak: Option<Peak>,
    /// Policies that do not hold, by index: breached ones first, then those that could not be judged.
    pub not_held: Vec<usize>,
    /// Known outages and deratings to end, the most pressing first.
    pub restore: Vec<Restore>,
    /// How many known outages bear on no status.
    pub harmless: u64,
    /// Of how many known outages and deratings that is not known: it was not looked at.
    pub not_looked_at: u64,
    /// What would make policies hold.
    pub remedies: Remedies,
    /// By how much all demand can grow.
    pub growth: Vec<Growth>,
    /// What is lost to overload; `None` where nothing may trip.
    pub trips: Option<Trips>,
    /// Instances that run elsewhere or nowhere; `None` where nothing is placed.
    pub unplaced: Option<Unplaced>,
    /// Services that are not ok at some load case, by cause, the worst first.
    pub trouble: Vec<Trouble>,
    /// How many services are ok at every load case.
    pub ok: u64,
    /// What the answer rests on.
    pub rests_on: RestsOn,
}

/// What an answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestsOn {
    /// How many of all that could say something do.
    pub shares: Vec<Share>,
    /// How many elements may fail.
    pub may_fail: u64,
    /// How many components and links there are that could, known outages included.
    pub of: u64,
    /// The defaults that were used; `None` where they were not tried.
    pub defaults: Option<TriedDefaults>,
}

/// Defaults that were halved and doubled.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, Default, PartialEq, Eq)]
pub struct TriedDefaults {
    /// How many there are.
    pub all: u64,
    /// Half or twice of how many changes whether some policy holds.
    pub change: u64,
    /// How many could not be tried both ways, and change nothing as far as they were.
    pub untried: u64,
}

/// The load case that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// Its number in the scenario.
    pub case: CaseId,
    /// Whether it is marked as the peak; else it is the first.
    pub is_marked: bool,
    /// When; `None` where its demand has no hours.
    pub when: Option<Moment>,
    /// The first hour of the horizon in which the base state harms a service; `None` without one.
    pub harm_from: Option<Millis>,
    /// The zone in which instants are shown.
    pub zone: TimeZone,
}

/// When demand is at its greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The instants of the samples that set the demand of each service, from the first to the last.
    Samples(Millis, Millis),
    /// Somewhere from one instant to just before another.
    Within(Millis, Millis),
}

/// A known outage or derating to end.
#[derive(Clone, Debug, PartialEq)]
pub struct Restore {
    /// What is out or derated.
    pub element: NodeId,
    /// Whether it works with less than its capacity, and is not out.
    pub is_derated: bool,
    /// When the repair must start at the latest; `None` where that is not known.
    pub by: Option<Millis>,
    /// Whether that was before the horizon.
    pub is_overdue: bool,
    /// From when on it harms; `None` without a horizon, or if it harms nobody in it.
    pub harms_from: Option<Millis>,
    /// How long the repair takes, hours; `None` when nobody says.
    pub repair_hours: Option<f64>,
    /// The services that it harms from then on; if that is not known, those in whose status at some load case it
    /// has a part.
    pub services: Vec<NodeId>,
    /// What repairing it does, after those with a lower rank.
    pub repaired: Option<Repaired>,
}

/// What a repair does, after all repairs that come before it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Repaired {
    /// Its position among repairs, from 1.
    pub rank: u64,
    /// How many breaches of policies these repairs take away together.
    pub removes: u64,
    /// Of how many.
    pub of: u64,
    /// How many are left, new ones counted.
    pub remaining: u64,
    /// Whether every policy then holds.
    pub holds: bool,
}

/// What would make policies hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remedies {
    /// The one for all policies, or one for each that has any.
    pub found: Vec<Remedy>,
    /// Breached policies, by index, that nothing was found to hold.
    pub unfixed: Vec<usize>,
    /// Whether anything was looked for.
    pub looked: bool,
    /// Whether the cheapest plan was looked for: something has a price.
    pub priced: bool,
    /// Whether it was proved that no plan for sale makes every policy hold.
    pub no_plan: bool,
}

/// Changes after which policies hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// Who found it.
    pub source: RemedySource,
    /// All of them are needed.
    pub changes: Vec<Change>,
    /// What they cost; `None` where nothing has a price. A repair costs nothing.
    pub cost: Option<f64>,
    /// Whether nothing cheaper does the same: proved.
    pub is_cheapest: bool,
    /// Policies that hold after it, by index: all that were looked at.
    pub holds: Vec<usize>,
    /// The first hour of the horizon in which some policy would break without one of them, where that was
    /// looked at.
    pub needed_by: Option<u32>,
}

/// Where a remedy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemedySource {
    /// The cheapest plan.
    Plan,
    /// The ranking of repairs.
    Repairs,
    /// The changes that hold one policy.
    Fixes,
}

/// By how much all demand can grow.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// What has failed by then.
    pub scope: GrowthScope,
    /// The service that has least; `None` where nothing limits any.
    pub left: Option<Left>,
    /// How many services have none at any load, since they do not work.
    pub none: u64,
}

/// What has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrowthScope {
    /// The known outages.
    Base,
    /// Any one element more.
    Single,
    /// Any contingency that was looked at and in which the service works.
    Contingency,
}

/// The least growth that is left.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// The service, of the smallest id on ties.
    pub service: NodeId,
    /// 0.15 is 15 %; negative when it is too much already.
    pub growth: f64,
    /// What sets it.
    pub limit: Option<NodeId>,
    /// What has failed beside the known outages, sorted.
    pub failed: Vec<NodeId>,
    /// In which hour of the horizon; `None` without one.
    pub at: Option<Millis>,
    /// When it is used up at the growth per year that the scenario assumes.
    pub used_up: Option<Millis>,
}

/// What is lost to overload.
#[derive(Clone, Debug, PartialEq)]
pub struct Trips {
    /// The base states in which something is, load cases in order.
    pub states: Vec<TripsIn>,
    /// What trips first as demand grows from the load case that counts.
    pub first: Option<FirstTrips>,
    /// Single failures that set off a cascade.
    pub singles: Option<Single<Cascade>>,
    /// How many contingencies do, by order from 1.
    pub count: Vec<CountOf>,
}

/// How many contingencies of an order do something, each counted once at whatever load cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountOf {
    /// How many are known to do it.
    pub contingencies: u64,
    /// There are more than are listed, so that it may be more.
    pub at_least: bool,
}

/// A base state that loses something to overload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TripsIn {
    /// The load case.
    pub case: CaseId,
    /// What tripped in the first round, by id.
    pub first_round: Vec<NodeId>,
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirstTrips {
    /// What, and at which growth.
    pub trip: FirstTrip,
    /// Whether something has tripped already.
    pub is_next: bool,
}

/// Instances that run elsewhere or nowhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Unplaced {
    /// The base states in which some do, load cases in order.
    pub states: Vec<UnplacedIn>,
    /// Single failures that leave an instance without a host.
    pub singles: Option<Single<Stranding>>,
    /// How many contingencies do, by order from 1, over all load cases.
    pub count: Vec<CountOf>,
}

/// A base state in which not every instance is at home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnplacedIn {
    /// The load case.
    pub case: CaseId,
    /// How many run elsewhere.
    pub moved: u64,
    /// What runs nowhere, by id.
    pub nowhere: Vec<NodeId>,
}

/// Single failures that do something of a sort.
#[derive(Clone, Debug, PartialEq)]
pub struct Single<T> {
    /// How many elements do, at any load case.
    pub elements: u64,
    /// Whether there may be more: the list was cut.
    pub at_least: bool,
    /// The one that does most.
    pub worst: T,
}

/// What puts services in trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// It has failed.
    Failed(NodeId),
    /// It was lost to overload, in the first round of a cascade.
    Tripped(NodeId),
    /// It found no host.
    Unplaced(NodeId),
    /// No working path joins the ends of this flow.
    NoPath(NodeId),
    /// It is asked for more than it can carry; of a link in that direction, if it is known.
    Overloaded(NodeId, Option<Direction>),
    /// Somewhere on its way the flow meets more load than fits.
    Congested(NodeId),
    /// Nothing that was found explains it.
    Unexplained,
    /// This same state harms them at that load case.
    Peak(CaseId),
    /// If it fails next, they are harmed.
    Next(NodeId),
    /// Headroom is under what is asked for; this sets it.
    Headroom(NodeId),
}

/// Services that one cause puts in trouble.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// What puts them in trouble.
    pub root: Root,
    /// At which load case.
    pub case: CaseId,
    /// The services, the worst first, then by tier and id.
    pub services: Vec<Troubled>,
    /// The outages that have a part in it, sorted; none where that was not looked at.
    pub outages: Vec<NodeId>,
}

/// A service in trouble.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Troubled {
    /// The service.
    pub service: NodeId,
    /// What it is there: at-risk, degraded or down.
    pub status: Status,
    /// Fraction of its demand that it gets.
    pub delivered: f64,
    /// What the cause would make of it, where it is at risk.
    pub leads_to: Option<Status>,
    /// Its tier, if the inventory gives one.
    pub tier: Option<u32>,
}
