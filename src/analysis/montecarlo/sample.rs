//! Drawing which events happen.
//!
//! In: probabilities and a stream. Out: sets of events. [`Sparse`] draws from all states at a cost
//! that follows the events that happen, not those that could: it skips geometrically over classes
//! of events of similar probability and thins each class to its members' own. [`Tail`] draws
//! only from the states with more than a given number of events, by a tree of the distributions
//! of the number of events.

use super::chances::Event;
use super::stream::Stream;

/// Draws from all states.
#[derive(Clone, Debug)]
pub struct Sparse {
    classes: Vec<Class>,
    q: Vec<f64>,
}

/// Events whose probabilities lie within a factor of two.
#[derive(Clone, Copy, Debug)]
struct Class {
    first: u32,
    end: u32,
    most: f64,
    /// 1 / ln(1 − most)
    scale: f64,
}

impl Sparse {
    /// Prepares; the events come likeliest first.
    #[must_use]
    pub fn new(events: &[Event]) -> Self {
        let q: Vec<f64> = events.iter().map(|e| e.q).collect();
        let mut classes = Vec::new();
        let mut first = 0;
        while first < q.len() {
            let most = q[first];
            let len = q[first..].iter().take_while(|&&x| x > most / 2.0).count();
            classes.push(Class {
                first: to_u32(first),
                end: to_u32(first + len),
                most,
                scale: 1.0 / libm::log1p(-most),
            });
            first += len;
        }
        Self { classes, q }
    }

    /// One state: the events that happen, ascending, into `out`.
    #[inline]
    pub fn draw(&self, stream: &mut Stream, out: &mut Vec<u32>) {
        out.clear();
        for class in &self.classes {
            let mut at = u64::from(class.first);
            loop {
                // A float beyond the integers saturates: far past the end either way.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let skip = (libm::log(stream.uniform()) * class.scale) as u64;
                at = at.saturating_add(skip);
                if at >= u64::from(class.end) {
                    break;
                }
                #[allow(clippy::cast_possible_truncation)] // Below `end`, which is a u32.
                let event = at as u32;
                let own = self.q[event as usize];
                if own >= class.most || stream.uniform() * class.most <= own {
                    out.push(event);
                }
                at += 1;
            }
        }
    }
}

/// Draws from the states with more than `order` events.
#[derive(Clone, Debug)]
pub struct Tail {
    /// A heap: node i has children 2i and 2i + 1, leaves start at `leaves`. Each holds the
    /// probability of 0, 1, 2 … events below it.
    tree: Vec<Vec<f64>>,
    leaves: usize,
    order: usize,
    mass: f64,
}

impl Tail {
    /// Prepares.
    #[must_use]
    pub fn new(events: &[Event], order: usize) -> Self {
        let expected: f64 = events.iter().map(|e| e.q).sum();
        // Counts beyond this have less than 1e-20 of the probability (Chernoff).
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let most = (expected + 12.0 * (expected + 1.0).sqrt() + 24.0) as usize + order;
        let leaves = events.len().next_power_of_two().max(2);
        let mut tree = vec![vec![1.0]; 2 * leaves];
        for (leaf, e) in tree[leaves..].iter_mut().zip(events) {
            *leaf = vec![1.0 - e.q, e.q];
        }
        for i in (1..leaves).rev() {
            tree[i] = product(&tree[2 * i], &tree[2 * i + 1], most);
        }
        let mass = tree[1].iter().skip(order + 1).sum();
        Self {
            tree,
            leaves,
            order,
            mass,
        }
    }

    /// Probability of more than `order` events.
    #[must_use]
    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// Probability of at most `order` events.
    #[must_use]
    pub fn mass_up_to(&self) -> f64 {
        self.tree[1].iter().take(self.order + 1).sum()
    }

    /// One state given that there are more than `order` events: those that happen, ascending.
    /// The mass must not be zero.
    pub fn draw(&self, stream: &mut Stream, out: &mut Vec<u32>) {
        out.clear();
        let mut left = stream.uniform() * self.mass;
        let last = self.tree[1].len() - 1;
        let mut count = last;
        for (k, p) in self.tree[1].iter().enumerate().skip(self.order + 1) {
            left -= p;
            if left <= 0.0 {
                count = k;
                break;
            }
        }
        self.descend(1, count, stream, out);
    }

