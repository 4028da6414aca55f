//! Binary decision diagrams: monotone functions of independent events, in a form in which
//! probabilities are one pass.
//!
//! In: functions put together by [`Bdd::or`], [`Bdd::and`] and [`Bdd::at_least`]. Out: probabilities
//! and derivatives. Promise: reduced and ordered, so that equal functions have equal handles; never
//! more nodes or steps than allowed.

use std::collections::HashMap;

/// A function: a node of the diagram.
pub type Handle = u32;

/// Never.
pub const NEVER: Handle = 0;
/// Always.
pub const ALWAYS: Handle = 1;
/// A variable that comes after all others.
const LEAF: u32 = u32::MAX;

/// How large a diagram may become.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nodes.
    pub nodes: usize,
    /// Steps of putting functions together.
    pub steps: usize,
}

/// A limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// If the variable happens then `high`, else `low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Node {
    variable: u32,
    low: Handle,
    high: Handle,
}

/// Functions over one order of variables.
#[derive(Clone, Debug)]
pub struct Bdd {
    nodes: Vec<Node>,
    unique: HashMap<Node, Handle>,
    /// (whether and, f, g) → result.
    done: HashMap<(bool, Handle, Handle), Handle>,
    limits: Limits,
    steps: usize,
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
            unique: HashMap::new(),
            done: HashMap::new(),
            limits,
            steps: 0,
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many steps were taken.
    pub fn steps(&self) -> usize {
        self.steps
    }

    fn step(&mut self) -> Result<(), TooLarge> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            return Err(TooLarge);
        }
        Ok(())
    }

    fn node(&mut self, variable: u32, low: Handle, high: Handle) -> Result<Handle, TooLarge> {
        if low == high {
            return Ok(low);
        }
        let node = Node {
            variable,
            low,
            high,
        };
        if let Some(&known) = self.unique.get(&node) {
            return Ok(known);
        }
        let handle = u32::try_from(self.nodes.len()).map_err(|_| TooLarge)?;
        if self.nodes.len() >= self.limits.nodes {
            return Err(TooLarge);
        }
        self.nodes.push(node);
        self.unique.insert(node, handle);
        Ok(handle)
    }

    /// That a variable happens.
    pub fn variable(&mut self, variable: u32) -> Result<Handle, TooLarge> {
        self.node(variable, NEVER, ALWAYS)
    }

    /// Either.
    pub fn or(&mut self, f: Handle, g: Handle) -> Result<Handle, TooLarge> {
        self.apply(false, f, g)
    }

    /// Both.
    pub fn and(&mut self, f: Handle, g: Handle) -> Result<Handle, TooLarge> {
        self.apply(true, f, g)
    }

    fn apply(&mut self, and: bool, f: Handle, g: Handle) -> Result<Handle, TooLarge> {
        let (absorbs, neutral) = if and {
            (NEVER, ALWAYS)
        } else {
            (ALWAYS, NEVER)
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
        let key = (and, f.min(g), f.max(g));
        if let Some(&known) = self.done.get(&key) {
            return Ok(known);
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
        let low = self.apply(and, f0, g0)?;
        let high = self.apply(and, f1, g1)?;
        let result = self.node(variable, low, high)?;
        self.done.insert(key, result);
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

    /// Probability of every node, given that of each variable.
    pub fn probabilities(&self, q: impl Fn(u32) -> f64) -> Vec<f64> {
        let mut p = Vec::with_capacity(self.nodes.len());
        p.extend([0.0, 1.0]);
        for n in &self.nodes[2..] {
            let q = q(n.variable);
            let (low, high) = (p[n.low as usize], p[n.high as usize]);
            p.push(q * high + (1.0 - q) * low);
        }
        p
    }

    /// For each variable of a function: by how much its probability grows with the variable's,
    /// given the probabilities of variables and nodes. `tell` may hear of a variable several times;
    /// the parts add up.
    pub fn derivatives(
        &self,
        f: Handle,
        q: impl Fn(u32) -> f64,
        p: &[f64],
        mut tell: impl FnMut(u32, f64),
    ) {
        let mut weight = vec![0.0; f as usize + 1];
        weight[f as usize] = 1.0;
        for at in (2..=f as usize).rev() {
            let (w, n) = (weight[at], self.nodes[at]);
            if w > 0.0 {
                let q = q(n.variable);
                tell(n.variable, w * (p[n.high as usize] - p[n.low as usize]));
                weight[n.high as usize] += w * q;
                weight[n.low as usize] += w * (1.0 - q);
            }
        }
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
        let p = bdd.probabilities(|_| 0.1)[f as usize];
        let below: f64 = [(1.0, 0), (10.0, 1), (45.0, 2)]
            .map(|(c, k)| c * 0.1f64.powi(k) * 0.9f64.powi(10 - k))
            .iter()
            .sum();
        assert!((p - (1.0 - below)).abs() < 1e-14);
        assert_eq!(bdd.at_least(0, &all), Ok(ALWAYS));
        assert_eq!(bdd.at_least(11, &all), Ok(NEVER));
    }

    #[test]
    fn derivatives_add_up_per_variable() {
        // f = a·b + c: ∂/∂a = q(b)(1 − q(c)), ∂/∂c = 1 − q(a)q(b).
        let mut bdd = Bdd::new(ROOM);
        let [a, b, c] = [0, 1, 2].map(|v| bdd.variable(v).expect("room"));
        let ab = bdd.and(a, b).expect("room");
        let f = bdd.or(ab, c).expect("room");
        let q = |v: u32| [0.5, 0.25, 0.125][v as usize];
        let p = bdd.probabilities(q);
        let mut d = [0.0; 3];
        bdd.derivatives(f, q, &p, |v, part| d[v as usize] += part);
        let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-15, "{x} {y}");
        near(p[f as usize], 0.125 + 0.875 * 0.125);
        near(d[0], 0.25 * 0.875);
        near(d[1], 0.5 * 0.875);
        near(d[2], 1.0 - 0.125);
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
