//! Defaults that can be scaled, to see what rests on them. In: a parameter and a factor. Out: the same
//! files read as if the default were that many times what it is. Promises: only defaults move;
//! what a row says by itself stays.

/// A default, or a plan, that the answer may rest on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parameter {
    /// The capacity of a kind.
    Capacity(String),
    /// The capacity from the second end to the first of a kind of links.
    CapacityBack(String),
    /// How many times their capacity things of a kind carry before they trip.
    TripsAt(String),
    /// The mean time between failures of a kind.
    Mtbf(String),
    /// The mean time to repair of a kind.
    Mttr(String),
    /// The unavailability of a kind; never more than 1.
    Unavailability(String),
    /// The metric of links that give none.
    Metric,
    /// The load per unit of load of dependencies that give none.
    Load,
    /// The growth of a load case, beyond 1 (or per year).
    Growth(String),
    /// The margin of the estimate of a load case.
    Margin(String),
}

impl Parameter {
    /// Whether it only moves how often things fail.
    #[must_use]
    pub fn is_reliability(&self) -> bool {
        matches!(
            self,
            Self::Mtbf(_) | Self::Mttr(_) | Self::Unavailability(_)
        )
    }
}

/// A parameter turned.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The parameter that is turned.
    pub parameter: Parameter,
    /// By this factor, > 0.
    pub factor: f64,
}
