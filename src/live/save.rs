//! The state of a request as a scenario file: what the page found, kept.

use super::Live;
use super::ask::{Asked, Request};
use crate::input::write::{InState, in_state};
use crate::model::{NodeId, Scenario, visible};

impl Live {
    /// The text of a scenario whose state is that of a request. Its paths are those of the scenario that was
    /// opened, so it belongs beside that.
    pub fn save(&self, request: &Request) -> Result<String, String> {
        let asked = self.asked(request)?;
        let text = self.package.written.as_ref().map_or("", |w| &*w.text);
        let bare = self.package.written.is_none();
        let state = InState {
            suffix: " (explored)".to_owned(),
            inventory: bare.then(|| self.package.path.clone()),
            down: self.added(&asked)?,
            derate: self.factors(request, &asked),
            demand: self.demands(&asked),
            no_restart: request.no_restart,
        };
        let text = in_state(text, &state).ok_or("the scenario file cannot be written anew")?;
        Ok(format!("{}{text}", self.comment(request)))
    }

    fn comment(&self, request: &Request) -> String {
        let beside = match &self.package.written {
            Some(written) => format!("Put this file beside {}", visible(&written.path)),
            None => "Put this file into the folder where brownout ran".to_owned(),
        };
        format!(
            "# Saved from the page of `brownout explore`. {beside}:\n\
             # its paths are relative to that folder. It says the same as\n# {}\n",
            visible(&self.command(request))
        )
    }

    /// Ids of what has failed beside the known outages of the file.
    fn added(&self, asked: &Asked) -> Result<Vec<String>, String> {
        let known = &self.scenario.down;
        let is_new = |v: &&NodeId| known.binary_search(v).is_err();
        let mut ids = Vec::new();
        for &v in asked.scenario.down.iter().filter(is_new) {
            let id = self.system.id(v);
            // A contingency may derate a host to nothing, and with it what cannot fail by itself.
            if !self.system.node(v).can_fail() {
                return Err(format!(
                    "the contingency leaves nothing of `{id}`, which does not fail by itself: \
                     no list of outages says that"
                ));
            }
            ids.push(id.to_owned());
        }
        Ok(ids)
    }

    /// All factors, where they are not those of the file.
    fn factors(&self, request: &Request, asked: &Asked) -> Option<Vec<(String, f64)>> {
        let same = request.derate.is_empty() && asked.in_place.is_none();
        let named = |&(v, factor): &(NodeId, f64)| (self.system.id(v).to_owned(), factor);
        (!same).then(|| asked.scenario.derate.iter().map(named).collect())
    }

    /// By load case: demands that are not those of the file.
    fn demands(&self, asked: &Asked) -> Vec<Vec<(String, f64)>> {
        let in_place = asked.in_place.as_ref();
        let contingency =
            in_place.map(|(at, before): &(usize, Scenario)| &before.contingencies[*at]);
        let lowered = contingency.map_or(&[][..], |c| &c.demand);
        let id = |s: usize| self.system.id(self.system.services()[s]).to_owned();
        let of_case = |case: usize| {
            let mut all: Vec<(String, f64)> = lowered.iter().map(|d| (id(d.0), d.1)).collect();
            if case == asked.case.index() {
                all.retain(|(s, _)| asked.demand.iter().all(|d| id(d.0) != *s));
                all.extend(asked.demand.iter().map(|d| (id(d.0), d.1)));
            }
            all
        };
        (0..self.scenario.cases.len()).map(of_case).collect()
    }
}
