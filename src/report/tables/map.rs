//! The map as a table.

use super::table::{CSV, Cell, HTML, Table};
use crate::report::document::map::{EstateMap, MapBox, MapState, Standing};
use crate::report::sentences::map::name;

/// A box, a link or services of the map in one state.
#[derive(Clone, Debug)]
pub struct MapRow<'a> {
    state: &'a MapState,
    what: String,
    kind: &'a str,
    /// What it is in, from the outside in; of a link its two ends.
    place: Vec<String>,
    count: u64,
    standing: Standing,
}

/// What the map shows, state by state: services, then boxes, then links; only what is not all ok, if that is
/// asked for.
#[must_use]
pub fn map_rows(map: &EstateMap, only_troubled: bool) -> Vec<MapRow<'_>> {
    let outline = &map.outline;
    let label = |at: u32| {
        outline
            .boxes
            .get(at as usize)
            .map_or_else(String::new, MapBox::label)
    };
    let place = |parent: Option<u32>| {
        // A box that is said to be in a later one is in none.
        let up = |at: &u32| outline.boxes.get(*at as usize)?.parent.filter(|p| p < at);
        let mut place: Vec<String> = std::iter::successors(parent, up).map(label).collect();
        place.reverse();
        place
    };
    let mut rows = Vec::new();
    for state in &map.states {
        let mut add = |what, kind, place, count, standing: Standing| {
            if !only_troubled || standing.troubled() > 0 {
                rows.push(MapRow {
                    state,
                    what,
                    kind,
                    place,
                    count,
                    standing,
                });
            }
        };
        for (at, s) in outline.services.iter().enumerate() {
            let standing = Standing::of(&state.services, at);
            add(s.label(), "service", Vec::new(), s.count, standing);
        }
        for (at, b) in outline.boxes.iter().enumerate() {
            let standing = Standing::of(&state.boxes, at);
            let kind = b.kind.as_deref().unwrap_or("");
            add(b.label(), kind, place(b.parent), b.count, standing);
        }
        for (at, l) in outline.links.iter().enumerate() {
            let standing = Standing::of(&state.links, at);
            let more = l.count.saturating_sub(l.ids.len() as u64);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let what = format!("{}{more}", l.ids.join(", "));
            add(
                what,
                "link",
                vec![label(l.a), label(l.b)],
                l.count,
                standing,
            );
        }
    }
    rows
}

/// The map, one row for each box, link and service and each state.
#[must_use]
pub fn map<'a>(rows: &'a [MapRow<'a>]) -> Table<'a, &'a MapRow<'a>> {
    let mut t = Table::new(["box of the map", "boxes of the map"], rows).file("table-map.csv");
    t.words("state", HTML, |r| Cell::Prose(name(r.state).into(), 80));
    t.words("load case", CSV, |r| &r.state.load_case);
    t.words("fails", CSV, |r| Cell::Elements(&r.state.elements));
    t.id("box", CSV | HTML, |r| r.what.as_str());
    t.words("kind", CSV | HTML, |r| {
        Some(r.kind).filter(|k| !k.is_empty())
    });
    t.words("in", CSV | HTML, |r| Cell::List((&r.place).into(), 6));
    t.number("count", CSV | HTML, |r| r.count);
    t.number("failed", CSV | HTML, |r| r.standing.failed);
    t.number("down", CSV | HTML, |r| r.standing.down);
    t.number("degraded", CSV | HTML, |r| r.standing.degraded);
    t.number("at risk", CSV | HTML, |r| r.standing.at_risk);
    t
}
