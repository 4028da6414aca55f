//! Network formats: one small network in each, and what is wrong with others.

use super::{assert_round_trip, demands, import, key, lines, loads, source};
use brownout::analysis::Study;
use brownout::input::import::{Format, Imported, Options, ServicePer, read, read_sources};
use brownout::input::{Overrides, load, write};
use brownout::model::{CaseId, Draft, Role};
use std::collections::HashMap;
use std::path::Path;

/// `id: a-b capacity metric/metric_back` of each link, and its capacity back where it is another,
/// sorted.
fn links(draft: &Draft) -> Vec<String> {
    let id = |v: brownout::model::NodeId| &*draft.nodes[v.index()].node.id;
    let mut links: Vec<String> = draft
        .nodes
        .iter()
        .filter_map(|d| match d.node.role {
            Role::Link(l) => Some(format!(
                "{}: {}-{} {:?} {}/{}{}",
                d.node.id,
                id(l.a),
                id(l.b),
                d.node.capacity,
                l.metric,
                l.metric_back,
                l.capacity_back
                    .map_or(String::new(), |c| format!(" back {c}"))
            )),
            _ => None,
        })
        .collect();
    links.sort();
    links
}

fn ids(draft: &Draft, keep: impl Fn(&Role) -> bool) -> Vec<&str> {
    let nodes = draft.nodes.iter().filter(|d| keep(&d.node.role));
    nodes.map(|d| &*d.node.id).collect()
}

fn components(draft: &Draft) -> Vec<&str> {
    ids(draft, |role| matches!(role, Role::Component))
}

fn messages(imported: &Imported) -> Vec<&str> {
    imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::message)
        .collect()
}

fn with(format: Format, text: &str, options: Options) -> Imported {
    read_sources(format, &[source("file", text)], options).expect("a network")
}

const GML: &str = r#"Creator "Topology Zoo Toolset"
graph [
  label "Small"
  # a comment
  node [ id 0 label "K&#246;ln" Country "Germany" Latitude 50.93 ]
  node [ id 1 label "Paris" Country "France" hyperedge 0 ]
  node [ id 2 label "Rome ] [" graphics [ x 1 y 2 ] ]
  edge [ source 0 target 1 LinkSpeedRaw 10000000000.0 LinkLabel "OC-192" id "e1" ]
  edge [ source 0 target 1 LinkSpeedRaw 2.5e9 ]
  edge [ source 2 target 1 ]
]
"#;

#[test]
fn gml_as_the_topology_zoo_writes_it() {
    let options = Options {
        capacity: Some(7.0),
        ..Options::default()
    };
    let imported = with(Format::Gml, GML, options);
    let draft = &imported.draft;
    assert_eq!(components(draft), ["Köln", "Paris", "Rome ] ["]);
    assert_eq!(
        links(draft),
        [
            "Köln--Paris: Köln-Paris Some(2500000000.0) 1/1",
            "Paris--Rome ] [: Rome ] [-Paris Some(7.0) 1/1",
            "e1: Köln-Paris Some(10000000000.0) 1/1",
        ]
    );
    assert_eq!(
        messages(&imported),
        [
            "no edge has a `metric` or a `weight`: every hop costs 1",
            "1 of 3 links have no capacity in the file: 7 is taken",
            "no demands were found (GML has no place for them), so there are no flows and no services",
        ]
    );
    let labels = &draft.labels;
    let columns: Vec<&str> = labels.columns.iter().map(|c| &**c).collect();
    assert_eq!(columns, ["Country", "Latitude", "LinkLabel", "hyperedge"]);
    assert_eq!(labels.values[0][0].as_deref(), Some("Germany"));
    assert_eq!(labels.values[2][3].as_deref(), Some("OC-192"));
    assert_round_trip(draft);
}

#[test]
fn gml_nodes_that_share_a_label_are_called_by_number() {
    let text =
        r#"graph [ node [ id 4 label "A" ] node [ id 5 label "A" ] edge [ source 4 target 5 ] ]"#;
    let imported = import(Format::Gml, text).expect("a network");
    assert_eq!(components(&imported.draft), ["4", "5"]);
    assert!(messages(&imported)[0].contains("called by number"));
}

