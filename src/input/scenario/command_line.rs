//! What the command line adds to a scenario. In: the options as typed. Out: the same spec, as if
//! the file had said so. An option wins over the file.

use super::names::Names;
use super::series::SeriesSpec;
use super::spec::{CaseSpec, SimulateKeys, Spec};
use crate::input::number::{self, Range};
use crate::input::placed::Placed;
use crate::input::{Faults, Overrides};

/// Writes the options into the spec.
pub fn apply(overrides: &Overrides, spec: &mut Spec, faults: &mut Faults) {
    for id in &overrides.down {
        spec.down.push(Placed::typed("--down", id));
    }
    for text in &overrides.derate {
        if let Some(pair) = pair("--derate", text, "ID=FACTOR", faults) {
            spec.derate.push(pair);
        }
    }
    let case = case(overrides, spec, faults);
    for text in &overrides.demand {
        let pair = pair("--demand", text, "SERVICE=DEMAND", faults);
        if let (Some(pair), Some(case)) = (pair, case) {
            spec.cases[case].demand.push(pair);
        }
    }
    let selectors = |option: &str, texts: &[String]| -> Vec<Placed<String>> {
        texts.iter().map(|t| Placed::typed(option, t)).collect()
    };
    if let Some(texts) = &overrides.elements {
        spec.sweep.elements = Some(selectors("--elements", texts));
    }
    if let Some(texts) = &overrides.exclude {
        spec.sweep.exclude = selectors("--exclude", texts);
    }
    if let Some(order) = overrides.order {
        spec.sweep.order = whole("--order", u64::from(order), 1, faults);
    }
    if overrides.no_restart {
        spec.placement.restart = Some(Placed::typed("--no-restart", "").with(false));
    }
    simulate(overrides, spec, faults);
}

fn simulate(overrides: &Overrides, spec: &mut Spec, faults: &mut Faults) {
    let nodes = overrides.diagram_nodes;
    if overrides.trials.is_none() && overrides.seed.is_none() && nodes.is_none() {
        return;
    }
    let keys = spec.simulate.get_or_insert_with(SimulateKeys::default);
    if let Some(trials) = overrides.trials {
        keys.trials = whole("--trials", trials, 1, faults);
    }
    if let Some(seed) = overrides.seed {
        keys.seed = whole("--seed", seed, 0, faults);
    }
    if let Some(nodes) = nodes {
        keys.diagram_nodes = whole("--diagram-nodes", nodes, 2, faults);
    }
}

/// The case that `--demand` speaks of. A scenario without cases gets its one case `today`.
fn case(overrides: &Overrides, spec: &mut Spec, faults: &mut Faults) -> Option<usize> {
    if spec.cases.is_empty() {
        spec.cases.push(CaseSpec {
            name: Placed::typed("--load", "today"),
            peak: None,
            growth: None,
            demand: Vec::new(),
            series: SeriesSpec::default(),
        });
    }
    let Some(name) = &overrides.load else {
        return Some(0);
    };
    let names = Names::new(
        "load case",
        spec.cases.iter().map(|c| c.name.value.as_str()),
    );
    names.position(&Placed::typed("--load", name), faults)
}

fn whole(option: &str, value: u64, least: u64, faults: &mut Faults) -> Option<Placed<u64>> {
    let typed = Placed::typed(option, &value.to_string());
    if value < least {
        faults.push(typed.error(format!("this is no whole number of {least} or more")));
        return None;
    }
    Some(typed.with(value))
}

/// `NAME=NUMBER`; the name may hold a `=` itself.
fn pair(
    option: &str,
    text: &str,
    form: &str,
    faults: &mut Faults,
) -> Option<(Placed<String>, Placed<f64>)> {
    let typed = Placed::typed(option, text);
    let Some((name, value)) = text.rsplit_once('=') else {
        let fault = typed.error(format!("`{text}` is not of the form {form}"));
        faults.push(fault.help(format!("write `{option} {form}`")));
        return None;
    };
    let at = typed.part(name.len() + 1..text.len());
    match number::parse(value.trim(), Range::Count) {
        Ok(number) => Some((typed.part(0..name.len()), at.with(number))),
        Err(wrong) => {
            faults.push(
                at.error(format!("`{value}` {}", wrong.what))
                    .help(wrong.help),
            );
            None
        }
    }
}
