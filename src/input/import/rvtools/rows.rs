//! Sheets → hosts, virtual machines, clusters and datastores. In: the sources of an export, or of several. Out: an
//! [`Export`], sorted, each row once. Promises: only the columns named here are read; custom attributes,
//! annotations and addresses are not; rows that say different things of one host or one machine are a fault.

use super::super::super::{Diagnostic, Faults, Source};
use super::super::report::Report;
use super::called::called;
use super::export::{Cluster, Host, Place, Vm};
use super::sheet::{self, Row, Sheet};
use super::storage::{Disks, Stores};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that an export says, as far as it is read.
#[derive(Default)]
pub(super) struct Export {
    pub hosts: Vec<Host>,
    pub vms: Vec<Vm>,
    pub clusters: Vec<Cluster>,
    pub stores: Stores,
    pub warnings: Vec<Diagnostic>,
    /// A fault for each machine that runs and whose memory nobody knows; it is left out.
    pub no_memory: Vec<Diagnostic>,
    disks: Disks,
    /// Whether the sheets name the management server; else all are of one.
    names_vcenter: bool,
}

/// Columns in which versions of `RVTools` name the management server.
const VCENTER: [&str; 3] = ["VI SDK UUID", "vCenter UUID", "VI SDK Server"];

/// Reads the sheets.
///
/// # Errors
/// There is no vInfo or no vHost, or one of them lacks a column, or a cell that decides what runs, or how much a host
/// takes, cannot be read, or two rows contradict each other.
pub(super) fn read(sources: &[Arc<Source>], report: &mut Report) -> Result<Export, Faults> {
    let mut export = Export::default();
    let mut faults = Faults::new();
    let mut take = |about, key, needed: &[&str]| {
        let found = sources
            .iter()
            .filter(|s| sheet::of(s).as_deref() == Some(about));
        let found: Vec<&Arc<Source>> = found.collect();
        let mut sheets = Vec::new();
        for source in found {
            match Sheet::read(source, key, needed) {
                Ok(sheet) => sheets.push(sheet),
                Err(why) => faults.extend(why),
            }
        }
        sheets
    };
    let machines = take("vinfo", "VM", &["Powerstate", "Memory"]);
    let hosts = take("vhost", "Host", &["# Memory"]);
    let clusters = take("vcluster", "Name", &[]);
    let stores = take("vdatastore", "Name", &[]);
    let disks = take("vdisk", "VM", &[]);
    for (sheet, found) in [("vInfo", &machines), ("vHost", &hosts)] {
        if found.is_empty() && faults.is_empty() {
            let message = format!("no file holds the sheet {sheet}");
            let help =
                "export all sheets (File, Export all to xlsx), or name the folder of CSV files";
            faults.push(Diagnostic::error(message).help(help));
        }
    }
    faults.or(())?;
    let named = |sheets: &[Sheet]| sheets.iter().all(|s| VCENTER.iter().any(|c| s.has(c)));
    export.names_vcenter = named(&machines) && named(&hosts);
    for sheet in hosts.iter().chain(&machines).chain(&clusters) {
        if let Some(name) = &sheet.renamed {
            let message = "the first column has a name that RVTools does not use; it is taken for the name of each row";
            export
                .warnings
                .push(Diagnostic::warning(message).help(format!("it is called `{name}`")));
        }
    }
    readable(&hosts, &machines, &clusters)?;
    for row in disks.iter().flat_map(Sheet::rows) {
        export.disks.add(export.place(row).vcenter, row, report);
    }
    for row in stores.iter().flat_map(Sheet::rows) {
        export.stores.add(export.place(row).vcenter, row, report);
    }
    export.contradictions(&hosts, &machines)?;
    hosts
        .iter()
        .for_each(|sheet| export.add_hosts(sheet, report));
    machines
        .iter()
        .for_each(|sheet| export.add_vms(sheet, report));
    clusters
        .iter()
        .for_each(|sheet| export.add_clusters(sheet, report));
    export.sort();
    Ok(export)
}

