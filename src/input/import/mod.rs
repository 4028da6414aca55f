//! Other tools' files → a draft of an inventory.
//!
//! In: a format, the files' paths, options. Out: a [`Draft`] that [`write_inventory`] can write
//! and brownout can read, or every fault of the files with its place. Nothing is guessed in
//! silence: what a format lacks, or what was merged or left out, is a warning.
//!
//! Ids are data. They are cleaned once, at the door: spaces around them go,
//! control characters become spaces, `;` (which separates ids in a cell) becomes `,`. All ids of
//! an inventory share one namespace, so what a format does not name itself gets a prefix:
//!
//! | id | what |
//! |---|---|
//! | as in the file | traced services (as components), nodes, links |
//! | `A--B` | a link without an id of its own, between A and B; `A--B#2` for the next one |
//! | `link:ID` | a link whose id is also that of a node |
//! | `flow:ID` | the flow of demand ID |
//! | `svc:ID` | the service of demand ID, or of the root ID of a trace |
//! | `svc:from:NODE`, `svc:to:NODE`, `svc:all` | the service of grouped demands |
//!
//! [`write_inventory`]: super::write::write_inventory

mod attributes;
mod flows;
mod gml;
mod graphml;
mod ids;
mod jaeger;
mod json;
mod network;
mod node_link;
mod repetita;
mod sndlib;
mod twins;
mod xml;

use super::{Diagnostic, Faults, Source};
use crate::model::{
    Draft, DraftProvider, DraftRequirement, Invariant, Need, Node, Role, Serves, Split, System,
};
use network::At;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Format {
    /// Service dependencies of Jaeger: JSON with parent, child, callCount.
    Jaeger,
    /// Network: GraphML with one graph.
    Graphml,
    /// Network: GML as the Topology Zoo writes it.
    Gml,
    /// Network: node-link JSON as networkx writes it.
    NodeLink,
    /// Network and demands: SNDlib XML.
    Sndlib,
    /// Network and demands: Repetita's `.graph` and `.demands`.
    Repetita,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] = [
        Self::Jaeger,
        Self::Graphml,
        Self::Gml,
        Self::NodeLink,
        Self::Sndlib,
        Self::Repetita,
    ];
}

/// Choices that the files leave open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// How demands become services.
    pub service_per: ServicePer,
    /// Capacity of a link to which the file gives none; `None` leaves it unlimited.
    pub capacity: Option<f64>,
    /// For a network without demands: the volume of one demand from each node to each other one.
    pub all_pairs: Option<f64>,
}

/// How demands become services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ServicePer {
    /// One service for each demand.
    #[default]
    Demand,
    /// One for all demands that start at one node.
    Source,
    /// One for all demands that end at one node.
    Destination,
    /// One for all demands.
    All,
}

/// What was read.
#[derive(Debug)]
pub struct Imported {
    /// The inventory; it keeps every invariant of a [`System`].
    pub draft: Draft,
    /// What was merged, left out or assumed.
    pub warnings: Vec<Diagnostic>,
}

/// Reads files of another tool.
///
/// # Errors
/// Every fault of the files and the options.
pub fn read(format: Format, paths: &[PathBuf], options: Options) -> Result<Imported, Faults> {
    let mut faults = Faults::new();
    let mut sources = Vec::new();
    for path in paths {
        match read_source(path) {
            Ok(source) => sources.push(source),
            Err(fault) => faults.push(fault),
        }
    }
    faults.or(())?;
    read_sources(format, &sources, options)
}

/// Reads texts of another tool.
///
/// # Errors
/// Every fault of the texts and the options.
pub fn read_sources(
    format: Format,
    sources: &[Arc<Source>],
    options: Options,
) -> Result<Imported, Faults> {
    check_options(format, options)?;
    let Some(first) = sources.first() else {
        return Err(Diagnostic::error("there is no file to import").into());
    };
    if !matches!(format, Format::Jaeger | Format::Repetita)
        && let Some(second) = sources.get(1)
    {
        let fault = Diagnostic::error("there is a second file").at(second, 0..1);
        return Err(fault.help("import one network at a time").into());
    }
    let network = match format {
        Format::Jaeger => None,
        Format::Graphml => Some(graphml::read(first)?),
        Format::Gml => Some(gml::read(first)?),
        Format::NodeLink => Some(node_link::read(first)?),
        Format::Sndlib => Some(sndlib::read(first)?),
        Format::Repetita => Some(repetita::read(sources)),
    };
    let mut imported = match network {
        Some(mut network) => {
            network.at.get_or_insert_with(|| At::new(first, 0..1));
            flows::inventory(network.resolve()?, options)?
        }
        None => jaeger::read(sources)?,
    };
    let stem = Path::new(&first.path).file_stem();
    imported.draft.name = stem.unwrap_or_default().to_string_lossy().into_owned();
    check_invariants(&imported.draft)?;
    Ok(imported)
}

