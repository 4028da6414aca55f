//! A map file: how a foreign table is read. In: TOML. Out: which columns mean what, and what each type of
//! relation makes of parent and child; or every fault with its place.

use crate::input::keys::{Keys, TomlFile};
use crate::input::placed::Placed;
use crate::input::selector::glob;
use crate::input::{Faults, Source};
use std::sync::Arc;

/// How foreign tables are read.
pub(super) struct Map {
    pub components: ComponentMap,
    pub relations: Option<RelationMap>,
}

/// What the columns of a list of things mean. Names of columns are [`plain`].
pub(super) struct ComponentMap {
    /// Globs of the files that are such lists; blank is every one with the columns.
    pub files: Vec<String>,
    /// Columns that tell one thing from another; the first that is not blank counts.
    pub id: Vec<String>,
    /// Columns with the name that people use; likewise.
    pub name: Vec<String>,
    /// The columns of both, as the map writes them.
    pub spelled: Vec<String>,
    pub kind: KindMap,
    /// Other headers that stand for columns, and those columns.
    pub headers: Vec<(String, String)>,
    /// Rows that are left out.
    pub skip: Vec<Condition>,
    /// Rows of what is out now.
    pub down: Vec<Condition>,
    /// What stands in columns of what works: a row with anything else there is out now.
    pub up: Vec<Condition>,
    /// Columns without which an estate looks safer than it is: those of conditions and of `columns`, as they are written.
    pub asked: Vec<Placed<String>>,
    /// Columns that are kept, and what they are called.
    pub labels: Vec<(String, String)>,
    /// Our columns, and theirs.
    pub columns: Vec<(String, String)>,
}

/// What a thing is.
pub(super) struct KindMap {
    /// The column that says so; blank if all are of one kind.
    pub column: String,
    /// The same as the map writes it.
    pub spelled: String,
    /// Patterns of what stands there, and our kinds.
    map: Vec<(String, String)>,
    other: Other,
}

/// What is done with a kind that no pattern fits.
enum Other {
    Keep,
    Skip,
    Kind(String),
}

/// A column and values of which it has one.
pub(super) struct Condition {
    pub column: String,
    values: Vec<String>,
}

/// What the columns of a list of relations mean.
pub(super) struct RelationMap {
    pub files: Vec<String>,
    pub parent: String,
    pub child: String,
    pub kind: String,
    /// The columns with how much load a relation carries, and how much whatever the demand; blank if
    /// there is none.
    pub load: String,
    pub constant: String,
    /// The columns of both, as they are written.
    pub asked: Vec<Placed<String>>,
    types: Vec<(String, Meaning)>,
    pub unknown: Unknown,
}

/// What is done with a type of relation that the map does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    Warn,
    Error,
    Ignore,
}

/// One of the two ends of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Parent,
    Child,
}

impl Side {
    /// The end across.
    pub fn other(self) -> Self {
        match self {
            Self::Parent => Self::Child,
            Self::Child => Self::Parent,
        }
    }
}

/// What a relation makes of its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// One needs the other; a soft need harms nobody.
    Needs { consumer: Side, soft: bool },
    /// One needs so many of all that stand in its group.
    Group {
        consumer: Side,
        need: u32,
        group: String,
        split: Option<String>,
    },
    /// One takes over whatever needs the other once that is lost.
    StandsBy { standby: Side },
    /// One sits within the other.
    Within { inner: Side },
    /// They are connected.
    Link,
    /// It says nothing that matters here.
    Ignore,
}

/// A name without what people write differently.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, ' ' | '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

impl KindMap {
    /// The kind of a thing by what its column says; `None` if it is left out. The longest pattern that
    /// fits wins.
    pub fn of(&self, class: &str) -> Option<String> {
        let exact = self.map.iter().find(|(p, _)| p.eq_ignore_ascii_case(class));
        let lower = class.to_lowercase();
        let fits = self
            .map
            .iter()
            .filter(|(p, _)| glob(&p.to_lowercase(), &lower));
        let longest = fits.max_by_key(|(p, _)| (p.len(), p.as_str()));
        match exact.or(longest) {
            Some((_, kind)) => Some(kind.clone()),
            None => match &self.other {
                Other::Keep => Some(lower.trim().replace(char::is_whitespace, "-")),
                Other::Skip => None,
                Other::Kind(kind) => Some(kind.clone()),
            },
        }
    }
}

