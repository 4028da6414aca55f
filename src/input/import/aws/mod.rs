//! AWS: answers of `aws … describe-…`.
//!
//! In: any of instances, subnets, zones, load balancers of both sorts, target groups and their health,
//! groups, databases, caches, brokers. Out: zones and what runs in them, load balancers with their
//! targets, a service for each, known outages. Promises: only the fields named here are read; of tags only
//! `Name`.

mod fields;
mod targets;

use super::super::{Diagnostic, Faults, Source};
use super::cloud::{Cloud, Places};
use super::standing::{self, Standing, States};
use super::{Imported, Options, sniff};
use crate::model::{Need, Split};
use fields::{at, count, list, region, text, texts};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use targets::Targets;

/// Reads one object.
type Reader = fn(&mut Estate, &Value);

/// What the answers are lists of, what tells their entries apart, and how each is read, in this order.
const LISTS: [(&str, &str, Reader); 15] = [
    ("Subnets", "SubnetId", Estate::subnet),
    ("AvailabilityZones", "ZoneName", Estate::zone),
    ("TargetGroups", "TargetGroupArn", Estate::target_group),
    ("Reservations", "", Estate::reservation),
    ("AutoScalingGroups", "AutoScalingGroupName", Estate::group),
    ("DBInstances", "DBInstanceIdentifier", Estate::database),
    ("DBClusters", "DBClusterIdentifier", Estate::cluster),
    ("CacheClusters", "CacheClusterId", Estate::cache),
    ("ReplicationGroups", "ReplicationGroupId", Estate::replicas),
    ("Clusters", "ClusterIdentifier", Estate::warehouse),
    ("ClusterInfoList", "ClusterName", Estate::brokers),
    ("NatGateways", "NatGatewayId", Estate::gateway),
    ("TargetHealthDescriptions", "", Estate::health),
    (
        "LoadBalancerDescriptions",
        "LoadBalancerName",
        Estate::classic,
    ),
    ("LoadBalancers", "LoadBalancerArn", Estate::balancer),
];
/// Lists that are known and say nothing of what can fail.
const UNUSED: [&str; 5] = ["Vpcs", "Functions", "SecurityGroups", "Listeners", "Rules"];

/// Whether a text is an answer of the AWS command line.
pub(super) fn looks_like(source: &Source) -> bool {
    let lists = LISTS.iter().map(|(name, ..)| *name).chain(UNUSED);
    sniff::json(source)
        .is_some_and(|o| !o.has("apiVersion") && lists.into_iter().any(|name| o.has(name)))
}

/// Reads answers as one estate.
///
/// # Errors
/// Files that are no JSON, nothing in them that can fail.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut faults = Faults::new();
    let mut warnings = Vec::new();
    let mut estate = Estate::default();
    // By list and by what tells its entries apart, so that neither order nor repetition matters.
    let mut lists: BTreeMap<&str, BTreeMap<(String, String), Value>> = BTreeMap::new();
    for source in sources {
        let answer = match serde_json::from_str::<Value>(&source.text) {
            Ok(answer) => answer,
            Err(why) => {
                let message = format!("`{}` is no JSON at line {}", source.path, why.line());
                faults
                    .push(Diagnostic::error(message).help("export it again with `--output json`"));
                continue;
            }
        };
        if answer.get("NextToken").is_some_and(|t| !t.is_null()) {
            let message = format!("`{}` is the first part of an answer", source.path);
            let help = "what is missing is taken not to exist; export it with `--no-paginate` or all pages";
            warnings.push(Diagnostic::warning(message).help(help));
        }
        for (name, by, _) in LISTS {
            let all = list(&answer, name).map(|v| ((text(v, by), v.to_string()), v.clone()));
            lists.entry(name).or_default().extend(all);
        }
        for name in UNUSED {
            for _ in list(&answer, name) {
                estate
                    .cloud
                    .report
                    .skipped(name, "says nothing of what can fail together", "");
            }
        }
    }
    faults.or(())?;
    for (name, _, read) in LISTS {
        for (_, value) in lists.remove(name).into_iter().flatten() {
            read(&mut estate, &value);
        }
    }
    estate.finish(warnings)
}

#[derive(Default)]
struct Estate {
    cloud: Cloud,
    subnets: BTreeMap<String, String>,
    targets: Targets,
    balancers: Vec<Value>,
    /// Caches that say of which group they are a replica.
    replicas: BTreeMap<String, String>,
}

impl Estate {
    fn subnet(&mut self, value: &Value) {
        self.cloud.report.read("subnet", &text(value, "SubnetId"));
        self.subnets
            .insert(text(value, "SubnetId"), text(value, "AvailabilityZone"));
    }

    /// A zone is there only if something is in it.
    fn zone(&mut self, value: &Value) {
        self.cloud.report.read("zone", &text(value, "ZoneName"));
    }

