//! How much of what it can take a node, or a requirement, uses: the inverse of how much all demand can
//! grow before it gets less than all. The arithmetic of one node at a time; [`Reach`](super::Reach)
//! goes over states.

use super::base::Base;
use super::compiled::{Edge, Requirement, Rule};
use super::lanes::{Lanes, by_lane};
use super::scratch::Scratch;
use super::values::{Values, shard_weight, smallest, total_weight};
use crate::model::Split;

/// What a node uses by itself of what it can take: 0 without load or without a limit.
#[inline]
pub(crate) fn utilization(load: f64, capacity: f64) -> f64 {
    if load > 0.0 && capacity < f64::INFINITY {
        load / capacity
    } else {
        0.0
    }
}

/// Takes each lane up to the greater of both.
#[inline]
pub(super) fn raise<const L: usize>(most: &mut Lanes<L>, value: &Lanes<L>) {
    for l in 0..L {
        most[l] = most[l].max(value[l]);
    }
}

/// What a requirement that delivers uses, given what its providers do.
pub(crate) fn requirement<const L: usize>(
    base: &Base<'_, L>,
    values: &Values<L>,
    r: &Requirement,
    of: impl Fn(u32) -> Lanes<L>,
) -> Lanes<L> {
    let edges = &base.sys.edges[r.edges()];
    let works = |p: u32| values.works[p as usize];
    if r.rule == Rule::Group(Split::Copy) {
        let at = |l: usize| {
            let of = |p: u32| if works(p) { of(p)[l] } else { f64::INFINITY };
            smallest(edges.iter().map(|e| of(e.provider)), r.need as usize)
        };
        return by_lane(at);
    }
    if lost_shards(base, values, r).next().is_some() {
        return [f64::INFINITY; L];
    }
    let mut most = [0.0; L];
    let mut counts = Counts::of(base, values, r);
    for e in edges {
        if counts.next(works(e.provider), e.weight) {
            raise(&mut most, &of(e.provider));
        }
    }
    most
}

/// The shards of a requirement that do not work though they have a part of their own: what they
/// served is lost, however little is asked.
pub(super) fn lost_shards<'a, const L: usize>(
    base: &Base<'a, L>,
    values: &'a Values<L>,
    r: &Requirement,
) -> impl Iterator<Item = u32> + use<'a, L> {
    let is_shard = r.rule == Rule::Group(Split::Shard);
    let edges = &base.sys.edges[if is_shard { r.edges() } else { 0..0 }];
    let total = total_weight(edges);
    let lost = move |e: &&Edge| shard_weight(e, total) > 0.0 && !values.works[e.provider as usize];
    edges.iter().filter(lost).map(|e| e.provider)
}

impl<const L: usize> Scratch<'_, L> {
    /// Whether some shard that has a part of its own does not work, of a consumer that works.
    pub(crate) fn has_lost_shards(&self) -> bool {
        let base = self.base();
        let is_asked = |r: &&Requirement| {
            r.rule == Rule::Group(Split::Shard)
                && r.delivers()
                && self.values.works[r.consumer as usize]
        };
        let mut all = base.sys.requirements.iter().filter(is_asked);
        all.any(|r| lost_shards(base, &self.values, r).next().is_some())
    }
}

/// Which providers of a requirement count, asked in their order.
pub(super) enum Counts {
    None,
    /// All that work.
    Working,
    /// Those that work and have a weight.
    Weighted,
    /// So many more that work.
    First(u32),
}

impl Counts {
    /// Of a requirement in a state.
    pub fn of<const L: usize>(base: &Base<'_, L>, values: &Values<L>, r: &Requirement) -> Self {
        match r.rule {
            Rule::WorksOnly => Self::None,
            Rule::All | Rule::Group(Split::Copy) => Self::Working,
            Rule::Group(Split::Standby) => Self::First(r.need),
            Rule::Group(Split::Shard) => {
                let edges = &base.sys.edges[r.edges()];
                if total_weight(edges) > 0.0 {
                    Self::Weighted
                } else {
                    Self::Working
                }
            }
            Rule::Group(Split::Share) => {
                let edges = base.sys.edges[r.edges()].iter();
                let mut working = edges.filter(|e| values.works[e.provider as usize]);
                if working.any(|e| e.weight > 0.0) {
                    Self::Weighted
                } else {
                    Self::Working
                }
            }
        }
    }

    /// Whether the next provider counts.
    pub fn next(&mut self, works: bool, weight: f64) -> bool {
        match self {
            Self::None => false,
            Self::Working => works,
            Self::Weighted => works && weight > 0.0,
            Self::First(left) => {
                let counts = works && *left > 0;
                *left -= u32::from(counts);
                counts
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kth_smallest_counts_from_the_bottom() {
        let kth = |k| smallest([0.2, f64::INFINITY, 0.5].into_iter(), k);
        assert_eq!(
            [kth(1), kth(2), kth(3)].map(f64::to_bits),
            [0.2, 0.5, f64::INFINITY].map(f64::to_bits)
        );
    }

    #[test]
    fn no_load_and_no_limit_use_nothing() {
        let is = |x: f64, y: f64| assert_eq!(x.to_bits(), y.to_bits());
        is(utilization(0.0, 0.0), 0.0);
        is(utilization(f64::INFINITY, f64::INFINITY), 0.0);
        is(utilization(1.0, 0.0), f64::INFINITY);
        is(utilization(95.0, 100.0), 0.95);
    }
}
