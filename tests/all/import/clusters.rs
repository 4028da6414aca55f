//! Clusters of machines and of pods, catalogs and meshes: what real exports become, and what is wrong with
//! others.

use super::sources::{brownout, imported, root};
use super::{demands, lines, loads, source};
use brownout::input::Faults;
use brownout::input::import::{Format, Imported, Options, read, read_sources};
use brownout::model::{Draft, Role};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn import(format: Format, path: &str, text: &str) -> Result<Imported, Faults> {
    read_sources(format, &[source(path, text)], Options::default())
}

fn shared(path: &str) -> PathBuf {
    root().join("../shared/data/inventory").join(path)
}

fn large(format: Format, path: &str) -> Imported {
    read(format, &[shared(path)], Options::default()).expect("an export")
}

fn of_kind(draft: &Draft, kind: &str) -> usize {
    draft.nodes.iter().filter(|d| &*d.node.kind == kind).count()
}

fn said(imported: &Imported) -> String {
    format!("{:?}", imported.report)
}

/// Amounts of the instances whose hosts a selector names.
fn placed(imported: &Imported, hosts: &str) -> f64 {
    let rows = imported.placements.rows.iter();
    let of_it = rows.filter(|r| format!("{:?}", r.hosts).contains(hosts));
    of_it.map(|r| r.amounts["/memory"]).sum()
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_real_export_of_rvtools_is_read_whole() {
    let imported = large(Format::Rvtools, "rvtools/SizingWorkshop-RVTools.xlsx");
    let draft = &imported.draft;
    assert_eq!(of_kind(draft, "hypervisor"), 34);
    assert_eq!(of_kind(draft, "vm"), 763);
    assert_eq!(imported.placements.rows.len(), 763);
    let demands = demands(draft);
    assert_eq!(demands.len(), 4);
    // Sums over the sheet, made by a spreadsheet.
    assert!((demands["cluster1"] - 1_224_168.0).abs() < 1e-6);
    assert!((demands["cluster2"] - 8_503_148.0).abs() < 1e-6);
    assert!((placed(&imported, "cluster=cluster1") - 1_224_168.0).abs() < 1e-6);
    let memory = |id: &str| {
        let node = draft
            .nodes
            .iter()
            .find(|d| &*d.node.id == id)
            .expect("a resource");
        node.node.capacity.expect("a capacity")
    };
    let left: f64 = ["vmsp-01", "vmsp-02", "vmsp-03", "vmsp-04"]
        .iter()
        .map(|host| memory(&format!("{host}/memory")))
        .sum();
    assert!((left / demands["cluster1"] - 0.8564).abs() < 5e-5);
    assert!(said(&imported).contains("at most 85.64 % of the memory that runs has a place"));
    let warnings = format!("{:?}", imported.warnings);
    assert!(warnings.contains("713 of 763 machines"), "{warnings}");
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_export_of_another_version_leaves_out_what_says_no_memory() {
    let imported = large(Format::Rvtools, "rvtools/kubev2v-example1.xlsx");
    assert_eq!(of_kind(&imported.draft, "hypervisor"), 7);
    assert_eq!(imported.placements.rows.len(), 2);
    assert!(said(&imported).contains("powered on, but no memory is stated"));
    assert!((demands(&imported.draft)["cluster"] - 37_847.0).abs() < 1e-6);
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_real_dump_of_kubernetes_is_read_whole() {
    let imported = large(Format::Kubernetes, "kubernetes/boutique-2zone-dump.json");
    let draft = &imported.draft;
    assert_eq!((of_kind(draft, "node"), of_kind(draft, "zone")), (6, 2));
    assert_eq!(
        (of_kind(draft, "pod"), of_kind(draft, "deployment")),
        (20, 12)
    );
    assert_eq!(imported.placements.rows.len(), 20);
    // Workers only: the others are tainted.
    assert!(
        imported
            .placements
            .rows
            .iter()
            .all(|r| !format!("{:?}", r.hosts).contains("132-92"))
    );
    let calls = loads(draft);
    let calls = calls.iter().filter(|((from, to), load)| {
        let workload = |id: &str| !id.contains("5c9d8f7b6");
        **load <= 0.0
            && workload(from)
            && workload(to)
            && to != "control-plane"
            && from != "control-plane"
    });
    assert_eq!(
        calls.count(),
        16,
        "addresses in the environment that name a Service"
    );
    assert_eq!(imported.scenarios.len(), 2);
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_lists_of_nodes_are_read_whatever_they_say_of_themselves() {
    // Neither the list nor its items say what they are.
    let imported = large(
        Format::Kubernetes,
        "kubernetes/insights-operator-nodes.json",
    );
    assert_eq!(of_kind(&imported.draft, "node"), 6);
    let imported = large(
        Format::Kubernetes,
        "kubernetes/openb_node_list_gpu_node.yaml",
    );
    assert_eq!(of_kind(&imported.draft, "node"), 1_213);
    let imported = large(Format::Kubernetes, "kubernetes/troubleshoot-nodes.json");
    assert_eq!(of_kind(&imported.draft, "zone"), 0);
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_demo_of_compose_keeps_each_of_its_needs() {
    let imported = large(Format::Compose, "compose/otel-demo-compose.yaml");
    assert_eq!(of_kind(&imported.draft, "application"), 20);
    let services = demands(&imported.draft);
    assert_eq!(services.keys().collect::<Vec<_>>(), ["svc:frontend-proxy"]);
    assert_eq!(imported.draft.requirements.len(), 46 + services.len());
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_set_of_real_files_is_recognised() {
    for (format, paths) in [
        (
            Format::Kubernetes,
            &[
                "kubernetes/popeye-apps-dp-1.yaml",
                "online-boutique-kubernetes.yaml",
            ][..],
        ),
        (
            Format::Terraform,
            &[
                "terraform/infracost-v0.14-show.json",
                "terraform/infracost-v0.14-plan.json",
                "terraform/inframap-version_3_state.json",
                "terraform/inframap-openstack_state_lb.json",
                "terraform/inframap-azure.tfstate",
                "terraform/inframap-google_state.json",
                "terraform/driftctl-aws_lb_listener.tfstate",
                "terraform/driftctl-google_sql_database_instance.tfstate",
            ],
        ),
        (Format::Aws, &["aws"]),
        (
            Format::Kiali,
            &[
                "kiali/test_ambient_graph.json",
                "kiali/test_service_graph.json",
                "kiali/test_versioned_app_graph.json",
            ],
        ),
        (Format::Backstage, &["backstage"]),
        (
            Format::Compose,
            &["compose/awesome-nginx-golang-mysql.yaml"],
        ),
        (Format::Layer1, &["l1topology"]),
        (Format::Containerlab, &["containerlab/clos02.clab.yml"]),
    ] {
        for path in paths {
            let path = shared(path);
            let (_, said) = imported(&[&path.to_string_lossy()]);
            assert!(
                said.contains(&format!("Read as {}", format.title())),
                "{}: {said}",
                path.display()
            );
        }
    }
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_list_of_neighbours_holds_each_cable_once() {
    let imported = large(
        Format::Layer1,
        "l1topology/batfish-example_layer1_topology.json",
    );
    let links = imported
        .draft
        .nodes
        .iter()
        .filter(|d| matches!(d.node.role, Role::Link(_)));
    // 40 rows tell 20 cables from both ends; one of them is a loop.
    assert_eq!(links.count(), 19);
}

/// Nine levels of nine aliases each.
fn bomb(key: &str) -> String {
    let mut text = String::from("a0: &a0 [x]\n");
    for n in 1..10 {
        let names = vec![format!("*a{}", n - 1); 9].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{names}]\n"));
    }
    text + key
}

#[test]
fn what_is_hostile_is_refused_quickly_and_says_no_secret() {
    let deep = "[".repeat(100_000);
    let cases: Vec<(Format, String)> = vec![
        (Format::Kubernetes, bomb("apiVersion: v1\nkind: List\nitems: *a9\n")),
        (Format::Compose, bomb("services: *a9\n")),
        (Format::Backstage, bomb("apiVersion: backstage.io/v1\nkind: *a9\n")),
        (Format::Containerlab, bomb("name: x\ntopology: *a9\n")),
        (Format::Kubernetes, deep.clone()),
        (Format::Terraform, deep),
        (Format::Kubernetes, r#"{"kind": "Pod", "metadata": {"name": "a"}, "spec": {"priority": "SECRET"}}"#.to_owned()),
        (Format::Kubernetes, "kind: Pod\nmetadata: {name: a}\nspec: {containers: SECRET}\n".to_owned()),
        (Format::Kubernetes, "kind: Pod\nmetadata: SECRET: SECRET\n".to_owned()),
        (Format::Kubernetes, r#"{"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"env": [{"name": "A", "value": ["SECRET"]}]}]}}"#.to_owned()),
        (Format::Kubernetes, r#"{"kind": "NodeList", "items": {"a": "SECRET"}}"#.to_owned()),
        (Format::Kubernetes, r#"{"Items": [{"Spec": "SECRET"}]}"#.to_owned()),
        (Format::Compose, "services:\n  web: {environment: {A: SECRET}, scale: SECRET}\n".to_owned()),
        (Format::Compose, "services:\n  web: {depends_on: [db]}\n".to_owned()),
        (Format::Terraform, r#"{"version": 4, "resources": [{"type": "aws_instance", "instances": "SECRET"}]}"#.to_owned()),
        (Format::Aws, "{\"Reservations\": [SECRET]}".to_owned()),
        (Format::Kiali, r#"{"graphType": "app", "elements": {"edges": [{"data": "SECRET"}]}}"#.to_owned()),
        (Format::ServiceGraph, "traces_service_graph_request_total{client=\"a\",server=\"b\"} SECRET\n".to_owned()),
        (Format::Backstage, "apiVersion: backstage.io/v1\nkind: Component\nmetadata: {name: [SECRET]}\n".to_owned()),
        (Format::Icinga, "a = !b;c\n".to_owned()),
        (Format::Icinga, "a = 3 of: b;c + d;e\n".to_owned()),
        (Format::Icinga, "a = b;c & d;e | f;g\n".to_owned()),
        (Format::Rvtools, "VM,Powerstate\na,SECRET\n".to_owned()),
        (Format::Rvtools, String::new()),
    ];
    for (format, text) in cases {
        let begun = Instant::now();
        let faults =
            import(format, "vInfo", &text).expect_err(&text.chars().take(60).collect::<String>());
        let took = begun.elapsed();
        let word = format.word();
        assert!(took < Duration::from_secs(20), "{word}: {took:?}");
        for fault in faults.iter() {
            let shown = fault.line() + &fault.render(false, 100);
            assert!(!shown.contains("SECRET"), "{word}: {shown}");
        }
    }
}

#[test]
fn what_is_no_object_is_a_fault_at_its_place() {
    let text = "{\"kind\": \"List\", \"items\": [null,\n  1, {\"kind\": \"Pod\"}]}";
    let faults = import(Format::Kubernetes, "items.json", text).expect_err("two faults");
    let says =
        "an object cannot be read: a value of another sort stands where an object is expected";
    let lines = lines(&faults);
    let starts =
        |line: &String, place: &str| line.starts_with(&format!("items.json:{place}: {says};"));
    assert!(
        starts(&lines[0], "1:28") && starts(&lines[1], "2:3"),
        "{lines:?}"
    );
}

#[test]
fn what_stops_being_yaml_is_called_that_whatever_it_is() {
    let twice = "services:\n  web: {image: x}\n  web: {image: y}\n";
    let cut = "apiVersion: v1\nitems:\n- kind: Node\n  metadata:\n    name  - x: y\n   spec: {}\n";
    let says = "`a.yaml` stops being YAML at line 3: a key stands twice in one map; mend it there";
    let faults = Format::recognise(&[source("a.yaml", twice)]);
    let found = lines(&faults.expect_err("no YAML"));
    assert!(found[0].starts_with(says), "{found:?}");
    // Known by how it begins, and refused when it is read.
    let faults = import(Format::Kubernetes, "a.yaml", cut);
    let found = lines(&faults.expect_err("no YAML"));
    assert!(
        found[0].starts_with("`a.yaml` stops being YAML at line 6"),
        "{found:?}"
    );
}

#[test]
fn a_list_in_parts_is_told_loudly() {
    let text = r#"{"apiVersion": "v1", "kind": "NodeList", "metadata": {"continue": "abc", "remainingItemCount": 7},
        "items": [{"metadata": {"name": "n1"}, "status": {"allocatable": {"cpu": "1"}}}]}"#;
    let imported = import(Format::Kubernetes, "nodes.json", text).expect("nodes");
    let said: Vec<String> = imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect();
    assert!(said[0].contains("there are 7 more objects"), "{said:?}");
    assert_eq!(of_kind(&imported.draft, "node"), 1);
}

/// Of two readings of one object the later one counts, in whatever order the files come.
#[test]
fn the_later_reading_of_an_object_counts() {
    let pod = |version: u32, phase: &str| {
        let text = format!(
            r#"{{"kind": "Pod", "metadata": {{"name": "a", "namespace": "s", "resourceVersion": "{version}"}},
                "spec": {{"nodeName": "n1"}}, "status": {{"phase": "{phase}"}}}}"#
        );
        source("pod.json", &text)
    };
    let node = source("n.json", r#"{"kind": "Node", "metadata": {"name": "n1"}}"#);
    for files in [
        [pod(9, "Running"), pod(10, "Succeeded"), Arc::clone(&node)],
        [pod(10, "Succeeded"), pod(9, "Running"), Arc::clone(&node)],
    ] {
        let imported =
            read_sources(Format::Kubernetes, &files, Options::default()).expect("a node");
        assert_eq!(of_kind(&imported.draft, "pod"), 0);
    }
}

/// What each node has is what is left beside what is not imported.
#[test]
fn what_the_platform_takes_is_taken_off_its_node() {
    let path = root().join("docs/imports/kubernetes/dump.json");
    let imported = read(Format::Kubernetes, &[path], Options::default()).expect("a cluster");
    let node = |id: &str| {
        let found = imported
            .draft
            .nodes
            .iter()
            .find(|d| &*d.node.id == id)
            .expect("a resource");
        found.node.capacity.expect("a capacity")
    };
    assert!((node("worker-a1/cpu") - 3.5).abs() < 1e-12);
    assert!((node("worker-a1/memory") - (8.0 * 1024.0 - 256.0)).abs() < 1e-9);
    assert!((node("worker-a1/pods") - 109.0).abs() < 1e-12);
    assert!(
        (node("cp-a/cpu") - 4.0).abs() < 1e-12,
        "the agent runs on workers only"
    );
    let row = |id: &str| {
        let found = imported.placements.rows.iter().find(|r| r.instance == id);
        format!("{:?}", found.expect("an instance"))
    };
    let redis = row("shop/redis-0");
    assert!(
        redis.contains("worker-a2") && !redis.contains("worker-b1"),
        "its volume is in one zone: {redis}"
    );
    assert!(row("shop/cart-7d9f8b6c5-aaaaa").contains("deployment/shop/cart"));
    let calls = loads(&imported.draft);
    let call = |from: &str, to: &str| calls.contains_key(&(from.to_owned(), to.to_owned()));
    assert!(
        call("shop/web", "shop/checkout")
            && call("shop/cart", "shop/redis")
            && call("shop/checkout", "shop/payment")
    );
}

/// Twenty thousand pods of four hundred workloads on five hundred nodes.
fn many_pods() -> String {
    let mut items = Vec::new();
    for n in 0..500 {
        items.push(format!(
            r#"{{"kind":"Node","metadata":{{"name":"n{n}","labels":{{"topology.kubernetes.io/zone":"z{}"}}}},"status":{{"allocatable":{{"cpu":"16","memory":"64Gi","pods":"110"}}}}}}"#,
            n % 3
        ));
    }
    for w in 0..400 {
        items.push(format!(
            r#"{{"kind":"Deployment","metadata":{{"name":"w{w}","namespace":"s"}},"spec":{{"replicas":50,"template":{{"metadata":{{"labels":{{"app":"w{w}"}}}},"spec":{{"containers":[{{"env":[{{"name":"NEXT","value":"w{}:80"}}]}}]}}}}}}}}"#,
            (w + 1) % 400
        ));
        items.push(format!(
            r#"{{"kind":"Service","metadata":{{"name":"w{w}","namespace":"s"}},"spec":{{"type":"{}","selector":{{"app":"w{w}"}}}}}}"#,
            if w % 40 == 0 { "LoadBalancer" } else { "ClusterIP" }
        ));
        for p in 0..50 {
            items.push(format!(
                r#"{{"kind":"Pod","metadata":{{"name":"w{w}-x-{p}","namespace":"s","labels":{{"app":"w{w}"}},"ownerReferences":[{{"kind":"ReplicaSet","name":"w{w}-x","controller":true}}]}},"spec":{{"nodeName":"n{}","containers":[{{"resources":{{"requests":{{"cpu":"100m","memory":"128Mi"}}}}}}]}},"status":{{"phase":"Running"}}}}"#,
                (w * 50 + p) % 500
            ));
        }
        items.push(format!(
            r#"{{"kind":"ReplicaSet","metadata":{{"name":"w{w}-x","namespace":"s","ownerReferences":[{{"kind":"Deployment","name":"w{w}","controller":true}}]}}}}"#
        ));
    }
    format!(
        r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#,
        items.join(",")
    )
}

#[test]
fn twenty_thousand_pods_are_read_in_seconds() {
    let text = many_pods();
    let begun = Instant::now();
    let imported = import(Format::Kubernetes, "dump.json", &text).expect("a cluster");
    let took = begun.elapsed();
    assert_eq!(of_kind(&imported.draft, "pod"), 20_000);
    assert_eq!(imported.placements.rows.len(), 20_000);
    assert_eq!(demands(&imported.draft).len(), 10);
    // Each workload is reached from all ten ways in, which share what it is sized for.
    let calls = loads(&imported.draft);
    let load = calls[&("svc:s/w0".to_owned(), "s/w7".to_owned())];
    assert!((load - 0.1).abs() < 1e-12, "{load}");
    assert!(
        took < Duration::from_secs(60),
        "{took:?} without optimisation"
    );
}

#[test]
fn a_mesh_loads_what_it_was_seen_to_load() {
    let path = root().join("docs/imports/kiali/graph.json");
    let imported = read(Format::Kiali, &[path], Options::default()).expect("a graph");
    let calls = loads(&imported.draft);
    let load = |from: &str, to: &str| calls[&(from.to_owned(), to.to_owned())];
    // 50 requests a second come in; 100 go to reviews, three of four to the first version.
    assert!((demands(&imported.draft)["svc:unknown"] - 50.0).abs() < 1e-12);
    assert!((load("shop/page-v1", "shop/reviews-v1") - 2.0).abs() < 1e-12);
    let group = imported
        .draft
        .requirements
        .iter()
        .find(|r| r.providers.len() == 2)
        .expect("a group");
    let weights: Vec<f64> = group.providers.iter().filter_map(|p| p.weight).collect();
    assert!(
        (weights[0] / (weights[0] + weights[1]) - 0.75).abs() < 1e-12,
        "{weights:?}"
    );
    // 7,500 bytes for 75 requests.
    assert!((load("shop/reviews-v1", "shop/db-v1") - 100.0).abs() < 1e-9);
    assert!((load("shop/reviews-v2", "shop/db-v1") - 200.0).abs() < 1e-9);
}

#[test]
fn a_service_graph_is_the_same_in_each_of_its_forms() {
    let path = root().join("docs/imports/service-graph/metrics.prom");
    let text = read(Format::ServiceGraph, &[path], Options::default()).expect("a graph");
    let pairs = [
        ("user", "web", "", 1000),
        ("web", "cart", "", 400),
        ("web", "stock", "", 1500),
        ("cart", "cart-db", "database", 1200),
    ];
    let instant: Vec<String> = pairs
        .iter()
        .map(|(c, s, t, n)| format!(r#"{{"metric":{{"client":"{c}","server":"{s}","connection_type":"{t}"}},"value":[1,"{n}"]}}"#))
        .collect();
    let instant = format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[{}]}}}}"#,
        instant.join(",")
    );
    let points: Vec<String> = pairs
        .iter()
        .map(|(c, s, t, n)| {
            let attribute =
                |k: &str, v: &str| format!(r#"{{"key":"{k}","value":{{"stringValue":"{v}"}}}}"#);
            let all = [
                attribute("client", c),
                attribute("server", s),
                attribute("connection_type", t),
            ]
            .join(",");
            format!(r#"{{"attributes":[{all}],"asInt":"{n}"}}"#)
        })
        .collect();
    let otlp = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"traces_service_graph_request_total","sum":{{"dataPoints":[{}]}}}}]}}]}}]}}"#,
        points.join(",")
    );
    for other in [instant, otlp] {
        let other = import(Format::ServiceGraph, "x", &other).expect("a graph");
        assert_eq!(
            format!("{:?}", other.draft.requirements),
            format!("{:?}", text.draft.requirements)
        );
        assert_eq!(demands(&other.draft), demands(&text.draft));
    }
    let calls = loads(&text.draft);
    assert!((calls[&("cart".to_owned(), "cart-db".to_owned())] - 3.0).abs() < 1e-12);
    // A counter that fell began anew: 10 to 40, then 0 to 30 in 60 seconds is one a second.
    let range = r#"{"data":{"result":[{"metric":{"client":"user","server":"a"},"values":[[0,"10"],[30,"40"],[60,"30"]]}]}}"#;
    let range = import(Format::ServiceGraph, "x", range).expect("a graph");
    assert!((demands(&range.draft)["svc:user"] - 1.0).abs() < 1e-12);
}

