//! The devices of the network, and which of them users hang on.
//!
//! In: the table, and the estate with its links. Out: each device with what its role says of it.

use super::estate::Estate;
use super::graph::Graph;
use super::model::Model;
use super::places::role_of;
use super::table::Table;
use super::wire::Fields;

/// Kinds that are no part of the network, whatever is plugged into them.
const NO_NETWORK: [&str; 6] = ["pdu", "ups", "patch-panel", "server", "storage", "vm"];

/// Why a device is in no service.
pub(super) const NO_PATH: &str =
    "no documented cable leads to the network of a provider or to a core device";

/// A device of the network at a site.
pub(super) struct Member<'t> {
    pub at: u32,
    role: String,
    pub kind: String,
    pub row: &'t Fields,
    /// Whether a link leads to it.
    pub linked: bool,
    /// Whether traffic of others passes it.
    pub passes: bool,
}

/// Every device that may be of the network.
pub(super) fn members<'t>(table: &'t Table, graph: &Graph, estate: &Estate) -> Vec<Member<'t>> {
    let all = table.rows(Model::Device).iter().filter_map(|(key, row)| {
        let at = estate.of(Model::Device, key)?;
        let kind = estate.kind(at).to_owned();
        let role = role_of(table, row);
        (!NO_NETWORK.contains(&&*kind)).then(|| Member {
            at,
            role: role.unwrap_or_default().to_lowercase(),
            kind,
            row,
            linked: graph.neighbours.contains_key(&at),
            passes: estate.draft.nodes[at as usize].node.is_transit(),
        })
    });
    all.collect()
}

impl Member<'_> {
    fn has_word(&self, words: &[&str]) -> bool {
        let mut own = self.role.split(|c: char| !c.is_alphanumeric());
        own.any(|word| words.contains(&word))
    }

    /// Whether it is of the core, and passes traffic on.
    pub fn is_core(&self) -> bool {
        self.passes && self.has_word(&["core", "spine", "backbone"])
    }

    /// Whether users hang on devices of its role.
    pub fn is_access(&self) -> bool {
        self.has_word(&["access", "leaf", "tor", "idf"]) && !self.has_word(&["point"])
    }
}

/// The devices of a site that its users hang on, of those that links lead to: those of an access role; else
/// switches; else what there is. Never the core.
pub(super) fn access<'m, 't>(members: &[&'m Member<'t>]) -> Vec<&'m Member<'t>> {
    let pick = |fits: &dyn Fn(&Member) -> bool| -> Vec<&'m Member<'t>> {
        members
            .iter()
            .copied()
            .filter(|m| m.linked && !m.is_core() && fits(m))
            .collect()
    };
    let by_role = pick(&|m| m.is_access());
    let switches = || pick(&|m| m.kind == "switch");
    let firewalls = || pick(&|m| matches!(&*m.kind, "router" | "firewall"));
    let rest = || pick(&|_| true);
    [by_role, switches(), firewalls(), rest()]
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}
