//! A simulation with names on.

use super::finite;
use crate::analysis::Estimating;
use crate::analysis::montecarlo::{self as mc, Interval, SimulateOutcome, YEAR};
use crate::model::{CaseId, NodeId, Scenario, System};
use crate::report::document::simulate::{
    ConvergencePoint, Estimate, ExactDown, HarmHours, Importance, OverHorizon, Precision,
    Probability, Range, SeenContingency, Sequential, ServiceChance, ServiceHistory, ServiceHours,
    Simulate, Spread, WindowChance,
};
use crate::report::number::quantity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The names that a simulation needs: what a part of a run carries to where it is merged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SimulateNames {
    /// Ids of services and of what can fail by chance, by number.
    nodes: BTreeMap<u32, String>,
    /// Units of services, by number.
    units: BTreeMap<u32, String>,
    /// Names of the load cases.
    cases: Vec<String>,
    /// Names of the common-cause groups.
    groups: Vec<String>,
    /// Known outages.
    down: Vec<String>,
    /// `demand[case][service]`, with the services by number.
    demand: Vec<BTreeMap<u32, f64>>,
}

impl SimulateNames {
    /// Of a system and scenario.
    #[must_use]
    pub fn new(system: &System, scenario: &Scenario) -> Self {
        let named = system
            .iter()
            .filter(|(_, n)| n.as_service().is_some() || n.reliability.is_some());
        let services = system.services();
        let units = services.iter().filter_map(|&s| {
            let unit = system.node(s).unit.as_ref()?;
            Some((s.0, unit.to_string()))
        });
        let demand = |c: &crate::model::LoadCase| {
            let pairs = services.iter().zip(&c.demand);
            pairs.map(|(s, d)| (s.0, *d)).collect()
        };
        let down = scenario.down.iter();
        Self {
            nodes: named.map(|(v, n)| (v.0, n.id.to_string())).collect(),
            units: units.collect(),
            cases: scenario.cases.iter().map(|c| c.name.clone()).collect(),
            groups: system.common_cause().iter().map(|g| g.0.clone()).collect(),
            down: down.map(|&v| system.id(v).to_owned()).collect(),
            demand: scenario.cases.iter().map(demand).collect(),
        }
    }

    fn id(&self, node: NodeId) -> String {
        self.nodes.get(&node.0).cloned().unwrap_or_default()
    }

    fn ids(&self, nodes: &[NodeId]) -> Vec<String> {
        nodes.iter().map(|&v| self.id(v)).collect()
    }

    fn case(&self, case: CaseId) -> String {
        self.cases.get(case.index()).cloned().unwrap_or_default()
    }

    /// The least certain estimate of a simulation that is under way, in a few words.
    #[must_use]
    pub fn estimating(&self, now: &Estimating) -> String {
        let half = (now.high - now.low) / 2.0;
        format!(
            "{} at {}: {} ± {}",
            self.id(now.service),
            self.case(now.case),
            quantity(now.estimate),
            quantity(half)
        )
    }

    /// A snapshot simulation.
    #[must_use]
    pub fn simulate(&self, outcome: &SimulateOutcome) -> Simulate {
        Simulate {
            trials: outcome.trials,
            trials_done: outcome.done,
            seed: outcome.seed,
            down: self.down.clone(),
            exact_order: outcome.exact_order,
            drawn: outcome.drawn,
            complete: outcome.complete,
            reason: outcome.reason.clone(),
            precision: outcome.precision.as_ref().map(|p| Precision {
                asked: p.asked,
                reached: p.reached,
                widest: finite(p.widest),
            }),
            services: outcome.services.iter().map(|s| self.service(s)).collect(),
            over_horizon: None,
            sequential: None,
        }
    }

    fn service(&self, s: &mc::ServiceChance) -> ServiceChance {
        let reason = s.at_risk.as_ref().err().or(s.ok.as_ref().err()).cloned();
        let demand = self.demand.get(s.case.index());
        let hours = |h: f64| {
            let at = |x: f64| Some(x * h);
            Range {
                estimate: at(s.harm.estimate),
                low: at(s.harm.low),
                high: at(s.harm.high),
            }
        };
        ServiceChance {
            id: self.id(s.service),
            load_case: self.case(s.case),
            demand: demand
                .and_then(|d| d.get(&s.service.0))
                .copied()
                .unwrap_or(0.0),
            unit: self.units.get(&s.service.0).cloned(),
            probability: Probability {
                down: estimate(&s.down),
                degraded: estimate(&s.degraded),
                at_risk: s.at_risk.as_ref().ok().map(estimate),
                ok: s.ok.as_ref().ok().map(estimate),
                degraded_or_down: estimate(&s.harm),
                reason,
            },
            unserved: estimate(&s.unserved),
            harm_hours: HarmHours {
                per_quarter: hours(YEAR / 4.0),
                per_year: hours(YEAR),
            },
            importance: s.importance.iter().map(|i| self.importance(i)).collect(),
            exact_down: self.exact_down(s),
            contingencies: s
                .contingencies
                .iter()
                .map(|c| SeenContingency {
                    elements: self.ids(&c.elements),
                    probability: c.probability,
                    status: c.status,
                })
                .collect(),
            convergence: s
                .convergence
                .iter()
                .map(|p| ConvergencePoint {
                    trials: p.trials,
                    estimate: p.harm.value,
                    low: p.harm.low,
                    high: p.harm.high,
                })
                .collect(),
        }
    }

