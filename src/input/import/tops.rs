//! Who needs whom → whom to need in order to need them all.
//!
//! In: some things, and what each needs. Out: the fewest of them from which all the others are needed, directly or
//! not. Promises: where some need each other it is the first of them; each need is followed twice at most.

use std::collections::{BTreeMap, BTreeSet};

/// What each needs directly.
pub(super) type Below<'n, K> = BTreeMap<&'n K, Vec<&'n K>>;

/// Notes one and all that it needs, directly or not; false if it was noted before.
pub(super) fn visit<'n, K: Ord>(
    from: &'n K,
    below: &Below<'n, K>,
    seen: &mut BTreeSet<&'n K>,
) -> bool {
    let mut open = vec![from];
    let is_new = !seen.contains(from);
    while let Some(own) = open.pop() {
        if seen.insert(own) {
            open.extend(below.get(own).into_iter().flatten());
        }
    }
    is_new
}

/// The fewest of some from which all the others are needed, directly or not, bar what is needed anyway.
pub(super) fn tops_of<'n, K: Ord>(
    members: &[&'n K],
    below: &Below<'n, K>,
    needed: &BTreeSet<&'n K>,
) -> Vec<&'n K> {
    let mut seen = needed.clone();
    let mut firsts: Vec<&K> = members.to_vec();
    firsts.retain(|own| visit(*own, below, &mut seen));
    // One that needs an earlier one comes after it: from the last on, whatever an earlier one is needed by has
    // been seen.
    let mut seen = needed.clone();
    let mut tops: Vec<&K> = firsts.into_iter().rev().collect();
    tops.retain(|own| visit(*own, below, &mut seen));
    tops.reverse();
    tops
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_needed_and_none_that_another_needs() {
        // 1 ⇄ 2 → 3, 4 → 9 → 3, 5 alone, 9 is no member.
        let needs = [(1, vec![2]), (2, vec![1, 3]), (4, vec![9]), (9, vec![3])];
        let below: Below<i32> = needs
            .iter()
            .map(|(own, of)| (own, of.iter().collect()))
            .collect();
        let tops = |members: &[&'static i32], needed: &[&'static i32]| -> Vec<i32> {
            let needed = needed.iter().copied().collect();
            let tops = tops_of(members, &below, &needed);
            tops.into_iter().copied().collect()
        };
        assert_eq!(tops(&[&1, &2, &3, &4, &5], &[]), [1, 4, 5]);
        assert_eq!(tops(&[&2, &3], &[]), [2]);
        assert_eq!(tops(&[&3, &9, &4], &[]), [4]);
        assert_eq!(tops(&[&3, &5], &[&5]), [3]);
    }
}