/// Columns that say yes or no, and what is read of a host as a number.
const HOST_FLAGS: [&str; 1] = ["in Maintenance Mode"];
const HOST_NUMBERS: [&str; 2] = ["# Memory", "# Cores"];
const VM_FLAGS: [&str; 3] = ["Template", "SRM Placeholder", "DAS protection"];
const CLUSTER_FLAGS: [&str; 3] = ["HA enabled", "AdmissionControlEnabled", "Host monitoring"];

/// What decides what runs and how much a host takes must be readable.
fn readable(hosts: &[Sheet], machines: &[Sheet], clusters: &[Sheet]) -> Result<(), Faults> {
    let mut faults = Faults::new();
    for (sheets, flags, numbers) in [
        (hosts, &HOST_FLAGS[..], &HOST_NUMBERS[..]),
        (machines, &VM_FLAGS[..], &[]),
        (clusters, &CLUSTER_FLAGS[..], &[]),
    ] {
        for row in sheets.iter().flat_map(Sheet::rows) {
            unreadable(row, flags, numbers, &mut faults);
        }
    }
    for row in machines.iter().flat_map(Sheet::rows) {
        unclear_power(row, &mut faults);
    }
    faults.or(())
}

/// Faults of cells that cannot be read: taking them for blank would let a host in maintenance work, or one with so
/// much memory take any amount.
fn unreadable(row: Row<'_>, flags: &[&str], numbers: &[&str], faults: &mut Faults) {
    for column in flags.iter().filter(|c| row.is_no_flag(c)) {
        let message = format!("`{}` in `{column}` is neither yes nor no", row.text(column));
        faults.push(row.fault(column, message).help("write True or False"));
    }
    for column in numbers.iter().filter(|c| row.is_no_number(c)) {
        let message = format!("`{}` in `{column}` is no number", row.text(column));
        let help = "write it in digits, as 262109, or leave the cell blank";
        faults.push(row.fault(column, message).help(help));
    }
}

/// A fault of a machine of which nobody knows whether it runs: without it its host would look emptier than it is.
fn unclear_power(row: Row<'_>, faults: &mut Faults) {
    if aside(row).is_none() && power(row).is_none() {
        let message = match row.text("Powerstate") {
            "" => "`Powerstate` is blank".to_owned(),
            word => format!("`{word}` in `Powerstate` does not say whether the machine runs"),
        };
        let help = "write poweredOn, poweredOff or suspended";
        faults.push(row.fault("Powerstate", message).help(help));
    }
}

/// Faults of rows that say different things of one `what`, which its key names.
fn unlike<'s, K: Ord, T: PartialEq>(
    what: &str,
    column: &str,
    rows: impl Iterator<Item = (K, T, Row<'s>)>,
    faults: &mut Faults,
) {
    let mut known: BTreeMap<K, T> = BTreeMap::new();
    for (key, said, row) in rows {
        if known.get(&key).is_some_and(|known| *known != said) {
            let name = row.text(column);
            let message = format!("two rows say different things of the {what} `{name}`");
            let help = "they may be of two exports of one vCenter: import the newer one alone";
            faults.push(row.fault(column, message).help(help));
        } else {
            known.insert(key, said);
        }
    }
}

impl Export {
    /// Two rows about one host, or about one machine, must say the same.
    fn contradictions(&self, hosts: &[Sheet], machines: &[Sheet]) -> Result<(), Faults> {
        let mut faults = Faults::new();
        let hosts = hosts.iter().flat_map(Sheet::rows);
        let named = hosts.filter(|row| !row.text("Host").is_empty());
        let hosts = named.map(|row| (self.key_of_host(row), self.host(row), row));
        unlike("host", "Host", hosts, &mut faults);
        let machines = machines.iter().flat_map(Sheet::rows);
        let keyed = machines.filter(|row| !row.text("VM ID").is_empty());
        let said = keyed.map(|row| (self.key_of_vm(row), (left_out(row), self.vm(row)), row));
        unlike("machine", "VM ID", said, &mut faults);
        faults.or(())
    }

