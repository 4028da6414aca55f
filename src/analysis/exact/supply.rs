//! What a service has to give, where that is known exactly: an outage table.
//!
//! In: a [`Question`]. Out: per service its [`Supply`], if it either always gives all while it works,
//! or draws on one pool of capacity and otherwise on what always gives all. A pool is a shared
//! requirement whose providers carry load in proportion to their capacity, and carry nobody
//! else's: then what is delivered is the capacity that works over the load.

use super::answer::{Down, NotExact};
use super::build::Budget;
use super::outage::{self, OutageTable, Pool, Shortage};
use super::question::{Invariants, Question};
use super::{bounds, cone};
use crate::analysis::Watch;
use crate::engine::{CompiledSystem, Ix, NONE, Requirement, Rule};
use crate::model::{Role, Split};
use rayon::prelude::*;

/// Weights are in proportion to capacities but for this.
const PROPORTION: f64 = 1e-12;
/// What one pool may take; its members are small.
const ROOM: Budget = Budget {
    nodes: 60_000,
    steps: 2_000_000,
};

/// What a service has to give.
#[derive(Clone, Debug, PartialEq)]
pub struct Supply {
    table: OutageTable,
    /// Load on the pool per demand.
    factor: f64,
}

impl Supply {
    /// How likely each status is at a demand above 0.
    #[must_use]
    pub fn at(&self, demand: f64) -> Shortage {
        self.table.at(demand * self.factor)
    }
}

/// A pool that was found.
struct Found {
    requirement: usize,
    factor: f64,
    capacity: Vec<f64>,
}

/// How a service is supplied.
enum Kind {
    /// It has all while it works.
    Full,
    Pool(Found),
}

impl Question<'_, '_> {
    /// What every service has to give, in order of id, given how likely each is down; `None` where that
    /// is not known.
    ///
    /// # Errors
    /// The watcher said stop.
    pub fn supply(
        &self,
        down: &[Result<Down, NotExact>],
        watch: &dyn Watch,
    ) -> Result<Vec<Option<Supply>>, NotExact> {
        let invariants = self.invariants();
        let q = self.chances();
        let services: Vec<usize> = (0..down.len()).collect();
        services
            .into_par_iter()
            .map(|s| {
                if watch.stop() {
                    return Err(NotExact::Interrupted);
                }
                Ok(self.supply_of(&invariants, (s, &down[s]), &q))
            })
            .collect()
    }

    fn supply_of(
        &self,
        invariants: &Invariants,
        (s, down): (usize, &Result<Down, NotExact>),
        q: &[f64],
    ) -> Option<Supply> {
        let found = match self.kind(invariants, s)? {
            Kind::Full => {
                return Some(Supply {
                    table: OutageTable::unlimited(down.as_ref().ok()?.probability),
                    factor: 1.0,
                });
            }
            Kind::Pool(found) => found,
        };
        let sys = self.study.compiled();
        let service = Ix(sys.services[s]);
        let parted = cone::parted(sys, &invariants.causes(self), service, found.requirement);
        let parted = parted.ok()?;
        let pool = Pool {
            formula: parted.formula,
            members: parted.providers,
            capacity: found.capacity,
            need: sys.requirements[found.requirement].need,
            beside: parted.beside,
        };
        let mut budget = ROOM;
        let table = outage::table(pool, |e| q[e as usize], &mut budget)?;
        Some(Supply {
            table,
            factor: found.factor,
        })
    }

    /// How a service is supplied; `None` if it is neither full nor from one pool.
    fn kind(&self, invariants: &Invariants, s: usize) -> Option<Kind> {
        let sys = self.study.compiled();
        let v = sys.services[s] as usize;
        let least = |r: &Requirement| gives_all(sys, invariants, r);
        let capacity = sys.capacity_places(Ix(sys.services[s]));
        let holds = capacity.map(|at| self.study.capacity()[at]);
        let alone = same(invariants.most[v], self.demand[s]) && self.demand[s] > 0.0;
        if sys.is_layered()
            || sys.cycle[v] != NONE
            || !alone
            || holds.iter().any(|&c| c < invariants.most[v])
        {
            return None;
        }
        let requirements = sys.requirements_of(v);
        let mut short = requirements.filter(|&r| !least(&sys.requirements[r]));
        match (short.next(), short.next()) {
            (None, _) => Some(Kind::Full),
            (Some(r), None) => self.pool(invariants, v, r).map(Kind::Pool),
            _ => None,
        }
    }

    /// Whether a requirement of the node draws on a pool.
    fn pool(&self, invariants: &Invariants, v: usize, requirement: usize) -> Option<Found> {
        let sys = self.study.compiled();
        let r = &sys.requirements[requirement];
        let edges = &sys.edges[r.edges()];
        if r.rule != Rule::Group(Split::Share) || r.draws {
            return None;
        }
        let factor = edges.first()?.factor;
        let mut capacity = Vec::with_capacity(edges.len());
        for e in edges {
            let p = e.provider as usize;
            let own = sys.capacity_places(Ix(e.provider));
            let [there, back] = own.map(|at| self.study.capacity()[at]);
            let role = &self.study.system().node(sys.node(Ix(e.provider))).role;
            let mut needs = sys.requirements[sys.requirements_of(p)].iter();
            // Nobody else's load, nothing that limits it but its own capacity.
            let is_member = same(e.factor, factor)
                && factor > 0.0
                && matches!(role, Role::Component)
                && sys.cycle[p] == NONE
                && same(there, back)
                && there.is_finite()
                && same(invariants.most[p], invariants.most[v] * factor)
                && needs.all(|r| gives_all(sys, invariants, r));
            if !is_member {
                return None;
            }
            capacity.push(there);
        }
        let total: [f64; 2] = edges
            .iter()
            .zip(&capacity)
            .fold([0.0; 2], |[w, c], (e, own)| [w + e.weight, c + own]);
        let even = |(e, own): (&crate::engine::Edge, &f64)| {
            let (x, y) = (e.weight * total[1], own * total[0]);
            (x - y).abs() <= PROPORTION * x.max(y)
        };
        let even = edges.iter().zip(&capacity).all(even) && total.iter().all(|&t| t > 0.0);
        even.then_some(Found {
            requirement,
            factor,
            capacity,
        })
    }
}

/// Whether what a requirement passes on is all, in any state in which it is met.
fn gives_all(sys: &CompiledSystem, invariants: &Invariants, r: &Requirement) -> bool {
    let edges = &sys.edges[r.edges()];
    let full = |p: u32| invariants.least[p as usize] >= 1.0;
    !r.delivers() || edges.iter().all(|e| full(e.provider)) && bounds::least_part(r, edges) >= 1.0
}

/// Whether two numbers are the same, to the last bit: what is exact rests on no tolerance.
fn same(x: f64, y: f64) -> bool {
    x.to_bits() == y.to_bits()
}