    fn target_group(&mut self, value: &Value) {
        self.targets.group(value, &mut self.cloud);
    }

    fn health(&mut self, value: &Value) {
        self.targets.health(value, &mut self.cloud);
    }

    fn reservation(&mut self, value: &Value) {
        list(value, "Instances").for_each(|instance| self.instance(instance));
    }

    /// Notes something of an answer; whether it is left out because it is no more.
    fn is_gone(&mut self, sort: &str, id: &str, states: &States, state: &str) -> bool {
        self.cloud.report.read(sort, id);
        let is_gone = states.of(state) == Standing::Gone;
        if is_gone {
            let why = match sort {
                "instance" => "terminated",
                _ => "it is being deleted",
            };
            self.cloud.report.skipped(sort, why, id);
            self.cloud.gone(id);
        }
        is_gone
    }

    /// A known outage of what does not serve.
    fn stand(&mut self, at: u32, states: &States, state: &str) {
        if let Some(why) = states.outage(state) {
            self.cloud.down(at, &why);
        }
    }

    fn instance(&mut self, value: &Value) {
        let id = text(value, "InstanceId");
        let state = at(value, "/State/Name");
        if self.is_gone("instance", &id, &standing::AWS_INSTANCE, &state) {
            return;
        }
        let zone = at(value, "/Placement/AvailabilityZone");
        let vm = self.cloud.one(&id, "vm", &zone, region(&zone));
        self.cloud.address(vm, &text(value, "PrivateIpAddress"));
        let name = list(value, "Tags")
            .filter(|t| text(t, "Key") == "Name")
            .map(|t| text(t, "Value"))
            .next();
        if let Some(name) = name.filter(|n| !n.is_empty()) {
            let name = super::ids::clean(&name);
            self.cloud.assembly.node(vm).name = (!name.is_empty()).then(|| name.into());
        }
        self.cloud
            .assembly
            .label(vm, "size", &text(value, "InstanceType"));
        self.stand(vm, &standing::AWS_INSTANCE, &state);
    }

    fn group(&mut self, value: &Value) {
        let id = text(value, "AutoScalingGroupName");
        self.cloud.report.read("auto scaling group", &id);
        let wanted = count(value, "DesiredCapacity");
        let members: Vec<&Value> = list(value, "Instances").collect();
        let all: Vec<u32> = members.iter().filter_map(|m| self.member(m)).collect();
        let is_other = |wanted: u32| wanted as usize != members.len();
        if !members.is_empty() && wanted.is_some_and(is_other) {
            let why = "it wants other than the instances that it lists; those are taken";
            self.cloud.report.skipped("count of a group", why, &id);
        }
        let at = if members.is_empty() {
            let places = Places::of(texts(value, "AvailabilityZones"));
            let first = places.zones.first().cloned().unwrap_or_default();
            let count = wanted.unwrap_or(0);
            self.cloud.spread(&id, "vm", count, &places, region(&first))
        } else if all.is_empty() {
            let why = "all its instances are terminated";
            self.cloud.report.skipped("auto scaling group", why, &id);
            self.cloud.gone(&id);
            None
        } else {
            Some(self.cloud.group(&id, Need::AtLeast(1), Split::Share, all))
        };
        if at.is_none() && !self.cloud.is_gone(&id) {
            return;
        }
        for arn in texts(value, "TargetGroupARNs") {
            self.targets.register(arn, &id);
        }
    }

    /// An instance that a group lists, whether an answer describes it or not.
    fn member(&mut self, value: &Value) -> Option<u32> {
        let id = text(value, "InstanceId");
        let zone = text(value, "AvailabilityZone");
        let at = self.cloud.listed(&id, "vm", &zone, region(&zone))?;
        let life = text(value, "LifecycleState");
        let health = text(value, "HealthStatus");
        if !life.is_empty() && life != "InService" {
            self.cloud.down(at, &format!("in its group it is {life}"));
        } else if health.eq_ignore_ascii_case("unhealthy") {
            self.cloud.down(at, "in its group it is unhealthy");
        }
        Some(at)
    }

    fn database(&mut self, value: &Value) {
        let id = text(value, "DBInstanceIdentifier");
        let state = text(value, "DBInstanceStatus");
        if self.is_gone("database", &id, &standing::AWS_DATABASE, &state) {
            return;
        }
        let zone = text(value, "AvailabilityZone");
        let at = if value.get("MultiAZ").and_then(Value::as_bool) == Some(true) {
            let other = text(value, "SecondaryAvailabilityZone");
            self.cloud
                .pair(&id, "database", [&zone, &other], region(&zone))
        } else {
            self.cloud.one(&id, "database", &zone, region(&zone))
        };
        self.stand(at, &standing::AWS_DATABASE, &state);
    }

