//! Room where loads of several layers meet.
//!
//! A node serves all that is asked of it, and what it uses is not above the bound, as long as for each
//! tier what it and better ones ask (at a fair node: all), and the constants times the bound, are not
//! above the bound times its capacity; and the constants not above its capacity. Each of these is
//! linear in the loads, so a change of load fills each of them by a sum over layers. With a bound of at
//! most 1 it follows that all together is not above the capacity. Two tiers may fit one by one and not
//! together, so no layer is looked at by itself.

use super::index::{ALMOST, Room, short};
use crate::engine::{Base, Layered, Scratch, by_lane};

impl<const L: usize> Room<L> {
    /// See [`Room::new`].
    pub(super) fn of_layers(base: &Base<'_, L>, layers: &Layered, bound: &[[f64; L]]) -> Self {
        let capacity = base.capacity();
        let loads = &base.values.load;
        let room = (0..bound.len()).map(|v| {
            let total = sum(layers.places(v).map(|p| loads[p]));
            let asked = weighed(layers, v, &bound[v], |p| loads[p]);
            by_lane(|l| {
                let capacity = capacity[v];
                if total[l] == f64::INFINITY {
                    f64::NEG_INFINITY
                } else if capacity == f64::INFINITY {
                    f64::INFINITY
                } else if total[l] > capacity * ALMOST || capacity <= 0.0 {
                    f64::NEG_INFINITY
                } else {
                    let bound = if layers.is_constant(v) {
                        1.0
                    } else {
                        bound[v][l]
                    };
                    // Sums over layers round more than one load does.
                    (capacity * bound * (1.0 - 1e-11)) - asked[l]
                }
            })
        });
        Self {
            nodes: room.collect(),
            // Networks are one place as a whole.
            arcs: Vec::new(),
            bound: bound.to_vec(),
        }
    }

    /// How far the changes in a scratch fill the room of a node, for the tier where they do so most.
    pub(super) fn filled_over(&self, layers: &Layered, scratch: &Scratch<'_, L>, v: u32) -> f32 {
        let (now, base) = (&scratch.values.load, &scratch.base().values.load);
        let infinite = |p: usize| now[p].iter().chain(&base[p]).any(|x| x.is_infinite());
        if layers.places(v as usize).any(infinite) {
            return f32::INFINITY;
        }
        let change = |p: usize| by_lane(|l| now[p][l] - base[p][l]);
        let filled = layers.places(v as usize).map(|p| {
            let change = weighed(layers, p, &self.bound[p], change);
            self.fills(p, &change)
        });
        short(filled.fold(f64::NEG_INFINITY, f64::max))
    }
}

/// What counts against the room of the tier that a place stands for.
fn weighed<const L: usize>(
    layers: &Layered,
    v: usize,
    bound: &[f64; L],
    load: impl Fn(usize) -> [f64; L],
) -> [f64; L] {
    let constant = layers.places(v).nth(layers.tiers as usize).map(&load);
    let constant = constant.unwrap_or([0.0; L]);
    if layers.is_constant(v) {
        return constant;
    }
    let tiers = layers.tier_places(v).take(layers.counted(v));
    let grows = sum(tiers.map(load));
    by_lane(|l| grows[l] + bound[l] * constant[l])
}

fn sum<const L: usize>(loads: impl Iterator<Item = [f64; L]>) -> [f64; L] {
    loads.fold([0.0; L], |sum, load| by_lane(|l| sum[l] + load[l]))
}
