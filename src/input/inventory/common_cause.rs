//! `common_cause.csv` → groups that share a fraction beta of their unavailability.

use super::builder::{Builder, Wanted, role_word};
use crate::input::number::Range;
use crate::input::selector;
use crate::input::table::{Row, Table};
use std::collections::HashMap;

/// Reads every row.
pub fn read<'t>(b: &mut Builder<'t>, table: &'t Table) {
    let column = |name| table.column(name).unwrap_or(0);
    let (group, members, beta) = (column("group"), column("members"), column("beta"));
    let mut names: HashMap<&str, Row<'t>> = HashMap::new();
    for row in table.rows().filter(|r| r.is_whole()) {
        let name = row.cell(Some(group));
        b.refuse_hidden(row, group, "group");
        if name.is_empty() {
            let fault = row.error(group, "the group is blank");
            b.faults.push(fault.help("give the group a name"));
        } else if let Some(first) = names.get(name) {
            b.faults.push(
                row.error(group, format!("the group `{name}` stands twice"))
                    .label(format!("first at {}", first.place()))
                    .help("write all its members in one row, separated by `;`"),
            );
            continue;
        } else {
            names.insert(name, row);
        }
        let found = find_members(b, row, members);
        if row.cell(Some(beta)).is_empty() {
            let fault = row.error(beta, "beta is blank");
            b.faults
                .push(fault.help("write a number from 0 to 1; 0.1 is common"));
        }
        let beta = b.number(row, Some(beta), Range::Fraction);
        let (Some(found), Some(beta)) = (found, beta) else {
            continue;
        };
        if found.len() == 1 {
            b.odd("common-cause groups have one member", || {
                row.warning(members, format!("the group `{name}` has one member"))
                    .help("a common cause needs at least two")
            });
        }
        b.common_cause.push((name.to_owned(), found, beta));
    }
}

/// The members of a row, sorted, each once; `None` if something is wrong.
fn find_members<'t>(b: &mut Builder<'t>, row: Row<'t>, column: usize) -> Option<Vec<u32>> {
    let text = row.cell(Some(column));
    if text.is_empty() {
        let fault = row.error(column, "the group has no members");
        b.faults
            .push(fault.help("write ids separated by `;`, or one selector: `kind=server`"));
        return None;
    }
    if selector::is_meant(text) && !text.contains(';') && !b.names.contains_key(text) {
        return select_members(b, row, column, text);
    }
    let parts: Vec<&str> = row.parts(Some(column)).collect();
    let mut found: Vec<u32> = parts
        .iter()
        .filter_map(|id| b.refer(row, column, id, Wanted::Fallible))
        .collect();
    let whole = found.len() == parts.len();
    found.sort_unstable();
    found.dedup();
    (whole && !found.is_empty()).then_some(found)
}

fn select_members<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    column: usize,
    text: &str,
) -> Option<Vec<u32>> {
    let nothing = match select(b, text) {
        Ok(all) => {
            let can_fail = |at: &u32| b.nodes[*at as usize].node.can_fail();
            let kept: Vec<u32> = all.iter().copied().filter(can_fail).collect();
            if !kept.is_empty() {
                return Some(kept);
            }
            let role = all
                .first()
                .map_or("nothing", |&at| role_word(&b.nodes[at as usize].node.role));
            let role = if all.iter().any(|&at| b.nodes[at as usize].node.is_logical()) {
                "what is logical"
            } else {
                role
            };
            let message = format!("`{text}` keeps no component or link, only {role}");
            let fault = row.error(column, message);
            b.faults.push(fault.help("select something that can fail"));
            return None;
        }
        Err(nothing) => nothing,
    };
    if b.complete {
        let (message, help) = selector::explain(text, nothing);
        b.faults.push(row.error(column, message).help(help));
    }
    None
}

/// Guessing needs the builder's budget, which cannot be lent while its nodes are looked at.
fn select(b: &mut Builder, text: &str) -> Result<Vec<u32>, selector::Nothing> {
    let mut suggester = std::mem::take(&mut b.suggester);
    let found = selector::select(b, text, &mut suggester);
    b.suggester = suggester;
    found
}
