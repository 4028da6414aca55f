//! An estate as nested boxes: places, what stands in them, links between them, services above. It is of
//! bounded size: what is too much to show one by one is a box with a count.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
