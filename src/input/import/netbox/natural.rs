//! References by names, as `dumpdata --natural-foreign` writes them where the models of the source have natural
//! keys: `"device": ["r1", null, "HQ"]`.
//!
//! In: the table, with its references as they were read. Out: the same table, with keys in their place. A list
//! of names leads to the row that is called by one of them and belongs to all the others: the room `Room 1` in
//! `HQ`, the circuit `C0` of the provider `P`. Where no row or several are so, nothing is guessed: that is a fault,
//! as is every other reference that cannot be read.

use super::model::Model;
use super::status::is_uuid;
use super::table::{Key, Table};
use super::wire::{Fields, Value};
use crate::input::{Diagnostic, Faults};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Kinds that say no more than what they are called: a reference by names holds all of it.
const CALLED: [Model; 8] = [
    Model::Role,
    Model::Tenant,
    Model::LocationType,
    Model::RackRole,
    Model::CircuitType,
    Model::Region,
    Model::SiteGroup,
    Model::DeviceType,
];

/// Kinds that so much hangs on that nothing is left where no reference leads to any of them.
const VITAL: [Model; 4] = [Model::Site, Model::Location, Model::Device, Model::Circuit];

/// Fields that hold the kind of what another field refers to.
const KINDS: [&str; 6] = [
    "termination_a_type",
    "termination_b_type",
    "termination_type",
    "interface_type",
    "member_type",
    "parent_object_type",
];

/// Places in places, at most.
const DEEPEST: usize = 64;

const HELP: &str =
    "make the dump without --natural-foreign and with contenttypes, or give lists of the API";

/// A reference by names: what it leads to, and the names, none of them blank.
type Names = (Model, Vec<String>);

/// Puts keys in the place of names.
///
/// # Errors
/// References that cannot be read, or lead to nothing or to several things.
pub(super) fn resolve(table: &mut Table) -> Result<(), Faults> {
    let mut faults = Faults::new();
    let wanted = wanted(table);
    let finder = Finder::of(table, &wanted);
    let mut found: BTreeMap<Names, Key> = BTreeMap::new();
    let mut called: Vec<(Model, Key, String)> = Vec::new();
    let mut lost: BTreeMap<Model, u64> = BTreeMap::new();
    for (names, count) in &wanted {
        let (model, all) = names;
        // A text that no key of a row is: the reference leads nowhere, and is counted as such.
        let key = Key::Text(format!("names: {}", all.join(", ")).into());
        if let Some(key) = finder.row(names) {
            found.insert(names.clone(), key);
        } else if let (Some(name), true) = (name_in(names), CALLED.contains(model)) {
            called.push((*model, key.clone(), name.to_owned()));
            found.insert(names.clone(), key);
        } else if table.rows(*model).is_empty() && !all.is_empty() {
            found.insert(names.clone(), key);
        } else {
            *lost.entry(*model).or_default() += count;
        }
    }
    for (model, count) in lost {
        let message = format!(
            "references to {} cannot be read, or lead by their names to none or to several: {count}",
            model.name()
        );
        faults.push(Diagnostic::error(message).help(HELP));
    }
    for (model, key, name) in called {
        let row = Fields(vec![("name", Value::Text(name.into()))]);
        table.rows.entry(model).or_default().insert(key, row);
    }
    for ((model, names), _) in found.iter().filter(|(_, key)| !is_mark(key)) {
        table.by_names.insert((*model, names.join(", ")));
    }
    put(table, &found);
    lead_nowhere(table, &mut faults);
    unexplained_kinds(table, &mut faults);
    faults.or(())
}

/// Whether a key was made here, of names that lead nowhere.
fn is_mark(key: &Key) -> bool {
    matches!(key, Key::Text(text) if text.starts_with("names: "))
}

/// The name of what a reference by names leads to, where it is known which of them that is.
fn name_in((model, names): &Names) -> Option<&str> {
    let at = if *model == Model::DeviceType {
        names.last()
    } else {
        names.first()
    };
    at.map(String::as_str)
}

/// All references by names, and how often each stands there.
fn wanted(table: &Table) -> BTreeMap<Names, u64> {
    let mut all: BTreeMap<Names, u64> = BTreeMap::new();
    for (&model, rows) in &table.rows {
        for (field, value) in rows.values().flat_map(|row| &row.0) {
            if let Some(names) = names_of(model, field, value) {
                *all.entry(names).or_default() += 1;
            }
        }
    }
    all
}

/// What a reference that is no key holds: names, or nothing that can be read.
fn names_of(model: Model, field: &str, value: &Value) -> Option<Names> {
    let target = model.target(field)?;
    if Key::of(value).is_some() {
        return None;
    }
    let names = match value {
        Value::Null | Value::Text(_) => return None,
        Value::List(parts) if parts.is_empty() => return None,
        Value::List(parts) => parts.iter().filter_map(part).collect(),
        // An object without its id; a choice is no reference.
        Value::Map(object) if object.has("value") => return None,
        Value::Map(object) => own_names(object).into_iter().take(1).collect(),
        Value::Bool(_) | Value::Number(_) => Vec::new(),
    };
    Some((target, names))
}

