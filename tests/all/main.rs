//! Every integration test, in one binary.

mod agreement;
mod engine;
mod estate;
mod estates;
mod generate;
mod golden;
mod import;
mod network;
mod oracle;
mod profile;
mod random;
mod network_known;
mod scenario_time;
