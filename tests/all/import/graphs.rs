//! Graphs of who calls, needs and is joined to whom: what is told twice, of one time after another, or of
//! something that no file has.

use super::{assert_round_trip, demands, import, key, lines, loads, source};
use brownout::input::import::{Format, Imported, Options, read_sources};
use brownout::model::{Draft, Need, Role};

fn warnings(imported: &Imported) -> Vec<String> {
    lines_of(imported.warnings.iter())
}

fn lines_of<'d>(all: impl Iterator<Item = &'d brownout::input::Diagnostic>) -> Vec<String> {
    all.map(brownout::input::Diagnostic::line).collect()
}

/// How many links there are.
fn links(draft: &Draft) -> usize {
    let is_link = |role: &Role| matches!(role, Role::Link(_));
    draft.nodes.iter().filter(|d| is_link(&d.node.role)).count()
}

/// A range of Prometheus: client, server, pod, readings.
fn range(all: &[(&str, &str, &str, &[(u32, u32)])]) -> String {
    let each = all.iter().map(|(client, server, pod, readings)| {
        let values: Vec<String> = readings
            .iter()
            .map(|(at, value)| format!("[{at},\"{value}\"]"))
            .collect();
        format!(
            r#"{{"metric":{{"__name__":"traces_service_graph_request_total","client":"{client}","server":"{server}","pod":"{pod}"}},"values":[{}]}}"#,
            values.join(",")
        )
    });
    let each: Vec<String> = each.collect();
    format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#,
        each.join(",")
    )
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12
}

fn graph(files: &[String]) -> Imported {
    let sources: Vec<_> = (0..)
        .zip(files)
        .map(|(n, f)| source(&format!("{n}.json"), f))
        .collect();
    read_sources(Format::ServiceGraph, &sources, Options::default()).expect("a graph")
}

#[test]
fn counters_that_follow_each_other_are_no_traffic_side_by_side() {
    // Three pods in turn count what one counts behind them all the time, one request a second.
    let text = range(&[
        ("user", "web", "1", &[(0, 0), (1800, 1800), (3600, 3600)]),
        ("user", "web", "2", &[(3600, 0), (5400, 1800), (7200, 3600)]),
        ("user", "web", "3", &[(7200, 0), (10_800, 3600)]),
        ("web", "db", "9", &[(0, 0), (10_800, 10_800)]),
    ]);
    let imported = graph(&[text]);
    assert!(near(demands(&imported.draft)["svc:user"], 1.0));
    assert!(near(loads(&imported.draft)[&key("web", "db")], 1.0));
    assert!(format!("{:?}", imported.report).contains("10800 s"));
}

#[test]
fn counters_that_begin_anew_or_stop_early_are_divided_by_the_same_time() {
    // db: 30 until it begins anew, then 20 and 50; cache stops after half the time.
    let text = range(&[
        ("user", "web", "1", &[(0, 100), (50, 150), (100, 200)]),
        (
            "web",
            "db",
            "1",
            &[(0, 500), (25, 530), (50, 20), (100, 70)],
        ),
        ("web", "cache", "1", &[(0, 0), (50, 50)]),
        ("web", "once", "1", &[(60, 7000)]),
    ]);
    let imported = graph(&[text]);
    assert!(near(demands(&imported.draft)["svc:user"], 1.0));
    let loads = loads(&imported.draft);
    assert!(near(loads[&key("web", "db")], 1.0), "{loads:?}");
    assert!(near(loads[&key("web", "cache")], 0.5), "{loads:?}");
    // What was read once has no rate, and is no rate of 7,000.
    assert!(near(loads[&key("web", "once")], 0.0), "{loads:?}");
    let skipped = imported
        .report
        .skipped
        .keys()
        .any(|sort| sort.contains("read once"));
    assert!(skipped, "{:?}", imported.report.skipped);
}