    fn exact_down(&self, s: &mc::ServiceChance) -> ExactDown {
        let of = |down: &mc::ExactDown| {
            let all = down.importance.iter();
            all.map(|i| self.importance(i)).collect()
        };
        ExactDown {
            known: s.exact_down.is_ok(),
            reason: s.exact_down.as_ref().err().cloned(),
            nodes: s.exact_down.as_ref().ok().map(|d| d.nodes as u64),
            importance: s.exact_down.as_ref().map(of).unwrap_or_default(),
        }
    }

    /// What is expected over a horizon.
    #[must_use]
    pub fn over_horizon(&self, outcome: &mc::HourlyOutcome) -> OverHorizon {
        let complete = outcome.done == outcome.trials || outcome.drawn <= 0.0;
        let service = |s: &mc::ServiceHours| ServiceHours {
            id: self.id(s.service),
            hours_down: estimate(&s.down),
            hours_degraded: estimate(&s.degraded),
            hours_harmed: estimate(&s.harmed),
            unserved: estimate(&s.unserved),
        };
        OverHorizon {
            hours: outcome.hours,
            trials: outcome.trials,
            trials_done: outcome.done,
            exact_order: outcome.exact_order,
            drawn: outcome.drawn,
            complete,
            reason: (!complete).then(|| "interrupted before all trials were done".to_owned()),
            services: outcome.services.iter().map(service).collect(),
        }
    }

    /// Histories.
    #[must_use]
    pub fn sequential(&self, outcome: &mc::SequentialOutcome) -> Sequential {
        let complete = outcome.done == outcome.trials;
        Sequential {
            hours: outcome.hours,
            trials: outcome.trials,
            trials_done: outcome.done,
            at_risk_judged: outcome.judged,
            complete,
            reason: (!complete).then(|| "interrupted before all histories were played".to_owned()),
            services: outcome.services.iter().map(|s| self.history(s)).collect(),
        }
    }

    fn history(&self, s: &mc::ServiceHistory) -> ServiceHistory {
        ServiceHistory {
            id: self.id(s.service),
            hours_down: spread(&s.down),
            hours_degraded: spread(&s.degraded),
            hours_harmed: spread(&s.harmed),
            hours_at_risk: s.fine.as_ref().ok().map(|(risk, _)| spread(risk)),
            hours_ok: s.fine.as_ref().ok().map(|(_, ok)| spread(ok)),
            reason: s.fine.as_ref().err().cloned(),
            episodes: spread(&s.episodes),
            frequency: estimate(&s.frequency),
            duration: s.duration.as_ref().map(|d| Range {
                estimate: finite(d.estimate),
                low: finite(d.low),
                high: finite(d.high),
            }),
            unserved: spread(&s.unserved),
            windows: s
                .windows
                .iter()
                .map(|(name, e)| WindowChance {
                    name: name.clone(),
                    probability: estimate(e),
                })
                .collect(),
        }
    }

    fn importance(&self, i: &mc::Importance) -> Importance {
        Importance {
            elements: self.ids(&i.members),
            common_cause: i.group.and_then(|g| self.groups.get(g).cloned()),
            unavailability: i.q,
            contribution: range(i.contribution),
            birnbaum: range(i.birnbaum),
            fussell_vesely: range(i.fussell_vesely),
            raw: range(i.raw),
            rrw: range(i.rrw),
        }
    }
}

fn spread(s: &mc::SpreadOf) -> Spread {
    Spread {
        mean: estimate(&s.mean),
        p50: s.p50,
        p95: s.p95,
        p99: s.p99,
    }
}

fn estimate(e: &mc::Estimate) -> Estimate {
    Estimate {
        estimate: e.estimate,
        low: e.low,
        high: e.high,
        method: e.method.clone(),
    }
}

fn range(i: Interval) -> Range {
    Range {
        estimate: finite(i.value),
        low: finite(i.low),
        high: finite(i.high),
    }
}
