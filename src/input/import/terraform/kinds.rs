//! Types of resources → parts of an estate. In: resources. Out: calls of [`Cloud`]. Promises: a type that
//! is not listed here is counted and left out.

use super::super::cloud::{Cloud, Places};
use super::behind::{BALANCERS, balanced};
use super::context::{Context, gone, is_gone, last, named, region, stand};
use super::databases::{cache, cluster, database};
use super::resources::Resource;
use crate::model::{Need, Split};

/// Adds every resource of a known type. Members come before what is made of them.
pub(super) fn build(resources: &[Resource], cloud: &mut Cloud) {
    let context = Context::of(resources);
    for resource in resources {
        cloud.report.read(&resource.sort, &resource.address);
    }
    for step in [leaf, gathered, balanced] {
        for resource in resources.iter().filter(|r| !r.is_data) {
            step(resource, &context, cloud);
        }
    }
    for resource in resources {
        if resource.is_data {
            cloud.report.skipped(
                &resource.sort,
                "only looked up, not of this estate",
                &resource.address,
            );
        } else if !is_known(&resource.sort) {
            cloud.report.skipped(
                &resource.sort,
                "not something that can fail, or not known",
                &resource.address,
            );
        }
    }
}

/// Types that something is made of, or that say where things are or belong.
fn is_known(sort: &str) -> bool {
    let mut things = MACHINES.iter().chain(&OTHERS);
    things.any(|(known, ..)| *known == sort)
        || BALANCERS.contains(&sort)
        || GROUPS.contains(&sort)
        || HELPERS.contains(&sort)
}

/// Types that are one thing in one zone: its kind, and the attributes that say which zone.
const MACHINES: [(&str, &str, &[&str]); 9] = [
    ("aws_instance", "vm", &["availability_zone"]),
    ("google_compute_instance", "vm", &["zone"]),
    ("azurerm_linux_virtual_machine", "vm", &["zone"]),
    ("azurerm_windows_virtual_machine", "vm", &["zone"]),
    ("azurerm_virtual_machine", "vm", &["zones"]),
    (
        "openstack_compute_instance_v2",
        "vm",
        &["availability_zone"],
    ),
    (
        "aws_elasticache_cluster",
        "database",
        &["availability_zone"],
    ),
    (
        "aws_rds_cluster_instance",
        "database",
        &["availability_zone"],
    ),
    ("aws_nat_gateway", "gateway", &["availability_zone"]),
];
/// Types that are one thing of a region.
const OTHERS: [(&str, &str, &[&str]); 4] = [
    ("aws_vpn_connection", "vpn", &[]),
    ("aws_dx_connection", "circuit", &[]),
    ("aws_internet_gateway", "gateway", &[]),
    ("aws_cloudfront_distribution", "cdn", &[]),
];
const GROUPS: [&str; 18] = [
    "aws_autoscaling_group",
    "aws_eks_node_group",
    "aws_ecs_service",
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_elasticache_replication_group",
    "google_compute_instance_group",
    "google_compute_instance_group_manager",
    "google_compute_region_instance_group_manager",
    "google_sql_database_instance",
    "azurerm_linux_virtual_machine_scale_set",
    "azurerm_windows_virtual_machine_scale_set",
    "azurerm_mssql_database",
    "azurerm_postgresql_flexible_server",
    "azurerm_mysql_flexible_server",
    "azurerm_orchestrated_virtual_machine_scale_set",
    "aws_docdb_cluster_instance",
    "aws_neptune_cluster_instance",
];
/// Types that say where things are, or that join a load balancer with what is behind it.
const HELPERS: [&str; 19] = [
    "aws_subnet",
    "aws_default_subnet",
    "aws_db_subnet_group",
    "aws_lb_listener",
    "aws_alb_listener",
    "aws_lb_listener_rule",
    "aws_lb_target_group",
    "aws_alb_target_group",
    "aws_lb_target_group_attachment",
    "aws_alb_target_group_attachment",
    "aws_autoscaling_attachment",
    "aws_autoscaling_traffic_source_attachment",
    "aws_elb_attachment",
    "google_compute_backend_service",
    "google_compute_region_backend_service",
    "openstack_lb_listener_v2",
    "openstack_lb_pool_v2",
    "openstack_lb_member_v2",
    "openstack_lb_members_v2",
];

