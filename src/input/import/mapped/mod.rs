//! Foreign tables with a map → an inventory: lists of things and of the relations between them, as a CMDB
//! exports them. In: CSV files, sheets of workbooks, JSON lists, and a [`map`]. Out:
//!
//! - each row of a list: a component, or a service; its id is its name in lower case, with its kind behind it
//!   where several share the name, and then its key;
//! - each relation: what the map makes of its type. Needs carry no load, for no list says how much; a group
//!   of one is written without a group; what is stated from both ends is there once;
//! - each row that a condition says is out: a known outage of the scenario. A service that is out and that something
//!   needs is a component, for services do not fail by themselves;
//! - each domain that a column names and no row is about: a component of the kind `domain`.
//!
//! Promises: a column that a map asks for and that no table has, a status that it does not know, and a need of what is
//! in no list are warnings; a table that is of no use is a fault where the estate would be one without relations; the
//! order of files and rows changes nothing; columns that the map does not name are never looked at, and what stands in
//! them reaches no output and no message.

mod cells;
mod domains;
mod map;
mod merge;
mod needs;
mod records;
mod relate;
mod remarks;
mod tables;
mod thing;
mod things;
mod within;

use super::{Imported, Options, sniff};
use crate::input::write::{PolicyLine, ScenarioFile};
use crate::input::{Diagnostic, Faults, Source};
use crate::model::short;
use relate::Relations;
use std::collections::BTreeMap;
use std::sync::Arc;
use tables::{Tables, missing};
use things::Things;

/// Maps that come with the program: their names and texts.
const PRESETS: [(&str, &str); 1] = [("servicenow", include_str!("servicenow.map.toml"))];

/// The names of the maps that come with the program.
pub(super) fn presets() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// A map that comes with the program.
pub(super) fn preset(name: &str) -> Option<Arc<Source>> {
    let (name, text) = PRESETS.iter().find(|(known, _)| *known == name)?;
    Some(Arc::new(Source {
        path: format!("{name}.map.toml"),
        text: (*text).to_owned(),
    }))
}

/// Whether a text is a list of a ServiceNow CMDB, or of the relations in it, or an error that its table
/// API answered with.
pub(super) fn looks_like_servicenow(source: &Source) -> bool {
    if let Some(outline) = sniff::json(source) {
        let lists = ["result[].", "[].", "records[]."];
        return lists.iter().any(|at| {
            let has = |key: &str| outline.has(&format!("{at}{key}"));
            let relation = has("parent") && has("child") && has("type") && !has("callCount");
            has("sys_class_name") || relation
        }) || outline.has("error.message") && outline.has("status");
    }
    let header: Vec<String> = sniff::header(source)
        .iter()
        .map(|c| map::plain(c))
        .collect();
    let has = |name: &str| header.iter().any(|c| c == name);
    let refers = |name: &str| has(name) || has(&format!("{name}.name"));
    let relations = refers("parent") && refers("child") && refers("type");
    has("sysclassname") || has("sysid") && has("class") || relations
}

/// A table of any sort is recognised by nobody: a map says what it means.
pub(super) fn looks_like(_: &Source) -> bool {
    false
}

/// Reads tables by the map that was asked for.
///
/// # Errors
/// There is none, or every fault of it and of the tables.
pub(super) fn read(sources: &[Arc<Source>], options: &Options) -> Result<Imported, Faults> {
    let Some(map) = &options.map else {
        let names: Vec<&str> = presets().collect();
        let fault = Diagnostic::error("a table needs a map that says what its columns mean");
        let help = format!(
            "write --map FILE, or the name of one that is built in: {}",
            names.join(", ")
        );
        return Err(fault.help(help).into());
    };
    by(sources, map)
}

/// Reads lists of a ServiceNow CMDB, by its own map or the one that was asked for.
///
/// # Errors
/// Every fault of the map and of the tables.
pub(super) fn read_servicenow(
    sources: &[Arc<Source>],
    options: &Options,
) -> Result<Imported, Faults> {
    match options.map.clone().or_else(|| preset("servicenow")) {
        Some(map) => by(sources, &map),
        None => read(sources, options),
    }
}

fn by(sources: &[Arc<Source>], map: &Arc<Source>) -> Result<Imported, Faults> {
    let is_own = PRESETS.iter().all(|(_, text)| *text != map.text);
    let map = map::read(map)?;
    let mut imported = Imported::default();
    let Tables {
        lists, relations, ..
    } = Tables::read(sources, &map, &mut imported)?;
    // Not every list has all columns that a map of the program asks for.
    if is_own {
        let of = map.relations.as_ref();
        let relations = of.map(|of| missing(&of.asked, &relations));
        let missing = missing(&map.components.asked, &lists).into_iter();
        let all = missing.chain(relations.into_iter().flatten());
        imported.warnings.extend(all);
    }
    let wanted = needs::wanted(&relations, map.relations.as_ref());
    let things = Things::read(&lists, &map.components, &wanted, &mut imported)?;
    let mut related = Relations::new(&things);
    if let Some(of) = &map.relations {
        related.read(&relations, of, &mut imported)?;
    }
    related.domains(&mut imported);
    related.take_over(&mut imported);
    related.short_groups(&mut imported);
    imported.draft = related.draft();
    imported.scenarios.push(scenario(&things, &related));
    Ok(imported)
}

/// Known outages, whether services survive any single failure, and what to fill in.
fn scenario(things: &Things, related: &Relations) -> ScenarioFile {
    let services = things.services();
    let down: BTreeMap<&str, &str> = related.down().collect();
    let policy = PolicyLine {
        name: "Every service survives any single failure".to_owned(),
        services: vec!["kind=service".to_owned()],
        survives: 1,
        restarts: None,
    };
    let mut fill_in = vec![
        "capacity of what carries load, and `load` along the dependencies: where neither a list nor an overlay says any it is 0, and only outages show".to_owned(),
        "which needs are soft (`need = 0`), and how many of a group must work".to_owned(),
        "how often things fail (`--defaults planning` to start from published figures)".to_owned(),
    ];
    if services > 0 {
        fill_in.insert(
            0,
            format!("demand of the services, {services} in all (column `demand` of services.csv)"),
        );
    } else {
        fill_in.insert(
            0,
            "services: the lists hold none (`[[service]]` of an overlay)".to_owned(),
        );
    }
    let down = down
        .into_iter()
        .map(|(id, why)| (id.to_owned(), short(why, 120)));
    ScenarioFile {
        name: "As the lists say".to_owned(),
        down: down.collect(),
        policies: (services > 0).then_some(policy).into_iter().collect(),
        fill_in,
        ..ScenarioFile::default()
    }
}
