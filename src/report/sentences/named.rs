//! What a named contingency does. In: its state at a load case. Out: whom it harms and who is asked for less, and by
//! how much it lowers a demand.

use crate::model::{Status, short};
use crate::report::document::{NamedService, NamedState, Shed};
use crate::report::ids::named as names;
use crate::report::number::{percent, quantity};

/// Services that are shown in a row.
const MOST_SHOWN: usize = 4;

/// Who is harmed, and who is asked for less.
#[must_use]
pub(in crate::report) fn who(state: &NamedState) -> String {
    let mut said = Vec::new();
    let down = ids(state, |s| s.status == Status::Down);
    if !down.is_empty() {
        said.push(format!("down: {}", names(&down)));
    }
    let mut degraded: Vec<&NamedService> = state
        .services
        .iter()
        .filter(|s| s.status == Status::Degraded)
        .collect();
    degraded.sort_by(|x, y| x.delivered.total_cmp(&y.delivered).then(x.id.cmp(&y.id)));
    let shown = degraded.iter().take(MOST_SHOWN);
    let shown = shown.map(|s| format!("{} gets {}", short(&s.id, 40), percent(s.delivered)));
    said.extend(shown);
    if degraded.len() > MOST_SHOWN {
        said.push(format!("{} more degraded", degraded.len() - MOST_SHOWN));
    }
    let lowered = state.services.iter().filter_map(|s| Some((s, s.shed?)));
    let lowered: Vec<String> = lowered.map(|(s, shed)| shed_of(&s.id, shed)).collect();
    said.extend(lowered.iter().take(MOST_SHOWN).cloned());
    if lowered.len() > MOST_SHOWN {
        said.push(format!("{} more shed", lowered.len() - MOST_SHOWN));
    }
    if said.is_empty() {
        return "harms nobody".to_owned();
    }
    said.join("; ")
}

/// `reporting shed from 150 to 0`.
fn shed_of(id: &str, shed: Shed) -> String {
    format!("{} {}", short(id, 40), lowered(shed))
}

/// `shed from 150 to 0`.
#[must_use]
pub(in crate::report) fn lowered(shed: Shed) -> String {
    format!("shed from {} to {}", quantity(shed.from), quantity(shed.to))
}

fn ids(state: &NamedState, keep: impl Fn(&NamedService) -> bool) -> Vec<&str> {
    let kept = state.services.iter().filter(|s| keep(s));
    kept.map(|s| s.id.as_str()).collect()
}
