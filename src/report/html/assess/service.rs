//! One service: how it stands at every load case, what harms it, how likely, until when.

use super::report::Report;
use crate::model::Status;
use crate::report::document::simulate::HoursBasis;
use crate::report::document::{Fix, ServiceState, ServiceSweep};
use crate::report::html::words::{
    self, bar, contingency, folded, id, interval, probability, status,
};
use crate::report::number::{count, counted, growth, instant, percent, quantity, unit};
use crate::report::sentences::fix::lessens;
use crate::report::sentences::service::finding;
use crate::report::tables;
use maud::{Markup, html};

/// Fixes that are shown.
const FIXES: usize = 3;
/// Load cases that are shown.
const CASES: usize = 8;

/// Everything about one service, to be opened.
pub(super) fn describe(report: &Report<'_>, s: &ServiceState, open: bool) -> Markup {
    let sweep = report.sweep(&s.id);
    html! {
        details.fold[!s.status.is_harm()] open[open] {
            summary { (status(s.status)) " " (id(&s.id)) @if let Some(name) = &s.name { " " (words::text(name, 80)) } }
            dl {
                (by_case(report, s))
                dt { "Headroom" }
                dd { (headroom(s, sweep)) }
                @if let Some(w) = sweep.and_then(|s| s.worst.as_ref()).filter(|w| w.status.is_harm()) {
                    dt { "Worst contingency" }
                    dd { (contingency(&w.elements)) ": " (status(w.status)) ", gets " (percent(w.delivered)) }
                }
                dt { "Probability of harm" }
                dd { (likely(report, &s.id)) }
                dt { "Over time" }
                dd { (dated(report, &s.id)) }
                dt { "What would fix it" }
                dd { (fix(report, &s.id)) }
            }
            @if let Some(sweep) = sweep { (orders(report, sweep)) (sets(sweep)) }
        }
    }
}

fn by_case(report: &Report<'_>, s: &ServiceState) -> Markup {
    html! {
        @for case in report.doc.base.iter().take(CASES) {
            @if let Some(there) = report.at(case, &s.id) {
                dt { (words::text(&case.load_case, 40)) }
                dd {
                    (status(there.status)) ", demand " (quantity(there.demand)) (unit(there.unit.as_deref()))
                    ", gets " (percent(there.delivered))
                    @if there.status.is_harm() {
                        @for line in there.because.iter().take(4) { br; span.soft { (words::text(line, 300)) } }
                        (words::and_more(there.because.len(), 4))
                    } @else {
                        @for f in &there.findings { br; span.soft { (f.cause.word()) ": " (finding(f)) } }
                    }
                }
            }
        }
        @if report.doc.base.len() > CASES { dt { "Other load cases" } dd { (words::and_more(report.doc.base.len(), CASES)) " in table-services.csv" } }
    }
}

fn headroom(s: &ServiceState, sweep: Option<&ServiceSweep>) -> Markup {
    let least = sweep.and_then(|s| s.least_headroom.as_ref());
    html! {
        @match (s.status, s.headroom) {
            (Status::Down, None) => "none: it does not work",
            (_, None) => "nothing limits it",
            (_, Some(h)) => {
                (growth(Some(h)))
                @if let Some(limit) = &s.limit { ", set by " (id(limit)) }
                " " (bar(h))
            }
        }
        @if let Some(l) = least {
            br; "Least: " (growth(Some(l.headroom))) " if " (contingency(&l.elements)) " fails"
            @if let Some(limit) = &l.limit { ", set by " (id(limit)) }
        }
    }
}

fn likely(report: &Report<'_>, service: &str) -> Markup {
    let Some(chance) = report.chance(service) else {
        let why = report.doc.simulate_reason.as_deref();
        return html! { span.soft { (words::text(why.unwrap_or("the scenario asks for no simulation"), 200)) } };
    };
    let p = &chance.probability;
    let hours = &chance.harm_hours;
    html! {
        "degraded or down " (probability(p.degraded_or_down.estimate))
        ", of it down " (probability(p.down.estimate))
        (interval(p.degraded_or_down.low, p.degraded_or_down.high))
        span.soft { " (" (words::text(&p.degraded_or_down.method, 120)) ")" }
        @if let Some(h) = hours.per_year.and_then(|h| h.estimate) {
            br; (quantity(h)) " hours a year "
            @if hours.basis == Some(HoursBasis::LoadCase) { "at this load" } @else { "like the horizon" }
        } @else if let Some(reason) = &hours.reason {
            br; span.soft { "no hours a year at this load: " (words::text(reason, 200)) }
        }
        br; "expected unserved demand " (quantity(chance.unserved.estimate)) (unit(chance.unit.as_deref()))
    }
}

