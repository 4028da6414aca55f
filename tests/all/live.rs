//! An estate that is kept open, against the command line: any request gives the state that `whatif` gives for
//! the same options, the scenario that it saves says the same again, its command reaches the program word
//! for word, and what it says would hurt most next is what each failure does by itself.

use crate::random::{Dice, SHAPES, Shape};
use crate::round_trip::rich;
use brownout::analysis::Study;
use brownout::input::write::{Placements, render};
use brownout::input::{Loaded, Overrides, Texts, load_from};
use brownout::live::{Live, Look, Package, Request, Session, one_state, pack};
use brownout::model::{CaseId, Scenario, System};
use brownout::report::document::State;
use brownout::report::naming::Naming;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use toml::Table;

/// The scenario file of every estate here.
pub const SCENARIO: &str = "asked/scenario.toml";

/// A random estate with everything a folder can say, a named contingency among it, as files.
pub fn files(shape: Shape, seed: u64) -> Texts {
    let (system, scenario) = rich(shape, seed);
    let mut dice = Dice::new(seed ^ 0x11fe);
    let texts = render(&system.draft(), &Placements::default()).expect("a folder");
    let mut files: std::collections::BTreeMap<String, Vec<u8>> = texts
        .into_iter()
        .map(|(name, text)| (format!("estate/{name}"), text))
        .collect();
    let text = scenario_text(&system, &scenario, &mut dice);
    files.insert(SCENARIO.to_owned(), text.into_bytes());
    Texts(files)
}

fn scenario_text(system: &System, scenario: &Scenario, dice: &mut Dice) -> String {
    let id = |v: brownout::model::NodeId| system.id(v).to_owned();
    let ids = |all: &[brownout::model::NodeId]| all.iter().map(|&v| id(v)).collect::<Vec<_>>();
    let can_fail: Vec<_> = system.elements();
    let down = scenario.down.iter().copied();
    let down: Vec<_> = down.filter(|&v| system.node(v).can_fail()).collect();
    let mut root = Table::new();
    root.insert("inventory".into(), "../estate".into());
    root.insert("down".into(), ids(&down).into());
    if let Some(headroom) = scenario.headroom {
        root.insert("headroom".into(), headroom.into());
    }
    let derate: Table = scenario
        .derate
        .iter()
        .map(|&(v, f)| (id(v), f.into()))
        .collect();
    root.insert("derate".into(), derate.into());
    let cases = scenario.cases.iter().map(|case| {
        let services = system.services().iter().map(|&s| id(s));
        let demand: Table = services
            .zip(case.demand.iter().map(|&d| d.into()))
            .collect();
        let mut table = Table::new();
        table.insert("name".into(), case.name.clone().into());
        if case.peak {
            table.insert("peak".into(), true.into());
        }
        table.insert("demand".into(), demand.into());
        toml::Value::Table(table)
    });
    root.insert("load".into(), cases.collect::<Vec<_>>().into());
    let lost = 1 + dice.below(2);
    let mut named = Table::new();
    named.insert("name".into(), "lost".into());
    named.insert("down".into(), ids(&dice.some(&can_fail, lost)).into());
    let derated = dice.some(&can_fail, 1);
    let derate: Table = derated.iter().map(|&v| (id(v), 0.5.into())).collect();
    named.insert("derate".into(), derate.into());
    let shed = dice.some(system.services(), 1);
    let shed: Table = shed.iter().map(|&s| (id(s), 1.0.into())).collect();
    named.insert("demand".into(), shed.into());
    root.insert("contingency".into(), vec![toml::Value::Table(named)].into());
    let mut sweep = Table::new();
    let elements = scenario.sweep.elements.iter().copied();
    let elements: Vec<_> = elements.filter(|&v| system.node(v).can_fail()).collect();
    sweep.insert("elements".into(), ids(&elements).into());
    root.insert("sweep".into(), sweep.into());
    root.to_string()
}

pub fn read(files: &Texts, path: &str, overrides: &Overrides) -> Loaded {
    let loaded = load_from(files, Path::new(path), overrides);
    loaded.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100)))
}

pub fn packed(files: &Texts) -> Package {
    let loaded = read(files, SCENARIO, &Overrides::default());
    pack(files, &loaded).expect("it packs")
}