/// A part of a natural key; a null is none.
fn part(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.trim().is_empty() => Some(text.to_string()),
        Value::Number(_) => Key::of(value).map(|key| key.to_string()),
        _ => None,
    }
}

/// What a row goes by, the name first.
fn own_names(row: &Fields) -> Vec<String> {
    let fields = ["name", "cid", "model", "slug", "display_name"];
    let names = fields.iter().filter_map(|field| row.text(field));
    names.map(str::to_owned).collect()
}

/// Fields that tell objects of one name apart.
fn belongs_to(model: Model) -> &'static [&'static str] {
    match model {
        Model::Device => &["tenant", "location", "site"],
        Model::Location | Model::Region | Model::SiteGroup => &["parent", "site"],
        Model::RackGroup => &["parent", "location", "site"],
        Model::Rack => &["rack_group", "group", "location", "site"],
        Model::DeviceType => &["manufacturer"],
        Model::Circuit | Model::ProviderNetwork => &["provider"],
        Model::PowerPanel => &["rack_group", "location", "site"],
        Model::PowerFeed => &["power_panel"],
        Model::VirtualMachine => &["cluster", "tenant"],
        Model::VmInterface => &["virtual_machine"],
        Model::Module => &["device", "module_bay", "parent_module_bay"],
        Model::ModuleBay => &["device", "parent_device", "module", "parent_module"],
        Model::Interface
        | Model::FrontPort
        | Model::RearPort
        | Model::PowerPort
        | Model::PowerOutlet => &["device", "module"],
        _ => &[],
    }
}

/// Rows by what they go by.
struct Finder<'t> {
    table: &'t Table,
    rows: HashMap<(Model, String), Vec<Key>>,
}

impl<'t> Finder<'t> {
    fn of(table: &'t Table, wanted: &BTreeMap<Names, u64>) -> Self {
        let models: BTreeSet<Model> = wanted.keys().map(|(model, _)| *model).collect();
        let mut rows: HashMap<(Model, String), Vec<Key>> = HashMap::new();
        for model in models {
            for (key, row) in table.rows(model) {
                let mut names: BTreeSet<String> = own_names(row).into_iter().collect();
                if let Key::Text(uuid) = key {
                    names.insert(uuid.to_string());
                }
                for name in names {
                    rows.entry((model, name)).or_default().push(key.clone());
                }
            }
        }
        Self { table, rows }
    }

    /// The one row that is called by one of the names and belongs to all the others. Of several, the one
    /// that belongs to nothing else.
    fn row(&self, (model, names): &Names) -> Option<Key> {
        let mut fitting: BTreeMap<Key, bool> = BTreeMap::new();
        for (at, own) in names.iter().enumerate() {
            let mut rest: BTreeSet<&str> = BTreeSet::new();
            for (_, name) in names.iter().enumerate().filter(|(other, _)| *other != at) {
                rest.insert(name);
            }
            let called = self.rows.get(&(*model, own.clone()));
            for key in called.map_or(&[][..], Vec::as_slice) {
                let mut owners = BTreeSet::new();
                self.owners(*model, self.table.fields(*model, key), &mut owners, 0);
                if rest.iter().all(|name| owners.contains(*name)) {
                    let whole = rest.len() == owners.len();
                    *fitting.entry(key.clone()).or_default() |= whole;
                }
            }
        }
        let only = |keys: Vec<&Key>| match keys[..] {
            [key] => Some(key.clone()),
            _ => None,
        };
        let whole = fitting.iter().filter(|(_, whole)| **whole);
        only(fitting.keys().collect()).or_else(|| only(whole.map(|(key, _)| key).collect()))
    }

    /// The names of all that an object belongs to, up to the root.
    fn owners(&self, model: Model, row: &Fields, names: &mut BTreeSet<String>, depth: usize) {
        for field in belongs_to(model) {
            match row.get(field) {
                Some(Value::List(parts)) => names.extend(parts.iter().filter_map(part)),
                Some(Value::Map(object)) if Key::of(&Value::Map(object.clone())).is_none() => {
                    names.extend(own_names(object).into_iter().take(1));
                }
                _ => {
                    if let (Some((_, owner)), Some(target)) =
                        (self.table.follow(model, row, field), model.target(field))
                    {
                        names.extend(own_names(owner).into_iter().take(1));
                        if depth < DEEPEST {
                            self.owners(target, owner, names, depth + 1);
                        }
                    }
                }
            }
        }
    }
}

/// Puts the keys that were found in the place of names.
fn put(table: &mut Table, found: &BTreeMap<Names, Key>) {
    for (&model, rows) in &mut table.rows {
        for (field, value) in rows.values_mut().flat_map(|row| &mut row.0) {
            let key = names_of(model, field, value).and_then(|names| found.get(&names));
            if let Some(key) = key {
                *value = key.value();
            }
        }
    }
}

