//! One state: which nodes work, what each carries, what each service gets.
//!
//! In: a [`CompiledSystem`], a capacity per node, demands per service at up to `L` load cases, and
//! which nodes have failed. Out: the values of that state, per node and load case. No names, no I/O,
//! no threads, no randomness. The promise: the incremental evaluation equals the full one to the
//! last bit, in any order of failing and undoing.
//!
//! - [`Base::evaluate`] evaluates a state in full; [`Base::set_demand`] asks the same state at other
//!   demands without allocating (a time series is a run of demands, `L` instants at a time).
//! - [`Scratch::new`] copies a base once per thread. [`Scratch::fail`] puts a failure on top,
//!   [`Scratch::mark`] and [`Scratch::undo`] go back, nested as deep as wanted; what changed since a
//!   mark is [`Scratch::changed_services`], [`Scratch::stopped`], [`Scratch::load_before`] and
//!   [`Scratch::delivered_before`]. No state allocates.
//! - [`Many`] evaluates up to [`STATES`] states at once, for states in which much fails.
//! - [`Reach`] looks at one state as a [`View`], which names the [`Limit`] of a service when asked.
//!
//! Values of a node are `[f64; L]`, one per load case: `works` does not depend on demand, so it is
//! found once for all of them. `L` is any number; 1, 2, 4 and 8 are those that the analyses use.
//! Cost: see [`CompiledSystem::scratch_bytes`]; a failure costs what it touches.
//!
//! What trips is lost to overload, round by round, in each load case by itself: [`Scratch::lane`] and
//! [`Base::lane`] are the state of one load case after all rounds.
//!
//! Instances are placed on hosts that work, as a function of what has failed ([`Base::placed_on`]).
//! Where one finds no room, every load case is evaluated again without it, as if it had tripped before
//! the first round.
//!
//! A flow works when its ends and its requirements do and a network joins them.

mod amplify;
mod base;
mod bounds;
mod compiled;
mod dark;
mod ix;
mod lanes;
mod layers;
mod many;
mod margin;
pub mod network;
mod network_parts;
mod overload;
mod place;
mod placement;
mod queue;
mod reach;
mod replay;
mod rounds;
mod routed;
mod scratch;
mod slack;
mod trips;
mod utilization;
mod values;
mod waiting;

pub(crate) use amplify::Loop;
pub use base::Base;
pub use compiled::CompiledSystem;
pub(crate) use compiled::{Draw, Edge, Layered, Requirement, Rule, TIERS};
pub use ix::Ix;
pub(crate) use ix::NONE;
pub use lanes::Lanes;
pub(crate) use lanes::{LaneSet, by_lane, differs};
pub use many::{Many, STATES};
pub(crate) use margin::MakeRoom;
pub(crate) use network_parts::{Network, Part};
pub use overload::Trip;
pub(crate) use place::Running;
pub(crate) use placement::{Host, Instance, Placement, Word};
pub use reach::{Limit, Limits, Reach, View};
pub(crate) use replay::{Record, Records, Touched};
pub use scratch::{Mark, Scratch};
pub(crate) use slack::quiet;
pub(crate) use utilization::{requirement, utilization};
pub(crate) use values::nth_working;
