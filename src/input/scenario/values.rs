//! Values that several tables of a scenario have: numbers by name, and texts that must be there. In: keys. Out:
//! values with their places; what is missing or blank is a fault of the keys.

use crate::input::keys::{Keys, Value};
use crate::input::number::Range;
use crate::input::placed::Placed;
use crate::model::{hidden, hidden_words};

/// A table of numbers by free names.
pub(super) fn numbers(
    value: Option<Value>,
    what: &'static str,
    range: Range,
) -> Vec<(Placed<String>, Placed<f64>)> {
    let Some(keys) = value.and_then(|v| v.table(what)) else {
        return Vec::new();
    };
    keys.entries()
        .filter_map(|(name, value)| Some((name, value.number(range)?)))
        .collect()
}

/// A text that must be there and not be blank.
pub(super) fn needed(keys: &Keys, key: &'static str, help: &str) -> Option<Placed<String>> {
    if keys.value(key).is_none() {
        keys.lacks(key, help);
        return None;
    }
    filled(keys, keys.text(key)?, key, help)
}

pub(super) fn filled(
    keys: &Keys,
    text: Placed<String>,
    key: &str,
    help: &str,
) -> Option<Placed<String>> {
    if text.value.trim().is_empty() {
        keys.fault(text.error(format!("`{key}` is blank")).help(help));
        return None;
    }
    if key == "name"
        && let Some(c) = hidden(&text.value)
    {
        let message = format!("the name holds {}", hidden_words(c));
        let help = "type it anew: only characters that can be seen, and blanks";
        keys.fault(text.error(message).help(help));
        return None;
    }
    Some(text)
}
