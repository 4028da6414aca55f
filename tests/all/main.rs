//! Every integration test, in one binary.

mod agreement;
mod estate;
mod generate;
mod golden;
mod import;
mod network;
mod oracle;
mod random;
