//! Sheets of RVTools: rules of clusters, words of other languages, numbers that cannot be read.

use super::{Format, lines, source};
use brownout::input::Faults;
use brownout::input::import::{Imported, Options, read_sources};
use std::collections::BTreeMap;

const HOSTS: &str = "Host,Datacenter,Cluster,in Maintenance Mode,# Cores,# Memory\n\
    esx1,DC,C1,False,16,102400\nesx2,DC,C1,False,16,102400\nesx3,DC,C1,False,16,51200\n";

const MACHINE: &str = "VM,Powerstate,Template,SRM Placeholder,Memory,Datacenter,Cluster,Host,\
    Cluster rule(s),Cluster rule name(s)\n";

fn import(hosts: &str, machines: &str) -> Result<Imported, Faults> {
    let sources = [source("vHost.csv", hosts), source("vInfo.csv", machines)];
    read_sources(Format::Rvtools, &sources, Options::default())
}

/// The word of every instance that is kept apart from others.
fn apart(imported: &Imported) -> BTreeMap<&str, &str> {
    let rows = imported.placements.rows.iter();
    let words = rows.filter_map(|r| Some((r.instance.as_str(), r.apart.as_deref()?)));
    words.collect()
}

/// What was left out, and how often.
fn skipped(imported: &Imported) -> BTreeMap<&str, u64> {
    let all = imported.report.skipped.iter();
    all.map(|(why, tally)| (why.as_str(), tally.count))
        .collect()
}

/// A machine on `host` under rules: their sorts, and their names.
fn machine(name: &str, host: &str, sorts: &str, names: &str) -> String {
    format!("{name},poweredOn,False,False,10240,DC,C1,{host},\"{sorts}\",\"{names}\"\n")
}

/// Each rule holds for all of its machines, or what it does not hold for is counted. The first machine is in two rules:
/// it is kept to the larger one.
#[test]
fn no_rule_of_a_cluster_is_lost_without_a_word() {
    let anti = "ClusterAntiAffinityRuleSpec";
    let machines = [
        MACHINE.to_owned(),
        machine("a1", "esx1", &format!("{anti}, {anti}"), "lic, app"),
        machine("a2", "esx2", anti, "app"),
        machine("a3", "esx3", anti, "app"),
        machine("b2", "esx2", anti, "lic"),
        machine("c1", "esx1", "ClusterVmHostRuleInfo", "must-run-on-esx1"),
        machine("d1", "esx1", "ClusterAffinityRuleSpec", "together"),
        machine("d2", "esx1", "ClusterDependencyRuleInfo", "order"),
        machine("e1", "esx1", anti, "one, two"),
        machine("f1", "esx1", anti, "alone"),
    ];
    let imported = import(HOSTS, &machines.concat()).expect("an inventory");
    let words = apart(&imported);
    let app = ["a1", "a2", "a3"].map(|id| (id, "c1/app"));
    let kept: BTreeMap<&str, &str> = app.into_iter().chain([("b2", "c1/lic")]).collect();
    // The cluster is called c1, so the machine of that name has another id.
    let words: BTreeMap<&str, String> = words
        .iter()
        .map(|(id, word)| (*id, word.replace("dc-c1/", "c1/")))
        .collect();
    let words: BTreeMap<&str, &str> = words.iter().map(|(id, w)| (*id, w.as_str())).collect();
    assert_eq!(words, kept);
    let why = |sort: &str| format!("rule of a cluster: {sort}");
    let left: BTreeMap<String, u64> = [
        "keeps a machine apart that another rule keeps apart, too: it is held to that one alone",
        "ties machines to hosts, and no sheet says to which",
        "keeps machines on one host, which no placement does",
        "of a sort that is not known",
        "the sheet names more or fewer rules than sorts",
    ]
    .map(|sort| (why(sort), 1))
    .into();
    let found: BTreeMap<String, u64> = skipped(&imported)
        .into_iter()
        .map(|(why, count)| (why.to_owned(), count))
        .collect();
    assert_eq!(found, left);
    let warned = imported.warnings.iter().map(|w| w.message().to_owned());
    let warned: Vec<String> = warned.collect();
    assert!(
        warned
            .iter()
            .any(|w| w.starts_with("5 times a machine is under a rule")),
        "{warned:?}"
    );
}

