//! Links and network demand over a sweep, with names on.

use super::{Naming, finite};
use crate::analysis::{self, LinksOutcome};
use crate::report::document::{LinkUse, LinkWorst, NetworkCase, NetworkSweep, NetworkWorst};
use crate::report::number::count;

impl Naming<'_> {
    /// What a sweep does to networks.
    #[must_use]
    pub fn network(self, outcome: &LinksOutcome) -> NetworkSweep {
        let counts = (1u32..).zip(outcome.evaluated.iter().copied());
        NetworkSweep {
            evaluated: counts.map(|(k, n)| (k.to_string(), n)).collect(),
            reason: reason(outcome),
            cases: outcome.cases.iter().map(|c| self.network_case(c)).collect(),
        }
    }

    fn network_case(self, case: &analysis::LinksCase) -> NetworkCase {
        NetworkCase {
            load_case: self.case(case.case),
            demand: case.demand,
            disconnected: case.base.disconnected,
            congested: case.base.congested,
            links: case.links.iter().map(|link| self.link(link)).collect(),
            worst: case.worst.iter().map(|w| self.network_worst(w)).collect(),
        }
    }

    fn link(self, link: &analysis::LinkUse) -> LinkUse {
        let used = |load: f64| finite(link.capacity).filter(|&c| c > 0.0).map(|c| load / c);
        LinkUse {
            id: self.id(link.link),
            capacity: finite(link.capacity),
            load: link.base[0],
            load_back: link.base[1],
            utilization: used(link.base[0].max(link.base[1])),
            worst: link.worst.as_ref().map(|(elements, load)| LinkWorst {
                elements: self.ids(elements),
                load: *load,
                utilization: used(*load),
            }),
        }
    }

    fn network_worst(self, worst: &analysis::WorstForNetwork) -> NetworkWorst {
        NetworkWorst {
            elements: self.ids(&worst.elements),
            disconnected: worst.lost.disconnected,
            congested: worst.lost.congested,
            busiest: worst.busiest.map(|(link, _)| self.id(link)),
            utilization: worst.busiest.and_then(|(_, used)| finite(used)),
        }
    }
}

fn reason(outcome: &LinksOutcome) -> Option<String> {
    let short =
        (0..outcome.possible.len()).find(|&k| outcome.evaluated[k] < outcome.possible[k])?;
    let pairs = outcome.possible.get(1).copied().unwrap_or(0);
    Some(match short {
        1 if pairs > analysis::MOST_PAIRS => format!(
            "links are followed through pairs only where there are at most {}; here are {}",
            count(analysis::MOST_PAIRS),
            count(pairs)
        ),
        0 | 1 => "the sweep ended early".to_owned(),
        _ => "links are followed up to order 2".to_owned(),
    })
}
