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
//!    │            one row per destination: distance of every node, cells where traffic passes
//!    └─ Scratch on a Base: fail ─► cut ─ set_flow_load, push_loads ─► changed ─ set_own, set_node,
//!                          settle ─► moved;  mark, undo
//! ```
//!
//! Routing does not depend on load, so all load cases (lanes) share it. Within a row, sums run in
//! the order of arcs, which is fixed; over rows they are exact (see `exact`), so a row's
//! contribution can be taken away again without a trace.

mod base;
mod delivered;
mod exact;
mod high_water;
mod load;
mod queue;
mod repair;
mod row;
mod scratch;
mod single;
mod topology;
mod trail;
mod work;

pub use base::Base;
pub use high_water::HighWater;
pub use scratch::Scratch;
pub use topology::{Edge, Topology};
pub use trail::{Place, Trail};
pub use work::Mark;
