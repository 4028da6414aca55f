//! In which order to repair what is out. In: a search and the breaches as things are. Out: what each
//! repair does by itself, and a ranking: the repair that removes most, then the one that removes
//! most on top of it, and so on. Promises: greedy; the ranking ends where repairs remove no more.

use super::change::Change;
use super::search::{Judged, Search};
use super::{Fix, fix};

/// Known outages that are tried.
pub(super) const MOST_REPAIRS: usize = 40;

/// What repairs do.
#[derive(Default)]
pub(super) struct Repairs {
    /// Each repair by itself, and the breaches it leaves.
    pub alone: Vec<(Change, Judged)>,
    /// The best first.
    pub ranking: Vec<Fix>,
}

impl Repairs {
    /// Single repairs that remove breaches of a policy.
    pub fn of(&self, before: &Judged, policy: usize) -> Vec<Fix> {
        let fixes = self
            .alone
            .iter()
            .filter_map(|(change, after)| fix(before, after, Some(policy), vec![change.clone()]));
        fixes.collect()
    }
}

/// Tries every known outage and derating.
pub(super) fn repairs(search: &mut Search<'_>, before: &Judged) -> Repairs {
    if before.of(None).next().is_none() {
        return Repairs::default();
    }
    let scenario = search.ground.scenario;
    let derated = scenario.derate.iter().filter(|(_, factor)| *factor < 1.0);
    let mut elements: Vec<_> = scenario.down.clone();
    elements.extend(derated.map(|(node, _)| *node));
    elements.sort_unstable();
    elements.dedup();
    if elements.len() > MOST_REPAIRS {
        search.cut = true;
        elements.truncate(MOST_REPAIRS);
    }
    let mut found = Repairs::default();
    let mut left: Vec<Change> = elements.into_iter().map(Change::Restore).collect();
    let mut done: Vec<Change> = Vec::new();
    let mut score = before.score(None);
    while !left.is_empty() {
        if !done.is_empty() && search.effort.runs + left.len() as u64 > search.effort.most_runs / 2
        {
            search.limited = true;
            break;
        }
        let mut best: Option<(usize, Judged)> = None;
        for at in 0..left.len() {
            let tried: Vec<Change> = done.iter().chain([&left[at]]).cloned().collect();
            let Some(after) = search.judged(&tried) else {
                break;
            };
            if done.is_empty() {
                found.alone.push((left[at].clone(), after.clone()));
            }
            let beaten = best.as_ref().map_or(score, |(_, b)| b.score(None));
            if after.score(None).beats(&beaten) {
                best = Some((at, after));
            }
        }
        let Some((at, after)) = best else {
            break;
        };
        score = after.score(None);
        done.push(left.remove(at));
        if let Some(next) = fix(before, &after, None, done.clone()) {
            found.ranking.push(Fix {
                rank: Some(done.len() as u64),
                ..next
            });
        }
        if score.harmed == 0 {
            break;
        }
    }
    while let [.., before_last, last] = found.ranking.as_slice()
        && last.removes == before_last.removes
    {
        found.ranking.pop();
    }
    found
}
