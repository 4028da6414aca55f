//! Power cords: what each power port is plugged into, and whether that supplies anything.
//!
//! In: the table and the plant. Out: the sources of each device and of each inlet. A cord that is not in service
//! (its cable, the port at either end, or what it is plugged into) supplies nothing, and that is reported.

use super::cables::{Plant, Port};
use super::estate::Estate;
use super::model::Model;
use super::places::name_of;
use super::ports::trouble;
use super::runs::device_of;
use super::status;
use super::table::{Key, Table};
use super::trace::{End, Hop, Path, trace};
use std::collections::{BTreeMap, BTreeSet};

/// A cord from a power port.
struct Cord {
    port: Key,
    device: Key,
    /// The outlet or the feed that it is plugged into; none where that is not known.
    to: Option<Port>,
    /// Why it supplies nothing, if it does not.
    dead: Option<String>,
}

/// All cords.
#[derive(Default)]
pub(super) struct Cords {
    list: Vec<Cord>,
    /// What each device with power ports draws, in watts.
    pub draws: BTreeMap<Key, f64>,
    /// Inlets that are told apart, each with its PDU.
    inlets: BTreeMap<Key, Key>,
    /// Those of them that no cord in service leads to.
    unfed: BTreeSet<Key>,
    /// Devices with a cord that is in service.
    corded: BTreeSet<Key>,
    /// Devices with cords, none of which is in service.
    cut_off: BTreeSet<Key>,
}

/// What supplies whom.
#[derive(Default)]
pub(super) struct Supplies {
    /// Sources of each device.
    pub of_device: BTreeMap<Key, BTreeSet<u32>>,
    /// Sources of each power port.
    pub of_port: BTreeMap<Key, BTreeSet<u32>>,
    /// Feeds that something is plugged into.
    pub used: BTreeSet<Key>,
}

impl Cords {
    /// Follows every cord. Places and devices have been made.
    pub fn of(table: &Table, plant: &Plant, estate: &mut Estate) -> Self {
        let mut cords = Self::default();
        for (key, row) in table.rows(Model::PowerPort) {
            let port = (Model::PowerPort, key.clone());
            let Some(device) = device_of(table, &port) else {
                continue;
            };
            let draw = row
                .number("allocated_draw")
                .or_else(|| row.number("maximum_draw"))
                .unwrap_or(0.0);
            *cords.draws.entry(device.clone()).or_default() += draw.max(0.0);
            for path in trace(table, plant, &port) {
                let to = path.last().filter(|(model, _)| {
                    path.end == End::Port && matches!(model, Model::PowerOutlet | Model::PowerFeed)
                });
                cords.list.push(Cord {
                    port: key.clone(),
                    device: device.clone(),
                    to: to.filter(|to| is_here(table, to)).cloned(),
                    dead: dead(table, &port, &path, estate),
                });
            }
        }
        cords.tell_inlets_apart(table, plant);
        cords.cut_inlets(table);
        for cord in &cords.list {
            let set = match cord.dead {
                None => &mut cords.corded,
                Some(_) => &mut cords.cut_off,
            };
            set.insert(cord.device.clone());
        }
        let corded = &cords.corded;
        cords.cut_off.retain(|device| !corded.contains(device));
        cords.report(table, estate);
        cords
    }

    /// Inlets of PDUs that have several plugged in, and that outlets name.
    fn tell_inlets_apart(&mut self, table: &Table, plant: &Plant) {
        let mut ports: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (key, row) in table.rows(Model::PowerPort) {
            let plugged = plant
                .partners
                .contains_key(&(Model::PowerPort, key.clone()));
            if let Some(device) = row.get("device").and_then(Key::of).filter(|_| plugged) {
                ports.entry(device).or_default().push(key.clone());
            }
        }
        let of_outlets = table.rows(Model::PowerOutlet).values();
        let named: BTreeSet<Key> = of_outlets
            .filter_map(|row| row.get("power_port").and_then(Key::of))
            .collect();
        for (device, ports) in ports.into_iter().filter(|(_, ports)| ports.len() > 1) {
            for port in ports.into_iter().filter(|port| named.contains(port)) {
                self.inlets.insert(port, device.clone());
            }
        }
    }

