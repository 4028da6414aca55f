//! `placements.csv` → instances that run on one of several hosts, and what they take of it.

use super::builder::{Builder, Wanted};
use super::defaults::Assumed;
use super::folder::Tables;
use crate::input::Diagnostic;
use crate::input::dialect::spreadsheet_error;
use crate::input::number::Range;
use crate::input::placed::Placed;
use crate::input::selector;
use crate::input::table::{Row, Table};
use crate::model::{Apart, DraftPlacement, Resource, Role};
use std::collections::{HashMap, HashSet};

struct Columns {
    instance: usize,
    hosts: usize,
    host: Option<usize>,
    priority: Option<usize>,
    apart: Option<usize>,
    apart_by: Option<usize>,
    /// Each resource: its name, and where it stands in the file if it does. Those that only a kind speaks of come
    /// after all others.
    amounts: Vec<(String, Option<usize>)>,
}

/// By which kind of domain a word keeps apart, and the row that says so.
type Words<'t> = HashMap<String, (String, Row<'t>)>;

/// Where a text stands: in a cell, or for a blank one in the defaults of the instance's kind.
enum Given<'t> {
    Cell(Row<'t>, usize, &'t str),
    Kind(Placed<String>),
}

impl Given<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Cell(_, _, text) => text,
            Self::Kind(cell) => &cell.value,
        }
    }

    fn error(&self, message: String) -> Diagnostic {
        match self {
            Self::Cell(row, column, _) => row.error(*column, message),
            Self::Kind(cell) => cell.error(message),
        }
    }

    fn part_error(&self, part: &str, message: String) -> Diagnostic {
        match self {
            Self::Cell(row, column, _) => row.part_error(*column, part, message),
            Self::Kind(cell) => cell.error(message),
        }
    }
}

/// What a row says in a column, or else the kind of its instance, which is then counted; `None` if neither does.
fn given<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    (name, at): (&str, Option<usize>),
    instance: u32,
) -> Option<Given<'t>> {
    let text = row.cell(at);
    if let Some(column) = at.filter(|_| !text.is_empty()) {
        return Some(Given::Cell(row, column, text));
    }
    let kind = b.rows[instance as usize].named("kind");
    let cells = &b.defaults.of(kind)?.placed;
    let found = cells.iter().position(|(column, _)| column == name)?;
    let cell = cells[found].1.clone();
    b.assume(kind, Assumed::Placed(found));
    Some(Given::Kind(cell))
}

/// What kinds of instances take beside the columns of the file, in order of the rows.
fn of_kinds(b: &mut Builder, table: &Table, instance: usize) -> Vec<String> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut found: Vec<String> = Vec::new();
    for row in table.rows().filter(|r| r.is_whole()) {
        let Some(&at) = b.names.get(row.cell(Some(instance))) else {
            continue;
        };
        let kind = b.rows[at as usize].named("kind");
        if !seen.insert(kind) {
            continue;
        }
        let cells = b.defaults.of(kind).map(|k| &k.placed);
        for (column, _) in cells.into_iter().flatten() {
            let is_new = table.column(column).is_none() && !found.contains(column);
            if is_new && Resource::of_column(column).is_some() {
                found.push(column.clone());
            }
        }
    }
    found
}

/// Reads every row.
pub fn read<'t>(b: &mut Builder<'t>, table: &'t Table) {
    let instance_at = table.column("instance").unwrap_or(0);
    let columns = table.columns().iter().enumerate();
    let columns = columns.filter(|(_, name)| Resource::of_column(name).is_some());
    let mut amounts: Vec<(String, Option<usize>)> =
        columns.map(|(at, name)| (name.clone(), Some(at))).collect();
    let of_kinds = of_kinds(b, table, instance_at);
    amounts.extend(of_kinds.into_iter().map(|name| (name, None)));
    let resources = amounts
        .iter()
        .filter_map(|(name, _)| Resource::of_column(name));
    b.resources = resources.collect();
    let columns = Columns {
        instance: instance_at,
        hosts: table.column("hosts").unwrap_or(0),
        host: table.column("host"),
        priority: table.column("priority"),
        apart: table.column("apart"),
        apart_by: table.column("apart_by"),
        amounts,
    };
    let words = words(b, table, &columns);
    let mut rows: HashMap<u32, Row<'t>> = HashMap::new();
    let mut chosen: HashMap<String, Option<Vec<u32>>> = HashMap::new();
    for row in table.rows().filter(|r| r.is_whole()) {
        let Some(instance) = instance(b, row, &columns, &mut rows) else {
            continue;
        };
        let hosts = given(b, row, ("hosts", Some(columns.hosts)), instance);
        let hosts = match hosts {
            Some(hosts) => find_hosts_once(b, &hosts, &mut chosen),
            None => no_hosts(b, row, columns.hosts),
        };
        let priority = given(b, row, ("priority", columns.priority), instance);
        let priority = priority.and_then(|p| number_of_priority(b, &p));
        let apart = apart(b, row, &columns, instance, &words);
        let amounts: Vec<Option<f64>> = columns
            .amounts
            .iter()
            .map(|(name, at)| match given(b, row, (name, *at), instance)? {
                Given::Cell(row, at, _) => b.number(row, Some(at), Range::Count),
                Given::Kind(cell) => cell.value.parse().ok(),
            })
            .collect();
        let Some(hosts) = hosts else {
            continue;
        };
        let is_fine = check_hosts(b, row, columns.hosts, instance, &hosts);
        let host = given(b, row, ("host", columns.host), instance);
        let host = host.and_then(|host| find_host(b, &host, &hosts));
        if is_fine {
            b.placements.push(DraftPlacement {
                instance,
                hosts,
                host,
                priority,
                apart,
                amounts,
                line: row.line(),
            });
        }
    }
}

