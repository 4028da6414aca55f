//! What a network planner asks of a sweep: the load of every link in the base state and in its
//! worst contingency, and how much demand is cut off or squeezed by the network.
//!
//! In: a study with flows over networks, an order. Out: a [`NetworkSweep`], or nothing when no flow
//! crosses a network or would. Every contingency of order 1 is evaluated, and of order 2 when there
//! are at most [`MOST_PAIRS`]; how many were is part of the answer. The same for any number of
//! threads. What is lost is counted by unit: demands of unlike units are never added.

mod busy;
mod context;
mod plan;
#[cfg(test)]
mod tests;
mod worst;

pub use worst::MOST_WORST;

use self::busy::ChangedLinks;
use self::context::{LinkContext, Worker};
use self::plan::Plan;
use self::worst::{Found, Lane, WorstForNetwork};
use super::Watch;
use super::attribution::{Attribution, Crossing};
use super::lanes::CaseLanes;
use super::network::{
    NetworkCase, NetworkDemand, NetworkLoss, NetworkSweep, NetworkWorst, NotFollowed,
};
use super::outcome::finite;
use super::parallel::for_chunks;
use super::status;
use super::study::Study;
use super::sweep::{combinations, cost};
use crate::engine::{Ix, Scratch};
use crate::model::NodeId;

/// More pairs than this are not evaluated.
pub const MOST_PAIRS: u64 = 1_000_000;
/// First elements that one thread takes at a time.
const BLOCK: usize = 8;

/// Evaluates; `None` when no flow crosses a network or would.
pub(super) fn links(study: &Study<'_>, order: u32, watch: &dyn Watch) -> Option<NetworkSweep> {
    let sys = study.compiled();
    if !Crossing::is_any(sys) {
        return None;
    }
    let elements = status::further_elements(study, &study.scenario().down);
    let n = elements.len() as u64;
    let possible: Vec<u64> = (1..=order).map(|k| combinations(n, k)).collect();
    let mut evaluated = vec![0; possible.len()];
    let mut cases = Vec::new();
    let crossing = Crossing::new(sys);
    let (units, unit_of) = units(study, &crossing);
    for lanes in CaseLanes::all(study.scenario()) {
        let plan = Plan {
            study,
            lanes: &lanes,
            elements: &elements,
            crossing: &crossing,
            units: &units,
            unit_of: &unit_of,
            pairs: order > 1 && combinations(n, 2) <= MOST_PAIRS,
            watch,
        };
        let part = match lanes.len() {
            1 => plan.run::<1>(),
            2 => plan.run::<2>(),
            3 | 4 => plan.run::<4>(),
            _ => plan.run::<8>(),
        };
        for (all, part) in evaluated.iter_mut().zip(part.0) {
            *all = part;
        }
        cases.extend(part.1);
    }
    let counts = (1u32..).zip(evaluated.iter().copied());
    Some(NetworkSweep {
        evaluated: counts.map(|(k, n)| (k.to_string(), n)).collect(),
        reason: not_followed(&possible, &evaluated),
        cases,
    })
}

/// Why some of the possible contingencies of each order were not evaluated.
fn not_followed(possible: &[u64], evaluated: &[u64]) -> Option<NotFollowed> {
    let short = (0..possible.len()).find(|&k| evaluated[k] < possible[k])?;
    let pairs = possible.get(1).copied().unwrap_or(0);
    Some(match short {
        1 if pairs > MOST_PAIRS => NotFollowed::ManyPairs(pairs),
        0 | 1 => NotFollowed::Ended,
        _ => NotFollowed::BeyondPairs,
    })
}

/// Units of the services that use a network, in order, and which of them each service has.
fn units(study: &Study<'_>, crossing: &Crossing) -> (Vec<Option<Box<str>>>, Vec<Option<usize>>) {
    let services = || study.compiled().services().zip(study.system().services());
    let unit = |v: NodeId| study.system().node(v).unit.clone();
    let uses = |v: Ix| crossing.over[v.index()];
    let mut units: Vec<Option<Box<str>>> = services()
        .filter(|(v, _)| uses(*v))
        .map(|(_, &service)| unit(service))
        .collect();
    units.sort_unstable();
    units.dedup();
    let number = |service: NodeId| units.binary_search(&unit(service)).ok();
    let of = services().map(|(v, &service)| number(service).filter(|_| uses(v)));
    let of = of.collect();
    (units, of)
}

