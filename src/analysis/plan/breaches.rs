//! Which breaches of a proposal are looked into. In: an assessed proposal. Out: states, each with the breach that it
//! comes from. Promises: what few failures do comes first; of a probability that is too high the likeliest
//! contingencies stand for it, and are marked as a guess.

use super::state::Breached;
use super::verify::Assessed;
use crate::analysis::fix::Runs;
use crate::analysis::policy::PolicyBreach;
use crate::model::NodeId;
use std::collections::BTreeMap;

/// Likely contingencies that are looked into for a probability that is too high.
const MOST_LIKELY: usize = 4;

/// The states of a proposal that are looked into, of at most so many breaches, and the breaches that they come from. `None` stands for a
/// breach that nothing cures.
pub(super) fn breached(
    found: &Assessed,
    most: usize,
) -> (Vec<Option<Breached>>, Vec<(usize, PolicyBreach)>) {
    let policies = found.judgement.policies.iter().enumerate();
    let mut all: Vec<(usize, &PolicyBreach)> = policies
        .flat_map(|(at, p)| p.breaches.iter().map(move |b| (at, b)))
        .collect();
    all.sort_by_key(|(at, b)| (b.elements.len(), *at));
    all.truncate(most);
    let mut out: Vec<Option<Breached>> = Vec::new();
    let is_shed = |b: &PolicyBreach| b.shed.is_some() && !b.status.is_harm();
    let policies_of = &found.altered.scenario.policies;
    for (at, (policy, b)) in all.iter().enumerate() {
        if is_shed(b) {
            // In the place of the breach, so that its position says which it is.
            out = vec![None];
            all.swap(0, at);
            break;
        }
        if b.probability.is_some() {
            out.extend(likely(found, b, at).into_iter().map(Some));
        } else {
            let named = b.contingency.is_some();
            out.push(Some(Breached {
                service: b.service,
                case: b.case,
                elements: if named {
                    Vec::new()
                } else {
                    b.elements.clone()
                },
                named: b.contingency,
                runs: Runs::asked(&policies_of[*policy], b),
                is_guess: false,
                breach: at,
            }));
        }
    }
    let all = all.into_iter().map(|(at, b)| (at, b.clone()));
    (out, all.collect())
}

/// States that are alike but for the service, in the order in which they come.
pub(super) fn alike(all: Vec<Breached>) -> Vec<Vec<Breached>> {
    let mut at = BTreeMap::new();
    let mut groups: Vec<Vec<Breached>> = Vec::new();
    for b in all {
        let key = (b.elements.clone(), b.named, b.case);
        let group = *at.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(b);
    }
    groups
}

/// Contingencies that have most to do with a probability.
fn likely(found: &Assessed, breach: &PolicyBreach, at: usize) -> Vec<Breached> {
    let system = &found.altered.system;
    let out = |v: &NodeId| {
        let reliability = system.node(*v).reliability;
        reliability.map_or(0.0, crate::model::Reliability::unavailability)
    };
    let mut sets: Vec<(f64, Vec<NodeId>)> = Vec::new();
    let swept = found.sweep.services.iter();
    for s in swept.filter(|s| (s.service, s.case) == (breach.service, breach.case)) {
        if s.base.status >= breach.status {
            sets.push((1.0, Vec::new()));
        }
        let minimal = s.minimal.iter().filter(|m| m.status >= breach.status);
        sets.extend(minimal.map(|m| {
            let likely: f64 = m.elements.iter().map(out).product();
            (likely, m.elements.to_vec())
        }));
    }
    sets.retain(|(likely, _)| *likely > 0.0);
    sets.sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.cmp(&y.1)));
    let sets = sets.into_iter().take(MOST_LIKELY);
    sets.map(|(_, elements)| Breached {
        service: breach.service,
        case: breach.case,
        elements,
        named: None,
        runs: None,
        is_guess: true,
        breach: at,
    })
    .collect()
}
