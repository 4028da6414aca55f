//! What links let through: the least of what interfaces, circuits and their ports state, or what the names of
//! their types say.

use super::model::Model;
use super::runs::Run;
use super::table::{Key, Table};
use super::wire::{Fields, Value};
use std::collections::BTreeSet;

/// The least of what interfaces, circuits and their ports let through, kbit/s: away from the interface that the run
/// starts at, and back to it.
pub(super) fn capacities(table: &Table, run: &Run, other: Option<&Key>) -> [Option<f64>; 2] {
    let interfaces = [Some(&run.near), other].into_iter().flatten();
    let speeds = interfaces.filter_map(|key| speed(table.fields(Model::Interface, key)));
    let circuits = run.circuits.iter();
    let rates = circuits.filter_map(|key| rate(table.fields(Model::Circuit, key), "commit_rate"));
    let both: Vec<f64> = speeds.chain(rates).collect();
    [false, true].map(|back| {
        let ports = run.sides.iter().enumerate().filter_map(|(at, key)| {
            // A run enters a circuit at one side and leaves it at the next.
            let enters = (at % 2 == 0) != back;
            let row = table.fields(Model::CircuitTermination, key);
            let upstream = || rate(row, "upstream_speed").filter(|_| enters);
            upstream().or_else(|| rate(row, "port_speed"))
        });
        both.iter().copied().chain(ports).min_by(f64::total_cmp)
    })
}

/// Circuits of a run of which no rate is stated, neither on them nor on their sides.
pub(super) fn unrated<'r>(table: &Table, run: &'r Run) -> impl Iterator<Item = &'r Key> {
    let of_side = |key: &Key| {
        let row = table.fields(Model::CircuitTermination, key);
        let stated = ["port_speed", "upstream_speed"]
            .iter()
            .any(|field| rate(row, field).is_some());
        row.get("circuit").and_then(Key::of).filter(|_| stated)
    };
    let rated: BTreeSet<Key> = run.sides.iter().filter_map(of_side).collect();
    run.circuits.iter().filter(move |key| {
        !rated.contains(*key) && rate(table.fields(Model::Circuit, key), "commit_rate").is_none()
    })
}

/// A rate that is stated.
fn rate(row: &Fields, field: &str) -> Option<f64> {
    row.number(field).filter(|&x| x > 0.0)
}

fn type_of(row: &Fields) -> String {
    let value = row.first(&["type", "form_factor"]);
    let text = match value {
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Map(choice)) => match (choice.text("value"), choice.text("label")) {
            (Some(value), _) => value.to_owned(),
            // Old versions number the types; the label holds the speed.
            (None, label) => label.unwrap_or_default().to_owned(),
        },
        _ => String::new(),
    };
    text.to_lowercase()
}

/// Whether an interface is for a stack of switches.
pub(super) fn is_stack(table: &Table, key: &Key) -> bool {
    let kind = type_of(table.fields(Model::Interface, key));
    kind.contains("stack")
}

/// What an interface lets through, kbit/s: as it says, else as its type says.
fn speed(row: &Fields) -> Option<f64> {
    rate(row, "speed").or_else(|| speed_of_type(&type_of(row)))
}

/// The speed in the name of a type, kbit/s: `10gbase-x-sfpp`, `1000base-t`, `QSFP+ (40GE)`.
fn speed_of_type(kind: &str) -> Option<f64> {
    let number = |text: &str| text.parse::<f64>().ok();
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    if let Some((before, _)) = kind.split_once("gbase") {
        return Some(number(before)? * 1e6);
    }
    if let Some((before, _)) = kind.split_once("base") {
        return Some(number(before.trim())? * 1e3);
    }
    let (before, _) = kind.split_once("ge)")?;
    let start = before.rfind(|c| !digits(c)).map_or(0, |at| at + 1);
    Some(number(&before[start..])? * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_says_its_speed() {
        let speeds = [
            ("1000base-t", Some(1e6)),
            ("100base-tx", Some(1e5)),
            ("2.5gbase-t", Some(2.5e6)),
            ("10gbase-x-sfpp", Some(1e7)),
            ("400gbase-x-qsfpdd", Some(4e8)),
            ("qsfp+ (40ge)", Some(4e7)),
            ("lag", None),
            ("virtual", None),
            ("cisco-stackwise", None),
            ("ieee802.11ac", None),
            ("32gfc-sfp28", None),
            ("", None),
        ];
        for (kind, speed) in speeds {
            assert_eq!(speed_of_type(kind), speed, "{kind}");
        }
    }
}
