//! Memory that is lent and comes back: what one piece of work has built, the next one uses.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Memory that nobody uses at the moment.
pub struct Pool<M> {
    idle: Mutex<Vec<M>>,
}

impl<M> Pool<M> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            idle: Mutex::new(Vec::new()),
        }
    }

    /// What was given back last, else `fresh`.
    pub fn lend(&self, fresh: impl FnOnce() -> M) -> Lent<'_, M> {
        // Whoever panicked with the lock held has taken or put one whole memory.
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Lent {
            pool: self,
            memory: Some(idle.unwrap_or_else(fresh)),
        }
    }
}

/// Memory in use; goes back to its pool in the end.
pub struct Lent<'p, M> {
    pool: &'p Pool<M>,
    memory: Option<M>,
}

impl<M> Deref for Lent<'_, M> {
    type Target = M;

    fn deref(&self) -> &M {
        self.memory
            .as_ref()
            .expect("it goes back only when dropped")
    }
}

impl<M> DerefMut for Lent<'_, M> {
    fn deref_mut(&mut self) -> &mut M {
        self.memory
            .as_mut()
            .expect("it goes back only when dropped")
    }
}

impl<M> Drop for Lent<'_, M> {
    fn drop(&mut self) {
        let mut idle = self
            .pool
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.memory.take());
    }
}
