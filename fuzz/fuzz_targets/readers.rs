//! `cargo +nightly fuzz run readers`

#![no_main]

#[path = "../feed.rs"]
#[allow(dead_code)]
mod feed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    feed::readers(data);
});
