//! NetBox and Nautobot: a dump of the database, or lists of the API, as JSON.
//!
//! In: `manage.py dumpdata` (2.11 to 4.x), lines of it, pages of the API (any number of them, in any
//! number of files), bundles of lists; of NetBox or of Nautobot. Out:
//!
//! - places, devices, power, circuits, clusters and virtual machines as components, each within what it
//!   cannot work without;
//! - every cable that leads from an interface to another, through panels and circuits, as one link, within
//!   the panels, the circuits and the shared cables on its way;
//! - cords as requirements, several sources as a group of which any will do;
//! - what is out by its status as known outages; what is gone is left out, unless something hangs on it;
//! - one service for each site, which asks whether its access devices have a path out.
//!
//! Promises: rows in any order and any number of files give the same bytes. Only an allow-list of fields is
//! read ([`wire`]); no message quotes a file.

mod cables;
mod circuits;
mod cords;
mod estate;
mod feeds;
mod graph;
mod groups;
mod held;
mod links;
mod members;
mod missing;
mod model;
mod natural;
mod pathless;
mod places;
mod ports;
mod power;
mod racks;
mod reach;
mod roles;
mod runs;
mod speeds;
mod stacks;
mod status;
mod table;
mod trace;
mod unclear;
mod wire;

use super::ids::some_of;
use super::{Imported, Options, ServicePer};
use crate::input::write::{Placements, PolicyLine, ScenarioFile};
use crate::input::{Diagnostic, Faults, Source};
use crate::model::Role;
use cables::Plant;
use estate::{Estate, clean};
use model::Model;
use runs::Runs;
use std::sync::Arc;
use table::Table;

/// Whether a text holds rows of NetBox or Nautobot, by its content.
pub(super) fn looks_like(source: &Source) -> bool {
    let text = source.text.as_str();
    let starts = text.trim_start().starts_with(['{', '[']);
    let has = |word: &str| text.contains(word);
    let dump = || {
        let apps = [
            "\"dcim.",
            "\"circuits.",
            "\"virtualization.",
            "\"tenancy.",
            "\"ipam.",
        ];
        has("\"model\"") && has("\"fields\"") && apps.iter().any(|app| has(app))
    };
    let served = || {
        let apps = [
            "/api/dcim/",
            "/api/circuits/",
            "/api/virtualization/",
            "/api/tenancy/",
            "/api/ipam/",
        ];
        apps.iter().any(|app| has(app))
    };
    let bundle = || has("\"device_type\"") && has("\"site\"") || has("\"a_terminations\"");
    starts && (dump() || served() || bundle())
}

/// Reads an export, in one file or many.
///
/// # Errors
/// A file that is no JSON or no export, or an option that means nothing here.
pub(super) fn read(sources: &[Arc<Source>], options: &Options) -> Result<Imported, Faults> {
    if !matches!(options.service_per, ServicePer::Demand | ServicePer::Site) {
        let fault = Diagnostic::error("an inventory of places has services per site");
        return Err(fault
            .help("leave out --service-per, or write --service-per site")
            .into());
    }
    let mut table = Table::read(sources)?;
    natural::resolve(&mut table)?;
    let kinds = [
        Model::Device,
        Model::VirtualMachine,
        Model::Site,
        Model::Location,
        Model::Cluster,
    ];
    if kinds.iter().all(|&kind| table.rows(kind).is_empty()) {
        let fault =
            Diagnostic::error("the export holds no sites, devices, clusters or virtual machines");
        return Err(fault
            .help("export dcim, circuits and virtualization whole")
            .into());
    }
    let mut estate = Estate::default();
    let plant = Plant::of(&table);
    let placements = build(&table, &plant, &mut estate);
    account(&table, &plant, &mut estate);
    let scenario = scenario(&estate);
    let warnings = estate
        .warnings
        .iter()
        .map(|w| Diagnostic::warning(w.as_str()));
    Ok(Imported {
        warnings: warnings.collect(),
        draft: estate.finish(),
        placements,
        scenarios: vec![scenario],
        report: estate.report,
    })
}

