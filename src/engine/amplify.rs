//! Load that comes back to where it was: nodes that load each other.
//!
//! What the members of a loop carry is the least solution of x = x₀ + A x, where x₀ is what enters
//! from outside and A what each sends to each, per unit of its load. It is found by elimination, in
//! an order fixed when the system is compiled, on numbers from 0 to ∞ with 0 · ∞ = 0. A unit that
//! comes back to its member as `g` adds up to 1 + g + g² + … = 1 / (1 − g), or ∞ where `g` is 1 or
//! more; nothing is ever taken away from anything else, so no sign is lost and no pivot is needed.
//! A loop that amplifies and that nothing enters carries nothing; one that something enters, and
//! all that it loads, carries ∞.
//!
//! A is the same for all load cases of a state, or differs between states side by side: the numbers
//! of A have `M` lanes, 1 or as many as loads have.

use super::lanes::by_lane;

/// A gain this close to 1 is 1: three times a third need not be 1 to the last bit.
const AMPLIFIES: f64 = 1.0 - 1e-12;

/// Nodes that load each other, side by side in the compiled order, and how their load is found.
///
/// Member `i` of `first..last` is eliminated in `step[i]`. Row `k` of the square belongs to the
/// provider of step `k`, with the steps of its consumers in `column[row[k]..row[k + 1]]`, ascending.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub first: u32,
    pub last: u32,
    /// The first of the leaves for what members send each other.
    pub inner: u32,
    /// Per such leaf: its entry in the square.
    pub slot: Vec<u32>,
    pub step: Vec<u32>,
    pub row: Vec<u32>,
    pub column: Vec<u32>,
    /// Per step: the entry in its own column.
    pub diagonal: Vec<u32>,
}

impl Loop {
    /// Its members.
    pub fn members(&self) -> std::ops::Range<usize> {
        self.first as usize..self.last as usize
    }

    /// The entry of a leaf; `None` for one that leads out of the loop.
    pub fn slot_of(&self, leaf: usize) -> Option<usize> {
        let at = leaf.checked_sub(self.inner as usize)?;
        self.slot.get(at).map(|&slot| slot as usize)
    }

    fn entries(&self, step: usize) -> std::ops::Range<usize> {
        self.row[step] as usize..self.row[step + 1] as usize
    }
}

/// Works out loads of loops. One per thread; nothing is allocated once it is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Solver<const M: usize, const L: usize> {
    square: Vec<[f64; M]>,
    /// Per step: what one unit adds up to as it goes round.
    star: Vec<[f64; M]>,
    /// Per step, one row.
    work: Vec<[f64; M]>,
    /// Per step.
    load: Vec<[f64; L]>,
}

impl<const M: usize, const L: usize> Solver<M, L> {
    /// For any of `loops`, one at a time.
    pub fn new(loops: &[Loop]) -> Self {
        let most = |size: fn(&Loop) -> usize| loops.iter().map(size).max().unwrap_or(0);
        let members = most(|l| l.step.len());
        Self {
            square: vec![[0.0; M]; most(|l| l.column.len())],
            star: vec![[0.0; M]; members],
            work: vec![[0.0; M]; members],
            load: vec![[0.0; L]; members],
        }
    }

    /// Begins with a loop: nobody sends anything.
    pub fn clear(&mut self, round: &Loop) {
        self.square[..round.column.len()].fill([0.0; M]);
    }

    /// An entry grows by what one unit of a member sends.
    pub fn add(&mut self, slot: usize, sent: &[f64; M]) {
        let entry = &mut self.square[slot];
        entry.iter_mut().zip(sent).for_each(|(e, s)| *e += s);
    }

    /// What enters at a member from outside.
    pub fn enter(&mut self, round: &Loop, v: usize, load: [f64; L]) {
        self.load[round.step[v - round.first as usize] as usize] = load;
    }

    /// What a member carries, once it is solved.
    pub fn load(&self, round: &Loop, v: usize) -> &[f64; L] {
        &self.load[round.step[v - round.first as usize] as usize]
    }

    /// Works out what every member carries.
    pub fn solve(&mut self, round: &Loop) {
        for step in 0..round.step.len() {
            self.eliminate(round, step);
        }
        self.substitute(round);
    }

    /// The first member, by steps, with which a loop closes that amplifies in any lane, once it is
    /// solved.
    pub fn amplifies(&self, round: &Loop) -> Option<usize> {
        let steps = &self.star[..round.step.len()];
        let at = steps.iter().position(|s| s.contains(&f64::INFINITY))?;
        round.step.iter().position(|&s| s as usize == at)
    }

    fn eliminate(&mut self, round: &Loop, step: usize) {
        let entries = round.entries(step);
        let columns = &round.column[entries.clone()];
        for (&c, e) in columns.iter().zip(&self.square[entries.clone()]) {
            self.work[c as usize] = *e;
        }
        for &c in columns.iter().take_while(|&&c| (c as usize) < step) {
            let c = c as usize;
            if self.work[c].iter().all(|&sent| sent <= 0.0) {
                continue;
            }
            let sent = product(&self.work[c], &self.star[c]);
            self.work[c] = sent;
            for f in round.diagonal[c] as usize + 1..round.row[c + 1] as usize {
                let more = product(&sent, &self.square[f]);
                let entry = &mut self.work[round.column[f] as usize];
                entry.iter_mut().zip(&more).for_each(|(e, m)| *e += m);
            }
        }
        self.star[step] = self.work[step].map(star);
        for (&c, e) in columns.iter().zip(&mut self.square[entries]) {
            *e = self.work[c as usize];
        }
    }

    /// Turns what enters into what is carried.
    fn substitute(&mut self, round: &Loop) {
        let steps = round.step.len();
        for step in 0..steps {
            let before = round.row[step] as usize..round.diagonal[step] as usize;
            self.receive(round, step, before);
        }
        for step in (0..steps).rev() {
            let after = round.diagonal[step] as usize + 1..round.row[step + 1] as usize;
            self.receive(round, step, after);
            self.load[step] = product(&self.load[step], &self.star[step]);
        }
    }

    /// A member gets what the consumers of some entries send it.
    fn receive(&mut self, round: &Loop, step: usize, entries: std::ops::Range<usize>) {
        for e in entries {
            let more = product(&self.load[round.column[e] as usize], &self.square[e]);
            let load = &mut self.load[step];
            load.iter_mut().zip(&more).for_each(|(x, m)| *x += m);
        }
    }
}

/// 1 + g + g² + …
fn star(gain: f64) -> f64 {
    if gain < AMPLIFIES {
        1.0 / (1.0 - gain)
    } else {
        f64::INFINITY
    }
}

/// Lane by lane; 0 · ∞ = 0. A factor of one lane goes with all.
fn product<const M: usize, const L: usize>(x: &[f64; L], factor: &[f64; M]) -> [f64; L] {
    by_lane(|l| {
        let factor = factor[if M == 1 { 0 } else { l }];
        if x[l] == 0.0 || factor == 0.0 {
            0.0
        } else {
            x[l] * factor
        }
    })
}
