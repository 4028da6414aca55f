//! What pairs do beyond superposition, added up.

use super::cascade;
use super::pair_cache::Noted;
use super::stranded;
use super::tally::Tally;
use crate::model::Status;

/// What pairs do beyond superposition.
pub(super) struct Pairs {
    /// Per service and lane: minimal sets, worst and least headroom among evaluated pairs.
    pub tallies: Vec<Tally>,
    /// Per service and lane: how many more pairs leave it down, degraded than superposition says.
    pub more: Vec<(i64, i64)>,
    /// Element, service × lanes + lane: how many more partners harm it than superposition says; by
    /// worker, sorted, each once.
    pub partners: Vec<Vec<(u32, u32, i32)>>,
    /// Pairs in which the heavier element has a rank below this are accounted for.
    pub ranks: usize,
    /// How many pairs were evaluated.
    pub evaluated: u64,
    /// Element of each rank.
    pub by_rank: Vec<u32>,
    /// What the workers noted, if they were to.
    pub notes: Vec<Noted>,
    /// Those that set off a cascade, and no part of them.
    pub cascades: cascade::Found,
    /// Those that leave an instance without a host, and no part of them.
    pub stranded: stranded::Found,
}

/// Adds up differences of the same element, service and lane.
pub(super) fn compact(partners: &mut Vec<(u32, u32, i32)>) {
    partners.sort_unstable_by_key(|&(e, i, _)| (e, i));
    partners.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
}

impl Pairs {
    /// Adds what other pairs do; their partners, ranks and notes are left to the caller.
    pub fn merge(&mut self, other: Self) {
        self.evaluated += other.evaluated;
        for (mine, tally) in self.tallies.iter_mut().zip(other.tallies) {
            mine.merge(tally);
        }
        for (mine, more) in self.more.iter_mut().zip(other.more) {
            mine.0 += more.0;
            mine.1 += more.1;
        }
        self.cascades.merge(other.cascades);
        self.stranded.merge(other.stranded);
    }

    /// Counts a pair of which superposition says something else.
    pub fn count(
        &mut self,
        partners: &mut Vec<(u32, u32, i32)>,
        first: u32,
        [a, b]: [u32; 2],
        i: usize,
        [said, is]: [Status; 2],
    ) {
        if a.min(b) >= first {
            let more = &mut self.more[i];
            more.0 += i64::from(is == Status::Down) - i64::from(said == Status::Down);
            more.1 += i64::from(is == Status::Degraded) - i64::from(said == Status::Degraded);
        }
        let harm = i32::from(is.is_harm()) - i32::from(said.is_harm());
        if harm != 0 {
            let i = u32::try_from(i).unwrap_or(u32::MAX);
            partners.push((a, i, harm));
            partners.push((b, i, harm));
        }
    }
}
