//! YAML with bounds. In: a source. Out: its documents, each as a value of a type that skips what it does
//! not name, or where it stops being YAML. Promises: aliases, depth and size are bounded, so that a small
//! file costs little, and duplicate keys are a fault.

use super::super::{Diagnostic, Source};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Every document of a text. Documents of nothing but comments are left out.
pub(super) fn documents<T: DeserializeOwned>(
    source: &Arc<Source>,
    what: &str,
) -> Result<Vec<T>, Diagnostic> {
    let options = bounds(source.text.len());
    serde_saphyr::from_multiple_with_options(&source.text, options).map_err(|why| {
        let place = why.location();
        let offset = |l: serde_saphyr::Location| {
            let line = usize::try_from(l.line()).unwrap_or(1);
            offset(&source.text, line, usize::try_from(l.column()).unwrap_or(1))
        };
        let at = place.map_or(0, offset);
        let said = why.to_string();
        let sentence = sentence(&said);
        Diagnostic::error(format!("this is no {what}: {sentence}")).at(source, at..at)
    })
}

/// The first line of a message, without the place that it repeats.
fn sentence(said: &str) -> &str {
    let first = said.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    match first
        .strip_prefix("line ")
        .and_then(|rest| rest.split_once(": "))
    {
        Some((_, sentence)) => sentence,
        None => first.rsplit_once(" at line ").map_or(first, |(s, _)| s),
    }
}

/// Byte of a line (1-based) and a column in characters (1-based).
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let within = rest.char_indices().nth(column.saturating_sub(1));
    start + within.map_or(rest.len(), |(at, _)| at)
}

fn bounds(bytes: usize) -> serde_saphyr::Options {
    let nodes = bytes.saturating_add(1_000_000);
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: nodes,
            max_events: nodes.saturating_mul(2),
            max_recorded_anchor_events: 200_000,
            max_depth: 128,
            max_aliases: 100_000,
            max_anchors: 100_000,
            max_merge_keys: 100_000,
            max_documents: 100_000,
            max_total_scalar_bytes: bytes.saturating_mul(4).saturating_add(1 << 20),
            enforce_alias_anchor_ratio: false,
        },
        with_snippet: false,
    }
}
