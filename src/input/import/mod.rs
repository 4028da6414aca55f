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
//! | `svc:SITE` | the service of a site |
//! | `svc:from:NODE`, `svc:to:NODE`, `svc:all` | the service of grouped demands |
//!
//! [`write_inventory`]: super::write::write_inventory

mod addresses;
mod assembly;
mod attributes;
mod aws;
mod backstage;
mod cloud;
mod compose;
mod flows;
mod gather;
mod gml;
mod graphml;
mod icinga;
mod ids;
mod jaeger;
mod json;
mod kiali;
mod kubernetes;
mod layer1;
mod mapped;
mod naming;
mod netbox;
mod network;
mod node_link;
mod recognise;
mod repetita;
pub mod report;
mod rvtools;
mod service_graph;
mod sndlib;
mod sniff;
mod terraform;
mod traffic;
mod twins;
mod xml;
mod yaml;

use super::parts::{is_given, node};
use super::write::{Placements, ScenarioFile};
use super::{Diagnostic, Faults, Source};
use crate::model::{Draft, DraftProvider, DraftRequirement, Invariant, Need, Split, System};
use network::{At, Network};
use report::Report;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Lists and relations of a ServiceNow CMDB: CSV, JSON of the table API.
    Servicenow,
    /// Any tables, with a map that says what they mean.
    Csv,
    /// NetBox or Nautobot: a dump, or lists of the API.
    Netbox,
    /// Hosts and virtual machines: RVTools, as a workbook or CSV.
    Rvtools,
    /// A cluster of Kubernetes: lists of `kubectl get`, manifests.
    Kubernetes,
    /// Docker Compose.
    Compose,
    /// States and plans of Terraform.
    Terraform,
    /// Answers of `aws … describe-…`.
    Aws,
    /// Graphs of Kiali.
    Kiali,
    /// Service graphs of OpenTelemetry.
    ServiceGraph,
    /// A software catalog of Backstage.
    Backstage,
    /// Business processes of Icinga or Nagios.
    Icinga,
    /// Network: a list of layer-1 neighbours.
    Layer1,
    /// Network: a topology of containerlab.
    Containerlab,
}

/// What is known of a format: all that the frame asks of it.
struct About {
    /// The word on the command line.
    word: &'static str,
    /// What it is, for people.
    title: &'static str,
    /// Whether a text looks like it, by its content.
    looks_like: fn(&Source) -> bool,
    /// Reads texts that are of it.
    read: fn(&[Arc<Source>], &Options) -> Result<Imported, Faults>,
    /// The options that mean something for it.
    takes: &'static [&'static str],
}

/// Options of networks.
const OF_NETWORKS: &[&str] = &["--capacity", "--all-pairs", "--service-per"];

impl Format {
    /// Every format.
    pub const ALL: [Self; 20] = [
        Self::Jaeger,
        Self::Graphml,
        Self::Gml,
        Self::NodeLink,
        Self::Sndlib,
        Self::Repetita,
        Self::Servicenow,
        Self::Csv,
        Self::Netbox,
        Self::Rvtools,
        Self::Kubernetes,
        Self::Compose,
        Self::Terraform,
        Self::Aws,
        Self::Kiali,
        Self::ServiceGraph,
        Self::Backstage,
        Self::Icinga,
        Self::Layer1,
        Self::Containerlab,
    ];

    /// Whether its files hold more than what runs where: passwords among settings, notes, states of
    /// programs. What is wrong with them is said with its place and never shown.
    fn may_hold_secrets(self) -> bool {
        match self {
            Self::Jaeger
            | Self::Graphml
            | Self::Gml
            | Self::NodeLink
            | Self::Sndlib
            | Self::Repetita
            | Self::Csv
            | Self::Layer1 => false,
            Self::Servicenow
            | Self::Netbox
            | Self::Rvtools
            | Self::Kubernetes
            | Self::Compose
            | Self::Terraform
            | Self::Aws
            | Self::Kiali
            | Self::ServiceGraph
            | Self::Backstage
            | Self::Icinga
            | Self::Containerlab => true,
        }
    }

