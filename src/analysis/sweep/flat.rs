//! Long lists of a record as numbers, one after the other: sorted, and each as the difference to the one
//! before, so that most numbers are short.
//!
//! In: what was found. Out: numbers, and the same again. Promises: nothing is lost or rounded; numbers that mean
//! nothing are said to mean nothing.

use crate::analysis::{Elements, MinimalSet};
use crate::model::{NodeId, Status};

/// The most elements of a set: a sweep goes to no higher order.
const MOST: i64 = 32;

/// Minimal sets: for each a number that says how many elements it has, whether the service is down and
/// whether anything limits it; the elements, the first as the difference to that of the set before; the
/// limit, if there is one; what is delivered, as bits.
pub(super) fn sets(all: impl Iterator<Item = MinimalSet>) -> Vec<i64> {
    let (mut numbers, mut before) = (Vec::new(), 0);
    for set in all {
        let is_down = i64::from(set.status == Status::Down);
        let is_limited = i64::from(set.limit.is_some());
        let len = i64::try_from(set.elements.len()).unwrap_or(MOST + 1);
        numbers.push(4 * len + 2 * is_down + is_limited);
        let mut last = before;
        for (i, e) in set.elements.iter().enumerate() {
            let e = i64::from(e.0);
            numbers.push(e - last);
            last = e;
            if i == 0 {
                before = e;
            }
        }
        numbers.extend(set.limit.map(|limit| i64::from(limit.0)));
        numbers.push(set.delivered.to_bits().cast_signed());
    }
    numbers
}

/// The same again, one after the other; nothing for what is no set, which is then the last.
pub(super) fn each_set(numbers: &[i64]) -> impl Iterator<Item = Option<MinimalSet>> + '_ {
    let (mut left, mut before) = (numbers, 0);
    std::iter::from_fn(move || {
        if left.is_empty() {
            return None;
        }
        let set = one_set(&mut left, &mut before);
        if set.is_none() {
            left = &[];
        }
        Some(set)
    })
}

fn one_set(left: &mut &[i64], before: &mut i64) -> Option<MinimalSet> {
    let mut next = || {
        let (&first, rest) = left.split_first()?;
        *left = rest;
        Some(first)
    };
    let head = next().filter(|head| (4..4 * (MOST + 1)).contains(head))?;
    let mut elements = Vec::new();
    let mut last = *before;
    for i in 0..head / 4 {
        last = last.checked_add(next()?)?;
        elements.push(NodeId(u32::try_from(last).ok()?));
        if i == 0 {
            *before = last;
        }
    }
    let limit = match head % 2 {
        1 => Some(NodeId(u32::try_from(next()?).ok()?)),
        _ => None,
    };
    Some(MinimalSet {
        elements: Elements::from(elements),
        status: if head / 2 % 2 == 1 {
            Status::Down
        } else {
            Status::Degraded
        },
        delivered: f64::from_bits(next()?.cast_unsigned()),
        limit,
    })
}

/// Sorted partners, one after the other, each as the difference to the one before.
pub(super) fn partners(partners: &[(u32, u32, i32)]) -> Vec<i64> {
    let mut all = Vec::with_capacity(3 * partners.len());
    let mut last = (0, 0);
    for &(e, i, more) in partners.iter().filter(|p| p.2 != 0) {
        if e != last.0 {
            last.1 = 0;
        }
        let step = (
            i64::from(e) - i64::from(last.0),
            i64::from(i) - i64::from(last.1),
        );
        all.extend([step.0, step.1, i64::from(more)]);
        last = (e, i);
    }
    all
}

/// The same again; nothing for what is no number of an element, service or count.
pub(super) fn each_partner(all: &[i64]) -> impl Iterator<Item = Option<(u32, u32, i32)>> + '_ {
    let mut last = (0i64, 0i64);
    all.chunks_exact(3).map(move |step| {
        if step[0] != 0 {
            last.1 = 0;
        }
        last = (last.0.checked_add(step[0])?, last.1.checked_add(step[1])?);
        let number = |n: i64| u32::try_from(n).ok();
        Some((
            number(last.0)?,
            number(last.1)?,
            i32::try_from(step[2]).ok()?,
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_come_back_as_they_were() {
        let all = [
            (0, 0, 1),
            (0, 7, -2),
            (3, 2, 5),
            (3, 900_000, 1),
            (4_000_000_000, 1, i32::MIN),
        ];
        let flat = partners(&all);
        let again: Option<Vec<_>> = each_partner(&flat).collect();
        assert_eq!(again.expect("numbers"), all);
        assert_eq!(each_partner(&[-1, 0, 0]).next(), Some(None), "no element");
        assert_eq!(
            each_partner(&[i64::MAX, 0, 0, i64::MAX, 0, 0]).last(),
            Some(None)
        );
    }

    #[test]
    fn sets_come_back_as_they_were() {
        let set = |elements: &[u32], status, delivered, limit: Option<u32>| {
            let elements: Vec<NodeId> = elements.iter().copied().map(NodeId).collect();
            MinimalSet {
                elements: elements.into(),
                status,
                delivered,
                limit: limit.map(NodeId),
            }
        };
        let all = [
            set(&[7], Status::Down, 0.0, None),
            set(&[4_000_000_000], Status::Degraded, 0.1 + 0.2, Some(0)),
            set(&[1, 9], Status::Down, 1e-10, Some(u32::MAX - 1)),
            set(&[1, 10], Status::Degraded, 0.0, None),
            set(&[0, 1, 2, 3, 4, 5], Status::Degraded, 1.0, Some(3)),
        ];
        let numbers = sets(all.iter().cloned());
        let again: Option<Vec<_>> = each_set(&numbers).collect();
        assert_eq!(again.expect("sets"), all);
        // Cut anywhere it is fewer sets, or something that is none.
        for end in 0..numbers.len() {
            let cut: Vec<_> = each_set(&numbers[..end]).collect();
            let sound = cut.iter().take_while(|set| set.is_some()).count();
            assert!(sound < all.len() && cut.len() <= sound + 1, "{end}");
            assert!(cut.iter().flatten().zip(&all).all(|(a, b)| a == b));
        }
        for wrong in [&[0, 0][..], &[3, 0], &[4, -1, 0], &[1000, 0], &[i64::MIN]] {
            assert_eq!(each_set(wrong).collect::<Vec<_>>(), [None]);
        }
    }
}