#[test]
fn rules_of_business_processes_map_one_to_one() {
    let path = root().join("docs/imports/icinga/shop.conf");
    let imported = read(Format::Icinga, &[path], Options::default()).expect("rules");
    let rule = |id: &str| -> Vec<String> {
        let nodes = &imported.draft.nodes;
        let at = nodes
            .iter()
            .position(|d| &*d.node.id == id)
            .expect("a process");
        let own = imported
            .draft
            .requirements
            .iter()
            .filter(|r| r.consumer as usize == at);
        own.map(|r| format!("{:?} of {}", r.need, r.providers.len()))
            .collect()
    };
    assert_eq!(rule("db"), ["AtLeast(2) of 3"]);
    assert_eq!(rule("shop"), ["All of 1", "All of 1"]);
    assert_eq!(rule("report"), ["AtLeast(0) of 1", "AtLeast(0) of 1"]);
    assert_eq!(demands(&imported.draft).len(), 2);
}

#[test]
fn nothing_is_written_where_an_import_fails() {
    let to = tempfile::tempdir().expect("a folder");
    let file = to.path().join("dump.json");
    std::fs::write(
        &file,
        r#"{"kind":"Pod","metadata":{"name":"a"},"spec":{"priority":"SECRET"}}"#,
    )
    .expect("written");
    let estate = to.path().join("estate");
    let done = brownout(&[
        "import",
        "kubernetes",
        &file.to_string_lossy(),
        "-o",
        &estate.to_string_lossy(),
    ]);
    assert_eq!(done.status.code(), Some(2));
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        !told.contains("SECRET") && told.contains("Pod `a` cannot be read"),
        "{told}"
    );
    assert!(!estate.exists());
}

#[test]
fn an_overcommitment_places_machines_by_processors_too() {
    let path = root().join("docs/imports/rvtools");
    let with = |overcommit| {
        let options = Options {
            overcommit,
            ..Options::default()
        };
        read(Format::Rvtools, std::slice::from_ref(&path), options)
    };
    let without = with(None).expect("an export");
    assert_eq!(without.placements.resources, ["/memory"]);
    let four = with(Some(4.0)).expect("an export");
    assert_eq!(four.placements.resources, ["/memory", "/cpu"]);
    let host = four
        .draft
        .nodes
        .iter()
        .find(|d| &*d.node.id == "esx1.example.com/cpu");
    assert_eq!(host.expect("a resource").node.capacity, Some(64.0));
    let total: f64 = four.placements.rows.iter().map(|r| r.amounts["/cpu"]).sum();
    assert!((total - 54.0).abs() < 1e-12);
    for ratio in [0.0, -1.0, f64::NAN] {
        assert!(lines(&with(Some(ratio)).expect_err("no ratio"))[0].contains("--overcommit"));
    }
}
