//! A [`Draft`] → an inventory folder, whole or not at all.
//!
//! In: a draft, the folder's path, and further files that belong beside it (a scenario). Out: the
//! folder, in the form that the reader takes, or nothing. Rows stand in order of id, so that the
//! same draft gives the same bytes. Ids are data: no file is ever named after one.

use crate::model::{
    Draft, DraftNode, DraftRequirement, Flow, Link, Need, Reliability, Role, Service, Split,
};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Column names that have a meaning in one of the files: no label may take one.
const NAMED_COLUMNS: [&str; 27] = [
    "id",
    "kind",
    "name",
    "capacity",
    "unit",
    "within",
    "mtbf_hours",
    "mttr_hours",
    "unavailability",
    "a",
    "b",
    "metric",
    "metric_back",
    "from",
    "to",
    "owner",
    "tier",
    "demand",
    "consumer",
    "provider",
    "group",
    "need",
    "split",
    "load",
    "weight",
    "members",
    "beta",
];

/// Whether a label column may have this name.
pub(super) fn is_free_column(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('#') && !NAMED_COLUMNS.contains(&name)
}

/// Why a folder was not written. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something is there already.
    #[error("{} exists and is not an empty folder", .0.display())]
    Occupied(PathBuf),
    /// The system said no.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// What was being written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The draft refers to a node that it does not have, or says something twice.
    #[error("the inventory contradicts itself: {0}")]
    Draft(String),
}

/// A text file that goes into the folder beside the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraFile {
    /// Its name; chosen by the program, never taken from input.
    pub name: &'static str,
    /// Its content.
    pub text: String,
}

/// Writes `draft` as an inventory folder at `dir`, creating parents as needed. Everything goes to
/// a temporary folder beside it first, which is then renamed: `dir` is whole or absent.
///
/// # Errors
/// `dir` exists and is not an empty folder, the system refuses, or the draft contradicts itself.
pub fn write_inventory(dir: &Path, draft: &Draft, extra: &[ExtraFile]) -> Result<(), WriteError> {
    let tables = Tables::of(draft)?;
    write_folder(dir, |inside| {
        tables.write(inside)?;
        for file in extra {
            let path = inside.join(file.name);
            fs::write(&path, &file.text).map_err(|source| WriteError::Io { path, source })?;
        }
        Ok(())
    })
}

/// Makes the folder `dir` with what `fill` puts into the path it is given, whole or not at all.
///
/// # Errors
/// `dir` exists and is not an empty folder, the system refuses, or `fill` fails.
pub fn write_folder(
    dir: &Path,
    fill: impl FnOnce(&Path) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let io = |source| WriteError::Io {
        path: dir.to_owned(),
        source,
    };
    // An existing folder is resolved first: `.` or a symbolic link cannot be renamed onto.
    let target = if fs::symlink_metadata(dir).is_ok() {
        let empty = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
        if !empty {
            return Err(WriteError::Occupied(dir.to_owned()));
        }
        fs::canonicalize(dir).map_err(io)?
    } else {
        dir.to_owned()
    };
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(io)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".brownout-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    let temporary = builder.tempdir_in(parent).map_err(io)?;
    fill(temporary.path())?;
    #[cfg(windows)]
    if target.exists() {
        fs::remove_dir(&target).map_err(io)?;
    }
    fs::rename(temporary.path(), &target).map_err(|source| match source.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
            WriteError::Occupied(dir.to_owned())
        }
        _ => io(source),
    })?;
    // It has moved: there is nothing left to remove.
    let _ = temporary.keep();
    Ok(())
}

/// A draft with the order in which its rows are written.
struct Tables<'a> {
    draft: &'a Draft,
    nodes: Vec<u32>,
    requirements: Vec<u32>,
}

/// Which of the four files a node goes to.
#[derive(Clone, Copy, PartialEq)]
enum Table {
    Components,
    Links,
    Flows,
    Services,
}

fn table_of(node: &DraftNode) -> Table {
    match node.node.role {
        Role::Component => Table::Components,
        Role::Link(_) => Table::Links,
        Role::Flow(_) => Table::Flows,
        Role::Service(_) => Table::Services,
    }
}

