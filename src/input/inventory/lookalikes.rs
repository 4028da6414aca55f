//! Ids that look the same and are not. In: every id with its row. Out: a warning for each id that
//! nobody can tell from an earlier one: composed and decomposed letters, Cyrillic for Latin ones.
//! An estate whose ids are all ASCII is not looked at: `1` and `l` are everyday life.

use super::builder::Builder;
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

/// How an id looks: the same text for all that look alike.
#[cfg(feature = "import")]
pub fn looks(id: &str) -> String {
    unicode_security::skeleton(id).collect()
}

/// How an id looks, where no tables of letters are at hand: as itself.
#[cfg(not(feature = "import"))]
pub fn looks(id: &str) -> String {
    id.to_owned()
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

#[cfg(test)]
mod tests {
    use super::looks;

    #[test]
    fn composed_and_foreign_letters_look_the_same() {
        assert_eq!(looks("b\u{fc}ro"), looks("bu\u{308}ro"));
        assert_eq!(looks("app"), looks("\u{430}\u{440}\u{440}"));
        assert_eq!(looks("web 1"), looks("web\u{a0}1"));
        assert_ne!(looks("app-1"), looks("app-2"));
    }
}
