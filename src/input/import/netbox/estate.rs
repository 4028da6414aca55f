//! The inventory while it is made. In: things, with the names that they could have. Out: a draft in
//! which each has an id, the same whatever the order of the rows.

use super::super::ids::{self, Ids};
use super::super::report::Report;
use super::model::Model;
use super::table::{Held, Key};
use crate::input::parts::is_given;
use crate::input::write::is_free_column;
use crate::model::{
    Draft, DraftNode, DraftProvider, DraftRequirement, Labels, Link, Need, Node, NodeId, Role,
    Split,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A thing that gets an id: what it is, and the names that it could have.
pub(super) struct Thing {
    pub node: Node,
    pub within: Vec<u32>,
    /// From the shortest to the surest; the last should be like no other.
    pub names: Vec<String>,
    /// What people call it, if it has a name.
    pub called: Option<String>,
    /// Whether it should have a name, and has none.
    pub nameless: bool,
    pub labels: Vec<(&'static str, String)>,
}

impl Thing {
    /// A component of a kind.
    pub fn new(kind: &str, called: Option<&str>, names: Vec<String>) -> Self {
        let mut node = Node::new("", "", Role::Component);
        node.kind = kind.into();
        let called = called.map(clean).filter(|name| !name.is_empty());
        node.name = called.as_deref().map(Into::into);
        Self {
            node,
            within: Vec::new(),
            names,
            called,
            nameless: false,
            labels: Vec::new(),
        }
    }

    /// It sits in these.
    pub fn within(mut self, domains: impl IntoIterator<Item = u32>) -> Self {
        self.within.extend(domains);
        self
    }

    /// A label, unless it is blank.
    pub fn label(mut self, column: &'static str, value: &str) -> Self {
        let value = clean(value);
        if !value.is_empty() {
            self.labels.push((column, value));
        }
        self
    }
}

/// What a thing could be called.
struct Names {
    wanted: Vec<String>,
    called: Option<String>,
    nameless: bool,
}

impl Names {
    fn at(&self, level: usize) -> &str {
        self.wanted
            .get(level)
            .or(self.wanted.last())
            .map_or("", String::as_str)
    }
}

/// The estate so far.
#[derive(Default)]
pub(super) struct Estate {
    pub draft: Draft,
    pub report: Report,
    pub warnings: Vec<String>,
    /// Known outages: nodes, and why.
    pub down: BTreeMap<u32, String>,
    /// What is gone by its status and kept, since something hangs on it.
    pub held: Held,
    /// Ids of sites with devices of the network and no documented path out.
    pub pathless: Vec<String>,
    labels: Vec<Vec<(&'static str, String)>>,
    names: Vec<Names>,
    made: HashMap<(Model, Key), u32>,
    ids: Ids,
    /// Nodes before this one have their ids.
    named: usize,
}

impl Estate {
    /// Adds a thing; its number.
    pub fn add(&mut self, mut thing: Thing) -> u32 {
        let at = index(self.draft.nodes.len());
        thing.within.sort_unstable();
        thing.within.dedup();
        self.draft.nodes.push(DraftNode {
            node: thing.node,
            within: thing.within,
        });
        self.labels.push(thing.labels);
        self.names.push(Names {
            wanted: thing.names,
            called: thing.called,
            nameless: thing.nameless,
        });
        at
    }

    /// Adds the thing that an object of the source becomes.
    pub fn add_object(&mut self, model: Model, key: &Key, thing: Thing) -> u32 {
        let kind = thing.node.kind.to_string();
        let example = thing.called.clone().or(thing.names.first().cloned());
        self.report.mapped(
            &format!("{} → {kind}", model.name()),
            &example.unwrap_or_default(),
        );
        let at = self.add(thing);
        self.made.insert((model, key.clone()), at);
        at
    }

    /// What an object of the source became.
    pub fn of(&self, model: Model, key: &Key) -> Option<u32> {
        self.made.get(&(model, key.clone())).copied()
    }

    /// The id of a node that is named.
    pub fn id(&self, at: u32) -> &str {
        &self.draft.nodes[at as usize].node.id
    }

    /// The kind of a node.
    pub fn kind(&self, at: u32) -> &str {
        &self.draft.nodes[at as usize].node.kind
    }

    /// Gives ids to all that have none. Names that several want go to none of them: all take their
    /// next one, so that no order decides.
    pub fn name_all(&mut self) {
        let from = self.named;
        let mut level = vec![0; self.names.len() - from];
        loop {
            let mut wanted: HashMap<&str, Vec<usize>> = HashMap::new();
            for (at, names) in self.names[from..].iter().enumerate() {
                wanted.entry(names.at(level[at])).or_default().push(at);
            }
            let mut clash: Vec<usize> = Vec::new();
            for (name, who) in wanted {
                if who.len() > 1 || self.ids.is_taken(name) || name.is_empty() {
                    clash.extend(who);
                }
            }
            clash.retain(|&at| level[at] + 1 < self.names[from + at].wanted.len());
            if clash.is_empty() {
                break;
            }
            for at in clash {
                level[at] += 1;
            }
        }
        for (at, level) in level.into_iter().enumerate() {
            self.settle(from + at, level);
        }
        self.named = self.names.len();
    }

    fn settle(&mut self, at: usize, level: usize) {
        let names = &self.names[at];
        let id = self.ids.fresh(names.at(level).to_owned());
        match &names.called {
            Some(called) if slug(called) != *id => {
                self.report
                    .id_changed(called, &id, "the name alone would not tell it apart");
            }
            None if names.nameless => self.report.id_changed("", &id, "it has no name"),
            _ => {}
        }
        self.draft.nodes[at].node.id = id;
    }

    /// `consumer` needs `need` of `providers`, each with a load factor and a constant load. One
    /// provider alone is a row without a group.
    pub fn require(&mut self, consumer: u32, group: &str, wants: Wants, providers: &[u32]) {
        let several = providers.len() > 1;
        let providers = providers.iter().map(|&node| DraftProvider {
            node,
            load: wants.load,
            load_given: is_given(wants.load),
            constant: wants.constant,
            weight: None,
        });
        self.draft.requirements.push(DraftRequirement {
            consumer,
            group: several.then(|| group.into()),
            need: if several { wants.need } else { Need::All },
            split: if several { wants.split } else { Split::Share },
            providers: providers.collect(),
            line: 0,
        });
    }

    /// Something is known to be out.
    pub fn out(&mut self, at: u32, status: &str) {
        self.down.insert(at, format!("status {status}"));
    }

    /// The draft, with its labels in columns.
    pub fn finish(&mut self) -> Draft {
        let columns: BTreeSet<&'static str> =
            self.labels.iter().flatten().map(|(c, _)| *c).collect();
        let columns: Vec<&'static str> = columns.into_iter().collect();
        debug_assert!(columns.iter().all(|c| is_free_column(c) || *c == "owner"));
        let mut values = vec![vec![None; self.labels.len()]; columns.len()];
        for (at, row) in self.labels.iter().enumerate() {
            for (column, value) in row {
                if let Ok(c) = columns.binary_search(column) {
                    values[c][at] = Some(value.as_str().into());
                }
            }
        }
        let mut draft = std::mem::take(&mut self.draft);
        let columns = columns.into_iter().map(Into::into).collect();
        draft.labels = Labels { columns, values };
        draft
    }
}

/// What a consumer wants of its providers.
#[derive(Clone, Copy)]
pub(super) struct Wants {
    pub need: Need,
    pub split: Split,
    pub load: f64,
    pub constant: f64,
}

impl Wants {
    /// Any one of them; they share the load.
    pub const ANY: Self = Self {
        need: Need::AtLeast(1),
        split: Split::Share,
        load: 0.0,
        constant: 0.0,
    };
    /// Every one of them.
    pub const ALL: Self = Self {
        need: Need::All,
        ..Self::ANY
    };
}

/// The role of a link between two nodes.
pub(super) fn between(a: u32, b: u32) -> Role {
    Role::Link(Link::between(NodeId(a), NodeId(b)))
}

/// A text as it may stand in a cell, and not longer than people write names.
pub(super) fn clean(text: &str) -> String {
    const LONGEST: usize = 200;
    let text = ids::clean(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

/// A name as an id: lower case, and nothing in it that a selector or a cell could take for its own.
pub(super) fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in clean(name).chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || matches!(c, '.' | '_' | ':' | '+') {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches('-').to_owned()
}

/// Parts of an id, those that are not blank.
pub(super) fn joined(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|p| !p.is_empty()).collect();
    parts.join("-")
}

pub(super) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_name_in_lower_case_without_what_selectors_use() {
        assert_eq!(slug("PP:MDF"), "pp:mdf");
        assert_eq!(slug(" D. S. Weaver Labs "), "d.-s.-weaver-labs");
        assert_eq!(slug("Größe/7*=[x]"), "größe-7-x");
        assert_eq!(slug("***"), "");
    }

    #[test]
    fn a_name_that_several_have_goes_to_none_of_them() {
        let names = |n: &str, site: &str, key: &str| {
            vec![
                slug(n),
                joined(&[site, &slug(n)]),
                format!("{}-{key}", slug(n)),
            ]
        };
        let mut estate = Estate::default();
        for (n, site, key) in [
            ("A", "x", "1"),
            ("a", "y", "2"),
            ("B", "x", "3"),
            ("x-A", "z", "4"),
        ] {
            estate.add(Thing::new("server", Some(n), names(n, site, key)));
        }
        estate.name_all();
        let ids: Vec<&str> = (0..4).map(|at| estate.id(at)).collect();
        // The fourth is called as the first would be next, so neither is.
        assert_eq!(ids, ["a-1", "y-a", "b", "z-x-a"]);
    }
}