/// Yes and no, and numbers, as a spreadsheet writes them in German, French and Spanish.
#[test]
fn other_languages_say_the_same() {
    let reference = {
        let hosts = HOSTS.replace("esx3,DC,C1,False", "esx3,DC,C1,True");
        let machines = format!(
            "{MACHINE}{}r1,poweredOn,False,True,4096,DC,C1,esx1,,\n",
            machine("a1", "esx1", "", "")
        );
        import(&hosts, &machines).expect("an inventory")
    };
    for (yes, no) in [("WAHR", "FALSCH"), ("VRAI", "FAUX"), ("VERDADERO", "FALSO")] {
        let hosts = HOSTS
            .replace("esx3,DC,C1,False", "esx3,DC,C1,True")
            .replace("True", yes)
            .replace("False", no)
            .replace(',', ";")
            .replace("102400", "102.400,0");
        let machines = format!(
            "{MACHINE}{}r1,poweredOn,False,True,4096,DC,C1,esx1,,\n",
            machine("a1", "esx1", "", "")
        );
        let machines = machines
            .replace("True", yes)
            .replace("False", no)
            .replace(',', ";")
            .replace("10240", "10.240,00");
        let imported = import(&hosts, &machines).expect("an inventory");
        assert_eq!(
            format!("{:?}", imported.draft),
            format!("{:?}", reference.draft)
        );
        assert_eq!(imported.report, reference.report, "{yes}");
        assert_eq!(imported.scenarios[0].down, reference.scenarios[0].down);
        assert_eq!(imported.scenarios[0].down.len(), 1);
    }
}

/// What would let a host in maintenance work, or one take any amount, is a fault at its place.
#[test]
fn a_cell_that_decides_and_cannot_be_read_is_a_fault() {
    let hosts = "Host,Datacenter,Cluster,in Maintenance Mode,# Cores,# Memory\n\
        esx1,DC,C1,perhaps,16,102400\nesx2,DC,C1,False,16,much\nesx3,DC,C1,False,16,\n";
    let machines = format!("{MACHINE}a1,poweredOn,False,?,10240,DC,C1,esx1,,\n");
    let faults = import(hosts, &machines)
        .map(|_| ())
        .expect_err("three faults");
    assert_eq!(
        lines(&faults),
        [
            "vHost.csv:2:12: `perhaps` in `in Maintenance Mode` is neither yes nor no; write True or False",
            "vHost.csv:3:21: `much` in `# Memory` is no number; write it in digits, as 262109, or leave the cell blank",
            "vInfo.csv:2:20: `?` in `SRM Placeholder` is neither yes nor no; write True or False",
        ]
    );
}

/// Machines whose memory is no number are left out as what they are, and a cluster with one host has nothing left
/// without it.
#[test]
fn what_the_report_says_is_what_the_sheet_says() {
    let hosts = "Host,Datacenter,Cluster,in Maintenance Mode,# Cores,# Memory\nesx1,DC,C1,False,16,102400\n";
    let machines = [
        MACHINE.to_owned(),
        machine("a1", "esx1", "", ""),
        machine("a2", "esx1", "", "").replace("10240", "unknown"),
        machine("a3", "esx1", "", "").replace("10240", ""),
    ];
    let imported = import(hosts, &machines.concat()).expect("an inventory");
    let skipped = skipped(&imported);
    assert_eq!(skipped["VM: powered on, but its memory is no number"], 1);
    assert_eq!(skipped["VM: powered on, but no memory is stated"], 1);
    let derived = &imported.report.derived;
    let share = "with its largest host out at most 0.00 % of the memory that runs has a place: 0 MiB for 10240 MiB";
    assert!(derived.contains_key(share), "{derived:?}");
}

const PROTECTED: &str = "VM,Powerstate,Memory,DAS protection,HA Restart Priority,Datacenter,Cluster,Host,\
    Path,VM ID,VI SDK UUID\n";
const CLUSTERS: &str =
    "Name,HA enabled,Failover Level,Host monitoring,Restart Priority,numEffectiveHosts\n";

/// Imports sheets by what they are called.
fn sheets(all: &[(&str, &str)]) -> Result<Imported, Faults> {
    let sources: Vec<_> = all.iter().map(|(path, text)| source(path, text)).collect();
    read_sources(Format::Rvtools, &sources, Options::default())
}

