//! Hours in blocks of eight, blocks in blocks of eight, and so on. A block evaluates its eight
//! parts as lanes; a part that is itself a block stands there with the greatest demand of each
//! service in it.
//!
//! In a fixed state, loads grow with every demand and what is delivered falls. So what harms
//! nobody at the greatest demands of a block harms nobody in any of its hours, and most blocks
//! need never be opened.

use crate::model::Horizon;

/// Parts of a block, and lanes of an evaluation.
pub(in crate::analysis) const LANES: usize = 8;

/// The blocks of a horizon. Level 0 is the hours themselves.
pub(in crate::analysis) struct Blocks<'h> {
    horizon: &'h Horizon,
    /// `most[level - 1][service][block]`.
    most: Vec<Vec<Vec<f64>>>,
    least: Vec<Vec<Vec<f64>>>,
    count: Vec<usize>,
}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct Block {
    /// 1: its parts are hours.
    pub level: usize,
    /// Position among those of its level.
    pub at: usize,
}

impl<'h> Blocks<'h> {
    pub fn new(horizon: &'h Horizon) -> Self {
        let (mut most, mut least) = (Vec::new(), Vec::new());
        let mut count = vec![horizon.hours()];
        let fold = |below: &[Vec<f64>], start: f64, f: fn(f64, f64) -> f64| -> Vec<Vec<f64>> {
            let one = |d: &Vec<f64>| {
                let blocks = d.chunks(LANES);
                blocks.map(|b| b.iter().copied().fold(start, f)).collect()
            };
            below.iter().map(one).collect()
        };
        loop {
            let (a, b) = (
                most.last().unwrap_or(&horizon.demand),
                least.last().unwrap_or(&horizon.demand),
            );
            let next = (fold(a, 0.0, f64::max), fold(b, f64::INFINITY, f64::min));
            count.push(count[count.len() - 1].div_ceil(LANES));
            most.push(next.0);
            least.push(next.1);
            if count[count.len() - 1] <= 1 {
                break;
            }
        }
        Self {
            horizon,
            most,
            least,
            count,
        }
    }

    pub fn hours(&self) -> usize {
        self.count[0]
    }

    /// The block of everything.
    pub fn top(&self) -> Block {
        Block {
            level: self.count.len() - 1,
            at: 0,
        }
    }

    /// The blocks whose parts are hours.
    pub fn lowest(&self) -> impl ExactSizeIterator<Item = Block> + use<> {
        (0..self.count[1]).map(|at| Block { level: 1, at })
    }

    /// The block that holds an hour.
    pub fn of(&self, hour: usize) -> Block {
        Block {
            level: 1,
            at: hour / LANES,
        }
    }

    /// How many parts it has.
    pub fn parts(&self, block: Block) -> usize {
        (self.count[block.level - 1] - block.at * LANES).min(LANES)
    }

    /// A part of it, as a block.
    pub fn part(&self, block: Block, part: usize) -> Block {
        Block {
            level: block.level - 1,
            at: block.at * LANES + part,
        }
    }

    /// The hour of a part of a lowest block.
    pub fn hour(&self, block: Block, part: usize) -> u32 {
        u32::try_from(block.at * LANES + part).unwrap_or(u32::MAX)
    }

    /// The greatest demand of each service in each part; lanes beyond the parts repeat the first.
    pub fn most(&self, block: Block) -> Vec<[f64; LANES]> {
        self.lanes(block, &self.most)
    }

    /// The least demand of each service in each part; lanes beyond the parts repeat the first.
    pub fn least(&self, block: Block) -> Vec<[f64; LANES]> {
        self.lanes(block, &self.least)
    }

    fn lanes(&self, block: Block, levels: &[Vec<Vec<f64>>]) -> Vec<[f64; LANES]> {
        let below = match block.level {
            1 => &self.horizon.demand,
            level => &levels[level - 2],
        };
        let first = block.at * LANES;
        let parts = self.parts(block);
        let lane = |d: &Vec<f64>| std::array::from_fn(|l| d[first + if l < parts { l } else { 0 }]);
        below.iter().map(lane).collect()
    }

    /// The greatest demand of each service over the horizon.
    pub fn envelope(&self) -> Vec<[f64; 1]> {
        let top = self.most.last();
        let greatest = |d: &Vec<f64>| [d.iter().copied().fold(0.0, f64::max)];
        top.map_or_else(Vec::new, |top| top.iter().map(greatest).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    #[test]
    fn every_hour_is_in_one_block_and_below_its_greatest() {
        let hours = 70;
        let demand: Vec<f64> = (0..hours).map(|h| f64::from(h * 37 % 101)).collect();
        let horizon = Horizon {
            start: 0,
            zone: TimeZone::UTC,
            demand: vec![demand.clone()],
            basis: Vec::new(),
            growth_per_year: None,
        };
        let blocks = Blocks::new(&horizon);
        assert_eq!(blocks.top(), Block { level: 3, at: 0 });
        let mut seen = Vec::new();
        let mut open = vec![blocks.top()];
        while let Some(block) = open.pop() {
            for part in (0..blocks.parts(block)).rev() {
                let (most, least) = (blocks.most(block)[0][part], blocks.least(block)[0][part]);
                if block.level > 1 {
                    let inner = blocks.part(block, part);
                    let within = blocks.most(inner)[0];
                    assert!(within.iter().all(|&d| d <= most));
                    assert!(blocks.least(inner)[0].iter().all(|&d| d >= least));
                    open.push(inner);
                } else {
                    let hour = blocks.hour(block, part);
                    assert_eq!(most.to_bits(), demand[hour as usize].to_bits());
                    seen.push(hour);
                }
            }
        }
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..70));
    }
}