impl ComponentMap {
    /// Every column of a list that is read.
    pub fn reads(&self) -> impl Iterator<Item = &str> {
        let conditions = [&self.skip, &self.down, &self.up];
        let conditions = conditions.into_iter().flatten().map(|c| &c.column);
        let labels = self.labels.iter().map(|(from, _)| from);
        let columns = self.columns.iter().map(|(_, theirs)| theirs);
        let names = self.id.iter().chain(&self.name).chain([&self.kind.column]);
        let all = names.chain(conditions).chain(labels).chain(columns);
        all.map(String::as_str)
    }
}

impl Condition {
    /// Whether one of the texts of a cell is one of the values.
    pub fn holds(&self, texts: &[&str]) -> bool {
        let is = |text: &&str| {
            self.values
                .iter()
                .any(|v| v.eq_ignore_ascii_case(text.trim()))
        };
        texts.iter().any(is)
    }
}

impl RelationMap {
    /// Every column of a list of relations that is read.
    pub fn reads(&self) -> [&str; 5] {
        [
            &self.parent,
            &self.child,
            &self.kind,
            &self.load,
            &self.constant,
        ]
        .map(String::as_str)
    }

    /// What a type of relation means. Of a type only the first half may be there.
    pub fn meaning(&self, kind: &str) -> Option<&Meaning> {
        let same = |t: &str| t.trim().eq_ignore_ascii_case(kind.trim());
        let whole = self.types.iter().find(|(t, _)| same(t));
        let half = || {
            let mut first = self.types.iter();
            first.find(|(t, _)| !kind.contains("::") && same(t.split("::").next().unwrap_or("")))
        };
        whole.or_else(half).map(|(_, meaning)| meaning)
    }
}

/// Reads a map.
///
/// # Errors
/// Every fault of the file.
pub(super) fn read(source: &Arc<Source>) -> Result<Map, Faults> {
    let file = TomlFile::parse(source);
    let map = if file.is_sound() {
        let root = file.root("the map");
        let components = root.table("components", "the map of components");
        if components.is_none() {
            root.lacks("components", "write which columns hold id, name and kind");
        }
        let map = components.map(|keys| Map {
            components: of_components(keys),
            relations: root
                .table("relations", "the map of relations")
                .map(of_relations),
        });
        root.finish();
        map
    } else {
        None
    };
    let faults = file.into_faults();
    match map {
        Some(map) => faults.or(map),
        None => Err(faults),
    }
}

fn plains(keys: &Keys, key: &'static str) -> Vec<String> {
    let texts = keys.texts(key).unwrap_or_default();
    texts.iter().map(|t| plain(&t.value)).collect()
}

fn texts(keys: &Keys, key: &'static str) -> Vec<String> {
    let texts = keys.texts(key).unwrap_or_default();
    texts.into_iter().map(|t| t.value).collect()
}

fn of_components(keys: Keys) -> ComponentMap {
    let name = plains(&keys, "name");
    let id = plains(&keys, "id");
    if name.is_empty() && id.is_empty() {
        keys.lacks(
            "id",
            "write the columns that tell one thing from another: `id = [\"sys_id\", \"name\"]`",
        );
    }
    let labels = keys.texts("labels").unwrap_or_default();
    let labels = labels.iter().map(|label| {
        let (from, to) = label
            .value
            .split_once(" as ")
            .unwrap_or((&label.value, &label.value));
        (plain(from), to.trim().replace(char::is_whitespace, "_"))
    });
    let labels = labels.collect();
    let mut asked = Vec::new();
    let columns = keys.table("columns", "the table of columns").map(|table| {
        let entries = table.entries();
        let read = entries.filter_map(|(ours, theirs)| {
            let fits = OURS.contains(&&*ours.value);
            if !fits {
                let help = format!("it may be: {}", OURS.join(", "));
                let fault = ours.error(format!("a map sets no column `{}`", ours.value));
                keys.fault(fault.help(help));
            }
            let theirs = theirs.text()?;
            let column = plain(&theirs.value);
            asked.push(theirs);
            Some((ours.value, column))
        });
        read.collect()
    });
    let kind = kind(&keys);
    let map = ComponentMap {
        files: texts(&keys, "file"),
        spelled: spelled(&keys),
        kind,
        headers: headers(&keys),
        skip: conditions(&keys, "skip", &mut asked),
        down: conditions(&keys, "down", &mut asked),
        up: conditions(&keys, "up", &mut asked),
        columns: columns.unwrap_or_default(),
        asked,
        id,
        name,
        labels,
    };
    keys.finish();
    map
}

