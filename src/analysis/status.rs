//! Status of every service in one state, with cause and witness.
//!
//! In: a study, what has failed, a load case. Out: a [`StateOutcome`]. A service that delivers in
//! full is at risk when the peak, a further element or a thin headroom says so; every cause that
//! holds is named, the most urgent first.

use super::alike::Alike;
use super::lanes::CaseLanes;
use super::placement;
use super::study::Study;
use super::{DirectionLoad, FirstTrip, StateOutcome, Tiers, Tripped, finite};
use crate::engine::{Base, Ix, Limit, Reach, Scratch, Trip, utilization};
use crate::model::{Cause, Finding, NodeId, Role, ServiceOutcome, Status, Witness};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Headroom is compared with this much tolerance.
pub(super) const HEADROOM_TOLERANCE: f64 = 1e-9;

/// Whether a headroom is less than what was asked for.
pub(super) fn is_thin(headroom: Option<f64>, asked: Option<f64>) -> bool {
    matches!((headroom, asked), (Some(h), Some(a)) if h < a - HEADROOM_TOLERANCE)
}

/// Status of the s-th service in lane l, by itself: never at-risk.
pub(super) fn own_status<const L: usize>(scratch: &Scratch<'_, L>, s: usize, l: usize) -> Status {
    let state = scratch.lane(l);
    let base = state.base();
    let v = Ix(base.system().services[s]);
    Status::of(state.works(v), base.demand()[s][l], state.delivered(v)[l])
}

/// The same in a base state.
pub(super) fn own_status_of_base<const L: usize>(base: &Base<'_, L>, s: usize, l: usize) -> Status {
    let v = Ix(base.system().services[s]);
    let state = base.lane(l);
    Status::of(state.works(v), base.demand()[s][l], state.delivered(v)[l])
}

/// Fraction of its demand that a service gets in a lane.
pub(super) fn own_delivered<const L: usize>(scratch: &Scratch<'_, L>, s: usize, l: usize) -> f64 {
    let v = Ix(scratch.base().system().services[s]);
    scratch.lane(l).delivered(v)[l]
}

/// The same in a base state.
pub(super) fn own_delivered_of_base<const L: usize>(base: &Base<'_, L>, s: usize, l: usize) -> f64 {
    let v = Ix(base.system().services[s]);
    base.lane(l).delivered(v)[l]
}

/// One state, in full.
pub(super) fn state<const L: usize>(
    study: &Study<'_>,
    failed: &[NodeId],
    lanes: &CaseLanes,
) -> StateOutcome {
    let base = study.base::<L>(failed, &lanes.demand(study.scenario()));
    let down = all_down(study, failed);
    let further = further_elements(study, &down);
    let places: Vec<Ix> = further.iter().map(|&v| study.compiled().ix(v)).collect();
    let alike = Alike::of(&base, &places);
    let next = next_failures(&base, lanes, (&further, &alike));
    outcome(study, &base, lanes, down, &next)
}

/// The same from dark: what could not be started does not work, nor what could not be with a further
/// element.
pub(super) fn state_from_dark<const L: usize>(
    study: &Study<'_>,
    failed: &[NodeId],
    lanes: &CaseLanes,
) -> StateOutcome {
    let demand = lanes.demand(study.scenario());
    let warm = study.base::<L>(failed, &demand);
    let mut scratch = Scratch::new(&warm);
    let mark = scratch.mark();
    scratch.darken();
    let unstarted = scratch.stopped(mark).map(|v| study.compiled().node(v));
    let stopped: Vec<NodeId> = unstarted.chain(failed.iter().copied()).collect();
    let base = study.base::<L>(&stopped, &demand);
    let down = all_down(study, failed);
    let further = further_elements(study, &down);
    let places: Vec<Ix> = further.iter().map(|&v| study.compiled().ix(v)).collect();
    let open = Open {
        from_dark: true,
        ..Open::of(&base, lanes.asked().len())
    };
    let next = next_of(&base, lanes, (&further, &Alike::each(&places)), open);
    outcome(study, &base, lanes, down, &next)
}