    /// What tells a host from all others: its name in its management server, or at its place if none is named.
    fn key_of_host(&self, row: Row<'_>) -> (Place, String) {
        let mut place = self.place(row);
        if !place.vcenter.is_empty() {
            place.datacenter.clear();
            place.cluster.clear();
        }
        (place, row.text("Host").to_lowercase())
    }

    /// What tells a machine from all others; its key alone does not where no management server is named.
    fn key_of_vm(&self, row: Row<'_>) -> (String, String, String) {
        let vcenter = self.place(row).vcenter;
        let name = if vcenter.is_empty() {
            row.text("VM")
        } else {
            ""
        };
        (vcenter, row.text("VM ID").to_owned(), name.to_owned())
    }

    fn place(&self, row: Row<'_>) -> Place {
        let vcenter = VCENTER.iter().map(|c| row.text(c)).find(|v| !v.is_empty());
        Place {
            vcenter: vcenter
                .filter(|_| self.names_vcenter)
                .unwrap_or_default()
                .to_lowercase(),
            datacenter: row.text("Datacenter").to_owned(),
            cluster: row.text("Cluster").to_owned(),
        }
    }

    fn add_hosts(&mut self, sheet: &Sheet, report: &mut Report) {
        for row in sheet.rows() {
            let name = row.text("Host");
            report.read("vHost", name);
            if name.is_empty() {
                report.skipped("vHost", "a row without a name", "");
                continue;
            }
            self.hosts.push(self.host(row));
        }
    }

    fn host(&self, row: Row<'_>) -> Host {
        let cores = row
            .number("# Cores")
            .or_else(|| Some(row.number("# CPU")? * row.number("Cores per CPU")?));
        Host {
            name: row.text("Host").to_owned(),
            place: self.place(row),
            fault_domain: row.text("vSAN Fault Domain Name").to_owned(),
            memory: row.number("# Memory"),
            cores,
            maintenance: row.flag("in Maintenance Mode") == Some(true),
            model: [row.text("Vendor"), row.text("Model")].join(" "),
        }
    }

    fn add_vms(&mut self, sheet: &Sheet, report: &mut Report) {
        for row in sheet.rows() {
            let name = row.text("VM");
            report.read("vInfo", name);
            match left_out(row) {
                Some(why) => report.skipped("VM", why, name),
                None => self.vms.extend(self.vm(row)),
            }
            if is_without_memory(row) {
                let message = "the machine is powered on, and its memory is not stated in digits";
                let fault = row.fault("Memory", message);
                self.no_memory
                    .push(fault.help("write it in MiB: 16384 for 16 GiB"));
            }
        }
    }

    fn vm(&self, row: Row<'_>) -> Option<Vm> {
        Some(Vm {
            name: row.text("VM").to_owned(),
            place: self.place(row),
            key: row.text("VM ID").to_owned(),
            folder: row.text("Folder").to_owned(),
            host: row.text("Host").to_owned(),
            memory: row.number("Memory")?,
            cpus: row.number("CPUs"),
            restart: row.text("HA Restart Priority").to_lowercase(),
            protected: row.flag("DAS protection"),
            datastores: self.disks.of(&self.place(row).vcenter, row),
            rules: rules(row),
        })
    }

    fn add_clusters(&mut self, sheet: &Sheet, report: &mut Report) {
        for row in sheet.rows() {
            let name = row.text("Name");
            report.read("vCluster", name);
            let place = self.place(row);
            self.clusters.push(Cluster {
                name: name.to_owned(),
                vcenter: place.vcenter,
                datacenter: place.datacenter,
                ha: row.flag("HA enabled"),
                monitored: row.flag("Host monitoring"),
                failover: row.number("Failover Level"),
                admission: row.flag("AdmissionControlEnabled"),
                restart: row.text("Restart Priority").to_lowercase(),
                effective: row.number("numEffectiveHosts"),
                disputed: false,
            });
        }
    }

