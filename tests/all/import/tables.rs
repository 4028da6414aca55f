//! Tables with a map: what is said twice, not clearly, or of what no list holds.

use super::{Format, source};
use brownout::input::import::{Imported, Options, map, read_sources};
use brownout::input::{Diagnostic, Faults};
use brownout::model::{Draft, Role};
use std::fs;

const MAP: &str = "[components]\nid = \"id\"\nname = \"name\"\nkind = { column = \"class\", other = \"keep\" }\n\
                   skip = [\"status=retired\"]\n\
                   columns = { capacity = \"cap\", demand = \"demand\", within = \"within\", tier = \"tier\" }\n\
                   [relations]\nload = \"factor\"\n[relations.types]\n\
                   \"any\" = \"P needs any of C in w\"\n\"two\" = \"P needs 2 of C in q\"\n\"needs\" = \"P needs C\"\n\
                   \"in\" = \"P within C\"\n";

fn read(files: &[(&str, &str)]) -> Result<Imported, Faults> {
    let text = tempfile::Builder::new()
        .suffix(".toml")
        .tempfile()
        .expect("a file");
    fs::write(text.path(), MAP).expect("written");
    let options = Options {
        map: Some(map(text.path()).expect("a text")),
        ..Options::default()
    };
    let sources: Vec<_> = files.iter().map(|(path, t)| source(path, t)).collect();
    read_sources(Format::Csv, &sources, options)
}

fn imported(files: &[(&str, &str)]) -> Imported {
    read(files).unwrap_or_else(|faults| panic!("{faults}"))
}

fn faults(files: &[(&str, &str)]) -> Vec<String> {
    messages(read(files).expect_err("faults").iter())
}

/// All but those of columns that the map asks for: no table here has all of them.
fn warnings(imported: &Imported) -> Vec<String> {
    let mut all = messages(imported.warnings.iter());
    all.retain(|message| !message.starts_with("no table has the column "));
    all
}

fn messages<'d>(all: impl Iterator<Item = &'d Diagnostic>) -> Vec<String> {
    all.map(|d| d.message().to_owned()).collect()
}

/// `id kind (domains)`, of one node.
fn node(draft: &Draft, id: &str) -> String {
    let node = draft.nodes.iter().find(|d| &*d.node.id == id);
    let node = node.unwrap_or_else(|| panic!("no {id}"));
    let ids = node.within.iter();
    let ids: Vec<&str> = ids.map(|&w| &*draft.nodes[w as usize].node.id).collect();
    format!("{id} {} ({})", node.node.kind, ids.join(" "))
}

/// `consumer: providers`, in order.
fn needs(draft: &Draft) -> Vec<String> {
    let id = |at: u32| &*draft.nodes[at as usize].node.id;
    let all = draft.requirements.iter().map(|r| {
        let providers: Vec<&str> = r.providers.iter().map(|p| id(p.node)).collect();
        format!("{}: {}", id(r.consumer), providers.join(" "))
    });
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}

/// A list of assets has no rows for its racks, and what stands in one is lost with it.
#[test]
fn what_rows_sit_in_is_one_thing_though_no_row_is_about_it() {
    let list = "id;name;class;demand;cap;within\nS1;Shop;service;10;;Berlin\nW1;web1;server;;500;R1\n\
                W2;web2;server;;500;r1, Room 2\nW3;web3;server;;500;Hall 1, north\nH;Hall 1, north;room;;;\nW4;web4;server;;;-\n";
    let imported = imported(&[("a.csv", list)]);
    let draft = &imported.draft;
    assert_eq!(node(draft, "web1"), "web1 server (r1)");
    assert_eq!(node(draft, "web2"), "web2 server (r1 room-2)");
    assert_eq!(node(draft, "web3"), "web3 server (hall-1,-north)");
    assert_eq!(node(draft, "web4"), "web4 server ()");
    assert_eq!(node(draft, "r1"), "r1 domain ()");
    // A service sits in nothing: it needs what its row names.
    assert_eq!(needs(draft), ["shop: berlin"]);
    let made = &imported.report.derived["a domain that rows name and that is in no list"];
    assert_eq!(made.count, 3);
    assert_eq!(warnings(&imported), [""; 0]);
}

#[test]
fn a_domain_that_is_left_out_is_named() {
    let list = "id,name,class,within,status\nW1,web1,server,R1,\nR1,R1,rack,,retired\nX1,app,server,,\nX2,app,vm,,\nW2,web2,server,app,\n";
    let told = warnings(&imported(&[("a.csv", list)]));
    assert_eq!(
        told,
        [
            "domains that things sit in are left out: R1 (retired, or out of service for good), app (several things have the name)"
        ]
    );
}

/// What cannot be read of a column is a fault if the map reads it, and nobody's business otherwise.
#[test]
fn columns_that_are_no_plain_cells_are_faults() {
    let twice = "id;name;class;cap;Cap;note;note\nW1;web1;server;500;100;a;b\n";
    assert_eq!(
        faults(&[("a.csv", twice)]),
        ["a.csv:1: two columns are called `cap`, and the map reads it"]
    );
    let nested = r#"[{"id": "W1", "name": "web1", "class": "server", "note": {"x": 1}},
        {"id": "W2", "name": "web2", "class": "server", "cap": {"max": 5}, "within": [{"rack": "R1"}]}]"#;
    assert_eq!(
        faults(&[("a.json", nested)]),
        [
            "a.json:2: `cap` holds an object, which is no value of a cell",
            "a.json:2: `within` holds an object, which is no value of a cell",
        ]
    );
    let two = r#"[{"id": "W1", "name": "web1", "class": "server", "cap": [1, 2]}]"#;
    assert!(faults(&[("a.json", two)])[0].contains("what becomes `capacity` is no number"));
}

