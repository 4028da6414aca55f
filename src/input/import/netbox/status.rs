//! What a status says: in service, known to be out, or gone. The words of every kind of object stand in one
//! table, [`TABLE`]. A word that is not there is taken as in service, and that is said.

use super::model::Model;
use super::table::{Key, Table};
use super::wire::{Fields, Value};

/// What the status of an object means for an inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It runs, or nothing is said.
    InService,
    /// It is there, and does not run now.
    Out,
    /// It is not there, or soon will not be.
    Gone,
    /// A status of the user's own, taken as in service.
    Unknown,
    /// A status that the export does not explain, taken as in service.
    Unread,
}

/// The words for a status that some kinds of object have, by what they mean.
pub(super) struct Words {
    pub of: &'static [Model],
    in_service: &'static [&'static str],
    out: &'static [&'static str],
    gone: &'static [&'static str],
}

/// The words of NetBox 2.11 to 4.x and of Nautobot, as they come with the program. The last row holds words
/// that users or other kinds of object have.
pub(super) const TABLE: [Words; 11] = [
    Words {
        of: &[Model::Site, Model::Location, Model::RackGroup],
        in_service: &["active"],
        out: &["planned", "staging"],
        gone: &["decommissioning", "retired"],
    },
    Words {
        of: &[Model::Rack],
        in_service: &["active", "available", "reserved"],
        out: &["planned"],
        gone: &["deprecated"],
    },
    Words {
        of: &[Model::Device, Model::Module],
        in_service: &["active"],
        out: &["planned", "staged", "offline", "failed"],
        gone: &["decommissioning", "inventory"],
    },
    Words {
        of: &[Model::Interface, Model::VmInterface],
        in_service: &["active"],
        out: &["planned", "failed", "maintenance"],
        gone: &["decommissioning"],
    },
    Words {
        of: &[Model::PowerFeed],
        in_service: &["active"],
        out: &["planned", "offline", "failed"],
        gone: &[],
    },
    Words {
        of: &[Model::PowerOutlet],
        in_service: &["enabled"],
        out: &["disabled", "faulty"],
        gone: &[],
    },
    Words {
        of: &[Model::Cable],
        in_service: &["connected"],
        out: &["planned"],
        gone: &["decommissioning"],
    },
    Words {
        of: &[Model::Circuit],
        in_service: &["active"],
        out: &["planned", "provisioning", "offline"],
        gone: &["deprovisioning", "decommissioned"],
    },
    Words {
        of: &[Model::Cluster],
        in_service: &["active"],
        out: &["planned", "staging", "offline"],
        gone: &["decommissioning"],
    },
    Words {
        of: &[Model::VirtualMachine],
        in_service: &["active"],
        out: &["planned", "staged", "offline", "failed", "paused"],
        gone: &["decommissioning"],
    },
    Words {
        of: &[],
        in_service: &[
            "running",
            "online",
            "in-use",
            "extended-support",
            "end-of-life",
        ],
        out: &["not-connected", "disconnected"],
        gone: &["removed"],
    },
];

impl Words {
    fn meaning(&self, word: &str) -> Option<State> {
        let all = [
            (self.in_service, State::InService),
            (self.out, State::Out),
            (self.gone, State::Gone),
        ];
        let found = all.into_iter().find(|(words, _)| words.contains(&word));
        found.map(|(_, state)| state)
    }
}

/// The status of a row, in lower case, and what it means.
pub(super) fn of(table: &Table, model: Model, row: &Fields) -> (String, State) {
    let Some(value) = row.get("status") else {
        return (String::new(), State::InService);
    };
    let Some(word) = word(table, model, value) else {
        return (String::new(), State::Unread);
    };
    let word = word.trim().to_lowercase().replace(['_', ' '], "-");
    let state = meaning(model, &word);
    (word, state)
}

/// What a word means for a kind of object. A word that another kind has means the same here.
fn meaning(model: Model, word: &str) -> State {
    if word.is_empty() {
        return State::InService;
    }
    let own = TABLE.iter().filter(|words| words.of.contains(&model));
    let found = own.chain(&TABLE).find_map(|words| words.meaning(word));
    found.unwrap_or(State::Unknown)
}

/// The status of an object that is not in service, be it out or gone.
pub(super) fn not_in_service(table: &Table, model: Model, row: &Fields) -> Option<String> {
    let (word, state) = of(table, model, row);
    matches!(state, State::Out | State::Gone).then_some(word)
}

/// Whether an object is in the export, and gone.
pub(super) fn is_gone(table: &Table, model: Model, key: &Key) -> bool {
    let row = table.row(model, key);
    row.is_some_and(|row| of(table, model, row).1 == State::Gone)
}

/// The word itself: a text, `{value, label}`, a number of old versions, or a row of statuses. `None` where it
/// stands in a row that the export does not hold.
fn word(table: &Table, model: Model, value: &Value) -> Option<String> {
    match value {
        Value::Map(choice) => {
            let said = ["value", "label", "name", "display"]
                .iter()
                .find_map(|f| choice.text(f));
            said.map(str::to_owned)
        }
        Value::Bool(true) => Some("connected".to_owned()),
        Value::Bool(false) => Some("planned".to_owned()),
        Value::List(natural) => natural.iter().find_map(Value::text).map(str::to_owned),
        Value::Number(code) => coded(model, *code).map(str::to_owned),
        Value::Text(text) => {
            let row = Key::of(value).and_then(|key| table.row(Model::Status, &key));
            let named = row.and_then(|row| row.text("name").or_else(|| row.text("display")));
            match named {
                Some(name) => Some(name.to_owned()),
                None if is_uuid(text) => None,
                None => Some(text.to_string()),
            }
        }
        Value::Null => Some(String::new()),
    }
}

/// Whether the text is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_hexdigit() || c == '-';
    text.len() == 36 && text.chars().filter(|&c| c == '-').count() == 4 && text.chars().all(plain)
}

/// Numbers that versions before 2.7 wrote.
fn coded(model: Model, code: f64) -> Option<&'static str> {
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
    found.map(|(_, word)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_the_same_for_every_kind_of_object() {
        let all: Vec<(&str, State)> = TABLE
            .iter()
            .flat_map(|words| {
                let of =
                    |list: &'static [&'static str], state| list.iter().map(move |w| (*w, state));
                of(words.in_service, State::InService)
                    .chain(of(words.out, State::Out))
                    .chain(of(words.gone, State::Gone))
            })
            .collect();
        for (word, state) in &all {
            for (other, means) in &all {
                assert!(word != other || state == means, "{word}");
            }
        }
        assert_eq!(meaning(Model::Device, "maintenance"), State::Out);
        assert_eq!(meaning(Model::Rack, "deprecated"), State::Gone);
        assert_eq!(meaning(Model::Device, "burn-in"), State::Unknown);
        assert_eq!(meaning(Model::Site, ""), State::InService);
    }
}
