//! Every integration test, in one binary.

mod agreement;
mod engine;
mod estate;
mod estates;
mod estate;
mod golden;
mod network;
mod oracle;
mod random;
