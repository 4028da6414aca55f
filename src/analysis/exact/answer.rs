//! How likely a service is down, exactly, and what each event means to that; or why that is not known.

use serde::{Deserialize, Serialize};

/// More nodes than this are not looked at.
pub const MOST_NODES: usize = 10_000;

/// The probability of being down, exactly but for rounding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Down {
    /// The probability.
    pub probability: f64,
    /// How many nodes the diagrams have.
    pub nodes: usize,
    /// What the events mean, greatest share first.
    pub importance: Vec<Share>,
}

/// What one event means to being down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The event, by number.
    pub event: u32,
    /// P(down | it happens).
    pub with: f64,
    /// P(down | it does not).
    pub without: f64,
}

/// Why a probability is not known exactly.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotExact {
    /// It needs a way through a network that is not small.
    #[error("it needs a way through a network that is too wide for a decision diagram")]
    Network,
    /// A service that works may deliver nothing.
    #[error("a capacity is so small that the service may work and yet deliver nothing")]
    Starved,
    /// The watcher said stop.
    #[error("interrupted before it was worked out")]
    Interrupted,
    /// Something that it needs may trip.
    #[error(
        "something that it needs may be lost to overload, and what fails besides may prevent that"
    )]
    Trips,
    /// Something that it needs is placed anew when it loses its host.
    #[error(
        "something that it needs restarts elsewhere where there is room, which is no formula of the parts"
    )]
    Placement,
    /// There is too much below it.
    #[error("it rests on more than {MOST_NODES} components")]
    TooMany,
    /// A limit was reached.
    #[error("the formula grew beyond what {nodes} nodes of decision diagrams hold")]
    TooLarge {
        /// How many nodes were allowed.
        nodes: usize,
        /// Between what it lies all the same: never less, never more. Not worked out where there is too
        /// much to do.
        bounds: Option<(f64, f64)>,
    },
}