#[test]
fn a_list_in_a_cell_is_several_domains() {
    let list = r#"[{"id": "W1", "name": "web1", "class": "server", "within": ["R1", {"value": "R2"}], "cap": 1.234},
        {"id": "R1", "name": "R1", "class": "rack", "within": []}]"#;
    let imported = imported(&[("a.json", list)]);
    assert_eq!(node(&imported.draft, "web1"), "web1 server (r1 r2)");
    let web = imported.draft.nodes.iter().find(|d| &*d.node.id == "web1");
    assert_eq!(web.and_then(|d| d.node.capacity), Some(1.234));
    // Of a number that was stored as one there is no doubt.
    assert_eq!(warnings(&imported), [""; 0]);
}

#[test]
fn numbers_that_may_be_thousands_are_named() {
    let list = "id;name;class;demand;cap\nS1;Shop;service;1.200;\nW1;web1;server;;1.000\nW2;web2;server;;2.500\n";
    let uses = "parent;type;child;factor\nS1;any;W1;1.500\nS1;any;W2;0.125\n";
    let told = warnings(&imported(&[("a.csv", list), ("b.csv", uses)]));
    assert_eq!(
        told,
        [
            "a.csv:3: `1.000` may be 1000, and is read as 1, and 1 more in this column likewise",
            "a.csv:2: `1.200` may be 1200, and is read as 1.2",
        ]
    );
    // Another of the column is surely a fraction.
    let sure = list.replace("2.500", "2.5");
    assert_eq!(warnings(&imported(&[("a.csv", &sure)])).len(), 1);
}

#[test]
fn rows_of_one_key_are_about_one_thing() {
    let list = "id,name,class,within,demand\nA6,shop,service,,100\nA6,oldserver,server,R1,\nA7,web1,server,R1,\n";
    assert_eq!(
        faults(&[("a.csv", list)]),
        ["a.csv:3: `oldserver`, a server, has the key of `shop`, a service (a.csv:2)"]
    );
    let two = "id,name,class\nA6,shop,service\nA6,mail,service\n";
    assert_eq!(
        faults(&[("a.csv", two)]),
        ["a.csv:3: `mail`, a service, has the key of `shop`, a service (a.csv:2)"]
    );
}

/// Of two rows that contradict each other the one counts that leaves less, in whatever order they stand.
#[test]
fn rows_that_contradict_each_other_are_named_and_the_less_counts() {
    let rows = [
        "W1,web1,server,R1,500,",
        "W1,WEB1,server,R2,5000,",
        "W2,web2,server,,,",
        "W2,old2,server,,,retired",
        "W3,web3,server,R1,7,",
        "W3,web3,server,,7,",
    ];
    let mut turned = rows;
    turned.reverse();
    for rows in [rows, turned] {
        let list = format!("id,name,class,within,cap,status\n{}\n", rows.join("\n"));
        let imported = imported(&[("a.csv", &list)]);
        assert_eq!(node(&imported.draft, "web1"), "web1 server (r1 r2)");
        let web = imported.draft.nodes.iter().find(|d| &*d.node.id == "web1");
        assert_eq!(web.and_then(|d| d.node.capacity), Some(500.0));
        let told = warnings(&imported);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].ends_with("web2 (by one row retired, or out of service for good)"),
            "{told:?}"
        );
        assert!(
            told[0].contains("contradict each other: ") && told[0].contains(" (cap"),
            "{told:?}"
        );
    }
}

#[test]
fn a_demand_that_is_said_twice_is_the_greater() {
    let list = "id,name,class,demand\nS,shop,service,90\nS,shop,service,100\n";
    let draft = imported(&[("a.csv", list)]).draft;
    assert!(matches!(draft.nodes[0].node.role, Role::Service(s) if s.demand == 100.0));
}

/// Two of three must work: with one retired and one in no list, one is not enough, and nobody knows.
#[test]
fn groups_that_lack_members_are_named() {
    let list = "id,name,class,status\nS,shop,service,\nT,till,service,\nA,a,server,\nB,b,server,retired\nC,c,server,\n";
    let uses = "parent,type,child\nT,two,A\nT,two,B\nS,two,A\nS,two,B\nS,two,C\nS,any,B\nT,needs,nagios\nC,in,R9\nA,needs,B\n";
    let imported = imported(&[("a.csv", list), ("b.csv", uses)]);
    assert_eq!(needs(&imported.draft), ["shop: a c", "till: a"]);
    assert_eq!(
        warnings(&imported),
        [
            "needs of what is retired, in no list or not clear are left out, and whoever has them looks safer than it is: a → B, c → R9, shop → B and 2 more",
            "groups lack members that are retired or in no list: shop needs 1 of `w`, which has 0, till needs 2 of `q`, which has 1",
        ]
    );
}

#[test]
fn a_map_whose_lists_are_called_otherwise_says_so() {
    let map_text = MAP.replace("[components]\n", "[components]\nfile = \"a*.csv\"\n");
    let file = tempfile::Builder::new()
        .suffix(".toml")
        .tempfile()
        .expect("a file");
    fs::write(file.path(), map_text).expect("written");
    let options = Options {
        map: Some(map(file.path()).expect("a text")),
        ..Options::default()
    };
    let list = [source("rack.csv", "id,name,class\nW1,web1,server\n")];
    let told = read_sources(Format::Csv, &list, options).expect_err("no list");
    assert_eq!(
        messages(told.iter()),
        ["no file is called `a*.csv`, as the map says lists are"]
    );
}
