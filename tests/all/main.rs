//! Every integration test, in one binary.

mod agreement;
mod broken;
mod cli;
mod diff;
mod engine;
mod estate;
mod estates;
mod generate;
mod golden;
mod hours;
mod import;
mod input;
mod montecarlo;
mod network;
mod network_known;
mod oracle;
mod profile;
mod random;
mod scenario_time;
mod sequential;
mod simulate_cli;
mod sweep;
mod timeline;
