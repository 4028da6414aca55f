//! What a network planner asks of a sweep: the load of every link in the base state and in its
//! worst contingency, and how much demand is cut off or squeezed.
//!
//! In: a study with flows over networks, an order. Out: a [`LinksOutcome`], or nothing when no flow
//! crosses a network. Every contingency of order 1 is evaluated, and of order 2 when there are at
//! most [`MOST_PAIRS`]; how many were is part of the answer. The same for any number of threads.

use super::Watch;
use super::elements::by_size;
use super::lanes::CaseLanes;
use super::status;
use super::study::Study;
use super::sweep::combinations;
use crate::engine::{Base, Ix, Mark, Part, Scratch};
use crate::model::{CaseId, NodeId};
use rayon::prelude::*;
use std::cmp::Ordering;

/// More pairs than this are not evaluated.
pub const MOST_PAIRS: u64 = 1_000_000;
/// How many of the worst contingencies are told.
pub const MOST_WORST: usize = 20;
/// First elements that one thread takes at a time.
const BLOCK: usize = 8;

/// Links and network demand over a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct LinksOutcome {
    /// `evaluated[k - 1]`: how many contingencies of order k were evaluated.
    pub evaluated: Vec<u64>,
    /// `possible[k - 1]`: how many there are, up to the order that was asked for.
    pub possible: Vec<u64>,
    /// Every load case, in order.
    pub cases: Vec<LinksCase>,
}

/// Links and network demand at one load case.
#[derive(Clone, Debug, PartialEq)]
pub struct LinksCase {
    /// The load case.
    pub case: CaseId,
    /// Demand of all services that use a network.
    pub demand: f64,
    /// What of it is lost in the base state.
    pub base: LostDemand,
    /// Every link that flows may cross, in order of id.
    pub links: Vec<LinkUse>,
    /// The contingencies that lose most, then those with the greatest utilization; at most
    /// [`MOST_WORST`].
    pub worst: Vec<WorstForNetwork>,
}

/// Demand that is not served.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LostDemand {
    /// Of services that do not work.
    pub disconnected: f64,
    /// Of services that work: what they do not deliver.
    pub congested: f64,
}

impl LostDemand {
    /// Both together.
    #[must_use]
    pub fn total(self) -> f64 {
        self.disconnected + self.congested
    }
}

/// One link.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkUse {
    /// The link.
    pub link: NodeId,
    /// Its capacity per direction after derating; infinite when unlimited.
    pub capacity: f64,
    /// Load in the base state, from its first end to its second and back.
    pub base: [f64; 2],
    /// The contingency that puts most load on it: greatest load of its busier direction, lowest
    /// order, elements. `None` when none puts more on it than the base state.
    pub worst: Option<(Vec<NodeId>, f64)>,
}

/// What one contingency does to a network.
#[derive(Clone, Debug, PartialEq)]
pub struct WorstForNetwork {
    /// Sorted.
    pub elements: Vec<NodeId>,
    /// What is lost in it.
    pub lost: LostDemand,
    /// The busiest link with a capacity above 0, and its utilization.
    pub busiest: Option<(NodeId, f64)>,
}

/// Load over capacity where that says something.
fn utilization(load: f64, capacity: f64) -> Option<f64> {
    (capacity > 0.0 && capacity < f64::INFINITY).then(|| load / capacity)
}

/// Evaluates; `None` when no flow crosses a network.
pub(super) fn links(study: &Study<'_>, order: u32, watch: &dyn Watch) -> Option<LinksOutcome> {
    if study.compiled().networks.is_empty() {
        return None;
    }
    let elements = status::further_elements(study, &study.scenario().down);
    let n = elements.len() as u64;
    let possible: Vec<u64> = (1..=order).map(|k| combinations(n, k)).collect();
    let mut evaluated = vec![0; possible.len()];
    let mut cases = Vec::new();
    for lanes in CaseLanes::all(study.scenario()) {
        let plan = Plan {
            study,
            lanes: &lanes,
            elements: &elements,
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
    Some(LinksOutcome {
        evaluated,
        possible,
        cases,
    })
}

struct Plan<'p> {
    study: &'p Study<'p>,
    lanes: &'p CaseLanes,
    elements: &'p [NodeId],
    pairs: bool,
    watch: &'p dyn Watch,
}

/// What does not change from one contingency to the next.
struct Ground<'g, const L: usize> {
    base: &'g Base<'g, L>,
    /// Every link of a routed network, by id.
    links: Vec<Ix>,
    /// Per node of the compiled system: its position in `links`.
    position: Vec<u32>,
    /// Per service: whether it uses a network.
    uses: Vec<bool>,
    /// Services that lose something in the base state.
    lossy: Vec<u32>,
}

