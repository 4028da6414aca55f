//! Kubernetes: what a pod is sure of, which pods a name stands for, where pods may run, what must not be taken to work.

use super::containers::{
    BY_NODE, agent, anti, capacity, cluster, deployment, front, hosts, left_out, list, two_nodes,
};
use super::sources::brownout;
use super::{demands, key, lines, loads, source};
use brownout::input::import::{Format, Imported, Options, read_sources};
use brownout::model::Need;
use serde_json::{Value, json};
use std::fs;

/// A container that asks for some cores and may use so many.
fn cores(requests: &str, limit: &Value) -> Value {
    json!({"containers": [{"resources": {"requests": {"cpu": requests}, "limits": {"cpu": limit}}}]})
}

/// A workload whose containers have an environment.
fn calling(name: &str, env: &[(&str, &str)]) -> Vec<Value> {
    let env: Vec<Value> = env
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    deployment(
        name,
        name,
        &["n1", "n2"],
        &json!({"containers": [{"env": env}]}),
    )
}

/// A name for pods inside of the cluster.
fn service(name: &str, selector: &Value) -> Value {
    json!({"kind": "Service", "metadata": {"name": name, "namespace": "s"}, "spec": {"selector": selector}})
}

fn ingress(name: &str, services: &[&str]) -> Value {
    let paths: Vec<Value> = services
        .iter()
        .map(|name| json!({"backend": {"service": {"name": name}}}))
        .collect();
    json!({"kind": "Ingress", "metadata": {"name": name, "namespace": "s"}, "spec": {"rules": [{"http": {"paths": paths}}]}})
}

/// Known outages by id, with the reason.
fn down(imported: &Imported) -> Vec<(&str, &str)> {
    let down = imported.scenarios[0].down.iter();
    down.map(|(id, why)| (&**id, &**why)).collect()
}

fn warned(imported: &Imported, of: &str) -> bool {
    let mut all = imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line);
    all.any(|line| line.contains(of))
}

/// How many of its pods a workload needs.
fn need(imported: &Imported, id: &str) -> Need {
    let nodes = &imported.draft.nodes;
    let at = nodes.iter().position(|d| &*d.node.id == id).expect(id);
    let mut of_it = imported.draft.requirements.iter();
    let found = of_it.find(|r| r.consumer as usize == at && r.group.as_deref() == Some("pods"));
    found.expect("pods").need
}

/// What a way in gets of what is asked of it, with something down before anything has started anew.
fn delivered(items: Vec<Vec<Value>>, down: &str) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("dump.json");
    fs::write(&dump, list(items)).expect("written");
    let [dump, estate] =
        [dump, folder.path().join("estate")].map(|p| p.to_string_lossy().into_owned());
    let done = brownout(&["import", &dump, "-o", &estate]);
    assert!(done.status.success(), "{done:?}");
    let scenario = format!("{estate}/as-placed.toml");
    let done = brownout(&["whatif", &scenario, "--down", down, "--format", "json"]);
    let result: Value = serde_json::from_slice(&done.stdout).expect("a result");
    result["services"][0]["delivered"]
        .as_f64()
        .expect("a number")
}

