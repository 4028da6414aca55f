//! GraphML: nodes and edges with declared attributes.
//!
//! In: one file with one graph. A node keeps the id it has in the file, its `label` becomes the
//! name. Directed edges are the two ways of a link where each has a twin. Edge ids that only tell parallel edges apart are left out. Ports
//! are ignored. Nested graphs and hyperedges are refused, not skipped: they would be lost.

use super::super::{Faults, Source};
use super::attributes::{Attribute, Attributes, unit_of};
use super::network::{At, Network, RawEdge};
use super::xml;
use roxmltree::Node;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A declared attribute.
struct Key<'a> {
    name: &'a str,
    of: &'a str,
    default: Option<&'a str>,
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    keys: HashMap<&'a str, Key<'a>>,
    faults: Faults,
}

/// Whether a text is XML with the root that GraphML has.
pub(super) fn looks_like(source: &Source) -> bool {
    super::sniff::xml_root(source) == Some("graphml")
}

pub(super) fn read(source: &Arc<Source>) -> Result<Network, Faults> {
    let document = xml::parse(source)?;
    let root = document.root_element();
    let mut graphs = xml::children(root, "graph");
    let (Some(graph), "graphml") = (graphs.next(), root.tag_name().name()) else {
        let fault = xml::at(source, root).error("this is no GraphML file with a graph");
        return Err(fault
            .help("it starts with <graphml> and has a <graph> inside")
            .into());
    };
    let mut reader = Reader {
        source,
        keys: keys(root),
        faults: Faults::new(),
    };
    if let Some(second) = graphs.next() {
        let fault = xml::at(source, second).error("there is a second graph in the file");
        reader.faults.push(fault.help("import one graph at a time"));
    }
    let mut network = reader.graph(graph);
    forget_numbers(&mut network.edges);
    network.demands_in = "GraphML has no place for them";
    network.faults = reader.faults;
    Ok(network)
}

/// Of a graph that may have parallel edges, networkx writes as the id of an edge which of those
/// between its two nodes it is: 0, 1 and so on. That is no id of the edge.
fn forget_numbers(edges: &mut [RawEdge]) {
    let mut all = HashSet::new();
    let mut between = HashSet::new();
    let (mut is_number, mut is_repeated) = (true, false);
    for edge in &*edges {
        let (a, b) = (edge.from.as_str(), edge.to.as_str());
        let ends = if edge.directed || a < b {
            (a, b)
        } else {
            (b, a)
        };
        is_number &= edge.id.parse::<u32>().is_ok() && between.insert((ends, edge.id.as_str()));
        is_repeated |= !all.insert(edge.id.as_str());
    }
    if is_number && is_repeated {
        for edge in edges {
            edge.id.clear();
        }
    }
}

fn keys<'a>(root: Node<'a, '_>) -> HashMap<&'a str, Key<'a>> {
    let key = |k: Node<'a, '_>| {
        let id = k.attribute("id")?;
        let key = Key {
            name: k.attribute("attr.name").unwrap_or(id),
            of: k.attribute("for").unwrap_or("all"),
            default: xml::child(k, "default").map(xml::text),
        };
        Some((id, key))
    };
    xml::children(root, "key").filter_map(key).collect()
}

impl<'a> Reader<'a> {
    fn graph(&mut self, graph: Node<'a, '_>) -> Network {
        let directed = graph.attribute("edgedefault") == Some("directed");
        let mut network = Network::default();
        let mut edges = Vec::new();
        for element in graph.children().filter(Node::is_element) {
            let at = xml::at(self.source, element);
            match element.tag_name().name() {
                "node" => {
                    let id = self.required(element, "id", &at);
                    if let Some(nested) = xml::child(element, "graph") {
                        let at = xml::at(self.source, nested);
                        self.faults
                            .push(at.error("a graph inside a node is not read"));
                    }
                    let attributes = self.attributes(element, "node");
                    network.nodes.push(attributes.node(id, at));
                }
                "edge" => {
                    let ends = ["source", "target"].map(|end| self.required(element, end, &at));
                    let directed = match element.attribute("directed") {
                        Some(own) => own == "true",
                        None => directed,
                    };
                    let mut attributes = self.attributes(element, "edge");
                    attributes.0.retain(|a| a.name != "id");
                    if let Some(id) = element.attribute("id") {
                        attributes.0.push(Attribute {
                            name: "id".to_owned(),
                            value: id.to_owned(),
                            at: at.clone(),
                        });
                    }
                    edges.push(attributes.edge(ends, directed, at, &mut self.faults));
                }
                "hyperedge" => self.faults.push(at.error("a hyperedge is not read")),
                _ => {}
            }
        }
        network.unit = unit_of(&edges, &mut self.faults);
        network.edges = edges.into_iter().map(|e| e.raw).collect();
        network
    }

    fn required(&mut self, element: Node, name: &str, at: &At) -> String {
        let value = element.attribute(name);
        if value.is_none() {
            let what = element.tag_name().name();
            let message = format!("the {what} has no {name}");
            self.faults.push(at.error(message));
        }
        value.unwrap_or_default().to_owned()
    }

    /// What `<data>` says, and the defaults of what it does not.
    fn attributes(&self, element: Node<'a, '_>, of: &str) -> Attributes {
        let mut found: Vec<(&str, Attribute)> = Vec::new();
        let attribute = |name: &str, value: &str, at: At| Attribute {
            name: name.to_owned(),
            value: value.to_owned(),
            at,
        };
        for data in xml::children(element, "data") {
            let id = data.attribute("key").unwrap_or_default();
            let name = self.keys.get(id).map_or(id, |key| key.name);
            let at = xml::at(self.source, data);
            found.push((id, attribute(name, xml::text(data), at)));
        }
        let mut defaults: Vec<(&str, Attribute)> = Vec::new();
        for (id, key) in &self.keys {
            let applies = key.of == of || key.of == "all";
            if let Some(default) = key.default.filter(|_| applies)
                && found.iter().all(|(known, _)| known != id)
            {
                let at = xml::at(self.source, element);
                defaults.push((id, attribute(key.name, default, at)));
            }
        }
        defaults.sort_by(|x, y| x.0.cmp(y.0));
        let all = found.into_iter().chain(defaults);
        Attributes(all.map(|(_, a)| a).collect())
    }
}