/// The known outages and what has failed beside them, sorted.
fn all_down(study: &Study<'_>, failed: &[NodeId]) -> Vec<NodeId> {
    let mut down: Vec<NodeId> = study
        .scenario()
        .down
        .iter()
        .chain(failed)
        .copied()
        .collect();
    down.sort_unstable();
    down.dedup();
    down
}

/// A state in which `down` is out, at the first of the lanes.
fn outcome<const L: usize>(
    study: &Study<'_>,
    base: &Base<'_, L>,
    lanes: &CaseLanes,
    down: Vec<NodeId>,
    next: &[Vec<Next>],
) -> StateOutcome {
    let services = services(study, base, lanes, next).swap_remove(0);
    let places = || study.system().iter().map(|(v, _)| study.compiled().ix(v));
    let end = base.lane(0);
    let unplaced = placement::unplaced(study, end);
    StateOutcome {
        case: lanes.asked()[0],
        works: places().map(|v| end.works(v)).collect(),
        load: places().map(|v| end.load(v)[0]).collect(),
        delivered: places().map(|v| end.delivered(v)[0]).collect(),
        capacity: places().map(|v| busier(end, v).1).collect(),
        carried: places().map(|v| busier(end, v).0).collect(),
        constant: places().map(|v| busier(end, v).2).collect(),
        both_ways: both_ways(study, end),
        tiers: tiers(study, end),
        moved: placement::moved(study, end),
        unplaced: unplaced.iter().map(|u| u.0).collect(),
        lacks: unplaced.iter().map(|u| (u.1, u.2)).collect(),
        runs: placement::runs(study, end),
        tripped: tripped(study, base.tripped(0)),
        first_trip: base.first_trip(0).map(|(v, growth)| FirstTrip {
            id: study.compiled().node(v),
            growth,
        }),
        down,
        services,
    }
}

/// Who tripped, by round, then by id.
pub(super) fn tripped(study: &Study<'_>, trips: &[Trip]) -> Vec<Tripped> {
    let tripped = trips.iter().map(|trip| Tripped {
        id: study.compiled().node(trip.node),
        round: trip.round,
        load: finite(trip.load),
        trips_above: trip.most,
    });
    let mut tripped: Vec<Tripped> = tripped.collect();
    tripped.sort_unstable_by_key(|t| (t.round, t.id));
    tripped
}

/// What each tier gets, in the first lane; nothing where there is one.
fn tiers<const L: usize>(study: &Study<'_>, base: &Base<'_, L>) -> Option<Tiers> {
    let compiled = study.compiled();
    let count = compiled.tiers();
    let nodes = || study.system().iter().map(|(v, _)| compiled.ix(v));
    let of_tier = |tier: usize| nodes().map(move |v| compiled.in_tier(v, tier));
    (count > 1).then(|| Tiers {
        of_node: nodes().map(|v| compiled.tier_of(v)).collect(),
        delivered: (0..count)
            .map(|t| {
                of_tier(t)
                    .map(|v| base.values.delivered[v.index()][0])
                    .collect()
            })
            .collect(),
        own: (0..count)
            .map(|t| of_tier(t).map(|v| base.own_at(v)[0]).collect())
            .collect(),
        load: (0..count)
            .map(|t| of_tier(t).map(|v| base.values.load[v.index()][0]).collect())
            .collect(),
    })
}

/// What both directions carry of each link that is asked for more than it can carry in one of them.
fn both_ways<const L: usize>(
    study: &Study<'_>,
    base: &Base<'_, L>,
) -> BTreeMap<NodeId, [DirectionLoad; 2]> {
    let all = study.system().iter();
    let links = all.filter(|(_, node)| matches!(node.role, Role::Link(_)));
    let carried = links.map(|(link, _)| {
        let v = study.compiled().ix(link);
        let capacity = base.capacity_both_ways(v);
        let load = base.load_both_ways(v).map(|load| load[0]);
        let constant = base.constant_both_ways(v).map(|load| load[0]);
        let towards = std::array::from_fn(|way| DirectionLoad {
            load: load[way],
            capacity: capacity[way],
            constant: constant[way],
        });
        (link, towards)
    });
    carried
        .filter(|(_, towards)| towards.iter().any(|c| c.served() < 1.0))
        .collect()
}

