//! Load over time for a terminal: `load`, and the hours in `assess`.

use crate::model::short;
use crate::report::document::load::{
    CaseDemand, FailureTimes, GrowthLeft, HorizonDemand, Load, OutageTimes, PolicyTimes, Timeline,
};
use crate::report::ids::id;
use crate::report::number::{counted, growth, ids, instant};
use crate::report::sentences::load::{agreements, differences};
use crate::report::shape::{ROWS, Shape, heading, more};
use crate::report::style::wrap;
use crate::report::tables;
use std::cmp::Reverse;

/// Profiles, load cases with their derivation, and the hours to come.
#[must_use]
pub fn load(result: &Load, width: u16) -> String {
    let mut out = wrap(&headline(result), 0, width);
    out.push_str(&profiles(result, width));
    for case in &result.cases {
        out.push_str(&demands(case, width));
    }
    if let Some(horizon) = &result.horizon {
        out.push_str(&hours(horizon, width));
    }
    out
}

fn headline(result: &Load) -> String {
    let bare = result
        .cases
        .iter()
        .flat_map(|c| &c.services)
        .filter(|s| !s.evidenced)
        .count();
    let evidence = match bare {
        0 => String::new(),
        n => format!("; NOT EVIDENCED: {}", counted(n as u64, "peak")),
    };
    format!(
        "{} from {}{evidence}. Times are {}.",
        counted(result.cases.len() as u64, "load case"),
        counted(result.profiles.len() as u64, "measured series").replace("seriess", "series"),
        short(&result.timezone, 40),
    )
}

fn profiles(result: &Load, width: u16) -> String {
    match tables::profiles(result).text(width) {
        none if none.is_empty() => none,
        shown => format!("\n{shown}"),
    }
}

fn demands(case: &CaseDemand, width: u16) -> String {
    let mark = if case.peak { " (peak)" } else { "" };
    let mut out = format!("\n{}{mark}\n", short(&case.load_case, 60));
    out.push_str(&tables::demands(std::iter::once(case)).text(width));
    out
}

fn hours(horizon: &HorizonDemand, width: u16) -> String {
    let title = format!(
        "Horizon: {} from {} to {}",
        counted(horizon.hours as u64, "hour"),
        instant(&horizon.from),
        instant(&horizon.to),
    );
    let mut out = heading(&title, width);
    out.push_str(&tables::hours(horizon).text(width));
    out
}

/// The hours of a horizon: what to restore by when, until when policies hold, who is hurt.
pub(super) fn timeline(t: &Timeline, shape: Shape) -> String {
    let (width, most) = (shape.width, shape.most(ROWS));
    let title = format!(
        "Over time: {} from {} to {}, {} failing one at a time",
        counted(u64::from(t.hours), "hour"),
        instant(&t.from),
        instant(&t.to),
        counted(t.elements, "element"),
    );
    let mut out = heading(&title, width);
    for outage in t.outages.iter().take(most) {
        out.push_str(&wrap(&restore(outage), 2, width));
    }
    let hidden = t.outages.len().saturating_sub(most);
    out.push_str(&more(
        hidden,
        "outage",
        "table-outages.csv and `--format json` have all",
    ));
    for policy in &t.policies {
        out.push_str(&wrap(&holds(t, policy), 2, width));
    }
    for line in agreements(t).iter().chain(&differences(t)) {
        out.push_str(&wrap(line, 2, width));
    }
    out.push_str(&services(t, shape));
    out.push_str(&failures(t, shape));
    out
}

fn restore(o: &OutageTimes) -> String {
    let element = id(&o.element);
    let Some(first) = &o.first_impact else {
        return format!("{element} is out: it harms nobody in these hours.");
    };
    let whom = ids(&o.services, 3);
    let hurts = format!("it harms {whom} from {}", instant(first));
    match (&o.restore_by, o.overdue) {
        (Some(by), true) => format!(
            "{element} is out: {hurts}; START THE REPAIR before the horizon begins, by {}.",
            instant(by)
        ),
        (Some(by), false) => format!(
            "{element} is out: RESTORE BY {} (start of the repair); {hurts}.",
            instant(by)
        ),
        (None, _) => format!("{element} is out: {hurts}; no repair time is known."),
    }
}

fn holds(t: &Timeline, p: &PolicyTimes) -> String {
    let name = short(&p.name, 100);
    let order = p.order;
    let until = match &p.holds_until {
        None => format!("N-{order} holds in every hour"),
        until if t.never_held(until.as_ref()) => format!("N-{order} does not hold"),
        Some(time) => format!("N-{order} holds until {}", instant(time)),
    };
    let left = match &p.growth {
        None => "nothing limits it".to_owned(),
        Some(g) => left(g),
    };
    format!("{name}: {until}; growth left {left}.")
}

/// `+12 % (app-1, with app-2 out, on 2026-12-30 14:00), used up by 2027-11-02`.
fn left(g: &GrowthLeft) -> String {
    let Some(value) = g.growth else {
        return format!(
            "none: {}",
            short(g.reason.as_deref().unwrap_or("not computed"), 80)
        );
    };
    let limit = g.limit.as_deref().map_or_else(String::new, id);
    let failed = g
        .failure
        .as_deref()
        .map_or_else(String::new, |f| format!(", with {} out", id(f)));
    let when =
        g.at.as_deref()
            .map_or_else(String::new, |at| format!(", at {}", instant(at)));
    let used = g
        .used_up
        .as_deref()
        .map_or_else(String::new, |d| format!(", used up by {}", tables::day(d)));
    format!("{} ({limit}{failed}{when}){used}", growth(Some(value)))
}

fn services(t: &Timeline, shape: Shape) -> String {
    let mut all: Vec<_> = t.services.iter().collect();
    all.sort_by_key(|s| Reverse((tables::harmed_hours(s), tables::risk_hours(s))));
    format!("\n{}", tables::growth_of(t, all.into_iter()).text_in(shape))
}

fn failures(t: &Timeline, shape: Shape) -> String {
    let harmless = t.elements.saturating_sub(t.failures.len() as u64);
    let safe = format!(
        "Maintenance: {} can be taken out in any hour, with every service in the status that it has.",
        counted(harmless, "element")
    );
    let mut out = format!("\n{}", wrap(&safe, 2, shape.width));
    let mut all: Vec<&FailureTimes> = t.failures.iter().collect();
    all.sort_by_key(|f| Reverse((f.services.len(), tables::longest_harm(f))));
    let rows = all.into_iter().map(|f| (f, None));
    out.push_str(&tables::failures_of(t, rows).text_in(shape));
    out
}
