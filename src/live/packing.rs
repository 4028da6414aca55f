//! An estate → a [`Package`] that needs nothing else. In: files on a disk or in memory. Out: the text of every
//! file that the reader asked for, sheets of workbooks as tables. Load profiles stay outside: load cases
//! are written out, so that a page of years of samples is no larger, and shows none. Promises: what the
//! package says is the estate that was read, which is checked before it is given away.

use crate::input::{Books, Files, Kept, Loaded, Overrides, Texts, load_from};
use crate::model::{Scenario, System};
use crate::report::document::{Package, Written};
use crate::report::naming::Naming;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The largest estate, in components, links, flows and services, of which a report holds a page by itself.
pub const MOST_NODES: usize = 20_000;

/// Why an estate is not packed.
#[derive(Debug, thiserror::Error)]
#[error("the estate cannot be put into a page: {0}")]
pub struct NotPacked(String);

/// Keys of a scenario that say where demands come from, or that no state hangs on.
const LEFT_OUT: [&str; 8] = [
    "horizon", "event", "calendar", "policy", "waiver", "simulate", "work", "timezone",
];

/// Packs what `loaded` was read from: the same files.
///
/// # Errors
/// What was packed is not what was read; nothing of it may be shown.
pub fn pack(files: &dyn Files, loaded: &Loaded) -> Result<Package, NotPacked> {
    let path = loaded.scenario_path.as_ref();
    let path = path.unwrap_or(&loaded.inventory_path).clone();
    let opening = Books::new(files);
    let read = Kept::new(&opening);
    let broken = |_| NotPacked("its files changed while they were read".to_owned());
    load_from(&read, &path, &Overrides::default()).map_err(broken)?;
    let Texts(mut texts) = read.into_texts();
    let mut written = None;
    if let Some(path) = &loaded.scenario_path {
        let name = Texts::name(path);
        let text = texts.get(&name).cloned().unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let resolved = resolved(&text, &loaded.system, &loaded.scenario)
            .ok_or_else(|| NotPacked("its scenario is no table".to_owned()))?;
        texts.insert(name, resolved.into_bytes());
        let path = Texts::name(path);
        written = Some(Written { path, text });
    }
    // What is still needed, now that load cases are written out.
    let texts = Texts(texts);
    let needed = Kept::new(&texts);
    let again = load_from(&needed, &path, &Overrides::default());
    let again = again.map_err(|f| NotPacked(f.render(false, 100)))?;
    same(loaded, &again)?;
    let text = |(name, bytes): (String, Vec<u8>)| {
        let text = String::from_utf8(bytes);
        let text = text.map_err(|_| NotPacked(format!("`{name}` is not UTF-8 text")))?;
        Ok((name, text))
    };
    let files = needed.into_texts().0.into_iter().map(text);
    Ok(Package {
        path: path.to_string_lossy().replace('\\', "/"),
        files: files.collect::<Result<_, _>>()?,
        written,
        as_today: as_today(loaded),
    })
}

/// The scenario with every demand of every load case said, and without what only says where they come
/// from.
fn resolved(text: &str, system: &System, scenario: &Scenario) -> Option<String> {
    let mut root: Table = text.trim_start_matches('\u{feff}').parse().ok()?;
    for key in LEFT_OUT {
        root.remove(key);
    }
    let cases = scenario.cases.iter().map(|case| {
        let ids = system.services().iter().map(|&s| system.id(s).to_owned());
        let demand: Table = ids
            .zip(case.demand.iter().map(|&d| Value::Float(d)))
            .collect();
        let mut table = Table::new();
        table.insert("name".to_owned(), case.name.clone().into());
        if case.peak {
            table.insert("peak".to_owned(), true.into());
        }
        table.insert("demand".to_owned(), demand.into());
        Value::Table(table)
    });
    root.insert("load".to_owned(), Value::Array(cases.collect()));
    Some(root.to_string())
}

fn as_today(loaded: &Loaded) -> BTreeMap<String, Vec<String>> {
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let cases = (0..).map(crate::model::CaseId).zip(&loaded.scenario.cases);
    cases
        .map(|(id, case)| (case.name.clone(), naming.as_today(id, &loaded.time)))
        .filter(|(_, ids)| !ids.is_empty())
        .collect()
}

/// Whether two readings say the same of every state.
fn same(one: &Loaded, other: &Loaded) -> Result<(), NotPacked> {
    let of = |l: &Loaded| {
        let s = &l.scenario;
        let system = format!("{:?}", l.system.draft());
        let asked = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            s.down, s.derate, s.headroom, s.cases, s.placement, s.contingencies, s.sweep.elements
        );
        (system, asked)
    };
    if of(one) == of(other) {
        Ok(())
    } else {
        Err(NotPacked("it reads back as another estate".to_owned()))
    }
}
