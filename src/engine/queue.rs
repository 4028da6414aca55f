//! A queue by level that holds each entry once. Levels may be many and mostly empty.

/// Entries waiting, by level. A run pops from the highest level, and pushes only below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    waiting: Vec<bool>,
    levels: Vec<Vec<u32>>,
    /// A bit per level with entries.
    filled: Vec<u64>,
    /// No word of `filled` from here on has a bit.
    top: usize,
}

impl Queue {
    /// For entries `0..entries`.
    pub fn new(entries: usize) -> Self {
        Self {
            waiting: vec![false; entries],
            ..Self::default()
        }
    }

    /// Queues an entry unless it waits already.
    pub fn push(&mut self, level: u32, entry: u32) {
        let waits = &mut self.waiting[entry as usize];
        if *waits {
            return;
        }
        *waits = true;
        let at = level as usize;
        if self.levels.len() <= at {
            self.levels.resize_with(at + 1, Vec::new);
            self.filled.resize(at / 64 + 1, 0);
        }
        self.filled[at / 64] |= 1 << (at % 64);
        self.top = self.top.max(at / 64 + 1);
        self.levels[at].push(entry);
    }

    /// Takes an entry from the highest level.
    pub fn pop(&mut self) -> Option<u32> {
        while *self.filled.get(self.top.checked_sub(1)?)? == 0 {
            self.top -= 1;
        }
        let word = self.top - 1;
        let bit = 63 - self.filled[word].leading_zeros() as usize;
        let level = &mut self.levels[word * 64 + bit];
        let entry = level.pop()?;
        if level.is_empty() {
            self.filled[word] &= !(1 << bit);
        }
        self.waiting[entry as usize] = false;
        Some(entry)
    }
}
