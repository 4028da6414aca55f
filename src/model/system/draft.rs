//! The way back. In: a system. Out: the [`Draft`] that it could have been made from, so that a changed estate
//! is built and checked like any other.

use super::System;
use crate::model::{Draft, DraftNode, DraftPlacement, DraftProvider, DraftRequirement};

impl System {
    /// A draft of the same estate: [`System::new`] of it gives this system again. Nodes stand in
    /// order of id, so a [`NodeId`](crate::model::NodeId) is an index into the draft.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let nodes = self.nodes().iter().map(|node| DraftNode {
            node: node.clone(),
            within: node.within.iter().map(|w| w.0).collect(),
        });
        let requirements = self.requirements().iter().map(|r| DraftRequirement {
            consumer: r.consumer.0,
            group: r.group.clone(),
            need: r.need,
            split: r.split,
            providers: r
                .providers
                .iter()
                .map(|p| DraftProvider {
                    node: p.node.0,
                    load: if p.is_silenced() { 1.0 } else { p.load },
                    load_given: p.load_given,
                    constant: p.constant,
                    weight: p.weight_given.then_some(p.weight),
                })
                .collect(),
            line: r.line,
        });
        let common_cause = self.common_cause().iter();
        Draft {
            name: self.name().to_owned(),
            nodes: nodes.collect(),
            requirements: requirements.collect(),
            labels: self.labels().clone(),
            common_cause: common_cause
                .map(|(name, members, beta)| {
                    let members = members.iter().map(|m| m.0).collect();
                    (name.clone(), members, *beta)
                })
                .collect(),
            resources: self.placements().resources.clone(),
            placements: self.draft_placements(),
        }
    }

    fn draft_placements(&self) -> Vec<DraftPlacement> {
        let placements = self.placements().instances.iter();
        let draft = placements.map(|p| DraftPlacement {
            instance: p.instance.0,
            hosts: p.hosts.iter().map(|h| h.0).collect(),
            host: p.host.map(|h| h.0),
            priority: p.priority,
            apart: p.apart.clone(),
            amounts: p.amounts.to_vec(),
            line: p.line,
        });
        draft.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{self, Overrides};
    use std::path::Path;

    #[test]
    fn a_draft_of_a_system_makes_the_same_system() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/order-management");
        let loaded = input::load(&folder, &Overrides::default()).expect("the example is valid");
        let system = &loaded.system;
        let again = System::new(system.draft()).expect("the same again");
        assert_eq!(format!("{system:?}"), format!("{again:?}"));
    }
}
