//! AWS: answers of `aws … describe-…`.
//!
//! In: any of instances, subnets, zones, load balancers of both sorts, target groups and their health,
//! groups, databases, caches, brokers. Out: zones and what runs in them, load balancers with their
//! targets, a service for each. Promises: only the fields named here are read; of tags only `Name`.

use super::super::{Diagnostic, Faults, Source};
use super::cloud::Cloud;
use super::{Imported, Options, sniff};
use crate::model::{Need, Split};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Reads one object.
type Reader = fn(&mut Estate, &Value);

/// What the answers are lists of, and how each is read.
const LISTS: [(&str, &str, Reader); 13] = [
    ("Subnets", "SubnetId", Estate::subnet),
    ("AvailabilityZones", "ZoneName", Estate::zone),
    ("Reservations", "", Estate::reservation),
    ("AutoScalingGroups", "AutoScalingGroupName", Estate::group),
    ("DBInstances", "DBInstanceIdentifier", Estate::database),
    ("DBClusters", "DBClusterIdentifier", Estate::cluster),
    ("CacheClusters", "CacheClusterId", Estate::cache),
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
/// The list that says which load balancer sends to which group of targets.
const TARGET_GROUPS: &str = "TargetGroups";

/// Whether a text is an answer of the AWS command line.
pub(super) fn looks_like(source: &Source) -> bool {
    let lists = LISTS
        .iter()
        .map(|(name, ..)| *name)
        .chain(UNUSED)
        .chain([TARGET_GROUPS]);
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
            let all = answer
                .get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let all = all.map(|v| ((text(v, by), v.to_string()), v.clone()));
            lists.entry(name).or_default().extend(all);
        }
        for name in UNUSED {
            for _ in answer
                .get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                estate
                    .cloud
                    .report
                    .skipped(name, "says nothing of what can fail together", "");
            }
        }
        estate.groups_of_targets(&answer);
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
    /// Target groups by the load balancer that sends to them.
    sent: BTreeMap<String, BTreeSet<String>>,
    /// Targets by target group, where a health answer or a group says so.
    targets: BTreeMap<String, BTreeSet<String>>,
    down: Vec<(u32, String)>,
}

