//! Domains that a column of a list names. In: cells such as `Rack 1` or `R1; Room 2`. Out: their parts, and a thing for
//! each domain that no list holds. Promises: what several rows name is one thing.

use super::thing::Thing;
use crate::input::import::Imported;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The kind of a domain of which only the name is known.
const DOMAIN: &str = "domain";

/// The domains in a cell: itself, if that is one, else its parts. Ids hold no `;`: where a list had one there is a comma now.
pub(super) fn parts(cell: &str, is_known: impl Fn(&str) -> bool) -> Vec<&str> {
    let cell = cell.trim();
    if is_known(cell) {
        return vec![cell];
    }
    let parts = cell.split([';', ',']).map(str::trim);
    let named = |part: &&str| part.contains(char::is_alphanumeric);
    parts.filter(named).collect()
}

/// The domains of a thing as its row names them; blank if there are none.
pub(super) fn cell_of(thing: &Thing) -> &str {
    thing.columns.get("within").map_or("", String::as_str)
}

/// The domains that things name and no row has, by name. A list of assets often has none for its racks, and they are
/// lost together all the same.
pub(super) fn missing<V>(
    all: &[Thing],
    skipped: &HashMap<String, V>,
    imported: &mut Imported,
) -> Vec<Thing> {
    let names = all.iter().map(|t| t.name.to_lowercase());
    let keys = all.iter().filter_map(|t| t.key.clone());
    let known: HashSet<String> = names.chain(keys).collect();
    let is_known = |part: &str| {
        let lower = part.to_lowercase();
        [part, lower.as_str()]
            .iter()
            .any(|t| known.contains(*t) || skipped.contains_key(*t))
    };
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    for part in all.iter().flat_map(|t| parts(cell_of(t), is_known)) {
        if !is_known(part) {
            let name = found.entry(part.to_lowercase()).or_insert(part);
            *name = part.min(*name);
        }
    }
    let domain = |name: &str| {
        let rule = "a domain that rows name and that is in no list";
        imported.report.derived(rule, name);
        Thing {
            name: name.to_owned(),
            kind: DOMAIN.to_owned(),
            ..Thing::default()
        }
    };
    found.into_values().map(domain).collect()
}
