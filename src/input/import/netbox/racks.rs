//! Racks with power feeds, and what no cord in them supplies.
//!
//! In: the table, the cords, and what they supply. Out: a rack without cords needs its feeds, and so does each device
//! that no cord supplies in a rack where some are plugged in; a warning names the devices whose supply nobody knows.

use super::super::ids::some_of;
use super::cords::{Cords, Supplies};
use super::estate::Estate;
use super::feeds::{Sources, cut_off};
use super::model::Model;
use super::table::{Key, Table};
use super::wire::Fields;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of device that need no power to do what they do.
const PASSIVE: [&str; 1] = ["patch-panel"];

/// What is said of a device that no cord supplies, in a rack with feeds and cords.
const BARE: &str = "device → the power feeds of its rack, since no documented cord supplies it; its draw is on none";

/// Devices, as components, each with its key.
type Devices<'t> = Vec<(&'t Key, u32)>;

/// Power feeds, each with its key.
type Feeds<'t> = Vec<(&'t Key, &'t Fields)>;

/// What the cords say of the power of all.
pub(super) struct Known<'a> {
    pub cords: &'a Cords,
    pub supplies: &'a Supplies,
    /// Devices with outlets.
    pub pdus: &'a BTreeSet<Key>,
}

/// Who hangs on the feeds of a rack. All cords have been followed.
pub(super) fn add(table: &Table, known: &Known, estate: &mut Estate) {
    let mut feeds: BTreeMap<Key, Feeds> = BTreeMap::new();
    for (key, row) in table.rows(Model::PowerFeed) {
        if let Some(rack) = row.get("rack").and_then(Key::of) {
            feeds.entry(rack).or_default().push((key, row));
        }
    }
    let inside = inside(table, estate);
    for (rack, feeds) in &feeds {
        let devices = inside.get(rack).map_or(&[][..], Vec::as_slice);
        if let Some(at) = estate.of(Model::Rack, rack) {
            hang(at, devices, feeds, known, estate);
        }
    }
    let fed: BTreeSet<&Key> = feeds.keys().collect();
    unsupplied(table, known, &fed, &inside, estate);
}

/// Hangs a rack, or those in it that no cord supplies, on its feeds.
fn hang(
    rack: u32,
    devices: &[(&Key, u32)],
    feeds: &[(&Key, &Fields)],
    known: &Known,
    estate: &mut Estate,
) {
    let corded = devices
        .iter()
        .any(|(device, _)| known.cords.is_corded(device))
        || feeds
            .iter()
            .any(|(key, _)| known.supplies.used.contains(key));
    let consumers = if corded {
        let bare = devices
            .iter()
            .filter(|device| known.needs_source(device, estate));
        in_rack(bare.map(|(_, at)| *at).collect(), rack, estate)
    } else {
        hang_on(devices, rack, estate)
    };
    let sources = Sources::of(feeds, estate);
    if sources.feeds.is_empty() {
        for consumer in consumers {
            cut_off(estate, consumer, "no power feed of its rack is in service");
        }
        return;
    }
    let (rule, examples) = if corded {
        (BARE, &consumers[..])
    } else {
        (
            "rack → its power feeds, since no cord is documented",
            &[rack][..],
        )
    };
    for &example in examples {
        let id = estate.id(example).to_owned();
        estate.report.derived(rule, &id);
    }
    for &consumer in &consumers {
        estate.require(consumer, "power", sources.wants, &sources.feeds);
    }
}

/// Devices that became components, by rack.
fn inside<'t>(table: &'t Table, estate: &Estate) -> BTreeMap<Key, Devices<'t>> {
    let mut inside: BTreeMap<Key, Devices> = BTreeMap::new();
    for (key, row) in table.rows(Model::Device) {
        let rack = row.get("rack").and_then(Key::of);
        if let (Some(rack), Some(at)) = (rack, estate.of(Model::Device, key)) {
            inside.entry(rack).or_default().push((key, at));
        }
    }
    inside
}

fn is_passive(at: u32, estate: &Estate) -> bool {
    PASSIVE.contains(&estate.kind(at))
}

impl Known<'_> {
    /// Whether a device needs power and no cord of it leads to a source, be that one in service or not.
    fn needs_source(&self, (device, at): &(&Key, u32), estate: &Estate) -> bool {
        !is_passive(*at, estate)
            && !self.supplies.of_device.contains_key(*device)
            && !self.cords.is_cut_off(device)
    }
}

/// Those that stand in the rack itself, and not in something else there.
fn in_rack(devices: Vec<u32>, rack: u32, estate: &Estate) -> Vec<u32> {
    let directly = |at: &u32| estate.draft.nodes[*at as usize].within.contains(&rack);
    devices.into_iter().filter(directly).collect()
}

/// The rack itself; where it also holds what needs no power, each device that does.
fn hang_on(devices: &[(&Key, u32)], rack: u32, estate: &Estate) -> Vec<u32> {
    let (passive, active): (Vec<u32>, Vec<u32>) = devices
        .iter()
        .map(|(_, at)| *at)
        .partition(|&at| is_passive(at, estate));
    if passive.is_empty() {
        return vec![rack];
    }
    in_rack(active, rack, estate)
}

/// Warns about devices that nothing is known to supply: those with power ports, and those in a rack where cords of
/// others are documented. `fed` are the racks that have feeds.
fn unsupplied(
    table: &Table,
    known: &Known,
    fed: &BTreeSet<&Key>,
    inside: &BTreeMap<Key, Devices>,
    estate: &mut Estate,
) {
    let supplied = |device: &Key| known.supplies.of_device.contains_key(device);
    let mut ids: Vec<&str> = Vec::new();
    for (key, row) in table.rows(Model::Device) {
        let rack = row.get("rack").and_then(Key::of);
        let Some(at) = estate.of(Model::Device, key) else {
            continue;
        };
        let beside = || {
            let rack = rack.as_ref()?;
            let stands = estate.of(Model::Rack, rack)?;
            let others = inside.get(rack)?.iter().any(|(other, _)| supplied(other));
            Some(others && estate.draft.nodes[at as usize].within.contains(&stands))
        };
        let covered = known.pdus.contains(key) || rack.as_ref().is_some_and(|r| fed.contains(r));
        if !covered
            && known.needs_source(&(key, at), estate)
            && (known.cords.draws.contains_key(key) || beside() == Some(true))
        {
            ids.push(estate.id(at));
        }
    }
    if ids.is_empty() {
        return;
    }
    ids.sort_unstable();
    let warning = format!(
        "devices whose power supply is not documented, which no loss of power reaches: {} ({})",
        ids.len(),
        some_of(ids.iter().copied())
    );
    estate.warnings.push(warning);
}
