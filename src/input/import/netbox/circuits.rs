//! Circuits: their names, those that are components of their own, and what lies behind them.
//!
//! In: the table, and the estate with its places, providers and networks. Out: nodes, of which the same is made only once.

use super::estate::{Estate, Thing, joined, slug};
use super::model::Model;
use super::places::{self, name_of, named, outage, place};
use super::runs::Far;
use super::table::{Key, Table};
use super::trace::network_of;
use std::collections::BTreeMap;

/// The kind of a node that stands for what lies behind a circuit, at its provider.
pub(super) const FAR_SIDE: &str = "far-side";
/// The kind of a node that stands for the end of a circuit at a place where no device is cabled to it. It is no way
/// out: what it leads to is a place of ours.
const CIRCUIT_END: &str = "circuit-end";

/// The names that a circuit could have.
pub(super) fn circuit_names(table: &Table, key: &Key) -> Vec<String> {
    let row = table.fields(Model::Circuit, key);
    let short = joined(&["circuit", &slug(row.text("cid").unwrap_or_default())]);
    let provider = slug(&named(table, Model::Circuit, row, "provider"));
    vec![
        short.clone(),
        joined(&[&short, &provider]),
        joined(&[&short, &provider, &key.to_string()]),
    ]
}

/// The provider of a circuit, if it became a component.
pub(super) fn provider_of(table: &Table, circuit: &Key, estate: &Estate) -> Option<u32> {
    let row = table.row(Model::Circuit, circuit)?;
    estate.of(Model::Provider, &Key::of(row.get("provider")?)?)
}

/// Adds what is known of a circuit as labels.
pub(super) fn describe_circuit(thing: Thing, table: &Table, key: &Key) -> Thing {
    let row = table.fields(Model::Circuit, key);
    thing
        .label("circuit_type", &named(table, Model::Circuit, row, "type"))
        .label("owner", &named(table, Model::Circuit, row, "tenant"))
}

/// A circuit that several links run over.
pub(super) fn circuit(table: &Table, key: &Key, estate: &mut Estate) -> u32 {
    let row = table.fields(Model::Circuit, key);
    let mut thing = Thing::new("circuit", row.text("cid"), circuit_names(table, key))
        .within(provider_of(table, key, estate));
    thing.called = row.text("cid").map(|cid| format!("circuit {cid}"));
    let at = estate.add_object(Model::Circuit, key, describe_circuit(thing, table, key));
    outage(table, estate, Model::Circuit, row, at);
    at
}

/// The node behind a side of a circuit; none behind an interface.
pub(super) fn behind(
    table: &Table,
    far: &Far,
    far_sides: &mut BTreeMap<Option<Key>, u32>,
    estate: &mut Estate,
) -> Option<u32> {
    match far {
        Far::Interface(_) => None,
        Far::Network(side) => {
            let network = network_of(table, side);
            let made = network.and_then(|key| estate.of(Model::ProviderNetwork, &key));
            // Of a network that is not in the export, only whose it is can be said.
            Some(made.unwrap_or_else(|| far_side(table, side, far_sides, estate)))
        }
        Far::Uncabled(side) => Some(circuit_end(table, side, estate)),
        Far::Unknown(side) => Some(far_side(table, side, far_sides, estate)),
    }
}

/// The circuit that a side belongs to.
fn circuit_of(table: &Table, side: &Key) -> Option<Key> {
    let row = table.fields(Model::CircuitTermination, side);
    row.get("circuit").and_then(Key::of)
}

/// The end of a circuit at a place, where no device is cabled to it.
fn circuit_end(table: &Table, side: &Key, estate: &mut Estate) -> u32 {
    let cid =
        circuit_of(table, side).map_or(String::new(), |c| circuit_names(table, &c).swap_remove(0));
    let names = vec![format!("{cid}-end"), format!("{cid}-end-{side}")];
    let row = table.fields(Model::CircuitTermination, side);
    let site = place_at(table, side, estate).or_else(|| place(table, estate, row));
    let mut thing = Thing::new(CIRCUIT_END, None, names).within(site);
    thing.node.transit = Some(false);
    thing.node.logical = Some(true);
    let what = "end of a circuit where no device is cabled: no way out";
    estate.report.derived(what, &thing.names[0].clone());
    estate.add(thing)
}

/// What lies behind the circuits of a provider of which no more is documented: one node for all of them.
fn far_side(
    table: &Table,
    side: &Key,
    far_sides: &mut BTreeMap<Option<Key>, u32>,
    estate: &mut Estate,
) -> u32 {
    let circuit = circuit_of(table, side);
    let provider = circuit.and_then(|c| {
        let row = table.row(Model::Circuit, &c)?;
        row.get("provider").and_then(Key::of)
    });
    if let Some(&at) = far_sides.get(&provider) {
        return at;
    }
    let row = provider
        .as_ref()
        .map(|key| table.fields(Model::Provider, key));
    let name = slug(row.and_then(name_of).unwrap_or_default());
    let key = provider.as_ref().map_or(String::new(), Key::to_string);
    let names = vec![
        joined(&["far-side", &name]),
        joined(&["far-side", &name, &key]),
    ];
    let within = provider
        .as_ref()
        .and_then(|key| estate.of(Model::Provider, key));
    let mut thing = Thing::new(FAR_SIDE, None, names).within(within);
    // Circuits that leave for the unknown do not meet there.
    thing.node.transit = Some(false);
    thing.node.logical = Some(true);
    let what = "far side of circuits with one documented end";
    estate.report.derived(what, &thing.names[0].clone());
    let at = estate.add(thing);
    far_sides.insert(provider, at);
    at
}

/// The place at which a side of a circuit ends.
fn place_at(table: &Table, side: &Key, estate: &Estate) -> Option<u32> {
    let places = places::termination(table, side);
    places
        .iter()
        .find_map(|(model, key)| estate.of(*model, key))
}
