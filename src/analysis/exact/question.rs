//! What is asked, and the way from there to answers: how likely every service is down. In: a study, independent
//! events, limits. Out: for each service its probability, or why it is not known. Promises: neither memory
//! nor answers depend on the number of threads.

use super::answer::{Down, NotExact};
use super::bdd::Limits;
use super::build::Budget;
use super::cone::{self, Causes};
use super::formula::{Formula, Term};
use super::solved::Solved;
use super::{bounds, rewrite, shrink};
use crate::analysis::{Study, Watch};
use crate::engine::Ix;
use crate::model::NodeId;
use rayon::prelude::*;

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

/// An event: with this probability, independent of all others, its members are out.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// Its probability.
    pub q: f64,
    /// Who is out.
    pub members: &'a [NodeId],
}

/// Something to find out exactly: a study, what may happen, and how much may be spent on it.
pub struct Question<'s, 'a> {
    pub(super) study: &'s Study<'a>,
    causes: &'s [Cause<'s>],
    /// The most that each service asks for.
    pub(super) demand: Vec<f64>,
    limits: Limits,
}

/// What is so in every state.
pub(super) struct Invariants {
    /// Per node in compiled order: events that take it out.
    events: Vec<Vec<u32>>,
    /// … out for good.
    out: Vec<bool>,
    /// … it may trip.
    trips: Vec<bool>,
    /// … it is placed on one of several hosts.
    placed: Vec<bool>,
    /// … the most that can arrive.
    pub most: Vec<f64>,
    /// … the least that it delivers while it works.
    pub least: Vec<f64>,
}

impl Invariants {
    pub fn causes<'g>(&'g self, question: &Question<'g, '_>) -> Causes<'g> {
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

    pub(super) fn chances(&self) -> Vec<f64> {
        self.causes.iter().map(|c| c.q).collect()
    }

    pub(super) fn invariants(&self) -> Invariants {
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
