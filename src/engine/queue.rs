//! A queue by level that holds each entry once. Levels may be many and mostly empty.

/// Entries waiting, by level. A run pops from the highest level, and pushes only below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    waiting: Vec<bool>,
    levels: Vec<Vec<u32>>,
    /// One bit per level with entries.
    filled: Vec<u64>,
    /// One bit per word of `filled` that is not 0.
    words: Vec<u64>,
    /// No word of `words` above it has a bit.
    top: usize,
}

impl Queue {
    /// For entries `0..entries` on levels `0..levels`.
    pub fn new(entries: usize, levels: usize) -> Self {
        let filled = levels / 64 + 1;
        Self {
            waiting: vec![false; entries],
            levels: Vec::new(),
            filled: vec![0; filled],
            words: vec![0; filled / 64 + 1],
            top: 0,
        }
    }

    /// Queues an entry unless it waits already.
    #[inline]
    pub fn push(&mut self, level: u32, entry: u32) {
        let waits = &mut self.waiting[entry as usize];
        if *waits {
            return;
        }
        *waits = true;
        let at = level as usize;
        if self.levels.len() <= at {
            self.levels.resize_with(at + 1, Vec::new);
        }
        let same = &mut self.levels[at];
        if same.is_empty() {
            self.filled[at >> 6] |= 1 << (at & 63);
            self.words[at >> 12] |= 1 << (at >> 6 & 63);
            self.top = self.top.max(at >> 12);
        }
        same.push(entry);
    }

    /// Takes an entry from the highest level.
    #[inline]
    pub fn pop(&mut self) -> Option<u32> {
        while self.words[self.top] == 0 {
            self.top = self.top.checked_sub(1)?;
        }
        let highest = |bits: u64| 63 - bits.leading_zeros() as usize;
        let word = self.top << 6 | highest(self.words[self.top]);
        let level = word << 6 | highest(self.filled[word]);
        let entry = self.levels[level].pop()?;
        if self.levels[level].is_empty() {
            self.filled[word] &= !(1 << (level & 63));
            if self.filled[word] == 0 {
                self.words[self.top] &= !(1 << (word & 63));
            }
        }
        self.waiting[entry as usize] = false;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_level_comes_first_and_each_entry_once() {
        let mut queue = Queue::new(5, 300_000);
        for (level, entry) in [(3, 0), (299_999, 1), (70, 2), (5_000, 3), (3, 0), (64, 4)] {
            queue.push(level, entry);
        }
        let order: Vec<u32> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [1, 3, 2, 4, 0]);
        queue.push(2, 1);
        assert_eq!((queue.pop(), queue.pop()), (Some(1), None));
    }
}
