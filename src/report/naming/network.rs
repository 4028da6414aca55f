//! Links and network demand over a sweep, with names on.

use super::{Naming, finite};
use crate::analysis::{self, Busy, LinksOutcome};
use crate::report::document::{
    LinkUse, LinkWorst, NetworkCase, NetworkDemand, NetworkLoss, NetworkSweep, NetworkWorst,
};
use crate::report::number::count;

impl Naming<'_> {
    /// What a sweep does to networks.
    #[must_use]
    pub fn network(self, outcome: &LinksOutcome) -> NetworkSweep {
        let counts = (1u32..).zip(outcome.evaluated.iter().copied());
        NetworkSweep {
            evaluated: counts.map(|(k, n)| (k.to_string(), n)).collect(),
            reason: reason(outcome),
            cases: outcome
                .cases
                .iter()
                .map(|c| self.network_case(c, &outcome.units))
                .collect(),
        }
    }

    fn network_case(self, case: &analysis::LinksCase, units: &[Option<Box<str>>]) -> NetworkCase {
        let demand = units.iter().zip(&case.demand).zip(&case.base);
        NetworkCase {
            load_case: self.case(case.case),
            demand: demand
                .map(|((unit, &demand), lost)| NetworkDemand {
                    unit: unit.as_deref().map(str::to_owned),
                    demand,
                    disconnected: lost.disconnected,
                    congested: lost.congested,
                })
                .collect(),
            links: case.links.iter().map(|link| self.link(link)).collect(),
            worst: case
                .worst
                .iter()
                .map(|w| self.network_worst(w, units))
                .collect(),
        }
    }

    fn link(self, link: &analysis::LinkUse) -> LinkUse {
        LinkUse {
            id: self.id(link.link),
            capacity: finite(link.capacity[0]),
            capacity_back: finite(link.capacity[1]),
            load: finite(link.base[0]),
            load_back: finite(link.base[1]),
            infinite: link.base.contains(&f64::INFINITY),
            utilization: Busy::busier(link.base, link.capacity).utilization(),
            worst: link.worst.as_ref().map(|(elements, busy)| LinkWorst {
                elements: self.ids(elements),
                load: finite(busy.load),
                infinite: busy.load == f64::INFINITY,
                utilization: busy.utilization(),
            }),
        }
    }

    fn network_worst(
        self,
        worst: &analysis::WorstForNetwork,
        units: &[Option<Box<str>>],
    ) -> NetworkWorst {
        let lost = units.iter().zip(&worst.lost);
        NetworkWorst {
            elements: self.ids(&worst.elements),
            lost: lost
                .map(|(unit, lost)| NetworkLoss {
                    unit: unit.as_deref().map(str::to_owned),
                    disconnected: lost.disconnected,
                    congested: lost.congested,
                })
                .collect(),
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
