//! Node-link JSON, as networkx writes it and topohub publishes it.
//!
//! In: an object with `nodes` and `links` (or `edges`), each node with an `id`, each link with
//! `source` and `target`. A graph attribute `demands`, `{source: {target: volume}}`, becomes
//! demands. Directed links are the two ways of one where each has a twin; of a multigraph every link
//! counts.

use super::super::{Diagnostic, Faults, Source};
use super::attributes::{Attribute, Attributes, unit_of};
use super::network::{At, Network, RawDemand};
use super::{ids, json};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(default)]
    directed: bool,
    #[serde(borrow, default)]
    graph: Option<&'a RawValue>,
    #[serde(borrow, default)]
    demands: Option<&'a RawValue>,
    #[serde(borrow)]
    nodes: Vec<&'a RawValue>,
    #[serde(borrow, alias = "edges")]
    links: Vec<&'a RawValue>,
}

/// Graph attributes that mean something here.
#[derive(Deserialize)]
struct WireGraph<'a> {
    #[serde(borrow, default)]
    demands: BTreeMap<String, BTreeMap<String, &'a RawValue>>,
}

type Object = serde_json::Map<String, Value>;

/// Whether a text is an object with nodes and the links between them.
pub(super) fn looks_like(source: &Source) -> bool {
    super::sniff::json(source).is_some_and(|o| {
        let link = |list: &str| o.has(&format!("{list}[].source"));
        o.has("nodes[].id") && (link("links") || link("edges"))
    })
}

pub(super) fn read(source: &Arc<Source>) -> Result<Network, Faults> {
    let form = r#"write {"nodes": [{"id": "a"}, …], "links": [{"source": "a", "target": "b"}, …]}"#;
    let wire: Wire = json::parse_all(source, "node-link graph").map_err(|f| f.help(form))?;
    let mut faults = Faults::new();
    let mut network = Network::default();
    for raw in &wire.nodes {
        if let Some(mut object) = object(source, raw, "node", &mut faults) {
            let at = place(source, raw);
            let key = reference(&mut object, "id", &at, &mut faults);
            network
                .nodes
                .push(attributes(object, source, raw).node(key, at));
        }
    }
    let mut edges = Vec::new();
    for raw in &wire.links {
        if let Some(mut object) = object(source, raw, "link", &mut faults) {
            let at = place(source, raw);
            let ends = ["source", "target"].map(|e| reference(&mut object, e, &at, &mut faults));
            let attributes = attributes(object, source, raw);
            edges.push(attributes.edge(ends, wire.directed, at, &mut faults));
        }
    }
    network.unit = unit_of(&edges, &mut faults);
    network.edges = edges.into_iter().map(|e| e.raw).collect();
    if let Some(graph) = wire.graph {
        read_demands(source, graph, &mut network, &mut faults);
    }
    if let Some(demands) = wire.demands {
        let message = "`demands` stands beside `nodes` and is not read: it belongs into `graph`";
        let at = place(source, demands);
        network.warnings.push(at.warning(message));
    }
    network.demands_in = "graph.demands is blank";
    network.faults = faults;
    Ok(network)
}

fn place(source: &Arc<Source>, raw: &RawValue) -> At {
    At::new(source, json::span_of(source, raw))
}

fn object(source: &Arc<Source>, raw: &RawValue, what: &str, faults: &mut Faults) -> Option<Object> {
    json::parse_element(source, raw, what)
        .map_err(|fault: Diagnostic| faults.push(fault))
        .ok()
}

/// A node's id: a text, a number, or (of grids) a list of them.
fn reference(object: &mut Object, key: &str, at: &At, faults: &mut Faults) -> String {
    let found = object.remove(key);
    let id = found.as_ref().and_then(|value| match value {
        Value::Array(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(scalar).collect();
            Some(parts?.join(","))
        }
        value => scalar(value),
    });
    match id.map(|id| ids::clean(&id)) {
        Some(id) if !id.is_empty() => id,
        _ => {
            let fault = at.error(format!(
                "there is no {key} here, or it is no text or number"
            ));
            faults.push(fault.help(format!("write \"{key}\": \"…\"")));
            String::new()
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The scalars among the attributes; a `key` only tells parallel links apart.
fn attributes(object: Object, source: &Arc<Source>, raw: &RawValue) -> Attributes {
    let scalars = object.into_iter().filter(|(name, _)| name != "key");
    let scalars = scalars.filter_map(|(name, value)| {
        let value = scalar(&value)?;
        let at = At::new(source, json::span_of_key(source, raw, &name));
        Some(Attribute { name, value, at })
    });
    Attributes(scalars.collect())
}

fn read_demands(
    source: &Arc<Source>,
    graph: &RawValue,
    network: &mut Network,
    faults: &mut Faults,
) {
    // Networkx puts anything among the graph attributes; only this form is a matrix.
    let Ok(WireGraph { demands }) = serde_json::from_str(graph.get()) else {
        let message = "the graph attributes hold no demands in the form {source: {target: volume}}";
        let at = At::new(source, json::span_of_key(source, graph, "demands"));
        network.warnings.push(at.warning(message));
        return;
    };
    for (from, row) in &demands {
        for (to, raw) in row {
            match json::parse_element::<f64>(source, raw, "volume") {
                Ok(volume) => network.demands.push(RawDemand {
                    id: String::new(),
                    from: ids::clean(from),
                    to: ids::clean(to),
                    volume,
                    factor: 1.0,
                    at: place(source, raw),
                }),
                Err(fault) => faults.push(fault),
            }
        }
    }
}
