//! Second paths in plans: by hand, and on random trees on which every cheaper set of changes is tried.

use crate::estates::Dice;
use crate::fix::{self, context};
use crate::program;
use brownout::analysis::fix::{Change, Member, SecondPath};
use brownout::analysis::plan::{PlanEnd, PlanOptions, PlanOutcome, applied, plan};
use brownout::analysis::{NoWatch, Study, judge};
use brownout::input::Loaded;
use brownout::model::{NodeId, Role};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 29);

/// A router between two others, both of a site: hq – r1 – r2 – dc.
fn chain(site: &str, routers: &str) -> Vec<(&'static str, String)> {
    vec![
        (
            "estate/components.csv",
            format!(
                "id,kind,within,cost\nmid,site,,\nhq,router,,\ndc,router,,\nr1,router,{site},{routers}\n\
                 r2,router,{site},{routers}\n"
            ),
        ),
        (
            "estate/links.csv",
            "id,a,b,capacity,metric,cost,mtbf_hours,mttr_hours\nl1,hq,r1,40,1,5,1000,1\nl2,r2,r1,30,2,7,500,1\n\
             l3,r2,dc,90,3,6,1000,1\n"
                .to_owned(),
        ),
        ("estate/flows.csv", "id,from,to\nf,hq,dc\n".to_owned()),
        ("estate/services.csv", "id,demand\norders,20\n".to_owned()),
        (
            "estate/dependencies.csv",
            "consumer,provider\norders,f\n".to_owned(),
        ),
        (
            "scenario.toml",
            "inventory = 'estate'\n[sweep]\nexclude = ['hq', 'dc']\n[[policy]]\nname = 'p'\nsurvives = 1\n"
                .to_owned(),
        ),
    ]
}

fn load(files: &[(&'static str, String)]) -> Loaded {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| {
            (
                if *name == "scenario.toml" {
                    "s.toml"
                } else {
                    *name
                },
                text.as_str(),
            )
        })
        .collect();
    fix::load(&fix::texts(&files))
}

fn planned(loaded: &Loaded) -> PlanOutcome {
    let options = PlanOptions {
        as_of: TODAY,
        runs: Some(400),
    };
    plan(context(loaded), &options, &NoWatch)
}

fn told(loaded: &Loaded, outcome: &PlanOutcome) -> Vec<String> {
    let id = |v: NodeId| loaded.system.id(v);
    let steps = outcome.plan.iter().flat_map(|p| &p.steps);
    let mut all: Vec<String> = steps
        .map(|s| match &s.change {
            Change::Lay(p) => {
                let beside: Vec<&str> = p.beside.iter().map(|&l| id(l)).collect();
                format!(
                    "lay {} {} beside {}",
                    id(p.from),
                    id(p.to),
                    beside.join(" ")
                )
            }
            Change::AddMember(m) => format!("add {} {}", id(m.like), m.count),
            other => format!("{other:?}"),
        })
        .collect();
    all.sort();
    all
}

fn holds(loaded: &Loaded, changes: &[Change]) -> bool {
    let altered = applied(context(loaded), changes).expect("an estate");
    let study = Study::new(&altered.system, &altered.scenario).listing(usize::MAX);
    let sweep = study.sweep(altered.scenario.sweep.order, &NoWatch);
    let none = |_, _, _| Err("none".to_owned());
    let placements = altered.system.placements();
    let judged = judge(placements, &altered.scenario, &sweep, &none, TODAY);
    judged.policies.iter().all(|p| p.holds == Some(true))
}

