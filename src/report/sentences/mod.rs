//! What is said of a result in words, the same in the terminal, on a page, in Markdown and in the cells of tables.
//! In: documents. Out: sentences and lines without marks, not yet wrapped. Promises: computes nothing; what a
//! list leaves out is counted.

pub(super) mod cascade;
pub(super) mod cold_start;
pub(super) mod diff;
pub(super) mod estate;
pub(super) mod fix;
pub(super) mod load;
pub(super) mod map;
pub(super) mod named;
pub(super) mod plan;
pub(super) mod service;
pub(super) mod sweep;
