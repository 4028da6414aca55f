//! What a [`System`](super::System) is made from: nodes, requirements and placements in any order, whose
//! references are indices.

use super::{Apart, Flow, Labels, Link, Need, Node, Resource, Role, Split};
use petgraph::graph::{DiGraph, NodeIndex};

/// What a [`System`](super::System) is made from. References are indices into `nodes`.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Name of the estate.
    pub name: String,
    /// All nodes, in any order.
    pub nodes: Vec<DraftNode>,
    /// All requirements, in any order.
    pub requirements: Vec<DraftRequirement>,
    /// Label columns; `values[column][index into nodes]`.
    pub labels: Labels,
    /// Common-cause groups: name, members, beta.
    pub common_cause: Vec<(String, Vec<u32>, f64)>,
    /// What instances take of their hosts, in the order of the columns.
    pub resources: Vec<Resource>,
    /// Instances that run on one of several hosts, in any order.
    pub placements: Vec<DraftPlacement>,
}

/// A node whose references are indices into [`Draft::nodes`].
#[derive(Clone, Debug)]
pub struct DraftNode {
    /// The node; its `within` is ignored, and the ends inside its role are draft indices.
    pub node: Node,
    /// Domains it sits in.
    pub within: Vec<u32>,
}

/// A [`Placement`](super::Placement) whose references are indices into [`Draft::nodes`].
#[derive(Clone, Debug)]
pub struct DraftPlacement {
    /// What runs.
    pub instance: u32,
    /// Where it may run.
    pub hosts: Vec<u32>,
    /// Where it runs now.
    pub host: Option<u32>,
    /// 1 is placed first.
    pub priority: Option<u32>,
    /// Whom it is kept apart from.
    pub apart: Option<Apart>,
    /// What it takes, one for each of [`Draft::resources`].
    pub amounts: Vec<Option<f64>>,
    /// Line of its row.
    pub line: u32,
}

/// A requirement whose references are indices into [`Draft::nodes`].
#[derive(Clone, Debug)]
pub struct DraftRequirement {
    /// Who needs it.
    pub consumer: u32,
    /// Group name, `None` for a row that stands alone.
    pub group: Option<Box<str>>,
    /// How many must work.
    pub need: Need,
    /// How load divides.
    pub split: Split,
    /// In file order.
    pub providers: Vec<DraftProvider>,
    /// Line of the first row.
    pub line: u32,
}

/// A provider whose reference is an index into [`Draft::nodes`].
#[derive(Clone, Copy, Debug)]
pub struct DraftProvider {
    /// Who provides.
    pub node: u32,
    /// Load factor, ≥ 0; where none was given, what that counts as outside of cycles.
    pub load: f64,
    /// Whether it was given. One that was not is 0 between nodes that need each other.
    pub load_given: bool,
    /// Load while the consumer works, whatever it carries, ≥ 0.
    pub constant: f64,
    /// Weight if one was given; else the capacity where every provider has one, else 1.
    pub weight: Option<f64>,
}

impl Draft {
    /// Per node: the number of its block. Nodes that need each other are in one block.
    ///
    /// # Panics
    /// When a reference points nowhere.
    #[must_use]
    pub fn blocks(&self) -> Vec<u32> {
        let mut graph: DiGraph<(), (), u32> = DiGraph::default();
        for _ in &self.nodes {
            graph.add_node(());
        }
        let mut edge = |from: u32, to: u32| {
            graph.add_edge(
                NodeIndex::new(from as usize),
                NodeIndex::new(to as usize),
                (),
            );
        };
        for (v, d) in (0u32..).zip(&self.nodes) {
            d.within.iter().for_each(|&domain| edge(v, domain));
            if let Role::Link(Link { a, b, .. }) | Role::Flow(Flow { from: a, to: b }) = d.node.role
            {
                edge(v, a.0);
                edge(v, b.0);
            }
        }
        for r in &self.requirements {
            r.providers.iter().for_each(|p| edge(r.consumer, p.node));
        }
        let mut block = vec![0; self.nodes.len()];
        for (number, members) in (0u32..).zip(petgraph::algo::kosaraju_scc(&graph)) {
            for v in members {
                block[v.index()] = number;
            }
        }
        block
    }
}
