//! Several rows about one thing → that thing. In: what two rows of one key say. Out: one thing, and where they contradict
//! each other; or why they are not about one thing. Promises: the order of the rows changes nothing, and of two figures
//! the one counts that leaves less.

use super::thing::{SERVICE, Thing};
use crate::input::Diagnostic;
use crate::input::import::{Imported, ids};
use std::collections::BTreeSet;

/// What rows of one key say together.
pub(super) struct Rows {
    pub thing: Thing,
    /// Where the first of them stands.
    place: String,
    /// In what they contradict each other.
    pub differ: BTreeSet<String>,
    /// Whether one of them has the thing out, and nothing needs it.
    pub is_left_out: bool,
}

impl Rows {
    /// One row.
    pub fn new(thing: Thing, place: String) -> Self {
        Self {
            thing,
            place,
            differ: BTreeSet::new(),
            is_left_out: false,
        }
    }

    /// These rows and one more, and why that is not about the same thing.
    pub fn and(mut self, other: Thing, place: &str) -> (Self, Option<Diagnostic>) {
        let clash = clash(&self.thing, &other, [&self.place, place]);
        self.thing = merged(self.thing, other, &mut self.differ);
        (self, clash)
    }
}

/// Why two rows of one key are not about one thing: of what is a service in one of them alone, or has another name in
/// each, one would be lost.
fn clash(one: &Thing, other: &Thing, places: [&str; 2]) -> Option<Diagnostic> {
    let services = [one, other].iter().filter(|t| t.kind == SERVICE).count();
    let renamed = one.name.to_lowercase() != other.name.to_lowercase();
    if services != 1 && !(renamed && (services == 2 || one.kind != other.kind)) {
        return None;
    }
    let [a, b] = places;
    let (x, y) = (&one.name, &other.name);
    let message = format!(
        "{b}: `{y}`, a {}, has the key of `{x}`, a {} ({a})",
        other.kind, one.kind
    );
    let help =
        "give each a key of its own, or name the column that tells them apart in `id` of the map";
    Some(Diagnostic::error(message).help(help))
}

/// One thing of two rows: what one of them leaves blank the other says; where both speak, the figure counts that leaves
/// less, every domain, and of other texts the one that comes first by its letters.
fn merged(one: Thing, other: Thing, differs: &mut BTreeSet<String>) -> Thing {
    let mut first = |what: &str, x: String, y: String| match (x.is_empty(), y.is_empty()) {
        (true, _) => y,
        (_, true) => x,
        _ => {
            if !alike(&x, &y) {
                differs.insert(what.to_owned());
            }
            match what {
                "within" => both(&x, &y),
                _ => less(what, x, y),
            }
        }
    };
    let mut columns = one.columns;
    for (column, text) in other.columns {
        let known = columns.remove(column).unwrap_or_default();
        columns.insert(column, first(column, known, text));
    }
    let mut labels = one.labels;
    for (label, text) in other.labels {
        let known = labels.remove(&label).unwrap_or_default();
        let text = first(&label, known, text);
        labels.insert(label, text);
    }
    Thing {
        id: String::new(),
        name: first("name", one.name, other.name),
        kind: first("kind", one.kind, other.kind),
        // Of a class lists show the name or what people call it; the kind is what both mean.
        class: one.class.min(other.class),
        key: one.key,
        columns,
        labels,
        down: one.down.max(other.down),
    }
}

/// Whether two texts say the same.
fn alike(x: &str, y: &str) -> bool {
    let numbers = [x, y].map(|text| text.parse::<f64>().ok());
    let same = matches!(numbers, [Some(a), Some(b)] if a.total_cmp(&b).is_eq());
    same || x.to_lowercase() == y.to_lowercase()
}

/// Of two figures the one that leaves less; of other texts the first by its letters.
fn less(column: &str, x: String, y: String) -> String {
    let numbers = (x.parse::<f64>(), y.parse::<f64>());
    let (Ok(a), Ok(b)) = numbers else {
        return x.min(y);
    };
    let greater = match column {
        "capacity" | "mtbf_hours" | "trips_at" => false,
        "demand" | "mttr_hours" | "unavailability" => true,
        _ => return x.min(y),
    };
    if a.total_cmp(&b).is_eq() {
        x.min(y)
    } else if (a < b) == greater {
        y
    } else {
        x
    }
}

/// Every domain of two cells.
fn both(x: &str, y: &str) -> String {
    let parts = x.split([';', ',']).chain(y.split([';', ',']));
    let parts: BTreeSet<&str> = parts.map(str::trim).collect();
    parts.into_iter().collect::<Vec<_>>().join(", ")
}

/// Says which things have rows that contradict each other, and in what.
pub(super) fn tell<'r>(all: impl Iterator<Item = &'r Rows>, imported: &mut Imported) {
    let mut found: Vec<String> = all
        .filter(|rows| !rows.differ.is_empty())
        .map(|rows| {
            let in_what: Vec<&str> = rows.differ.iter().map(String::as_str).collect();
            format!("{} ({})", rows.thing.name, in_what.join(", "))
        })
        .collect();
    found.sort_unstable();
    if found.is_empty() {
        return;
    }
    let which = ids::some_of(found.iter().map(String::as_str));
    let message = format!("rows of one key contradict each other: {which}");
    let help = "the lesser capacity, the greater demand and every domain count; correct the list, or leave out what is out of date";
    imported
        .warnings
        .push(Diagnostic::warning(message).help(help));
}
