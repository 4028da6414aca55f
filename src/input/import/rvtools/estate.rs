//! Hosts and machines → an inventory. In: an [`Export`]. Out: nodes, requirements, rows of instances, and
//! per cluster what its scenario and the report speak of.
//!
//! A datacenter is a component, and so is a vSAN fault domain; hosts sit in them. Memory and processors of
//! a host are resources of it, `HOST/memory` and `HOST/cpu`. A machine that runs is a component and an
//! instance: it may run on the hosts of its cluster. What uses a cluster is one service, which loses with
//! each machine that machine's share of the memory.

use super::super::assembly::{Assembly, Share};
use super::super::naming::{Claim, named};
use super::super::report::Report;
use super::called::called;
use super::export::{Cluster, Host, Place, Vm};
use super::restart;
use super::rows::Export;
use super::rules;
use super::storage::Reach;
use crate::model::{Need, Split};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Hosts that share machines: those of a cluster, or one that is in none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pool {
    pub place: Place,
    /// The host, where it is in no cluster.
    pub alone: Option<String>,
}

/// One pool, as the scenario and the report speak of it.
pub(super) struct PoolSummary {
    /// Id of its service, and value of the label `cluster`.
    pub id: String,
    pub name: String,
    pub hosts: Vec<u32>,
    pub ha: Cluster,
    /// MiB configured in machines that run.
    pub asked: f64,
    /// How many hosts are not in maintenance.
    pub able: usize,
    /// MiB of each of them, greatest first; `None` where one of them states none.
    pub memory: Option<Vec<f64>>,
}

/// A machine as an instance.
pub(super) struct Instance {
    pub vm: u32,
    /// The hosts it may run on, where those are not all of its cluster.
    pub only: Option<Vec<u32>>,
    pub host: Option<u32>,
    /// Number of the pool.
    pub pool: usize,
    pub priority: u32,
    pub apart: Option<String>,
    pub memory: f64,
    pub cpus: Option<f64>,
}

/// The inventory in the making.
pub(super) struct Estate {
    pub assembly: Assembly,
    pub pools: Vec<PoolSummary>,
    pub instances: Vec<Instance>,
    /// Datacenters, by number.
    pub datacenters: Vec<u32>,
    /// Hosts that are out for maintenance.
    pub down: Vec<u32>,
    /// Machines whose host is none that vHost lists.
    pub strangers: usize,
    /// Machines that are left out, for vHost lists no host of their cluster.
    pub without_hosts: usize,
    /// Machines and rules that they are not held to.
    pub rules_left: usize,
}

/// Ids of everything, by the numbers of the lists that they come from.
struct Names {
    datacenters: BTreeMap<(String, String), String>,
    domains: BTreeMap<(Place, String), String>,
    pools: BTreeMap<Pool, String>,
    hosts: Vec<String>,
    vms: Vec<String>,
}

/// Builds the inventory; `overcommit` is how many virtual processors a core may carry.
pub(super) fn build(export: &Export, overcommit: Option<f64>, report: &mut Report) -> Estate {
    let pools = pools(export);
    let kept: Vec<&Vm> = kept_machines(export, &pools, report);
    let names = names(export, &pools, &kept, report);
    let mut estate = Estate {
        assembly: Assembly::default(),
        pools: Vec::new(),
        instances: Vec::new(),
        datacenters: Vec::new(),
        down: Vec::new(),
        strangers: 0,
        without_hosts: export.vms.len() - kept.len(),
        rules_left: 0,
    };
    let hosts = estate.add_hosts(export, &names, overcommit, report);
    let mut machines: BTreeMap<Pool, Vec<(&Vm, &String)>> = BTreeMap::new();
    for (vm, id) in kept.iter().zip(&names.vms) {
        if let Some(pool) = pool_of(vm, &pools) {
            machines.entry(pool).or_default().push((vm, id));
        }
    }
    for (pool, members) in &pools {
        let machines = machines.remove(pool).unwrap_or_default();
        let ha = match pool.alone {
            Some(_) => Cluster::default(),
            None => restart::ha_of(&pool.place, &export.clusters),
        };
        estate.add_pool(export, (pool, members), ha, &names.pools[pool], &hosts);
        estate.add_machines(export, (pool, members), &machines, &hosts, report);
    }
    estate
}

/// The pools with the numbers of their hosts.
fn pools(export: &Export) -> BTreeMap<Pool, Vec<usize>> {
    let mut pools: BTreeMap<Pool, Vec<usize>> = BTreeMap::new();
    for (at, host) in export.hosts.iter().enumerate() {
        let alone = host
            .place
            .cluster
            .is_empty()
            .then(|| host.name.to_lowercase());
        let place = host.place.clone();
        pools.entry(Pool { place, alone }).or_default().push(at);
    }
    pools
}

