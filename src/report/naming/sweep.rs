//! A sweep with names on.

use super::Naming;
use super::resolve::Resolve;
use crate::analysis::finite;
use crate::analysis::{self, SweepOutcome};
use crate::model::Status;
use crate::report::document::{
    BaseState, Cascade, LeastHeadroom, OrderCount, Selection, ServiceSweep, Sweep,
};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Which minimal sets of a service at a load case are listed: the first in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetsListed {
    /// So many.
    pub most: usize,
    /// And every single failure, however many there are.
    pub every_single: bool,
}

impl SetsListed {
    /// All.
    pub const ALL: Self = Self {
        most: usize::MAX,
        every_single: false,
    };

    /// So many and no more.
    #[must_use]
    pub fn up_to(most: usize) -> Self {
        Self {
            most,
            every_single: false,
        }
    }

    /// How many of those of a service.
    fn of(self, s: &analysis::ServiceSweep) -> usize {
        let singles = s.minimal.iter().take_while(|m| m.elements.len() == 1);
        if self.every_single {
            self.most.max(singles.count())
        } else {
            self.most
        }
    }
}

impl Naming<'_> {
    /// A sweep; `reason` says why an incomplete one ended early.
    #[must_use]
    pub fn sweep(self, sweep: &SweepOutcome, reason: &str) -> Sweep {
        self.sweep_listing(sweep, reason, SetsListed::ALL)
    }

    /// The same with some minimal sets of each service; `minimal_count` counts all.
    #[must_use]
    pub fn sweep_listing(self, sweep: &SweepOutcome, reason: &str, listed: SetsListed) -> Sweep {
        let services = sweep.services.iter();
        self.sweep_of(
            sweep,
            reason,
            services
                .map(|s| self.swept(sweep, s, listed.of(s)))
                .collect(),
        )
    }

    /// The same with services that get their names while they are written: there may be millions of
    /// minimal sets.
    #[must_use]
    pub fn sweep_rows<'s>(self, sweep: &'s SweepOutcome, reason: &str) -> Sweep<Rows<'s>>
    where
        Self: 's,
    {
        self.sweep_of(
            sweep,
            reason,
            Rows {
                naming: self,
                sweep,
            },
        )
    }

    /// Which elements may fail further, where others that can fail may not.
    #[must_use]
    pub fn selection(self) -> Option<Selection> {
        let down = &self.scenario.down;
        let further = self.scenario.sweep.elements.iter();
        let elements = further.filter(|e| !down.contains(e)).count() as u64;
        let left_out = self.left_out(elements);
        (left_out > 0).then_some(Selection { elements, left_out })
    }

    /// How many others than so many elements can fail and are not out.
    fn left_out(self, elements: u64) -> u64 {
        let all = self.system.iter().filter(|(_, n)| n.can_fail()).count();
        let down = self.scenario.down.len();
        (all as u64).saturating_sub(elements + down as u64)
    }

    fn sweep_of<S>(self, sweep: &SweepOutcome, reason: &str, services: S) -> Sweep<S> {
        let complete = sweep.is_complete();
        let by_order = |counts: &[u64]| (1..).map(order_key).zip(counts.iter().copied()).collect();
        Sweep {
            elements: sweep.elements,
            left_out: self.left_out(sweep.elements),
            down: self.ids(&self.scenario.down),
            contingencies: by_order(&sweep.possible),
            accounted: by_order(&sweep.accounted),
            complete,
            reason: (!complete).then(|| reason.to_owned()),
            services,
            cascades: sweep
                .cascades
                .listed
                .iter()
                .map(|c| self.cascade(c))
                .collect(),
            cascade_count: if self.may_trip() {
                by_order(&sweep.cascades.count)
            } else {
                BTreeMap::new()
            },
            stranded: sweep
                .stranded
                .listed
                .iter()
                .map(|s| self.stranded(s))
                .collect(),
            stranded_count: if self.system.placements().is_empty() {
                BTreeMap::new()
            } else {
                by_order(&sweep.stranded.count)
            },
            named: self.named(sweep),
            named_asked: Some(sweep.named_asked as u64).filter(|&of| of > 0),
            network: None,
        }
    }

    fn may_trip(self) -> bool {
        self.system.nodes().iter().any(|n| n.trips_at.is_some())
    }

    fn cascade(self, c: &analysis::Cascade) -> Cascade {
        Cascade {
            elements: self.ids(&c.elements),
            load_case: self.case(c.case),
            tripped: u64::from(c.tripped),
            rounds: u64::from(c.rounds),
            services: u64::from(c.services),
        }
    }

    fn swept(self, sweep: &SweepOutcome, s: &analysis::ServiceSweep, sets: usize) -> ServiceSweep {
        let first = s.base.findings.first();
        let at = self.system.services().binary_search(&s.service);
        let demand = at.map_or(s.base.demand, |at| {
            self.scenario.cases[s.case.index()].demand[at]
        });
        ServiceSweep {
            id: self.id(s.service),
            load_case: self.case(s.case),
            demand,
            base: BaseState {
                status: base_status(sweep, s.base.status),
                cause: first.map(|f| f.cause),
                witness: first.map(|f| f.witness.named(&self)),
                delivered: s.base.delivered,
                headroom: s.base.headroom.and_then(finite),
                limit: s.base.limit.map(|n| self.id(n)),
            },
            orders: orders(sweep, &s.orders),
            minimal: s
                .minimal
                .iter()
                .take(sets)
                .map(|m| m.named(&self))
                .collect(),
            minimal_count: s.minimal_count,
            worst: s.worst.clone().named(&self),
            least_headroom: s.least_headroom.as_ref().map(|l| LeastHeadroom {
                elements: self.ids(&l.elements),
                headroom: l.headroom,
                limit: Some(self.id(l.limit)),
            }),
        }
    }
}

/// Services of a sweep, one after the other, with names on.
#[derive(Clone, Copy)]
pub struct Rows<'s> {
    naming: Naming<'s>,
    sweep: &'s SweepOutcome,
}

impl Rows<'_> {
    /// Each service at each load case.
    pub fn iter(&self) -> impl Iterator<Item = ServiceSweep> + '_ {
        let services = self.sweep.services.iter();
        services.map(|s| self.naming.swept(self.sweep, s, usize::MAX))
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// The status of a service with nothing failed, if the sweep went far enough to tell: whose single failures were not all
/// looked at may be at-risk.
fn base_status(sweep: &SweepOutcome, status: Status) -> Option<Status> {
    let is_looked_for = sweep.accounted.first() == sweep.possible.first();
    (is_looked_for || status != Status::Ok).then_some(status)
}

fn order_key(order: usize) -> String {
    order.to_string()
}

fn orders(sweep: &SweepOutcome, counts: &[analysis::OrderCount]) -> BTreeMap<String, OrderCount> {
    let named = |(order, c): (usize, &analysis::OrderCount)| {
        let of = |all: &[u64]| all.get(order - 1).copied().unwrap_or(0);
        let known = of(&sweep.possible) == 0 || of(&sweep.accounted) > 0;
        let reason = || {
            if known {
                format!("needs order {}, which was not computed", order + 1)
            } else {
                format!("order {order} was not computed")
            }
        };
        let at_risk = c.at_risk.filter(|_| known);
        let count = OrderCount {
            down: known.then_some(c.down),
            degraded: known.then_some(c.degraded),
            at_risk,
            reason: at_risk.is_none().then(reason),
        };
        (order_key(order), count)
    };
    (1..).zip(counts).map(named).collect()
}
