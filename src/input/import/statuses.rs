//! Statuses among the attributes of a network → what is out.
//!
//! In: the attributes of a node or a link, whose names and words every author chooses. Out: known outages with their
//! reasons, and warnings. Promises: what is planned, down or gone is a known outage; a word that nobody knows is
//! named and decides nothing.

use super::attributes::may_be_secret;
use super::ids;
use crate::input::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// Attributes that may be a status, by the end of their names, and may be something else: a state of the
/// union, the sort of a line. Only a word for an outage counts there.
const OTHERS: [&str; 2] = ["state", "linktype"];

/// Words for what serves.
const SERVES: [&str; 18] = [
    "up",
    "active",
    "operational",
    "in service",
    "inservice",
    "in use",
    "ok",
    "good",
    "healthy",
    "normal",
    "online",
    "connected",
    "running",
    "enabled",
    "live",
    "available",
    "existing",
    "in production",
];

/// Words for what does not serve: not yet, not now, no more.
const OUT: [&str; 38] = [
    "planned",
    "planning",
    "proposed",
    "future",
    "under construction",
    "construction",
    "pending",
    "staged",
    "reserved",
    "ordered",
    "down",
    "link down",
    "admin down",
    "administratively down",
    "shutdown",
    "shut down",
    "disabled",
    "inactive",
    "offline",
    "failed",
    "failure",
    "fault",
    "faulty",
    "broken",
    "cut",
    "dead",
    "out of service",
    "unavailable",
    "disconnected",
    "not connected",
    "suspended",
    "maintenance",
    "in maintenance",
    "decommissioned",
    "decommissioning",
    "retired",
    "removed",
    "obsolete",
];

/// What the statuses of a network say.
#[derive(Default)]
pub(super) struct Statuses {
    /// Ids of what is out, and why.
    pub down: BTreeMap<String, String>,
    /// Words that nobody knows, each with the first ids of those that have it.
    unknown: BTreeMap<String, BTreeSet<String>>,
}

impl Statuses {
    /// Notes what the attributes of a node or a link say.
    pub fn note(&mut self, id: &str, attributes: &[(String, String)]) {
        for (name, value) in attributes {
            let plain: String = name.to_lowercase().replace(['_', '-', ' '], "");
            let word = value.trim().to_lowercase().replace(['_', '-'], " ");
            let is_status = plain.ends_with("status");
            let may_be_status = is_status || OTHERS.iter().any(|end| plain.ends_with(end));
            if !may_be_status || may_be_secret(name) {
                continue;
            }
            if OUT.contains(&&*word) {
                self.down
                    .insert(id.to_owned(), format!("its {name} is {value}"));
            } else if is_status && !word.is_empty() && !SERVES.contains(&&*word) {
                let with = self.unknown.entry(format!("{name} {value}")).or_default();
                with.insert(id.to_owned());
            }
        }
    }

    /// What is to be said of them.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let mut warnings = Vec::new();
        if !self.down.is_empty() {
            let some = ids::some_of(self.down.keys().map(String::as_str));
            let message = format!("known outages by their status, in scenario.toml: {some}");
            let help = "take out of `down` there what serves all the same";
            warnings.push(Diagnostic::warning(message).help(help));
        }
        if !self.unknown.is_empty() {
            let all = self
                .unknown
                .iter()
                .filter_map(|(status, with)| Some((status, with.first()?)));
            let all: Vec<String> = all.map(|(status, id)| format!("{status} ({id})")).collect();
            let some = ids::some_of(all.iter().map(String::as_str));
            let message =
                format!("statuses that are not known, so whoever has them is in service: {some}");
            let help = "put what is out into `down` of scenario.toml; a selector such as \"status=dark\" will do";
            warnings.push(Diagnostic::warning(message).help(help));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_outages_count_and_unknown_ones_are_named() {
        let mut statuses = Statuses::default();
        for (id, name, value) in [
            ("a", "LinkStatus", "Planned"),
            ("b", "oper_status", "Admin-Down"),
            ("c", "LinkType", "future"),
            ("d", "status", "In Service"),
            ("e", "state", "CA"),
            ("f", "status", "dark"),
            ("g", "LinkType", "OC-3"),
            ("h", "status", " "),
            ("i", "note", "down"),
            ("j", "token status", "SECRET"),
        ] {
            statuses.note(id, &[(name.to_owned(), value.to_owned())]);
        }
        let down: Vec<&str> = statuses.down.keys().map(String::as_str).collect();
        assert_eq!(down, ["a", "b", "c"]);
        assert_eq!(statuses.down["b"], "its oper_status is Admin-Down");
        let said: Vec<String> = statuses.warnings().iter().map(Diagnostic::line).collect();
        assert!(said[0].contains(": a, b, c"), "{said:?}");
        assert!(said[1].contains(": status dark (f)"), "{said:?}");
    }
}
