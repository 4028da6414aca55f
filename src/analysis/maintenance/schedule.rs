//! A schedule. In: works, their windows, which two may not overlap. Out: a start for each, or which have
//! none. Promises: works that are done at the same time harm nobody, nor does any part of them, so that one
//! may end early or be left out; each starts as early as those before it in line let it; bounded by counts.
//!
//! In line is first what has to end first. Where somebody is left without a place, every other choice of
//! starts is tried, up to a limit.

use super::judge::{Judge, union};
use super::outcome::{Overlap, Schedule, WorkOutcome};
use crate::analysis::timeline::Span;
use crate::model::Work;
use std::collections::{BTreeSet, HashMap};

/// Works that are done at the same time, at most.
pub const MOST_TOGETHER: usize = 6;
/// Starts that are tried when the first choice leaves some work without a place.
const MOST_TRIES: u64 = 20_000;

struct Scheduler<'s> {
    judge: &'s Judge<'s>,
    works: &'s [Work],
    found: &'s [WorkOutcome],
    overlaps: HashMap<[usize; 2], &'s Overlap>,
    /// Whether three works and more harm together, by works and hour.
    together: HashMap<(Vec<usize>, u32), bool>,
    starts: Vec<Option<u32>>,
    tries: u64,
    /// Works that were in the way of each.
    beside: Vec<BTreeSet<usize>>,
}

/// How a search ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Search {
    Placed,
    Impossible,
    Limit,
}

/// A schedule; `None` when stopped.
pub(super) fn schedule(
    judge: &Judge<'_>,
    works: &[Work],
    found: &[WorkOutcome],
    overlaps: &[Overlap],
) -> Option<Schedule> {
    let mut line: Vec<usize> = (0..works.len())
        .filter(|&w| !found[w].starts.is_empty())
        .collect();
    line.sort_by_key(|&w| (works[w].latest, works[w].earliest, w));
    let mut scheduler = Scheduler {
        judge,
        works,
        found,
        overlaps: overlaps.iter().map(|o| (o.works, o)).collect(),
        together: HashMap::new(),
        starts: vec![None; works.len()],
        tries: 0,
        beside: vec![BTreeSet::new(); works.len()],
    };
    for &w in &line {
        scheduler.starts[w] = scheduler.first_from(w, 0)?;
    }
    let mut is_impossible = false;
    let left = |starts: &[Option<u32>]| line.iter().any(|&w| starts[w].is_none());
    if left(&scheduler.starts) {
        let first = scheduler.starts.clone();
        scheduler.starts.fill(None);
        let beside = scheduler.beside.clone();
        scheduler.tries = 0;
        let end = scheduler.search(&line)?;
        is_impossible = end == Search::Impossible;
        if end != Search::Placed {
            scheduler.starts = first;
            scheduler.beside = beside;
        }
    }
    let without = |w: usize| line.contains(&w) && scheduler.starts[w].is_none();
    let beside = (0..works.len()).map(|w| {
        let beside = scheduler.beside[w].iter().filter(|_| without(w));
        beside.copied().collect()
    });
    Some(Schedule {
        beside: beside.collect(),
        is_impossible,
        starts: scheduler.starts,
    })
}

impl Scheduler<'_> {
    /// Every choice of starts, the earliest first, until all in line are placed.
    fn search(&mut self, line: &[usize]) -> Option<Search> {
        let mut depth = 0;
        let mut from = vec![0; line.len() + 1];
        while depth < line.len() {
            let w = line[depth];
            self.starts[w] = None;
            let next = self.first_from(w, from[depth])?;
            if self.tries > MOST_TRIES {
                return Some(Search::Limit);
            }
            if let Some(start) = next {
                self.starts[w] = Some(start);
                from[depth] = start + 1;
                depth += 1;
                from[depth] = 0;
            } else if depth == 0 {
                return Some(Search::Impossible);
            } else {
                depth -= 1;
            }
        }
        Some(Search::Placed)
    }

    /// The first start of a work, from an hour on, that lets it be done beside those that have a place.
    #[allow(clippy::option_option, reason = "stopped, and no start")]
    fn first_from(&mut self, w: usize, from: u32) -> Option<Option<u32>> {
        let found = self.found;
        for span in &found[w].starts {
            for start in span.from.max(from)..span.to {
                self.tries += 1;
                if self.fits(w, start)? {
                    return Some(Some(start));
                }
            }
        }
        Some(None)
    }

    /// Whether a work can be done from an hour on beside those that have a place.
    fn fits(&mut self, w: usize, start: u32) -> Option<bool> {
        for hour in start..start + self.works[w].hours {
            let runs = |v: &usize| {
                let start = self.starts[*v];
                start.is_some_and(|s| s <= hour && hour < s + self.works[*v].hours)
            };
            let running: Vec<usize> = (0..self.works.len())
                .filter(|v| *v != w)
                .filter(runs)
                .collect();
            if running.is_empty() {
                continue;
            }
            if running.len() >= MOST_TOGETHER {
                self.beside[w].extend(running);
                return Some(false);
            }
            if let Some(harmful) = self.harmful_part(w, &running, hour)? {
                self.beside[w].extend(harmful);
                return Some(false);
            }
        }
        Some(true)
    }

    /// The first of the sets of works that run in an hour with which a work would harm, the smallest first.
    #[allow(clippy::option_option, reason = "stopped, and none")]
    fn harmful_part(
        &mut self,
        w: usize,
        running: &[usize],
        hour: u32,
    ) -> Option<Option<Vec<usize>>> {
        let mut parts: Vec<u32> = (1..1 << running.len()).collect();
        parts.sort_by_key(|part| part.count_ones());
        for part in parts {
            let of = running.iter().enumerate();
            let of = of.filter(|(at, _)| part >> at & 1 == 1).map(|(_, v)| *v);
            let of: Vec<usize> = of.collect();
            if self.harms_with(w, &of, hour)? {
                return Some(Some(of));
            }
        }
        Some(None)
    }

    fn harms_with(&mut self, w: usize, others: &[usize], hour: u32) -> Option<bool> {
        if let [other] = *others {
            let pair = [w.min(other), w.max(other)];
            let overlap = self.overlaps.get(&pair);
            return Some(overlap.is_some_and(|o| holds(&o.harmful, hour)));
        }
        let mut all = others.to_vec();
        all.push(w);
        all.sort_unstable();
        if let Some(known) = self.together.get(&(all.clone(), hour)) {
            return Some(*known);
        }
        // The hours to come will be asked for too.
        let hours = self.judge.hours();
        let end = (hour + self.works[w].hours).min(u32::try_from(hours).unwrap_or(u32::MAX));
        let mut wanted = vec![false; hours];
        wanted[hour as usize..end as usize].fill(true);
        let harmful = self.judge.harmful(&union(self.works, &all), &wanted)?;
        for hour in hour..end {
            let known = harmful[hour as usize];
            self.together.insert((all.clone(), hour), known);
        }
        Some(harmful[hour as usize])
    }
}

/// Whether an hour lies in one of some stretches in order of hours.
fn holds(spans: &[Span<()>], hour: u32) -> bool {
    let at = spans.partition_point(|s| s.to <= hour);
    spans.get(at).is_some_and(|s| s.from <= hour)
}
