//! Ids that look the same and are not. In: every id with its row. Out: a warning for each id that
//! nobody can tell from an earlier one: composed and decomposed letters, Cyrillic for Latin ones.
//! An estate whose ids are all ASCII is not looked at: `1` and `l` are everyday life.

use super::builder::Builder;
use super::looks::looks;
use std::collections::HashMap;

/// Adds every warning.
pub fn add(b: &mut Builder) {
    if b.rows.iter().all(|row| row.id().is_ascii()) {
        return;
    }
    let mut first: HashMap<String, u32> = HashMap::new();
    let mut alike = Vec::new();
    for (at, row) in (0u32..).zip(&b.rows) {
        let other = *first.entry(looks(row.id())).or_insert(at);
        let known = b.rows[other as usize].id();
        if other != at && !(known.is_ascii() && row.id().is_ascii()) {
            alike.push((at, other));
        }
    }
    for (at, other) in alike {
        let (row, known) = (b.rows[at as usize], b.rows[other as usize]);
        b.odd("ids look like another one", || {
            let message = format!("the id `{}` looks the same as another one", row.id());
            row.id_warning(message)
                .label(format!("the other one stands at {}", known.place()))
                .help(format!(
                    "they are two ids: {}",
                    difference(row.id(), known.id())
                ))
        });
    }
}

/// Where two ids part: `here U+0430, there U+0061`.
fn difference(here: &str, there: &str) -> String {
    let pair = here.chars().zip(there.chars()).find(|(x, y)| x != y);
    match pair {
        Some((x, y)) => format!(
            "this one has the character U+{:04X} where the other has U+{:04X}",
            u32::from(x),
            u32::from(y)
        ),
        None => "one goes on where the other ends".to_owned(),
    }
}
