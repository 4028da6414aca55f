//! Ways round, from what a search came from.

use std::collections::HashMap;
use std::hash::Hash;

/// The way round from a start back to it, over the last before it; each has the one it was come from.
pub(super) fn round<T: Copy + Eq + Hash>(came_from: &HashMap<T, T>, start: T, last: T) -> Vec<T> {
    let mut path = vec![start];
    let mut at = last;
    while at != start {
        path.push(at);
        at = came_from[&at];
    }
    path.push(start);
    path.reverse();
    path
}
