//! What high availability does for a machine whose host is lost. In: rows of vCluster, and what vInfo says of the machine.
//! Out: whether it is restarted on another host, and before whom. Promises: it is not if any sheet says so; where rows
//! that may be of one cluster differ nothing of it is.

use super::super::report::Report;
use super::export::{Cluster, Place, Vm};

/// What vCluster says of the cluster at a place.
pub(super) fn ha_of(place: &Place, clusters: &[Cluster]) -> Cluster {
    let fits = |one: &str, other: &str| one.is_empty() || other.is_empty() || one == other;
    let of_it = |c: &&Cluster| {
        let same = fits(&c.vcenter, &place.vcenter) && fits(&c.datacenter, &place.datacenter);
        c.name == place.cluster && same
    };
    let found: Vec<&Cluster> = clusters.iter().filter(of_it).collect();
    match found[..] {
        [] => Cluster::default(),
        [one] => one.clone(),
        [one, ..] => agreed(one, &found),
    }
}

/// What several rows of one name agree on.
fn agreed(one: &Cluster, all: &[&Cluster]) -> Cluster {
    let same =
        |c: &&Cluster| c.ha == one.ha && c.monitored == one.monitored && c.restart == one.restart;
    let common = all.iter().all(same).then(|| Cluster {
        ha: one.ha,
        monitored: one.monitored,
        restart: one.restart.clone(),
        ..Cluster::default()
    });
    common.unwrap_or_else(|| Cluster {
        disputed: true,
        ..Cluster::default()
    })
}

/// Whether high availability leaves a machine down that its host took along.
pub(super) fn is_left_down(vm: &Vm, ha: &Cluster, id: &str, report: &mut Report) -> bool {
    let of_cluster = matches!(&*vm.restart, "" | "clusterrestartpriority");
    let restart = if of_cluster { &ha.restart } else { &vm.restart };
    let is_down = !ha.restarts() || restart == "disabled" || vm.protected == Some(false);
    if is_down {
        let why = "instance that is not restarted on another host (HA is off for it)";
        report.mapped(why, id);
    } else if ha.restart == "disabled" {
        let rule = "a machine is restarted by its own priority, where its cluster restarts none";
        report.derived(rule, id);
    }
    is_down
}

/// Rank of a restart priority: 1 restarts first.
pub(super) fn priority(own: &str, of_cluster: &str) -> u32 {
    let rank = |word: &str| match word {
        "highest" => Some(1),
        "high" => Some(2),
        "medium" => Some(3),
        "low" => Some(4),
        "lowest" => Some(5),
        _ => None,
    };
    rank(own).or_else(|| rank(of_cluster)).unwrap_or(3)
}
