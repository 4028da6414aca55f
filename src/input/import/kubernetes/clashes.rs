//! Pods that may not run together, as a graph. In: rules, each of which sets some pods against others. Out: the
//! pods that hang together by clashes, and whether all of some clash with each other. Promises: what a rule says of
//! many pods is never written out pair by pair.

use std::collections::BTreeMap;

/// By what pods are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Node,
    Zone,
}

/// Some pods may not run with others, by node or by zone.
pub(super) struct Rule {
    pub by: By,
    /// Whether it is about a port of the host.
    pub port: bool,
    /// Who says so, in order.
    pub holders: Vec<usize>,
    /// Who must not be there, in order; they may be among the holders, and nobody clashes with itself.
    pub others: Vec<usize>,
}

/// The rules of some pods.
pub(super) struct Clashes<'r> {
    rules: &'r [Rule],
    /// By pod: the rules that it is in, and whether it holds them.
    of: Vec<Vec<(usize, bool)>>,
    /// Whether pods that are apart by zone are apart by node as well: every node has a zone.
    all_zoned: bool,
}

impl<'r> Clashes<'r> {
    /// Looks at the rules of the first so many pods.
    pub fn new(rules: &'r [Rule], pods: usize, all_zoned: bool) -> Self {
        let mut of = vec![Vec::new(); pods];
        for (number, rule) in rules.iter().enumerate() {
            for (side, holds) in [(&rule.holders, true), (&rule.others, false)] {
                for &at in side.iter().filter(|&&at| at < pods) {
                    of[at].push((number, holds));
                }
            }
        }
        Self {
            rules,
            of,
            all_zoned,
        }
    }

    /// Pods that hang together by clashes, each part in order.
    pub fn parts(&self) -> Vec<Vec<usize>> {
        let pods = self.of.len();
        let mut root: Vec<usize> = (0..pods).collect();
        for rule in self.rules {
            let sides = [&rule.holders, &rule.others].map(|s| s.iter().filter(|&&at| at < pods));
            let [mut holders, others] = sides;
            let (Some(&first), true) = (holders.next(), others.clone().next().is_some()) else {
                continue;
            };
            for &at in holders.chain(others) {
                let (a, b) = (root_of(&mut root, first), root_of(&mut root, at));
                root[a.max(b)] = a.min(b);
            }
        }
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..pods {
            let part = root_of(&mut root, at);
            parts.entry(part).or_default().push(at);
        }
        parts.into_values().filter(|part| part.len() > 1).collect()
    }

    /// By what all of some pods, in order, are kept apart from each other; `None` where they are not all.
    pub fn word(&self, pods: &[usize]) -> Option<By> {
        if self.is_each_with_each(pods, |rule| rule.by == By::Zone) {
            return Some(By::Zone);
        }
        let by_node = |rule: &Rule| rule.by == By::Node || self.all_zoned;
        self.is_each_with_each(pods, by_node).then_some(By::Node)
    }

    /// Whether each of some pods clashes with each other one, by the rules that count.
    fn is_each_with_each(&self, pods: &[usize], counts: impl Fn(&Rule) -> bool) -> bool {
        // Pods in the same rules clash with the same others.
        let mut alike: BTreeMap<&[(usize, bool)], Vec<usize>> = BTreeMap::new();
        for &at in pods {
            alike.entry(&self.of[at]).or_default().push(at);
        }
        let mut near = vec![usize::MAX; pods.len()];
        alike.iter().enumerate().all(|(number, (rules, alike))| {
            let mut left = near.len();
            for &(rule, holds) in *rules {
                let rule = &self.rules[rule];
                if left == 0 || !counts(rule) {
                    continue;
                }
                let side = if holds { &rule.others } else { &rule.holders };
                for at in side {
                    if let Ok(own) = pods.binary_search(at)
                        && near[own] != number
                    {
                        near[own] = number;
                        left -= 1;
                    }
                }
            }
            let marks = pods.iter().zip(&near);
            let mut far = marks.filter(|(_, mark)| **mark != number);
            match (far.next(), far.next()) {
                (None, _) => true,
                (Some((only, _)), None) => alike[..] == [*only],
                _ => false,
            }
        })
    }
}

/// The least pod of a part, with the ways to it shortened.
fn root_of(root: &mut [usize], mut at: usize) -> usize {
    while root[at] != at {
        root[at] = root[root[at]];
        at = root[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(by: By, holders: &[usize], others: &[usize]) -> Rule {
        Rule {
            by,
            port: false,
            holders: holders.to_vec(),
            others: others.to_vec(),
        }
    }

    #[test]
    fn a_word_says_what_each_clashes_with_each() {
        // 0 and 1 against 2; 3, 4 and 5 among themselves; 6 and 7 by zone.
        let mut rules = vec![
            rule(By::Node, &[0, 1], &[2]),
            rule(By::Node, &[3, 4, 5], &[3, 4, 5, 9]),
            rule(By::Zone, &[6], &[7]),
        ];
        let clashes = Clashes::new(&rules, 9, true);
        assert_eq!(clashes.parts(), [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7]]);
        assert_eq!(clashes.word(&[0, 1, 2]), None, "0 and 1 may run together");
        assert_eq!(clashes.word(&[0, 2]), Some(By::Node));
        assert_eq!(clashes.word(&[3, 4, 5]), Some(By::Node));
        assert_eq!(clashes.word(&[6, 7]), Some(By::Zone));
        rules.push(rule(By::Node, &[0], &[0, 1]));
        let clashes = Clashes::new(&rules, 9, true);
        assert_eq!(clashes.word(&[0, 1, 2]), Some(By::Node));
        rules.push(rule(By::Zone, &[0], &[1]));
        let clashes = Clashes::new(&rules, 9, true);
        assert_eq!(clashes.word(&[0, 1, 2]), Some(By::Node), "by zone only two");
    }
}
