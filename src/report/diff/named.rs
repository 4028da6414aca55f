//! Named contingencies of two results against each other. In: two sweeps. Out: services that come off otherwise
//! in a contingency that both name, and the names that only one has.

use super::super::document::diff::{Change, Harm};
use super::super::document::{NamedState, Sweep};
use super::states::direction;
use std::collections::BTreeMap;

/// A contingency, a load case and a service.
type Place = (String, String, String);

fn harms(sweep: &Sweep) -> BTreeMap<Place, Harm> {
    let of = |state: &NamedState| -> Vec<(Place, Harm)> {
        let services = state.services.iter().map(|s| {
            let place = (state.name.clone(), state.load_case.clone(), s.id.clone());
            let harm = Harm {
                status: s.status,
                delivered: Some(s.delivered),
            };
            (place, harm)
        });
        services.collect()
    };
    sweep.named.iter().flat_map(of).collect()
}

/// Every service of which the outcome of a contingency of the same name is another at the same load case.
pub fn changes(old: &Sweep, new: &Sweep) -> Vec<Change> {
    let (old, new) = (harms(old), harms(new));
    let both = old.iter().filter_map(|(place, was)| {
        let is = new.get(place)?;
        let (name, load_case, service) = place.clone();
        Some(Change {
            direction: direction(*was, *is)?,
            service,
            load_case,
            elements: Vec::new(),
            contingency: Some(name),
            old: Some(*was),
            new: Some(*is),
        })
    });
    both.collect()
}

/// Names of contingencies that only one side has, sorted.
pub fn lone(old: &Sweep, new: &Sweep) -> Vec<String> {
    let names = |sweep: &Sweep| -> std::collections::BTreeSet<String> {
        sweep.named.iter().map(|n| n.name.clone()).collect()
    };
    let (old, new) = (names(old), names(new));
    old.symmetric_difference(&new).cloned().collect()
}