fn check_options(format: Format, options: Options) -> Result<(), Faults> {
    let mut faults = Faults::new();
    let network = format != Format::Jaeger;
    let asked = options.capacity.is_some()
        || options.all_pairs.is_some()
        || options.service_per != ServicePer::Demand;
    if !network && asked {
        faults.push(
            Diagnostic::error("a trace has neither links nor demands between places")
                .help("leave out --capacity, --all-pairs and --service-per"),
        );
    }
    for (name, value) in [
        ("--capacity", options.capacity),
        ("--all-pairs", options.all_pairs),
    ] {
        if value.is_some_and(|x| !x.is_finite() || x < 0.0) {
            faults.push(Diagnostic::error(format!(
                "{name} must be a finite number, 0 or more"
            )));
        }
    }
    faults.or(())
}

/// What is written must be readable; a reader here that overlooks something must not hide it.
fn check_invariants(draft: &Draft) -> Result<(), Faults> {
    let Err(broken) = System::new(draft.clone()) else {
        return Ok(());
    };
    let id = |v: u32| draft.nodes.get(v as usize).map_or("?", |d| &*d.node.id);
    let mut faults = Faults::new();
    for invariant in broken {
        let place = match &invariant {
            Invariant::DuplicateId(v, _)
            | Invariant::EmptyId(v)
            | Invariant::NeedTooLarge(v)
            | Invariant::SelfLoop(v)
            | Invariant::Number { node: v, .. }
            | Invariant::Reference { node: v, .. } => id(*v).to_owned(),
            Invariant::CycleThroughFlow(path) | Invariant::CycleOfDomains(path) => {
                let ids: Vec<&str> = path.iter().map(|&v| id(v)).collect();
                ids.join(" → ")
            }
        };
        faults.push(Diagnostic::error(format!("{invariant}: {place}")));
    }
    Err(faults)
}

/// A node with an id and a role, and nothing else.
fn node(id: Box<str>, role: Role) -> Node {
    Node {
        id,
        name: None,
        kind: "".into(),
        unit: None,
        capacity: None,
        reliability: None,
        within: Box::default(),
        transit: None,
        trips_at: None,
        serves: Serves::Fair,
        logical: None,
        role,
        line: 0,
    }
}

/// A requirement of one provider that must work. Both are indices into [`Draft::nodes`].
fn needs(consumer: usize, provider: usize, load: f64) -> DraftRequirement {
    let index = |v| u32::try_from(v).unwrap_or(u32::MAX);
    DraftRequirement {
        consumer: index(consumer),
        group: None,
        need: Need::All,
        split: Split::Share,
        providers: vec![DraftProvider {
            node: index(provider),
            load,
            constant: 0.0,
            weight: None,
        }],
        line: 0,
    }
}

/// Bytes of a file to import, at most: a parsed document takes many times its text.
const MOST_BYTES: u64 = 1 << 30;

/// Reads one file as text: UTF-8 with or without BOM, or Latin-1 where an XML declaration says so.
fn read_source(path: &Path) -> Result<Arc<Source>, Diagnostic> {
    let shown = path.to_string_lossy().replace('\\', "/");
    let bytes = super::read_regular(path, MOST_BYTES).map_err(|why| {
        Diagnostic::error(format!("cannot read {shown}: {why}"))
            .help("name a plain file that you may read")
    })?;
    decode(shown, bytes)
}

/// Bytes → text.
///
/// # Errors
/// The first byte that is no UTF-8.
pub(crate) fn decode(path: String, bytes: Vec<u8>) -> Result<Arc<Source>, Diagnostic> {
    let source = |text: String| Arc::new(Source { path, text });
    let why = match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text
                .strip_prefix('\u{feff}')
                .map(str::to_owned)
                .unwrap_or(text);
            return Ok(source(text));
        }
        Err(why) => why,
    };
    let at = why.utf8_error().valid_up_to();
    let bytes = why.into_bytes();
    if declares_latin_1(&bytes) {
        return Ok(source(bytes.iter().map(|&b| char::from(b)).collect()));
    }
    let source = source(String::from_utf8_lossy(&bytes).into_owned());
    Err(Diagnostic::error("this is not UTF-8 text")
        .at(&source, at..at + 1)
        .help("save the file as UTF-8"))
}

fn declares_latin_1(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_ascii_lowercase();
    head.starts_with("<?xml")
        && head
            .split("?>")
            .next()
            .is_some_and(|declaration| declaration.contains("iso-8859-1"))
}
