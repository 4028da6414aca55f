//! In which order to repair what is out. In: a search and the breaches as things are. Out: what each
//! repair does by itself, and a ranking: the repair that removes most, then the one that removes
//! most on top of it, and so on. Promises: greedy; the ranking ends where repairs improve no more.

use super::account::Judged;
use super::change::Change;
use super::outages::{MOST_REPAIRS, outages};
use super::outcome::End;
use super::search::Search;

/// What repairs do.
#[derive(Default)]
pub(super) struct Repairs {
    /// Each repair by itself, and what it leaves.
    pub alone: Vec<(Vec<Change>, Judged)>,
    /// The repairs of the ranking so far, from two on, and what they leave.
    pub together: Vec<(Vec<Change>, Judged)>,
    /// The best first: the repairs up to each that makes a difference, and what they leave.
    pub ranking: Vec<(Vec<Change>, Judged)>,
}

/// Tries every known outage and derating. `before` is judged by contingencies.
pub(super) fn repairs(search: &mut Search<'_>, before: &Judged) -> Repairs {
    let mut found = Repairs::default();
    let mut harm = before.harm(None);
    if harm.is_none() {
        return found;
    }
    let mut elements = outages(search.context.scenario);
    if elements.len() > MOST_REPAIRS {
        search.ended(End::Outages);
        elements.truncate(MOST_REPAIRS);
    }
    let mut left: Vec<Change> = elements.into_iter().map(Change::Restore).collect();
    let mut done: Vec<Change> = Vec::new();
    let mut last = before.clone();
    while !left.is_empty() {
        if !done.is_empty() && search.effort.runs + left.len() as u64 > search.effort.most_runs / 2
        {
            search.ended(End::Runs);
            break;
        }
        let mut best: Option<(usize, Judged)> = None;
        for at in 0..left.len() {
            let tried: Vec<Change> = done.iter().chain([&left[at]]).cloned().collect();
            let Some(after) = search.judged(&tried) else {
                break;
            };
            if done.is_empty() {
                found.alone.push((tried, after.clone()));
            }
            let beaten = best.as_ref().map_or(&last, |(_, b)| b).harm(None);
            if after.harm(None).beats(&beaten) {
                best = Some((at, after));
            }
        }
        let Some((at, after)) = best else {
            break;
        };
        done.push(left.remove(at));
        if after.harm(None).is_less(&harm) {
            found.ranking.push((done.clone(), after.clone()));
        }
        harm = after.harm(None);
        last = after;
        if done.len() > 1 {
            found.together.push((done.clone(), last.clone()));
        }
        if harm.is_none() {
            break;
        }
    }
    found
}
