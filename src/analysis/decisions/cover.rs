//! Few single failures that together harm all of some services. In: for each service the elements whose
//! failure harms it. Out: groups of services, each with one element that harms all of it. Promises: every
//! service with an element is in one group; the element that harms most of what is left comes first, of
//! the smallest number on ties.

use crate::model::NodeId;
use std::collections::{BinaryHeap, HashMap};

/// Positions of services, grouped by the element that harms them. A greedy cover: not always the fewest
/// groups, at most a logarithm more.
pub(super) fn cover(harming: &[Vec<NodeId>]) -> Vec<(NodeId, Vec<usize>)> {
    let mut harms: HashMap<NodeId, Vec<usize>> = HashMap::new();
    for (service, elements) in harming.iter().enumerate() {
        for &element in elements {
            harms.entry(element).or_default().push(service);
        }
    }
    let entry = |(&e, services): (&NodeId, &Vec<usize>)| (services.len(), std::cmp::Reverse(e));
    let mut heap: BinaryHeap<_> = harms.iter().map(entry).collect();
    let mut is_covered = vec![false; harming.len()];
    let mut groups = Vec::new();
    while let Some((said, std::cmp::Reverse(element))) = heap.pop() {
        let open = |&&s: &&usize| !is_covered[s];
        let left: Vec<usize> = harms[&element].iter().filter(open).copied().collect();
        match left.len() {
            0 => {}
            // Others were covered meanwhile: it waits for its turn.
            n if n < said => heap.push((n, std::cmp::Reverse(element))),
            _ => {
                for &service in &left {
                    is_covered[service] = true;
                }
                groups.push((element, left));
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_element_that_harms_all_makes_one_group() {
        let [host, app_1, app_2] = [NodeId(9), NodeId(1), NodeId(2)];
        let harming = [vec![app_1, host], vec![app_2, host], vec![host], Vec::new()];
        assert_eq!(cover(&harming), [(host, vec![0, 1, 2])]);
    }

    #[test]
    fn what_is_covered_is_not_listed_again_and_ties_go_to_the_smallest() {
        let [a, b, c] = [NodeId(1), NodeId(2), NodeId(3)];
        let harming = [vec![b, c], vec![a, b, c], vec![a]];
        assert_eq!(cover(&harming), [(a, vec![1, 2]), (b, vec![0])]);
    }
}
