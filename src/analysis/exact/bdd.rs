//! Binary decision diagrams: monotone functions of independent events, while they are put together.
//!
//! In: functions put together by [`Bdd::or`], [`Bdd::and`] and [`Bdd::at_least`]. Out: handles, and at
//! last a [`Diagram`]. Promise: reduced and ordered, so that equal functions have equal handles;
//! never more nodes or steps than allowed; a node comes after those that it leads to.
//!
//! ```text
//! nodes   never | always | (variable, low, high) …                12 bytes each
//! places  hash → node, open addressing, at most half full       8 to 16 bytes a node
//! done    hash → what was put together lately, overwritten      up to 24 MiB
//! ```

use super::diagram::Diagram;
use super::node::{ALWAYS, Handle, LEAF, NEVER, Node};

/// A free place.
const FREE: u32 = u32::MAX;
/// Marks of a remembered result that it is of both, not of either.
const BOTH: u32 = 1 << 31;
/// More nodes than this have no handle that leaves room for the mark.
const MOST_NODES: usize = 1 << 30;
/// Places at first: a power of two.
const FIRST_PLACES: usize = 1 << 8;
/// Results that are remembered, at most: a power of two.
const MOST_DONE: usize = 1 << 21;

/// How large a diagram may become.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nodes at a time.
    pub nodes: usize,
    /// Steps of putting functions together.
    pub steps: u64,
}

impl Limits {
    /// So many nodes at a time, and time in proportion.
    #[must_use]
    pub fn of_nodes(nodes: usize) -> Self {
        Self {
            nodes,
            steps: (nodes as u64).saturating_mul(20),
        }
    }
}

/// A limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// A result that is remembered.
#[derive(Clone, Copy, Debug)]
struct Done {
    f: u32,
    g: u32,
    result: Handle,
}

const NOTHING_DONE: Done = Done {
    f: FREE,
    g: FREE,
    result: NEVER,
};

/// Functions over one order of variables.
#[derive(Clone, Debug)]
pub struct Bdd {
    nodes: Vec<Node>,
    places: Vec<u32>,
    done: Vec<Done>,
    limits: Limits,
    steps: u64,
}

