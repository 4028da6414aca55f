//! Sites and access devices with no documented path out. No service speaks of them, so that no policy does.
//!
//! In: the devices of each site, and which of them have a path. Out: warnings with their names, lines of the report,
//! and the sites for the scenario.

use super::super::ids::some_of;
use super::estate::Estate;
use super::members::{Member, NO_PATH};
use std::collections::BTreeSet;

/// A site, and those of its devices that should have a path out and have none.
pub(super) struct Site {
    at: u32,
    has_service: bool,
    /// Those that no link leads to.
    bare: Vec<u32>,
    /// Those that links lead to.
    cut_off: Vec<u32>,
}

impl Site {
    /// Looks at the devices of a site: those that its service was to be made of, and those that have a path out.
    pub fn of(at: u32, members: &[&Member], chosen: &[&Member], served: &BTreeSet<u32>) -> Self {
        let has_service = !served.is_empty();
        // Where nothing else has a path, a router without one says as much as a switch.
        let is_access = |m: &Member| {
            let gateway = matches!(&*m.kind, "router" | "firewall");
            m.is_access() || m.kind == "switch" || (gateway && !has_service)
        };
        let bare = members
            .iter()
            .filter(|m| !m.linked && !m.is_core() && is_access(m));
        let cut_off = chosen.iter().filter(|m| !served.contains(&m.at));
        Self {
            at,
            has_service,
            bare: bare.filter(|m| m.passes).map(|m| m.at).collect(),
            cut_off: cut_off.filter(|m| m.passes).map(|m| m.at).collect(),
        }
    }
}

/// Says what has no path out. What is known to be out needs none.
pub(super) fn warn(sites: &[Site], estate: &mut Estate) {
    let mut without: Vec<String> = Vec::new();
    let mut devices: Vec<String> = Vec::new();
    for site in sites {
        for &at in &site.bare {
            let id = estate.id(at).to_owned();
            estate.report.skipped("access device", NO_PATH, &id);
        }
        let is_out = |at: &u32| estate.down.contains_key(at);
        let lost = site.bare.iter().chain(&site.cut_off);
        let lost: Vec<u32> = lost.copied().filter(|at| !is_out(at)).collect();
        if is_out(&site.at) || lost.is_empty() {
            continue;
        }
        if site.has_service {
            devices.extend(lost.iter().map(|&at| estate.id(at).to_owned()));
        } else {
            without.push(estate.id(site.at).to_owned());
        }
    }
    let mut say = |what: &str, ids: &mut [String]| {
        ids.sort();
        if !ids.is_empty() {
            let some = some_of(ids.iter().map(String::as_str));
            let warning = format!("{what}: {} ({some})", ids.len());
            estate.warnings.push(warning);
        }
    };
    say(
        "sites with devices of the network and no documented path out, which are in no service",
        &mut without,
    );
    say(
        "access devices with no documented path out, which the service of their site leaves out",
        &mut devices,
    );
    estate.pathless = without;
}
