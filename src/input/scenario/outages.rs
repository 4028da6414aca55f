//! What is out or derated, and named contingencies, resolved. In: ids and selectors as written. Out: nodes.
//! Promises: an id wins over a selector that looks the same; factors that meet at one node multiply, and
//! that is shown.

use super::names::Names;
use super::resolver::{Keep, Resolver};
use super::spec::{ContingencySpec, Spec};
use crate::input::number::MOST;
use crate::input::placed::Placed;
use crate::input::selector;
use crate::model::{LoadCase, NamedContingency, NodeId, Scenario, System};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Capacity factors as written.
type Written = [(Placed<String>, Placed<f64>)];

/// Nodes that are named in full in a warning.
const LISTED: usize = 5;

/// Everything that is down: ids and what selectors keep, sorted, each once.
pub fn down(written: &[Placed<String>], resolver: &mut Resolver) -> Vec<NodeId> {
    let found = written
        .iter()
        .flat_map(|text| selected(text, Keep::Elements, resolver));
    let mut down: Vec<NodeId> = found.collect();
    down.sort_unstable();
    down.dedup();
    down
}

/// What is derated to nothing has failed: it moves to what is down.
pub fn fail_what_is_nothing(
    system: &System,
    down: &mut Vec<NodeId>,
    derate: &mut Vec<(NodeId, f64)>,
) {
    let nothing = derate.iter().filter(|d| d.1 <= 0.0);
    down.extend(nothing.flat_map(|d| system.derated_with(d.0)));
    derate.retain(|d| d.1 > 0.0);
    down.sort_unstable();
    down.dedup();
}

/// One id, or all that a selector keeps.
fn selected(text: &Placed<String>, keep: Keep, resolver: &mut Resolver) -> Vec<NodeId> {
    let is_id = resolver.system.find(text.value.trim()).is_some();
    if is_id || !selector::is_meant(&text.value) {
        return resolver.id(text, keep).into_iter().collect();
    }
    resolver.select(std::slice::from_ref(text), keep)
}

/// The capacity factors of a scenario, sorted by node. What is typed on the command line replaces what the
/// file says of the same node.
pub fn derate(spec: &Spec, resolver: &mut Resolver) -> Vec<(NodeId, f64)> {
    let typed = spec.derate.iter().position(|(key, _)| key.is_typed());
    let (file, typed) = spec.derate.split_at(typed.unwrap_or(spec.derate.len()));
    let mut factors: BTreeMap<NodeId, f64> = factors(file, resolver).into_iter().collect();
    factors.extend(self::factors(typed, resolver));
    factors.into_iter().collect()
}

/// The factors of one list, sorted by node; those that meet at one node are multiplied.
fn factors(written: &Written, resolver: &mut Resolver) -> Vec<(NodeId, f64)> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut entries: BTreeMap<NodeId, Vec<usize>> = BTreeMap::new();
    for (at, (key, factor)) in written.iter().enumerate() {
        if !seen.insert(key.value.trim()) {
            let fault = key.error(format!("`{}` is derated twice", key.value));
            resolver.faults.push(fault.help("give one factor"));
            continue;
        }
        // What is derated to nothing has failed.
        let keep = if factor.value > 0.0 {
            Keep::Derated
        } else {
            Keep::Elements
        };
        let nodes = selected(key, keep, resolver);
        if factor.value > 0.0 {
            warn_of_no_capacity(key, &nodes, resolver);
        }
        for node in nodes {
            entries.entry(node).or_default().push(at);
        }
    }
    let product = |of: &[usize]| of.iter().map(|&at| written[at].1.value).product::<f64>();
    let all: Vec<(NodeId, f64)> = entries.iter().map(|(&v, of)| (v, product(of))).collect();
    for (&node, of) in entries.iter().filter(|(_, of)| product(of) > MOST) {
        beyond(node, &written[of[0]].0, resolver);
    }
    tell_of_meetings(written, &entries, &all, resolver);
    all
}

/// A derating of what has no capacity changes nothing.
fn warn_of_no_capacity(key: &Placed<String>, nodes: &[NodeId], resolver: &mut Resolver) {
    let system = resolver.system;
    let is_unlimited = |v: &NodeId| system.node(*v).is_unlimited();
    let unlimited = |v: &NodeId| system.derated_with(*v).iter().all(is_unlimited);
    if nodes.is_empty() || !nodes.iter().all(unlimited) {
        return;
    }
    if resolver.faults.is_empty() && resolver.complete {
        let message = format!("`{}` has no capacity to derate", key.value);
        let warning = key.warning(message).label("has no effect");
        resolver.warnings.push(warning);
    }
}