/// A component by its id.
fn refer<'t>(b: &mut Builder<'t>, given: &Given<'t>, id: &str) -> Option<u32> {
    if let Given::Cell(row, column, _) = *given {
        return b.refer(row, column, id, Wanted::Component);
    }
    let found = b.names.get(id).copied();
    let is_component = |at: &u32| matches!(b.nodes[*at as usize].node.role, Role::Component);
    let component = found.filter(is_component);
    if component.is_none() && (found.is_some() || b.complete) {
        let fault = given.error(format!("`{id}` is no component"));
        b.faults.push(fault.help("write the id of a component"));
    }
    component
}

/// What a row is about; `None` if that is no component, or was shown of before.
fn instance<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    rows: &mut HashMap<u32, Row<'t>>,
) -> Option<u32> {
    let id = row.cell(Some(columns.instance));
    if id.is_empty() {
        let fault = row.error(columns.instance, "the instance is blank");
        b.faults
            .push(fault.help("write the id of the component that runs on one of the hosts"));
        return None;
    }
    let instance = b.refer(row, columns.instance, id, Wanted::Component)?;
    if let Some(first) = rows.get(&instance) {
        let fault = row.error(columns.instance, format!("`{id}` is placed twice"));
        let label = format!("first at {}", first.place());
        b.faults
            .push(fault.label(label).help("write all its hosts into one row"));
        return None;
    }
    rows.insert(instance, row);
    Some(instance)
}

fn no_hosts(b: &mut Builder, row: Row, column: usize) -> Option<Vec<u32>> {
    let fault = row.error(column, "there are no hosts");
    b.faults.push(fault.help(
        "write the ids of all it may run on, separated by `;`, or one selector: `kind=host`",
    ));
    None
}

/// The hosts that a text names, and what was found for it before if it was asked.
fn find_hosts_once<'t>(
    b: &mut Builder<'t>,
    given: &Given<'t>,
    chosen: &mut HashMap<String, Option<Vec<u32>>>,
) -> Option<Vec<u32>> {
    if let Some(known) = chosen.get(given.text()) {
        return known.clone();
    }
    let found = find_hosts(b, given);
    chosen.insert(given.text().to_owned(), found.clone());
    found
}

/// The hosts that a text names, in its order; `None` if something is wrong.
fn find_hosts<'t>(b: &mut Builder<'t>, given: &Given<'t>) -> Option<Vec<u32>> {
    let text = given.text();
    if selector::is_meant(text) && !text.contains(';') && !b.names.contains_key(text) {
        return select_hosts(b, given);
    }
    let parts = text.split(';').map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for id in &parts {
        let Some(host) = refer(b, given, id) else {
            continue;
        };
        if seen.insert(host) {
            found.push(host);
        } else {
            let fault = given.part_error(id, format!("the host `{id}` stands twice"));
            b.faults.push(fault.help("name each host once"));
        }
    }
    (found.len() == parts.len() && !found.is_empty()).then_some(found)
}

fn select_hosts<'t>(b: &mut Builder<'t>, given: &Given<'t>) -> Option<Vec<u32>> {
    let text = given.text();
    let mut suggester = std::mem::take(&mut b.suggester);
    let found = selector::select(b, text, &mut suggester);
    b.suggester = suggester;
    match found {
        Ok(mut all) => {
            all.sort_unstable();
            all.retain(|&at| matches!(b.nodes[at as usize].node.role, Role::Component));
            if all.is_empty() {
                let fault = given.error(format!("`{text}` keeps no component"));
                b.faults.push(fault.help("select what instances run on"));
                return None;
            }
            Some(all)
        }
        Err(nothing) => {
            if b.complete {
                let (message, help) = selector::explain(text, nothing);
                b.faults.push(given.error(message).help(help));
            }
            None
        }
    }
}

