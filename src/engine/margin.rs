//! Margins: how much room has to be made before anything is placed otherwise.
//!
//! In: a placement in the making, what makes room. Out: the least by which an instance must take less, or
//! a capacity be larger, before some decision of the placement may turn out otherwise. Promise: up to that
//! everything runs where it runs; at it, or just past it, something may not.
//!
//! Decisions compare sums with capacities and parts of capacities with each other. As room is made in one
//! place, each side of such a comparison stays, is a straight line, or is `1 − taken/capacity` of a growing
//! capacity: where two of them meet is known in closed form.

use super::ix::{Ix, NONE};
use super::placement::{Onlooker, Placed, Placement, Term};

/// Rooms that differ by less than this are the same once rounded.
const TIE: f64 = 1.5e-9;
/// Margins smaller than this part of what is there are none.
const NOTHING: f64 = 1e-9;

/// What makes room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum MakeRoom {
    /// An instance takes less of a resource.
    TakeLess { instance: Ix, resource: usize },
    /// There is more of what instances take.
    HaveMore(Ix),
}

/// What is left of a resource as room is made, as a part of its capacity.
#[derive(Clone, Copy, Debug)]
enum Left {
    /// Always as much.
    Stays(f64),
    /// So much, and for each unit of room so much more.
    Rises(f64, f64),
    /// What is taken of a capacity that grows.
    Grows { taken: f64, capacity: f64 },
}

impl Left {
    fn at(self, room: f64) -> f64 {
        match self {
            Self::Stays(left) => left,
            Self::Rises(left, slope) => left + slope * room,
            Self::Grows { taken, capacity } => 1.0 - taken / (capacity + room),
        }
    }

    /// The room at which two are the same, if there is one.
    fn meets(self, other: Self) -> Option<f64> {
        let line = |left: Self| match left {
            Self::Stays(left) => Some((left, 0.0)),
            Self::Rises(left, slope) => Some((left, slope)),
            Self::Grows { .. } => None,
        };
        match (self, other) {
            (Self::Grows { taken, capacity }, level) | (level, Self::Grows { taken, capacity }) => {
                let (left, _) = line(level)?;
                Some(taken / (1.0 - left) - capacity)
            }
            _ => {
                let ((a, rise_a), (b, rise_b)) = (line(self)?, line(other)?);
                Some((b - a) / (rise_a - rise_b))
            }
        }
    }
}

/// One host that may take the instance that is being placed.
#[derive(Debug, Default)]
struct Candidate {
    host: u32,
    fits: bool,
    left: Vec<Left>,
}

impl Candidate {
    fn at(&self, room: f64) -> f64 {
        let all = self.left.iter().map(|left| left.at(room));
        all.fold(1.0, f64::min)
    }
}

/// Looks on while everything is placed.
#[derive(Debug)]
pub(super) struct Margin {
    /// The instance that takes less of a resource, by number; or the slot that is larger.
    less: Option<(u32, usize)>,
    more: u32,
    /// The least room that may make a difference.
    pub least: f64,
    /// The hosts of the instance that is being placed.
    hosts: Vec<Candidate>,
    terms: Vec<Left>,
}

impl Margin {
    pub fn of(p: &Placement, made: MakeRoom) -> Self {
        let (mut less, mut more) = (None, NONE);
        match made {
            MakeRoom::TakeLess { instance, resource } => {
                let number = (0u32..).zip(&p.instances);
                let mut number = number.filter(|(_, i)| i.node == instance.0);
                less = number.next().map(|(i, _)| (i, resource));
            }
            MakeRoom::HaveMore(v) => {
                let number = (0u32..).zip(&p.slots);
                let mut number = number.filter(|(_, at)| **at == v.0);
                more = number.next().map_or(NONE, |(slot, _)| slot);
            }
        }
        Self {
            less,
            more,
            least: f64::INFINITY,
            hosts: Vec::new(),
            terms: Vec::new(),
        }
    }

    fn meet(&mut self, room: f64, scale: f64) {
        if room > NOTHING * scale {
            self.least = self.least.min(room);
        }
    }

    /// Whether what is taken of a slot falls with what the instance takes.
    fn falls(&self, p: &Placement, now: &Placed, term: &Term) -> bool {
        let Some((instance, resource)) = self.less else {
            return false;
        };
        if term.instance == instance {
            return term.resource == resource;
        }
        let host = now.at[instance as usize];
        host != NONE && p.hosts[host as usize].slots[resource] == term.slot
    }

    /// The least room with which the order of two hosts changes.
    fn overtakes(best: &Candidate, other: &Candidate) -> Option<f64> {
        let all: Vec<Left> = best.left.iter().chain(&other.left).copied().collect();
        let mut rooms: Vec<f64> = Vec::new();
        for (at, &x) in all.iter().chain([&Left::Stays(1.0)]).enumerate() {
            let before = all.iter().take(at).filter_map(|&y| x.meets(y));
            rooms.extend(before.filter(|room| room.is_finite() && *room > 0.0));
        }
        rooms.sort_by(f64::total_cmp);
        let sign = |room: f64| {
            let ahead = other.at(room) - best.at(room);
            if ahead.abs() < TIE {
                0
            } else if ahead > 0.0 {
                1
            } else {
                -1
            }
        };
        let first = sign(rooms.first()? / 2.0);
        let changes = |at: &usize| {
            let next = rooms.get(at + 1).copied();
            let past = next.map_or(rooms[*at] * 2.0 + 1.0, |next| {
                f64::midpoint(rooms[*at], next)
            });
            sign(rooms[*at]) != first || sign(past) != first
        };
        (0..rooms.len()).find(changes).map(|at| rooms[at])
    }
}

impl Onlooker for Margin {
    fn waiting(&mut self, p: &Placement, all: &[u32]) {
        let Some((instance, resource)) = self.less else {
            return;
        };
        if !all.contains(&instance) {
            return;
        }
        let taken = |i: u32, r: usize| p.amounts_of(i)[r].unwrap_or(0.0);
        let mine = taken(instance, resource);
        for &other in all {
            let same = (0..resource).all(|r| taken(other, r) >= taken(instance, r));
            if same {
                self.meet(mine - taken(other, resource), mine);
            }
        }
    }

    fn term(&mut self, p: &Placement, now: &Placed, term: Term) {
        let taken = term.used + term.asked.unwrap_or(0.0);
        let falls = self.falls(p, now, &term);
        let grows = term.slot == self.more;
        if term.asked.is_some() && (falls || grows) {
            self.meet(taken - term.capacity, term.capacity.max(taken));
        }
        let capacity = term.capacity;
        if !capacity.is_finite() {
            return;
        }
        let left = if capacity > 0.0 {
            (capacity - taken) / capacity
        } else {
            0.0
        };
        self.terms.push(if grows {
            Left::Grows { taken, capacity }
        } else if falls && capacity > 0.0 {
            Left::Rises(left, 1.0 / capacity)
        } else {
            Left::Stays(left)
        });
    }

    fn host(&mut self, host: u32, fits: bool) {
        let left = std::mem::take(&mut self.terms);
        self.hosts.push(Candidate { host, fits, left });
    }

    fn chosen(&mut self, host: u32) {
        let hosts = std::mem::take(&mut self.hosts);
        let Some(best) = hosts.iter().find(|h| h.host == host) else {
            return;
        };
        for other in hosts.iter().filter(|h| h.fits && h.host != host) {
            if let Some(room) = Self::overtakes(best, other) {
                self.meet(room, 1.0_f64.min(room));
            }
        }
    }
}
