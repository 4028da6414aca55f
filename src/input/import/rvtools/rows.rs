//! Sheets → hosts, virtual machines and clusters. In: the sources of an export, or of several. Out: an
//! [`Export`], sorted, each row once. Promises: only the columns named here are read; custom attributes,
//! annotations and addresses are not.

use super::super::super::{Diagnostic, Faults, Source};
use super::super::report::Report;
use super::sheet::{self, Row, Sheet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where something stands: management server, datacenter, cluster. Blank where no sheet says.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub vcenter: String,
    pub datacenter: String,
    pub cluster: String,
}

/// A hypervisor.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub name: String,
    pub place: Place,
    pub fault_domain: String,
    /// What it has of memory, MiB.
    pub memory: Option<f64>,
    pub cores: Option<f64>,
    pub maintenance: bool,
    pub model: String,
}

/// A virtual machine that runs.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) struct Vm {
    pub name: String,
    pub place: Place,
    /// Its name in the management server, unique there; blank where no sheet says.
    pub key: String,
    /// Where it was created; tells machines of one name apart.
    pub folder: String,
    /// The host that runs it, as the sheet names it.
    pub host: String,
    /// Configured memory, MiB.
    pub memory: f64,
    /// Virtual processors.
    pub cpus: Option<f64>,
    /// Restart priority as the sheet says it, in lower case.
    pub restart: String,
    /// Rules that it falls under: sort and name; `None` where the sheet does not say which sort each name is of.
    pub rules: Option<Vec<(String, String)>>,
}

/// What is said of high availability in a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cluster {
    pub name: String,
    pub vcenter: String,
    /// Whether lost machines are restarted.
    pub ha: Option<bool>,
    /// How many hosts may fail.
    pub failover: Option<f64>,
    /// Whether that many are kept free.
    pub admission: Option<bool>,
    /// Restart priority of machines that have none of their own.
    pub restart: String,
}

/// All that an export says, as far as it is read.
#[derive(Default)]
pub(super) struct Export {
    pub hosts: Vec<Host>,
    pub vms: Vec<Vm>,
    pub clusters: Vec<Cluster>,
    pub warnings: Vec<Diagnostic>,
    /// Whether the sheets name the management server; else all are of one.
    names_vcenter: bool,
}

/// Columns in which versions of `RVTools` name the management server.
const VCENTER: [&str; 3] = ["VI SDK UUID", "vCenter UUID", "VI SDK Server"];

/// Reads the sheets.
///
/// # Errors
/// There is no vInfo or no vHost, or one of them lacks a column, or a cell that decides what runs, or how much a host
/// takes, cannot be read.
pub(super) fn read(sources: &[Arc<Source>], report: &mut Report) -> Result<Export, Faults> {
    let mut export = Export::default();
    let mut faults = Faults::new();
    let mut take = |about, key, needed: &[&str]| {
        let found = sources
            .iter()
            .filter(|s| sheet::name_of(&s.path).as_deref() == Some(about));
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
    let mut unread = Faults::new();
    for (sheets, flags, numbers) in [
        (&hosts, &HOST_FLAGS[..], &HOST_NUMBERS[..]),
        (&machines, &VM_FLAGS[..], &[]),
        (&clusters, &CLUSTER_FLAGS[..], &[]),
    ] {
        for row in sheets.iter().flat_map(Sheet::rows) {
            unreadable(row, flags, numbers, &mut unread);
        }
    }
    unread.or(())?;
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
const VM_FLAGS: [&str; 2] = ["Template", "SRM Placeholder"];
const CLUSTER_FLAGS: [&str; 2] = ["HA enabled", "AdmissionControlEnabled"];

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

impl Export {
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
            let cores = row
                .number("# Cores")
                .or_else(|| Some(row.number("# CPU")? * row.number("Cores per CPU")?));
            self.hosts.push(Host {
                name: name.to_owned(),
                place: self.place(row),
                fault_domain: row.text("vSAN Fault Domain Name").to_owned(),
                memory: row.number("# Memory"),
                cores,
                maintenance: row.flag("in Maintenance Mode") == Some(true),
                model: [row.text("Vendor"), row.text("Model")].join(" "),
            });
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
            rules: rules(row),
        })
    }

    fn add_clusters(&mut self, sheet: &Sheet, report: &mut Report) {
        for row in sheet.rows() {
            let name = row.text("Name");
            report.read("vCluster", name);
            self.clusters.push(Cluster {
                name: name.to_owned(),
                vcenter: self.place(row).vcenter,
                ha: row.flag("HA enabled"),
                failover: row.number("Failover Level"),
                admission: row.flag("AdmissionControlEnabled"),
                restart: row.text("Restart Priority").to_lowercase(),
            });
        }
    }

    /// Brings everything into an order of its own; a row that stands twice is one.
    fn sort(&mut self) {
        let key = |h: &Host| (h.place.clone(), h.name.to_lowercase(), h.name.clone());
        let mut hosts: BTreeMap<_, Host> = BTreeMap::new();
        for host in std::mem::take(&mut self.hosts) {
            let same = (host.place.clone(), host.name.to_lowercase());
            match hosts.get(&same) {
                Some(known) if !is_better(&host, known) => {}
                _ => drop(hosts.insert(same, host)),
            }
        }
        self.hosts = hosts.into_values().collect();
        self.hosts.sort_by_key(key);
        self.vms
            .sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        self.vms.dedup();
        self.clusters
            .sort_by(|a, b| (&a.vcenter, &a.name).cmp(&(&b.vcenter, &b.name)));
        self.clusters.dedup();
    }
}

/// Which of two rows about one host is kept, whatever their order.
fn is_better(one: &Host, other: &Host) -> bool {
    let key = |h: &Host| {
        (
            h.memory.unwrap_or(-1.0),
            h.cores.unwrap_or(-1.0),
            !h.maintenance,
        )
    };
    key(one) > key(other)
}

/// Why a machine is not in the inventory.
fn left_out(row: Row<'_>) -> Option<&'static str> {
    let state = row.text("Powerstate").to_lowercase();
    let connection = row.text("Connection state").to_lowercase();
    if row.text("VM").is_empty() {
        Some("a row without a name")
    } else if row.flag("Template") == Some(true) {
        Some("a template")
    } else if row.flag("SRM Placeholder") == Some(true) {
        Some("a placeholder of the other site")
    } else if state == "suspended" {
        Some("suspended")
    } else if state != "poweredon" {
        Some("not powered on")
    } else if ["inaccessible", "invalid", "orphaned"].contains(&&*connection) {
        Some("its files cannot be reached")
    } else if row.is_no_number("Memory") {
        Some("powered on, but its memory is no number")
    } else if row.number("Memory").is_none() {
        Some("powered on, but no memory is stated")
    } else {
        None
    }
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