/// Load and capacity of a node, and what of the load is drawn whatever the demand; of a link in the
/// direction that is used more.
fn busier<const L: usize>(base: &Base<'_, L>, v: Ix) -> (f64, f64, f64) {
    let [there, back] = base.capacity_both_ways(v);
    let [load, load_back] = base.load_both_ways(v).map(|load| load[0]);
    let [drawn, drawn_back] = base.constant_both_ways(v).map(|load| load[0]);
    let (there, back) = ((load, there, drawn), (load_back, back, drawn_back));
    let order = utilization(there.0, there.1).total_cmp(&utilization(back.0, back.1));
    // The larger load if both are used alike, as where nothing limits them.
    if order.then(there.0.total_cmp(&back.0)).is_ge() {
        there
    } else {
        back
    }
}

/// The elements of the scenario's sweep that are not among `down`, which is sorted.
pub(super) fn further_elements(study: &Study<'_>, down: &[NodeId]) -> Vec<NodeId> {
    let elements = study.scenario().sweep.elements.iter().copied();
    elements
        .filter(|e| down.binary_search(e).is_err())
        .collect()
}

/// The worst that a further element does to a service, and the first element that does it.
pub(super) type Next = Option<(Status, NodeId)>;

/// Every service in the state of `base`, for each lane that was asked about, by lane and service;
/// so is `next`.
pub(super) fn services<const L: usize>(
    study: &Study<'_>,
    base: &Base<'_, L>,
    lanes: &CaseLanes,
    next: &[Vec<Next>],
) -> Vec<Vec<ServiceOutcome>> {
    let scratch = Scratch::new(base);
    let ids = study.system().services();
    let mut out = vec![Vec::with_capacity(ids.len()); lanes.asked().len()];
    let mut reach = Reach::new();
    let mut view = reach.at_base(base);
    for (s, &service) in ids.iter().enumerate() {
        let limits = view.limits(s);
        for (l, out) in out.iter_mut().enumerate() {
            let one = One {
                study,
                scratch: &scratch,
                lanes,
                s,
                l,
            };
            out.push(one.outcome(service, limits[l], next[l][s]));
        }
    }
    out
}

/// Elements that a thread fails, one after the other, before it looks whether more can matter.
const AT_A_TIME: usize = 64;

/// The worst that one further element does to each service that delivers in full: per lane, per
/// service; nothing for the others, which are not at risk. Elements come in order of id, so the first
/// of the worst has the smallest id.
pub(super) fn next_failures<const L: usize>(
    base: &Base<'_, L>,
    lanes: &CaseLanes,
    elements: (&[NodeId], &Alike),
) -> Vec<Vec<Next>> {
    let open = Open::of(base, lanes.asked().len());
    next_of(base, lanes, elements, open)
}

/// The same, of the services that are open.
fn next_of<const L: usize>(
    base: &Base<'_, L>,
    lanes: &CaseLanes,
    (further, alike): (&[NodeId], &Alike),
    mut open: Open,
) -> Vec<Vec<Next>> {
    let services = base.demand().len();
    let mut worst = vec![vec![None; services]; lanes.asked().len()];
    let firsts = alike.firsts();
    let run = AT_A_TIME * rayon::current_num_threads();
    for failures in firsts.chunks(run) {
        if open.is_empty() {
            break;
        }
        let parts: Vec<Vec<Harm>> = failures
            .par_chunks(AT_A_TIME)
            .map_init(
                || Scratch::new(base),
                |scratch, part| open.harms(scratch, further, part),
            )
            .collect();
        for Harm { s, l, status, by } in parts.into_iter().flatten() {
            let worst: &mut Next = &mut worst[l][s];
            if worst.is_none_or(|(w, _)| status > w) {
                *worst = Some((status, by));
                open.close(s, l, status);
            }
        }
    }
    worst
}

