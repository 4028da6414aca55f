//! Lists and relations of a CMDB that say less than they seem to: what is unclear makes nothing look safer.

use super::{Format, lines, source};
use brownout::input::Faults;
use brownout::input::import::{Imported, Options, map, read_sources};
use std::collections::BTreeMap;
use std::fs;

const LIST: &str = "sys_id,name,sys_class_name,install_status,operational_status\n";
const RELATIONS: &str = "parent,type,child\n";

fn import(files: &[(&str, &str)]) -> Result<Imported, Faults> {
    let sources: Vec<_> = files
        .iter()
        .map(|(path, text)| source(path, text))
        .collect();
    read_sources(Format::Servicenow, &sources, Options::default())
}

/// A list and relations without their headers.
fn imported(list: &str, relations: &str) -> Imported {
    let list = format!("{LIST}{list}");
    let relations = format!("{RELATIONS}{relations}");
    import(&[("ci.csv", &list), ("rel.csv", &relations)]).expect("an inventory")
}

/// `consumer → provider`, sorted.
fn needs(imported: &Imported) -> Vec<String> {
    let draft = &imported.draft;
    let id = |at: u32| &*draft.nodes[at as usize].node.id;
    let all = draft.requirements.iter().flat_map(|r| {
        let consumer = id(r.consumer);
        r.providers
            .iter()
            .map(move |p| format!("{consumer} → {}", id(p.node)))
    });
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}

fn down(imported: &Imported) -> BTreeMap<&str, &str> {
    let all = imported.scenarios[0].down.iter();
    all.map(|(id, why)| (id.as_str(), why.as_str())).collect()
}

fn kinds(imported: &Imported) -> BTreeMap<&str, &str> {
    let all = imported.draft.nodes.iter();
    all.map(|d| (&*d.node.id, &*d.node.kind)).collect()
}

fn warnings(imported: &Imported) -> Vec<String> {
    let all = imported.warnings.iter();
    all.map(brownout::input::Diagnostic::line).collect()
}

fn warned(imported: &Imported, says: &str) -> bool {
    warnings(imported).iter().any(|w| w.contains(says))
}

/// Only what the map knows to work works; a warning names every word that it does not know.
#[test]
fn a_status_that_nobody_knows_is_an_outage() {
    let mut list = String::from("0,Svc,cmdb_ci_service_auto,Installed,Operational\n");
    let known = [
        ("Installed", "Operational"),
        ("In use", "Ready"),
        ("1", "DR Standby"),
        ("", ""),
    ];
    let odd = [
        ("Defective", "Operational"),
        ("Decommissioned", "Operational"),
        ("Installed", "Under Repair"),
        ("Installed", "Catalog"),
        ("Installed", "Under Repair"),
    ];
    for (at, (install, operational)) in known.iter().chain(&odd).enumerate() {
        list.push_str(&format!(
            "x{at},s{at},cmdb_ci_linux_server,{install},{operational}\n"
        ));
    }
    let imported = imported(&list, "");
    let wanted = [
        ("s4", "Defective"),
        ("s5", "Decommissioned"),
        ("s6", "Under Repair"),
        ("s7", "Catalog"),
        ("s8", "Under Repair"),
    ];
    assert_eq!(down(&imported), wanted.into());
    let says = "statuses that the map does not know count as out of service: \
        Under Repair (2), Catalog (1), Decommissioned (1) and 1 more; add them to `up`, `down` or `skip`";
    assert!(warned(&imported, says), "{:?}", warnings(&imported));
    let rule = "out of service: the map does not know the status `Under Repair`";
    assert_eq!(imported.report.derived[rule].count, 2);
}

/// What needs a service that is out lacks it, as it would lack a server; what nobody needs is left out.
#[test]
fn a_service_that_is_out_is_missed() {
    let list = "1,Shop BA,cmdb_ci_business_app,Installed,Operational\n\
        2,Shop Prod,cmdb_ci_service_auto,Installed,Non-Operational\n\
        3,Offering,service_offering,Installed,Operational\n\
        4,web,cmdb_ci_linux_server,Installed,Operational\n\
        5,TS,cmdb_ci_service_technical,Installed,Operational\n\
        6,BS,cmdb_ci_service_business,Installed,Operational\n\
        7,Idle,cmdb_ci_service_auto,Installed,Non-Operational\n";
    let relations = "Shop BA,Consumes::Consumed by,Shop Prod\n\
        BS,Contains::Contained by,Offering\n\
        Offering,Depends on::Used by,Shop Prod\n\
        Shop Prod,Depends on::Used by,web\n\
        TS,Depends on::Used by,web\n\
        Idle,Depends on::Used by,web\n";
    let imported = imported(list, relations);
    assert_eq!(down(&imported), [("shop-prod", "Non-Operational")].into());
    let kinds = kinds(&imported);
    assert_eq!(kinds["shop-prod"], "application");
    assert!(!kinds.contains_key("idle"));
    assert_eq!(kinds.values().filter(|k| **k == "service").count(), 4);
    assert_eq!(
        needs(&imported),
        [
            "bs → offering",
            "offering → shop-prod",
            "shop-ba → shop-prod",
            "shop-prod → web",
            "ts → web",
        ]
    );
    super::assert_round_trip(&imported.draft);
}