/// Our columns that a map can fill.
pub(super) const OURS: [&str; 11] = [
    "capacity",
    "unit",
    "within",
    "mtbf_hours",
    "mttr_hours",
    "unavailability",
    "tier",
    "demand",
    "owner",
    "trips_at",
    "serves",
];

fn kind(keys: &Keys) -> KindMap {
    let mut found = KindMap {
        column: String::new(),
        spelled: String::new(),
        map: Vec::new(),
        other: Other::Keep,
    };
    let Some(value) = keys.value("kind") else {
        keys.lacks("kind", "write `kind = { column = \"class\", map = { … } }`");
        return found;
    };
    if !value.is_table() {
        found.spelled = value.text().map(|t| t.value).unwrap_or_default();
        found.column = plain(&found.spelled);
        return found;
    }
    let Some(table) = value.table("the kind") else {
        return found;
    };
    found.spelled = table.text("column").map(|t| t.value).unwrap_or_default();
    found.column = plain(&found.spelled);
    for (pattern, kind) in table
        .table("map", "the kinds")
        .iter()
        .flat_map(Keys::entries)
    {
        if let Some(kind) = kind.text() {
            found.map.push((pattern.value, kind.value));
        }
    }
    match table.text("other") {
        None => {}
        Some(other) => {
            found.other = match other.value.as_str() {
                "keep" => Other::Keep,
                "skip" => Other::Skip,
                kind => Other::Kind(kind.to_owned()),
            }
        }
    }
    if found.column.is_empty() && !matches!(found.other, Other::Kind(_)) {
        let fault = value.placed(()).error("no column says what a thing is");
        keys.fault(
            fault
                .help("write `column = \"class\"`, or `other = \"server\"` if all are of one kind"),
        );
    }
    table.finish();
    found
}

/// Columns of ids and names as a map writes them, each once.
fn spelled(keys: &Keys) -> Vec<String> {
    let all = texts(keys, "id").into_iter().chain(texts(keys, "name"));
    all.fold(Vec::new(), |mut once, column| {
        if !once.contains(&column) {
            once.push(column);
        }
        once
    })
}

/// Headers that stand for columns.
fn headers(keys: &Keys) -> Vec<(String, String)> {
    let table = keys.table("headers", "the table of headers");
    let entries = table.iter().flat_map(Keys::entries);
    let read = entries.filter_map(|(theirs, column)| {
        let column = plain(&column.text()?.value);
        Some((plain(&theirs.value), column))
    });
    read.collect()
}

fn conditions(keys: &Keys, key: &'static str, asked: &mut Vec<Placed<String>>) -> Vec<Condition> {
    let texts = keys.texts(key).unwrap_or_default();
    let read = texts.iter().filter_map(|text| {
        if let Some((column, values)) = text.value.split_once('=') {
            asked.push(text.with(column.trim().to_owned()));
            Some(Condition {
                column: plain(column),
                values: values.split(',').map(|v| v.trim().to_owned()).collect(),
            })
        } else {
            let fault = text.error("this is no condition");
            keys.fault(fault.help("write a column and its values: `status=retired,absent`"));
            None
        }
    });
    read.collect()
}

fn of_relations(keys: Keys) -> RelationMap {
    let column = |key: &'static str| {
        let text = keys.text(key).map(|t| plain(&t.value));
        text.unwrap_or_else(|| plain(key))
    };
    let mut asked = Vec::new();
    let mut amount = |key: &'static str| {
        let text = keys.text(key);
        asked.extend(text.clone());
        text.map(|t| plain(&t.value)).unwrap_or_default()
    };
    let mut map = RelationMap {
        files: texts(&keys, "file"),
        parent: column("parent"),
        child: column("child"),
        kind: column("type"),
        load: amount("load"),
        constant: amount("constant"),
        asked,
        types: Vec::new(),
        unknown: Unknown::Warn,
    };
    let mut unknown = keys.text("unknown");
    let types = keys.table("types", "the types of relations");
    if types.is_none() {
        keys.lacks(
            "types",
            "write what each makes of parent (P) and child (C): `\"Runs on\" = \"P needs C\"`",
        );
    }
    for (kind, value) in types.iter().flat_map(Keys::entries) {
        let Some(text) = value.text() else { continue };
        if kind.value == "unknown" {
            unknown = Some(text);
            continue;
        }
        if let Some(meaning) = meaning(&text.value) {
            map.types.push((kind.value, meaning));
        } else {
            let fault = text.error(format!("`{}` is no meaning of a relation", text.value));
            keys.fault(fault.help(FORMS));
        }
    }
    map.unknown = unknown.map_or(Unknown::Warn, |u| unknown_of(&keys, &u));
    keys.finish();
    map
}

