//! Where instances run in one state, and why those that run nowhere do not.

use super::study::Study;
use super::{Lack, Moved};
use crate::engine::{Base, Ix};
use crate::model::{NodeId, Placement};

/// An amount may exceed what is left by this part of a capacity.
const TOLERANCE: f64 = 1e-9;

/// Where every instance runs in the state of one load case, in the order of the system; `None` for those
/// that have failed or found no room.
pub(super) fn runs<const L: usize>(study: &Study<'_>, state: &Base<'_, L>) -> Vec<Option<NodeId>> {
    let all = &study.system().placements().instances;
    let mut runs = vec![None; all.len()];
    for (v, _, at) in state.placed_on() {
        let instance = study.compiled().node(v);
        if let Ok(place) = all.binary_search_by_key(&instance, |p| p.instance) {
            runs[place] = at.map(|host| study.compiled().node(host));
        }
    }
    runs
}

/// Instances that run elsewhere than at home in the state of one load case, by id.
pub(super) fn moved<const L: usize>(study: &Study<'_>, state: &Base<'_, L>) -> Vec<Moved> {
    let node = |v| study.compiled().node(v);
    let moved = state.placed_on().filter_map(|(v, home, at)| {
        let at = at.filter(|_| at != home)?;
        Some(Moved {
            instance: node(v),
            from: home.map(node),
            to: node(at),
        })
    });
    let mut moved: Vec<Moved> = moved.collect();
    moved.sort_unstable_by_key(|m| m.instance);
    moved
}

/// Instances that have not failed and run nowhere in the state of one load case, by id, each with the
/// host that it lost and why it found none.
pub(super) fn unplaced<const L: usize>(
    study: &Study<'_>,
    state: &Base<'_, L>,
) -> Vec<(NodeId, Option<NodeId>, Lack)> {
    let all = study.system().placements();
    let out = state.placed_on().filter(|(_, _, at)| at.is_none());
    let mut out: Vec<(NodeId, Option<NodeId>, Lack)> = out
        .filter_map(|(v, home, _)| {
            let instance = study.compiled().node(v);
            let lack = lack(study, state, all.of(instance)?);
            Some((instance, home.map(|h| study.compiled().node(h)), lack))
        })
        .collect();
    out.sort_unstable_by_key(|o| o.0);
    out
}

/// Why an instance finds no host in a state.
fn lack<const L: usize>(study: &Study<'_>, state: &Base<'_, L>, placement: &Placement) -> Lack {
    if !study.scenario().placement.restart {
        return Lack::NoRestart;
    }
    let hosts = placement.hosts.iter().map(|&h| study.compiled().ix(h));
    let working: Vec<Ix> = hosts.filter(|&h| state.works(h)).collect();
    if working.is_empty() {
        return Lack::NoHost;
    }
    let asked = || {
        let amounts = placement.amounts.iter().enumerate();
        amounts.filter_map(|(r, amount)| Some((r, (*amount)?)))
    };
    let fits = |host: Ix, r: usize, amount: f64| {
        let (free, capacity) = state.free_on(host, r);
        amount <= free + capacity * TOLERANCE
    };
    for (resource, needs) in asked() {
        if !working.iter().any(|&h| fits(h, resource, needs)) {
            let free = working.iter().map(|&h| state.free_on(h, resource).0);
            let most = free.fold(0.0, f64::max);
            return Lack::Room {
                resource,
                needs,
                most,
            };
        }
    }
    let fits_all = |h: &Ix| asked().all(|(r, amount)| fits(*h, r, amount));
    if working.iter().any(fits_all) {
        Lack::Apart
    } else {
        Lack::Together
    }
}
