//! A network and its demands → the draft of an inventory with flows and services, and the known outages that its
//! statuses tell of. An attribute that may be a secret by its name gets into nothing.

use super::attributes::may_be_secret;
use super::ids::{Ids, some_of};
use super::network::{At, Demand, Network, RawLink, Resolved};
use super::requirement::needs;
use super::statuses::Statuses;
use super::{Imported, Options, ServicePer};
use crate::input::invented::ALL_DEMANDS;
use crate::input::write::{ScenarioFile, is_free_column};
use crate::input::{Diagnostic, Faults, Source};
use crate::model::{Draft, DraftNode, Flow, Labels, Link, Node, NodeId, Role, Service};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Label columns that are kept; a table of more is no table.
const MOST_COLUMNS: usize = 64;
/// Flows that `--all-pairs` may make.
const MOST_PAIRS: usize = 20_000_000;

/// A format of one network in one file.
pub(super) fn one_network(
    sources: &[Arc<Source>],
    options: &Options,
    read: fn(&Arc<Source>) -> Result<Network, Faults>,
) -> Result<Imported, Faults> {
    if let Some(second) = sources.get(1) {
        let fault = Diagnostic::error("there is a second file").at(second, 0..1);
        return Err(fault.help("import one network at a time").into());
    }
    match sources.first() {
        Some(first) => network(sources, options, read(first)?),
        None => Err(Diagnostic::error("there is no file to import").into()),
    }
}

/// A network that was read, with the place of its file → an inventory.
pub(super) fn network(
    sources: &[Arc<Source>],
    options: &Options,
    mut network: Network,
) -> Result<Imported, Faults> {
    if let Some(first) = sources.first() {
        network.at.get_or_insert_with(|| At::new(first, 0..1));
    }
    inventory(network.resolve()?, options)
}

/// Builds the inventory.
///
/// # Errors
/// The options do not fit the network.
fn inventory(mut network: Resolved, options: &Options) -> Result<Imported, Faults> {
    if options.service_per == ServicePer::Site {
        return Err(Diagnostic::error("a network has no sites")
            .help("leave out --service-per, or name another choice")
            .into());
    }
    if let Some(volume) = options.all_pairs {
        add_all_pairs(&mut network, volume)?;
    }
    let mut warnings = std::mem::take(&mut network.warnings);
    warnings.extend(missing_capacities(&network, options.capacity));
    let mut ids = Ids::default();
    let mut draft = Draft::default();
    let mut statuses = Statuses::default();
    for n in &network.nodes {
        ids.take(&n.id);
        statuses.note(&n.id, &n.labels);
        // A router forwards; of another kind, the model says whether it does.
        let kind = n.kind.as_deref().unwrap_or("router");
        let mut component = Node::new(n.id.as_str(), kind, Role::Component);
        component.name = n.name.as_deref().map(Into::into);
        draft.nodes.push(bare(component));
    }
    for link in &network.links {
        let id = link_id(link, &network, &mut ids);
        statuses.note(&id, &link.labels);
        statuses.note(&id, &link.labels_back);
        draft
            .nodes
            .push(bare(link_node(id, link, &network, options)));
    }
    let rows = network.nodes.iter().map(|n| &n.labels);
    let rows: Vec<_> = rows
        .chain(network.links.iter().map(|l| &l.labels))
        .collect();
    warnings.extend(statuses.warnings());
    warnings.extend(names_left_out(
        &rows,
        |name| !may_be_secret(name) && !is_free_column(name),
        "attributes with the name of a column that means something else are left out",
    ));
    warnings.extend(names_left_out(
        &rows,
        may_be_secret,
        "attributes that may be secrets by their names are left out",
    ));
    let (labels, dropped) = label_columns(&rows);
    if dropped > 0 {
        let message = format!("{dropped} attributes more than {MOST_COLUMNS} are left out");
        warnings.push(Diagnostic::warning(message));
    }
    add_services(&mut draft, &network, options.service_per, &mut ids);
    draft.labels = labels;
    for column in &mut draft.labels.values {
        column.resize(draft.nodes.len(), None);
    }
    if network.demands.is_empty() {
        warnings.push(
            Diagnostic::warning(format!(
                "no demands were found ({}), so there are no flows and no services",
                network.demands_in
            ))
            .help("--all-pairs VOLUME makes one from each node to each other one"),
        );
    }
    let scenario = ScenarioFile {
        down: statuses.down.into_iter().collect(),
        ..ScenarioFile::of(&draft)
    };
    Ok(Imported {
        draft,
        warnings,
        scenarios: vec![scenario],
        ..Imported::default()
    })
}

fn add_all_pairs(network: &mut Resolved, volume: f64) -> Result<(), Faults> {
    let n = network.nodes.len();
    if !network.demands.is_empty() {
        return Err(Diagnostic::error("the network has demands of its own")
            .help("leave out --all-pairs")
            .into());
    }
    if n.saturating_mul(n) > MOST_PAIRS {
        return Err(Diagnostic::error(format!("all pairs of {n} nodes are too many")).into());
    }
    for from in 0..n {
        for to in (0..n).filter(|&to| to != from) {
            network.demands.push(Demand {
                id: String::new(),
                from,
                to,
                volume,
                factor: 1.0,
            });
        }
    }
    Ok(())
}

fn missing_capacities(network: &Resolved, given: Option<f64>) -> Option<Diagnostic> {
    let total = network.links.len();
    let without = network
        .links
        .iter()
        .filter(|l| l.capacity.is_none() || l.capacity_back.is_none())
        .count();
    if without == 0 {
        return given
            .map(|_| Diagnostic::warning("every link has a capacity: --capacity is unused"));
    }
    let message = match given {
        Some(x) => format!("{without} of {total} links have no capacity in the file: {x} is taken"),
        None => format!("{without} of {total} links have no capacity: they are unlimited"),
    };
    let warning = Diagnostic::warning(message);
    Some(match given {
        Some(_) => warning,
        None => warning.help("--capacity X gives them one"),
    })
}

