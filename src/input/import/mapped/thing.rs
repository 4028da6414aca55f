//! What rows of lists are about. Plain data.

use std::collections::BTreeMap;

/// The kind that a service has.
pub(super) const SERVICE: &str = "service";

/// One thing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Thing {
    pub id: String,
    pub name: String,
    pub kind: String,
    /// What the source calls its kind.
    pub class: String,
    /// What tells it from others in the source, if that is not its name.
    pub key: Option<String>,
    /// Our columns, as text.
    pub columns: BTreeMap<&'static str, String>,
    pub labels: BTreeMap<String, String>,
    /// Why it is out now.
    pub down: Option<String>,
}

impl Thing {
    /// Whether it is a service that serves: one that is out, and that something needs, is a component.
    pub fn serves(&self) -> bool {
        self.kind == SERVICE && self.down.is_none()
    }
}
