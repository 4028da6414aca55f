//! Power panels and feeds: components, and what it takes of several feeds to supply a place.
//!
//! In: the table, and the estate with its places. Out: panels within their place, feeds within their panel with what
//! they give in watts.

use super::estate::{Estate, Thing, Wants, joined, slug};
use super::model::Model;
use super::places::{kept, name_of, named, outage, place, site_name};
use super::table::{Key, Table};
use super::wire::{Fields, Value};

/// Makes components of panels and feeds.
pub(super) fn add(table: &Table, estate: &mut Estate) {
    for (key, row) in table.rows(Model::PowerPanel) {
        let name = name_of(row).unwrap_or_default();
        let site = slug(&site_name(table, Model::PowerPanel, row));
        let short = slug(name);
        let names = vec![
            short.clone(),
            joined(&[&site, &short]),
            joined(&[&site, "panel", &short, &key.to_string()]),
        ];
        let thing = Thing::new("power-panel", Some(name), names)
            .within(place(table, estate, row))
            .label("site", &site_name(table, Model::PowerPanel, row));
        estate.add_object(Model::PowerPanel, key, thing);
    }
    for (key, row) in table.rows(Model::PowerFeed) {
        let name = name_of(row).unwrap_or_default();
        if kept(table, estate, Model::PowerFeed, (key, row), name) {
            let thing = feed(table, key, row, estate);
            let at = estate.add_object(Model::PowerFeed, key, thing);
            outage(table, estate, Model::PowerFeed, row, at);
        }
    }
}

fn feed(table: &Table, key: &Key, row: &Fields, estate: &Estate) -> Thing {
    let name = name_of(row).unwrap_or_default();
    let panel = table.follow(Model::PowerFeed, row, "power_panel");
    let panel_name = slug(
        panel
            .as_ref()
            .and_then(|(_, row)| name_of(row))
            .unwrap_or_default(),
    );
    let site = panel.as_ref().map_or(String::new(), |(_, row)| {
        site_name(table, Model::PowerPanel, row)
    });
    let short = slug(name);
    let names = vec![
        short.clone(),
        joined(&[&panel_name, &short]),
        joined(&[&slug(&site), &panel_name, &short]),
        joined(&[&slug(&site), "feed", &short, &key.to_string()]),
    ];
    let within = panel.and_then(|(key, _)| estate.of(Model::PowerPanel, &key));
    let mut thing = Thing::new("power-feed", Some(name), names)
        .within(within)
        .label("feed", word(row, "type"))
        .label("rack", &named(table, Model::PowerFeed, row, "rack"))
        .label("site", &site);
    thing.node.capacity = available(row);
    thing.node.unit = Some("W".into());
    thing
}

/// A choice: a text, or `{value, label}`.
fn word<'r>(row: &'r Fields, field: &str) -> &'r str {
    match row.get(field) {
        Some(Value::Text(text)) => text,
        Some(Value::Map(choice)) => choice.text("value").unwrap_or_default(),
        _ => "",
    }
}

/// Watts that a feed gives: as stated, else as the source itself works it out.
fn available(row: &Fields) -> Option<f64> {
    let stated = row.number("available_power").filter(|&x| x > 0.0);
    stated.or_else(|| {
        let part = row.number("max_utilization").unwrap_or(100.0) / 100.0;
        let phases = if word(row, "phase") == "three-phase" {
            1.732
        } else {
            1.0
        };
        let watts = row.number("voltage")?.abs() * row.number("amperage")? * part * phases;
        (watts.is_finite() && watts > 0.0).then(|| watts.round())
    })
}

/// Feeds that supply one place, and how many of them it takes.
pub(super) struct Sources {
    pub feeds: Vec<u32>,
    pub wants: Wants,
}

impl Sources {
    /// Those that are not gone. Any will do where there are primary and redundant ones, else it takes all.
    pub fn of(feeds: &[(&Key, &Fields)], estate: &Estate) -> Self {
        let made: Vec<(u32, &Fields)> = feeds
            .iter()
            .filter_map(|(key, row)| Some((estate.of(Model::PowerFeed, key)?, *row)))
            .collect();
        let has = |kind| made.iter().any(|(_, row)| word(row, "type") == kind);
        let wants = if has("primary") && has("redundant") {
            Wants::ANY
        } else {
            Wants::ALL
        };
        let feeds = made.iter().map(|&(at, _)| at).collect();
        Self { feeds, wants }
    }
}

/// Something that all its supplies are out of service of.
pub(super) fn cut_off(estate: &mut Estate, at: u32, why: &str) {
    let id = estate.id(at).to_owned();
    let rule = format!("known outage: {why}");
    estate.report.derived(&rule, &id);
    estate.down.entry(at).or_insert_with(|| why.to_owned());
}
