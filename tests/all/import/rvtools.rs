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
