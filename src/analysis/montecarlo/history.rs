//! One history: what fails and is repaired over a horizon, as intervals of constant state.
//!
//! In: events with their laws, planned outages, a stream. Out: calls with (from, to, who is out).
//! Times are hours from the start of the horizon.

use super::stream::Stream;
use crate::model::NodeId;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How long repairs take, around their mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub enum Repair {
    /// Exponential.
    #[default]
    Exponential,
    /// Always the mean.
    Fixed,
    /// Lognormal with this coefficient of variation.
    Lognormal(f64),
}

/// How a history begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub enum Start {
    /// Everything works but for the known outages.
    #[default]
    Known,
    /// Enumerated outages aside, each component is out with its unavailability, as in the long run:
    /// exact for exponential times, close to it for others.
    LongRun,
}

/// What alternates between up and down.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternating {
    /// Who is out while it is down.
    pub members: Vec<NodeId>,
    /// Mean time up, hours.
    pub up: f64,
    /// Mean time down, hours.
    pub down: f64,
    /// It is down at the start, and is expected back after so many hours.
    pub back_in: Option<f64>,
}

/// Everything that makes histories.
#[derive(Clone, Debug, Default)]
pub struct Laws {
    /// What fails by chance, and known outages.
    pub alternating: Vec<Alternating>,
    /// Planned outages: who, from when, until when.
    pub planned: Vec<(NodeId, f64, f64)>,
    /// Shape of the Weibull distribution of times up; 1 is exponential.
    pub shape: f64,
    /// Law of repairs.
    pub repair: Repair,
    /// How it begins.
    pub start: Start,
    /// Length of the horizon.
    pub hours: f64,
}

/// A moment at which something changes; the earliest first, then the smallest number.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Moment {
    at: f64,
    what: u32,
    goes_down: bool,
}

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at
            .total_cmp(&other.at)
            .then(self.what.cmp(&other.what))
            .then(self.goes_down.cmp(&other.goes_down))
    }
}

/// A thread's memory for histories.
#[derive(Debug, Default)]
pub struct History {
    queue: BinaryHeap<Reverse<Moment>>,
    /// By node: for how many reasons it is out.
    reasons: Vec<u32>,
    out: Vec<NodeId>,
}

impl History {
    /// For a system with so many nodes.
    #[must_use]
    pub fn new(nodes: usize) -> Self {
        Self {
            reasons: vec![0; nodes],
            ..Self::default()
        }
    }

    /// Plays one history; `visit` gets every interval with who is out in it, sorted.
    pub fn play(
        &mut self,
        laws: &Laws,
        stream: &mut Stream,
        mut visit: impl FnMut(f64, f64, &[NodeId]),
    ) {
        self.begin(laws, stream);
        let mut now = 0.0;
        while let Some(&Reverse(moment)) = self.queue.peek() {
            if moment.at >= laws.hours {
                break;
            }
            if moment.at > now {
                visit(now, moment.at, &self.out);
                now = moment.at;
            }
            match self.change(laws, moment, stream) {
                // What comes after takes its place: the queue is put in order once.
                Some(next) => {
                    if let Some(mut first) = self.queue.peek_mut() {
                        *first = Reverse(next);
                    }
                }
                None => {
                    self.queue.pop();
                }
            }
        }
        visit(now, laws.hours, &self.out);
    }

    fn begin(&mut self, laws: &Laws, stream: &mut Stream) {
        self.queue.clear();
        self.reasons.fill(0);
        self.out.clear();
        for (what, a) in (0u32..).zip(&laws.alternating) {
            let q = a.down / (a.up + a.down);
            if let Some(back_in) = a.back_in {
                self.take_out(&a.members);
                self.push(laws.repair_time(back_in, stream), what, false);
            } else if laws.start == Start::LongRun && stream.uniform() <= q {
                self.take_out(&a.members);
                let left = match laws.repair {
                    Repair::Exponential => a.down * stream.exponential(),
                    _ => stream.uniform() * laws.repair_time(a.down, stream),
                };
                self.push(left, what, false);
            } else {
                self.push(laws.time_up(a.up, stream), what, true);
            }
        }
        let first = u32::try_from(laws.alternating.len()).unwrap_or(u32::MAX);
        for (what, &(_, from, to)) in (first..).zip(&laws.planned) {
            self.push(from, what, true);
            self.push(to, what, false);
        }
    }

    fn push(&mut self, at: f64, what: u32, goes_down: bool) {
        self.queue.push(Reverse(Moment {
            at,
            what,
            goes_down,
        }));
    }

    /// Makes the change, and says what comes after it, if that is not in the queue already.
    fn change(&mut self, laws: &Laws, moment: Moment, stream: &mut Stream) -> Option<Moment> {
        let Some(a) = laws.alternating.get(moment.what as usize) else {
            let planned = &laws.planned[moment.what as usize - laws.alternating.len()].0;
            if moment.goes_down {
                self.take_out(std::slice::from_ref(planned));
            } else {
                self.bring_back(std::slice::from_ref(planned));
            }
            return None;
        };
        let lasts = if moment.goes_down {
            self.take_out(&a.members);
            laws.repair_time(a.down, stream)
        } else {
            self.bring_back(&a.members);
            laws.time_up(a.up, stream)
        };
        Some(Moment {
            at: moment.at + lasts,
            what: moment.what,
            goes_down: !moment.goes_down,
        })
    }

    fn take_out(&mut self, who: &[NodeId]) {
        for &v in who {
            self.reasons[v.index()] += 1;
            if let Err(place) = self.out.binary_search(&v) {
                self.out.insert(place, v);
            }
        }
    }

    fn bring_back(&mut self, who: &[NodeId]) {
        for &v in who {
            self.reasons[v.index()] -= 1;
            if self.reasons[v.index()] == 0
                && let Ok(place) = self.out.binary_search(&v)
            {
                self.out.remove(place);
            }
        }
    }
}

impl Laws {
    fn time_up(&self, mean: f64, stream: &mut Stream) -> f64 {
        let exponential = (self.shape - 1.0).abs() < 1e-12;
        mean * if exponential {
            stream.exponential()
        } else {
            stream.weibull(self.shape)
        }
    }

    fn repair_time(&self, mean: f64, stream: &mut Stream) -> f64 {
        mean * match self.repair {
            Repair::Exponential => stream.exponential(),
            Repair::Fixed => 1.0,
            Repair::Lognormal(cv) => stream.lognormal(cv),
        }
    }
}
