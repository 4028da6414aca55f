//! JSON → the few fields that the importer looks at.
//!
//! In: one text that holds any number of JSON values: a dump, its lines, pages of the API, or a
//! bundle of lists. Out: each row, with the fields of [`FIELDS`] only. Whatever else stands there
//! (custom fields, config contexts, secrets, tokens, comments, addresses) is skipped while reading
//! and is never kept. Promises that no message quotes what a file holds.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use std::borrow::Cow;
use std::fmt;

/// Every field that is kept, at any depth; sorted.
const FIELDS: [&str; 116] = [
    "_location",
    "_provider_network",
    "_site",
    "a_terminations",
    "allocated_draw",
    "amperage",
    "app_label",
    "available_power",
    "b_terminations",
    "cable",
    "cable_end",
    "cid",
    "circuit",
    "cluster",
    "clusters",
    "commit_rate",
    "connected_port",
    "connector",
    "count",
    "destination_panel",
    "device",
    "device_role",
    "device_type",
    "display",
    "display_name",
    "enabled",
    "facility",
    "fields",
    "form_factor",
    "front_port",
    "front_port_position",
    "group",
    "group_id",
    "id",
    "installed_device",
    "interface_a",
    "interface_b",
    "interface_id",
    "interface_type",
    "label",
    "lag",
    "last_updated",
    "location",
    "location_type",
    "manufacturer",
    "master",
    "max_utilization",
    "maximum_draw",
    "member",
    "member_id",
    "member_type",
    "memory",
    "mgmt_only",
    "model",
    "module",
    "module_bay",
    "name",
    "next",
    "object",
    "object_id",
    "object_type",
    "parent",
    "parent_device",
    "parent_interface",
    "parent_module",
    "parent_module_bay",
    "parent_object_id",
    "parent_object_type",
    "phase",
    "pk",
    "port_speed",
    "position",
    "positions",
    "power_outlet",
    "power_panel",
    "power_port",
    "previous",
    "priority",
    "protocol",
    "provider",
    "provider_network",
    "rack",
    "rack_group",
    "rear_port",
    "rear_port_position",
    "rear_ports",
    "region",
    "results",
    "role",
    "scope",
    "scope_id",
    "scope_type",
    "site",
    "slug",
    "speed",
    "status",
    "tenant",
    "term_side",
    "termination",
    "termination_a",
    "termination_a_id",
    "termination_a_type",
    "termination_b",
    "termination_b_id",
    "termination_b_type",
    "termination_id",
    "termination_type",
    "type",
    "upstream_speed",
    "url",
    "value",
    "vc_position",
    "vcpus",
    "virtual_chassis",
    "virtual_machine",
    "voltage",
];

/// A JSON value, reduced to what is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    List(Vec<Value>),
    Map(Fields),
}

/// Fields of an object, each once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields(pub Vec<(&'static str, Value)>);

impl Fields {
    /// The value of a field that is there and not null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(n, _)| *n == name);
        found.map(|(_, v)| v).filter(|v| **v != Value::Null)
    }

    /// The first of several fields that is there.
    pub fn first(&self, names: &[&str]) -> Option<&Value> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The text of a field, if there is any.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::Text(text)) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// The number of a field, also where it is written as text; finite.
    pub fn number(&self, name: &str) -> Option<f64> {
        let number = match self.get(name)? {
            Value::Number(x) => Some(*x),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Map(choice) => choice.number("value"),
            _ => None,
        };
        number.filter(|x| x.is_finite())
    }

    /// A field that is true.
    pub fn is(&self, name: &str) -> bool {
        self.get(name) == Some(&Value::Bool(true))
    }

    /// Whether the field stands there, even as null.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| *n == name)
    }

    /// Takes a field out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(n, _)| *n == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Sets a field; the last word counts, as with other readers of JSON.
    pub fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Value {
    /// The fields of an object.
    pub fn map(&self) -> Option<&Fields> {
        match self {
            Self::Map(fields) => Some(fields),
            _ => None,
        }
    }

    /// The elements of a list; none of anything else.
    pub fn list(&self) -> &[Value] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }

    /// The value where it is a text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// What stands at the top of a file.
