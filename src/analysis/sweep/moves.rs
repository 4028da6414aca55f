//! What one failure does to placements, in the terms that decide whether two failures interact.
//!
//! A failure *displaces* instances: those that lost their host, with or without another. Each *chose* a
//! host, or none, among those that it *may use*. Hosts got *worse*: those that were lost, whose resource
//! was, and to which an instance came. Hosts got *better*: those that an instance left which failed, and
//! those that work and that another left. Two failures are evaluated together if
//!
//! 1. one chose a host that got worse in the other,
//! 2. one displaces an instance that may use a host which got better in the other,
//! 3. one displaces an instance that is kept apart from others, of which one moved or failed in the other;
//!
//! all others superpose. *Proof.* Compare the placement after both with those after one, layer by layer, and
//! in a layer one instance after the other, in the order in which they are placed anew. The hosts of the
//! layer work after both if they do after each ([`super::effects`]; those that are instances of lower layers
//! are out after both exactly if they are after one). So what is placed anew after both is what is after the
//! one or the other, but for those that failed; and none of these is placed anew after the other, since it
//! could use the host that it left (rule 2). Let all before it have gone where they go after their own. The
//! host that it chose after the one did not get worse by the other (rule 1), so it has the room, to the last
//! bit, that it had then: what is taken of it is added up in the same order. No other host that it may use
//! got better by the other (rule 2), and the words that keep it apart bar the same ones (rule 3). So the same
//! host is the best; and if it found none, it finds none. What both displace is no exception: where it
//! went after the one it would have gone after the other, or one of the rules had joined them.
//!
//! Where known outages have displaced instances already, these are placed anew in every state. One that goes
//! where it goes in the base state is as if it were at home there, unless a failure *could* have sent it
//! elsewhere: made its host worse, bettered one that it may use, or moved one it is kept apart from. Then
//! that failure counts as displacing it. *Proof.* If only one of the two failures does any of this, the
//! instance sees the hosts as after that one.
//!
//! A word by which instances are kept apart in domains may look through hosts that are instances: whenever
//! one of these moves, every such word counts as moved.
//!
//! Where something trips, all this holds round by round, as in [`super::effects`]: what a failure does counts
//! for every round.

use super::rules::Rules;
use crate::engine::{Base, Mark, NONE, Placement, Scratch};

/// One way in which two failures meet over placements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A host was chosen by a displaced instance.
    Chosen,
    /// A host was lost, or a resource of it, or an instance came to it.
    Worse,
    /// A displaced instance may use a host.
    Usable,
    /// An instance left a host.
    Better,
    /// An instance was displaced that a word keeps apart from others.
    Apart,
    /// An instance moved or failed from which others are kept apart by a word.
    Moved,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Chosen,
        Self::Worse,
        Self::Usable,
        Self::Better,
        Self::Apart,
        Self::Moved,
    ];

    /// What of another failure, at the same host or word, makes the two interact.
    pub fn meets(self) -> Self {
        match self {
            Self::Chosen => Self::Worse,
            Self::Worse => Self::Chosen,
            Self::Usable => Self::Better,
            Self::Better => Self::Usable,
            Self::Apart => Self::Moved,
            Self::Moved => Self::Apart,
        }
    }

    /// How many hosts or words there are.
    pub fn places(self, placement: Option<&Placement>) -> usize {
        let Some(p) = placement else { return 0 };
        match self {
            Self::Chosen | Self::Worse | Self::Usable | Self::Better => p.hosts.len(),
            Self::Apart | Self::Moved => p.words.len(),
        }
    }
}

impl Rules {
    /// Whether two failures interact that meet in this way.
    pub(super) fn counts(&self, kind: Kind) -> bool {
        match kind {
            Kind::Chosen | Kind::Worse => self.chosen,
            Kind::Usable | Kind::Better => self.usable,
            Kind::Apart | Kind::Moved => self.apart,
        }
    }
}

/// What was seen already of a state, and what does not change from state to state. One per thread.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenMoves {
    /// Per kind: the round in which each place was seen last.
    seen: [Vec<u32>; 6],
    /// The same per instance, of those that failed and of those that were displaced.
    failed: Vec<u32>,
    displaced: Vec<u32>,
    round: u32,
    /// Per slot: the hosts whose resource it is.
    hosts_of: Vec<Vec<u32>>,
    /// Instances that known outages have displaced.
    away: Vec<u32>,
    /// Words that look through hosts which are instances.
    deep: Vec<u32>,
    /// Per instance: whether it is, or carries, a host.
    is_mover: Vec<bool>,
}

