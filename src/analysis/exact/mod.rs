//! Exact probabilities of being down.
//!
//! In: a study and independent events, each of which takes some components out. Out: for each
//! service the probability that it is down, and what each event means to that, exactly; or why
//! not. Who works is a monotone question, so that a service is down when a formula of k-of-n says
//! so; a cycle is its least fixed point (it goes down only for a reason). The formula is cut into
//! modules, each becomes a binary decision diagram of its own, and probability and importance are
//! two passes over them.
//!
//! ```text
//! service ─ cone (who matters, modules) ─► diagrams (bdd) ─► probability ─► importance
//! ```

mod bdd;
mod bounds;
mod cone;
mod formula;

use crate::analysis::{Study, Watch};
use crate::engine::Ix;
use crate::model::{NodeId, Role};
pub use bdd::Limits;
use cone::{Causes, Cone};
use formula::Formula;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How many events are listed by importance.
const LISTED: usize = 30;
/// How large the diagrams of one service may become.
pub const ROOM: Limits = Limits {
    nodes: 200_000,
    steps: 1_000_000,
};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotExact {
    /// It needs a way through a network.
    #[error("it needs a way through a network, which is no formula of the parts")]
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
    /// A limit was reached.
    #[error(
        "the formula grew beyond {} nodes or {} steps of a decision diagram",
        ROOM.nodes,
        ROOM.steps
    )]
    TooLarge,
}

/// For every service, in order of id: how likely it is down, at whatever load case of the scenario.
/// Services that are not begun when the watcher says stop are not worked out.
#[must_use]
pub fn down(
    study: &Study<'_>,
    causes: &[Cause<'_>],
    limits: Limits,
    watch: &dyn Watch,
) -> Vec<Result<Down, NotExact>> {
    let sys = study.compiled();
    let mut events = vec![Vec::new(); sys.len()];
    for (number, cause) in (0u32..).zip(causes) {
        for &v in cause.members {
            events[sys.ix(v).index()].push(number);
        }
    }
    let base = study.base::<1>(&[], &vec![[0.0]; study.system().services().len()]);
    let places = || (0u32..).map(Ix).take(sys.len());
    let out: Vec<bool> = places().map(|v| !base.works(v)).collect();
    let routed: Vec<bool> = places()
        .map(|v| match &study.system().node(sys.node(v)).role {
            Role::Flow(flow) => flow.from != flow.to && !out[v.index()],
            _ => false,
        })
        .collect();
    let starved = bounds::starved(study);
    let starved_of: Vec<bool> = sys.services().map(|v| starved[v.index()]).collect();
    let mut placed = vec![false; sys.len()];
    for v in sys.instances() {
        placed[v.index()] = true;
    }
    let causes_of = Causes {
        events: &events,
        out: &out,
        routed: &routed,
        trips: &bounds::may_trip(study),
        placed: &placed,
    };
    let q: Vec<f64> = causes.iter().map(|c| c.q).collect();
    // Who works is the same in every layer.
    let services: Vec<Ix> = sys.services().map(|v| Ix(sys.first_layer(v.0))).collect();
    services
        .into_par_iter()
        .zip(starved_of)
        .map(|(service, starved)| {
            if watch.stop() {
                return Err(NotExact::Interrupted);
            }
            if starved {
                return Err(NotExact::Starved);
            }
            let cone = Cone::new(sys, &causes_of, service)?;
            let formula = Formula::new(&cone, &q, limits).map_err(|_| NotExact::TooLarge)?;
            Ok(formula.down(LISTED))
        })
        .collect()
}
