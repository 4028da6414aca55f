//! How an assessment was asked for: what its document keeps of that, and how much it lists.

use jiff::civil::Date;

/// How an assessment was asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The day on which waivers must be valid.
    pub as_of: Date,
    /// The most minimal sets that are listed per service and load case, if that is asked for.
    pub listed: Option<usize>,
    /// The most memory that a sweep may take, in bytes.
    pub max_memory: Option<u64>,
    /// When it was asked for, if that is to be kept.
    pub stamp: Option<String>,
    /// The command that asks for it.
    pub command: Vec<String>,
}
