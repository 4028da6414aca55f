//! A finished decision diagram: probabilities and derivatives are one pass each.

use super::node::{ALWAYS, Handle, Node};

/// One function.
#[derive(Clone, Debug)]
pub struct Diagram {
    /// The two leaves, then nodes after those that they lead to.
    nodes: Vec<Node>,
    top: Handle,
}

impl Diagram {
    /// Of nodes that come after those that they lead to.
    pub fn new(nodes: Vec<Node>, top: Handle) -> Self {
        Self { nodes, top }
    }

    /// How many nodes there are, the leaves included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Probability of every node, given that of each variable.
    fn probabilities(&self, q: impl Fn(u32) -> f64) -> Vec<f64> {
        let mut p = Vec::with_capacity(self.nodes.len());
        p.extend([0.0, 1.0]);
        for n in &self.nodes[ALWAYS as usize + 1..] {
            let q = q(n.variable);
            let (low, high) = (p[n.low as usize], p[n.high as usize]);
            p.push(q * high + (1.0 - q) * low);
        }
        p
    }

    /// Its probability.
    pub fn probability(&self, q: impl Fn(u32) -> f64) -> f64 {
        self.probabilities(q)[self.top as usize]
    }

    /// By how much its probability grows with that of each variable; `tell` may hear of a variable
    /// several times, and the parts add up.
    pub fn derivatives(&self, q: impl Fn(u32) -> f64, mut tell: impl FnMut(u32, f64)) {
        let p = self.probabilities(&q);
        let mut weight = vec![0.0; self.nodes.len()];
        weight[self.top as usize] = 1.0;
        for at in (ALWAYS as usize + 1..self.nodes.len()).rev() {
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
    use super::super::bdd::{Bdd, Limits};

    #[test]
    fn derivatives_add_up_per_variable() {
        // f = a·b + c: ∂/∂a = q(b)(1 − q(c)), ∂/∂c = 1 − q(a)q(b).
        let mut bdd = Bdd::new(Limits {
            nodes: 1 << 10,
            steps: 1 << 10,
        });
        let [a, b, c] = [0, 1, 2].map(|v| bdd.variable(v).expect("room"));
        let ab = bdd.and(a, b).expect("room");
        let f = bdd.or(ab, c).expect("room");
        let q = |v: u32| [0.5, 0.25, 0.125][v as usize];
        let diagram = bdd.cut(f);
        let mut d = [0.0; 3];
        diagram.derivatives(q, |v, part| d[v as usize] += part);
        let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-15, "{x} {y}");
        near(diagram.probability(q), 0.125 + 0.875 * 0.125);
        near(d[0], 0.25 * 0.875);
        near(d[1], 0.5 * 0.875);
        near(d[2], 1.0 - 0.125);
    }
}
