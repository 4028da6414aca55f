//! What a resource of a cloud says of itself: where it is, what others call it. In: resources. Out: zones, regions,
//! names. Promises: a subnet that no file describes is a place of an unknown zone, and not none.

use super::super::cloud::{Cloud, Places};
use super::super::standing::{self, Standing, States};
use super::resources::Resource;
use std::collections::{BTreeMap, BTreeSet};

/// What others look up.
pub(super) struct Context<'r> {
    pub resources: &'r [Resource],
    /// Zones of AWS subnets.
    subnets: BTreeMap<String, String>,
}

impl<'r> Context<'r> {
    pub fn of(resources: &'r [Resource]) -> Self {
        let subnets = resources
            .iter()
            .filter(|r| matches!(&*r.sort, "aws_subnet" | "aws_default_subnet"));
        // In a plan a subnet that is not made yet has no id, and nothing is known to be in it.
        let subnets = subnets.map(|r| (r.text("id"), r.text("availability_zone")));
        let subnets = subnets.filter(|(id, _)| !id.is_empty());
        Self {
            resources,
            subnets: subnets.collect(),
        }
    }

    /// Where subnets are: their zones, each once, and how many are in no file or in no zone that is known. Of
    /// two of those each may be in a zone of its own.
    pub fn places(&self, subnets: &[String]) -> Places {
        let zones = subnets
            .iter()
            .map(|s| self.subnets.get(s).cloned().unwrap_or_default());
        let mut seen = BTreeSet::new();
        Places::of(zones.filter(|z| z.is_empty() || seen.insert(z.clone())))
    }

    /// The zone of something; that of its subnet where it says none itself.
    pub fn zone(&self, resource: &Resource, names: &[&str]) -> String {
        let mut own = resource.first(names);
        if own.is_empty() {
            own = names
                .iter()
                .flat_map(|name| resource.list(name))
                .next()
                .unwrap_or_default();
        }
        let own = last(&own).to_owned();
        if resource.sort.starts_with("azurerm") {
            let place = resource.text("location");
            let both = !own.is_empty() && !place.is_empty();
            return if both { format!("{place}-{own}") } else { own };
        }
        if own.is_empty() {
            self.subnets
                .get(&resource.text("subnet_id"))
                .cloned()
                .unwrap_or_default()
        } else {
            own
        }
    }
}

/// The last part of an address of the provider: `us-central1-a` of `https://…/zones/us-central1-a`.
pub(super) fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

pub(super) fn region(resource: &Resource) -> String {
    let own = resource.first(&["region", "location"]);
    if own.is_empty() {
        let arn = resource.text("arn");
        return arn.split(':').nth(3).unwrap_or_default().to_owned();
    }
    last(&own).to_owned()
}

/// What others may call a resource.
const NAMES: [&str; 6] = [
    "id",
    "arn",
    "name",
    "self_link",
    "identifier",
    "cluster_identifier",
];

pub(super) fn named(cloud: &mut Cloud, at: u32, resource: &Resource) {
    for name in NAMES {
        let name = resource.text(name);
        cloud.alias(at, &name);
    }
    let own = ["access_ip_v4", "private_ip"].map(|name| resource.text(name));
    let more = resource.within(&["network", "fixed_ip_v4"]);
    for address in own.iter().chain(&more) {
        cloud.address(at, address);
    }
    let size = resource.first(&[
        "instance_type",
        "instance_class",
        "machine_type",
        "size",
        "flavor_name",
    ]);
    cloud.assembly.label(at, "size", last(&size));
}

/// Says that a resource is no more, or stands for nothing.
pub(super) fn gone(cloud: &mut Cloud, resource: &Resource) {
    cloud.gone(&resource.address);
    for name in NAMES {
        let name = resource.text(name);
        cloud.gone(&name);
    }
}

/// The state that a resource says it is in, and what such states mean.
fn state(resource: &Resource) -> Option<(String, States)> {
    let (state, states) = match &*resource.sort {
        "aws_instance" => (resource.text("instance_state"), standing::AWS_INSTANCE),
        "google_compute_instance" => (
            resource.first(&["current_status", "desired_status"]),
            standing::GOOGLE_INSTANCE,
        ),
        "google_sql_database_instance" => {
            let policy = resource.within(&["settings", "activation_policy"]);
            let policy = policy.into_iter().next().unwrap_or_default();
            (policy, standing::GOOGLE_ACTIVATION)
        }
        "openstack_compute_instance_v2" => {
            (resource.text("power_state"), standing::OPENSTACK_INSTANCE)
        }
        "aws_db_instance" => (resource.text("status"), standing::AWS_DATABASE),
        "aws_dx_connection" => (resource.text("state"), standing::AWS_NETWORK),
        sort if sort.starts_with("azurerm") && sort.ends_with("virtual_machine") => {
            (resource.text("power_state"), standing::AZURE_MACHINE)
        }
        _ => return None,
    };
    Some((state, states))
}

/// Whether a resource is left out because it is no more.
pub(super) fn is_gone(resource: &Resource, cloud: &mut Cloud) -> bool {
    let is_gone = state(resource).is_some_and(|(state, of)| of.of(&state) == Standing::Gone);
    if is_gone {
        let why = if resource.sort == "aws_instance" {
            "terminated"
        } else {
            "it is being deleted"
        };
        cloud.report.skipped(&resource.sort, why, &resource.address);
        gone(cloud, resource);
    }
    is_gone
}

/// A known outage of what does not serve.
pub(super) fn stand(resource: &Resource, at: u32, cloud: &mut Cloud) {
    if let Some(why) = state(resource).and_then(|(state, states)| states.outage(&state)) {
        cloud.down(at, &why);
    }
}