/// Anything that a page could ask.
pub fn request(live: &Live, dice: &mut Dice) -> Request {
    let (system, scenario) = (live.system(), live.scenario());
    let id = |v: brownout::model::NodeId| system.id(v).to_owned();
    let most = dice.below(4);
    let down = dice.some(&system.elements(), most);
    let can_derate = |v: &brownout::model::NodeId| {
        system.node(*v).is_component_or_link() && !scenario.down.contains(v) && !down.contains(v)
    };
    let derated: Vec<_> = system.iter().map(|(v, _)| v).filter(can_derate).collect();
    let most = dice.below(3);
    let derate = dice.some(&derated, most);
    let most = dice.below(3);
    let demand = dice.some(system.services(), most);
    Request {
        load: dice.chance(80).then(|| {
            let case = dice.below(scenario.cases.len());
            scenario.cases[case].name.clone()
        }),
        down: down.into_iter().map(id).collect(),
        derate: derate
            .into_iter()
            .map(|v| (id(v), dice.pick(&[0.5, 0.9, 1.2, 1e-3])))
            .collect(),
        demand: demand
            .into_iter()
            .map(|v| (id(v), dice.pick(&[0.0, 1.0, 7.5, 120.0, 1e4])))
            .collect(),
        contingency: dice.chance(30).then(|| "lost".to_owned()),
        no_restart: dice.chance(20),
        quick: false,
    }
}

/// What the command line makes of the same.
fn typed(request: &Request) -> Overrides {
    Overrides {
        down: request.down.clone(),
        derate: request
            .derate
            .iter()
            .map(|(id, f)| format!("{id}={f}"))
            .collect(),
        demand: request
            .demand
            .iter()
            .map(|(id, d)| format!("{id}={d}"))
            .collect(),
        load: request.load.clone(),
        contingency: request.contingency.clone(),
        no_restart: request.no_restart,
        ..Overrides::default()
    }
}

/// The state of files at the load case that a request names.
fn state(loaded: &Loaded, request: &Request) -> Value {
    let named = |name: &String| loaded.scenario.cases.iter().position(|c| c.name == *name);
    let case = request
        .load
        .as_ref()
        .map_or(0, |name| named(name).expect("a load case"));
    let case = CaseId(u32::try_from(case).expect("few"));
    let study = Study::new(&loaded.system, &loaded.scenario);
    let in_place = loaded.in_place.as_ref().map(|(at, before)| (*at, before));
    let mut one = one_state(&study, in_place, case, Look::Whole);
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    one.state.as_today = naming.as_today(case, &loaded.time);
    serde_json::to_value(one).expect("JSON")
}

fn asked(live: &Live, request: &Request) -> Value {
    let answer = live
        .state(request)
        .unwrap_or_else(|why| panic!("{why}: {request:?}"));
    let mut value = serde_json::to_value(answer).expect("JSON");
    value.as_object_mut().expect("an object").remove("command");
    value
}

#[test]
fn a_request_is_answered_as_whatif_answers_its_options() {
    let all = SHAPES
        .into_par_iter()
        .flat_map(|shape| (0..40u64).into_par_iter().map(move |s| (shape, s)));
    let seen: Vec<[usize; 4]> = all
        .map(|(shape, seed)| {
            let files = files(shape, seed);
            let live = Live::open(packed(&files)).expect("it opens");
            let mut dice = Dice::new(seed);
            let mut seen = [0; 4];
            for _ in 0..6 {
                let request = request(&live, &mut dice);
                let loaded = read(&files, SCENARIO, &typed(&request));
                let expected = state(&loaded, &request);
                assert_eq!(
                    asked(&live, &request),
                    expected,
                    "{shape:?} {seed} {request:?}"
                );
                let is = |key: &str| {
                    usize::from(expected[key].as_array().is_some_and(|a| !a.is_empty()))
                };
                let mut quick = request.clone();
                quick.quick = true;
                let mut without = expected.clone();
                for service in without["services"].as_array_mut().expect("services") {
                    service
                        .as_object_mut()
                        .expect("an object")
                        .remove("outages");
                }
                assert_eq!(asked(&live, &quick), without, "{shape:?} {seed}");
                seen[0] += is("tripped");
                seen[1] += is("moved");
                seen[2] += is("as_today");
                seen[3] += usize::from(request.contingency.is_some());
            }
            seen
        })
        .collect();
    // The interesting things happened. Load cases of these files say every demand, so none is as today.
    let sum = |at: usize| seen.iter().map(|s| s[at]).sum::<usize>();
    assert!(
        sum(0) > 20 && sum(1) > 20 && sum(3) > 100,
        "{} {} {}",
        sum(0),
        sum(1),
        sum(3)
    );
}

