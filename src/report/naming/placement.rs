//! Placements with names on.

use super::Naming;
use super::resolve::{Names, Resolve, plain, resolve};
use crate::analysis::fix::Shrink;
use crate::analysis::{self, ClusterAfter, Lack, StateOutcome, TooManySets, finite};
use crate::model::{NodeId, Resource};
use crate::report::document::{self, Moved, Stranded, TakesLess, Unplaced};

resolve! {
    analysis::Cluster => document::Cluster { hosts, instances, can_lose, first_loss, after, reason }
    analysis::ClusterLoss => document::ClusterLoss { hosts, unplaced }
}
plain!(ClusterAfter);

impl Resolve for TooManySets {
    type Named = String;

    fn named(self, _: &dyn Names) -> String {
        "more hosts at once were not tried: there are too many ways".to_owned()
    }
}

impl Naming<'_> {
    /// Why instances found no host.
    pub(super) fn lacks(self, state: &StateOutcome) -> Vec<Unplaced> {
        let all = state.unplaced.iter().zip(&state.lacks);
        all.map(|(&v, (_, lack))| self.lack(v, *lack)).collect()
    }

    /// Why one found none.
    pub(super) fn lack(self, v: NodeId, lack: Lack) -> Unplaced {
        let (reason, room) = match lack {
            Lack::NoRestart => ("no-restart", None),
            Lack::NoHost => ("no-host", None),
            Lack::Together => ("together", None),
            Lack::Apart => ("apart", None),
            Lack::Room {
                resource,
                needs,
                most,
            } => ("room", Some((resource, needs, most))),
        };
        Unplaced {
            id: self.id(v),
            reason: reason.to_owned(),
            resource: room.map(|(r, ..)| self.column(r)),
            needs: room.map(|(_, needs, _)| needs),
            most_free: room.and_then(|(.., most)| finite(most)),
            unit: room.and_then(|(r, ..)| self.unit_of(v, r)),
        }
    }

    /// An instance that runs on another host from now on.
    pub(super) fn relocation(self, instance: NodeId, host: NodeId) -> Moved {
        let placement = self.system.placements().of(instance);
        Moved {
            instance: self.id(instance),
            from: placement.and_then(|p| p.host).map(|h| self.id(h)),
            to: self.id(host),
        }
    }

    /// What an instance takes that takes less, by how much that is less, and the unit.
    pub(super) fn takes_less(self, shrink: &Shrink) -> (TakesLess, f64, Option<String>) {
        let placement = self.system.placements().of(shrink.instance);
        let now = placement.map_or(0.0, |p| p.amount(shrink.resource));
        let takes = TakesLess {
            resource: self.column(shrink.resource),
            now,
            then: shrink.to,
        };
        let unit = self.unit_of(shrink.instance, shrink.resource);
        (takes, now - shrink.to, unit)
    }

    fn column(self, resource: usize) -> String {
        let resources = &self.system.placements().resources;
        resources
            .get(resource)
            .map(Resource::column)
            .unwrap_or_default()
    }

    /// The unit in which the hosts of an instance count a resource.
    fn unit_of(self, instance: NodeId, resource: usize) -> Option<String> {
        let placements = self.system.placements();
        let hosts = placements.of(instance)?.hosts.iter();
        let mut units = hosts.filter_map(|&h| {
            let node = placements.host(h)?.resources[resource]?;
            self.unit(node)
        });
        units.next()
    }

    /// A contingency after which instances run nowhere.
    pub(super) fn stranded(self, s: &analysis::Stranding) -> Stranded {
        Stranded {
            elements: self.ids(&s.elements),
            load_case: self.case(s.case),
            instances: self.ids(&s.instances),
        }
    }
}
