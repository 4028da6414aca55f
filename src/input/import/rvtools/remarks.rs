//! What is said about an inventory made of an export: the scenario to start from, and how what high
//! availability promises compares with the memory that is there.

use super::super::super::Diagnostic;
use super::super::super::write::{PolicyLine, ScenarioFile};
use super::super::report::Report;
use super::estate::{Estate, PoolSummary};
use super::export::Cluster;

/// What the reader should know before anything is computed.
pub(super) fn warnings(estate: &Estate) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    if estate.strangers > 0 {
        let (some, all) = (estate.strangers, estate.instances.len());
        let message = format!(
            "{some} of {all} machines run on a host that vHost does not list: they are placed where they fit in their cluster"
        );
        let help =
            "the export may be made anonymous; what is lost first with a host is then a guess";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    if estate.rules_left > 0 {
        let message = format!(
            "{} times a machine is under a rule of its cluster that it is not held to here",
            estate.rules_left
        );
        let help = "the import report names them under what was left out; see `apart` and `hosts` in placements.csv";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    if estate.without_hosts > 0 {
        let message = format!(
            "machines that run are left out, for vHost lists no host of their cluster: {}",
            estate.without_hosts
        );
        let help =
            "export vHost of all clusters; a machine that is left out leaves room for others";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    warnings.extend(estate.pools.iter().filter_map(of_pool));
    warnings
}

/// What vCluster says of a cluster that no other sheet explains.
fn of_pool(pool: &PoolSummary) -> Option<Diagnostic> {
    let (id, able) = (&pool.id, pool.able);
    if pool.ha.disputed {
        let message = format!(
            "vCluster has several rows that may be of `{id}`, and they differ: its machines are taken not to be restarted"
        );
        let help = "give clusters names of their own, or import one vCenter at a time";
        return Some(Diagnostic::warning(message).help(help));
    }
    let able_now = u32::try_from(able).ok().map(f64::from)?;
    let usable = pool.ha.effective.filter(|usable| *usable < able_now)?;
    let message = format!(
        "vCluster counts {usable} usable among the hosts of `{id}`, vHost lists {able} that are not in maintenance: each of them takes machines here"
    );
    let help = "find out which cannot be used, and add it to `down` of scenario.toml";
    Some(Diagnostic::warning(message).help(help))
}

/// Machines that run and are left out, for nobody knows what they take; `faults` has one for each.
pub(super) fn no_memory(faults: &[Diagnostic]) -> Option<Diagnostic> {
    let (path, line, _) = faults.first()?.place()?;
    let message = format!(
        "machines that run are left out, for their memory is not stated in digits: {}, the first at line {line} of `{path}`",
        faults.len()
    );
    let help =
        "write it in MiB, 16384 for 16 GiB; a machine that is left out leaves room for others";
    Some(Diagnostic::warning(message).help(help))
}

/// Tells what high availability is set to, and how much of what runs could be placed by memory alone
/// with the largest hosts out: no placement can do better.
pub(super) fn ha(estate: &Estate, report: &mut Report) {
    for pool in &estate.pools {
        let set = setting(&pool.ha);
        report.mapped(&format!("{set} → rule in scenario.toml"), &pool.id);
        if !pool.ha.restarts() {
            continue;
        }
        if let Some(said) = most_that_fits(pool, tolerated(pool)) {
            report.derived(&said, &pool.id);
        }
    }
}

/// How high availability is set.
fn setting(ha: &Cluster) -> String {
    let level = ha
        .failover
        .map_or("not stated".to_owned(), |n| n.to_string());
    let admission = match ha.admission {
        Some(true) => "on",
        Some(false) => "off",
        None => "not stated",
    };
    match (ha.disputed, ha.ha, ha.monitored) {
        (true, ..) => {
            "vCluster says several things of high availability; it is taken to be off".to_owned()
        }
        (_, Some(false), _) => {
            "high availability is off: nothing is restarted elsewhere".to_owned()
        }
        (_, _, Some(false)) => {
            "high availability does not watch hosts: nothing is restarted elsewhere".to_owned()
        }
        (_, None, _) => {
            "vCluster says nothing of high availability; it is taken to be on".to_owned()
        }
        (_, Some(true), _) => {
            format!(
                "high availability is on, failover level {level}, admission control {admission}"
            )
        }
    }
}

/// How many hosts a pool is said to be able to lose.
fn tolerated(pool: &PoolSummary) -> usize {
    match pool.ha.failover {
        Some(level) if pool.ha.ha == Some(true) => {
            let mut all = (1..=MOST_FAILOVER).rev();
            all.find(|n| f64::from(*n) <= level).map_or(1, usize::from)
        }
        _ => 1,
    }
}

/// Hosts that vSphere lets a cluster tolerate.
const MOST_FAILOVER: u8 = 31;

/// How much of the memory that runs has a place with the `out` largest hosts gone, at most. `None` where a host does
/// not state its memory or nothing runs.
fn most_that_fits(pool: &PoolSummary, out: usize) -> Option<String> {
    let memory = pool.memory.as_ref().filter(|_| pool.asked > 0.0)?;
    // Nothing adds up to −0.
    let left = memory.iter().skip(out).sum::<f64>() + 0.0;
    let share = left / pool.asked;
    let hosts = match out {
        1 => "its largest host".to_owned(),
        n => format!("its {n} largest hosts"),
    };
    let (asked, left) = (pool.asked.round(), left.round());
    let percent = format!("{:.2} %", share.min(1.0) * 100.0);
    let promise = match (pool.ha.ha, share < 1.0) {
        (Some(true), true) => "; what high availability promises cannot be kept",
        _ => "",
    };
    Some(format!(
        "with {hosts} out at most {percent} of the memory that runs has a place: {left} MiB for {asked} MiB{promise}"
    ))
}

/// The scenario: hosts fail singly, clusters and datacenters as a whole.
pub(super) fn scenario(estate: &mut Estate) -> ScenarioFile {
    let mut scenario = ScenarioFile {
        name: "Lost hosts, clusters and datacenters".to_owned(),
        order: u32::from(estate.pools.iter().any(|p| tolerated(p) > 1)) + 1,
        elements: vec!["kind=hypervisor".to_owned()],
        ..ScenarioFile::default()
    };
    scenario.about = [
        "Made by `brownout import rvtools`.",
        "What fails: each host by itself; each cluster and each datacenter as a whole, by name below.",
        "Machines do not fail one by one: what a lost machine costs is itself.",
        "Machines of a lost host restart where they fit in their cluster, by configured memory.",
    ]
    .map(str::to_owned)
    .to_vec();
    let id = |at: u32| estate.assembly.id(at).to_owned();
    let maintenance = estate
        .down
        .iter()
        .map(|&at| (id(at), "in maintenance mode".to_owned()));
    scenario.down = maintenance.collect();
    for pool in estate.pools.iter().filter(|p| p.asked > 0.0) {
        if pool.hosts.len() > 1 {
            let lost = vec![format!("kind=hypervisor cluster={}", pool.id)];
            scenario
                .contingencies
                .push((format!("cluster {} lost", pool.id), lost));
        }
        // Where nothing is restarted by intent, nobody promised that all runs.
        if pool.ha.ha != Some(false) {
            scenario.policies.push(policy(pool, scenario.order));
        }
    }
    for &at in &estate.datacenters {
        let id = id(at);
        scenario
            .contingencies
            .push((format!("datacenter {id} lost"), vec![id]));
    }
    scenario.fill_in = [
        "the real services: which machines each needs, how many of them, how important it is",
        "rules of sites: what may fail together (racks, power, storage), as `within`",
        "how often hosts fail (`mtbf_hours`, `mttr_hours`), for probabilities",
    ]
    .map(str::to_owned)
    .to_vec();
    scenario
}

fn policy(pool: &PoolSummary, order: u32) -> PolicyLine {
    let promised = pool.ha.ha == Some(true)
        && pool.ha.restarts()
        && pool.ha.failover.is_some_and(|n| n >= 1.0);
    let survives = u32::try_from(tolerated(pool)).unwrap_or(1).min(order);
    let hosts = if survives == 1 {
        "any one host"
    } else {
        "any two hosts"
    };
    let name = if promised {
        format!(
            "{}: as high availability promises, all runs after {hosts} lost",
            pool.id
        )
    } else {
        format!("{}: all runs after {hosts} lost", pool.id)
    };
    PolicyLine {
        name,
        services: vec![pool.id.clone()],
        survives,
        restarts: None,
    }
}
