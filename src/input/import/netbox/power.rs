//! Power: panels, feeds, the chain from device to outlet to PDU to feed, and racks with feeds only.
//!
//! A device with several sources needs any one of them. What it draws is a constant load on them, in
//! watts, and a PDU passes on what it carries.

use super::cables::Plant;
use super::cords::{Cords, Supplies};
use super::estate::{Estate, Thing, Wants, joined, slug};
use super::model::Model;
use super::places::{kept, name_of, named, outage, place, site_name};
use super::runs::device_of as device_of_port;
use super::table::{Key, Table};
use super::wire::{Fields, Value};
use crate::model::{DraftProvider, DraftRequirement, Need, Split};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of device that need no power to do what they do.
const PASSIVE: [&str; 1] = ["patch-panel"];

/// Panels and feeds.
pub(super) fn sources(table: &Table, estate: &mut Estate) {
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

/// Who needs which sources. Everything has been made.
pub(super) fn chains(table: &Table, plant: &Plant, estate: &mut Estate) {
    let cords = Cords::of(table, plant, estate);
    let inlets = inlets(table, &cords, estate);
    estate.name_all();
    let supplies = cords.supplies(table, &inlets, estate);
    let from = estate.draft.requirements.len();
    let outlets = table.rows(Model::PowerOutlet).keys();
    let pdus: BTreeSet<Key> = outlets
        .filter_map(|key| device_of_port(table, &(Model::PowerOutlet, key.clone())))
        .collect();
    for (device, draw) in &cords.draws {
        let Some(at) = estate.of(Model::Device, device) else {
            continue;
        };
        let is_pdu = pdus.contains(device);
        let draw = if is_pdu { 0.0 } else { *draw };
        if let Some(sources) = supplies.of_device.get(device) {
            need_power(estate, at, sources, draw, is_pdu);
        } else if cords.is_cut_off(device) {
            cut_off(estate, at, "no power cord of it is in service");
        }
    }
    for (port, &inlet) in &inlets {
        if let Some(sources) = supplies.of_port.get(port) {
            need_power(estate, inlet, sources, 0.0, true);
        }
    }
    break_circles(estate, from);
    racks(table, &cords, &supplies, estate);
}

/// Something that all its supplies are out of service of.
fn cut_off(estate: &mut Estate, at: u32, why: &str) {
    let id = estate.id(at).to_owned();
    let rule = format!("known outage: {why}");
    estate.report.derived(&rule, &id);
    estate.down.entry(at).or_insert_with(|| why.to_owned());
}

/// PDUs that feed each other in a circle pass nothing on there, or what they carry would grow for ever.
fn break_circles(estate: &mut Estate, from: usize) {
    let block = estate.draft.blocks();
    for requirement in &mut estate.draft.requirements[from..] {
        let own = block[requirement.consumer as usize];
        for provider in &mut requirement.providers {
            if block[provider.node as usize] == own {
                // A blank one counts as 0 there.
                (provider.load, provider.load_given) = (0.0, false);
            }
        }
    }
}

/// Needs any of the sources. A PDU passes on what it carries, other devices draw what they state.
fn need_power(
    estate: &mut Estate,
    consumer: u32,
    sources: &BTreeSet<u32>,
    draw: f64,
    passes_on: bool,
) {
    let sources: Vec<u32> = sources
        .iter()
        .copied()
        .filter(|&at| at != consumer)
        .collect();
    if sources.is_empty() {
        return;
    }
    let several = sources.len() > 1;
    let providers = sources.iter().map(|&node| DraftProvider {
        node,
        load: f64::from(u8::from(passes_on)),
        load_given: !passes_on,
        constant: draw,
        weight: None,
    });
    let providers: Vec<DraftProvider> = providers.collect();
    estate.draft.requirements.push(DraftRequirement {
        consumer,
        group: several.then(|| "power".into()),
        need: if several { Need::AtLeast(1) } else { Need::All },
        split: Split::Share,
        providers,
        line: 0,
    });
}

/// A PDU with several inlets whose outlets say which one they hang on: each inlet is a node of its
/// own, so that what hangs on one does not live on the other.
fn inlets(table: &Table, cords: &Cords, estate: &mut Estate) -> BTreeMap<Key, u32> {
    let mut made = BTreeMap::new();
    for (key, device) in cords.inlets() {
        let Some(at) = estate.of(Model::Device, device) else {
            continue;
        };
        let name = name_of(table.fields(Model::PowerPort, key)).unwrap_or_default();
        let short = format!("{}:{}", estate.id(at), slug(name));
        let names = vec![short.clone(), format!("{short}-{key}")];
        let mut thing = Thing::new("inlet", None, names).within([at]);
        thing.node.logical = Some(true);
        thing.node.unit = Some("W".into());
        estate
            .report
            .derived("inlet of a PDU that has several", &short);
        made.insert(key.clone(), estate.add(thing));
    }
    made
}

/// A rack with feeds in which nothing is plugged in anywhere: what is in it hangs on its feeds.
fn racks(table: &Table, cords: &Cords, supplies: &Supplies, estate: &mut Estate) {
    let mut feeds: BTreeMap<Key, Vec<(&Key, &Fields)>> = BTreeMap::new();
    for (key, row) in table.rows(Model::PowerFeed) {
        if let Some(rack) = row.get("rack").and_then(Key::of) {
            feeds.entry(rack).or_default().push((key, row));
        }
    }
    let mut inside: BTreeMap<Key, Vec<&Key>> = BTreeMap::new();
    for (key, row) in table.rows(Model::Device) {
        if let Some(rack) = row.get("rack").and_then(Key::of) {
            inside.entry(rack).or_default().push(key);
        }
    }
    for (rack, feeds) in feeds {
        let devices = inside.get(&rack).map_or(&[][..], Vec::as_slice);
        let corded = devices.iter().any(|device| cords.is_corded(device))
            || feeds.iter().any(|(key, _)| supplies.used.contains(key));
        let Some(at) = estate.of(Model::Rack, &rack).filter(|_| !corded) else {
            continue;
        };
        // Those that are gone feed nothing.
        let made: Vec<(u32, &Fields)> = feeds
            .iter()
            .filter_map(|(key, row)| Some((estate.of(Model::PowerFeed, key)?, *row)))
            .collect();
        let sources: Vec<u32> = made.iter().map(|&(at, _)| at).collect();
        if sources.is_empty() {
            for consumer in hang_on(devices, at, estate) {
                cut_off(estate, consumer, "no power feed of its rack is in service");
            }
            continue;
        }
        let has = |kind| made.iter().any(|(_, row)| word(row, "type") == kind);
        let wants = if has("primary") && has("redundant") {
            Wants::ANY
        } else {
            Wants::ALL
        };
        let id = estate.id(at).to_owned();
        estate
            .report
            .derived("rack → its power feeds, since no cord is documented", &id);
        for consumer in hang_on(devices, at, estate) {
            estate.require(consumer, "power", wants, &sources);
        }
    }
}

/// The rack itself; where it also holds what needs no power, each device that does.
fn hang_on(devices: &[&Key], rack: u32, estate: &Estate) -> Vec<u32> {
    let made: Vec<u32> = devices
        .iter()
        .filter_map(|key| estate.of(Model::Device, key))
        .collect();
    let passive = |at: &u32| PASSIVE.contains(&estate.kind(*at));
    if !made.iter().any(passive) {
        return vec![rack];
    }
    let in_rack = |at: &u32| estate.draft.nodes[*at as usize].within.contains(&rack);
    made.into_iter()
        .filter(|at| !passive(at) && in_rack(at))
        .collect()
}
