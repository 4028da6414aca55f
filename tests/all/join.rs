//! Several inventories as one: what is known again, what contradicts, and that nothing gets lost.

use crate::program::run as brownout;
use brownout::input::{Loaded, Overrides, load};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

type Files<'a> = &'a [(&'a str, &'a str)];

/// Racks, power and hosts by their host names.
const FACILITY: Files = &[
    (
        "components.csv",
        "id,kind,name,within,serial,capacity,mtbf_hours,mttr_hours\nr1,rack,,,,,,\npdu-a,pdu,,,,,,\npdu-b,pdu,,,,,,\nesx01,server,,r1,S-1,64,1000,1\nesx02,server,,r1,S-2,,,\nweb,vm,,,,,,\n",
    ),
    ("services.csv", "id,tier,demand\n"),
    (
        "dependencies.csv",
        "consumer,provider,group,need,load\nesx01,pdu-a,power,any,0\nesx01,pdu-b,power,any,0\nesx02,pdu-a,,,0\n",
    ),
    (
        "inventory.toml",
        "name = \"Facility\"\n[kind.server]\ncapacity = 32\n",
    ),
    ("scenario.toml", "inventory = \".\"\ndown = [\"pdu-b\"]\n"),
];

/// The same hosts by their full names, with the services on them.
const VIRTUAL: Files = &[
    (
        "components.csv",
        "id,kind,capacity,serial,owner\nesx01.corp.example,hypervisor,96,s-1,vm team\nesx02.corp.example,hypervisor,,,vm team\nesx01.corp.example/memory,resource,512,,\nweb,application,,,\n",
    ),
    ("services.csv", "id,tier,demand\nshop,1,10\n"),
    (
        "dependencies.csv",
        "consumer,provider,group,need,load\nshop,web,,,1\nweb,esx01.corp.example,hosts,any,1\nweb,esx02.corp.example,hosts,any,1\nesx01.corp.example,esx02.corp.example,power,any,0\n",
    ),
    (
        "scenario.toml",
        "inventory = \".\"\ndown = [\"esx02.corp.example\"]\n",
    ),
];

fn write(root: &Path, name: &str, files: Files) {
    fs::create_dir(root.join(name)).expect("made");
    for (file, text) in files {
        fs::write(root.join(name).join(file), text).expect("written");
    }
}

fn both() -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    write(root.path(), "facility", FACILITY);
    write(root.path(), "virtual", VIRTUAL);
    root
}

fn read(root: &TempDir, path: &str) -> Loaded {
    match load(&root.path().join(path), &Overrides::default()) {
        Ok(loaded) => loaded,
        Err(faults) => panic!("{}", faults.render(false, 100)),
    }
}

fn text(root: &TempDir, path: &str) -> String {
    fs::read_to_string(root.path().join(path)).expect(path)
}