#[test]
fn pods_on_a_node_get_no_more_than_it_has() {
    let booked = |limit: &Value| {
        let nodes = ["n1", "n1", "n1", "n1", "n2", "n2", "n2", "n2"];
        vec![
            two_nodes(),
            vec![front("web", &json!({"app": "web"}))],
            deployment("web", "web", &nodes, &cores("2", limit)),
        ]
    };
    // Each node has 8 cores, and four pods that ask for 2: nothing is left, whatever the limit.
    for limit in [json!("8"), Value::Null] {
        let imported = cluster(booked(&limit));
        assert_eq!(capacity(&imported.draft, "s/web-0"), 0.125, "{limit}");
        assert!(!warned(&imported, "carry more than they ask for"));
        let left = delivered(booked(&limit), "n1");
        assert!((left - 0.5).abs() < 1e-9, "{limit}: {left}");
    }
    // One pod that asks for 2 of 8 cores may use all of them; its part is a half of what comes.
    let alone = |limit: &Value| {
        let pods = deployment("web", "web", &["n1", "n2"], &cores("2", limit));
        cluster(vec![two_nodes(), pods])
    };
    for (limit, expected) in [(json!("6"), 1.5), (json!("12"), 2.0), (Value::Null, 2.0)] {
        assert_eq!(
            capacity(&alone(&limit).draft, "s/web-0"),
            expected,
            "{limit}"
        );
    }
    // With both pods on one node each is sure of twice what it asks for.
    assert!(warned(
        &alone(&json!("6")),
        "2 pods carry more than they ask for"
    ));
    assert!(!warned(&alone(&json!("4")), "carry more than they ask for"));
    // What other workloads and DaemonSets ask for is not to spare: 8 less 2 is three times 2.
    let shared = cluster(vec![
        two_nodes(),
        deployment("web", "web", &["n1"], &cores("1", &json!("8"))),
        deployment("job", "job", &["n1"], &cores("1", &json!("1"))),
        vec![agent("n1", &cores("2", &json!("2")))],
    ]);
    assert_eq!(capacity(&shared.draft, "s/web-0"), 3.0);
    assert_eq!(capacity(&shared.draft, "s/job-0"), 1.0);
}

fn store(image: &str) -> Vec<Value> {
    deployment(
        "db",
        "db",
        &["n1", "n2", "n2"],
        &json!({"containers": [{"image": image}]}),
    )
}

fn calls_of(env: &[(&str, &str)], image: &str, more: Option<Value>) -> Vec<String> {
    let imported = cluster(vec![
        two_nodes(),
        store(image),
        calling("web", env),
        [service("db", &json!({"app": "db"}))]
            .into_iter()
            .chain(more)
            .collect(),
    ]);
    let calls = loads(&imported.draft).into_keys();
    calls
        .filter(|(from, to)| from == "s/web" && !to.starts_with("s/web-"))
        .map(|(_, to)| to)
        .collect()
}

#[test]
fn the_name_of_one_pod_is_that_pod() {
    let one = |value: &str| calls_of(&[("DB_WRITE", value)], "mysql:8", None);
    assert_eq!(one("db-0.db:3306"), ["s/db-0"]);
    assert_eq!(one("db-1.db.s.svc.cluster.local:3306"), ["s/db-1"]);
    assert_eq!(one("db:3306"), ["s/db"]);
    // Members in one value stand for each other, and all of them for their workload.
    assert_eq!(one("db-0.db:1,db-2.db:1"), ["s/db-0", "s/db-2"]);
    assert_eq!(one("db-0.db:1,db-1.db:1,db-2.db:1"), ["s/db"]);
    assert_eq!(one("db-7.db:1"), ["s/db"], "no pod is called that");
    let two = [("DB_WRITE", "db-0.db:1"), ("DB_READ", "db:1")];
    assert_eq!(calls_of(&two, "mysql:8", None), ["s/db", "s/db-0"]);
    // Pods of a quorum work only together with the others.
    let quorum = calls_of(&[("DB", "db-0.db:1")], "etcd:3", None);
    assert_eq!(quorum, ["s/db", "s/db-0"]);
}

#[test]
fn a_service_stands_for_the_pods_that_it_selects() {
    let named = json!({"app": "db", "statefulset.kubernetes.io/pod-name": "db-1"});
    let env = [("DB", "primary:3306")];
    let calls = |selector: &Value| calls_of(&env, "mysql:8", Some(service("primary", selector)));
    assert_eq!(calls(&named), ["s/db-1"]);
    assert_eq!(calls(&json!({"app": "db"})), ["s/db"]);
    let mut pods = store("mysql:8");
    pods[1]["metadata"]["labels"]["role"] = json!("master");
    let items = |pods: Vec<Value>| {
        let name = service("primary", &json!({"app": "db", "role": "master"}));
        let web = vec![front("web", &json!({"app": "web"})), name];
        vec![two_nodes(), pods, calling("web", &env), web]
    };
    let imported = cluster(items(pods.clone()));
    let calls = loads(&imported.draft);
    assert!(
        calls.contains_key(&key("s/web", "s/db-0")) && !calls.contains_key(&key("s/web", "s/db"))
    );
    // Only the master's node matters to who writes.
    assert_eq!(delivered(items(pods.clone()), "n1"), 0.0);
    assert_eq!(delivered(items(pods), "n2"), 1.0);
    // A name for a name.
    let alias = json!({"kind": "Service", "metadata": {"name": "primary", "namespace": "s"},
        "spec": {"type": "ExternalName", "externalName": "db.s.svc.cluster.local"}});
    assert_eq!(calls_of(&env, "mysql:8", Some(alias)), ["s/db"]);
}