/// Everything, from places to services: what comes later is named after what came before.
fn build(table: &Table, plant: &Plant, estate: &mut Estate) -> Placements {
    let runs = Runs::of(table, plant);
    estate.held = held::of(table, &runs);
    places::add(table, estate);
    links::providers(table, estate);
    feeds::add(table, estate);
    groups::clusters(table, estate);
    estate.name_all();
    links::add(table, plant, &runs, estate);
    power::chains(table, plant, estate);
    groups::gateways(table, estate);
    groups::circuit_groups(table, estate);
    estate.name_all();
    groups::services(table, estate);
    reach::add(table, estate);
    estate.name_all();
    for key in &plant.endless {
        let why = "it does not say where it ends, or what it ends at is not here";
        estate.report.skipped("dcim.cable", why, &key.to_string());
    }
    for key in &plant.unclear {
        let rule = "cable with unlike numbers of ports at its ends: each leads to each";
        estate.report.derived(rule, &key.to_string());
    }
    groups::placements(table, estate)
}

/// What was read, and what is wrong with the export as a whole.
fn account(table: &Table, plant: &Plant, estate: &mut Estate) {
    for model in table.own.keys() {
        for row in table.rows(*model).values() {
            estate.report.read(
                model.name(),
                &clean(places::name_of(row).unwrap_or_default()),
            );
        }
    }
    for (name, count) in &table.others {
        for _ in 0..*count {
            estate.report.skipped(name, "not used", "");
        }
    }
    for (model, &stated) in &table.stated {
        let here = table.own.get(model).copied().unwrap_or(0);
        if here < stated {
            estate.warnings.push(format!(
                "the export is partial: {here} of {stated} rows of {} are here, so paths and shared risks are \
                 missing; fetch every page (?limit=0, or follow `next`)",
                model.name()
            ));
        }
    }
    unclear::account(table, estate);
    missing::account(table, plant, estate);
    if !estate.held.is_empty() {
        let names = estate.held.keys().map(|(model, key)| {
            let name = places::name_of(table.fields(*model, key));
            clean(name.unwrap_or_else(|| model.name()))
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        let some = some_of(names.iter().map(String::as_str));
        estate.warnings.push(format!(
            "objects that are gone by their status and that something hangs on, kept as known outages: {} ({some})",
            names.len()
        ));
    }
    for (model, names) in &table.by_names {
        let rule = format!("reference by names → {}", model.name());
        estate.report.derived(&rule, &clean(names));
    }
    if table.differing > 0 {
        estate.warnings.push(format!(
            "objects that stand twice and differ, of which the one that was updated last is taken: {}",
            table.differing
        ));
    }
    if table.strange > 0 {
        estate.warnings.push(format!(
            "elements that are no rows, left out: {}",
            table.strange
        ));
    }
}

/// A scenario to start from: what is known to be out, and whether any single failure cuts a site off.
fn scenario(estate: &Estate) -> ScenarioFile {
    let services = estate
        .draft
        .nodes
        .iter()
        .any(|d| matches!(d.node.role, Role::Service(_)));
    let every_site = estate.pathless.is_empty();
    let name = if every_site {
        "Every site keeps a path out through any single failure"
    } else {
        "Every site with a documented path out keeps one through any single failure"
    };
    let policy = PolicyLine {
        name: name.to_owned(),
        services: vec!["kind=service".to_owned()],
        survives: 1,
        restarts: None,
    };
    let down = estate
        .down
        .iter()
        .map(|(&at, why)| (estate.id(at).to_owned(), clean(why)));
    let mut down: Vec<(String, String)> = down.collect();
    down.sort();
    let fill_in = [
        "services.csv: the demand of each site, kbit/s; 0 only asks whether there is a path",
        "links.csv: capacity of circuits that state no commit rate, and of what lies behind a provider",
        "components.csv: mtbf_hours and mttr_hours of devices, circuits and power feeds",
        "dependencies.csv: services that people use, and the devices and machines that they need",
    ];
    let missing = (!every_site).then(|| {
        let sites = some_of(estate.pathless.iter().map(String::as_str));
        format!("links.csv: what leads out of {sites}; no service speaks of them")
    });
    let fill_in = missing.into_iter().chain(fill_in.map(str::to_owned));
    ScenarioFile {
        name: "Any single failure".to_owned(),
        down,
        policies: services.then_some(policy).into_iter().collect(),
        fill_in: fill_in.collect(),
        ..ScenarioFile::default()
    }
}
