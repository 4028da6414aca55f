//! Ctrl-C and SIGTERM: every command ends within two seconds. In: signals. Out: a flag for whoever
//! computes what is worth keeping. Promises: where nothing can be kept the program ends at once; where
//! something can, it has a moment to give it, and is ended after that whatever it is at; files never
//! get their names in part. The exit code is that of an incomplete answer.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::answer::Exit;
use crate::input::write::temporary;

/// Nothing is computed that an early end could give.
const NOTHING: u8 = 0;
/// What was computed so far is an answer.
const KEEPS: u8 = 1;
/// What is computed is no answer unless it is whole.
const WHOLE: u8 = 2;
/// What was asked for is there, whole.
const DONE: u8 = 3;
/// What is kept at an early end.
static KEPT: AtomicU8 = AtomicU8::new(NOTHING);
/// How many signals came.
static SIGNALS: AtomicU8 = AtomicU8::new(0);
/// Whether the program is being ended.
static ENDING: AtomicBool = AtomicBool::new(false);
/// Held while several files get their names.
static NAMING: Mutex<()> = Mutex::new(());

/// How long a command has to give what it computed; the system takes its share of the two seconds.
const PATIENCE: Duration = Duration::from_millis(1600);
/// How long to wait for files that get their names, and for whoever reads stderr.
const MOMENT: Duration = Duration::from_millis(200);

/// Sees to signals from now on.
pub(super) fn catch() {
    // Fails only if there is a handler already, which is then this one.
    let _ = ctrlc::set_handler(|| {
        let before = SIGNALS.fetch_add(1, Ordering::Relaxed);
        let is_worth_waiting = matches!(KEPT.load(Ordering::Relaxed), KEEPS | DONE);
        if before > 0 || !is_worth_waiting {
            end();
        }
        // The next signal must find this handler free.
        thread::spawn(|| {
            thread::sleep(PATIENCE);
            end();
        });
    });
}

/// From now on an early end gives what was computed.
pub(super) fn keep() {
    let _ = KEPT.compare_exchange(NOTHING, KEEPS, Ordering::Relaxed, Ordering::Relaxed);
}

/// From now on an early end gives nothing, whatever is computed: half of it would be a wrong answer.
pub(super) fn whole_or_nothing() {
    KEPT.store(WHOLE, Ordering::Relaxed);
}

/// From now on the program ends as it would without a signal, also if one came meanwhile: it came too late to
/// leave anything undone.
pub(super) fn done() {
    KEPT.store(DONE, Ordering::Relaxed);
}

fn is_done() -> bool {
    KEPT.load(Ordering::Relaxed) == DONE
}

/// Whether to end early.
pub(super) fn is_asked() -> bool {
    SIGNALS.load(Ordering::Relaxed) > 0 && !is_done()
}

/// While this is held, signals do not end the program, for a moment at least.
pub(super) fn hold() -> MutexGuard<'static, ()> {
    NAMING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does not come back if the program is being ended: what fails then fails because of that.
pub(super) fn give_way() {
    while ENDING.load(Ordering::Relaxed) {
        thread::sleep(MOMENT);
    }
}

/// Ends the program; what it was writing goes with it.
fn end() -> ! {
    if is_done() {
        std::process::exit(Exit::Done as i32);
    }
    ENDING.store(true, Ordering::Relaxed);
    let (tell, shown) = channel();
    // Whoever reads stderr may not read it any more.
    thread::spawn(move || {
        let _ = std::io::stderr().write_all(b"note: interrupted before there was an answer\n");
        let _ = tell.send(());
    });
    let _ = shown.recv_timeout(MOMENT);
    let began = Instant::now();
    while began.elapsed() < MOMENT {
        if let Ok(_held) = NAMING.try_lock() {
            temporary::remove_all();
            std::process::exit(Exit::Incomplete as i32);
        }
        thread::sleep(Duration::from_millis(5));
    }
    std::process::exit(Exit::Incomplete as i32)
}
