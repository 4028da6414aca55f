//! An overlay file → its rules, as written. In: TOML or CSV. Out: rules in the order of the file, every
//! value a cell of text that fits its column, or every fault with its place.

use crate::input::keys::{Keys, TomlFile, Value};
use crate::input::number::{self, Range};
use crate::input::placed::Placed;
use crate::input::renames::Renames;
use crate::input::table::{Shape, Table};
use crate::input::{Diagnostic, Faults, Source};
use std::sync::Arc;

/// A column and the text that belongs into its cell.
pub type Cell = (Placed<String>, String);

/// One rule.
pub struct Rule {
    /// Where it stands.
    pub place: Placed<()>,
    /// Where its figures come from; blank if nobody says.
    pub source: String,
    /// Whether it leaves alone what is there.
    pub if_blank: bool,
    /// What it does.
    pub action: Action,
}

/// What a rule does.
pub enum Action {
    /// Sets cells of what selectors find.
    Set {
        select: Vec<Placed<String>>,
        cells: Vec<Cell>,
    },
    /// Makes a service, or sets its cells, and lets it need what selectors find.
    Service {
        id: Placed<String>,
        cells: Vec<Cell>,
        needs: Vec<Needed>,
    },
    /// Sets cells of the dependencies between what selectors find; or adds them.
    Dependency {
        consumer: Vec<Placed<String>>,
        provider: Vec<Placed<String>>,
        cells: Vec<Cell>,
        add: bool,
    },
    /// Takes away dependencies.
    Cut {
        consumer: Vec<Placed<String>>,
        provider: Vec<Placed<String>>,
    },
    /// Known outages.
    Down {
        select: Vec<Placed<String>>,
        why: String,
    },
    /// Takes away nodes and all that refers to them.
    Drop { select: Vec<Placed<String>> },
}

/// What a service needs.
pub struct Needed {
    pub select: Vec<Placed<String>>,
    pub cells: Vec<Cell>,
}

/// Columns of dependencies.csv that a rule may set.
const EDGE: [&str; 6] = ["group", "need", "split", "load", "constant", "weight"];
/// Columns that make a row what it is.
const FIXED: [&str; 9] = [
    "id", "a", "b", "from", "to", "consumer", "provider", "instance", "members",
];

/// The rules of a TOML file, in its order.
pub fn of_toml(source: &Arc<Source>, faults: &mut Faults) -> Vec<Rule> {
    let file = TomlFile::parse(source);
    let mut rules = Vec::new();
    if file.is_sound() {
        let root = file.root("the overlay");
        let of_file = root.text("source").map(|s| s.value).unwrap_or_default();
        let mut add = |keys: &Keys, action: Option<Action>| {
            let own = keys.text("source").map(|s| s.value);
            let flags = ["if-blank", "if_blank"].map(|k| keys.flag(k));
            if let Some(action) = action {
                rules.push(Rule {
                    place: keys.placed(()),
                    source: own.unwrap_or_else(|| of_file.clone()),
                    if_blank: flags.iter().flatten().any(|f| f.value),
                    action,
                });
            }
        };
        for keys in root.tables("set", "the rule") {
            add(&keys, set(&keys));
        }
        for keys in root.tables("service", "the service") {
            add(&keys, service(&keys));
        }
        for keys in root.tables("dependency", "the rule") {
            add(&keys, dependency(&keys));
            keys.finish();
        }
        for keys in root.tables("down", "the rule") {
            let why = keys.text("why").map(|w| w.value).unwrap_or_default();
            let select = selectors(&keys, "select");
            add(&keys, select.map(|select| Action::Down { select, why }));
            keys.finish();
        }
        for keys in root.tables("drop", "the rule") {
            add(&keys, dropped(&keys));
            keys.finish();
        }
        root.finish();
    }
    faults.extend(file.into_faults());
    rules.sort_by_key(|r| r.place.start());
    rules
}

