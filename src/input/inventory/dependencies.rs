//! dependencies.csv → requirements. Rows of one consumer and group become one requirement; `need`
//! and `split` may stand on any of its rows, but only with one value.

use super::builder::{Builder, Wanted};
use super::defaults::Assumed;
use crate::input::dialect::spreadsheet_error;
use crate::input::number::{self, Range};
use crate::input::suggest;
use crate::input::table::{Row, Table};
use crate::model::{DraftProvider, DraftRequirement, Need, Split};
use std::collections::{HashMap, HashSet};

/// `need` as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NeedText<'t> {
    All,
    Count(u32),
    /// Without the `%`.
    Percent(&'t str),
}

/// One requirement while its rows come in.
struct Pending<'t> {
    draft: DraftRequirement,
    first: Row<'t>,
    need: Option<(NeedText<'t>, Row<'t>)>,
    split: Option<(Split, Row<'t>)>,
    /// Rows, also those whose provider is unknown.
    rows: u32,
    /// Rows with a weight of their own.
    weights: u32,
}

struct Columns {
    consumer: usize,
    provider: usize,
    group: Option<usize>,
    need: Option<usize>,
    split: Option<usize>,
    load: Option<usize>,
    constant: Option<usize>,
    weight: Option<usize>,
}

/// Reads every row.
pub fn read<'t>(b: &mut Builder<'t>, table: &'t Table) {
    let columns = Columns {
        consumer: table.column("consumer").unwrap_or(0),
        provider: table.column("provider").unwrap_or(0),
        group: table.column("group"),
        need: table.column("need"),
        split: table.column("split"),
        load: table.column("load"),
        constant: table.column("constant"),
        weight: table.column("weight"),
    };
    let mut pending: Vec<Pending<'t>> = Vec::with_capacity(table.len());
    let mut groups: HashMap<(u32, &'t str), usize> = HashMap::new();
    let torn = torn_consumers(table, columns.consumer);
    for row in table.rows().filter(|r| r.is_whole()) {
        let consumer = reference(b, row, columns.consumer, "consumer");
        let provider = reference(b, row, columns.provider, "provider");
        let load = b.number(row, columns.load, Range::Count);
        if row.cell(columns.load).is_empty() {
            b.assume("", Assumed::Load);
        }
        let constant = b.number(row, columns.constant, Range::Count);
        let weight = b.number(row, columns.weight, Range::Count);
        let need = need(b, row, columns.need);
        let split = split(b, row, columns.split);
        if let Some(column) = columns.group {
            b.refuse_hidden(row, column, "group");
        }
        let Some(consumer) = consumer else {
            continue;
        };
        let at = find_group(
            &mut pending,
            &mut groups,
            row,
            consumer,
            row.cell(columns.group),
        );
        let group = &mut pending[at];
        group.rows += 1;
        group.weights += u32::from(weight.is_some());
        if let Some(node) = provider {
            group.draft.providers.push(DraftProvider {
                node,
                load: load.unwrap_or(b.defaults.load),
                load_given: !row.cell(columns.load).is_empty(),
                constant: constant.unwrap_or(0.0),
                weight,
            });
        }
        if let (Some(found), Some(column)) = (need, columns.need) {
            agree(b, &mut group.need, found, row, column, "need");
        }
        if let (Some(found), Some(column)) = (split, columns.split) {
            agree(b, &mut group.split, found, row, column, "split");
        }
    }
    for group in pending {
        let torn = torn.contains(group.first.cell(Some(columns.consumer)));
        finish(b, group, &columns, torn);
    }
}

fn reference<'t>(b: &mut Builder<'t>, row: Row<'t>, column: usize, what: &str) -> Option<u32> {
    let id = row.cell(Some(column));
    if id.is_empty() {
        let fault = row.error(column, format!("the {what} is blank"));
        b.faults
            .push(fault.help("write the id of a component, link, flow or service"));
        return None;
    }
    b.refer(row, column, id, Wanted::Any)
}

fn find_group<'t>(
    pending: &mut Vec<Pending<'t>>,
    groups: &mut HashMap<(u32, &'t str), usize>,
    row: Row<'t>,
    consumer: u32,
    group: &'t str,
) -> usize {
    let next = pending.len();
    if !group.is_empty() {
        let at = *groups.entry((consumer, group)).or_insert(next);
        if at < next {
            return at;
        }
    }
    pending.push(Pending {
        draft: DraftRequirement {
            consumer,
            group: Some(group).filter(|g| !g.is_empty()).map(Box::from),
            need: Need::All,
            split: Split::Share,
            providers: Vec::with_capacity(if group.is_empty() { 1 } else { 4 }),
            line: row.line(),
        },
        first: row,
        need: None,
        split: None,
        rows: 0,
        weights: 0,
    });
    next
}

