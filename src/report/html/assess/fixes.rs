//! What would fix it: repairs in order, capacity to add, members that are missing.

use super::report::Report;
use crate::report::html::words::{self, text};
use crate::report::sentences::fix::{lists, unfixed_title};
use crate::report::tables;
use maud::{Markup, html};

/// Nothing where no policy has a breach.
pub(super) fn fixes(report: &Report<'_>) -> Option<Markup> {
    let doc = report.doc;
    let breached = doc.policies.iter().any(|p| !p.breaches.is_empty());
    let lists = lists(doc);
    let nothing = lists.is_empty();
    if nothing && !breached {
        return None;
    }
    Some(html! {
        @if nothing {
            (words::absent(match &doc.fix_search {
                Some(_) => "no change was found that lessens breaches",
                None => "the result holds no search for fixes",
            }))
        }
        @for (title, list) in &lists {
            h3 { (title) }
            (tables::fixes_of(list).html())
        }
        (unfixed(report))
        @if !nothing {
            p.soft { "Each line was verified: the estate was assessed anew with the change in place. Breaches left are breaches before, less those removed, plus new ones." }
        }
    })
}

fn unfixed(report: &Report<'_>) -> Markup {
    let Some(search) = &report.doc.fix_search else {
        return html! {};
    };
    html! {
        @if !search.unfixed.is_empty() {
            h3 { (unfixed_title(report.doc)) }
            ul { @for u in &search.unfixed { li { (text(&u.policy, 120)) ": " (text(&u.reason, 500)) } } }
        }
        @if let Some(reason) = search.reason.as_deref().filter(|_| !search.complete) {
            p.absent { "The search did not go all the way: " (text(reason, 300)) }
        }
    }
}