    /// An inlet that no cord in service leads to supplies nothing, and what hangs on its outlets may be an
    /// inlet again.
    fn cut_inlets(&mut self, table: &Table) {
        loop {
            let mut alive: BTreeSet<&Key> = BTreeSet::new();
            let mut corded: BTreeSet<&Key> = BTreeSet::new();
            for cord in &self.list {
                corded.insert(&cord.port);
                if cord.dead.is_none() {
                    alive.insert(&cord.port);
                }
            }
            let inlets = self.inlets.keys();
            let unfed: BTreeSet<Key> = inlets
                .filter(|port| corded.contains(port) && !alive.contains(port))
                .cloned()
                .collect();
            if unfed.len() == self.unfed.len() {
                return;
            }
            self.unfed = unfed;
            for cord in self.list.iter_mut().filter(|cord| cord.dead.is_none()) {
                let inlet = cord.to.as_ref().and_then(|to| inlet_of(table, to));
                if inlet.is_some_and(|inlet| self.unfed.contains(&inlet)) {
                    cord.dead = Some("no cord in service feeds the inlet of its outlet".to_owned());
                }
            }
        }
    }

    fn report(&self, table: &Table, estate: &mut Estate) {
        for cord in &self.list {
            let unknown = || {
                let why = "it leads to no outlet and no feed that is here";
                cord.to.is_none().then_some(why)
            };
            let Some(at) = estate.of(Model::Device, &cord.device) else {
                continue;
            };
            if let Some(why) = cord.dead.as_deref().or_else(unknown) {
                let port = name_of(table.fields(Model::PowerPort, &cord.port));
                let name = format!("{} {}", estate.id(at), port.unwrap_or_default());
                let name = super::estate::clean(&name);
                estate.report.skipped("power cord", why, &name);
            }
        }
    }

    /// Inlets that are fed, each with its PDU.
    pub fn inlets(&self) -> impl Iterator<Item = (&Key, &Key)> {
        let fed = self.inlets.iter();
        fed.filter(|(port, _)| !self.unfed.contains(*port))
    }

    /// Whether something in service is plugged into a device's power ports.
    pub fn is_corded(&self, device: &Key) -> bool {
        self.corded.contains(device)
    }

    /// Whether a device has cords, and none of them is in service.
    pub fn is_cut_off(&self, device: &Key) -> bool {
        self.cut_off.contains(device)
    }

    /// The sources of devices and ports, once the inlets are made.
    pub fn supplies(
        &self,
        table: &Table,
        inlets: &BTreeMap<Key, u32>,
        estate: &Estate,
    ) -> Supplies {
        let mut all = Supplies::default();
        for cord in self.list.iter().filter(|cord| cord.dead.is_none()) {
            let Some(to) = &cord.to else {
                continue;
            };
            let source = if to.0 == Model::PowerFeed {
                all.used.insert(to.1.clone());
                estate.of(Model::PowerFeed, &to.1)
            } else {
                let inlet = inlet_of(table, to).and_then(|port| inlets.get(&port).copied());
                inlet.or_else(|| estate.of(Model::Device, &device_of(table, to)?))
            };
            if let Some(source) = source {
                let of_device = all.of_device.entry(cord.device.clone()).or_default();
                of_device.insert(source);
                let of_port = all.of_port.entry(cord.port.clone()).or_default();
                of_port.insert(source);
            }
        }
        all
    }
}

/// The inlet that an outlet names.
fn inlet_of(table: &Table, outlet: &Port) -> Option<Key> {
    let row = table.fields(outlet.0, &outlet.1);
    row.get("power_port").and_then(Key::of)
}

/// Whether an outlet with its PDU, or a feed, is in the export.
fn is_here(table: &Table, to: &Port) -> bool {
    if to.0 == Model::PowerFeed {
        return table.row(to.0, &to.1).is_some();
    }
    let pdu = device_of(table, to);
    pdu.is_some_and(|pdu| table.row(Model::Device, &pdu).is_some())
}

/// Why a cord supplies nothing, if it does not.
fn dead(table: &Table, port: &Port, path: &Path, estate: &Estate) -> Option<String> {
    let mut cables = path.hops.iter().filter_map(|hop| match hop {
        Hop::Cable(key) => Some(table.fields(Model::Cable, key)),
        Hop::Port(_) => None,
    });
    let cut = cables.find_map(|row| status::not_in_service(table, Model::Cable, row));
    if let Some(word) = cut {
        return Some(format!("its cable is of status {word}"));
    }
    let to = path.last()?;
    // A feed that is out is a known outage of its own.
    let far = || (to.0 == Model::PowerOutlet).then(|| trouble(table, to));
    if let Some(trouble) = trouble(table, port).or_else(|| far().flatten()) {
        return Some(trouble.why);
    }
    // So is a PDU, unless it is gone and left out.
    let (model, key, what) = match to.0 {
        Model::PowerFeed => (Model::PowerFeed, to.1.clone(), "feed"),
        _ => (Model::Device, device_of(table, to)?, "PDU"),
    };
    let left_out = estate.of(model, &key).is_none() && status::is_gone(table, model, &key);
    let (word, _) = status::of(table, model, table.fields(model, &key));
    left_out.then(|| format!("its {what} is of status {word}"))
}
