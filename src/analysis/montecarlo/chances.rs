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

/// Events that may take one set of elements, at most: beyond, their subsets are too many to add up.
const MOST_WAYS: usize = 12;

impl Chances {
    /// Events that take several components at once, by index.
    pub(super) fn common(&self) -> Vec<usize> {
        let all = self.events.iter().enumerate();
        all.filter(|(_, e)| e.group.is_some())
            .map(|(i, _)| i)
            .collect()
    }

    /// How much likelier it is that exactly `elements` are out than that exactly the events `happened` do, which take
    /// them: the same elements may be out by their common cause, by themselves, or both. `common` are the events that
    /// take several. 1 where there is but one way, or there are too many to add up.
    ///
    /// All events are independent, so with odds o = q / (1 − q) the probability that exactly the events E happen is
    /// that of none times Π o over E. The factor is Σ Π o over all sets of events that take just these elements, over
    /// Π o of the one that happened.
    pub(super) fn ways(&self, happened: &[u32], elements: &[NodeId], common: &[usize]) -> f64 {
        let takes_no_other = |e: &Event| e.members.iter().all(|m| elements.contains(m));
        let mut events: Vec<&Event> = common.iter().map(|&i| &self.events[i]).collect();
        events.retain(|e| takes_no_other(e));
        if events.is_empty() {
            return 1.0;
        }
        let own = self.events.iter().filter(|e| e.group.is_none());
        events.extend(own.filter(|e| takes_no_other(e)));
        if events.len() > MOST_WAYS {
            return 1.0;
        }
        let odds = |e: &Event| e.q / (1.0 - e.q);
        let takes_all = |set: u32| {
            let taken = |m: &NodeId| {
                (0..)
                    .zip(&events)
                    .any(|(i, e)| set >> i & 1 == 1 && e.members.contains(m))
            };
            elements.iter().all(taken)
        };
        let of_set = |set: u32| -> f64 {
            let chosen = (0..).zip(&events).filter(|(i, _)| set >> i & 1 == 1);
            chosen.map(|(_, e)| odds(e)).product()
        };
        let all: f64 = (1..1u32 << events.len())
            .filter(|&s| takes_all(s))
            .map(of_set)
            .sum();
        let this: f64 = happened
            .iter()
            .map(|&i| odds(&self.events[i as usize]))
            .product();
        (all / this).max(1.0)
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