/// Two names for pods of one workload, one within the other: both are needed, and no pod is loaded twice.
#[test]
fn a_name_within_another_is_needed_and_loads_nothing_more() {
    let imported = cluster(vec![
        two_nodes(),
        store("mysql:8"),
        vec![
            service("db", &json!({"app": "db"})),
            service(
                "first",
                &json!({"statefulset.kubernetes.io/pod-name": "db-0"}),
            ),
            ingress("shop", &["db", "first"]),
        ],
    ]);
    let calls = loads(&imported.draft);
    assert_eq!(calls[&key("s/shop", "s/db")], 1.0);
    assert_eq!(calls[&key("s/shop", "s/db-0")], 0.0);
}

#[test]
fn a_path_to_no_pods_is_a_known_outage() {
    let web = || deployment("web", "web", &["n1", "n2"], &json!({}));
    let imported = cluster(vec![
        two_nodes(),
        web(),
        vec![
            service("web", &json!({"app": "web"})),
            service("api", &json!({"app": "api"})),
            service("outside", &json!({})),
            ingress("shop", &["web", "api"]),
            ingress("old", &["gone"]),
            ingress("far", &["outside", "web"]),
            front("empty", &json!({"app": "typo"})),
        ],
    ]);
    let why = "no pod is behind this Service";
    let expected = ["s/api/endpoints", "s/empty/endpoints", "s/gone/endpoints"];
    assert_eq!(down(&imported), expected.map(|id| (id, why)));
    let calls = loads(&imported.draft);
    for (way, to) in [
        ("s/shop", "s/api/endpoints"),
        ("s/shop", "s/web"),
        ("s/old", "s/gone/endpoints"),
        ("s/empty", "s/empty/endpoints"),
        ("s/far", "s/web"),
    ] {
        assert!(calls.contains_key(&key(way, to)), "{way} needs {to}");
    }
    assert_eq!(
        left_out(&imported, "Ingress: a Service that it leads to"),
        1
    );
    // What is in no file is not known to be nothing: other namespaces, references without weight, no pods at all.
    let route = json!({"kind": "HTTPRoute", "metadata": {"name": "h", "namespace": "s"}, "spec": {"rules": [{"backendRefs": [
        {"name": "web"}, {"name": "gone", "weight": 0}, {"name": "x", "namespace": "other"}]}]}});
    let known = cluster(vec![
        two_nodes(),
        web(),
        vec![service("web", &json!({"app": "web"})), route],
    ]);
    assert!(down(&known).is_empty());
    assert_eq!(
        left_out(&known, "the files hold no Service of its namespace"),
        1
    );
    let manifests = cluster(vec![
        vec![web().remove(0)],
        vec![
            service("web", &json!({"app": "web"})),
            front("db", &json!({"role": "master"})),
        ],
    ]);
    assert!(down(&manifests).is_empty());
    assert_eq!(
        left_out(
            &manifests,
            "no workload in the files has the pods that it selects"
        ),
        1
    );
}

fn claim(name: &str, volume: &str, phase: &str) -> Value {
    json!({"kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "s"},
        "spec": {"volumeName": volume}, "status": {"phase": phase}})
}

fn volume(name: &str, labels: &Value, spec: &Value) -> Value {
    json!({"kind": "PersistentVolume", "metadata": {"name": name, "labels": labels}, "spec": spec})
}