#[test]
fn hosts_of_two_sources_become_one_with_power_below_and_services_above() {
    let root = both();
    let (code, out, err) = brownout(&root, &["join", "facility", "virtual", "-o", "estate"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.starts_with("Joined 2 inventories: 2 things known again"),
        "{out}"
    );
    let loaded = read(&root, "estate/scenario.toml");
    let system = &loaded.system;
    let ids: Vec<&str> = system.nodes().iter().map(|n| &*n.id).collect();
    assert_eq!(
        ids,
        [
            "esx01",
            "esx01/memory",
            "esx02",
            "pdu-a",
            "pdu-b",
            "r1",
            "shop",
            "web",
            "web@virtual"
        ]
    );
    let node = |id: &str| system.node(system.find(id).expect("known"));
    // What the first says counts; what it leaves blank the second says; a kind's default is a word too.
    assert_eq!(node("esx01").capacity, Some(64.0));
    assert_eq!(node("esx02").capacity, Some(32.0));
    assert_eq!(&*node("esx01").kind, "server");
    let owner = system
        .labels()
        .get("owner", system.find("esx01").expect("known"));
    assert_eq!(owner, Some("vm team"));
    // A service now rests on the rack.
    let rests = |id: &str| {
        let web = system.find("web@virtual").expect("known");
        let providers = system
            .requirements_of(web)
            .iter()
            .flat_map(|r| r.providers.iter());
        providers.map(|p| system.id(p.node)).any(|p| p == id)
    };
    assert!(rests("esx01") && rests("esx02"));
    let down: Vec<&str> = loaded.scenario.down.iter().map(|&v| system.id(v)).collect();
    assert_eq!(down, ["esx02", "pdu-b"]);
    let report = text(&root, "estate/join-report.txt");
    for line in [
        "  esx01.corp.example → esx01",
        "  esx02.corp.example → esx02",
        "  esx01 capacity: 64 (facility), not 96 (virtual)",
        "  esx01 kind: server (facility), not hypervisor (virtual)",
        "  web of virtual → web@virtual",
        "  web: vm and application are no one thing",
    ] {
        assert!(report.contains(line), "{line}\n{report}");
    }
    assert!(report.contains("esx01 group power: "), "{report}");
}

#[test]
fn joining_again_and_with_itself_changes_nothing_that_is_said() {
    let root = both();
    let (code, _, err) = brownout(&root, &["join", "facility", "virtual", "-o", "one"]);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = brownout(&root, &["join", "one", "one", "-o", "two"]);
    assert_eq!(code, 0, "{err}");
    for file in ["components.csv", "services.csv", "dependencies.csv"] {
        assert_eq!(
            text(&root, &format!("one/{file}")),
            text(&root, &format!("two/{file}")),
            "{file}"
        );
    }
    assert!(!text(&root, "two/join-report.txt").contains("contradiction"));
    let (code, _, err) = brownout(&root, &["join", "facility", "virtual", "-o", "three"]);
    assert_eq!(code, 0, "{err}");
    for file in [
        "components.csv",
        "dependencies.csv",
        "inventory.toml",
        "scenario.toml",
        "join-report.txt",
    ] {
        assert_eq!(
            text(&root, &format!("one/{file}")),
            text(&root, &format!("three/{file}")),
            "{file}"
        );
    }
}

/// A bare name is a host's with a domain; names with two domains, or a point in an address of another tool, are two
/// things. What an importer adds to every estate is another thing in each.
#[test]
fn only_a_name_without_a_domain_is_short_for_another() {
    let root = tempfile::tempdir().expect("a folder");
    let of = |components: &'static str| {
        vec![
            ("components.csv", components),
            (
                "services.csv",
                "id,name,demand\nsvc:rest,What is behind no load balancer,1\n",
            ),
            (
                "dependencies.csv",
                "consumer,provider,group,need,split\nsvc:rest,aws_instance.m,parts,any,shard\n",
            ),
        ]
    };
    let one = "id,kind\naws_instance.m,vm\nweb.alpha.example,vm\ndb,vm\nmail.alpha.example,vm\n";
    write(root.path(), "a", &of(one));
    let two = of("id,kind\naws_instance.n,vm\nweb.beta.example,vm\ndb.beta.example,vm\nmail,vm\n");
    let two: Vec<(&str, &str)> = two
        .into_iter()
        .map(|(file, text)| {
            (
                file,
                if file == "dependencies.csv" {
                    "consumer,provider,group,need,split\nsvc:rest,aws_instance.n,parts,any,shard\n"
                } else {
                    text
                },
            )
        })
        .collect();
    write(root.path(), "b", &two);
    let (code, out, err) = brownout(&root, &["join", "a", "b", "-o", "one"]);
    assert_eq!(code, 0, "{out}{err}");
    let loaded = read(&root, "one");
    let ids: Vec<&str> = loaded.system.nodes().iter().map(|n| &*n.id).collect();
    assert_eq!(
        ids,
        [
            "aws_instance.m",
            "aws_instance.n",
            "db",
            "mail.alpha.example",
            "svc:rest",
            "svc:rest@b",
            "web.alpha.example",
            "web.beta.example",
        ]
    );
    let needs = |id: &str| {
        let of = loaded
            .system
            .requirements_of(loaded.system.find(id).expect("known"));
        let providers = of.iter().flat_map(|r| &*r.providers);
        providers
            .map(|p| loaded.system.id(p.node))
            .collect::<Vec<_>>()
    };
    assert_eq!(needs("svc:rest"), ["aws_instance.m"]);
    assert_eq!(needs("svc:rest@b"), ["aws_instance.n"]);
    let report = text(&root, "one/join-report.txt");
    for said in [
        "aws_instance: hosts of several domains are called so",
        "web: hosts of several domains are called so",
    ] {
        assert!(report.contains(said), "{report}");
    }
}

