//! Reading inventories and scenarios: what is kept, where it comes from, and that nothing that
//! can stand in a file makes the reader fall over.

use brownout::input::{self, Faults, Loaded, Overrides, Texts};
use brownout::model::{Need, NodeId, Reliability, Role, Split};
use proptest::prelude::*;
use std::path::Path;

const COMPONENTS: &str = "id,kind,capacity,within,mtbf_hours,mttr_hours,site\n\
    app-1,server,400,rack-1,26000,12,fra1\n\
    app-2,server,400,rack-1,,,fra1\n\
    app-3,server,,rack-2;feed-a,,,ams1\n\
    rack-1,rack,,,,,fra1\n\
    rack-2,rack,,,,,ams1\n\
    feed-a,power-feed,,,,,ams1\n\
    r-1,router,,,,,\n\
    r-2,router,,,,,\n";
const LINKS: &str =
    "id,a,b,capacity,metric,metric_back\nwan-1,r-1,r-2,10,5,\nwan-2,r-2,r-1,20,,7\n";
const FLOWS: &str = "id,from,to\nf-1,r-1,r-2\n";
const SERVICES: &str = "id,name,owner,tier,unit,demand\norders,Order management,team-o,1,orders/min,700\n\
    mail,,team-m,2,,\n";
const DEPENDENCIES: &str = "consumer,provider,group,need,split,load,weight\n\
    orders,app-3,pool,,standby,2,\n\
    orders,app-1,pool,2,,,\n\
    orders,app-2,pool,,,,\n\
    orders,f-1,,,,0.5,\n\
    mail,app-1,m,34%,,,\n\
    mail,app-2,m,,,,\n\
    mail,app-3,m,,,,\n";
const DEFAULTS: &str =
    "name = \"Estate\"\n\n[kind.server]\nmtbf_hours = 10000\nmttr_hours = 8\ncapacity = 300\n";
const COMMON: &str = "group,members,beta\nservers,kind=server,0.1\nracks,rack-1;rack-2,0.05\n";
const SCENARIO: &str = r#"
name = "Quarter-end"
inventory = "../estate"
down = ["app-3"]
headroom = 0.1
[derate]
wan-2 = 0.5
[[load]]
name = "today"
[[load]]
name = "quarter-end"
peak = true
growth = { orders = 1.5 }
demand = { mail = 90 }
[sweep]
order = 2
elements = ["kind=server", "site=ams1", "r-1"]
exclude = ["id=app-2"]
[simulate]
trials = 5_000
seed = 7
[[policy]]
name = "n-1"
services = ["tier=1", "owner=team-m"]
load = ["today", "quarter-end"]
survives = 1
max_probability = { down = 1e-5, degraded = 1e-4 }
[[policy]]
name = "all"
survives = 0
[[waiver]]
policy = "n-1"
service = "mail"
elements = ["within=rack-1"]
reason = "second site"
owner = "infra"
expires = "2027-03-31"
"#;

fn estate() -> Texts {
    let files = [
        ("estate/components.csv", COMPONENTS),
        ("estate/links.csv", LINKS),
        ("estate/flows.csv", FLOWS),
        ("estate/services.csv", SERVICES),
        ("estate/dependencies.csv", DEPENDENCIES),
        ("estate/inventory.toml", DEFAULTS),
        ("estate/common_cause.csv", COMMON),
        ("scenarios/q.toml", SCENARIO),
    ];
    let own = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    Texts(own.into())
}

fn with(path: &str, text: impl Into<Vec<u8>>) -> Texts {
    let mut texts = estate();
    texts.0.insert(path.to_owned(), text.into());
    texts
}

fn read(texts: &Texts) -> Result<Loaded, Faults> {
    input::load_from(texts, Path::new("estate"), &Overrides::default())
}

fn sound(texts: &Texts) -> Loaded {
    read(texts).unwrap_or_else(|faults| panic!("{faults}"))
}

fn scenario(texts: &Texts, overrides: &Overrides) -> Result<Loaded, Faults> {
    input::load_from(texts, Path::new("scenarios/q.toml"), overrides)
}

