//! What a timeline answers. Hours are counted from the start of the horizon.

use crate::model::{Cause, Horizon, Millis, NodeId, Scenario, Status};

/// Something that holds from one hour to just before another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span<T> {
    /// First hour.
    pub from: u32,
    /// First hour after it.
    pub to: u32,
    /// What holds.
    pub value: T,
}

/// Every hour of a horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineOutcome {
    /// How many hours there are.
    pub hours: u32,
    /// How many elements may fail, one at a time.
    pub elements: u64,
    /// Every service, by id.
    pub services: Vec<ServiceTimeline>,
    /// Elements whose failure leaves some service worse off in some hour, by id. In every hour all
    /// others may be taken out for maintenance.
    pub failures: Vec<FailureTimeline>,
    /// The known outages, by id.
    pub outages: Vec<OutageTimeline>,
    /// Load against the capacity that is left, for the tightest services, most urgent first. Empty
    /// when nothing limits any, or the estate is too large for it.
    pub capacity: Vec<CapacityTimeline>,
}

/// One service over the horizon: impact is what the base state does to it, risk what one further
/// failure would.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceTimeline {
    /// The service.
    pub service: NodeId,
    /// Its status hour by hour, all hours covered. At-risk has its most urgent cause: `Peak` here
    /// means that this same state harms it in a later hour of the horizon.
    pub status: Vec<Span<(Status, Option<Cause>)>>,
    /// Hours in which the base state leaves it degraded or down.
    pub impact: Vec<Span<Impact>>,
    /// Hours in which some single failure would leave it worse off, with how many would.
    pub risk: Vec<Span<u32>>,
    /// The first such hour, and the failure that does worst in it (then the smallest id).
    pub first_risk: Option<Risk>,
    /// Growth of all demand until the base state harms it in some hour.
    pub growth_n0: GrowthLeft,
    /// Growth of all demand until some single failure harms it in some hour.
    pub growth_n1: GrowthLeft,
}

impl TimelineOutcome {
    /// For a policy that asks for survival, by its index: the order that is looked at (0, or 1 for 1 and more), the
    /// first hour in which one of its services does not survive that and nobody has accepted it, and the service
    /// with least growth left.
    #[must_use]
    pub fn policy(
        &self,
        scenario: &Scenario,
        horizon: &Horizon,
        index: usize,
    ) -> Option<(u32, Option<u32>, Option<&ServiceTimeline>)> {
        let policy = &scenario.policies[index];
        let order = policy.survives?.min(1);
        let mine = || {
            let all = self.services.iter();
            all.filter(|s| policy.services.contains(&s.service))
        };
        let left = |s: &ServiceTimeline| match s.growth(order) {
            GrowthLeft::Unlimited => None,
            GrowthLeft::Never(_) => Some(f64::NEG_INFINITY),
            GrowthLeft::Left(tightest) => Some(tightest.growth),
        };
        let limited = mine().filter_map(|s| Some((left(s)?, s)));
        let tightest = limited.min_by(|a, b| a.0.total_cmp(&b.0));
        let until = self.breached_from((scenario, horizon), index, order);
        Some((order, until, tightest.map(|(_, s)| s)))
    }
}

impl ServiceTimeline {
    /// The first hour in which the base state harms it.
    #[must_use]
    pub fn first_impact(&self) -> Option<u32> {
        self.impact.first().map(|i| i.from)
    }

    /// The first failure that would harm it, if that is before the base state does.
    #[must_use]
    pub fn risk_before_impact(&self) -> Option<Risk> {
        let first_impact = self.first_impact();
        self.first_risk
            .filter(|r| first_impact.is_none_or(|i| r.hour < i))
    }

    /// The first hour in which it does not survive that many failures: none, or one and more.
    #[must_use]
    pub fn holds_until(&self, order: u32) -> Option<u32> {
        let risk = self.risk_before_impact().filter(|_| order > 0);
        risk.map(|r| r.hour).or(self.first_impact())
    }

