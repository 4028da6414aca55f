//! What links let through: the least of what interfaces, circuits and their ports state, or what the names of
//! their types say.

use super::model::Model;
use super::runs::Run;
use super::table::{Key, Table};
use super::wire::{Fields, Value};

/// The least of what interfaces, circuits and their ports let through, kbit/s.
pub(super) fn capacity(table: &Table, run: &Run, other: Option<&Key>) -> Option<f64> {
    let interfaces = [Some(&run.near), other].into_iter().flatten();
    let speeds = interfaces.filter_map(|key| speed(table.fields(Model::Interface, key)));
    let rates = run
        .circuits
        .iter()
        .filter_map(|key| table.fields(Model::Circuit, key).number("commit_rate"));
    let ports = run.sides.iter().filter_map(|key| {
        table
            .fields(Model::CircuitTermination, key)
            .number("port_speed")
    });
    speeds
        .chain(rates)
        .chain(ports)
        .filter(|&x| x > 0.0)
        .min_by(f64::total_cmp)
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
    row.number("speed")
        .filter(|&x| x > 0.0)
        .or_else(|| speed_of_type(&type_of(row)))
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
