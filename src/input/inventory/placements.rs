//! `placements.csv` → instances that run on one of several hosts, and what they take of it.

use super::Tables;
use super::builder::{Builder, Wanted};
use crate::input::dialect::spreadsheet_error;
use crate::input::number::Range;
use crate::input::selector;
use crate::input::table::{Row, Shape, Table};
use crate::model::{Apart, DraftPlacement, Resource, Role};
use std::collections::{HashMap, HashSet};

/// `placements.csv`; columns such as `/memory` beside these.
pub const PLACEMENTS: Shape = Shape {
    required: &["instance", "hosts"],
    optional: &["host", "priority", "apart", "apart_by", "amount"],
    foreign: &["capacity", "demand", "within", "unit", "kind"],
    later: &[],
    numbers: &["amount"],
    labels: false,
    resources: true,
};

struct Columns {
    instance: usize,
    hosts: usize,
    host: Option<usize>,
    priority: Option<usize>,
    apart: Option<usize>,
    apart_by: Option<usize>,
    /// In the order of the file.
    amounts: Vec<usize>,
}

/// By which kind of domain a word keeps apart, and the row that says so.
type Words<'t> = HashMap<&'t str, (&'t str, Row<'t>)>;

/// Reads every row.
pub fn read<'t>(b: &mut Builder<'t>, table: &'t Table) {
    let found = table.columns().iter().enumerate().filter_map(|(at, name)| {
        let resource = Resource::of_column(name)?;
        Some((at, resource))
    });
    let (amounts, resources): (Vec<usize>, Vec<Resource>) = found.unzip();
    b.resources = resources;
    let columns = Columns {
        instance: table.column("instance").unwrap_or(0),
        hosts: table.column("hosts").unwrap_or(0),
        host: table.column("host"),
        priority: table.column("priority"),
        apart: table.column("apart"),
        apart_by: table.column("apart_by"),
        amounts,
    };
    let words = words(b, table, &columns);
    let mut rows: HashMap<u32, Row<'t>> = HashMap::new();
    let mut chosen: HashMap<&'t str, Option<Vec<u32>>> = HashMap::new();
    for row in table.rows().filter(|r| r.is_whole()) {
        let Some(instance) = instance(b, row, &columns, &mut rows) else {
            continue;
        };
        let text = row.cell(Some(columns.hosts));
        let known = chosen.get(text).cloned();
        let hosts = known.unwrap_or_else(|| {
            let hosts = hosts(b, row, columns.hosts);
            chosen.insert(text, hosts.clone());
            hosts
        });
        let priority = priority(b, row, columns.priority);
        let apart = apart(row, &columns, &words);
        let amount = |b: &mut Builder<'t>, &at: &usize| b.number(row, Some(at), Range::Count);
        let amounts: Vec<Option<f64>> = columns.amounts.iter().map(|at| amount(b, at)).collect();
        let Some(hosts) = hosts else {
            continue;
        };
        let is_fine = check_hosts(b, row, columns.hosts, instance, &hosts);
        let host = host(b, row, columns.host, &hosts);
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

/// The hosts of a row, in the order of the file; `None` if something is wrong.
fn hosts<'t>(b: &mut Builder<'t>, row: Row<'t>, column: usize) -> Option<Vec<u32>> {
    let text = row.cell(Some(column));
    if text.is_empty() {
        let fault = row.error(column, "there are no hosts");
        b.faults.push(fault.help(
            "write the ids of all it may run on, separated by `;`, or one selector: `kind=host`",
        ));
        return None;
    }
    if text.contains('=') && !text.contains(';') && !b.names.contains_key(text) {
        return select_hosts(b, row, column, text);
    }
    let parts: Vec<&str> = row.parts(Some(column)).collect();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for id in &parts {
        let Some(host) = b.refer(row, column, id, Wanted::Component) else {
            continue;
        };
        if seen.insert(host) {
            found.push(host);
        } else {
            let fault = row.part_error(column, id, format!("the host `{id}` stands twice"));
            b.faults.push(fault.help("name each host once"));
        }
    }
    (found.len() == parts.len() && !found.is_empty()).then_some(found)
}

fn select_hosts<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    column: usize,
    text: &str,
) -> Option<Vec<u32>> {
    let mut suggester = std::mem::take(&mut b.suggester);
    let found = selector::select(b, text, &mut suggester);
    b.suggester = suggester;
    match found {
        Ok(mut all) => {
            all.sort_unstable();
            all.retain(|&at| matches!(b.nodes[at as usize].node.role, Role::Component));
            if all.is_empty() {
                let fault = row.error(column, format!("`{text}` keeps no component"));
                b.faults.push(fault.help("select what instances run on"));
                return None;
            }
            Some(all)
        }
        Err(nothing) => {
            if b.complete {
                let (message, help) = selector::explain(text, nothing);
                b.faults.push(row.error(column, message).help(help));
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
fn host<'t>(b: &mut Builder<'t>, row: Row<'t>, at: Option<usize>, hosts: &[u32]) -> Option<u32> {
    let id = row.cell(at);
    let column = at.filter(|_| !id.is_empty())?;
    let host = b.refer(row, column, id, Wanted::Component)?;
    if !hosts.contains(&host) {
        let message = format!("it runs on `{id}`, which is not among its hosts");
        let help = "add it to `hosts`, or blank the cell: then it runs where it lands first";
        b.faults.push(row.error(column, message).help(help));
        return None;
    }
    Some(host)
}

fn priority<'t>(b: &mut Builder<'t>, row: Row<'t>, at: Option<usize>) -> Option<u32> {
    let text = row.cell(at);
    let column = at.filter(|_| !text.is_empty())?;
    let found = text.parse().ok().filter(|&p: &u32| p >= 1);
    if found.is_none() && spreadsheet_error(text).is_none() {
        let fault = row.error(column, format!("`{text}` is no priority"));
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
        if word.is_empty() {
            b.odd("rows say `apart_by` without `apart`", || {
                let warning = row.warning(column, "`apart_by` says nothing without `apart`");
                warning.help("write into `apart` a word that those share which are kept apart")
            });
            continue;
        }
        let &mut (first, at) = words.entry(word).or_insert((by, row));
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

fn apart(row: Row, columns: &Columns, words: &Words) -> Option<Apart> {
    let word = row.cell(columns.apart);
    (!word.is_empty()).then(|| Apart {
        word: word.into(),
        by: words.get(word).map(|(by, _)| (*by).into()),
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
