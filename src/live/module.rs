//! The module that a page runs: memory for a call, the call, memory of its answer. No import: it sees nothing
//! but what it is given. No block of this file is unsafe; the names that it exports must be said so.
//!
//! A page asks `brownout_input(n)` for room, writes n bytes of JSON there, calls `brownout_call()`, which
//! gives the length of the answer, and reads it at `brownout_output()`. All of that is valid until the
//! next call.

#![allow(
    unsafe_code,
    reason = "an exported name must be marked so; nothing else here is"
)]

use super::Session;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Bytes of the call.
static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// Bytes of the answer.
static OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// Who asks: there is one page.
static SESSION: LazyLock<Mutex<Session>> = LazyLock::new(Mutex::default);

/// Room for a call of so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn brownout_input(length: usize) -> *mut u8 {
    let mut input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    input.clear();
    input.resize(length, 0);
    input.as_mut_ptr()
}

/// Answers the call; gives the length of the answer in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn brownout_call() -> usize {
    let input = std::mem::take(&mut *INPUT.lock().unwrap_or_else(PoisonError::into_inner));
    let mut session = SESSION.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = session.answer(&input);
    let mut output = OUTPUT.lock().unwrap_or_else(PoisonError::into_inner);
    *output = answer;
    output.len()
}

/// Where the answer stands.
#[unsafe(no_mangle)]
pub extern "C" fn brownout_output() -> *const u8 {
    let output = OUTPUT.lock().unwrap_or_else(PoisonError::into_inner);
    output.as_ptr()
}