/// What one block of contingencies found, per lane.
struct Found {
    evaluated: [u64; 2],
    lanes: Vec<Lane>,
}

#[derive(Clone)]
struct Lane {
    worst_of_link: Vec<Option<(Vec<NodeId>, f64)>>,
    worst: Vec<WorstForNetwork>,
}

impl Plan<'_> {
    fn run<const L: usize>(&self) -> ([u64; 2], Vec<LinksCase>) {
        let demand = self.lanes.demand(self.study.scenario());
        let base = self.study.base::<L>(&[], &demand);
        let ground = Ground::new(self.study, &base);
        let starts: Vec<usize> = (0..self.elements.len()).step_by(BLOCK).collect();
        let blocks: Vec<Found> = starts
            .par_iter()
            .map_init(
                || Scratch::new(&base),
                |scratch, &start| {
                    let end = (start + BLOCK).min(self.elements.len());
                    self.block(&ground, scratch, start..end)
                },
            )
            .collect();
        let mut all = self.nothing(&ground);
        for block in blocks {
            for (all, more) in all.evaluated.iter_mut().zip(block.evaluated) {
                *all += more;
            }
            for (all, more) in all.lanes.iter_mut().zip(block.lanes) {
                all.merge(more);
            }
        }
        let scratch = Scratch::new(&base);
        let cases = all.lanes.into_iter().enumerate();
        let cases = cases.map(|(l, lane)| self.case(&ground, &scratch, l, lane));
        (all.evaluated, cases.collect())
    }

    fn nothing<const L: usize>(&self, ground: &Ground<'_, L>) -> Found {
        let lane = Lane {
            worst_of_link: vec![None; ground.links.len()],
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
        ground: &Ground<'_, L>,
        scratch: &mut Scratch<'_, L>,
        firsts: std::ops::Range<usize>,
    ) -> Found {
        let mut found = self.nothing(ground);
        let at = |i: usize| self.study.compiled().ix(self.elements[i]);
        for a in firsts {
            if self.watch.stop() {
                break;
            }
            let outer = scratch.mark();
            scratch.fail(at(a));
            self.look(ground, scratch, outer, &[self.elements[a]], &mut found);
            for b in (a + 1..self.elements.len()).filter(|_| self.pairs) {
                let mark = scratch.mark();
                scratch.fail(at(b));
                let both = [self.elements[a], self.elements[b]];
                self.look(ground, scratch, mark, &both, &mut found);
                scratch.undo(mark);
            }
            scratch.undo(outer);
        }
        found
    }

    /// One contingency, the last failure of which came after `mark`. Links that it left alone
    /// carry what they carried before it, so a smaller contingency has told of them.
    fn look<const L: usize>(
        &self,
        ground: &Ground<'_, L>,
        scratch: &Scratch<'_, L>,
        mark: Mark,
        elements: &[NodeId],
        found: &mut Found,
    ) {
        found.evaluated[elements.len() - 1] += 1;
        let changed = scratch.load_before(mark).map(|(v, _)| v);
        for v in changed.filter(|v| ground.position[v.index()] != u32::MAX) {
            let position = ground.position[v.index()] as usize;
            for (l, lane) in found.lanes.iter_mut().enumerate() {
                let load = scratch.load(v)[l];
                if load > ground.base.load(v)[l] {
                    keep_larger(&mut lane.worst_of_link[position], load, elements);
                }
            }
        }
        if scratch.changed_services(mark).is_empty() && scratch.load_before(mark).len() == 0 {
            return;
        }
        for (l, lane) in found.lanes.iter_mut().enumerate() {
            lane.offer(WorstForNetwork {
                elements: elements.to_vec(),
                lost: ground.lost(scratch, l),
                busiest: ground.busiest(scratch, l),
            });
        }
    }

    fn case<const L: usize>(
        &self,
        ground: &Ground<'_, L>,
        scratch: &Scratch<'_, L>,
        l: usize,
        lane: Lane,
    ) -> LinksCase {
        let compiled = self.study.compiled();
        let links = ground.links.iter().zip(lane.worst_of_link);
        let demand = ground.base.demand().iter().zip(&ground.uses);
        LinksCase {
            case: self.lanes.asked()[l],
            demand: demand.filter(|(_, uses)| **uses).map(|(d, _)| d[l]).sum(),
            base: ground.lost(scratch, l),
            links: links
                .map(|(&v, worst)| LinkUse {
                    link: compiled.node(v),
                    capacity: ground.base.capacity()[v.index()],
                    base: scratch.load_both_ways(v).map(|load| load[l]),
                    worst,
                })
                .collect(),
            worst: lane.worst,
        }
    }
}

