//! Where a cable leads: from a port through panels and circuits to the port at the far end.
//!
//! In: the plant and a port. Out: every path from it, hop by hop, in the order in which NetBox itself
//! writes them down. A rear port with several positions is entered with one of them in hand, which
//! tells the front port where the path leaves at the other panel.

use super::cables::{Plant, Port};
use super::model::Model;
use super::table::{Key, Table};

/// Ports and cables on one path, at most; more go round in a circle.
const MOST_HOPS: usize = 1000;
/// Paths from one port, at most.
const MOST_PATHS: usize = 1024;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hop {
    Cable(Key),
    Port(Port),
}

/// Where a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// At a port that is no pass-through: the last hop.
    Port,
    /// In the network of a provider, at the termination that is the last hop.
    Network,
    /// At the other side of a circuit, which is documented but not cabled: the last hop.
    Uncabled,
    /// In a circuit whose other side is not documented; the last hop is this side.
    FarSide,
    /// At a panel where nothing is plugged in, or whose other side is not in the export.
    Open,
    /// At a rear port with several positions, none of them chosen.
    Split,
    /// Nowhere: it goes round.
    Circle,
}

/// A path from a port: the hops after it, and where they lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub hops: Vec<Hop>,
    pub end: End,
}

impl Path {
    fn new(path: Open, end: End) -> Self {
        Self {
            hops: path.hops,
            end,
        }
    }

    /// The port that the last hop is.
    pub fn last(&self) -> Option<&Port> {
        match self.hops.last()? {
            Hop::Port(port) => Some(port),
            Hop::Cable(_) => None,
        }
    }
}

/// A path that is not at its end.
struct Open {
    hops: Vec<Hop>,
    /// Positions in hand, the last taken first.
    positions: Vec<u32>,
}

/// Every path from a port; none if nothing is plugged into it.
pub(super) fn trace(table: &Table, plant: &Plant, from: &Port) -> Vec<Path> {
    let mut done = Vec::new();
    let start = Open {
        hops: vec![Hop::Port(from.clone())],
        positions: Vec::new(),
    };
    let mut open = vec![start];
    while let Some(path) = open.pop() {
        if done.len() + open.len() >= MOST_PATHS {
            break;
        }
        step(table, plant, path, &mut open, &mut done);
    }
    for path in &mut done {
        path.hops.remove(0);
    }
    done.retain(|path| !path.hops.is_empty());
    done
}

/// Crosses one cable, and what it leads to.
fn step(table: &Table, plant: &Plant, path: Open, open: &mut Vec<Open>, done: &mut Vec<Path>) {
    let Some(Hop::Port(at)) = path.hops.last() else {
        return;
    };
    let Some((cable, far)) = plant.partners.get(at) else {
        return done.push(Path::new(path, End::Open));
    };
    if path.hops.len() > MOST_HOPS {
        return done.push(Path::new(path, End::Circle));
    }
    // The last is looked at first: paths come out in the order of the ports.
    for port in far.iter().rev() {
        let mut hops = path.hops.clone();
        hops.extend([Hop::Cable(cable.clone()), Hop::Port(port.clone())]);
        let next = Open {
            hops,
            positions: path.positions.clone(),
        };
        match port.0 {
            Model::FrontPort => inward(plant, next, &port.1, open, done),
            Model::RearPort => outward(plant, next, &port.1, open, done),
            Model::CircuitTermination => across(table, plant, next, &port.1, open, done),
            _ => done.push(Path::new(next, End::Port)),
        }
    }
}

/// The one port behind another; without one the path is open there, with several it splits.
fn only<T>(ports: Option<&Vec<T>>) -> Result<&T, End> {
    match ports.map_or(&[][..], Vec::as_slice) {
        [port] => Ok(port),
        [] => Err(End::Open),
        _ => Err(End::Split),
    }
}