    /// Growth of all demand until it does not survive that many failures: none, or one and more.
    #[must_use]
    pub fn growth(&self, order: u32) -> GrowthLeft {
        if order == 0 {
            self.growth_n0
        } else {
            self.growth_n1
        }
    }
}

/// One service: what is asked of it, and what it could be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityTimeline {
    /// The service.
    pub service: NodeId,
    /// The tightest hours of each stretch of days, by time: that in which the load is the greatest part
    /// of what can be carried in the base state, and that in which it is so after a single failure.
    pub points: Vec<CapacityPoint>,
}

/// One hour of one service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CapacityPoint {
    /// The hour, counted from the start of the horizon.
    pub hour: u32,
    /// What is asked of it, in its unit.
    pub demand: f64,
    /// What it could be asked for in the base state, if all demand grew alike.
    pub n0: Carried,
    /// The same after the single failure that leaves least.
    pub n1: Carried,
    /// That failure; `None` when none leaves less than the base state.
    pub failure: Option<NodeId>,
}

/// How much demand can be carried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Carried {
    /// It does not work.
    Nothing,
    /// So much, in the unit of the service.
    UpTo(f64),
    /// Nothing that its load reaches has a limit, or it asks for nothing.
    Unlimited,
}

/// Harm by the base state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impact {
    /// Degraded or down.
    pub status: Status,
    /// The least that is delivered in these hours, 0..1.
    pub delivered: f64,
}

/// A single failure that harms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Risk {
    /// In this hour.
    pub hour: u32,
    /// When this fails.
    pub element: NodeId,
    /// It leaves the service like this.
    pub leads_to: Status,
}

/// By how much all demand can grow, in every hour alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GrowthLeft {
    /// Nothing limits it.
    Unlimited,
    /// It stops working whatever the load: the base state (`None`) or this failure takes it down.
    Never(Option<NodeId>),
    /// So much.
    Left(Tightest),
}

/// What sets the growth that is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tightest {
    /// 0.15 = 15 %; negative when it is too much already.
    pub growth: f64,
    /// In this hour.
    pub hour: u32,
    /// At this node.
    pub limit: NodeId,
    /// When this has failed.
    pub failure: Option<NodeId>,
}

/// One element that fails, hour by hour.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureTimeline {
    /// What fails.
    pub element: NodeId,
    /// The services it leaves worse off than the base state does, in a worse status or with less; by id.
    pub services: Vec<Harm>,
    /// Hours in which it leaves no service worse off: it can be taken out.
    pub safe_hours: u32,
    /// The longest stretch of such hours, the first of several.
    pub longest_safe: Option<Span<()>>,
}

/// What one failure does to one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Harm {
    /// The service.
    pub service: NodeId,
    /// Hours in which it is degraded and, because of it, worse off than with nothing more failed.
    pub hours_degraded: u32,
    /// Hours in which it is down because of it.
    pub hours_down: u32,
    /// The least that is delivered in those hours, 0..1.
    pub least_delivered: f64,
    /// Those hours, at most [`MOST_SPANS`].
    pub spans: Vec<Span<Status>>,
    /// How many spans there are, also when the list is cut.
    pub span_count: u64,
}

/// Spans that are kept of each failure and service.
pub const MOST_SPANS: usize = 1000;

/// A known outage: when it hurts, and until when it must be repaired.
#[derive(Clone, Debug, PartialEq)]
pub struct OutageTimeline {
    /// What is out.
    pub element: NodeId,
    /// The first hour in which it harms: some service is harmed, and putting this back would help,
    /// or this alone would harm it. `None`: in no hour of the horizon.
    pub first_impact: Option<u32>,
    /// The services harmed in that hour.
    pub services: Vec<NodeId>,
    /// How long the repair takes, hours; `None` when nobody says.
    pub repair_hours: Option<f64>,
    /// When the repair must start at the latest. `None` without an impact or a repair time.
    pub restore_by: Option<Millis>,
}
