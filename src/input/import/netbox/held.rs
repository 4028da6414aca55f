//! What is gone by its status and still holds something that is in service. It is kept and listed as a known
//! outage: left out, what hangs on it would work freely.
//!
//! In: the table and the paths. Out: each such place, device and cluster, with the names of what hangs on it.
//! What holds another one that is kept is kept too.

use super::groups;
use super::model::Model;
use super::places;
use super::runs::{Far, Run, Runs, device_of};
use super::status;
use super::table::{Held, Key, Table};
use super::wire::Fields;
use std::collections::{BTreeMap, BTreeSet};

/// An object that may hold others.
type Holder = (Model, Key);

/// Kinds that hang on something.
const HANGING: [Model; 8] = [
    Model::Location,
    Model::RackGroup,
    Model::Rack,
    Model::Device,
    Model::PowerPanel,
    Model::Cluster,
    Model::VirtualMachine,
    Model::CircuitTermination,
];

/// Finds what is gone and still holds something.
pub(super) fn of(table: &Table, runs: &Runs) -> Held {
    let finder = Finder {
        table,
        chassis: places::parents(table),
        hosts: groups::devices(table),
    };
    let mut held = Held::new();
    let mut open: Vec<Holder> = Vec::new();
    for model in HANGING {
        for (key, row) in table.rows(model) {
            if !finder.is_gone(model, key, row) {
                finder.hold(model, key, row, &mut held, &mut open);
            }
        }
    }
    for run in runs.list.iter().filter(|run| finder.is_live(run)) {
        let name = finder.path(run);
        for panel in &run.panels {
            finder.keep((Model::Device, panel.clone()), &name, &mut held, &mut open);
        }
    }
    while let Some((model, key)) = open.pop() {
        finder.hold(model, &key, table.fields(model, &key), &mut held, &mut open);
    }
    held
}

struct Finder<'t> {
    table: &'t Table,
    /// The chassis of each device that is in a bay.
    chassis: BTreeMap<Key, Key>,
    hosts: BTreeMap<Key, BTreeSet<Key>>,
}

impl Finder<'_> {
    fn is_gone(&self, model: Model, key: &Key, row: &Fields) -> bool {
        if model == Model::CircuitTermination {
            let circuit = row.get("circuit").and_then(Key::of);
            return circuit.is_some_and(|key| status::is_gone(self.table, Model::Circuit, &key));
        }
        status::is_gone(self.table, model, key)
    }

    /// Keeps what an object hangs on, where that is gone.
    fn hold(&self, model: Model, key: &Key, row: &Fields, held: &mut Held, open: &mut Vec<Holder>) {
        let name = places::name_of(row)
            .map_or_else(|| format!("{} {key}", model.name()), super::estate::clean);
        for holder in self.holders(model, key, row) {
            self.keep(holder, &name, held, open);
        }
    }

    fn keep(&self, holder: Holder, by: &str, held: &mut Held, open: &mut Vec<Holder>) {
        if !status::is_gone(self.table, holder.0, &holder.1) {
            return;
        }
        let known = held.entry(holder.clone()).or_default();
        if known.is_empty() {
            open.push(holder);
        }
        known.insert(by.to_owned());
    }

    /// What an object does not work without.
    fn holders(&self, model: Model, key: &Key, row: &Fields) -> Vec<Holder> {
        let by = |fields: &[&str]| -> Vec<Holder> {
            let found = fields.iter().filter_map(|field| {
                Some((model.target(field)?, row.get(field).and_then(Key::of)?))
            });
            found.collect()
        };
        let mut all = by(&[
            "site",
            "_site",
            "location",
            "_location",
            "rack",
            "rack_group",
        ]);
        match model {
            Model::Location | Model::RackGroup => all.extend(by(&["parent"])),
            Model::Rack => all.extend(by(&["group"])),
            Model::Device => {
                let chassis = self.chassis.get(key);
                all.extend(chassis.map(|key| (Model::Device, key.clone())));
            }
            Model::Cluster => {
                all.extend(places::scope(self.table, row));
                // Of its hosts any will do; those that are gone say only something where no other is left.
                let gone = |host: &Key| status::is_gone(self.table, Model::Device, host);
                let hosts = self.hosts.get(key).filter(|hosts| hosts.iter().all(gone));
                let hosts = hosts.into_iter().flatten();
                all.extend(hosts.map(|host| (Model::Device, host.clone())));
            }
            Model::VirtualMachine => all.extend(groups::home_of(self.table, row)),
            Model::CircuitTermination => all.extend(places::termination(self.table, key)),
            _ => {}
        }
        all
    }

    /// Whether both ends of a path, its cables and its circuits are there.
    fn is_live(&self, run: &Run) -> bool {
        let other = match &run.far {
            Far::Interface(key) => Some(key),
            _ => None,
        };
        let gone = |model, key: &Key| status::is_gone(self.table, model, key);
        let left = |key: &Key| {
            let device = device_of(self.table, &(Model::Interface, key.clone()));
            device.is_none_or(|device| gone(Model::Device, &device))
        };
        let ends = [Some(&run.near), other];
        !ends.into_iter().flatten().any(left)
            && !run.cables.iter().any(|key| gone(Model::Cable, key))
            && !run.circuits.iter().any(|key| gone(Model::Circuit, key))
    }

    /// A path, by the device and the interface that it starts at.
    fn path(&self, run: &Run) -> String {
        let row = self.table.fields(Model::Interface, &run.near);
        let device = device_of(self.table, &(Model::Interface, run.near.clone()));
        let device = device.map(|key| self.table.fields(Model::Device, &key));
        let names = [device.and_then(places::name_of), places::name_of(row)];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        super::estate::clean(&format!("the path from {}", names.join(" ")))
    }
}
