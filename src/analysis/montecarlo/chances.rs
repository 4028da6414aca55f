//! What can happen by chance: independent basic events, each of which takes one component or, for
//! a common cause, several.
//!
//! In: a system and the known outages. Out: [`Chances`], or every setting that makes no sense.
//! The beta-factor model: of each group the common event has β times the smallest unavailability
//! of its members; a member's own event keeps the rest, so that for equal members the two are βq
//! and (1 − β)q. What never fails by chance, or is out already, takes no part.

use crate::model::{NodeId, Reliability, System};
use serde::{Deserialize, Serialize};

/// A basic event: with this probability, independent of all others, its members are out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// 0 < q < 1.
    pub q: f64,
    /// Who is out; one component for an event of its own.
    pub members: Vec<NodeId>,
    /// Index of the common-cause group; `None` for a component's own event.
    pub group: Option<usize>,
}

/// All basic events: the likeliest first, then by members.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chances {
    events: Vec<Event>,
}

/// Why no chances can be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChanceError {
    /// A component that is always out cannot be sampled.
    #[error("{0} has an unavailability of 1: it is always out, so list it as a known outage")]
    AlwaysOut(String),
    /// The common events of a member take more than it has.
    #[error("the common-cause groups of {0} share more than its whole unavailability")]
    Overshared(String),
}

impl Chances {
    /// Collects the events of a system in which `down` is out already.
    ///
    /// # Errors
    /// Every component whose numbers make no sense together, by id.
    pub fn new(system: &System, down: &[NodeId]) -> Result<Self, Vec<ChanceError>> {
        let known: Vec<f64> = system
            .iter()
            .map(|(_, node)| node.reliability.map_or(0.0, Reliability::unavailability))
            .collect();
        let mut own = known.clone();
        down.iter().for_each(|v| own[v.index()] = 0.0);
        let id = |v: usize| {
            let node = &system.nodes()[v];
            match node.place() {
                Some(place) => format!("`{}` ({place})", node.id),
                None => format!("`{}`", node.id),
            }
        };
        let mut faults: Vec<ChanceError> = (0..own.len())
            .filter(|&v| own[v] >= 1.0)
            .map(|v| ChanceError::AlwaysOut(id(v)))
            .collect();
        let total = own.clone();
        let mut events = Vec::new();
        for (group, (_, members, beta)) in system.common_cause().iter().enumerate() {
            // A member that is out already says as before how often the others are hit with it.
            let share = members
                .iter()
                .map(|m| known[m.index()])
                .filter(|&q| q > 0.0);
            let least = share.fold(1.0, f64::min);
            let members: Vec<NodeId> = members
                .iter()
                .copied()
                .filter(|m| total[m.index()] > 0.0)
                .collect();
            let q = beta * least;
            if members.is_empty() || q <= 0.0 {
                continue;
            }
            for m in &members {
                own[m.index()] -= q;
            }
            events.push(Event {
                q,
                members,
                group: Some(group),
            });
        }
        // Subtracting what was multiplied may leave a speck on either side of zero.
        let speck = |v: usize| 1e-12 * total[v];
        faults.extend(
            (0..own.len())
                .filter(|&v| own[v] < -speck(v))
                .map(|v| ChanceError::Overshared(id(v))),
        );
        if !faults.is_empty() {
            return Err(faults);
        }
        for (v, _) in system.iter() {
            if own[v.index()] > speck(v.index()) {
                events.push(Event {
                    q: own[v.index()],
                    members: vec![v],
                    group: None,
                });
            }
        }
        events.sort_by(|x, y| y.q.total_cmp(&x.q).then_with(|| x.members.cmp(&y.members)));
        Ok(Self { events })
    }

    /// These events, in this order.
    #[cfg(test)]
    pub(super) fn of(events: Vec<Event>) -> Self {
        Self { events }
    }

    /// Whether every probability is one and every event has members: for what was read back.
    #[must_use]
    pub fn are_sound(&self) -> bool {
        let sound = |e: &Event| e.q > 0.0 && e.q < 1.0 && !e.members.is_empty();
        self.events.iter().all(sound)
    }

    /// Every event.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How many events are expected at a time.
    #[must_use]
    pub fn expected(&self) -> f64 {
        self.events.iter().map(|e| e.q).sum()
    }

    /// Probability that exactly these events happen and no others.
    #[must_use]
    pub fn probability(&self, happened: &[usize]) -> f64 {
        let odds = happened
            .iter()
            .map(|&i| self.events[i].q / (1.0 - self.events[i].q));
        self.all_quiet() * odds.product::<f64>()
    }

    /// Probability that nothing happens.
    fn all_quiet(&self) -> f64 {
        let logarithms = self.events.iter().map(|e| (-e.q).ln_1p());
        logarithms.sum::<f64>().exp()
    }

    /// To be asked for the probabilities of many sets, without going over all events for each.
    pub(super) fn odds(&self) -> Odds {
        Odds {
            all_quiet: self.all_quiet(),
            of: self.events.iter().map(|e| e.q / (1.0 - e.q)).collect(),
        }
    }

    /// Who is out when these events happen, sorted, into `out`.
    pub fn failed(&self, happened: &[u32], out: &mut Vec<NodeId>) {
        out.clear();
        for &i in happened {
            out.extend_from_slice(&self.events[i as usize].members);
        }
        out.sort_unstable();
        out.dedup();
    }
}

/// How much likelier each event is to happen than not, and how likely none does.
pub(super) struct Odds {
    all_quiet: f64,
    of: Vec<f64>,
}

impl Odds {
    /// Probability that exactly these events happen and no others: [`Chances::probability`] to the
    /// last bit.
    pub fn probability(&self, happened: &[u32]) -> f64 {
        let odds = happened.iter().map(|&i| self.of[i as usize]);
        self.all_quiet * odds.product::<f64>()
    }
}