/// The pool of a machine: its cluster, or its host where that is in none.
fn pool_of(vm: &Vm, pools: &BTreeMap<Pool, Vec<usize>>) -> Option<Pool> {
    let alone = vm.place.cluster.is_empty().then(|| vm.host.to_lowercase());
    let place = vm.place.clone();
    let pool = Pool { place, alone };
    pools.contains_key(&pool).then_some(pool)
}

fn kept_machines<'e>(
    export: &'e Export,
    pools: &BTreeMap<Pool, Vec<usize>>,
    report: &mut Report,
) -> Vec<&'e Vm> {
    let known = |vm: &&Vm| {
        let known = pool_of(vm, pools).is_some();
        if !known {
            let why = "powered on, but vHost lists no host of its cluster";
            report.skipped("VM", why, &vm.name);
        }
        known
    };
    export.vms.iter().filter(known).collect()
}

fn names(
    export: &Export,
    pools: &BTreeMap<Pool, Vec<usize>>,
    vms: &[&Vm],
    report: &mut Report,
) -> Names {
    let mut claims = Vec::new();
    let mut claim = |name: &str, place: &str, key: &str| {
        let [name, place, key] = [name, place, key].map(str::to_owned);
        claims.push(Claim { name, place, key });
    };
    let datacenters: BTreeSet<(String, String)> = export.hosts.iter().map(datacenter).collect();
    let datacenters: Vec<_> = datacenters
        .into_iter()
        .filter(|d| !d.1.is_empty())
        .collect();
    datacenters
        .iter()
        .for_each(|(vcenter, name)| claim(name, vcenter, ""));
    let domains = export
        .hosts
        .iter()
        .map(|h| (h.place.clone(), h.fault_domain.clone()));
    let domains: BTreeSet<_> = domains.filter(|(_, domain)| !domain.is_empty()).collect();
    domains
        .iter()
        .for_each(|(place, name)| claim(name, &place.cluster, &place.datacenter));
    for pool in pools.keys() {
        let place = &pool.place;
        match &pool.alone {
            Some(host) => claim(&format!("vms-on-{host}"), &place.datacenter, &place.vcenter),
            None => claim(&place.cluster, &place.datacenter, &place.vcenter),
        }
    }
    for host in &export.hosts {
        claim(&host.name, &host.place.datacenter, &host.place.cluster);
    }
    vms.iter()
        .for_each(|vm| claim(&vm.name, &vm.place.cluster, &vm.key));
    let mut ids = named(&claims, report).into_iter();
    let mut next = |n: usize| ids.by_ref().take(n).collect::<Vec<String>>();
    Names {
        datacenters: datacenters
            .iter()
            .cloned()
            .zip(next(datacenters.len()))
            .collect(),
        domains: domains.iter().cloned().zip(next(domains.len())).collect(),
        pools: pools.keys().cloned().zip(next(pools.len())).collect(),
        hosts: next(export.hosts.len()),
        vms: next(vms.len()),
    }
}

fn datacenter(host: &Host) -> (String, String) {
    (host.place.vcenter.clone(), host.place.datacenter.clone())
}

impl Estate {
    fn add_hosts(
        &mut self,
        export: &Export,
        names: &Names,
        overcommit: Option<f64>,
        report: &mut Report,
    ) -> Vec<u32> {
        let mut datacenters = HashMap::new();
        for (key, id) in &names.datacenters {
            let at = self.assembly.component(id, "datacenter");
            self.assembly.node(at).name = Some(key.1.as_str().into());
            report.mapped("datacenter → component", id);
            datacenters.insert(key.clone(), at);
            self.datacenters.push(at);
        }
        let mut domains = HashMap::new();
        for (key, id) in &names.domains {
            let at = self.assembly.component(id, "fault-domain");
            let above = (key.0.vcenter.clone(), key.0.datacenter.clone());
            if let Some(&above) = datacenters.get(&above) {
                self.assembly.within(at, above);
            }
            report.mapped("vSAN fault domain → component", id);
            domains.insert(key.clone(), at);
        }
        let mut hosts = Vec::new();
        for (host, id) in export.hosts.iter().zip(&names.hosts) {
            let at = self.assembly.component(id, "hypervisor");
            let domain = domains.get(&(host.place.clone(), host.fault_domain.clone()));
            if let Some(&domain) = domain.or_else(|| datacenters.get(&datacenter(host))) {
                self.assembly.within(at, domain);
            }
            self.assembly.label(at, "model", &host.model);
            self.add_resources(at, host, overcommit, report);
            if host.maintenance {
                report.mapped("host in maintenance mode → known outage", id);
                self.down.push(at);
            }
            report.mapped("host → component", id);
            hosts.push(at);
        }
        hosts
    }

