//! Rows of lists → things: what each is, what it is called, and its id. In: records. Out: things in order
//! of id, and where each name and key leads. Promises: two rows of one key are one thing, which is out if one of them
//! says so; a status that the map does not know is one of what is out; the same rows give the same ids, in whatever
//! order they come.

use super::domains;
use super::map::{ComponentMap, OURS};
use super::merge::{self, Rows};
use super::records::{Cell, Record, Records};
use super::remarks;
use super::thing::{SERVICE, Thing};
use crate::input::import::{Imported, ids};
use crate::input::number::{self, Range};
use crate::input::{Diagnostic, Faults};
use crate::model::{Node, Serves};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Faults of numbers that are shown.
const MOST_SHOWN: usize = 50;

/// What tells a thing from others while rows are read: its key, or its name in lower case and its kind.
type Key = (String, String);

fn key_of(thing: &Thing) -> Key {
    match &thing.key {
        Some(key) => (key.clone(), String::new()),
        None => (thing.name.to_lowercase(), thing.kind.clone()),
    }
}

/// A row that is left out, unless another row is about the same thing.
struct Left {
    sort: String,
    why: &'static str,
    thing: Thing,
}

/// All of them.
pub(super) struct Things {
    /// In order of id.
    pub all: Vec<Thing>,
    left: Vec<Left>,
    /// Statuses that the map does not know, and how many things have them.
    unknown: BTreeMap<String, u64>,
    /// By key.
    keys: HashMap<String, usize>,
    /// By name in lower case.
    names: HashMap<String, Vec<usize>>,
    /// Keys, and names in lower case, of rows that were left out.
    skipped: HashMap<String, &'static str>,
}

/// Where a reference leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    One(usize),
    /// Several have this name.
    Several(Vec<usize>),
    /// A row that was left out has it, and why.
    Skipped(&'static str),
    Unknown,
}

