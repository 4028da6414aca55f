//! A scenario as written → a [`Scenario`]. In: a spec and the system it speaks of. Out: the
//! scenario with every name resolved, and every fault. Promises to go on after a fault, and to
//! call no name unknown while the inventory could not be read whole.

use super::demand;
use super::growth::Growth;
use super::outages;
use super::policies;
use super::resolver::{Keep, Resolver};
use super::spec::{CaseSpec, PlacementKeys, SimulateKeys, Spec, SweepKeys};
use super::time::Times;
use crate::input::number::MOST;
use crate::input::placed::Placed;
use crate::input::source::Reader;
use crate::input::{Scope, Time};
use crate::model::{LoadCase, NodeId, PlacementSpec, Scenario, SimulateSpec, SweepSpec};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Trials of a simulation that does not say.
pub const TRIALS: u64 = 1_000_000;
/// Seed of a simulation that does not say.
pub const SEED: u64 = 1;

/// Resolves everything. Meaningful only if the resolver has no faults afterwards.
///
/// Profiles are read from files relative to `folder`.
pub fn resolve(
    spec: &Spec,
    folder: &Path,
    reader: &mut Reader,
    resolver: &mut Resolver,
) -> (Scenario, Time, Scope) {
    let system = resolver.system;
    let mut down = outages::down(&spec.down, resolver);
    let mut derate = outages::derate(spec, resolver);
    let contingencies = outages::contingencies(spec, &derate, resolver);
    outages::fail_what_is_nothing(system, &mut down, &mut derate);
    let mut times = Times::new(spec, folder, reader, resolver);
    let cases = cases(spec, &mut times, resolver);
    let time = times.finish(spec, &demand::column(system), resolver);
    let (sweep, scope) = sweep(&spec.sweep, &down, resolver);
    let (policies, waivers) = policies::resolve(spec, (&cases, &contingencies), &sweep, resolver);
    let horizon = time.horizon.as_ref().filter(|h| h.has_demand());
    let mut services = system.services().iter();
    let has_targets = services.any(|&s| system.target(s).is_some());
    let scenario = Scenario {
        year: horizon.filter(|_| has_targets).cloned().map(Arc::new),
        name: match &spec.name {
            Some(name) => name.value.clone(),
            None => system.name().to_owned(),
        },
        derate,
        headroom: spec.headroom.as_ref().map(|h| h.value),
        simulate: spec.simulate.as_ref().map(simulate),
        down,
        cases,
        contingencies,
        placement: placement(&spec.placement, resolver),
        sweep,
        policies,
        waivers,
    };
    (scenario, time, scope)
}

fn placement(keys: &PlacementKeys, resolver: &mut Resolver) -> PlacementSpec {
    let default = PlacementSpec::default();
    if resolver.system.placements().is_empty() && resolver.complete && resolver.faults.is_empty() {
        let warning = keys.at.as_ref();
        let warning = warning.map(|at| at.warning("`[placement]` says nothing: nothing is placed"));
        let help = "say in placements.csv what runs on which hosts";
        resolver.warnings.extend(warning.map(|w| w.help(help)));
    }
    PlacementSpec {
        restart: keys.restart.as_ref().map_or(default.restart, |r| r.value),
        minutes: keys.minutes.as_ref().map_or(default.minutes, |m| m.value),
        both: keys.both.as_ref().map_or(default.both, |b| b.value),
    }
}

fn cases(spec: &Spec, times: &mut Times, resolver: &mut Resolver) -> Vec<LoadCase> {
    let column = demand::column(resolver.system);
    let mut cases: Vec<LoadCase> = Vec::new();
    let mut names: HashMap<&str, &Placed<String>> = HashMap::new();
    let mut peak: Option<&Placed<bool>> = None;
    for case in &spec.cases {
        let name = case.name.value.as_str();
        if names.insert(name, &case.name).is_some() {
            let fault = case
                .name
                .error(format!("two load cases have the name `{name}`"));
            resolver.faults.push(fault.help("give each its own name"));
        }
        if let Some(mark) = &case.peak {
            if let Some(first) = peak {
                resolver.faults.push(
                    mark.error("two load cases are marked as the peak")
                        .label(format!("the first is marked at {}", first.file_and_line()))
                        .help("keep the mark at the one to be warned about"),
                );
            }
            peak = peak.or(Some(mark));
        }
        let demand = times
            .case(case, &column, resolver)
            .unwrap_or_else(|| column.clone());
        beyond_any_number(case, &demand, resolver);
        cases.push(LoadCase {
            name: name.to_owned(),
            demand,
            peak: case.peak.is_some(),
        });
    }
    if cases.is_empty() {
        cases.push(LoadCase {
            name: "today".to_owned(),
            demand: column,
            peak: false,
        });
    }
    cases
}

/// A finite demand times a finite growth may be none.
fn beyond_any_number(case: &CaseSpec, demand: &[f64], resolver: &mut Resolver) {
    if let Some(at) = demand.iter().position(|&d| d > MOST || d.is_nan()) {
        let id = resolver.system.id(resolver.system.services()[at]);
        let message = format!("the demand of `{id}` grows beyond any number to compute with");
        let growth = case.growth.as_ref().and_then(Growth::place);
        let place = growth.unwrap_or_else(|| case.name.with(()));
        let fault = place.error(message);
        let help = format!("no demand may be above {MOST:e}: write a smaller growth");
        resolver.faults.push(fault.help(help));
    }
}

fn sweep(keys: &SweepKeys, down: &[NodeId], resolver: &mut Resolver) -> (SweepSpec, Scope) {
    let mut elements = match &keys.elements {
        Some(selectors) => resolver.select(selectors, Keep::Elements),
        None => resolver.system.elements(),
    };
    // What is logical is no element anyway: to exclude it is no fault.
    let exclude = resolver.select(&keys.exclude, Keep::Derated);
    let before = elements.len();
    elements.retain(|e| exclude.binary_search(e).is_err());
    if before > 0
        && elements.is_empty()
        && let Some(last) = keys.exclude.last()
    {
        let fault = last.error("nothing is left that may fail");
        resolver
            .faults
            .push(fault.help("exclude less, or select more elements"));
    }
    let (returning, elements) = elements
        .into_iter()
        .partition(|e| down.binary_search(e).is_ok());
    let order = keys.order.as_ref().map_or(1, |o| o.value);
    let written = |texts: &[Placed<String>]| texts.iter().map(|t| t.value.clone()).collect();
    let scope = Scope {
        elements: keys.elements.as_deref().map(written),
        exclude: written(&keys.exclude),
        returning,
    };
    let spec = SweepSpec {
        order: u32::try_from(order).unwrap_or(u32::MAX),
        elements,
    };
    (spec, scope)
}

fn simulate(keys: &SimulateKeys) -> SimulateSpec {
    SimulateSpec {
        trials: keys.trials.as_ref().map_or(TRIALS, |t| t.value),
        seed: keys.seed.as_ref().map_or(SEED, |s| s.value),
        diagram_nodes: keys.diagram_nodes.as_ref().map(|n| n.value),
    }
}
