//! Fields of answers. In: a JSON value and a name. Out: what stands there; blank or none where nothing does.

use serde_json::Value;

/// A field as text; blank if it is not there.
pub(super) fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A field within fields as text; blank if it is not there.
pub(super) fn at(value: &Value, path: &str) -> String {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The entries of a list; none if it is not there.
pub(super) fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    let list = value.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// A list of texts.
pub(super) fn texts(value: &Value, name: &str) -> Vec<String> {
    let all = list(value, name);
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A field that counts.
pub(super) fn count(value: &Value, name: &str) -> Option<u32> {
    value
        .get(name)
        .and_then(Value::as_u64)
        .and_then(|n| u32::try_from(n).ok())
}

/// The zone without its letter.
pub(super) fn region(zone: &str) -> &str {
    zone.trim_end_matches(|c: char| c.is_ascii_lowercase())
}
