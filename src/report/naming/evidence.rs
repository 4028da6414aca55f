//! Scope and waivers, with names on.

use super::Naming;
use crate::analysis::Judgement;
use crate::model::{NodeId, Waiver};
use crate::report::document::decisions::PeakTime;
use crate::report::document::evidence::{Scope, WaiverRecord};
use crate::report::number::waiver_end;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Ids of what may not fail that are listed.
const LISTED: usize = 200;

impl Naming<'_> {
    /// What may fail and what may not, with the selectors as written.
    #[must_use]
    pub fn scope(self, elements: Option<Vec<String>>, exclude: Vec<String>) -> Scope {
        let (system, scenario) = (self.system, self.scenario);
        let included = &scenario.sweep.elements;
        let all = system.elements();
        let is_out = |v: &&NodeId| {
            included.binary_search(v).is_err() && scenario.down.binary_search(v).is_err()
        };
        let excluded: Vec<NodeId> = all.iter().filter(is_out).copied().collect();
        Scope {
            elements,
            exclude,
            order: scenario.sweep.order,
            included: included.len() as u64,
            of: all.len() as u64,
            included_kinds: self.kinds(included),
            excluded_kinds: self.kinds(&excluded),
            excluded_more: excluded.len().saturating_sub(LISTED) as u64,
            excluded: self.ids(&excluded[..excluded.len().min(LISTED)]),
            down: self.ids(&scenario.down),
            derate: self.derate(),
            load_cases: scenario.cases.iter().map(|c| c.name.clone()).collect(),
            peak: scenario.peak().map(|c| self.case(c)),
        }
    }

    fn kinds(self, nodes: &[NodeId]) -> BTreeMap<String, u64> {
        let mut kinds = BTreeMap::new();
        for &v in nodes {
            *kinds
                .entry(self.system.node(v).kind.to_string())
                .or_insert(0) += 1;
        }
        kinds
    }

    /// Every waiver, in the order of the scenario.
    #[must_use]
    pub fn waivers(self, judgement: &Judgement, as_of: Date) -> Vec<WaiverRecord> {
        let waivers = self.scenario.waivers.iter().enumerate();
        waivers
            .map(|(at, w)| WaiverRecord {
                days_left: Some(w.days_left(as_of)),
                ..self.waiver(at, w, judgement)
            })
            .collect()
    }

    /// A sentence for every waiver that has expired by a day, soon will, or will have before the peak, if that is
    /// known.
    #[must_use]
    pub fn waivers_near_their_end(self, as_of: Date, peak: Option<&PeakTime>) -> Vec<String> {
        let tell = |w: &Waiver| {
            let policy = &self.scenario.policies[w.policy].name;
            let peak = peak.and_then(|peak| peak.after(w.last_day));
            waiver_end([policy, &w.owner, &w.expires], w.days_left(as_of), peak)
        };
        self.scenario.waivers.iter().filter_map(tell).collect()
    }

    fn waiver(self, at: usize, waiver: &Waiver, judgement: &Judgement) -> WaiverRecord {
        let judged = judgement.policies.get(waiver.policy);
        let lapsed = judged.and_then(|p| p.lapsed.iter().find(|(w, _)| *w == at));
        let covered = judged.map_or(0, |p| p.waived.iter().filter(|(_, w)| *w == at).count());
        WaiverRecord {
            policy: self.scenario.policies[waiver.policy].name.clone(),
            services: self.ids(&waiver.services),
            elements: waiver.elements.as_deref().map(|e| self.ids(e)),
            contingency: waiver
                .contingency
                .map(|at| self.scenario.contingencies[at].name.clone()),
            owner: waiver.owner.clone(),
            reason: waiver.reason.clone(),
            expires: waiver.expires.clone(),
            days_left: None,
            lapsed: lapsed.map(|(_, why)| why.clone()),
            covers: covered as u64,
        }
    }
}
