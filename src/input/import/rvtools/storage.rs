//! Which hosts reach the files of a machine. In: rows of vDatastore and vDisk, and the paths of vInfo. Out: for a machine the
//! hosts of its cluster that all of its datastores are seen by. Promises: where no sheet says who sees a datastore that is
//! said, and never taken for an answer; a machine can run where it runs.

use super::super::report::Report;
use super::called::called;
use super::export::{Host, Vm};
use super::sheet::Row;
use std::collections::{BTreeMap, BTreeSet};

/// Datastores of machines: by management server and the machine's key, or its name where no sheet gives a key.
#[derive(Default)]
pub(super) struct Disks(BTreeMap<(String, String), BTreeSet<String>>);

impl Disks {
    /// Adds a row of vDisk.
    pub fn add(&mut self, vcenter: String, row: Row<'_>, report: &mut Report) {
        report.read("vDisk", row.text("VM"));
        let paths = [row.text("Path"), row.text("Disk Path")];
        let of_it = self.0.entry((vcenter, key(row))).or_default();
        of_it.extend(paths.into_iter().filter_map(datastore));
    }

    /// The datastores of the machine of a row of vInfo.
    pub fn of(&self, vcenter: &str, row: Row<'_>) -> BTreeSet<String> {
        // A sheet may lack the column that names the management server.
        let known = |vcenter: &str| self.0.get(&(vcenter.to_owned(), key(row)));
        let disks = known(vcenter).into_iter().chain(known("")).flatten();
        disks.cloned().chain(datastore(row.text("Path"))).collect()
    }
}

fn key(row: Row<'_>) -> String {
    match row.text("VM ID") {
        "" => row.text("VM").to_lowercase(),
        id => id.to_owned(),
    }
}

/// The datastore of a path such as `[san1] web/web.vmx`, in lower case.
fn datastore(path: &str) -> Option<String> {
    let (name, _) = path.strip_prefix('[')?.split_once(']')?;
    Some(name.trim().to_lowercase()).filter(|name| !name.is_empty())
}

/// What vDatastore says, by name in lower case. Datastores of several datacenters may have one name.
#[derive(Default)]
pub(super) struct Stores(BTreeMap<String, Vec<Store>>);

struct Store {
    vcenter: String,
    /// Hosts that see it, as the sheet names them.
    hosts: Vec<String>,
    /// How many see it.
    count: Option<f64>,
}

/// Who sees a datastore, of the hosts of one cluster.
#[derive(Clone, Default)]
struct Seen {
    /// Numbers of the hosts that are named.
    named: BTreeSet<usize>,
    /// Whether it is seen by one host alone.
    by_one: bool,
}

impl Stores {
    /// Adds a row of vDatastore.
    pub fn add(&mut self, vcenter: String, row: Row<'_>, report: &mut Report) {
        let name = row.text("Name");
        report.read("vDatastore", name);
        let why = "it is no component here: what is lost with it is for you to say (`within`)";
        report.skipped("datastore", why, name);
        let hosts = row.text("Hosts").split([',', ';']).map(str::trim);
        let hosts = hosts.filter(|h| !h.is_empty()).map(str::to_owned);
        self.0.entry(name.to_lowercase()).or_default().push(Store {
            vcenter,
            hosts: hosts.collect(),
            count: row.number("# Hosts"),
        });
    }

    fn seen(&self, name: &str, hosts: &[Host], members: &[usize]) -> Seen {
        let vcenter = members.first().map(|&m| &*hosts[m].place.vcenter);
        let of_it = self.0.get(name).into_iter().flatten();
        let of_it = of_it.filter(|s| s.vcenter.is_empty() || Some(&*s.vcenter) == vcenter);
        let mut seen = Seen::default();
        let hosts = members.iter().map(|&m| (m, &hosts[m]));
        for store in of_it {
            let named = store.hosts.iter();
            seen.named
                .extend(named.filter_map(|name| called(name, hosts.clone())));
            seen.by_one |= store.count.is_some_and(|n| n <= 1.0);
        }
        seen
    }
}

/// Where the machines of one cluster can run, by their files.
pub(super) struct Reach<'e> {
    stores: &'e Stores,
    hosts: &'e [Host],
    members: &'e [usize],
    /// What was found of each datastore.
    found: BTreeMap<&'e str, Seen>,
}

impl<'e> Reach<'e> {
    /// Of the hosts with these numbers, which are those of a cluster.
    pub fn new(stores: &'e Stores, hosts: &'e [Host], members: &'e [usize]) -> Self {
        let found = BTreeMap::new();
        Self {
            stores,
            hosts,
            members,
            found,
        }
    }

    /// Who reaches all files of a machine, which runs on `own`.
    pub fn of(&mut self, vm: &'e Vm, own: Option<usize>) -> Reached {
        let mut left: BTreeSet<usize> = self.members.iter().copied().collect();
        let mut is_known = !vm.datastores.is_empty();
        for name in &vm.datastores {
            let seen = self.seen(name);
            match (seen.named.is_empty(), seen.by_one, own) {
                (false, ..) => left.retain(|m| seen.named.contains(m) || Some(*m) == own),
                (true, true, Some(own)) => left.retain(|m| *m == own),
                _ => is_known = false,
            }
        }
        // Only where sheets contradict each other nobody reaches all of them.
        let hosts = (left.len() < self.members.len() && !left.is_empty()).then_some(left);
        Reached { hosts, is_known }
    }

    fn seen(&mut self, name: &'e str) -> Seen {
        let seen = || self.stores.seen(name, self.hosts, self.members);
        self.found.entry(name).or_insert_with(seen).clone()
    }
}

/// Who reaches the files of a machine.
pub(super) struct Reached {
    /// Numbers of hosts; `None` is every host of the cluster.
    pub hosts: Option<BTreeSet<usize>>,
    /// Whether sheets say who sees each of its datastores.
    pub is_known: bool,
}