#[test]
fn gml_that_is_broken_says_where() {
    for (text, expected) in [
        (
            "graph [ node [ id 0 ]",
            "file:1:1: this list is never closed",
        ),
        ("graph [ ] ]", "file:1:11: this ] closes nothing"),
        ("graph [ node ]", "file:1:9: this key has no value"),
        ("graph [ 7 x ]", "file:1:9: a key is expected here"),
        ("nothing 1", "file:1:1: there is no graph in the file"),
        ("", "file:1:1: there is no graph in the file"),
        (
            "graph [ node [ label \"a\" ] ]",
            "file:1:9: the node has no id",
        ),
    ] {
        let faults = import(Format::Gml, text).expect_err("faults");
        assert!(
            lines(&faults)[0].starts_with(expected),
            "{text}: {:?}",
            lines(&faults)
        );
    }
    let deep = "a [ ".repeat(100_000);
    let faults = import(Format::Gml, &deep).expect_err("faults");
    assert!(lines(&faults)[0].contains("too deep"));
}

const GRAPHML: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d0" for="edge" attr.name="weight" attr.type="double"><default>2</default></key>
  <key id="d1" for="edge" attr.name="capacity" attr.type="double"/>
  <key id="d2" for="node" attr.name="label" attr.type="string"/>
  <graph edgedefault="directed">
    <node id="a"><data key="d2">Alpha</data></node>
    <node id="b"/>
    <edge source="a" target="b"><data key="d0">5</data><data key="d1">40</data></edge>
    <edge source="b" target="a"><data key="d1">40</data></edge>
    <edge source="b" target="a" directed="false" id="side"><data key="d1">10</data></edge>
  </graph>
</graphml>"#;

#[test]
fn graphml_pairs_directed_edges_and_knows_defaults() {
    let imported = import(Format::Graphml, GRAPHML).expect("a network");
    let draft = &imported.draft;
    assert_eq!(
        links(draft),
        ["a--b: a-b Some(40.0) 5/2", "side: b-a Some(10.0) 2/2"]
    );
    assert_eq!(draft.nodes[0].node.name.as_deref(), Some("Alpha"));
    assert_round_trip(draft);
}

#[test]
fn graphml_ids_that_number_parallel_edges_are_no_ids() {
    let read = |[first, second, third]: [&str; 3]| {
        let text = format!(
            r#"<graphml><graph edgedefault="undirected"><node id="a"/><node id="b"/><node id="c"/>
<edge source="a" target="b" id="{first}"/><edge source="b" target="a" id="{second}"/>
<edge source="b" target="c" id="{third}"/></graph></graphml>"#
        );
        import(Format::Graphml, &text)
    };
    let imported = read(["0", "1", "0"]).expect("a network");
    assert_eq!(
        links(&imported.draft),
        [
            "a--b#2: b-a None 1/1",
            "a--b: a-b None 1/1",
            "b--c: b-c None 1/1"
        ]
    );
    assert_round_trip(&imported.draft);
    // The same number twice between the same nodes, or a name twice, is a fault as ever.
    for ids in [["0", "0", "0"], ["x", "1", "x"]] {
        let faults = read(ids).expect_err("faults");
        let found = lines(&faults);
        assert!(
            found[0].contains("there are two edges with the id"),
            "{found:?}"
        );
    }
}

#[test]
fn graphml_faults_have_their_places() {
    let text = GRAPHML
        .replace("<data key=\"d0\">5</data>", "<data key=\"d0\">NaN</data>")
        .replace("target=\"b\"", "target=\"bb\"")
        .replace(
            "directed=\"false\" id=\"side\"><data key=\"d1\">10",
            "><data key=\"d1\">ten",
        );
    let faults = import(Format::Graphml, &text).expect_err("faults");
    let found = lines(&faults);
    // The word that is no number comes from the reader, the others are checked after it: all at once.
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[0].starts_with("file:11:34: the capacity is no number"),
        "{found:?}"
    );
    let faults = import(Format::Graphml, &text.replace("ten", "-10")).expect_err("faults");
    assert_eq!(
        lines(&faults),
        [
            "file:9:5: NaN is no metric; a metric is a finite number above 0",
            "file:9:5: there is no node bb; both ends must be nodes of the file",
            "file:11:5: -10 is no capacity; a capacity is a finite number, 0 or more",
        ]
    );
}