/// The id in the file; `link:ID` if a node has it; `A--B` if there is none.
fn link_id(link: &RawLink, network: &Resolved, ids: &mut Ids) -> Box<str> {
    if link.id.is_empty() {
        let [a, b] = [link.a, link.b].map(|v| network.nodes[v].id.as_str());
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        ids.fresh(format!("{a}--{b}"))
    } else if ids.take(&link.id) {
        link.id.as_str().into()
    } else {
        ids.fresh(format!("link:{}", link.id))
    }
}

fn link_node(id: Box<str>, link: &RawLink, network: &Resolved, options: &Options) -> Node {
    let [a, b] = [link.a, link.b].map(|v| NodeId(index(v)));
    let capacity = link.capacity.or(options.capacity);
    let back = link.capacity_back.or(options.capacity);
    let mut node = Node::new(
        id,
        "link",
        Role::Link(Link {
            a,
            b,
            metric: link.metric,
            metric_back: link.metric_back,
            // Blank where both ways are alike.
            capacity_back: (back != capacity).then(|| back.unwrap_or(f64::INFINITY)),
        }),
    );
    node.capacity = capacity;
    node.unit = network.unit.map(Into::into);
    node
}

/// A warning of attributes that are left out for their names.
fn names_left_out(
    rows: &[&Vec<(String, String)>],
    is_left_out: impl Fn(&str) -> bool,
    message: &str,
) -> Option<Diagnostic> {
    let all = rows.iter().flat_map(|row| row.iter());
    let left: BTreeSet<&str> = all
        .filter(|(name, value)| is_left_out(name) && !value.is_empty())
        .map(|(name, _)| name.as_str())
        .collect();
    let names: Vec<&str> = left.into_iter().collect();
    let names = some_of(names.iter().copied());
    (!names.is_empty()).then(|| Diagnostic::warning(format!("{message}: {names}")))
}

/// Labels of nodes and links as columns, in order of name.
fn label_columns(rows: &[&Vec<(String, String)>]) -> (Labels, usize) {
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in rows.iter().flat_map(|row| row.iter()) {
        if is_free_column(name) && !may_be_secret(name) {
            columns.insert(name, 0);
        }
    }
    let dropped = columns.len().saturating_sub(MOST_COLUMNS);
    let kept: Vec<&str> = columns.keys().copied().take(MOST_COLUMNS).collect();
    let mut values = vec![vec![None; rows.len()]; kept.len()];
    for (at, row) in rows.iter().enumerate() {
        for (name, value) in *row {
            if let Ok(c) = kept.binary_search(&name.as_str())
                && !value.is_empty()
            {
                values[c][at] = Some(value.as_str().into());
            }
        }
    }
    let columns = kept.into_iter().map(Into::into).collect();
    (Labels { columns, values }, dropped)
}

/// Demands that one service stands for.
struct Group {
    id: String,
    demands: Vec<(usize, u32)>,
}

/// A flow for each demand; a service for each group of them.
fn add_services(draft: &mut Draft, network: &Resolved, per: ServicePer, ids: &mut Ids) {
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (d, demand) in network.demands.iter().enumerate() {
        let [from, to] = [demand.from, demand.to].map(|v| network.nodes[v].id.as_str());
        let id = match demand.id.as_str() {
            "" => format!("{from}--{to}"),
            id => id.to_owned(),
        };
        let flow = Flow {
            from: NodeId(index(demand.from)),
            to: NodeId(index(demand.to)),
        };
        let flow = Node::new(ids.fresh(format!("flow:{id}")), "flow", Role::Flow(flow));
        let number = index(draft.nodes.len());
        draft.nodes.push(bare(flow));
        let (group, id) = match per {
            ServicePer::Demand => (d, format!("svc:{id}")),
            ServicePer::Source => (demand.from, format!("svc:from:{from}")),
            ServicePer::Destination => (demand.to, format!("svc:to:{to}")),
            ServicePer::All | ServicePer::Site => (0, ALL_DEMANDS.id.to_owned()),
        };
        let demands = Vec::new();
        let group = groups.entry(group).or_insert(Group { id, demands });
        group.demands.push((d, number));
    }
    for group in groups.into_values() {
        add_service(draft, network, group, ids);
    }
}

/// A service of the total volume; each flow carries its part of it.
fn add_service(draft: &mut Draft, network: &Resolved, group: Group, ids: &mut Ids) {
    let of = |d: usize| &network.demands[d];
    let total: f64 = group.demands.iter().map(|&(d, _)| of(d).volume).sum();
    let even = 1.0 / f64::from(index(group.demands.len()));
    let service = Service {
        tier: None,
        demand: total,
        slo: None,
    };
    let name = (group.id == ALL_DEMANDS.id).then_some(ALL_DEMANDS.name);
    let mut service = Node::new(ids.fresh(group.id), "service", Role::Service(service));
    service.name = name.map(Into::into);
    service.unit = network.unit.map(Into::into);
    let consumer = draft.nodes.len();
    draft.nodes.push(bare(service));
    for &(d, flow) in &group.demands {
        let share = if total > 0.0 {
            of(d).volume / total
        } else {
            even
        };
        let load = share * of(d).factor;
        draft
            .requirements
            .push(needs(consumer, flow as usize, load));
    }
}

fn bare(node: Node) -> DraftNode {
    DraftNode {
        node,
        within: Vec::new(),
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