fn unknown_of(keys: &Keys, text: &Placed<String>) -> Unknown {
    match text.value.as_str() {
        "warn" => Unknown::Warn,
        "error" => Unknown::Error,
        "ignore" => Unknown::Ignore,
        _ => {
            let fault = text.error(format!("`{}` is no way with unknown relations", text.value));
            keys.fault(fault.help("write `warn`, `error` or `ignore`"));
            Unknown::Warn
        }
    }
}

/// What a meaning may look like.
const FORMS: &str = "write `P needs C`, `C needs P`, `P needs C soft`, `P needs any of C in GROUP` (or `2 of`; then perhaps `standby`, `copy` or `shard`), `C stands by for P`, `C within P`, `link P C` or `ignore`, with P the parent and C the child";

/// What a text makes of parent and child.
fn meaning(text: &str) -> Option<Meaning> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let side = |word: &str| match word {
        "P" => Some(Side::Parent),
        "C" => Some(Side::Child),
        _ => None,
    };
    let two = |a: &str, b: &str| {
        let (a, b) = (side(a)?, side(b)?);
        (a != b).then_some(a)
    };
    match *words.as_slice() {
        ["ignore"] => Some(Meaning::Ignore),
        ["link", a, b] => two(a, b).map(|_| Meaning::Link),
        [a, "within", b] => Some(Meaning::Within { inner: two(a, b)? }),
        [a, "stands", "by", "for", b] => Some(Meaning::StandsBy {
            standby: two(a, b)?,
        }),
        [a, "needs", b] => Some(Meaning::Needs {
            consumer: two(a, b)?,
            soft: false,
        }),
        [a, "needs", b, "soft"] => Some(Meaning::Needs {
            consumer: two(a, b)?,
            soft: true,
        }),
        [a, "needs", need, "of", b, "in", group, ref split @ ..] => Some(Meaning::Group {
            consumer: two(a, b)?,
            need: match need {
                "any" => 1,
                k => k.parse().ok().filter(|&k| k > 0)?,
            },
            group: group.to_owned(),
            split: match *split {
                [] => None,
                [word @ ("share" | "standby" | "copy" | "shard")] => Some(word.to_owned()),
                _ => return None,
            },
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_are_short_sentences() {
        let needs = |consumer, soft| Some(Meaning::Needs { consumer, soft });
        assert_eq!(meaning("P needs C"), needs(Side::Parent, false));
        assert_eq!(meaning("C needs P soft"), needs(Side::Child, true));
        assert_eq!(
            meaning("C within P"),
            Some(Meaning::Within { inner: Side::Child })
        );
        assert_eq!(
            meaning("C stands by for P"),
            Some(Meaning::StandsBy {
                standby: Side::Child
            })
        );
        assert_eq!(meaning("link C P"), Some(Meaning::Link));
        for split in ["share", "copy", "shard"] {
            let group = meaning(&format!("P needs any of C in data {split}"));
            assert!(matches!(group, Some(Meaning::Group { split: Some(s), .. }) if s == split));
        }
        let group = meaning("P needs 2 of C in power standby");
        assert!(matches!(
            group,
            Some(Meaning::Group {
                need: 2,
                split: Some(_),
                ..
            })
        ));
        for wrong in [
            "",
            "P needs P",
            "P wants C",
            "P needs 0 of C in g",
            "P needs any of C",
            "link P",
            "P stands by for P",
            "P stands by",
        ] {
            assert_eq!(meaning(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_matched_without_case_and_marks() {
        assert_eq!(plain("Sys_Class Name"), "sysclassname");
    }
}