/// A field as text; blank if it is not there.
fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn at(value: &Value, path: &str) -> String {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    let all = value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn count(value: &Value, name: &str) -> Option<u32> {
    value
        .get(name)
        .and_then(Value::as_u64)
        .and_then(|n| u32::try_from(n).ok())
}

/// The zone without its letter.
fn region(zone: &str) -> &str {
    zone.trim_end_matches(|c: char| c.is_ascii_lowercase())
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

    fn reservation(&mut self, value: &Value) {
        for instance in value
            .get("Instances")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.instance(instance);
        }
    }

    fn instance(&mut self, value: &Value) {
        let id = text(value, "InstanceId");
        self.cloud.report.read("instance", &id);
        let state = at(value, "/State/Name");
        if matches!(&*state, "terminated" | "shutting-down") {
            return self.cloud.report.skipped("instance", "terminated", &id);
        }
        let zone = at(value, "/Placement/AvailabilityZone");
        let vm = self.cloud.one(&id, "vm", &zone, region(&zone));
        let tags = value
            .get("Tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let name = tags
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
        if state != "running" && !state.is_empty() {
            self.down.push((vm, format!("its state is {state}")));
        }
    }

    fn group(&mut self, value: &Value) {
        let id = text(value, "AutoScalingGroupName");
        self.cloud.report.read("auto scaling group", &id);
        let members: Vec<String> = value
            .get("Instances")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|i| text(i, "InstanceId"))
            .collect();
        let found: Vec<u32> = members.iter().filter_map(|m| self.cloud.find(m)).collect();
        let at = if found.is_empty() {
            let wanted = count(value, "DesiredCapacity").unwrap_or(0);
            let zones = texts(value, "AvailabilityZones");
            let first = zones.first().cloned().unwrap_or_default();
            self.cloud.spread(&id, "vm", wanted, &zones, region(&first))
        } else {
            Some(self.cloud.group(&id, Need::AtLeast(1), Split::Share, found))
        };
        if at.is_some() {
            for arn in texts(value, "TargetGroupARNs") {
                self.targets.entry(arn).or_default().insert(id.clone());
            }
        }
    }

    fn database(&mut self, value: &Value) {
        let id = text(value, "DBInstanceIdentifier");
        self.cloud.report.read("database", &id);
        let zone = text(value, "AvailabilityZone");
        if value.get("MultiAZ").and_then(Value::as_bool) == Some(true) {
            let other = text(value, "SecondaryAvailabilityZone");
            let zones: Vec<String> = [zone.clone(), other]
                .into_iter()
                .filter(|z| !z.is_empty())
                .collect();
            self.cloud.pair(&id, "database", &zones, region(&zone));
        } else {
            self.cloud.one(&id, "database", &zone, region(&zone));
        }
    }

    fn cluster(&mut self, value: &Value) {
        let id = text(value, "DBClusterIdentifier");
        self.cloud.report.read("database cluster", &id);
        let members = value
            .get("DBClusterMembers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let members = members.filter_map(|m| self.cloud.find(&text(m, "DBInstanceIdentifier")));
        let members: Vec<u32> = members.collect();
        if members.is_empty() {
            return self.cloud.report.skipped(
                "database cluster",
                "none of its members is in the files",
                &id,
            );
        }
        let id = if self.cloud.find(&id).is_some() {
            format!("cluster:{id}")
        } else {
            id
        };
        self.cloud
            .group(&id, Need::AtLeast(1), Split::Standby, members);
    }

    fn cache(&mut self, value: &Value) {
        let id = text(value, "CacheClusterId");
        self.cloud.report.read("cache", &id);
        let zone = text(value, "PreferredAvailabilityZone");
        let zone = if zone == "Multiple" {
            String::new()
        } else {
            zone
        };
        match count(value, "NumCacheNodes").unwrap_or(1) {
            0 | 1 => drop(self.cloud.one(&id, "database", &zone, region(&zone))),
            nodes => drop(self.cloud.spread(
                &id,
                "database",
                nodes,
                std::slice::from_ref(&zone),
                region(&zone),
            )),
        }
    }

    /// A data warehouse loses with each of its nodes what that one holds; all are needed.
    fn warehouse(&mut self, value: &Value) {
        let id = text(value, "ClusterIdentifier");
        if id.is_empty() {
            return;
        }
        self.cloud.report.read("data warehouse", &id);
        let zone = text(value, "AvailabilityZone");
        self.cloud.one(&id, "database", &zone, region(&zone));
    }

    fn brokers(&mut self, value: &Value) {
        let id = text(value, "ClusterName");
        self.cloud.report.read("brokers", &id);
        let subnets = value
            .get("BrokerNodeGroupInfo")
            .map(|b| texts(b, "ClientSubnets"));
        let zones: BTreeSet<String> = subnets
            .iter()
            .flatten()
            .filter_map(|s| self.subnets.get(s))
            .cloned()
            .collect();
        let zones: Vec<String> = zones.into_iter().filter(|z| !z.is_empty()).collect();
        let nodes = count(value, "NumberOfBrokerNodes").unwrap_or(1);
        let first = zones.first().cloned().unwrap_or_default();
        self.cloud
            .spread(&id, "broker", nodes, &zones, region(&first));
    }

    fn gateway(&mut self, value: &Value) {
        let id = text(value, "NatGatewayId");
        self.cloud.report.read("gateway", &id);
        let zone = self
            .subnets
            .get(&text(value, "SubnetId"))
            .cloned()
            .unwrap_or_default();
        self.cloud.one(&id, "gateway", &zone, region(&zone));
    }

    /// Which target group each load balancer sends to, and who is registered in one.
    fn groups_of_targets(&mut self, answer: &Value) {
        let groups = answer
            .get(TARGET_GROUPS)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for group in groups {
            self.cloud
                .report
                .read("target group", &text(group, "TargetGroupName"));
            for balancer in texts(group, "LoadBalancerArns") {
                self.sent
                    .entry(balancer)
                    .or_default()
                    .insert(text(group, "TargetGroupArn"));
            }
        }
    }

    /// Health says who is a target but not of which group: with one group there is no doubt.
    fn health(&mut self, value: &Value) {
        let target = at(value, "/Target/Id");
        self.cloud.report.read("target", &target);
        let groups: BTreeSet<&String> = self.sent.values().flatten().collect();
        let own = text(value, "TargetGroupArn");
        let group = match (own.is_empty(), groups.len()) {
            (false, _) => own,
            (true, 1) => (*groups.first().unwrap_or(&&own)).clone(),
            _ => {
                return self.cloud.report.skipped(
                    "target",
                    "its answer does not say of which group",
                    &target,
                );
            }
        };
        self.targets.entry(group).or_default().insert(target);
    }

    fn classic(&mut self, value: &Value) {
        let id = text(value, "LoadBalancerName");
        self.cloud.report.read("load balancer", &id);
        let targets = value
            .get("Instances")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let targets = targets.map(|i| text(i, "InstanceId")).collect();
        let zones = texts(value, "AvailabilityZones");
        let first = zones.first().cloned().unwrap_or_default();
        self.cloud.balancer(&id, &zones, region(&first), targets);
    }

    fn balancer(&mut self, value: &Value) {
        let id = text(value, "LoadBalancerName");
        self.cloud.report.read("load balancer", &id);
        let zones = value
            .get("AvailabilityZones")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let zones: Vec<String> = zones.map(|z| text(z, "ZoneName")).collect();
        let groups = self.sent.get(&text(value, "LoadBalancerArn"));
        let targets = groups
            .into_iter()
            .flatten()
            .filter_map(|g| self.targets.get(g));
        let targets = targets.flatten().cloned().collect();
        let first = zones.first().cloned().unwrap_or_default();
        self.cloud.balancer(&id, &zones, region(&first), targets);
    }

    fn finish(self, warnings: Vec<Diagnostic>) -> Result<Imported, Faults> {
        let down: Vec<(String, String)> = self
            .down
            .iter()
            .map(|(at, why)| (self.cloud.assembly.id(*at).to_owned(), why.clone()))
            .collect();
        let (draft, report) = self.cloud.finish();
        if draft.nodes.is_empty() {
            let fault = Diagnostic::error("the answers hold nothing that can fail");
            return Err(fault.help("export `aws ec2 describe-instances`, `aws elbv2 describe-load-balancers` and so on into one folder").into());
        }
        let mut scenario = super::super::write::ScenarioFile::of(&draft);
        "Single losses".clone_into(&mut scenario.name);
        scenario.down = down;
        Ok(Imported {
            draft,
            report,
            warnings,
            scenarios: vec![scenario],
            ..Imported::default()
        })
    }
}
