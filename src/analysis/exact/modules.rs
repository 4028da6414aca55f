//! Modules: gates below which nothing is shared with the rest.
//!
//! In: a formula and the terms that are asked about. Out: which gates are modules. One walk notes when
//! each term is met first and last; a gate is a module if all below it is met only while the walk is
//! inside it (Dutuit and Rauzy, IEEE Transactions on Reliability 45, 1996).

use super::formula::{Formula, Term};

/// Which terms are modules.
pub struct Modules {
    is: Vec<bool>,
}

/// When a term is met.
struct Times {
    first: Vec<u32>,
    last: Vec<u32>,
    left: Vec<u32>,
}

impl Times {
    fn new(formula: &Formula, roots: &[Term]) -> Self {
        let n = formula.len();
        let mut times = Self {
            first: vec![0; n],
            last: vec![0; n],
            left: vec![0; n],
        };
        let (mut now, mut stack) = (0, Vec::new());
        for &root in roots {
            now += 1;
            times.meet(root, now, &mut stack);
            while let Some((term, next)) = stack.pop() {
                now += 1;
                if let Some(&child) = formula.children(term).get(next) {
                    stack.push((term, next + 1));
                    times.meet(child, now, &mut stack);
                } else {
                    times.left[term as usize] = now;
                }
            }
        }
        times
    }

    fn meet(&mut self, term: Term, now: u32, stack: &mut Vec<(Term, usize)>) {
        let at = term as usize;
        if self.first[at] == 0 {
            self.first[at] = now;
            stack.push((term, 0));
        }
        self.last[at] = now;
    }
}

impl Modules {
    /// Finds them.
    pub fn new(formula: &Formula, roots: &[Term]) -> Self {
        let times = Times::new(formula, roots);
        let n = formula.len();
        let mut is = vec![false; n];
        // The first and last time that anything below a term is met. A term of a cycle that the walk
        // has not left yet was met before all that leads back to it, which is enough to tell.
        let (mut first, mut last) = (vec![u32::MAX; n], vec![0; n]);
        for t in formula.below(roots, |_| false) {
            let at = t as usize;
            for &child in formula.children(t) {
                let c = child as usize;
                first[at] = first[at].min(first[c]).min(times.first[c]);
                last[at] = last[at].max(last[c]).max(times.last[c]);
            }
            let inside = first[at] >= times.first[at] && last[at] <= times.left[at];
            is[at] = formula.is_gate(t) && inside;
        }
        // Whoever is asked about stands for itself.
        if let [root] = roots {
            is[*root as usize] = formula.is_gate(*root);
        }
        Self { is }
    }

    /// Whether all below a term is used through it alone.
    pub fn is_module(&self, term: Term) -> bool {
        self.is[term as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_makes_no_module() {
        // top = (a·b) + (b·c) + (d·e): only the last is a module.
        let mut f = Formula::new();
        let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|x| f.event(x));
        let [ab, bc, de] = [[a, b], [b, c], [d, e]].map(|pair| f.at_least(2, pair));
        let top = f.any([ab, bc, de]);
        let modules = Modules::new(&f, &[top]);
        let is = [ab, bc, de, top, a].map(|t| modules.is_module(t));
        assert_eq!(is, [false, false, true, true, false]);
    }

    #[test]
    fn a_cycle_is_inside_of_what_it_hangs_on() {
        // x = a + y, y = b·x + (c·d): x and y hold each other, c·d is apart.
        let mut f = Formula::new();
        let [a, b, c, d] = [0, 1, 2, 3].map(|x| f.event(x));
        let (x, y) = (f.member(), f.member());
        let bx = f.at_least(2, [b, x]);
        let cd = f.at_least(2, [c, d]);
        let [of_x, of_y] = [[a, y], [bx, cd]].map(|pair| f.any(pair));
        f.tell(x, of_x);
        f.tell(y, of_y);
        let top = f.any([x, y]);
        let modules = Modules::new(&f, &[top]);
        let is = [top, x, y, bx, cd, of_x].map(|t| modules.is_module(t));
        assert_eq!(is, [true, false, false, false, true, false]);
    }
}
