//! Tables of load over time.

use super::table::{CSV, Cell, HTML, TEXT, Table, marked, shown, sorted};
use crate::model::{Cause, short};
use crate::report::document::load::{
    CaseDemand, FailureTimes, GrowthLeft, HarmTimes, HorizonDemand, HorizonService, Load,
    OutageTimes, PolicyTimes, ProfileSeries, ServiceDemand, ServiceTimes, StatusSpan, Timeline,
};
use crate::report::html::words::{id, text};
use crate::report::number::{self, count, instant, percent, quantity};
use maud::{Markup, html};
use std::borrow::Cow;

/// Measured series of load.
pub(in crate::report) fn profiles(load: &Load) -> Table<'_, &ProfileSeries> {
    let mut t = Table::new(["series", "series"], &load.profiles).instead("`--format json` has all");
    t.id("measured", TEXT, |p| &p.service);
    t.id("file", TEXT, |p| &p.path);
    t.number("samples", TEXT, |p| p.samples as u64);
    t.short("from", TEXT, |p| day(&p.from));
    t.short("to", TEXT, |p| day(&p.to));
    t.number("gaps", TEXT, |p| p.gaps.len() as u64);
    t.number("mean", TEXT, |p| p.mean);
    t.number("most", TEXT, |p| {
        shown(p.most, quantity).unit(p.unit.as_deref())
    });
    t
}

/// The day of a time as documents write it.
pub(in crate::report) fn day(time: &str) -> String {
    time.chars().take(10).collect()
}

/// A load case, and a service in it.
type Demanded<'a> = (&'a CaseDemand, &'a ServiceDemand);

/// Every demand of every load case, and where it comes from.
#[must_use]
pub fn load(load: &Load) -> Table<'_, Demanded<'_>> {
    demands(load.cases.iter())
}

pub(in crate::report) fn demands<'a>(
    cases: impl Iterator<Item = &'a CaseDemand>,
) -> Table<'a, Demanded<'a>> {
    let rows = cases.flat_map(|case| case.services.iter().map(move |s| (case, s)));
    let mut t = Table::new(["service", "services"], rows).instead("`--format csv` lists all");
    let steps = |s: &ServiceDemand, said: fn(&str) -> String| {
        s.steps
            .iter()
            .map(|step| said(&step.text))
            .collect::<Vec<_>>()
            .join("; ")
    };
    t.words("load case", CSV, |(case, _)| &case.load_case);
    t.id("service", CSV | TEXT, |(_, s)| &s.id);
    t.number("demand", CSV | TEXT, |(_, s)| {
        shown(s.demand, quantity).unit(s.unit.as_deref())
    });
    t.words("unit", CSV, |(_, s)| s.unit.as_deref());
    t.words("evidenced", CSV, |(_, s)| s.evidenced);
    t.words("derivation", CSV, move |(_, s)| steps(s, str::to_owned))
        .title(TEXT, "because")
        .cell(TEXT, move |(_, s)| steps(s, |step| short(step, 300)));
    t
}

/// The demand of every service over a horizon, and what it rests on.
pub(in crate::report) fn hours(horizon: &HorizonDemand) -> Table<'_, &HorizonService> {
    let mut t =
        Table::new(["service", "services"], &horizon.services).instead("`--format json` has all");
    t.id("service", TEXT, |s| &s.id);
    t.number("least", TEXT, |s| s.least);
    t.number("mean", TEXT, |s| s.mean);
    t.number("most", TEXT, |s| {
        shown(s.most, quantity).unit(s.unit.as_deref())
    });
    t.short("first at", TEXT, |s| Cell::Instant(&s.most_at));
    t.words("rests on", TEXT, |s| {
        let basis = [
            (s.basis.measured, "measured"),
            (s.basis.last_year, "last year"),
            (s.basis.hour_of_week, "hour of week"),
            (s.basis.filled, "filled"),
            (s.basis.constant, "demand column"),
        ];
        let said = basis.iter().filter(|(n, _)| *n > 0);
        let said = said.map(|(n, what)| format!("{what} {} h", count(*n as u64)));
        said.collect::<Vec<_>>().join(", ")
    });
    t
}

/// Status of every service over the hours, a row per stretch.
#[must_use]
pub fn timeline(timeline: &Timeline) -> Table<'_, (&ServiceTimes, &StatusSpan)> {
    let all = timeline.services.iter();
    let rows = all.flat_map(|s| s.status.iter().map(move |span| (s, span)));
    let mut t = Table::new(["row", "rows"], rows);
    t.id("service", CSV, |(s, _)| &s.id);
    t.short("from", CSV, |(_, span)| Cell::Instant(&span.from));
    t.short("to", CSV, |(_, span)| Cell::Instant(&span.to));
    t.short("status", CSV, |(_, span)| span.status);
    t.words("cause", CSV, |(_, span)| span.cause.map(Cause::word));
    t
}

/// Until when each service holds and how much growth is left, a row per service.
#[must_use]
pub fn growth(timeline: &Timeline) -> Table<'_, &ServiceTimes> {
    growth_of(timeline, timeline.services.iter())
}