#[test]
fn keys_are_chosen_and_two_of_one_name_are_never_joined() {
    let root = tempfile::tempdir().expect("a folder");
    let of = |components: &'static str| {
        vec![
            ("components.csv", components),
            ("services.csv", "id\n"),
            ("dependencies.csv", "consumer,provider\n"),
        ]
    };
    write(
        root.path(),
        "a",
        &of("id,kind,name,provider_id\na1,node,x,aws:1\na2,node,x,aws:2\n"),
    );
    write(
        root.path(),
        "b",
        &of("id,kind,name,provider_id\nb1,vm,x,aws:2\n"),
    );
    let (code, _, err) = brownout(&root, &["join", "a", "b", "-o", "one"]);
    assert_eq!(code, 0, "{err}");
    let ids = |folder: &str| {
        let loaded = read(&root, folder);
        let ids: Vec<String> = loaded
            .system
            .nodes()
            .iter()
            .map(|n| n.id.to_string())
            .collect();
        ids
    };
    assert_eq!(ids("one"), ["a1", "a2"]);
    let (code, _, err) = brownout(&root, &["join", "a", "b", "--on", "name", "-o", "two"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(ids("two"), ["a1", "a2", "b1"]);
    let report = text(&root, "two/join-report.txt");
    assert!(
        report.contains("x: several things of a have this name"),
        "{report}"
    );
}

#[test]
fn faults_of_an_inventory_stop_the_join() {
    let root = both();
    fs::write(root.path().join("virtual/components.csv"), "id,kind\nx\n").expect("written");
    let (code, _, err) = brownout(&root, &["join", "facility", "virtual", "-o", "estate"]);
    assert_eq!(code, 2);
    assert!(err.contains("this row has 1 cell"), "{err}");
    assert!(!root.path().join("estate").exists());
}

/// Two sources that know one cable, or one of them two: as many stand there as the one knows that knows more.
#[test]
fn links_between_the_same_two_are_known_again() {
    let root = tempfile::tempdir().expect("a folder");
    let of = |kind: &str, links: &str, scenario: &str| {
        vec![
            (
                "components.csv",
                format!("id,kind\na,{kind}\nb,{kind}\nc,{kind}\n"),
            ),
            ("services.csv", "id\n".to_owned()),
            ("dependencies.csv", "consumer,provider\n".to_owned()),
            ("links.csv", links.to_owned()),
            (
                "scenario.toml",
                format!("inventory = \".\"\n{scenario}[[load]]\nname = \"today\"\n"),
            ),
        ]
    };
    let save = |name: &str, files: Vec<(&'static str, String)>| {
        let files: Vec<(&str, &str)> = files.iter().map(|(f, t)| (*f, t.as_str())).collect();
        write(root.path(), name, &files);
    };
    save(
        "x",
        of(
            "switch",
            "id,a,b,capacity,capacity_back\na--b,a,b,,\nl1,b,c,5,\n",
            "[derate]\na = 0.5\n",
        ),
    );
    save(
        "y",
        of(
            "device",
            "id,a,b,capacity,capacity_back\nb-a,b,a,10,20\nl2,b,c,,\nl3,c,b,,\n",
            "down = [\"b-a\"]\n[derate]\na = 0.75\nb = 1\n",
        ),
    );
    let (code, out, err) = brownout(&root, &["join", "x", "y", "-o", "one"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("5 things known again, 0 contradictions"),
        "{out}"
    );
    assert_eq!(
        text(&root, "one/links.csv"),
        "id,a,b,capacity,capacity_back\na--b,a,b,20,10\nl1,b,c,5,\nl3,c,b,,\n"
    );
    assert_eq!(
        text(&root, "one/components.csv"),
        "id,kind\na,switch\nb,switch\nc,switch\n"
    );
    let report = text(&root, "one/join-report.txt");
    assert!(
        report.contains("2 things known again by what they join\n  b-a → a--b\n  l2 → l1\n"),
        "{report}"
    );
    let loaded = load(
        &root.path().join("one/scenario.toml"),
        &Overrides::default(),
    )
    .expect("valid");
    let id = |at| loaded.system.id(at);
    let down: Vec<&str> = loaded.scenario.down.iter().map(|&at| id(at)).collect();
    assert_eq!(down, ["a--b"]);
    let derate: Vec<(&str, f64)> = loaded
        .scenario
        .derate
        .iter()
        .map(|&(at, f)| (id(at), f))
        .collect();
    assert_eq!(derate, [("a", 0.5), ("b", 1.0)]);
    // The other way round the kinds are the same.
    let (code, _, err) = brownout(&root, &["join", "y", "x", "-o", "two"]);
    assert_eq!(code, 0, "{err}");
    assert!(text(&root, "two/components.csv").contains("a,switch"));
}
