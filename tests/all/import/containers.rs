//! Pods, containers and labs: what comes to a pod, what keeps pods apart, jobs that end, ends that are no nodes.

use super::sources::brownout;
use super::{demands, import, key, lines, loads, source};
use brownout::input::import::{Format, Imported};
use brownout::input::write::Hosts;
use brownout::model::Draft;
use serde_json::{Value, json};
use std::fs;

pub(super) fn node(name: &str, zone: &str) -> Value {
    json!({"kind": "Node",
        "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name}},
        "status": {"allocatable": {"cpu": "8", "memory": "32Gi", "pods": "110"}}})
}

/// A workload with pods on nodes; `spec` is laid over what every pod has.
pub(super) fn deployment(name: &str, app: &str, nodes: &[&str], spec: &Value) -> Vec<Value> {
    let labels = json!({"app": app, "own": name});
    let mut of_pod = json!({"containers": [{"resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "100m"}}}]});
    let over = spec.as_object().expect("a map").clone();
    of_pod.as_object_mut().expect("a map").extend(over);
    let mut all = vec![
        json!({"kind": "StatefulSet", "metadata": {"name": name, "namespace": "s"},
        "spec": {"replicas": nodes.len(), "template": {"metadata": {"labels": labels}, "spec": of_pod}}}),
    ];
    for (number, node) in nodes.iter().enumerate() {
        let mut spec = of_pod.clone();
        spec["nodeName"] = json!(node);
        all.push(json!({"kind": "Pod",
            "metadata": {"name": format!("{name}-{number}"), "namespace": "s", "labels": labels,
                "ownerReferences": [{"kind": "StatefulSet", "name": name, "controller": true}]},
            "spec": spec, "status": {"phase": "Running"}}));
    }
    all
}

pub(super) fn agent(node: &str, spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["nodeName"] = json!(node);
    json!({"kind": "Pod", "metadata": {"name": format!("agent-{node}"), "namespace": "s", "labels": {"app": "agent"},
        "ownerReferences": [{"kind": "DaemonSet", "name": "agent", "controller": true}]},
        "spec": spec, "status": {"phase": "Running"}})
}

/// A way in to all pods with some labels.
pub(super) fn front(name: &str, selector: &Value) -> Value {
    json!({"kind": "Service", "metadata": {"name": name, "namespace": "s"},
        "spec": {"type": "LoadBalancer", "selector": selector}})
}

pub(super) fn list(parts: Vec<Vec<Value>>) -> String {
    let items: Vec<Value> = parts.into_iter().flatten().collect();
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

pub(super) fn cluster(parts: Vec<Vec<Value>>) -> Imported {
    import(Format::Kubernetes, &list(parts)).expect("a cluster")
}

pub(super) fn capacity(draft: &Draft, id: &str) -> f64 {
    let found = draft.nodes.iter().find(|d| &*d.node.id == id);
    found.expect(id).node.capacity.expect("a capacity")
}

/// The word that keeps an instance apart, and by what.
fn apart(imported: &Imported, id: &str) -> (Option<String>, Option<String>) {
    let row = imported.placements.rows.iter().find(|r| r.instance == id);
    let row = row.expect(id);
    (row.apart.clone(), row.apart_by.clone())
}

pub(super) fn hosts(imported: &Imported, id: &str) -> Vec<String> {
    let row = imported.placements.rows.iter().find(|r| r.instance == id);
    match &row.expect(id).hosts {
        Hosts::Ids(ids) => ids.clone(),
        Hosts::Selector(all) => vec![all.clone()],
    }
}

/// How many of a sort were left out.
pub(super) fn left_out(imported: &Imported, sort: &str) -> u64 {
    let all = imported.report.skipped.iter();
    let of_it = all.filter(|(said, _)| said.contains(sort));
    of_it.map(|(_, tally)| tally.count).sum()
}

fn pinned(node: &str) -> Value {
    json!({"nodeSelector": {"kubernetes.io/hostname": node}})
}

pub(super) fn two_nodes() -> Vec<Value> {
    vec![node("n1", "a"), node("n2", "b")]
}

fn canary() -> Vec<Vec<Value>> {
    vec![
        two_nodes(),
        vec![front("front", &json!({"app": "web"}))],
        deployment("stable", "web", &["n1"; 9], &pinned("n1")),
        deployment("canary", "web", &["n2"], &pinned("n2")),
    ]
}

#[test]
fn each_pod_behind_a_name_carries_its_part_of_what_comes_to_the_name() {
    let imported = cluster(canary());
    for n in 0..9 {
        assert_eq!(capacity(&imported.draft, &format!("s/stable-{n}")), 0.1);
    }
    assert_eq!(capacity(&imported.draft, "s/canary-0"), 0.1);
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("dump.json");
    fs::write(&dump, list(canary())).expect("written");
    let [dump, estate] =
        [dump, folder.path().join("estate")].map(|p| p.to_string_lossy().into_owned());
    let done = brownout(&["import", &dump, "-o", &estate]);
    assert!(done.status.success(), "{done:?}");
    // Nine pods carry 0.9, whatever comes to them.
    for (down, expected) in [("n1", 0.1), ("n2", 0.9)] {
        let done = brownout(&["whatif", &estate, "--down", down, "--format", "json"]);
        let result: Value = serde_json::from_slice(&done.stdout).expect("a result");
        let delivered = &result["services"][0]["delivered"];
        let delivered = delivered.as_f64().expect("a number");
        assert!((delivered - expected).abs() < 1e-9, "{down}: {delivered}");
    }
}

#[test]
fn a_pod_is_sized_for_all_names_that_load_it() {
    // Two names for the same pods share what these are sized for; a name for some of them adds to it.
    let both = cluster(vec![
        two_nodes(),
        vec![
            front("one", &json!({"app": "web"})),
            front("two", &json!({"app": "web"})),
        ],
        deployment("web", "web", &["n1", "n2"], &json!({})),
    ]);
    assert_eq!(capacity(&both.draft, "s/web-0"), 0.5);
    let part = cluster(vec![
        two_nodes(),
        vec![
            front("all", &json!({"app": "web"})),
            front("old", &json!({"own": "stable"})),
        ],
        deployment("stable", "web", &["n1", "n1", "n1"], &json!({})),
        deployment("canary", "web", &["n2"], &json!({})),
        deployment("lone", "lone", &["n2", "n2"], &json!({})),
    ]);
    assert!((capacity(&part.draft, "s/stable-0") - (0.25 + 1.0 / 3.0)).abs() < 1e-15);
    assert_eq!(capacity(&part.draft, "s/canary-0"), 0.25);
    assert_eq!(capacity(&part.draft, "s/lone-1"), 0.5, "nothing loads it");
}

/// A Service gives each pod the same, however much it could carry.
#[test]
fn pods_that_ask_for_different_amounts_get_equal_parts() {
    let mut parts = vec![
        two_nodes(),
        vec![front("web", &json!({"app": "web"}))],
        deployment("web", "web", &["n1", "n2"], &json!({})),
    ];
    let limits = &mut parts[2][2]["spec"]["containers"][0]["resources"]["limits"];
    limits["cpu"] = json!("300m");
    let draft = cluster(parts).draft;
    assert_eq!(capacity(&draft, "s/web-0"), 0.5);
    assert!((capacity(&draft, "s/web-1") - 1.5).abs() < 1e-12);
    let pods = draft.requirements.iter().find(|r| r.providers.len() == 2);
    let weights: Vec<_> = pods
        .expect("a group")
        .providers
        .iter()
        .map(|p| p.weight)
        .collect();
    assert_eq!(weights, [Some(1.0), Some(1.0)]);
}

pub(super) fn anti(app: &str, topology: &str) -> Value {
    let term = json!({"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": topology});
    json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}})
}

pub(super) const BY_NODE: &str = "kubernetes.io/hostname";
const BY_ZONE: &str = "topology.kubernetes.io/zone";

#[test]
fn two_workloads_are_kept_apart_where_a_word_says_it() {
    let one_each = cluster(vec![
        two_nodes(),
        deployment("web", "web", &["n1"], &anti("noisy", BY_NODE)),
        deployment("noisy", "noisy", &["n2"], &json!({})),
    ]);
    let word = Some("statefulset/s/noisy and 1 more".to_owned());
    assert_eq!(apart(&one_each, "s/web-0"), (word.clone(), None));
    assert_eq!(apart(&one_each, "s/noisy-0"), (word, None));
    assert_eq!(left_out(&one_each, "anti-affinity"), 0);
    // Two pods of noisy may run together, so no word says that web runs with neither.
    let two = cluster(vec![
        two_nodes(),
        deployment("web", "web", &["n1"], &anti("noisy", BY_NODE)),
        deployment("noisy", "noisy", &["n2", "n2"], &json!({})),
    ]);
    for pod in ["s/web-0", "s/noisy-0", "s/noisy-1"] {
        assert_eq!(apart(&two, pod), (None, None), "{pod}");
    }
    assert_eq!(left_out(&two, "required anti-affinity to other pods"), 1);
    // Its own kind is kept apart all the same.
    let own = cluster(vec![
        two_nodes(),
        deployment("web", "web", &["n1", "n2"], &anti("web", BY_ZONE)),
        deployment("job", "job", &["n2", "n2"], &anti("web", BY_NODE)),
    ]);
    let word = Some("statefulset/s/web".to_owned());
    assert_eq!(apart(&own, "s/web-1"), (word, Some("zone".to_owned())));
    assert_eq!(apart(&own, "s/job-0"), (None, None));
    assert_eq!(left_out(&own, "required anti-affinity to other pods"), 2);
}

#[test]
fn what_keeps_pods_apart_and_cannot_be_said_is_told() {
    let near = json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
        [{"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": BY_NODE}]}}});
    let mut elsewhere = anti("web", BY_NODE);
    elsewhere["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]
        ["namespaces"] = json!(["other"]);
    let mut by_label = anti("web", BY_NODE);
    by_label["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]
        ["namespaceSelector"] = json!({"matchLabels": {"team": "x"}});
    let imported = cluster(vec![
        two_nodes(),
        deployment("web", "web", &["n1", "n2"], &elsewhere),
        deployment("near", "near", &["n1"], &near),
        deployment(
            "racks",
            "racks",
            &["n1", "n2"],
            &anti("racks", "example.com/rack"),
        ),
        deployment("teams", "teams", &["n1"], &by_label),
    ]);
    assert!(imported.placements.rows.iter().all(|r| r.apart.is_none()));
    assert_eq!(left_out(&imported, "required affinity to other pods"), 1);
    assert_eq!(
        left_out(&imported, "by something else than the node or the zone"),
        2
    );
    assert_eq!(
        left_out(&imported, "in namespaces chosen by their labels"),
        1
    );
    assert_eq!(
        left_out(&imported, "anti-affinity"),
        3,
        "web is apart from nobody here"
    );
    let bare = |name: &str| json!({"kind": "Node", "metadata": {"name": name}});
    let no_zones = cluster(vec![
        vec![bare("n1"), bare("n2")],
        deployment("web", "web", &["n1", "n2"], &anti("web", BY_ZONE)),
    ]);
    assert_eq!(apart(&no_zones, "s/web-0"), (None, None));
    assert_eq!(left_out(&no_zones, "some nodes do not say theirs"), 2);
    assert_eq!(left_out(&no_zones, "how much cpu a Node has"), 2);
}

#[test]
fn pods_that_want_one_port_of_the_host_are_kept_apart() {
    let ports = |port: u32, address: &str| json!({"containers": [{"ports": [{"containerPort": 80, "hostPort": port, "hostIP": address}]}]});
    let own = cluster(vec![
        two_nodes(),
        deployment("edge", "edge", &["n1", "n2"], &ports(80, "")),
        deployment("other", "other", &["n1", "n2"], &ports(81, "")),
    ]);
    let word = |name: &str| (Some(format!("statefulset/s/{name}")), None);
    assert_eq!(apart(&own, "s/edge-0"), word("edge"));
    assert_eq!(apart(&own, "s/other-1"), word("other"));
    // Another address of the host is another port; every address is each of them.
    let two = cluster(vec![
        two_nodes(),
        deployment("edge", "edge", &["n1", "n2"], &ports(80, "10.0.0.1")),
        deployment("other", "other", &["n1", "n2"], &ports(80, "10.0.0.2")),
        deployment("all", "all", &["n1"], &ports(80, "0.0.0.0")),
    ]);
    assert_eq!(apart(&two, "s/edge-0"), word("edge"));
    assert_eq!(apart(&two, "s/other-0"), word("other"));
    assert_eq!(apart(&two, "s/all-0"), (None, None));
    assert_eq!(left_out(&two, "a port of the host"), 1);
    // On the host's network each port is one of the host.
    let on_host = json!({"hostNetwork": true, "containers": [{"ports": [{"containerPort": 80}]}]});
    let network = cluster(vec![
        two_nodes(),
        deployment("edge", "edge", &["n1", "n2"], &on_host),
    ]);
    assert_eq!(apart(&network, "s/edge-0"), word("edge"));
}

/// Pods of a `DaemonSet` stay on their nodes, so those nodes are none for whom they bar.
#[test]
fn nodes_with_pods_that_stay_and_bar_others_are_no_hosts() {
    let port = json!({"containers": [{"ports": [{"hostPort": 80}]}]});
    let nodes = || vec![node("n1", "a"), node("n2", "b"), node("n3", "c")];
    let imported = cluster(vec![
        nodes(),
        deployment("edge", "edge", &["n2"], &port),
        deployment("shy", "shy", &["n2"], &anti("agent", BY_NODE)),
        deployment("far", "far", &["n2"], &anti("agent", BY_ZONE)),
        vec![agent("n1", &port)],
    ]);
    assert_eq!(hosts(&imported, "s/edge-0"), ["n2", "n3"]);
    assert_eq!(hosts(&imported, "s/shy-0"), ["n2", "n3"]);
    assert_eq!(hosts(&imported, "s/far-0"), ["n1", "n2", "n3"]);
    assert_eq!(left_out(&imported, "to pods of DaemonSets"), 1);
    let turned = cluster(vec![
        nodes(),
        deployment("web", "web", &["n1"], &json!({})),
        vec![
            agent("n1", &anti("web", BY_NODE)),
            agent("n2", &anti("web", BY_NODE)),
        ],
    ]);
    assert_eq!(
        hosts(&turned, "s/web-0"),
        ["n1", "n3"],
        "it runs on n1 already"
    );
}

#[test]
fn an_amount_that_is_none_is_a_fault() {
    let refused = |what: &str, item: Value, expected: &str| {
        let text = list(vec![vec![item]]);
        let faults = import(Format::Kubernetes, &text).expect_err(what);
        let said = lines(&faults).join("\n");
        assert!(said.contains(expected), "{what}: {said}");
        assert!(!said.contains("SECRET"), "{said}");
    };
    for amount in ["SECRET", "-4", "1e400", ""] {
        let mut broken = node("n1", "a");
        broken["status"]["allocatable"]["cpu"] = json!(amount);
        refused(
            amount,
            broken,
            "Node `n1` cannot be read: what stands where an amount of cpu",
        );
        let mut broken = deployment("web", "web", &[], &json!({})).remove(0);
        broken["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"] =
            json!(amount);
        refused(
            amount,
            broken,
            "StatefulSet `s/web` cannot be read: what stands where an amount of memory",
        );
    }
    let mut broken = deployment("web", "web", &[], &json!({})).remove(0);
    broken["spec"]["replicas"] = json!(100_000_000);
    refused(
        "replicas",
        broken,
        "a number of replicas up to 100000 is expected",
    );
    let budget = json!({"kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "s"},
        "spec": {"minAvailable": "half", "selector": {}}});
    refused(
        "a budget",
        budget,
        "a number of pods or a percentage is expected",
    );
}

fn compose(text: &str) -> Imported {
    import(Format::Compose, text).expect("services")
}

#[test]
fn a_job_that_ends_before_others_start_is_no_part_of_what_runs() {
    let imported = compose(
        "services:
  web:
    image: a
    ports: ['80:80']
    environment: {MIG_URL: 'http://mig:80'}
    depends_on:
      mig: {condition: service_completed_successfully}
      seed: {condition: service_started}
      db: {condition: service_healthy}
      gone: {condition: service_started, required: false}
  mig: {image: m, restart: 'no', depends_on: [db]}
  seed: {image: m, restart: 'no'}
  db: {image: d}
  tick: {image: t, deploy: {mode: replicated-job}}
",
    );
    let calls = loads(&imported.draft);
    assert!(calls.contains_key(&key("web", "db")) && calls.contains_key(&key("web", "seed")));
    let ids: Vec<&str> = imported.draft.nodes.iter().map(|d| &*d.node.id).collect();
    assert_eq!(ids, ["host", "db", "seed", "web", "svc:web"]);
    assert_eq!(
        left_out(&imported, "service: a job that runs to its end"),
        2
    );
    assert_eq!(
        left_out(&imported, "depends_on: it waits for the end of the other"),
        1
    );
    assert_eq!(
        left_out(&imported, "depends_on: it is not required, and in no file"),
        1
    );
    assert_eq!(
        left_out(
            &imported,
            "an address in an environment: it leads to what is a job"
        ),
        1
    );
    // What is started anew whenever it ends runs, and is no need of who waits for it.
    let again = compose(
        "services:
  web: {image: a, ports: ['80:80'], depends_on: {mig: {condition: service_completed_successfully}}}
  mig: {image: m, restart: always}
",
    );
    assert_eq!(of(&again), ["host", "mig", "web", "svc:web"]);
    assert!(!loads(&again.draft).contains_key(&key("web", "mig")));
}

fn of(imported: &Imported) -> Vec<&str> {
    imported.draft.nodes.iter().map(|d| &*d.node.id).collect()
}

#[test]
fn copies_without_number_are_refused_and_idle_ones_are_no_need() {
    let text = "services: {web: {image: a, deploy: {replicas: 100000000}}}";
    let faults = import(Format::Compose, text).expect_err("too many");
    assert!(lines(&faults)[0].contains("`web` has more than 10000 copies"));
    let idle = compose("services: {web: {image: a, depends_on: [db]}, db: {image: d, scale: 0}}");
    assert_eq!(of(&idle), ["host", "web", "svc:web"]);
    assert_eq!(
        left_out(&idle, "depends_on: on what is scaled to no copy"),
        1
    );
}

#[test]
fn compose_files_in_braces_are_recognised() {
    for text in [
        "services: {web: {image: a}}\n",
        "services:\n  web: {image: a}\n",
        "services:\n  web: {\"build\": .}\n  db:\n",
        "{services: {web: {image: a}}}\n",
        "{name: shop, services: {web: {image: a, ports: [\"80:80\"]}}}\n",
        "name: shop\nservices:\n  web:\n    image: a\n",
    ] {
        let found = Format::recognise(&[source("x.yaml", text)]);
        assert_eq!(found.expect(text), Format::Compose, "{text}");
        assert_eq!(
            demands(&compose(text).draft).len(),
            if text.contains("db") { 2 } else { 1 }
        );
    }
    for text in [
        "services: [web]\n",
        "services: {web: 3}\n",
        "services: {web: {port: 80}}\n",
        "kind: Thing\nservices: {web: {image: a}}\n",
        "{services: {web: {image: a}}, kind: Thing}\n",
        "{services: {web: {image: a}",
    ] {
        assert!(
            Format::recognise(&[source("x.yaml", text)]).is_err(),
            "{text}"
        );
    }
}

fn lab(links: &str) -> String {
    format!(
        "name: lab
topology:
  nodes:
    s1: {{kind: nokia_srlinux}}
    s2: {{kind: nokia_srlinux}}
    S3: {{kind: linux}}
    br0: {{kind: bridge}}
    out: {{kind: host}}
  links:
{links}"
    )
}

#[test]
fn ends_that_are_no_nodes_of_a_lab_join_nothing() {
    let text = lab("    - endpoints: ['s1:e1-1', 'host:s1-e1']
    - endpoints: ['s2:e1-1', 'host:s2-e1']
    - endpoints: ['s1:e1-2', 'mgmt-net:s1-e2']
    - endpoints: ['s2:e1-2', 'macvlan:enp0s3']
    - endpoints: ['s2:e1-3', 'out:eth5']
    - {type: host, endpoint: {node: s1, interface: e1-8}, host-interface: x}
    - {type: vxlan, endpoint: {node: s1, interface: e1-9}, remote: 10.0.0.1, vni: 1}
    - {type: dummy, endpoint: {node: s1, interface: e1-10}}
    - {type: veth, endpoints: [{node: s1, interface: e1-4}, {node: s2, interface: e1-4}]}
    - endpoints: ['s1:e1-5', 'br0:e1']
    - endpoints: ['S3:eth1', 'br0:e2']
");
    let imported = import(Format::Containerlab, &text).expect("a lab");
    let of = |kind: &str| {
        let all = imported
            .draft
            .nodes
            .iter()
            .filter(|d| &*d.node.kind == kind);
        all.map(|d| d.node.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of("device"), ["br0", "s1", "s2"]);
    assert_eq!(of("host"), ["s3"]);
    assert_eq!(of("link").len(), 3);
    let said: Vec<String> = imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect();
    let said = said.join("\n");
    for expected in [
        "an end in the machine that runs the lab (`host`) are left out, and join nothing to each other: \
         s1:e1-1, s1:e1-8, s2:e1-1 and 1 more",
        "an end in the management network (`mgmt-net`) are left out",
        "(`macvlan`) are left out",
        "(`vxlan`) are left out",
        "(`dummy`) are left out",
        "nodes of the kind `host` are the machine that runs the lab, and left out: out",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn a_linux_node_with_the_image_of_a_router_passes_traffic_on() {
    let text = "name: x
topology:
  groups: {routers: {kind: linux, image: 'quay.io/frrouting/frr:10.5.1'}}
  kinds: {linux: {image: 'alpine:3'}}
  nodes: {r1: {group: routers}, r2: {group: routers}, S3: {kind: linux}, pc: {kind: linux}, one: {kind: srl}}
  links:
    - endpoints: ['r1:eth1', 'r2:eth1']
    - endpoints: ['r1:eth2', 'S3:eth1']
    - endpoints: ['S3:eth2', 'pc:eth1']
";
    let imported = import(Format::Containerlab, text).expect("a lab");
    let all = imported
        .draft
        .nodes
        .iter()
        .map(|d| (&*d.node.id, &*d.node.kind));
    let all: Vec<_> = all.filter(|(_, kind)| *kind != "link").collect();
    let expected = [
        ("s3", "host"),
        ("one", "device"),
        ("pc", "host"),
        ("r1", "device"),
        ("r2", "device"),
    ];
    assert_eq!(all, expected);
    let said: Vec<String> = imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect();
    let said = said.join("\n");
    for expected in [
        "are taken for routers, which pass traffic on: r1;",
        "are taken for hosts, which pass nothing on: S3; where that is wrong, an overlay says so: `[[set]]`, \
         `select = \"s3\"`, `transit = \"yes\"`",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn an_end_that_no_node_has_is_a_fault_with_its_place() {
    for (links, expected) in [
        (
            "    - endpoints: ['s1:e1-1', 's4:e1-1']\n",
            "file:10:31: there is no node s4",
        ),
        (
            "    - endpoints: ['s4:e1-1', 'host:x']\n",
            "file:10:20: there is no node s4",
        ),
        (
            "    - {type: dummy, endpoint: {node: s4}}\n",
            "file:10:38: there is no node s4",
        ),
        (
            "    - endpoints: ['s1:e1-1', 's3:eth1']\n",
            "file:10:31: there is no node s3",
        ),
        (
            "    - endpoints: ['s1:e1-1']\n",
            "file:10:20: a link does not have the ends",
        ),
        (
            "    - {type: wire, endpoints: ['s1:e1', 's2:e1']}\n",
            "there is no such type of links",
        ),
    ] {
        let faults = import(Format::Containerlab, &lab(links)).expect_err(links);
        let said = lines(&faults);
        assert!(
            said.len() == 1 && said[0].contains(expected),
            "{links}: {said:?}"
        );
    }
}

/// What a service waits for and no file has is a fault where the service names it.
#[test]
fn what_is_in_no_file_is_a_fault_where_it_stands() {
    let text = "services:\n  gone-api: {image: x}\n  web: {image: w, depends_on: [db, gone]}\n  db: {image: d}\n";
    let lines = lines(&import(Format::Compose, text).expect_err("a fault"));
    let says = "file:3:36: the service `web` depends on `gone`, which is in no file;";
    assert!(lines[0].starts_with(says), "{lines:?}");
}