#[test]
fn each_router_on_a_single_way_is_passed_by_a_path_of_its_own() {
    // r1 lost: hq – r2 beside l1 and l2, for 5 + 7. r2 lost: r1 – dc beside l2 and l3, for 7 + 6. With both, no link
    // is needed twice.
    let loaded = load(&chain("", "100"));
    let found = planned(&loaded);
    assert_eq!(
        told(&loaded, &found),
        ["lay dc r1 beside l3 l2", "lay hq r2 beside l1 l2"]
    );
    let plan = found.plan.as_ref().expect("a plan");
    assert_eq!((plan.cost, found.lower_bound), (25.0, 25.0));
    assert_eq!(found.end, PlanEnd::Proved);
    // Two routers for 1 each are cheaper: their links come with them.
    let loaded = load(&chain("", "1"));
    let found = planned(&loaded);
    assert_eq!(told(&loaded, &found), ["add r1 1", "add r2 1"]);
}

#[test]
fn a_site_on_the_way_is_passed_as_a_whole() {
    // One path for 5 + 7 + 6 is enough whatever fails: the site, a router in it, a link.
    let loaded = load(&chain("mid", "100"));
    let found = planned(&loaded);
    assert_eq!(told(&loaded, &found), ["lay dc hq beside l3 l2 l1"]);
    assert_eq!(found.lower_bound, 18.0);
    // Without a cost of one of the links it is not for sale; nor is anything else that passes the site.
    let mut files = chain("mid", "100");
    files[1].1 = files[1].1.replace("30,2,7,", "30,2,,");
    let loaded = load(&files);
    let found = planned(&loaded);
    assert_eq!(
        (&found.plan, found.end),
        (&None, PlanEnd::Proved),
        "{found:?}"
    );
    assert!(found.refusal.is_some());
}

#[test]
fn a_path_is_like_the_links_that_it_runs_beside_and_holds_once_it_is_applied() {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in chain("mid", "100") {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    let (code, text, _) = program::run(dir.path(), &["plan", "scenario.toml", "--apply", "new"]);
    assert_eq!(code, 0, "{text}");
    let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("costs 18: lay a second path from dc to hq beside l3, l2 and l1."),
        "{text}"
    );
    let links = std::fs::read_to_string(dir.path().join("new/inventory/links.csv")).expect("links");
    let row = links
        .lines()
        .find(|l| l.starts_with("dc--hq-new-1"))
        .expect("it is there");
    let header: Vec<&str> = links.lines().next().expect("a header").split(',').collect();
    let cells: BTreeMap<&str, &str> = header.into_iter().zip(row.split(',')).collect();
    // The least capacity, the sum of the metrics and of the costs, the worst of the reliabilities.
    for (column, value) in [
        ("a", "dc"),
        ("b", "hq"),
        ("capacity", "30"),
        ("metric", "6"),
        ("cost", "18"),
        ("mtbf_hours", "500"),
    ] {
        assert_eq!(cells.get(column), Some(&value), "{column}: {links}");
    }
    let (code, text, _) = program::run(dir.path(), &["assess", "new", "--no-fixes", "--no-ledger"]);
    assert_eq!(code, 0, "{text}");
    let (_, text, _) = program::run(dir.path(), &["plan", "scenario.toml", "--format", "json"]);
    let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let change = &result["changes"][0];
    assert_eq!(change["kind"], "lay");
    assert_eq!(
        change["laid"]["beside"],
        serde_json::json!(["l3", "l2", "l1"])
    );
    let (_, text, _) = program::run(dir.path(), &["plan", "scenario.toml", "--format", "csv"]);
    assert!(text.contains("l3;l2;l1"), "{text}");
    // The assessment shows the same.
    let (_, text, _) = program::run(dir.path(), &["assess", "scenario.toml", "--no-ledger"]);
    let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("lay a second path from dc to hq"), "{text}");
}

