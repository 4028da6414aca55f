//! Objects whose status is unclear. In: the table. Out: a line of the report for each such status, and warnings with
//! the counts.

use super::super::ids::some_of;
use super::estate::{Estate, clean};
use super::places::name_of;
use super::status::{self, State, TABLE};
use super::table::Table;
use std::collections::BTreeSet;

/// Says of every status that means nothing here, or that the export does not explain, that it is taken as in
/// service.
pub(super) fn account(table: &Table, estate: &mut Estate) {
    let mut words: BTreeSet<String> = BTreeSet::new();
    let (mut unknown, mut unread) = (0_u64, 0_u64);
    for &model in TABLE.iter().flat_map(|words| words.of) {
        for row in table.rows(model).values() {
            let name = clean(name_of(row).unwrap_or_default());
            match status::of(table, model, row) {
                (word, State::Unknown) => {
                    let word = clean(&word);
                    let rule = format!("{} of status {word}, taken as in service", model.name());
                    estate.report.derived(&rule, &name);
                    words.insert(word);
                    unknown += 1;
                }
                (_, State::Unread) => {
                    let rule = format!(
                        "{} whose status the export does not explain, taken as in service",
                        model.name()
                    );
                    estate.report.derived(&rule, &name);
                    unread += 1;
                }
                (_, State::InService | State::Out | State::Gone) => {}
            }
        }
    }
    if unknown > 0 {
        let some = some_of(words.iter().map(String::as_str));
        estate.warnings.push(format!(
            "objects of a status whose meaning is not known, taken as in service: {unknown} ({some})"
        ));
    }
    if unread > 0 {
        estate.warnings.push(format!(
            "objects whose status the export does not explain, taken as in service: {unread}; dump extras too, or \
             ask the API with depth=1"
        ));
    }
}