#[test]
fn xml_bombs_and_cut_files_are_refused() {
    let bomb = r#"<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<graphml><graph><node id="&lol2;"/></graph></graphml>"#;
    for format in [Format::Graphml, Format::Sndlib] {
        let faults = import(format, bomb).expect_err("a fault");
        assert_eq!(
            lines(&faults),
            [
                "file:2:1: the file has a document type definition; remove it: entities are not expanded"
            ]
        );
        let cut = &GRAPHML[..GRAPHML.len() - 40];
        let faults = import(format, cut).expect_err("a fault");
        assert!(
            lines(&faults)[0].contains("no well-formed XML"),
            "{:?}",
            lines(&faults)
        );
        let deep = "<a>".repeat(200_000);
        import(format, &deep).expect_err("a fault");
    }
}

const NODE_LINK: &str = r#"{
  "directed": false, "multigraph": true,
  "graph": {"name": "n", "demands": {"0": {"1": 30, "x": 10}, "1": {"0": 60.5}}},
  "nodes": [{"id": 0, "name": "R0", "pos": [1, 2]}, {"id": 1, "site": "s1"}, {"id": "x"}],
  "KEY": [
    {"source": 0, "target": 1, "metric": 3, "metric_back": 4, "capacity": 100, "key": 0},
    {"source": 1, "target": 0, "weight": 2.5, "key": 1},
    {"source": "x", "target": 0, "dist": 9}
  ]
}"#;

#[test]
fn node_link_json_with_either_key_and_demands() {
    for word in ["links", "edges"] {
        let imported =
            import(Format::NodeLink, &NODE_LINK.replace("KEY", word)).expect("a network");
        let draft = &imported.draft;
        assert_eq!(components(draft), ["0", "1", "x"]);
        assert_eq!(
            links(draft),
            [
                "0--1#2: 1-0 None 2.5/2.5",
                "0--1: 0-1 Some(100.0) 3/4",
                "0--x: x-0 None 1/1",
            ]
        );
        let flows = ids(draft, |role| matches!(role, Role::Flow(_)));
        assert_eq!(flows, ["flow:0--1", "flow:0--x", "flow:1--0"]);
        let expected = [("svc:0--1", 30.0), ("svc:0--x", 10.0), ("svc:1--0", 60.5)];
        let expected = expected.map(|(id, x)| (id.to_owned(), x)).into();
        assert_eq!(demands(draft), expected);
        assert_round_trip(draft);
    }
}

#[test]
fn demands_are_grouped_by_source_destination_or_all() {
    let text = NODE_LINK.replace("KEY", "links");
    let group = |service_per| {
        let options = Options {
            service_per,
            ..Options::default()
        };
        with(Format::NodeLink, &text, options).draft
    };
    let by_source = group(ServicePer::Source);
    let expected = [("svc:from:0", 40.0), ("svc:from:1", 60.5)];
    let expected = expected.map(|(id, x)| (id.to_owned(), x)).into();
    assert_eq!(demands(&by_source), expected);
    let expected = [
        (key("svc:from:0", "flow:0--1"), 0.75),
        (key("svc:from:0", "flow:0--x"), 0.25),
        (key("svc:from:1", "flow:1--0"), 1.0),
    ];
    assert_eq!(loads(&by_source), expected.into());
    let by_destination = demands(&group(ServicePer::Destination));
    assert_eq!(by_destination.len(), 3);
    assert!((by_destination["svc:to:x"] - 10.0).abs() < 1e-12);
    let all = demands(&group(ServicePer::All));
    assert_eq!(all, [("svc:all".to_owned(), 100.5)].into());
    assert_round_trip(&group(ServicePer::All));
}

#[test]
fn all_pairs_make_demands_where_there_are_none() {
    let text = r#"{"nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}], "links": []}"#;
    let options = Options {
        service_per: ServicePer::All,
        all_pairs: Some(2.0),
        ..Options::default()
    };
    let draft = with(Format::NodeLink, text, options.clone()).draft;
    assert_eq!(demands(&draft), [("svc:all".to_owned(), 12.0)].into());
    assert_eq!(draft.requirements.len(), 6);
    let demanding = NODE_LINK.replace("KEY", "links");
    let refused = read_sources(Format::NodeLink, &[source("file", &demanding)], options);
    refused.expect_err("it has demands of its own");
}

