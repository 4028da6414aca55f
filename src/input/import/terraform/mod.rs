//! Terraform: states, plans, and what `terraform show -json` writes.
//!
//! In: resources of AWS, Azure, Google Cloud and `OpenStack`, by an allow-list of types. Out: zones, what
//! runs in them, groups, databases with a side that stands by, load balancers with their targets, a
//! service for each. Promises: the order in which things are built is not taken for who needs whom; what
//! is marked sensitive, tags and user data are not read.

mod behind;
mod context;
mod databases;
mod kinds;
mod resources;

use super::super::{Diagnostic, Faults, Source};
use super::cloud::Cloud;
use super::{Imported, Options, sniff};
use resources::Resource;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether a text is a state or a plan.
pub(super) fn looks_like(source: &Source) -> bool {
    sniff::json(source).is_some_and(|o| o.has("terraform_version") || o.has("lineage"))
}

/// Reads states and plans as one estate.
///
/// # Errors
/// Files that cannot be read, nothing in them that can fail.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut faults = Faults::new();
    let mut warnings = Vec::new();
    let mut all: BTreeMap<String, Resource> = BTreeMap::new();
    let mut deposed = BTreeSet::new();
    for source in sources {
        match resources::read(source) {
            Ok(held) => {
                if held.is_plan {
                    let message = format!(
                        "`{}` is a plan: it says what is to be, not what runs",
                        source.path
                    );
                    let help = "`terraform show -json` without a plan shows what runs";
                    warnings.push(Diagnostic::warning(message).help(help));
                }
                deposed.extend(held.deposed);
                for resource in held.resources {
                    add(&mut all, resource, &source.path, &mut warnings);
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    faults.or(())?;
    let resources: Vec<Resource> = all.into_values().collect();
    let mut cloud = Cloud::default();
    for (sort, address) in &deposed {
        cloud.report.read(sort, address);
        let why = "replaced, it waits to be destroyed";
        cloud.report.skipped(sort, why, address);
    }
    kinds::build(&resources, &mut cloud);
    let imported = cloud.finish("", warnings);
    if imported.draft.nodes.is_empty() {
        let fault =
            Diagnostic::error("nothing in the files is known to be something that can fail");
        return Err(fault.help("machines, groups, databases and load balancers of AWS, Azure, Google Cloud and OpenStack are read").into());
    }
    Ok(imported)
}

/// Two files may hold the same address: the same resource, or one of another estate.
fn add(
    all: &mut BTreeMap<String, Resource>,
    resource: Resource,
    path: &str,
    warnings: &mut Vec<Diagnostic>,
) {
    let id = resource.text("id");
    let mut key = resource.address.clone();
    while let Some(known) = all.get(&key) {
        if known.text("id") == id {
            return;
        }
        key.push('\'');
    }
    if key != resource.address {
        let message = format!(
            "`{path}` has another `{}` than a file before it",
            resource.address
        );
        let help = "import each estate by itself, then put the inventories together";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    all.insert(key, resource);
}
