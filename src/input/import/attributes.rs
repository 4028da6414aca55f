//! Attributes of nodes and edges in formats that leave their names open: which are meant.
//!
//! `capacity` or, in the Topology Zoo, `LinkSpeedRaw` (bit/s) is an edge's capacity; `metric` or,
//! in networkx, `weight` its metric, `metric_back` that of the other way. `label` or `name` is a
//! node's name, `kind` its kind. Every other one is kept as a label, bar what may be a secret by its name.

use super::super::{Diagnostic, Faults};
use super::network::{At, RawEdge, RawNode};

/// A scalar attribute.
pub(super) struct Attribute {
    pub name: String,
    pub value: String,
    pub at: At,
}

impl Attribute {
    fn number(&self, faults: &mut Faults) -> Option<f64> {
        let number = self.value.trim().parse();
        if number.is_err() {
            let message = format!("the {} is no number", self.name);
            faults.push(self.at.error(message).label("not a number"));
        }
        number.ok()
    }
}

/// What names of secrets hold, and words of which one is such a name or its end: `snmpCommunity`, `api_key`, `pwd`.
const SECRETS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "community",
    "apikey",
    "privatekey",
];
const SECRET_ENDS: [&str; 7] = ["key", "pwd", "psk", "pass", "pin", "auth", "login"];

/// Whether an attribute with this name may hold what lets somebody in.
pub(super) fn may_be_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = plain.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let mut last = words.rfind(|word| !word.is_empty()).unwrap_or_default();
    if last.contains(char::is_lowercase) {
        last = last
            .rfind(char::is_uppercase)
            .map_or(last, |at| &last[at..]);
    }
    SECRETS.iter().any(|word| plain.contains(word)) || SECRET_ENDS.contains(&&*last.to_lowercase())
}

/// What is known of an element's attributes.
pub(super) struct Attributes(pub Vec<Attribute>);

impl Attributes {
    /// The first attribute that has one of the names, in order of the names; it is taken out.
    fn take(&mut self, names: &[&str]) -> Option<Attribute> {
        let at = names.iter().find_map(|name| {
            let blank = |a: &Attribute| a.value.trim().is_empty();
            self.0.iter().position(|a| a.name == *name && !blank(a))
        })?;
        Some(self.0.swap_remove(at))
    }

    fn into_labels(self) -> Vec<(String, String)> {
        let labels = self.0.into_iter().map(|a| {
            // A column name is a word, a cell one line.
            let name = a.name.split_whitespace().collect::<Vec<_>>().join("_");
            (name, super::ids::clean(&a.value))
        });
        labels.collect()
    }

    /// A node called `key`, with these attributes.
    pub fn node(mut self, key: String, at: At) -> RawNode {
        let text = |a: Option<Attribute>| a.map(|a| super::ids::clean(&a.value));
        let name = text(self.take(&["label", "name"]));
        let kind = text(self.take(&["kind"]));
        RawNode {
            id: key.clone(),
            key,
            name,
            kind: kind.filter(|k| !k.is_empty()),
            labels: self.into_labels(),
            at,
        }
    }

    /// An edge with these attributes, and whether its capacity is in bit/s.
    pub fn edge(mut self, ends: [String; 2], directed: bool, at: At, faults: &mut Faults) -> Edge {
        let mut number = |names: &[&str]| self.take(names).map(|a| (a.number(faults), a.name));
        let capacity = number(&["capacity", "LinkSpeedRaw"]);
        let metric = number(&["metric", "weight"]).and_then(|(x, _)| x);
        let metric_back = number(&["metric_back"]).and_then(|(x, _)| x);
        let id = self.take(&["id"]).map(|a| a.value).unwrap_or_default();
        let [from, to] = ends;
        Edge {
            bits: matches!(&capacity, Some((_, name)) if name == "LinkSpeedRaw"),
            raw: RawEdge {
                id,
                from,
                to,
                directed,
                capacity: capacity.and_then(|(x, _)| x),
                metric,
                metric_back,
                labels: self.into_labels(),
                at,
            },
        }
    }
}

/// An edge, and whether its capacity is in bit/s.
pub(super) struct Edge {
    pub raw: RawEdge,
    pub bits: bool,
}

/// The unit of the capacities, if it is one; a mixture is a fault.
pub(super) fn unit_of(edges: &[Edge], faults: &mut Faults) -> Option<&'static str> {
    let with = || edges.iter().filter(|e| e.raw.capacity.is_some());
    if with().all(|e| e.bits) {
        return with().next().map(|_| "bit/s");
    }
    if let Some(odd) = with().find(|e| e.bits) {
        let message = "some edges have a capacity, others a LinkSpeedRaw: which unit is it?";
        let fault: Diagnostic = odd.raw.at.error(message);
        faults.push(fault.help("give all of them the same attribute"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::may_be_secret;

    #[test]
    fn names_of_secrets_are_known_however_they_are_written() {
        for name in [
            "password",
            "snmp_community",
            "snmpCommunity",
            "API_KEY",
            "apiKey",
            "enable-secret",
            "PSK",
            "ssh key",
            "AuthToken",
            "bgp_pwd",
            "key",
        ] {
            assert!(may_be_secret(name), "{name}");
        }
        for name in [
            "Country",
            "LinkSpeedUnits",
            "hyperedge",
            "keyboard",
            "Passau",
            "author",
            "spinning",
            "monkey",
            "dist",
        ] {
            assert!(!may_be_secret(name), "{name}");
        }
    }
}