#[test]
fn a_pod_stays_where_it_runs_if_the_place_of_its_volume_is_in_no_file() {
    let zone = "failure-domain.beta.kubernetes.io/zone";
    let with = |claim: &str| json!({"volumes": [{"persistentVolumeClaim": {"claimName": claim}}]});
    let mut items = vec![two_nodes()];
    for name in [
        "gone", "lost", "bare", "open", "nas", "zonal", "both", "dir",
    ] {
        items.push(deployment(name, name, &["n1"], &with(name)));
    }
    items.push(vec![
        claim("lost", "pv-nas", "Lost"),
        claim("bare", "pv-of-nobody", "Bound"),
        claim("open", "", "Pending"),
        claim("nas", "pv-nas", "Bound"),
        claim("zonal", "pv-zonal", "Bound"),
        claim("both", "pv-both", "Bound"),
        claim("dir", "pv-dir", "Bound"),
        volume("pv-nas", &json!({}), &json!({"nfs": {"server": "nas"}})),
        volume("pv-zonal", &json!({zone: "a"}), &json!({})),
        volume("pv-both", &json!({zone: "a__b"}), &json!({})),
        volume(
            "pv-dir",
            &json!({}),
            &json!({"hostPath": {"path": "/data"}}),
        ),
    ]);
    let imported = cluster(items);
    for name in ["gone", "lost", "bare", "zonal"] {
        assert_eq!(hosts(&imported, &format!("s/{name}-0")), ["n1"], "{name}");
    }
    for name in ["open", "nas", "both", "dir"] {
        assert_eq!(
            hosts(&imported, &format!("s/{name}-0")),
            ["n1", "n2"],
            "{name}"
        );
    }
    assert!(warned(
        &imported,
        "of 3 claims the volume is lost or in no file"
    ));
    assert!(warned(&imported, "lose it when they move: s/dir"));
}

#[test]
fn pods_run_on_nodes_that_only_they_name() {
    let items = || {
        vec![
            two_nodes(),
            vec![front("web", &json!({"app": "web"}))],
            deployment("web", "web", &["n9", "n9"], &json!({})),
        ]
    };
    let imported = cluster(items());
    assert_eq!(hosts(&imported, "s/web-0"), ["n1", "n2", "n9"]);
    assert!(warned(
        &imported,
        "2 pods run on nodes that are not in the files"
    ));
    assert_eq!(delivered(items(), "n9"), 0.0);
}

#[test]
fn replicas_that_a_workload_does_not_count_as_ready_are_out() {
    let web = |status: &Value| {
        let mut web = deployment("web", "web", &["n1"; 3], &json!({})).remove(0);
        web["status"] = status.clone();
        cluster(vec![two_nodes(), vec![web]])
    };
    for (status, expected) in [
        (
            json!({"replicas": 3, "readyReplicas": 1, "unavailableReplicas": 2}),
            2,
        ),
        (json!({"unavailableReplicas": 3}), 3),
        (json!({"replicas": 3, "readyReplicas": 3}), 0),
        (json!({}), 0),
        (Value::Null, 0),
    ] {
        assert_eq!(down(&web(&status)).len(), expected, "{status}");
    }
}

#[test]
fn what_keeps_pods_of_the_platform_starts_them_elsewhere_too() {
    let mut prometheus = deployment("prom", "prom", &["n1"], &json!({}));
    let mut coredns = agent("n1", &json!({}));
    let mut kept = agent("n2", &json!({}));
    for item in prometheus.iter_mut().chain([&mut coredns, &mut kept]) {
        item["metadata"]["namespace"] = json!("openshift-monitoring");
    }
    kept["metadata"]["ownerReferences"] = json!([]);
    let imported = cluster(vec![two_nodes(), prometheus, vec![coredns, kept]]);
    assert_eq!(
        hosts(&imported, "openshift-monitoring/prom-0"),
        ["n1", "n2"]
    );
    assert_eq!(
        imported.placements.rows.len(),
        1,
        "agents and pods of their own stay"
    );
    let services = demands(&imported.draft);
    assert!(
        services.is_empty(),
        "nobody outside asks for it: {services:?}"
    );
}

