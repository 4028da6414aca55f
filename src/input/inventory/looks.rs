//! How an id looks to people. In: an id. Out: a text that is the same for all ids that look alike: composed and
//! decomposed letters, Cyrillic ones and Latin ones.

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
