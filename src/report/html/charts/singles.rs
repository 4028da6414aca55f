//! Single failures × services: who is worse off when one element fails.

use super::chart::{Chart, Drawing, Topic};
use crate::model::Status;
use crate::report::document::{Assess, ServiceSweep};
use crate::report::plot::{GridFigure, GridRow, Signal};
use std::collections::BTreeMap;

/// Elements that are drawn.
const ROWS: usize = 40;
/// Services that are drawn.
const COLUMNS: usize = 24;
/// Load cases that are drawn, the peak first.
const CASES: usize = 4;

/// A figure per load case.
pub(super) fn singles(result: &Assess) -> Vec<Chart> {
    let peak = result.peak();
    let mut cases: Vec<&str> = result.base.iter().map(|b| b.load_case.as_str()).collect();
    if peak < cases.len() {
        let first = cases.remove(peak);
        cases.insert(0, first);
    }
    let all = cases.into_iter().take(CASES);
    (1..)
        .zip(all)
        .filter_map(|(nth, case)| of_case(result, case, nth))
        .collect()
}

/// What one failure leaves, by position of the service.
type Harm<'a> = BTreeMap<&'a str, BTreeMap<usize, Status>>;

fn of_case(result: &Assess, case: &str, nth: usize) -> Option<Chart> {
    let services: Vec<&ServiceSweep> = result
        .sweep
        .services
        .iter()
        .filter(|s| s.load_case == case)
        .collect();
    let mut harm: Harm<'_> = BTreeMap::new();
    for (at, s) in services.iter().enumerate() {
        for m in s.minimal.iter().filter(|m| m.elements.len() == 1) {
            harm.entry(m.elements[0].as_str())
                .or_default()
                .insert(at, m.status);
        }
    }
    if harm.is_empty() {
        return None;
    }
    let all = columns(&services, &harm);
    let columns = &all[..all.len().min(COLUMNS)];
    let rows = rows(&harm, columns);
    let base = GridRow {
        name: "nothing more fails".to_owned(),
        cells: columns.iter().map(|&s| services[s].base.status).collect(),
    };
    let failing = rows.iter().take(ROWS).map(|(element, harms)| GridRow {
        name: (*element).to_owned(),
        cells: columns.iter().map(|s| harms.get(s).copied()).collect(),
    });
    let (elements, shown) = (harm.len(), rows.len().min(ROWS));
    let cut = if columns.len() < all.len() || shown < elements {
        format!(
            " Drawn are {shown} of {elements} such elements and {} of {} services; table-minimal.csv has all.",
            columns.len(),
            all.len()
        )
    } else {
        String::new()
    };
    Some(Chart {
        topic: Topic::Singles,
        file: format!("singles-{nth}"),
        label: case.to_owned(),
        caption: format!(
            "Each row is one element that fails; a mark shows a service whose status is then worse than \
             with nothing failed. Elements that make no status worse are left out.{cut}"
        ),
        drawing: Drawing::Grid(GridFigure {
            title: format!("Single failures at {case}"),
            columns: columns.iter().map(|&s| services[s].id.clone()).collect(),
            rows: std::iter::once(base).chain(failing).collect(),
            signal: Signal::Symbol,
            legend: vec![Status::Ok, Status::AtRisk, Status::Degraded, Status::Down],
            empty: "status no worse than with nothing failed".to_owned(),
            shaded: (Vec::new(), String::new()),
            marks: Vec::new(),
        }),
    })
}

/// Services that some failure harms or that are not well anyway: most harmed first, if they are too
/// many; else by id.
fn columns(services: &[&ServiceSweep], harm: &Harm<'_>) -> Vec<usize> {
    let mut count = vec![0usize; services.len()];
    for harms in harm.values() {
        for &s in harms.keys() {
            count[s] += 1;
        }
    }
    let listed = |s: &usize| count[*s] > 0 || services[*s].base.status.is_some_and(Status::is_harm);
    let mut all: Vec<usize> = (0..services.len()).filter(listed).collect();
    if all.len() > COLUMNS {
        all.sort_by_key(|&s| (std::cmp::Reverse((services[s].base.status, count[s])), s));
        all[..COLUMNS].sort_unstable();
    }
    all
}

/// Elements that harm one of these services, those that harm most first.
fn rows<'a, 'h>(
    harm: &'h Harm<'a>,
    columns: &[usize],
) -> Vec<(&'a str, &'h BTreeMap<usize, Status>)> {
    let count = |h: &BTreeMap<usize, Status>| {
        let mine = || columns.iter().filter_map(|s| h.get(s));
        (
            mine().filter(|s| **s == Status::Down).count(),
            mine().count(),
        )
    };
    let listed = harm.iter().filter(|(_, h)| count(h).1 > 0);
    let mut rows: Vec<_> = listed.map(|(e, h)| (*e, h)).collect();
    rows.sort_by_key(|(element, h)| (std::cmp::Reverse(count(h)), *element));
    rows
}
