//! A site: power, network, racks, hosts with room for virtual machines, what is shared.

use super::builder::{Builder, MBIT};
use crate::model::{Need, Split};
use std::collections::{BTreeMap, VecDeque};

/// Virtual machines on a host.
const SLOTS: u32 = 6;
/// Rows (of two racks) that share a pair of aggregation switches.
const ROWS_OF_POD: u32 = 8;
/// Stacks that share a pair of load balancers.
const STACKS_OF_BALANCER: u32 = 12;
/// Database servers that share a storage array.
const DATABASES_OF_ARRAY: u32 = 48;

/// A rack and its two switches.
#[derive(Clone, Copy)]
struct Rack {
    node: u32,
    tors: [u32; 2],
    aggs: [u32; 2],
}

/// What a region's sites have in common.
#[derive(Clone, Copy)]
pub(super) struct Region {
    /// The carriers' routers.
    pub wan: [u32; 2],
    /// Where users come from, if there is a network of links.
    pub internet: Option<u32>,
}

/// A load balancer, and the layers of the network between it and the internet.
#[derive(Clone)]
pub(super) struct Entry {
    pub balancer: u32,
    pub route: Option<Route>,
}

/// Layers of the network, in order; each node of one is linked with each of the next, so traffic
/// divides evenly over every layer.
pub(super) type Route = Vec<Vec<u32>>;

/// A site under construction.
pub(super) struct Site {
    id: String,
    node: u32,
    feeds: [u32; 2],
    region: Region,
    cores: [u32; 2],
    aggs: [u32; 2],
    racks: Vec<Rack>,
    /// Hosts with room, one entry for each virtual machine; neighbours are in different racks.
    slots: VecDeque<u32>,
    hosts: u32,
    hosts_of_rack: u32,
    entries: Vec<Entry>,
    stacks: u32,
    controllers: [u32; 2],
    databases: u32,
    next_rack: usize,
    pub dns: Vec<u32>,
    pub auth: Vec<u32>,
    pub monitoring: Vec<u32>,
}

impl Site {
    /// A site with its first racks and the platform services.
    pub fn new(b: &mut Builder, number: u32, large: bool, region: Region) -> Self {
        let id = format!("dc{number:03}");
        let node = b.component("site", id.clone(), Some(&id), &[]);
        let pair = |b: &mut Builder, kind: &str, what: &str| {
            ["a", "b"].map(|x| b.component(kind, format!("{id}-{what}-{x}"), Some(&id), &[node]))
        };
        let feeds = pair(b, "power-feed", "feed");
        let cores = pair(b, "router", "core");
        for core in cores {
            b.any(core, "power", &feeds, 0.0);
            b.uplink(core, &region.wan);
        }
        b.pool(cores.to_vec(), 0.3, 0.7);
        let mut site = Self {
            id,
            node,
            feeds,
            region,
            cores,
            aggs: [0; 2],
            racks: Vec::new(),
            slots: VecDeque::new(),
            hosts: 0,
            hosts_of_rack: if large { 8 } else { 2 },
            entries: Vec::new(),
            stacks: 0,
            controllers: [0; 2],
            databases: 0,
            next_rack: 0,
            dns: Vec::new(),
            auth: Vec::new(),
            monitoring: Vec::new(),
        };
        site.add_row(b);
        site.dns = site.platform(b, "dns", 2);
        site.auth = site.platform(b, "auth", 3);
        site.monitoring = site.platform(b, "monitoring", 2);
        site
    }

    fn platform(&mut self, b: &mut Builder, what: &str, n: u32) -> Vec<u32> {
        let vms: Vec<u32> = (1..=n)
            .map(|i| self.vm(b, format!("{}-{what}-{i}", self.id)))
            .collect();
        b.pool(vms.clone(), 0.3, 0.6);
        vms
    }

    /// Two racks with their switches and hosts, and every eighth time a pod for them.
    fn add_row(&mut self, b: &mut Builder) {
        let first = self.racks.len();
        let id = self.id.clone();
        if first.is_multiple_of(2 * ROWS_OF_POD as usize) {
            let pod = first / (2 * ROWS_OF_POD as usize) + 1;
            self.aggs = ["a", "b"].map(|x| {
                let id_of = format!("{id}-agg-{pod}{x}");
                let agg = b.component("switch", id_of, Some(&id), &[self.node]);
                b.any(agg, "power", &self.feeds, 0.0);
                b.uplink(agg, &self.cores);
                agg
            });
            b.pool(self.aggs.to_vec(), 0.3, 0.7);
        }
        for number in first + 1..first + 3 {
            let rack_id = format!("{id}-rack-{number:03}");
            let node = b.component("rack", rack_id, Some(&id), &[self.node]);
            b.any(node, "power", &self.feeds, 0.0);
            let tors = ["a", "b"].map(|x| {
                let tor_id = format!("{id}-tor-{number:03}{x}");
                let tor = b.component("switch", tor_id, Some(&id), &[node]);
                b.uplink(tor, &self.aggs);
                tor
            });
            b.pool(tors.to_vec(), 0.2, 0.6);
            let aggs = self.aggs;
            self.racks.push(Rack { node, tors, aggs });
        }
        let mut hosts = Vec::new();
        for i in 0..2 * self.hosts_of_rack as usize {
            let rack = self.racks[first + i % 2];
            self.hosts += 1;
            let host_id = format!("{id}-host-{:04}", self.hosts);
            let host = b.component("host", host_id, Some(&id), &[rack.node]);
            b.any(host, "network", &rack.tors, MBIT);
            hosts.push(host);
        }
        for _ in 0..SLOTS {
            self.slots.extend(&hosts);
        }
        b.pool(hosts, 0.4, 0.8);
    }

