//! What is behind load balancers. In: resources. Out: calls of [`Cloud`] with the names of those that each sends
//! to. Promises: a target is named whether a file describes it or not.

use super::super::cloud::{Cloud, Places, Target};
use super::context::{Context, last, region};
use super::resources::Resource;
use std::collections::BTreeSet;

/// Types that are a load balancer.
pub(super) const BALANCERS: [&str; 7] = [
    "aws_lb",
    "aws_alb",
    "aws_elb",
    "google_compute_forwarding_rule",
    "google_compute_global_forwarding_rule",
    "openstack_lb_loadbalancer_v2",
    "azurerm_application_gateway",
];

/// Load balancers, after all that may be behind them.
pub(super) fn balanced(resource: &Resource, context: &Context, cloud: &mut Cloud) {
    if !BALANCERS.contains(&&*resource.sort) {
        return;
    }
    let mut places = Places::of(resource.ordered("availability_zones"));
    if places.zones.is_empty() || places.unknown > 0 {
        let mut subnets = resource.ordered("subnets");
        if subnets.is_empty() {
            subnets = resource.each(&["subnet_mapping", "subnet_id"]);
        }
        places = context.places(&subnets);
    }
    let targets = match &*resource.sort {
        "aws_elb" => behind_classic(resource, context, cloud),
        "aws_lb" | "aws_alb" => behind_listeners(resource, context, cloud),
        "openstack_lb_loadbalancer_v2" => behind_pools(resource, context),
        sort if sort.starts_with("google") => behind_backends(resource, context),
        _ => BTreeSet::new(),
    };
    let at = cloud.balancer(&resource.address, &places, &region(resource), targets);
    // Its name is often that of a group behind it; as a target it is called by its ARN.
    cloud.alias(at, &resource.text("arn"));
}

fn one(name: impl Into<String>) -> Target {
    vec![name.into()]
}

/// Instances that it lists or that are attached to it, and groups.
fn behind_classic(balancer: &Resource, context: &Context, cloud: &mut Cloud) -> BTreeSet<Target> {
    let names = [balancer.text("name"), balancer.text("id")];
    let is_named = |r: &Resource| r.list("load_balancers").iter().any(|n| names.contains(n));
    let groups = context.resources.iter().filter(|r| is_named(r));
    let mut groups: BTreeSet<Target> = groups.map(|r| one(r.address.clone())).collect();
    let sort = "aws_autoscaling_attachment";
    let attached = joined(context, sort, "elb", balancer, "autoscaling_group_name");
    groups.extend(attached.into_iter().map(one));
    let mut instances: BTreeSet<String> = balancer.list("instances").into_iter().collect();
    if !groups.is_empty() {
        // It lists what its groups start as well, which no state describes.
        instances.retain(|id| {
            let stays = cloud.find(id).is_some() || cloud.is_gone(id);
            if !stays {
                let why = "in no file; it is taken to be one of the group behind the same \
                           load balancer";
                cloud.report.skipped("target", why, id);
            }
            stays
        });
    }
    let sort = "aws_elb_attachment";
    instances.extend(joined(context, sort, "elb", balancer, "instance"));
    groups.extend(instances.into_iter().map(one));
    groups
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
fn behind_listeners(balancer: &Resource, context: &Context, cloud: &mut Cloud) -> BTreeSet<Target> {
    let arns = [balancer.text("arn"), balancer.text("id")];
    let of_it = |r: &&Resource| {
        let arn = r.text("load_balancer_arn");
        !arn.is_empty() && arns.contains(&arn)
    };
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
            groups.extend(rule.within(&["action", "forward", "target_group", "arn"]));
        }
    }
    if groups.len() > 1 {
        let rule = "targets of several groups behind a load balancer, taken as one group: \
                    which requests go where is not read";
        cloud.report.derived(rule, &balancer.address);
    }
    let mut targets = BTreeSet::new();
    for resource in context.resources {
        let attached = resource.first(&[
            "target_group_arn",
            "lb_target_group_arn",
            "alb_target_group_arn",
        ]);
        let mut sources = resource.within(&["traffic_source", "identifier"]);
        let is_attachment = resource.sort.ends_with("attachment");
        if groups.contains(&attached)
            || is_attachment && sources.iter().any(|arn| groups.contains(arn))
        {
            let target = resource.first(&["target_id", "autoscaling_group_name"]);
            if target.is_empty() {
                let why = "whom it attaches is not said";
                cloud.report.skipped(&resource.sort, why, &resource.address);
            } else {
                targets.insert(one(target));
            }
        }
        sources.extend(resource.list("target_group_arns"));
        sources.extend(resource.within(&["load_balancer", "target_group_arn"]));
        if !is_attachment && sources.iter().any(|arn| groups.contains(arn)) {
            targets.insert(one(resource.address.clone()));
        }
    }
    targets
}

/// Load balancer → listeners → pools → members, by their address.
fn behind_pools(balancer: &Resource, context: &Context) -> BTreeSet<Target> {
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
    above.remove("");
    let members = context
        .resources
        .iter()
        .filter(|r| above.contains(&r.text("pool_id")));
    let mut targets = BTreeSet::new();
    for member in members {
        let mut names = vec![member.text("address"), member.text("instance_id")];
        names.retain(|name| !name.is_empty());
        if !names.is_empty() {
            targets.insert(names);
        }
        targets.extend(member.within(&["member", "address"]).into_iter().map(one));
    }
    targets
}

/// Rule → backend service → groups of instances, those that no file describes by the last part of their name.
fn behind_backends(rule: &Resource, context: &Context) -> BTreeSet<Target> {
    let service = rule.first(&["backend_service", "target"]);
    let services = context.resources.iter().filter(|r| {
        let names = [r.text("self_link"), r.text("id"), r.text("name")];
        r.sort.ends_with("backend_service")
            && names
                .iter()
                .any(|name| !name.is_empty() && last(name) == last(&service))
    });
    let groups = services.flat_map(|s| s.within(&["backend", "group"]));
    let mut targets = BTreeSet::new();
    for group in groups {
        let group = last(&group);
        let of_it = |r: &&Resource| {
            let own = [r.text("name"), last(&r.text("instance_group")).to_owned()];
            r.sort.contains("compute_")
                && r.sort.contains("instance_group")
                && own.iter().any(|name| name == group)
        };
        let found: Vec<&Resource> = context.resources.iter().filter(of_it).collect();
        targets.extend(found.iter().map(|r| one(r.address.clone())));
        if found.is_empty() {
            targets.insert(one(group));
        }
    }
    targets
}
