//! Where two results differ. In: two JSON values. Out: the fields that differ, in order, the first of
//! them in full. Promises: shallow text, whatever stands in the values; arrays are compared by
//! position.

use super::document::Difference;
use crate::model::short;
use serde_json::Value;

/// Fields that are shown in full; the rest are counted.
const MOST_SHOWN: usize = 20;
/// Characters of a value that are shown.
const SHOWN: usize = 80;

/// The first differences, and how many there are beyond them.
#[must_use]
pub fn differences(recorded: &Value, now: &Value) -> (Vec<Difference>, u64) {
    let mut found = Found::default();
    found.compare(String::new(), Some(recorded), Some(now));
    (found.listed, found.more)
}

#[derive(Default)]
struct Found {
    listed: Vec<Difference>,
    more: u64,
}

impl Found {
    fn compare(&mut self, field: String, recorded: Option<&Value>, now: Option<&Value>) {
        match (recorded, now) {
            (Some(Value::Object(x)), Some(Value::Object(y))) => {
                let below = |key: &str| match field.as_str() {
                    "" => short(key, SHOWN),
                    above => format!("{above}.{}", short(key, SHOWN)),
                };
                for (key, value) in x {
                    self.compare(below(key), Some(value), y.get(key));
                }
                for (key, value) in y.iter().filter(|(key, _)| !x.contains_key(*key)) {
                    self.compare(below(key), None, Some(value));
                }
            }
            (Some(Value::Array(x)), Some(Value::Array(y))) => {
                for at in 0..x.len().max(y.len()) {
                    self.compare(format!("{field}[{at}]"), x.get(at), y.get(at));
                }
            }
            (x, y) if x == y => {}
            (x, y) => self.add(field, x, y),
        }
    }

    fn add(&mut self, field: String, recorded: Option<&Value>, now: Option<&Value>) {
        if self.listed.len() < MOST_SHOWN {
            let shown = |v: &Value| short(&v.to_string(), SHOWN);
            self.listed.push(Difference {
                field,
                recorded: recorded.map(shown),
                now: now.map(shown),
            });
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_named_by_their_place() {
        let old = json!({"a": [1, {"b": 2.5}], "c": "x", "gone": null});
        let new = json!({"a": [1, {"b": 3}, 4], "c": "x", "new": true});
        let (listed, more) = differences(&old, &new);
        let listed: Vec<_> = listed
            .iter()
            .map(|d| (&*d.field, d.recorded.as_deref(), d.now.as_deref()))
            .collect();
        assert_eq!(
            listed,
            [
                ("a[1].b", Some("2.5"), Some("3")),
                ("a[2]", None, Some("4")),
                ("gone", Some("null"), None),
                ("new", None, Some("true")),
            ]
        );
        assert_eq!(more, 0);
        let many: Value = (0..100).collect::<Vec<_>>().into();
        assert_eq!(differences(&many, &json!([])).1, 80);
        assert_eq!(differences(&many, &many.clone()), (Vec::new(), 0));
    }
}
