//! Every integration test, in one binary.

mod broken;
mod input;
