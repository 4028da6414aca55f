//! What is plugged into what.
//!
//! In: the table. Out: for each port, the ports at the other end of its cable, and how ports of a
//! panel lead through it. Cables name their ends in three ways over the versions, and all are read:
//! on the cable (up to 3.2, the API, Nautobot), in rows of their own (3.3 and later), and on the
//! ports (always, but without the side up to 3.2).

use super::model::{CABLED, Model};
use super::table::{Key, Table};
use super::wire::{Fields, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Something that a cable can end at.
pub(super) type Port = (Model, Key);

/// The two sides of a cable, each with the ports that it ends at, in order.
pub(super) type Ends = [Vec<Port>; 2];

/// All that is plugged, and how ports lead on.
#[derive(Default)]
pub(super) struct Plant {
    /// Each cable's ends.
    pub cables: BTreeMap<Key, Ends>,
    /// Per port: its cable, and the ports at the other end.
    pub partners: HashMap<Port, (Key, Vec<Port>)>,
    /// Per front port: its rear ports, each with the position there.
    pub rears: HashMap<Key, Vec<(Key, u32)>>,
    /// Per rear port and position: the front ports.
    pub fronts: HashMap<(Key, u32), Vec<Key>>,
    /// Positions of each rear port that has more than one.
    pub wide: BTreeSet<Key>,
    /// Per termination of a circuit: the one at its other side.
    pub across: HashMap<Key, Key>,
    /// Cables that do not say where they end, or whose ports are not in the export.
    pub endless: Vec<Key>,
    /// Cables with unlike numbers of ports, none of them one: which leads to which is not known.
    pub unclear: Vec<Key>,
}

impl Plant {
    /// Reads the cables of a table.
    pub fn of(table: &Table) -> Self {
        let mut plant = Self::default();
        plant.cables(table);
        plant.connections(table);
        plant.panels(table);
        plant.circuits(table);
        plant
    }

    fn cables(&mut self, table: &Table) {
        let stated = stated_ends(table);
        let ports = ends_by_ports(table);
        let named = table.rows(Model::Cable).keys();
        let all: BTreeSet<&Key> = named.chain(stated.keys()).chain(ports.keys()).collect();
        for cable in all {
            let whole = |ends: &&Ends| ends.iter().all(|side| !side.is_empty());
            let own = ends_on_cable(table, table.fields(Model::Cable, cable));
            let ends = [Some(&own), stated.get(cable), ports.get(cable)];
            match ends.into_iter().flatten().find(whole) {
                Some(ends) => self.plug(cable.clone(), ends.clone()),
                None => self.endless.push(cable.clone()),
            }
        }
    }

    fn plug(&mut self, cable: Key, ends: Ends) {
        let [a, b] = &ends;
        if a.len() != b.len() && a.len() > 1 && b.len() > 1 {
            self.unclear.push(cable.clone());
        }
        for (side, other) in [(a, b), (b, a)] {
            for (at, port) in side.iter().enumerate() {
                let far = match (side.len(), other.len()) {
                    (n, m) if n == m => vec![other[at].clone()],
                    _ => other.clone(),
                };
                self.partners.insert(port.clone(), (cable.clone(), far));
            }
        }
        self.cables.insert(cable, ends);
    }

    /// Connections without cables, of versions before there were any.
    fn connections(&mut self, table: &Table) {
        let direct = table
            .rows(Model::InterfaceConnection)
            .iter()
            .map(|(key, row)| {
                let end = |field| Some((Model::Interface, Key::of(row.get(field)?)?));
                (key, end("interface_a"), end("interface_b"))
            });
        let cords = table.rows(Model::PowerPort).iter().map(|(key, row)| {
            let outlet = row.get("power_outlet").and_then(Key::of);
            let port = Some((Model::PowerPort, key.clone()));
            (key, port, outlet.map(|outlet| (Model::PowerOutlet, outlet)))
        });
        for (key, a, b) in direct.chain(cords) {
            if let (Some(a), Some(b)) = (a, b)
                && !self.partners.contains_key(&a)
                && !self.partners.contains_key(&b)
            {
                let name = Key::Text(format!("{}:{key}", a.0.name()).into());
                self.plug(name, [vec![a], vec![b]]);
            }
        }
    }

    fn panels(&mut self, table: &Table) {
        for (rear, row) in table.rows(Model::RearPort) {
            if row.number("positions").is_some_and(|n| n > 1.0) {
                self.wide.insert(rear.clone());
            }
        }
        let mut pairs: BTreeSet<(Key, Key, u32)> = BTreeSet::new();
        for (front, row) in table.rows(Model::FrontPort) {
            let mut add = |row: &Fields| {
                if let Some(rear) = row.get("rear_port").and_then(Key::of) {
                    pairs.insert((front.clone(), rear, position(row)));
                }
            };
            add(row);
            row.get("rear_ports")
                .map_or(&[][..], Value::list)
                .iter()
                .filter_map(Value::map)
                .for_each(add);
        }
        for row in table.rows(Model::PortMapping).values() {
            let key = |field| row.get(field).and_then(Key::of);
            if let (Some(front), Some(rear)) = (key("front_port"), key("rear_port")) {
                pairs.insert((front, rear, position(row)));
            }
        }
        for (front, rear, at) in pairs {
            if at > 1 {
                self.wide.insert(rear.clone());
            }
            self.rears
                .entry(front.clone())
                .or_default()
                .push((rear.clone(), at));
            self.fronts.entry((rear, at)).or_default().push(front);
        }
    }

    fn circuits(&mut self, table: &Table) {
        let mut sides: BTreeMap<Key, Vec<&Key>> = BTreeMap::new();
        for (key, row) in table.rows(Model::CircuitTermination) {
            if let Some(circuit) = row.get("circuit").and_then(Key::of) {
                sides.entry(circuit).or_default().push(key);
            }
        }
        for pair in sides.values() {
            if let [a, z] = pair[..] {
                self.across.insert(a.clone(), z.clone());
                self.across.insert(z.clone(), a.clone());
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn position(row: &Fields) -> u32 {
    let at = row.number("rear_port_position").unwrap_or(1.0);
    at.clamp(1.0, 1e6) as u32
}

/// Ends that stand on the cable itself.
fn ends_on_cable(table: &Table, row: &Fields) -> Ends {
    let side = |kind: &str, id: &str, list: &str| -> Vec<Port> {
        let one = |kind: Option<&Value>, id: Option<&Value>| {
            Some((cabled(table.content_type(kind?)?)?, Key::of(id?)?))
        };
        let single = one(row.get(kind), row.get(id));
        let several = row
            .get(list)
            .map_or(&[][..], Value::list)
            .iter()
            .filter_map(|end| {
                let end = end.map()?;
                one(end.get("object_type"), end.get("object_id"))
            });
        single.into_iter().chain(several).collect()
    };
    [
        side("termination_a_type", "termination_a_id", "a_terminations"),
        side("termination_b_type", "termination_b_id", "b_terminations"),
    ]
}

fn cabled(model: Model) -> Option<Model> {
    CABLED.contains(&model).then_some(model)
}

/// Ends that stand in rows of their own; in order of the connector, else of the row.
fn stated_ends(table: &Table) -> BTreeMap<Key, Ends> {
    let mut sorted: Vec<(Key, bool, u64, &Key, Port)> = Vec::new();
    for (row_key, row) in table.rows(Model::CableTermination) {
        let port = || {
            let kind = table.content_type(row.get("termination_type")?)?;
            Some((cabled(kind)?, Key::of(row.get("termination_id")?)?))
        };
        let cable = row.get("cable").and_then(Key::of);
        if let (Some(cable), Some(port)) = (cable, port()) {
            let connector = match row.get("connector").and_then(Key::of) {
                Some(Key::Number(at)) => at,
                _ => 0,
            };
            sorted.push((
                cable,
                row.text("cable_end") == Some("B"),
                connector,
                row_key,
                port,
            ));
        }
    }
    sorted.sort();
    let mut all: BTreeMap<Key, Ends> = BTreeMap::new();
    for (cable, b, _, _, port) in sorted {
        all.entry(cable).or_default()[usize::from(b)].push(port);
    }
    all
}

/// Ends as the ports name them. Where none says its side, the first of them is one side alone.
fn ends_by_ports(table: &Table) -> BTreeMap<Key, Ends> {
    let mut found: BTreeMap<Key, Vec<(Option<bool>, Port)>> = BTreeMap::new();
    for model in CABLED {
        for (key, row) in table.rows(model) {
            let Some(cable) = row.get("cable").and_then(Key::of) else {
                continue;
            };
            let side = match row.text("cable_end") {
                Some("A") => Some(false),
                Some("B") => Some(true),
                _ => None,
            };
            found
                .entry(cable)
                .or_default()
                .push((side, (model, key.clone())));
        }
    }
    let ends = found.into_iter().map(|(cable, ports)| {
        let sided = ports.iter().all(|(side, _)| side.is_some());
        let mut ends = Ends::default();
        for (at, (side, port)) in ports.into_iter().enumerate() {
            let b = if sided { side == Some(true) } else { at > 0 };
            ends[usize::from(b)].push(port);
        }
        (cable, ends)
    });
    ends.collect()
}