/// A need of what is not there is left out with a warning.
#[test]
fn a_need_without_its_far_end_is_a_warning() {
    let list = "2,app,cmdb_ci_appl,Installed,Operational\n\
        3,old01,cmdb_ci_linux_server,Retired,Retired\n\
        5,payapp,cmdb_ci_appl,Installed,Operational\n\
        6,grp,cmdb_ci_server_group,Installed,Operational\n\
        7,m1,cmdb_ci_linux_server,Installed,Operational\n";
    let relations = "app,Runs on::Runs,old01\npayapp,Runs on::Runs,ghost01\n\
        grp,Members::Member of,m1\ngrp,Members::Member of,ghost2\n\
        ghost3,Depends on::Used by,m1\napp,Sends data to::Receives data from,ghost4\n";
    let imported = imported(list, relations);
    // Nobody misses what a consumer that is in no list needs, nor a soft need.
    let says = "whoever has them looks safer than it is: app → old01, grp → ghost2, payapp → ghost01; export";
    assert!(warned(&imported, says), "{:?}", warnings(&imported));
}

/// Lists write keys of the ends into columns of their own, with or without the names.
#[test]
fn the_keys_of_both_ends_tell_them_apart() {
    let list = format!(
        "{LIST}1,Svc,cmdb_ci_service_auto,1,1\n2,web01,cmdb_ci_linux_server,1,1\n\
         3,web01,cmdb_ci_linux_server,1,2\n4,web02,cmdb_ci_linux_server,1,1\n"
    );
    for relations in [
        "parent,type,child,parent.sys_id,child.sys_id\nSvc,Depends on::Used by,web01,1,2\n\
         Svc,Depends on::Used by,web01,1,3\nSvc,Depends on::Used by,web02,1,4\n",
        "parent.name,type.name,child.name,parent.sys_id,child.sys_id\nSvc,Depends on::Used by,web01,1,2\n\
         Svc,Depends on::Used by,web01,1,3\nSvc,Depends on::Used by,web02,1,4\n",
        "Parent,Type,Child,Parent.Sys ID,Child.Sys ID\nSvc,Depends on::Used by,web01,1,2\n\
         Svc,Depends on::Used by,web01,1,3\nSvc,Depends on::Used by,web02,1,4\n",
        "parent_sys_id,type,child_sys_id\n1,Depends on::Used by,2\n1,Depends on::Used by,3\n1,Depends on::Used by,4\n",
    ] {
        let imported = import(&[("ci.csv", &list), ("rel.csv", relations)]).expect(relations);
        let wanted = [
            "svc → web01-server-2",
            "svc → web01-server-3",
            "svc → web02",
        ];
        assert_eq!(needs(&imported), wanted, "{relations}");
        assert_eq!(warnings(&imported), [""; 0], "{relations}");
    }
}

/// An export to Excel has the labels of columns for headers.
#[test]
fn columns_are_known_by_their_labels() {
    let list = "Sys ID,Name,Class,Status,Operational status\n1,Svc,Mapped Application Service,Installed,Operational\n\
        2,web01,Linux Server,Installed,Operational\n3,db01,MySQL Instance,Installed,Non-Operational\n\
        4,old,Linux Server,Retired,\n";
    let relations =
        "Parent,Type,Child\nSvc,Depends on::Used by,web01\nweb01,Depends on::Used by,db01\n";
    let files = [("ci.xlsx:Page 1", list), ("rel.xlsx:Page 1", relations)];
    let sources = files.map(|(path, text)| source(path, text));
    assert_eq!(
        Format::recognise(&sources[..1]).expect("a list"),
        Format::Servicenow
    );
    let imported = import(&files).expect("an inventory");
    assert_eq!(needs(&imported), ["svc → web01", "web01 → db01"]);
    assert_eq!(down(&imported), [("db01", "Non-Operational")].into());
    assert!(!kinds(&imported).contains_key("old"));
    let faults = import(&[("ci.csv", "Number,Label\n1,a\n")])
        .map(|_| ())
        .expect_err("no list");
    let says = "the map looks for one of the columns sys_id, name, u_name, fqdn, and the column sys_class_name";
    assert!(lines(&faults)[0].ends_with(says), "{:?}", lines(&faults));
}

