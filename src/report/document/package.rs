//! What the page of `explore` carries: the files of an estate as texts, and what only the program knows of
//! them. A result keeps it, so that the page can be rendered again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An inventory and a scenario that need nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// The scenario, or the folder of the inventory, as the command line reaches it.
    pub path: String,
    /// Text of every file by its path. Load cases of the scenario are written out here: each says the
    /// demand of every service.
    pub files: BTreeMap<String, String>,
    /// The scenario file as it was written; absent for a bare inventory.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub written: Option<Written>,
    /// By load case: services that stay at the demand of services.csv because nothing says what their peak
    /// is, as `whatif` lists them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub as_today: BTreeMap<String, Vec<String>>,
}

/// A file as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Written {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
}
