//! Rules of clusters. In: machines of one pool with the rules that each is under. Out: for each machine the word that
//! keeps it off the hosts of others. Promises: whatever rule a machine is not held to is counted and said.

use super::super::report::Report;
use super::export::Vm;
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of the rules of a pool.
pub(super) struct Kept {
    /// By id of the machine: the word that it shares with those from which it is kept apart.
    pub words: BTreeMap<String, String>,
    /// Machines and rules that they are not held to.
    pub left: usize,
}

/// What a rule asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// Machines never share a host.
    Apart,
    /// Machines share a host.
    Together,
    /// Machines run on some hosts, or not on them.
    Hosts,
    Unknown,
}

impl Sort {
    fn of(word: &str) -> Self {
        let word = word.to_lowercase();
        if word.contains("host") {
            Self::Hosts
        } else if word.contains("anti") || word.contains("separate") {
            Self::Apart
        } else if word.contains("affinity") || word.contains("together") {
            Self::Together
        } else {
            Self::Unknown
        }
    }

    /// Why a machine is not held to a rule of this sort; `None` where it can be.
    fn why_left(self) -> Option<&'static str> {
        match self {
            Self::Apart => None,
            Self::Together => Some("keeps machines on one host, which no placement does"),
            Self::Hosts => Some("ties machines to hosts, and no sheet says to which"),
            Self::Unknown => Some("of a sort that is not known"),
        }
    }
}

/// The words of the machines of a pool. A machine has one word: of several rules that keep it apart it is held to the
/// one with most machines in the pool, then to the first by name.
pub(super) fn apart(pool: &str, machines: &[(&Vm, &str)], report: &mut Report) -> Kept {
    let mut left = 0;
    let mut skip = |why: &str, example: String| {
        left += 1;
        report.skipped("rule of a cluster", why, &example);
    };
    let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for &(vm, id) in machines {
        let Some(rules) = &vm.rules else {
            skip(
                "the sheet names more or fewer rules than sorts",
                id.to_owned(),
            );
            continue;
        };
        for (sort, name) in rules {
            match Sort::of(sort).why_left() {
                Some(why) => skip(why, format!("{name} ({id})")),
                None => drop(members.entry(name).or_default().insert(id)),
            }
        }
    }
    let mut rules: Vec<(&str, BTreeSet<&str>)> = members.into_iter().collect();
    rules.sort_by_key(|(name, members)| (std::cmp::Reverse(members.len()), *name));
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    for (name, members) in rules {
        // One alone is apart from nobody.
        if members.len() < 2 {
            continue;
        }
        for id in members {
            if words.contains_key(id) {
                let why = "keeps a machine apart that another rule keeps apart, too: it is held to that one alone";
                skip(why, format!("{name} ({id})"));
            } else {
                words.insert(id.to_owned(), format!("{pool}/{name}"));
            }
        }
    }
    Kept { words, left }
}
