//! What limits services of which something below is overloaded, found from there up.
//!
//! A failure that degrades services overloads few nodes as a rule. The way up from these, the most
//! used first, costs what lies between them and the services; a walk down from the services costs all
//! that they need.

use super::base::Base;
use super::compiled::{Ix, NONE};
use super::reach::{Limit, SAME};
use super::scratch::{Mark, Scratch};
use crate::model::NodeId;

/// With more nodes that are overloaded in the base state, this way is not gone.
const MANY: usize = 64;
/// How many edges to look at for each service before walks down are cheaper.
const EDGES: usize = 256;
/// A node counts as overloaded from this utilization on, so that none is missed by rounding.
const FULL: f64 = 1.0 - 2.0 * SAME;

/// A node that is overloaded in the lane at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Over {
    used: f64,
    id: NodeId,
    node: u32,
}

/// Searches for limits. One per thread, for one base state; nothing is allocated once it has grown.
#[derive(Clone, Debug)]
pub(super) struct Overload {
    /// Nodes that the base state overloads in some lane; none if that is of no use.
    always: Option<Vec<u32>>,
    over: Vec<Over>,
    /// Per node: the last round that came by.
    seen: Vec<u32>,
    /// Per service: the last round that asked, and where it stands in what is asked.
    asked: Vec<(u32, u32)>,
    round: u32,
    stack: Vec<u32>,
}

impl Overload {
    pub fn new<const L: usize>(base: &Base<'_, L>) -> Self {
        let sys = base.sys;
        let is_over = |&v: &u32| {
            let load = base.values.load[v as usize].iter();
            load.clone()
                .any(|&load| is_over(load, base.capacity[v as usize]))
        };
        let nodes = 0..u32::try_from(sys.len()).unwrap_or(NONE);
        let always: Vec<u32> = nodes.filter(is_over).take(MANY + 1).collect();
        // The way up does not lead through networks.
        let is_useful = always.len() <= MANY && sys.networks.is_empty();
        Self {
            always: is_useful.then_some(always),
            over: Vec::new(),
            seen: vec![0; sys.len()],
            asked: vec![(0, 0); sys.services.len()],
            round: 0,
            stack: Vec::new(),
        }
    }

    /// Fills in the limits of `services` that are found, and collects in `rest` where in `services`
    /// those stand that are to be walked from. `out` has an entry for each service, all `None`.
    pub fn find<const L: usize>(
        &mut self,
        scratch: &Scratch<'_, L>,
        services: &[u32],
        out: &mut [[Option<Limit>; L]],
        rest: &mut Vec<usize>,
    ) {
        rest.clear();
        if self.always.is_none() {
            let open = |(_, s): &(usize, &u32)| (0..L).any(|l| has_limit(scratch, **s, l));
            rest.extend(services.iter().enumerate().filter(open).map(|(at, _)| at));
            return;
        }
        for l in 0..L {
            let mut left = self.ask(scratch, services, l);
            if left == 0 {
                continue;
            }
            self.gather(scratch, l);
            let mut edges = EDGES * (services.len() + 1);
            for i in 0..self.over.len() {
                let limit = self.limit(i);
                self.climb(scratch, (i, l), &mut left, &mut edges, |at| {
                    out[at as usize][l] = limit;
                });
                if left == 0 || edges == 0 {
                    break;
                }
            }
            let open = |(at, s): (usize, &u32)| {
                let is_open = out[at][l].is_none() && has_limit(scratch, *s, l);
                is_open.then_some(at)
            };
            rest.extend(services.iter().enumerate().filter_map(open));
        }
        rest.sort_unstable();
        rest.dedup();
    }

    /// Begins a round; how many of the services may have a limit in a lane.
    fn ask<const L: usize>(
        &mut self,
        scratch: &Scratch<'_, L>,
        services: &[u32],
        lane: usize,
    ) -> usize {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.asked.fill((0, 0));
            self.round = 1;
        }
        let mut left = 0;
        for (at, &s) in (0..).zip(services) {
            if has_limit(scratch, s, lane) {
                self.asked[s as usize] = (self.round, at);
                left += 1;
            }
        }
        left
    }

    /// Collects what is overloaded in a lane, the most used first, then by id.
    fn gather<const L: usize>(&mut self, scratch: &Scratch<'_, L>, lane: usize) {
        let base = scratch.base();
        let changed = scratch.load_before(Mark::default()).map(|(v, _)| v.0);
        let always = self.always.iter().flatten().copied();
        let over = always.chain(changed).filter_map(|v| {
            let (load, capacity) = (scratch.load(Ix(v))[lane], base.capacity()[v as usize]);
            is_over(load, capacity).then(|| Over {
                used: load / capacity,
                id: base.sys.node_of[v as usize],
                node: v,
            })
        });
        self.over.clear();
        self.over.extend(over);
        self.over
            .sort_unstable_by(|a, b| b.used.total_cmp(&a.used).then(a.id.cmp(&b.id)));
        self.over.dedup();
    }

    /// The limit of what is reached from the i-th first; nothing if that is too close to the next, or
    /// to what counts as overloaded, to say which is named.
    fn limit(&self, i: usize) -> Option<Limit> {
        let Over { used, node, .. } = self.over[i];
        let next = self.over.partition_point(|over| over.used >= used);
        let next = self.over.get(next).map(|over| over.used);
        let is_sure = used >= 1.0 && next.is_none_or(|next| next < used * (1.0 - SAME));
        is_sure.then_some(Limit {
            node: Ix(node),
            utilization: used,
        })
    }

    /// Goes from the i-th up, where load of a lane comes from, to what was not come to before.
    fn climb<const L: usize>(
        &mut self,
        scratch: &Scratch<'_, L>,
        (i, lane): (usize, usize),
        left: &mut usize,
        edges: &mut usize,
        mut found: impl FnMut(u32),
    ) {
        let sys = scratch.base().sys;
        self.stack.clear();
        self.enter(self.over[i].node);
        while let Some(v) = self.stack.pop() {
            if let Some(&(round, at)) = self.asked.get(sys.service[v as usize] as usize)
                && round == self.round
            {
                found(at);
                *left -= 1;
            }
            for &r in sys.users_of(v as usize) {
                let r = &sys.requirements[r as usize];
                *edges = edges.saturating_sub(r.edges().len());
                if *left == 0 || *edges == 0 {
                    return;
                }
                let carries = r.loads
                    && sys.edges[r.edges()].iter().any(|e| {
                        e.provider == v
                            && e.flow != NONE
                            && scratch.values.flow[e.flow as usize][lane] > 0.0
                    });
                if carries {
                    self.enter(r.consumer);
                }
            }
        }
    }

    fn enter(&mut self, v: u32) {
        let seen = &mut self.seen[v as usize];
        if std::mem::replace(seen, self.round) != self.round {
            self.stack.push(v);
        }
    }
}

/// Whether load reaches the limit of a node.
fn is_over(load: f64, capacity: f64) -> bool {
    load > 0.0 && capacity < f64::INFINITY && load >= capacity * FULL
}

/// Whether a service may have a limit in a lane.
fn has_limit<const L: usize>(scratch: &Scratch<'_, L>, service: u32, lane: usize) -> bool {
    let base = scratch.base();
    let v = Ix(base.sys.services[service as usize]);
    scratch.works(v) && base.demand[service as usize][lane] > 0.0
}