/// Lists the nodes that several entries derate, once for the same entries.
fn tell_of_meetings(
    written: &Written,
    entries: &BTreeMap<NodeId, Vec<usize>>,
    products: &[(NodeId, f64)],
    resolver: &mut Resolver,
) {
    let mut meetings: BTreeMap<&[usize], Vec<(NodeId, f64)>> = BTreeMap::new();
    for (of, &(node, product)) in entries.values().zip(products) {
        if of.len() > 1 {
            meetings.entry(of).or_default().push((node, product));
        }
    }
    for (of, nodes) in meetings {
        let system = resolver.system;
        let few = nodes.iter().take(LISTED).map(|&(v, _)| system.id(v));
        let mut few = few.collect::<Vec<_>>().join(", ");
        if nodes.len() > LISTED {
            few.push_str(&format!(" and {} more", nodes.len() - LISTED));
        }
        let factors = of.iter().map(|&at| written[at].1.value.to_string());
        let message = format!(
            "{few}: derated by {} entries, {} = {}",
            of.len(),
            factors.collect::<Vec<_>>().join(" × "),
            nodes[0].1
        );
        let last = &written[of[of.len() - 1]].0;
        let help = "factors multiply; leave one out if only one is meant";
        let warning = last.warning(message).help(help);
        resolver.warnings.push(warning);
    }
}

fn beyond(node: NodeId, place: &Placed<String>, resolver: &mut Resolver) {
    let id = resolver.system.id(node);
    let message = format!("the factors of `{id}` multiply beyond any number to compute with");
    let help = format!("their product may be at most {MOST:e}");
    resolver.faults.push(place.error(message).help(help));
}

/// Every named contingency, in the order of the file.
pub fn contingencies(
    spec: &Spec,
    derate: &[(NodeId, f64)],
    resolver: &mut Resolver,
) -> Vec<NamedContingency> {
    let mut names: HashMap<&str, &Placed<String>> = HashMap::new();
    let mut all = Vec::new();
    for written in &spec.contingencies {
        let name = written.name.value.as_str();
        if let Some(first) = names.insert(name, &written.name) {
            let fault = written
                .name
                .error(format!("two contingencies have the name `{name}`"))
                .label(format!("the first is at {}", first.file_and_line()));
            resolver
                .faults
                .push(fault.help("give each its own name: policies refer to it"));
        }
        all.push(contingency(written, derate, resolver));
    }
    all
}

fn contingency(
    written: &ContingencySpec,
    known: &[(NodeId, f64)],
    resolver: &mut Resolver,
) -> NamedContingency {
    let mut down = down(&written.down, resolver);
    let mut derate = factors(&written.derate, resolver);
    fail_what_is_nothing(resolver.system, &mut down, &mut derate);
    for &(node, factor) in &derate {
        let at = known.binary_search_by_key(&node, |k| k.0);
        if at.is_ok_and(|at| known[at].1 * factor > MOST) {
            beyond(node, &written.name, resolver);
        }
    }
    let mut demand: Vec<(usize, f64)> = Vec::new();
    for (service, asked) in &written.demand {
        if let Some(at) = resolver.service_index(service) {
            demand.push((at, asked.value));
        }
    }
    demand.sort_by_key(|d| d.0);
    demand.dedup_by_key(|d| d.0);
    NamedContingency {
        name: written.name.value.clone(),
        down,
        derate,
        demand,
    }
}

/// Puts a contingency of the scenario in place, if one is typed: its position and the scenario without it.
/// Demands that are typed win over those of the contingency.
pub fn put_in_place(
    name: &str,
    spec: &Spec,
    scenario: &mut Scenario,
    resolver: &mut Resolver,
) -> Option<usize> {
    let typed = Placed::typed("--contingency", name);
    let all = scenario.contingencies.iter();
    let names = Names::new("contingency", all.map(|c| c.name.as_str()));
    let at = names.position(&typed, &mut resolver.faults)?;
    let mut under = scenario.under(&scenario.contingencies[at]);
    for (written, (case, before)) in spec
        .cases
        .iter()
        .zip(under.cases.iter_mut().zip(&scenario.cases))
    {
        keep_typed(written.demand.iter().map(|d| &d.0), case, before, resolver);
    }
    *scenario = under;
    Some(at)
}

fn keep_typed<'p>(
    services: impl Iterator<Item = &'p Placed<String>>,
    case: &mut LoadCase,
    before: &LoadCase,
    resolver: &Resolver,
) {
    for service in services.filter(|s| s.is_typed()) {
        let found = resolver.system.find(service.value.trim());
        let at = found.and_then(|v| resolver.system.services().binary_search(&v).ok());
        if let Some(at) = at {
            case.demand[at] = before.demand[at];
        }
    }
}