    /// Brings everything into an order of its own; a row that stands twice is one.
    fn sort(&mut self) {
        let key = |h: &Host| (h.place.clone(), h.name.to_lowercase(), h.name.clone());
        let mut hosts: BTreeMap<_, Host> = BTreeMap::new();
        for host in std::mem::take(&mut self.hosts) {
            hosts.insert((host.place.clone(), host.name.to_lowercase()), host);
        }
        self.hosts = hosts.into_values().collect();
        self.hosts.sort_by_key(key);
        self.settle();
        self.vms
            .sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        self.vms.dedup();
        self.clusters
            .sort_by(|a, b| (&a.vcenter, &a.name).cmp(&(&b.vcenter, &b.name)));
        self.clusters.dedup();
    }

    /// A machine of which no cluster is said is in that of its host.
    fn settle(&mut self) {
        for vm in &mut self.vms {
            let place = &vm.place;
            if !place.cluster.is_empty() {
                continue;
            }
            let may_be = |host: &&Host| {
                let datacenter = &host.place.datacenter;
                host.place.vcenter == place.vcenter
                    && (place.datacenter.is_empty() || place.datacenter == *datacenter)
            };
            let hosts = self.hosts.iter().filter(may_be);
            if let Some(host) = called(&vm.host, hosts.map(|host| (host, host))) {
                vm.place = host.place.clone();
                vm.host.clone_from(&host.name);
            }
        }
    }
}

/// What a machine does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    Off,
    Suspended,
}

fn power(row: Row<'_>) -> Option<Power> {
    match sheet::folded(row.text("Powerstate")).as_str() {
        "poweredon" | "on" => Some(Power::On),
        "poweredoff" | "off" => Some(Power::Off),
        "suspended" => Some(Power::Suspended),
        _ => None,
    }
}

/// Why a row is of no machine that could run here.
fn aside(row: Row<'_>) -> Option<&'static str> {
    if row.text("VM").is_empty() {
        Some("a row without a name")
    } else if row.flag("Template") == Some(true) {
        Some("a template")
    } else if row.flag("SRM Placeholder") == Some(true) {
        Some("a placeholder of the other site")
    } else {
        None
    }
}

/// Why a machine does not run, or cannot.
fn idle(row: Row<'_>) -> Option<&'static str> {
    let connection = row.text("Connection state").to_lowercase();
    match power(row) {
        Some(Power::Suspended) => Some("suspended"),
        Some(Power::Off) | None => Some("not powered on"),
        Some(Power::On) => ["inaccessible", "invalid", "orphaned"]
            .contains(&&*connection)
            .then_some("its files cannot be reached"),
    }
}

/// Whether a machine runs, and nobody knows how much memory it takes.
fn is_without_memory(row: Row<'_>) -> bool {
    aside(row).or_else(|| idle(row)).is_none() && row.number("Memory").is_none()
}

/// Why a machine is not in the inventory.
fn left_out(row: Row<'_>) -> Option<&'static str> {
    let memory = || {
        is_without_memory(row).then(|| match row.text("Memory") {
            "" => "powered on, but no memory is stated",
            _ => "powered on, but its memory is no number",
        })
    };
    aside(row).or_else(|| idle(row)).or_else(memory)
}

/// Rules of the cluster: sorts and names stand in two columns, in the same order.
fn rules(row: Row<'_>) -> Option<Vec<(String, String)>> {
    let split = |column| {
        let cell: &str = row.text(column);
        let parts = cell.split([',', ';']).map(str::trim);
        parts.filter(|p| !p.is_empty()).map(str::to_owned).collect()
    };
    let sorts: Vec<String> = split("Cluster rule(s)");
    let names: Vec<String> = split("Cluster rule name(s)");
    (sorts.len() == names.len()).then(|| sorts.into_iter().zip(names).collect())
}
