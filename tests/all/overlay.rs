//! Overlays: what rules do to an inventory, what they are told for, and that the same happens in a scenario
//! and on the command line.

use crate::program::run as brownout;
use brownout::input::{Diagnostic, Faults, Loaded, Overrides, load};
use brownout::model::Resource;
use std::fs;
use tempfile::TempDir;

/// An estate with comments, blank lines, a kind's default, and columns of nobody.
const FILES: [(&str, &str); 5] = [
    (
        "components.csv",
        "# exported\nid,kind,capacity,unavailability,role,rack_no\n\nweb-1,server,100,,web,7\nweb-2,server,,,web,\ndb-1,database,,0.01,,\nsw-1,switch,,,,\n",
    ),
    (
        "services.csv",
        "# from the service desk\nid,tier,demand\nshop,1,50\n",
    ),
    (
        "dependencies.csv",
        "consumer,provider,group,need\nshop,web-1,web,any\nshop,web-2,web,any\nweb-1,db-1,,\nweb-2,db-1,,\nweb-1,sw-1,,\n",
    ),
    (
        "inventory.toml",
        "name = \"Shop\"\n[kind.database]\ncapacity = 500\n",
    ),
    ("scenario.toml", "inventory = \".\"\ndown = [\"web-2\"]\n"),
];

fn estate() -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    fs::create_dir(root.path().join("estate")).expect("made");
    for (name, text) in FILES {
        fs::write(root.path().join("estate").join(name), text).expect("written");
    }
    root
}

/// The estate read through a scenario with overlays.
fn read(root: &TempDir, overlays: &[(&str, &str)]) -> Result<Loaded, Faults> {
    let names: Vec<String> = overlays
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    for (name, text) in overlays {
        fs::write(root.path().join(name), text).expect("written");
    }
    let scenario = format!(
        "inventory = \"estate\"\noverlays = [{}]\n",
        names.join(", ")
    );
    fs::write(root.path().join("s.toml"), scenario).expect("written");
    load(&root.path().join("s.toml"), &Overrides::default())
}

fn told(loaded: &Loaded) -> Vec<String> {
    loaded
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect()
}

fn faults(found: Result<Loaded, Faults>) -> Vec<String> {
    let faults = found.expect_err("faults");
    faults
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect()
}

fn capacity(loaded: &Loaded, id: &str) -> Option<f64> {
    let node = loaded.system.find(id).expect("known");
    loaded.system.node(node).capacity
}

/// The entry of the ledger that speaks of something: source and count.
fn ledger(loaded: &Loaded, what: &str) -> Option<(String, u64)> {
    let found = loaded.ledger.iter().find(|a| a.what.contains(what))?;
    Some((found.source.clone(), found.count))
}

/// The system but for the lines of its rows: a workbook has no comments.
fn system(loaded: &Loaded) -> String {
    let text = format!("{:?}", loaded.system);
    let parts = text.split("line: ");
    parts
        .map(|p| p.trim_start_matches(|c: char| c.is_ascii_digit()))
        .collect()
}

fn text(root: &TempDir, path: &str) -> String {
    fs::read_to_string(root.path().join(path)).expect(path)
}

#[test]
fn the_last_rule_wins_and_if_blank_leaves_what_is_there() {
    let root = estate();
    let rules = "source = \"workbook\"\n[[set]]\nselect = \"kind=server role=web\"\ncapacity = 400\nunit = \"rq/s\"\n[[set]]\nselect = [\"web-2\"]\ncapacity = 550\nsource = \"measured\"\n[[set]]\nselect = [\"kind=server\", \"kind=database\", \"kind=switch\"]\nif-blank = true\ncapacity = 9\n";
    let loaded = read(&root, &[("a.toml", rules)]).expect("valid");
    assert_eq!(capacity(&loaded, "web-1"), Some(400.0));
    assert_eq!(capacity(&loaded, "web-2"), Some(550.0));
    // The default of its kind is a word of the inventory as well.
    assert_eq!(capacity(&loaded, "db-1"), Some(500.0));
    assert_eq!(capacity(&loaded, "sw-1"), Some(9.0));
    assert_eq!(
        ledger(&loaded, "capacity = 400"),
        Some(("workbook (a.toml:2)".to_owned(), 2))
    );
    assert_eq!(
        ledger(&loaded, "capacity = 550"),
        Some(("measured (a.toml:6)".to_owned(), 1))
    );
    assert_eq!(
        ledger(&loaded, "capacity = 9"),
        Some(("workbook (a.toml:10)".to_owned(), 1))
    );
    let web = loaded.system.find("web-1").expect("known");
    assert_eq!(loaded.system.node(web).unit.as_deref(), Some("rq/s"));
    assert_eq!(loaded.system.labels().get("rack_no", web), Some("7"));
}

#[test]
fn later_files_win_over_earlier_ones() {
    let root = estate();
    let of = |x: u32| format!("[[set]]\nselect = \"web-1\"\ncapacity = {x}\n");
    let (one, two) = (of(1), of(2));
    let loaded = read(&root, &[("a.toml", &one), ("b.toml", &two)]).expect("valid");
    assert_eq!(capacity(&loaded, "web-1"), Some(2.0));
    let loaded = read(&root, &[("b.toml", &two), ("a.toml", &one)]).expect("valid");
    assert_eq!(capacity(&loaded, "web-1"), Some(1.0));
}

