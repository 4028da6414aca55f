//! Every integration test, in one binary.

mod agreement;
mod engine;
mod estate;
mod estate;
mod estates;
mod golden;
mod network;
mod oracle;
mod random;
