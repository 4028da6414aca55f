//! Every integration test, in one binary.

mod agreement;
mod golden;
mod oracle;
mod random;
