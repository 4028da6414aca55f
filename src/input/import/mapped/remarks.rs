//! What is said of lists and relations that were read: types and statuses that a map does not know, needs that lead to
//! nothing. In: words with their counts. Out: warnings, or a fault where the map asks for one.

use super::map::Unknown;
use crate::input::import::{Imported, ids};
use crate::input::{Diagnostic, Faults};
use std::collections::{BTreeMap, BTreeSet};

/// A warning of statuses that the map does not know.
pub(super) fn of_statuses(unknown: &BTreeMap<String, u64>) -> Option<Diagnostic> {
    let words = ids::counted(unknown.iter().map(|(word, n)| (word.as_str(), *n)));
    let message = format!("statuses that the map does not know count as out of service: {words}");
    let help = "add them to `up`, `down` or `skip` of a map of your own (--map FILE)";
    (!unknown.is_empty()).then(|| Diagnostic::warning(message).help(help))
}

/// A warning of needs that lead to nothing in the estate.
pub(super) fn of_lost(lost: &BTreeSet<String>) -> Option<Diagnostic> {
    let message = format!(
        "needs of what is retired, in no list or not clear are left out, and whoever has them looks safer than it is: {}",
        ids::some_of(lost.iter().map(String::as_str))
    );
    let help = "export what is missing as well, or say in an overlay what is needed instead; the import report counts them";
    (!lost.is_empty()).then(|| Diagnostic::warning(message).help(help))
}

/// Says which types of relation a map does not know, as it asks for.
///
/// # Errors
/// There are some, and the map says that this is a fault.
pub(super) fn of_types(
    unknown: &BTreeMap<&str, u64>,
    how: Unknown,
    imported: &mut Imported,
) -> Result<(), Faults> {
    if unknown.is_empty() || how == Unknown::Ignore {
        return Ok(());
    }
    let message = format!(
        "types of relation that the map does not know: {}",
        ids::counted(unknown.iter().map(|(kind, n)| (*kind, *n)))
    );
    let help = "add them to `[relations.types]` of a map of your own (--map FILE)";
    if how == Unknown::Error {
        return Err(Diagnostic::error(message).help(help).into());
    }
    imported
        .warnings
        .push(Diagnostic::warning(message).help(help));
    Ok(())
}
