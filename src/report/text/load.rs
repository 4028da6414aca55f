//! Load over time for a terminal: `load`, and the hours in `assess`.

use super::{ROWS, full, id, ids, more};
use crate::model::{Status, short};
use crate::report::document::load::{
    CaseDemand, CaseDifference, CaseTimes, FailureTimes, GrowthLeft, HorizonDemand, Load,
    OutageTimes, PolicyTimes, Timeline,
};
use crate::report::number::{count, counted, growth, percent, quantity, unit};
use crate::report::style::{self, Align, table, wrap};

/// Failures told.
const FAILURES: usize = 10;
/// Differences between load cases and hours that are told.
const DIFFERENCES: usize = 8;

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
    if result.profiles.is_empty() {
        return String::new();
    }
    let header = [
        ("measured", Align::Id),
        ("file", Align::Id),
        ("samples", Align::Right),
        ("from", Align::Keep),
        ("to", Align::Keep),
        ("gaps", Align::Right),
        ("mean", Align::Right),
        ("most", Align::Right),
    ];
    let rows = result.profiles.iter().take(ROWS).map(|p| {
        vec![
            full(&p.service),
            full(&p.path),
            count(p.samples as u64),
            day(&p.from),
            day(&p.to),
            count(p.gaps.len() as u64),
            quantity(p.mean),
            format!("{}{}", quantity(p.most), unit(p.unit.as_deref())),
        ]
    });
    let hidden = result.profiles.len().saturating_sub(ROWS);
    format!(
        "\n{}{}",
        table(&header, rows.collect(), width),
        more(hidden, "series", "see --format json")
    )
}

fn demands(case: &CaseDemand, width: u16) -> String {
    let mark = if case.peak { " (peak)" } else { "" };
    let mut out = format!("\n{}{mark}\n", short(&case.load_case, 60));
    let header = [
        ("service", Align::Id),
        ("demand", Align::Right),
        ("because", Align::Left),
    ];
    let rows = case.services.iter().take(ROWS).map(|s| {
        let steps: Vec<String> = s.steps.iter().map(|step| short(&step.text, 300)).collect();
        let demand = format!("{}{}", quantity(s.demand), unit(s.unit.as_deref()));
        vec![full(&s.id), demand, steps.join("; ")]
    });
    out.push_str(&table(&header, rows.collect(), width));
    let hidden = case.services.len().saturating_sub(ROWS);
    out.push_str(&more(hidden, "service", "see --format csv"));
    out
}

fn hours(horizon: &HorizonDemand, width: u16) -> String {
    let mut out = format!(
        "\nHorizon: {} from {} to {}\n",
        counted(horizon.hours as u64, "hour"),
        minute(&horizon.from),
        minute(&horizon.to),
    );
    let header = [
        ("service", Align::Id),
        ("least", Align::Right),
        ("mean", Align::Right),
        ("most", Align::Right),
        ("first at", Align::Keep),
        ("rests on", Align::Left),
    ];
    let rows = horizon.services.iter().take(ROWS).map(|s| {
        let basis = [
            (s.basis.measured, "measured"),
            (s.basis.last_year, "last year"),
            (s.basis.hour_of_week, "hour of week"),
            (s.basis.filled, "filled"),
            (s.basis.constant, "demand column"),
        ];
        let said = basis.iter().filter(|(n, _)| *n > 0);
        let said: Vec<String> = said
            .map(|(n, what)| format!("{what} {} h", count(*n as u64)))
            .collect();
        vec![
            full(&s.id),
            quantity(s.least),
            quantity(s.mean),
            format!("{}{}", quantity(s.most), unit(s.unit.as_deref())),
            minute(&s.most_at),
            said.join(", "),
        ]
    });
    out.push_str(&table(&header, rows.collect(), width));
    let hidden = horizon.services.len().saturating_sub(ROWS);
    out.push_str(&more(hidden, "service", "see --format json"));
    out
}

