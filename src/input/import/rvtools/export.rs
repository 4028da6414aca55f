//! What an export holds, as plain data: hosts, machines that run, what is said of clusters. Whatever a sheet does not say
//! is blank or `None`.

use std::collections::BTreeSet;

/// Where something stands: management server, datacenter, cluster. Blank where no sheet says.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub vcenter: String,
    pub datacenter: String,
    pub cluster: String,
}

/// A hypervisor.
#[derive(Clone, Debug, PartialEq)]
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
    /// Whether high availability protects it, where the sheet says so.
    pub protected: Option<bool>,
    /// Names of the datastores that hold its files, in lower case.
    pub datastores: BTreeSet<String>,
    /// Rules that it falls under: sort and name; `None` where the sheet does not say which sort each name is of.
    pub rules: Option<Vec<(String, String)>>,
}

/// What is said of high availability in a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cluster {
    pub name: String,
    pub vcenter: String,
    /// Blank where the sheet does not say it; most versions do not.
    pub datacenter: String,
    /// Whether high availability is on.
    pub ha: Option<bool>,
    /// Whether it acts when a host is lost.
    pub monitored: Option<bool>,
    /// How many hosts may fail.
    pub failover: Option<f64>,
    /// Whether that many are kept free.
    pub admission: Option<bool>,
    /// Restart priority of machines that have none of their own.
    pub restart: String,
    /// How many of its hosts can be used now.
    pub effective: Option<f64>,
    /// Whether rows say different things of clusters of this name, and none says which it is of.
    pub disputed: bool,
}

impl Cluster {
    /// Whether machines of a lost host are restarted on another one; they are where nothing speaks against it.
    pub fn restarts(&self) -> bool {
        !self.disputed && self.ha != Some(false) && self.monitored != Some(false)
    }
}