pub(in crate::report) fn growth_of<'a>(
    of: &'a Timeline,
    rows: impl Iterator<Item = &'a ServiceTimes>,
) -> Table<'a, &'a ServiceTimes> {
    let share = move |hours: u32| match hours {
        0 => Cell::Nothing,
        n => percent(f64::from(n) / f64::from(of.hours.max(1))).into(),
    };
    let n1 = |s: &'a ServiceTimes, get: fn(&GrowthLeft) -> Option<&str>| {
        s.growth_n1.as_ref().and_then(get)
    };
    let mut t = Table::new(["service", "services"], rows)
        .instead("table-growth.csv and `--format json` have all")
        .file("table-growth.csv");
    t.id("service", CSV | TEXT | HTML, |s| &s.id);
    t.number("harm", TEXT, move |s| share(harmed_hours(s)));
    t.number("risk", TEXT, move |s| share(risk_hours(s)));
    t.short("n0 holds until", CSV, |s| s.n0_holds_until.as_deref())
        .title(TEXT, "n-0 holds until")
        .title(HTML, "in full until")
        .cell(TEXT | HTML, move |s| until(of, s.n0_holds_until.as_ref()));
    t.short("n1 holds until", CSV, |s| s.n1_holds_until.as_deref())
        .title(TEXT, "n-1 holds until")
        .title(HTML, "survives one failure until")
        .cell(TEXT, move |s| until(of, s.n1_holds_until.as_ref()))
        .cell(HTML, move |s| marked(html! {
            (until(of, s.n1_holds_until.as_ref())) @if let Some(f) = &s.n1_failure { br; span.soft { (id(f)) } }
        }));
    t.id("n1 failure", CSV | TEXT, |s| s.n1_failure.as_deref())
        .title(TEXT, "unless");
    t.number("hours harmed", HTML, harmed_hours);
    t.number("growth n0", CSV, |s| {
        s.growth_n0.as_ref().and_then(|g| g.growth)
    })
    .title(TEXT, "growth n-0")
    .title(HTML, "growth left, N-0")
    .cell(TEXT | HTML, |s| left(s.growth_n0.as_ref()));
    t.number("growth n1", CSV, |s| {
        s.growth_n1.as_ref().and_then(|g| g.growth)
    })
    .title(TEXT, "growth n-1")
    .title(HTML, "growth left, N-1")
    .cell(TEXT | HTML, |s| left(s.growth_n1.as_ref()));
    t.id("growth n1 limit", CSV, move |s| {
        n1(s, |g| g.limit.as_deref())
    });
    t.id("growth n1 failure", CSV, move |s| {
        n1(s, |g| g.failure.as_deref())
    });
    t.words("growth n1 used up", CSV, move |s| {
        n1(s, |g| g.used_up.as_deref())
    });
    t.words("reason", CSV, move |s| match &s.growth_n1 {
        None => Some("unlimited"),
        Some(g) => g.reason.as_deref(),
    });
    t.words("set by", HTML, |s| marked(set_by(s.growth_n1.as_ref())));
    t
}

/// Hours down or degraded.
pub(in crate::report) fn harmed_hours(s: &ServiceTimes) -> u32 {
    hours_in(s, ["down", "degraded"])
}

/// Hours at risk.
pub(in crate::report) fn risk_hours(s: &ServiceTimes) -> u32 {
    hours_in(s, ["at-risk", ""])
}

fn hours_in(s: &ServiceTimes, words: [&str; 2]) -> u32 {
    words.iter().filter_map(|w| s.hours.get(*w)).sum()
}

/// Until when something holds.
fn until(t: &Timeline, at: Option<&String>) -> String {
    match at {
        None => "the end".to_owned(),
        at if t.never_held(at) => "does not hold".to_owned(),
        Some(at) => instant(at),
    }
}

/// Growth that is left: sorted by it, none before any, unlimited last.
fn left<'a>(left: Option<&GrowthLeft>) -> Cell<'a> {
    let none = if left.is_some() { "none" } else { "unlimited" };
    let key = left.map_or(f64::MAX, |g| g.growth.unwrap_or(-1.0));
    Cell::Sorted(
        left.and_then(|g| g.growth)
            .map_or_else(|| none.to_owned(), |x| number::growth(Some(x))),
        key,
    )
}

fn set_by(left: Option<&GrowthLeft>) -> Markup {
    html! {
        @if let Some(g) = left {
            @if let Some(reason) = &g.reason { (text(reason, 200)) }
            @if let Some(limit) = &g.limit { (id(limit)) }
            @if let Some(failure) = g.failure.as_ref().filter(|_| g.reason.is_none()) { " if " (id(failure)) " fails" }
            @if let Some(day) = &g.used_up { br; span.soft { "used up " (instant(day)) } }
        } @else { "–" }
    }
}

