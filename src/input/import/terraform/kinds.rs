//! Types of resources → parts of an estate. In: resources. Out: calls of [`Cloud`]. Promises: a type that
//! is not listed here is counted and left out.

use super::super::cloud::Cloud;
use super::resources::Resource;
use crate::model::{Need, Split};
use std::collections::{BTreeMap, BTreeSet};

/// What others look up.
struct Context<'r> {
    resources: &'r [Resource],
    /// Zones of AWS subnets.
    subnets: BTreeMap<String, String>,
}

/// Adds every resource of a known type. Members come before what is made of them.
pub(super) fn build(resources: &[Resource], cloud: &mut Cloud) {
    let subnets = resources
        .iter()
        .filter(|r| matches!(&*r.sort, "aws_subnet" | "aws_default_subnet"));
    let subnets = subnets.map(|r| (r.text("id"), r.text("availability_zone")));
    let context = Context {
        resources,
        subnets: subnets.collect(),
    };
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
    MACHINES
        .iter()
        .chain(&OTHERS)
        .chain(&BALANCERS)
        .any(|(known, ..)| *known == sort)
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
const BALANCERS: [(&str, &str, &[&str]); 7] = [
    ("aws_lb", "", &[]),
    ("aws_alb", "", &[]),
    ("aws_elb", "", &[]),
    ("google_compute_forwarding_rule", "", &[]),
    ("google_compute_global_forwarding_rule", "", &[]),
    ("openstack_lb_loadbalancer_v2", "", &[]),
    ("azurerm_application_gateway", "", &[]),
];
const GROUPS: [&str; 17] = [
    "aws_autoscaling_group",
    "aws_eks_node_group",
    "aws_ecs_service",
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_elasticache_replication_group",
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
const HELPERS: [&str; 18] = [
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
    "aws_elb_attachment",
    "google_compute_backend_service",
    "google_compute_region_backend_service",
    "openstack_lb_listener_v2",
    "openstack_lb_pool_v2",
    "openstack_lb_member_v2",
    "openstack_lb_members_v2",
];

/// The last part of an address of the provider: `us-central1-a` of `https://…/zones/us-central1-a`.
fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The zone of something; that of its subnet where it says none itself.
fn zone(resource: &Resource, names: &[&str], context: &Context) -> String {
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
        context
            .subnets
            .get(&resource.text("subnet_id"))
            .cloned()
            .unwrap_or_default()
    } else {
        own
    }
}

/// The zones of a list of subnets, each once.
fn zones(subnets: &[String], context: &Context) -> Vec<String> {
    let zones = subnets.iter().filter_map(|s| context.subnets.get(s));
    let zones: BTreeSet<String> = zones.filter(|z| !z.is_empty()).cloned().collect();
    zones.into_iter().collect()
}

fn region(resource: &Resource) -> String {
    let own = resource.first(&["region", "location"]);
    if own.is_empty() {
        let arn = resource.text("arn");
        return arn.split(':').nth(3).unwrap_or_default().to_owned();
    }
    last(&own).to_owned()
}

fn named(cloud: &mut Cloud, at: u32, resource: &Resource) {
    for name in [
        "id",
        "arn",
        "name",
        "self_link",
        "identifier",
        "cluster_identifier",
        "access_ip_v4",
    ] {
        let name = resource.text(name);
        cloud.alias(at, &name);
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

/// What is one thing.
fn leaf(resource: &Resource, context: &Context, cloud: &mut Cloud) {
    let all = MACHINES.iter().chain(&OTHERS);
    let Some((_, kind, names)) = all.into_iter().find(|(sort, ..)| *sort == resource.sort) else {
        return;
    };
    let id = &resource.address;
    if matches!(
        &*resource.text("instance_state"),
        "terminated" | "shutting-down"
    ) {
        return cloud.report.skipped(&resource.sort, "terminated", id);
    }
    let nodes = resource.count("num_cache_nodes").unwrap_or(1);
    let zone = zone(resource, names, context);
    let at = if *kind == "database" && nodes > 1 {
        cloud.spread(id, kind, nodes, &[zone], &region(resource))
    } else {
        Some(cloud.one(id, kind, &zone, &region(resource)))
    };
    at.into_iter().for_each(|at| named(cloud, at, resource));
}

/// What is several things.
fn gathered(resource: &Resource, context: &Context, cloud: &mut Cloud) {
    let (id, region) = (&*resource.address, &*region(resource));
    let at = match &*resource.sort {
        "aws_autoscaling_group" => {
            let mut places = resource.list("availability_zones");
            if places.is_empty() {
                places = zones(&resource.list("vpc_zone_identifier"), context);
            }
            let count = resource
                .count("desired_capacity")
                .or(resource.count("min_size"));
            cloud.spread(id, "vm", count.unwrap_or(1), &places, region)
        }
        "aws_eks_node_group" => {
            let places = zones(&resource.list("subnet_ids"), context);
            let count = resource.within(&["scaling_config", "desired_size"]);
            let count = count.first().and_then(|n| n.parse().ok()).unwrap_or(1);
            cloud.spread(id, "vm", count, &places, region)
        }
        "aws_ecs_service" => {
            let subnets = resource.within(&["network_configuration", "subnets"]);
            let count = resource.count("desired_count").unwrap_or(1);
            cloud.spread(id, "application", count, &zones(&subnets, context), region)
        }
        "google_compute_instance_group_manager" => {
            let place = last(&resource.text("zone")).to_owned();
            cloud.spread(
                id,
                "vm",
                resource.count("target_size").unwrap_or(1),
                &[place],
                region,
            )
        }
        "google_compute_region_instance_group_manager" => {
            let places = resource.list("distribution_policy_zones");
            let places: Vec<String> = places.iter().map(|z| last(z).to_owned()).collect();
            cloud.spread(
                id,
                "vm",
                resource.count("target_size").unwrap_or(1),
                &places,
                region,
            )
        }
        sort if sort.ends_with("scale_set") => {
            let place = resource.text("location");
            let places: Vec<String> = resource
                .list("zones")
                .iter()
                .map(|z| format!("{place}-{z}"))
                .collect();
            cloud.spread(
                id,
                "vm",
                resource.count("instances").unwrap_or(1),
                &places,
                region,
            )
        }
        "aws_rds_cluster" => return cluster(resource, context, cloud),
        "aws_elasticache_replication_group" => {
            let count = ["num_cache_clusters", "number_cache_clusters"]
                .iter()
                .find_map(|n| resource.count(n));
            let places = resource.list("preferred_cache_cluster_azs");
            match count {
                Some(2) if resource.flag("automatic_failover_enabled") => {
                    Some(cloud.pair(id, "database", &places, region))
                }
                count => cloud.spread(id, "database", count.unwrap_or(1), &places, region),
            }
        }
        _ => database(resource, context, cloud),
    };
    at.into_iter().for_each(|at| named(cloud, at, resource));
}

/// A database of one side, or of two where one stands by.
fn database(resource: &Resource, context: &Context, cloud: &mut Cloud) -> Option<u32> {
    let (id, region) = (&*resource.address, &*region(resource));
    let own = zone(resource, &["availability_zone", "zone"], context);
    let (two, other) = match &*resource.sort {
        "aws_db_instance" => {
            let group = resource.text("db_subnet_group_name");
            let mut groups = context.resources.iter().filter(|r| {
                r.sort == "aws_db_subnet_group" && !group.is_empty() && r.text("name") == group
            });
            let subnets = groups
                .next()
                .map(|g| g.list("subnet_ids"))
                .unwrap_or_default();
            let mut others = zones(&subnets, context);
            others.retain(|z| *z != own);
            // Which of several other zones it stands by in is not said; of one there is no doubt.
            let other = if let [one] = &others[..] {
                one.clone()
            } else {
                String::new()
            };
            (resource.flag("multi_az"), other)
        }
        "google_sql_database_instance" => {
            let sort = resource.within(&["settings", "availability_type"]);
            let places = resource.within(&["settings", "location_preference", "secondary_zone"]);
            (
                sort.iter().any(|s| s == "REGIONAL"),
                places.into_iter().next().unwrap_or_default(),
            )
        }
        "azurerm_mssql_database" => (resource.flag("zone_redundant"), String::new()),
        "azurerm_postgresql_flexible_server" | "azurerm_mysql_flexible_server" => {
            let mode = resource.within(&["high_availability", "mode"]);
            let other = resource.within(&["high_availability", "standby_availability_zone"]);
            let place = resource.text("location");
            let other = other
                .first()
                .map(|z| format!("{place}-{z}"))
                .unwrap_or_default();
            (!mode.is_empty(), other)
        }
        "aws_docdb_cluster_instance" | "aws_neptune_cluster_instance" => (false, String::new()),
        _ => return None,
    };
    if !two {
        return Some(cloud.one(id, "database", &own, region));
    }
    let places: Vec<String> = [own, other].into_iter().filter(|z| !z.is_empty()).collect();
    Some(cloud.pair(id, "database", &places, region))
}

/// A cluster of database instances: one that writes, the others stand by.
fn cluster(resource: &Resource, context: &Context, cloud: &mut Cloud) {
    let names = [resource.text("id"), resource.text("cluster_identifier")];
    let of_it = |r: &&Resource| {
        let cluster = r.text("cluster_identifier");
        r.sort == "aws_rds_cluster_instance" && !cluster.is_empty() && names.contains(&cluster)
    };
    let members = context.resources.iter().filter(of_it);
    let members: Vec<u32> = members.filter_map(|r| cloud.find(&r.address)).collect();
    let at = if members.is_empty() {
        cloud.one(&resource.address, "database", "", &region(resource))
    } else {
        cloud.group(&resource.address, Need::AtLeast(1), Split::Standby, members)
    };
    named(cloud, at, resource);
}

/// Load balancers, after all that may be behind them.
fn balanced(resource: &Resource, context: &Context, cloud: &mut Cloud) {
    if !BALANCERS.iter().any(|(sort, ..)| *sort == resource.sort) {
        return;
    }
    let mut places = zones(&resource.list("subnets"), context);
    if places.is_empty() {
        places = resource.list("availability_zones");
    }
    let targets = match &*resource.sort {
        "aws_elb" => {
            let mut targets: BTreeSet<String> = resource.list("instances").into_iter().collect();
            targets.extend(joined(
                context,
                "aws_elb_attachment",
                "elb",
                resource,
                "instance",
            ));
            targets.extend(joined(
                context,
                "aws_autoscaling_attachment",
                "elb",
                resource,
                "autoscaling_group_name",
            ));
            let names = [resource.text("name"), resource.text("id")];
            targets.extend(
                context
                    .resources
                    .iter()
                    .filter(|r| {
                        r.list("load_balancers")
                            .iter()
                            .any(|name| names.contains(name))
                    })
                    .map(|r| r.address.clone()),
            );
            targets
        }
        "aws_lb" | "aws_alb" => behind_listeners(resource, context),
        "openstack_lb_loadbalancer_v2" => behind_pools(resource, context),
        sort if sort.starts_with("google") => behind_backends(resource, context),
        _ => BTreeSet::new(),
    };
    let at = cloud.balancer(&resource.address, &places, &region(resource), targets);
    named(cloud, at, resource);
}

/// Values of `wanted` of all resources of a sort whose attribute `by` names this one.
fn joined(context: &Context, sort: &str, by: &str, of: &Resource, wanted: &str) -> Vec<String> {
    let names = [
        of.text("id"),
        of.text("arn"),
        of.text("name"),
        of.text("self_link"),
    ];
    let found = context.resources.iter().filter(|r| r.sort == sort);
    let found = found.filter(|r| {
        let name = r.text(by);
        !name.is_empty() && names.contains(&name)
    });
    found
        .map(|r| r.text(wanted))
        .filter(|text| !text.is_empty())
        .collect()
}

/// Load balancer → listeners → target groups → instances, groups, services.
fn behind_listeners(balancer: &Resource, context: &Context) -> BTreeSet<String> {
    let arns = [balancer.text("arn"), balancer.text("id")];
    let of_it = |r: &&Resource| arns.contains(&r.text("load_balancer_arn"));
    let mut groups = BTreeSet::new();
    let mut listeners = BTreeSet::new();
    for listener in context.resources.iter().filter(of_it) {
        listeners.extend([listener.text("arn"), listener.text("id")]);
        groups.extend(listener.within(&["default_action", "target_group_arn"]));
        groups.extend(listener.within(&["default_action", "forward", "target_group", "arn"]));
    }
    for rule in context
        .resources
        .iter()
        .filter(|r| r.sort == "aws_lb_listener_rule")
    {
        if listeners.contains(&rule.text("listener_arn")) {
            groups.extend(rule.within(&["action", "target_group_arn"]));
        }
    }
    let mut targets = BTreeSet::new();
    for resource in context.resources {
        let attached = resource.first(&[
            "target_group_arn",
            "lb_target_group_arn",
            "alb_target_group_arn",
        ]);
        if groups.contains(&attached) {
            targets.insert(resource.first(&["target_id", "autoscaling_group_name"]));
        }
        let own = resource.list("target_group_arns");
        let served = resource.within(&["load_balancer", "target_group_arn"]);
        if own.iter().chain(&served).any(|arn| groups.contains(arn)) {
            targets.insert(resource.address.clone());
        }
    }
    targets
}

/// Load balancer → listeners → pools → members, by their address.
fn behind_pools(balancer: &Resource, context: &Context) -> BTreeSet<String> {
    let mut above = BTreeSet::from([balancer.text("id")]);
    for (sort, by) in [
        ("openstack_lb_listener_v2", "loadbalancer_id"),
        ("openstack_lb_pool_v2", "loadbalancer_id"),
        ("openstack_lb_pool_v2", "listener_id"),
    ] {
        let found = context
            .resources
            .iter()
            .filter(|r| r.sort == sort && above.contains(&r.text(by)));
        let found: Vec<String> = found.map(|r| r.text("id")).collect();
        above.extend(found);
    }
    let members = context
        .resources
        .iter()
        .filter(|r| above.contains(&r.text("pool_id")));
    let mut targets = BTreeSet::new();
    for member in members {
        targets.extend([member.text("address"), member.text("instance_id")]);
        targets.extend(member.within(&["member", "address"]));
    }
    targets
}

/// Rule → backend service → groups of instances.
fn behind_backends(rule: &Resource, context: &Context) -> BTreeSet<String> {
    let service = rule.first(&["backend_service", "target"]);
    let services = context.resources.iter().filter(|r| {
        let names = [r.text("self_link"), r.text("id"), r.text("name")];
        r.sort.ends_with("backend_service")
            && names
                .iter()
                .any(|name| !name.is_empty() && last(name) == last(&service))
    });
    let groups = services.flat_map(|s| s.within(&["backend", "group"]));
    let groups: BTreeSet<String> = groups.map(|g| last(&g).to_owned()).collect();
    let of_it = |r: &&Resource| {
        let own = [r.text("name"), last(&r.text("instance_group")).to_owned()];
        r.sort.contains("instance_group_manager") && own.iter().any(|name| groups.contains(name))
    };
    context
        .resources
        .iter()
        .filter(of_it)
        .map(|r| r.address.clone())
        .collect()
}
