//! Meshes as Kiali and service graphs see them: who is who, and what was counted in what.

use super::{assert_round_trip, demands, import, key, lines, loads, source};
use brownout::input::Diagnostic;
use brownout::input::import::{Format, Imported, Options, read_sources};
use brownout::model::Draft;

/// A graph of Kiali. Of a node: its id, its type, its cluster, its name; of an edge: both ends, protocol, rate.
fn graph(of: &str, nodes: &[[&str; 4]], edges: &[[&str; 4]]) -> String {
    let nodes = nodes.iter().map(|[id, sort, cluster, name]| {
        let names = match *sort {
            "service" => format!(r#""service":"{name}","app":"{name}""#),
            "unknown" => r#""workload":"unknown","app":"unknown""#.to_owned(),
            _ => {
                let (app, version) = name.split_once('-').unwrap_or((*name, ""));
                format!(r#""workload":"{name}","app":"{app}","version":"{version}""#)
            }
        };
        format!(r#"{{"data":{{"id":"{id}","nodeType":"{sort}","cluster":"{cluster}","namespace":"shop",{names}}}}}"#)
    });
    let edges = edges.iter().map(|[from, to, protocol, rate]| {
        let traffic = match *protocol {
            "" => "{}".to_owned(),
            _ => format!(r#"{{"protocol":"{protocol}","rates":{{"{protocol}":"{rate}"}}}}"#),
        };
        format!(r#"{{"data":{{"source":"{from}","target":"{to}","traffic":{traffic}}}}}"#)
    });
    let (nodes, edges): (Vec<_>, Vec<_>) = (nodes.collect(), edges.collect());
    format!(
        r#"{{"graphType":"{of}","elements":{{"nodes":[{}],"edges":[{}]}}}}"#,
        nodes.join(","),
        edges.join(",")
    )
}

fn kiali(of: &str, nodes: &[[&str; 4]], edges: &[[&str; 4]]) -> Imported {
    import(Format::Kiali, &graph(of, nodes, edges)).expect("a graph")
}

fn said(imported: &Imported) -> String {
    let all: Vec<String> = imported.warnings.iter().map(Diagnostic::line).collect();
    all.join("\n")
}

/// `consumer → provider load` of each need, in order, without the services.
fn needs(draft: &Draft) -> Vec<String> {
    let all = loads(draft).into_iter();
    let all = all.filter(|((from, _), _)| !from.starts_with("svc:"));
    all.map(|((from, to), load)| format!("{from} → {to} {load:.3}"))
        .collect()
}

const SOURCE: [&str; 4] = ["u", "unknown", "unknown", "unknown"];

#[test]
fn a_service_is_no_workload_of_its_name() {
    let nodes = [
        SOURCE,
        ["w", "workload", "east", "web"],
        ["s", "service", "east", "orders"],
        ["o", "workload", "east", "orders"],
        ["d", "workload", "east", "db"],
        ["x", "service", "unknown", "unknown"],
    ];
    // Of 10 requests 6 go to orders, of these 4 to the database; a call to nobody known changes nothing.
    let edges = [
        ["u", "w", "http", "10"],
        ["w", "s", "http", "6"],
        ["s", "o", "http", "6"],
        ["o", "d", "http", "4"],
        ["o", "x", "http", "1"],
        ["s", "x", "http", "1"],
    ];
    let imported = kiali("workload", &nodes, &edges);
    let expected = [
        "shop/orders → shop/db 0.667",
        "shop/web → shop/orders 0.600",
    ];
    assert_eq!(needs(&imported.draft), expected);
    assert_eq!(imported.draft.nodes.len(), 4);
    assert_round_trip(&imported.draft);
    // Where the Service passes on nothing, nobody knows what is behind it: it stands for itself.
    let imported = kiali("workload", &nodes, &[edges[0], edges[1], edges[3]]);
    let expected = [
        "shop/orders → shop/db 1.000",
        "shop/web → service:shop/orders 0.600",
    ];
    assert_eq!(needs(&imported.draft), expected);
    assert!(
        imported
            .report
            .ids
            .iter()
            .any(|(_, id, _)| id == "service:shop/orders")
    );
}

#[test]
fn in_a_graph_of_services_each_calls_others() {
    let nodes = [
        SOURCE,
        ["a", "service", "east", "page"],
        ["b", "service", "east", "reviews"],
        ["c", "service", "east", "ratings"],
        ["d", "service", "east", "details"],
        ["x", "service", "unknown", "unknown"],
    ];
    let edges = [
        ["u", "a", "http", "10"],
        ["a", "b", "http", "20"],
        ["b", "c", "grpc", "10"],
        ["a", "d", "http", "5"],
        ["b", "x", "http", "3"],
    ];
    let expected = [
        "shop/page → shop/details 0.500",
        "shop/page → shop/reviews 2.000",
        "shop/reviews → shop/ratings 0.500",
    ];
    for of in ["service", "workload"] {
        let imported = kiali(of, &nodes, &edges);
        assert_eq!(needs(&imported.draft), expected, "{of}");
        assert_eq!(
            demands(&imported.draft),
            [("svc:unknown".to_owned(), 10.0)].into()
        );
    }
    let texts = ["service", "workload"].map(|of| source(of, &graph(of, &nodes, &edges)));
    let faults = read_sources(Format::Kiali, &texts, Options::default()).expect_err("two types");
    assert!(lines(&faults)[0].contains("under several names"));
}

#[test]
fn workloads_of_one_name_in_two_clusters_are_two() {
    let nodes = [
        SOURCE,
        ["w", "app", "east", "web-v1"],
        ["e", "app", "east", "orders-v1"],
        ["o", "app", "west", "orders-v1"],
        ["d", "app", "", "db-v1"],
        ["d2", "app", "west", "db-v1"],
    ];
    let edges = [
        ["u", "w", "http", "10"],
        ["w", "e", "http", "6"],
        ["w", "o", "http", "4"],
        ["o", "d", "http", "2"],
        ["o", "d2", "http", "6"],
    ];
    let imported = kiali("versionedApp", &nodes, &edges);
    // Each of the group carries its part of all ten; db is in the only cluster that is known of it.
    let expected = [
        "shop/web-v1 → east/shop/orders-v1 1.000",
        "shop/web-v1 → west/shop/orders-v1 1.000",
        "west/shop/orders-v1 → shop/db-v1 2.000",
    ];
    assert_eq!(needs(&imported.draft), expected);
    let group = imported
        .draft
        .requirements
        .iter()
        .find(|r| r.providers.len() == 2);
    let weights: Vec<f64> = group
        .expect("a group")
        .providers
        .iter()
        .filter_map(|p| p.weight)
        .collect();
    assert!((weights[0] - 0.6).abs() < 1e-12 && (weights[1] - 0.4).abs() < 1e-12);
}

#[test]
fn a_service_that_passes_on_in_another_protocol_loses_nobody() {
    let nodes = [
        SOURCE,
        ["s", "service", "east", "orders"],
        ["a", "workload", "east", "orders-v1"],
        ["b", "workload", "east", "orders-v2"],
    ];
    let edges = [
        ["u", "s", "http", "8"],
        ["s", "a", "grpc", "6"],
        ["s", "b", "grpc", "2"],
    ];
    let draft = kiali("workload", &nodes, &edges).draft;
    let group = &draft.requirements[0].providers;
    let parts: Vec<(f64, Option<f64>)> = group.iter().map(|p| (p.load, p.weight)).collect();
    assert_eq!(parts, [(1.0, Some(0.5)), (1.0, Some(0.5))]);
}

#[test]
fn who_calls_without_traffic_just_then_needs_whom_it_calls() {
    let nodes = [
        SOURCE,
        ["a", "workload", "east", "web-v1"],
        ["b", "workload", "east", "web-v2"],
        ["o", "workload", "east", "orders-v1"],
        ["p", "workload", "east", "orders-v2"],
    ];
    let edges = [
        ["u", "a", "http", "10"],
        ["u", "b", "http", "1"],
        ["a", "o", "http", "10"],
        ["b", "o", "", ""],
        ["a", "p", "", ""],
    ];
    let imported = kiali("workload", &nodes, &edges);
    // The second version of orders gets nothing from web-v1: it is no stand-in for the first.
    let expected = [
        "shop/web-v1 → shop/orders-v1 1.000",
        "shop/web-v2 → shop/orders-v1 0.000",
    ];
    assert_eq!(needs(&imported.draft), expected);
    let skipped = imported.report.skipped.iter();
    let skipped = skipped.filter(|(why, _)| why.contains("beside another one"));
    assert_eq!(skipped.map(|(_, tally)| tally.count).sum::<u64>(), 1);
}

#[test]
fn bytes_to_what_is_counted_in_requests_are_said() {
    let nodes = [
        SOURCE,
        ["w", "workload", "east", "web"],
        ["p", "workload", "east", "scraper"],
        ["d", "workload", "east", "db"],
    ];
    let edges = [
        ["u", "w", "http", "10"],
        ["w", "d", "tcp", "5000"],
        ["p", "d", "http", "0.05"],
    ];
    let imported = kiali("workload", &nodes, &edges);
    let unit = |imported: &Imported| {
        let db = imported
            .draft
            .nodes
            .iter()
            .find(|d| &*d.node.id == "shop/db");
        db.and_then(|d| d.node.unit.clone())
            .expect("a unit")
            .to_string()
    };
    assert_eq!(unit(&imported), "requests/s");
    let text = said(&imported);
    assert!(
        text.contains("bytes to a part that gets requests/s")
            && text.contains("shop/web → shop/db (5000 bytes/s)"),
        "{text}"
    );
    // What sends requests itself and only gets bytes carries these: 500 for each request.
    let turned = [edges[0], edges[1], ["d", "p", "http", "0.05"]];
    let imported = kiali("workload", &nodes, &turned);
    assert_eq!(unit(&imported), "bytes/s");
    let expected = ["shop/db → shop/scraper 0.000", "shop/web → shop/db 500.000"];
    assert_eq!(needs(&imported.draft), expected);
    assert!(!said(&imported).contains("bytes"));
}

/// An answer of Prometheus to a query that computes something: the readings of two clients.
fn computed(readings: [&str; 2]) -> String {
    let [first, second] = readings.map(|all| {
        let points = (0..).step_by(60).zip(all.split(' '));
        let points: Vec<String> = points.map(|(at, x)| format!("[{at},\"{x}\"]")).collect();
        points.join(",")
    });
    format!(
        r#"{{"data":{{"result":[{{"metric":{{"client":"user","server":"web"}},"values":[{first}]}},
           {{"metric":{{"client":"web","server":"db"}},"values":[{second}]}}]}}}}"#
    )
}

#[test]
fn rates_are_no_counters() {
    for readings in [
        ["12.5", "25"],
        ["10 30 20", "1 2 3.5"],
        ["100 300 250 100", "1 2 3 4"],
    ] {
        let faults = import(Format::ServiceGraph, &computed(readings)).expect_err("no counters");
        let text = lines(&faults).join("\n");
        assert!(
            text.contains("are no counter but what a query made of one")
                && text.contains("without `rate`"),
            "{text}"
        );
    }
    // What may be a sum of counters is read as such, and what else it may be is said.
    let imported = import(Format::ServiceGraph, &computed(["0 60 120", "0 30 60"])).expect("sums");
    assert!((demands(&imported.draft)["svc:user"] - 1.0).abs() < 1e-12);
    assert!((loads(&imported.draft)[&key("web", "db")] - 0.5).abs() < 1e-12);
    assert!(said(&imported).contains("if they are rates, demand is far too small"));
}
