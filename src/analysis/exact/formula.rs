//! Formulas: when something is down, put together from events by "at least so many of these" and
//! "no way is left through these links".
//!
//! In: terms, told one after another. Out: a [`Formula`], in which equal terms are one. A term may be a
//! member of a cycle, which stands for another term that is told later; its meaning is the least
//! fixed point (it goes down only for a reason).

use super::ways::Shape;
use std::collections::{HashMap, HashSet};

/// A term of a formula, by number.
pub type Term = u32;

/// Never.
pub const NEVER: Term = 0;
/// Always.
pub const ALWAYS: Term = 1;

/// What a term says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing or everything: [`NEVER`] and [`ALWAYS`].
    Constant,
    /// An event happens.
    Event(u32),
    /// At least so many of these; 1 of them is "or", all of them "and".
    AtLeast(u32, Box<[Term]>),
    /// What the member of a cycle stands for.
    Member(u32),
    /// No way is left through a network, by number of its shape, of whose links these say when they are down.
    NoWay(u32, Box<[Term]>),
}

/// Terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    kinds: Vec<Kind>,
    known: HashMap<Kind, Term>,
    /// What each member of a cycle stands for.
    members: Vec<Term>,
    /// Shapes of networks.
    shapes: Vec<Shape>,
}

impl Formula {
    /// No terms but the constant ones.
    pub fn new() -> Self {
        Self {
            kinds: vec![Kind::Constant; 2],
            known: HashMap::new(),
            members: Vec::new(),
            shapes: Vec::new(),
        }
    }

    fn add(&mut self, kind: Kind) -> Term {
        if let Some(&known) = self.known.get(&kind) {
            return known;
        }
        let term = Term::try_from(self.kinds.len()).expect("formulas are bounded");
        self.kinds.push(kind.clone());
        self.known.insert(kind, term);
        term
    }

    /// That an event happens.
    pub fn event(&mut self, event: u32) -> Term {
        self.add(Kind::Event(event))
    }

    /// That at least `k` of the terms hold.
    pub fn at_least(&mut self, k: usize, terms: impl IntoIterator<Item = Term>) -> Term {
        let mut k = k;
        let mut all = Vec::new();
        for t in terms {
            match t {
                NEVER => {}
                ALWAYS => k = k.saturating_sub(1),
                _ => all.push(t),
            }
        }
        if k == 0 {
            return ALWAYS;
        }
        if k > all.len() {
            return NEVER;
        }
        let every = k == all.len();
        all.sort_unstable();
        if k == 1 || every {
            all.dedup();
        }
        if let [only] = all[..] {
            return only;
        }
        let k = if every && k > 1 { all.len() } else { k };
        let k = u32::try_from(k).expect("formulas are bounded");
        self.add(Kind::AtLeast(k, all.into()))
    }

    /// That any of the terms holds.
    pub fn any(&mut self, terms: impl IntoIterator<Item = Term>) -> Term {
        self.at_least(1, terms)
    }

    /// That no way is left through a network, of whose links `down` says when they are down.
    pub fn no_way(&mut self, mut shape: Shape, mut down: Vec<Term>) -> Term {
        // Links that are out for good are not there.
        let mut there = down.iter().map(|&t| t != ALWAYS);
        shape.ends.retain(|_| there.next() == Some(true));
        down.retain(|&t| t != ALWAYS);
        let known = self.shapes.iter().position(|s| *s == shape);
        let number = known.unwrap_or_else(|| {
            self.shapes.push(shape);
            self.shapes.len() - 1
        });
        let number = u32::try_from(number).expect("formulas are bounded");
        self.add(Kind::NoWay(number, down.into()))
    }

    /// A shape, by number.
    pub fn shape(&self, number: u32) -> &Shape {
        &self.shapes[number as usize]
    }

    /// A member of a cycle, to be [told](Self::tell).
    pub fn member(&mut self) -> Term {
        let member = u32::try_from(self.members.len()).expect("formulas are bounded");
        self.members.push(NEVER);
        self.add(Kind::Member(member))
    }

    /// What a member of a cycle stands for.
    pub fn tell(&mut self, member: Term, means: Term) {
        if let Kind::Member(m) = self.kinds[member as usize] {
            self.members[m as usize] = means;
        }
    }

    /// What a term says.
    pub fn kind(&self, term: Term) -> &Kind {
        &self.kinds[term as usize]
    }

    /// The terms that a term is made of.
    pub fn children(&self, term: Term) -> &[Term] {
        match &self.kinds[term as usize] {
            Kind::Constant | Kind::Event(_) => &[],
            Kind::AtLeast(_, terms) | Kind::NoWay(_, terms) => terms,
            Kind::Member(m) => std::slice::from_ref(&self.members[*m as usize]),
        }
    }

    /// Whether a term is made of others.
    pub fn is_gate(&self, term: Term) -> bool {
        !matches!(self.kind(term), Kind::Constant | Kind::Event(_))
    }

    /// How many terms there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// All terms that the roots are made of, children before those made of them (but for cycles); the walk
    /// stops at terms that `is_leaf` says are leaves.
    pub fn below(&self, roots: &[Term], is_leaf: impl Fn(Term) -> bool) -> Vec<Term> {
        let mut seen: HashSet<Term> = HashSet::new();
        let mut order = Vec::new();
        let mut stack = Vec::new();
        for &root in roots {
            if seen.insert(root) {
                stack.push((root, 0));
            }
            while let Some((term, next)) = stack.pop() {
                let children = if is_leaf(term) {
                    &[]
                } else {
                    self.children(term)
                };
                let Some(&child) = children.get(next) else {
                    order.push(term);
                    continue;
                };
                stack.push((term, next + 1));
                if seen.insert(child) {
                    stack.push((child, 0));
                }
            }
        }
        order
    }

    /// Whether some term of these stands in a cycle.
    pub fn has_members(&self, terms: &[Term]) -> bool {
        terms
            .iter()
            .any(|&t| matches!(self.kind(t), Kind::Member(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_and_repetitions_go() {
        let mut f = Formula::new();
        let [a, b] = [0, 1].map(|e| f.event(e));
        assert_eq!(f.at_least(1, [a, NEVER, a]), a);
        assert_eq!(f.at_least(2, [a, ALWAYS]), a);
        assert_eq!(f.at_least(2, [a, ALWAYS, ALWAYS]), ALWAYS);
        assert_eq!(f.at_least(3, [a, b]), NEVER);
        assert_eq!(f.at_least(0, []), ALWAYS);
        assert_eq!(f.at_least(2, [b, a]), f.at_least(3, [a, b, a]));
        // Two of a, a, b is a or a·b: repetitions count where they are counted.
        let two = f.at_least(2, [a, a, b]);
        assert_eq!(f.kind(two), &Kind::AtLeast(2, [a, a, b].into()));
    }
}
