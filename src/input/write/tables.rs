//! The rows of a draft. In: a draft. Out: the text of each table, in order of id.

use super::columns::{COLUMNS, Column, Table, table_of};
use super::error::WriteError;
use crate::model::{
    Draft, DraftNode, DraftPlacement, DraftProvider, DraftRequirement, Flow, Link, Need, Node,
    Reliability, Role, Serves, Service, Split,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A draft with the order in which its rows are written.
pub(super) struct Tables<'a> {
    draft: &'a Draft,
    nodes: Vec<u32>,
    requirements: Vec<u32>,
    /// Kinds that are logical, or not, other than by their name.
    logical: BTreeMap<&'a str, bool>,
}

impl<'a> Tables<'a> {
    /// Checks that the draft does not contradict itself.
    pub fn of(draft: &'a Draft) -> Result<Self, WriteError> {
        check_references(draft)?;
        let id = |v: u32| &*draft.nodes[v as usize].node.id;
        let mut nodes: Vec<u32> = (0..count(draft.nodes.len())).collect();
        nodes.sort_by(|&x, &y| id(x).cmp(id(y)));
        // Numbers compare faster than ids; ids that are equal get different ones, in file order.
        let mut rank = vec![0; nodes.len()];
        for (at, &v) in (0u32..).zip(&nodes) {
            rank[v as usize] = at;
        }
        let key = |r: &'a DraftRequirement| {
            let first = r.providers.first().map(|p| rank[p.node as usize]);
            let consumer = rank[r.consumer as usize];
            (consumer, r.group.is_none(), r.group.as_deref(), first)
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
            logical: logical_kinds(draft)?,
        })
    }

    /// Writes every table that has rows, and those that must be there.
    pub fn write(&self, dir: &Path) -> Result<(), WriteError> {
        self.each(&mut |file, fill| put(&dir.join(file), fill))
    }

    /// The same as texts, by the names of the files.
    pub fn texts(&self) -> Result<BTreeMap<String, Vec<u8>>, WriteError> {
        let mut texts = BTreeMap::new();
        self.each(&mut |file, fill| {
            let mut text = Vec::new();
            let io = |source| WriteError::Io {
                path: file.into(),
                source,
            };
            fill(&mut text).map_err(io)?;
            texts.insert(file.to_owned(), text);
            Ok(())
        })?;
        Ok(texts)
    }

    /// Hands over each file: its name, and what writes it.
    fn each(&self, sink: &mut Sink) -> Result<(), WriteError> {
        let name = toml::Value::String(self.draft.name.clone());
        sink("inventory.toml", &|out| {
            writeln!(out, "name = {name}")?;
            self.logical.iter().try_for_each(|(kind, logical)| {
                let kind = toml::Value::String((*kind).to_owned());
                writeln!(out, "\n[kind.{kind}]\nlogical = {logical}")
            })
        })?;
        for (file, table) in [
            ("components.csv", Table::Components),
            ("links.csv", Table::Links),
            ("flows.csv", Table::Flows),
            ("services.csv", Table::Services),
        ] {
            let optional = matches!(table, Table::Links | Table::Flows);
            if !optional || self.rows(table).next().is_some() {
                sink(file, &|out| self.write_nodes(table, out))?;
            }
        }
        sink("dependencies.csv", &|out| self.write_dependencies(out))?;
        if !self.draft.common_cause.is_empty() {
            sink("common_cause.csv", &|out| self.write_common_cause(out))?;
        }
        if !self.draft.placements.is_empty() {
            sink("placements.csv", &|out| self.write_placements(out))?;
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
            ("capacity_back", Role::Link(l)) => l.capacity_back.map(number),
            ("transit", _) => node.transit.map(|t| if t { "yes" } else { "no" }.into()),
            ("trips_at", _) => node.trips_at.map(number),
            ("serves", _) => (node.serves != Serves::Fair).then(|| node.serves.word().into()),
            ("within", _) => (!d.within.is_empty()).then(|| self.join(&d.within).into()),
            ("mtbf_hours", _) => rates(node.reliability).map(|(f, _)| number(f)),
            ("mttr_hours", _) => rates(node.reliability).map(|(_, r)| number(r)),
            ("unavailability", _) => match node.reliability {
                Some(Reliability::Unavailability(q)) => Some(number(q)),
                _ => None,
            },
            ("cost", _) => node.expansion.cost.map(number),
            ("cost_per_unit", _) => node.expansion.cost_per_unit.map(number),
            ("max_capacity", _) => node.expansion.max_capacity.map(number),
            ("slo", Role::Service(s)) => s.slo.map(number),
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
        // A blank one is read as 0 between nodes that need each other, so what was given is written.
        let load = |p: &DraftProvider| p.load_given.then(|| number(p.load));
        let used = [
            true,
            true,
            all().any(grouped),
            all().any(|r| need(r).is_some()),
            all().any(|r| split(r).is_some()),
            all().any(|r| r.providers.iter().any(|p| load(p).is_some())),
            all().any(|r| r.providers.iter().any(|p| p.constant > 0.0)),
            all().any(|r| r.providers.iter().any(|p| p.weight.is_some())),
        ];
        let mut csv = writer(out);
        let mut row = |cells: [&str; 8]| {
            let kept = cells.iter().zip(used).filter(|(_, used)| *used);
            csv.write_record(kept.map(|(cell, _)| *cell))
        };
        row([
            "consumer", "provider", "group", "need", "split", "load", "constant", "weight",
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
                    &load(p).unwrap_or_default(),
                    &is_not(p.constant, 0.0).map(number).unwrap_or_default(),
                    &p.weight.map(number).unwrap_or_default(),
                ])?;
            }
        }
        csv.flush()
    }

    fn write_placements(&self, out: &mut dyn Write) -> io::Result<()> {
        let all = || self.draft.placements.iter();
        let mut placements: Vec<&DraftPlacement> = all().collect();
        placements.sort_by_key(|p| self.id(p.instance));
        let by = |p: &'a DraftPlacement| p.apart.as_ref().and_then(|a| a.by.as_deref());
        let used = [
            true,
            true,
            all().any(|p| p.host.is_some()),
            all().any(|p| p.priority.is_some()),
            all().any(|p| p.apart.is_some()),
            self.draft.placements.iter().any(|p| by(p).is_some()),
        ];
        let mut csv = writer(out);
        let names = ["instance", "hosts", "host", "priority", "apart", "apart_by"];
        for (name, _) in names.iter().zip(used).filter(|(_, used)| *used) {
            csv.write_field(name)?;
        }
        for resource in &self.draft.resources {
            csv.write_field(resource.column())?;
        }
        csv.write_record(None::<&[u8]>)?;
        for p in placements {
            let hosts: Vec<&str> = p.hosts.iter().map(|&h| self.id(h)).collect();
            let word = p.apart.as_ref().map_or("", |a| &a.word);
            let cells = [
                self.id(p.instance).to_owned(),
                hosts.join(";"),
                p.host.map_or("", |h| self.id(h)).to_owned(),
                p.priority.map_or(String::new(), |p| p.to_string()),
                word.to_owned(),
                by(p).unwrap_or_default().to_owned(),
            ];
            for (cell, _) in cells.iter().zip(used).filter(|(_, used)| *used) {
                csv.write_field(cell)?;
            }
            for amount in &p.amounts {
                csv.write_field(amount.map_or(String::new(), number))?;
            }
            csv.write_record(None::<&[u8]>)?;
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

/// What writes one file.
type Fill<'f> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'f;
/// What takes each file: its name, and what writes it.
type Sink<'s> = dyn FnMut(&'static str, &Fill<'_>) -> Result<(), WriteError> + 's;

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

/// Kinds that are logical, or not, other than by their name. It is the kind that says so in a folder,
/// so all nodes of one kind must agree.
fn logical_kinds(draft: &Draft) -> Result<BTreeMap<&str, bool>, WriteError> {
    let mut said: BTreeMap<&str, bool> = BTreeMap::new();
    let nodes = draft.nodes.iter().map(|d| &d.node);
    for node in nodes.filter(|n| n.is_component_or_link()) {
        let logical = node.is_logical();
        if *said.entry(&node.kind).or_insert(logical) != logical {
            let kind = &node.kind;
            let message = format!("only some of the kind {kind} are logical");
            return Err(WriteError::Draft(message));
        }
    }
    said.retain(|kind, logical| Node::is_logical_kind(kind) != *logical);
    Ok(said)
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
            .all(|(_, members, _)| members.iter().all(|&m| known(m)))
        && draft.placements.iter().all(|p| {
            let mut all = p.hosts.iter().chain(&p.host);
            known(p.instance) && all.all(|&h| known(h))
        });
    if fine {
        Ok(())
    } else {
        Err(WriteError::Draft("it refers to a node it lacks".to_owned()))
    }
}

pub(super) fn put(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    let io = |source| WriteError::Io {
        path: path.to_owned(),
        source,
    };
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path).map_err(io)?);
    fill(&mut out).and_then(|()| out.flush()).map_err(io)
}

pub(super) fn writer(out: &mut dyn Write) -> csv::Writer<&mut dyn Write> {
    // A cell that looks like a comment is quoted.
    csv::WriterBuilder::new()
        .comment(Some(b'#'))
        .from_writer(out)
}

/// The shortest text that reads back as the same number; infinite is unlimited.
pub(super) fn number(x: f64) -> String {
    if x == f64::INFINITY {
        return "unlimited".to_owned();
    }
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
        (_, Split::Shard) => Some("shard"),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
