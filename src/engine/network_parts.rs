//! Networks that flows cross, as parts of a compiled system: where their nodes, links and flows stand in it.

use super::network::Topology;

/// One network that flows cross, with the places of its parts in the compiled order.
#[derive(Debug)]
pub(crate) struct Network {
    pub topology: Topology,
    pub nodes: Vec<u32>,
    pub links: Vec<u32>,
    pub flows: Vec<u32>,
    /// Where its own step stands: above all its elements, below all its flows.
    pub level: u32,
    /// The same among the stages of load.
    pub stage: u32,
}

/// What a node is to a network: the number of the network, and the local number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Nothing, or to a network that no flow crosses.
    Outside,
    /// A component that links join.
    Node(u32, u32),
    /// A link.
    Link(u32, u32),
    /// A flow over it.
    Flow(u32, u32),
    /// A flow from a component to itself: it crosses nothing.
    Still,
}
