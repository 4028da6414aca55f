//! The words and marks that every page shares. In: ids, statuses, numbers. Out: markup. Promises:
//! text from users is one visible line of bounded length; a status always has its symbol and word.

use crate::model::{Status, short};
use crate::report::document::VerdictWord;
use crate::report::number;
use maud::{Markup, html};

/// Characters of an id.
const ID: usize = 48;
/// Characters of an id that stays on one line of a table.
const KEPT: usize = 26;
/// Characters of what a pointer held over an id shows.
const HINT: usize = 400;

/// Text from users: one line, nothing invisible, at most `most` characters.
#[must_use]
pub fn text(text: &str, most: usize) -> String {
    short(text, most)
}

/// An id.
#[must_use]
pub fn id(id: &str) -> Markup {
    id_of(id, ID)
}

/// The same in at most so many characters.
#[must_use]
pub(in crate::report) fn id_of(id: &str, most: usize) -> Markup {
    let shown = short(id, most);
    let keep = shown.chars().count() <= KEPT;
    html! {
        @if shown == id { bdi.id.keep[keep] { (shown) } }
        @else { bdi.id.keep[keep] title=(short(id, HINT)) { (shown) } }
    }
}

/// Ids in a row, at most `most` of them.
#[must_use]
pub fn ids(all: &[String], most: usize) -> Markup {
    html! {
        @for (i, one) in all.iter().take(most).enumerate() {
            @if i > 0 { ", " }
            (id(one))
        }
        @if all.len() > most { " and " (number::count((all.len() - most) as u64)) " more" }
    }
}

/// The words that say what a list leaves out; nothing where that is nothing.
#[must_use]
pub fn and_more(all: usize, most: usize) -> Markup {
    html! { @if all > most { span.soft { " and " (number::count((all - most) as u64)) " more" } } }
}

/// A contingency: `app-1 + app-2`.
#[must_use]
pub fn contingency(elements: &[String]) -> Markup {
    const MOST: usize = 6;
    html! {
        @if elements.is_empty() { em { "nothing more fails" } }
        @for (i, one) in elements.iter().take(MOST).enumerate() {
            @if i > 0 { " + " }
            (id(one))
        }
        @if elements.len() > MOST { " + " (elements.len() - MOST) " more" }
    }
}

/// The symbol of a status: distinguished without colour.
#[must_use]
pub fn symbol(status: Status) -> &'static str {
    match status {
        Status::Ok => "✓",
        Status::AtRisk => "!",
        Status::Degraded => "▲",
        Status::Down => "✗",
    }
}

/// Symbol and word of a status.
#[must_use]
pub fn status(status: Status) -> Markup {
    html! {
        span.status.(status.word()) {
            span.symbol aria-hidden="true" { (symbol(status)) }
            " " (status.word())
        }
    }
}

/// Symbol and word of a verdict.
#[must_use]
pub fn verdict(word: VerdictWord) -> Markup {
    let (class, symbol, word) = match word {
        VerdictWord::Holds => ("holds", "✓", "Holds"),
        VerdictWord::Breached => ("breached", "✗", "Breached"),
        VerdictWord::Incomplete => ("incomplete", "?", "Incomplete"),
    };
    html! { p.verdict.(class) { span.symbol aria-hidden="true" { (symbol) } " " (word) } }
}

/// Whether a policy holds.
#[must_use]
pub fn holds(holds: Option<bool>) -> Markup {
    let (class, symbol, word) = match holds {
        Some(true) => ("ok", "✓", "holds"),
        Some(false) => ("down", "✗", "breached"),
        None => ("unknown", "?", "not judged"),
    };
    html! { span.status.(class) { span.symbol aria-hidden="true" { (symbol) } " " (word) } }
}

/// A probability: `1.2e-4`, or a percentage where that reads better.
#[must_use]
pub fn probability(p: f64) -> String {
    if p == 0.0 || p >= 0.9995 {
        number::percent(p)
    } else if p >= 0.001 {
        format!("{} %", trimmed(p * 100.0))
    } else {
        format!("{p:.2e}")
    }
}

/// An interval that is narrower, relative to its end, allows for rounding only.
const ROUNDING: f64 = 1e-11;
/// One that is narrower than this is not worth its ends.
const NINE_DIGITS: f64 = 1e-9;

/// Both ends of an interval, or that there is none to speak of.
pub(in crate::report) fn interval(low: f64, high: f64) -> Markup {
    html! {
        br;
        span.soft {
            @if high - low <= ROUNDING * high { "exact" }
            @else if high - low <= NINE_DIGITS * high { "to nine digits" }
            @else if low == 0.0 { "at most " (probability(high)) }
            @else if probability(low) == probability(high) { "± " (format!("{:.1e}", (high - low) / 2.0)) }
            @else { (probability(low)) " – " (probability(high)) }
        }
    }
}

/// Three significant digits.
fn trimmed(x: f64) -> String {
    let decimals = if x >= 10.0 {
        1
    } else if x >= 1.0 {
        2
    } else {
        3
    };
    format!("{x:.decimals$}")
}

/// A line that says why something is not here.
#[must_use]
pub fn absent(why: &str) -> Markup {
    html! { p.absent { "Not here: " (text(why, 300)) } }
}

/// Headroom from −100 % to +100 %, zero in the middle.
pub(in crate::report) fn bar(headroom: f64) -> Markup {
    let part = (headroom.clamp(-1.0, 1.0) * 54.0).abs();
    let (x, class) = if headroom < 0.0 {
        (55.0 - part, "less")
    } else {
        (55.0, "more")
    };
    html! {
        svg.bar viewBox="0 0 110 10" aria-hidden="true" {
            rect.rail x="0" y="4" width="110" height="2" {}
            rect.(class) x=(format!("{x:.1}")) y="1" width=(format!("{:.1}", part.max(1.0))) height="8" {}
            rect.zero x="54.5" y="0" width="1" height="10" {}
        }
    }
}

/// Closed, on paper too: what it holds is counted on it.
pub(in crate::report) fn folded(summary: &str, body: &Markup) -> Markup {
    html! { details.fold { summary { (summary) } (body) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text() {
        let shown = id("<b>\u{202e}\n\"").into_string();
        assert!(shown.contains("&lt;b&gt;\\u{202e}\\u{a}&quot;"), "{shown}");
        assert!(id(&"x".repeat(10_000)).into_string().len() < 600);
    }

    #[test]
    fn probabilities_never_round_to_nothing() {
        assert_eq!(probability(0.0294), "2.94 %");
        assert_eq!(probability(1.5e-6), "1.50e-6");
        assert_eq!(probability(0.0), "0 %");
        assert_eq!(probability(0.97), "97.0 %");
        assert_eq!(probability(0.999_99), "> 99.9 %");
    }
}
