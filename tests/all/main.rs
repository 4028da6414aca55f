//! Every integration test, in one binary.

mod agreement;
mod estate;
mod golden;
mod network;
mod oracle;
mod random;
