//! Named contingencies with names on.

use super::Naming;
use super::resolve::Resolve;
use crate::analysis::{NamedOutcome, SweepOutcome, finite};
use crate::model::{CaseId, Scenario, ServiceOutcome, Shed};
use crate::report::document::{NamedService, NamedState, NamedSummary, ServiceState};

impl Naming<'_> {
    /// Every named contingency at every load case.
    #[must_use]
    pub fn named(self, sweep: &SweepOutcome) -> Vec<NamedState> {
        sweep.named.iter().map(|n| self.named_state(n)).collect()
    }

    fn named_state(self, outcome: &NamedOutcome) -> NamedState {
        let contingency = &self.scenario.contingencies[outcome.contingency];
        let derate = contingency.derate.iter();
        let services = outcome.services.iter().enumerate();
        NamedState {
            name: contingency.name.clone(),
            load_case: self.case(outcome.case),
            down: self.ids(&contingency.down),
            derate: derate.map(|&(n, f)| (self.id(n), f)).collect(),
            services: services
                .map(|(at, s)| {
                    let shed = self.scenario.shed(contingency, outcome.case, at);
                    self.named_service(s, shed)
                })
                .collect(),
        }
    }

    fn named_service(self, s: &ServiceOutcome, shed: Option<Shed>) -> NamedService {
        let first = s.findings.first();
        NamedService {
            id: self.id(s.service),
            status: s.status,
            cause: first.map(|f| f.cause),
            witness: first.map(|f| f.witness.named(&self)),
            demand: s.demand,
            delivered: s.delivered,
            headroom: s.headroom.and_then(finite),
            limit: s.limit.map(|n| self.id(n)),
            shed,
        }
    }

    /// Says of services which demands are lowered by the contingency of `before` that is in place, and
    /// gives its name.
    pub fn tell_shed(
        self,
        services: &mut [ServiceState],
        (at, before): (usize, &Scenario),
        case: CaseId,
    ) -> String {
        for s in services {
            let found = self.system.find(&s.id);
            let number = found.and_then(|v| self.system.services().binary_search(&v).ok());
            let asked = number.map(|n| before.cases[case.index()].demand[n]);
            let lowered = asked.filter(|&from| s.demand < from);
            s.shed = lowered.map(|from| Shed { from, to: s.demand });
        }
        before.contingencies[at].name.clone()
    }

    /// What the named contingencies of the scenario are made of.
    #[must_use]
    pub fn contingencies(self) -> Vec<NamedSummary> {
        let all = self.scenario.contingencies.iter();
        all.map(|c| NamedSummary {
            name: c.name.clone(),
            down: c.down.len() as u64,
            derated: c.derate.len() as u64,
            demands: c.demand.len() as u64,
        })
        .collect()
    }
}
