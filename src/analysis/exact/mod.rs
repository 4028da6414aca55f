//! Exact probabilities: of being down, and where a pool of capacity allows, of being degraded.
//!
//! In: a study and independent events, each of which takes some components out. Out: for each
//! service the probability that it is down, and what each event means to that, exactly; or why
//! not. Who works is a monotone question, so that a service is down when a formula of k-of-n, and of
//! ways through small networks, says so; a cycle is its least fixed point (it goes down only for a
//! reason). The formula is rewritten and cut into modules, each becomes a binary decision diagram of its
//! own, and probability and importance are two passes over them. Orders of variables are tried small
//! before any is tried large; what stays too large has bounds.
//!
//! ```text
//! service ─ cone ─► formula ─ rewrite ─► modules ─ order, build ─► diagrams ─► probability, importance
//!                                                       └─ too large ─ shrink ─► bounds
//!         ─ supply ─► a pool ─ outage ─► capacity outage table ─► down, degraded, unserved at any load
//! ```

mod bdd;
mod bounds;
mod build;
mod cone;
mod diagram;
mod formula;
mod modules;
mod order;
mod outage;
mod rewrite;
mod shrink;
mod solved;
mod supply;
mod ways;

use crate::analysis::{Study, Watch};
use crate::engine::Ix;
use crate::model::NodeId;
pub use bdd::Limits;
use build::Budget;
use cone::Causes;
use formula::{Formula, Term};
pub use outage::Shortage;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use solved::Solved;
pub use supply::Supply;

/// How many events are listed by importance.
const LISTED: usize = 30;
/// Nodes that the diagrams of one service may have at a time, unless asked otherwise; some 32 bytes
/// each.
pub const NODES: usize = 4_000_000;
/// What all services are tried with first, side by side.
const FIRST: Limits = Limits {
    nodes: 60_000,
    steps: 2_000_000,
};

impl Limits {
    /// So many nodes at a time, and time in proportion.
    #[must_use]
    pub fn of_nodes(nodes: usize) -> Self {
        Self {
            nodes,
            steps: (nodes as u64).saturating_mul(20),
        }
    }
}

/// An event: with this probability, independent of all others, its members are out.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// Its probability.
    pub q: f64,
    /// Who is out.
    pub members: &'a [NodeId],
}

/// The probability of being down, exactly but for rounding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Down {
    /// The probability.
    pub probability: f64,
    /// How many nodes the diagrams have.
    pub nodes: usize,
    /// What the events mean, greatest share first.
    pub importance: Vec<Share>,
}

/// What one event means to being down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The event, by number.
    pub event: u32,
    /// P(down | it happens).
    pub with: f64,
    /// P(down | it does not).
    pub without: f64,
}

/// Why a probability is not known exactly.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotExact {
    /// It needs a way through a network that is not small.
    #[error("it needs a way through a network that is too wide for a decision diagram")]
    Network,
    /// A service that works may deliver nothing.
    #[error("a capacity is so small that the service may work and yet deliver nothing")]
    Starved,
    /// The watcher said stop.
    #[error("interrupted before it was worked out")]
    Interrupted,
    /// Something that it needs may trip.
    #[error(
        "something that it needs may be lost to overload, and what fails besides may prevent that"
    )]
    Trips,
    /// Something that it needs is placed anew when it loses its host.
    #[error(
        "something that it needs restarts elsewhere where there is room, which is no formula of the parts"
    )]
    Placement,
    /// There is too much below it.
    #[error("it rests on more than {} components", cone::MOST_NODES)]
    TooMany,
    /// A limit was reached.
    #[error("the formula grew beyond what {nodes} nodes of decision diagrams hold")]
    TooLarge {
        /// How many nodes were allowed.
        nodes: usize,
        /// Between what it lies all the same: never less, never more. Not worked out where there is too
        /// much to do.
        bounds: Option<(f64, f64)>,
    },
}

/// Something to find out exactly: a study, what may happen, and how much may be spent on it.
pub struct Question<'s, 'a> {
    study: &'s Study<'a>,
    causes: &'s [Cause<'s>],
    /// The most that each service asks for.
    demand: Vec<f64>,
    limits: Limits,
}

/// What is so in every state.
struct Invariants {
    /// Per node in compiled order: events that take it out.
    events: Vec<Vec<u32>>,
    /// … out for good.
    out: Vec<bool>,
    /// … it may trip.
    trips: Vec<bool>,
    /// … it is placed on one of several hosts.
    placed: Vec<bool>,
    /// … the most that can arrive.
    most: Vec<f64>,
    /// … the least that it delivers while it works.
    least: Vec<f64>,
}

