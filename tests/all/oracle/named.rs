//! Named contingencies by definition: the known outages and its own, factors multiplied, demands replaced.

use super::Oracle;
use brownout::analysis::NamedOutcome;
use brownout::model::{CaseId, NamedContingency, Scenario};

impl Oracle<'_> {
    /// Every named contingency at every load case.
    pub fn named(&self) -> Vec<NamedOutcome> {
        let mut all = Vec::new();
        for (contingency, named) in self.scenario.contingencies.iter().enumerate() {
            let there = in_place(self.scenario, named);
            let oracle = Oracle::new(self.system, &there);
            for case in 0..self.scenario.cases.len() {
                let case = CaseId(u32::try_from(case).expect("few"));
                all.push(NamedOutcome {
                    contingency,
                    case,
                    services: oracle.state(&[], case).services,
                });
            }
        }
        all
    }
}

/// The scenario in which the contingency is known.
pub fn in_place(scenario: &Scenario, named: &NamedContingency) -> Scenario {
    let mut there = scenario.clone();
    for v in &named.down {
        if !there.down.contains(v) {
            there.down.push(*v);
        }
        there.sweep.elements.retain(|e| e != v);
    }
    // The oracle takes one factor after the other: they multiply.
    there.derate.extend(&named.derate);
    for case in &mut there.cases {
        for (service, demand) in &named.demand {
            case.demand[*service] = *demand;
        }
    }
    there
}