fn ids(loaded: &Loaded, nodes: &[NodeId]) -> Vec<String> {
    nodes
        .iter()
        .map(|&n| loaded.system.id(n).to_owned())
        .collect()
}

fn lines(faults: &Faults) -> Vec<String> {
    faults
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect()
}

#[test]
fn every_file_of_the_folder_is_in_the_system() {
    let loaded = sound(&estate());
    let system = &loaded.system;
    assert_eq!(system.name(), "Estate");
    assert_eq!(system.nodes().len(), 13);
    let node = |id| system.node(system.find(id).expect("it is there"));
    assert_eq!(node("app-1").capacity, Some(400.0));
    assert_eq!(node("app-3").capacity, Some(300.0));
    assert_eq!(node("app-3").within.len(), 2);
    assert_eq!(node("app-2").line, 3);
    let rates = |mtbf_hours, mttr_hours| {
        Some(Reliability::Rates {
            mtbf_hours,
            mttr_hours,
        })
    };
    assert_eq!(node("app-1").reliability, rates(26000.0, 12.0));
    assert_eq!(node("app-2").reliability, rates(10000.0, 8.0));
    assert_eq!(node("rack-1").reliability, None);
    let Role::Link(wan) = node("wan-1").role else {
        panic!("a link");
    };
    assert_eq!((wan.metric, wan.metric_back), (5.0, 5.0));
    let Role::Link(wan) = node("wan-2").role else {
        panic!("a link");
    };
    assert_eq!((wan.metric, wan.metric_back), (1.0, 7.0));
    assert!(matches!(node("f-1").role, Role::Flow(_)));
    let orders = node("orders");
    assert_eq!(orders.name.as_deref(), Some("Order management"));
    assert_eq!(orders.as_service().and_then(|s| s.tier), Some(1));
    let owner = system
        .labels()
        .get("owner", system.find("orders").expect("there"));
    assert_eq!(owner, Some("team-o"));
    assert_eq!(system.common_cause().len(), 2);
    assert_eq!(system.common_cause()[1].1.len(), 3);
}

#[test]
fn groups_keep_need_split_and_the_order_of_standby() {
    let loaded = sound(&estate());
    let system = &loaded.system;
    let orders = system.find("orders").expect("there");
    let pool = &system.requirements_of(orders)[0];
    assert_eq!((pool.need, pool.split), (Need::AtLeast(2), Split::Standby));
    let order: Vec<&str> = pool.providers.iter().map(|p| system.id(p.node)).collect();
    assert_eq!(order, ["app-3", "app-1", "app-2"]);
    assert_eq!(pool.providers[0].load.to_bits(), 2f64.to_bits());
    let mail = system.find("mail").expect("there");
    let group = &system.requirements_of(mail)[0];
    assert_eq!(group.need, Need::AtLeast(2));
    let weights: Vec<f64> = group.providers.iter().map(|p| p.weight).collect();
    assert_eq!(weights, [400.0, 400.0, 300.0]);
}

#[test]
fn what_was_assumed_is_counted_with_its_source() {
    let loaded = sound(&estate());
    let find = |what: &str| {
        let mut all = loaded.ledger.iter();
        all.find(|a| a.what.starts_with(what))
            .map(|a| (a.source.as_str(), a.count))
    };
    assert_eq!(find("mtbf_hours = 10000"), Some(("inventory.toml:4", 2)));
    assert_eq!(find("mttr_hours = 8"), Some(("inventory.toml:5", 2)));
    assert_eq!(find("capacity = 300"), Some(("inventory.toml:6", 1)));
    assert_eq!(find("no capacity given"), Some(("built in", 5)));
    assert_eq!(find("no metric given"), Some(("built in", 1)));
    assert_eq!(find("no demand given"), Some(("built in", 1)));
    assert!(loaded.ledger.windows(2).all(|w| w[0].count >= w[1].count));
}