    #[allow(clippy::too_many_lines, reason = "a table, one entry a format")]
    fn about(self) -> About {
        match self {
            Self::Jaeger => About {
                word: "jaeger",
                title: "Jaeger's service dependencies (JSON)",
                looks_like: jaeger::looks_like,
                read: |sources, _| jaeger::read(sources),
                takes: &[],
            },
            Self::Graphml => About {
                word: "graphml",
                title: "a network in GraphML",
                looks_like: graphml::looks_like,
                read: |sources, options| one_network(sources, options, graphml::read),
                takes: OF_NETWORKS,
            },
            Self::Gml => About {
                word: "gml",
                title: "a network in GML, as of the Topology Zoo",
                looks_like: gml::looks_like,
                read: |sources, options| one_network(sources, options, gml::read),
                takes: OF_NETWORKS,
            },
            Self::NodeLink => About {
                word: "node-link",
                title: "a network in node-link JSON, as of networkx",
                looks_like: node_link::looks_like,
                read: |sources, options| one_network(sources, options, node_link::read),
                takes: OF_NETWORKS,
            },
            Self::Netbox => About {
                word: "netbox",
                title: "an export of NetBox or Nautobot (JSON)",
                looks_like: netbox::looks_like,
                read: netbox::read,
                takes: &["--service-per"],
            },
            Self::Sndlib => About {
                word: "sndlib",
                title: "a network with demands of SNDlib (XML)",
                looks_like: sndlib::looks_like,
                read: |sources, options| one_network(sources, options, sndlib::read),
                takes: OF_NETWORKS,
            },
            Self::Repetita => About {
                word: "repetita",
                title: "a network of Repetita (.graph, .demands)",
                looks_like: repetita::looks_like,
                read: |sources, options| network(sources, options, repetita::read(sources)),
                takes: OF_NETWORKS,
            },
            Self::Servicenow => About {
                word: "servicenow",
                title: "lists and relations of a ServiceNow CMDB",
                looks_like: mapped::looks_like_servicenow,
                read: mapped::read_servicenow,
                takes: &["--map"],
            },
            Self::Csv => About {
                word: "csv",
                title: "tables, as their map says",
                looks_like: mapped::looks_like,
                read: mapped::read,
                takes: &["--map"],
            },
            Self::Rvtools => About {
                word: "rvtools",
                title: "hosts and virtual machines of RVTools (.xlsx, CSV)",
                looks_like: rvtools::looks_like,
                read: rvtools::read,
                takes: &["--overcommit"],
            },
            Self::Kubernetes => About {
                word: "kubernetes",
                title: "a Kubernetes cluster (kubectl get -o json or yaml, manifests)",
                looks_like: kubernetes::looks_like,
                read: kubernetes::read,
                takes: &[],
            },
            Self::Compose => About {
                word: "compose",
                title: "services of Docker Compose (YAML)",
                looks_like: compose::looks_like,
                read: compose::read,
                takes: &[],
            },
            Self::Terraform => About {
                word: "terraform",
                title: "a state or plan of Terraform (JSON)",
                looks_like: terraform::looks_like,
                read: terraform::read,
                takes: &[],
            },
            Self::Aws => About {
                word: "aws",
                title: "answers of the AWS command line (describe-…)",
                looks_like: aws::looks_like,
                read: aws::read,
                takes: &[],
            },
            Self::Kiali => About {
                word: "kiali",
                title: "a graph of Kiali (Istio)",
                looks_like: kiali::looks_like,
                read: kiali::read,
                takes: &[],
            },
            Self::ServiceGraph => About {
                word: "service-graph",
                title: "a service graph of OpenTelemetry (Prometheus, OTLP)",
                looks_like: service_graph::looks_like,
                read: service_graph::read,
                takes: &[],
            },
            Self::Backstage => About {
                word: "backstage",
                title: "a catalog of Backstage (YAML)",
                looks_like: backstage::looks_like,
                read: backstage::read,
                takes: &[],
            },
            Self::Icinga => About {
                word: "icinga",
                title: "business processes of Icinga or Nagios",
                looks_like: icinga::looks_like,
                read: icinga::read,
                takes: &[],
            },
            Self::Layer1 => About {
                word: "layer1",
                title: "layer-1 neighbours (JSON)",
                looks_like: layer1::looks_like_neighbours,
                read: |sources, options| one_network(sources, options, layer1::read_neighbours),
                takes: OF_NETWORKS,
            },
            Self::Containerlab => About {
                word: "containerlab",
                title: "a topology of containerlab (YAML)",
                looks_like: layer1::looks_like_lab,
                read: |sources, options| one_network(sources, options, layer1::read_lab),
                takes: OF_NETWORKS,
            },
        }
    }

    /// The word for it on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.about().word
    }

    /// What it is, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// The format of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.word() == word)
    }

    /// The one format that texts are of, by their content.
    ///
    /// # Errors
    /// They are of none, of one that is known and not read, or of several.
    pub fn recognise(sources: &[Arc<Source>]) -> Result<Self, Faults> {
        recognise::recognise(sources)
    }
}

/// Choices that the files leave open.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How demands become services.
    pub service_per: ServicePer,
    /// Capacity of a link to which the file gives none; `None` leaves it unlimited.
    pub capacity: Option<f64>,
    /// For a network without demands: the volume of one demand from each node to each other one.
    pub all_pairs: Option<f64>,
    /// For tables: what their columns mean.
    pub map: Option<Arc<Source>>,
    /// Virtual processors that one core may carry; `None` places nothing by processors.
    pub overcommit: Option<f64>,
}