#[test]
fn every_fault_of_a_network_is_found_at_once() {
    let text = r#"{
  "nodes": [{"id": "core-1"}, {"id": "b"}, {"id": "b"}, {"id": "core-2"}],
  "links": [
    {"source": "core-1", "target": "core-1"},
    {"source": "core-1", "target": "core-3"},
    {"source": "core-1", "target": "b", "metric": 0},
    {"source": "core-1", "target": "b", "metric": -1},
    {"source": "core-1", "target": "b", "capacity": -1},
    {"source": "core-1", "target": "b", "id": "x"},
    {"source": "core-1", "target": "b", "id": "x"}
  ]
}"#;
    let faults = import(Format::NodeLink, text).expect_err("faults");
    assert_eq!(
        lines(&faults),
        [
            "file:2:44: there are two nodes b; give each node its own id",
            "file:5:5: there is no node core-3; did you mean core-1?",
            "file:6:5: 0 is no metric; a metric is a finite number above 0",
            "file:7:5: -1 is no metric; a metric is a finite number above 0",
            "file:8:5: -1 is no capacity; a capacity is a finite number, 0 or more",
            "file:10:5: there are two edges with the id x; give each edge its own id",
        ]
    );
}

const SNDLIB: &str = r#"<?xml version="1.0" encoding="ISO-8859-1"?>
<network xmlns="http://sndlib.zib.de/network" version="1.0">
 <networkStructure>
  <nodes coordinatesType="geographical">
   <node id="A"><coordinates><x>1.5</x><y>2</y></coordinates></node>
   <node id="B"><coordinates><x>3</x><y>4</y></coordinates></node>
  </nodes>
  <links>
   <link id="A_B"><source>A</source><target>B</target>
    <preInstalledModule><capacity>155.0</capacity><cost>1</cost></preInstalledModule>
    <additionalModules><addModule><capacity>10</capacity><cost>2</cost></addModule></additionalModules>
   </link>
   <link id="B"><source>B</source><target>A</target>
    <additionalModules><addModule><capacity>40</capacity><cost>2</cost></addModule>
     <addModule><capacity>160</capacity><cost>3</cost></addModule></additionalModules>
   </link>
   <link id="bare"><source>B</source><target>A</target></link>
  </links>
 </networkStructure>
 <demands>
  <demand id="A_B"><source>A</source><target>B</target><routingUnit>1</routingUnit>
   <demandValue>12.5</demandValue></demand>
 </demands>
</network>"#;

#[test]
fn sndlib_takes_what_is_pre_installed_else_the_modules() {
    let imported = import(Format::Sndlib, SNDLIB).expect("a network");
    let draft = &imported.draft;
    assert_eq!(
        links(draft),
        [
            "A_B: A-B Some(155.0) 1/1",
            "bare: B-A None 1/1",
            "link:B: B-A Some(200.0) 1/1",
        ]
    );
    assert_eq!(
        messages(&imported),
        [
            "nothing is pre-installed, so the capacity is the sum of the modules: B",
            "modules of links that have a capacity already are left out (1 in the file): what is \
             installed is what they carry",
            "SNDlib has prices and no metrics: every hop costs 1",
            "edges to and fro are taken for parallel links, each of which works both ways: not \
             every edge has one that goes back, such as B → A",
            "1 of 3 links have no capacity: they are unlimited",
        ]
    );
    assert_eq!(demands(draft), [("svc:A_B".to_owned(), 12.5)].into());
    assert_eq!(loads(draft), [(key("svc:A_B", "flow:A_B"), 1.0)].into());
    assert_round_trip(draft);
}

/// Links of an SNDlib file: id, ends, capacity.
fn sndlib_of(links: &[(&str, &str, &str, f64)]) -> String {
    let links: Vec<String> = links
        .iter()
        .map(|(id, from, to, capacity)| {
            format!(
                "<link id=\"{id}\"><source>{from}</source><target>{to}</target>\
                 <preInstalledModule><capacity>{capacity}</capacity></preInstalledModule>\
                 <routingCost>2</routingCost><setupCost>0</setupCost></link>"
            )
        })
        .collect();
    let links = links.concat();
    format!(
        "<network><meta><unit>MBITPERSEC</unit></meta><networkStructure><nodes><node id=\"A\"/>\
         <node id=\"B\"/><node id=\"C\"/></nodes><links>{links}</links></networkStructure>\
         <demands><demand id=\"D\"><source>A</source><target>C</target>\
         <demandValue>9</demandValue><maxPathLength>3</maxPathLength><admissiblePaths>\
         <admissiblePath id=\"P\"/></admissiblePaths></demand></demands></network>"
    )
}