/// The selectors of a key that must be there.
fn selectors(keys: &Keys, key: &'static str) -> Option<Vec<Placed<String>>> {
    if keys.value(key).is_none() {
        keys.lacks(
            key,
            format!("write `{key} = \"kind=server\"`, an id, or a list of them"),
        );
        return None;
    }
    keys.some_texts(key)
}

fn set(keys: &Keys) -> Option<Action> {
    let select = selectors(keys, "select");
    let cells = cells(keys, &["select", "if-blank", "if_blank", "source"]);
    if cells.is_empty() {
        let fault = keys.error("the rule sets nothing");
        keys.fault(fault.help("add a column and a value, such as `capacity = 400`"));
    }
    for (column, _) in &cells {
        refuse_edge(keys, column);
    }
    Some(Action::Set {
        select: select?,
        cells,
    })
}

fn refuse_edge(keys: &Keys, column: &Placed<String>) {
    if EDGE.contains(&&*column.value) {
        let fault = column.error(format!("`{}` belongs to a dependency", column.value));
        keys.fault(fault.help("write it in a `[[dependency]]` or among the `needs` of a service"));
    }
}

fn service(keys: &Keys) -> Option<Action> {
    let id = keys.text("id");
    if id.is_none() && keys.value("id").is_none() {
        keys.lacks("id", "a service has an id of its own");
    }
    let needs = keys
        .tables("needs", "the need")
        .into_iter()
        .filter_map(|keys| {
            let select = selectors(&keys, "select");
            let cells = edge_cells(&keys);
            keys.finish();
            Some(Needed {
                select: select?,
                cells,
            })
        });
    let needs = needs.collect();
    let cells = cells(keys, &["id", "needs", "if-blank", "if_blank", "source"]);
    let blank = id.as_ref().is_some_and(|id| id.value.trim().is_empty());
    if let Some(id) = id.as_ref().filter(|_| blank) {
        keys.fault(id.error("the id is blank"));
    }
    Some(Action::Service {
        id: id.filter(|_| !blank)?,
        cells,
        needs,
    })
}

fn dependency(keys: &Keys) -> Option<Action> {
    let (consumer, provider) = (selectors(keys, "consumer"), selectors(keys, "provider"));
    let cells = edge_cells(keys);
    let add = keys.flag("add").is_some_and(|add| add.value);
    if cells.is_empty() && !add {
        let fault = keys.error("the rule sets nothing");
        keys.fault(fault.help("add a column and a value, such as `need = 0`, or `add = true`"));
    }
    Some(Action::Dependency {
        consumer: consumer?,
        provider: provider?,
        cells,
        add,
    })
}

fn dropped(keys: &Keys) -> Option<Action> {
    if keys.value("consumer").is_none() && keys.value("provider").is_none() {
        let select = selectors(keys, "select")?;
        return Some(Action::Drop { select });
    }
    let (consumer, provider) = (selectors(keys, "consumer"), selectors(keys, "provider"));
    Some(Action::Cut {
        consumer: consumer?,
        provider: provider?,
    })
}

/// Every entry of a table but some, as cells.
fn cells(keys: &Keys, but: &[&str]) -> Vec<Cell> {
    let entries = keys.entries();
    let entries = entries.filter(|(name, _)| !but.contains(&&*name.value));
    let cells = entries.filter_map(|(name, value)| {
        if FIXED.contains(&&*name.value) {
            let fault = name.error(format!("`{}` cannot be set", name.value));
            keys.fault(fault.help("it makes the row what it is"));
            return None;
        }
        cell(keys, name, &value)
    });
    cells.collect()
}

fn edge_cells(keys: &Keys) -> Vec<Cell> {
    let cells = EDGE.into_iter().filter_map(|column| {
        let value = keys.value(column)?;
        cell(keys, value.placed(column.to_owned()), &value)
    });
    cells.collect()
}