impl Invariants {
    fn causes<'g>(&'g self, question: &Question<'g, '_>) -> Causes<'g> {
        Causes {
            events: &self.events,
            out: &self.out,
            system: question.study.system(),
            trips: &self.trips,
            placed: &self.placed,
        }
    }
}

/// [`Question::down`] at the load cases of the scenario.
#[must_use]
pub fn down(
    study: &Study<'_>,
    causes: &[Cause<'_>],
    limits: Limits,
    watch: &dyn Watch,
) -> Vec<Result<Down, NotExact>> {
    Question::new(study, causes, limits).down(watch)
}

impl<'s, 'a> Question<'s, 'a> {
    /// At the load cases of the scenario.
    #[must_use]
    pub fn new(study: &'s Study<'a>, causes: &'s [Cause<'s>], limits: Limits) -> Self {
        Self {
            study,
            causes,
            demand: bounds::greatest(study),
            limits,
        }
    }

    /// At other loads: the most that each service asks for.
    #[must_use]
    pub fn at_most(self, demand: Vec<f64>) -> Self {
        Self { demand, ..self }
    }

    fn chances(&self) -> Vec<f64> {
        self.causes.iter().map(|c| c.q).collect()
    }

    fn invariants(&self) -> Invariants {
        let (study, sys) = (self.study, self.study.compiled());
        let mut events = vec![Vec::new(); sys.len()];
        for (number, cause) in (0u32..).zip(self.causes) {
            for &v in cause.members {
                events[sys.ix(v).index()].push(number);
            }
        }
        let base = study.base::<1>(&[], &vec![[0.0]; study.system().services().len()]);
        let places = (0u32..).map(Ix).take(sys.len());
        let mut placed = vec![false; sys.len()];
        for v in sys.instances() {
            placed[v.index()] = true;
        }
        let most = bounds::most_loads(study, &self.demand);
        Invariants {
            events,
            out: places.map(|v| !base.works(v)).collect(),
            trips: bounds::may_trip(study, &most),
            placed,
            least: bounds::least(study, &most),
            most,
        }
    }

    /// For every service, in order of id: how likely it is down, at whatever load. Services that are not
    /// begun when the watcher says stop are not worked out. What is small is worked out side by side; what is
    /// not comes after it, one by one with all of the room, so that neither memory nor answers
    /// depend on the number of threads.
    #[must_use]
    pub fn down(&self, watch: &dyn Watch) -> Vec<Result<Down, NotExact>> {
        let sys = self.study.compiled();
        let invariants = self.invariants();
        let causes = invariants.causes(self);
        let q = self.chances();
        let formula_of = |service| -> Result<(Formula, Term), NotExact> {
            let (formula, top) = cone::formula(sys, &causes, service)?;
            let (formula, roots) = rewrite::simplest(formula, vec![top]);
            Ok((formula, roots[0]))
        };
        let starved = sys.services().map(|v| invariants.least[v.index()]);
        let starved: Vec<bool> = starved.map(bounds::is_starved).collect();
        // Who works is the same in every layer.
        let services: Vec<Ix> = sys.services().map(|v| Ix(sys.first_layer(v.0))).collect();
        // `None`: too large for now.
        let first: Vec<Result<Option<Down>, NotExact>> = services
            .par_iter()
            .zip(starved)
            .map(|(&service, starved)| {
                if watch.stop() {
                    return Err(NotExact::Interrupted);
                }
                if starved {
                    return Err(NotExact::Starved);
                }
                let (formula, top) = formula_of(service)?;
                let mut budget = Budget {
                    nodes: FIRST.nodes.min(self.limits.nodes),
                    steps: FIRST.steps.min(self.limits.steps),
                };
                let solved = Solved::new(&formula, top, &mut budget);
                Ok(solved.ok().map(|solved| solved.down(&q, LISTED)))
            })
            .collect();
        let mut left = Budget {
            nodes: self.limits.nodes,
            steps: self.limits.steps,
        };
        let second = first.into_iter().zip(services);
        let second = second.map(|(answer, service)| match answer? {
            Some(down) => Ok(down),
            None if watch.stop() => Err(NotExact::Interrupted),
            None if left.steps == 0 => Err(too_large(self.limits, None)),
            None => {
                let (formula, top) = formula_of(service)?;
                let solved = Solved::new(&formula, top, &mut left);
                let down = solved.map(|solved| solved.down(&q, LISTED));
                down.map_err(|_| {
                    let of = |e: u32| q[e as usize];
                    let bounds = shrink::between(&formula, top, of, &mut left.steps);
                    too_large(self.limits, bounds)
                })
            }
        });
        second.collect()
    }
}

fn too_large(limits: Limits, bounds: Option<(f64, f64)>) -> NotExact {
    NotExact::TooLarge {
        nodes: limits.nodes,
        bounds,
    }
}
