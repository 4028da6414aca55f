//! What would fix it: repairs in order, capacity to add, members that are missing.

use super::Report;
use crate::report::document::Fix;
use crate::report::html::table::{Cell, Table, numbers, words as column};
use crate::report::html::words::{self, instant, text};
use crate::report::number::count;
use maud::{Markup, html};

pub(super) fn fixes(report: &Report<'_>) -> Markup {
    let doc = report.doc;
    let breached = doc.policies.iter().any(|p| !p.breaches.is_empty());
    let (ranked, others): (Vec<&Fix>, Vec<&Fix>) = doc.fixes.iter().partition(|f| f.rank.is_some());
    html! {
        @if doc.fixes.is_empty() {
            (words::absent(match &doc.fix_search {
                _ if !breached => "no policy has a breach that is not waived, so there is nothing to fix",
                Some(_) => "no change was found that takes breaches away",
                None => "the result holds no search for fixes",
            }))
        }
        @if !ranked.is_empty() {
            h3 { "Repairs, the most useful first" }
            (table(&ranked, true))
        }
        @if !others.is_empty() {
            h3 { "Policy by policy" }
            (table(&others, false))
        }
        (unfixed(report))
        @if !doc.fixes.is_empty() {
            p.soft { "Each line was verified: the estate was assessed anew with the change in place." }
        }
    }
}

fn table(fixes: &[&Fix], ranked: bool) -> Markup {
    let columns = vec![
        if ranked {
            numbers("Rank")
        } else {
            column("Policy")
        },
        column("Change"),
        numbers("Removes"),
        numbers("Left"),
        numbers("New breaches"),
        column("Then"),
    ];
    let mut table = Table::new("fixes", columns)
        .with_file("table-fixes.csv")
        .at_most(200);
    for f in fixes {
        table.row(|| {
            vec![
                match f.rank {
                    Some(rank) => Cell::by(html! { (rank) }, Some(rank as f64)),
                    None => Cell::new(html! { (text(f.policy.as_deref().unwrap_or("all"), 120)) }),
                },
                Cell::new(html! {
                    (text(change(f), 400))
                    @if let Some(by) = &f.restore_by { br; span.soft { "by " (instant(by)) } }
                }),
                Cell::by(
                    html! { (count(f.removes)) " of " (count(f.of)) },
                    Some(f.removes as f64),
                ),
                Cell::by(html! { (count(f.remaining)) }, Some(f.remaining as f64)),
                Cell::by(
                    html! { (count(f.new_breaches)) },
                    Some(f.new_breaches as f64),
                ),
                Cell::new(words::holds(Some(f.holds))),
            ]
        });
    }
    table.render()
}

/// The change alone: what it removes has columns of its own.
fn change(f: &Fix) -> &str {
    f.text
        .rsplit_once(": removes")
        .map_or(f.text.as_str(), |(change, _)| change)
}

fn unfixed(report: &Report<'_>) -> Markup {
    let Some(search) = &report.doc.fix_search else {
        return html! {};
    };
    html! {
        @if !search.unfixed.is_empty() {
            h3 { "Without a fix" }
            ul { @for u in search.unfixed.iter().take(50) { li { (text(&u.policy, 120)) ": " (text(&u.reason, 300)) } } }
        }
        @if let Some(reason) = search.reason.as_deref().filter(|_| !search.complete) {
            p.absent { "The search did not go all the way: " (text(reason, 300)) }
        }
    }
}