#[test]
fn how_often_something_fails_is_one_statement() {
    let root = estate();
    let blank = "[[set]]\nselect = [\"kind=database\", \"kind=switch\"]\nif-blank = true\nmtbf_hours = 1000\nmttr_hours = 10\n";
    let loaded = read(&root, &[("a.toml", blank)]).expect("valid");
    let q = |loaded: &Loaded, id: &str| {
        let node = loaded.system.find(id).expect("known");
        loaded
            .system
            .node(node)
            .reliability
            .map(brownout::model::Reliability::unavailability)
    };
    assert_eq!(q(&loaded, "db-1"), Some(0.01));
    assert_eq!(q(&loaded, "sw-1"), Some(10.0 / 1010.0));
    let over = blank.replace("if-blank = true\n", "");
    let loaded = read(&root, &[("a.toml", &over)]).expect("valid");
    assert_eq!(q(&loaded, "db-1"), Some(10.0 / 1010.0));
}

#[test]
fn a_service_is_made_and_needs_what_selectors_find() {
    let root = estate();
    let rules = "[[service]]\nid = \"report\"\nname = \"Reports\"\ntier = 2\ndemand = 30\nneeds = [\n  { select = \"kind=server\", group = \"g\", need = \"any\", load = 0.5 },\n  { select = \"db-*\", load = 2 },\n]\n[[set]]\nselect = \"report\"\ndemand = 40\n";
    let loaded = read(&root, &[("a.toml", rules)]).expect("valid");
    let system = &loaded.system;
    let report = system.find("report").expect("made");
    let service = system.node(report).as_service().expect("a service");
    assert_eq!((service.tier, service.demand), (Some(2), 40.0));
    let needs: Vec<(usize, f64)> = system
        .requirements_of(report)
        .iter()
        .map(|r| (r.providers.len(), r.providers[0].load))
        .collect();
    assert!(
        needs.contains(&(2, 0.5)) && needs.contains(&(1, 2.0)),
        "{needs:?}"
    );
    assert_eq!(ledger(&loaded, "service report").map(|(_, n)| n), Some(1));
}