/// A random tree of routers, some of them in a site, with flows between its leaves.
fn tree(seed: u64) -> Loaded {
    let mut dice = Dice(seed);
    let n = 4 + dice.below(2);
    let costs = dice.chance(0.8);
    let mut price = |all: &[&str]| {
        let price = if costs { *dice.pick(all) } else { "" };
        price.to_owned()
    };
    let routers: Vec<String> = (0..n).map(|_| price(&["9", "14", "30", ""])).collect();
    let cables: Vec<String> = (1..n).map(|_| price(&["3", "4", "6", ""])).collect();
    let mut components = "id,kind,within,cost\nsite,site,,\n".to_owned();
    let mut degree = vec![0; n];
    let mut links = "id,a,b,cost\n".to_owned();
    for (v, cost) in (1..n).zip(&cables) {
        let up = dice.below(v);
        degree[v] += 1;
        degree[up] += 1;
        // Ends in either order.
        let (a, b) = if dice.chance(0.5) { (v, up) } else { (up, v) };
        writeln!(links, "l{v},r{a},r{b},{cost}").expect("a string");
    }
    let ends: Vec<usize> = (0..n).filter(|&v| degree[v] == 1).collect();
    for (v, cost) in routers.iter().enumerate() {
        let inside = if !ends.contains(&v) && dice.chance(0.4) {
            "site"
        } else {
            ""
        };
        writeln!(components, "r{v},router,{inside},{cost}").expect("a string");
    }
    let (mut flows, mut services, mut dependencies) = (
        "id,from,to\n".to_owned(),
        "id,demand\n".to_owned(),
        "consumer,provider\n".to_owned(),
    );
    for f in 0..=dice.below(2) {
        let from = ends[dice.below(ends.len())];
        let to = *ends
            .iter()
            .find(|&&e| e != from)
            .expect("a tree has two leaves");
        writeln!(flows, "f{f},r{from},r{to}").expect("a string");
        writeln!(services, "s{f},10").expect("a string");
        writeln!(dependencies, "s{f},f{f}").expect("a string");
    }
    let exclude: Vec<String> = ends.iter().map(|e| format!("r{e}")).collect();
    load(&[
        ("estate/components.csv", components),
        ("estate/links.csv", links),
        ("estate/flows.csv", flows),
        ("estate/services.csv", services),
        ("estate/dependencies.csv", dependencies),
        (
            "scenario.toml",
            format!(
                "inventory = 'estate'\n[sweep]\nexclude = {exclude:?}\n[[policy]]\nname = 'p'\nsurvives = 1\n"
            ),
        ),
    ])
}

/// The only way of a tree between two routers: routers and links in turn.
fn way(loaded: &Loaded, from: NodeId, to: NodeId) -> Vec<NodeId> {
    let mut ways = vec![vec![from]];
    while let Some(way) = ways.pop() {
        let last = *way.last().expect("it begins somewhere");
        if last == to {
            return way;
        }
        for (v, node) in loaded.system.iter() {
            if let Role::Link(l) = node.role {
                let other = match last {
                    x if x == l.a => l.b,
                    x if x == l.b => l.a,
                    _ => continue,
                };
                if !way.contains(&other) {
                    ways.push([way.clone(), vec![v, other]].concat());
                }
            }
        }
    }
    panic!("a tree joins all")
}

/// Every path past one router or past the site, by definition.
fn paths(loaded: &Loaded) -> BTreeSet<SecondPath> {
    let system = &loaded.system;
    let site = system.find("site").expect("there is one");
    let mut found = BTreeSet::new();
    for (_, node) in system.iter() {
        let Role::Flow(f) = node.role else { continue };
        let way = way(loaded, f.from, f.to);
        let routers: Vec<NodeId> = way.iter().copied().step_by(2).collect();
        let inner = &routers[1..routers.len() - 1];
        let mut losses: Vec<Vec<NodeId>> = inner.iter().map(|&v| vec![v]).collect();
        let sited = inner.iter().copied();
        let sited: Vec<NodeId> = sited
            .filter(|&v| system.node(v).within.contains(&site))
            .collect();
        losses.push(sited);
        for lost in losses.into_iter().filter(|l| !l.is_empty()) {
            let at = |v: NodeId| way.iter().position(|&w| w == v).expect("on the way");
            let first = lost.iter().map(|&v| at(v)).min().expect("one is lost") - 2;
            let last = lost.iter().map(|&v| at(v)).max().expect("one is lost") + 2;
            let mut stretch = way[first..=last].to_vec();
            if stretch.last() < stretch.first() {
                stretch.reverse();
            }
            found.insert(SecondPath {
                from: stretch[0],
                to: *stretch.last().expect("it has an end"),
                beside: stretch.iter().copied().skip(1).step_by(2).collect(),
                count: 1,
            });
        }
    }
    found
}

