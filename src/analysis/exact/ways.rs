//! Ways through a small network: which links they may pass.
//!
//! In: the links between two places. Out: a [`Shape`], the links that some way may pass, in an order in which
//! few places stand between those looked at and those to come (the frontier).

use std::collections::HashMap;

/// Places that may stand in the frontier at a time.
const WIDEST: usize = 12;
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
pub fn last_uses(ends: impl Iterator<Item = (u32, u32)>) -> HashMap<u32, usize> {
    let mut last = HashMap::new();
    for (at, (a, b)) in ends.enumerate() {
        last.insert(a, at);
        last.insert(b, at);
    }
    last
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
}