/// What is one thing.
fn leaf(resource: &Resource, context: &Context, cloud: &mut Cloud) {
    let all = MACHINES.iter().chain(&OTHERS);
    let Some((_, kind, names)) = all.into_iter().find(|(sort, ..)| *sort == resource.sort) else {
        return;
    };
    if is_gone(resource, cloud) {
        return;
    }
    let (id, region) = (&resource.address, region(resource));
    let nodes = resource.count("num_cache_nodes").unwrap_or(1);
    let mut zone = context.zone(resource, names);
    let mut nodes_in = resource.each(&["cache_nodes", "availability_zone"]);
    if zone == "Multiple" {
        zone.clear();
        if nodes_in.is_empty() {
            nodes_in = resource.ordered("preferred_availability_zones");
        }
    }
    if nodes_in.len() != nodes as usize {
        nodes_in = vec![zone.clone()];
    }
    let at = if *kind == "database" && nodes > 1 {
        cloud.spread(id, kind, nodes, &Places::of(nodes_in), &region)
    } else {
        Some(cloud.one(id, kind, &zone, &region))
    };
    if let Some(at) = at {
        named(cloud, at, resource);
        stand(resource, at, cloud);
    }
}

/// What is several things.
fn gathered(resource: &Resource, context: &Context, cloud: &mut Cloud) {
    if !GROUPS.contains(&&*resource.sort) || is_gone(resource, cloud) {
        return;
    }
    let (id, region) = (&*resource.address, &*region(resource));
    let at = match &*resource.sort {
        "aws_autoscaling_group" => {
            let mut places = Places::of(resource.ordered("availability_zones"));
            if places.zones.is_empty() || places.unknown > 0 {
                places = context.places(&resource.ordered("vpc_zone_identifier"));
            }
            let count = resource
                .count("desired_capacity")
                .or(resource.count("min_size"));
            cloud.spread(id, "vm", count.unwrap_or(1), &places, region)
        }
        "aws_eks_node_group" => {
            let places = context.places(&resource.ordered("subnet_ids"));
            let count = resource.within(&["scaling_config", "desired_size"]);
            let count = count.first().and_then(|n| n.parse().ok()).unwrap_or(1);
            cloud.spread(id, "vm", count, &places, region)
        }
        "aws_ecs_service" => {
            let subnets = resource.each(&["network_configuration", "subnets"]);
            let count = resource.count("desired_count").unwrap_or(1);
            cloud.spread(id, "application", count, &context.places(&subnets), region)
        }
        "google_compute_instance_group" => unmanaged(resource, cloud),
        "google_compute_instance_group_manager" => {
            let places = Places::of([last(&resource.text("zone")).to_owned()]);
            let count = resource.count("target_size").unwrap_or(1);
            cloud.spread(id, "vm", count, &places, region)
        }
        "google_compute_region_instance_group_manager" => {
            let places = resource.ordered("distribution_policy_zones");
            let places = Places::of(places.iter().map(|z| last(z).to_owned()));
            let count = resource.count("target_size").unwrap_or(1);
            cloud.spread(id, "vm", count, &places, region)
        }
        sort if sort.ends_with("scale_set") => {
            let place = resource.text("location");
            let places = resource.list("zones");
            let places = Places::of(places.iter().map(|z| format!("{place}-{z}")));
            let count = resource.count("instances").unwrap_or(1);
            cloud.spread(id, "vm", count, &places, region)
        }
        "aws_rds_cluster" => Some(cluster(resource, context, cloud)),
        "aws_elasticache_replication_group" => Some(cache(resource, cloud)),
        _ => database(resource, context, cloud),
    };
    let Some(at) = at else {
        return gone(cloud, resource);
    };
    named(cloud, at, resource);
    for name in resource.within(&["resources", "autoscaling_groups", "name"]) {
        cloud.alias(at, &name);
    }
    stand(resource, at, cloud);
}

/// Machines that are put together by hand, all of one zone.
fn unmanaged(resource: &Resource, cloud: &mut Cloud) -> Option<u32> {
    let zone = last(&resource.text("zone")).to_owned();
    let region = region(resource);
    let mut members = Vec::new();
    for link in resource.list("instances") {
        if cloud.is_gone(&link) {
            continue;
        }
        let known = cloud.find(&link);
        members.push(known.unwrap_or_else(|| {
            let at = cloud.stranger(last(&link), "vm", &zone, &region);
            cloud.alias(at, &link);
            at
        }));
    }
    if members.is_empty() {
        let why = "no machine is in it";
        cloud.report.skipped(&resource.sort, why, &resource.address);
        return None;
    }
    let (need, split) = (Need::AtLeast(1), Split::Share);
    Some(cloud.group(&resource.address, need, split, members))
}
