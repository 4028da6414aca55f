//! The demand of each service at one load case. In: a case as written. Out: a demand vector in
//! the order of the system's services.
//!
//! One rule in three steps: what the series says, else the demand column; times growth; explicit
//! values win.

use super::resolve::Resolver;
use super::spec::{CaseSpec, Growth};
use crate::model::System;

/// Demand of every service at a case, in the order of [`System::services`]. Faults go to the
/// resolver.
pub fn case_demand(spec: &CaseSpec, system: &System, resolver: &mut Resolver) -> Vec<f64> {
    let mut demand = column(system);
    refuse_series(spec, resolver);
    match &spec.growth {
        None => {}
        Some(Growth::All(factor)) => demand.iter_mut().for_each(|d| *d *= factor.value),
        Some(Growth::PerService(factors)) => {
            for (id, factor) in factors {
                if let Some(at) = resolver.service_index(id) {
                    demand[at] *= factor.value;
                }
            }
        }
    }
    for (id, value) in &spec.demand {
        if let Some(at) = resolver.service_index(id) {
            demand[at] = value.value;
        }
    }
    if let Some(at) = demand.iter().position(|d| !d.is_finite()) {
        let id = system.id(system.services()[at]);
        let message = format!("the demand of `{id}` grows beyond any number");
        resolver.faults.push(spec.name.error(message));
    }
    demand
}

/// The demand column of services.csv.
pub fn column(system: &System) -> Vec<f64> {
    let services = system.services().iter();
    services
        .map(|&s| system.node(s).as_service().map_or(0.0, |s| s.demand))
        .collect()
}

fn refuse_series(spec: &CaseSpec, resolver: &mut Resolver) {
    let series = &spec.series;
    let places = [
        series.profile.as_ref().map(|p| p.error(UNSUPPORTED)),
        series.window.as_ref().map(|w| {
            let moment = w.from.as_ref().or(w.to.as_ref());
            moment.map_or_else(|| w.at.error(UNSUPPORTED), |m| m.error(UNSUPPORTED))
        }),
        series.take.as_ref().map(|t| t.error(UNSUPPORTED)),
        series.coincident.as_ref().map(|c| c.error(UNSUPPORTED)),
    ];
    for fault in places.into_iter().flatten() {
        resolver
            .faults
            .push(fault.help("give the demand with `demand` or `growth`"));
    }
}

const UNSUPPORTED: &str = "demand from a series over time is not supported yet";