impl<'a> Tables<'a> {
    fn of(draft: &'a Draft) -> Result<Self, WriteError> {
        check_references(draft)?;
        let id = |v: u32| &*draft.nodes[v as usize].node.id;
        let mut nodes: Vec<u32> = (0..count(draft.nodes.len())).collect();
        nodes.sort_by(|&x, &y| id(x).cmp(id(y)));
        let key = |r: &'a DraftRequirement| {
            let first = r.providers.first().map(|p| id(p.node));
            (id(r.consumer), r.group.is_none(), r.group.as_deref(), first)
        };
        let mut requirements: Vec<u32> = (0..count(draft.requirements.len())).collect();
        requirements.sort_by(|&x, &y| {
            key(&draft.requirements[x as usize]).cmp(&key(&draft.requirements[y as usize]))
        });
        let twice = requirements.windows(2).find(|w| {
            let [x, y] = [w[0], w[1]].map(|r| &draft.requirements[r as usize]);
            x.group.is_some() && x.consumer == y.consumer && x.group == y.group
        });
        if let Some(w) = twice {
            let r = &draft.requirements[w[0] as usize];
            let group = r.group.as_deref().unwrap_or_default();
            return Err(WriteError::Draft(format!(
                "{} has two requirements named {group}",
                id(r.consumer)
            )));
        }
        Ok(Self {
            draft,
            nodes,
            requirements,
        })
    }

    fn write(&self, dir: &Path) -> Result<(), WriteError> {
        let name = toml::Value::String(self.draft.name.clone());
        put(&dir.join("inventory.toml"), |out| {
            writeln!(out, "name = {name}")
        })?;
        for (file, table) in [
            ("components.csv", Table::Components),
            ("links.csv", Table::Links),
            ("flows.csv", Table::Flows),
            ("services.csv", Table::Services),
        ] {
            let optional = matches!(table, Table::Links | Table::Flows);
            if !optional || self.rows(table).next().is_some() {
                put(&dir.join(file), |out| self.write_nodes(table, out))?;
            }
        }
        put(&dir.join("dependencies.csv"), |out| {
            self.write_dependencies(out)
        })?;
        if !self.draft.common_cause.is_empty() {
            put(&dir.join("common_cause.csv"), |out| {
                self.write_common_cause(out)
            })?;
        }
        Ok(())
    }

    fn id(&self, v: u32) -> &str {
        &self.draft.nodes[v as usize].node.id
    }

    fn rows(&self, table: Table) -> impl Iterator<Item = (u32, &DraftNode)> {
        self.nodes
            .iter()
            .map(|&v| (v, &self.draft.nodes[v as usize]))
            .filter(move |(_, d)| table_of(d) == table)
    }

    fn write_nodes(&self, table: Table, out: &mut dyn Write) -> io::Result<()> {
        let columns: Vec<Column> = COLUMNS
            .iter()
            .filter(|c| c.tables.contains(&table))
            .filter(|c| {
                c.required
                    || self
                        .rows(table)
                        .any(|(_, d)| self.cell(c.name, d).is_some())
            })
            .copied()
            .collect();
        let labels: Vec<usize> = (0..self.draft.labels.columns.len())
            .filter(|&l| self.rows(table).any(|(v, _)| self.label(l, v).is_some()))
            .collect();
        let mut csv = writer(out);
        for column in &columns {
            csv.write_field(column.name)?;
        }
        for &l in &labels {
            csv.write_field(&*self.draft.labels.columns[l])?;
        }
        csv.write_record(None::<&[u8]>)?;
        for (v, d) in self.rows(table) {
            for column in &columns {
                csv.write_field(self.cell(column.name, d).unwrap_or_default().as_bytes())?;
            }
            for &l in &labels {
                csv.write_field(self.label(l, v).unwrap_or_default())?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
        csv.flush()
    }

    fn label(&self, column: usize, v: u32) -> Option<&str> {
        self.draft
            .labels
            .values
            .get(column)?
            .get(v as usize)?
            .as_deref()
    }

    /// One cell of a node's row; `None` is blank.
    fn cell<'d>(&'d self, column: &str, d: &'d DraftNode) -> Option<Cow<'d, str>> {
        let node = &d.node;
        let number = |x| Cow::Owned(number(x));
        match (column, node.role) {
            ("id", _) => Some(Cow::Borrowed(&*node.id)),
            ("name", _) => node.name.as_deref().map(Cow::Borrowed),
            ("kind", _) => Some(Cow::Borrowed(&*node.kind)),
            ("unit", _) => node.unit.as_deref().map(Cow::Borrowed),
            ("capacity", _) => node.capacity.map(number),
            ("within", _) => (!d.within.is_empty()).then(|| self.join(&d.within).into()),
            ("mtbf_hours", _) => rates(node.reliability).map(|(f, _)| number(f)),
            ("mttr_hours", _) => rates(node.reliability).map(|(_, r)| number(r)),
            ("unavailability", _) => match node.reliability {
                Some(Reliability::Unavailability(q)) => Some(number(q)),
                _ => None,
            },
            ("a", Role::Link(Link { a: v, .. }))
            | ("b", Role::Link(Link { b: v, .. }))
            | ("from", Role::Flow(Flow { from: v, .. }))
            | ("to", Role::Flow(Flow { to: v, .. })) => Some(Cow::Borrowed(self.id(v.0))),
            // Always said: a blank would count as an assumption when it is read.
            ("metric", Role::Link(l)) => Some(number(l.metric)),
            ("metric_back", Role::Link(l)) => is_not(l.metric_back, l.metric).map(number),
            ("tier", Role::Service(Service { tier, .. })) => tier.map(|t| t.to_string().into()),
            ("demand", Role::Service(Service { demand, .. })) => Some(number(demand)),
            _ => None,
        }
    }

    fn join(&self, nodes: &[u32]) -> String {
        let mut ids: Vec<&str> = nodes.iter().map(|&v| self.id(v)).collect();
        ids.sort_unstable();
        ids.join(";")
    }

    fn write_dependencies(&self, out: &mut dyn Write) -> io::Result<()> {
        let all = || self.draft.requirements.iter();
        let grouped = |r: &DraftRequirement| r.group.is_some() || r.providers.len() > 1;
        let load = |load: f64| is_not(load, 1.0).map(number);
        let used = [
            true,
            true,
            all().any(grouped),
            all().any(|r| need(r).is_some()),
            all().any(|r| split(r).is_some()),
            all().any(|r| r.providers.iter().any(|p| load(p.load).is_some())),
            all().any(|r| r.providers.iter().any(|p| p.weight.is_some())),
        ];
        let mut csv = writer(out);
        let mut row = |cells: [&str; 7]| {
            let kept = cells.iter().zip(used).filter(|(_, used)| *used);
            csv.write_record(kept.map(|(cell, _)| *cell))
        };
        row([
            "consumer", "provider", "group", "need", "split", "load", "weight",
        ])?;
        let mut names = GroupNames::default();
        for &r in &self.requirements {
            let r = &self.draft.requirements[r as usize];
            let group = names.of(r);
            let need = need(r).unwrap_or_default();
            for p in &r.providers {
                row([
                    self.id(r.consumer),
                    self.id(p.node),
                    &group,
                    &need,
                    split(r).unwrap_or_default(),
                    &load(p.load).unwrap_or_default(),
                    &p.weight.map(number).unwrap_or_default(),
                ])?;
            }
        }
        csv.flush()
    }

    fn write_common_cause(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = writer(out);
        csv.write_record(["group", "members", "beta"])?;
        for (group, members, beta) in &self.draft.common_cause {
            csv.write_record([group, &self.join(members), &number(*beta)])?;
        }
        csv.flush()
    }
}

/// Names for requirements over several providers that have none, unlike the consumer's others.
/// Requirements come sorted by consumer, named ones first.
#[derive(Default)]
struct GroupNames {
    consumer: Option<u32>,
    taken: HashSet<Box<str>>,
    next: u32,
}

impl GroupNames {
    fn of(&mut self, r: &DraftRequirement) -> String {
        if self.consumer != Some(r.consumer) {
            self.consumer = Some(r.consumer);
            self.taken.clear();
            self.next = 1;
        }
        if let Some(name) = &r.group {
            self.taken.insert(name.clone());
            return name.to_string();
        }
        if r.providers.len() < 2 {
            return String::new();
        }
        loop {
            let name = format!("group-{}", self.next);
            self.next += 1;
            if !self.taken.contains(name.as_str()) {
                return name;
            }
        }
    }
}

/// A column and the files it stands in.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    tables: &'static [Table],
    required: bool,
}

