//! What to restore by when. In: known outages and deratings, the hours in which they hurt, what repairing
//! each would do. Out: those that bear on something, the most pressing first.

use super::known::Known;
use super::outcome::{Repaired, Restore};
use crate::analysis::fix::{Change, outages};
use crate::model::{Millis, NodeId};
use std::cmp::Reverse;

/// Those that bear on something, how many do not, and of how many that is not known.
pub(super) fn restore(known: Known<'_>) -> (Vec<Restore>, u64, u64) {
    let elements = outages(known.scenario).into_iter();
    let mut all: Vec<Restore> = elements.map(|v| one(known, v)).collect();
    let bears = |r: &Restore| !r.services.is_empty() || r.repaired.is_some() || r.by.is_some();
    let found = known.found;
    let are_known = [&found.parts, &found.derated_parts].map(|p| p.iter().all(Option::is_some));
    let is_harmless = |r: &Restore| are_known[usize::from(r.is_derated)];
    let rest = all.iter().filter(|r| !bears(r));
    let (harmless, open): (Vec<&Restore>, Vec<&Restore>) = rest.partition(|r| is_harmless(r));
    let (harmless, open) = (harmless.len() as u64, open.len() as u64);
    all.retain(bears);
    all.sort_by_key(|r| {
        let rank = r.repaired.map_or(u64::MAX, |d| d.rank);
        let by = r.by.unwrap_or(Millis::MAX);
        (by, rank, Reverse(r.services.len()), r.element)
    });
    (all, harmless, open)
}

fn one(known: Known<'_>, element: NodeId) -> Restore {
    let found = known.found;
    let horizon = known.time.and_then(|t| t.horizon.as_ref());
    let outages = found.timeline.iter().flat_map(|t| &t.outages);
    let dated = outages.into_iter().find(|o| o.element == element);
    let by = dated.and_then(|o| o.restore_by);
    let impact = dated.and_then(|o| o.first_impact);
    let services = match dated {
        Some(outage) if impact.is_some() => outage.services.clone(),
        _ => in_part(known, element),
    };
    Restore {
        element,
        is_derated: known.scenario.down.binary_search(&element).is_err(),
        by,
        is_overdue: by.zip(horizon).is_some_and(|(by, h)| by < h.start),
        harms_from: impact.zip(horizon).map(|(hour, h)| h.at(hour as usize)),
        repair_hours: dated.and_then(|o| o.repair_hours),
        services,
        repaired: repaired(known, element),
    }
}

/// The services in whose status at some load case an outage or a derating has a part.
fn in_part(known: Known<'_>, element: NodeId) -> Vec<NodeId> {
    let found = known.found;
    let cases = |parts| found.states.iter().zip(parts);
    let cases = cases(&found.parts).chain(cases(&found.derated_parts));
    let known = cases.filter_map(|(state, parts)| Some((state, parts.as_ref()?)));
    let all = known.flat_map(|(state, parts)| state.services.iter().zip(parts));
    let mine = all.filter(|(_, parts)| parts.contains(&element));
    let mut services: Vec<NodeId> = mine.map(|(s, _)| s.service).collect();
    services.sort_unstable();
    services.dedup();
    services
}

fn repaired(known: Known<'_>, element: NodeId) -> Option<Repaired> {
    let repairs = known.found.fixes.iter().flat_map(|f| &f.repairs);
    // In the ranking, the last repair is the one that the rank speaks of.
    let mut mine = repairs.filter(|f| f.changes.last() == Some(&Change::Restore(element)));
    let fix = mine.next()?;
    Some(Repaired {
        rank: fix.rank?,
        removes: fix.removes,
        of: fix.of,
        remaining: fix.remaining,
        holds: fix.holds,
    })
}
