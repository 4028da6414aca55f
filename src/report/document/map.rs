//! An estate as nested boxes: places, what stands in them, links between them, services above. It is of
//! bounded size: what is too much to show one by one is a box with a count.

use crate::model::Status;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An estate as boxes in boxes, and how they stand in some states.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct EstateMap {
    /// The boxes, the same in every state.
    #[serde(flatten)]
    pub outline: Outline,
    /// The base state at the load case that counts, then the contingency that harms most services at once, if
    /// any harms one.
    pub states: Vec<MapState>,
}

/// How boxes stand in one state.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct MapState {
    /// Name of the load case.
    pub load_case: String,
    /// Ids of what fails beside the known outages, sorted; none is the base state.
    pub elements: Vec<String>,
    /// Boxes that hold something that is not ok, by position. What is in a box inside of one counts there.
    pub boxes: Vec<Standing>,
    /// The same of links between boxes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub links: Vec<Standing>,
    /// The same of services.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub services: Vec<Standing>,
}

/// How many of what a box stands for are not ok.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Standing {
    /// Position of the box, link or service.
    pub at: u32,
    /// Failed by themselves: known outages, what the contingency fails, what was lost to overload.
    #[serde(skip_serializing_if = "is_none", default)]
    pub failed: u64,
    /// Down for another reason: components that do not work because of what failed, and services.
    #[serde(skip_serializing_if = "is_none", default)]
    pub down: u64,
    /// Degraded: services, and components that work and are overloaded or not served in full.
    #[serde(skip_serializing_if = "is_none", default)]
    pub degraded: u64,
    /// At risk: services, and in the base state components whose failure alone would leave a service degraded
    /// or down that is not, or down that is degraded.
    #[serde(skip_serializing_if = "is_none", default)]
    pub at_risk: u64,
}

impl Standing {
    /// How one of these stands among a state's; all are ok where nothing is said of it.
    #[must_use]
    pub fn of(all: &[Self], at: usize) -> Self {
        let place = all.binary_search_by_key(&at, |s| s.at as usize);
        place.map_or_else(|_| Self::default(), |place| all[place])
    }

    /// Adds what another counts.
    pub fn add(&mut self, other: &Self) {
        self.failed = self.failed.saturating_add(other.failed);
        self.down = self.down.saturating_add(other.down);
        self.degraded = self.degraded.saturating_add(other.degraded);
        self.at_risk = self.at_risk.saturating_add(other.at_risk);
    }

    /// How many are not ok.
    #[must_use]
    pub fn troubled(&self) -> u64 {
        let all = [self.failed, self.down, self.degraded, self.at_risk];
        all.into_iter().fold(0, u64::saturating_add)
    }

    /// The worst status among them.
    #[must_use]
    pub fn worst(&self) -> Status {
        match self {
            s if s.failed > 0 || s.down > 0 => Status::Down,
            s if s.degraded > 0 => Status::Degraded,
            s if s.at_risk > 0 => Status::AtRisk,
            _ => Status::Ok,
        }
    }
}

/// Whether a count is left out.
#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// An estate as boxes in boxes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Outline {
    /// The boxes; a box stands after the one it is in.
    pub boxes: Vec<MapBox>,
    /// Links between boxes that are in no other, one entry for each two boxes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub links: Vec<MapLink>,
    /// Services by tier, then by id.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub services: Vec<MapService>,
}

/// One component with all that stands in it, or several components of one kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct MapBox {
    /// Position of the box that it is in; absent for one that is in no other.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<u32>,
    /// Id of the component; absent where the box stands for several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Its kind, or that of all of them; absent where they are of several kinds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// How many components and links it stands for, with all that is in it.
    pub count: u64,
}

/// Links between two boxes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct MapLink {
    /// Position of the first box.
    pub a: u32,
    /// Position of the second box, after the first.
    pub b: u32,
    /// Ids of the links, sorted; only the first few of many.
    pub ids: Vec<String>,
    /// How many links there are.
    pub count: u64,
}

/// One service, or all that are not shown by themselves.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct MapService {
    /// Its id; absent where it stands for several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// How many services it stands for.
    pub count: u64,
}
