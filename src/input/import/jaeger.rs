//! Jaeger's service dependencies: who calls whom, and how often.
//!
//! In: JSON, an array of `{"parent", "child", "callCount"}`, bare or as `data` of an object (what
//! the API answers); several files are added up. Out, for each
//!
//! - traced service: a component of kind `application`;
//! - pair of caller and callee: a dependency, need all, whose load is the pair's calls over all
//!   calls that reach the caller: calls made per call received;
//! - root (no call reaches it): also a service `svc:ROOT` that depends on it with load 1; its
//!   demand is the number of calls it makes, since nobody counted those it receives.
//!
//! So a component carries the calls that were traced to it, also where services call each other: a
//! loop that calls enter from outside returns less than comes to it. One that nothing calls from
//! outside returns exactly what comes to it; that is said, since any demand on it has no bound.
//!
//! A service that calls itself needs nothing of others by that: such calls are left out, and count
//! neither as calls that reach it. Pairs that stand there twice are added up.

use super::super::{Diagnostic, Faults, Source};
use super::ids::{self, Ids};
use super::requirement::{all_loads_given, needs};
use super::{Imported, json, sniff};
use crate::model::{Draft, DraftNode, Node, Role, Service};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// One observed pair, as written.
#[derive(Deserialize)]
struct WireCall<'a> {
    #[serde(borrow)]
    parent: Cow<'a, str>,
    #[serde(borrow)]
    child: Cow<'a, str>,
    #[serde(rename = "callCount")]
    calls: f64,
}

/// What the API answers.
#[derive(Deserialize)]
struct WireAnswer<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

/// All that was observed.
#[derive(Default)]
struct Trace {
    /// Calls by (caller, callee); calls to itself left out.
    calls: BTreeMap<(String, String), f64>,
    /// Calls of each service to itself.
    own: BTreeMap<String, f64>,
    /// Every name that was seen.
    names: BTreeSet<String>,
    /// Pairs that stood there more than once.
    twice: BTreeSet<(String, String)>,
    /// Where the first call to itself stands.
    own_at: Option<Place>,
    /// Where the first repetition stands.
    twice_at: Option<Place>,
}

type Place = (Arc<Source>, Range<usize>);

/// Whether a text is a list of calls, bare or as the API answers it.
pub(super) fn looks_like(source: &Source) -> bool {
    sniff::json(source).is_some_and(|o| {
        let has = |at: &str| {
            ["parent", "child"]
                .iter()
                .all(|k| o.has(&format!("{at}{k}")))
        };
        has("[].") || has("data[].")
    })
}

pub(super) fn read(sources: &[Arc<Source>]) -> Result<Imported, Faults> {
    let mut trace = Trace::default();
    let mut faults = Faults::new();
    for source in sources {
        read_one(source, &mut trace, &mut faults);
    }
    faults.or(())?;
    if trace.names.is_empty() {
        let fault = Diagnostic::error("no calls are recorded here");
        return Err(sources.iter().fold(fault, |f, s| f.at(s, 0..0)).into());
    }
    Ok(trace.into_inventory())
}

fn read_one(source: &Arc<Source>, trace: &mut Trace, faults: &mut Faults) {
    let elements = if source.text.trim_start().starts_with('{') {
        json::parse_all(source, "Jaeger answer").map(|WireAnswer { data }| data)
    } else {
        json::parse_all(source, "list of Jaeger dependencies")
    };
    let elements: Vec<&RawValue> = match elements {
        Ok(elements) => elements,
        Err(fault) => return faults.push(fault.help(FORM)),
    };
    for raw in elements {
        match read_call(source, raw) {
            Ok(call) => trace.add(source, raw, call),
            Err(fault) => faults.push(fault),
        }
    }
}

const FORM: &str = r#"write [{"parent": "shop", "child": "cart", "callCount": 120}, …]"#;

fn read_call<'a>(
    source: &'a Arc<Source>,
    raw: &'a RawValue,
) -> Result<(String, String, f64), Diagnostic> {
    let call: WireCall =
        json::parse_element(source, raw, "Jaeger dependency").map_err(|fault| fault.help(FORM))?;
    let name = |key, name: &str| {
        let id = ids::clean(name);
        if id.is_empty() {
            let fault = Diagnostic::error(format!("the {key} has no name"));
            return Err(fault.at(source, json::span_of_key(source, raw, key)));
        }
        Ok(id)
    };
    let parent = name("parent", &call.parent)?;
    let child = name("child", &call.child)?;
    if !(0.0..=MOST_CALLS).contains(&call.calls) {
        return Err(
            Diagnostic::error(format!("{} is no number of calls", call.calls))
                .at(source, json::span_of_key(source, raw, "callCount"))
                .help("write how often the parent called the child: 0 or more"),
        );
    }
    Ok((parent, child, call.calls))
}

impl Trace {
    fn add(
        &mut self,
        source: &Arc<Source>,
        raw: &RawValue,
        (parent, child, calls): (String, String, f64),
    ) {
        let place = || (Arc::clone(source), json::span_of_key(source, raw, "parent"));
        self.names.insert(parent.clone());
        self.names.insert(child.clone());
        if parent == child {
            self.own_at.get_or_insert_with(place);
            *self.own.entry(parent).or_default() += calls;
            return;
        }
        let pair = (parent, child);
        if self.calls.contains_key(&pair) {
            self.twice_at.get_or_insert_with(place);
            self.twice.insert(pair.clone());
        }
        *self.calls.entry(pair).or_default() += calls;
    }