pub(super) enum Item {
    /// A row of a dump, a page of the API, or one of its objects.
    Row(Value),
    /// A list under a name, as bundles have them.
    Named(String, Value),
}

/// Gives every item of a text to `take`.
///
/// # Errors
/// Where the text stops being JSON, in words that quote nothing of it.
pub(super) fn each(text: &str, take: &mut dyn FnMut(Item)) -> Result<(), String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    loop {
        Top(take).deserialize(&mut reader).map_err(|e| why(&e))?;
        // Lines of a dump and pages that were put one after another: several values are one export.
        if reader.end().is_ok() {
            return Ok(());
        }
    }
}

fn why(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let what = match error.classify() {
        Category::Eof => "the file ends too early",
        // The reader's own words would quote a value.
        Category::Data | Category::Io => "this is no export",
        Category::Syntax => {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default();
            return format!("line {line}, column {column}: this is no JSON: {said}");
        }
    };
    format!("line {line}, column {column}: {what}")
}

/// Reads one value at the top: of a list, every element is an item.
struct Top<'a>(&'a mut dyn FnMut(Item));

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an export")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element_seed(Kept)? {
            (self.0)(Item::Row(value));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<Cow<str>>()? {
            let value = map.next_value_seed(Kept)?;
            match known(&key) {
                Some(name) => fields.set(name, value),
                None if matches!(value, Value::List(_) | Value::Map(_)) => {
                    (self.0)(Item::Named(key.into_owned(), value));
                }
                None => {}
            }
        }
        if !fields.0.is_empty() {
            (self.0)(Item::Row(Value::Map(fields)));
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        (self.0)(Item::Row(Value::Null));
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.visit_unit()
    }
}

fn known(name: &str) -> Option<&'static str> {
    FIELDS.binary_search(&name).ok().map(|at| FIELDS[at])
}

/// Reads a value, of objects only what is kept.
struct Kept;

impl<'de> DeserializeSeed<'de> for Kept {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    #[expect(clippy::cast_precision_loss, reason = "keys stay far below 2^53")]
    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(Value::Number(it as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "keys stay far below 2^53")]
    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(Value::Number(it as f64))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(Value::Number(it))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(Value::Text(it.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = list.next_element_seed(Kept)? {
            all.push(value);
        }
        Ok(Value::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key_seed(Name)? {
            match key {
                Some(name) => fields.set(name, map.next_value_seed(Kept)?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Map(fields))
    }
}

/// Reads the name of a field without keeping it, unless it is one of ours.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(known(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Value>, String> {
        let mut all = Vec::new();
        each(text, &mut |item| {
            if let Item::Row(value) = item {
                all.push(value);
            }
        })?;
        Ok(all)
    }

    #[test]
    fn the_list_of_fields_is_sorted() {
        assert!(FIELDS.is_sorted_by(|x, y| x < y));
    }

    #[test]
    fn only_listed_fields_are_kept_at_any_depth() {
        let text = r#"[{"name": "a", "comments": "hush", "site": {"id": 3, "custom_fields": {"name": "hush"}}}]"#;
        let kept = rows(text).expect("JSON");
        let site = Value::Map(Fields(vec![("id", Value::Number(3.0))]));
        let row = Fields(vec![("name", Value::Text("a".into())), ("site", site)]);
        assert_eq!(kept, [Value::Map(row)]);
    }

    #[test]
    fn lines_are_rows_and_the_last_of_two_equal_names_counts() {
        let kept = rows("{\"id\": 1, \"id\": 2}\n[{\"id\": 3}]\n").expect("JSON");
        let id = |x| Value::Map(Fields(vec![("id", Value::Number(x))]));
        assert_eq!(kept, [id(2.0), id(3.0)]);
    }

    #[test]
    fn what_is_no_json_is_told_without_quoting_it() {
        let said = rows("[{\"id\": hush}]").expect_err("no JSON");
        assert_eq!(said, "line 1, column 9: this is no JSON: expected value");
        let said = rows("[{\"id\": 1}").expect_err("cut");
        assert!(said.ends_with("the file ends too early"), "{said}");
        let deep = "[".repeat(100_000);
        let said = rows(&deep).expect_err("too deep");
        assert!(said.ends_with("recursion limit exceeded"), "{said}");
    }
}
