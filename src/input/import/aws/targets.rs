//! Groups of targets: who sends to them, who is registered in them, and whether it serves there.
//!
//! In: target groups, answers of their health, groups that register their members. Out: by load balancer
//! those that it sends to, and the targets that are out. Promises: a target that serves in no group of its is
//! a known outage; one that serves in some is left out of the others, and that is said.

use super::super::cloud::{Cloud, Target};
use super::fields::{at, text, texts};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Groups of targets, as far as they have been read.
#[derive(Default)]
pub(super) struct Targets {
    /// Every group that an answer describes, and its name.
    groups: BTreeMap<String, String>,
    /// Groups by the load balancer that sends to them.
    sent: BTreeMap<String, BTreeSet<String>>,
    /// What a health answer says of each target, by group.
    health: BTreeMap<String, BTreeMap<String, Health>>,
    /// What registers its members by itself, by group of targets.
    registered: BTreeMap<String, BTreeSet<String>>,
}

/// What is said of one target in one group.
#[derive(Default)]
struct Health {
    /// Whether it serves at one of its ports.
    serves: bool,
    /// The other states.
    states: BTreeSet<String>,
    ports: usize,
}

/// Whether a target serves. One whose health nobody checks is taken to.
fn serves(state: &str, reason: &str) -> bool {
    match state {
        "" | "healthy" => true,
        "unavailable" => reason == "Target.HealthCheckDisabled",
        _ => false,
    }
}

impl Targets {
    /// A group of targets and the load balancers that send to it.
    pub fn group(&mut self, value: &Value, cloud: &mut Cloud) {
        let (arn, name) = (
            text(value, "TargetGroupArn"),
            text(value, "TargetGroupName"),
        );
        cloud.report.read("target group", &name);
        for balancer in texts(value, "LoadBalancerArns") {
            self.sent.entry(balancer).or_default().insert(arn.clone());
        }
        self.groups.insert(arn, name);
    }

    /// Something registers its members in a group of targets.
    pub fn register(&mut self, group: String, member: &str) {
        let members = self.registered.entry(group).or_default();
        members.insert(member.to_owned());
    }

    /// Health says who is a target but not of which group: with one group there is no doubt.
    pub fn health(&mut self, value: &Value, cloud: &mut Cloud) {
        let target = at(value, "/Target/Id");
        cloud.report.read("target", &target);
        let mut group = text(value, "TargetGroupArn");
        if group.is_empty() {
            match self.groups.first_key_value() {
                Some((only, _)) if self.groups.len() == 1 => group.clone_from(only),
                _ => {
                    let why = "its answer does not say of which group";
                    return cloud.report.skipped("target", why, &target);
                }
            }
        }
        if !self.sent.values().any(|groups| groups.contains(&group)) {
            let why = "no load balancer is known to send to its group";
            return cloud.report.skipped("target", why, &target);
        }
        // The same instance by its id here and by its address there is one.
        let known = cloud.find(&target);
        let name = known.map_or(target, |at| cloud.assembly.id(at).to_owned());
        let targets = self.health.entry(group).or_default();
        let health = targets.entry(name).or_default();
        let state = at(value, "/TargetHealth/State");
        let reason = at(value, "/TargetHealth/Reason");
        health.ports += 1;
        if !serves(&state, &reason) {
            health.states.insert(state);
            return;
        }
        health.serves = true;
        if state == "unavailable" {
            let why = "nobody checks its health; it is taken to serve";
            cloud
                .report
                .skipped("health of a target", why, &at(value, "/Target/Id"));
        }
    }

    /// Leaves out of each group who serves in another only; whoever serves nowhere stays, and is out.
    pub fn settle(&mut self, cloud: &mut Cloud) {
        let all = self.health.values().flatten();
        let serving = all.filter(|(_, health)| health.serves);
        let serving: BTreeSet<String> = serving.map(|(target, _)| target.clone()).collect();
        for (group, targets) in &mut self.health {
            for (target, health) in targets.iter().filter(|(_, health)| health.ports > 1) {
                let why = "registered at several ports of a group, counted once";
                cloud.report.skipped("target", why, target);
                if health.serves && !health.states.is_empty() {
                    let why = "it serves at some of its ports; it is taken to serve";
                    cloud.report.skipped("health of a target", why, target);
                }
            }
            let had_some = !targets.is_empty();
            targets.retain(|target, health| {
                let stays = health.serves || !serving.contains(target);
                if !stays {
                    let why = "it does not serve in one of its groups and serves in another; \
                               it is left out of the one";
                    cloud.report.skipped("target", why, target);
                }
                stays
            });
            for (target, health) in targets.iter().filter(|(_, health)| !health.serves) {
                for state in &health.states {
                    cloud.out(
                        vec![target.clone()],
                        &format!("its target health is {state}"),
                    );
                }
            }
            if had_some && targets.is_empty() {
                let why = "none of its targets serves in it; of requests for it nothing is seen";
                let name = self.groups.get(group).unwrap_or(group);
                cloud.report.skipped("target group", why, name);
            }
        }
    }

    /// Whom a load balancer sends to, and whether it sends to somebody of whom none serves.
    pub fn behind(
        &self,
        balancer: &str,
        name: &str,
        cloud: &mut Cloud,
    ) -> (BTreeSet<Target>, bool) {
        let groups = self.sent.get(balancer);
        let mut targets = BTreeSet::new();
        let mut is_left_out = false;
        for group in groups.into_iter().flatten() {
            // Health names every member that is registered; who registers them adds nobody.
            if let Some(health) = self.health.get(group) {
                is_left_out |= health.is_empty();
                targets.extend(health.keys().map(|target| vec![target.clone()]));
            } else {
                let registered = self.registered.get(group).into_iter().flatten();
                targets.extend(registered.map(|member| vec![member.clone()]));
            }
        }
        if groups.is_some_and(|groups| groups.len() > 1) {
            let rule = "targets of several groups behind a load balancer, taken as one group: \
                        which requests go where is not read";
            cloud.report.derived(rule, name);
        }
        let is_out = is_left_out && targets.is_empty();
        (targets, is_out)
    }
}