impl<'g, const L: usize> Ground<'g, L> {
    fn new(study: &Study<'_>, base: &'g Base<'g, L>) -> Self {
        let sys = base.system();
        let places = study.system().iter().map(|(v, _)| sys.ix(v));
        let links: Vec<Ix> = places
            .filter(|v| matches!(sys.part(v.0), Part::Link(..)))
            .collect();
        let mut position = vec![u32::MAX; sys.len()];
        for (i, v) in (0u32..).zip(&links) {
            position[v.index()] = i;
        }
        // Providers come before consumers, but for cycles, in which no flow is.
        let mut reaches = vec![false; sys.len()];
        for v in 0..sys.len() {
            let flow = matches!(sys.parts[v], Part::Flow(..) | Part::Still);
            let edges = sys.requirements[sys.requirements_of(v)]
                .iter()
                .flat_map(|r| &sys.edges[r.edges()]);
            reaches[v] = flow || edges.into_iter().any(|e| reaches[e.provider as usize]);
        }
        let uses = sys.services().map(|v| reaches[v.index()]).collect();
        let lossy = (0u32..)
            .zip(sys.services())
            .filter(|(_, v)| base.delivered(*v).iter().any(|&d| d < 1.0))
            .map(|(s, _)| s)
            .collect();
        Self {
            base,
            links,
            position,
            uses,
            lossy,
        }
    }

    /// Demand lost by services that use a network, added up in order of id. Only services that
    /// lose some in the base state, or that changed since, can add to it.
    fn lost(&self, scratch: &Scratch<'_, L>, l: usize) -> LostDemand {
        let changed = scratch.changed_services(Mark::default()).iter().copied();
        let mut services: Vec<u32> = changed.chain(self.lossy.iter().copied()).collect();
        services.sort_unstable();
        services.dedup();
        let mut lost = LostDemand::default();
        for s in services.into_iter().map(|s| s as usize) {
            let (v, demand) = (Ix(self.base.system().services[s]), self.base.demand()[s][l]);
            if !self.uses[s] {
                continue;
            }
            if scratch.works(v) {
                lost.congested += demand * (1.0 - scratch.delivered(v)[l]);
            } else {
                lost.disconnected += demand;
            }
        }
        lost
    }

    fn busiest(&self, scratch: &Scratch<'_, L>, l: usize) -> Option<(NodeId, f64)> {
        let mut most: Option<(Ix, f64)> = None;
        for &v in &self.links {
            let used = utilization(scratch.load(v)[l], self.base.capacity()[v.index()]);
            if let Some(used) = used.filter(|&u| most.is_none_or(|(_, m)| u > m)) {
                most = Some((v, used));
            }
        }
        most.map(|(v, used)| (self.base.system().node(v), used))
    }
}

fn keep_larger(worst: &mut Option<(Vec<NodeId>, f64)>, load: f64, elements: &[NodeId]) {
    let wins = worst.as_ref().is_none_or(|(known, most)| {
        let order = load.total_cmp(most).reverse();
        order.then_with(|| by_size(elements, known)).is_lt()
    });
    if wins {
        *worst = Some((elements.to_vec(), load));
    }
}

impl WorstForNetwork {
    /// Worst first.
    fn order(&self, other: &Self) -> Ordering {
        let used = |w: &Self| w.busiest.map_or(0.0, |(_, used)| used);
        (other.lost.total().total_cmp(&self.lost.total()))
            .then(used(other).total_cmp(&used(self)))
            .then_with(|| by_size(&self.elements, &other.elements))
    }
}

impl Lane {
    fn offer(&mut self, worst: WorstForNetwork) {
        let at = self.worst.partition_point(|w| w.order(&worst).is_lt());
        if at < MOST_WORST {
            self.worst.insert(at, worst);
            self.worst.truncate(MOST_WORST);
        }
    }

    fn merge(&mut self, other: Self) {
        for (mine, other) in self.worst_of_link.iter_mut().zip(other.worst_of_link) {
            if let Some((elements, load)) = other {
                keep_larger(mine, load, &elements);
            }
        }
        for worst in other.worst {
            self.offer(worst);
        }
    }
}
