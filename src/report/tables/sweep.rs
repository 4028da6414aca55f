//! Tables of a sweep: counts, minimal sets, links, what hurts networks.

use super::states::{headroom, infinite};
use super::table::{CSV, Cell, HTML, TEXT, Table, shown, sorted};
use crate::model::Status;
use crate::report::document::{
    LinkUse, MinimalSet, NetworkCase, NetworkLoss, NetworkSweep, NetworkWorst, OrderCount,
    ServiceSweep, Sweep, carried,
};
use crate::report::ids::{contingency_of, full};
use crate::report::layout::Align;
use crate::report::number::{brief, count, load, percent, quantity, unit};
use maud::html;
use std::io;

/// A service at a load case, an order, and what contingencies of it do.
type OfOrder<'a> = (&'a Sweep, &'a ServiceSweep, u64, &'a OrderCount);

/// Counts of a sweep, one row per service, load case and order; order 0 is the base state.
#[must_use]
pub fn sweep(sweep: &Sweep) -> Table<'_, OfOrder<'_>> {
    orders(sweep.services.iter().flat_map(|s| orders_of(sweep, s)))
}

/// Orders as numbers: a map sorts `"10"` before `"2"`.
fn orders_of<'a>(sweep: &'a Sweep, s: &'a ServiceSweep) -> Vec<OfOrder<'a>> {
    let all = s.orders.iter();
    let mut orders: Vec<_> = all
        .filter_map(|(k, n)| Some((sweep, s, k.parse().ok()?, n)))
        .collect();
    orders.sort_by_key(|&(_, _, order, _)| order);
    orders
}

/// The same of one service and load case.
pub(in crate::report) fn orders_of_one<'a>(
    sweep: &'a Sweep,
    s: &'a ServiceSweep,
) -> Table<'a, OfOrder<'a>> {
    orders(orders_of(sweep, s))
}

fn orders<'a>(rows: impl IntoIterator<Item = OfOrder<'a>>) -> Table<'a, OfOrder<'a>> {
    let not = "not computed";
    let mut t = Table::new(["order", "orders"], rows);
    t.id("service", CSV, |(_, s, ..)| &s.id);
    t.words("load case", CSV, |(_, s, ..)| &s.load_case);
    t.words("order", CSV, |(_, _, k, _)| k)
        .cell(HTML, |(_, _, k, _)| format!("N-{k}"));
    t.number("contingencies", CSV | HTML, |(sweep, _, k, _)| {
        sweep.accounted.get(&k.to_string()).copied()
    });
    t.number("down", CSV | HTML, move |(.., n)| Cell::Count(n.down, not));
    t.number("degraded", CSV | HTML, move |(.., n)| {
        Cell::Count(n.degraded, not)
    });
    t.number("at risk", CSV | HTML, move |(.., n)| {
        Cell::Count(n.at_risk, not)
    });
    t.words("base status", CSV, |(_, s, ..)| base_status(s));
    t.number("base delivered", CSV, |(_, s, ..)| s.base.delivered);
    t.number("minimal sets", CSV, |(_, s, ..)| s.minimal_count);
    t.words("worst elements", CSV, |(_, s, ..)| {
        s.worst
            .as_ref()
            .map_or(Cell::Nothing, |w| Cell::Elements(&w.elements))
    });
    t.words("worst status", CSV, |(_, s, ..)| {
        s.worst.as_ref().map(|w| w.status)
    });
    t.number("worst delivered", CSV, |(_, s, ..)| {
        s.worst.as_ref().map(|w| w.delivered)
    });
    t
}

