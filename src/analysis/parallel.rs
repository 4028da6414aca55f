//! The threads: work in chunks, taken in order, with state that each worker keeps.
//!
//! What the workers return must not depend on who did what: callers add counts up, keep minima
//! of a total order, or sort.

use super::Watch;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the workers return.
pub(super) struct Done<W> {
    /// One per worker.
    pub workers: Vec<W>,
    /// The items `0..items` were worked on; fewer than asked when the watcher stopped it.
    pub items: usize,
}

/// Works on `0..items` in chunks of `chunk`. A chunk that was begun is finished.
pub(super) fn for_chunks<W: Send>(
    items: usize,
    chunk: usize,
    watch: &dyn Watch,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, Range<usize>) + Sync,
) -> Done<W> {
    let next = AtomicUsize::new(0);
    let workers = rayon::current_num_threads()
        .min(items.div_ceil(chunk))
        .min(watch.workers())
        .max(1);
    let done: Vec<(W, usize)> = (0..workers)
        .into_par_iter()
        .with_max_len(1)
        .map(|_| {
            let mut worker = worker();
            let mut end = 0;
            while !watch.stop() {
                let start = next.fetch_add(chunk, Ordering::Relaxed);
                if start >= items {
                    break;
                }
                end = (start + chunk).min(items);
                work(&mut worker, start..end);
            }
            (worker, end)
        })
        .collect();
    let items = done.iter().map(|(_, end)| *end).max().unwrap_or(0);
    Done {
        workers: done.into_iter().map(|(worker, _)| worker).collect(),
        items,
    }
}
