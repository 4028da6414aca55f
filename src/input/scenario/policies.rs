//! Policies and waivers, resolved.

use super::names::Names;
use super::resolver::{Keep, Resolver};
use super::spec::{PolicySpec, Spec, WaiverSpec};
use super::words;
use crate::input::placed::Placed;
use crate::model::{
    CaseId, LoadCase, NamedContingency, NodeId, Policy, Restarts, Status, SweepSpec, Waiver,
};
use jiff::civil::Date;
use std::collections::HashSet;

/// Resolves both.
pub fn resolve(
    spec: &Spec,
    (cases, contingencies): (&[LoadCase], &[NamedContingency]),
    sweep: &SweepSpec,
    resolver: &mut Resolver,
) -> (Vec<Policy>, Vec<Waiver>) {
    let names = Names::new("load case", cases.iter().map(|c| c.name.as_str()));
    let named = contingencies.iter().map(|c| c.name.as_str());
    let named = Names::new("contingency", named);
    let mut seen = HashSet::new();
    let mut policies = Vec::new();
    for policy in &spec.policies {
        if !seen.insert(policy.name.value.as_str()) {
            let message = format!("two policies have the name `{}`", policy.name.value);
            let fault = policy.name.error(message);
            resolver
                .faults
                .push(fault.help("give each its own name: waivers refer to it"));
        }
        policies.push(resolve_policy(policy, (&names, &named), sweep, resolver));
    }
    let names = Names::new(
        "policy",
        spec.policies.iter().map(|p| p.name.value.as_str()),
    );
    let waivers = spec
        .waivers
        .iter()
        .filter_map(|w| resolve_waiver(w, &policies, (&names, &named), resolver))
        .collect();
    (policies, waivers)
}

fn resolve_policy(
    spec: &PolicySpec,
    (cases, named): (&Names, &Names),
    sweep: &SweepSpec,
    resolver: &mut Resolver,
) -> Policy {
    let services = match &spec.services {
        Some(selectors) => resolver.select(selectors, Keep::Services),
        None => resolver.system.services().to_vec(),
    };
    let all = 0..u32::try_from(cases.count()).unwrap_or(u32::MAX);
    let mut at: Vec<CaseId> = match &spec.load {
        None => all.map(CaseId).collect(),
        Some(wanted) => wanted
            .iter()
            .filter_map(|n| cases.position(n, &mut resolver.faults))
            .filter_map(|at| u32::try_from(at).ok().map(CaseId))
            .collect(),
    };
    at.sort_unstable();
    at.dedup();
    let survives = spec.survives.as_ref();
    let survives = survives.map(|s| order(s, sweep, resolver));
    let slo = slo(spec, &services, resolver);
    Policy {
        name: spec.name.value.clone(),
        services,
        cases: at,
        survives,
        no_cascade: spec.no_cascade.unwrap_or(false),
        contingencies: positions(&spec.contingencies, named, resolver),
        shed: shed(spec, resolver),
        restarts: restarts(spec, sweep, resolver),
        slo,
        max_probability: limits(spec, resolver),
    }
}

/// The order that a policy asks about.
fn order(asked: &Placed<u64>, sweep: &SweepSpec, resolver: &mut Resolver) -> u32 {
    let order = u32::try_from(asked.value).unwrap_or(u32::MAX);
    if order > sweep.order {
        let message = format!(
            "the policy asks about order {order}, the sweep ends at order {}",
            sweep.order
        );
        let help = format!("write `order = {order}` under `[sweep]`");
        resolver.warnings.push(asked.warning(message).help(help));
    }
    order
}

/// What a policy asks of instances.
fn restarts(spec: &PolicySpec, sweep: &SweepSpec, resolver: &mut Resolver) -> Option<Restarts> {
    let Some(asked) = &spec.restarts else {
        if let Some(priority) = &spec.priority {
            let warning = priority.warning("`priority` says nothing without `restarts`");
            let help = "write `restarts = 1`: after any single failure they run";
            resolver.warnings.push(warning.help(help));
        }
        return None;
    };
    if resolver.system.placements().is_empty() && resolver.complete && resolver.faults.is_empty() {
        let warning = asked.warning("`restarts` asks of nothing: no instance is placed");
        let help = "say in placements.csv what runs on which hosts";
        resolver.warnings.push(warning.help(help));
    }
    let priority = spec.priority.as_ref();
    Some(Restarts {
        order: order(asked, sweep, resolver),
        priority: priority.map(|p| u32::try_from(p.value).unwrap_or(u32::MAX)),
    })
}