#[test]
fn every_file_read_is_listed_with_its_rows_and_digest() {
    let loaded = scenario(&estate(), &Overrides::default()).expect("sound");
    let all: Vec<(&str, Option<u64>)> = loaded
        .inputs
        .iter()
        .map(|i| (i.path.as_str(), i.rows))
        .collect();
    assert_eq!(
        all,
        [
            ("estate/common_cause.csv", Some(2)),
            ("estate/components.csv", Some(8)),
            ("estate/dependencies.csv", Some(7)),
            ("estate/flows.csv", Some(1)),
            ("estate/inventory.toml", None),
            ("estate/links.csv", Some(2)),
            ("estate/services.csv", Some(2)),
            ("scenarios/q.toml", None),
        ]
    );
    assert!(loaded.inputs.iter().all(|i| i.sha256.len() == 64));
}

#[test]
fn a_scenario_is_resolved_whole() {
    let loaded = scenario(&estate(), &Overrides::default()).expect("sound");
    let asked = &loaded.scenario;
    assert_eq!(asked.name, "Quarter-end");
    assert_eq!(ids(&loaded, &asked.down), ["app-3"]);
    assert_eq!(asked.derate.len(), 1);
    assert_eq!(asked.headroom, Some(0.1));
    // Services by id: mail, orders.
    assert_eq!(asked.cases[0].demand, [0.0, 700.0]);
    assert_eq!(asked.cases[1].demand, [90.0, 1050.0]);
    assert!(asked.cases[1].peak && !asked.cases[0].peak);
    assert_eq!(asked.sweep.order, 2);
    assert_eq!(
        ids(&loaded, &asked.sweep.elements),
        ["app-1", "feed-a", "r-1", "rack-2"]
    );
    let simulate = asked.simulate.expect("asked for");
    assert_eq!((simulate.trials, simulate.seed), (5000, 7));
    assert_eq!(
        ids(&loaded, &asked.policies[0].services),
        ["mail", "orders"]
    );
    assert_eq!(asked.policies[0].cases.len(), 2);
    assert_eq!(asked.policies[0].max_probability.len(), 2);
    assert_eq!(asked.policies[1].services.len(), 2);
    let waiver = &asked.waivers[0];
    let elements = waiver.elements.clone().expect("given");
    // All that sits in the rack, and the rack.
    assert_eq!(ids(&loaded, &elements), ["app-1", "app-2", "rack-1"]);
    assert_eq!(waiver.last_day.to_string(), "2027-03-31");
}

#[test]
fn a_bare_folder_asks_for_today_and_any_single_failure() {
    let loaded = sound(&estate());
    let asked = &loaded.scenario;
    assert_eq!(asked.cases.len(), 1);
    assert_eq!(asked.cases[0].name, "today");
    assert_eq!(asked.sweep.order, 1);
    assert_eq!(asked.sweep.elements.len(), 10);
    assert!(asked.policies.is_empty() && asked.simulate.is_none());
}

#[test]
fn the_command_line_wins_over_the_file() {
    let texts = |t: &[&str]| t.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    let overrides = Overrides {
        down: texts(&["rack-1"]),
        derate: texts(&["wan-2=0.25"]),
        demand: texts(&["orders=5"]),
        load: Some("quarter-end".to_owned()),
        elements: Some(texts(&["kind=router"])),
        exclude: Some(texts(&["r-2"])),
        order: Some(3),
        trials: Some(10),
        seed: None,
        ..Overrides::default()
    };
    let loaded = scenario(&estate(), &overrides).expect("sound");
    let asked = &loaded.scenario;
    assert_eq!(ids(&loaded, &asked.down), ["app-3", "rack-1"]);
    assert_eq!(asked.derate[0].1.to_bits(), 0.25f64.to_bits());
    assert_eq!(asked.cases[0].demand, [0.0, 700.0]);
    assert_eq!(asked.cases[1].demand, [90.0, 5.0]);
    assert_eq!(ids(&loaded, &asked.sweep.elements), ["r-1"]);
    assert_eq!(asked.sweep.order, 3);
    let simulate = asked.simulate.expect("asked for");
    assert_eq!((simulate.trials, simulate.seed), (10, 7));
}

