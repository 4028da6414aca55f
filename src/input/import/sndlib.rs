//! SNDlib network XML.
//!
//! In: one file, `network/networkStructure/{nodes/node, links/link}` and `network/demands/demand`.
//! A link's capacity is what is pre-installed; where nothing is, the sum of its modules, as if
//! all of them were installed, and a warning says so. Where every link has one that goes back, the
//! network is directed and the two are one link; else two links between the same nodes are parallel.
//! Every metric is 1: SNDlib's routing costs are prices, not an IGP's metrics. What a planner of
//! networks gives beside that (modules to buy, costs, hop limits, admissible paths) is left out, and
//! a warning names it. The native text format and SNDlib's JSON are refused by name.

use super::super::{Diagnostic, Faults, Source};
use super::ids;
use super::network::{At, Network, RawDemand, RawEdge, RawNode, Twins};
use super::xml;
use roxmltree::Node;
use std::sync::Arc;

struct Reader<'a> {
    source: &'a Arc<Source>,
    faults: Faults,
    /// Links whose capacity is the sum of their modules.
    summed: Vec<(String, At)>,
}

/// Whether a text is XML with the root that SNDlib has.
pub(super) fn looks_like(source: &Source) -> bool {
    super::sniff::xml_root(source) == Some("network")
        && super::sniff::head(source).contains("networkStructure")
}

pub(super) fn read(source: &Arc<Source>) -> Result<Network, Faults> {
    other_forms(source)?;
    let document = xml::parse(source)?;
    let root = document.root_element();
    let structure = xml::child(root, "networkStructure");
    let (Some(structure), "network") = (structure, root.tag_name().name()) else {
        let fault = xml::at(source, root).error("this is no SNDlib network");
        return Err(fault
            .help("it starts with <network> and has a <networkStructure> inside")
            .into());
    };
    let mut reader = Reader {
        source,
        faults: Faults::new(),
        summed: Vec::new(),
    };
    let mut network = Network {
        twins: Twins::Undeclared,
        no_metric: Some("SNDlib has prices and no metrics"),
        demands_in: "there is no <demand> inside <demands>",
        unit: unit(root),
        ..Network::default()
    };
    let inside =
        |parent: Option<_>, name| parent.into_iter().flat_map(move |p| xml::children(p, name));
    for node in inside(xml::child(structure, "nodes"), "node") {
        network.nodes.push(reader.node(node));
    }
    for link in inside(xml::child(structure, "links"), "link") {
        network.edges.push(reader.link(link));
    }
    for demand in inside(xml::child(root, "demands"), "demand") {
        network.demands.push(reader.demand(demand));
    }
    if let Some((_, at)) = reader.summed.first() {
        let which = ids::some_of(reader.summed.iter().map(|(id, _)| id.as_str()));
        let message =
            format!("nothing is pre-installed, so the capacity is the sum of the modules: {which}");
        network.warnings.push(at.warning(message));
    }
    network.warnings.extend(left_out(source, root));
    network.faults = reader.faults;
    Ok(network)
}

/// Refuses what SNDlib publishes beside the XML.
fn other_forms(source: &Arc<Source>) -> Result<(), Diagnostic> {
    let text = source.text.trim_start();
    let form = if text.starts_with("?SNDlib") || text.starts_with("# network ") {
        "SNDlib's native text format"
    } else if text.starts_with(['{', '[']) {
        "SNDlib's JSON"
    } else {
        return Ok(());
    };
    let start = source.text.len() - text.len();
    let end = start + text.find('\n').unwrap_or(text.len());
    let message = format!("this is {form}, which is not read");
    let fault = Diagnostic::error(message).at(source, start..end);
    Err(fault.help("download the same network as XML: SNDlib publishes each in every form"))
}

/// The unit of demands and capacities, if the file names one of the usual.
fn unit(root: Node) -> Option<&'static str> {
    let meta = xml::child(root, "meta")?;
    match xml::text(xml::child(meta, "unit")?) {
        "KBITPERSEC" => Some("kbit/s"),
        "MBITPERSEC" => Some("Mbit/s"),
        "GBITPERSEC" => Some("Gbit/s"),
        _ => None,
    }
}

/// Whether the number inside an element is anything but 0.
fn is_given(element: Node) -> bool {
    xml::text(element).parse::<f64>().is_ok_and(|x| x != 0.0)
}