#[test]
fn a_graph_in_several_files_is_that_in_one() {
    let whole = range(&[
        ("user", "web", "1", &[(0, 0), (50, 100), (100, 300)]),
        ("web", "db", "1", &[(0, 0), (50, 200), (100, 600)]),
    ]);
    let first = range(&[
        ("user", "web", "1", &[(0, 0), (50, 100)]),
        ("web", "db", "1", &[(0, 0), (50, 200)]),
    ]);
    let second = range(&[
        ("user", "web", "1", &[(50, 100), (100, 300)]),
        ("web", "db", "1", &[(50, 200), (100, 600)]),
    ]);
    let expected = (demands(&graph(std::slice::from_ref(&whole)).draft), 2.0);
    for files in [
        vec![first.clone(), second.clone()],
        vec![second, first],
        vec![whole.clone(), whole],
    ] {
        let draft = graph(&files).draft;
        assert_eq!(
            (demands(&draft), loads(&draft)[&key("web", "db")]),
            expected
        );
    }
    assert!(near(expected.0["svc:user"], 3.0));
}

/// Neighbours: host and interface of each end.
fn neighbours(rows: &[[&str; 4]]) -> Imported {
    let end =
        |host: &str, name: &str| format!(r#"{{"hostname":"{host}","interfaceName":"{name}"}}"#);
    let rows: Vec<String> = rows
        .iter()
        .map(|[a, x, b, y]| format!(r#"{{"node1":{},"node2":{}}}"#, end(a, x), end(b, y)))
        .collect();
    let text = format!(r#"{{"edges":[{}]}}"#, rows.join(","));
    import(Format::Layer1, &text).expect("neighbours")
}

#[test]
fn a_cable_is_one_however_its_ends_cut_the_names_short() {
    for [x, y, short_x, short_y] in [
        [
            "TwentyFiveGigE1/1/1",
            "TenGigE0/0/0/1",
            "Twe1/1/1",
            "Te0/0/0/1",
        ],
        [
            "TwoGigabitEthernet1/0/1",
            "AppGigabitEthernet1/0/1",
            "Tw1/0/1",
            "Ap1/0/1",
        ],
        [
            "FiftyGigE0/0/0/1",
            "FourHundredGigE0/0/0/1",
            "Fi0/0/0/1",
            "FH0/0/0/1",
        ],
        ["GigabitEthernet 0/1", "Ethernet1/1", "Gig 0/1", "Eth1/1"],
        [
            "HundredGigabitEthernet1/0/1",
            "MgmtEth0/RP0/CPU0/0",
            "Hu1/0/1",
            "Mg0/RP0/CPU0/0",
        ],
    ] {
        let imported = neighbours(&[["a", short_x, "b", short_y], ["b", y, "a", x]]);
        assert_eq!(links(&imported.draft), 1, "{short_x} {short_y}");
        let told = warnings(&imported).join("\n");
        assert!(!told.contains("tell"), "{told}");
        // Two cables stay two.
        let imported = neighbours(&[
            ["a", short_x, "b", short_y],
            ["b", y, "a", x],
            ["a", "Gi9/9", "b", "Gi9/9"],
            ["b", "Gi9/9", "a", "Gi9/9"],
        ]);
        assert_eq!(links(&imported.draft), 2, "{short_x} {short_y}");
    }
}

#[test]
fn an_interface_holds_one_cable_whatever_the_other_end_is_called() {
    let imported = neighbours(&[["a", "Gi0/1", "b", "uplink"], ["b", "Gi0/2", "a", "Gi0/1"]]);
    assert_eq!(links(&imported.draft), 1);
    let told = warnings(&imported).join("\n");
    assert!(
        told.contains("taken for one") && told.contains("a:Gi0/1 – b:"),
        "{told}"
    );
}

#[test]
fn two_cables_that_one_end_each_tells_of_may_be_one_and_a_warning_says_so() {
    let imported = neighbours(&[
        ["a", "Gi0/1", "b", "uplink"],
        ["b", "Gi0/2", "a", "00:11:22"],
    ]);
    assert_eq!(links(&imported.draft), 2);
    let told = warnings(&imported).join("\n");
    assert!(
        told.contains("if they are one cable") && told.contains("a:Gi0/1 – b:uplink"),
        "{told}"
    );
    // One end tells of both, or both ends of each: nothing is open.
    for rows in [
        vec![["a", "Gi0/1", "b", "x"], ["a", "Gi0/2", "b", "y"]],
        vec![
            ["a", "Gi0/1", "b", "x"],
            ["b", "x", "a", "Gi0/1"],
            ["a", "Gi0/2", "b", "y"],
        ],
    ] {
        let imported = neighbours(&rows);
        assert_eq!(links(&imported.draft), 2);
        let told = warnings(&imported).join("\n");
        assert!(!told.contains("if they are one cable"), "{told}");
    }
}

#[test]
fn an_interface_in_several_cables_is_named_and_a_bundle_may_be() {
    let imported = neighbours(&[
        ["a", "Ethernet1", "b", "Ethernet1"],
        ["a", "Eth1", "c", "Ethernet1"],
        ["b", "Ethernet1", "c", "Ethernet1"],
        ["a", "Po1", "b", "Ethernet7"],
        ["a", "Po1", "c", "Ethernet7"],
    ]);
    let text = warnings(&imported).join("\n");
    assert!(
        text.contains("an interface holds one cable")
            && text.contains(": a:Eth1, b:Ethernet1, c:Ethernet1;"),
        "{text}"
    );
    let imported = neighbours(&[["a", "Po1", "b", "Eth7"], ["a", "Po1", "c", "Eth7"]]);
    let text = warnings(&imported).join("\n");
    assert!(!text.contains("holds one cable"), "{text}");
    // A topology that lists each link once cannot mean it.
    let lab = "name: x\ntopology:\n  nodes: {a: {kind: srl}, b: {kind: srl}, c: {kind: srl}}\n  links:\n\
               \x20   - endpoints: ['a:e1-1', 'b:e1-1']\n    - endpoints: ['a:e1-1', 'c:e1-1']\n";
    let faults = import(Format::Containerlab, lab).expect_err("one cable too many");
    let text = lines(&faults).join("\n");
    assert!(
        text.contains("these are in several links: a:e1-1"),
        "{text}"
    );
}

/// A catalog of entities, each kind, name, namespace and the lines of its `spec`.
fn catalog(entities: &[(&str, &str, &str, &str)]) -> Imported {
    let each: Vec<String> = entities
        .iter()
        .map(|(kind, name, namespace, spec)| {
            format!(
                "apiVersion: backstage.io/v1alpha1\nkind: {kind}\n\
                 metadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n"
            )
        })
        .collect();
    import(Format::Backstage, &each.join("---\n")).expect("a catalog")
}

/// What was left out: why, with the first examples.
fn skipped(imported: &Imported) -> Vec<String> {
    let all = imported.report.skipped.iter();
    all.map(|(sort, tally)| {
        let examples: Vec<&str> = tally.examples.iter().map(String::as_str).collect();
        format!("{sort}: {}", examples.join(", "))
    })
    .collect()
}

#[test]
fn every_reference_of_a_catalog_that_leads_nowhere_is_told() {
    let imported = catalog(&[
        ("System", "shop", "default", "owner: a"),
        ("System", "bare", "default", "owner: a"),
        (
            "Component",
            "web",
            "default",
            "system: shop, dependsOn: ['api:nobody', 'system:shop', 'resource:nope'], \
             consumesApis: [nowhere], subcomponentOf: whole",
        ),
        (
            "Component",
            "tool",
            "default",
            "system: lost, providesApis: [unused]",
        ),
        (
            "Resource",
            "pg",
            "default",
            "type: database, dependencyOf: ['component:webb']",
        ),
        (
            "Resource",
            "pg2",
            "db",
            "type: database, dependencyOf: ['component:web']",
        ),
        ("API", "alone", "default", "type: openapi"),
    ]);
    assert_eq!(
        skipped(&imported),
        [
            "API: no file says who provides it: alone",
            "System: no Component is of it: bare",
            "consumesApis: no file says who provides it: web → nowhere",
            "dependencyOf: what it names is in no file: webb → pg",
            "dependencyOf: what it names is in no file, only one of that name in another namespace: \
             db/web → db/pg2",
            "dependsOn: it names no Component, Resource or API: web → shop",
            "dependsOn: no file says who provides it: web → nobody",
            "dependsOn: what it names is in no file: web → nope",
            "providesApis: the API is in no file, and nothing needs it: tool → unused",
            "subcomponentOf: what it names is in no file: whole → web",
        ]
    );
    let derived: Vec<&String> = imported.report.derived.keys().collect();
    assert!(
        derived.iter().any(|rule| rule.contains("no file has")),
        "{derived:?}"
    );
}

#[test]
fn a_reference_is_in_the_namespace_of_what_states_it_and_a_whole_needs_its_parts() {
    let imported = catalog(&[
        ("System", "s", "x", "owner: a"),
        ("System", "s", "y", "owner: a"),
        ("Component", "web", "x", "system: s, consumesApis: [orders]"),
        (
            "Component",
            "orders",
            "x",
            "system: s, providesApis: [orders]",
        ),
        ("Component", "cart", "x", "subcomponentOf: web"),
        ("Component", "job", "y", "system: s, dependsOn: ['x/cart']"),
        (
            "Resource",
            "db",
            "x",
            "type: database, dependencyOf: [orders, 'component:y/job']",
        ),
    ]);
    let loads = loads(&imported.draft);
    for (consumer, provider) in [
        ("web", "orders"),
        ("web", "cart"),
        ("job", "cart"),
        ("orders", "db"),
        ("job", "db"),
        ("svc:system:x/s", "web"),
        ("svc:system:y/s", "job"),
    ] {
        assert!(
            loads.contains_key(&key(consumer, provider)),
            "{consumer} {provider}"
        );
    }
    assert_eq!(loads.len(), 7, "{loads:?}");
    assert_eq!(skipped(&imported), Vec::<String>::new());
    assert_round_trip(&imported.draft);
}

#[test]
fn what_the_catalog_writes_as_relations_is_read_like_what_entities_state() {
    let text = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: web}\n\
                spec: {dependsOn: ['resource:db']}\nrelations:\n\
                - {type: dependsOn, targetRef: 'resource:default/db'}\n\
                - {type: hasPart, targetRef: 'component:default/cart'}\n\
                - {type: partOf, targetRef: 'system:default/shop'}\n\
                - {type: ownedBy, targetRef: 'group:default/a'}\n---\n\
                apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\n---\n\
                apiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: db}\n";
    let imported = import(Format::Backstage, text).expect("a catalog");
    let loads = loads(&imported.draft);
    let all: Vec<_> = loads.keys().cloned().collect();
    let expected = [key("svc:shop", "web"), key("web", "cart"), key("web", "db")];
    assert_eq!(all, expected);
}

#[test]
fn a_system_needs_each_of_its_components_whoever_else_needs_them() {
    let imported = catalog(&[
        ("System", "shop", "default", "owner: a"),
        (
            "Component",
            "web",
            "default",
            "system: shop, dependsOn: ['component:cart']",
        ),
        ("Component", "cart", "default", "system: shop"),
        ("Component", "orders", "default", "system: shop"),
        (
            "Component",
            "a",
            "default",
            "system: shop, dependsOn: ['component:b']",
        ),
        (
            "Component",
            "b",
            "default",
            "system: shop, dependsOn: ['component:a']",
        ),
        (
            "Component",
            "crm",
            "default",
            "system: sales, dependsOn: ['component:orders']",
        ),
        ("Component", "x", "default", "dependsOn: ['component:y']"),
        (
            "Component",
            "y",
            "default",
            "dependsOn: ['component:x', 'component:web']",
        ),
    ]);
    let of_services: Vec<_> = loads(&imported.draft).into_keys().collect();
    let mut of_services: Vec<_> = of_services
        .iter()
        .filter_map(|(from, to)| Some((from.strip_prefix("svc:")?, to.as_str())))
        .collect();
    of_services.sort_unstable();
    // cart is needed by web; a and b need each other, and so do x and y.
    let expected = [
        ("sales", "crm"),
        ("shop", "a"),
        ("shop", "orders"),
        ("shop", "web"),
        ("x", "x"),
    ];
    assert_eq!(of_services, expected);
    assert_round_trip(&imported.draft);
}

#[test]
fn an_entity_that_is_stated_twice_needs_what_either_names() {
    let db = ("Resource", "db", "default", "type: database");
    let cache = ("Resource", "cache", "default", "type: cache");
    let first = (
        "Component",
        "orders",
        "default",
        "dependsOn: ['resource:db']",
    );
    let second = (
        "Component",
        "orders",
        "default",
        "dependsOn: ['resource:cache']",
    );
    let imported = catalog(&[db, cache, first, second]);
    let loads = loads(&imported.draft);
    assert!(
        loads.contains_key(&key("orders", "db")) && loads.contains_key(&key("orders", "cache"))
    );
    let text = warnings(&imported).join("\n");
    assert!(
        text.contains("stated twice")
            && text.contains("orders (file, document 3; file, document 4)"),
        "{text}"
    );
    assert_eq!(
        warnings(&catalog(&[db, first, first])),
        Vec::<String>::new()
    );
}

#[test]
fn what_a_location_names_and_is_not_among_the_files_is_named() {
    let location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\n\
                    spec: {target: ./sub/a.yaml, targets: ['./gone.yaml', 'https://u:SECRET@x.org/c.yaml']}\n---\n\
                    apiVersion: acme.io/v1\nkind: Cluster\nmetadata: {name: k8s}\n";
    let part = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: web}\n";
    let sources = [source("c/all.yaml", location), source("c/sub/a.yaml", part)];
    let imported =
        read_sources(Format::Backstage, &sources, Options::default()).expect("a catalog");
    let text = warnings(&imported).join("\n");
    assert!(
        text.contains("is missing: ./gone.yaml, https://x.org/c.yaml;"),
        "{text}"
    );
    assert_eq!(
        skipped(&imported),
        [
            "Location: its targets are read where they are among the files: all",
            "an entity: not of the catalog, or without a name: c/all.yaml, document 2: Cluster k8s",
        ]
    );
}

#[test]
fn two_rules_of_one_name_and_a_process_without_a_rule_are_faults() {
    let text =
        "web = h1;a & h2;a\nweb = h1;a\ndisplay 1;web;W\ndisplay 1;nothere;N\ndisplay 0;hidden;H\n";
    let faults = import(Format::Icinga, text).expect_err("faults");
    let found = lines(&faults);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("file:2:1: there is another rule of `web`"),
        "{found:?}"
    );
    assert!(
        found[1].starts_with("file:4:1: `nothere` is shown and has no rule"),
        "{found:?}"
    );
    // The same rule again says nothing else.
    let text = "web = h1;a & h2;a\nweb = h1;a & h2;a\ndisplay 1;web;W\n";
    assert_eq!(
        demands(&import(Format::Icinga, text).expect("rules").draft).len(),
        1
    );
}