#[test]
fn faults_of_the_command_line_point_at_what_was_typed() {
    let overrides = Overrides {
        down: vec!["app-11".to_owned(), "orders".to_owned()],
        derate: vec!["wan-2".to_owned(), "wan-1=much".to_owned()],
        demand: vec!["order=-5".to_owned(), "order=5".to_owned()],
        load: Some("quarterend".to_owned()),
        elements: Some(vec!["kind=serve".to_owned()]),
        order: Some(0),
        trials: Some(0),
        ..Overrides::default()
    };
    let faults = scenario(&estate(), &overrides).expect_err("all of it is wrong");
    let all = lines(&faults).join("\n");
    for wanted in [
        "command line:1:8: no component or link has the id `app-11`; did you mean `app-1`?",
        "command line:1:8: `orders` is a service, no component or link",
        "command line:1:10: `wan-2` is not of the form ID=FACTOR; write `--derate ID=FACTOR`",
        "command line:1:16: `much` is not a number",
        "command line:1:16: `-5` is negative",
        "command line:1:8: there is no load case `quarterend`; did you mean `quarter-end`?",
        "command line:1:12: `kind=serve` keeps nothing; did you mean `kind=server`?",
        "command line:1:9: this is no whole number of 1 or more",
        "command line:1:10: this is no whole number of 1 or more",
    ] {
        assert!(all.contains(wanted), "{wanted}\nis not in\n{all}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_says_what_to_write() {
    let text = "inventory = \"../estate\"\nheadroom = \"0.1\"\n[[load]]\nname = \"today\"\ngrowth = \"20%\"\n\
                demand = { orders = \"1037\" }\n[sweep]\norder = \"2\"\n[simulate]\ntrials = 0\n[[policy]]\nname = \"p\"\n\
                survives = \"one\"\nno_cascade = \"often\"\n";
    let faults = scenario(&with("scenarios/q.toml", text), &Overrides::default());
    let all = lines(&faults.expect_err("all of it is wrong")).join("\n");
    for wanted in [
        ":2:12: this is a text, not a number; write it without quotes: 0.1",
        ":6:21: this is a text, not a number; write it without quotes: 1037",
        ":8:9: this is a text, not a whole number; write it without quotes: 2",
        ":10:10: this is no whole number of 1 or more; write a whole number from 1 on, such as 1",
        ":13:12: this is a text, not a whole number; write a whole number, without quotes: 2",
        ":14:14: this is a text, not true or false; write `true` or `false`, without quotes",
    ] {
        assert!(all.contains(wanted), "{wanted}\nis not in\n{all}");
    }
    let growth = all.lines().find(|line| line.contains(":5:10:"));
    let growth = growth.expect("a text is no growth");
    assert!(growth.contains("0.2"), "{growth}");
}

#[test]
fn rows_and_columns_may_stand_in_any_order() {
    let turned: Vec<&str> = COMPONENTS.lines().collect();
    let rows = turned[1..].iter().rev();
    let text = std::iter::once(&turned[0]).chain(rows).copied();
    let shuffled = text.map(|l| {
        let mut cells: Vec<&str> = l.split(',').collect();
        cells.rotate_left(3);
        cells.join(" , ") + "\r\n"
    });
    let turned = sound(&with("estate/components.csv", shuffled.collect::<String>()));
    let straight = sound(&estate());
    let strip = |loaded: &Loaded| {
        let mut nodes = format!("{:?}", loaded.system.nodes());
        while let Some(at) = nodes.find("line: ") {
            let end = nodes[at..].find(['}', ',']).map_or(nodes.len(), |n| at + n);
            nodes.replace_range(at..end, "");
        }
        nodes
    };
    assert_eq!(strip(&turned), strip(&straight));
}

#[test]
fn lines_count_comments_blank_lines_and_quoted_line_breaks() {
    let text = "\u{feff}# a \"comment\n\n# another\nid,name,kind\n\"app\"\"1\",\"two\nlines\",server\n\n\
        # between\n,,\napp-2,\"a, b\",server\n";
    let texts = Texts(
        [
            ("e/components.csv".to_owned(), text.as_bytes().to_vec()),
            ("e/services.csv".to_owned(), b"id,demand\ns,1\n".to_vec()),
            (
                "e/dependencies.csv".to_owned(),
                b"consumer,provider\ns,app-2\ns,\"app\"\"1\"\n".to_vec(),
            ),
        ]
        .into(),
    );
    let loaded = input::load_from(&texts, Path::new("e"), &Overrides::default());
    let loaded = loaded.unwrap_or_else(|faults| panic!("{faults}"));
    let system = &loaded.system;
    let node = |id| system.node(system.find(id).expect("it is there"));
    assert_eq!(node("app\"1").line, 5);
    assert_eq!(node("app\"1").name.as_deref(), Some("two\nlines"));
    assert_eq!(node("app-2").line, 10);
    assert_eq!(node("app-2").name.as_deref(), Some("a, b"));
}

#[test]
fn faults_of_all_files_come_at_once_in_order() {
    let mut texts = with("estate/links.csv", "id,a,b,metric\nwan-1,r-1,r-9,-1\n");
    let text = SERVICES.replace("700", "lots");
    texts
        .0
        .insert("estate/services.csv".to_owned(), text.into_bytes());
    let text = SCENARIO.replace("down = [\"app-3\"]", "down = [\"app-33\"]");
    texts
        .0
        .insert("scenarios/q.toml".to_owned(), text.into_bytes());
    let faults = scenario(&texts, &Overrides::default()).expect_err("faulty");
    let places: Vec<_> = faults
        .iter()
        .map(brownout::input::Diagnostic::place)
        .collect();
    assert_eq!(
        places,
        [
            Some(("estate/links.csv", 2, 11)),
            Some(("estate/links.csv", 2, 15)),
            Some(("estate/services.csv", 2, 45)),
            Some(("scenarios/q.toml", 4, 9)),
            // `derate` of a link that is no longer there.
            Some(("scenarios/q.toml", 7, 1)),
        ]
    );
}

#[test]
fn ten_thousand_faults_stay_readable() {
    let mut text = DEPENDENCIES.to_owned();
    for n in 0..10_000 {
        text.push_str(&format!("orders,nowhere-{n},,,,,\n"));
    }
    let faults = read(&with("estate/dependencies.csv", text)).expect_err("faulty");
    assert_eq!(faults.iter().count(), 10_000);
    let shown = faults.render(false, 100);
    assert!(shown.lines().count() < 600);
    assert!(
        shown.ends_with(
            "… and 9950 more of the same in estate/dependencies.csv\n10000 faults found\n"
        )
    );
}

#[test]
fn names_are_not_called_unknown_while_a_file_cannot_be_read() {
    for text in [
        &b"id,kind\napp-\xff,server\n"[..],
        b"id|kind\n",
        b"id,kind\n\"app-1,x\n",
    ] {
        let mut texts = estate();
        texts
            .0
            .insert("estate/components.csv".to_owned(), text.to_vec());
        let faults = scenario(&texts, &Overrides::default()).expect_err("faulty");
        let all = lines(&faults);
        assert_eq!(all.len(), 1, "{all:#?}");
    }
}

#[test]
fn one_file_of_an_inventory_is_not_the_inventory() {
    let texts = estate();
    for path in ["estate/components.csv", "estate/inventory.toml"] {
        let faults = input::load_from(&texts, Path::new(path), &Overrides::default());
        let faults = faults.expect_err("not a scenario");
        assert!(lines(&faults)[0].contains("name the folder"));
    }
    let nothing = input::load_from(&texts, Path::new("none"), &Overrides::default());
    assert!(lines(&nothing.expect_err("not there"))[0].contains("there is no `none`"));
}

/// Every path of the estate.
const PATHS: [&str; 8] = [
    "estate/components.csv",
    "estate/links.csv",
    "estate/flows.csv",
    "estate/services.csv",
    "estate/dependencies.csv",
    "estate/inventory.toml",
    "estate/common_cause.csv",
    "scenarios/q.toml",
];

/// Reads a scenario with one file replaced and renders whatever comes out.
fn survive(path: &str, bytes: Vec<u8>) {
    let texts = with(path, bytes);
    match scenario(&texts, &Overrides::default()) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                assert!(!warning.render(false, 80).is_empty());
            }
        }
        Err(faults) => {
            assert!(!faults.is_empty());
            assert!(faults.render(true, 80).contains("found"));
            assert!(faults.iter().all(|f| !f.line().contains('\n')));
        }
    }
}

