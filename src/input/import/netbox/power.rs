//! Power: who needs which sources, from device to outlet to PDU to feed, and from panel to panel.
//!
//! A device with several sources needs any one of them. What it draws is a constant load on them, in
//! watts, and a PDU passes on what it carries.

use super::cables::Plant;
use super::cords::Cords;
use super::estate::{Estate, Thing, slug};
use super::feeds::{Sources, cut_off};
use super::model::Model;
use super::places::name_of;
use super::racks::{self, Known};
use super::runs::device_of as device_of_port;
use super::table::{Key, Table};
use super::wire::Fields;
use crate::model::{DraftProvider, DraftRequirement, Need, Split};
use std::collections::{BTreeMap, BTreeSet};

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
    panels(table, estate);
    break_circles(estate, from);
    let known = Known {
        cords: &cords,
        supplies: &supplies,
        pdus: &pdus,
    };
    racks::add(table, &known, estate);
}

/// Panels that feeds lead to, from other panels: what they feed on lives on these.
fn panels(table: &Table, estate: &mut Estate) {
    let mut into: BTreeMap<Key, Vec<(&Key, &Fields)>> = BTreeMap::new();
    let mut from: BTreeMap<Key, Vec<u32>> = BTreeMap::new();
    for (key, row) in table.rows(Model::PowerFeed) {
        let panel = |field| row.get(field).and_then(Key::of);
        if let Some(panel) = panel("destination_panel") {
            into.entry(panel).or_default().push((key, row));
        }
        if let (Some(panel), Some(at)) = (panel("power_panel"), estate.of(Model::PowerFeed, key)) {
            from.entry(panel).or_default().push(at);
        }
    }
    for (panel, feeds) in into {
        let Some(at) = estate.of(Model::PowerPanel, &panel) else {
            continue;
        };
        let sources = Sources::of(&feeds, estate);
        if sources.feeds.is_empty() {
            cut_off(estate, at, "no power feed of it is in service");
            continue;
        }
        estate.require(at, "power", sources.wants, &sources.feeds);
        let feeding: BTreeSet<u32> = sources.feeds.into_iter().collect();
        for &feed in from.get(&panel).into_iter().flatten() {
            need_power(estate, feed, &feeding, 0.0, true);
        }
    }
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