/// How many contingencies of each order harm a service, a row per service and load case; `all` is how many
/// were accounted for.
pub(in crate::report) fn counts<'a>(
    rows: impl IntoIterator<Item = &'a ServiceSweep>,
    (orders, all): (&[u64], u64),
) -> Table<'a, &'a ServiceSweep> {
    let mut t = Table::new(["row", "rows"], rows)
        .instead("`--format csv` lists all")
        .file("table-sweep.csv");
    t.id("service", TEXT, |s| &s.id);
    t.id("load case", TEXT, |s| &s.load_case);
    t.short("base", TEXT, base_status);
    for k in orders {
        let key = k.to_string();
        t.number(format!("N-{k} ✗/▲/!"), TEXT, move |s| {
            let known = s.orders.get(&key).filter(|c| c.down.is_some());
            known.map_or(Cell::Nothing, |c| {
                triple([c.down, c.degraded, c.at_risk]).into()
            })
        });
    }
    t.number("least headroom", TEXT, move |s| match &s.least_headroom {
        Some(least) => headroom(Status::Ok, Some(least.headroom)),
        // What works in none has none, and is not unlimited.
        None if down_in(s) == all => headroom(Status::Down, None),
        None => headroom(s.base.status.unwrap_or(Status::Ok), None),
    });
    t.column(Align::Note, "worst", TEXT, worst);
    t
}

/// The status with nothing failed, where it is known.
fn base_status<'a>(s: &ServiceSweep) -> Cell<'a> {
    s.base.status.map_or(Cell::Nothing, Cell::from)
}

/// How many contingencies take a service down.
fn down_in(s: &ServiceSweep) -> u64 {
    s.orders.values().filter_map(|c| c.down).sum()
}

/// `4/22/82`: down, degraded, at risk.
pub(in crate::report) fn triple(counts: [Option<u64>; 3]) -> String {
    counts
        .map(|n| n.map_or_else(|| "–".to_owned(), count))
        .join("/")
}

fn worst<'a>(s: &ServiceSweep) -> Cell<'a> {
    let Some(w) = &s.worst else {
        return Cell::Nothing;
    };
    let as_base = Some(w.status) == s.base.status && w.delivered >= s.base.delivered;
    match w.status {
        status if !status.is_harm() => Cell::Words("none harms it".into()),
        _ if as_base => Cell::Words("as the base".into()),
        Status::Degraded => format!(
            "{} → {}",
            contingency_of(&w.elements, full),
            percent(w.delivered)
        )
        .into(),
        _ => format!("{} → down", contingency_of(&w.elements, full)).into(),
    }
}

/// A service at a load case, and one of its minimal sets; none where there are some and none is listed.
type OfSet<'a> = (&'a ServiceSweep, Option<&'a MinimalSet>);

/// Minimal sets, one row per set. Each says how many there are and how many of them are listed; where none
/// is, one row does that alone.
#[must_use]
pub fn minimal(services: &[ServiceSweep]) -> Table<'_, OfSet<'_>> {
    sets(services.iter().flat_map(|s| {
        let unlisted = s.minimal.is_empty() && s.minimal_count > 0;
        let bare = unlisted.then_some((s, None));
        bare.into_iter().chain(sets_of(s))
    }))
}

fn sets_of(s: &ServiceSweep) -> impl Iterator<Item = OfSet<'_>> {
    s.minimal.iter().map(move |m| (s, Some(m)))
}

/// The minimal sets of one service and load case.
pub(in crate::report) fn minimal_of(s: &ServiceSweep) -> Table<'_, OfSet<'_>> {
    let mut t = sets(sets_of(s));
    // What the sweep counted, and did not list.
    let more = s.minimal_count.saturating_sub(s.minimal.len() as u64);
    t.more = usize::try_from(more).unwrap_or(0);
    t
}

