//! A bound from breaches that have nothing in common. In: the estate as it is, assessed. Out: what every plan
//! costs at least; or a breach that no plan takes away. Promises: each cut that counts is one of which every plan
//! takes an alternative, and no two of them share any, so that what they cost adds up.

use super::breaches::{alike, breached};
use super::cone::{Cone, Cut};
use super::found::Found;
use super::growth::Row;
use super::objective::Objective;
use super::price::Prices;
use super::region::{Item, price};
use super::search::Search;
use super::state::{Breached, CaseBases, Proposal, State};
use super::verify::Assessed;
use crate::analysis::fix::{Change, outages};
use crate::analysis::policy::PolicyBreach;
use crate::model::{Need, NodeId};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Breaches that are looked into.
const MOST_BREACHES: usize = 20_000;
/// Cuts of one breach.
const MOST_CUTS: usize = 64;
/// Nodes of an estate with everything that is for sale.
const MOST_NODES: usize = 200_000;
/// Nodes that carry too much of which it is asked what helps.
const MOST_HELPED: usize = 600;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    /// No plan costs less, by what counts first.
    pub least: f64,
    /// The breach that no plan takes away.
    pub refused: Option<(usize, PolicyBreach)>,
}

/// Cuts so far.
#[derive(Default)]
struct Packing {
    packed: Packed,
    items: BTreeSet<Item>,
    grown: BTreeSet<NodeId>,
}

impl Search<'_> {
    /// A bound from the breaches of the estate as it is.
    pub fn pack(&self, found: &Assessed) -> Packed {
        let context = self.known.context;
        if self.known.trips || !context.system.placements().is_empty() {
            return Packed::default();
        }
        let (states, breaches) = breached(found, MOST_BREACHES);
        let states = states.into_iter().flatten().filter(|b| !b.is_guess);
        let groups = alike(states.collect());
        if let Some(breach) = self.beyond_all(&groups) {
            return Packed {
                least: 0.0,
                refused: breaches.get(breach).cloned(),
            };
        }
        let proposal = Proposal::of(&self.known, &self.prices, &found.altered);
        let bases = CaseBases::of(&proposal, &groups);
        let mut helps = self.helps(&proposal, &bases, &groups);
        helps.sort_by_key(|found| found.items.len() + found.rows.len());
        let mut scratches = bases.scratches();
        let mut best = Packed::default();
        for helps_first in [true, false] {
            let mut packing = Packing::default();
            if helps_first {
                packing.helped(&helps, &self.prices);
            }
            for group in &groups {
                if self.is_stopped() {
                    return best;
                }
                proposal.asked(&mut scratches, group, |state| {
                    packing.revived(state, &breaches);
                });
            }
            if !helps_first {
                packing.helped(&helps, &self.prices);
            }
            if packing.packed.least > best.least || packing.packed.refused.is_some() {
                best = packing.packed;
            }
        }
        best
    }

    /// A breach of a service that does not work even with everything that is for sale: as often as any requirement
    /// may ask for it, so that more of it adds nothing.
    fn beyond_all(&self, groups: &[Vec<Breached>]) -> Option<usize> {
        let system = self.known.context.system;
        let needs = system.requirements().iter().map(|r| r.need);
        let most = needs.filter_map(|need| match need {
            Need::All => None,
            Need::AtLeast(k) => Some(k),
        });
        let most = most.max().unwrap_or(1).max(1);
        if system.nodes().len().saturating_mul(most as usize) > MOST_NODES {
            return None;
        }
        let mut items: BTreeSet<Item> = outages(self.known.context.scenario)
            .into_iter()
            .map(Item::Restore)
            .collect();
        for (v, _) in system.iter() {
            items.insert(Item::Add(v, Vec::new()));
            items.insert(Item::Add(v, self.known.domains(v).to_vec()));
        }
        items.extend(self.known.paths.iter().cloned().map(Item::Lay));
        items.retain(|item| price(item, &self.prices).is_some());
        let changes: Vec<Change> = items.iter().map(|item| item.change(most)).collect();
        let altered = self.known.context.alter_as_listed(&changes)?;
        let proposal = Proposal::of(&self.known, &self.prices, &altered);
        let bases = CaseBases::of(&proposal, groups);
        let lost = groups.par_iter().map_init(
            || bases.scratches(),
            |scratches, group| {
                let all = proposal.asked(scratches, group, |state| {
                    let breached = state.breached;
                    (!state.works(breached.service)).then_some(breached.breach)
                });
                all.into_iter().flatten().min()
            },
        );
        lost.flatten().min()
    }

    /// All that helps each node that carries too much, where that can be named.
    fn helps(
        &self,
        proposal: &Proposal<'_>,
        bases: &CaseBases<'_>,
        groups: &[Vec<Breached>],
    ) -> Vec<Found> {
        let groups = &groups[..groups.len().min(MOST_HELPED)];
        let each = groups.par_iter().map_init(
            || bases.scratches(),
            |scratches, group| {
                let mut seen = BTreeSet::new();
                let found = proposal.asked(scratches, group, |state| {
                    let service = state.breached.service;
                    if !state.works(service) {
                        return Vec::new();
                    }
                    let mut all = state.short(service, &mut BTreeSet::new());
                    all.retain(|short| seen.insert(short.clone()));
                    all.iter().map(|short| state.help(short)).collect()
                });
                found.into_iter().flatten().filter(|f| f.complete).collect()
            },
        );
        let each: Vec<Vec<Found>> = each.collect();
        each.into_iter().flatten().collect()
    }
}