impl Plan<'_> {
    fn run<const L: usize>(&self) -> ([u64; 2], Vec<NetworkCase>) {
        let demand = self.lanes.demand(self.study.scenario());
        let base = self.study.base::<L>(&[], &demand);
        let context = LinkContext::new(self, &base);
        let worker = || Worker {
            scratch: Scratch::new(&base),
            attribution: Attribution::new(base.system().len()),
            changed: ChangedLinks::new(context.links.len()),
            found: self.nothing(&context),
        };
        let work = |worker: &mut Worker<'_, L>, firsts| self.block(&context, worker, firsts);
        let mut all = self.nothing(&context);
        let needs = cost::links(self.study, &base, context.bytes());
        let most = if self.watch.allows(needs) {
            self.elements.len()
        } else {
            0
        };
        let done = for_chunks(most, BLOCK, self.watch, worker, work);
        for Worker { found, .. } in done.workers {
            for (all, more) in all.evaluated.iter_mut().zip(found.evaluated) {
                *all += more;
            }
            for (all, more) in all.lanes.iter_mut().zip(found.lanes) {
                all.merge(more);
            }
        }
        let cases = all.lanes.into_iter().enumerate();
        let cases = cases.map(|(l, lane)| self.case(&context, l, lane));
        (all.evaluated, cases.collect())
    }

    fn nothing<const L: usize>(&self, context: &LinkContext<'_, L>) -> Found {
        let lane = Lane {
            worst_of_link: vec![None; context.links.len()],
            worst: Vec::new(),
        };
        Found {
            evaluated: [0; 2],
            lanes: vec![lane; self.lanes.asked().len()],
        }
    }

    /// The contingencies that begin with one of `firsts`.
    fn block<const L: usize>(
        &self,
        context: &LinkContext<'_, L>,
        worker: &mut Worker<'_, L>,
        firsts: std::ops::Range<usize>,
    ) {
        let at = |i: usize| self.study.compiled().ix(self.elements[i]);
        for a in firsts {
            if self.watch.stop() {
                break;
            }
            let outer = worker.scratch.mark();
            worker.scratch.fail(at(a));
            context.look(worker, outer, &[self.elements[a]]);
            for b in (a + 1..self.elements.len()).filter(|_| self.pairs) {
                let mark = worker.scratch.mark();
                worker.scratch.fail(at(b));
                let both = [self.elements[a], self.elements[b]];
                context.look(worker, mark, &both);
                worker.scratch.undo(mark);
            }
            worker.scratch.undo(outer);
        }
    }

    fn case<const L: usize>(
        &self,
        context: &LinkContext<'_, L>,
        l: usize,
        lane: Lane,
    ) -> NetworkCase {
        let links = context.links.iter().zip(lane.worst_of_link);
        let base = self.lost(&context.state[l]);
        NetworkCase {
            load_case: self.lanes.asked()[l],
            demand: base
                .zip(&context.demand[l])
                .map(|(lost, &demand)| NetworkDemand {
                    unit: lost.unit,
                    demand,
                    disconnected: lost.disconnected,
                    congested: lost.congested,
                })
                .collect(),
            links: links
                .map(|(&v, worst)| context.link_use(v, l, worst))
                .collect(),
            worst: lane.worst.iter().map(|w| self.worst(w)).collect(),
        }
    }

    fn worst(&self, worst: &WorstForNetwork) -> NetworkWorst {
        NetworkWorst {
            elements: worst.elements.clone(),
            lost: self.lost(worst).collect(),
            busiest: worst.busiest.map(|(link, _)| link),
            utilization: worst.busiest.and_then(|(_, used)| finite(used)),
        }
    }

    /// What is lost, by unit.
    fn lost(&self, state: &WorstForNetwork) -> impl Iterator<Item = NetworkLoss> {
        let lost = self.units.iter().zip(&state.lost);
        lost.map(|(unit, lost)| NetworkLoss {
            unit: unit.as_deref().map(str::to_owned),
            disconnected: lost.disconnected,
            congested: lost.congested,
        })
    }
}