#[test]
fn a_daemon_set_that_something_leads_to_is_a_workload() {
    let items = |env: &str| {
        vec![
            two_nodes(),
            vec![
                agent("n1", &json!({})),
                service("cache", &json!({"app": "agent"})),
            ],
            vec![front("web", &json!({"app": "web"}))],
            calling("web", &[("CACHE", env)]),
        ]
    };
    let imported = cluster(items("cache:6379"));
    assert_eq!(hosts(&imported, "s/agent-n1"), ["n1"]);
    assert!(loads(&imported.draft).contains_key(&key("s/web", "s/agent")));
    assert_eq!(delivered(items("cache:6379"), "n1"), 0.0);
    let aside = cluster(items("other:6379"));
    assert_eq!(left_out(&aside, "one of a DaemonSet"), 1);
}

#[test]
fn an_ingress_needs_its_controller() {
    let with = |mut controller: Vec<Value>, space: &str, name: &str, class: &Value| {
        let mut open = front(name, &json!({"app": "edge"}));
        for item in controller.iter_mut().chain([&mut open]) {
            item["metadata"]["namespace"] = json!(space);
        }
        controller.push(open);
        let mut way = ingress("shop", &["web"]);
        way["spec"]["ingressClassName"] = class.clone();
        cluster(vec![
            two_nodes(),
            deployment("web", "web", &["n1", "n2"], &json!({})),
            vec![service("web", &json!({"app": "web"})), way],
            controller,
        ])
    };
    let needs =
        |imported: &Imported, to: &str| loads(&imported.draft).contains_key(&key("s/shop", to));
    let edge = |name: &str| deployment(name, "edge", &["n1"], &json!({}));
    // By its name behind an open Service, in a namespace of the platform as well.
    let traefik = with(edge("traefik"), "kube-system", "traefik", &Value::Null);
    assert!(needs(&traefik, "kube-system/traefik"));
    assert!(demands(&traefik.draft).contains_key("svc:kube-system/traefik"));
    // A DaemonSet.
    let mut daemon = vec![agent("n1", &json!({}))];
    daemon[0]["metadata"]["labels"] = json!({"app": "edge"});
    daemon[0]["metadata"]["ownerReferences"][0]["name"] = json!("ingress-nginx");
    let daemon = with(daemon, "edge", "controller", &json!("nginx"));
    assert!(needs(&daemon, "edge/ingress-nginx"));
    // Of two the one of its class; where neither is, that is said.
    let two = || {
        edge("traefik")
            .into_iter()
            .chain(edge("ingress-nginx"))
            .collect()
    };
    let nginx = with(two(), "edge", "edge", &json!("nginx"));
    assert!(needs(&nginx, "edge/ingress-nginx") && !needs(&nginx, "edge/traefik"));
    assert!(!warned(&nginx, "without a controller"));
    let unknown = with(two(), "edge", "edge", &json!("internal"));
    assert!(warned(
        &unknown,
        "1 Ingresses and routes are taken to work without a controller"
    ));
}

#[test]
fn a_route_needs_the_pods_of_its_gateway() {
    let mut gateway = front("gw-svc", &json!({"app": "proxy"}));
    gateway["metadata"]["labels"] = json!({"gateway.networking.k8s.io/gateway-name": "gw"});
    let route = |parent: &str| {
        json!({"kind": "HTTPRoute", "metadata": {"name": "h", "namespace": "s"}, "spec": {
            "parentRefs": [{"name": parent}], "rules": [{"backendRefs": [{"name": "web"}]}]}})
    };
    let with = |parent: &str| {
        cluster(vec![
            two_nodes(),
            deployment("web", "web", &["n1", "n2"], &json!({})),
            deployment("proxy", "proxy", &["n1"], &json!({})),
            vec![
                service("web", &json!({"app": "web"})),
                gateway.clone(),
                route(parent),
            ],
        ])
    };
    assert!(loads(&with("gw").draft).contains_key(&key("s/h", "s/proxy")));
    assert!(warned(&with("other"), "without a controller"));
}

