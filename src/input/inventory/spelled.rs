//! A way over nodes as text. In: the ids on it. Out: one line, however long the way is.

/// Ids of a cycle that are spelled out.
const SPELLED: usize = 24;

/// `a → b → a`; very long ways are cut in the middle, and say so.
#[must_use]
pub fn spelled(ids: &[&str]) -> String {
    if ids.len() <= SPELLED {
        return ids.join(" → ");
    }
    let half = SPELLED / 2;
    let hidden = ids.len() - 2 * half;
    format!(
        "{} → … {hidden} more … → {}",
        ids[..half].join(" → "),
        ids[ids.len() - half..].join(" → ")
    )
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn long_ways_are_cut_and_say_so() {
        assert_eq!(spelled(&["a", "b", "a"]), "a → b → a");
        let long = spelled(&["x"; 100]);
        assert_eq!(long.matches('x').count(), 24);
        assert!(long.contains("76 more"));
    }
}
