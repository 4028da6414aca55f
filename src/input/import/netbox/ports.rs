//! Whether a port works. In: a port. Out: why it does not, if it does not: it is switched off or not in
//! service, or the bundle, the parent interface or the module that it is a part of is.

use super::cables::Port;
use super::model::Model;
use super::status::{self, State};
use super::table::{Key, Table};
use super::wire::Value;

/// Things that a port is a part of, at most: modules that sit in each other in a circle have no end.
const MOST: usize = 64;

/// Why a port does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// In words: `its LAG is disabled`.
    pub why: String,
    /// Whether it is gone for good.
    pub gone: bool,
}

/// Why a port does not work, if it does not.
pub(super) fn trouble(table: &Table, (model, key): &Port) -> Option<Trouble> {
    let own = match model {
        Model::PowerOutlet => "outlet",
        Model::PowerPort => "power port",
        Model::FrontPort | Model::RearPort => "port of a panel",
        _ => "interface",
    };
    let mut open: Vec<(Model, Key, &str)> = vec![(*model, key.clone(), own)];
    let mut at = 0;
    while at < open.len().min(MOST) {
        let (model, key, what) = open[at].clone();
        at += 1;
        let Some(row) = table.row(model, &key) else {
            continue;
        };
        if row.get("enabled") == Some(&Value::Bool(false)) {
            let why = format!("its {what} is disabled");
            return Some(Trouble { why, gone: false });
        }
        let (word, state) = status::of(table, model, row);
        if matches!(state, State::Out | State::Gone) {
            return Some(Trouble {
                why: format!("its {what} is of status {word}"),
                gone: state == State::Gone,
            });
        }
        for &(field, what) in parts(model) {
            if let (Some(target), Some(key)) =
                (model.target(field), row.get(field).and_then(Key::of))
            {
                open.push((target, key, what));
            }
        }
    }
    None
}

/// What an object is a part of, by the fields that say so.
fn parts(model: Model) -> &'static [(&'static str, &'static str)] {
    match model {
        Model::Interface => &[
            ("lag", "LAG"),
            ("parent", "parent interface"),
            ("parent_interface", "parent interface"),
            ("module", "module"),
        ],
        Model::VmInterface => &[
            ("parent", "parent interface"),
            ("parent_interface", "parent interface"),
        ],
        Model::FrontPort | Model::RearPort | Model::PowerPort | Model::PowerOutlet => {
            &[("module", "module")]
        }
        Model::Module => &[
            ("module_bay", "module bay"),
            ("parent_module_bay", "module bay"),
        ],
        Model::ModuleBay => &[("module", "module"), ("parent_module", "module")],
        _ => &[],
    }
}