/// A file that may hold the relations and cannot be read as such is a fault: without them nothing fails with anything.
#[test]
fn relations_that_cannot_be_read_are_a_fault() {
    let list = format!("{LIST}1,Svc,cmdb_ci_service_auto,1,1\n2,web01,cmdb_ci_linux_server,1,1\n");
    let good = "parent,type,child\nSvc,Depends on::Used by,web01\n";
    let odd = "upstream,how,downstream\nSvc,Depends on::Used by,web01\n";
    let half = "parent.id,type\n1,Depends on::Used by\n";
    for (files, is_good) in [
        (vec![("rel.csv", good)], true),
        (vec![("rel.csv", good), ("notes.csv", odd)], true),
        (vec![("rel.csv", odd)], false),
        (vec![("rel.csv", good), ("more.csv", half)], false),
    ] {
        let all: Vec<_> = std::iter::once(("ci.csv", list.as_str()))
            .chain(files.clone())
            .collect();
        match import(&all) {
            Ok(_) => assert!(is_good, "{files:?}"),
            Err(faults) => {
                assert!(!is_good, "{files:?}");
                let says = "is neither a list nor relations, by its columns; a list needs one of the columns";
                assert!(lines(&faults)[0].contains(says), "{:?}", lines(&faults));
            }
        }
    }
}

/// Of two lists that say different things of one thing the one that has it out of service counts.
#[test]
fn what_one_list_has_out_of_service_is_out() {
    let header = LIST;
    let one = format!(
        "{header}1,Svc,cmdb_ci_service_auto,Installed,Operational\n2,web01,cmdb_ci_linux_server,Installed,Operational\n\
         3,web02,cmdb_ci_linux_server,Installed,Operational\n4,Idle,cmdb_ci_service_auto,Installed,Operational\n"
    );
    let other = format!(
        "{header}2,web01,cmdb_ci_linux_server,Installed,Non-Operational\n3,web02,cmdb_ci_linux_server,Retired,Operational\n\
         4,Idle,cmdb_ci_service_auto,Retired,Operational\n5,gone,cmdb_ci_linux_server,Retired,Operational\n"
    );
    let relations =
        format!("{RELATIONS}Svc,Depends on::Used by,web01\nSvc,Depends on::Used by,web02\n");
    for files in [
        [
            ("a.csv", one.as_str()),
            ("b.csv", &other),
            ("rel.csv", &relations),
        ],
        [("a.csv", &other), ("b.csv", &one), ("rel.csv", &relations)],
    ] {
        let imported = import(&files).expect("an inventory");
        assert_eq!(
            down(&imported),
            [("web01", "Non-Operational"), ("web02", "Retired")].into()
        );
        assert_eq!(needs(&imported), ["svc → web01", "svc → web02"]);
        assert!(!kinds(&imported).contains_key("idle"));
        let left: Vec<String> = imported
            .report
            .skipped
            .values()
            .flat_map(|t| t.examples.clone())
            .collect();
        assert_eq!(left, ["gone", "Idle"].map(str::to_owned), "{left:?}");
    }
}

/// Rules of a map for columns that no table has are warnings, with the column that may be meant.
#[test]
fn a_map_that_asks_for_columns_that_are_not_there_is_a_warning() {
    let list = "asset_tag,name,class,status,rack,cores\nA1,web01,Linux Server,active,R1,8\nA2,R1,Rack,broken,,\n";
    let text = |skip: &str, down: &str, within: &str, capacity: &str| {
        format!(
            "[components]\nid = \"asset_tag\"\nname = \"name\"\nkind = \"class\"\nskip = [\"{skip}=retired\"]\n\
             down = [\"{down}=broken\"]\ncolumns = {{ within = \"{within}\", capacity = \"{capacity}\" }}\n"
        )
    };
    let read = |text: &str| {
        let file = tempfile::Builder::new()
            .suffix(".toml")
            .tempfile()
            .expect("a file");
        fs::write(file.path(), text).expect("written");
        let options = Options {
            map: Some(map(file.path()).expect("a text")),
            ..Options::default()
        };
        read_sources(Format::Csv, &[source("a.csv", list)], options).expect("an inventory")
    };
    let good = read(&text("status", "Status", "rack", "Cores"));
    assert_eq!(warnings(&good), [""; 0]);
    assert_eq!(down(&good), [("r1", "broken")].into());
    let bad = read(&text("state", "stat us", "rak", "cors"));
    let mut found: Vec<String> = warnings(&bad)
        .iter()
        .filter_map(|w| Some(w.split_once("no table has the column ")?.1.to_owned()))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "`cors`; did you mean `cores`?",
            "`rak`; did you mean `rack`?",
            "`state`; did you mean `status`?",
        ]
    );
}

/// A map says what works; whatever else stands in that column is out.
#[test]
fn a_map_may_say_what_works() {
    let list = "id,kind,state,header\na,server,live,x\nb,server,LIVE,x\nc,server,spare,x\nd,server,,x\ne,server,strange,x\n";
    let text = "[components]\nid = \"id\"\nkind = \"Sort\"\nheaders = { \"kind\" = \"Sort\" }\nup = [\"state=live\", \"state=spare\"]\n";
    let file = tempfile::Builder::new()
        .suffix(".toml")
        .tempfile()
        .expect("a file");
    fs::write(file.path(), text).expect("written");
    let options = Options {
        map: Some(map(file.path()).expect("a text")),
        ..Options::default()
    };
    let imported =
        read_sources(Format::Csv, &[source("a.csv", list)], options).expect("an inventory");
    assert_eq!(down(&imported), [("e", "strange")].into());
    assert!(warned(&imported, "out of service: strange (1)"));
}
