//! Members of a cycle that are to be looked at, round after round, each in the order of members.
//!
//! A round is cheap where few wait: a bit each, of which words are skipped at once.

/// Who waits. Members are numbered from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds {
    now: Vec<u64>,
    next: Vec<u64>,
    /// Nobody waits in `now` before this word.
    word: usize,
    /// Who was taken last.
    at: usize,
    is_more: bool,
}

impl Rounds {
    /// For cycles of up to `most` members.
    pub fn new(most: usize) -> Self {
        Self {
            now: vec![0; most.div_ceil(64)],
            next: vec![0; most.div_ceil(64)],
            ..Self::default()
        }
    }

    /// Begins the first round, in which all of `members` wait.
    pub fn begin(&mut self, members: usize) {
        self.now.fill(0);
        self.next.fill(0);
        self.now[..members / 64].fill(u64::MAX);
        if !members.is_multiple_of(64) {
            self.now[members / 64] = (1 << (members % 64)) - 1;
        }
        (self.word, self.at, self.is_more) = (0, 0, false);
    }

    /// The next that waits in this round.
    pub fn pop(&mut self) -> Option<usize> {
        while *self.now.get(self.word)? == 0 {
            self.word += 1;
        }
        let bits = &mut self.now[self.word];
        self.at = self.word * 64 + bits.trailing_zeros() as usize;
        *bits &= *bits - 1;
        Some(self.at)
    }

    /// A member is to be looked at: in this round if its turn is still to come, else in the next.
    pub fn push(&mut self, member: usize) {
        let bit = 1 << (member % 64);
        if member > self.at {
            self.now[member / 64] |= bit;
        } else {
            self.next[member / 64] |= bit;
            self.is_more = true;
        }
    }

    /// Begins the next round; whether anybody waits in it.
    pub fn next(&mut self) -> bool {
        std::mem::swap(&mut self.now, &mut self.next);
        (self.word, self.at) = (0, 0);
        std::mem::take(&mut self.is_more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_later_waits_in_this_round_and_others_in_the_next() {
        let mut rounds = Rounds::new(130);
        rounds.begin(3);
        assert_eq!((rounds.pop(), rounds.pop()), (Some(0), Some(1)));
        rounds.push(129);
        rounds.push(1);
        rounds.push(0);
        assert_eq!(
            (rounds.pop(), rounds.pop(), rounds.pop()),
            (Some(2), Some(129), None)
        );
        assert!(rounds.next());
        assert_eq!(
            (rounds.pop(), rounds.pop(), rounds.pop()),
            (Some(0), Some(1), None)
        );
        assert!(!rounds.next());
    }
}
