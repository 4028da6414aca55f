//! What a node serves by itself where loads of several layers meet on it.
//!
//! Loads are linear in each layer. Only here do layers meet: a fair node serves all tiers alike, a
//! node that serves better tiers first has for each what constants and better ones leave. Sums run
//! over the tiers in order, constants last, in the full and in the incremental evaluation.

use super::compiled::{CompiledSystem, Layered};
use super::ix::{Ix, NONE};
use super::lanes::{Lanes, by_lane};
use super::network_parts::Part;
use super::values::{Values, lower};
use crate::engine::utilization::raise;

/// Loads that differ by no more than this part of a capacity are the same.
const ROUNDING: f64 = 1e-12;

/// What is above what trips a node by no more than this part of it does not trip it.
const TRIP_ROUNDING: f64 = 1e-9;

/// Loads of one node, or of one direction of a link, by layer.
struct Loads<'l, const L: usize, F: Fn(usize) -> Lanes<L>> {
    layers: &'l Layered,
    /// The place that asks.
    v: usize,
    capacity: f64,
    /// The load of all layers above which the node trips; infinite if it never does.
    trips_above: f64,
    of: F,
}

impl<const L: usize, F: Fn(usize) -> Lanes<L>> Loads<'_, L, F> {
    fn layer(&self) -> usize {
        self.layers.layer[self.v] as usize
    }

    /// Whether there is nothing to share out: no limit, or what asks is a constant.
    fn is_free(&self) -> bool {
        self.capacity == f64::INFINITY || self.layers.is_constant(self.v)
    }

    fn tiers(&self, layers: std::ops::Range<usize>) -> Lanes<L> {
        let mut sum = [0.0; L];
        for layer in layers {
            add(&mut sum, &(self.of)(layer));
        }
        sum
    }

    fn constant(&self) -> Lanes<L> {
        if self.layers.count > self.layers.tiers {
            (self.of)(self.layers.tiers as usize)
        } else {
            [0.0; L]
        }
    }

    /// What the tier that asks gets of its load.
    fn own(&self) -> Lanes<L> {
        if self.is_free() {
            return [1.0; L];
        }
        let (layer, constant, capacity) = (self.layer(), self.constant(), self.capacity);
        if !self.layers.is_priority[self.v] {
            let mut total = self.tiers(0..self.layers.tiers as usize);
            add(&mut total, &constant);
            return total.map(|x| if x > capacity { capacity / x } else { 1.0 });
        }
        let mut before = self.tiers(0..layer);
        add(&mut before, &constant);
        let this = (self.of)(layer);
        by_lane(|l| {
            let left = capacity - before[l];
            if this[l] <= left + capacity * ROUNDING {
                1.0
            } else if left <= 0.0 || this[l] == f64::INFINITY {
                0.0
            } else {
                left / this[l]
            }
        })
    }

    /// The inverse of how much all demand can grow before the tier that asks gets less than all, or
    /// the node trips.
    fn used(&self) -> Lanes<L> {
        if self.is_free() {
            return [0.0; L];
        }
        let mut used = self.used_of(self.layers.counted(self.v), self.capacity, ROUNDING);
        if self.trips_above < f64::INFINITY {
            // All tiers trip it together.
            let tiers = self.layers.tiers as usize;
            raise(
                &mut used,
                &self.used_of(tiers, self.trips_above, TRIP_ROUNDING),
            );
        }
        used
    }

    /// The inverse of how much the first tiers can grow, constants staying, before all of that is more
    /// than `most`; constants alone are if they are by more than this part of it.
    fn used_of(&self, tiers: usize, most: f64, rounding: f64) -> Lanes<L> {
        let (grows, constant) = (self.tiers(0..tiers), self.constant());
        by_lane(|l| {
            let room = most - constant[l];
            if grows[l] > 0.0 && room > 0.0 {
                grows[l] / room
            } else if grows[l] > 0.0 || room < -most * rounding {
                f64::INFINITY
            } else {
                0.0
            }
        })
    }
}

fn add<const L: usize>(sum: &mut Lanes<L>, more: &Lanes<L>) {
    for l in 0..L {
        sum[l] += more[l];
    }
}

impl<const L: usize> Values<L> {
    /// What a place serves of its load by itself, whatever the other layers carry there.
    pub(super) fn own_of_layers(
        &self,
        sys: &CompiledSystem,
        layers: &Layered,
        capacity: &[f64],
        v: usize,
    ) -> Lanes<L> {
        if let Part::Link(net, link) = sys.part(number(v)) {
            let arc = |arc| self.arc_own(sys, capacity, net as usize, arc);
            let mut least = arc(2 * link);
            lower(&mut least, &arc(2 * link + 1));
            return least;
        }
        self.loads_at(sys, layers, capacity, v).own()
    }

    /// The same of one direction of a link.
    pub(super) fn own_of_arc_layers(
        &self,
        sys: &CompiledSystem,
        layers: &Layered,
        capacity: &[f64],
        (net, arc): (usize, u32),
    ) -> Lanes<L> {
        self.arc_loads(sys, layers, capacity, (net, arc)).own()
    }