impl SeenMoves {
    /// For states on top of a base.
    pub fn new<const L: usize>(base: &Base<'_, L>, rules: &Rules) -> Self {
        let Some(p) = base.system().placement.as_deref() else {
            return Self::default();
        };
        let mut hosts_of = vec![Vec::new(); p.slots.len()];
        let mut is_mover = vec![false; p.instances.len()];
        for (h, host) in (0u32..).zip(&p.hosts) {
            for &slot in host.slots.iter().filter(|&&slot| slot != NONE) {
                hosts_of[slot as usize].push(h);
            }
            for &mover in &host.movers {
                is_mover[mover as usize] = true;
            }
        }
        let deep = (0u32..).zip(&p.words).filter(|w| w.1.domains.is_some());
        Self {
            seen: Kind::ALL.map(|kind| vec![0; kind.places(Some(p))]),
            failed: vec![0; p.instances.len()],
            displaced: vec![0; p.instances.len()],
            round: 0,
            hosts_of,
            away: if rules.away { base.away() } else { Vec::new() },
            deep: deep.map(|w| w.0).collect(),
            is_mover,
        }
    }

    fn next(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            let all = self.seen.iter_mut();
            let all = all.chain([&mut self.failed, &mut self.displaced]);
            all.for_each(|seen| seen.fill(0));
            self.round = 1;
        }
    }

    /// True the first time in a round.
    fn first(&mut self, kind: Kind, at: u32) -> bool {
        let seen = &mut self.seen[kind as usize][at as usize];
        std::mem::replace(seen, self.round) != self.round
    }

    fn is_seen(&self, kind: Kind, at: u32) -> bool {
        self.seen[kind as usize][at as usize] == self.round
    }
}

/// Everything that the failures which a scratch holds do to placements, each once: what, and the number of
/// the host or word.
pub(super) fn moves<const L: usize>(
    scratch: &Scratch<'_, L>,
    seen: &mut SeenMoves,
    mut visit: impl FnMut(Kind, u32),
) {
    let sys = scratch.base().system();
    let Some(p) = sys.placement.as_deref() else {
        return;
    };
    seen.next();
    let mut pass = |seen: &mut SeenMoves, kind: Kind, at: u32| {
        if seen.first(kind, at) {
            visit(kind, at);
        }
    };
    for v in scratch.stopped(Mark::default()) {
        let host = p.host_at[v.index()];
        if host != NONE {
            pass(seen, Kind::Worse, host);
        }
        let slot = p.slot_of[v.index()];
        if slot != NONE {
            for at in 0..seen.hosts_of[slot as usize].len() {
                let host = seen.hosts_of[slot as usize][at];
                pass(seen, Kind::Worse, host);
            }
        }
    }
    for &i in scratch.failed_instances() {
        seen.failed[i as usize] = seen.round;
        went(p, i, seen, &mut pass);
    }
    for (i, before, now) in scratch.moved() {
        let has_failed = seen.failed[i as usize] == seen.round;
        // A host that was lost serves nobody, whoever moved from it.
        if before != NONE && (has_failed || works(scratch, p, before)) {
            pass(seen, Kind::Better, before);
        }
        if has_failed {
            continue;
        }
        went(p, i, seen, &mut pass);
        displaced(p, i, seen, &mut pass);
        if now != NONE {
            pass(seen, Kind::Chosen, now);
            pass(seen, Kind::Worse, now);
        }
    }
    for at in 0..seen.away.len() {
        let i = seen.away[at];
        let host = scratch.base().values.placed.at[i as usize];
        let word = p.instances[i as usize].word;
        let is_concerned = (host != NONE && seen.is_seen(Kind::Worse, host))
            || (word != NONE && seen.is_seen(Kind::Moved, word))
            || usable(p, i).iter().any(|&h| seen.is_seen(Kind::Better, h));
        if is_concerned {
            displaced(p, i, seen, &mut pass);
        }
    }
}

fn works<const L: usize>(scratch: &Scratch<'_, L>, p: &Placement, host: u32) -> bool {
    scratch.values.works[p.hosts[host as usize].node as usize]
}

/// The hosts that an instance may use.
fn usable(p: &Placement, i: u32) -> &[u32] {
    let instance = &p.instances[i as usize];
    &p.candidates[instance.first as usize..instance.last as usize]
}

fn displaced(
    p: &Placement,
    i: u32,
    seen: &mut SeenMoves,
    pass: &mut impl FnMut(&mut SeenMoves, Kind, u32),
) {
    if std::mem::replace(&mut seen.displaced[i as usize], seen.round) == seen.round {
        return;
    }
    for &host in usable(p, i) {
        pass(seen, Kind::Usable, host);
    }
    let word = p.instances[i as usize].word;
    if word != NONE {
        pass(seen, Kind::Apart, word);
    }
}

/// An instance is no longer where it was.
fn went(
    p: &Placement,
    i: u32,
    seen: &mut SeenMoves,
    pass: &mut impl FnMut(&mut SeenMoves, Kind, u32),
) {
    let word = p.instances[i as usize].word;
    if word != NONE {
        pass(seen, Kind::Moved, word);
    }
    if seen.is_mover[i as usize] {
        for at in 0..seen.deep.len() {
            let word = seen.deep[at];
            pass(seen, Kind::Moved, word);
        }
    }
}