fn dated(report: &Report<'_>, service: &str) -> Markup {
    let Some(times) = report.times.get(service) else {
        let why = report.doc.timeline_reason.as_deref();
        return html! { span.soft { (words::text(why.unwrap_or("the scenario has no horizon"), 200)) } };
    };
    let until = |what: &str, not: &str, at: &Option<String>| match at {
        None => format!("{what} until the end of the horizon"),
        Some(at)
            if report
                .doc
                .timeline
                .as_ref()
                .is_some_and(|t| t.never_held(Some(at))) =>
        {
            not.to_owned()
        }
        Some(at) => format!("{what} until {}", instant(at)),
    };
    let (full, one) = (&times.n0_holds_until, &times.n1_holds_until);
    html! {
        (until("delivered in full", "not delivered in full from the start", full)) "; "
        (until("survives any single failure", "does not survive every single failure", one))
        @if let Some(failure) = &times.n1_failure { " (then not that of " (id(failure)) ")" }
        @for o in report.outages.get(service).map_or(&[][..], Vec::as_slice).iter().take(6) {
            br;
            @match &o.restore_by {
                Some(at) => { "Start the repair of " (id(&o.element)) " by " strong { (instant(at)) } @if o.overdue { " (before the horizon begins)" } }
                None => { (id(&o.element)) ": " (words::text(o.reason.as_deref().unwrap_or("no time known"), 200)) }
            }
        }
    }
}

/// The fixes of the policies that this service breaches.
fn fix(report: &Report<'_>, service: &str) -> Markup {
    let breached = report
        .doc
        .policies
        .iter()
        .filter(|p| p.breaches.iter().any(|b| b.service == service));
    let breached: Vec<&str> = breached.map(|p| p.name.as_str()).collect();
    let mine = |f: &&Fix| f.policy.as_deref().is_some_and(|p| breached.contains(&p));
    let holds = report.doc.fixes.iter().filter(mine);
    let helpful = report.doc.lessens.iter().filter(|f| mine(f) && lessens(f));
    let all: Vec<&Fix> = holds.chain(helpful).collect();
    let shown = &all[..all.len().min(FIXES)];
    html! {
        @if breached.is_empty() { span.soft { "it breaches no policy" } }
        @else if report.doc.fix_search.is_none() { span.soft { "no fix was searched for" } }
        @else if all.is_empty() { span.soft { "nothing was found" } }
        @for (i, f) in shown.iter().enumerate() {
            @if i > 0 { br; }
            (words::text(&f.text, 300))
            @if !f.holds { span.soft { " (does not hold it)" } }
            @if breached.len() > 1 { span.soft { " (" (words::text(f.policy.as_deref().unwrap_or(""), 80)) ")" } }
        }
        @if all.len() > shown.len() { br; span.soft { "and " (count((all.len() - shown.len()) as u64)) " more under what would fix it" } }
    }
}

/// How many contingencies of each order leave it how.
fn orders(report: &Report<'_>, s: &ServiceSweep) -> Markup {
    let all = &report.doc.sweep;
    let mut orders = s.orders.values();
    let reason = orders.find_map(|n| Some((n.reason.as_deref()?, n.down.is_some())));
    html! {
        (tables::orders_of_one(all, s).html())
        @if let Some((reason, is_of_risk)) = reason {
            p.cut { @if is_of_risk { "At risk " } (words::text(reason, 120)) "." }
        }
    }
}

fn sets(s: &ServiceSweep) -> Markup {
    if s.minimal.is_empty() {
        // A base state that is degraded already hides sets that leave it the same status with less.
        let less = s.worst.as_ref().filter(|w| w.delivered < s.base.delivered);
        return html! {
            p.soft {
                @if let Some(w) = less {
                    "No contingency that was looked at leaves it in a worse status than the base state; "
                    (contingency(&w.elements)) " leaves it least: " (percent(w.delivered)) "."
                } @else { "No contingency that was looked at harms it further." }
            }
        };
    }
    let said = format!(
        "{} at {}",
        counted(s.minimal_count, "minimal set"),
        words::text(&s.load_case, 40)
    );
    folded(&said, &tables::minimal_of(s).html())
}