#[test]
fn a_saved_scenario_says_the_same() {
    let all = SHAPES
        .into_par_iter()
        .flat_map(|shape| (0..30u64).into_par_iter().map(move |s| (shape, s)));
    let saved: usize = all
        .map(|(shape, seed)| {
            let mut files = files(shape, seed);
            let live = Live::open(packed(&files)).expect("it opens");
            let mut dice = Dice::new(1_000 + seed);
            let mut saved = 0;
            for _ in 0..4 {
                let request = request(&live, &mut dice);
                let Ok(text) = live.save(&request) else {
                    assert!(request.contingency.is_some(), "{request:?}");
                    continue;
                };
                files
                    .0
                    .insert("asked/explored.toml".to_owned(), text.into_bytes());
                let load = Overrides {
                    load: request.load.clone(),
                    ..Overrides::default()
                };
                let again = state(&read(&files, "asked/explored.toml", &load), &request);
                let mut expected = asked(&live, &request);
                // The contingency is no longer in place by its name.
                expected
                    .as_object_mut()
                    .expect("an object")
                    .remove("contingency");
                for service in expected["services"].as_array_mut().expect("services") {
                    service.as_object_mut().expect("an object").remove("shed");
                }
                assert_eq!(again, expected, "{shape:?} {seed} {request:?}");
                saved += 1;
            }
            saved
        })
        .sum();
    assert!(saved > 500, "{saved}");
}

#[test]
fn what_hurts_most_next_is_what_each_failure_does() {
    for (shape, seed) in SHAPES
        .into_iter()
        .flat_map(|s| (0..12u64).map(move |n| (s, n)))
    {
        let files = files(shape, seed);
        let live = Live::open(packed(&files)).expect("it opens");
        let mut request = request(&live, &mut Dice::new(seed));
        request.contingency = None;
        let next = live.next(&request, 1).expect("order 1");
        let base = live.state(&request).expect("a state").one.state;
        let mut expected = Vec::new();
        let scenario = live.scenario();
        let elements = scenario
            .sweep
            .elements
            .iter()
            .map(|&e| live.system().id(e).to_owned());
        for element in elements.filter(|e| !base.down.contains(e)) {
            let mut more = request.clone();
            more.derate.remove(&element);
            let factor = request.derate.get(&element);
            more.down.push(element.clone());
            let state = live.state(&more).expect("a state").one.state;
            let harmed = harms(&base, &state);
            // What has failed carries nothing, derated or not.
            assert!(factor.is_none() || state.down.contains(&element));
            if !harmed.is_empty() {
                expected.push((element, harmed));
            }
        }
        assert_eq!(
            next.harmful,
            expected.len() as u64,
            "{shape:?} {seed} {request:?}"
        );
        let mut found: Vec<(String, Vec<(String, f64)>)> = next
            .rows
            .iter()
            .map(|r| {
                let services = r.services.iter().map(|s| (s.id.clone(), s.delivered));
                (r.elements[0].clone(), services.collect())
            })
            .collect();
        let hurt = |row: &brownout::live::NextRow| (row.down, row.degraded);
        assert!(next.rows.is_sorted_by(|a, b| hurt(a) >= hurt(b)));
        found.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(found, expected, "{shape:?} {seed} {request:?}");
    }
}

/// Services that a state leaves worse by status than another, with what they get.
fn harms(base: &State, state: &State) -> Vec<(String, f64)> {
    let all = base.services.iter().zip(&state.services);
    all.filter(|(b, s)| s.status.is_harm() && s.status > b.status)
        .map(|(_, s)| (s.id.clone(), s.delivered))
        .collect()
}

#[test]
fn pairs_are_pairs_that_no_single_one_explains() {
    let (mut pairs, mut request) = (0, Request::default());
    for seed in 0..40 {
        let files = files(Shape::TinyDag, seed);
        let live = Live::open(packed(&files)).expect("it opens");
        request.down.clear();
        for row in live.next(&request, 2).expect("order 2").rows {
            let with = |down: &[String]| {
                let down = Request {
                    down: down.to_vec(),
                    ..request.clone()
                };
                live.state(&down).expect("a state").one.state
            };
            let both = with(&row.elements);
            let each: Vec<State> = row
                .elements
                .iter()
                .map(|e| with(std::slice::from_ref(e)))
                .collect();
            for harmed in &row.services {
                let of = |state: &State| {
                    state
                        .services
                        .iter()
                        .find(|s| s.id == harmed.id)
                        .cloned()
                        .expect("it")
                };
                assert_eq!(
                    (of(&both).status, of(&both).delivered),
                    (harmed.status, harmed.delivered)
                );
                assert!(each.iter().all(|one| of(one).status < harmed.status));
                pairs += 1;
            }
        }
    }
    assert!(pairs > 20, "{pairs}");
}