/// Whether an instance may run on these hosts: not on itself, and not on what it sits within.
fn check_hosts<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    column: usize,
    instance: u32,
    hosts: &[u32],
) -> bool {
    let id = b.rows[instance as usize].id();
    if hosts.contains(&instance) {
        let fault = row.error(column, format!("`{id}` would run on itself"));
        b.faults
            .push(fault.help("leave it out of its own hosts; a selector may keep too much"));
        return false;
    }
    let around = around(b, instance);
    let Some(&host) = hosts.iter().find(|h| around.contains(h)) else {
        return true;
    };
    let host = b.rows[host as usize].id();
    let message = format!("`{id}` sits within `{host}`, which is one of its hosts");
    b.faults.push(row.error(column, message).help(
        "take the host out of `within`: what sits within it cannot restart elsewhere when it is lost",
    ));
    false
}

/// Everything that a node sits within, directly or not.
fn around(b: &Builder, node: u32) -> HashSet<u32> {
    let mut found = HashSet::new();
    let mut stack = b.nodes[node as usize].within.clone();
    while let Some(domain) = stack.pop() {
        if found.insert(domain) {
            stack.extend(&b.nodes[domain as usize].within);
        }
    }
    found
}

/// Where it runs now.
fn find_host<'t>(b: &mut Builder<'t>, given: &Given<'t>, hosts: &[u32]) -> Option<u32> {
    let id = given.text();
    let host = refer(b, given, id)?;
    if !hosts.contains(&host) {
        let message = format!("it runs on `{id}`, which is not among its hosts");
        let help = "add it to `hosts`, or blank the cell: then it runs where it lands first";
        b.faults.push(given.error(message).help(help));
        return None;
    }
    Some(host)
}

fn number_of_priority(b: &mut Builder, given: &Given) -> Option<u32> {
    let text = given.text();
    let found = text.parse().ok().filter(|&p: &u32| p >= 1);
    if found.is_none() && spreadsheet_error(text).is_none() {
        let fault = given.error(format!("`{text}` is no priority"));
        b.faults
            .push(fault.help("write 1 for what restarts first, then 2, 3 …; blank comes last"));
    }
    found
}

/// By what each word keeps apart: it may stand on any row of the word, but only with one value.
fn words<'t>(b: &mut Builder<'t>, table: &'t Table, columns: &Columns) -> Words<'t> {
    let mut words: Words<'t> = HashMap::new();
    for row in table.rows().filter(|r| r.is_whole()) {
        let (word, by) = (row.cell(columns.apart), row.cell(columns.apart_by));
        let Some(column) = columns.apart_by.filter(|_| !by.is_empty()) else {
            continue;
        };
        let word = match word {
            "" => of_kind(b, row, columns.instance, "apart").unwrap_or_default(),
            word => word.to_owned(),
        };
        if word.is_empty() {
            b.odd("rows say `apart_by` without `apart`", || {
                let warning = row.warning(column, "`apart_by` says nothing without `apart`");
                warning.help("write into `apart` a word that those share which are kept apart")
            });
            continue;
        }
        let (first, at) = words.entry(word.clone()).or_insert((by.to_owned(), row));
        if first != by {
            let message = format!("`{word}` is kept apart by `{by}` here, by `{first}` elsewhere");
            let fault = row.error(column, message);
            let label = format!("the other is at {}", at.place());
            let help = "write one kind for all that share the word";
            b.faults.push(fault.label(label).help(help));
        }
    }
    words
}

/// The default of a column for the kind of a row's instance.
fn of_kind(b: &mut Builder, row: Row, instance: usize, name: &str) -> Option<String> {
    let at = *b.names.get(row.cell(Some(instance)))?;
    let kind = b.rows[at as usize].named("kind");
    let mut cells = b.defaults.of(kind)?.placed.iter();
    let (_, cell) = cells.find(|(column, _)| column == name)?;
    Some(cell.value.clone())
}

/// Whom an instance is kept apart from. A word by which nobody says anything in the file goes by the kind.
fn apart<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    instance: u32,
    words: &Words<'t>,
) -> Option<Apart> {
    let word = given(b, row, ("apart", columns.apart), instance)?;
    let by = if let Some((by, _)) = words.get(word.text()) {
        Some(by.as_str().into())
    } else {
        let by = given(b, row, ("apart_by", None), instance);
        by.map(|by| by.text().into())
    };
    Some(Apart {
        word: word.text().into(),
        by,
    })
}

/// The row that places an instance, and the column of its hosts.
pub fn row_of<'t>(tables: &'t Tables, instance: &str) -> Option<(Row<'t>, usize)> {
    let table = tables.placements.as_ref()?;
    let (at, hosts) = (table.column("instance"), table.column("hosts")?);
    let mut rows = table.rows().filter(|r| r.is_whole());
    let row = rows.find(|row| row.cell(at) == instance)?;
    Some((row, hosts))
}