#[test]
fn sndlib_links_that_all_have_a_twin_are_the_ways_of_one_link() {
    let text = sndlib_of(&[
        ("L1", "A", "B", 10.0),
        ("L2", "B", "A", 10.0),
        ("L3", "B", "C", 10.0),
        ("L4", "C", "B", 4.0),
    ]);
    let imported = import(Format::Sndlib, &text).expect("a network");
    let expected = ["L1: A-B Some(10.0) 1/1", "L3: B-C Some(10.0) 1/1 back 4"];
    assert_eq!(links(&imported.draft), expected);
    assert_eq!(
        messages(&imported),
        [
            "limits on the hops of a demand are left out (1 in the file): traffic takes the \
             shortest way, however long",
            "admissible paths are left out (1 in the file): traffic takes every shortest way",
            "routing costs are left out (4 in the file): they are prices, not metrics",
            "SNDlib has prices and no metrics: every hop costs 1",
        ]
    );
    assert_round_trip(&imported.draft);
    // From A to C only the way there counts: 9 of 10, for each of the two links.
    let system = brownout::model::System::new(imported.draft).expect("valid");
    let flow = system.find("flow:D").expect("the flow");
    assert_eq!(system.node(flow).unit, None);
    let link = system.find("L1").expect("the link");
    assert_eq!(system.node(link).unit.as_deref(), Some("Mbit/s"));
}

#[test]
fn sndlib_links_without_any_twin_need_no_word() {
    let text = sndlib_of(&[("L1", "A", "B", 10.0), ("L2", "B", "C", 4.0)]);
    let imported = import(Format::Sndlib, &text).expect("a network");
    let expected = ["L1: A-B Some(10.0) 1/1", "L2: B-C Some(4.0) 1/1"];
    assert_eq!(links(&imported.draft), expected);
    assert!(messages(&imported).iter().all(|m| !m.contains("edge")));
}

#[test]
fn other_forms_of_sndlib_are_refused_by_name() {
    let native = "?SNDlib native format; type: network; version: 1.0\n# network abilene\n";
    for (text, name) in [(native, "native text format"), ("{\"nodes\": []}", "JSON")] {
        let faults = import(Format::Sndlib, text).expect_err("a fault");
        let found = lines(&faults);
        assert!(
            found.len() == 1 && found[0].starts_with("file:1:1: this is SNDlib's"),
            "{found:?}"
        );
        assert!(
            found[0].contains(name) && found[0].contains("XML"),
            "{found:?}"
        );
    }
}

/// Edges between nodes 0, 1, 2 as three formats write them, all of them directed.
fn directed(edges: &[(u32, u32)]) -> [(Format, String); 3] {
    let each = |f: fn(&(u32, u32)) -> String| edges.iter().map(f).collect::<Vec<_>>();
    let graphml = each(|(a, b)| format!("<edge source=\"{a}\" target=\"{b}\"/>")).concat();
    let gml = each(|(a, b)| format!("edge [ source {a} target {b} ] ")).concat();
    let json = each(|(a, b)| format!("{{\"source\": {a}, \"target\": {b}}}")).join(",");
    [
        (
            Format::Graphml,
            format!(
                "<graphml><graph edgedefault=\"directed\"><node id=\"0\"/><node id=\"1\"/>\
                 <node id=\"2\"/>{graphml}</graph></graphml>"
            ),
        ),
        (
            Format::Gml,
            format!("graph [ directed 1 node [ id 0 ] node [ id 1 ] node [ id 2 ] {gml} ]"),
        ),
        (
            Format::NodeLink,
            format!(
                "{{\"directed\": true, \"nodes\": [{{\"id\": 0}}, {{\"id\": 1}}, \
                 {{\"id\": 2}}], \"links\": [{json}]}}"
            ),
        ),
    ]
}

#[test]
fn edges_to_and_fro_are_one_link_only_if_all_have_a_twin() {
    for (format, text) in directed(&[(0, 1), (1, 0), (1, 2), (2, 1)]) {
        let imported = import(format, &text).expect("a network");
        let expected = ["0--1: 0-1 None 1/1", "1--2: 1-2 None 1/1"];
        assert_eq!(links(&imported.draft), expected, "{format:?}");
    }
    // A self-loop is left out with a word; South and East have no edge back, so North and South
    // have two links.
    for (format, text) in directed(&[(0, 1), (1, 0), (1, 2), (2, 2)]) {
        let imported = import(format, &text).expect("a network");
        let expected = [
            "0--1#2: 1-0 None 1/1",
            "0--1: 0-1 None 1/1",
            "1--2: 1-2 None 1/1",
        ];
        assert_eq!(links(&imported.draft), expected, "{format:?}");
        let told = messages(&imported).join("\n");
        assert!(
            told.contains("from a node to itself carry nothing and are left out: 2"),
            "{told}"
        );
        assert!(
            told.contains("taken for parallel links") && told.contains("1 → 2"),
            "{told}"
        );
    }
}

