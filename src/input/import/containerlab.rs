//! Topologies of containerlab (YAML).
//!
//! In: nodes, and links between pairs of their interfaces. Out: a network of nodes and links; demands come with
//! `--all-pairs`. Promises: an end that is named must be a node of the file, else it is a fault at its place; a node
//! of the kind `linux` is a host, which passes nothing on, unless its image is that of a router, and where that decides
//! anything it is said; ends in
//! the machine that runs the lab, in its management network or at a far place join nothing to each other, and are left
//! out and told.

use super::super::{Diagnostic, Faults, Source};
use super::layer1::{self, Cabling, End, Listed};
use super::network::{At, Network, RawNode};
use super::{ids, sniff, yaml};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Whether a text is a topology of containerlab.
pub(super) fn looks_like(source: &Source) -> bool {
    let keys = sniff::yaml(source);
    keys.contains_key("topology") && keys.contains_key("name") && source.text.contains("endpoint")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lab {
    topology: Topology,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Topology {
    nodes: Option<BTreeMap<String, Option<LabNode>>>,
    groups: Option<BTreeMap<String, LabNode>>,
    kinds: Option<BTreeMap<String, LabNode>>,
    defaults: Option<LabNode>,
    links: Option<Vec<LabLink>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct LabNode {
    kind: Option<String>,
    group: Option<String>,
    r#type: Option<String>,
    image: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LabLink {
    r#type: Option<String>,
    endpoints: Option<Vec<Value>>,
    endpoint: Option<Value>,
}

/// Words that stand where a node could, or as the type of a link, and what the other end of such a link is.
const SPECIAL: [(&str, &str); 6] = [
    ("host", "in the machine that runs the lab (`host`)"),
    ("mgmt-net", "in the management network (`mgmt-net`)"),
    (
        "macvlan",
        "on an interface of the machine that runs the lab (`macvlan`)",
    ),
    ("vxlan", "at another place, over a tunnel (`vxlan`)"),
    (
        "vxlan-stitch",
        "at another place, over a tunnel (`vxlan-stitch`)",
    ),
    ("dummy", "nowhere (`dummy`)"),
];

/// What is said of a special word.
fn special(word: &str) -> Option<&'static str> {
    let found = SPECIAL.iter().find(|(special, _)| *special == word);
    found.map(|(_, what)| *what)
}

/// Reads a topology.
///
/// # Errors
/// A text that is no YAML. Ends that are no nodes are found when the network is put together.
pub(super) fn read(source: &Arc<Source>) -> Result<Network, Faults> {
    let labs = yaml::documents::<Lab>(source).map_err(|fault| {
        let message = format!(
            "`{}` is no topology: it cannot be read at {}",
            source.path,
            fault.place()
        );
        Diagnostic::error(message).help("`containerlab inspect` says what is wrong")
    })?;
    let mut reader = Reader {
        source,
        nodes: Vec::new(),
        known: BTreeSet::new(),
        on_host: BTreeSet::new(),
        hosts: BTreeSet::new(),
        routers: BTreeSet::new(),
        cables: Vec::new(),
        left: BTreeMap::new(),
        faults: Faults::new(),
    };
    for mut topology in labs.into_iter().map(|lab| lab.topology) {
        reader.add_nodes(&mut topology);
        for link in topology.links.into_iter().flatten() {
            reader.add_link(&link);
        }
    }
    Ok(reader.network())
}

/// A topology in the making.
struct Reader<'s> {
    source: &'s Arc<Source>,
    nodes: Vec<RawNode>,
    known: BTreeSet<String>,
    /// Nodes that are the machine that runs the lab.
    on_host: BTreeSet<String>,
    /// Nodes of the kind `linux`: hosts, and those whose image is that of a router.
    hosts: BTreeSet<String>,
    routers: BTreeSet<String>,
    cables: Vec<Cabling>,
    /// Ends of links that join nothing, by what is at one end of the link.
    left: BTreeMap<&'static str, BTreeSet<String>>,
    faults: Faults,
}

impl Reader<'_> {
    fn add_nodes(&mut self, topology: &mut Topology) {
        let groups = topology.groups.take().unwrap_or_default();
        let kinds = topology.kinds.take().unwrap_or_default();
        let default = topology.defaults.take().unwrap_or_default();
        for (name, node) in topology.nodes.take().into_iter().flatten() {
            let node = node.unwrap_or_default();
            let group = node.group.as_ref().and_then(|g| groups.get(g));
            let of_group = group.cloned().unwrap_or_default();
            let kind = node.kind.or(of_group.kind).or(default.kind.clone());
            let kind = kind.unwrap_or_default();
            self.known.insert(name.clone());
            if kind == "host" {
                self.on_host.insert(name);
                continue;
            }
            let of_kind = kinds.get(&kind).and_then(|k| k.image.clone());
            let mut images =
                [node.image, of_group.image, of_kind, default.image.clone()].into_iter();
            let image = images.find_map(|image| image).unwrap_or_default();
            let sort = match &*kind {
                "linux" if routes(&image) => {
                    self.routers.insert(name.clone());
                    "device"
                }
                "linux" => {
                    self.hosts.insert(name.clone());
                    "host"
                }
                _ => "device",
            };
            self.nodes.push(RawNode {
                id: name.to_lowercase(),
                name: None,
                kind: Some(sort.to_owned()),
                labels: layer1::labels([
                    ("model", kind),
                    ("type", node.r#type.unwrap_or_default()),
                ]),
                at: self.at(&name),
                key: name,
            });
        }
    }

    fn add_link(&mut self, link: &LabLink) {
        let ends = link.endpoints.iter().flatten().chain(&link.endpoint);
        let ends: Vec<Option<(End, String)>> = ends.map(end).collect();
        let first = ends.iter().flatten().next().map(|(_, text)| text.clone());
        let first = first.unwrap_or_default();
        let sort = link.r#type.as_deref().unwrap_or_default();
        let of_type = special(sort);
        if of_type.is_none() && !matches!(sort, "" | "veth") {
            let fault = self.at(&first).error("there is no such type of links");
            let known: Vec<&str> = SPECIAL.iter().map(|(word, _)| *word).collect();
            let help = format!("write veth, {}", known.join(", "));
            return self.faults.push(fault.help(help));
        }
        let all: Option<Vec<(End, String)>> = ends.into_iter().collect();
        let fits = |ends: &Vec<(End, String)>| match of_type {
            Some(_) => matches!(ends.len(), 1 | 2),
            None => ends.len() == 2,
        };
        let Some(ends) = all.filter(fits) else {
            let fault = self
                .at(&first)
                .error("a link does not have the ends that it must have");
            let help = "write `endpoints: [\"leaf1:e1-1\", \"spine1:e1-1\"]`";
            return self.faults.push(fault.help(help));
        };
        let mut special_ends = ends.iter().filter_map(|(end, _)| self.special(end));
        let Some(what) = of_type.or_else(|| special_ends.next()) else {
            let unknown = ends
                .iter()
                .find(|(end, _)| !self.known.contains(&end.hostname));
            let at = unknown.map_or_else(|| At::new(self.source, 0..1), |(_, text)| self.at(text));
            let [a, b] = [0, 1].map(|n| ends[n].0.clone());
            return self.cables.push(Cabling { ends: [a, b], at });
        };
        let joins = ends.iter().any(|(end, _)| self.special(end).is_none());
        for (end, text) in ends {
            let is_special = self.special(&end).is_some();
            if is_special && joins {
                continue;
            }
            if !is_special && !self.known.contains(&end.hostname) {
                let fault = self
                    .at(&text)
                    .error(format!("there is no node {}", end.hostname));
                self.faults
                    .push(fault.help("both ends must be nodes of the file"));
            }
            let shown = match &*end.interface_name {
                "" => end.hostname,
                interface => format!("{}:{interface}", end.hostname),
            };
            self.left.entry(what).or_default().insert(shown);
        }
    }

    /// What is at an end that is no node of the file.
    fn special(&self, end: &End) -> Option<&'static str> {
        if self.on_host.contains(&end.hostname) {
            return special("host");
        }
        special(&end.hostname).filter(|_| !self.known.contains(&end.hostname))
    }

    /// The place of an end or of a name in the text, as a word of its own; else that of the file.
    fn at(&self, text: &str) -> At {
        At::new(self.source, place(&self.source.text, text).unwrap_or(0..1))
    }

    /// Warnings of nodes of the kind `linux`, where it matters whether they pass anything on.
    fn of_linux(&self) -> Vec<Diagnostic> {
        let mut cables: BTreeMap<&str, usize> = BTreeMap::new();
        for end in self.cables.iter().flat_map(|cable| &cable.ends) {
            *cables.entry(&end.hostname).or_default() += 1;
        }
        let mut warnings = Vec::new();
        for (nodes, message, transit) in [
            (
                &self.routers,
                "nodes of the kind `linux` with the image of a router are taken for routers, which pass traffic on",
                "no",
            ),
            (
                &self.hosts,
                "nodes of the kind `linux` with several cables are taken for hosts, which pass nothing on",
                "yes",
            ),
        ] {
            let several = nodes
                .iter()
                .filter(|n| cables.get(n.as_str()).is_some_and(|c| *c > 1));
            let several: Vec<&str> = several.map(String::as_str).collect();
            if let Some(first) = several.first() {
                let example = first.to_lowercase();
                let help = format!(
                    "where that is wrong, an overlay says so: `[[set]]`, `select = \"{example}\"`, `transit = \"{transit}\"`"
                );
                let some = ids::some_of(several.iter().copied());
                warnings.push(Diagnostic::warning(format!("{message}: {some}")).help(help));
            }
        }
        warnings
    }

    fn network(self) -> Network {
        let of_linux = self.of_linux();
        let mut network = layer1::network(
            At::new(self.source, 0..1),
            self.nodes,
            self.cables,
            Listed::Once,
        );
        network.faults.extend(self.faults);
        network.warnings.extend(of_linux);
        for (what, ends) in self.left {
            let some = ids::some_of(ends.iter().map(String::as_str));
            let message = format!(
                "links with an end {what} are left out, and join nothing to each other: {some}"
            );
            network.warnings.push(Diagnostic::warning(message));
        }
        if !self.on_host.is_empty() {
            let some = ids::some_of(self.on_host.iter().map(String::as_str));
            let message = format!(
                "nodes of the kind `host` are the machine that runs the lab, and left out: {some}"
            );
            network.warnings.push(Diagnostic::warning(message));
        }
        network
    }
}

/// Programs that route, as images are called that hold them.
const ROUTERS: [&str; 11] = [
    "frr",
    "frrouting",
    "bird",
    "bird2",
    "bird3",
    "quagga",
    "vyos",
    "sonic",
    "openbgpd",
    "gobgp",
    "routeros",
];

/// Whether an image is that of a router, by the words of its name.
fn routes(image: &str) -> bool {
    let folders = image.rsplit_once('/').map_or("", |(folders, _)| folders);
    let name = image[folders.len()..]
        .split([':', '@'])
        .next()
        .unwrap_or_default();
    let words = folders.split(|c: char| !c.is_alphanumeric());
    let mut words = words.chain(name.split(|c: char| !c.is_alphanumeric()));
    words.any(|word| ROUTERS.contains(&&*word.to_lowercase()))
}

/// `"leaf1:e1-1"`, or `{node: leaf1, interface: e1-1}`, and how it is written.
fn end(value: &Value) -> Option<(End, String)> {
    if let Some(text) = value.as_str() {
        let (hostname, interface) = text.split_once(':').unwrap_or((text, ""));
        let end = End {
            hostname: hostname.to_owned(),
            interface_name: interface.to_owned(),
        };
        return Some((end, text.to_owned()));
    }
    let field = |name| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let end = End {
        hostname: field("node")?,
        interface_name: field("interface").unwrap_or_default(),
    };
    let text = end.hostname.clone();
    Some((end, text))
}

/// The first place of a text between others that does not go on on either side.
fn place(all: &str, text: &str) -> Option<Range<usize>> {
    if text.is_empty() {
        return None;
    }
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_-./".contains(c));
    let mut places = all
        .match_indices(text)
        .map(|(start, _)| start..start + text.len());
    places.find(|range| {
        let before = all[..range.start].chars().next_back();
        let after = all[range.end..].chars().next();
        !goes_on(before) && !goes_on(after)
    })
}
