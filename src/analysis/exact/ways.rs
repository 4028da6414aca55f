//! Ways through a small network: when there is none from one place to another.
//!
//! In: the links between two places. Out: a [`Shape`], the links that some way may pass, in an order in which
//! few places stand between those looked at and those to come (the frontier); and the function that
//! says that nothing is left, given when each link is down. Of the links looked at it matters
//! only which places of the frontier they join, so the diagram has a node per link and partition of the
//! frontier (after Sekine and Imai, 1995) instead of one per set of links.

use super::bdd::{ALWAYS, Handle, NEVER, TooLarge};
use super::build::Build;
use std::collections::HashMap;

/// Places that may stand in the frontier at a time.
const WIDEST: usize = 12;
/// Partitions of one frontier, and of all of them.
const MOST: (usize, usize) = (5_000, 100_000);
/// Links that are looked at.
const MOST_LINKS: usize = 2_000;

/// The links between two places.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Ends of each link: places from 0.
    pub ends: Vec<(u32, u32)>,
    /// Where ways begin.
    pub from: u32,
    /// Where they end.
    pub to: u32,
}

/// Which links matter, in the order to look at them.
#[derive(Debug)]
pub struct Ways {
    /// Positions among the links that were given.
    pub links: Vec<usize>,
    /// Their ends.
    pub shape: Shape,
}

impl Ways {
    /// Of links between places below `places`; `forwards` says which may be passed. `None` if they are
    /// too many, or the frontier is too wide.
    pub fn new(
        links: &[(u32, u32)],
        (from, to): (u32, u32),
        forwards: impl Fn(u32) -> bool,
    ) -> Option<Self> {
        let may = |v: u32| v == from || v == to || forwards(v);
        let mut kept: Vec<usize> = (0..links.len())
            .filter(|&l| links[l].0 != links[l].1 && may(links[l].0) && may(links[l].1))
            .collect();
        trim(&mut kept, links, (from, to));
        if kept.len() > MOST_LINKS {
            return None;
        }
        let starts = [from, to, farthest(&kept, links, from)];
        let orders = starts.map(|start| by_distance(&kept, links, start));
        let width = |order: &Vec<usize>| frontier(order, links, (from, to));
        let (widest, order) = orders
            .into_iter()
            .map(|order| (width(&order), order))
            .min_by(|a, b| a.0.cmp(&b.0))?;
        if widest.0 > WIDEST {
            return None;
        }
        let ends = order.iter().map(|&l| links[l]).collect();
        Some(Self {
            links: order,
            shape: Shape { ends, from, to },
        })
    }
}

/// Leaves out, again and again, what ends at a place where nothing goes on.
fn trim(kept: &mut Vec<usize>, links: &[(u32, u32)], (from, to): (u32, u32)) {
    loop {
        let mut count: HashMap<u32, u32> = HashMap::from([(from, 2), (to, 2)]);
        for &l in &*kept {
            for v in [links[l].0, links[l].1] {
                *count.entry(v).or_insert(0) += 1;
            }
        }
        let before = kept.len();
        kept.retain(|&l| count[&links[l].0] > 1 && count[&links[l].1] > 1);
        if kept.len() == before {
            break;
        }
    }
    // What no way from the start reaches.
    let near = distances(kept, links, from);
    kept.retain(|&l| near.contains_key(&links[l].0));
}

/// How many links away each place is, with its rank in the order in which they are met.
fn distances(kept: &[usize], links: &[(u32, u32)], start: u32) -> HashMap<u32, (u32, u32)> {
    let mut beside: HashMap<u32, Vec<u32>> = HashMap::new();
    for &l in kept {
        let (a, b) = links[l];
        beside.entry(a).or_default().push(b);
        beside.entry(b).or_default().push(a);
    }
    let mut met = HashMap::from([(start, (0, 0))]);
    let (mut queue, mut next) = (vec![start], 0);
    while let Some(&v) = queue.get(next) {
        next += 1;
        let away = met[&v].0 + 1;
        for &w in beside.get(&v).into_iter().flatten() {
            let rank = u32::try_from(queue.len()).unwrap_or(u32::MAX);
            met.entry(w).or_insert_with(|| {
                queue.push(w);
                (away, rank)
            });
        }
    }
    met
}

