//! The first screen of an assessment for a terminal: decisions beside their labels, and what is not shown.

use crate::model::short;
use crate::report::decisions::{self, Extent, ID, Line, Span};
use crate::report::document::Assess;
use crate::report::number::{counted, enumerated};
use crate::report::sentences::service::lines;
use crate::report::shape::ENTRIES;
use crate::report::style::{self, wrap};

/// Columns before an answer.
const INDENT: usize = 12;
/// Columns more before its further lines.
const HANG: usize = 2;

/// The points of a first screen.
pub(super) fn points(result: &Assess, extent: Extent, width: u16) -> String {
    let mut out = String::from("\n");
    for point in decisions::points(result, extent) {
        let mut label = point.label;
        for line in &point.lines {
            out.push_str(&hanging(label, &said(line), width));
            label = "";
        }
    }
    out
}

/// A line of text; marks are those of the terminal.
fn said(line: &Line) -> String {
    let spans = line.0.iter().map(|span| match span {
        Span::Text(text) | Span::Strong(text) => text.clone(),
        Span::Id(id) => short(id, ID),
        Span::Status(status) => style::status(*status),
    });
    spans.collect()
}

/// A line beside its label, further lines set in.
fn hanging(label: &str, text: &str, width: u16) -> String {
    let wrapped = wrap(text, INDENT + HANG, width);
    let first = format!("  {label:<width$}", width = INDENT - 2);
    format!(
        "{first}{}",
        wrapped.get(INDENT + HANG..).unwrap_or_default()
    )
}

/// What is not shown, counted, and where it is.
pub(super) fn rest(result: &Assess, width: u16) -> String {
    let said = enumerated(&left_out(result));
    let much = if result.sweep.services.len() > ENTRIES {
        "the first of each"
    } else {
        "them"
    };
    let said = format!(
        "Not shown: {said}. `--full` shows {much} here, `-o DIR` writes a page, all tables and figures."
    );
    format!("\n{}", wrap(&said, 0, width))
}

/// What of each sort is not shown. Warnings are counted above, with what the answer rests on.
fn left_out(result: &Assess) -> Vec<String> {
    let sweep = &result.sweep;
    let network = sweep.network.iter().flat_map(|n| &n.cases);
    let of_search = result.fix_search.iter();
    let unfixed: usize = of_search.map(|s| s.unfixed.len()).sum();
    let changes = result.repairs.len() + result.fixes.len() + result.lessens.len();
    let state = result.base.get(result.peak());
    let chains = state.iter().flat_map(|s| &s.services);
    let chains = chains.filter(|s| !lines(s, false).is_empty()).count();
    let sets: u64 = sweep.services.iter().map(|s| s.minimal_count).sum();
    let all = [
        (changes as u64, "change that would help"),
        (unfixed as u64, "search that found no change"),
        (chains as u64, "chain of causes"),
        (sweep.services.len() as u64, "row of contingency counts"),
        (sets, "minimal set"),
        (sweep.cascade_count.values().sum(), "cascade"),
        (sweep.named.len() as u64, "named contingency"),
        (network.map(|c| c.links.len() as u64).sum(), "row of links"),
        (
            result.cold_start.cold_start.len() as u64,
            "node that could not be started from dark",
        ),
        (
            result.timeline.as_ref().map_or(0, |t| u64::from(t.hours)),
            "hour of the horizon",
        ),
        (
            result
                .simulate
                .as_ref()
                .map_or(0, |s| s.services.len() as u64),
            "row of probabilities",
        ),
    ];
    let there = all.into_iter().filter(|(n, _)| *n > 0);
    let mut said: Vec<String> = there.map(|(n, noun)| plural(n, noun)).collect();
    said.push("the evidence".to_owned());
    said
}

/// A number with a noun of several words, of which the first is counted.
fn plural(n: u64, noun: &str) -> String {
    match noun.split_once(' ') {
        // `named contingency`, `minimal set`: the last word is counted.
        Some(("named" | "minimal", _)) | None => counted(n, noun),
        Some((first, rest)) => format!("{} {rest}", counted(n, first)),
    }
}