/// Pieces that mean something to one of the readers.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            ",",
            "\n",
            "\r\n",
            "\r",
            "\"",
            "\"\"",
            "#",
            ";",
            "=",
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            "'",
            "\"\"\"",
            "\u{feff}",
            "\0",
            "é",
            "id",
            "kind",
            "consumer",
            "provider",
            "need",
            "app-1",
            "orders",
            "wan-1",
            "f-1",
            "100%",
            "1e999",
            "-0",
            "nan",
            "inf",
            "any",
            "all",
            "name",
            "inventory",
            "load",
            "policy",
            "kind.server",
            "1",
            "true",
            "2027-01-01",
            ".",
        ])
        .prop_map(|s| s.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_answered(
        file in 0..PATHS.len(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        survive(PATHS[file], bytes);
    }

    #[test]
    fn arbitrary_pieces_are_answered(file in 0..PATHS.len(), bytes in pieces()) {
        survive(PATHS[file], bytes);
    }

    #[test]
    fn damaged_files_are_answered(
        file in 0..PATHS.len(),
        at in any::<prop::sample::Index>(),
        cut in 0usize..12,
        bytes in pieces(),
    ) {
        let mut text = estate().0[PATHS[file]].clone();
        let start = at.index(text.len());
        let end = (start + cut).min(text.len());
        text.splice(start..end, bytes);
        survive(PATHS[file], text);
    }

    #[test]
    fn arbitrary_options_are_answered(texts in prop::collection::vec(".{0,20}", 7)) {
        let overrides = Overrides {
            down: vec![texts[0].clone()],
            derate: vec![texts[1].clone()],
            demand: vec![texts[2].clone(), format!("orders={}", texts[3])],
            load: Some(texts[4].clone()),
            elements: Some(vec![texts[5].clone()]),
            exclude: Some(vec![texts[6].clone()]),
            ..Overrides::default()
        };
        if let Err(faults) = scenario(&estate(), &overrides) {
            prop_assert!(faults.render(false, 80).contains("found"));
        }
    }
}

#[test]
fn transit_is_of_the_component_else_of_its_kind() {
    let mut texts = estate();
    let mut put = |path: &str, text: &str| {
        texts.0.insert(path.to_owned(), text.as_bytes().to_vec());
    };
    put(
        "estate/components.csv",
        "id,kind,transit\n\
         app-1,server,\napp-2,server,yes\napp-3,server,no\nrack-1,rack,\nr-1,router,\nr-2,router,no\n\
         db,database,\nh,host,\nvm,vm,\nx,hypervisor,\nst,storage,\nap,application,\nlb,load-balancer,\n",
    );
    put("estate/inventory.toml", "[kind.rack]\ntransit = false\n");
    put("estate/common_cause.csv", "group,members,beta\n");
    let loaded = sound(&texts);
    let forwards = |id: &str| {
        let system = &loaded.system;
        system.node(system.find(id).expect("is there")).is_transit()
    };
    for id in ["app-2", "r-1", "lb"] {
        assert!(forwards(id), "{id} forwards");
    }
    for id in [
        "app-1", "app-3", "rack-1", "r-2", "db", "h", "vm", "x", "st", "ap",
    ] {
        assert!(!forwards(id), "{id} does not forward");
    }
    let counted = loaded.ledger.iter().find(|a| a.what.contains("transit"));
    let counted = counted.expect("the kind's default was used");
    assert_eq!(counted.what, "transit = false for kind rack");
    assert!(counted.source.contains("inventory.toml"), "{counted:?}");
    assert_eq!(counted.count, 1);
}

#[test]
fn a_kind_of_links_has_a_default_for_each_way() {
    let links = "id,kind,a,b,capacity,capacity_back\n\
                 l-1,wan,r-1,r-2,,\nl-2,wan,r-1,r-2,10,4\nl-3,wan,r-1,r-2,,unlimited\n\
                 wan-2,lan,r-1,r-2,5,\n";
    let mut texts = with("estate/links.csv", links);
    let defaults = "[kind.wan]\ncapacity = 20\ncapacity_back = 8\n";
    texts
        .0
        .insert("estate/inventory.toml".to_owned(), defaults.into());
    let loaded = sound(&texts);
    let capacities = |id: &str| {
        let system = &loaded.system;
        system.node(system.find(id).expect("is there")).capacities()
    };
    for (id, expected) in [
        ("l-1", [20.0, 8.0]),
        ("l-2", [10.0, 4.0]),
        ("l-3", [20.0, f64::INFINITY]),
        ("wan-2", [5.0, 5.0]),
    ] {
        assert_eq!(capacities(id).map(f64::to_bits), expected.map(f64::to_bits));
    }
    let counted = |what: &str| {
        let found = loaded.ledger.iter().find(|a| a.what == what);
        found.map(|a| (a.count, a.source.contains("inventory.toml:3")))
    };
    assert_eq!(counted("capacity_back = 8 for kind wan"), Some((1, true)));
}

#[test]
fn a_kind_sits_within_domains_unless_a_row_names_its_own() {
    let within = "[kind.router]\nwithin = [\"feed-a\", \"rack-1\"]\n[kind.rack]\nwithin = \"rack-1\"\n\
                  [kind.wan]\nwithin = \"rack-2\"\n";
    let mut texts = with("estate/inventory.toml", DEFAULTS.to_owned() + within);
    let links = "id,kind,a,b\nwan-1,wan,r-1,r-2\nwan-2,lan,r-2,r-1\n";
    texts.0.insert("estate/links.csv".to_owned(), links.into());
    let loaded = sound(&texts);
    let domains = |id: &str| {
        let system = &loaded.system;
        ids(
            &loaded,
            &system.node(system.find(id).expect("is there")).within,
        )
    };
    for (id, expected) in [
        ("r-1", vec!["feed-a", "rack-1"]),
        ("rack-2", vec!["rack-1"]),
        // Nothing sits within itself.
        ("rack-1", vec![]),
        // Its own cell, and a kind of which nothing is said.
        ("app-1", vec!["rack-1"]),
        ("wan-1", vec!["rack-2"]),
        ("wan-2", vec![]),
    ] {
        assert_eq!(domains(id), expected, "{id}");
    }
    let counted = |what: &str| {
        loaded
            .ledger
            .iter()
            .find(|a| a.what == what)
            .map(|a| a.count)
    };
    assert_eq!(counted("within = feed-a;rack-1 for kind router"), Some(2));
    assert_eq!(counted("within = rack-1 for kind rack"), Some(1));
}

#[test]
fn a_link_has_a_capacity_for_each_way() {
    let links = "id,a,b,capacity,capacity_back\n\
                 l-1,r-1,r-2,10,\nl-2,r-1,r-2,10,4\nl-3,r-1,r-2,,4\nl-4,r-1,r-2,10,unlimited\n\
                 wan-2,r-1,r-2,,\n";
    let loaded = sound(&with("estate/links.csv", links));
    let capacities = |id: &str| {
        let system = &loaded.system;
        system.node(system.find(id).expect("is there")).capacities()
    };
    let no = f64::INFINITY;
    for (id, expected) in [
        ("l-1", [10.0, 10.0]),
        ("l-2", [10.0, 4.0]),
        ("l-3", [no, 4.0]),
        ("l-4", [10.0, no]),
        ("wan-2", [no, no]),
        ("app-1", [400.0, 400.0]),
    ] {
        assert_eq!(capacities(id).map(f64::to_bits), expected.map(f64::to_bits));
    }
}
