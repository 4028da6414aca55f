//! Instants with the offset of a zone. In: milliseconds and a zone. Out: an instant as it is written, a measured
//! point, a stretch from one to the other.

use crate::model::{Millis, Sample};
use crate::report::document::load::{Point, Stretch};
use jiff::tz::TimeZone;

/// An instant with the offset of a zone.
#[must_use]
pub fn instant(at: Millis, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

pub(super) fn point(sample: &Sample, zone: &TimeZone) -> Point {
    Point {
        time: instant(sample.at, zone),
        demand: sample.value,
        line: (sample.line > 0).then_some(sample.line),
    }
}

pub(super) fn stretch(from: Millis, to: Millis, zone: &TimeZone) -> Stretch {
    Stretch {
        from: instant(from, zone),
        to: instant(to, zone),
    }
}
