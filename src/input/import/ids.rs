//! Ids from other tools' files: cleaned, and kept apart in one namespace.

use crate::model::hidden;
use std::collections::{HashMap, HashSet};

/// An id as it may stand in an inventory: spaces around it gone, characters that nobody sees
/// replaced by spaces, `;` by `,`. Empty if nothing is left.
pub(super) fn clean(raw: &str) -> String {
    let unseen = |c: char| hidden(c.encode_utf8(&mut [0; 4])).is_some();
    let trimmed = raw.trim_matches(|c: char| c.is_whitespace() || unseen(c));
    trimmed
        .chars()
        .map(|c| match c {
            ';' => ',',
            _ if unseen(c) => ' ',
            _ => c,
        })
        .collect()
}

/// The ids of an inventory so far.
#[derive(Debug, Default)]
pub(super) struct Ids {
    taken: HashSet<String>,
    next: HashMap<String, u32>,
}

impl Ids {
    /// Takes an id; false if it is taken already.
    pub(super) fn take(&mut self, id: &str) -> bool {
        self.taken.insert(id.to_owned())
    }

    /// Whether an id is taken.
    pub(super) fn is_taken(&self, id: &str) -> bool {
        self.taken.contains(id)
    }

    /// Takes `wanted`, or, where that is taken, `wanted#2`, `wanted#3` …
    pub(super) fn fresh(&mut self, wanted: String) -> Box<str> {
        if self.taken.insert(wanted.clone()) {
            return wanted.into();
        }
        let next = self.next.entry(wanted.clone()).or_insert(2);
        loop {
            let id = format!("{wanted}#{next}");
            *next += 1;
            if self.taken.insert(id.clone()) {
                return id.into();
            }
        }
    }
}

/// The first few of many ids, for a sentence: `a, b, c and 4 more`.
pub(super) fn some_of<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> String {
    const NAMED: usize = 3;
    let total = ids.len();
    let named: Vec<&str> = ids.take(NAMED).collect();
    match total.saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The most frequent of many words, for a sentence: `a (5), b (3), c (3) and 4 more`.
pub(super) fn counted<'a>(words: impl Iterator<Item = (&'a str, u64)>) -> String {
    let mut words: Vec<(&str, u64)> = words.collect();
    words.sort_by(|x, y| y.1.cmp(&x.1).then(x.0.cmp(y.0)));
    let named: Vec<String> = words.iter().map(|(w, n)| format!("{w} ({n})")).collect();
    some_of(named.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_cleaned_for_a_cell_that_separates_ids() {
        assert_eq!(clean("  a;b\u{7}c \n"), "a,b c");
        assert_eq!(clean(" \t"), "");
        assert_eq!(clean("a\u{202e}b\u{200b}"), "a b");
        assert_eq!(clean("../../etc/passwd"), "../../etc/passwd");
    }

    #[test]
    fn fresh_ids_never_collide() {
        let mut ids = Ids::default();
        assert!(ids.take("x#2"));
        assert_eq!(&*ids.fresh("x".to_owned()), "x");
        assert_eq!(&*ids.fresh("x".to_owned()), "x#3");
        assert!(!ids.take("x#3"));
    }
}