/// The hosts that an instance may run on: ids, or the selector of its cluster.
fn hosts(imported: &Imported, instance: &str) -> String {
    let mut rows = imported.placements.rows.iter();
    let row = rows.find(|r| r.instance == instance);
    let hosts = format!("{:?}", row.map(|r| &r.hosts));
    hosts.replace(['"', ' '], "")
}

const ANYWHERE: &str = "Some(Selector(kind=hypervisorcluster=c1))";

fn warned(imported: &Imported, says: &str) -> bool {
    let mut all = imported.warnings.iter();
    all.any(|w| w.line().contains(says))
}

/// High availability is off for a machine if any column says so: it is then lost with its host.
#[test]
fn a_machine_that_nothing_restarts_stays_on_its_host() {
    for (clusters, restart, protection, stays) in [
        ("C1,True,1,enabled,medium,3\n", "medium", "", false),
        ("C1,True,1,,medium,3\n", "medium", "protected", false),
        ("C1,True,1,enabled,medium,3\n", "medium", "True", false),
        ("C1,True,1,disabled,medium,3\n", "medium", "", true),
        ("C1,False,1,enabled,medium,3\n", "medium", "", true),
        ("C1,True,1,enabled,medium,3\n", "disabled", "", true),
        ("C1,True,1,enabled,medium,3\n", "medium", "False", true),
        (
            "C1,True,1,enabled,medium,3\n",
            "medium",
            "unprotected",
            true,
        ),
        (
            "C1,True,1,enabled,disabled,3\n",
            "clusterRestartPriority",
            "",
            true,
        ),
        ("C1,True,1,enabled,disabled,3\n", "", "", true),
        // A machine's own word goes before that of its cluster.
        ("C1,True,1,enabled,disabled,3\n", "high", "", false),
        // Two clusters of one name, and nobody says which is which.
        (
            "C1,True,1,enabled,medium,3\nC1,False,1,enabled,medium,3\n",
            "medium",
            "",
            true,
        ),
        (
            "C1,True,1,enabled,medium,3\nC1,True,2,enabled,medium,3\n",
            "medium",
            "",
            false,
        ),
    ] {
        let machine = format!("a,poweredOn,1024,{protection},{restart},DC,C1,esx1,,vm-1,u1\n");
        let imported = sheets(&[
            ("vHost.csv", HOSTS),
            ("vInfo.csv", &(PROTECTED.to_owned() + &machine)),
            ("vCluster.csv", &(CLUSTERS.to_owned() + clusters)),
        ]);
        let imported = imported.expect("an inventory");
        let shown = format!("{clusters} {restart} {protection}");
        let wanted = if stays { "Some(Ids([esx1]))" } else { ANYWHERE };
        assert_eq!(hosts(&imported, "a"), wanted, "{shown}");
        // What is off by intent promises nothing; all else is held to that everything runs.
        let policies =
            usize::from(clusters.matches("False").count() == 0 || clusters.lines().count() > 1);
        assert_eq!(imported.scenarios[0].policies.len(), policies, "{shown}");
        assert_eq!(
            warned(&imported, "vCluster has several rows that may be of `c1`"),
            clusters.contains("True") && clusters.contains("C1,False"),
            "{shown}"
        );
    }
}

/// A cluster with fewer hosts that can be used than vHost lists has one that is out, and no sheet says which.
#[test]
fn hosts_that_cannot_be_used_are_asked_for() {
    let machine = format!("{PROTECTED}a,poweredOn,1024,,,DC,C1,esx1,,vm-1,u1\n");
    let says = |out: bool, effective: u32| {
        let hosts = if out {
            HOSTS.replace("esx3,DC,C1,False", "esx3,DC,C1,True")
        } else {
            HOSTS.to_owned()
        };
        let clusters = format!("{CLUSTERS}C1,True,1,enabled,medium,{effective}\n");
        let imported = sheets(&[
            ("vHost.csv", &hosts),
            ("vInfo.csv", &machine),
            ("vCluster.csv", &clusters),
        ]);
        let imported = imported.expect("an inventory");
        let all = imported.warnings.iter().map(|w| w.message().to_owned());
        all.collect::<Vec<_>>()
    };
    let warning = |effective, listed| {
        format!(
            "vCluster counts {effective} usable among the hosts of `c1`, vHost lists {listed} that are not in maintenance: each of them takes machines here"
        )
    };
    assert_eq!(says(false, 3), [""; 0]);
    assert_eq!(says(false, 2), [warning(2, 3)]);
    assert_eq!(says(true, 3), [""; 0]);
    assert_eq!(says(true, 2), [""; 0]);
    assert_eq!(says(true, 1), [warning(1, 2)]);
}

