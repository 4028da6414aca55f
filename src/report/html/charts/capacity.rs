//! Load against the capacity that is left, over the horizon.

use super::chart::{CHOSEN, Chart, Drawing, Topic};
use crate::model::Millis;
use crate::report::document::Assess;
use crate::report::document::load::{CapacityPoint, CapacityTimes};
use crate::report::plot::{BLUE, LineFigure, ORANGE, PURPLE, Series, Stroke, Trace};
use jiff::tz::TimeZone;

/// A figure for each of the services with least growth left.
pub(super) fn capacity(result: &Assess) -> Vec<Chart> {
    let Some(timeline) = &result.timeline else {
        return Vec::new();
    };
    let zone = TimeZone::get(&timeline.timezone).unwrap_or(TimeZone::UTC);
    let shown = timeline.capacity.iter().take(CHOSEN);
    (1..)
        .zip(shown)
        .map(|(nth, c)| of_service(c, nth, &zone))
        .collect()
}

fn of_service(c: &CapacityTimes, nth: usize, zone: &TimeZone) -> Chart {
    let trace = |name: &str, colour, stroke, value: &dyn Fn(&CapacityPoint) -> Option<f64>| Trace {
        name: name.to_owned(),
        colour,
        stroke,
        points: c
            .points
            .iter()
            .filter_map(|p| Some((millis(&p.time)?, value(p))))
            .collect(),
    };
    Chart {
        topic: Topic::Capacity,
        file: format!("capacity-{nth}"),
        label: c.id.clone(),
        caption: "What is asked in the tightest hours of each stretch of days, and what could be asked \
                  then if all demand grew alike: with nothing more failed (N-0), and after the single \
                  failure that leaves least (N-1). Tightest is where the load is the greatest part of \
                  what could be asked. Where the load is above a line, the service is harmed."
            .to_owned(),
        drawing: Drawing::Lines(LineFigure {
            title: format!("Load and capacity left: {}", c.id),
            unit: c.unit.clone().unwrap_or_default(),
            series: Series::Time {
                zone: zone.clone(),
                traces: vec![
                    trace("load", BLUE, Stroke::Solid, &|p| Some(p.demand)),
                    trace("capacity, nothing more failed (N-0)", PURPLE, Stroke::Dashed, &|p| p.n0),
                    trace("after the worst single failure (N-1)", ORANGE, Stroke::Dotted, &|p| p.n1),
                ],
            },
        }),
    }
}

fn millis(at: &str) -> Option<Millis> {
    Some(at.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}
