//! JSON with places: elements are kept as raw text, so that each fault can point at its own.

use super::super::{Diagnostic, Source};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ops::Range;
use std::sync::Arc;

/// The bytes of a raw value in the source it was borrowed from.
pub(super) fn span_of(source: &Source, raw: &RawValue) -> Range<usize> {
    let start = (raw.get().as_ptr() as usize).saturating_sub(source.text.as_ptr() as usize);
    start..start + raw.get().len()
}

/// The value of a key inside an object, roughly: from the key on. The object's first byte if the
/// key is written in another way.
pub(super) fn span_of_key(source: &Source, raw: &RawValue, key: &str) -> Range<usize> {
    let object = span_of(source, raw);
    let quoted = format!("\"{key}\"");
    match raw.get().find(&quoted) {
        Some(at) => {
            let start = object.start + at;
            let rest = &source.text[start..object.end];
            let end = rest.find([',', '\n', '}']).unwrap_or(rest.len());
            start..start + end
        }
        None => object.start..object.start + 1,
    }
}

/// Parses the whole text, or says where it stops being what it should be.
pub(super) fn parse_all<'a, T: Deserialize<'a>>(
    source: &'a Arc<Source>,
    what: &str,
) -> Result<T, Diagnostic> {
    parse(source, &source.text, 0, what)
}

/// Parses one raw element of a source.
pub(super) fn parse_element<'a, T: Deserialize<'a>>(
    source: &'a Arc<Source>,
    raw: &'a RawValue,
    what: &str,
) -> Result<T, Diagnostic> {
    parse(source, raw.get(), span_of(source, raw).start, what)
}

fn parse<'a, T: Deserialize<'a>>(
    source: &'a Arc<Source>,
    text: &'a str,
    start: usize,
    what: &str,
) -> Result<T, Diagnostic> {
    serde_json::from_str(text).map_err(|why| {
        let sentence = why.to_string();
        let sentence = sentence
            .rsplit_once(" at line ")
            .map_or(sentence.as_str(), |(sentence, _)| sentence);
        let at = start + offset(text, why.line(), why.column());
        Diagnostic::error(format!("this is no {what}: {sentence}")).at(source, at..at + 1)
    })
}

/// Byte offset of a line (1-based) and a byte column (1-based, 0 for the line's start).
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    (start + column.saturating_sub(1)).min(text.len())
}
