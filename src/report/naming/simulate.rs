//! A simulation with names on.

use super::resolve::{Names, Resolve, plain, resolve};
use crate::analysis::Estimating;
use crate::analysis::montecarlo::{
    self as mc, HarmUse, HourlyOutcome, PEAK_ALL_YEAR, SeenContingency, SequentialOutcome,
    ServiceHistory, ServiceHours, SimulateOutcome, SpreadOf, Unfinished, WindowChance, YEAR,
};
use crate::model::{CaseId, NodeId, Scenario, System};
use crate::report::document::simulate::{
    self as document, Estimate, ExactDown, HarmHours, HoursBasis, Importance, Probability, Range,
    Reliability, ServiceChance, Simulate, Slo, SloUse,
};
use crate::report::number::quantity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

resolve! {
    SeenContingency => document::SeenContingency { elements, probability, status }
    HourlyOutcome => document::OverHorizon {
        hours, trials, trials_done, exact_order, drawn, complete, reason, services,
    }
    ServiceHours => document::ServiceHours {
        id, hours_down, hours_degraded, hours_harmed, hours_per_year, unserved, used_by,
    }
    HarmUse => document::HarmUse { elements, common_cause, hours_per_year }
    SequentialOutcome => document::Sequential {
        hours, trials, trials_done, at_risk_judged, complete, reason, services,
    }
    ServiceHistory => document::ServiceHistory {
        id, hours_down, hours_degraded, hours_harmed, hours_at_risk, hours_ok, reason, episodes,
        frequency, hours_per_year, per_year_reason, duration, unserved, windows,
    }
}
plain!(Estimate, Range, SpreadOf, WindowChance);

impl Resolve for Unfinished {
    type Named = String;

    fn named(self, _: &dyn Names) -> String {
        match self {
            Self::Trials => "interrupted before all trials were done",
            Self::Histories => "interrupted before all histories were played",
        }
        .to_owned()
    }
}

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
    /// Number of the first load case that is not marked `peak`: it may last all year.
    usual: Option<u32>,
    /// Whether a horizon says what a year brings.
    has_horizon: bool,
    /// Target availability in percent, by id of the service.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    slo: BTreeMap<String, f64>,
}

impl Names for SimulateNames {
    fn node(&self, node: NodeId) -> String {
        self.nodes.get(&node.0).cloned().unwrap_or_default()
    }