impl Things {
    /// Reads every row. A service that is out is kept if it is `wanted`, by its name in lower case or its key.
    ///
    /// # Errors
    /// Numbers that are none.
    pub fn read(
        lists: &[Records],
        map: &ComponentMap,
        wanted: &HashSet<String>,
        imported: &mut Imported,
    ) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let mut things = Self {
            all: Vec::new(),
            left: Vec::new(),
            unknown: BTreeMap::new(),
            keys: HashMap::new(),
            names: HashMap::new(),
            skipped: HashMap::new(),
        };
        let mut found: BTreeMap<Key, Rows> = BTreeMap::new();
        let mut twice: BTreeMap<String, u64> = BTreeMap::new();
        for record in lists.iter().flat_map(Records::rows) {
            let thing = things.thing(record, map, wanted, imported, &mut faults);
            let Some(thing) = thing else {
                continue;
            };
            let by = key_of(&thing);
            let place = record.place();
            let Some(known) = found.remove(&by) else {
                found.insert(by, Rows::new(thing, place));
                continue;
            };
            *twice.entry(thing.name.clone()).or_default() += 1;
            let (rows, clash) = known.and(thing, &place);
            if let Some(clash) = clash
                && faults.iter().count() < MOST_SHOWN
            {
                faults.push(clash);
            }
            found.insert(by, rows);
        }
        faults.or(())?;
        for (name, count) in &twice {
            for _ in 0..*count {
                imported
                    .report
                    .derived("one thing of several rows with one key", name);
            }
        }
        for left in std::mem::take(&mut things.left) {
            things.leave(left, &mut found, wanted, imported);
        }
        merge::tell(found.values(), imported);
        let kept = found.into_values().filter(|rows| !rows.is_left_out);
        things.all = kept.map(|rows| rows.thing).collect();
        let missing = domains::missing(&things.all, &things.skipped, imported);
        things.all.extend(missing);
        things.name(imported);
        imported
            .warnings
            .extend(remarks::of_statuses(&things.unknown));
        Ok(things)
    }

    /// Leaves a row out. Where another row with its key has it in service the thing is kept, and is out.
    fn leave(
        &mut self,
        left: Left,
        found: &mut BTreeMap<Key, Rows>,
        wanted: &HashSet<String>,
        imported: &mut Imported,
    ) {
        let Left { sort, why, thing } = left;
        let mut rows = found.get_mut(&key_of(&thing));
        if let (Some(rows), Some(_)) = (&mut rows, &thing.key) {
            rows.differ.insert(format!("by one row {why}"));
        }
        if let Some(rows) = rows.filter(|_| thing.down.is_some()) {
            let known = &mut rows.thing;
            if thing.key.is_none() {
                let rule = "in service, though another row of its name is not: without keys they are two things";
                imported.report.derived(rule, &thing.name);
            } else if known.kind == SERVICE && !is_wanted(known, wanted) {
                rows.is_left_out = true;
            } else if Node::is_logical_kind(&known.kind) {
                return skip_status(&thing, imported);
            } else {
                let rule = "out of service, as one of several rows with its key says";
                imported.report.derived(rule, &thing.name);
                known.down = known.down.take().max(thing.down);
                return;
            }
        }
        imported.report.skipped(&sort, why, &thing.name);
        self.skipped.insert(thing.name.to_lowercase(), why);
        self.skipped.extend(thing.key.map(|k| (k, why)));
    }

    /// What a row says; `None` if it is left out.
    fn thing(
        &mut self,
        record: Record,
        map: &ComponentMap,
        wanted: &HashSet<String>,
        imported: &mut Imported,
        faults: &mut Faults,
    ) -> Option<Thing> {
        let Some((name, key)) = name_and_key(record, map) else {
            imported.report.skipped("row", "it has no name", "");
            return None;
        };
        let class = record.text(&map.kind.column).to_owned();
        let sort = match class.as_str() {
            "" => "row".to_owned(),
            class => class.to_owned(),
        };
        imported.report.read(&sort, &name);
        let holds = |c: &super::map::Condition| {
            let cell = record.cell(&c.column)?;
            c.holds(&cell.texts()).then(|| cell.text.clone())
        };
        let known_kind = map.kind.of(&class);
        let kind = ids::clean(known_kind.as_deref().unwrap_or_default());
        let kind = if kind.is_empty() {
            "item".to_owned()
        } else {
            kind
        };
        let retired = map.skip.iter().find_map(holds);
        let mut thing = Thing {
            name,
            kind,
            class,
            key,
            ..Thing::default()
        };
        if known_kind.is_none() || retired.is_some() {
            let why = match &retired {
                Some(_) => "retired, or out of service for good",
                None => "of a class that the map leaves out",
            };
            thing.down = retired;
            self.left.push(Left { sort, why, thing });
            return None;
        }
        let down = map.down.iter().find_map(holds);
        thing.down = down.or_else(|| self.unknown_status(record, map, &thing.name, imported));
        if thing.down.is_some() && thing.kind == SERVICE {
            if !is_wanted(&thing, wanted) {
                let why = "a service that is out of operation";
                self.left.push(Left { sort, why, thing });
                return None;
            }
            let rule = "a component that is out, of a service that is and that something needs";
            imported.report.derived(rule, &thing.name);
        }
        if Node::is_logical_kind(&thing.kind) {
            skip_status(&thing, imported);
            thing.down = None;
        }
        let kind = &thing.kind;
        imported
            .report
            .mapped(&format!("{sort} → {kind}"), &thing.name);
        columns(&mut thing, record, map, faults);
        Some(thing)
    }

    /// A status in a column of what works, which is none of those that the map knows.
    fn unknown_status(
        &mut self,
        record: Record,
        map: &ComponentMap,
        name: &str,
        imported: &mut Imported,
    ) -> Option<String> {
        let is_unknown = |c: &&super::map::Condition| {
            let cell = record.cell(&c.column);
            cell.is_some_and(|cell| {
                let mut of_it = map.up.iter().filter(|o| o.column == c.column);
                !of_it.any(|o| o.holds(&cell.texts()))
            })
        };
        let status = record.text(&map.up.iter().find(is_unknown)?.column);
        *self.unknown.entry(status.to_owned()).or_default() += 1;
        let rule = format!("out of service: the map does not know the status `{status}`");
        imported.report.derived(&rule, name);
        Some(status.to_owned())
    }

    /// Gives every thing its id, and learns where names and keys lead.
    fn name(&mut self, imported: &mut Imported) {
        let slugs: Vec<String> = self.all.iter().map(|t| slug(&t.name)).collect();
        let mut same: HashMap<&str, usize> = HashMap::new();
        slugs.iter().for_each(|s| *same.entry(s).or_default() += 1);
        let with_kind: Vec<String> = self
            .all
            .iter()
            .zip(&slugs)
            .map(|(t, slug)| match same[slug.as_str()] {
                1 => slug.clone(),
                _ => format!("{slug}-{}", slug_of_kind(&t.kind)),
            })
            .collect();
        let mut count: HashMap<&str, usize> = HashMap::new();
        with_kind
            .iter()
            .for_each(|s| *count.entry(s).or_default() += 1);
        let keyed = self.all.iter().zip(&with_kind).map(|(t, id)| match &t.key {
            Some(key) if count[id.as_str()] > 1 => format!("{id}-{}", slug(key)),
            _ => id.clone(),
        });
        let keyed: Vec<String> = keyed.collect();
        let mut taken = ids::Ids::default();
        for (at, id) in keyed.into_iter().enumerate() {
            let id = taken.fresh(id);
            let thing = &mut self.all[at];
            if *id != thing.name {
                let why = match (*id == slugs[at], *id == with_kind[at]) {
                    (true, _) => "in lower case, without blanks",
                    (_, true) => "several things have this name: with the kind",
                    _ => "several things have this name: with the kind and the key",
                };
                imported.report.id_changed(&thing.name, &id, why);
            }
            thing.id = id.into();
        }
        self.all.sort_by(|x, y| x.id.cmp(&y.id));
        for (at, thing) in self.all.iter().enumerate() {
            if let Some(key) = &thing.key {
                self.keys.insert(key.clone(), at);
            }
            self.names
                .entry(thing.name.to_lowercase())
                .or_default()
                .push(at);
        }
    }

    /// Where a cell leads, by key or by name.
    pub fn find(&self, cell: &Cell) -> Found {
        let texts = cell.texts();
        if let Some(&at) = texts.iter().find_map(|t| self.keys.get(*t)) {
            return Found::One(at);
        }
        let lower: Vec<String> = texts.iter().map(|t| t.to_lowercase()).collect();
        match lower
            .iter()
            .find_map(|t| self.names.get(t))
            .map(Vec::as_slice)
        {
            Some([one]) => Found::One(*one),
            Some(several) => Found::Several(several.to_vec()),
            None => {
                let all = lower
                    .iter()
                    .map(String::as_str)
                    .chain(texts.iter().copied());
                let mut why = all.filter_map(|t| self.skipped.get(t));
                why.next().map_or(Found::Unknown, |why| Found::Skipped(why))
            }
        }
    }

    /// How many services there are.
    pub fn services(&self) -> usize {
        self.all.iter().filter(|t| t.serves()).count()
    }
}

