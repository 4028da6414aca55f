//! Clouds: who is a target, who is out, and where things are, from answers of the AWS command line and from states
//! and plans of Terraform.

mod outages;
mod places;
mod targets;

use super::source;
use brownout::input::import::{Format, Imported, Options, read_sources};
use brownout::model::Draft;
use std::collections::{BTreeMap, BTreeSet};

/// Answers of the AWS command line as one estate.
fn aws(answers: &[&str]) -> Imported {
    let sources = answers.iter().enumerate();
    let sources: Vec<_> = sources
        .map(|(n, text)| source(&format!("{n}.json"), text))
        .collect();
    read_sources(Format::Aws, &sources, Options::default()).expect("an estate")
}

/// A state of version 4 of resources: type, name and objects.
fn state_text(resources: &[(&str, &str, &str)]) -> String {
    let resources = resources.iter().map(|(sort, name, objects)| {
        format!(
            r#"{{"mode": "managed", "type": "{sort}", "name": "{name}", "instances": [{objects}]}}"#
        )
    });
    let resources: Vec<String> = resources.collect();
    let resources = resources.join(", ");
    format!(r#"{{"version": 4, "terraform_version": "1.7.0", "resources": [{resources}]}}"#)
}

fn state(resources: &[(&str, &str, &str)]) -> Imported {
    terraform(&state_text(resources))
}

fn terraform(text: &str) -> Imported {
    let sources = [source("a.tfstate", text)];
    read_sources(Format::Terraform, &sources, Options::default()).expect("an estate")
}

/// Whom something needs, by group; what is in no group stands under a blank.
fn needs(draft: &Draft, consumer: &str) -> BTreeMap<String, Vec<String>> {
    let id = |at: u32| draft.nodes[at as usize].node.id.to_string();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for r in &draft.requirements {
        if id(r.consumer) == consumer {
            let group = r.group.as_deref().unwrap_or_default().to_owned();
            let providers = r.providers.iter().map(|p| id(p.node));
            found.entry(group).or_default().extend(providers);
        }
    }
    found
}

fn targets(draft: &Draft, consumer: &str) -> Vec<String> {
    needs(draft, consumer).into_values().flatten().collect()
}

fn zone(draft: &Draft, id: &str) -> Vec<String> {
    let node = draft.nodes.iter().find(|d| &*d.node.id == id);
    let within = &node.unwrap_or_else(|| panic!("{id}")).within;
    let zones = within.iter();
    zones
        .map(|&z| draft.nodes[z as usize].node.id.to_string())
        .collect()
}

fn ids(draft: &Draft) -> BTreeSet<String> {
    draft.nodes.iter().map(|d| d.node.id.to_string()).collect()
}

/// Known outages, and why.
fn down(imported: &Imported) -> BTreeMap<&str, &str> {
    let down = &imported.scenarios[0].down;
    down.iter().map(|(id, why)| (&**id, &**why)).collect()
}

/// What the report says was left out or derived of something.
fn said(imported: &Imported, of: &str) -> String {
    let report = &imported.report;
    let all = report.skipped.iter().chain(&report.derived);
    let of_it = all.filter(|(_, tally)| tally.examples.contains(of));
    let lines: Vec<&str> = of_it.map(|(line, _)| &**line).collect();
    lines.join("\n")
}

fn instances(list: &[(&str, &str, &str)]) -> String {
    let list = list.iter().map(|(id, zone, state)| {
        format!(
            r#"{{"InstanceId": "{id}", "Placement": {{"AvailabilityZone": "{zone}"}}, "State": {{"Name": "{state}"}}}}"#
        )
    });
    let list: Vec<String> = list.collect();
    format!(
        r#"{{"Reservations": [{{"Instances": [{}]}}]}}"#,
        list.join(", ")
    )
}

fn health(list: &[(&str, &str, &str)]) -> String {
    let list = list.iter().map(|(group, id, state)| {
        format!(
            r#"{{"TargetGroupArn": "{group}", "Target": {{"Id": "{id}", "Port": 80}}, "TargetHealth": {{"State": "{state}"}}}}"#
        )
    });
    let list: Vec<String> = list.collect();
    format!(r#"{{"TargetHealthDescriptions": [{}]}}"#, list.join(", "))
}

/// Load balancers, each with groups of targets of its own.
fn balancers(list: &[(&str, &[&str])]) -> String {
    let all = list.iter().map(|(name, _)| {
        format!(
            r#"{{"LoadBalancerArn": "arn:{name}", "LoadBalancerName": "{name}", "State": {{"Code": "active"}},
            "AvailabilityZones": [{{"ZoneName": "eu-1a"}}, {{"ZoneName": "eu-1b"}}]}}"#
        )
    });
    let groups = list.iter().flat_map(|(name, groups)| {
        groups.iter().map(move |group| {
            format!(
                r#"{{"TargetGroupArn": "{group}", "TargetGroupName": "{group}", "LoadBalancerArns": ["arn:{name}"]}}"#
            )
        })
    });
    let (all, groups): (Vec<String>, Vec<String>) = (all.collect(), groups.collect());
    format!(
        r#"{{"LoadBalancers": [{}], "TargetGroups": [{}]}}"#,
        all.join(", "),
        groups.join(", ")
    )
}
