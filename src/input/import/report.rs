//! What an import did, beside the inventory: counts per sort, each with a few examples. In: one call for
//! each thing. Out: a [`Report`] that is the same in whatever order the calls were made.

use std::collections::{BTreeMap, BTreeSet};

/// Examples that are kept of each sort: the first ones by name.
const EXAMPLES: usize = 3;

/// How many things of one sort there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The first few of them by name.
    pub examples: BTreeSet<String>,
}

/// Sorts of things, by what is said of them.
pub type Tallies = BTreeMap<String, Tally>;

/// What an import read and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was found in the files, by sort as the source calls it: `device`, `Deployment`.
    pub read: Tallies,
    /// What became of it: `device → component`.
    pub mapped: Tallies,
    /// What no file states, and the rule that made it: `host/memory, a resource of each host`.
    pub derived: Tallies,
    /// What was left out, and why: `VM: a template`.
    pub skipped: Tallies,
    /// Ids that are not simply the name that people use: the name, the id, and why.
    pub ids: BTreeSet<(String, String, String)>,
}

impl Report {
    /// Something was found.
    pub fn read(&mut self, sort: &str, example: &str) {
        add(&mut self.read, sort, example);
    }

    /// Something went into the inventory as something.
    pub fn mapped(&mut self, what: &str, example: &str) {
        add(&mut self.mapped, what, example);
    }

    /// Something was made that no file states.
    pub fn derived(&mut self, rule: &str, example: &str) {
        add(&mut self.derived, rule, example);
    }

    /// Something was left out.
    pub fn skipped(&mut self, sort: &str, why: &str, example: &str) {
        add(&mut self.skipped, &format!("{sort}: {why}"), example);
    }

    /// Something got an id that is not simply its name.
    pub fn id_changed(&mut self, name: &str, id: &str, why: &str) {
        let row = [name, id, why].map(str::to_owned);
        self.ids.insert(row.into());
    }
}

fn add(tallies: &mut Tallies, sort: &str, example: &str) {
    if !tallies.contains_key(sort) {
        tallies.insert(sort.to_owned(), Tally::default());
    }
    let Some(tally) = tallies.get_mut(sort) else {
        return;
    };
    tally.count += 1;
    let known = tally.examples.len() >= EXAMPLES;
    let later = || tally.examples.last().is_some_and(|last| &**last <= example);
    if known && later() {
        return;
    }
    tally.examples.insert(example.to_owned());
    if tally.examples.len() > EXAMPLES {
        tally.examples.pop_last();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_calls_changes_nothing() {
        let names = ["d", "b", "e", "a", "c", "b"];
        let mut one = Report::default();
        let mut other = Report::default();
        names
            .iter()
            .for_each(|n| one.skipped("VM", "a template", n));
        names
            .iter()
            .rev()
            .for_each(|n| other.skipped("VM", "a template", n));
        assert_eq!(one, other);
        let tally = &one.skipped["VM: a template"];
        assert_eq!(tally.count, 6);
        assert!(tally.examples.iter().eq(["a", "b", "c"]));
    }
}
