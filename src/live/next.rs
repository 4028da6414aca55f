//! What would hurt most next. In: a request and an order. Out: the contingencies of that order, on top of the
//! state, that harm a service while no part of them does as much harm; those that hurt most first. They
//! are the minimal sets of a sweep at the load case of the request.

use super::Live;
use super::ask::Request;
use crate::analysis::{NoWatch, combinations};
use crate::model::{NodeId, Status};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Rows that are given.
pub const MOST_ROWS: usize = 50;

/// The most pairs of elements, times the nodes of the estate, for which pairs are swept: by then a page
/// takes about a second.
pub const MOST_PAIRS: u64 = 8_000_000;

/// Contingencies of one order, those that hurt most first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Next {
    /// How many elements fail at a time.
    pub order: u32,
    /// How many elements may still fail.
    pub elements: u64,
    /// How many contingencies of this order there are.
    pub contingencies: u64,
    /// How many of them harm a service while no part of them does as much.
    pub harmful: u64,
    /// The first of them: by services that become down, then degraded, then by what is lost of demands.
    pub rows: Vec<NextRow>,
}

/// One contingency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NextRow {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// How many services it leaves down.
    pub down: u64,
    /// How many it leaves degraded.
    pub degraded: u64,
    /// These services, by id.
    pub services: Vec<NextService>,
}

/// What a contingency does to one service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NextService {
    /// Id of the service.
    pub id: String,
    /// Degraded or down.
    pub status: Status,
    /// Fraction delivered.
    pub delivered: f64,
}

/// What a contingency does to a service: its status, and what it still gets.
type Harm = (NodeId, Status, f64);

impl Live {
    /// The contingencies of an order that would hurt most next.
    pub fn next(&self, request: &Request, order: u32) -> Result<Next, String> {
        let asked = self.asked(request)?;
        let elements = asked.scenario.sweep.elements.len() as u64;
        if order == 0 || order > self.most_order(elements) {
            return Err(format!(
                "contingencies of order {order} are too many here: sweep them with the program"
            ));
        }
        let study = self.study(&asked.scenario).listing(usize::MAX);
        let sweep = study.sweep_case(asked.case, order, &NoWatch);
        let mut harms: BTreeMap<Vec<NodeId>, Vec<Harm>> = BTreeMap::new();
        for service in &sweep.services {
            for set in service.minimal.iter() {
                if set.elements.len() == order as usize {
                    let harm = (service.service, set.status, set.delivered);
                    harms.entry(set.elements.to_vec()).or_default().push(harm);
                }
            }
        }
        let harmful = harms.len() as u64;
        let mut ranked: Vec<(Vec<NodeId>, Vec<Harm>)> = harms.into_iter().collect();
        // Sorting keeps the order of ids among those that hurt alike.
        ranked.sort_by(|a, b| by_hurt(&b.1, &a.1));
        let rows = ranked.into_iter().take(MOST_ROWS);
        Ok(Next {
            order,
            elements,
            contingencies: combinations(elements, order),
            harmful,
            rows: rows.map(|(set, harms)| self.row(&set, &harms)).collect(),
        })
    }

    /// The highest order that is swept when so many elements may fail.
    pub(super) fn most_order(&self, elements: u64) -> u32 {
        let nodes = self.system.nodes().len() as u64;
        let work = combinations(elements, 2).saturating_mul(nodes);
        if work <= MOST_PAIRS { 2 } else { 1 }
    }

    fn row(&self, set: &[NodeId], harms: &[Harm]) -> NextRow {
        let count = |status| harms.iter().filter(|h| h.1 == status).count() as u64;
        let id = |&v: &NodeId| self.system.id(v).to_owned();
        NextRow {
            elements: set.iter().map(id).collect(),
            down: count(Status::Down),
            degraded: count(Status::Degraded),
            services: harms
                .iter()
                .map(|(service, status, delivered)| NextService {
                    id: id(service),
                    status: *status,
                    delivered: *delivered,
                })
                .collect(),
        }
    }
}

/// By how much contingencies hurt: services down, services degraded, and the sum of what they lose.
fn by_hurt(one: &[Harm], other: &[Harm]) -> Ordering {
    let count = |of: &[Harm], status| of.iter().filter(|h| h.1 == status).count();
    let counts = |of: &[Harm]| (count(of, Status::Down), count(of, Status::Degraded));
    let lost = |of: &[Harm]| -> f64 { of.iter().map(|h| 1.0 - h.2).sum() };
    let first = counts(one).cmp(&counts(other));
    first.then(lost(one).total_cmp(&lost(other)))
}