/// Until when policies hold.
pub(in crate::report) fn policies(of: &Timeline) -> Table<'_, &PolicyTimes> {
    let mut t = Table::new(["policy", "policies"], &of.policies).most(HTML, 100);
    t.words("policy", HTML, |p| Cell::Prose((&p.name).into(), 120));
    t.words("holds until", HTML, move |p| {
        until(of, p.holds_until.as_ref())
    });
    t.number("growth left", HTML, |p| left(p.growth.as_ref()));
    t.words("set by", HTML, |p| marked(set_by(p.growth.as_ref())));
    t
}

/// A failure, and a service that it harms.
type Harming<'a> = (&'a FailureTimes, Option<&'a HarmTimes>);

/// Hours of harm of every failure and service.
#[must_use]
pub fn failures(timeline: &Timeline) -> Table<'_, Harming<'_>> {
    let all = timeline.failures.iter();
    failures_of(
        timeline,
        all.flat_map(|f| f.services.iter().map(move |h| (f, Some(h)))),
    )
}

/// The same, or a row per failure where no service is named.
pub(in crate::report) fn failures_of<'a>(
    of: &Timeline,
    rows: impl Iterator<Item = Harming<'a>>,
) -> Table<'a, Harming<'a>> {
    let hours = of.hours;
    let mut t = Table::new(["failure", "elements"], rows)
        .most(TEXT, 10)
        .most(HTML, 100)
        .instead("table-failures.csv and `--format json` have all")
        .file("table-failures.csv");
    t.id("element", CSV | TEXT | HTML, |(f, _)| &f.element)
        .title(TEXT, "when it fails");
    t.id("service", CSV, |(_, h)| h.map(|h| h.id.as_str()));
    t.number("hours degraded", CSV, |(_, h)| {
        h.map(|h| u64::from(h.hours_degraded))
    });
    t.number("hours down", CSV, |(_, h)| {
        h.map(|h| u64::from(h.hours_down))
    });
    t.number("least delivered", CSV, |(_, h)| {
        h.map(|h| h.least_delivered)
    });
    t.words("harms", TEXT, |(f, _)| Cell::List(names(f), 2));
    t.number("up to", TEXT, |(f, _)| {
        format!("{} h", count(u64::from(longest_harm(f))))
    });
    t.number("element safe hours", CSV, |(f, _)| f.safe_hours)
        .title(TEXT, "safe")
        .title(HTML, "safe hours")
        .cell(TEXT, |(f, _)| {
            format!("{} h", count(u64::from(f.safe_hours)))
        })
        .cell(HTML, move |(f, _)| {
            let [safe, all] = [f.safe_hours, hours].map(|n| count(u64::from(n)));
            sorted(html! { (safe) " of " (all) }, f64::from(f.safe_hours))
        });
    t.words("longest safe stretch", TEXT, |(f, _)| {
        longest_safe(f, "never")
    })
    .cell(HTML, |(f, _)| longest_safe(f, "none"));
    t.words("harms otherwise", HTML, |(f, _)| Cell::List(names(f), 5));
    t
}

fn names<'a>(f: &FailureTimes) -> Cow<'a, [String]> {
    f.services.iter().map(|h| h.id.clone()).collect()
}

/// Hours of harm of the service that has most.
pub(in crate::report) fn longest_harm(f: &FailureTimes) -> u32 {
    let all = f.services.iter().map(|h| h.hours_down + h.hours_degraded);
    all.max().unwrap_or(0)
}

fn longest_safe(f: &FailureTimes, never: &str) -> String {
    let safe = f.longest_safe.as_ref();
    safe.map_or_else(
        || never.to_owned(),
        |s| format!("{} to {}", instant(&s.from), instant(&s.to)),
    )
}

/// Restore-by times of the known outages.
#[must_use]
pub fn outages(timeline: &Timeline) -> Table<'_, &OutageTimes> {
    let mut t = Table::new(["known outage", "known outages"], &timeline.outages)
        .most(HTML, 100)
        .file("table-outages.csv");
    t.id("element", CSV | HTML, |o| &o.element)
        .title(HTML, "known outage");
    t.short("first impact", CSV | HTML, |o| {
        o.first_impact
            .as_deref()
            .map_or(Cell::Nothing, Cell::Instant)
    })
    .title(HTML, "first harm");
    t.words("services", CSV | HTML, |o| {
        Cell::List((&o.services).into(), 5)
    });
    t.number("repair hours", CSV | HTML, |o| {
        shown(o.repair_hours, |h| format!("{} h", quantity(h)))
    })
    .title(HTML, "repair takes");
    t.short("restore by", CSV, |o| o.restore_by.as_deref())
        .title(HTML, "start the repair by")
        .cell(HTML, |o| marked(html! {
            @if let Some(at) = &o.restore_by { strong { (instant(at)) } @if o.overdue { " before the horizon begins" } }
            @else { (text(o.reason.as_deref().unwrap_or("–"), 120)) }
        }));
    t.words("overdue", CSV, |o| o.overdue);
    t.words("reason", CSV, |o| o.reason.as_deref());
    t
}