/// A machine restarts only where all of its datastores are seen: those of its own path, and those of its disks.
#[test]
fn a_machine_runs_only_where_its_files_are_seen() {
    let machines = [
        ("local", "esx1", "[esx1-local] local/local.vmx"),
        ("shared", "esx2", "[san1] shared/shared.vmx"),
        ("two", "esx2", "[two] two/two.vmx"),
        ("disk", "esx3", "[san1] disk/disk.vmx"),
        ("lone", "esx2", "[datastore1] lone/lone.vmx"),
        ("unlisted", "esx1", "[elsewhere] u/u.vmx"),
        ("pathless", "esx1", ""),
    ];
    let rows = machines.iter().enumerate().map(|(n, (name, host, path))| {
        format!("{name},poweredOn,1024,,,DC,C1,{host},{path},vm-{n},u1\n")
    });
    let machines = PROTECTED.to_owned() + &rows.collect::<String>();
    let stores = "Name,Capacity MiB,# Hosts,Hosts\nesx1-local,9,1,esx1\nsan1,9,3,\"esx1, esx2, esx3\"\n\
        two,9,2,\"esx2, esx3.corp.example\"\nesx3-local,9,1,esx3\ndatastore1,9,1,\n";
    let disks = "VM,Disk,Path,VM ID\ndisk,Hard disk 1,[esx3-local] disk/disk.vmdk,vm-3\nshared,Hard disk 1,[san1] s.vmdk,vm-1\n";
    let imported = sheets(&[
        ("vHost.csv", HOSTS),
        ("vInfo.csv", &machines),
        ("vDatastore.csv", stores),
        ("vDisk.csv", disks),
    ]);
    let imported = imported.expect("an inventory");
    for (name, wanted) in [
        ("local", "Some(Ids([esx1]))"),
        ("shared", ANYWHERE),
        ("two", "Some(Ids([esx2,esx3]))"),
        ("disk", "Some(Ids([esx3]))"),
        ("lone", "Some(Ids([esx2]))"),
        ("unlisted", ANYWHERE),
        ("pathless", ANYWHERE),
    ] {
        assert_eq!(hosts(&imported, name), wanted, "{name}");
    }
    let count = |tallies: &brownout::input::import::report::Tallies, says: &str| {
        let mut all = tallies.iter().filter(|(why, _)| why.contains(says));
        all.next().map(|(_, tally)| tally.count)
    };
    assert_eq!(
        count(&imported.report.mapped, "may run on some hosts"),
        Some(4)
    );
    assert_eq!(
        count(&imported.report.derived, "no sheet says who sees"),
        Some(2)
    );
    assert_eq!(
        count(&imported.report.skipped, "datastore: it is no component"),
        Some(5)
    );
}

/// A word for what runs that nobody knows is a fault, for a machine that is left out leaves room on its host.
#[test]
fn whether_a_machine_runs_is_not_guessed() {
    let machine = |power: &str| format!("{PROTECTED}a,{power},1024,,,DC,C1,esx1,,vm-1,u1\n");
    for power in ["poweredOn", "Powered On", "POWEREDON", "on"] {
        let imported = import(HOSTS, &machine(power)).expect(power);
        assert_eq!(imported.placements.rows.len(), 1, "{power}");
    }
    for (power, says) in [
        (
            "eingeschaltet",
            "vInfo.csv:2:3: `eingeschaltet` in `Powerstate` does not say whether the machine runs",
        ),
        ("", "vInfo.csv:2:1: `Powerstate` is blank"),
    ] {
        let faults = import(HOSTS, &machine(power)).map(|_| ()).expect_err(power);
        let wanted = format!("{says}; write poweredOn, poweredOff or suspended");
        assert_eq!(lines(&faults), [wanted]);
    }
    // What could not run here in any case may say nothing.
    let template = format!(
        "{MACHINE}t,,True,False,1024,DC,C1,esx1,,\n{}",
        machine_row("a")
    );
    assert!(import(HOSTS, &template).is_ok());
}

fn machine_row(name: &str) -> String {
    machine(name, "esx1", "", "")
}

