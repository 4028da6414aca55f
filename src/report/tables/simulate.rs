//! Tables of a simulation.

use super::table::{CSV, Cell, HTML, TEXT, Table, last, shown, sorted};
use crate::model::Status;
use crate::report::document::simulate::{
    Estimate, OverHorizon, Sequential, ServiceChance, ServiceHistory, ServiceHours, Simulate,
    Spread,
};
use crate::report::estimate::{amount, chance, figure, spread};
use crate::report::html::words::{interval, probability};
use crate::report::number::quantity;
use crate::report::style::status;
use maud::html;

/// Probabilities of a simulation, one row per service and load case.
#[must_use]
pub fn simulate(s: &Simulate) -> Table<'_, &ServiceChance> {
    chances(&s.services)
}

pub(in crate::report) fn chances<'a>(
    rows: impl IntoIterator<Item = &'a ServiceChance>,
) -> Table<'a, &'a ServiceChance> {
    type Get = fn(&ServiceChance) -> Option<&Estimate>;
    let all: [(_, _, Get); 4] = [
        ("down", "✗ down", |c| Some(&c.probability.down)),
        ("degraded", "▲ degraded", |c| {
            Some(&c.probability.degraded)
        }),
        ("at risk", "! at-risk", |c| c.probability.at_risk.as_ref()),
        ("ok", "✓ ok", |c| c.probability.ok.as_ref()),
    ];
    let mut t = Table::new(["row", "probabilities"], rows)
        .most(HTML, 300)
        .instead("`--format csv` lists all")
        .file("table-simulate.csv");
    t.id("service", CSV | TEXT | HTML, |c| &c.id);
    t.id("load case", CSV | TEXT | HTML, |c| Cell::Case(&c.load_case));
    t.number("demand", CSV, |c| c.demand);
    for (title, in_text, of) in all {
        t.number(title, CSV, move |c| of(c).map(|e| e.estimate))
            .title(TEXT, in_text)
            .cell(TEXT, move |c| {
                of(c).map_or(Cell::Nothing, |e| chance(e).into())
            })
            .cell(HTML, move |c| estimate(of(c)));
        bounds(&mut t, title, of);
    }
    t.number("unserved", CSV | TEXT, |c| c.unserved.estimate)
        .title(HTML, "unserved demand")
        .cell(TEXT, |c| amount(&c.unserved))
        .cell(HTML, |c| {
            shown(c.unserved.estimate, quantity).unit(c.unit.as_deref())
        });
    bounds(&mut t, "unserved", |c| Some(&c.unserved));
    t.number("hours/year", TEXT, |c| {
        c.harm_hours
            .per_year
            .as_ref()
            .map_or(Cell::Nothing, |h| spread(h).into())
    })
    .title(HTML, "hours harmed a year")
    .cell(HTML, |c| {
        c.harm_hours.per_year.as_ref().and_then(|h| h.estimate)
    });
    t.words("method", CSV, |c| {
        c.probability.degraded_or_down.method.as_str()
    });
    t.words("unserved method", CSV, |c| c.unserved.method.as_str());
    t
}

/// The ends of an interval.
fn bounds<'a>(
    t: &mut Table<'a, &'a ServiceChance>,
    title: &str,
    of: fn(&ServiceChance) -> Option<&Estimate>,
) {
    let title = title.replace(' ', "_");
    t.number(format!("{title}_low"), CSV, move |c| of(c).map(|e| e.low));
    t.number(format!("{title}_high"), CSV, move |c| of(c).map(|e| e.high));
}

fn estimate<'a>(e: Option<&Estimate>) -> Cell<'a> {
    match e {
        None => last(html! { "not computed" }),
        Some(e) => sorted(
            html! { (probability(e.estimate)) (interval(e.low, e.high)) },
            e.estimate,
        ),
    }
}

/// What is expected over the hours of a horizon.
pub(in crate::report) fn over_horizon(s: &OverHorizon) -> Table<'_, &ServiceHours> {
    let mut t = Table::new(["service", "services"], &s.services).instead("`--format json` has all");
    t.id("service", TEXT, |s| &s.id);
    t.number("hours down", TEXT, |s| amount(&s.hours_down));
    t.number("hours degraded", TEXT, |s| amount(&s.hours_degraded));
    t.number("unserved", TEXT, |s| amount(&s.unserved));
    t
}

/// A service, something that is counted in each history, and how that is spread.
type Counted<'a> = (&'a ServiceHistory, &'static str, Option<Status>, &'a Spread);

/// How the figures of every service are spread over histories, a row each.
pub(in crate::report) fn spreads<'a>(
    services: impl Iterator<Item = &'a ServiceHistory>,
) -> Table<'a, Counted<'a>> {
    let rows = services.flat_map(|s| {
        let of = |status, hours| Some((s, "", Some(status), hours));
        let rows = [
            of(Status::Down, &s.hours_down),
            of(Status::Degraded, &s.hours_degraded),
            s.hours_at_risk
                .as_ref()
                .and_then(|hours| of(Status::AtRisk, hours)),
            s.hours_ok.as_ref().and_then(|hours| of(Status::Ok, hours)),
            Some((s, "episodes", None, &s.episodes)),
            Some((s, "unserved", None, &s.unserved)),
        ];
        rows.into_iter().flatten()
    });
    let mut t = Table::new(["row", "rows"], rows).most(TEXT, usize::MAX);
    t.id("service", TEXT, |(s, ..)| &s.id);
    t.words("status", TEXT, |(_, what, of, _)| {
        of.map_or_else(|| what.to_owned(), status)
    });
    t.number("mean", TEXT, |(.., x)| amount(&x.mean));
    t.number("p50", TEXT, |(.., x)| figure(x.p50));
    t.number("p95", TEXT, |(.., x)| figure(x.p95));
    t.number("p99", TEXT, |(.., x)| figure(x.p99));
    t
}

/// Harm of every service over histories, a row each.
pub(in crate::report) fn histories(s: &Sequential) -> Table<'_, &ServiceHistory> {
    let mut t = Table::new(["history", "histories"], &s.services).most(HTML, 200);
    t.id("service", HTML, |h| &h.id);
    t.number("hours harmed, mean", HTML, |h| h.hours_harmed.mean.estimate);
    t.number("P95", HTML, |h| h.hours_harmed.p95);
    t.number("P99", HTML, |h| h.hours_harmed.p99);
    t.number("episodes", HTML, |h| h.episodes.mean.estimate);
    t.number("mean duration, h", HTML, |h| {
        h.duration.and_then(|d| d.estimate)
    });
    t
}