    fn descend(&self, node: usize, count: usize, stream: &mut Stream, out: &mut Vec<u32>) {
        if count == 0 {
            return;
        }
        if node >= self.leaves {
            out.push(to_u32(node - self.leaves));
            return;
        }
        let (l, r) = (&self.tree[2 * node], &self.tree[2 * node + 1]);
        let least = count.saturating_sub(r.len() - 1);
        let most = count.min(l.len() - 1);
        let weight = |j: usize| l[j] * r[count - j];
        let mut left = stream.uniform() * (least..=most).map(weight).sum::<f64>();
        let mut on_the_left = most;
        for j in least..=most {
            left -= weight(j);
            if left <= 0.0 {
                on_the_left = j;
                break;
            }
        }
        self.descend(2 * node, on_the_left, stream, out);
        self.descend(2 * node + 1, count - on_the_left, stream, out);
    }
}

/// The distribution of a sum, cut after `most`.
fn product(x: &[f64], y: &[f64], most: usize) -> Vec<f64> {
    let len = (x.len() + y.len() - 1).min(most + 1);
    let mut z = vec![0.0; len];
    for (i, a) in x.iter().enumerate() {
        for (j, b) in y.iter().enumerate().take(len.saturating_sub(i)) {
            z[i + j] += a * b;
        }
    }
    z
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("events are numbered like nodes")
}

#[cfg(test)]
mod tests {
    use super::super::stream::Domain;
    use super::*;
    use crate::model::NodeId;

    fn events(q: &[f64]) -> Vec<Event> {
        (0..)
            .zip(q)
            .map(|(i, &q)| Event {
                q,
                members: vec![NodeId(i)],
                group: None,
            })
            .collect()
    }

    /// Probability of each of the 2ⁿ states, by definition.
    fn states(q: &[f64]) -> Vec<f64> {
        (0..1usize << q.len())
            .map(|s| {
                let one = |i: usize| if s >> i & 1 == 1 { q[i] } else { 1.0 - q[i] };
                (0..q.len()).map(one).product()
            })
            .collect()
    }

    /// Pearson's statistic of drawn states against probabilities.
    fn chi_square(p: &[f64], n: u32, mut draw: impl FnMut(&mut Vec<u32>)) -> f64 {
        let mut seen = vec![0u32; p.len()];
        let mut out = Vec::new();
        for _ in 0..n {
            draw(&mut out);
            seen[out.iter().map(|&i| 1usize << i).sum::<usize>()] += 1;
        }
        let expected = |p: f64| p * f64::from(n);
        assert!(p.iter().zip(&seen).all(|(&p, &s)| p > 0.0 || s == 0));
        p.iter()
            .zip(&seen)
            .filter(|(p, _)| **p > 0.0)
            .map(|(&p, &s)| (f64::from(s) - expected(p)).powi(2) / expected(p))
            .sum()
    }

    const Q: [f64; 5] = [0.4, 0.3, 0.3, 0.1, 0.07];

    #[test]
    fn sparse_draws_have_the_product_distribution() {
        let sparse = Sparse::new(&events(&Q));
        let mut stream = Stream::new(11, Domain::Snapshot, 0);
        let x = chi_square(&states(&Q), 200_000, |out| sparse.draw(&mut stream, out));
        // 31 degrees of freedom: 61.1 is passed once in a thousand.
        assert!(x < 61.1, "{x}");
    }

    #[test]
    fn draws_beyond_an_order_have_the_conditional_distribution() {
        for order in 0..3usize {
            let beyond = Tail::new(&events(&Q), order);
            let mut p = states(&Q);
            for (s, p) in p.iter_mut().enumerate() {
                if s.count_ones() as usize <= order {
                    *p = 0.0;
                }
            }
            let mass: f64 = p.iter().sum();
            assert!((beyond.mass() - mass).abs() < 1e-15);
            for p in &mut p {
                *p /= mass;
            }
            let mut stream = Stream::new(5, Domain::Snapshot, order as u64);
            let x = chi_square(&p, 200_000, |out| beyond.draw(&mut stream, out));
            assert!(x < 61.1, "order {order}: {x}");
        }
    }

    #[test]
    fn small_masses_keep_their_digits() {
        let q = vec![1e-5; 1000];
        let beyond = Tail::new(&events(&q), 2);
        // Binomial terms from 3 up, each from the one before it.
        let (mut term, mut exact) = (166_167_000.0 * 1e-15 * (1.0 - 1e-5f64).powi(997), 0.0);
        for k in 3..12 {
            exact += term;
            term *= f64::from(1000 - k) / f64::from(k + 1) * 1e-5 / (1.0 - 1e-5);
        }
        assert!((beyond.mass() / exact - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_can_happen() {
        let mut out = vec![1];
        Sparse::new(&[]).draw(&mut Stream::new(1, Domain::Snapshot, 0), &mut out);
        assert!(out.is_empty());
        assert!(Tail::new(&[], 0).mass() == 0.0);
    }
}
