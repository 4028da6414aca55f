//! How much all demand can grow: the least headroom of each service over all hours, in the base
//! state and under every single failure.
//!
//! Headroom falls as demand grows, so the headroom at the greatest demands of a block is below that
//! of each of its hours: a block is opened only for services whose least headroom so far is above
//! it. A failure matters to a service only if it changes the load of a node that the service needs,
//! so that the node is tighter than what limits the service so far, or if it stops a node that the
//! service needs. Hours and failures that could set the answer are evaluated; the others could not.
//!
//! Growth ends where a service gets less than all or something that it needs trips, so it is that of
//! states in which nothing has tripped yet.

use super::blocks::{Block, LANES};
use super::outcome::{GrowthLeft, Tightest};
use super::task::Task;
use crate::engine::{Base, Ix, Limit, Mark, Reach, Scratch};
use crate::model::{NodeId, Role, System};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Blocks that are evaluated before the bounds are drawn tighter.
const BATCH: usize = 32;
/// Growths that differ by less are the same.
const SAME: f64 = 1e-12;
/// How often the most promising failure of each service is tried at its peak.
const PROBES: usize = 3;

/// Growth left: in the base state, and under every single failure.
pub(super) struct Growth {
    pub n0: Vec<GrowthLeft>,
    pub n1: Vec<GrowthLeft>,
}

/// A service under a failure (or in the base state), and the least that its growth can be.
#[derive(Clone, Copy)]
struct Pair {
    /// Position among the elements.
    failure: Option<u32>,
    service: u32,
    bound: f64,
}

type Best = Vec<Option<Tightest>>;

/// Finds it; `None` when stopped. `stopped_by` are the services that a failure takes down.
pub(super) fn growth(task: &Task<'_>, stopped_by: &[Option<NodeId>]) -> Option<Growth> {
    let services = task.study.system().services().len();
    let base = task.study.base::<1>(&[], &task.blocks.envelope());
    let works = |s: usize| base.works(Ix(base.system().services[s]));
    let everyone = (0..services).filter(|&s| works(s)).map(|s| Pair {
        failure: None,
        service: u32::try_from(s).unwrap_or(u32::MAX),
        bound: f64::NEG_INFINITY,
    });
    let mut best: Best = vec![None; services];
    search(task, everyone.collect(), &mut best)?;
    let left = |best: &Best, s: usize| best[s].map_or(GrowthLeft::Unlimited, GrowthLeft::Left);
    let of_base = |s: usize| {
        if works(s) {
            left(&best, s)
        } else {
            GrowthLeft::Never(None)
        }
    };
    let n0: Vec<GrowthLeft> = (0..services).map(of_base).collect();
    let pairs = pairs(task, &base, stopped_by, &best)?;
    search(task, pairs, &mut best)?;
    let n1 = (0..services).map(|s| match (n0[s], stopped_by[s]) {
        (GrowthLeft::Never(None), _) => GrowthLeft::Never(None),
        (_, Some(element)) => GrowthLeft::Never(Some(element)),
        _ => left(&best, s),
    });
    let n1 = n1.collect();
    Some(Growth { n0, n1 })
}

/// Whether a growth would tighten what is known of a service.
fn tightens(best: &Best, service: u32, growth: f64) -> bool {
    best[service as usize].is_none_or(|known| growth < known.growth - SAME)
}

/// The failures that may set the growth of a service, with a bound each.
fn pairs(
    task: &Task<'_>,
    base: &Base<'_, 1>,
    stopped_by: &[Option<NodeId>],
    best: &Best,
) -> Option<Vec<Pair>> {
    let survey = Survey {
        task,
        stopped_by,
        best,
        above: Above::of(task.study.system()),
    };
    let one = |(scratch, reach): &mut (Scratch<'_, 1>, Reach<1>),
               (at, element): (usize, &NodeId)| {
        if task.watch.stop() {
            return None;
        }
        let mark = scratch.mark();
        scratch.fail(task.study.compiled().ix(*element));
        let found = survey.tighter(scratch, reach, mark);
        scratch.undo(mark);
        let failure = u32::try_from(at).ok();
        let pair = |(service, bound)| Pair {
            failure,
            service,
            bound,
        };
        Some(found.into_iter().map(pair).collect::<Vec<_>>())
    };
    let elements = task.elements.par_iter().enumerate().with_min_len(32);
    let worker = || (Scratch::new(base), Reach::new());
    let all: Option<Vec<Vec<Pair>>> = elements.map_init(worker, one).collect();
    Some(all?.concat())
}

/// Looks, at the greatest demands, for the services whose growth a failure may draw tighter.
struct Survey<'t> {
    task: &'t Task<'t>,
    stopped_by: &'t [Option<NodeId>],
    best: &'t Best,
    above: Above,
}