    fn cluster(&mut self, value: &Value) {
        let id = text(value, "DBClusterIdentifier");
        let state = text(value, "Status");
        if self.is_gone("database cluster", &id, &standing::AWS_DATABASE, &state) {
            return;
        }
        let mut members = Vec::new();
        for member in list(value, "DBClusterMembers") {
            let id = text(member, "DBInstanceIdentifier");
            let writes = member.get("IsClusterWriter").and_then(Value::as_bool) == Some(true);
            let at = self.cloud.listed(&id, "database", "", "");
            members.extend(at.map(|at| (!writes, at)));
        }
        if members.is_empty() {
            let why = "it names no member that is there";
            return self.cloud.report.skipped("database cluster", why, &id);
        }
        // The one that writes is the first; the others stand by in the order of the answer.
        members.sort_by_key(|(stands_by, _)| *stands_by);
        let members = members.into_iter().map(|(_, at)| at).collect();
        let id = self.free(&id, "cluster");
        let at = self
            .cloud
            .group(&id, Need::AtLeast(1), Split::Standby, members);
        self.stand(at, &standing::AWS_DATABASE, &state);
    }

    /// A name that nothing else has yet.
    fn free(&self, id: &str, sort: &str) -> String {
        match self.cloud.find(id) {
            Some(_) => format!("{sort}:{id}"),
            None => id.to_owned(),
        }
    }

    fn cache(&mut self, value: &Value) {
        let id = text(value, "CacheClusterId");
        let state = text(value, "CacheClusterStatus");
        if self.is_gone("cache", &id, &standing::AWS_CACHE, &state) {
            return;
        }
        let of_group = text(value, "ReplicationGroupId");
        if !of_group.is_empty() {
            self.replicas.insert(id.clone(), of_group);
        }
        let zone = text(value, "PreferredAvailabilityZone");
        let zone = if zone == "Multiple" {
            String::new()
        } else {
            zone
        };
        let nodes = list(value, "CacheNodes").map(|n| text(n, "CustomerAvailabilityZone"));
        let mut zones: Vec<String> = nodes.collect();
        let count = count(value, "NumCacheNodes").unwrap_or(1);
        if zones.len() != count as usize {
            zones = vec![zone.clone()];
        }
        let at = match count {
            0 | 1 => {
                let zone = zones.first().cloned().unwrap_or_default();
                Some(self.cloud.one(&id, "database", &zone, region(&zone)))
            }
            nodes => {
                let places = Places::of(zones);
                let first = places.zones.first().cloned().unwrap_or_default();
                self.cloud
                    .spread(&id, "database", nodes, &places, region(&first))
            }
        };
        at.into_iter()
            .for_each(|at| self.stand(at, &standing::AWS_CACHE, &state));
    }

    /// A group of caches: parts, of each one that works and its replicas.
    fn replicas(&mut self, value: &Value) {
        let id = text(value, "ReplicationGroupId");
        let state = text(value, "Status");
        let is_gone = self.is_gone("group of caches", &id, &standing::AWS_CACHE, &state);
        self.replicas.retain(|_, group| *group != id);
        if is_gone {
            return;
        }
        let takes_over = text(value, "AutomaticFailover") == "enabled";
        let name = self.free(&id, "group");
        let nodes: Vec<&Value> = list(value, "NodeGroups").collect();
        let mut parts = Vec::new();
        for (n, node) in nodes.iter().enumerate() {
            let mut members = Vec::new();
            for member in list(node, "NodeGroupMembers") {
                let zone = text(member, "PreferredAvailabilityZone");
                let id = text(member, "CacheClusterId");
                let is_replica = text(member, "CurrentRole") != "primary";
                let at = self.cloud.listed(&id, "database", &zone, region(&zone));
                members.extend(at.map(|at| (is_replica, at)));
            }
            let is_said = members.iter().any(|(is_replica, _)| !is_replica);
            if !takes_over && !is_said && members.len() > 1 {
                let why = "the source does not say which works; the first is taken";
                self.cloud.report.skipped("role of a cache", why, &id);
            }
            members.sort_by_key(|(is_replica, _)| *is_replica);
            let members: Vec<u32> = members.into_iter().map(|(_, at)| at).collect();
            let part = match (&members[..], nodes.len()) {
                ([], _) => continue,
                ([one], 2..) => *one,
                (_, 1) => self.cloud.replicas(&name, "database", members, takes_over),
                _ => {
                    let part = format!("{name}/{}", n + 1);
                    self.cloud.replicas(&part, "database", members, takes_over)
                }
            };
            parts.push(part);
        }
        let at = match (&parts[..], nodes.len()) {
            ([], _) => {
                let why = "it names no member that is there";
                return self.cloud.report.skipped("group of caches", why, &id);
            }
            ([one], 1) => *one,
            _ => self.cloud.shards(&name, parts),
        };
        self.stand(at, &standing::AWS_CACHE, &state);
    }