/// A warning for each sort of thing that is in the file and plays no part.
fn left_out(source: &Arc<Source>, root: Node) -> Vec<Diagnostic> {
    let named = |name: &'static str| {
        let all = root.descendants();
        all.filter(move |n| n.is_element() && n.tag_name().name() == name)
    };
    let mut warnings = Vec::new();
    let mut tell = |found: Vec<Node>, what: &str, why: &str| {
        if let Some(&first) = found.first() {
            let n = found.len();
            let message = format!("{what} are left out ({n} in the file): {why}");
            warnings.push(xml::at(source, first).warning(message));
        }
    };
    let limits = named("maxPathLength").filter(|n| xml::text(*n) != "UNLIMITED");
    tell(
        limits.collect(),
        "limits on the hops of a demand",
        "traffic takes the shortest way, however long",
    );
    tell(
        named("admissiblePaths").collect(),
        "admissible paths",
        "traffic takes every shortest way",
    );
    let costs = |name| named(name).filter(|n| is_given(*n)).collect();
    tell(
        costs("routingCost"),
        "routing costs",
        "they are prices, not metrics",
    );
    tell(costs("setupCost"), "setup costs", "nothing is bought here");
    let bought = |n: &Node| {
        let link = n.parent();
        let module = link.and_then(|l| xml::child(l, "preInstalledModule"));
        let capacity = module.and_then(|m| xml::child(m, "capacity"));
        capacity.is_some_and(is_given)
    };
    tell(
        named("additionalModules").filter(bought).collect(),
        "modules of links that have a capacity already",
        "what is installed is what they carry",
    );
    warnings
}

impl Reader<'_> {
    fn node(&mut self, node: Node) -> RawNode {
        let at = xml::at(self.source, node);
        let coordinate = |axis| {
            let coordinates = xml::child(node, "coordinates")?;
            let value = xml::text(xml::child(coordinates, axis)?);
            Some((axis.to_owned(), ids::clean(value)))
        };
        let key = self.id(node, &at);
        RawNode {
            id: key.clone(),
            key,
            name: None,
            kind: None,
            labels: ["x", "y"].into_iter().filter_map(coordinate).collect(),
            at,
        }
    }

    fn link(&mut self, link: Node) -> RawEdge {
        let at = xml::at(self.source, link);
        let id = self.id(link, &at);
        RawEdge {
            capacity: self.capacity(link, &id, &at),
            id,
            from: self.text(link, "source", &at),
            to: self.text(link, "target", &at),
            directed: true,
            metric: None,
            metric_back: None,
            labels: Vec::new(),
            at,
        }
    }

    /// What is pre-installed, else the sum of the modules, else unknown.
    fn capacity(&mut self, link: Node, id: &str, at: &At) -> Option<f64> {
        let installed = xml::child(link, "preInstalledModule");
        let installed = installed.and_then(|module| self.number(module, "capacity"));
        let modules: Vec<f64> = xml::child(link, "additionalModules")
            .into_iter()
            .flat_map(|modules| xml::children(modules, "addModule"))
            .filter_map(|module| self.number(module, "capacity"))
            .collect();
        match installed {
            // A pre-installed module of 0 is how some files say that there is none.
            Some(x) if x != 0.0 || modules.is_empty() => Some(x),
            _ if modules.is_empty() => None,
            _ => {
                self.summed.push((id.to_owned(), at.clone()));
                Some(modules.iter().sum())
            }
        }
    }

    fn demand(&mut self, demand: Node) -> RawDemand {
        let at = xml::at(self.source, demand);
        let unit = xml::child(demand, "routingUnit").is_some();
        RawDemand {
            id: self.id(demand, &at),
            from: self.text(demand, "source", &at),
            to: self.text(demand, "target", &at),
            volume: self.number(demand, "demandValue").unwrap_or_default(),
            factor: if unit {
                self.number(demand, "routingUnit").unwrap_or(1.0)
            } else {
                1.0
            },
            at,
        }
    }

    fn id(&mut self, element: Node, at: &At) -> String {
        let id = ids::clean(element.attribute("id").unwrap_or_default());
        if id.is_empty() {
            let what = element.tag_name().name();
            self.faults.push(at.error(format!("the {what} has no id")));
        }
        id
    }

    fn text(&mut self, element: Node, name: &'static str, at: &At) -> String {
        let child = xml::child(element, name);
        if child.is_none() {
            self.missing(element, name, at);
        }
        ids::clean(child.map(xml::text).unwrap_or_default())
    }

    fn number(&mut self, element: Node, name: &'static str) -> Option<f64> {
        let Some(child) = xml::child(element, name) else {
            self.missing(element, name, &xml::at(self.source, element));
            return None;
        };
        let number = xml::text(child).parse().ok();
        if number.is_none() {
            let fault = xml::at(self.source, child).error(format!("the {name} is no number"));
            self.faults.push(fault.help("write a number, as 120.5"));
        }
        number
    }

    fn missing(&mut self, element: Node, name: &str, at: &At) {
        let what = element.tag_name().name();
        self.faults
            .push(at.error(format!("the {what} has no {name}")));
    }
}
