//! Databases and caches with members that stand by. In: resources. Out: calls of [`Cloud`]. Promises: a member is
//! in the zone that is stated for it, and in none where none is.

use super::super::cloud::Cloud;
use super::context::{Context, last, region};
use super::resources::Resource;
use crate::model::{Need, Split};

/// The other zone of a database that stands by in one; blank where it is not said.
fn other_zone(resource: &Resource, own: &str, context: &Context) -> String {
    let group = resource.text("db_subnet_group_name");
    let mut groups = context.resources.iter().filter(|r| {
        r.sort == "aws_db_subnet_group" && !group.is_empty() && r.text("name") == group
    });
    let subnets = groups.next().map(|g| g.ordered("subnet_ids"));
    let mut places = context.places(&subnets.unwrap_or_default());
    places.zones.retain(|z| z != own);
    // Which of several other zones it stands by in is not said; of one there is no doubt.
    match (&places.zones[..], places.unknown) {
        ([one], 0) if !own.is_empty() => one.clone(),
        _ => String::new(),
    }
}

/// A database of one side, or of two where one stands by.
pub(super) fn database(resource: &Resource, context: &Context, cloud: &mut Cloud) -> Option<u32> {
    let (id, region) = (&*resource.address, &*region(resource));
    let mut own = context.zone(resource, &["availability_zone", "zone"]);
    let one_of = |path: &[&str]| resource.within(path).into_iter().next().unwrap_or_default();
    let (two, other) = match &*resource.sort {
        "aws_db_instance" => {
            let other = other_zone(resource, &own, context);
            (resource.flag("multi_az"), other)
        }
        "google_sql_database_instance" => {
            let place = |name| one_of(&["settings", "location_preference", name]);
            if own.is_empty() {
                last(&place("zone")).clone_into(&mut own);
            }
            let other = last(&place("secondary_zone")).to_owned();
            let sort = one_of(&["settings", "availability_type"]);
            (sort == "REGIONAL", other)
        }
        "azurerm_mssql_database" => (resource.flag("zone_redundant"), String::new()),
        "azurerm_postgresql_flexible_server" | "azurerm_mysql_flexible_server" => {
            let mode = one_of(&["high_availability", "mode"]);
            let other = one_of(&["high_availability", "standby_availability_zone"]);
            let place = resource.text("location");
            let other = match (&*mode, &*other) {
                ("SameZone", _) => own.clone(),
                (_, "") => String::new(),
                (_, other) => format!("{place}-{other}"),
            };
            (!matches!(&*mode, "" | "Disabled"), other)
        }
        "aws_docdb_cluster_instance" | "aws_neptune_cluster_instance" => (false, String::new()),
        _ => return None,
    };
    Some(if two {
        cloud.pair(id, "database", [&own, &other], region)
    } else {
        cloud.one(id, "database", &own, region)
    })
}

/// A cluster of database instances: one that writes, the others stand by.
pub(super) fn cluster(resource: &Resource, context: &Context, cloud: &mut Cloud) -> u32 {
    let id = &*resource.address;
    let names = [resource.text("id"), resource.text("cluster_identifier")];
    let of_it = |r: &&Resource| {
        let cluster = r.text("cluster_identifier");
        r.sort == "aws_rds_cluster_instance" && !cluster.is_empty() && names.contains(&cluster)
    };
    let members = context.resources.iter().filter(of_it);
    let mut members: Vec<u32> = members.filter_map(|r| cloud.find(&r.address)).collect();
    // With a class of its own it has two that stand by, and makes them itself.
    if members.is_empty() && !resource.text("db_cluster_instance_class").is_empty() {
        let mut zones = resource.ordered("availability_zones");
        zones.resize(3, String::new());
        return cloud.parts(id, "database", &[zones], true, &region(resource));
    }
    for member in resource.list("cluster_members") {
        let at = cloud.listed(&member, "database", "", "");
        members.extend(at.filter(|at| !members.contains(at)));
    }
    if members.is_empty() {
        return cloud.one(id, "database", "", &region(resource));
    }
    cloud.group(id, Need::AtLeast(1), Split::Standby, members)
}

/// Parts and members of a group of caches; nobody has more.
const MOST: u32 = 1_000;

/// A group of caches: parts, of each one that works and its replicas.
pub(super) fn cache(resource: &Resource, cloud: &mut Cloud) -> u32 {
    let count = |names: [&str; 2], block: &str| {
        let own = names.iter().filter_map(|n| resource.count(n));
        let inner = resource.within(&["cluster_mode", block]);
        let inner: Vec<u32> = inner.iter().filter_map(|n| n.parse().ok()).collect();
        own.chain(inner).find(|&n| n > 0)
    };
    let parts = count(["num_node_groups", ""], "num_node_groups");
    let parts = parts.unwrap_or(1).min(MOST);
    let replicas = count(["replicas_per_node_group", ""], "replicas_per_node_group");
    let all = count(["num_cache_clusters", "number_cache_clusters"], "");
    // All that there are, over the parts; the count of replicas where that is all that is said.
    let of_part = match (replicas, all) {
        (Some(replicas), _) => replicas.saturating_add(1),
        (None, Some(all)) => all.div_ceil(parts),
        (None, None) => 1,
    };
    let of_part = of_part.min(MOST) as usize;
    // The first of the zones is that of the one that works. For several parts they are not in order.
    let mut zones = resource.ordered("preferred_cache_cluster_azs");
    if parts > 1 {
        zones.clear();
    }
    zones.resize(of_part, String::new());
    let parts = vec![zones; parts as usize];
    let takes_over = resource.flag("automatic_failover_enabled");
    let id = &resource.address;
    cloud.parts(id, "database", &parts, takes_over, &region(resource))
}
