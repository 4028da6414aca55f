//! Every integration test, in one binary.

#![allow(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    reason = "small numbers, and values that must be the same to the last bit"
)]

mod agreement;
mod applied;
mod book;
mod broken;
mod causes;
mod circles;
mod cli;
mod clusters;
mod cold_start;
mod contradiction;
mod corpus;
mod cycles;
mod decisions;
mod dependencies;
mod dialects;
mod diff;
mod ecmp;
mod edges;
mod ended_early;
mod engine;
mod estate;
mod estates;
mod evidence;
mod exact;
mod few_elements;
mod fix;
mod generate;
mod golden;
mod hours;
mod html;
mod import;
mod input;
mod join;
mod keeping;
mod lists;
mod live;
mod maintenance;
mod many;
mod map;
mod module;
mod montecarlo;
mod named;
mod network;
mod network_cases;
mod network_known;
mod network_memory;
mod network_sweep;
mod oracle;
mod overlay;
mod overload;
mod overload_story;
mod parts;
mod peers;
mod pipeline;
mod placement;
mod places;
mod plan;
mod plan_at_scale;
mod probability;
mod profile;
mod program;
mod random;
mod refused;
mod round_trip;
mod scenario_time;
mod second_path;
mod sequential;
#[cfg(unix)]
mod shortcuts;
mod signals;
mod simulate_cli;
mod sweep;
mod timeline;
mod trips;
mod verify;