/// What an element does to a service in a lane.
struct Harm {
    s: usize,
    l: usize,
    status: Status,
    by: NodeId,
}

/// Services that deliver in full and of which the worst may still be to come.
struct Open {
    lanes: usize,
    /// By service, then lane.
    is: Vec<bool>,
    count: usize,
    /// Whether what could not be started with an element failed is stopped as well.
    from_dark: bool,
}

impl Open {
    fn of<const L: usize>(base: &Base<'_, L>, lanes: usize) -> Self {
        let scratch_free = |i: usize| own_status_of_base(base, i / lanes, i % lanes) == Status::Ok;
        let services = base.system().services.len();
        let is: Vec<bool> = (0..services * lanes).map(scratch_free).collect();
        Self {
            lanes,
            count: is.iter().filter(|&&is| is).count(),
            is,
            from_dark: false,
        }
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Nothing is worse than down.
    fn close(&mut self, s: usize, l: usize, status: Status) {
        let is = &mut self.is[s * self.lanes + l];
        if *is && status == Status::Down {
            *is = false;
            self.count -= 1;
        }
    }

    /// What each failure does to what is open, in order; of each the first of `further` that does it
    /// is given.
    fn harms<const L: usize>(
        &self,
        scratch: &mut Scratch<'_, L>,
        further: &[NodeId],
        failures: &[(u32, Ix)],
    ) -> Vec<Harm> {
        let mut harms = Vec::new();
        let mark = scratch.mark();
        for &(first, place) in failures {
            let by = further[first as usize];
            scratch.fail(place);
            if self.from_dark {
                scratch.darken();
            }
            for &s in scratch.changed_services(mark) {
                let s = s as usize;
                for l in (0..self.lanes).filter(|l| self.is[s * self.lanes + l]) {
                    let status = own_status(scratch, s, l);
                    if status.is_harm() {
                        harms.push(Harm { s, l, status, by });
                    }
                }
            }
            scratch.undo(mark);
        }
        harms
    }
}

/// One service in one lane of one state.
struct One<'v, const L: usize> {
    study: &'v Study<'v>,
    scratch: &'v Scratch<'v, L>,
    lanes: &'v CaseLanes,
    s: usize,
    l: usize,
}

impl<const L: usize> One<'_, L> {
    fn outcome(&self, service: NodeId, limit: Option<Limit>, next: Next) -> ServiceOutcome {
        let compiled = self.study.compiled();
        let own = own_status(self.scratch, self.s, self.l);
        let headroom = limit.map(|limit| limit.headroom());
        let limit = limit.map(|limit| compiled.node(limit.node));
        let findings = match own {
            Status::Ok => self.findings(next, headroom, limit),
            _ => Vec::new(),
        };
        ServiceOutcome {
            service,
            status: if findings.is_empty() {
                own
            } else {
                Status::AtRisk
            },
            findings,
            demand: self.scratch.base().demand()[self.s][self.l],
            delivered: self.scratch.lane(self.l).delivered(compiled.ix(service))[self.l],
            headroom,
            limit,
        }
    }

    fn findings(&self, next: Next, headroom: Option<f64>, limit: Option<NodeId>) -> Vec<Finding> {
        let finding = |cause, witness, leads_to| Finding {
            cause,
            witness,
            leads_to,
        };
        let peak = self.lanes.peak_from(self.l).and_then(|(lane, case)| {
            let status = own_status(self.scratch, self.s, lane);
            status
                .is_harm()
                .then(|| finding(Cause::Peak, Witness::Case(case), status))
        });
        let redundancy = next
            .map(|(status, element)| finding(Cause::Redundancy, Witness::Element(element), status));
        let thin = is_thin(headroom, self.study.scenario().headroom);
        let headroom = limit
            .filter(|_| thin)
            .map(|node| finding(Cause::Headroom, Witness::Limit(node), Status::AtRisk));
        peak.into_iter().chain(redundancy).chain(headroom).collect()
    }
}
