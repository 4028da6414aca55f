//! A request → the scenario that it asks about. In: ids, factors and demands. Out: the scenario as the
//! command line of `whatif` would have it, or a sentence that says what is wrong.

use super::Live;
use crate::model::{CaseId, NodeId, Scenario, shell};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The greatest number that the reader of files takes.
const MOST: f64 = 1e150;

/// One state, said in full.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// Name of the load case; the first of the scenario if none is named.
    pub load: Option<String>,
    /// Ids that have failed, on top of the known outages.
    pub down: Vec<String>,
    /// Capacity factors above 0 by id; they replace those of the scenario.
    pub derate: BTreeMap<String, f64>,
    /// Demands by id of the service, at this load case.
    pub demand: BTreeMap<String, f64>,
    /// The named contingency that is in place.
    pub contingency: Option<String>,
    /// Whether nothing is placed anew.
    pub no_restart: bool,
    /// Whether the outages that have a part in each status may be left out of the answer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub quick: bool,
}

/// What a request asks about.
pub(super) struct Asked {
    /// The scenario with all that the request says.
    pub scenario: Scenario,
    /// The load case.
    pub case: CaseId,
    /// Position of the contingency in place, and the scenario without it.
    pub in_place: Option<(usize, Scenario)>,
    /// Demands that it says: position of the service, and demand.
    pub demand: Vec<(usize, f64)>,
}

impl Live {
    /// The scenario that a request asks about.
    pub(super) fn asked(&self, request: &Request) -> Result<Asked, String> {
        let case = self.case(request)?;
        let mut scenario = self.scenario.clone();
        fail(&mut scenario, &self.failed(request)?);
        self.derate(request, &mut scenario)?;
        let demand = self.demand(request)?;
        let set = |scenario: &mut Scenario| {
            for &(service, asked) in &demand {
                scenario.cases[case.index()].demand[service] = asked;
            }
        };
        set(&mut scenario);
        if request.no_restart {
            scenario.placement.restart = false;
        }
        let in_place = self.contingency(request)?;
        let in_place = in_place.map(|at| {
            let mut under = scenario.under(&scenario.contingencies[at]);
            // What is asked for by hand wins over what the contingency asks for.
            set(&mut under);
            (at, std::mem::replace(&mut scenario, under))
        });
        Ok(Asked {
            scenario,
            case,
            in_place,
            demand,
        })
    }

    fn case(&self, request: &Request) -> Result<CaseId, String> {
        let Some(name) = &request.load else {
            return Ok(CaseId(0));
        };
        let found = self.scenario.cases.iter().position(|c| c.name == *name);
        let found = found.and_then(|at| u32::try_from(at).ok());
        found
            .map(CaseId)
            .ok_or_else(|| format!("there is no load case `{name}`"))
    }

    fn contingency(&self, request: &Request) -> Result<Option<usize>, String> {
        let Some(name) = &request.contingency else {
            return Ok(None);
        };
        let mut all = self.scenario.contingencies.iter();
        let found = all.position(|c| c.name == *name);
        found
            .map(Some)
            .ok_or_else(|| format!("there is no contingency `{name}`"))
    }

    fn failed(&self, request: &Request) -> Result<Vec<NodeId>, String> {
        let mut failed = Vec::with_capacity(request.down.len());
        for id in &request.down {
            let node = self.find(id)?;
            if !self.system.node(node).can_fail() {
                return Err(format!("`{id}` does not fail by itself"));
            }
            failed.push(node);
        }
        Ok(failed)
    }

    fn derate(&self, request: &Request, scenario: &mut Scenario) -> Result<(), String> {
        for (id, &factor) in &request.derate {
            let node = self.find(id)?;
            if !self.system.node(node).is_component_or_link() {
                return Err(format!("`{id}` has no capacity to derate"));
            }
            if !(factor > 0.0 && factor <= MOST) {
                return Err(format!(
                    "the factor of `{id}` is not above 0: fail it instead"
                ));
            }
            if self.scenario.down.binary_search(&node).is_ok() {
                return Err(format!("`{id}` is a known outage: it is not derated"));
            }
            match scenario.derate.binary_search_by_key(&node, |d| d.0) {
                Ok(at) => scenario.derate[at].1 = factor,
                Err(at) => scenario.derate.insert(at, (node, factor)),
            }
        }
        Ok(())
    }

    fn demand(&self, request: &Request) -> Result<Vec<(usize, f64)>, String> {
        let mut all = Vec::with_capacity(request.demand.len());
        for (id, &asked) in &request.demand {
            let node = self.find(id)?;
            let service = self.system.services().binary_search(&node);
            let service = service.map_err(|_| format!("`{id}` is no service"))?;
            if !(0.0..=MOST).contains(&asked) {
                return Err(format!("the demand of `{id}` is no number of 0 or more"));
            }
            all.push((service, asked));
        }
        Ok(all)
    }

    pub(super) fn find(&self, id: &str) -> Result<NodeId, String> {
        let found = self.system.find(id);
        found.ok_or_else(|| format!("nothing has the id `{id}`"))
    }

    /// The command that shows the state of a request. Every value is joined to its option, so that one that
    /// starts with a dash is none.
    pub(super) fn command(&self, request: &Request) -> String {
        let mut words = vec!["brownout".to_owned(), "whatif".to_owned()];
        let path = &self.package.path;
        words.push(if path.starts_with('-') {
            format!("./{path}")
        } else {
            path.clone()
        });
        let mut say = |option: &str, value: &str| words.push(format!("{option}={value}"));
        if let Some(load) = &request.load {
            say("--load", load);
        }
        if let Some(name) = &request.contingency {
            say("--contingency", name);
        }
        for id in &request.down {
            say("--down", id);
        }
        for (id, factor) in &request.derate {
            say("--derate", &format!("{id}={factor}"));
        }
        for (id, demand) in &request.demand {
            say("--demand", &format!("{id}={demand}"));
        }
        if request.no_restart {
            words.push("--no-restart".to_owned());
        }
        shell(&words)
    }
}

/// Adds outages; what has failed fails no more.
fn fail(scenario: &mut Scenario, failed: &[NodeId]) {
    scenario.down.extend(failed);
    scenario.down.sort_unstable();
    scenario.down.dedup();
    let Scenario { down, sweep, .. } = scenario;
    sweep.elements.retain(|e| down.binary_search(e).is_err());
}
