//! What plans are ranked by.

/// What plans are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// What the cost columns say; what has none there is not for sale. Then fewest changes.
    Cost,
    /// Without cost columns: fewest changes, then least capacity. A repair counts for nothing.
    Changes,
}
