//! Exact probabilities: of being down, and where a pool of capacity allows, of being degraded.
//!
//! In: a study and independent events, each of which takes some components out. Out: for each
//! service the probability that it is down, and what each event means to that, exactly; or why
//! not. Who works is a monotone question, so that a service is down when a formula of k-of-n, and of
//! ways through small networks, says so; a cycle is its least fixed point (it goes down only for a
//! reason). The formula is rewritten and cut into modules, each becomes a binary decision diagram of its
//! own, and probability and importance are two passes over them. Orders of variables are tried small
//! before any is tried large; what stays too large has bounds.
//!
//! ```text
//! service ─ cone ─► formula ─ rewrite ─► modules ─ order, build ─► diagrams ─► probability, importance
//!                                                       └─ too large ─ shrink ─► bounds
//!         ─ supply ─► a pool ─ outage ─► capacity outage table ─► down, degraded, unserved at any load
//! ```

mod answer;
mod bdd;
mod bounds;
mod build;
mod cone;
mod diagram;
mod formula;
mod frontier;
mod modules;
mod node;
mod order;
mod outage;
mod question;
mod rewrite;
mod shrink;
mod solved;
mod supply;
mod ways;

pub use answer::{Down, NotExact, Share};
pub use bdd::Limits;
pub use outage::Shortage;
pub use question::{Cause, NODES, Question, down};
pub use supply::Supply;
