//! Requirements: what a consumer needs of its providers, and how its load is split over them.

use super::NodeId;

/// One requirement of a consumer. Over several providers it is a redundancy group.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Who needs it.
    pub consumer: NodeId,
    /// The group name from the file; `None` for a row that stands alone.
    pub group: Option<Box<str>>,
    /// How many providers must work.
    pub need: Need,
    /// How the load divides over the working ones (ignored when `need` is [`Need::All`]).
    pub split: Split,
    /// Sorted by id, except that [`Split::Standby`] keeps the order of the file. Never empty.
    pub providers: Box<[Provider]>,
    /// Line of the first row in dependencies.csv (1-based), 0 if it came from elsewhere.
    pub line: u32,
}

/// One provider of a requirement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Provider {
    /// Who provides.
    pub node: NodeId,
    /// Units of provider load per unit of consumer load, ≥ 0.
    pub load: f64,
    /// Whether it was given; a default is 0 between nodes that need each other.
    pub load_given: bool,
    /// Units of provider load while the consumer works, whatever it carries, ≥ 0.
    pub constant: f64,
    /// Weight in a [`Split::Share`] or [`Split::Shard`], ≥ 0; defaults are already applied.
    pub weight: f64,
    /// Whether the weight was given; a default follows the capacities.
    pub weight_given: bool,
}

impl Provider {
    /// Whether its load is 0 only because none was given and the two need each other.
    #[must_use]
    pub fn is_silenced(&self) -> bool {
        !self.load_given && self.load <= 0.0
    }
}

/// How many providers must work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Every one; each carries the whole load.
    All,
    /// At least this many, ≤ n. 0 is a soft dependency: its loss harms nobody.
    AtLeast(u32),
}

/// How load divides over the working providers of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Balanced by weight.
    Share,
    /// Active/passive: the first k working in file order carry it, 1/k each.
    Standby,
    /// Each working provider carries all of it.
    Copy,
    /// Each provider serves its own part, by weight over all of them, working or not: what a lost
    /// one served is lost.
    Shard,
}

impl Requirement {
    /// The number of providers that must work.
    #[must_use]
    pub fn need_count(&self) -> u32 {
        match self.need {
            Need::All => u32::try_from(self.providers.len()).unwrap_or(u32::MAX),
            Need::AtLeast(k) => k,
        }
    }
}