/// Everything that may be done, once, with its cost.
fn sold(loaded: &Loaded) -> Vec<(Change, f64)> {
    let system = &loaded.system;
    let has_costs = system.nodes().iter().any(|n| n.expansion.cost.is_some());
    let cost = |v: NodeId| {
        if has_costs {
            system.node(v).expansion.cost
        } else {
            Some(1.0)
        }
    };
    let mut all = Vec::new();
    for (v, node) in system.iter().filter(|(_, n)| n.is_component_or_link()) {
        let Some(cost) = cost(v) else { continue };
        let mut places = vec![Vec::new()];
        if !node.within.is_empty() {
            places.push(node.within.to_vec());
        }
        for outside in places {
            let member = Member {
                like: v,
                outside,
                count: 1,
            };
            all.push((Change::AddMember(member), cost));
        }
    }
    for path in paths(loaded) {
        let sum: Option<f64> = path.beside.iter().map(|&l| cost(l)).sum();
        let cost = if has_costs { sum } else { Some(1.0) };
        all.extend(cost.map(|c| (Change::Lay(path.clone()), c)));
    }
    all
}

/// Every set that costs less than a limit.
fn cheaper(sold: &[(Change, f64)], limit: f64) -> Vec<(Vec<Change>, f64)> {
    let mut all: Vec<(Vec<Change>, f64)> = vec![(Vec::new(), 0.0)];
    for (change, cost) in sold {
        let with: Vec<(Vec<Change>, f64)> = all
            .iter()
            .filter(|(_, sum)| sum + cost < limit - 1e-9)
            .map(|(changes, sum)| ([changes.clone(), vec![change.clone()]].concat(), sum + cost))
            .collect();
        all.extend(with);
    }
    all
}

#[test]
fn no_cheaper_set_of_changes_keeps_a_tree_together() {
    let all: Vec<[u32; 3]> = (0..60u64)
        .into_par_iter()
        .map(|seed| {
            let loaded = tree(seed);
            let found = planned(&loaded);
            let sold = sold(&loaded);
            let Some(plan) = &found.plan else {
                assert_eq!(found.end, PlanEnd::Proved, "seed {seed}: {found:?}");
                // Not even all of it at once holds.
                let everything: Vec<Change> = sold.into_iter().map(|s| s.0).collect();
                assert!(!holds(&loaded, &everything), "seed {seed}");
                return [0, 0, 1];
            };
            let changes: Vec<Change> = plan.steps.iter().map(|s| s.change.clone()).collect();
            assert!(holds(&loaded, &changes), "seed {seed}: {changes:?}");
            assert!(found.lower_bound <= plan.cost + 1e-9, "seed {seed}");
            let known: BTreeSet<SecondPath> = paths(&loaded);
            let mut laid = 0;
            for change in &changes {
                if let Change::Lay(path) = change {
                    assert!(known.contains(path), "seed {seed}: {path:?} of {known:?}");
                    laid = 1;
                }
            }
            for (changes, cost) in cheaper(&sold, plan.cost) {
                let is_known = found.end != PlanEnd::Proved && found.lower_bound <= cost + 1e-9;
                assert!(
                    is_known || !holds(&loaded, &changes),
                    "seed {seed}: {changes:?} for {cost} beats {:?} for {}",
                    plan.steps,
                    plan.cost
                );
            }
            [1, laid, 0]
        })
        .collect();
    let sum = |at: usize| all.iter().map(|one| one[at]).sum::<u32>();
    let (tried, laid, none) = (sum(0), sum(1), sum(2));
    println!("{tried} tried, {laid} with a second path, {none} without a plan");
    assert!(tried > 20 && laid > 10, "{tried} {laid} {none}");
}
