//! How a simulated probability settled as trials came in.

use super::{BLUE, LineFigure, Series, Stroke, Trace};
use crate::report::document::simulate::ServiceChance;

/// The probability that a service is degraded or down, with its interval, over the trials.
#[must_use]
pub fn convergence(s: &ServiceChance) -> LineFigure {
    let points = &s.convergence;
    let estimates = points.iter().map(|p| (p.trials as f64, Some(p.estimate)));
    let band = points.iter().map(|p| (p.trials as f64, p.low, p.high));
    LineFigure {
        title: format!("Convergence: {} at {}", s.id, s.load_case),
        unit: "probability of harm".to_owned(),
        series: Series::Count {
            name: "trials".to_owned(),
            traces: vec![Trace {
                name: "probability of being degraded or down, with its 95 % interval".to_owned(),
                colour: BLUE,
                stroke: Stroke::Solid,
                points: estimates.collect(),
            }],
            band: band.collect(),
        },
    }
}

/// The service and load case whose probability of harm is least certain, relative to itself, among
/// those that were drawn; of one service, if it is named.
#[must_use]
pub fn least_certain<'a>(
    services: &'a [ServiceChance],
    id: Option<&str>,
) -> Option<&'a ServiceChance> {
    let width = |s: &ServiceChance| {
        let harm = &s.probability.degraded_or_down;
        (harm.high - harm.low) / harm.estimate.max(f64::MIN_POSITIVE)
    };
    let drawn = services
        .iter()
        .filter(|s| !s.convergence.is_empty() && id.is_none_or(|id| s.id == id));
    drawn.reduce(
        |widest, s| {
            if width(s) > width(widest) { s } else { widest }
        },
    )
}
