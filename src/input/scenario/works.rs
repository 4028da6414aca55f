//! Works: what is to be taken out for a while. In: `[[work]]` tables as written. Out: works with their elements and
//! the stretch of time in which each may be done, or every fault where it stands.

use super::outages;
use super::resolver::Resolver;
use super::series::WorkKeys;
use crate::input::placed::Placed;
use crate::input::profile;
use crate::model::{HOUR, Horizon, Millis, Work};
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// Resolves all of them. `asks_hours` says that there is a horizon, which is not built after a fault.
pub fn resolve(
    all: &[WorkKeys],
    (zone, asks_hours): (Option<&TimeZone>, bool),
    horizon: Option<&Horizon>,
    resolver: &mut Resolver,
) -> Vec<Work> {
    let mut names: HashMap<&str, &Placed<String>> = HashMap::new();
    let mut works = Vec::new();
    for keys in all {
        if let Some(first) = names.insert(keys.name.value.as_str(), &keys.name) {
            let message = format!("two works have the name `{}`", keys.name.value);
            let fault = keys.name.error(message);
            let fault = fault.label(format!("the first is at {}", first.file_and_line()));
            let help = "give each its own name: calendars know them by it";
            resolver.faults.push(fault.help(help));
        }
        let elements = outages::down(&keys.elements, resolver);
        let stretch = stretch(keys, zone, horizon, asks_hours, resolver);
        let Some((earliest, latest)) = stretch else {
            continue;
        };
        if elements.is_empty() {
            continue;
        }
        works.push(Work {
            name: keys.name.value.clone(),
            elements,
            hours: u32::try_from(keys.hours.value).unwrap_or(u32::MAX),
            earliest,
            latest,
        });
    }
    works
}

/// When a work may be done: as it says, else as long as the horizon.
fn stretch(
    keys: &WorkKeys,
    zone: Option<&TimeZone>,
    horizon: Option<&Horizon>,
    asks_hours: bool,
    resolver: &mut Resolver,
) -> Option<(Millis, Millis)> {
    let mut end = |text: Option<&Placed<String>>, key: &str, last: bool| {
        let Some(text) = text else {
            let of = horizon.map(|h| if last { h.at(h.hours()) } else { h.start });
            if of.is_none() && !asks_hours {
                let message =
                    format!("`{key}` is missing, and there is no horizon to take it from");
                let help = "write `earliest = \"2027-02-06\"` and `latest = \"2027-02-08\"`, or a [horizon]";
                resolver.faults.push(keys.name.error(message).help(help));
            }
            return of;
        };
        match profile::moment(&text.value, zone, last) {
            Ok(at) => Some(at),
            Err((why, help)) => {
                let fault = text.error(format!("`{}`: {why}", text.value));
                resolver.faults.push(fault.help(help));
                None
            }
        }
    };
    let earliest = end(keys.earliest.as_ref(), "earliest", false);
    let latest = end(keys.latest.as_ref(), "latest", true);
    let (earliest, latest) = (earliest?, latest?);
    let place = keys.latest.as_ref().or(keys.earliest.as_ref());
    let place = place.unwrap_or(&keys.name);
    if latest <= earliest {
        let fault = place.error("the work has to end before it may start");
        let help = "`earliest` comes first; a date as `latest` is its whole day";
        resolver.faults.push(fault.help(help));
        return None;
    }
    // As of a horizon.
    let longest = i64::try_from(profile::LONGEST).unwrap_or(i64::MAX / HOUR);
    if latest - earliest > longest * HOUR {
        let fault = place.error("a work has more than ten years to be done in");
        resolver.faults.push(fault.help("write a nearer `latest`"));
        return None;
    }
    Some((earliest, latest))
}