const ALL: &[Table] = &[
    Table::Components,
    Table::Links,
    Table::Flows,
    Table::Services,
];
const FALLIBLE: &[Table] = &[Table::Components, Table::Links];
const LINKS: &[Table] = &[Table::Links];
const FLOWS: &[Table] = &[Table::Flows];
const SERVICES: &[Table] = &[Table::Services];
/// `name` and `unit` have a meaning only here.
const NAMED: &[Table] = &[Table::Components, Table::Services];

/// Every column of the node tables, in the order they are written.
const COLUMNS: [Column; 17] = [
    column("id", ALL, true),
    column("a", LINKS, true),
    column("b", LINKS, true),
    column("from", FLOWS, true),
    column("to", FLOWS, true),
    column("kind", FALLIBLE, true),
    column("name", NAMED, false),
    column("tier", SERVICES, false),
    column("demand", SERVICES, true),
    column("capacity", FALLIBLE, false),
    column(
        "unit",
        &[Table::Components, Table::Links, Table::Services],
        false,
    ),
    column("metric", LINKS, false),
    column("metric_back", LINKS, false),
    column("within", FALLIBLE, false),
    column("mtbf_hours", FALLIBLE, false),
    column("mttr_hours", FALLIBLE, false),
    column("unavailability", FALLIBLE, false),
];