/// Kinds of which the export holds rows, and to which references lead, but none of these to any of those.
fn lead_nowhere(table: &Table, faults: &mut Faults) {
    let mut counts: BTreeMap<Model, (u64, u64)> = BTreeMap::new();
    for (&model, rows) in &table.rows {
        for (field, value) in rows.values().flat_map(|row| &row.0) {
            if let (Some(target), Some(key)) = (model.target(field), Key::of(value))
                && VITAL.contains(&target)
            {
                let (all, missing) = counts.entry(target).or_default();
                *all += 1;
                *missing += u64::from(table.row(target, &key).is_none());
            }
        }
    }
    for (model, (all, missing)) in counts {
        let here = table.rows(model).len();
        if here > 0 && all > 0 && missing == all {
            let message = format!(
                "no reference to {} ({all}) leads to one of those that are here ({here})",
                model.name()
            );
            let help = "export all from one system at one time, with the keys of its database";
            faults.push(Diagnostic::error(message).help(help));
        }
    }
}

/// Kinds that stand there as numbers, of which the export says nothing.
fn unexplained_kinds(table: &Table, faults: &mut Faults) {
    let unread = |value: &Value| match value {
        Value::Number(_) => true,
        Value::Text(text) => is_uuid(text) || text.parse::<u64>().is_ok(),
        _ => false,
    };
    let rows = table.rows.values().flat_map(BTreeMap::values);
    let kinds = rows.flat_map(|row| KINDS.iter().filter_map(|field| row.get(field)));
    let unexplained = kinds.filter(|value| {
        let row = Key::of(value).and_then(|key| table.row(Model::ContentType, &key));
        unread(value) && row.is_none()
    });
    let count = unexplained.count();
    if count > 0 {
        let message = format!("numbers of content types that the export does not explain: {count}");
        faults.push(Diagnostic::error(message).help("dump contenttypes too"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Source;
    use std::sync::Arc;

    fn table(text: &str) -> Result<Table, Faults> {
        let source = Source {
            path: "dump.json".to_owned(),
            text: text.to_owned(),
        };
        let mut table = Table::read(&[Arc::new(source)])?;
        resolve(&mut table)?;
        Ok(table)
    }

    /// Two rooms of one name, and a device of one name in each.
    const ROWS: &str = r#"
        {"model": "dcim.location", "pk": "a", "fields": {"name": "HQ", "parent": null}}
        {"model": "dcim.location", "pk": "b", "fields": {"name": "Branch", "parent": null}}
        {"model": "dcim.location", "pk": "c", "fields": {"name": "Room", "parent": ["HQ"]}}
        {"model": "dcim.location", "pk": "d", "fields": {"name": "Room", "parent": ["Branch"]}}
        {"model": "dcim.location", "pk": "e", "fields": {"name": "Branch", "parent": ["Room", "Branch"]}}
        {"model": "dcim.device", "pk": "r", "fields": {"name": "r1", "location": ["Room", "HQ"]}}
        {"model": "dcim.device", "pk": "s", "fields": {"name": "r1", "location": ["Room", "Branch"]}}
        {"model": "dcim.device", "pk": "t", "fields": {"name": "r1", "location": ["HQ"]}}
    "#;

    fn device_of(names: &str) -> Result<Option<Key>, Faults> {
        let port = format!(
            r#"{{"model": "dcim.interface", "pk": "i", "fields": {{"name": "e0", "device": {names}}}}}"#
        );
        let table = table(&format!("{ROWS}{port}"))?;
        let interface = Key::Text("i".into());
        Ok(table
            .fields(Model::Interface, &interface)
            .get("device")
            .and_then(Key::of))
    }

    #[test]
    fn names_lead_to_the_one_row_that_has_them_all() {
        let key = |text: &str| Some(Key::Text(text.into()));
        for (names, expected) in [
            (r#"["r1", null, "Room", "HQ"]"#, "r"),
            (r#"["r1", null, "Room", "Branch"]"#, "s"),
            (r#"["HQ", "Room", "r1"]"#, "r"),
            // The one that belongs to nothing else.
            (r#"["r1", null, "HQ"]"#, "t"),
            (r#"{"name": "r1", "location": "HQ", "id": "s"}"#, "s"),
        ] {
            let found = device_of(names).unwrap_or_else(|_| panic!("{names}"));
            assert_eq!(found, key(expected), "{names}");
        }
        let table = table(ROWS).unwrap_or_else(|_| panic!("readable"));
        let location = |at: &str| {
            let row = table.fields(Model::Location, &Key::Text(at.into()));
            row.get("parent").and_then(Key::of)
        };
        assert_eq!(location("d"), key("b"), "not the room called as the branch");
        assert_eq!(location("e"), key("d"));
    }

    #[test]
    fn names_of_nothing_and_of_several_are_faults() {
        for names in [
            r#"["r1"]"#,
            r#"["r1", null, "Room"]"#,
            r#"["r9", null, "HQ"]"#,
            r#"{"name": "r1"}"#,
            "true",
            "[[1]]",
        ] {
            assert!(device_of(names).is_err(), "{names}");
        }
    }
}