/// The hours of a horizon: what to restore by when, until when policies hold, who is hurt.
pub(super) fn timeline(t: &Timeline, width: u16) -> String {
    let mut out = format!(
        "\nOver time: {} from {} to {}, {} failing one at a time\n",
        counted(u64::from(t.hours), "hour"),
        minute(&t.from),
        minute(&t.to),
        counted(t.elements, "element"),
    );
    for outage in t.outages.iter().take(ROWS) {
        out.push_str(&wrap(&restore(outage), 2, width));
    }
    let hidden = t.outages.len().saturating_sub(ROWS);
    out.push_str(&more(hidden, "outage", "see outages.csv or --format json"));
    for policy in &t.policies {
        out.push_str(&wrap(&holds(t, policy), 2, width));
    }
    for line in agreements(t).iter().chain(&differences(t)) {
        out.push_str(&wrap(line, 2, width));
    }
    out.push_str(&services(t, width));
    out.push_str(&failures(t, width));
    out
}

fn restore(o: &OutageTimes) -> String {
    let element = id(&o.element);
    let Some(first) = &o.first_impact else {
        return format!("{element} is out: it harms nobody in these hours.");
    };
    let whom = ids(&o.services, 3);
    let hurts = format!("it harms {whom} from {}", minute(first));
    match (&o.restore_by, o.overdue) {
        (Some(by), true) => format!(
            "{element} is out: {hurts}; the repair is OVERDUE, since {}.",
            minute(by)
        ),
        (Some(by), false) => format!(
            "{element} is out: RESTORE BY {} (start of the repair); {hurts}.",
            minute(by)
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
        Some(time) => format!("N-{order} holds until {}", minute(time)),
    };
    let left = match &p.growth {
        None => "nothing limits it".to_owned(),
        Some(g) => left(g),
    };
    format!("{name}: {until}; growth left {left}.")
}

/// Where load cases and the hours of the same days differ, a sentence for each service.
pub(in crate::report) fn differences(t: &Timeline) -> Vec<String> {
    let told = |(case, d): (&CaseTimes, &CaseDifference)| {
        let statuses = if d.status == d.worst {
            String::new()
        } else {
            let case = state_of(d.status, d.delivered);
            let hours = state_of(d.worst, d.least_delivered);
            format!("; {case} in the case, {hours} in its worst hour")
        };
        format!(
            "{} at {} is asked for {}, in the hours of the same days for at most {} ({}){statuses}: {}",
            id(&d.id),
            short(&case.load_case, 40),
            quantity(d.demand),
            quantity(d.most),
            minute(&d.most_at),
            short(&d.why, 300)
        )
    };
    let all = t
        .cases
        .iter()
        .flat_map(|c| c.differences.iter().map(move |d| (c, d)));
    let mut lines: Vec<String> = all.clone().take(DIFFERENCES).map(told).collect();
    let hidden = all.count().saturating_sub(DIFFERENCES);
    if hidden > 0 {
        lines.push(format!(
            "… and {} more of the same kind",
            count(hidden as u64)
        ));
    }
    lines
}

fn state_of(status: Status, delivered: f64) -> String {
    match status {
        Status::Degraded => format!("{} {}", style::status(status), percent(delivered)),
        Status::Down => style::status(status),
        _ => "delivered in full".to_owned(),
    }
}

/// Load cases that say what the hours of the same days say.
pub(in crate::report) fn agreements(t: &Timeline) -> Vec<String> {
    let same = t.cases.iter().filter(|c| c.differences.is_empty());
    same.map(|c| {
        format!(
            "{} says the same as its hours, from {} to {}.",
            short(&c.load_case, 40),
            minute(&c.from),
            minute(&c.to)
        )
    })
    .collect()
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
            .map_or_else(String::new, |at| format!(", at {}", minute(at)));
    let used = g
        .used_up
        .as_deref()
        .map_or_else(String::new, |d| format!(", used up by {}", day(d)));
    format!("{} ({limit}{failed}{when}){used}", growth(Some(value)))
}

fn brief(g: Option<&GrowthLeft>) -> String {
    match g {
        None => "unlimited".to_owned(),
        Some(g) => g
            .growth
            .map_or_else(|| "none".to_owned(), |x| growth(Some(x))),
    }
}

fn services(t: &Timeline, width: u16) -> String {
    let header = [
        ("service", Align::Id),
        ("harm", Align::Right),
        ("risk", Align::Right),
        ("n-0 holds until", Align::Keep),
        ("n-1 holds until", Align::Keep),
        ("unless", Align::Id),
        ("growth n-0", Align::Right),
        ("growth n-1", Align::Right),
    ];
    let mut all: Vec<_> = t.services.iter().collect();
    let hours = |s: &crate::report::document::load::ServiceTimes, words: [&str; 2]| -> u32 {
        words.iter().filter_map(|w| s.hours.get(*w)).sum()
    };
    all.sort_by_key(|s| {
        let harmed = hours(s, ["down", "degraded"]);
        (
            std::cmp::Reverse(harmed),
            std::cmp::Reverse(hours(s, ["at-risk", ""])),
        )
    });
    let until = |at: &Option<String>| match at {
        None => "the end".to_owned(),
        at if t.never_held(at.as_ref()) => "does not hold".to_owned(),
        Some(at) => minute(at),
    };
    let rows = all.iter().take(ROWS).map(|s| {
        vec![
            full(&s.id),
            share(hours(s, ["down", "degraded"]), t.hours),
            share(hours(s, ["at-risk", ""]), t.hours),
            until(&s.n0_holds_until),
            until(&s.n1_holds_until),
            s.n1_failure.as_deref().map_or_else(|| "–".to_owned(), full),
            brief(s.growth_n0.as_ref()),
            brief(s.growth_n1.as_ref()),
        ]
    });
    let out = table(&header, rows.collect(), width);
    let hidden = all.len().saturating_sub(ROWS);
    format!(
        "\n{out}{}",
        more(hidden, "service", "see table-timeline.csv or --format json")
    )
}

fn share(hours: u32, of: u32) -> String {
    match hours {
        0 => "–".to_owned(),
        n => percent(f64::from(n) / f64::from(of.max(1))),
    }
}

fn failures(t: &Timeline, width: u16) -> String {
    let harmless = t.elements.saturating_sub(t.failures.len() as u64);
    let mut out = format!(
        "\n  Maintenance: {} can be taken out in any hour.\n",
        counted(harmless, "element")
    );
    let worst = |f: &FailureTimes| -> u32 {
        f.services
            .iter()
            .map(|h| h.hours_down + h.hours_degraded)
            .max()
            .unwrap_or(0)
    };
    let mut all: Vec<&FailureTimes> = t.failures.iter().collect();
    all.sort_by_key(|f| {
        (
            std::cmp::Reverse(f.services.len()),
            std::cmp::Reverse(worst(f)),
        )
    });
    let header = [
        ("when it fails", Align::Id),
        ("harms", Align::Left),
        ("up to", Align::Right),
        ("safe", Align::Right),
        ("longest safe stretch", Align::Left),
    ];
    let rows = all.iter().take(FAILURES).map(|f| {
        let names: Vec<String> = f.services.iter().map(|h| h.id.clone()).collect();
        let safe = f.longest_safe.as_ref();
        vec![
            full(&f.element),
            ids(&names, 2),
            format!("{} h", count(u64::from(worst(f)))),
            format!("{} h", count(u64::from(f.safe_hours))),
            safe.map_or_else(
                || "never".to_owned(),
                |s| format!("{} to {}", minute(&s.from), minute(&s.to)),
            ),
        ]
    });
    out.push_str(&table(&header, rows.collect(), width));
    let hidden = all.len().saturating_sub(FAILURES);
    out.push_str(&more(
        hidden,
        "failure",
        "see table-failures.csv or --format json",
    ));
    out
}

/// The day of a time as documents write it.
fn day(time: &str) -> String {
    time.chars().take(10).collect()
}

/// Day and minute.
pub(super) fn minute(time: &str) -> String {
    time.chars()
        .take(16)
        .map(|c| if c == 'T' { ' ' } else { c })
        .collect()
}
