//! Counters that were read at several times → how much they grew, and how long somebody looked.
//!
//! In: readings of counters by what they are called. Out: what each grew by, and the time in which any of
//! them was read. Promises: the order of readings changes nothing; a counter that fell began anew; readings
//! of one counter from several files are of one counter where they can be, and of two with one name where
//! they contradict each other; all are divided by one length of time, since those that follow each other would
//! add up as if they ran side by side.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// When, and what the counter stood at.
pub(super) type Reading = (f64, f64);

/// Readings of counters by their labels.
#[derive(Default)]
pub(super) struct Counters {
    by_name: BTreeMap<BTreeMap<String, String>, Vec<Vec<Reading>>>,
}

impl Counters {
    /// Notes readings of a counter.
    pub fn add(&mut self, labels: BTreeMap<String, String>, readings: Vec<Reading>) {
        self.by_name.entry(labels).or_default().push(readings);
    }

    /// Notes a reading of a counter whose every other reading here has another time.
    pub fn add_reading(&mut self, labels: BTreeMap<String, String>, reading: Reading) {
        let lists = self.by_name.entry(labels).or_default();
        match lists.first_mut() {
            Some(list) => list.push(reading),
            None => lists.push(vec![reading]),
        }
    }

    /// Labels and readings of each counter, in order of time.
    pub fn each(self) -> Vec<(BTreeMap<String, String>, Vec<Reading>)> {
        let mut all = Vec::new();
        for (labels, lists) in self.by_name {
            let joined = join(lists).into_iter();
            all.extend(joined.map(|readings| (labels.clone(), readings)));
        }
        all
    }
}

fn compare(a: &Reading, b: &Reading) -> Ordering {
    a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
}

/// Lists of readings of counters with one name → one list for each counter.
fn join(mut lists: Vec<Vec<Reading>>) -> Vec<Vec<Reading>> {
    lists.retain(|list| !list.is_empty());
    for list in &mut lists {
        list.sort_by(compare);
        list.dedup();
    }
    let first_difference = |a: &Vec<Reading>, b: &Vec<Reading>| {
        let mut both = a.iter().zip(b).map(|(x, y)| compare(x, y));
        let differs = both.find(|order| order.is_ne());
        differs.unwrap_or(a.len().cmp(&b.len()))
    };
    lists.sort_by(first_difference);
    let mut counters: Vec<Vec<Reading>> = Vec::new();
    for list in lists {
        if let Some(same) = counters.iter_mut().find(|c| may_be_one(c, &list)) {
            same.extend(list);
            same.sort_by(compare);
            same.dedup();
        } else {
            counters.push(list);
        }
    }
    counters
}

/// Whether two lists can be readings of one counter: they say the same of all the time that both tell of.
fn may_be_one(a: &[Reading], b: &[Reading]) -> bool {
    let (Some(a_ends), Some(b_ends)) = (ends(a), ends(b)) else {
        return true;
    };
    let both = a_ends.0.max(b_ends.0)..=a_ends.1.min(b_ends.1);
    let within = |list: &[Reading]| -> Vec<Reading> {
        let inside = list.iter().filter(|(at, _)| both.contains(at));
        inside.copied().collect()
    };
    within(a) == within(b)
}

/// The first and the last time.
fn ends(readings: &[Reading]) -> Option<(f64, f64)> {
    Some((readings.first()?.0, readings.last()?.0))
}

/// How much a counter grew between its first reading and its last.
pub(super) fn growth(readings: &[Reading]) -> f64 {
    let steps = readings.windows(2);
    steps
        .map(|w| {
            if w[1].1 >= w[0].1 {
                w[1].1 - w[0].1
            } else {
                w[1].1
            }
        })
        .sum()
}

/// What a counter has counted since it began: what its first reading says, and how much it grew.
pub(super) fn total(readings: &[Reading]) -> f64 {
    readings.first().map_or(0.0, |(_, first)| *first) + growth(readings)
}

/// The length of the time in which any of them was read, from its first reading to its last; what several
/// tell of counts once.
pub(super) fn observed<'r>(all: impl Iterator<Item = &'r [Reading]>) -> f64 {
    let mut spans: Vec<(f64, f64)> = all.filter_map(ends).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (mut total, mut until) = (0.0, f64::NEG_INFINITY);
    for (from, to) in spans {
        total += (to - from.max(until)).max(0.0);
        until = until.max(to);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lists: &[&[Reading]]) -> Vec<Vec<Reading>> {
        let mut counters = Counters::default();
        for list in lists {
            counters.add(BTreeMap::new(), list.to_vec());
        }
        counters.each().into_iter().map(|(_, list)| list).collect()
    }

    #[test]
    fn what_follows_each_other_is_one_counter_and_what_differs_is_two() {
        let (first, second): (&[Reading], &[Reading]) =
            (&[(0.0, 5.0), (60.0, 9.0)], &[(60.0, 9.0), (120.0, 3.0)]);
        let whole = vec![vec![(0.0, 5.0), (60.0, 9.0), (120.0, 3.0)]];
        assert_eq!(of(&[first, second]), whole);
        assert_eq!(of(&[second, first, first]), whole);
        assert!((growth(&whole[0]) - 7.0).abs() < 1e-12);
        let other: &[Reading] = &[(0.0, 100.0), (60.0, 101.0)];
        assert_eq!(of(&[first, other]).len(), 2);
        // Read at other times in between: nothing says that they are one.
        let between: &[Reading] = &[(30.0, 7.0), (50.0, 8.0)];
        assert_eq!(of(&[first, between]).len(), 2);
    }

    #[test]
    fn time_that_several_were_read_in_counts_once_and_gaps_do_not() {
        let lists: [&[Reading]; 4] = [
            &[(0.0, 0.0), (10.0, 1.0)],
            &[(5.0, 0.0), (12.0, 1.0)],
            &[(20.0, 0.0), (23.0, 1.0)],
            &[(21.0, 4.0)],
        ];
        assert!((observed(lists.into_iter()) - 15.0).abs() < 1e-12);
    }
}
