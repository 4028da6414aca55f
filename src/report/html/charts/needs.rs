//! What a service needs, as boxes and lines.

use super::chart::{Chart, Drawing, Topic};
use crate::model::Status;
use crate::report::document::{Assess, ExplainNode, Picture};
use crate::report::number::percent;
use crate::report::plot::{Edge, Node, PictureFigure};
use std::collections::{HashMap, HashSet, VecDeque};

/// Boxes of one picture.
const BOXES: usize = 96;

/// A picture of each of the most urgent services.
pub(super) fn needs(result: &Assess) -> Vec<Chart> {
    let of = |(nth, picture): (usize, &Picture)| {
        let harming = harming(result, picture);
        chart(picture, &harming, nth)
    };
    (1..).zip(&result.pictures).map(of).collect()
}

/// Elements whose failure alone harms the service.
fn harming<'a>(result: &'a Assess, picture: &Picture) -> HashSet<&'a str> {
    let mine = |id: &str, case: &str| id == picture.tree.id && case == picture.load_case;
    let sweeps = result
        .sweep
        .services
        .iter()
        .filter(|s| mine(&s.id, &s.load_case));
    let sets = sweeps.flat_map(|s| &s.minimal);
    sets.filter(|m| m.elements.len() == 1)
        .map(|m| m.elements[0].as_str())
        .collect()
}

fn chart(picture: &Picture, harming: &HashSet<&str>, nth: usize) -> Chart {
    let (nodes, edges, left_out) = boxes(&picture.tree, harming);
    let more = match left_out {
        0 => String::new(),
        n => format!(" {n} further nodes are left out; `brownout explain` shows them."),
    };
    Chart {
        topic: Topic::Needs,
        file: format!("dependencies-{nth}"),
        label: picture.tree.id.clone(),
        caption: format!(
            "From the service down to what it needs, with its culprits however deep they are. Where a line ends \
             dashed: one of several of which not all are needed.{more}"
        ),
        drawing: Drawing::Picture(PictureFigure {
            title: format!("What {} needs at {}", picture.tree.id, picture.load_case),
            note: "✓ fine · ! its failure alone would harm · ▲ overloaded or not served in full · ✗ out"
                .to_owned(),
            nodes,
            edges,
        }),
    }
}

/// Boxes by layer, lines, and how many nodes are left out. A node that several others need has one
/// box, in the layer where it is met first.
fn boxes(root: &ExplainNode, harming: &HashSet<&str>) -> (Vec<Node>, Vec<Edge>, u64) {
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    let (mut at, mut drawn) = (HashMap::new(), HashSet::new());
    let mut left_out = 0;
    at.insert(root.id.as_str(), 0);
    nodes.push(node(root, harming, 0));
    let mut open = VecDeque::from([(root, 0)]);
    while let Some((parent, from)) = open.pop_front() {
        left_out += parent.cut;
        for group in &parent.needs {
            left_out += group.hidden;
            for member in &group.members {
                let to = match at.get(member.id.as_str()) {
                    Some(&to) => to,
                    None if nodes.len() >= BOXES => {
                        left_out += 1;
                        continue;
                    }
                    None => {
                        let layer = nodes[from].layer + 1;
                        nodes.push(node(member, harming, layer));
                        at.insert(member.id.as_str(), nodes.len() - 1);
                        nodes.len() - 1
                    }
                };
                if from != to && drawn.insert((from, to)) {
                    edges.push(Edge {
                        from,
                        to,
                        needed: group.need >= group.of,
                    });
                }
                open.push_back((member, to));
            }
        }
    }
    (nodes, edges, left_out)
}

fn node(n: &ExplainNode, harming: &HashSet<&str>, layer: usize) -> Node {
    let harmed = n.delivered < crate::model::DEGRADED_BELOW;
    let full = n.utilization.is_some_and(|u| u > 1.0 + 1e-9);
    let status = if n.failed || !n.works {
        Status::Down
    } else if harmed || full {
        Status::Degraded
    } else if harming.contains(n.id.as_str()) {
        Status::AtRisk
    } else {
        Status::Ok
    };
    let said = match n.utilization {
        _ if n.failed => "out".to_owned(),
        _ if !n.works => "does not work".to_owned(),
        Some(u) => format!("{} full", percent(u)),
        None if harmed || layer == 0 => format!("gets {}", percent(n.delivered)),
        None => String::new(),
    };
    let comma = if said.is_empty() { "" } else { ", " };
    Node {
        name: n.id.clone(),
        detail: format!("{said}{comma}{}", n.kind),
        status,
        layer,
    }
}
