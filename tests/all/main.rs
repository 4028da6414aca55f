//! Every integration test, in one binary.

mod engine;
mod estates;
