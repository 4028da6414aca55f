//! Domains that lists name in a column → what sits in what. In: things. Out: pairs of an inner and an outer thing among the
//! [`Relations`], or needs where one of them is a service. Promises: no circle is left.

use super::domains::{cell_of, parts};
use super::records::Cell;
use super::relate::Relations;
use super::thing::SERVICE;
use super::things::Found;
use crate::input::Diagnostic;
use crate::input::import::{Imported, ids};
use std::collections::{BTreeMap, BTreeSet};

impl Relations<'_> {
    /// Domains that lists name in a column; then those that would close a circle are left out.
    pub fn domains(&mut self, imported: &mut Imported) {
        let mut unclear: BTreeSet<String> = BTreeSet::new();
        let things = self.things;
        for (inner, thing) in things.all.iter().enumerate() {
            let find = |part: &str| {
                things.find(&Cell {
                    text: part.to_owned(),
                    key: None,
                })
            };
            let is_known = |part: &str| find(part) != Found::Unknown;
            for part in parts(cell_of(thing), is_known) {
                let why = match find(part) {
                    Found::One(outer) if outer == inner => continue,
                    Found::One(outer) => {
                        let (_, what) = self.contain(inner, outer);
                        if thing.kind == SERVICE {
                            imported
                                .report
                                .mapped(&format!("domain → {what}"), &thing.id);
                        }
                        continue;
                    }
                    Found::Skipped(why) => why,
                    Found::Several(_) => "several things have the name",
                    Found::Unknown => "it is in no list",
                };
                imported.report.skipped("domain", why, part);
                unclear.insert(format!("{part} ({why})"));
            }
        }
        if !unclear.is_empty() {
            let which = ids::some_of(unclear.iter().map(String::as_str));
            let message = format!("domains that things sit in are left out: {which}");
            let help = "what sits in one of them is not lost together: give it a row, and a name of its own";
            let warning = Diagnostic::warning(message).help(help);
            imported.warnings.push(warning);
        }
        self.open_circles(imported);
    }

    fn open_circles(&mut self, imported: &mut Imported) {
        let mut kept: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut closed = Vec::new();
        for &(inner, outer) in &self.within {
            if reaches(&kept, outer, inner) {
                closed.push((inner, outer));
            } else {
                kept.entry(inner).or_default().push(outer);
            }
        }
        for pair in closed {
            self.within.remove(&pair);
            let id = |at: usize| self.things.all[at].id.as_str();
            let which = format!("{} within {}", id(pair.0), id(pair.1));
            imported
                .report
                .skipped("domain", "it would close a circle", &which);
            let message = format!("a circle of domains: {which} is left out");
            imported.warnings.push(Diagnostic::warning(message));
        }
    }
}

/// Whether one leads to the other.
fn reaches(kept: &BTreeMap<usize, Vec<usize>>, from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            open.extend(kept.get(&at).into_iter().flatten());
        }
    }
    false
}