/// From a front port to its rear port.
fn inward(plant: &Plant, mut path: Open, front: &Key, open: &mut Vec<Open>, done: &mut Vec<Path>) {
    let end = match only(plant.rears.get(front)) {
        Ok((rear, position)) => {
            if plant.wide.contains(rear) {
                path.positions.push(*position);
            }
            path.hops.push(Hop::Port((Model::RearPort, rear.clone())));
            return open.push(path);
        }
        Err(end) => end,
    };
    done.push(Path::new(path, end));
}

/// From a rear port to the front port at the position in hand.
fn outward(plant: &Plant, mut path: Open, rear: &Key, open: &mut Vec<Open>, done: &mut Vec<Path>) {
    let position = if plant.wide.contains(rear) {
        path.positions.pop()
    } else {
        Some(1)
    };
    let front = position.ok_or(End::Split);
    let end = match front.and_then(|at| only(plant.fronts.get(&(rear.clone(), at)))) {
        Ok(front) => {
            path.hops.push(Hop::Port((Model::FrontPort, front.clone())));
            return open.push(path);
        }
        Err(end) => end,
    };
    done.push(Path::new(path, end));
}

/// From one side of a circuit to the other.
fn across(
    table: &Table,
    plant: &Plant,
    mut path: Open,
    side: &Key,
    open: &mut Vec<Open>,
    done: &mut Vec<Path>,
) {
    let end = match plant.across.get(side) {
        None => End::FarSide,
        Some(other) => {
            path.hops
                .push(Hop::Port((Model::CircuitTermination, other.clone())));
            let cabled = plant
                .partners
                .contains_key(&(Model::CircuitTermination, other.clone()));
            if cabled {
                return open.push(path);
            }
            match network_of(table, other) {
                Some(_) => End::Network,
                None => End::Uncabled,
            }
        }
    };
    done.push(Path::new(path, end));
}

/// The network of a provider at which a side of a circuit ends.
pub(super) fn network_of(table: &Table, side: &Key) -> Option<Key> {
    place_of(
        table,
        side,
        Model::ProviderNetwork,
        &["provider_network", "_provider_network"],
    )
}