#[test]
fn stores_that_keep_a_quorum_need_more_than_half() {
    let of = |image: &str, pods: usize| {
        let spec = json!({"containers": [{"image": image}]});
        let pods = deployment("db", "db", &vec!["n1"; pods], &spec);
        cluster(vec![two_nodes(), pods])
    };
    for (image, pods, expected) in [
        ("bitnami/mariadb-galera:11", 3, 2),
        ("percona/percona-xtradb-cluster:8", 5, 3),
        ("redpandadata/redpanda:v23", 3, 2),
        ("pingcap/pd:v7", 3, 2),
        ("elasticsearch/elasticsearch:8.1", 3, 2),
        ("minio/minio:x", 4, 3),
        ("minio/minio:x", 16, 12),
        ("neo4j:5", 3, 1),
        ("etcd:3", 2, 1),
    ] {
        let imported = of(image, pods);
        assert_eq!(need(&imported, "s/db"), Need::AtLeast(expected), "{image}");
        let unsure = warned(&imported, "any one pod is taken to be enough: s/db");
        assert_eq!(unsure, image == "neo4j:5", "{image}");
    }
}

#[test]
fn pages_of_memory_and_what_a_pod_states_as_a_whole_are_counted() {
    let mut nodes = two_nodes();
    nodes[0]["status"]["allocatable"]["hugepages-2Mi"] = json!("4Gi");
    nodes[1]["status"]["allocatable"]["hugepages-2Mi"] = json!("0");
    let huge = json!({"containers": [{"resources": {"requests": {"hugepages-2Mi": "1Gi"}}}]});
    let whole =
        json!({"resources": {"requests": {"cpu": "2", "memory": "3Gi"}}, "containers": [{}]});
    let imported = cluster(vec![
        nodes,
        deployment("huge", "huge", &["n1"], &huge),
        deployment("whole", "whole", &["n1"], &whole),
    ]);
    assert_eq!(hosts(&imported, "s/huge-0"), ["n1"]);
    assert_eq!(capacity(&imported.draft, "n1/hugepages-2Mi"), 4096.0);
    let rows = &imported.placements.rows;
    let row = rows
        .iter()
        .find(|r| r.instance == "s/whole-0")
        .expect("a row");
    assert_eq!((row.amounts["/cpu"], row.amounts["/memory"]), (2.0, 3072.0));
    let row = rows
        .iter()
        .find(|r| r.instance == "s/huge-0")
        .expect("a row");
    assert_eq!(row.amounts["/hugepages-2Mi"], 1024.0);
}

#[test]
fn objects_of_two_clusters_are_refused() {
    let dump = |uid: &str, kind: &str| {
        let item = json!({"kind": kind, "metadata": {"name": "web", "namespace": "s", "uid": uid}, "spec": {"nodeName": "n1"}});
        source(&format!("{uid}.json"), &list(vec![two_nodes(), vec![item]]))
    };
    let both = |kind: &str, uids: [&str; 2]| {
        let files = uids.map(|uid| dump(uid, kind));
        read_sources(Format::Kubernetes, &files, Options::default())
    };
    for kind in ["Deployment", "Namespace", "DaemonSet", "Node"] {
        let faults = both(kind, ["east", "west"]).expect_err(kind);
        let said = lines(&faults);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].contains(&format!("more than one uid there are {kind} s/web")),
            "{said:?}"
        );
        assert!(both(kind, ["east", "east"]).is_ok(), "{kind}");
    }
    // A pod that was made anew between two exports keeps its name.
    let anew = both("Pod", ["east", "west"]).expect("a cluster");
    assert!(warned(&anew, "made anew between two exports: s/web"));
}

/// Words that keep apart, and the nodes that bar, hold for what a `DaemonSet` runs as for all else.
#[test]
fn a_daemon_set_that_counts_still_bars_others() {
    let imported = cluster(vec![
        two_nodes(),
        deployment("web", "web", &["n2"], &anti("agent", BY_NODE)),
        vec![
            agent("n1", &json!({})),
            front("agent", &json!({"app": "agent"})),
        ],
    ]);
    let row = |id: &str| {
        let rows = imported.placements.rows.iter();
        rows.clone()
            .find(|r| r.instance == id)
            .expect(id)
            .apart
            .clone()
    };
    assert_eq!(row("s/web-0"), row("s/agent-n1"));
    assert!(row("s/web-0").is_some());
}
