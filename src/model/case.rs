//! Load cases: named demand vectors.

/// Index of a load case in a scenario.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct CaseId(pub u32);

impl CaseId {
    /// The index as `usize`.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One named demand vector.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadCase {
    /// Name, unique in a scenario.
    pub name: String,
    /// Demand of each service, in the order of [`System::services`](super::System::services).
    pub demand: Vec<f64>,
    /// The case that other cases are warned about; at most one in a scenario.
    pub peak: bool,
}