#[test]
fn dependencies_are_changed_added_and_cut() {
    let root = estate();
    let rules = "[[dependency]]\nconsumer = \"kind=server\"\nprovider = \"*db*\"\nneed = 0\nload = 0.25\n[[dependency]]\nconsumer = \"db-1\"\nprovider = \"sw-1\"\nadd = true\n[[drop]]\nconsumer = \"web-1\"\nprovider = \"sw-1\"\n";
    let loaded = read(&root, &[("a.toml", rules)]).expect("valid");
    let of = |id: &str| {
        let node = loaded.system.find(id).expect("known");
        let all = loaded.system.requirements_of(node);
        all.iter()
            .map(|r| {
                format!(
                    "{:?} {} {}",
                    r.need,
                    loaded.system.id(r.providers[0].node),
                    r.providers[0].load
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(of("web-1"), ["AtLeast(0) db-1 0.25"]);
    assert_eq!(of("web-2"), ["AtLeast(0) db-1 0.25"]);
    assert_eq!(of("db-1"), ["All sw-1 1"]);
    assert_eq!(ledger(&loaded, "need = 0").map(|(_, n)| n), Some(2));
    // One of two members cannot have a need of its own.
    let torn = "[[dependency]]\nconsumer = \"shop\"\nprovider = \"web-1\"\nneed = 0\n";
    let told = faults(read(&root, &[("a.toml", torn)]));
    assert!(told[0].contains("also has providers"), "{told:?}");
}

#[test]
fn what_is_dropped_is_gone_from_every_file() {
    let root = estate();
    fs::write(
        root.path().join("estate/common_cause.csv"),
        "group,members,beta\nwebs,web-1;web-2;sw-1,0.1\n",
    )
    .expect("written");
    let loaded = read(&root, &[("a.toml", "[[drop]]\nselect = \"web-1\"\n")]).expect("valid");
    assert!(loaded.system.find("web-1").is_none());
    assert_eq!(loaded.system.common_cause()[0].1.len(), 2);
    let shop = loaded.system.find("shop").expect("known");
    assert_eq!(loaded.system.requirements_of(shop)[0].providers.len(), 1);
}

#[test]
fn known_outages_join_those_of_the_scenario() {
    let root = estate();
    let rules = "[[down]]\nselect = \"role=web,none\"\n";
    let loaded = read(&root, &[("a.toml", rules)]).expect("valid");
    let down: Vec<&str> = loaded
        .scenario
        .down
        .iter()
        .map(|&v| loaded.system.id(v))
        .collect();
    assert_eq!(down, ["web-1", "web-2"]);
}

#[test]
fn a_table_is_an_overlay_too() {
    let root = estate();
    let table =
        "select;capacity;owner;source;if_blank\nkind=server;10,5;anna;list;\nweb-1;20;;;yes\n";
    let loaded = read(&root, &[("a.csv", table)]).expect("valid");
    assert_eq!(capacity(&loaded, "web-2"), Some(10.5));
    assert_eq!(capacity(&loaded, "web-1"), Some(10.5));
    let web = loaded.system.find("web-2").expect("known");
    assert_eq!(loaded.system.labels().get("owner", web), Some("anna"));
    assert_eq!(
        ledger(&loaded, "capacity = 10.5"),
        Some(("list (a.csv:2)".to_owned(), 2))
    );
}

#[test]
fn a_rule_that_matches_nothing_or_everything_is_told() {
    let root = estate();
    let rules = "[[set]]\nselect = \"kind=servr\"\ncapacity = 1\n[[set]]\nselect = \"id=*\"\nteam = \"all\"\n";
    let loaded = read(&root, &[("a.toml", rules)]).expect("valid");
    let told = told(&loaded);
    assert!(
        told.iter()
            .any(|t| t.contains("`kind=servr` matches nothing")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|t| t.contains("matches everything: all 5 rows")),
        "{told:?}"
    );
    assert_eq!(ledger(&loaded, "kind=servr"), None);
}

#[test]
fn wrong_rules_are_faults_where_they_stand() {
    let root = estate();
    for (rule, says) in [
        (
            "[[set]]\nselect = \"web-1\"\ncapacity = -1\n",
            "is negative",
        ),
        (
            "[[set]]\nselect = \"web-1\"\nunavailability = 2\n",
            "is above 1",
        ),
        ("[[set]]\nselect = \"web-1\"\nid = \"x\"\n", "cannot be set"),
        (
            "[[set]]\nselect = \"web-1\"\nneed = 1\n",
            "belongs to a dependency",
        ),
        ("[[set]]\ncapacity = 1\n", "has no `select`"),
        ("[[set]]\nselect = \"web-1\"\n", "sets nothing"),
        (
            "[[set]]\nselect = \"shop\"\ncapacity = 1\n",
            "means nothing for what this selects",
        ),
        (
            "[[set]]\nselect = \"web-1\"\ncapacity = { a = 1 }\n",
            "not a text, a number",
        ),
        (
            "[[service]]\nid = \"web-1\"\n",
            "is there already, and no service",
        ),
        (
            "[[service]]\nid = \"s\"\nneeds = [{ select = \"nobody\" }]\n",
            "nothing has the id `nobody`",
        ),
        (
            "[[service]]\nid = \"s\"\nneeds = [{ selekt = \"web-1\" }]\n",
            "has no `select`",
        ),
        ("[[dwn]]\nselect = \"web-1\"\n", "has no key `dwn`"),
        ("x = [", "TOML"),
    ] {
        let told = faults(read(&root, &[("a.toml", rule)]));
        assert!(
            told.iter()
                .any(|t| t.contains(says) && t.contains("a.toml:")),
            "{rule}: {told:?}"
        );
    }
    let told = faults(read(
        &root,
        &[("a.csv", "select,capacity\nweb-1,many\n,1\n")],
    ));
    assert_eq!(told.len(), 2, "{told:?}");
    fs::write(
        root.path().join("s.toml"),
        "inventory = \"estate\"\noverlays = [\"none.toml\"]\n",
    )
    .expect("written");
    let told = faults(load(&root.path().join("s.toml"), &Overrides::default()));
    assert!(told[0].contains("there is no overlay"), "{told:?}");
}

/// The estate on two hosts, with placements of its web servers.
fn placed() -> TempDir {
    let root = estate();
    let folder = root.path().join("estate");
    let more = "web-1,server,100,,web,7\nhost-1,host,64,,,\nhost-2,host,64,,,\n";
    let components = FILES[0].1.replace("web-1,server,100,,web,7\n", more);
    fs::write(folder.join("components.csv"), components).expect("written");
    fs::write(
        folder.join("placements.csv"),
        "instance,hosts,amount,priority\nweb-1,,24,\nweb-2,host-2,,\n",
    )
    .expect("written");
    fs::write(
        folder.join("inventory.toml"),
        "[kind.server]\nhosts = 'kind=host'\namount = 8\n\"/cpu\" = 2\npriority = 3\n\
         apart = 'web'\napart_by = 'rack'\n",
    )
    .expect("written");
    root
}

#[test]
fn kinds_have_defaults_for_where_instances_run_and_what_they_take() {
    let root = placed();
    let loaded = read(&root, &[]).expect("sound");
    let system = &loaded.system;
    let placements = system.placements();
    let columns: Vec<String> = placements.resources.iter().map(Resource::column).collect();
    assert_eq!(columns, ["amount", "/cpu"]);
    let ids = |id: &str| -> Vec<String> {
        let of = placements.of(system.find(id).expect("there"));
        let hosts = of.expect("placed").hosts.iter();
        hosts.map(|&h| system.id(h).to_owned()).collect()
    };
    assert_eq!(ids("web-1"), ["host-1", "host-2"]);
    assert_eq!(ids("web-2"), ["host-2"]);
    for (id, amount) in [("web-1", 24.0), ("web-2", 8.0)] {
        let p = placements.of(system.find(id).expect("there"));
        let p = p.expect("placed");
        assert_eq!(*p.amounts, [Some(amount), Some(2.0)], "{id}");
        assert_eq!(p.priority, Some(3));
        let apart = p.apart.as_ref().map(|a| (&*a.word, a.by.as_deref()));
        assert_eq!(apart, Some(("web", Some("rack"))));
    }
    for (what, line, count) in [
        ("hosts = kind=host for kind server", 2, 1),
        ("amount = 8 for kind server", 3, 1),
        ("/cpu = 2 for kind server", 4, 2),
        ("priority = 3 for kind server", 5, 2),
        ("apart = web for kind server", 6, 2),
        ("apart_by = rack for kind server", 7, 2),
    ] {
        let told = ledger(&loaded, what);
        assert_eq!(
            told,
            Some((format!("inventory.toml:{line}"), count)),
            "{what}"
        );
    }
}

#[test]
fn wrong_defaults_of_placements_are_faults_where_they_stand() {
    let root = placed();
    let toml = root.path().join("estate/inventory.toml");
    let write = |text: &str| fs::write(&toml, text).expect("written");
    write(
        "[kind.server]\nhosts = 'host-1;host-9;shop'\npriority = 0\namount = -1\n\"/cpu\" = 'two'\n",
    );
    let found = faults(read(&root, &[]));
    for wanted in [
        "inventory.toml:3:12",
        "inventory.toml:4:10",
        "inventory.toml:5:10",
    ] {
        assert!(
            found.iter().any(|f| f.contains(wanted)),
            "{wanted}: {found:?}"
        );
    }
    write("[kind.server]\nhosts = 'host-1;host-9;shop'\nhost = 'host-1'\n");
    let found = faults(read(&root, &[]));
    for wanted in ["`host-9` is no component", "`shop` is no component"] {
        let told = |f: &&String| f.contains(wanted) && f.contains("inventory.toml:2:9");
        assert!(found.iter().any(|f| told(&f)), "{wanted}: {found:?}");
    }
    write("[kind.server]\nhosts = 'kind=hosts'\n");
    let found = faults(read(&root, &[]));
    assert!(found[0].contains("inventory.toml:2:9"), "{found:?}");
    // web-2 may run on host-2 alone.
    write("[kind.server]\nhosts = 'kind=host'\nhost = 'host-1'\n");
    let found = faults(read(&root, &[]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("inventory.toml:3:8"), "{found:?}");
}

#[test]
fn overlays_say_where_instances_run_and_what_they_take() {
    let root = placed();
    let overlay = "source = 'the virtualisation team'\n\
        [[set]]\nselect = 'role=web'\npriority = 1\napart = 'pair'\n\
        [[set]]\nselect = 'web-2'\nhosts = 'host-1;host-2'\nhost = 'host-1'\namount = 16\n\
        [[set]]\nselect = 'role=web'\nif-blank = true\namount = 99\n\"/cpu\" = 7\n\"/memory\" = 32\n\
        [[set]]\nselect = 'db-1'\nhosts = 'kind=host'\namount = 4\n";
    let loaded = read(&root, &[("o.toml", overlay)]).expect("sound");
    let system = &loaded.system;
    let placements = system.placements();
    let of = |id: &str| {
        let p = placements.of(system.find(id).expect("there"));
        p.expect("placed")
    };
    let amounts = |id: &str| -> Vec<(String, Option<f64>)> {
        let columns = placements.resources.iter().map(Resource::column);
        let mut all: Vec<_> = columns.zip(of(id).amounts.iter().copied()).collect();
        all.sort_by(|x, y| x.0.cmp(&y.0));
        all
    };
    // A kind has /cpu and amount; nobody has /memory.
    let wanted = |cpu, memory, amount: f64| {
        let named = [("/cpu", cpu), ("/memory", memory), ("amount", Some(amount))];
        named.map(|(name, x)| (name.to_owned(), x)).to_vec()
    };
    assert_eq!(amounts("web-1"), wanted(Some(2.0), Some(32.0), 24.0));
    assert_eq!(amounts("web-2"), wanted(Some(2.0), Some(32.0), 16.0));
    assert_eq!(amounts("db-1"), wanted(None, None, 4.0));
    assert_eq!((of("web-1").priority, of("db-1").priority), (Some(1), None));
    assert_eq!(of("web-2").host, system.find("host-1"));
    let words = ["web-1", "web-2"].map(|id| of(id).apart.as_ref().map(|a| a.word.to_string()));
    assert_eq!(words, [Some("pair".to_owned()), Some("pair".to_owned())]);
    for (what, count) in [
        ("priority = 1, apart = pair for role=web", 2),
        (
            "hosts = host-1;host-2, host = host-1, amount = 16 for web-2",
            1,
        ),
        ("amount = 99, /cpu = 7, /memory = 32 for role=web", 2),
        ("hosts = kind=host, amount = 4 for db-1", 1),
    ] {
        let told = ledger(&loaded, what).expect(what);
        assert_eq!(told.1, count, "{what}");
        assert!(
            told.0.starts_with("the virtualisation team (o.toml:"),
            "{told:?}"
        );
    }
}

#[test]
fn rules_select_all_that_a_service_needs() {
    let root = placed();
    let folder = root.path().join("estate");
    let components = "id,kind,role,within\nweb-1,server,web,\nweb-2,server,web,\ndb-1,database,,\n\
        host-1,host,,\nhost-2,host,,\nsw-1,switch,,ups-1\nups-1,ups,,\nfar-1,server,,\n\
        r-1,router,,\nr-2,router,,\nr-3,router,,\n";
    fs::write(folder.join("components.csv"), components).expect("written");
    for (name, text) in [
        ("links.csv", "id,a,b\nl-1,r-1,r-2\n"),
        ("flows.csv", "id,from,to\nf-1,r-1,r-2\n"),
    ] {
        fs::write(folder.join(name), text).expect("written");
    }
    let dependencies = format!("{}db-1,f-1,,\n", FILES[2].1);
    fs::write(folder.join("dependencies.csv"), dependencies).expect("written");
    // What a scenario selects by the finished system is another way to the same.
    for rules in [
        "",
        "[[dependency]]\nconsumer = 'shop'\nprovider = 'far-1'\nadd = true\n",
    ] {
        let overlay = format!("{rules}[[set]]\nselect = 'under=shop'\nmark = 'yes'\n");
        fs::write(root.path().join("o.toml"), overlay).expect("written");
        fs::write(
            root.path().join("s.toml"),
            "inventory = 'estate'\noverlays = ['o.toml']\n[sweep]\nelements = ['under=shop']\n",
        )
        .expect("written");
        let loaded = load(&root.path().join("s.toml"), &Overrides::default()).expect("sound");
        let system = &loaded.system;
        let elements = loaded.scenario.sweep.elements.iter();
        let selected: Vec<&str> = elements.map(|&v| system.id(v)).collect();
        let labels = system.labels();
        let column = labels.columns.iter().position(|c| &**c == "mark");
        let values = &labels.values[column.expect("a label")];
        let marked = || system.iter().filter(|(v, _)| values[v.index()].is_some());
        let found: Vec<&str> = marked().map(|(v, _)| system.id(v)).collect();
        let can_fail = marked().filter(|(_, n)| n.can_fail());
        let can_fail: Vec<&str> = can_fail.map(|(v, _)| system.id(v)).collect();
        assert_eq!(can_fail, selected, "{rules}");
        let wanted = [
            "f-1", "host-1", "host-2", "l-1", "r-1", "r-2", "shop", "ups-1",
        ];
        assert!(wanted.iter().all(|id| found.contains(id)), "{found:?}");
        assert!(!found.contains(&"r-3"), "{found:?}");
        assert_eq!(found.contains(&"far-1"), !rules.is_empty());
    }
}

#[test]
fn files_in_folders_that_the_scenario_names_are_taken_along() {
    let root = estate();
    let folder = root.path().join("estate");
    fs::create_dir_all(folder.join("load/old")).expect("made");
    for name in ["load/orders.csv", "load/old/other.csv", "load/unused.csv"] {
        fs::write(folder.join(name), "time,shop\n2026-12-29T00:00:00Z,10\n").expect("written");
    }
    fs::write(
        folder.join("scenario.toml"),
        "inventory = '.'\noverlays = ['load/more.toml']\n[[load]]\nname = 'a'\n\
         profile = 'load/orders.csv'\n[[load]]\nname = 'b'\nprofile = { file = 'load/old/other.csv' }\n\
         [[load]]\nname = 'c'\nprofile = '../outside.csv'\n",
    )
    .expect("written");
    fs::write(
        folder.join("load/more.toml"),
        "[[set]]\nselect = 'db-1'\ncapacity = 9\n",
    )
    .expect("written");
    fs::write(
        root.path().join("o.toml"),
        "[[set]]\nselect = 'shop'\ntier = 2\n",
    )
    .expect("written");
    let (code, _, errors) = brownout(root.path(), &["overlay", "estate", "o.toml", "-o", "new"]);
    assert_eq!(code, 0, "{errors}");
    let there = |name: &str| root.path().join("new").join(name).exists();
    for name in ["load/orders.csv", "load/old/other.csv", "load/more.toml"] {
        assert!(there(name), "{name}");
        assert_eq!(
            text(&root, &format!("new/{name}")),
            text(&root, &format!("estate/{name}"))
        );
    }
    assert!(!there("load/unused.csv") && !root.path().join("outside.csv").exists());
}

#[test]
fn places_and_digests_are_those_of_the_files() {
    let root = estate();
    let rules = "[[set]]\nselect = \"web-1\"\nunit = \"rq/s\"\ncost = 5\n";
    let loaded = read(&root, &[("a.toml", rules)]).expect("valid");
    let node = loaded.system.find("web-1").expect("known");
    assert_eq!(
        loaded.system.node(node).place().as_deref(),
        Some("components.csv:4")
    );
    let plain = load(&root.path().join("estate"), &Overrides::default()).expect("valid");
    let digest = |loaded: &Loaded| {
        let input = loaded
            .inputs
            .iter()
            .find(|i| i.path.ends_with("components.csv"));
        input.expect("read").sha256.clone()
    };
    assert_eq!(digest(&loaded), digest(&plain));
    assert!(loaded.inputs.iter().any(|i| i.path.ends_with("a.toml")));
}

#[test]
fn an_overlaid_folder_says_what_was_set_and_twice_is_once() {
    let root = estate();
    let rules = "source = \"workbook\"\n[[set]]\nselect = \"kind=server\"\ncapacity = 400\n[[service]]\nid = \"report\"\ndemand = 1\nneeds = [{ select = \"db-1\" }]\n[[down]]\nselect = \"sw-1\"\nwhy = \"repair\"\n";
    fs::write(root.path().join("a.toml"), rules).expect("written");
    let (code, out, err) = brownout(root.path(), &["overlay", "estate", "a.toml", "-o", "two"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("2  capacity = 400 for kind=server: workbook (a.toml:2)"),
        "{out}"
    );
    let loaded = load(&root.path().join("two"), &Overrides::default()).expect("valid");
    assert_eq!(capacity(&loaded, "web-2"), Some(400.0));
    assert_eq!(
        ledger(&loaded, "capacity = 400"),
        Some(("workbook (a.toml:2)".to_owned(), 2))
    );
    let scenario = load(
        &root.path().join("two/scenario.toml"),
        &Overrides::default(),
    )
    .expect("valid");
    assert_eq!(scenario.scenario.down.len(), 2);
    let (code, _, err) = brownout(root.path(), &["overlay", "two", "a.toml", "-o", "three"]);
    assert_eq!(code, 0, "{err}");
    for (name, _) in FILES {
        let path = |folder: &str| format!("{folder}/{name}");
        assert_eq!(
            text(&root, &path("two")),
            text(&root, &path("three")),
            "{name}"
        );
    }
    // The scenario that applies the same overlay sees the same estate.
    let through = read(&root, &[("a.toml", rules)]).expect("valid");
    assert_eq!(
        format!("{:?}", through.system.requirements()),
        format!("{:?}", loaded.system.requirements())
    );
}

#[test]
fn nothing_is_written_where_an_overlay_or_the_inventory_is_wrong() {
    let root = estate();
    fs::write(
        root.path().join("a.toml"),
        "[[set]]\nselect = \"web-1\"\ncapacity = -1\n",
    )
    .expect("written");
    let (code, _, err) = brownout(root.path(), &["overlay", "estate", "a.toml", "-o", "two"]);
    assert_eq!(code, 2);
    assert!(err.contains("is negative"), "{err}");
    fs::write(
        root.path().join("estate/services.csv"),
        "id,tier\nshop,1,2,3\n",
    )
    .expect("written");
    fs::write(
        root.path().join("a.toml"),
        "[[set]]\nselect = \"web-1\"\ncapacity = 1\n",
    )
    .expect("written");
    let (code, _, err) = brownout(root.path(), &["overlay", "estate", "a.toml", "-o", "two"]);
    assert_eq!(code, 2);
    assert!(err.contains("this row has 4 cells"), "{err}");
    assert!(!root.path().join("two").exists());
}

#[test]
fn a_workbook_is_an_inventory_like_its_folder() {
    let root = estate();
    fs::write(
        root.path().join("a.toml"),
        "[[set]]\nselect = \"kind=server\"\ncapacity = 1234.125\n",
    )
    .expect("written");
    let args = [
        "overlay", "estate", "a.toml", "-o", "two", "--xlsx", "two.xlsx",
    ];
    let (code, _, err) = brownout(root.path(), &args);
    assert_eq!(code, 0, "{err}");
    let at = |path: &str| load(&root.path().join(path), &Overrides::default()).expect("valid");
    let (folder, book) = (at("two"), at("two.xlsx"));
    assert_eq!(system(&folder), system(&book));
    assert_eq!(folder.ledger, book.ledger);
    assert_eq!(book.inputs.len(), 1);
    assert!(book.inputs[0].path.ends_with("two.xlsx"));
    let told = |loaded: &Loaded| loaded.warnings.len();
    assert_eq!(told(&folder), told(&book));
    // And again from the workbook, over which nothing is written while it is read.
    let again = |to: &str| {
        let args = ["overlay", "two.xlsx", "a.toml", "-o", "three", "--xlsx", to];
        brownout(root.path(), &args)
    };
    let (code, _, err) = again("./two.xlsx");
    assert_eq!(code, 2);
    assert!(err.contains("it is read"), "{err}");
    assert!(!root.path().join("three").exists());
    let (code, _, err) = again("three.xlsx");
    assert_eq!(code, 0, "{err}");
    assert_eq!(system(&at("three")), system(&folder));
    fs::write(root.path().join("mine.xlsx"), "mine").expect("written");
    let (code, _, err) = brownout(
        root.path(),
        &[
            "overlay",
            "two",
            "a.toml",
            "-o",
            "four",
            "--xlsx",
            "mine.xlsx",
        ],
    );
    assert_eq!(code, 2);
    assert!(err.contains("is there already"), "{err}");
    assert!(!root.path().join("four").exists());
}

/// An inventory in a workbook is somebody's, and a report is not to be taken for one.
#[test]
fn no_report_is_written_over_an_inventory_in_a_workbook() {
    let root = estate();
    fs::write(root.path().join("a.toml"), "").expect("written");
    let run = |args: &str| {
        let args: Vec<&str> = args.split(' ').collect();
        brownout(root.path(), &args)
    };
    let (code, _, err) = run("overlay estate a.toml -o two --xlsx two.xlsx");
    assert_eq!(code, 0, "{err}");
    let book = fs::read(root.path().join("two.xlsx")).expect("written");
    let (code, _, err) = run("assess two.xlsx --no-ledger --xlsx two.xlsx");
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("is no report workbook of brownout"), "{err}");
    assert_eq!(fs::read(root.path().join("two.xlsx")).expect("there"), book);
    // Each takes the place of its own kind.
    for _ in 0..2 {
        let (code, _, err) = run("assess two.xlsx --no-ledger --xlsx report.xlsx");
        assert_eq!(code, 0, "{err}");
    }
    let (code, _, err) = run("overlay estate a.toml -o four --xlsx report.xlsx");
    assert_eq!(code, 2, "{err}");
    assert!(!root.path().join("four").exists());
    let (code, _, err) = run("overlay estate a.toml -o five --xlsx two.xlsx");
    assert_eq!(code, 0, "{err}");
}

/// A sheet that is called nearly like a table is none, and its rows make no estate safer in silence.
#[test]
fn sheets_that_are_not_read_are_named() {
    let root = estate();
    let path = root.path().join("book.xlsx");
    let save = |sheets: &[&str]| {
        let mut book = rust_xlsxwriter::Workbook::new();
        let tables = ["components", "services", "dependencies"].into_iter().zip([
            ["id", "kind"],
            ["id", "demand"],
            ["consumer", "provider"],
        ]);
        let others = sheets.iter().map(|name| (*name, ["id", "members"]));
        for (name, header) in tables.chain(others) {
            let sheet = book.add_worksheet().set_name(name).expect("a name");
            sheet.set_hidden(name == "flows");
            for (column, text) in (0..).zip(header) {
                sheet.write(0, column, text).expect("written");
            }
        }
        book.add_worksheet().set_name("Blank").expect("a name");
        book.save(&path).expect("saved");
    };
    save(&["Links (2)", "link", "flows", "Notes"]);
    let loaded = load(&path, &Overrides::default()).expect("valid");
    let shown = path.display();
    assert_eq!(
        loaded.warnings.first().map(Diagnostic::message),
        Some(&*format!(
            "`{shown}` has sheets that are not read: `Links (2)`, `link`, `flows (hidden)`, `Notes`"
        ))
    );
    save(&["common cause", "common_cause"]);
    let told = faults(load(&path, &Overrides::default()));
    assert!(told[0].contains("two sheets of"), "{told:?}");
}

#[test]
fn broken_workbooks_are_faults() {
    let root = estate();
    fs::write(root.path().join("bad.xlsx"), b"PKgarbage").expect("written");
    let found = load(&root.path().join("bad.xlsx"), &Overrides::default());
    let told = faults(found);
    assert!(told[0].contains("is no workbook"), "{told:?}");
}

#[test]
fn planning_defaults_fill_what_is_blank_and_are_named_wherever_a_probability_is() {
    let root = estate();
    let components = "id,kind,capacity,mtbf_hours,mttr_hours\nweb-1,server,100,1000,1\nweb-2,server,100,,\nsw-1,switch,,,\nr,rack,,,\ndb-1,database,,,\n";
    fs::write(root.path().join("estate/components.csv"), components).expect("written");
    fs::remove_file(root.path().join("estate/scenario.toml")).expect("gone");
    let args = ["overlay", "estate", "--defaults", "planning", "-o", "two"];
    let (code, out, err) = brownout(root.path(), &args);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("Shvachko"), "{out}");
    let loaded = load(&root.path().join("two"), &Overrides::default()).expect("valid");
    let q = |id: &str| {
        let node = loaded.system.find(id).expect("known");
        loaded
            .system
            .node(node)
            .reliability
            .map(brownout::model::Reliability::unavailability)
    };
    assert_eq!(q("web-1"), Some(1.0 / 1001.0));
    assert_eq!(q("web-2"), Some(12.0 / 91_262.0));
    assert_eq!(q("sw-1"), Some(4.0 / 109_504.0));
    assert_eq!(q("r"), Some(4.0 / 89_356.0));
    assert_eq!(q("db-1"), None);
    assert_eq!(loaded.planned, 3);
    let (code, out, err) = brownout(
        root.path(),
        &["simulate", "two", "--trials", "100", "--seed", "1"],
    );
    assert_eq!(code, 0, "{err}");
    assert!(
        format!("{out}{err}")
            .contains("how often 3 components fail is taken from planning defaults"),
        "{out}{err}"
    );
    // Twice changes nothing.
    let (code, _, err) = brownout(
        root.path(),
        &["overlay", "two", "--defaults", "planning", "-o", "three"],
    );
    assert_eq!(code, 0, "{err}");
    for name in ["components.csv", "inventory.toml"] {
        assert_eq!(
            text(&root, &format!("two/{name}")),
            text(&root, &format!("three/{name}"))
        );
    }
}

#[test]
fn an_import_takes_overlays() {
    let root = estate();
    let gml = "graph [\n  node [ id 0 label \"a\" ]\n  node [ id 1 label \"b\" ]\n  edge [ source 0 target 1 ]\n]\n";
    fs::write(root.path().join("net.gml"), gml).expect("written");
    fs::write(
        root.path().join("a.toml"),
        "source = \"list\"\n[[set]]\nselect = \"kind=link\"\ncapacity = 7\n",
    )
    .expect("written");
    let args = [
        "import",
        "net.gml",
        "--all-pairs",
        "1",
        "--overlay",
        "a.toml",
        "-o",
        "two",
    ];
    let (code, _, err) = brownout(root.path(), &args);
    assert_eq!(code, 0, "{err}");
    let loaded = load(&root.path().join("two"), &Overrides::default()).expect("valid");
    assert_eq!(
        ledger(&loaded, "capacity = 7"),
        Some(("list (a.toml:2)".to_owned(), 1))
    );
    let report = text(&root, "two/import-report.txt");
    assert!(
        report.contains("capacity = 7 for kind=link: list (a.toml:2)"),
        "{report}"
    );
}

/// Every figure that the program brings along says whence, when, and what it is worth.
#[test]
fn planning_defaults_name_source_year_and_mark() {
    let text = include_str!("../../src/input/overlay/planning.toml");
    let table: toml::Table = text.parse().expect("TOML");
    let rules = table["set"].as_array().expect("rules");
    assert!(rules.len() > 10);
    for rule in rules {
        let source = rule["source"].as_str().expect("a source");
        let dated = source.contains("undated") || source.contains("20");
        let marked = ["measured", "quoted", "assumption"]
            .iter()
            .any(|m| source.contains(m));
        assert!(dated && marked, "{source}");
        assert_eq!(rule["if-blank"].as_bool(), Some(true));
        let number = |key: &str| {
            rule.get(key)
                .and_then(|v| v.as_float().or(v.as_integer().map(|i| i as f64)))
        };
        let q = number("unavailability");
        let rates = number("mtbf_hours").zip(number("mttr_hours"));
        assert!(q.is_some() != rates.is_some(), "{source}");
        let q = q
            .or(rates.map(|(up, down)| down / (up + down)))
            .expect("a figure");
        assert!(q > 0.0 && q < 0.01, "{source}: {q}");
    }
}

#[test]
fn check_counts_what_is_covered_and_its_lines_are_an_overlay() {
    let root = estate();
    let (code, out, err) = brownout(root.path(), &["check", "estate", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let check: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let inventory = &check["inventory"];
    let share = |what: &str| {
        let all = inventory["covered"].as_array().expect("shares");
        let found = all.iter().find(|s| s["what"] == what).expect(what);
        (
            found["covered"].as_u64().expect("a count"),
            found["of"].as_u64().expect("a count"),
        )
    };
    // Counted by hand in the files above; the database has the capacity of its kind.
    assert_eq!(share("capacity"), (2, 4));
    assert_eq!(share("reliability"), (1, 4));
    assert_eq!(share("domain"), (0, 4));
    assert_eq!(share("demand"), (1, 1));
    assert_eq!(share("owner"), (0, 1));
    let next = inventory["next"].as_array().expect("what is next");
    let said: Vec<String> = next
        .iter()
        .map(|n| {
            format!(
                "{} {} {} {}",
                n["what"], n["kind"], n["count"], n["services"]
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "\"capacity\" \"server\" 1 1",
            "\"reliability\" \"server\" 2 1",
            "\"domain\" \"server\" 2 1",
        ]
    );
    let overlay = next[0]["overlay"].as_str().expect("lines");
    let filled = overlay.replace("capacity =", "capacity = 77");
    let loaded = read(&root, &[("a.toml", &filled)]).expect("valid");
    assert_eq!(capacity(&loaded, "web-2"), Some(77.0));
    assert_eq!(capacity(&loaded, "web-1"), Some(100.0));
    let (_, text, _) = brownout(root.path(), &["check", "estate"]);
    assert!(
        text.contains("Covered: demand 1 of 1, capacity 2 of 4, reliability 1 of 4"),
        "{text}"
    );
    assert!(
        text.contains("capacity of 1 of kind server: 1 service rests on them"),
        "{text}"
    );
    let (_, text, _) = brownout(root.path(), &["assess", "estate", "--no-ledger"]);
    assert!(text.contains("Covered: demand 1 of 1"), "{text}");
}

#[test]
fn a_report_is_a_workbook_too() {
    let root = estate();
    let args = [
        "assess",
        "estate",
        "--no-ledger",
        "--xlsx",
        "report.xlsx",
        "-o",
        "report",
    ];
    let (code, _, err) = brownout(root.path(), &args);
    assert_eq!(code, 0, "{err}");
    let sheets =
        brownout::input::import::gather(&[root.path().join("report.xlsx")]).expect("a workbook");
    let services = sheets
        .iter()
        .find(|s| s.path.ends_with(":services"))
        .expect("a sheet");
    let csv = text(&root, "report/table-services.csv");
    let cells = |text: &str| text.lines().map(|l| l.matches(',').count()).max();
    assert_eq!(services.text.lines().count(), csv.lines().count());
    assert_eq!(services.text.lines().next(), csv.lines().next());
    assert_eq!(cells(&services.text), cells(&csv));
    let (code, _, err) = brownout(root.path(), &args[..5]);
    assert_eq!(code, 0, "{err}");
}
