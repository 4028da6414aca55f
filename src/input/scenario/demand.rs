//! The demand column of services.csv.

use crate::model::System;

/// Demand of every service, in the order of [`System::services`].
pub fn column(system: &System) -> Vec<f64> {
    let services = system.services().iter();
    services
        .map(|&s| system.node(s).as_service().map_or(0.0, |s| s.demand))
        .collect()
}
