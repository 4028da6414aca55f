//! A synthetic enterprise of any size, for trying brownout at one's own scale and for benchmarks.
//!
//! In: a number of components and a seed. Out: a [`Draft`], or a folder with the inventory and a
//! scenario. The same number and seed give the same bytes, on every platform.
//!
//! # Shape
//!
//! ```text
//! region (4 sites)   wan ×2
//!   site             feed ×2, core ×2 ──► wan, load balancers, storage arrays, platform services
//!     pod (16 racks)   agg ×2 ──► core
//!       rack ──► feeds     tor ×2 ──► agg
//!         host ──► tor       six virtual machines each
//! service ──► load balancer pair    standby
//!         ──► pool of 2–9 VMs       share; one in five pools spans two sites
//!         ──► dns, auth, monitoring of its site: shared hubs of load; monitoring is soft (need 0)
//! VM      ──► host, database cluster (primary and standby, or three copies of which two)
//! database server ──► tor, storage controllers ×2
//! auth    ──► directory ×3, for the whole enterprise
//! ```
//!
//! A site has about 2,000 components. Racks sit in sites, hosts and switches in racks. Load is in
//! requests/s down to the host and in Mbit/s on the network, 0.08 Mbit for a request. Demands
//! are drawn log-uniformly from 20 to 2,000 requests/s and stand for the peak; capacities follow
//! from the loads that they cause, so that a pool runs at 50–95 % of its capacity and what is
//! shared at 20–80 %. Every component has a mean time between failures and to repair, by kind.
//!
//! With a network, `wan`, `core`, `agg`, `tor` and load balancers are joined by links instead of
//! requirements, an `internet` stands beyond the carriers of each region, and a service is reached
//! by a flow from there to the first load balancer that works. Databases send backups out by a
//! flow that nobody misses. Hosts still need one of their switches, but not a way out.
//!
//! The scenario has two load cases: `quarter-end`, the peak, and `today`, 70 % of it.

mod builder;
mod capacity;
mod site;
mod stack;

use super::write::{ExtraFile, WriteError, write_inventory};
use crate::model::Draft;
use std::path::Path;

/// The fewest components that the shape can be drawn with.
pub const SMALLEST: u32 = 100;

/// A synthetic enterprise of exactly `components` components (at least [`SMALLEST`]), in memory.
#[must_use]
pub fn draft(components: u32, seed: u64) -> Draft {
    stack::enterprise(components.max(SMALLEST), seed, false)
}

/// The same with a network of links and flows; the links come on top of `components`.
#[must_use]
pub fn draft_with_network(components: u32, seed: u64) -> Draft {
    stack::enterprise(components.max(SMALLEST), seed, true)
}

/// Writes a synthetic enterprise, with a network of links or without, and its scenario to the new
/// folder `dir`.
///
/// # Errors
/// See [`write_inventory`].
pub fn write(dir: &Path, components: u32, seed: u64, network: bool) -> Result<(), WriteError> {
    let scenario = ExtraFile {
        name: "scenario.toml",
        text: SCENARIO.to_owned(),
    };
    let draft = stack::enterprise(components.max(SMALLEST), seed, network);
    write_inventory(dir, &draft, &[scenario])
}

const SCENARIO: &str = r#"name = "Quarter-end of a synthetic enterprise"
inventory = "."

# The demands in services.csv stand for the peak.
[[load]]
name = "today"
growth = 0.7

[[load]]
name = "quarter-end"
peak = true

[sweep]
order = 1

[[policy]]
name = "Tier 1 survives any single failure at quarter-end"
services = ["tier=1"]
load = "quarter-end"
survives = 1
"#;