    fn case(&self, case: CaseId) -> String {
        self.cases.get(case.index()).cloned().unwrap_or_default()
    }
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
            usual: (0u32..)
                .zip(&scenario.cases)
                .find(|(_, c)| !c.peak)
                .map(|(number, _)| number),
            has_horizon: false,
            slo: services
                .iter()
                .filter_map(|&s| Some((system.id(s).to_owned(), system.target(s)?)))
                .collect(),
        }
    }

    /// The same where hours of a year are those of a horizon, if there is one.
    #[must_use]
    pub fn with_horizon(self, has_horizon: bool) -> Self {
        Self {
            has_horizon,
            ..self
        }
    }

    /// The least certain estimate of a simulation that is under way, in a few words.
    #[must_use]
    pub fn estimating(&self, now: &Estimating) -> String {
        let half = (now.high - now.low) / 2.0;
        format!(
            "{} at {}: {} ± {}",
            self.node(now.service),
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
            reliability: reliability(outcome.reliability),
            down: self.down.clone(),
            exact_order: outcome.exact_order,
            drawn: outcome.drawn,
            complete: outcome.complete,
            reason: outcome.reason.clone(),
            precision: outcome.precision.clone(),
            services: outcome.services.iter().map(|s| self.service(s)).collect(),
            over_horizon: None,
            sequential: None,
        }
    }

    fn service(&self, s: &mc::ServiceChance) -> ServiceChance {
        let reason = s.at_risk.as_ref().err().or(s.ok.as_ref().err()).cloned();
        let demand = self.demand.get(s.case.index());
        let mut row = ServiceChance {
            id: self.node(s.service),
            load_case: self.case(s.case),
            demand: demand
                .and_then(|d| d.get(&s.service.0))
                .copied()
                .unwrap_or(0.0),
            unit: self.units.get(&s.service.0).cloned(),
            probability: Probability {
                down: s.down.clone(),
                degraded: s.degraded.clone(),
                at_risk: s.at_risk.as_ref().ok().cloned(),
                ok: s.ok.as_ref().ok().cloned(),
                degraded_or_down: s.harm.clone(),
                reason,
            },
            unserved: s.unserved.clone(),
            harm_hours: self.harm_hours(s),
            slo: None,
            slo_reason: None,
            importance: s
                .importance
                .iter()
                .flatten()
                .map(|i| self.importance(i))
                .collect(),
            importance_count: s.importance_count,
            importance_reason: s.importance.as_ref().err().cloned(),
            exact_down: self.exact_down(s),
            contingencies: s
                .contingencies
                .iter()
                .flatten()
                .map(|c| c.clone().named(self))
                .collect(),
            contingencies_reason: s.contingencies.as_ref().err().cloned(),
            convergence: s.convergence.clone(),
        };
        self.put_slo(&mut row, None);
        row
    }

    /// Holds the hours of a year against the target of a service, if it has one; `used_by` is who is out in them,
    /// where they are those of a horizon.
    fn put_slo(&self, row: &mut ServiceChance, used_by: Option<&[document::HarmUse]>) {
        let target = self.slo.get(&row.id).copied();
        row.slo = target.and_then(|target| slo(target, row, used_by));
        row.slo_reason = match (target, &row.slo) {
            (Some(_), None) => row.harm_hours.reason.clone(),
            _ => None,
        };
    }

    /// Hours of a year at a load case, if it may last that long and no horizon says otherwise.
    fn harm_hours(&self, s: &mc::ServiceChance) -> HarmHours {
        let usual = self.usual.map(CaseId);
        if !self.has_horizon && usual == Some(s.case) {
            return harm_hours(&s.harm, YEAR, HoursBasis::LoadCase);
        }
        let reason = if self.has_horizon && self.year_is_told_at(s.case) {
            "a year is like the horizon, which was not played".to_owned()
        } else if self.has_horizon {
            format!(
                "hours of a year are those of the horizon, shown at {}",
                self.case(usual.unwrap_or(CaseId(0)))
            )
        } else if let Some(usual) = usual.filter(|&usual| usual < s.case) {
            format!(
                "hours of a year are told at {}, the first load case that is not the peak",
                self.case(usual)
            )
        } else {
            PEAK_ALL_YEAR.to_owned()
        };
        HarmHours {
            per_quarter: None,
            per_year: None,
            basis: None,
            reason: Some(reason),
        }
    }

    /// Whether hours of a year that are of no load case are shown at this one: the first that is not the
    /// peak, or the first.
    fn year_is_told_at(&self, case: CaseId) -> bool {
        case.0 == self.usual.unwrap_or(0)
    }

    /// Puts in the hours of a year that a horizon came to, where one was played.
    pub fn put_hours_of_a_year(&self, simulate: &mut Simulate) {
        let shown = self.case(CaseId(self.usual.unwrap_or(0)));
        if !self.has_horizon {
            return;
        }
        let expected = simulate.over_horizon.iter().flat_map(|o| &o.services);
        let expected = expected.map(|s| {
            let used_by = s.used_by.clone();
            (&s.id, &s.hours_per_year, HoursBasis::Horizon, used_by)
        });
        let played = simulate.sequential.iter().flat_map(|o| &o.services);
        let played = played.filter_map(|s| {
            let hours = s.hours_per_year.as_ref()?;
            Some((&s.id, hours, HoursBasis::Histories, None))
        });
        // What is expected is more certain than what was played: it comes last.
        let all = played.chain(expected);
        let hours: BTreeMap<String, (HarmHours, Option<Vec<document::HarmUse>>)> = all
            .map(|(id, e, basis, used)| (id.clone(), (harm_hours(e, 1.0, basis), used)))
            .collect();
        let rows = simulate.services.iter_mut();
        for row in rows.filter(|row| row.load_case == shown) {
            if let Some((hours, used_by)) = hours.get(&row.id) {
                row.harm_hours = hours.clone();
                self.put_slo(row, used_by.as_deref());
            }
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
            at_least: s.down_bounds.map(|b| b.0),
            at_most: s.down_bounds.map(|b| b.1),
            importance: s.exact_down.as_ref().map(of).unwrap_or_default(),
        }
    }

    fn importance(&self, i: &mc::Importance) -> Importance {
        Importance {
            elements: i.elements.clone().named(self),
            common_cause: i.common_cause.and_then(|g| self.groups.get(g).cloned()),
            unavailability: i.unavailability,
            contribution: i.contribution.into(),
            birnbaum: i.birnbaum.into(),
            fussell_vesely: i.fussell_vesely.into(),
            raw: i.raw.into(),
            rrw: i.rrw.into(),
        }
    }
}

fn reliability(r: mc::Reliabilities) -> Reliability {
    Reliability {
        known: r.known,
        elements: r.elements,
        share: (r.elements > 0).then(|| r.known as f64 / r.elements as f64),
    }
}

/// The minutes of a year against those that a target leaves, and who uses them.
fn slo(target: f64, row: &ServiceChance, used_by: Option<&[document::HarmUse]>) -> Option<Slo> {
    let hours = row.harm_hours.per_year.as_ref()?;
    let minutes = hours.estimate? * 60.0;
    // Who has a part in the harm of one load case may have none in that of other hours.
    let at_this_load = row.harm_hours.basis == Some(HoursBasis::LoadCase);
    let used = row.importance.iter().filter_map(|i| {
        Some(SloUse {
            elements: i.elements.clone(),
            common_cause: i.common_cause.clone(),
            minutes: i.contribution.estimate? * minutes,
        })
    });
    let used = used.filter(|u| at_this_load && u.minutes > 0.0);
    let of_horizon = used_by.into_iter().flatten().map(|u| SloUse {
        elements: u.elements.clone(),
        common_cause: u.common_cause.clone(),
        minutes: u.hours_per_year * 60.0,
    });
    let is_known = at_this_load || used_by.is_some();
    let reason =
        "histories do not say who is out in harm; states that are held against the horizon do";
    Some(Slo {
        target,
        minutes,
        low: hours.low? * 60.0,
        high: hours.high? * 60.0,
        budget_minutes: (1.0 - target / 100.0) * YEAR * 60.0,
        used_by: used.chain(of_horizon).collect(),
        used_by_reason: (!is_known).then(|| reason.to_owned()),
    })
}

/// A probability, or hours, as hours of a quarter and of a year.
fn harm_hours(e: &Estimate, hours: f64, basis: HoursBasis) -> HarmHours {
    let times = |hours: f64| Range {
        estimate: Some(e.estimate * hours),
        low: Some(e.low * hours),
        high: Some(e.high * hours),
    };
    HarmHours {
        per_quarter: Some(times(hours / 4.0)),
        per_year: Some(times(hours)),
        basis: Some(basis),
        reason: None,
    }
}