    /// A virtual machine on the next host with room.
    pub fn vm(&mut self, b: &mut Builder, id: String) -> u32 {
        let host = loop {
            match self.slots.pop_front() {
                Some(host) => break host,
                None => self.add_row(b),
            }
        };
        let vm = b.component("virtual-machine", id, Some(&self.id), &[]);
        b.all(vm, &[host], 1.0);
        vm
    }

    /// Hosts of the last row that no virtual machine came to: monitoring looks at them.
    pub fn watch_spare_hosts(&self, b: &mut Builder) {
        let mut free: BTreeMap<u32, u32> = BTreeMap::new();
        for &host in &self.slots {
            *free.entry(host).or_default() += 1;
        }
        let spare: Vec<u32> = free
            .into_iter()
            .filter(|&(_, slots)| slots == SLOTS)
            .map(|(host, _)| host)
            .collect();
        for (watcher, host) in self.monitoring.first().into_iter().cycle().zip(spare) {
            b.group(*watcher, None, Need::AtLeast(0), Split::Share, &[host], 0.1);
        }
    }

    /// A server of its own, in the next rack.
    pub fn server(&mut self, b: &mut Builder, id: String) -> u32 {
        let rack = self.next_rack();
        self.server_in(b, id, rack)
    }

    fn server_in(&self, b: &mut Builder, id: String, rack: Rack) -> u32 {
        let server = b.component("server", id, Some(&self.id), &[rack.node]);
        b.any(server, "network", &rack.tors, MBIT);
        server
    }

    /// The load balancers of the next stack.
    pub fn entries(&mut self, b: &mut Builder) -> Vec<Entry> {
        if self.stacks.is_multiple_of(STACKS_OF_BALANCER) {
            let number = self.stacks / STACKS_OF_BALANCER + 1;
            let balancers = ["a", "b"].map(|x| self.balancer(b, &format!("lb-{number}{x}")));
            b.pool(balancers.to_vec(), 0.3, 0.7);
            let entry = |balancer| Entry {
                balancer,
                route: self.route(vec![balancer], self.aggs),
            };
            self.entries = balancers.map(entry).to_vec();
        }
        self.stacks += 1;
        self.entries.clone()
    }

    fn balancer(&mut self, b: &mut Builder, name: &str) -> u32 {
        let rack = self.next_rack();
        let id = format!("{}-{name}", self.id);
        let balancer = b.component("load-balancer", id, Some(&self.id), &[rack.node]);
        if self.region.internet.is_some() {
            b.uplink(balancer, &self.aggs);
        } else {
            b.any(balancer, "network", &self.aggs, MBIT);
        }
        balancer
    }

    fn next_rack(&mut self) -> Rack {
        let rack = self.racks[self.next_rack % self.racks.len()];
        self.next_rack += 1;
        rack
    }

    /// From what hangs on a pair of aggregation switches to the internet.
    fn route(&self, from: Vec<u32>, aggs: [u32; 2]) -> Option<Route> {
        let internet = self.region.internet?;
        let layers = [aggs, self.cores, self.region.wan].map(|layer| layer.to_vec());
        let [aggs, cores, wan] = layers;
        Some(vec![from, aggs, cores, wan, vec![internet]])
    }

    /// A server of a database cluster, and the way from its rack to the internet.
    pub fn database_server(&mut self, b: &mut Builder, id: String) -> (u32, Option<Route>) {
        if self.databases.is_multiple_of(DATABASES_OF_ARRAY) {
            self.add_array(b);
        }
        self.databases += 1;
        let rack = self.next_rack();
        let server = self.server_in(b, id, rack);
        b.any(server, "storage", &self.controllers, 0.5);
        (server, self.route(vec![rack.tors[0]], rack.aggs))
    }

    fn add_array(&mut self, b: &mut Builder) {
        let number = self.databases / DATABASES_OF_ARRAY + 1;
        let id = self.id.clone();
        let rack = self.next_rack().node;
        let array_id = format!("{id}-array-{number}");
        let array = b.component("storage", array_id.clone(), Some(&id), &[rack]);
        self.controllers = ["a", "b"].map(|x| {
            let controller = format!("{array_id}-ctl-{x}");
            b.component("storage-controller", controller, Some(&id), &[array])
        });
        b.pool(self.controllers.to_vec(), 0.3, 0.7);
    }

    /// What the next stack costs here: `vms` of its machines, its database, what they make
    /// necessary. An upper bound by at most a row.
    pub fn cost_of_stack(&self, vms: u32, database: u32) -> u32 {
        let large = self.hosts_of_rack > 2;
        let room = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        let row = if vms > room { row_cost(large) + 2 } else { 0 };
        let array = if database > 0 { 3 } else { 0 };
        vms + database + row + array + 2
    }
}

fn row_cost(large: bool) -> u32 {
    2 * (3 + if large { 8 } else { 2 })
}

/// How a consumer needs a database cluster.
pub(super) fn needs_database(b: &mut Builder, consumer: u32, servers: &[u32], load: f64) {
    let (need, split) = match servers.len() {
        3 => (Need::AtLeast(2), Split::Copy),
        _ => (Need::AtLeast(1), Split::Standby),
    };
    b.group(consumer, Some("database"), need, split, servers, load);
}
