//! The words that say whom a node serves first. In: the text of a cell, or of a key of inventory.toml. Out: what
//! it means, or what is wrong with it and what to write instead.

use crate::input::suggest;
use crate::model::Serves;

/// What a word in `serves` means.
pub fn serves_word(text: &str) -> Option<Serves> {
    [Serves::Fair, Serves::Priority]
        .into_iter()
        .find(|s| s.word() == text)
}

/// What is wrong with a word in `serves`, and what to write instead.
pub fn no_serves(text: &str) -> (String, String) {
    let help = match suggest::nearest(text, ["fair", "priority"].into_iter()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write `fair` if everybody gets the same fraction when it is not enough for all, \
                 `priority` if better tiers come first"
            .to_owned(),
    };
    (format!("`{text}` is no way to serve"), help)
}
