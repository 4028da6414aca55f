//! Tables of states: services and components.

use super::table::{
    CSV, Cell, HTML, MARKDOWN, Number, PEOPLE, TEXT, Table, last, marked, shown, sorted,
};
use crate::model::{Cause, Status, short};
use crate::report::document::{ComponentState, ServiceState, State, carried};
use crate::report::findings::status_reason;
use crate::report::html::words::{bar, id, status as status_mark, text};
use crate::report::layout::Align;
use crate::report::markdown::escape::code;
use crate::report::number::{growth, load, percent, quantity};
use crate::report::sentences::service::reason;
use crate::report::style;
use maud::{Markup, html};

/// Services of some states, one row per service and load case.
#[must_use]
pub fn services(states: &[State]) -> Table<'_, (&State, &ServiceState)> {
    services_of(
        states
            .iter()
            .flat_map(|s| s.services.iter().map(move |v| (s, v))),
    )
}

pub(in crate::report) fn services_of<'a>(
    rows: impl Iterator<Item = (&'a State, &'a ServiceState)>,
) -> Table<'a, (&'a State, &'a ServiceState)> {
    let mut t = Table::new(["service", "services"], rows).instead("`--format csv` lists all");
    t.id("service", CSV | TEXT, |(_, s)| &s.id);
    t.words("load case", CSV, |(at, _)| &at.load_case);
    t.short("status", CSV | TEXT, |(_, s)| s.status);
    t.words("cause", CSV, |(_, s)| s.cause.map(Cause::word));
    t.id("witness", CSV, |(_, s)| s.witness.as_deref());
    // People read what it gets before what it asks for.
    t.number("delivered", TEXT, |(_, s)| shown(s.delivered, percent));
    t.number("demand", CSV | TEXT, |(_, s)| {
        shown(s.demand, quantity).unit(s.unit.as_deref())
    });
    t.words("unit", CSV, |(_, s)| s.unit.as_deref());
    t.number("delivered", CSV, |(_, s)| s.delivered);
    t.number("headroom", CSV | TEXT, |(_, s)| {
        headroom(s.status, s.headroom)
    });
    t.id("limit", CSV | TEXT, |(_, s)| s.limit.as_deref());
    t.words("because", CSV, |(_, s)| s.because.join("; "));
    t.column(Align::Note, "why", TEXT, |(_, s)| reason(s));
    t
}

/// What is left to grow; nothing grows where nothing is delivered.
pub(super) fn headroom<'a>(status: Status, left: Option<f64>) -> Number<'a> {
    shown(left, |x| growth(Some(x))).or(match status {
        Status::Down => "–",
        _ => "unlimited",
    })
}

/// Components, links and flows of some states, one row per node and load case.
#[must_use]
pub fn components(states: &[State]) -> Table<'_, (&State, &ComponentState)> {
    components_of(
        states
            .iter()
            .flat_map(|s| s.components.iter().map(move |c| (s, c))),
    )
}

pub(in crate::report) fn components_of<'a>(
    rows: impl Iterator<Item = (&'a State, &'a ComponentState)>,
) -> Table<'a, (&'a State, &'a ComponentState)> {
    let all = "`--format csv --table components` lists all";
    let mut t = Table::new(["component", "components"], rows)
        .most(TEXT, 10)
        .instead(all);
    // Those with load and a capacity, the busiest first, are what people see.
    t.id("component", CSV | TEXT, |(_, c)| &c.id)
        .title(TEXT, "busiest");
    t.id("kind", CSV | TEXT, |(_, c)| &c.kind);
    t.words("load case", CSV, |(at, _)| &at.load_case);
    t.words("works", CSV, |(_, c)| c.works);
    t.number("load", CSV, |(_, c)| infinite(c.load))
        .cell(TEXT, |(_, c)| load(carries(c), quantity));
    t.number("capacity", CSV | TEXT, |(_, c)| {
        shown(c.capacity, quantity).unit(c.unit.as_deref())
    });
    t.words("unit", CSV, |(_, c)| c.unit.as_deref());
    t.number("utilization", CSV | TEXT, |(_, c)| {
        shown(c.utilization, percent)
    });
    t.number("delivered", CSV, |(_, c)| c.delivered);
    t.words("name", CSV, |(_, c)| c.name.as_deref());
    t.words("", TEXT, |(_, c)| {
        let over = c.capacity.is_some_and(|capacity| carries(c) > capacity);
        let constant = |x| format!("{} of it constant", quantity(x));
        Cell::Words(match (over, c.constant) {
            (true, None) => "overloaded".into(),
            (true, Some(x)) => format!("overloaded, {}", constant(x)).into(),
            (false, Some(x)) => constant(x).into(),
            (false, None) => "".into(),
        })
    });
    t
}

