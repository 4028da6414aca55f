//! Other tools' files → a draft of an inventory.
//!
//! In: a format, the files' paths, options. Out: a [`Draft`](crate::model::Draft) that [`write_inventory`] can write
//! and brownout can read, or every fault of the files with its place. Nothing is guessed in
//! silence: what a format lacks, or what was merged or left out, is a warning.
//!
//! Ids are data. They are cleaned once, at the door: spaces around them go,
//! control characters become spaces, `;` (which separates ids in a cell) becomes `,`. All ids of
//! an inventory share one namespace, so what a format does not name itself gets a prefix:
//!
//! | id | what |
//! |---|---|
//! | as in the file | traced services (as components), nodes, links |
//! | `A--B` | a link without an id of its own, between A and B; `A--B#2` for the next one |
//! | `link:ID` | a link whose id is also that of a node |
//! | `flow:ID` | the flow of demand ID |
//! | `svc:ID` | the service of demand ID, or of the root ID of a trace |
//! | `svc:SITE` | the service of a site |
//! | `svc:from:NODE`, `svc:to:NODE`, `svc:all` | the service of grouped demands |
//!
//! [`write_inventory`]: super::write::write_inventory

mod about;
mod addresses;
mod assembly;
mod attributes;
mod aws;
mod backstage;
mod cloud;
mod compose;
mod containerlab;
mod counters;
mod flows;
mod format;
mod gather;
mod gml;
mod graphml;
mod icinga;
mod ids;
mod imported;
mod interfaces;
mod jaeger;
mod json;
mod kiali;
mod kubernetes;
mod layer1;
mod locations;
mod mapped;
mod naming;
mod netbox;
mod network;
mod node_link;
mod options;
mod read;
mod recognise;
mod repetita;
pub mod report;
mod requirement;
mod resolve;
mod rvtools;
mod service_graph;
mod sndlib;
mod sniff;
mod standing;
mod statuses;
mod terraform;
mod tops;
mod traffic;
mod twins;
mod xml;
mod yaml;

pub use format::Format;
pub use imported::Imported;
pub use options::{Options, ServicePer};
pub use read::{gather, map, read, read_sources};
