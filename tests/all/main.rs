//! Every integration test, in one binary.

mod estate;
mod network;