/// A node and a link with attributes, in each format that leaves their names open.
fn attributed(of_node: [&str; 2], of_edge: [&str; 2]) -> [(Format, String); 3] {
    let [[node, a], [edge, b]] = [of_node, of_edge];
    [
        (
            Format::Graphml,
            format!(
                "<graphml><key id=\"n\" attr.name=\"{node}\" for=\"node\"/><key id=\"e\" attr.name=\"{edge}\" for=\"edge\"/>\
                 <key id=\"c\" attr.name=\"capacity\" for=\"edge\"/><graph edgedefault=\"undirected\">\
                 <node id=\"a\"><data key=\"n\">{a}</data></node><node id=\"b\"/><edge source=\"a\" target=\"b\">\
                 <data key=\"e\">{b}</data><data key=\"c\">10</data></edge></graph></graphml>"
            ),
        ),
        (
            Format::Gml,
            format!(
                "graph [ node [ id 0 label \"a\" {node} \"{a}\" ] node [ id 1 label \"b\" ]\n\
                 edge [ source 0 target 1 {edge} \"{b}\" capacity 10 ] ]"
            ),
        ),
        (
            Format::NodeLink,
            format!(
                "{{\"nodes\": [{{\"id\": \"a\", \"{node}\": \"{a}\"}}, {{\"id\": \"b\"}}], \"links\": \
                 [{{\"source\": \"a\", \"target\": \"b\", \"{edge}\": \"{b}\", \"capacity\": 10}}]}}"
            ),
        ),
    ]
}

#[test]
fn what_may_be_a_secret_gets_into_no_column_and_no_message() {
    for (format, text) in attributed(["snmp_community", "SECRET"], ["apiKey", "SECRET"]) {
        let imported = import(format, &text).expect("a network");
        let labels = format!("{:?}", imported.draft.labels);
        assert!(!labels.contains("SECRET"), "{format:?}: {labels}");
        let found = messages(&imported).join("\n");
        let expected = "may be secrets by their names are left out: apiKey, snmp_community";
        assert!(found.contains(expected), "{format:?}: {found}");
        let broken = text
            .replace(">10<", ">10G<")
            .replace("capacity 10", "capacity \"10G\"");
        let broken = broken.replace("\"capacity\": 10", "\"capacity\": \"10G\"");
        let faults = import(format, &broken).expect_err("no capacity");
        let shown = faults.render(false, 200);
        assert!(
            shown.contains("is no number") && !shown.contains("SECRET"),
            "{format:?}: {shown}"
        );
    }
}

#[test]
fn a_status_is_a_known_outage_or_is_named() {
    for (format, text) in attributed(["status", "Planned"], ["LinkStatus", "Down"]) {
        let imported = import(format, &text).expect("a network");
        let down = &imported.scenarios[0].down;
        let down: Vec<String> = down
            .iter()
            .map(|(id, why)| format!("{id}: {why}"))
            .collect();
        let expected = ["a: its status is Planned", "a--b: its LinkStatus is Down"];
        assert_eq!(down, expected, "{format:?}");
        let found = messages(&imported).join("\n");
        assert!(
            found.contains("known outages by their status, in scenario.toml: a, a--b"),
            "{found}"
        );
    }
    for (format, text) in attributed(["state", "CA"], ["status", "dark"]) {
        let imported = import(format, &text).expect("a network");
        assert!(imported.scenarios[0].down.is_empty(), "{format:?}");
        let found = messages(&imported).join("\n");
        assert!(
            found.contains("whoever has them is in service: status dark (a--b)"),
            "{found}"
        );
    }
    // Either direction of a link says it.
    let text = r#"{"directed": true, "nodes": [{"id": "a"}, {"id": "b"}], "links": [
        {"source": "a", "target": "b"}, {"source": "b", "target": "a", "status": "failed"}]}"#;
    let imported = import(Format::NodeLink, text).expect("a network");
    assert_eq!(imported.scenarios[0].down[0].0, "a--b");
}

