//! One table: kind → key → fields. Dumps, pages of the API and bundles all fill it.
//!
//! In: files. Out: the rows, references between them as keys. What the API nests in a row (the name
//! of its site, of its role) becomes a row of its own where the list of those is not there. Rows in
//! any order, in any number of files, give the same table.

use super::model::Model;
use super::wire::{self, Fields, Item, Value};
use crate::input::{Diagnostic, Faults, Source};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What an object is known by in its source: a number of the database, or a UUID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Number(u64),
    Text(Box<str>),
}

impl Key {
    /// The key that a reference holds: of a nested object, its id.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked"
            )]
            Value::Number(x) if *x >= 0.0 && x.fract() == 0.0 && *x < 1e15 => {
                Some(Self::Number(*x as u64))
            }
            Value::Text(text) if text.is_empty() => None,
            Value::Text(text) => Some(match text.parse() {
                Ok(number) => Self::Number(number),
                Err(_) => Self::Text(text.clone()),
            }),
            Value::Map(fields) => Self::of(fields.first(&["id", "pk"])?),
            _ => None,
        }
    }

    /// The key as a value, as it stands in a reference.
    pub fn value(&self) -> Value {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "below 1e15")]
            Self::Number(number) => Value::Number(*number as f64),
            Self::Text(text) => Value::Text(text.clone()),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            // The first block of a UUID tells objects apart well enough for people.
            Self::Text(text) => f.write_str(text.split('-').next().unwrap_or(text)),
        }
    }
}

/// The rows of one kind.
pub(super) type Rows = BTreeMap<Key, Fields>;

/// What is gone and kept, and what hangs on it.
pub(super) type Held = BTreeMap<(Model, Key), BTreeSet<String>>;

/// All that was read.
#[derive(Default)]
pub(super) struct Table {
    pub rows: BTreeMap<Model, Rows>,
    /// What was nested in other rows.
    nested: BTreeMap<Model, Rows>,
    /// Rows of kinds that are not read, by name.
    pub others: BTreeMap<String, u64>,
    /// Rows of each kind that stand in a list of their own.
    pub own: BTreeMap<Model, u64>,
    /// The largest `count` that a page stated, by kind.
    pub stated: BTreeMap<Model, u64>,
    /// Rows that stand twice and differ.
    pub differing: u64,
    /// Rows of a dump that have no key, by name.
    pub keyless: BTreeMap<String, u64>,
    /// Elements that are no rows.
    pub strange: u64,
    /// Objects that are known by what other rows say of them alone, by kind.
    pub mentioned: BTreeMap<Model, BTreeSet<Key>>,
    /// References by names that were resolved: what they lead to, and the names.
    pub by_names: BTreeSet<(Model, String)>,
    /// Rows and lists that were understood, also those that stood there before.
    taken: u64,
}

/// Fields that hold the kind of an object and its key, where a kind alone does not say what they refer to.
const TYPED: [[&str; 2]; 2] = [
    ["termination_type", "termination_id"],
    ["scope_type", "scope_id"],
];

static NONE: Rows = Rows::new();
static BLANK: Fields = Fields(Vec::new());

impl Table {
    /// Reads files.
    ///
    /// # Errors
    /// Every file that is no JSON, or that holds no row of NetBox or Nautobot.
    pub fn read(sources: &[Arc<Source>]) -> Result<Self, Faults> {
        let mut table = Self::default();
        let mut faults = Faults::new();
        for source in sources {
            let before = table.taken;
            let read = wire::each(&source.text, &mut |item| table.take(item));
            if let Err(why) = read {
                faults.push(Diagnostic::error(format!("{}: {why}", source.path)));
            } else if table.taken == before {
                let message = format!("{} holds no objects of NetBox or Nautobot", source.path);
                let help = "give a dump (manage.py dumpdata) or lists of the API, as JSON";
                faults.push(Diagnostic::error(message).help(help));
            }
        }
        for (name, rows) in &table.keyless {
            let message =
                format!("rows of {name} have no pk ({rows}), so nothing can refer to them");
            let help = "make the dump without --natural-primary";
            faults.push(Diagnostic::error(message).help(help));
        }
        faults.or(())?;
        table.settle();
        Ok(table)
    }

    /// The rows of a kind.
    pub fn rows(&self, model: Model) -> &Rows {
        self.rows.get(&model).unwrap_or(&NONE)
    }

    /// A row, if it is there.
    pub fn row(&self, model: Model, key: &Key) -> Option<&Fields> {
        self.rows(model).get(key)
    }

