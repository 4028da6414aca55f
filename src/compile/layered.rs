//! Layers → flat arrays: which layer each place is in, and where the place of the same node is in another.

use super::layers::Layers;
use super::order::Order;
use crate::engine::Layered;
use crate::model::{NodeId, Serves, System};

/// What the engine needs to know of layers; nothing where there is one.
pub(super) fn compile(system: &System, order: &Order, layers: &Layers) -> Option<Layered> {
    if layers.count() == 1 {
        return None;
    }
    let places = || order.node_of.iter().zip(&order.layer).zip(&order.stride);
    let first =
        |i: usize, layer: u32, stride: u32| u32::try_from(i).unwrap_or(u32::MAX) - layer * stride;
    let home = |v: NodeId, first: u32, stride: u32| first + layers.of_service(v) * stride;
    Some(Layered {
        count: layers.count(),
        tiers: layers.tiers,
        first: places()
            .enumerate()
            .map(|(i, ((_, &layer), &stride))| first(i, layer, stride))
            .collect(),
        layer: order.layer.clone(),
        stride: order.stride.clone(),
        home: places()
            .enumerate()
            .map(|(i, ((&v, &layer), &stride))| home(v, first(i, layer, stride), stride))
            .collect(),
        is_priority: order
            .node_of
            .iter()
            .map(|&v| system.node(v).serves == Serves::Priority)
            .collect(),
    })
}