/// What the warning of edges to and fro says to write makes each pair one link.
#[test]
fn an_edge_back_of_no_capacity_makes_pairs_the_directions_of_a_link() {
    let edges = r#"{"source": "a", "target": "b", "capacity": 10}, {"source": "b", "target": "a", "capacity": 10},
        {"source": "b", "target": "c", "capacity": 10}"#;
    let graph = |edges: &str| {
        format!(
            r#"{{"directed": true, "nodes": [{{"id": "a"}}, {{"id": "b"}}, {{"id": "c"}}], "links": [{edges}]}}"#
        )
    };
    let imported = import(Format::NodeLink, &graph(edges)).expect("a network");
    let found: Vec<String> = imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect();
    let found = found.join("\n");
    assert!(
        found.contains("twice the capacity") && found.contains("with capacity 0"),
        "{found}"
    );
    assert_eq!(links(&imported.draft).len(), 3);
    let back = r#", {"source": "c", "target": "b", "capacity": 0, "metric": 1000}"#;
    let imported = import(Format::NodeLink, &graph(&format!("{edges}{back}"))).expect("a network");
    let expected = [
        "a--b: a-b Some(10.0) 1/1",
        "b--c: b-c Some(10.0) 1/1000 back 0",
    ];
    assert_eq!(links(&imported.draft), expected);
}

#[test]
fn a_network_without_nodes_has_a_place() {
    for (format, text) in [
        (Format::NodeLink, "{\"nodes\": [], \"links\": []}"),
        (Format::Graphml, "<graphml><graph/></graphml>"),
        (Format::Gml, "graph [ ]"),
        (Format::Sndlib, "<network><networkStructure/></network>"),
    ] {
        let faults = import(format, text).expect_err("a fault");
        let found = lines(&faults);
        let start = "file:1:1: the network has no nodes";
        assert!(
            found.len() == 1 && found[0].starts_with(start),
            "{format:?}: {found:?}"
        );
    }
}

#[test]
fn sndlib_faults_are_found_at_once() {
    let text = SNDLIB
        .replace(
            "<demandValue>12.5</demandValue>",
            "<demandValue>many</demandValue>",
        )
        .replace("<link id=\"bare\"><source>B</source>", "<link>");
    let faults = import(Format::Sndlib, &text).expect_err("faults");
    assert_eq!(
        lines(&faults),
        [
            "file:17:4: the link has no id",
            "file:17:4: the link has no source",
            "file:22:4: the demandValue is no number; write a number, as 120.5",
        ]
    );
}

const GRAPH: &str = "NODES 3
label x y
0_Chicago -87.6 41.8
1_New York -74 40.7
2_Rome 12 41

EDGES 7
label src dest weight bw delay
edge_0 0 1 10 1000 500
edge_1 1 0 20 1000 500
edge_2 0 1 10 400 500
edge_3 1 2 1 300 7
edge_4 1 0 10 400 500
edge_5 2 1 1 200 7
edge_6 2 0 5 100 7
";

const DEMANDS: &str = "DEMANDS 2\nlabel src dest bw\ndemand_0 0 2 130\ndemand_1 2 1 0\n";

#[test]
fn repetita_pairs_twins_and_reads_demands() {
    let sources = [source("x.demands", DEMANDS), source("x.graph", GRAPH)];
    let imported = read_sources(Format::Repetita, &sources, Options::default()).expect("valid");
    let draft = &imported.draft;
    assert_eq!(components(draft), ["0_Chicago", "1_New York", "2_Rome"]);
    assert_eq!(
        links(draft),
        [
            "edge_0: 0_Chicago-1_New York Some(1000.0) 10/20",
            "edge_2: 0_Chicago-1_New York Some(400.0) 10/10",
            "edge_3: 1_New York-2_Rome Some(300.0) 1/1 back 200",
            "edge_6: 2_Rome-0_Chicago Some(100.0) 5/100 back 0",
        ]
    );
    assert_eq!(
        messages(&imported),
        ["nothing is carried back over edges that none goes back for: 2_Rome → 0_Chicago"]
    );
    let expected = [("svc:demand_0", 130.0), ("svc:demand_1", 0.0)];
    assert_eq!(
        demands(draft),
        expected.map(|(id, x)| (id.to_owned(), x)).into()
    );
    assert_eq!(draft.nodes[0].node.unit, None);
    assert_round_trip(draft);
}