impl Survey<'_> {
    /// Services with a bound each: those that need a node whose load changed and that may be tighter
    /// now than what limits them so far, or a node that stopped.
    fn tighter(
        &self,
        scratch: &Scratch<'_, 1>,
        reach: &mut Reach<1>,
        mark: Mark,
    ) -> BTreeMap<u32, f64> {
        let (compiled, system) = (self.task.study.compiled(), self.task.study.system());
        let mut asked: BTreeSet<u32> = BTreeSet::new();
        let mut networks: BTreeSet<u32> = BTreeSet::new();
        for v in scratch.stopped(mark) {
            let node = compiled.node(v);
            asked.extend(&self.above.of_node[node.index()]);
            networks.extend(system.network(node));
        }
        // What changes cancel at the greatest demands they may not at others.
        let steady = scratch.steady().iter().map(|&v| Ix(v));
        for v in scratch.load_before(mark).map(|(v, _)| v).chain(steady) {
            let node = compiled.node(v);
            networks.extend(system.network(node));
            self.ask(scratch, v, &mut asked);
        }
        if compiled.has_uneven() {
            // The direction that carries less may be the one that is used more.
            let nets = scratch.networks(mark).map(|net| &compiled.networks[net]);
            for &link in nets.flat_map(|net| &net.links) {
                if compiled.is_uneven(link as usize) && scratch.works(Ix(link)) {
                    self.ask(scratch, Ix(link), &mut asked);
                }
            }
        }
        // Each direction of a link counts by itself, so loads of links say too little.
        let crossing = |&n: &u32| &self.above.of_network[n as usize];
        asked.extend(networks.iter().flat_map(crossing));
        if scratch.has_unplaced() {
            asked.extend((0u32..).take(self.stopped_by.len()));
        }
        let mut view = reach.at(scratch);
        let mut found = BTreeMap::new();
        for s in asked {
            if let [Some(limit)] = view.limits_before_trips(s as usize)
                && self.matters(s, limit.headroom())
            {
                found.insert(s, limit.headroom());
            }
        }
        found
    }

    /// Services that a node may hold back more than what limits them so far.
    fn ask(&self, scratch: &Scratch<'_, 1>, v: Ix, asked: &mut BTreeSet<u32>) {
        let used = scratch.used_of_limit(v)[0];
        let above = self.above.of_node[self.task.study.compiled().node(v).index()].iter();
        asked.extend(above.filter(|&&s| self.matters(s, 1.0 / used - 1.0)));
    }

    fn matters(&self, s: u32, growth: f64) -> bool {
        self.stopped_by[s as usize].is_none() && tightens(self.best, s, growth)
    }
}

/// Who needs what.
struct Above {
    /// Per node: services.
    of_node: Vec<Vec<u32>>,
    /// Per network: services with flows over it.
    of_network: Vec<Vec<u32>>,
}

impl Above {
    fn of(system: &System) -> Self {
        let networks = system.networks() as usize;
        let mut elements: Vec<Vec<NodeId>> = vec![Vec::new(); networks];
        for (v, _) in system.iter() {
            if let Some(network) = system.network(v) {
                elements[network as usize].push(v);
            }
        }
        let mut above = Self {
            of_node: vec![Vec::new(); system.nodes().len()],
            of_network: vec![Vec::new(); networks],
        };
        let mut seen = vec![u32::MAX; system.nodes().len()];
        let mut open = Vec::new();
        for (s, &service) in (0u32..).zip(system.services()) {
            open.push(service);
            while let Some(v) = open.pop() {
                if std::mem::replace(&mut seen[v.index()], s) == s {
                    continue;
                }
                above.of_node[v.index()].push(s);
                above.follow(system, v, s, &elements, &mut open);
            }
        }
        above
    }

    /// What a node needs, at once or over a network.
    fn follow(
        &mut self,
        system: &System,
        v: NodeId,
        service: u32,
        elements: &[Vec<NodeId>],
        out: &mut Vec<NodeId>,
    ) {
        out.extend(system.needs(v));
        if let Role::Flow(flow) = &system.node(v).role
            && let Some(network) = system.network_of_flow(flow)
        {
            let services = &mut self.of_network[network as usize];
            if services.last() != Some(&service) {
                services.push(service);
                out.extend(&elements[network as usize]);
            }
        }
    }
}

