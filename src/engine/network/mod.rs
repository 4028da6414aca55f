//! Networks: what an interior gateway protocol with equal-cost multipath does to flows.
//!
//! In: a [`Topology`] (local node, link and flow numbers), which parts work, the load of every
//! flow, what every part delivers. Out: which flows have a path, the load on every link direction
//! and node, the fraction of every flow that arrives. Promises: the shortest-path tree of a
//! destination is shared by all flows to it; a failure costs nothing at destinations whose trees it
//! does not touch, and there only what changes; a state reached by failures one after another has
//! the same bits as the same state evaluated from nothing.
//!
//! ```text
//! Topology ─ Base::route ─► who reaches whom ─ Base::load ─► loads ─ Base::deliver ─► what arrives
//!    │            one row per destination: distance and next hops of every node, traffic where any
//!    │            passes
//!    └─ Scratch on a Base: fail ─► cut ─ set_flow_load, push_loads ─► changed ─ set_own, set_node,
//!                          settle ─► moved;  mark, undo
//!
//! a step     fail: `repair` (distances, next hops), or `single` (what is known of one link's failure)
//!            push: `load` (traffic)     settle: `delivered` (what arrives)     all on a `row`
//! over many  FlowPeaks: which flows meet what is used more than anything before
//!            Reroutes: which flows take other ways than in the base state
//! ```
//!
//! Routing does not depend on load, so all load cases (lanes) share it. Loads are exact sums (see
//! `exact`): their order does not matter, and a row's contribution can be taken away again without a
//! trace. So traffic is moved by differences, and what one failure does to a row is the same on top
//! of others that leave the row alone.

mod arriving;
mod base;
mod delivered;
mod exact;
mod fail;
mod flow_peaks;
mod load;
mod push;
mod queue;
mod recorder;
mod repair;
mod reroutes;
mod row;
mod scratch;
mod settle;
mod single;
mod spots;
mod topology;
mod trail;
mod work;

pub use base::Base;
pub use flow_peaks::FlowPeaks;
pub use reroutes::{Reroute, Reroutes};
pub use scratch::Scratch;
pub use topology::{Edge, Topology};
pub use trail::{Place, Trail};
pub use work::Mark;