    /// A data warehouse loses with each of its nodes what that one holds; all are needed.
    fn warehouse(&mut self, value: &Value) {
        let id = text(value, "ClusterIdentifier");
        if id.is_empty() {
            return;
        }
        let own = text(value, "ClusterStatus");
        if self.is_gone("data warehouse", &id, &standing::AWS_WAREHOUSE, &own) {
            return;
        }
        let zone = text(value, "AvailabilityZone");
        let at = self.cloud.one(&id, "database", &zone, region(&zone));
        for state in [own, text(value, "ClusterAvailabilityStatus")] {
            self.stand(at, &standing::AWS_WAREHOUSE, &state);
        }
    }

    fn brokers(&mut self, value: &Value) {
        let id = text(value, "ClusterName");
        let state = text(value, "State");
        if self.is_gone("brokers", &id, &standing::AWS_BROKERS, &state) {
            return;
        }
        let subnets = value
            .get("BrokerNodeGroupInfo")
            .map(|b| texts(b, "ClientSubnets"))
            .unwrap_or_default();
        let zones = subnets.iter().map(|s| self.subnets.get(s).cloned());
        let zones: BTreeMap<String, usize> = zones.fold(BTreeMap::new(), |mut all, zone| {
            *all.entry(zone.unwrap_or_default()).or_default() += 1;
            all
        });
        // A zone counts once, however many subnets are in it; of the others each may be another.
        let blank = zones.get("").copied().unwrap_or(0);
        let known = zones.into_keys().filter(|z| !z.is_empty());
        let places = Places::of(known.chain(std::iter::repeat_n(String::new(), blank)));
        let nodes = count(value, "NumberOfBrokerNodes").unwrap_or(1);
        let first = places.zones.first().cloned().unwrap_or_default();
        let at = self
            .cloud
            .spread(&id, "broker", nodes, &places, region(&first));
        at.into_iter()
            .for_each(|at| self.stand(at, &standing::AWS_BROKERS, &state));
    }

    fn gateway(&mut self, value: &Value) {
        let id = text(value, "NatGatewayId");
        let state = text(value, "State");
        if self.is_gone("gateway", &id, &standing::AWS_NETWORK, &state) {
            return;
        }
        let zone = self
            .subnets
            .get(&text(value, "SubnetId"))
            .cloned()
            .unwrap_or_default();
        let at = self.cloud.one(&id, "gateway", &zone, region(&zone));
        self.stand(at, &standing::AWS_NETWORK, &state);
    }

    fn classic(&mut self, value: &Value) {
        let id = text(value, "LoadBalancerName");
        self.cloud.report.read("load balancer", &id);
        let targets = list(value, "Instances").map(|i| vec![text(i, "InstanceId")]);
        let targets = targets.collect();
        let places = Places::of(texts(value, "AvailabilityZones"));
        let first = places.zones.first().cloned().unwrap_or_default();
        self.cloud.balancer(&id, &places, region(&first), targets);
    }

    /// What is behind it is known once all health is read.
    fn balancer(&mut self, value: &Value) {
        let name = text(value, "LoadBalancerName");
        self.cloud.report.read("load balancer", &name);
        self.balancers.push(value.clone());
    }

    fn balance(&mut self, value: &Value) {
        let id = text(value, "LoadBalancerName");
        let arn = text(value, "LoadBalancerArn");
        let zones = list(value, "AvailabilityZones").map(|z| text(z, "ZoneName"));
        let places = Places::of(zones);
        let first = places.zones.first().cloned().unwrap_or_default();
        let (targets, is_out) = self.targets.behind(&arn, &id, &mut self.cloud);
        let node = self.cloud.balancer(&id, &places, region(&first), targets);
        self.cloud.alias(node, &arn);
        self.stand(node, &standing::AWS_NETWORK, &at(value, "/State/Code"));
        if is_out {
            self.cloud.down(node, "none of its targets serves");
        }
    }

    fn finish(mut self, warnings: Vec<Diagnostic>) -> Result<Imported, Faults> {
        self.targets.settle(&mut self.cloud);
        for balancer in std::mem::take(&mut self.balancers) {
            self.balance(&balancer);
        }
        for cache in self.replicas.keys() {
            let why = "a replica of a group that no answer describes: it stands by itself; \
                       export `aws elasticache describe-replication-groups`";
            self.cloud.report.skipped("cache", why, cache);
        }
        let imported = self.cloud.finish("Single losses", warnings);
        if imported.draft.nodes.is_empty() {
            let fault = Diagnostic::error("the answers hold nothing that can fail");
            return Err(fault.help("export `aws ec2 describe-instances`, `aws elbv2 describe-load-balancers` and so on into one folder").into());
        }
        Ok(imported)
    }
}
