//! What could not be started from dark, with names on.

use super::Naming;
use crate::analysis::{self, HoldBy};
use crate::report::document::{ColdLoop, ColdStart, Hold};

impl Naming<'_> {
    /// What could not be started, and the loops that it hangs on.
    #[must_use]
    pub fn cold_start(self, found: &analysis::ColdStart) -> ColdStart {
        let loops = found.loops.iter().map(|l| ColdLoop {
            members: self.ids(&l.members),
            way: self.ids(&l.way),
            waiting: self.ids(&l.waiting),
            breaks: l.breaks.iter().map(|h| self.hold(h)).collect(),
            together: l.together.iter().map(|h| self.hold(h)).collect(),
            untried: l.untried as u64,
        });
        ColdStart {
            cold_start: self.ids(&found.nodes),
            cold_start_loops: loops.collect(),
        }
    }

    fn hold(self, hold: &analysis::Hold) -> Hold {
        let (relation, group, need) = match &hold.by {
            HoldBy::Provider(group) => ("dependency", group.clone(), None),
            HoldBy::Group(need, group) => ("group", group.clone(), Some(u64::from(*need))),
            HoldBy::Within => ("within", None, None),
            HoldBy::Ends => ("ends", None, None),
        };
        let place = match hold.line {
            Some(0) => None,
            Some(line) => Some(format!("dependencies.csv:{line}")),
            None => self.system.node(hold.consumer).place(),
        };
        Hold {
            consumer: self.id(hold.consumer),
            providers: self.ids(&hold.providers),
            relation: relation.to_owned(),
            group,
            need,
            place,
        }
    }
}