impl Packing {
    /// Adds cuts of a service that does not work, until it works with all that is in them.
    fn revived(&mut self, state: &State<'_>, breaches: &[(usize, PolicyBreach)]) {
        let service = state.breached.service;
        if state.works(service) || self.packed.refused.is_some() {
            return;
        }
        let mut cone = Cone::of(state, service);
        for _ in 0..MOST_CUTS {
            if cone.works_with(&self.items) {
                return;
            }
            let Some(cut) = cone.cut(&self.items) else {
                return;
            };
            let least = state.least_of(&cut);
            if least.is_infinite() {
                self.packed.refused = breaches.get(state.breached.breach).cloned();
                return;
            }
            self.packed.least += least;
            self.items.extend(cut);
        }
    }

    /// Adds what helps where that shares nothing with what is there.
    fn helped(&mut self, helps: &[Found], prices: &Prices<'_>) {
        for found in helps {
            let grown: BTreeSet<NodeId> =
                found.rows.iter().flat_map(|r| &r.terms).copied().collect();
            let is_apart = found.shrinks.is_empty()
                && found.items.is_disjoint(&self.items)
                && grown.is_disjoint(&self.grown);
            let least = least_of(&found.items, &found.rows, prices);
            if is_apart && least > 0.0 && least.is_finite() {
                self.packed.least += least;
                self.items.extend(found.items.iter().cloned());
                self.grown.extend(grown);
            }
        }
    }
}

/// The least that any of some alternatives costs.
fn least_of(items: &Cut, rows: &[Row], prices: &Prices<'_>) -> f64 {
    let items = items.iter().filter_map(|item| price(item, prices));
    let rows = rows.iter().map(|row| {
        let units = row.terms.iter().filter_map(|&v| prices.growth(v));
        match prices.objective {
            Objective::Changes => units.map(|u| u[0].0[0]).fold(f64::INFINITY, f64::min),
            Objective::Cost => {
                let unit = units.map(|u| u[1].0[0]).fold(f64::INFINITY, f64::min);
                unit * row.least.max(0.0)
            }
        }
    });
    items
        .map(|w| w.0[0])
        .chain(rows)
        .fold(f64::INFINITY, f64::min)
}
