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
    let lists = [
        ("Repairs, the most useful first", &doc.repairs, true),
        ("What holds a policy", &doc.fixes, false),
        ("What helps, but does not hold it", &doc.lessens, false),
    ];
    let nothing = lists.iter().all(|(_, list, _)| list.is_empty());
    html! {
        @if nothing {
            (words::absent(match &doc.fix_search {
                _ if !breached => "no policy has a breach that is not waived, so there is nothing to fix",
                Some(_) => "no change was found that lessens breaches",
                None => "the result holds no search for fixes",
            }))
        }
        @for (title, list, ranked) in &lists {
            @if !list.is_empty() {
                h3 { (title) }
                (table(list, *ranked))
            }
        }
        (unfixed(report))
        @if !nothing {
            p.soft { "Each line was verified: the estate was assessed anew with the change in place. Breaches left are breaches before, less those removed, plus new ones." }
        }
    }
}

fn table(fixes: &[Fix], ranked: bool) -> Markup {
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
        column("New in other policies"),
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
                Cell::new(html! {
                    @for (i, e) in f.new_elsewhere.iter().enumerate() {
                        @if i > 0 { br; }
                        (count(e.breaches)) " of " (text(&e.policy, 120))
                    }
                }),
                Cell::new(words::holds(
                    (f.holds || f.undecided.is_none()).then_some(f.holds),
                )),
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
            h3 { "Nothing found that holds it" }
            ul { @for u in &search.unfixed { li { (text(&u.policy, 120)) ": " (text(&u.reason, 500)) } } }
        }
        @if let Some(reason) = search.reason.as_deref().filter(|_| !search.complete) {
            p.absent { "The search did not go all the way: " (text(reason, 300)) }
        }
    }
}
