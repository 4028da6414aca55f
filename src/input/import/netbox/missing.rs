//! What the export refers to and does not hold: lists that were not fetched, and rows of others.
//!
//! In: the table, and what is plugged into what. Out: warnings with counts. Promises: a cable that ends at something
//! that is in no list of the export is never passed over in silence.

use super::cables::Plant;
use super::estate::Estate;
use super::model::Model;
use super::table::{Key, Table};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds that have a status.
const WITH_STATUS: [Model; 9] = [
    Model::Site,
    Model::Location,
    Model::Rack,
    Model::Device,
    Model::Module,
    Model::Cable,
    Model::Circuit,
    Model::Cluster,
    Model::VirtualMachine,
];

/// Kinds of which no more than the name matters, or that ports alone tell enough of.
const MINOR: [Model; 3] = [Model::Cable, Model::Tenant, Model::DeviceType];

/// Says what is not in the export.
pub(super) fn account(table: &Table, plant: &Plant, estate: &mut Estate) {
    let ends = ends(table, plant);
    mentioned(table, estate);
    for (model, count) in table.dangling() {
        if !MINOR.contains(&model) && !ends.contains_key(&model) {
            estate.warnings.push(format!(
                "objects of {} that are referred to and not in the export: {count}",
                model.name()
            ));
        }
    }
    half_known(table, plant, estate);
    for (model, ports) in ends {
        estate.warnings.push(format!(
            "ends of cables at objects of {} that are in no list of the export, so that what is plugged in there \
             is missing or only half known: {}; export {} too, and whole",
            model.name(),
            ports.len(),
            model.list()
        ));
    }
}

/// Whether an object has a row of its own.
fn is_listed(table: &Table, model: Model, key: &Key) -> bool {
    let mentioned = table.mentioned.get(&model);
    table.row(model, key).is_some() && mentioned.is_none_or(|keys| !keys.contains(key))
}

/// Cables that ports alone name, and of which one end alone is in the export.
fn half_known(table: &Table, plant: &Plant, estate: &mut Estate) {
    let unlisted = |key: &&Key| !is_listed(table, Model::Cable, key);
    let count = plant.endless.iter().filter(unlisted).count();
    if count > 0 {
        estate.warnings.push(format!(
            "cables that are in no list of the export, and of which one end alone is, left out: {count}; export {} \
             too, and whole",
            Model::Cable.list()
        ));
    }
}

/// What cables end at, by kind, where no row of its own is in the export. Consoles carry nothing that matters here.
fn ends<'p>(table: &Table, plant: &'p Plant) -> BTreeMap<Model, BTreeSet<&'p Key>> {
    let mut ends: BTreeMap<Model, BTreeSet<&Key>> = BTreeMap::new();
    let consoles = [Model::ConsolePort, Model::ConsoleServerPort];
    for (model, key) in plant.cables.values().flatten().flatten() {
        if !is_listed(table, *model, key) && !consoles.contains(model) {
            ends.entry(*model).or_default().insert(key);
        }
    }
    ends
}

/// Objects that only other rows speak of: whether they are in service, nobody says.
fn mentioned(table: &Table, estate: &mut Estate) {
    for model in WITH_STATUS {
        if let Some(keys) = table.mentioned.get(&model) {
            estate.warnings.push(format!(
                "objects of {} that are known from other rows alone, since no row of theirs is in the export, taken \
                 as in service: {}",
                model.name(),
                keys.len()
            ));
        }
    }
}
