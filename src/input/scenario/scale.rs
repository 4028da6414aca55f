//! Plans that the demand rests on: growth and margins. In: a scenario as written. Out: what it
//! plans with, where that stands; or the same scenario with one of them scaled.

use super::growth::Growth;
use super::spec::{CaseSpec, Spec};
use super::words::MARGIN;
use crate::input::placed::Placed;
use crate::input::{Assumption, Parameter, Scale};

/// Turns a parameter of the scenario, if it has that one.
pub fn scale(spec: &mut Spec, scale: &Scale) {
    let (Parameter::Growth(name) | Parameter::Margin(name)) = &scale.parameter else {
        return;
    };
    for case in spec.cases.iter_mut().filter(|c| c.name.value == *name) {
        match &scale.parameter {
            Parameter::Growth(_) => grow(case, scale.factor),
            _ => widen(case, scale.factor),
        }
    }
}

/// What is beyond 1 of a factor, or a rate per year, scaled.
fn grow(case: &mut CaseSpec, factor: f64) {
    let scaled = |growth: &mut Placed<f64>| {
        growth.value = (1.0 + (growth.value - 1.0) * factor).max(0.0);
    };
    match &mut case.growth {
        None => {}
        Some(Growth::All(growth)) => scaled(growth),
        Some(Growth::PerService(all)) => all.iter_mut().for_each(|(_, growth)| scaled(growth)),
        Some(Growth::PerYear(keys)) => {
            let rates = keys.each.iter_mut().map(|(_, rate)| rate);
            for rate in rates.chain(&mut keys.all) {
                rate.value = (rate.value * factor).max(-1.0);
            }
        }
    }
}

fn widen(case: &mut CaseSpec, factor: f64) {
    if let Some(take) = case.series.take.as_ref().filter(|t| t.value == "estimate") {
        let margin = case.series.margin.as_ref().map_or(MARGIN, |m| m.value);
        case.series.margin = Some(take.with(margin * factor));
    }
}

/// Growth and margins of every load case, each with the number of services it is for.
pub fn plans(spec: &Spec, services: u64) -> Vec<Assumption> {
    let mut all = Vec::new();
    for case in &spec.cases {
        let name = &case.name.value;
        if let Some(growth) = &case.growth {
            let (said, source, count) = describe(growth, services);
            all.push(Assumption {
                what: format!("growth {said} at load case {name}"),
                source,
                count,
                parameter: Ok(Parameter::Growth(name.clone())),
            });
        }
        if let Some(take) = case.series.take.as_ref().filter(|t| t.value == "estimate") {
            let margin = case.series.margin.as_ref();
            let value = margin.map_or(MARGIN, |m| m.value);
            all.push(Assumption {
                what: format!("margin = {value} on the estimate at load case {name}"),
                source: margin.map_or_else(
                    || format!("built in, for {}", take.file_and_line()),
                    Placed::file_and_line,
                ),
                count: services,
                parameter: Ok(Parameter::Margin(name.clone())),
            });
        }
    }
    all
}

fn describe(growth: &Growth, services: u64) -> (String, String, u64) {
    match growth {
        Growth::All(factor) => (
            format!("= {}", factor.value),
            factor.file_and_line(),
            services,
        ),
        Growth::PerService(all) => {
            let source = all
                .first()
                .map_or(String::new(), |(_, f)| f.file_and_line());
            ("by service".to_owned(), source, all.len() as u64)
        }
        Growth::PerYear(keys) => {
            let said = match &keys.all {
                Some(rate) => format!("per year = {}", rate.value),
                None => "per year, by service".to_owned(),
            };
            let count = keys
                .all
                .as_ref()
                .map_or(keys.each.len() as u64, |_| services);
            (said, keys.at.file_and_line(), count)
        }
    }
}