    fn into_inventory(self) -> Imported {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let number = |name: &str| names.binary_search(&name).unwrap_or_default();
        let calls: Vec<(usize, usize, f64)> = self
            .calls
            .iter()
            .map(|((parent, child), &calls)| (number(parent), number(child), calls))
            .collect();
        let mut received = vec![0.0; names.len()];
        let mut made = vec![0.0; names.len()];
        for &(parent, child, calls) in &calls {
            made[parent] += calls;
            received[child] += calls;
        }
        let roots: Vec<usize> = (0..names.len()).filter(|&v| received[v] <= 0.0).collect();
        for &root in &roots {
            let own = self.own.get(names[root]).copied().unwrap_or_default();
            received[root] = if made[root] > 0.0 { made[root] } else { own };
        }
        let mut warnings = self.warnings();
        warnings.extend(unreached(&names, &calls, &roots));
        warnings.extend(closed(&names, &calls));
        let mut draft = Draft::default();
        draft
            .nodes
            .extend(names.iter().map(|name| application(name)));
        for &(parent, child, calls) in &calls {
            let load = if received[parent] > 0.0 {
                calls / received[parent]
            } else {
                0.0
            };
            draft.requirements.push(needs(parent, child, load));
        }
        let mut ids = Ids::default();
        for name in &names {
            ids.take(name);
        }
        for &root in &roots {
            let service = draft.nodes.len();
            let id = ids.fresh(format!("svc:{}", names[root]));
            draft
                .nodes
                .push(service_of(id, names[root], received[root]));
            draft.requirements.push(needs(service, root, 1.0));
        }
        all_loads_given(&mut draft);
        Imported {
            draft,
            warnings,
            ..Imported::default()
        }
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        let mut warnings = Vec::new();
        if let Some((source, span)) = &self.own_at {
            let who = ids::some_of(self.own.keys().map(String::as_str));
            let message = format!("calls of a service to itself are left out: {who}");
            warnings.push(Diagnostic::warning(message).at(source, span.clone()));
        }
        if let Some((source, span)) = &self.twice_at {
            let pairs: Vec<String> = self
                .twice
                .iter()
                .map(|(parent, child)| format!("{parent} → {child}"))
                .collect();
            let which = ids::some_of(pairs.iter().map(String::as_str));
            let message = format!("the same pair stands here more than once, added up: {which}");
            warnings.push(Diagnostic::warning(message).at(source, span.clone()));
        }
        warnings
    }
}

/// More than anyone counts, and small enough that sums stay finite.
const MOST_CALLS: f64 = 1e200;

/// Warns of traced services that no root reaches: they carry no load.
fn unreached(names: &[&str], calls: &[(usize, usize, f64)], roots: &[usize]) -> Option<Diagnostic> {
    let mut callees = vec![Vec::new(); names.len()];
    for &(parent, child, _) in calls {
        callees[parent].push(child);
    }
    let mut reached = vec![false; names.len()];
    let mut open = roots.to_vec();
    while let Some(v) = open.pop() {
        if !std::mem::replace(&mut reached[v], true) {
            open.extend(&callees[v]);
        }
    }
    let left: Vec<&str> = names
        .iter()
        .zip(reached)
        .filter(|(_, reached)| !reached)
        .map(|(name, _)| *name)
        .collect();
    (!left.is_empty()).then(|| {
        let some = ids::some_of(left.iter().copied());
        Diagnostic::warning(format!(
            "no root calls these, so no demand reaches them: {some}"
        ))
        .help("add a service for what enters the system there")
    })
}

/// Warns of services that call each other and that no other calls: each of their calls comes back
/// as one.
fn closed(names: &[&str], calls: &[(usize, usize, f64)]) -> Vec<Diagnostic> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in names {
        graph.add_node(());
    }
    for &(parent, child, calls) in calls {
        if calls > 0.0 {
            graph.add_edge(NodeIndex::new(parent), NodeIndex::new(child), ());
        }
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut inside = vec![false; names.len()];
    for block in petgraph::algo::kosaraju_scc(&graph) {
        for v in &block {
            inside[v.index()] = true;
        }
        let mut from = block
            .iter()
            .flat_map(|&v| graph.neighbors_directed(v, Direction::Incoming));
        if block.len() > 1 && from.all(|parent| inside[parent.index()]) {
            let mut members: Vec<usize> = block.iter().map(|v| v.index()).collect();
            members.sort_unstable();
            found.push(members);
        }
        for v in &block {
            inside[v.index()] = false;
        }
    }
    found.sort_unstable();
    let warning = |members: Vec<usize>| {
        let some = ids::some_of(members.iter().map(|&v| names[v]));
        Diagnostic::warning(format!(
            "these call each other and nothing else calls them, so each call comes back as one: {some}"
        ))
        .help("a demand on any of them has no bound; write a smaller `load` where calls enter from outside")
    };
    found.into_iter().map(warning).collect()
}

fn application(name: &str) -> DraftNode {
    DraftNode {
        node: Node {
            unit: Some("calls".into()),
            ..Node::new(name, "application", Role::Component)
        },
        within: Vec::new(),
    }
}

fn service_of(id: Box<str>, name: &str, demand: f64) -> DraftNode {
    DraftNode {
        node: Node {
            name: Some(name.into()),
            unit: Some("calls".into()),
            ..Node::new(
                id,
                "service",
                Role::Service(Service {
                    tier: None,
                    demand,
                    slo: None,
                }),
            )
        },
        within: Vec::new(),
    }
}
