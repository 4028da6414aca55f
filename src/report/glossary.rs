//! What the words of the reports mean, for people who do not know the program: one list for the command
//! line and the page.

use super::layout::wrap;
use serde::Serialize;
use std::fmt::Write as _;

/// A word of the reports, and what it means there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    /// As reports write it.
    pub word: &'static str,
    /// In a sentence or two.
    pub meaning: &'static str,
}

const fn word(word: &'static str, meaning: &'static str) -> Word {
    Word { word, meaning }
}

/// Every word, those that come first in a report first.
pub const WORDS: &[Word] = &[
    word(
        "service",
        "What users ask for: email, order management. It has a demand, and does not fail by itself.",
    ),
    word(
        "component",
        "Anything that can fail: a server, a switch, a rack, a power feed, a link, a site.",
    ),
    word("demand", "How much is asked of a service, in its own unit."),
    word(
        "load case",
        "One named set of demands, such as today or quarter-end.",
    ),
    word(
        "peak",
        "The load case that is marked as the one to be ready for.",
    ),
    word("base state", "The known outages and nothing else: N-0."),
    word(
        "known outage",
        "A component that the scenario says is out already.",
    ),
    word(
        "named contingency",
        "What fails together for one reason, with the response that belongs to it: the loss of a site.",
    ),
    word(
        "shed",
        "A demand that a named contingency lowers, so that what is left can be served.",
    ),
    word(
        "cold start",
        "Starting when everything has stopped: nodes that need each other do not come up by themselves.",
    ),
    word(
        "✓ ok",
        "The service gets all it asks for, and none of the reasons to call it at-risk holds.",
    ),
    word(
        "! at-risk",
        "It gets all it asks for now, but one more failure would harm it, or the same state would at the \
        peak, or its headroom is less than was asked for. The report says which.",
    ),
    word("▲ degraded", "It works and gets only part of its demand."),
    word("✗ down", "It does not work, or gets nothing."),
    word(
        "trip",
        "A component is lost because it must carry more than it is set to: a breaker opens, a server is ejected.",
    ),
    word(
        "cascade",
        "Trips that follow each other: what is lost leaves its load to others, which may be lost in the next \
        round.",
    ),
    word(
        "instance, host",
        "What runs on one of several others: a virtual machine, a pod; and what it runs on. An instance that \
        loses its host restarts on another with room for it.",
    ),
    word(
        "runs nowhere",
        "An instance that lost its host and found no other with room: it is out until a host comes back.",
    ),
    word(
        "kept apart",
        "Instances that never share a host, or a domain of some kind, so that one loss takes only one of them.",
    ),
    word(
        "gets, delivered",
        "The part of its demand that a service is given: 72.7 % of 1,100 orders is 800.",
    ),
    word("harmed", "Degraded or down."),
    word(
        "headroom",
        "By how much all demand can grow together before the service is degraded; negative when it is too \
        much already.",
    ),
    word(
        "limit",
        "The component that runs out first: it sets the headroom.",
    ),
    word(
        "contingency",
        "A set of elements that fail together, on top of the known outages.",
    ),
    word(
        "element",
        "A component or link that may fail in a sweep. What is left out by --elements or --exclude never \
        fails there, so ok and at-risk say nothing about it.",
    ),
    word(
        "order, N-1, N-2",
        "How many elements fail together. N-1 holds if no single failure harms the service, N-2 if no \
        two together do.",
    ),
    word(
        "minimal set",
        "A contingency that harms a service while no part of it does as much harm.",
    ),
    word(
        "domain, within",
        "What others sit in and cannot work without: a rack, a site, a power feed.",
    ),
    word(
        "group, needs 1 of 3",
        "Several providers of which a consumer needs so many; the others are spare.",
    ),
    word(
        "policy, breach",
        "A rule that the scenario asks for; a contingency that breaks it.",
    ),
    word(
        "waiver",
        "A breach that somebody has accepted, with a reason, an owner and an end.",
    ),
    word(
        "horizon",
        "The hours to come that are looked at one by one.",
    ),
    word(
        "restore by",
        "The latest start of a repair that ends before the outage harms somebody.",
    ),
    word(
        "growth left",
        "By how much all demand can grow in every hour of the horizon before the service is harmed: with \
        nothing more failed (N-0), or after any single failure (N-1).",
    ),
    word(
        "unserved demand",
        "What is asked for and not delivered, on average.",
    ),
];

/// A paragraph for each word, for help that wraps its lines itself.
#[must_use]
pub fn paragraphs() -> String {
    let mut out = String::from("What the words of the reports mean\n");
    for w in WORDS {
        let _ = write!(out, "\n{}: {}", w.word, w.meaning);
    }
    out
}

/// A paragraph for each word in lines of a width.
#[must_use]
pub fn text(width: u16) -> String {
    let mut out = String::new();
    for w in WORDS {
        let _ = write!(out, "{}\n{}", w.word, wrap(w.meaning, 4, width));
    }
    out
}