fn sets<'a>(rows: impl Iterator<Item = OfSet<'a>>) -> Table<'a, OfSet<'a>> {
    let mut t = Table::new(["minimal set", "minimal sets"], rows)
        .most(HTML, 20)
        .file("table-minimal.csv");
    t.id("service", CSV, |(s, _)| &s.id);
    t.words("load case", CSV, |(s, _)| &s.load_case);
    t.number("order", CSV, |(_, m)| m.map(|m| m.elements.len() as u64));
    t.words("elements", CSV | HTML, |(_, m)| {
        m.map_or(Cell::Nothing, |m| Cell::Elements(&m.elements))
    })
    .title(HTML, "minimal set");
    t.short("status", CSV | HTML, |(_, m)| m.map(|m| m.status))
        .title(HTML, "leaves it");
    t.number("delivered", CSV | HTML, |(_, m)| {
        shown(m.map(|m| m.delivered), percent)
    })
    .title(HTML, "gets");
    t.id("limit", CSV | HTML, |(_, m)| {
        m.and_then(|m| m.limit.as_deref())
    });
    t.number("minimal sets", CSV, |(s, _)| s.minimal_count);
    t.number("listed", CSV, |(s, _)| s.minimal.len() as u64);
    t
}

/// Minimal sets as CSV, in pieces: the header, then service by service.
fn minimal_pieces(services: impl Iterator<Item = ServiceSweep>) -> impl Iterator<Item = String> {
    let header = std::iter::once_with(|| minimal(&[]).csv());
    header.chain(services.map(|s| minimal(&[s]).csv_rows()))
}

/// Minimal sets as CSV.
#[must_use]
pub fn minimal_csv(services: impl Iterator<Item = ServiceSweep>) -> String {
    minimal_pieces(services).collect()
}

/// The same, written piece by piece.
///
/// # Errors
/// It cannot be written.
pub fn write_minimal(
    services: impl Iterator<Item = ServiceSweep>,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    minimal_pieces(services).try_for_each(|piece| to.write_all(piece.as_bytes()))
}

/// What one element does: the services it takes down, and those it degrades with what they get.
#[derive(Default)]
pub(in crate::report) struct Effect<'a> {
    pub down: Vec<&'a str>,
    pub degraded: Vec<(&'a str, f64)>,
}

/// What single failures do, a row per element.
pub(in crate::report) fn singles<'a>(
    rows: impl IntoIterator<Item = (&'a str, &'a Effect<'a>)>,
    harmed: fn(&Effect<'a>) -> maud::Markup,
) -> Table<'a, (&'a str, &'a Effect<'a>)> {
    let mut t = Table::new(["single failure", "single failures"], rows)
        .most(HTML, 200)
        .file("table-minimal.csv");
    t.id("if this fails", HTML, |(element, _)| element);
    t.number("down", HTML, |(_, e)| e.down.len() as u64);
    t.number("degraded", HTML, |(_, e)| e.degraded.len() as u64);
    t.words("services", HTML, move |(_, e)| {
        super::table::marked(harmed(e))
    });
    t
}

/// A load case, and a link in it.
type OfLink<'a> = (&'a NetworkCase, &'a LinkUse);

/// Links over a sweep, one row per load case and link; only a header when no flow crosses a network.
#[must_use]
pub fn links(sweep: &Sweep) -> Table<'_, OfLink<'_>> {
    let cases = sweep.network.iter().flat_map(|n: &NetworkSweep| &n.cases);
    links_of(cases.flat_map(|case| case.links.iter().map(move |link| (case, link))))
}