/// Which fraction each node delivers while some have failed.
fn delivered(draft: &Draft, failed: &[&str]) -> HashMap<String, f64> {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("inventory");
    write::write_inventory(&dir, draft, &[]).expect("written");
    let loaded = load(&dir, &Overrides::default()).expect("readable");
    let failed: Vec<_> = failed
        .iter()
        .map(|id| loaded.system.find(id).expect("a node"))
        .collect();
    let study = Study::new(&loaded.system, &loaded.scenario);
    let state = study.state(&failed, CaseId(0));
    let nodes = loaded.system.iter();
    nodes
        .map(|(v, node)| (node.id.to_string(), state.delivered[v.index()]))
        .collect()
}

fn is(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12
}

/// From C to A there is a way by B only: the edge from A to C is none, and takes no traffic from it.
#[test]
fn repetita_traffic_goes_no_edge_backwards() {
    let graph = "NODES 3\nlabel x y\nA 0 0\nB 1 0\nC 2 0\n\nEDGES 5\n\
                 label src dest weight bw delay\ne0 0 1 1 100 1\ne1 1 0 1 100 1\n\
                 e2 1 2 9 100 1\ne3 2 1 9 100 1\ne4 0 2 1 100 1\n";
    let demands = "DEMANDS 2\nlabel src dest bw\nback 2 0 50\nthere 0 2 50\n";
    let sources = [source("x.graph", graph), source("x.demands", demands)];
    let imported = read_sources(Format::Repetita, &sources, Options::default()).expect("valid");
    let found = delivered(&imported.draft, &[]);
    assert!(is(found["svc:back"], 1.0) && is(found["svc:there"], 1.0));
    let found = delivered(&imported.draft, &["B"]);
    assert!(is(found["svc:back"], 0.0) && is(found["svc:there"], 1.0));
    let found = delivered(&imported.draft, &["e4"]);
    assert!(is(found["svc:back"], 1.0) && is(found["svc:there"], 1.0));
}

#[test]
fn repetita_faults_have_their_places() {
    let text = GRAPH
        .replace("edge_0 0 1 10", "edge_0 0 1 0")
        .replace("edge_1 1 0 20 1000", "edge_1 1 9 20 NaN");
    let faults = import(Format::Repetita, &text).expect_err("faults");
    assert_eq!(
        lines(&faults),
        [
            "file:9:1: 0 is no metric; a metric is a finite number above 0",
            "file:10:1: NaN is no capacity; a capacity is a finite number, 0 or more",
            "file:10:1: there is no node 9; both ends must be nodes of the file",
        ]
    );
    for (text, expected) in [
        ("", "file:1:1: this is neither a .graph nor a .demands file"),
        (DEMANDS, "there is no .graph file among the files"),
        (&GRAPH[..40], "file:1:1: 3 rows are announced, 2 are there"),
        ("NODES x\n", "file:1:1: a section is expected here"),
        (
            "NODES 1\nlabel x y\na\n",
            "file:3:1: the row has too few words",
        ),
        (
            "NODES 18446744073709551615\n",
            "file:1:1: 18446744073709551615 rows",
        ),
    ] {
        let faults = import(Format::Repetita, text).expect_err("faults");
        assert!(
            lines(&faults)[0].starts_with(expected),
            "{text}: {:?}",
            lines(&faults)
        );
    }
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let trace = r#"[{"parent": "a", "child": "b", "callCount": 1}]"#;
    let options = |capacity, service_per| Options {
        capacity,
        service_per,
        all_pairs: None,
        ..Options::default()
    };
    for (format, text, options) in [
        (Format::Jaeger, trace, options(None, ServicePer::All)),
        (Format::Gml, GML, options(Some(-1.0), ServicePer::All)),
        (Format::Gml, GML, options(Some(f64::NAN), ServicePer::All)),
    ] {
        read_sources(format, &[source("file", text)], options).expect_err("a fault");
    }
    let two = [source("a", GML), source("b", GML)];
    read_sources(Format::Gml, &two, Options::default()).expect_err("one network at a time");
    read_sources(Format::Gml, &[], Options::default()).expect_err("no file");
}

#[test]
fn published_networks_are_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gabriel-100.json");
    let options = Options {
        service_per: ServicePer::Destination,
        all_pairs: Some(1.0),
        ..Options::default()
    };
    let draft = read(Format::NodeLink, &[path], options)
        .expect("valid")
        .draft;
    assert_eq!(components(&draft).len(), 100);
    assert_eq!(demands(&draft).len(), 100);
    assert_eq!(draft.requirements.len(), 9_900);
    assert_round_trip(&draft);
}