const fn column(name: &'static str, tables: &'static [Table], required: bool) -> Column {
    Column {
        name,
        tables,
        required,
    }
}

fn check_references(draft: &Draft) -> Result<(), WriteError> {
    let n = draft.nodes.len();
    let known = |v: u32| (v as usize) < n;
    let fine = draft.nodes.iter().all(|d| {
        d.within.iter().all(|&w| known(w))
            && match d.node.role {
                Role::Link(Link { a: x, b: y, .. }) | Role::Flow(Flow { from: x, to: y }) => {
                    known(x.0) && known(y.0)
                }
                Role::Component | Role::Service(_) => true,
            }
    }) && draft
        .requirements
        .iter()
        .all(|r| known(r.consumer) && r.providers.iter().all(|p| known(p.node)))
        && draft
            .common_cause
            .iter()
            .all(|(_, members, _)| members.iter().all(|&m| known(m)));
    if fine {
        Ok(())
    } else {
        Err(WriteError::Draft("it refers to a node it lacks".to_owned()))
    }
}

fn put(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), WriteError> {
    let io = |source| WriteError::Io {
        path: path.to_owned(),
        source,
    };
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path).map_err(io)?);
    fill(&mut out).and_then(|()| out.flush()).map_err(io)
}

fn writer(out: &mut dyn Write) -> csv::Writer<&mut dyn Write> {
    // A cell that looks like a comment is quoted.
    csv::WriterBuilder::new()
        .comment(Some(b'#'))
        .from_writer(out)
}

/// The shortest text that reads back as the same number.
fn number(x: f64) -> String {
    x.to_string()
}

#[allow(
    clippy::float_cmp,
    reason = "the default is left out only if it is exactly that"
)]
fn is_not(x: f64, default: f64) -> Option<f64> {
    (x != default).then_some(x)
}

fn rates(reliability: Option<Reliability>) -> Option<(f64, f64)> {
    match reliability {
        Some(Reliability::Rates {
            mtbf_hours,
            mttr_hours,
        }) => Some((mtbf_hours, mttr_hours)),
        _ => None,
    }
}

fn need(r: &DraftRequirement) -> Option<String> {
    match r.need {
        Need::All => None,
        Need::AtLeast(1) => Some("any".to_owned()),
        Need::AtLeast(k) => Some(k.to_string()),
    }
}

fn split(r: &DraftRequirement) -> Option<&'static str> {
    match (r.need, r.split) {
        (Need::All, _) | (_, Split::Share) => None,
        (_, Split::Standby) => Some("standby"),
        (_, Split::Copy) => Some("copy"),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