impl Options {
    /// The options that are given, as they stand on the command line.
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("--capacity", self.capacity.is_some()),
            ("--all-pairs", self.all_pairs.is_some()),
            ("--map", self.map.is_some()),
            ("--overcommit", self.overcommit.is_some()),
            ("--service-per", self.service_per != ServicePer::default()),
        ];
        let given = all.into_iter().filter(|(_, given)| *given);
        given.map(|(name, _)| name).collect()
    }
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
    /// One for each site: whether it has a path out.
    Site,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Imported {
    /// The inventory; it keeps every invariant of a [`System`].
    pub draft: Draft,
    /// Rows of placements.csv.
    pub placements: Placements,
    /// Scenarios to start from. The first is `scenario.toml`; where a format gives none, one is made of
    /// the draft.
    pub scenarios: Vec<ScenarioFile>,
    /// What became of what the files hold.
    pub report: Report,
    /// What was merged, left out or assumed.
    pub warnings: Vec<Diagnostic>,
}

/// A map for tables: one that comes with the program, by its name, else a file.
///
/// # Errors
/// The file cannot be read.
pub fn map(name: &Path) -> Result<Arc<Source>, Faults> {
    if let Some(map) = name.to_str().and_then(mapped::preset) {
        return Ok(map);
    }
    let missing = || {
        let presets: Vec<&str> = mapped::presets().collect();
        let shown = super::source::shown(name);
        let fault = Diagnostic::error(format!("there is no map `{shown}`"));
        fault.help(format!(
            "write the path of a TOML file, or {}",
            presets.join(", ")
        ))
    };
    if !name.exists() {
        return Err(missing().into());
    }
    let mut read = gather(&[name.to_owned()])?;
    read.pop().ok_or_else(|| missing().into())
}

/// Reads files, the files of folders, and the sheets of workbooks.
///
/// # Errors
/// Every file that cannot be read.
pub fn gather(paths: &[PathBuf]) -> Result<Vec<Arc<Source>>, Faults> {
    gather::sources(paths)
}

/// Reads files of another tool.
///
/// # Errors
/// Every fault of the files and the options.
pub fn read(format: Format, paths: &[PathBuf], options: Options) -> Result<Imported, Faults> {
    read_sources(format, &gather(paths)?, options)
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
    let about = format.about();
    check_options(&about, &options)?;
    let Some(first) = sources.first() else {
        return Err(Diagnostic::error("there is no file to import").into());
    };
    let mut imported = (about.read)(sources, &options).map_err(|faults| {
        if format.may_hold_secrets() {
            faults.without_text()
        } else {
            faults
        }
    })?;
    if format.may_hold_secrets() {
        let warnings = imported.warnings.into_iter();
        imported.warnings = warnings.map(Diagnostic::without_text).collect();
    }
    if imported.draft.name.is_empty() {
        imported.draft.name = name_of(&first.path);
    }
    check_invariants(&imported.draft)?;
    if imported.scenarios.is_empty() {
        let scenario = ScenarioFile::of(&imported.draft);
        imported.scenarios.push(scenario);
    }
    Ok(imported)
}

/// The name of a file without its folder and its ending; of a sheet, that of its workbook.
fn name_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let lower = file.to_ascii_lowercase();
    if let Some(at) = lower.find(".xlsx:") {
        return file.get(..at).unwrap_or(file).to_owned();
    }
    let stem = Path::new(file).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// A format of one network in one file.
fn one_network(
    sources: &[Arc<Source>],
    options: &Options,
    read: fn(&Arc<Source>) -> Result<Network, Faults>,
) -> Result<Imported, Faults> {
    if let Some(second) = sources.get(1) {
        let fault = Diagnostic::error("there is a second file").at(second, 0..1);
        return Err(fault.help("import one network at a time").into());
    }
    match sources.first() {
        Some(first) => network(sources, options, read(first)?),
        None => Err(Diagnostic::error("there is no file to import").into()),
    }
}

fn network(
    sources: &[Arc<Source>],
    options: &Options,
    mut network: Network,
) -> Result<Imported, Faults> {
    if let Some(first) = sources.first() {
        network.at.get_or_insert_with(|| At::new(first, 0..1));
    }
    flows::inventory(network.resolve()?, options)
}

fn check_options(about: &About, options: &Options) -> Result<(), Faults> {
    let mut faults = Faults::new();
    let given = options.given();
    let foreign = given.iter().filter(|o| !about.takes.contains(o));
    for option in foreign {
        let word = about.word;
        let fault = Diagnostic::error(format!("{option} means nothing for {word}"));
        let known = about.takes.join(", ");
        faults.push(match about.takes {
            [] => fault.help("leave it out"),
            _ => fault.help(format!("leave it out; {word} takes {known}")),
        });
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
            Invariant::CycleThroughFlow(path)
            | Invariant::CycleOfDomains(path)
            | Invariant::CycleOfPlacement(path) => {
                let ids: Vec<&str> = path.iter().map(|&v| id(v)).collect();
                ids.join(" → ")
            }
        };
        faults.push(Diagnostic::error(format!("{invariant}: {place}")));
    }
    Err(faults)
}

/// Says that every load factor was measured or follows from what was: none is left to be assumed.
fn all_loads_given(draft: &mut Draft) {
    let providers = draft.requirements.iter_mut().flat_map(|r| &mut r.providers);
    providers.for_each(|p| p.load_given = true);
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
            load_given: is_given(load),
            constant: 0.0,
            weight: None,
        }],
        line: 0,
    }
}
