//! A set of small numbers that is emptied in order while it grows ahead.

/// A set of numbers below a bound.
#[derive(Clone, Debug, Default)]
pub struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// An empty set of numbers below `len`.
    pub fn new(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
        }
    }

    /// Puts a number in.
    pub fn set(&mut self, i: u32) {
        self.words[i as usize / 64] |= 1 << (i % 64);
    }

    /// Takes every number out, the least first. `visit` may put greater ones in.
    pub fn up(&mut self, mut visit: impl FnMut(&mut Self, u32)) {
        for w in 0..self.words.len() {
            while self.words[w] != 0 {
                let bit = self.words[w].trailing_zeros();
                self.words[w] &= self.words[w] - 1;
                visit(self, number(w, bit));
            }
        }
    }

    /// Takes every number out, the greatest first. `visit` may put lesser ones in.
    pub fn down(&mut self, mut visit: impl FnMut(&mut Self, u32)) {
        for w in (0..self.words.len()).rev() {
            while self.words[w] != 0 {
                let bit = self.words[w].ilog2();
                self.words[w] &= !(1 << bit);
                visit(self, number(w, bit));
            }
        }
    }
}

fn number(word: usize, bit: u32) -> u32 {
    u32::try_from(word * 64).unwrap_or(u32::MAX) + bit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_order_also_those_put_in_on_the_way() {
        let mut bits = Bits::new(300);
        for i in [7, 64, 130] {
            bits.set(i);
        }
        let mut seen = Vec::new();
        bits.up(|bits, i| {
            seen.push(i);
            if i < 250 {
                bits.set(i + 40);
            }
        });
        assert_eq!(
            seen,
            [
                7, 47, 64, 87, 104, 127, 130, 144, 167, 170, 184, 207, 210, 224, 247, 250, 264, 287
            ]
        );
        for i in [7, 64, 130] {
            bits.set(i);
        }
        let mut seen = Vec::new();
        bits.down(|bits, i| {
            seen.push(i);
            if i > 60 {
                bits.set(i - 60);
            }
        });
        assert_eq!(seen, [130, 70, 64, 10, 7, 4]);
    }
}