fn need<'t>(b: &mut Builder<'t>, row: Row<'t>, column: Option<usize>) -> Option<NeedText<'t>> {
    let text = row.cell(column);
    let column = column.filter(|_| !text.is_empty())?;
    let found = match text {
        "all" => Some(NeedText::All),
        "any" => Some(NeedText::Count(1)),
        _ => match text.strip_suffix('%').map(str::trim_end) {
            Some(percent) => number::percent_of(percent, 1).map(|_| NeedText::Percent(percent)),
            None => text.parse().ok().map(NeedText::Count),
        },
    };
    if found.is_none() && spreadsheet_error(text).is_none() {
        let help = match suggest::nearest(text, ["all", "any"].into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `all`, `any`, a whole number, or a percentage such as `50%`".to_owned(),
        };
        let fault = row.error(column, format!("`{text}` is no number of providers"));
        b.faults.push(fault.help(help));
    }
    found
}

fn split<'t>(b: &mut Builder<'t>, row: Row<'t>, column: Option<usize>) -> Option<Split> {
    let text = row.cell(column);
    let column = column.filter(|_| !text.is_empty())?;
    let found = match text {
        "share" => Some(Split::Share),
        "standby" => Some(Split::Standby),
        "copy" => Some(Split::Copy),
        "shard" => Some(Split::Shard),
        _ => None,
    };
    if found.is_none() && spreadsheet_error(text).is_none() {
        let known = ["share", "standby", "copy", "shard"];
        let help = match suggest::nearest(text, known.into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `share`, `standby`, `copy` or `shard`".to_owned(),
        };
        let fault = row.error(column, format!("`{text}` is no way to split load"));
        b.faults.push(fault.help(help));
    }
    found
}

/// Two different values of one thing in one group are a fault.
fn agree<'t, T: PartialEq>(
    b: &mut Builder<'t>,
    known: &mut Option<(T, Row<'t>)>,
    found: T,
    row: Row<'t>,
    column: usize,
    what: &str,
) {
    let Some((value, first)) = known else {
        *known = Some((found, row));
        return;
    };
    if *value == found {
        return;
    }
    let (one, two) = (first.cell(Some(column)), row.cell(Some(column)));
    let message = format!("one group has two values of `{what}`: `{one}` and `{two}`");
    b.faults.push(
        row.error(column, message)
            .label(format!("`{one}` stands at {}", first.place()))
            .help("keep one of them, or give the rows different groups"),
    );
}

/// Consumers of ragged rows: how many providers their groups have is not known.
fn torn_consumers(table: &Table, column: usize) -> HashSet<&str> {
    let torn = table.rows().filter(|r| !r.is_whole());
    torn.map(|r| r.cell(Some(column))).collect()
}

/// Checks a group whose rows are all there; `torn` if some may be missing.
fn finish<'t>(b: &mut Builder<'t>, group: Pending<'t>, columns: &Columns, torn: bool) {
    let Pending {
        mut draft,
        first,
        need,
        split,
        rows,
        weights,
    } = group;
    let is_shard = matches!(split, Some((Split::Shard, _)));
    if is_shard && need.is_none() {
        draft.need = Need::AtLeast(1);
    }
    if let Some((text, row)) = need {
        let count = match text {
            NeedText::All => None,
            NeedText::Count(k) => Some(k),
            NeedText::Percent(p) => number::percent_of(p, rows),
        };
        if let (Some(k), Some(column)) = (count.filter(|&k| k > rows && !torn), columns.need) {
            let id = &b.nodes[draft.consumer as usize].node.id;
            b.faults.push(too_many(row, column, id, k, rows));
        }
        draft.need = count.map_or(Need::All, Need::AtLeast);
        if let (true, None, Some(column)) = (is_shard, count, columns.need) {
            b.faults.push(all_of_shards(row, column));
        }
    }
    if let (Some((split, row)), Some(column)) = (split, columns.split) {
        draft.split = split;
        if draft.need == Need::All && !is_shard {
            b.odd("rows have a `split` without effect", || {
                row.warning(column, "`split` has no effect: all providers are needed")
                    .label("each of them carries the whole load")
                    .help("write `any`, a number or a percentage in `need`, or blank this cell")
            });
        }
    }
    let by_weight = matches!(draft.split, Split::Share | Split::Shard);
    let shares = draft.need != Need::All && by_weight;
    if shares && rows > 1 {
        for _ in weights..rows {
            b.assume("", Assumed::Weight);
        }
    }
    if let Some(column) = columns
        .weight
        .filter(|_| shares && weights > 0 && weights < rows)
    {
        b.odd("groups have a weight on some rows only", || {
            first
                .warning(column, "only some rows of this group have a weight")
                .label("the others weigh their capacity if all have one, else 1")
                .help("give every row of the group a weight")
        });
    }
    if !draft.providers.is_empty() {
        b.requirements.push(draft);
    }
}

fn all_of_shards(row: Row, column: usize) -> crate::input::Diagnostic {
    row.error(
        column,
        "each shard serves its own part, so not all are needed",
    )
    .help("write how many must work for any of it to work, or blank the cell for `any`")
}

fn too_many(row: Row, column: usize, id: &str, k: u32, n: u32) -> crate::input::Diagnostic {
    let providers = if n == 1 { "provider" } else { "providers" };
    let message = format!("`{id}` needs {k} of {n} {providers}");
    let fault = row.error(column, message);
    if n == 1 {
        fault.help("rows form a group when they have the same consumer and the same `group`")
    } else {
        fault.help(format!(
            "write a number of at most {n}, or add rows to the group"
        ))
    }
}
