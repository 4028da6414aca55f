//! End-to-end connections: which devices and clouds are joined, over which panels, circuits and cables.
//!
//! In: the table and the plant. Out: each path once, whichever end it was found from, and which paths
//! share a circuit or a cable.

use super::cables::{Plant, Port};
use super::model::Model;
use super::table::{Key, Table};
use super::trace::{self, End, Hop, Path};
use std::collections::{BTreeMap, BTreeSet};

/// Modules in modules, at most: in a circle of them there is no device.
const MOST_MODULES: usize = 16;

/// The other end of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Far {
    /// An interface.
    Interface(Key),
    /// The network of a provider, entered at this side of a circuit.
    Network(Key),
    /// This side of a circuit, which is documented, and at which nothing is plugged in.
    Uncabled(Key),
    /// What lies behind this side of a circuit, which is all that is documented of it.
    Unknown(Key),
}

/// One end-to-end connection.
#[derive(Debug)]
pub(super) struct Run {
    /// The interface that it starts at.
    pub near: Key,
    pub far: Far,
    /// Devices whose front and rear ports it passes.
    pub panels: BTreeSet<Key>,
    /// These ports.
    pub passed: BTreeSet<Port>,
    /// Sides of circuits that it passes, in order.
    pub sides: Vec<Key>,
    pub circuits: BTreeSet<Key>,
    pub cables: BTreeSet<Key>,
}

/// All runs, and paths that lead to no end, each with the reason and the interface.
#[derive(Default)]
pub(super) struct Runs {
    pub list: Vec<Run>,
    pub broken: Vec<(&'static str, Key)>,
    /// Runs of each circuit that is on any.
    pub of_circuit: BTreeMap<Key, Vec<usize>>,
    /// Runs of each cable.
    pub of_cable: BTreeMap<Key, Vec<usize>>,
}

impl Runs {
    /// Follows every cable that starts at an interface.
    pub fn of(table: &Table, plant: &Plant) -> Self {
        let mut all = Self::default();
        let mut seen: BTreeSet<(Key, Far)> = BTreeSet::new();
        for near in table.rows(Model::Interface).keys() {
            for path in trace::trace(table, plant, &(Model::Interface, near.clone())) {
                match far(&path) {
                    Ok(far) => {
                        let turned = match &far {
                            Far::Interface(other) => (other.clone(), Far::Interface(near.clone())),
                            _ => (near.clone(), far.clone()),
                        };
                        if !seen.contains(&turned) && seen.insert((near.clone(), far.clone())) {
                            all.list.push(run(table, near, far, &path));
                        }
                    }
                    Err(why) => all.broken.push((why, near.clone())),
                }
            }
        }
        for (at, run) in all.list.iter().enumerate() {
            for circuit in &run.circuits {
                all.of_circuit.entry(circuit.clone()).or_default().push(at);
            }
            for cable in &run.cables {
                all.of_cable.entry(cable.clone()).or_default().push(at);
            }
        }
        all
    }
}

fn far(path: &Path) -> Result<Far, &'static str> {
    let (model, key) = path.last().ok_or("leads nowhere")?;
    match (path.end, model) {
        (End::Port, Model::Interface) => Ok(Far::Interface(key.clone())),
        (End::Port, _) => Err("ends at no interface"),
        (End::Network, _) => Ok(Far::Network(key.clone())),
        (End::Uncabled, _) => Ok(Far::Uncabled(key.clone())),
        (End::FarSide, _) => Ok(Far::Unknown(key.clone())),
        (End::Open, _) => Err("ends at a panel where nothing goes on"),
        (End::Split, _) => Err("ends at a panel where several ways go on"),
        (End::Circle, _) => Err("goes round in a circle of panels"),
    }
}

fn run(table: &Table, near: &Key, far: Far, path: &Path) -> Run {
    let mut run = Run {
        near: near.clone(),
        far,
        panels: BTreeSet::new(),
        passed: BTreeSet::new(),
        sides: Vec::new(),
        circuits: BTreeSet::new(),
        cables: BTreeSet::new(),
    };
    for hop in &path.hops {
        match hop {
            Hop::Cable(cable) => {
                run.cables.insert(cable.clone());
            }
            Hop::Port(port @ (Model::FrontPort | Model::RearPort, _)) => {
                run.panels.extend(device_of(table, port));
                run.passed.insert(port.clone());
            }
            Hop::Port((Model::CircuitTermination, side)) => {
                let row = table.fields(Model::CircuitTermination, side);
                run.circuits.extend(row.get("circuit").and_then(Key::of));
                run.sides.push(side.clone());
            }
            Hop::Port(_) => {}
        }
    }
    run
}

/// The device that a port is on, directly or by its module.
pub(super) fn device_of(table: &Table, (model, key): &Port) -> Option<Key> {
    let row = table.row(*model, key)?;
    let own = row.get("device").and_then(Key::of);
    own.or_else(|| device_of_module(table, Key::of(row.get("module")?)?))
}

/// The device that a module sits in, also where it sits in a bay of another module.
fn device_of_module(table: &Table, mut module: Key) -> Option<Key> {
    for _ in 0..MOST_MODULES {
        let row = table.row(Model::Module, &module)?;
        if let Some(device) = row.get("device").and_then(Key::of) {
            return Some(device);
        }
        let bay = Key::of(row.first(&["parent_module_bay", "module_bay"])?)?;
        let bay = table.row(Model::ModuleBay, &bay)?;
        let device = bay.first(&["parent_device", "device"]).and_then(Key::of);
        if device.is_some() {
            return device;
        }
        module = Key::of(bay.first(&["parent_module", "module"])?)?;
    }
    None
}