pub(in crate::report) fn links_of<'a>(
    rows: impl IntoIterator<Item = OfLink<'a>>,
) -> Table<'a, OfLink<'a>> {
    let all = "`--format csv --table links` lists all";
    let worst = |link: &'a LinkUse, csv: bool| match &link.worst {
        Some(w) => Cell::Elements(&w.elements),
        None if csv => Cell::Nothing,
        None => Cell::Words("none adds to it".into()),
    };
    let mut t = Table::new(["link", "links"], rows)
        .instead(all)
        .file("table-links.csv");
    t.words("load case", CSV, |(case, _)| &case.load_case);
    t.id("link", CSV | TEXT, |(_, l)| &l.id);
    t.number("capacity", CSV, |(_, l)| l.capacity)
        .cell(TEXT, |(_, l)| capacity(l));
    t.number("capacity back", CSV, |(_, l)| l.capacity_back);
    let brought = |of: Option<f64>| load(carried(of), brief);
    t.number("load", CSV, |(_, l)| infinite(l.load))
        .title(TEXT, "load →")
        .cell(TEXT, move |(_, l)| brought(l.load));
    t.number("load back", CSV, |(_, l)| infinite(l.load_back))
        .title(TEXT, "load ←")
        .cell(TEXT, move |(_, l)| brought(l.load_back));
    t.number("utilization", CSV | TEXT, |(_, l)| {
        shown(l.utilization, percent)
    })
    .title(TEXT, "used");
    t.words("worst elements", CSV, move |(_, l)| worst(l, true));
    t.number("worst load", CSV, |(_, l)| {
        l.worst.as_ref().map_or(Cell::Nothing, |w| infinite(w.load))
    });
    t.number("worst utilization", CSV | TEXT, |(_, l)| {
        shown(l.worst.as_ref().and_then(|w| w.utilization), percent)
    })
    .title(TEXT, "worst");
    t.words("when", TEXT, move |(_, l)| worst(l, false));
    t
}

/// One number, or one for each direction.
fn capacity(link: &LinkUse) -> String {
    let said = |c: Option<f64>| c.map_or_else(|| "unlimited".to_owned(), brief);
    if link.capacity == link.capacity_back {
        said(link.capacity)
    } else {
        format!("{} → {} ←", said(link.capacity), said(link.capacity_back))
    }
}

/// One of the ways in which demand is lost.
type Loss = fn(&NetworkLoss) -> f64;

/// What hurts a network most, the worst first.
pub(in crate::report) fn network_worst(all: &[NetworkWorst]) -> Table<'_, &NetworkWorst> {
    // Where nothing is left to carry, no link is the busiest.
    let is_idle = |w: &NetworkWorst| w.utilization == Some(0.0);
    let mut t = Table::new(["contingency", "contingencies"], all).most(HTML, 10);
    t.short("worst for the network", TEXT | HTML, |w| {
        Cell::Elements(&w.elements)
    })
    .title(HTML, "contingency");
    let align = if all.iter().any(|w| w.lost.len() > 1) {
        Align::Wrap(32)
    } else {
        Align::Right
    };
    let columns: [(_, _, Loss); 2] = [
        ("disconnected", "cut off", |l| l.disconnected),
        ("congested", "squeezed", |l| l.congested),
    ];
    for (title, on_page, of) in columns {
        // In a text one unit needs no name: the line above has it. A number for each of several is a list.
        t.column(align, title, TEXT, move |w| {
            lost(&w.lost, of, brief, w.lost.len() > 1).0
        })
        .title(HTML, on_page)
        .cell(HTML, move |w| {
            let (said, first) = lost(&w.lost, of, quantity, true);
            sorted(html! { (said) }, first)
        });
    }
    t.words("busiest", TEXT | HTML, move |w| {
        w.busiest.as_deref().filter(|_| !is_idle(w))
    })
    .title(HTML, "busiest link");
    t.number("used", TEXT | HTML, move |w| {
        shown(w.utilization.filter(|_| !is_idle(w)), percent)
    })
    .title(HTML, "utilization");
    t
}

/// One number for each unit of which something is lost, and the first of them; 0 if nothing is.
fn lost(all: &[NetworkLoss], of: Loss, shown: fn(f64) -> String, named: bool) -> (String, f64) {
    let some: Vec<&NetworkLoss> = all.iter().filter(|lost| of(lost) > 0.0).collect();
    let said = some.iter().map(|lost| {
        let unit = unit(lost.unit.as_deref().filter(|_| named));
        format!("{}{unit}", shown(of(lost)))
    });
    match some.first() {
        Some(first) => (said.collect::<Vec<_>>().join(" + "), of(first)),
        None => (shown(0.0), 0.0),
    }
}
