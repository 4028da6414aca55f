//! What a state of the map is called. In: the state. Out: its load case, and what has failed.

use crate::report::document::map::MapState;

/// Ids in a title.
const NAMED: usize = 3;

/// What a state is called.
pub(in crate::report) fn name(state: &MapState) -> String {
    match state.elements.as_slice() {
        [] => format!("Base state at {}", state.load_case),
        [one] => format!("If {one} fails at {}", state.load_case),
        all => {
            let shown: Vec<&str> = all.iter().take(NAMED).map(String::as_str).collect();
            let more = match all.len().saturating_sub(NAMED) {
                0 => String::new(),
                n => format!(" + {n} more"),
            };
            format!("If {}{more} fail at {}", shown.join(" + "), state.load_case)
        }
    }
}
