//! Names that a scenario itself gives: of load cases, contingencies, policies, events. In: all of one sort, and
//! one as written. Out: its position, or a fault with what was probably meant.

use crate::input::Faults;
use crate::input::placed::Placed;
use crate::input::suggest;
use std::collections::HashMap;

/// Names that are listed or guessed at when one is not found.
const LISTED: usize = 50;

/// Names of one sort, to be found again: load cases, policies, statuses.
pub struct Names<'n> {
    what: &'static str,
    all: Vec<&'n str>,
    at: HashMap<&'n str, usize>,
}

impl<'n> Names<'n> {
    /// Names of `what`, each with its position.
    pub fn new(what: &'static str, all: impl Iterator<Item = &'n str>) -> Self {
        let all: Vec<&str> = all.collect();
        let at = all
            .iter()
            .rev()
            .copied()
            .zip((0..all.len()).rev())
            .collect();
        Self { what, all, at }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// The first position of a name, or a fault with the nearest one.
    pub fn position(&self, name: &Placed<String>, faults: &mut Faults) -> Option<usize> {
        let found = self.at.get(name.value.as_str()).copied();
        if found.is_none() {
            let what = self.what;
            let fault = name.error(format!("there is no {what} `{}`", name.value));
            let few = &self.all[..self.all.len().min(LISTED)];
            let help = match suggest::nearest(&name.value, few.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if few.is_empty() => format!("the scenario has no {what}"),
                None => format!("there is: {}", few.join(", ")),
            };
            faults.push(fault.help(help));
        }
        found
    }
}
