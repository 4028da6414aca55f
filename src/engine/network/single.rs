//! What the failure of one link alone does to rows, kept to be done again.
//!
//! On top of another failure, a row that the other one left as it was, and whose new paths need
//! nothing that it took, changes in exactly the same way. To copy that is much cheaper than to work
//! it out. Sums are exact, so the bits are the same, too.

use super::super::lanes::is_all;
use super::exact::Sums;
use super::load::Here;
use super::row::{Row, Word};
use super::topology::{NONE, to_u32};
use super::work::{Log, Traffic, Turn};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// No more is kept once all together hold this many bytes.
pub(super) const MOST: usize = 128 << 20;

/// One link's failure.
#[derive(Clone, Debug)]
pub(super) struct Single<const L: usize> {
    /// By row. Rows from which a source is cut off are left out.
    parts: Vec<Part>,
    /// (node, distance)
    distances: Vec<(u32, f64)>,
    /// (node, word, next hops)
    next: Vec<(u32, Word, u32)>,
    /// (node, slot if it has one in the base state)
    carriers: Vec<(u32, u32)>,
    /// What those carry.
    loads: Vec<[i128; L]>,
    arcs: Vec<u32>,
    /// How much more they carry.
    more: Vec<[i128; L]>,
    /// Links of which a direction comes to be a next hop.
    gained: Vec<u32>,
    /// (link, row) of those, sorted.
    pub leans: Vec<(u32, u32)>,
}

/// One row; its ranges end here and begin where those of the row before end.
#[derive(Clone, Copy, Debug)]
struct Part {
    row: u32,
    ends: Ends,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    distances: u32,
    next: u32,
    carriers: u32,
    arcs: u32,
    gained: u32,
}

/// What is kept of each link, once it was asked for. Shared by all threads.
#[derive(Debug)]
pub(super) struct Singles<const L: usize> {
    pub of: Vec<OnceLock<Option<Box<Single<L>>>>>,
    pub bytes: AtomicUsize,
}

impl<const L: usize> Singles<L> {
    /// Nothing yet.
    pub fn new(links: usize) -> Self {
        Self {
            of: (0..links).map(|_| OnceLock::new()).collect(),
            bytes: AtomicUsize::new(0),
        }
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.of[..]) + self.bytes.load(Ordering::Relaxed)
    }
}

impl<const L: usize> Clone for Singles<L> {
    /// Nothing is taken along: it is soon found again.
    fn clone(&self) -> Self {
        Self::new(self.of.len())
    }
}

impl<const L: usize> Single<L> {
    /// No row changes.
    pub fn nothing() -> Self {
        Self {
            parts: Vec::new(),
            distances: Vec::new(),
            next: Vec::new(),
            carriers: Vec::new(),
            loads: Vec::new(),
            arcs: Vec::new(),
            more: Vec::new(),
            gained: Vec::new(),
            leans: Vec::new(),
        }
    }

    /// Keeps what the log says of a row that was `before` and is `now`.
    pub fn keep(&mut self, before: &Row<L>, now: &Row<L>, log: &Log<L>, sums: &Sums<L>, row: u32) {
        let distances = log.distances.iter();
        self.distances
            .extend(distances.map(|&(_, node, _)| (node, now.distance(node))));
        for turn in &log.next {
            let new = now.at_word(turn.node, turn.word);
            self.next.push((turn.node, turn.word, new));
        }
        self.gained.extend(log.gains.iter().map(|&(link, _)| link));
        self.leans.extend(&log.gains);
        for was in &log.traffic {
            let slot = before.slot(was.node).map_or(NONE, to_u32);
            self.carriers.push((was.node, slot));
            self.loads.push(now.load[was.slot as usize]);
        }
        for i in 0..sums.logged() {
            let more = sums.since(i);
            if !is_all(&more, 0) {
                self.arcs.push(sums.logged_at(i));
                self.more.push(more);
            }
        }
        self.parts.push(Part {
            row,
            ends: Ends {
                distances: to_u32(self.distances.len()),
                next: to_u32(self.next.len()),
                carriers: to_u32(self.carriers.len()),
                arcs: to_u32(self.arcs.len()),
                gained: to_u32(self.gained.len()),
            },
        });
    }

    /// Rows that need a link after the failure that did not need it before.
    pub fn leaning_on(&self, link: u32) -> impl Iterator<Item = u32> + '_ {
        let from = self.leans.partition_point(|&(l, _)| l < link);
        let of_link = self.leans[from..].iter().take_while(move |g| g.0 == link);
        of_link.map(|&(_, row)| row)
    }

    /// Which part is of a row, if it is that one or comes later.
    pub fn part(&self, row: u32, from: usize) -> Result<usize, usize> {
        let mut part = from;
        while self.parts.get(part).is_some_and(|p| p.row < row) {
            part += 1;
        }
        match self.parts.get(part) {
            Some(p) if p.row == row => Ok(part),
            _ => Err(part),
        }
    }

    /// Does to a row that is as in the base state what the failure does to it.
    pub fn replay(&self, part: usize, here: Here<'_, L>, sums: &mut Sums<L>) {
        let ends = self.parts[part].ends;
        let from = part
            .checked_sub(1)
            .map_or(Ends::default(), |p| self.parts[p].ends);
        let Here {
            topology,
            row,
            at,
            log,
        } = here;
        let distances = &self.distances[range(from.distances, ends.distances)];
        log.distances.extend(distances.iter().map(|&(node, new)| {
            let distance = &mut at.spots.at_mut(node).distance;
            (row, node, std::mem::replace(distance, new))
        }));
        let next = &self.next[range(from.next, ends.next)];
        log.next.extend(next.iter().map(|&(node, word, new)| Turn {
            row,
            node,
            word,
            old: std::mem::replace(at.word_at(node, word), new),
        }));
        let gained = &self.gained[range(from.gained, ends.gained)];
        log.gains.extend(gained.iter().map(|&link| (link, row)));
        let carriers = range(from.carriers, ends.carriers);
        let loads = self.loads[carriers.clone()].iter();
        let carriers = self.carriers[carriers].iter().zip(loads);
        let Log {
            traffic, opened, ..
        } = log;
        traffic.extend(carriers.map(|(&(node, slot), load)| {
            let slot = if slot == NONE {
                at.slot_for(topology, row, node, opened)
            } else {
                slot
            };
            Traffic {
                row,
                slot,
                node,
                load: std::mem::replace(&mut at.load[slot as usize], *load),
            }
        }));
        let arcs = range(from.arcs, ends.arcs);
        for (&arc, more) in self.arcs[arcs.clone()].iter().zip(&self.more[arcs]) {
            sums.add(arc, more);
        }
    }

    pub fn bytes(&self) -> usize {
        self.parts.len() * size_of::<Part>()
            + self.distances.len() * 16
            + self.next.len() * 12
            + self.carriers.len() * (8 + 16 * L)
            + self.arcs.len() * (4 + 16 * L)
            + self.gained.len() * 12
    }
}

fn range(from: u32, end: u32) -> Range<usize> {
    from as usize..end as usize
}
