//! What every network format comes down to: nodes, edges, demands, as written, with their places.
//!
//! A format's reader fills a [`Network`]; `resolve.rs` makes a [`Resolved`] of it, whose every end is an index
//! and every number in range.

use super::super::{Diagnostic, Faults, Source};
use super::ids;
use std::ops::Range;
use std::sync::Arc;

/// A network as a format's reader found it. Nothing in it is checked but what makes a number.
#[derive(Default)]
pub(super) struct Network {
    pub nodes: Vec<RawNode>,
    pub edges: Vec<RawEdge>,
    pub demands: Vec<RawDemand>,
    /// Unit of capacities and volumes.
    pub unit: Option<&'static str>,
    /// Which edges are two directions of one link.
    pub twins: Twins,
    /// What is said where no edge has a metric; else what attributes were looked for.
    pub no_metric: Option<&'static str>,
    /// Where demands were looked for, in words.
    pub demands_in: &'static str,
    /// What the reader already noticed.
    pub warnings: Vec<Diagnostic>,
    /// What the reader already found wrong: the rest is looked at all the same.
    pub faults: Faults,
    /// Where the network stands.
    pub at: Option<At>,
}

/// Which edges of a file are two directions of one link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Twins {
    /// Directed edges, if each of them has one that goes back.
    #[default]
    IfAll,
    /// Edges whose format does not say whether they are directed: likewise.
    Undeclared,
    /// The format writes each direction of a link as an edge: over one that none goes back for, nothing is
    /// carried back.
    Always,
}

/// A node as written.
pub(super) struct RawNode {
    /// What edges call it.
    pub key: String,
    /// What the inventory calls it; the key if it is blank.
    pub id: String,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub labels: Vec<(String, String)>,
    pub at: At,
}

/// An edge as written.
pub(super) struct RawEdge {
    /// Blank if it has none.
    pub id: String,
    pub from: String,
    pub to: String,
    pub directed: bool,
    pub capacity: Option<f64>,
    pub metric: Option<f64>,
    /// Of an undirected edge, the other way; the metric if there is none.
    pub metric_back: Option<f64>,
    pub labels: Vec<(String, String)>,
    pub at: At,
}

/// A demand as written.
pub(super) struct RawDemand {
    /// Blank if it has none.
    pub id: String,
    pub from: String,
    pub to: String,
    pub volume: f64,
    /// Units of capacity that a unit of volume takes.
    pub factor: f64,
    pub at: At,
}

/// A place.
#[derive(Clone)]
pub(super) struct At {
    pub source: Arc<Source>,
    pub span: Range<usize>,
}

impl At {
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        Self {
            source: Arc::clone(source),
            span,
        }
    }

    /// A fault here.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(&self.source, self.span.clone())
    }

    /// A warning here.
    pub fn warning(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(message).at(&self.source, self.span.clone())
    }
}

/// A network whose references are indices into `nodes`.
pub(super) struct Resolved {
    /// Their ids are clean, not blank, each once.
    pub nodes: Vec<RawNode>,
    pub links: Vec<RawLink>,
    pub demands: Vec<Demand>,
    pub unit: Option<&'static str>,
    pub demands_in: &'static str,
    pub warnings: Vec<Diagnostic>,
}

/// A link.
pub(super) struct RawLink {
    /// Blank if it has none.
    pub id: String,
    pub a: usize,
    pub b: usize,
    pub capacity: Option<f64>,
    /// From `b` to `a`; none if the file gives none for that way.
    pub capacity_back: Option<f64>,
    pub metric: f64,
    pub metric_back: f64,
    pub labels: Vec<(String, String)>,
    /// What the edge from `b` to `a` says, where the file has one.
    pub labels_back: Vec<(String, String)>,
}

/// A demand.
pub(super) struct Demand {
    /// Blank if it has none.
    pub id: String,
    pub from: usize,
    pub to: usize,
    pub volume: f64,
    pub factor: f64,
}

/// An edge with its ends found.
pub(super) struct Edge {
    pub raw: RawEdge,
    pub from: usize,
    pub to: usize,
}

/// A warning at the first of many, with the names of a few.
pub(super) fn warn_of(why: &str, which: &[(String, At)], warnings: &mut Vec<Diagnostic>) {
    if let Some((_, at)) = which.first() {
        let names = ids::some_of(which.iter().map(|(name, _)| name.as_str()));
        warnings.push(at.warning(format!("{why} {names}")));
    }
}
