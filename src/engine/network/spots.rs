//! Every place as one destination sees it, as far as it matters to that destination.
//!
//! In large networks most places are at the edge: traffic starts or ends there and none passes
//! ([`Topology::inner`]). Of those a row keeps the ones where its own flows start or end:
//!
//! ```text
//! place ─┬─ inner: the same in every row ─► spot
//!        └─ edge: of this row ────────────► spot
//!                 of others ──────────────► nowhere
//! ```
//! So what a network takes grows with its inner places and its flows, and not with every pair of servers.

use super::topology::{NONE, Topology, to_u32};

/// A node as seen from one destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// How far it is; infinite where no path is left. Stale in a row that is `lost`.
    pub distance: f64,
    /// One bit for each of the first 32 directions from it: it works and is a next hop.
    pub next: u32,
    /// Where its traffic is, or [`NONE`] if no flow comes by.
    pub slot: u32,
}

/// No path leads from here.
const NOWHERE: Spot = Spot {
    distance: f64::INFINITY,
    next: 0,
    slot: NONE,
};

/// A place where flows of other rows start. No direction leads to it and no flow of this row is there, so it
/// may as well be nearer than anything: whoever looks for a nearer way to it finds none.
const OF_OTHERS: Spot = Spot {
    distance: f64::NEG_INFINITY,
    ..NOWHERE
};

/// The spots of one row.
#[derive(Clone, Debug)]
pub(super) struct Spots {
    /// Of inner places, then of this row's own.
    seats: Vec<Spot>,
    /// How many are inner.
    inner: u32,
    /// The first place at which traffic ends and none starts.
    first_end: u32,
    /// This row's own places at the edge, sorted.
    own: Vec<u32>,
}

impl Spots {
    /// Nothing is reached yet.
    pub fn new(topology: &Topology, row: u32) -> Self {
        let inner = topology.inner();
        let sources = topology.sources(row).map(|s| topology.source_place(s));
        let ends = std::iter::once(topology.root(row));
        let own: Vec<u32> = sources.chain(ends).filter(|&p| p >= inner).collect();
        debug_assert!(own.is_sorted(), "places where traffic ends come last");
        Self {
            seats: vec![NOWHERE; inner as usize + own.len()],
            inner,
            first_end: topology.first_end(),
            own,
        }
    }

    /// The places that matter to this row, in order.
    pub fn places(&self) -> impl Iterator<Item = u32> + use<> {
        (0..self.inner).chain(self.own.clone())
    }

    /// Those of them at the edge where flows start, in order.
    pub fn starts(&self) -> impl Iterator<Item = u32> + use<> {
        let first_end = self.first_end;
        self.own
            .clone()
            .into_iter()
            .take_while(move |&p| p < first_end)
    }

    /// Which of its spots a place has, if it matters to this row.
    #[inline]
    pub fn seat(&self, place: u32) -> Option<usize> {
        if place < self.inner {
            return Some(place as usize);
        }
        let at = self.own.binary_search(&place).ok()?;
        Some(self.inner as usize + at)
    }

    /// A place as this row sees it.
    #[inline]
    pub fn at(&self, place: u32) -> &Spot {
        match self.seat(place) {
            Some(seat) => &self.seats[seat],
            None if place < self.first_end => &OF_OTHERS,
            None => &NOWHERE,
        }
    }

    /// A place that matters to this row.
    ///
    /// # Panics
    /// If it does not. None other is ever changed: distances and next hops only where a path leads on from, and
    /// paths to this destination begin at its own sources; slots only where its traffic comes by.
    #[inline]
    pub fn at_mut(&mut self, place: u32) -> &mut Spot {
        let seat = self.seat(place).expect("a place of this row");
        &mut self.seats[seat]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// The distances of all.
    pub fn distances(&self) -> impl Iterator<Item = f64> + '_ {
        self.seats.iter().map(|s| s.distance)
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.seats[..]) + size_of_val(&self.own[..])
    }
}

/// How many spots all rows of a network have together.
pub(super) fn count(topology: &Topology) -> usize {
    let inner = topology.inner();
    let of = |row| {
        let sources = topology.sources(row).map(|s| topology.source_place(s));
        let own = sources.chain([topology.root(row)]).filter(|&p| p >= inner);
        inner as usize + own.count()
    };
    (0..to_u32(topology.rows())).map(of).sum()
}