#[cfg(unix)]
#[test]
fn a_shell_takes_the_command_word_for_word() {
    let hostile = [
        "$(touch taken)",
        "a'b",
        "`id`",
        "-x",
        "a b;c|d&e",
        "\"",
        "x=1",
        "*",
        "!!",
        "ü→",
    ];
    let ids: Vec<String> = hostile.iter().map(|h| (*h).to_owned()).collect();
    let mut components = "id,kind,capacity\n".to_owned();
    for id in &hostile {
        components.push_str(&format!("\"{}\",server,10\n", id.replace('"', "\"\"")));
    }
    let files = [
        ("-e's $HOME/components.csv", components),
        (
            "-e's $HOME/services.csv",
            "id,demand\n'q' $(x),5\n".to_owned(),
        ),
        (
            "-e's $HOME/dependencies.csv",
            "consumer,provider\n'q' $(x),*\n".to_owned(),
        ),
    ];
    let files = Texts(files.map(|(p, t)| (p.to_owned(), t.into_bytes())).into());
    let loaded = read(&files, "-e's $HOME", &Overrides::default());
    let live = Live::open(pack(&files, &loaded).expect("it packs")).expect("it opens");
    let request = Request {
        load: Some("today".to_owned()),
        down: ids,
        derate: [("$(touch taken)".to_owned(), 0.25)].into(),
        demand: [("'q' $(x)".to_owned(), 9.5)].into(),
        no_restart: true,
        ..Request::default()
    };
    let command = live.state(&request).expect("a state").command;
    let said = Command::new("sh")
        .args([
            "-c",
            &format!("for word in {command}; do printf '%s\\0' \"$word\"; done"),
        ])
        .output()
        .expect("a shell");
    let words = String::from_utf8(said.stdout).expect("UTF-8");
    let words: Vec<&str> = words.split_terminator('\0').collect();
    let mut expected = vec![
        "brownout".to_owned(),
        "whatif".to_owned(),
        "./-e's $HOME".to_owned(),
    ];
    expected.push("--load=today".to_owned());
    expected.extend(hostile.iter().map(|h| format!("--down={h}")));
    expected.push("--derate=$(touch taken)=0.25".to_owned());
    expected.push("--demand='q' $(x)=9.5".to_owned());
    expected.push("--no-restart".to_owned());
    assert_eq!(words, expected);
}

#[test]
fn the_shipped_command_shows_the_shipped_state() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = "scenarios/quarter-end-forecast.toml";
    let disk = brownout::input::Disk;
    std::env::set_current_dir(root).expect("the root");
    let loaded = load_from(&disk, Path::new(path), &Overrides::default());
    let loaded = loaded.unwrap_or_else(|f| panic!("{}", f.render(false, 100)));
    let package = pack(&disk, &loaded).expect("it packs");
    // Its profile stays outside, and so does everything else that no state needs.
    assert!(
        package.files.keys().all(|f| !f.contains("load")),
        "{:?}",
        package.files.keys()
    );
    let live = Live::open(package).expect("it opens");
    for case in &loaded.scenario.cases {
        let mut request = Request {
            load: Some(case.name.clone()),
            ..Request::default()
        };
        for _ in 0..2 {
            let answer = live.state(&request).expect("a state");
            let words: Vec<&str> = answer.command.split(' ').skip(1).collect();
            let words = [&words[..], &["--format", "json", "-q"]].concat();
            let (code, said, error) = crate::program::run(root, &words);
            assert_eq!(code, 0, "{error}");
            let whole: Value = serde_json::from_str(&said).expect("JSON");
            for (key, value) in asked(&live, &request).as_object().expect("an object") {
                assert_eq!(whole[key], *value, "{key} {request:?}");
            }
            request.down.push("app-1".to_owned());
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let files = files(Shape::TinyDag, 3);
    let mut session = Session::default();
    let mut said = |call: Value| -> Value {
        let call = serde_json::to_vec(&call).expect("JSON");
        serde_json::from_slice(&session.answer(&call)).expect("JSON")
    };
    assert_eq!(said(json!({ "state": {} }))["refused"], "nothing is open");
    let opened = said(json!({ "open": packed(&files) }));
    let items = opened["opened"]["items"].as_array().expect("items").clone();
    let service = items
        .iter()
        .find(|i| i["role"] == "service")
        .expect("a service");
    let wrong = [
        json!({ "down": ["nobody"] }),
        json!({ "down": [service["id"]] }),
        json!({ "load": "never" }),
        json!({ "contingency": "unheard of" }),
        json!({ "demand": { (service["id"].as_str().expect("an id")): -1.0 } }),
        json!({ "derate": { (service["id"].as_str().expect("an id")): 0.5 } }),
        json!({ "more": 1 }),
        json!(7),
    ];
    for wrong in wrong {
        let answer = said(json!({ "state": wrong }));
        assert!(answer["refused"].is_string(), "{wrong}: {answer}");
    }
    assert!(said(json!({ "next": [{}, 3] }))["refused"].is_string());
    assert!(said(json!({ "state": {} }))["state"]["services"].is_array());
    let torn = Package {
        path: "x".to_owned(),
        ..Package::default()
    };
    assert!(said(json!({ "open": torn }))["refused"].is_string());
}
