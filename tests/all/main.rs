//! Every integration test, in one binary.

mod estate;
mod network;
mod agreement;
mod golden;
mod oracle;
mod random;
mod profile;
