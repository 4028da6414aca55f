//! One state: no names, no files, no threads, no randomness.

pub mod network;
