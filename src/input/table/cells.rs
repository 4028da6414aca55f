//! Where cells stand in a text. In: a text, and where a record starts in it. Out: the bytes of each cell, its
//! quotes included.

use std::ops::Range;

pub(super) struct CellAt {
    pub range: Range<usize>,
    /// A quote was opened and the text ended before it was closed.
    pub open: bool,
}

/// Where the first `count` cells of the record at `start` stand, quotes included. Splits the way
/// the reader does; only asked for where something is wrong.
/// Gives up after `most` bytes.
pub(super) fn cells(
    text: &str,
    delimiter: u8,
    start: usize,
    count: usize,
    most: usize,
) -> Vec<CellAt> {
    let bytes = &text.as_bytes()[..text.len().min(start.saturating_add(most))];
    let mut found = Vec::new();
    let mut at = start;
    while found.len() < count {
        let begin = at;
        let mut open = bytes.get(at) == Some(&b'"');
        at += usize::from(open);
        while let Some(&b) = bytes.get(at) {
            if open && b == b'"' {
                match bytes.get(at + 1) {
                    Some(b'"') => at += 1,
                    _ => open = false,
                }
            } else if !open && (b == delimiter || matches!(b, b'\n' | b'\r')) {
                break;
            }
            at += 1;
        }
        found.push(CellAt {
            range: begin..at,
            open,
        });
        if bytes.get(at) != Some(&delimiter) {
            break;
        }
        at += 1;
    }
    found
}