/// Machines that run and cannot be placed are a warning, and where no other runs they are the fault.
#[test]
fn what_runs_and_is_left_out_is_a_warning() {
    let odd = machine("big", "esx1", "", "").replace("10240", "16 GB");
    let stray = machine("stray", "esx9", "", "").replace("C1", "C9");
    let imported = import(HOSTS, &format!("{MACHINE}{}{odd}{stray}", machine_row("a")));
    let imported = imported.expect("an inventory");
    assert!(warned(
        &imported,
        "for their memory is not stated in digits: 1, the first at line 3 of `vInfo.csv`"
    ));
    assert!(warned(
        &imported,
        "for vHost lists no host of their cluster: 1"
    ));
    let faults = import(HOSTS, &format!("{MACHINE}{odd}"))
        .map(|_| ())
        .expect_err("a fault");
    let says = "vInfo.csv:2:27: the machine is powered on, and its memory is not stated in digits; write it in MiB: 16384 for 16 GiB";
    assert_eq!(lines(&faults), [says]);
    let faults = import(HOSTS, &format!("{MACHINE}{stray}"))
        .map(|_| ())
        .expect_err("a fault");
    assert!(
        lines(&faults)[0]
            .ends_with("left out: powered on, but vHost lists no host of its cluster (1)")
    );
}

/// A machine whose row names no cluster is in that of its host.
#[test]
fn the_cluster_of_a_machine_is_that_of_its_host() {
    let blank = machine("b", "ESX2.corp.example", "", "").replace("C1", "");
    let imported = import(HOSTS, &format!("{MACHINE}{}{blank}", machine_row("a")));
    let imported = imported.expect("an inventory");
    assert_eq!(hosts(&imported, "b"), ANYWHERE);
    let row = imported.placements.rows.iter().find(|r| r.instance == "b");
    assert_eq!(row.and_then(|r| r.host.as_deref()), Some("esx2"));
}

/// The exports of two months of one vCenter are not one estate.
#[test]
fn two_exports_of_one_vcenter_are_a_fault() {
    let hosts = HOSTS
        .replace('\n', ",u1\n")
        .replacen(",u1", ",VI SDK UUID", 1);
    let january = format!(
        "{PROTECTED}a,poweredOn,20000,,,DC,C1,esx1,,vm-1,u1\nb,poweredOn,7,,,DC,C1,esx1,,vm-2,u1\n"
    );
    let february = january.replace("20000", "95000");
    let both = |february: &str, newer: &str| {
        sheets(&[
            ("jan/vHost.csv", &hosts),
            ("jan/vInfo.csv", &january),
            ("feb/vHost.csv", newer),
            ("feb/vInfo.csv", february),
        ])
    };
    let same = both(&january, &hosts).expect("one estate");
    assert_eq!(same.placements.rows.len(), 2);
    let faults = both(&february, &hosts)
        .map(|_| ())
        .expect_err("two estates");
    let help = "they may be of two exports of one vCenter: import the newer one alone";
    assert_eq!(
        lines(&faults),
        [format!(
            "feb/vInfo.csv:2:33: two rows say different things of the machine `vm-1`; {help}"
        )]
    );
    let newer = hosts.replace("esx3,DC,C1,False", "esx3,DC,C1,True");
    let faults = both(&january, &newer).map(|_| ()).expect_err("two estates");
    assert_eq!(
        lines(&faults),
        [format!(
            "feb/vHost.csv:4:1: two rows say different things of the host `esx3`; {help}"
        )]
    );
    // Two servers may give one key to different machines.
    let other = february.replace("u1", "u2");
    let hosts_of_other = hosts.replace("u1", "u2");
    let two = both(&other, &hosts_of_other).expect("two vCenters");
    assert_eq!(two.placements.rows.len(), 4);
}

/// Sheets are known by their columns where their files are called otherwise.
#[test]
fn sheets_are_known_by_their_columns() {
    let machines = format!("{MACHINE}{}", machine_row("a"));
    let imported = sheets(&[("one.csv", HOSTS), ("two.csv", &machines)]);
    assert_eq!(imported.expect("an inventory").placements.rows.len(), 1);
    let faults = sheets(&[("two.csv", &machines)])
        .map(|_| ())
        .expect_err("no hosts");
    assert!(lines(&faults)[0].starts_with("no file holds the sheet vHost"));
}
