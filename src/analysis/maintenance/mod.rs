//! When works may be done: the windows of each, which may not overlap, and a schedule of all.
//!
//! In: a study, works (what is out, for how long, between when and when), the demand of every hour. Out: a
//! [`MaintenanceOutcome`]. Promises: an hour is allowed for a work exactly if, with the elements of the work
//! out beside the known outages, neither nothing more nor any single further failure breaches a policy that
//! asks for survival, as `assess` judges it; where the same breach is there without the work, the work is
//! judged by what it adds. The outcome is that of evaluating every hour and every failure by itself, and
//! the same for any number of threads.
//!
//! Without a horizon no hour has a demand of its own: then every hour is judged at the load cases that
//! the policies name.

mod clock;
mod judge;
mod outcome;
mod schedule;

use super::Watch;
use super::study::Study;
use super::timeline::Span;
use crate::model::{Horizon, Work};
use clock::Clock;
use jiff::tz::TimeZone;
use judge::Judge;

pub use outcome::{Blocked, MaintenanceOutcome, Overlap, Schedule, WorkOutcome};
pub use schedule::MOST_TOGETHER;

/// Reasons that are looked for of one work.
const MOST_REASONS: usize = 12;

/// Judges every work. `zone` says which day it is, for waivers. There is at least one work, and some
/// policy asks for survival, or nothing is found.
#[must_use]
pub fn maintenance(
    study: &Study<'_>,
    works: &[Work],
    (horizon, zone): (Option<&Horizon>, &TimeZone),
    watch: &dyn Watch,
) -> MaintenanceOutcome {
    let clock = Clock::new(horizon, zone, works);
    let judge = Judge::new(study, &clock, watch);
    let mut outcome = MaintenanceOutcome {
        start: clock.start(),
        hours: clock.hours(),
        is_hourly: horizon.is_some(),
        policies: judge.policies().collect(),
        works: Vec::new(),
        overlaps: Vec::new(),
        schedule: None,
    };
    let pairs = works.len() * works.len().saturating_sub(1) / 2;
    watch.total((works.len() + pairs) as u64);
    for work in works {
        let Some(found) = judged(&judge, &clock, work) else {
            return outcome;
        };
        outcome.works.push(found);
        watch.advance(1);
    }
    let Some(overlaps) = overlaps(&judge, works, &outcome.works) else {
        return outcome;
    };
    outcome.schedule = schedule::schedule(&judge, works, &outcome.works, &overlaps);
    outcome.overlaps = overlaps;
    outcome
}

/// The first hour of a horizon in which a policy that asks for survival breaks, with nothing more failed or
/// after a single further failure; nothing if none does, `None` when stopped.
#[allow(clippy::option_option, reason = "stopped, and no hour")]
pub(super) fn first_breach(
    study: &Study<'_>,
    horizon: &Horizon,
    watch: &dyn Watch,
) -> Option<Option<u32>> {
    let clock = Clock::new(Some(horizon), &horizon.zone, &[]);
    let judge = Judge::new(study, &clock, watch).of_everything();
    let harmful = judge.harmful(&[], &vec![true; clock.hours() as usize])?;
    let first = (0..).zip(harmful).find(|(_, harms)| *harms);
    Some(first.map(|(hour, _)| hour))
}

/// One work by itself; `None` when stopped.
fn judged(judge: &Judge<'_>, clock: &Clock<'_>, work: &Work) -> Option<WorkOutcome> {
    let range = clock.range(work);
    let mut wanted = vec![false; clock.hours() as usize];
    wanted[range.from as usize..range.to as usize].fill(true);
    let harmful = judge.harmful(&work.elements, &wanted)?;
    let mut starts = Vec::new();
    let mut blocking: Vec<u32> = Vec::new();
    // How many hours up to here are allowed, without a break.
    let mut run = 0;
    let mut last_blocked = None;
    for hour in range.from..range.to {
        if harmful[hour as usize] {
            (run, last_blocked) = (0, Some(hour));
        } else {
            run += 1;
        }
        if run >= work.hours {
            push(&mut starts, hour + 1 - work.hours);
        }
        // Every start up to here holds one of those in the list.
        let next = blocking.last().map_or(range.from, |b| b + 1);
        if hour + 1 - next >= work.hours
            && let Some(last) = last_blocked.filter(|&b| b >= next)
        {
            blocking.push(last);
        }
    }
    if !starts.is_empty() {
        blocking.clear();
        blocking.extend((range.from..range.to).find(|&h| harmful[h as usize]));
    }
    let of = |&hour: &u32| judge.reason(&work.elements, hour);
    let reasons = blocking.iter().take(MOST_REASONS).map(of);
    Some(WorkOutcome {
        range,
        blocked: count(harmful.iter()),
        starts,
        reasons: reasons.collect::<Option<_>>()?,
    })
}

/// How many hours are.
fn count<'h>(hours: impl Iterator<Item = &'h bool>) -> u32 {
    u32::try_from(hours.filter(|h| **h).count()).unwrap_or(u32::MAX)
}

/// Adds an hour to stretches in order of hours.
fn push(spans: &mut Vec<Span<()>>, hour: u32) {
    match spans.last_mut() {
        Some(last) if last.to == hour => last.to = hour + 1,
        _ => spans.push(Span {
            from: hour,
            to: hour + 1,
            value: (),
        }),
    }
}

/// Every two works that have hours in common, and harm in some of them; `None` when stopped.
fn overlaps(judge: &Judge<'_>, works: &[Work], found: &[WorkOutcome]) -> Option<Vec<Overlap>> {
    let hours = judge.hours();
    let covered = |w: usize| {
        let mut covered = vec![false; hours];
        for s in &found[w].starts {
            covered[s.from as usize..(s.to - 1 + works[w].hours) as usize].fill(true);
        }
        covered
    };
    let covered: Vec<Vec<bool>> = (0..works.len()).map(covered).collect();
    let mut all = Vec::new();
    for a in 0..works.len() {
        for b in a + 1..works.len() {
            let both = covered[a].iter().zip(&covered[b]);
            let shared: Vec<bool> = both.map(|(x, y)| *x && *y).collect();
            all.extend(overlap(judge, works, [a, b], &shared)?);
            judge.advance();
        }
    }
    Some(all)
}

/// What two works do in the hours that they share; `None` when stopped, nothing if they do no harm.
#[allow(clippy::option_option, reason = "stopped, and nothing to say")]
fn overlap(
    judge: &Judge<'_>,
    works: &[Work],
    [a, b]: [usize; 2],
    shared: &[bool],
) -> Option<Option<Overlap>> {
    if !shared.contains(&true) {
        return Some(None);
    }
    let together = judge::union(works, &[a, b]);
    let harmful = judge.harmful(&together, shared)?;
    let mut spans = Vec::new();
    for (hour, _) in (0..).zip(&harmful).filter(|(_, h)| **h) {
        push(&mut spans, hour);
    }
    let Some(first) = spans.first() else {
        return Some(None);
    };
    Some(Some(Overlap {
        works: [a, b],
        shared: count(shared.iter()),
        reason: judge.reason(&together, first.from)?,
        harmful: spans,
    }))
}