    /// The row that a field refers to, and its key.
    pub fn follow<'t>(
        &'t self,
        model: Model,
        from: &'t Fields,
        field: &str,
    ) -> Option<(Key, &'t Fields)> {
        let key = Key::of(from.get(field)?)?;
        let row = self.row(model.target(field)?, &key)?;
        Some((key, row))
    }

    /// The fields of a row, none if it is not there.
    pub fn fields(&self, model: Model, key: &Key) -> &Fields {
        self.row(model, key).unwrap_or(&BLANK)
    }

    /// The kind that a content type stands for: `dcim.interface`, `["dcim", "interface"]`, a number.
    pub fn content_type(&self, value: &Value) -> Option<Model> {
        match value {
            Value::Text(name) if name.contains('.') => Model::of_name(name),
            Value::List(parts) => {
                let parts: Vec<&str> = parts.iter().filter_map(Value::text).collect();
                Model::of_name(&parts.join("."))
            }
            other => {
                let row = self.row(Model::ContentType, &Key::of(other)?)?;
                let name = format!("{}.{}", row.text("app_label")?, row.text("model")?);
                Model::of_name(&name)
            }
        }
    }

    /// References to objects that are not in the export, by kind.
    pub fn dangling(&self) -> BTreeMap<Model, u64> {
        let mut missing: BTreeMap<Model, BTreeSet<Key>> = BTreeMap::new();
        for (&model, rows) in &self.rows {
            for row in rows.values() {
                let by_field = row
                    .0
                    .iter()
                    .filter_map(|(name, value)| Some((model.target(name)?, Key::of(value)?)));
                let by_type = TYPED.iter().filter_map(|[kind, key]| {
                    let target = self.content_type(row.get(kind)?)?;
                    let wide = matches!(target, Model::Region | Model::SiteGroup);
                    Some((target, Key::of(row.get(key)?)?)).filter(|_| !wide)
                });
                for (target, key) in by_field.chain(by_type) {
                    if self.row(target, &key).is_none() {
                        missing.entry(target).or_default().insert(key);
                    }
                }
            }
        }
        missing
            .into_iter()
            .map(|(model, keys)| (model, keys.len() as u64))
            .collect()
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Named(name, value) => {
                if let Some(model) = Model::of_list(&name) {
                    self.list(value, Some(model));
                }
            }
            Item::Row(Value::Map(fields)) => self.object(fields),
            Item::Row(_) => self.strange += 1,
        }
    }

    /// A row of a dump, a page, or an object of the API.
    fn object(&mut self, mut fields: Fields) {
        if fields.text("model").is_some()
            && fields.get("fields").is_some_and(|row| row.map().is_some())
        {
            let key = fields.get("pk").and_then(Key::of);
            if let (Some(Value::Text(name)), Some(Value::Map(row))) =
                (fields.take("model"), fields.take("fields"))
            {
                self.dumped(&name, key, row);
            }
        } else if fields.has("results") {
            self.list(Value::Map(fields), None);
        } else {
            self.served(fields, None);
        }
    }

    fn dumped(&mut self, name: &str, key: Option<Key>, row: Fields) {
        self.taken += 1;
        match (Model::of_name(name), key) {
            (Some(model), Some(key)) => self.put(model, key, row),
            // Dumps with natural keys leave those of content types out, and nothing refers to them.
            (Some(model), None) if model != Model::ContentType => {
                *self.keyless.entry(name.to_owned()).or_default() += 1;
            }
            _ => *self.others.entry(shown(name)).or_default() += 1,
        }
    }

    /// A page or a bare list; `model` where its name says what it is.
    fn list(&mut self, value: Value, model: Option<Model>) {
        let page = match value {
            Value::Map(page) => page,
            Value::List(rows) => {
                for row in rows {
                    match row {
                        Value::Map(fields) => self.served(fields, model),
                        _ => self.strange += 1,
                    }
                }
                return;
            }
            _ => return self.strange += 1,
        };
        let by_address = ["next", "previous"]
            .iter()
            .find_map(|to| page.text(to).map(str::to_owned));
        let rows = page.get("results").map_or(&[][..], Value::list);
        let model = model
            .or_else(|| by_address.as_deref().and_then(Model::of_url))
            .or_else(|| rows.iter().find_map(|row| row.map().and_then(model_of)));
        if let (Some(model), Some(count)) = (model, page.get("count").and_then(Key::of))
            && let Key::Number(count) = count
        {
            let stated = self.stated.entry(model).or_default();
            *stated = count.max(*stated);
        }
        let mut page = page;
        match page.take("results") {
            Some(Value::List(rows)) => {
                self.taken += 1;
                self.list(Value::List(rows), model);
            }
            _ => self.strange += 1,
        }
    }

    /// An object of the API.
    fn served(&mut self, mut fields: Fields, list: Option<Model>) {
        let Some(key) = fields.first(&["id", "pk"]).and_then(Key::of) else {
            return self.strange += 1;
        };
        self.taken += 1;
        let Some(model) = model_of(&fields).or(list) else {
            let name = fields.text("url").and_then(|url| url.rsplit_once("/api/"));
            let name = name.map_or("objects of unknown kind".to_owned(), |(_, path)| {
                path.split('/').take(2).collect::<Vec<_>>().join("/")
            });
            *self.others.entry(shown(&name)).or_default() += 1;
            return;
        };
        self.unnest(model, &mut fields);
        self.put(model, key, fields);
    }

    /// Replaces nested objects by their keys; what they say of themselves is kept beside.
    fn unnest(&mut self, model: Model, fields: &mut Fields) {
        for (name, value) in &mut fields.0 {
            let target = match *name {
                "termination_a" | "termination_b" | "a_terminations" | "b_terminations" => {
                    self.unnest_ends(value);
                    continue;
                }
                "status" => Some(Model::Status),
                name => model.target(name),
            };
            let (Some(target), Value::Map(inner)) = (target, &*value) else {
                continue;
            };
            let Some(key) = Key::of(value).filter(|_| !inner.has("value")) else {
                continue;
            };
            let mut inner = inner.clone();
            self.unnest(target, &mut inner);
            self.note(target, key.clone(), inner);
            *value = key.value();
        }
    }

    /// The ends of a cable: `[{object_type, object_id, object}]`, or one nested object.
    fn unnest_ends(&mut self, value: &mut Value) {
        let ends: Vec<Fields> = match value {
            Value::Map(end) => vec![end.clone()],
            Value::List(ends) => ends.iter().filter_map(|e| e.map().cloned()).collect(),
            _ => return,
        };
        for end in ends {
            let object = end.get("object").and_then(Value::map).unwrap_or(&end);
            let typed = end.get("object_type").and_then(|t| self.content_type(t));
            let model = typed.or_else(|| object.text("url").and_then(Model::of_url));
            let key = Key::of(&Value::Map(object.clone()));
            if let (Some(model), Some(key)) = (model, key) {
                let mut inner = object.clone();
                self.unnest(model, &mut inner);
                self.note(model, key, inner);
            }
        }
        if let Value::List(ends) = value {
            for end in ends {
                if let Value::Map(end) = end {
                    end.0.retain(|(name, _)| {
                        matches!(*name, "object_type" | "object_id" | "connector")
                    });
                }
            }
        }
    }

    /// What another row says of an object: the union of all that is said.
    fn note(&mut self, model: Model, key: Key, said: Fields) {
        let row = self
            .nested
            .entry(model)
            .or_default()
            .entry(key)
            .or_default();
        for (name, value) in said.0 {
            let known = row.0.iter().find(|(n, _)| *n == name).map(|(_, v)| v);
            if known.is_none_or(|known| later(known, &value)) {
                row.set(name, value);
            }
        }
    }

    fn put(&mut self, model: Model, key: Key, row: Fields) {
        let rows = self.rows.entry(model).or_default();
        match rows.get_mut(&key) {
            None => {
                rows.insert(key, row);
            }
            Some(known) if *known == row => {}
            Some(known) => {
                // Pages that were fetched while somebody edited: the newer one, whatever the order.
                self.differing += 1;
                let stamp = |f: &Fields| f.text("last_updated").unwrap_or_default().to_owned();
                let [old, new] = [&*known, &row].map(|f| (stamp(f), format!("{f:?}")));
                if new > old {
                    *known = row;
                }
            }
        }
    }

    /// What is nested and has no row of its own becomes one.
    fn settle(&mut self) {
        let own = self
            .rows
            .iter()
            .map(|(model, rows)| (*model, rows.len() as u64));
        self.own = own.collect();
        for (model, rows) in std::mem::take(&mut self.nested) {
            let own = self.rows.entry(model).or_default();
            for (key, row) in rows {
                if let Entry::Vacant(free) = own.entry(key) {
                    let mentioned = self.mentioned.entry(model).or_default();
                    mentioned.insert(free.key().clone());
                    free.insert(row);
                }
            }
        }
    }
}

/// Whether `new` wins over `known`, whichever was seen first.
fn later(known: &Value, new: &Value) -> bool {
    if *known == Value::Null || *new == Value::Null || known == new {
        return *known == Value::Null;
    }
    format!("{new:?}") > format!("{known:?}")
}

fn model_of(fields: &Fields) -> Option<Model> {
    let typed = fields.text("object_type").and_then(Model::of_name);
    let by_address = || fields.text("url").and_then(Model::of_url);
    // An address that leads elsewhere is a kind that is not read; none at all is an old version.
    let by_fields = || Model::of_fields(fields).filter(|_| !fields.has("url"));
    typed.or_else(by_address).or_else(by_fields)
}

/// A name of a kind that may be shown: letters only, and not long.
fn shown(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | ' ');
    if name.len() <= 60 && name.chars().all(plain) {
        name.to_owned()
    } else {
        "objects of unknown kind".to_owned()
    }
}