/// What people call a thing, and what tells it from others if that is not its name; `None` if it has neither.
fn name_and_key(record: Record, map: &ComponentMap) -> Option<(String, Option<String>)> {
    let name = map.name.iter().find_map(|c| record.cell(c));
    let id_column = map.id.iter().find(|c| record.cell(c).is_some());
    let key = id_column
        .filter(|c| !map.name.contains(c))
        .and_then(|c| record.cell(c));
    let key = key.map(|c| c.key.clone().unwrap_or_else(|| c.text.clone()));
    let name = name.map(|c| c.text.clone()).filter(|n| !n.is_empty());
    Some((name.or_else(|| key.clone())?, key))
}

fn is_wanted(thing: &Thing, wanted: &HashSet<String>) -> bool {
    let key = thing.key.as_ref().map(|k| k.to_lowercase());
    wanted.contains(&thing.name.to_lowercase()) || key.is_some_and(|k| wanted.contains(&k))
}

/// What only names a group is out with its members; what its status says otherwise is counted.
fn skip_status(thing: &Thing, imported: &mut Imported) {
    if let Some(status) = &thing.down {
        let kind = &thing.kind;
        let why = format!("`{status}`, but a {kind} is out with its members alone");
        imported.report.skipped("status", &why, &thing.name);
    }
}

/// A name as an id: lower case, `-` for blanks.
pub(super) fn slug(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    ids::clean(&words.join("-")).to_lowercase()
}

fn slug_of_kind(kind: &str) -> String {
    slug(kind)
}

/// Which numbers a column of ours takes.
pub(super) fn range(column: &str) -> Option<Range> {
    match column {
        "capacity" | "demand" | "mttr_hours" => Some(Range::Count),
        "mtbf_hours" | "trips_at" => Some(Range::Positive),
        "unavailability" => Some(Range::Fraction),
        _ => None,
    }
}

/// What a cell says of who is served first.
pub(super) fn serves(text: &str) -> Option<Serves> {
    let known = [Serves::Fair, Serves::Priority].into_iter();
    let mut known = known.filter(|s| s.word().eq_ignore_ascii_case(text.trim()));
    known.next()
}

/// Fills in our columns and the labels. A number that is none is shown without what stands there.
fn columns(thing: &mut Thing, record: Record, map: &ComponentMap, faults: &mut Faults) {
    for (ours, theirs) in &map.columns {
        let (Some(ours), Some(cell)) = (OURS.iter().find(|o| *o == ours), record.cell(theirs))
        else {
            continue;
        };
        let text = cell.text.as_str();
        let wrong = range(ours).and_then(|range| number::parse(text, range).err());
        if let Some(wrong) = wrong {
            if faults.iter().count() < MOST_SHOWN {
                let place = record.place();
                let message = format!("{place}: what becomes `{ours}` is no number that it can be");
                faults.push(Diagnostic::error(message).help(wrong.help));
            }
            continue;
        }
        if *ours == "serves" && serves(text).is_none() {
            if faults.iter().count() < MOST_SHOWN {
                let message = format!(
                    "{}: what becomes `serves` is no way to serve",
                    record.place()
                );
                faults.push(Diagnostic::error(message).help("write `fair` or `priority`"));
            }
            continue;
        }
        thing.columns.insert(ours, text.to_owned());
    }
    for (from, to) in &map.labels {
        if let Some(cell) = record.cell(from).filter(|_| !thing.labels.contains_key(to)) {
            thing.labels.insert(to.clone(), cell.text.clone());
        }
    }
}