    fn add_resources(
        &mut self,
        at: u32,
        host: &Host,
        overcommit: Option<f64>,
        report: &mut Report,
    ) {
        let id = self.assembly.id(at).to_owned();
        let mut resource = |name: &str, capacity: f64, unit: &str| {
            let child = self.assembly.component(&format!("{id}/{name}"), "resource");
            self.assembly.capacity(child, Some(capacity), unit);
            self.assembly.within(child, at);
        };
        match host.memory {
            Some(memory) => {
                resource("memory", memory, "MiB");
                report.derived(
                    "HOST/memory, the memory of each host, all of it usable",
                    &id,
                );
            }
            None => report.skipped(
                "memory",
                "vHost states none: the host takes any amount",
                &id,
            ),
        }
        let Some(cores) = host.cores else {
            return report.skipped("processors", "vHost states none", &id);
        };
        if let Some(ratio) = overcommit {
            resource("cpu", cores * ratio, "vCPU");
            let rule = format!("HOST/cpu, {ratio} virtual processors for each core");
            report.derived(&rule, &id);
        } else {
            resource("cpu", cores, "cores");
            report.derived(
                "HOST/cpu, the cores of each host; nothing is placed by them",
                &id,
            );
        }
    }

    fn add_pool(
        &mut self,
        export: &Export,
        (pool, members): (&Pool, &[usize]),
        ha: Cluster,
        id: &str,
        hosts: &[u32],
    ) {
        let name = pool
            .alone
            .clone()
            .unwrap_or_else(|| pool.place.cluster.clone());
        for &member in members {
            self.assembly.label(hosts[member], "cluster", id);
        }
        let able = members
            .iter()
            .map(|&m| &export.hosts[m])
            .filter(|h| !h.maintenance);
        let mut memory: Option<Vec<f64>> = able.clone().map(|h| h.memory).collect();
        if let Some(memory) = &mut memory {
            memory.sort_by(|a, b| b.total_cmp(a));
        }
        self.pools.push(PoolSummary {
            id: id.to_owned(),
            name,
            hosts: members.iter().map(|&m| hosts[m]).collect(),
            ha,
            asked: 0.0,
            able: able.clone().count(),
            memory,
        });
    }

    fn add_machines(
        &mut self,
        export: &Export,
        (pool, members): (&Pool, &[usize]),
        machines: &[(&Vm, &String)],
        hosts: &[u32],
        report: &mut Report,
    ) {
        let number = self.pools.len() - 1;
        let mut shares = Vec::new();
        let ids = machines.iter().map(|&(vm, id)| (vm, id.as_str()));
        let apart = rules::apart(&self.pools[number].id, &ids.collect::<Vec<_>>(), report);
        self.rules_left += apart.left;
        let apart = apart.words;
        let mut reach = Reach::new(&export.stores, &export.hosts, members);
        let in_pool = || members.iter().map(|&m| (m, &export.hosts[m]));
        for &(vm, id) in machines {
            let at = self.assembly.component(id, "vm");
            let host = called(&vm.host, in_pool());
            if host.is_none() {
                self.strangers += 1;
            }
            let ha = &self.pools[number].ha;
            report.mapped("VM that runs → instance", id);
            let stays = pool.alone.is_some() || restart::is_left_down(vm, ha, id, report);
            let only = match host.filter(|_| stays) {
                Some(host) => Some(BTreeSet::from([host])),
                None => reaching(&mut reach, vm, host, id, report),
            };
            let only = only.map(|some| some.into_iter().map(|m| hosts[m]).collect());
            self.instances.push(Instance {
                vm: at,
                only,
                host: host.map(|m| hosts[m]),
                pool: number,
                priority: restart::priority(&vm.restart, &ha.restart),
                apart: apart.get(id.as_str()).cloned(),
                memory: vm.memory,
                cpus: vm.cpus,
            });
            self.assembly
                .label(at, "vm_cluster", &self.pools[number].id);
            self.pools[number].asked += vm.memory;
            shares.push(Share {
                weight: Some(vm.memory),
                ..Share::of(at)
            });
        }
        self.add_service(number, shares, report);
    }

    /// What uses the machines of a pool, until somebody names the real services.
    fn add_service(&mut self, pool: usize, shares: Vec<Share>, report: &mut Report) {
        let named = &self.pools[pool];
        if shares.is_empty() {
            return;
        }
        report.derived(
            "one service per cluster: its machines, by memory",
            &named.id,
        );
        let (id, name, asked) = (named.id.clone(), named.name.clone(), named.asked);
        let service = self.assembly.service(&id, asked, "MiB");
        self.assembly.node(service).name = Some(format!("VMs of {name}").into());
        self.assembly
            .group(service, "vms", Need::AtLeast(1), Split::Shard, shares);
    }
}

/// The hosts of its cluster that reach a machine's files; `None` is every one.
fn reaching<'e>(
    reach: &mut Reach<'e>,
    vm: &'e Vm,
    host: Option<usize>,
    id: &str,
    report: &mut Report,
) -> Option<BTreeSet<usize>> {
    let reached = reach.of(vm, host);
    if reached.hosts.is_some() {
        let why =
            "instance that may run on some hosts of its cluster: no other sees its datastores";
        report.mapped(why, id);
    } else if !reached.is_known {
        let rule = "every host of a cluster reaches a machine's files: no sheet says who sees its datastores";
        report.derived(rule, id);
    }
    reached.hosts
}