/// Positions of named contingencies, sorted, each once.
fn positions(written: &[Placed<String>], named: &Names, resolver: &mut Resolver) -> Vec<usize> {
    let faults = &mut resolver.faults;
    let found = written.iter().filter_map(|n| named.position(n, faults));
    let mut found: Vec<usize> = found.collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The targets that services must keep; a warning where none of them has one.
fn slo(spec: &PolicySpec, services: &[NodeId], resolver: &mut Resolver) -> Vec<(NodeId, f64)> {
    let Some(slo) = spec.slo.as_ref().filter(|s| s.value) else {
        return Vec::new();
    };
    let target = |&v: &NodeId| Some((v, resolver.system.target(v)?));
    let targets: Vec<(NodeId, f64)> = services.iter().filter_map(target).collect();
    if targets.is_empty() {
        let warning = slo.warning("no service of this policy has a target");
        let help = "write one into the column `slo` of services.csv: `99.95`";
        resolver.warnings.push(warning.help(help));
    }
    targets
}

fn shed(spec: &PolicySpec, resolver: &mut Resolver) -> bool {
    let Some(shed) = &spec.shed else {
        return false;
    };
    if shed.value && spec.contingencies.is_empty() {
        let warning = shed.warning("`shed` says nothing without `contingencies`");
        let help = "name the contingencies whose response lowers a demand";
        resolver.warnings.push(warning.help(help));
    }
    shed.value
}

fn limits(spec: &PolicySpec, resolver: &mut Resolver) -> Vec<(Status, f64)> {
    const KNOWN: [&str; 3] = ["at-risk", "degraded", "down"];
    const STATUS: [Status; 3] = [Status::AtRisk, Status::Degraded, Status::Down];
    let names = Names::new("status", KNOWN.into_iter());
    let mut limits: Vec<(Status, f64)> = spec
        .max_probability
        .iter()
        .filter_map(|(name, limit)| {
            let at = names.position(name, &mut resolver.faults)?;
            Some((STATUS[at], limit.value))
        })
        .collect();
    limits.sort_by_key(|(status, _)| *status);
    limits
}

fn resolve_waiver(
    spec: &WaiverSpec,
    policies: &[Policy],
    (names, named): (&Names, &Names),
    resolver: &mut Resolver,
) -> Option<Waiver> {
    let named_policy = spec.policy.as_ref();
    let policy = named_policy.and_then(|name| names.position(name, &mut resolver.faults));
    let services = spec
        .service
        .as_ref()
        .map(|s| resolver.select(s, Keep::Services));
    let elements = spec
        .elements
        .as_ref()
        .map(|e| resolver.select(e, Keep::Elements));
    let expires = spec.expires.as_ref();
    let last_day = expires.and_then(|day| last_day(day, resolver));
    let contingency = match &spec.contingency {
        Some(name) => Some(named.position(name, &mut resolver.faults)?),
        None => None,
    };
    let policy = policy?;
    if let (Some(at), Some(name)) = (contingency, &spec.contingency)
        && !policies[policy].contingencies.contains(&at)
    {
        let message = format!(
            "the policy does not ask for the contingency `{}`",
            name.value
        );
        let help = "name one that stands under `contingencies` of the policy";
        resolver.warnings.push(name.warning(message).help(help));
    }
    Some(Waiver {
        policy,
        services: services.unwrap_or_else(|| policies[policy].services.clone()),
        elements,
        contingency,
        reason: spec.reason.clone()?,
        owner: spec.owner.clone()?,
        expires: expires?.value.clone(),
        last_day: last_day?,
    })
}

/// A day, as `2027-03-31`; a time of day behind it is let pass.
fn last_day(expires: &Placed<String>, resolver: &mut Resolver) -> Option<Date> {
    let day = words::day(expires.value.trim());
    if day.is_none() {
        let fault = expires.error(format!("`{}` is no date", expires.value));
        let help = "write the last day on which the waiver holds: `expires = \"2027-03-31\"`";
        resolver.faults.push(fault.help(help));
    }
    day
}