    /// See [`super::Reach`]: what a place uses by itself of what it can take; of a link in the
    /// direction that is used more.
    pub(super) fn used_of_layers(
        &self,
        sys: &CompiledSystem,
        layers: &Layered,
        capacity: &[f64],
        v: usize,
    ) -> Lanes<L> {
        if let Part::Link(net, link) = sys.part(number(v)) {
            let arc = |arc| self.used_of_arc_layers(sys, layers, capacity, (net as usize, arc));
            let mut most = arc(2 * link);
            raise(&mut most, &arc(2 * link + 1));
            return most;
        }
        self.loads_at(sys, layers, capacity, v).used()
    }

    /// The same of one direction of a link.
    pub(super) fn used_of_arc_layers(
        &self,
        sys: &CompiledSystem,
        layers: &Layered,
        capacity: &[f64],
        (net, arc): (usize, u32),
    ) -> Lanes<L> {
        self.arc_loads(sys, layers, capacity, (net, arc)).used()
    }

    fn loads_at<'l>(
        &'l self,
        sys: &CompiledSystem,
        layers: &'l Layered,
        capacity: &[f64],
        v: usize,
    ) -> Loads<'l, L, impl Fn(usize) -> Lanes<L> + 'l> {
        Loads {
            layers,
            v,
            capacity: capacity[v],
            trips_above: capacity[v] * sys.trips_at(v),
            of: move |layer| self.load[layers.place(v, layer)],
        }
    }

    fn arc_loads<'l>(
        &'l self,
        sys: &'l CompiledSystem,
        layers: &'l Layered,
        capacity: &[f64],
        (net, arc): (usize, u32),
    ) -> Loads<'l, L, impl Fn(usize) -> Lanes<L> + 'l> {
        let first = layers.networks(net).start;
        let v = sys.networks[net].links[arc as usize / 2] as usize;
        let capacity = capacity[sys.capacity_of_arc(net, arc)];
        Loads {
            layers,
            v,
            capacity,
            trips_above: capacity * sys.trips_at(v),
            of: move |layer| self.arc_load(sys, first + layer, arc),
        }
    }

    /// What a node uses by itself of what it can take, in the layer where that is most: see
    /// [`Values::used_of_limit`].
    pub(crate) fn most_used_of_limit(
        &self,
        sys: &CompiledSystem,
        capacity: &[f64],
        v: Ix,
    ) -> Lanes<L> {
        let mut most = [0.0; L];
        for place in sys.replicas(v) {
            raise(&mut most, &self.used_of_limit(sys, capacity, place));
        }
        most
    }

    /// What a node carries in all layers; of a link from its first end to its second, and back.
    pub(crate) fn total_both_ways(&self, sys: &CompiledSystem, v: Ix) -> [Lanes<L>; 2] {
        let mut sums = [[0.0; L]; 2];
        for place in sys.replicas(v) {
            let both = self.load_both_ways(sys, place);
            sums.iter_mut().zip(&both).for_each(|(sum, x)| add(sum, x));
        }
        sums
    }

    /// What a node carries in all layers; of a link the larger of both directions.
    pub(crate) fn total(&self, sys: &CompiledSystem, v: Ix) -> Lanes<L> {
        if !sys.is_layered() {
            return self.load[v.index()];
        }
        let [there, back] = self.total_both_ways(sys, v);
        by_lane(|l| there[l].max(back[l]))
    }

    /// What of that is drawn whatever the demand; of a link in its two directions.
    pub(crate) fn constant_both_ways(&self, sys: &CompiledSystem, v: Ix) -> [Lanes<L>; 2] {
        match &sys.layers {
            Some(layers) if layers.count > layers.tiers => {
                let last = layers.places(v.index()).next_back().unwrap_or(v.index());
                self.load_both_ways(sys, Ix(number(last)))
            }
            _ => [[0.0; L]; 2],
        }
    }

    /// What a service gets in the tier that it is in; of another node the least that those tiers get
    /// that load it, or the best tier where none does.
    pub(crate) fn shown(&self, sys: &CompiledSystem, v: Ix) -> Lanes<L> {
        let Some(layers) = &sys.layers else {
            return self.delivered[v.index()];
        };
        let home = layers.home[v.index()] as usize;
        if sys.service[home] != NONE {
            return self.delivered[home];
        }
        by_lane(|l| {
            let loaded = layers.tier_places(home).filter(|&p| self.load[p][l] > 0.0);
            let least = loaded.map(|p| self.delivered[p][l]).reduce(f64::min);
            least.unwrap_or(self.delivered[home][l])
        })
    }

    /// Whether a node is, or was before its load in the layer of `v` changed from `before`, asked for
    /// more than it has.
    pub(super) fn is_or_was_over(
        &self,
        layers: &Layered,
        capacity: f64,
        v: usize,
        before: &Lanes<L>,
    ) -> bool {
        let (mut now, mut was) = ([0.0; L], [0.0; L]);
        for place in layers.places(v) {
            let load = &self.load[place];
            add(&mut now, load);
            add(&mut was, if place == v { before } else { load });
        }
        now.iter().chain(&was).any(|&x| x > capacity)
    }
}

fn number(v: usize) -> u32 {
    u32::try_from(v).unwrap_or(NONE)
}