/// What a component carries, infinite included.
fn carries(c: &ComponentState) -> f64 {
    c.carried.unwrap_or_else(|| carried(c.load))
}

/// A load, or the word for one without bound.
pub(super) fn infinite<'a>(load: Option<f64>) -> Cell<'a> {
    load.map_or(Cell::Words("infinite".into()), Cell::from)
}

/// A service by its place in every state, as it is at the peak.
type Placed<'a> = (usize, &'a ServiceState);

/// Services at the peak, with their status at each of some load cases.
pub(in crate::report) fn base<'a>(
    rows: impl Iterator<Item = Placed<'a>>,
    cases: &[&'a State],
    peak: &State,
) -> Table<'a, Placed<'a>> {
    let mut t = Table::new(["service", "services"], rows)
        .most(MARKDOWN, 15)
        .file("table-services.csv");
    t.id("service", PEOPLE, |(_, s)| &s.id).cell(HTML, |(_, s)| {
        marked(html! { (id(&s.id)) @if let Some(name) = &s.name { br; span.soft { (text(name, 60)) } } })
    });
    t.number("tier", HTML, |(_, s)| s.tier.map(u64::from));
    for &case in cases {
        let at = move |(at, s): Placed<'a>| standing(case, at, &s.id);
        t.short(short(&case.load_case, 24), PEOPLE, move |row| said(at(row)))
            .title(MARKDOWN, code(&case.load_case, 24))
            .cell(HTML, move |row| {
                at(row).map_or_else(|| last(html! { "–" }), marked_status)
            });
    }
    let at = |word, name: String| format!("{word} at {name}");
    t.number("headroom", PEOPLE, |(_, s)| headroom(s.status, s.headroom))
        // A heading in a terminal is in capitals, but for the name.
        .title(TEXT, at("HEADROOM", short(&peak.load_case, 24)))
        .title(MARKDOWN, at("headroom", code(&peak.load_case, 24)))
        .cell(HTML, |(_, s)| headroom_mark(s));
    t.id("limit", PEOPLE, |(_, s)| s.limit.as_deref());
    t.words("why", MARKDOWN, |(_, s)| {
        Cell::Prose(status_reason(s).unwrap_or_default().into(), 240)
    });
    t
}

/// A service in another state: at the same place, unless a file was put together otherwise.
fn standing<'a>(state: &'a State, at: usize, id: &str) -> Option<&'a ServiceState> {
    let there = state.services.get(at).filter(|s| s.id == id);
    there.or_else(|| state.services.iter().find(|s| s.id == id))
}

fn said<'a>(s: Option<&ServiceState>) -> Cell<'a> {
    match s {
        Some(s) if s.status.is_harm() => {
            format!("{} {}", style::status(s.status), percent(s.delivered)).into()
        }
        Some(s) => s.status.into(),
        None => Cell::Nothing,
    }
}

fn marked_status<'a>(s: &ServiceState) -> Cell<'a> {
    let shown = html! {
        (status_mark(s.status))
        @if s.status == Status::Degraded { br; span.soft { "gets " (percent(s.delivered)) } }
        @if let Some(cause) = s.cause { br; span.soft { (cause.word()) } }
    };
    sorted(shown, severity(s.status, s.delivered))
}

/// Worst first when sorted upwards.
pub(in crate::report) fn severity(status: Status, delivered: f64) -> f64 {
    3.0 - f64::from(status as u8) + delivered / 2.0
}

fn headroom_mark<'a>(s: &ServiceState) -> Cell<'a> {
    match (s.status, s.headroom) {
        (Status::Down, None) => last(html! { "–" }),
        (_, None) => sorted(html! { "unlimited" }, f64::MAX),
        (_, Some(h)) => sorted(html! { (growth(Some(h))) br; (bar(h)) }, h),
    }
}

/// A status and, where it is degraded, how much it gets.
pub(in crate::report) fn status_and_part(status: Status, delivered: f64) -> Markup {
    html! { (status_mark(status)) @if status == Status::Degraded { " " span.soft { "gets " (percent(delivered)) } } }
}