fn farthest(kept: &[usize], links: &[(u32, u32)], start: u32) -> u32 {
    let met = distances(kept, links, start).into_iter();
    met.max_by_key(|(_, rank)| *rank).map_or(start, |(v, _)| v)
}

fn by_distance(kept: &[usize], links: &[(u32, u32)], start: u32) -> Vec<usize> {
    let met = distances(kept, links, start);
    let rank = |v: u32| met.get(&v).map_or(u32::MAX, |m| m.1);
    let mut order = kept.to_vec();
    order.sort_by_key(|&l| {
        let (a, b) = (rank(links[l].0), rank(links[l].1));
        (a.max(b), a.min(b), l)
    });
    order
}

/// How many places stand in the frontier at most, and over all links.
fn frontier(order: &[usize], links: &[(u32, u32)], (from, to): (u32, u32)) -> (usize, usize) {
    let last = last_uses(order.iter().map(|&l| links[l]));
    let mut now = std::collections::HashSet::from([from, to]);
    let (mut most, mut all) = (0, 0);
    for (at, &l) in order.iter().enumerate() {
        now.extend([links[l].0, links[l].1]);
        most = most.max(now.len());
        all += now.len();
        now.retain(|v| *v == from || *v == to || last[v] > at);
    }
    (most, all)
}

/// The last link of each place, by position.
fn last_uses(ends: impl Iterator<Item = (u32, u32)>) -> HashMap<u32, usize> {
    let mut last = HashMap::new();
    for (at, (a, b)) in ends.enumerate() {
        last.insert(a, at);
        last.insert(b, at);
    }
    last
}

/// Where a choice leads.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// There is a way.
    Joined,
    /// There can be none any more.
    Parted,
    /// To a partition of the next frontier.
    On(usize),
}

/// A partition of the frontier: for each of its places the number of its part. Equal partitions are
/// equal values.
type Parts = Vec<u8>;

/// The links one by one, with the places that stand in the frontier after each.
struct Frontiers<'s> {
    shape: &'s Shape,
    last: HashMap<u32, usize>,
    /// The frontier before the link at hand; the two ends of all ways are its first places.
    now: Vec<u32>,
}

impl<'s> Frontiers<'s> {
    fn new(shape: &'s Shape) -> Self {
        Self {
            shape,
            last: last_uses(shape.ends.iter().copied()),
            now: vec![shape.from, shape.to],
        }
    }

    /// The layers of the diagram, per partition what follows if the link works and if it does not.
    fn layers(mut self) -> Result<Vec<Vec<[Next; 2]>>, TooLarge> {
        let mut states: Vec<Parts> = vec![vec![0, 1]];
        let (mut layers, mut all) = (Vec::with_capacity(self.shape.ends.len()), 0);
        for at in 0..self.shape.ends.len() {
            let (a, b) = self.shape.ends[at];
            let mut with = self.now.clone();
            for v in [a, b] {
                if !with.contains(&v) {
                    with.push(v);
                }
            }
            let ends = |v: &u32| *v == self.shape.from || *v == self.shape.to;
            let goes_on = |v: &u32| self.last.get(v).is_some_and(|&last| last > at);
            let after: Vec<u32> = with
                .iter()
                .copied()
                .filter(|v| ends(v) || goes_on(v))
                .collect();
            let place = |v: u32| with.iter().position(|&w| w == v).unwrap_or(0);
            let (a, b) = (place(a), place(b));
            let kept: Vec<usize> = after.iter().map(|&v| place(v)).collect();
            let alive: Vec<bool> = after.iter().map(goes_on).collect();
            let mut known: HashMap<Parts, usize> = HashMap::new();
            let mut next: Vec<Parts> = Vec::new();
            let mut layer = Vec::with_capacity(states.len());
            for state in &states {
                let mut parts = state.clone();
                // New places are parts of their own.
                parts.extend([u8::MAX - 1, u8::MAX].iter().take(with.len() - parts.len()));
                let mut joined = parts.clone();
                let (into, from) = (joined[a], joined[b]);
                joined
                    .iter_mut()
                    .filter(|p| **p == from)
                    .for_each(|p| *p = into);
                layer.push([joined, parts].map(|parts| {
                    let parts = numbered(kept.iter().map(|&k| parts[k]));
                    follow(parts, &alive, &mut known, &mut next)
                }));
            }
            all += next.len();
            if next.len() > MOST.0 || all > MOST.1 {
                return Err(TooLarge);
            }
            layers.push(layer);
            (states, self.now) = (next, after);
        }
        Ok(layers)
    }
}