fn cell(keys: &Keys, column: Placed<String>, value: &Value) -> Option<Cell> {
    let text = value.cell()?;
    match check(&column.value, &text.value) {
        Ok(()) => Some((column, text.value)),
        Err((message, help)) => {
            keys.fault(text.error(message).help(help));
            None
        }
    }
}

/// Which numbers a column takes.
fn range(column: &str) -> Option<Range> {
    match column {
        "capacity" | "capacity_back" | "mttr_hours" | "demand" | "load" | "constant" | "weight"
        | "cost" | "cost_per_unit" | "max_capacity" | "amount" => Some(Range::Count),
        "metric" | "metric_back" | "trips_at" | "mtbf_hours" => Some(Range::Positive),
        "unavailability" => Some(Range::Fraction),
        _ if column.starts_with('/') => Some(Range::Count),
        _ => None,
    }
}

/// Whether a text may stand in a column.
fn check(column: &str, text: &str) -> Result<(), (String, String)> {
    let unlimited = matches!(column, "capacity" | "capacity_back") && text == "unlimited";
    let Some(range) = range(column).filter(|_| !unlimited && !text.is_empty()) else {
        return Ok(());
    };
    match number::parse(text, range) {
        Ok(_) => Ok(()),
        Err(wrong) => Err((
            format!("`{column} = {text}` {}", wrong.what),
            wrong.help.to_owned(),
        )),
    }
}

/// An overlay as a table.
const CSV: Shape = Shape {
    required: &["select"],
    optional: &["source", "if_blank"],
    foreign: &[],
    later: &[],
    numbers: &[
        "capacity",
        "capacity_back",
        "mtbf_hours",
        "mttr_hours",
        "unavailability",
        "demand",
        "metric",
        "metric_back",
        "trips_at",
        "cost",
        "cost_per_unit",
        "max_capacity",
        "amount",
    ],
    labels: true,
    resources: false,
};

/// The rules of a table: one a row, of the cells that are not blank.
pub fn of_csv(source: &Arc<Source>, faults: &mut Faults) -> Vec<Rule> {
    let mut rules = Vec::new();
    let renames = Renames::default();
    let Some(table) = Table::read(source, &CSV, &renames, faults, &mut Vec::new()) else {
        return rules;
    };
    for column in table.columns() {
        if EDGE.contains(&&**column) || FIXED.contains(&&**column) {
            let fault =
                Diagnostic::error(format!("the column `{column}` cannot be set by a table"));
            let fault = fault.at(source, 0..0);
            faults.push(fault.help("write it as TOML, in a `[[dependency]]`"));
        }
    }
    let select = table.column("select");
    for row in table.rows().filter(|r| r.is_whole()) {
        let placed = |text: &str, at: usize| Placed::new(text.to_owned(), source, row.span(at));
        let selector = row.cell(select);
        if selector.is_empty() {
            let fault = row.error(select.unwrap_or(0), "the selector is blank");
            faults.push(fault.help("write an id, or a selector such as `kind=server`"));
            continue;
        }
        let mut cells = Vec::new();
        for (at, name) in table.labels(&CSV) {
            let text = row.number(at);
            let text = if CSV.numbers.contains(&name) {
                &*text
            } else {
                row.cell(Some(at))
            };
            if text.is_empty() {
                continue;
            }
            match check(name, text) {
                Ok(()) => cells.push((placed(name, at), text.to_owned())),
                Err((message, help)) => faults.push(row.error(at, message).help(help)),
            }
        }
        let flag = row.named("if_blank");
        rules.push(Rule {
            place: placed("", select.unwrap_or(0)).with(()),
            source: row.named("source").to_owned(),
            if_blank: matches!(flag, "yes" | "true" | "1"),
            action: Action::Set {
                select: vec![placed(selector, select.unwrap_or(0))],
                cells,
            },
        });
    }
    rules
}
