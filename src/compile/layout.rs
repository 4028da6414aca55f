//! What of a compiled system hangs on who needs whom alone. In: a system. Out: its layers, and where every node
//! stands in them. Promises: the same for every system in which the same nodes need the same ones and the same
//! of them have a capacity, however much there is of anything.

use super::layers::Layers;
use super::order::Order;
use super::stacked;
use crate::model::System;

/// Where the nodes of a system stand in its compiled arrays.
pub struct Layout {
    pub(super) layers: Layers,
    pub(super) order: Order,
    /// Per instance, in order of id: the layer of placement that it is in.
    pub(super) placed: Vec<u32>,
}

impl Layout {
    /// The layout of a system.
    #[must_use]
    pub fn of(system: &System) -> Self {
        let layers = Layers::of(system);
        Self {
            order: Order::new(system, &layers),
            placed: stacked::layers(system),
            layers,
        }
    }
}
