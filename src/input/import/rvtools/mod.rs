//! RVTools: what a vCenter holds, as a workbook or a folder of CSV files.
//!
//! In: the sheets vInfo and vHost, and vCluster, vDatastore and vDisk if they are there. Out: hosts with their memory
//! and processors, datacenters, machines as instances, one service per cluster, and a scenario that fails
//! hosts singly and clusters and datacenters as a whole. Promises: columns are found by name in the
//! headers of any version; a machine whose memory is no number is left out with a warning, and what cannot be read of a
//! host is a fault. Custom attributes, annotations, tags and addresses are not read.

mod called;
mod estate;
mod export;
mod remarks;
mod restart;
mod rows;
mod rules;
mod sheet;
mod storage;

use super::super::write::{Hosts, Placement, Placements};
use super::super::{Diagnostic, Faults, Source};
use super::report::Report;
use super::{Imported, Options};
use estate::{Estate, Instance};
use std::sync::Arc;

/// Whether a text is a sheet of `RVTools`, by its header.
pub(super) fn looks_like(source: &Source) -> bool {
    let header = super::sniff::header(source);
    let has = |name: &str| header.iter().any(|cell| cell.eq_ignore_ascii_case(name));
    let machines = has("Powerstate") && has("Template");
    let hosts = has("# Cores") && has("# Memory");
    let clusters = has("HA enabled") && has("Failover Level");
    let other = sheet::name_of(&source.path).is_some() && (has("VM") || has("Host"));
    machines || hosts || clusters || other
}

/// Reads the sheets of one export, or of several.
///
/// # Errors
/// A sheet or a column that is needed is missing, or `--overcommit` is no ratio.
pub(super) fn read(sources: &[Arc<Source>], options: &Options) -> Result<Imported, Faults> {
    if let Some(ratio) = options.overcommit
        && !(ratio.is_finite() && ratio > 0.0)
    {
        let fault = Diagnostic::error("--overcommit must be a finite number above 0");
        return Err(fault
            .help("write how many virtual processors a core may carry: 4")
            .into());
    }
    let mut report = Report::default();
    let export = rows::read(sources, &mut report)?;
    let mut estate = estate::build(&export, options.overcommit, &mut report);
    if estate.instances.is_empty() {
        return Err(nothing_runs(export.no_memory, &report));
    }
    let placements = placements(&estate, options.overcommit.is_some());
    let mut warnings = export.warnings;
    warnings.extend(remarks::no_memory(&export.no_memory));
    warnings.extend(remarks::warnings(&estate));
    remarks::ha(&estate, &mut report);
    let scenarios = vec![remarks::scenario(&mut estate)];
    Ok(Imported {
        draft: estate.assembly.finish(),
        placements,
        scenarios,
        report,
        warnings,
    })
}

/// Why there is nothing to place: what runs states no memory, or nothing runs.
fn nothing_runs(no_memory: Vec<Diagnostic>, report: &Report) -> Faults {
    if !no_memory.is_empty() {
        let mut faults = Faults::new();
        no_memory.into_iter().for_each(|fault| faults.push(fault));
        return faults;
    }
    let machines = report
        .skipped
        .iter()
        .filter(|(why, _)| why.starts_with("VM: "));
    let left: Vec<String> = machines
        .map(|(why, tally)| format!("{} ({})", why.trim_start_matches("VM: "), tally.count))
        .collect();
    let fault = Diagnostic::error("no machine runs: there is nothing to place");
    let help = match &left[..] {
        [] => {
            "vInfo lists what is powered on with its memory; see whether it is complete".to_owned()
        }
        _ => format!(
            "see whether vInfo is complete; left out: {}",
            left.join("; ")
        ),
    };
    fault.help(help).into()
}

/// The rows of placements.csv.
fn placements(estate: &Estate, by_cpu: bool) -> Placements {
    let mut resources = vec!["/memory".to_owned()];
    if by_cpu {
        resources.push("/cpu".to_owned());
    }
    let id = |at: u32| estate.assembly.id(at).to_owned();
    let row = |instance: &Instance| {
        let cpus = instance.cpus.filter(|_| by_cpu);
        let cpus = cpus.map(|cpus| ("/cpu".to_owned(), cpus));
        let memory = ("/memory".to_owned(), instance.memory);
        let all = format!("kind=hypervisor cluster={}", estate.pools[instance.pool].id);
        Placement {
            instance: id(instance.vm),
            hosts: match &instance.only {
                Some(some) => Hosts::Ids(some.iter().map(|&host| id(host)).collect()),
                None => Hosts::Selector(all),
            },
            host: instance.host.map(id),
            priority: Some(instance.priority),
            apart: instance.apart.clone(),
            apart_by: None,
            amounts: std::iter::once(memory).chain(cpus).collect(),
        }
    };
    Placements {
        resources,
        rows: estate.instances.iter().map(row).collect(),
    }
}
