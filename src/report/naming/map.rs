//! The map with names on, and how its boxes stand in two states.

use super::Naming;
use crate::analysis::{StateOutcome, SweepOutcome, WorstForAll};
use crate::model::{DEGRADED_BELOW, NodeId, Status};
use crate::report::document::map::{EstateMap, MapState, Standing};
use crate::report::map::{Extent, Spot, mapped};
use std::collections::{BTreeMap, BTreeSet};

/// Load above capacity by less than this part is rounding.
const ROUNDING: f64 = 1e-9;

/// How one node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Failed,
    As(Status),
}

impl Naming<'_> {
    /// The map of the estate in its base state at a load case, and in the contingency that harms most services
    /// there. `None` where there is no component.
    #[must_use]
    pub fn map(
        self,
        base: &StateOutcome,
        sweep: &SweepOutcome,
        worst: Option<&WorstForAll>,
    ) -> Option<EstateMap> {
        let mapped = mapped(self.system, Extent::default());
        if mapped.outline.boxes.is_empty() {
            return None;
        }
        let harming = harming(base, sweep);
        let at = |v: NodeId| mapped.at[v.index()];
        let mut states = vec![self.map_state(base, &[], &at, |v| harming.contains(&v))];
        // What a further failure does there was not looked at.
        states.extend(worst.map(|w| self.map_state(&w.state, &w.elements, &at, |_| false)));
        Some(EstateMap {
            outline: mapped.outline,
            states,
        })
    }

    fn map_state(
        self,
        state: &StateOutcome,
        elements: &[NodeId],
        at: &dyn Fn(NodeId) -> Option<Spot>,
        is_harming: impl Fn(NodeId) -> bool,
    ) -> MapState {
        let mut counts: BTreeMap<Spot, Standing> = BTreeMap::new();
        let mut count = |v: NodeId, stands: Stands| {
            let Some(spot) = at(v).filter(|_| stands != Stands::As(Status::Ok)) else {
                return;
            };
            let standing = counts.entry(spot).or_default();
            let count = match stands {
                Stands::Failed => &mut standing.failed,
                Stands::As(Status::Down) => &mut standing.down,
                Stands::As(Status::Degraded) => &mut standing.degraded,
                Stands::As(_) => &mut standing.at_risk,
            };
            *count += 1;
        };
        for (v, node) in self.system.iter() {
            if node.is_component_or_link() {
                count(v, stands(state, v, is_harming(v)));
            }
        }
        for service in &state.services {
            count(service.service, Stands::As(service.status));
        }
        let mut out = MapState {
            load_case: self.case(state.case),
            elements: self.ids(elements),
            ..MapState::default()
        };
        for (spot, standing) in counts {
            let (list, at) = match spot {
                Spot::Box(at) => (&mut out.boxes, at),
                Spot::Link(at) => (&mut out.links, at),
                Spot::Service(at) => (&mut out.services, at),
            };
            list.push(Standing { at, ..standing });
        }
        out
    }
}

fn stands(state: &StateOutcome, v: NodeId, is_harming: bool) -> Stands {
    let full = state.utilization(v).is_some_and(|u| u > 1.0 + ROUNDING);
    if state.down.binary_search(&v).is_ok() || state.trip_of(v).is_some() {
        Stands::Failed
    } else if !state.works[v.index()] {
        Stands::As(Status::Down)
    } else if full || state.delivered[v.index()] < DEGRADED_BELOW {
        Stands::As(Status::Degraded)
    } else if is_harming {
        Stands::As(Status::AtRisk)
    } else {
        Stands::As(Status::Ok)
    }
}

/// Elements whose failure alone is a minimal set of some service at the load case of a state.
fn harming(base: &StateOutcome, sweep: &SweepOutcome) -> BTreeSet<NodeId> {
    let services = sweep.services.iter().filter(|s| s.case == base.case);
    let singles = services.flat_map(|s| s.minimal.iter().take_while(|m| m.elements.len() == 1));
    singles.map(|m| m.elements[0]).collect()
}
