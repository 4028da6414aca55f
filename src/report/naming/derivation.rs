//! Derivations of demand with names and dates. In: the steps of a demand. Out: their rows in the
//! document.

use super::instant::{instant, point, stretch};
use crate::model::{Estimate, Step, Take, Window};
use crate::report::document::load::{DerivationStep, Stretch};
use crate::report::number::{growth, quantity};
use jiff::tz::TimeZone;

/// A step in words and fields.
pub(super) fn step_of(step: &Step, zone: &TimeZone) -> DerivationStep {
    let value = step.value();
    let shown = quantity(value);
    let bare = |rule: &str, text: String| DerivationStep {
        rule: rule.to_owned(),
        value,
        text,
        ..DerivationStep::default()
    };
    match step {
        Step::Column { .. } => bare("column", format!("{shown} in services.csv")),
        Step::Explicit { .. } => bare("explicit", format!("{shown} as the scenario says")),
        Step::Taken { .. } => taken(step, zone),
        Step::Estimated(estimate) => estimated(estimate, zone),
        Step::Grown {
            factor, per_year, ..
        } => {
            let why = per_year.map_or_else(String::new, |(rate, from, to)| {
                format!(" ({} a year from {from} to {to})", growth(Some(rate)))
            });
            DerivationStep {
                factor: Some(*factor),
                ..bare("growth", format!("× {}{why} = {shown}", quantity(*factor)))
            }
        }
        Step::Event {
            name, multiplier, ..
        } => DerivationStep {
            factor: Some(*multiplier),
            ..bare(
                "event",
                format!("× {} for {name} = {shown}", quantity(*multiplier)),
            )
        },
    }
}

/// The word for a rule.
fn rule(take: Take) -> String {
    match take {
        Take::Max => "max".to_owned(),
        Take::Mean => "mean".to_owned(),
        Take::Percentile(p) => format!("p{p}"),
        Take::HourOfWeek(_) => "hour-of-week".to_owned(),
        Take::Estimate { .. } => "estimate".to_owned(),
    }
}

fn window_of(window: Option<Window>, zone: &TimeZone) -> Option<Stretch> {
    window.map(|w| stretch(w.from, w.to, zone))
}

fn taken(step: &Step, zone: &TimeZone) -> DerivationStep {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let Step::Taken {
        profile,
        take,
        window,
        during,
        coincident,
        samples,
        evidence,
        hour_of_week,
        value,
    } = step
    else {
        return DerivationStep::default();
    };
    let rule = rule(*take);
    let mut text = format!(
        "{}: {rule} of {samples} samples in {profile}",
        quantity(*value)
    );
    if let Some(w) = window_of(*window, zone) {
        text.push_str(&format!(", {} to {}", w.from, w.to));
    }
    if let Some(event) = during {
        text.push_str(&format!(", on days of {event}"));
    }
    if let Some(hour) = hour_of_week {
        let day = DAYS[usize::from(hour / 24).min(6)];
        text.push_str(&format!(", {day} {:02}:00", hour % 24));
    }
    match (coincident, evidence.as_slice()) {
        (Some(at), _) => {
            text.push_str(&format!(
                ", at {}, the greatest total demand",
                instant(*at, zone)
            ));
        }
        (None, [one]) => text.push_str(&format!(", at {}", instant(one.at, zone))),
        (None, _) => {}
    }
    DerivationStep {
        rule,
        value: *value,
        text,
        profile: Some(profile.clone()),
        window: window_of(*window, zone),
        samples: Some(*samples),
        evidence: evidence.iter().map(|s| point(s, zone)).collect(),
        factor: None,
    }
}

fn estimated(e: &Estimate, zone: &TimeZone) -> DerivationStep {
    let value = quantity(e.value);
    let margin = growth(Some(e.margin));
    let text = match (e.last_year, e.growth, e.evidenced) {
        (Some(last), Some(g), true) => format!(
            "{value}: {} at {}, {} a year, {margin} margin; at least {}, the most of the last 12 months",
            quantity(last.value),
            instant(last.at, zone),
            growth(Some(g - 1.0)),
            quantity(e.floor.value),
        ),
        _ => format!(
            "{value}: NOT EVIDENCED, too little history; {} at {} with {margin} margin",
            quantity(e.floor.value),
            instant(e.floor.at, zone),
        ),
    };
    let evidence = e.last_year.iter().chain([&e.floor]);
    DerivationStep {
        rule: "estimate".to_owned(),
        value: e.value,
        text,
        profile: Some(e.profile.clone()),
        window: Some(stretch(e.period.from, e.period.to, zone)),
        samples: None,
        evidence: evidence.map(|s| point(s, zone)).collect(),
        factor: e.growth,
    }
}
