//! What a status says: in service, known to be out, or gone.

use super::model::Model;
use super::table::{Key, Table};
use super::wire::{Fields, Value};

/// What the status of an object means for an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It runs, or nothing is said.
    InService,
    /// It is there, and does not run now.
    Out,
    /// It is not there, or soon will not be.
    Gone,
    /// A status of the user's own, taken as in service.
    Unknown,
}

/// The status of a row, in lower case, and what it means.
pub(super) fn of(table: &Table, model: Model, row: &Fields) -> (String, State) {
    let Some(value) = row.get("status") else {
        return (String::new(), State::InService);
    };
    let word = word(table, model, value)
        .to_lowercase()
        .replace(['_', ' '], "-");
    let state = match word.as_str() {
        "active" | "connected" | "available" | "reserved" | "deprecated" | "running" | "online"
        | "in-use" | "extended-support" | "end-of-life" | "" => State::InService,
        "planned" | "staged" | "staging" | "offline" | "failed" | "paused" | "maintenance"
        | "provisioning" | "not-connected" | "disconnected" => State::Out,
        "decommissioning" | "decommissioned" | "deprovisioning" | "retired" | "inventory"
        | "removed" => State::Gone,
        _ => State::Unknown,
    };
    (word, state)
}

/// The word itself: a text, `{value, label}`, a number of old versions, or a row of statuses.
fn word(table: &Table, model: Model, value: &Value) -> String {
    match value {
        Value::Map(choice) => {
            let said = ["value", "label", "name", "display"]
                .iter()
                .find_map(|f| choice.text(f));
            said.unwrap_or_default().to_owned()
        }
        Value::Bool(true) => "connected".to_owned(),
        Value::Bool(false) => "planned".to_owned(),
        Value::List(natural) => natural
            .iter()
            .find_map(Value::text)
            .unwrap_or_default()
            .to_owned(),
        Value::Number(code) => coded(model, *code).to_owned(),
        Value::Text(text) => {
            let row = Key::of(value).and_then(|key| table.row(Model::Status, &key));
            let named = row.and_then(|row| row.text("name").or_else(|| row.text("display")));
            match named {
                Some(name) => name.to_owned(),
                // The id of a status that the export does not hold says nothing.
                None if is_uuid(text) => String::new(),
                None => text.to_string(),
            }
        }
        Value::Null => String::new(),
    }
}

/// Whether the text is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_hexdigit() || c == '-';
    text.len() == 36 && text.chars().filter(|&c| c == '-').count() == 4 && text.chars().all(plain)
}

/// Numbers that versions before 2.7 wrote.
fn coded(model: Model, code: f64) -> &'static str {
    let devices = [
        "offline",
        "active",
        "planned",
        "staged",
        "failed",
        "inventory",
        "decommissioning",
    ];
    let circuits = [
        "deprovisioning",
        "active",
        "planned",
        "provisioning",
        "offline",
        "decommissioned",
    ];
    let sites = ["", "active", "planned", "", "retired"];
    let all: &[&str] = match model {
        Model::Circuit => &circuits,
        Model::Site => &sites,
        Model::PowerFeed => &["offline", "active", "planned", "", "failed"],
        _ => &devices,
    };
    let found = (0u8..)
        .zip(all)
        .find(|(at, _)| f64::from(*at).total_cmp(&code).is_eq());
    found.map_or("", |(_, word)| word)
}
