//! The vocabulary: what an estate is made of and what can be said about one state of it.
//!
//! In: nothing of ours. Out: [`System`], the valid whole, and the words the other floors use
//! ([`Status`], [`Cause`], [`LoadCase`], [`Contingency`] …). Everything here is plain data; the one
//! constructor [`System::new`] checks every invariant, so nothing below needs to check again.

mod case;
mod contingency;
mod draft;
mod invariant;
mod load;
mod node;
mod outcome;
mod placement;
mod requirement;
mod scenario;
mod system;
mod text;
mod way;
mod work;

pub use case::{CaseId, LoadCase};
pub use contingency::{NamedContingency, Shed};
pub use draft::{Draft, DraftNode, DraftPlacement, DraftProvider, DraftRequirement};
pub use invariant::{Invariant, cycles_of_domains};
pub use load::{
    Basis, Derivation, Estimate, HOUR, Horizon, Millis, Profile, Sample, Series, Step, Take, Window,
};
pub use node::{Expansion, Flow, Labels, Link, Node, NodeId, Reliability, Role, Serves, Service};
pub use outcome::{
    Cause, Contingency, DEGRADED_BELOW, DOWN_AT, Finding, ServiceOutcome, Status, Witness,
};
pub use placement::{Apart, Host, Placement, PlacementSpec, Placements, Resource};
pub use requirement::{Need, Provider, Requirement, Split};
pub use scenario::{Policy, Restarts, Scenario, SimulateSpec, SweepSpec, Waiver};
pub use system::{Cycle, System};
pub use text::{hex, hidden, hidden_words, shell, short, visible};
pub use work::Work;