/// Parts numbered in the order in which they are met.
fn numbered(parts: impl Iterator<Item = u8>) -> Parts {
    let mut met: Vec<u8> = Vec::new();
    let number = |p: u8| {
        let at = met.iter().position(|&m| m == p).unwrap_or_else(|| {
            met.push(p);
            met.len() - 1
        });
        u8::try_from(at).unwrap_or(u8::MAX)
    };
    parts.map(number).collect()
}

fn follow(
    parts: Parts,
    alive: &[bool],
    known: &mut HashMap<Parts, usize>,
    next: &mut Vec<Parts>,
) -> Next {
    if parts[0] == parts[1] {
        return Next::Joined;
    }
    let goes_on = |end: u8| {
        parts
            .iter()
            .zip(alive)
            .any(|(&p, &alive)| p == end && alive)
    };
    if !goes_on(parts[0]) || !goes_on(parts[1]) {
        return Next::Parted;
    }
    let at = *known.entry(parts).or_insert_with_key(|parts| {
        next.push(parts.clone());
        next.len() - 1
    });
    Next::On(at)
}

impl Build<'_> {
    /// That no way is left, given when each link is down.
    pub fn no_way(&mut self, shape: &Shape, links: &mut [Handle]) -> Result<Handle, TooLarge> {
        if shape.from == shape.to {
            return Ok(NEVER);
        }
        let layers = Frontiers::new(shape).layers()?;
        let mut below: Vec<Handle> = Vec::new();
        for (at, layer) in layers.iter().enumerate().rev() {
            let mut values = Vec::with_capacity(layer.len() + below.len());
            for &[works, fails] in layer {
                let value = |next: Next| match next {
                    Next::Joined => NEVER,
                    Next::Parted => ALWAYS,
                    Next::On(i) => below[i],
                };
                // A way that is there without the link is there with it.
                let lost = self.bdd.and(links[at], value(fails))?;
                values.push(self.bdd.or(value(works), lost)?);
            }
            below = values;
            self.drop_unused(links, &mut below);
        }
        Ok(below.first().copied().unwrap_or(ALWAYS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_nowhere_is_left_out() {
        // 0 – 1 – 2 with a stub 1 – 3 – 4, a loop at 1 and 5 that does not forward.
        let links = [(0, 1), (1, 2), (1, 3), (3, 4), (1, 1), (0, 5), (5, 2)];
        let ways = Ways::new(&links, (0, 2), |v| v != 5).expect("narrow");
        assert_eq!(ways.links, [0, 1]);
    }

    #[test]
    fn a_ladder_is_narrow_and_a_full_mesh_is_not() {
        let ladder: Vec<(u32, u32)> = (0..40u32)
            .flat_map(|i| {
                [
                    (2 * i, 2 * i + 1),
                    (2 * i, 2 * i + 2),
                    (2 * i + 1, 2 * i + 3),
                ]
            })
            .collect();
        let ways = Ways::new(&ladder, (0, 81), |_| true).expect("narrow");
        let layers = Frontiers::new(&ways.shape).layers().expect("few");
        assert!(layers.iter().all(|layer| layer.len() <= 15));
        let mesh: Vec<(u32, u32)> = (0..20u32)
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .collect();
        assert!(Ways::new(&mesh, (0, 1), |_| true).is_none());
    }
}