/// Where to look for something first, among a power of two of places.
fn place(x: u32, y: u32, z: u32, places: usize) -> usize {
    let a = (u64::from(x) | u64::from(y) << 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let b = (a ^ (a >> 29) ^ u64::from(z)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    #[allow(clippy::cast_possible_truncation)] // Only the lowest bits count.
    let hash = (b ^ (b >> 32)) as usize;
    hash & (places - 1)
}

impl Bdd {
    /// No functions but the constant ones.
    pub fn new(limits: Limits) -> Self {
        let leaf = |at| Node {
            variable: LEAF,
            low: at,
            high: at,
        };
        Self {
            nodes: vec![leaf(NEVER), leaf(ALWAYS)],
            places: vec![FREE; FIRST_PLACES],
            done: vec![NOTHING_DONE; FIRST_PLACES],
            limits: Limits {
                nodes: limits.nodes.min(MOST_NODES),
                ..limits
            },
            steps: 0,
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The nodes, those that lead to others after them.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The variable that a function asks about first.
    pub fn first_variable(&self, f: Handle) -> u32 {
        self.nodes[f as usize].variable
    }

    fn step(&mut self) -> Result<(), TooLarge> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            return Err(TooLarge);
        }
        Ok(())
    }

    /// If the variable happens then `high`, else `low`; both ask about later variables only.
    pub fn node(&mut self, variable: u32, low: Handle, high: Handle) -> Result<Handle, TooLarge> {
        if low == high {
            return Ok(low);
        }
        let node = Node {
            variable,
            low,
            high,
        };
        let mask = self.places.len() - 1;
        let mut at = place(variable, low, high, self.places.len());
        while self.places[at] != FREE {
            if self.nodes[self.places[at] as usize] == node {
                return Ok(self.places[at]);
            }
            at = (at + 1) & mask;
        }
        if self.nodes.len() >= self.limits.nodes {
            return Err(TooLarge);
        }
        let handle = Handle::try_from(self.nodes.len()).map_err(|_| TooLarge)?;
        self.nodes.push(node);
        self.places[at] = handle;
        if self.nodes.len() * 2 > self.places.len() {
            self.place_all(self.places.len() * 2);
            if self.done.len() < MOST_DONE {
                self.remember(self.done.len() * 2);
            }
        }
        Ok(handle)
    }

    /// Notes anew where each node is.
    fn place_all(&mut self, places: usize) {
        self.places.clear();
        self.places.resize(places, FREE);
        for (handle, n) in (0u32..).zip(&self.nodes).skip(2) {
            let mut at = place(n.variable, n.low, n.high, places);
            while self.places[at] != FREE {
                at = (at + 1) & (places - 1);
            }
            self.places[at] = handle;
        }
    }

    /// Makes room for more results.
    fn remember(&mut self, room: usize) {
        let old = std::mem::replace(&mut self.done, vec![NOTHING_DONE; room]);
        for d in old.into_iter().filter(|d| d.f != FREE) {
            self.done[place(d.f, d.g, 0, room)] = d;
        }
    }

    /// Drops all nodes that no function in `kept` needs. Handles change; those in `kept` are made anew.
    pub fn keep<'h>(&mut self, kept: impl Iterator<Item = &'h mut Handle>) {
        let mut kept: Vec<&mut Handle> = kept.collect();
        // FREE: not needed.
        let mut moved = vec![FREE; self.nodes.len()];
        for f in [NEVER, ALWAYS].iter().chain(kept.iter().map(|f| &**f)) {
            moved[*f as usize] = NEVER;
        }
        for at in (2..self.nodes.len()).rev() {
            if moved[at] != FREE {
                let n = self.nodes[at];
                moved[n.low as usize] = NEVER;
                moved[n.high as usize] = NEVER;
            }
        }
        let mut next: Handle = 0;
        for at in 0..self.nodes.len() {
            if moved[at] == FREE {
                continue;
            }
            moved[at] = next;
            let n = self.nodes[at];
            self.nodes[next as usize] = Node {
                variable: n.variable,
                low: moved[n.low as usize],
                high: moved[n.high as usize],
            };
            next += 1;
        }
        self.nodes.truncate(next as usize);
        for f in &mut kept {
            **f = moved[**f as usize];
        }
        self.done.fill(NOTHING_DONE);
        self.place_all(self.places.len());
    }

    /// The diagram of one function.
    pub fn cut(mut self, top: Handle) -> Diagram {
        let mut top = top;
        self.keep(std::iter::once(&mut top));
        self.nodes.shrink_to_fit();
        Diagram::new(self.nodes, top)
    }

    /// That a variable happens.
    pub fn variable(&mut self, variable: u32) -> Result<Handle, TooLarge> {
        self.node(variable, NEVER, ALWAYS)
    }

    /// Either.
    pub fn or(&mut self, f: Handle, g: Handle) -> Result<Handle, TooLarge> {
        self.join(0, f, g)
    }

    /// Both.
    pub fn and(&mut self, f: Handle, g: Handle) -> Result<Handle, TooLarge> {
        self.join(BOTH, f, g)
    }

    fn join(&mut self, both: u32, f: Handle, g: Handle) -> Result<Handle, TooLarge> {
        let (absorbs, neutral) = match both {
            BOTH => (NEVER, ALWAYS),
            _ => (ALWAYS, NEVER),
        };
        if f == absorbs || g == absorbs {
            return Ok(absorbs);
        }
        if f == neutral || f == g {
            return Ok(g);
        }
        if g == neutral {
            return Ok(f);
        }
        let (a, b) = (f.min(g) | both, f.max(g));
        let known = self.done[place(a, b, 0, self.done.len())];
        if (known.f, known.g) == (a, b) {
            return Ok(known.result);
        }
        self.step()?;
        let (x, y) = (self.nodes[f as usize], self.nodes[g as usize]);
        let variable = x.variable.min(y.variable);
        let split = |n: Node, whole: Handle| {
            if n.variable == variable {
                (n.low, n.high)
            } else {
                (whole, whole)
            }
        };
        let ((f0, f1), (g0, g1)) = (split(x, f), split(y, g));
        let low = self.join(both, f0, g0)?;
        let high = self.join(both, f1, g1)?;
        let result = self.node(variable, low, high)?;
        let at = place(a, b, 0, self.done.len());
        self.done[at] = Done { f: a, g: b, result };
        Ok(result)
    }

    /// At least `k` of the functions. Cheapest when they come in the order of their variables.
    pub fn at_least(&mut self, k: usize, functions: &[Handle]) -> Result<Handle, TooLarge> {
        // row[j]: at least j of those looked at so far, from the last one on.
        let mut row = vec![NEVER; k + 1];
        row[0] = ALWAYS;
        for (seen, &f) in functions.iter().rev().enumerate() {
            for j in (1..=k.min(seen + 1)).rev() {
                self.step()?;
                let with = self.and(f, row[j - 1])?;
                row[j] = self.or(row[j], with)?;
            }
        }
        Ok(row[k])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Limits = Limits {
        nodes: 1 << 16,
        steps: 1 << 20,
    };

    #[test]
    fn at_least_k_of_n_is_binomial() {
        let mut bdd = Bdd::new(ROOM);
        let all: Vec<Handle> = (0..10).map(|v| bdd.variable(v).expect("room")).collect();
        let f = bdd.at_least(3, &all).expect("room");
        assert_eq!(bdd.at_least(0, &all), Ok(ALWAYS));
        assert_eq!(bdd.at_least(11, &all), Ok(NEVER));
        let p = bdd.cut(f).probability(|_| 0.1);
        let below: f64 = [(1.0, 0), (10.0, 1), (45.0, 2)]
            .map(|(c, k)| c * 0.1f64.powi(k) * 0.9f64.powi(10 - k))
            .iter()
            .sum();
        assert!((p - (1.0 - below)).abs() < 1e-14);
    }

    #[test]
    fn dropping_nodes_keeps_functions() {
        let mut bdd = Bdd::new(ROOM);
        let all: Vec<Handle> = (0..12).map(|v| bdd.variable(v).expect("room")).collect();
        let mut kept =
            [bdd.at_least(5, &all), bdd.at_least(2, &all[3..])].map(|f| f.expect("room"));
        let before = bdd.len();
        bdd.keep(kept.iter_mut());
        assert!(bdd.len() < before, "{before}");
        // Built anew they are the same nodes.
        let all: Vec<Handle> = (0..12).map(|v| bdd.variable(v).expect("room")).collect();
        assert_eq!(bdd.at_least(5, &all), Ok(kept[0]));
        assert_eq!(bdd.at_least(2, &all[3..]), Ok(kept[1]));
    }

    #[test]
    fn it_stops_at_its_limits() {
        let mut bdd = Bdd::new(Limits {
            nodes: 8,
            steps: 1 << 20,
        });
        let all: Result<Vec<Handle>, TooLarge> = (0..10).map(|v| bdd.variable(v)).collect();
        assert_eq!(all, Err(TooLarge));
    }
}