#[test]
fn of_a_rule_that_degrades_no_loss_takes_the_process_down() {
    let text = "### Business Process Config File ###\ntop = web1;http % log1;disk % db1;Hoststatus\n\
                shop = top & web1;http\ndisplay 1;shop;Shop\n";
    let imported = import(Format::Icinga, text).expect("rules");
    let nodes = &imported.draft.nodes;
    let of = |id: &str| -> Vec<(String, Need)> {
        let own = imported.draft.requirements.iter();
        let own = own.filter(|r| &*nodes[r.consumer as usize].node.id == id);
        own.flat_map(|r| r.providers.iter().map(move |p| (p.node, r.need)))
            .map(|(v, need)| (nodes[v as usize].node.id.to_string(), need))
            .collect()
    };
    let soft = ["web1/http", "log1/disk", "db1"].map(|id| (id.to_owned(), Need::AtLeast(0)));
    assert_eq!(of("top"), soft);
    let hard: Vec<Need> = of("shop").into_iter().map(|(_, need)| need).collect();
    assert_eq!(hard, [Need::All, Need::All]);
    let told = warnings(&imported).join("\n");
    assert!(
        told.contains("at most degraded") && told.contains(": top"),
        "{told}"
    );
    let mapped = imported
        .report
        .mapped
        .keys()
        .any(|sort| sort.contains("does not stop"));
    assert!(mapped, "{:?}", imported.report.mapped);
    assert_round_trip(&imported.draft);
    // A rule that cannot be read says what may be written.
    let faults = import(Format::Icinga, &text.replace("% log1", "! log1")).expect_err("faults");
    assert!(lines(&faults)[0].contains("any loss only degrades"));
}
