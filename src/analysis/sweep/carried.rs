//! What pairs do after a failure as they do without it, carried over from what is kept of them.
//!
//! In: a context before the failure, with its cache, and the one after it. Out: counts of the pairs that are not
//! found out again, see [`Before::again`].

use super::context::{Before, SweepContext};
use super::grade::{self, Grades};
use super::pair_counts::Pairs;
use super::single_changes::{Change, Singles};

impl<const L: usize> Before<'_, L> {
    /// Counts, in `pairs`, what the pairs do that need not be found out again; `after` is the context now, and
    /// `singles` what single failures do in it.
    pub fn carry(
        &self,
        (after, singles): (&SweepContext<'_, L>, &Singles),
        pairs: &mut Pairs,
        partners: &mut Vec<(u32, u32, i32)>,
    ) {
        let Some(cache) = self.cache else { return };
        let first = after.task.first;
        let mut by_element = vec![Grades::default(); self.context.services()];
        for c in cache.singles.changes_of(self.element as usize) {
            by_element[c.service as usize] = c.grades;
        }
        for difference in &cache.differences {
            let [a, b] = difference.pair;
            // The later one counts: it is at `first` or after it once the element is taken out.
            if b <= self.element
                || a == self.element
                || cache.is_touched(self.element, difference.pair)
            {
                continue;
            }
            let now = difference.pair.map(|e| e - u32::from(e > self.element));
            let s = difference.service as usize;
            let by = now.map(|e| grades_of(singles.changes_of(e as usize), difference.service));
            for l in 0..after.lanes() {
                let said = by[0].lane(l).max(by[1].lane(l));
                let said = grade::status(said, after.own[s][l]);
                let is = difference.grades.lane(l).max(by_element[s].lane(l));
                let is = grade::status(is, self.context.own[s][l]);
                if is != said {
                    pairs.count(partners, first, now, s * after.lanes() + l, [said, is]);
                }
            }
        }
    }
}

/// What one of an element's changes does to a service.
fn grades_of(changes: &[Change], service: u32) -> Grades {
    changes
        .binary_search_by_key(&service, |c| c.service)
        .map_or_else(|_| Grades::default(), |i| changes[i].grades)
}