/// What a side of a circuit ends at, if that is of a kind: up to 4.1 in a field of that name, later
/// by content type.
pub(super) fn place_of(table: &Table, side: &Key, kind: Model, fields: &[&str]) -> Option<Key> {
    let row = table.row(Model::CircuitTermination, side)?;
    let typed = || {
        let model = table.content_type(row.get("termination_type")?)?;
        (model == kind)
            .then(|| Key::of(row.get("termination_id")?))
            .flatten()
    };
    typed().or_else(|| Key::of(row.first(fields)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Source;
    use std::sync::Arc;

    fn table(text: &str) -> Table {
        let source = Source {
            path: "dump.json".to_owned(),
            text: text.to_owned(),
        };
        Table::read(&[Arc::new(source)]).expect("a dump")
    }

    /// A path as NetBox writes it: the kinds by the numbers that they have in the demo.
    fn written(from: &Port, path: &Path, table: &Table) -> Vec<String> {
        let start = Hop::Port(from.clone());
        let hops = [&start].into_iter().chain(&path.hops).map(|hop| match hop {
            Hop::Cable(key) => format!("19:{key}"),
            Hop::Port((model, key)) => {
                let number = match model {
                    Model::Interface => 32,
                    Model::FrontPort => 30,
                    Model::RearPort => 47,
                    Model::CircuitTermination => 15,
                    Model::PowerPort => 42,
                    Model::PowerOutlet => 39,
                    other => panic!("{other:?} is on no path of the demo"),
                };
                format!("{number}:{key}")
            }
        });
        let mut all: Vec<String> = hops.collect();
        if let (End::Network, Some((_, side))) = (path.end, path.last()) {
            all.extend(network_of(table, side).map(|key| format!("18:{key}")));
        }
        all
    }

    /// Hop by hop what NetBox itself traced, wherever its path is complete; and where it is not, we are
    /// at the same place.
    #[test]
    #[ignore = "needs ../shared/data"]
    fn large_every_path_of_the_demo_is_the_one_that_netbox_traced() {
        let file = "../shared/data/inventory/netbox-demo-v3.6.json";
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(file).expect("text");
        let table = table(&text);
        let plant = Plant::of(&table);
        let rows: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        let (mut complete, mut cut) = (0, 0);
        for row in rows.iter().filter(|row| row["model"] == "dcim.cablepath") {
            let fields = &row["fields"];
            let hops = fields["path"].as_array().expect("hops");
            let expected: Vec<String> = hops
                .iter()
                .map(|hop| hop[0].as_str().expect("a hop").to_owned())
                .collect();
            let (kind, key) = expected[0].split_once(':').expect("kind:key");
            let model = match kind {
                "32" => Model::Interface,
                "42" => Model::PowerPort,
                "39" => Model::PowerOutlet,
                other => panic!("paths do not start at {other}"),
            };
            let from = (model, Key::Number(key.parse().expect("a number")));
            let paths = trace(&table, &plant, &from);
            assert_eq!(paths.len(), 1, "{expected:?}");
            assert_eq!(written(&from, &paths[0], &table), expected);
            if fields["is_complete"] == true {
                assert!(
                    matches!(paths[0].end, End::Port | End::Network),
                    "{:?}",
                    paths[0]
                );
                complete += 1;
            } else {
                assert_eq!(paths[0].end, End::FarSide);
                cut += 1;
            }
        }
        // 52 interfaces by a cable, 24 through two panels and a circuit, 13 into a provider's network;
        // 52 ends of cords; 13 circuits with one end.
        assert_eq!((complete, cut), (52 + 24 + 13 + 52, 13));
    }

    /// Three panels in a row: two trunks of four positions inside one of twelve.
    #[test]
    fn positions_are_given_back_in_the_order_in_which_they_were_taken() {
        let mut rows = Vec::new();
        let mut row = |model: &str, key: u32, fields: String| {
            rows.push(format!(
                r#"{{"model": "dcim.{model}", "pk": {key}, "fields": {{{fields}}}}}"#
            ));
        };
        // Panels 1 and 2 have rears of 4; both ends of the trunk between them go through panels 3 and 4,
        // whose rears have 12, at position 7.
        for (rear, positions, cable) in [(1, 4, 11), (2, 4, 12), (3, 12, 13), (4, 12, 13)] {
            row(
                "rearport",
                rear,
                format!(r#""device": {rear}, "positions": {positions}, "cable": {cable}"#),
            );
        }
        let fronts = [
            (1, 1, 3, 21),
            (2, 2, 3, 22),
            (3, 3, 7, 11),
            (4, 4, 7, 12),
            (5, 1, 2, 23),
            (6, 2, 2, 24),
        ];
        for (front, rear, position, cable) in fronts {
            let fields = format!(
                r#""device": {rear}, "rear_port": {rear}, "rear_port_position": {position}, "cable": {cable}"#
            );
            row("frontport", front, fields);
        }
        for (interface, cable) in [(1, 21), (2, 22), (3, 23), (4, 24)] {
            row(
                "interface",
                interface,
                format!(r#""device": 9, "cable": {cable}"#),
            );
        }
        let table = table(&format!("[{}]", rows.join(",")));
        let plant = Plant::of(&table);
        for (from, to) in [(1, 2), (2, 1), (3, 4), (4, 3)] {
            let paths = trace(&table, &plant, &(Model::Interface, Key::Number(from)));
            assert_eq!(paths.len(), 1);
            assert_eq!(
                (paths[0].end, paths[0].last()),
                (End::Port, Some(&(Model::Interface, Key::Number(to))))
            );
            assert_eq!(paths[0].hops.len(), 14);
        }
        // From the back of a panel nobody knows which position is meant.
        let paths = trace(&table, &plant, &(Model::FrontPort, Key::Number(3)));
        assert_eq!(paths[0].end, End::Split);
    }
}
