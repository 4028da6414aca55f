//! `import`: other tools' files → an inventory folder.

use super::answer::{Answer, Failure};
use super::bring::{self, Written};
use crate::input::import::{self, Format, Imported, Options, ServicePer};
use crate::input::write::render;
use crate::input::{Diagnostic, Folder, Source};
use crate::model::{Draft, Role};
use crate::report::import as shown;
use crate::report::number::counted;
use anyhow::anyhow;
use std::path::PathBuf;
use std::sync::Arc;

const AFTER: &str = "\
Examples:
  brownout import dependencies.json -o estate
  brownout import jaeger dependencies.json -o estate
  brownout import gml Geant2012.gml --capacity 10e9 --all-pairs 1e6 --service-per all -o geant
  brownout import cmdb_ci.csv cmdb_rel_ci.csv -o estate
  brownout import csv assets.xlsx --map assets.map.toml --overlay capacity.toml -o estate
  brownout import repetita net.graph net.demands --service-per source -o net
  brownout import RVTools_export_all.xlsx --overcommit 4 -o estate
  brownout import kubernetes dump.json -o estate
  brownout assess estate

Formats, told apart by content; a word before the files settles it:
  jaeger      service dependencies of Jaeger (JSON)
  graphml     a network in GraphML
  gml         a network in GML, as of the Topology Zoo
  node-link   a network in node-link JSON, as of networkx
  sndlib      a network with demands of SNDlib (XML)
  repetita    a network of Repetita (.graph, .demands)
  rvtools     hosts and virtual machines of RVTools (.xlsx, CSV)
  kubernetes  a Kubernetes cluster (kubectl get -o json or yaml, manifests)
  compose     services of Docker Compose (YAML)
  terraform   a state or plan of Terraform (JSON)
  aws         answers of the AWS command line (describe-…)
  kiali       a graph of Kiali (Istio)
  service-graph  a service graph of OpenTelemetry (Prometheus, OTLP)
  backstage   a catalog of Backstage (YAML)
  icinga      business processes of Icinga or Nagios
  layer1      layer-1 neighbours (JSON)
  containerlab  a topology of containerlab (YAML)
  netbox      an export of NetBox or Nautobot (JSON): a dump, or lists of the API
  servicenow  lists and relations of a ServiceNow CMDB (CSV, JSON of the table API)
  csv         any tables, with --map FILE (CSV, JSON, workbooks)";

/// Turn other tools' files into an inventory folder
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER, override_usage = "brownout import [OPTIONS] --output <DIR> [FORMAT] <SRC>...")]
pub(super) struct Args {
    /// The format, if it is not to be recognised, then files, folders and workbooks
    // One list: clap cannot tell an optional word from the first file.
    #[arg(required = true, value_name = "SRC")]
    sources: Vec<PathBuf>,
    #[command(flatten)]
    bring: bring::InventoryArgs,
    /// What the source does not know: TOML or CSV, applied in order; may be given several times
    #[arg(long = "overlay", value_name = "FILE")]
    overlays: Vec<PathBuf>,
    /// Tables: what their columns mean; a file, or servicenow
    #[arg(long, value_name = "MAP")]
    map: Option<PathBuf>,
    /// Networks: how demands become services; one of many is down when any of them has no path. NetBox: site
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    service_per: ServicePer,
    /// Networks: capacity of links that the file gives none [default: unlimited]
    #[arg(long, value_name = "X")]
    capacity: Option<f64>,
    /// Networks without demands: one demand of this volume from each node to each other one
    #[arg(long, value_name = "X")]
    all_pairs: Option<f64>,
    /// RVTools: place machines by processors as well, with this many virtual ones for each core
    #[arg(long, value_name = "RATIO")]
    overcommit: Option<f64>,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let options = Options {
        service_per: args.service_per,
        capacity: args.capacity,
        all_pairs: args.all_pairs,
        map: args.map.as_deref().map(import::map).transpose()?,
        overcommit: args.overcommit,
    };
    let (format, paths) = named(&args.sources);
    args.bring.can_be_written(paths)?;
    if paths.is_empty() {
        return Err(Failure::Other(anyhow!(
            "there is no file to import: name one or more"
        )));
    }
    let sources = import::gather(paths)?;
    let (format, recognised) = match format {
        Some(format) => (format, false),
        // A map is for tables, and nobody recognises those.
        None if options.map.is_some() => (Format::Csv, false),
        None => (Format::recognise(&sources)?, true),
    };
    let imported = import::read_sources(format, &sources, options)?;
    let folder = folder(args, format, &sources, &imported)?;
    let first = if recognised {
        format!("Read as {}.\n", format.title())
    } else {
        String::new()
    };
    let written = Written {
        first,
        summary: summary(&imported.draft),
        warnings: imported.warnings.iter().map(Diagnostic::line).collect(),
    };
    args.bring.write(&folder, &written)
}

/// The files to write: the inventory with its overlays, its scenarios, and what became of what was read.
fn folder(
    args: &Args,
    format: Format,
    sources: &[Arc<Source>],
    imported: &Imported,
) -> Result<Folder, Failure> {
    let mut files = render(&imported.draft, &imported.placements)
        .map_err(|error| Failure::Other(error.into()))?;
    for scenario in &imported.scenarios {
        files.insert(scenario.file.to_owned(), scenario.text().into_bytes());
    }
    let mut folder = Folder {
        path: args.bring.output.clone(),
        files,
        ..Folder::default()
    };
    args.bring.apply(&mut folder, &args.overlays)?;
    let paths: Vec<&str> = sources.iter().map(|s| s.path.as_str()).collect();
    let report = shown::text(format.title(), &paths, imported, &folder.uses);
    folder
        .files
        .insert("import-report.txt".to_owned(), report.into_bytes());
    Ok(folder)
}

/// The format that the first word names, unless a file is called so; and the files.
fn named(words: &[PathBuf]) -> (Option<Format>, &[PathBuf]) {
    let Some((first, rest)) = words.split_first() else {
        return (None, words);
    };
    match first.to_str().and_then(Format::of_word) {
        Some(format) if !rest.is_empty() || !first.exists() => (Some(format), rest),
        _ => (None, words),
    }
}

/// `12 services, 1,238 components, 4,271 requirements`.
fn summary(draft: &Draft) -> String {
    let count = |keep: fn(&Role) -> bool| {
        let kept = draft.nodes.iter().filter(|d| keep(&d.node.role));
        kept.count() as u64
    };
    let parts = [
        (count(|r| matches!(r, Role::Service(_))), "service"),
        (count(|r| matches!(r, Role::Component)), "component"),
        (count(|r| matches!(r, Role::Link(_))), "link"),
        (count(|r| matches!(r, Role::Flow(_))), "flow"),
        (draft.requirements.len() as u64, "requirement"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|&(n, _)| n > 0)
        .map(|(n, noun)| counted(n, noun))
        .collect();
    said.join(", ")
}
