//! What joining inventories did: what was found to be one, by which key, and where they contradict each other.

use std::collections::{BTreeMap, BTreeSet};

/// What was joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JoinReport {
    /// The inventories, as they were named.
    pub sources: Vec<String>,
    /// Key → the ids that it joined: the id that is kept, and those that became it.
    pub joined: BTreeMap<String, BTreeSet<(String, Vec<String>)>>,
    /// Where two inventories say different things.
    pub conflicts: BTreeSet<Conflict>,
    /// Things that got another id because theirs was taken: source, id, new id.
    pub renamed: BTreeSet<(String, String, String)>,
    /// Names that several things of one inventory have, or things of kinds that cannot be one.
    pub apart: BTreeSet<(String, String)>,
}

/// One contradiction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Of what.
    pub id: String,
    /// In which column.
    pub column: String,
    /// What counts, and who says it.
    pub kept: (String, String),
    /// What does not count, and who says it.
    pub other: (String, String),
}