/// Draws the bounds tighter by evaluating; exact when it is done.
fn search(task: &Task<'_>, mut pairs: Vec<Pair>, best: &mut Best) -> Option<()> {
    let peaks: Vec<Block> = task
        .horizon
        .demand
        .iter()
        .map(|d| task.blocks.of(peak(d)))
        .collect();
    let mut probed = HashSet::new();
    for _ in 0..PROBES {
        pairs.retain(|p| tightens(best, p.service, p.bound));
        let mut likeliest: BTreeMap<u32, Pair> = BTreeMap::new();
        let fresh = pairs
            .iter()
            .filter(|p| !probed.contains(&(p.failure, p.service)));
        for pair in fresh {
            let known = likeliest.entry(pair.service).or_insert(*pair);
            if pair.bound < known.bound {
                *known = *pair;
            }
        }
        let mut probes: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
        for (s, pair) in likeliest {
            probed.insert((pair.failure, s));
            probes.entry(peaks[s as usize].at).or_default().push(pair);
        }
        let open = probes
            .into_iter()
            .map(|(at, pairs)| (Block { level: 1, at }, pairs));
        step(task, open.collect(), best)?;
    }
    pairs.retain(|p| tightens(best, p.service, p.bound));
    let mut open = vec![(task.blocks.top(), pairs)];
    while !open.is_empty() {
        open = step(task, open, best)?;
    }
    Some(())
}

/// The first hour of greatest demand.
fn peak(demand: &[f64]) -> usize {
    let later = |best: usize, hour: usize| {
        if demand[hour] > demand[best] {
            hour
        } else {
            best
        }
    };
    (0..demand.len()).reduce(later).unwrap_or(0)
}

/// Evaluates blocks; what they found draws the bounds tighter, batch by batch. The parts that
/// remain to be opened.
fn step(
    task: &Task<'_>,
    open: Vec<(Block, Vec<Pair>)>,
    best: &mut Best,
) -> Option<Vec<(Block, Vec<Pair>)>> {
    let mut next = Vec::new();
    for batch in open.chunks(BATCH) {
        let bounds = &*best;
        let results: Vec<Option<Vec<Found>>> = batch
            .par_iter()
            .map(|(block, pairs)| evaluate(task, *block, pairs, bounds))
            .collect();
        for ((block, _), found) in batch.iter().zip(results) {
            let mut parts: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
            for Found { pair, part, limit } in found? {
                let growth = limit.headroom();
                if !tightens(best, pair.service, growth) {
                    continue;
                }
                if block.level > 1 {
                    let bound = growth;
                    parts.entry(part).or_default().push(Pair { bound, ..pair });
                } else {
                    best[pair.service as usize] = Some(Tightest {
                        growth,
                        hour: task.blocks.hour(*block, part),
                        limit: task.study.compiled().node(limit.node),
                        failure: pair.failure.map(|f| task.elements[f as usize]),
                    });
                }
            }
            let inner = |(part, pairs)| (task.blocks.part(*block, part), pairs);
            next.extend(parts.into_iter().map(inner));
        }
    }
    for (_, pairs) in &mut next {
        pairs.retain(|p| tightens(best, p.service, p.bound));
    }
    next.retain(|(_, pairs): &(Block, Vec<Pair>)| !pairs.is_empty());
    Some(next)
}

/// A headroom that was found in a part of a block.
struct Found {
    pair: Pair,
    part: usize,
    limit: Limit,
}

/// The limits of each pair in the parts of a block. Pairs of one failure stand together.
fn evaluate(task: &Task<'_>, block: Block, pairs: &[Pair], best: &Best) -> Option<Vec<Found>> {
    let base: Base<'_, LANES> = task.study.base(&[], &task.blocks.most(block));
    let mut scratch = Scratch::new(&base);
    let mut reach = Reach::new();
    let mark = scratch.mark();
    let mut found = Vec::new();
    for group in pairs.chunk_by(|a, b| a.failure == b.failure) {
        if task.watch.stop() {
            return None;
        }
        if let Some(Some(failure)) = group.first().map(|p| p.failure) {
            scratch.fail(task.study.compiled().ix(task.elements[failure as usize]));
        }
        let mut view = reach.at(&scratch);
        for &pair in group.iter().filter(|p| tightens(best, p.service, p.bound)) {
            let limits = view.limits_before_trips(pair.service as usize);
            for (part, limit) in limits
                .into_iter()
                .enumerate()
                .take(task.blocks.parts(block))
            {
                if let Some(limit) = limit
                    && tightens(best, pair.service, limit.headroom())
                {
                    found.push(Found { pair, part, limit });
                }
            }
        }
        scratch.undo(mark);
    }
    Some(found)
}
