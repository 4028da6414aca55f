//! The nodes of a decision diagram: each asks about one variable and leads to two others.

/// A function: a node of the diagram.
pub type Handle = u32;

/// Never.
pub const NEVER: Handle = 0;
/// Always.
pub const ALWAYS: Handle = 1;

/// A variable that comes after all others.
pub const LEAF: u32 = u32::MAX;

/// If the variable happens then `high`, else `low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// What is asked.
    pub variable: u32,
    /// If it does not happen.
    pub low: Handle,
    /// If it happens.
    pub high: Handle,
}
