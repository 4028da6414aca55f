//! The most that flows over a network can carry, for the routing core, which adds on a grid.
//!
//! The bound is what arrives if every consumer sends all of its load to every provider. Where a loop
//! of load above the network may amplify there is no bound: then what is far above all that would
//! flow without it counts as without bound, and a number beyond that stands for ∞ inside the core.

use super::amplify::{Loop, Solver};
use super::base::Base;
use super::compiled::CompiledSystem;
use super::ix::NONE;
use super::lanes::{Lanes, by_lane};
use super::network_parts::Network;
use super::values::Values;

/// Flows that carry this many times what they would without a loop that amplifies carry load without
/// bound.
const FAR_ABOVE: f64 = (1u64 << 30) as f64;
/// What stands for load without bound, as a multiple of that. Its parts, as it is split at each node,
/// must not fall below it.
const STANDS_FOR_ENDLESS: f64 = (1u64 << 25) as f64;

impl<const L: usize> Values<L> {
    /// What the routing core says of a load, with what stands for no bound taken as that.
    pub(super) fn counted(&self, net: usize, load: Lanes<L>) -> Lanes<L> {
        let endless = &self.endless[net];
        by_lane(|l| {
            if load[l] > endless[l] {
                f64::INFINITY
            } else {
                load[l]
            }
        })
    }

    /// A load as the routing core can take it.
    pub(super) fn finite(&self, net: usize, load: Lanes<L>) -> Lanes<L> {
        let endless = &self.endless[net];
        by_lane(|l| load[l].min(endless[l] * STANDS_FOR_ENDLESS))
    }

    /// What consumers ask of a node in a lane.
    pub(super) fn asked(&self, sys: &CompiledSystem, v: usize, l: usize) -> f64 {
        let drawn = sys.draws.iter().filter(|d| d.provider as usize == v);
        let users = sys.users_of(v).chunk_by(|a, b| a == b);
        let edges = users.flat_map(|r| &sys.edges[sys.requirements[r[0] as usize].edges()]);
        edges
            .filter(|e| e.provider as usize == v && e.flow != NONE)
            .map(|e| e.flow)
            .chain(drawn.map(|d| d.flow))
            .fold(0.0, |sum, flow| sum + self.flow[flow as usize][l])
    }
}

impl<const L: usize> Base<'_, L> {
    /// The most that the flows of each network can ever carry together.
    pub(super) fn find_bounds(&mut self) {
        let sys = self.sys;
        self.bounds.clear();
        self.values.endless.clear();
        if sys.networks.is_empty() {
            return;
        }
        let mut most = Most {
            sys,
            load: (0..sys.len()).map(|v| self.start(v)).collect(),
            amplified: vec![false; sys.len()],
            solver: Solver::new(&sys.loops),
        };
        for (v, taken) in sys.most_taken() {
            most.load[v as usize] = [taken; L];
        }
        for draw in &sys.draws {
            let load = &mut most.load[draw.provider as usize];
            for x in load.iter_mut() {
                *x += draw.constant;
            }
        }
        let mut rest = (0..sys.networks.len()).rev().peekable();
        let mut bounds = vec![[0.0; L]; sys.networks.len()];
        for v in (0..sys.len()).rev() {
            while let Some(net) = rest.next_if(|&net| sys.level[v] <= sys.networks[net].level) {
                bounds[net] = most.cross(&sys.networks[net]);
            }
            if let Some(round) = sys.loop_at(v) {
                most.go_round(round);
                round.members().for_each(|v| most.send(v));
            } else if sys.loop_of[v] == NONE {
                most.send(v);
            }
        }
        for (network, bound) in sys.networks.iter().zip(&mut bounds) {
            let mut endless = [f64::INFINITY; L];
            if most.is_amplified(network) {
                endless = bound.map(|x| x * FAR_ABOVE);
                *bound = endless.map(|x| x * STANDS_FOR_ENDLESS);
            }
            self.values.endless.push(endless);
        }
        self.bounds = bounds;
    }
}

/// The most that each node can carry, from above.
struct Most<'s, const L: usize> {
    sys: &'s CompiledSystem,
    load: Vec<Lanes<L>>,
    /// Whether a loop above may amplify.
    amplified: Vec<bool>,
    solver: Solver<1, L>,
}

impl<const L: usize> Most<'_, L> {
    /// Everything that a node sends out of its loop, if it is in one.
    fn send(&mut self, v: usize) {
        let (sys, from) = (self.sys, self.load[v]);
        for r in &sys.requirements[sys.requirements_of(v)] {
            for e in sys.edges[r.edges()].iter().filter(|e| e.flow != NONE) {
                if sys.adder[e.flow as usize] != NONE {
                    add(&mut self.load[e.provider as usize], &from, e.factor);
                    self.amplified[e.provider as usize] |= self.amplified[v];
                }
            }
        }
    }

    /// All flows of a network, each over every element; what they carry together.
    fn cross(&mut self, network: &Network) -> Lanes<L> {
        let mut bound = [0.0; L];
        for &f in &network.flows {
            add(&mut bound, &self.load[f as usize], 1.0);
        }
        let is_amplified = self.is_amplified(network);
        for &e in network.nodes.iter().chain(&network.links) {
            add(&mut self.load[e as usize], &bound, 1.0);
            self.amplified[e as usize] |= is_amplified;
        }
        bound
    }

    fn is_amplified(&self, network: &Network) -> bool {
        let mut flows = network.flows.iter();
        flows.any(|&f| self.amplified[f as usize])
    }

    /// What the members of a loop carry, if that is bounded; if not, what enters together.
    fn go_round(&mut self, round: &Loop) {
        let sys = self.sys;
        self.solver.clear(round);
        let mut enters = [0.0; L];
        for v in round.members() {
            self.solver.enter(round, v, self.load[v]);
            add(&mut enters, &self.load[v], 1.0);
            for r in &sys.requirements[sys.requirements_of(v)] {
                for e in &sys.edges[r.edges()] {
                    if let Some(slot) = round.slot_of(e.flow as usize) {
                        self.solver.add(slot, &[e.factor]);
                    }
                }
            }
        }
        self.solver.solve(round);
        let is_endless = self.solver.amplifies(round).is_some();
        let is_amplified = is_endless || round.members().any(|v| self.amplified[v]);
        for v in round.members() {
            self.load[v] = if is_endless {
                enters
            } else {
                *self.solver.load(round, v)
            };
            self.amplified[v] = is_amplified;
        }
    }
}

fn add<const L: usize>(sum: &mut Lanes<L>, term: &Lanes<L>, factor: f64) {
    for (sum, term) in sum.iter_mut().zip(term) {
        *sum += term * factor;
    }
}
