//! The inventory behind a result, in brief: where each element stands in the files, and what of it
//! matters to the numbers. It is what finds the line of an element, and what tells two inventories
//! apart when the files of the older one are gone.

use super::Covered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An inventory in brief.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Estate {
    /// Name of the estate; may be empty.
    pub name: String,
    /// The inventory folder, as reached from the command line, with `/` between folders.
    pub folder: String,
    /// How many components, links, flows and services there are.
    pub nodes: u64,
    /// What share of all that could say something does.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub covered: Vec<Covered>,
    /// The first of them, by id: all, unless `reason` says otherwise.
    pub listed: Vec<EstateNode>,
    /// Why not all are listed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// One component, link, flow or service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct EstateNode {
    /// Its id.
    pub id: String,
    /// Its kind; `service` and `flow` for those two.
    pub kind: String,
    /// The file of the folder that it stands in.
    pub file: String,
    /// The line of that file, 1-based; absent when it is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// Capacity before derating; absent when unlimited.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capacity: Option<f64>,
    /// The demand column, for services.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub demand: Option<f64>,
    /// It trips when its load exceeds this many times its capacity; absent when it never does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trips_at: Option<f64>,
    /// `priority` when it serves better tiers first; absent when it serves all alike.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub serves: Option<String>,
    /// Whether it is only a name for a group, which does not fail by itself; absent when it is not.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub logical: bool,
    /// Unit of capacity or demand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// Long-run probability of being out; absent when it never fails by chance.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unavailability: Option<f64>,
    /// Target availability in percent, for services; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slo: Option<f64>,
    /// What one more like it costs; absent when nothing says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost: Option<f64>,
    /// What one unit of capacity more costs; absent when nothing says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost_per_unit: Option<f64>,
    /// The most that its capacity can be grown to; absent when nothing says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_capacity: Option<f64>,
    /// Fingerprint of all it needs: domains, ends, metrics, requirements. Absent when it needs
    /// nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub needs: Option<String>,
}

impl Estate {
    /// The node with this id, if it is listed.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&EstateNode> {
        let at = self.listed.binary_search_by(|n| n.id.as_str().cmp(id));
        at.ok().map(|at| &self.listed[at])
    }

    /// Path and line of an element; `None` when it is not listed.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<(String, Option<u32>)> {
        let node = self.find(id)?;
        let folder = self.folder.trim_end_matches('/');
        let path = match folder {
            "" | "." if !self.folder.starts_with('/') => node.file.clone(),
            folder => format!("{folder}/{}", node.file),
        };
        Some((path, node.line))
    }
}
