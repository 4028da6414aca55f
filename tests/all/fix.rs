//! What would fix it: closed forms, the story, and random estates whose inventory is changed as
//! each fix says.

use crate::random::{Dice, SHAPES, estate};
use brownout::analysis::fix::{Change, FixOutcome, Ground, fixes};
use brownout::analysis::montecarlo::{Settings, Snapshot};
use brownout::analysis::{Judgement, NoWatch, Study, SweepOutcome, judge};
use brownout::input::write::write_inventory;
use brownout::input::{self, Loaded, Overrides, Texts};
use brownout::report::document::{Fix, FixKind, FixStep};
use brownout::report::naming::Naming;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 24);

/// An estate as text, by file.
fn texts(files: &[(&str, &str)]) -> Texts {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
    Texts(files.collect())
}

fn load(texts: &Texts) -> Loaded {
    let loaded = input::load_from(texts, Path::new("s.toml"), &Overrides::default());
    loaded.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100)))
}

fn ground(loaded: &Loaded) -> Ground<'_> {
    Ground {
        system: &loaded.system,
        scenario: &loaded.scenario,
        returning: &loaded.scope.returning,
    }
}

fn found(loaded: &Loaded) -> FixOutcome {
    let (sweep, judgement) = judged(loaded);
    fixes(ground(loaded), &sweep, &judgement, TODAY, &NoWatch)
}

fn judged(loaded: &Loaded) -> (SweepOutcome, Judgement) {
    let study = Study::new(&loaded.system, &loaded.scenario);
    let sweep = study.sweep(loaded.scenario.sweep.order, &NoWatch);
    let simulated = loaded.scenario.simulate.map(|spec| {
        let snapshot = Snapshot::new(&study, Settings::new(spec.trials, spec.seed));
        let snapshot = snapshot.expect("settings");
        let record = snapshot.run(None, &NoWatch, &mut |_| ());
        snapshot.answer(&record)
    });
    let probability = |service, case, status| match &simulated {
        Some(s) => s.at_least(service, case, status),
        None => Err("no simulation".to_owned()),
    };
    let judgement = judge(&loaded.scenario, &sweep, &probability, TODAY);
    (sweep, judgement)
}

/// Fixes as the report tells them.
fn told(loaded: &Loaded) -> Vec<Fix> {
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    naming.fixes(&found(loaded), &ground(loaded)).0
}

/// One service over some servers, one policy.
fn estate_of(components: &str, dependencies: &str, demand: &str, scenario: &str) -> Loaded {
    let services = format!("id,unit,demand\nshop,orders/min,{demand}\n");
    let scenario = format!("inventory = \"e\"\n{scenario}");
    load(&texts(&[
        ("e/components.csv", components),
        ("e/dependencies.csv", dependencies),
        ("e/services.csv", &services),
        ("s.toml", &scenario),
    ]))
}

fn survives(order: u32) -> String {
    format!("[[policy]]\nname = \"p\"\nservices = [\"shop\"]\nsurvives = {order}\n")
}

fn texts_of(fixes: &[Fix]) -> Vec<&str> {
    fixes.iter().map(|f| f.text.as_str()).collect()
}

#[test]
fn the_story_says_restore_the_server_first() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quarter-end-one-down.toml");
    let loaded = input::load(&path, &Overrides::default()).expect("it is shipped");
    let fixes = told(&loaded);
    assert_eq!(
        texts_of(&fixes),
        [
            "restore app-3 first: removes 5 of 5 breaches",
            "restore app-3: removes 1 of 1 breach",
            "add 300 orders/min to app-1 (to 700): removes 1 of 1 breach",
            "add 300 orders/min to app-2 (to 700): removes 1 of 1 breach",
            "add one more like app-1 in group servers: removes 1 of 1 breach",
            "add 150 orders/min to app-1 (to 550) and add 150 orders/min to app-2 (to 550): \
             removes 1 of 1 breach",
            "restore app-3: removes 4 of 4 breaches",
            "add one more like app-3 in group servers: removes 4 of 4 breaches",
            "add 300 orders/min to app-1 (to 700) and add 300 orders/min to app-2 (to 700): \
             removes 4 of 4 breaches",
            "add 300 orders/min to app-1 (to 700): removes 2 of 4 breaches",
            "add 300 orders/min to app-2 (to 700): removes 2 of 4 breaches",
        ]
    );
    assert_eq!((fixes[0].policy.as_deref(), fixes[0].rank), (None, Some(1)));
    assert_eq!(fixes[0].element.as_deref(), Some("app-3"));
    assert!(fixes.iter().all(|f| f.verified && f.new_breaches == 0));
}

/// Behind a server that splits evenly whatever the capacities, each needs its own share.
#[test]
fn the_smallest_capacity_is_the_load_that_is_carried() {
    let loaded = estate_of(
        "id,kind,capacity\na,server,400\nb,server,300\nc,server,900\n",
        "consumer,provider,group,need,weight\nshop,a,g,any,1\nshop,b,g,,1\nshop,c,g,,2\n",
        "1700",
        &survives(0),
    );
    // Shares: 425, 425, 850.
    let outcome = found(&loaded);
    let id = |id| loaded.system.find(id).expect("is there");
    let whole = vec![
        Change::AddCapacity(id("a"), 25.0),
        Change::AddCapacity(id("b"), 125.0),
    ];
    let fix = outcome.fixes.iter().find(|f| f.changes == whole);
    let fix = fix.unwrap_or_else(|| panic!("{outcome:#?}"));
    assert_eq!((fix.removes, fix.remaining), (1, 0));
}

#[test]
fn a_derated_link_of_the_chain_needs_more_than_it_carries() {
    let loaded = estate_of(
        "id,kind,capacity\na,server,1000\nb,database,500\n",
        "consumer,provider,load\nshop,a,\na,b,0.5\n",
        "1000",
        &format!("derate = {{ b = 0.8 }}\n{}", survives(0)),
    );
    // b must carry 500 with 0.8 of its capacity: 625.
    let fixes = told(&loaded);
    assert_eq!(
        texts_of(&fixes),
        [
            "restore b first: removes 1 of 1 breach",
            "restore b: removes 1 of 1 breach",
            "add 125 to b (to 625): removes 1 of 1 breach",
        ]
    );
}

/// Demand 1,000 over servers of 100, two of which may fail: twelve are needed.
#[test]
fn the_number_of_members_is_the_smallest_that_does() {
    let mut components = String::from("id,kind,capacity\n");
    let mut dependencies = String::from("consumer,provider,group,need\n");
    for n in 0..7 {
        writeln!(components, "s-{n},server,100").expect("memory");
        writeln!(dependencies, "shop,s-{n},g,any").expect("memory");
    }
    let loaded = estate_of(
        &components,
        &dependencies,
        "1000",
        &format!("[sweep]\norder = 2\n{}", survives(2)),
    );
    let outcome = found(&loaded);
    let members = outcome
        .fixes
        .iter()
        .find_map(|f| match f.changes.as_slice() {
            [Change::AddMember(m)] if f.holds() => Some(m.count),
            _ => None,
        });
    assert_eq!(members, Some(5), "{outcome:#?}");
}

#[test]
fn a_lone_database_gets_a_second_one_outside_of_its_rack() {
    let loaded = estate_of(
        "id,kind,capacity,within\nrack-1,rack,,\ndb,database,100,rack-1\n",
        "consumer,provider\nshop,db\n",
        "50",
        &survives(1),
    );
    let fixes = told(&loaded);
    let fix = fixes.first().expect("there is one");
    assert_eq!(
        fix.text,
        "add one more like db outside of rack-1: removes 2 of 2 breaches"
    );
    assert_eq!(fix.steps[0].outside, ["rack-1"]);
    assert!(fix.steps[0].joins[0].becomes_group && fix.holds);
}

#[test]
fn links_in_one_duct_get_a_third_outside_of_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/wan-second-path.toml");
    let loaded = input::load(&path, &Overrides::default()).expect("it is shipped");
    let fixes = told(&loaded);
    assert_eq!(
        texts_of(&fixes),
        ["add one more like wan-2 outside of fra1-duct: removes 12 of 14 breaches"]
    );
}

/// Each outage alone removes nothing where both are needed; the ranking says so in order.
#[test]
fn repairs_that_only_help_together_stand_in_order() {
    let loaded = estate_of(
        "id,kind,capacity\na,server,100\nb,server,100\nc,server,100\n",
        "consumer,provider,group,need\nshop,a,g,any\nshop,b,g,\nshop,c,g,\n",
        "300",
        &format!("down = [\"a\", \"c\"]\n{}", survives(0)),
    );
    let ranking: Vec<Fix> = told(&loaded)
        .into_iter()
        .filter(|f| f.policy.is_none())
        .collect();
    assert_eq!(
        texts_of(&ranking),
        ["then restore c (after a): removes 1 of 1 breach"]
    );
    assert_eq!(ranking[0].rank, Some(2));
}

/// Seventy services with a server each behind one switch: the switch comes first.
#[test]
fn where_much_is_breached_the_greatest_levers_come_first() {
    let mut components = String::from("id,kind\nsw,switch\n");
    let mut dependencies = String::from("consumer,provider\n");
    let mut services = String::from("id,demand\n");
    for n in 0..70 {
        writeln!(components, "server-{n},server").expect("memory");
        writeln!(services, "s-{n},1").expect("memory");
        writeln!(dependencies, "s-{n},server-{n}\nserver-{n},sw").expect("memory");
    }
    let loaded = load(&texts(&[
        ("e/components.csv", &components),
        ("e/dependencies.csv", &dependencies),
        ("e/services.csv", &services),
        (
            "s.toml",
            "inventory = \"e\"\n[[policy]]\nname = \"p\"\nsurvives = 1\n",
        ),
    ]));
    let fixes = told(&loaded);
    let found = texts_of(&fixes);
    assert_eq!(fixes[0].kind, FixKind::AddMember, "{found:#?}");
    assert_eq!((fixes[0].removes, fixes[0].of), (77, 140), "{found:#?}");
    assert_eq!(found[1], "add one more like sw: removes 70 of 140 breaches");
    assert_eq!(fixes[0].steps.len(), 8, "the switch and seven servers");
    let search = found_reason(&loaded);
    assert!(
        search
            .expect("it was cut")
            .contains("only the 8 contingencies")
    );
}

fn found_reason(loaded: &Loaded) -> Option<String> {
    found(loaded).reason
}

/// Each server is out with q = 0.01. Two are both out with 1e-4, three with 1e-6.
#[test]
fn a_limit_of_a_probability_asks_for_one_more_member() {
    let loaded = estate_of(
        "id,kind,unavailability\na,server,0.01\nb,server,0.01\n",
        "consumer,provider,group,need\nshop,a,g,any\nshop,b,g,\n",
        "1",
        "[sweep]\norder = 2\n[simulate]\ntrials = 1000\n[[policy]]\nname = \"p\"\n\
         services = [\"shop\"]\nmax_probability = { down = 5e-6 }\n",
    );
    let fixes = told(&loaded);
    assert_eq!(
        texts_of(&fixes),
        ["add one more like a in group g: removes 1 of 1 breach"]
    );
    assert!(fixes[0].holds && fixes[0].new_breaches == 0);
}

#[test]
fn what_cannot_be_fixed_is_named() {
    let loaded = estate_of(
        "id,kind,capacity\na,server,0\n",
        "consumer,provider\nshop,a\n",
        "10",
        &format!("derate = {{ a = 0 }}\n{}", survives(0)),
    );
    let outcome = found(&loaded);
    assert!(outcome.fixes.is_empty(), "{outcome:#?}");
    assert_eq!(outcome.unfixed.len(), 1);
    assert!(outcome.reason.is_none());
}

#[test]
fn nothing_is_searched_where_every_policy_holds() {
    let loaded = estate_of(
        "id,kind,capacity\na,server,20\nb,server,20\n",
        "consumer,provider,group,need\nshop,a,g,any\nshop,b,g,\n",
        "10",
        &survives(1),
    );
    let outcome = found(&loaded);
    assert!(outcome.fixes.is_empty() && outcome.unfixed.is_empty());
    assert_eq!(outcome.runs, 0);
}

/// A table of a folder as cells.
#[derive(Clone)]
struct Rows {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    fn read(bytes: &[u8]) -> Self {
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers().expect("a header");
        let header = header.iter().map(str::to_owned).collect();
        let rows = reader.records().map(|r| {
            let r = r.expect("a row");
            r.iter().map(str::to_owned).collect()
        });
        Self {
            header,
            rows: rows.collect(),
        }
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(at) = self.header.iter().position(|h| h == name) {
            return at;
        }
        self.header.push(name.to_owned());
        for row in &mut self.rows {
            row.push(String::new());
        }
        self.header.len() - 1
    }

    fn write(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header).expect("memory");
        for row in &self.rows {
            writer.write_record(row).expect("memory");
        }
        writer.into_inner().expect("memory")
    }
}

/// An inventory folder and what a scenario says of it, to be changed by hand.
#[derive(Clone)]
struct Folder {
    tables: BTreeMap<String, Rows>,
    down: Vec<String>,
    derate: BTreeMap<String, f64>,
    elements: Vec<String>,
    /// Load cases and policies.
    rest: String,
    new: usize,
}

impl Folder {
    fn texts(&self) -> Texts {
        let mut files = BTreeMap::new();
        for (name, rows) in &self.tables {
            files.insert(format!("e/{name}"), rows.write());
        }
        let mut text = format!("inventory = \"e\"\ndown = {:?}\n[derate]\n", self.down);
        for (id, factor) in &self.derate {
            writeln!(text, "{id:?} = {factor}").expect("memory");
        }
        write!(
            text,
            "{}\n[sweep]\norder = 2\nelements = {:?}\n",
            self.rest, self.elements
        )
        .expect("memory");
        files.insert("s.toml".to_owned(), text.into_bytes());
        Texts(files)
    }

    fn apply(&mut self, step: &FixStep) {
        match step.kind {
            FixKind::Restore => {
                self.down.retain(|d| *d != step.element);
                self.derate.remove(&step.element);
            }
            FixKind::AddCapacity => {
                let (table, row) = self.find(&step.element);
                let rows = self.tables.get_mut(&table).expect("found there");
                let at = rows.column("capacity");
                rows.rows[row][at] = step.new_capacity.expect("told").to_string();
            }
            FixKind::AddMember => {
                let mut left = step.amount.expect("told");
                while left > 0.0 {
                    self.add(step);
                    left -= 1.0;
                }
            }
            FixKind::Combination => unreachable!("no sort of step"),
        }
    }

    /// Table and row of a component or link.
    fn find(&mut self, id: &str) -> (String, usize) {
        for name in ["components.csv", "links.csv"] {
            if let Some(rows) = self.tables.get_mut(name) {
                let at = rows.column("id");
                if let Some(row) = rows.rows.iter().position(|r| r[at] == id) {
                    return (name.to_owned(), row);
                }
            }
        }
        panic!("there is no {id}");
    }

    fn within(&mut self, id: &str) -> Vec<String> {
        let (table, row) = self.find(id);
        let rows = self.tables.get_mut(&table).expect("found there");
        let at = rows.column("within");
        let cell = rows.rows[row][at].split(';').map(str::to_owned);
        cell.filter(|d| !d.is_empty()).collect()
    }

    fn is_inside(&mut self, id: &str, domains: &[String]) -> bool {
        domains.iter().any(|d| d == id)
            || self.within(id).iter().any(|d| self.is_inside(d, domains))
    }

    fn copy(&mut self, id: &str, outside: &[String]) -> String {
        self.new += 1;
        let new = format!("zz-new-{}", self.new);
        let domains = self.within(id);
        let kept: Vec<String> = domains
            .into_iter()
            .filter(|d| !self.is_inside(d, outside))
            .collect();
        let (table, row) = self.find(id);
        let rows = self.tables.get_mut(&table).expect("found there");
        let (at, within) = (rows.column("id"), rows.column("within"));
        let mut copied = rows.rows[row].clone();
        copied[at].clone_from(&new);
        copied[within] = kept.join(";");
        rows.rows.push(copied);
        if self.elements.iter().any(|e| e == id) {
            self.elements.push(new.clone());
        }
        let rows = self.tables.get_mut("dependencies.csv").expect("required");
        let consumer = rows.column("consumer");
        let own: Vec<Vec<String>> = rows
            .rows
            .iter()
            .filter(|r| r[consumer] == id)
            .cloned()
            .collect();
        for mut row in own {
            row[consumer].clone_from(&new);
            rows.rows.push(row);
        }
        new
    }

    /// One more like a component or link, as the step says.
    fn add(&mut self, step: &FixStep) {
        let like = &step.element;
        let new = self.copy(like, &step.outside);
        self.provide(like, &new);
        if self.find(like).0 == "components.csv" {
            self.connect(like, &new);
        }
    }

    fn provide(&mut self, like: &str, new: &str) {
        let rows = self.tables.get_mut("dependencies.csv").expect("required");
        let columns = ["consumer", "provider", "group", "need", "split"];
        let [consumer, provider, group, need, split] = columns.map(|c| rows.column(c));
        let mut at = 0;
        let mut done = BTreeSet::new();
        while at < rows.rows.len() {
            let row = rows.rows[at].clone();
            at += 1;
            if row[provider] != like {
                continue;
            }
            let key = (row[consumer].clone(), row[group].clone());
            let same = |r: &&Vec<String>| {
                !row[group].is_empty() && (&r[consumer], &r[group]) == (&row[consumer], &row[group])
            };
            let needs = rows.rows.iter().filter(same).chain([&row]);
            let all = needs
                .map(|r| r[need].as_str())
                .all(|n| n.is_empty() || n == "all");
            let mut second = row.clone();
            new.clone_into(&mut second[provider]);
            if all {
                let name = format!("pair-{at}-{new}");
                let first = &mut rows.rows[at - 1];
                for r in [first, &mut second] {
                    r[group].clone_from(&name);
                    "1".clone_into(&mut r[need]);
                    "standby".clone_into(&mut r[split]);
                }
                rows.rows.push(second);
            } else if row[group].is_empty() || done.insert(key) {
                if row[group].is_empty() {
                    let name = format!("pair-{at}-{new}");
                    rows.rows[at - 1][group].clone_from(&name);
                    second[group] = name;
                }
                rows.rows.push(second);
            }
        }
    }

    fn connect(&mut self, like: &str, new: &str) {
        let Some(links) = self.tables.get_mut("links.csv") else {
            return;
        };
        let (id, a, b) = (links.column("id"), links.column("a"), links.column("b"));
        let ends = links.rows.iter().filter(|r| r[a] == like || r[b] == like);
        let ends: Vec<String> = ends.map(|r| r[id].clone()).collect();
        for link in ends {
            self.copy(&link, &[]);
            let links = self.tables.get_mut("links.csv").expect("there");
            let row = links.rows.last_mut().expect("just added");
            for end in [a, b] {
                if row[end] == like {
                    new.clone_into(&mut row[end]);
                }
            }
        }
    }
}

/// Breaches of each policy: service, case, elements.
fn breaches(loaded: &Loaded) -> Vec<BTreeSet<(String, u32, Vec<String>)>> {
    let judgement = judged(loaded).1;
    let id = |v| loaded.system.id(v).to_owned();
    let policies = judgement.policies.iter().map(|p| {
        let all = p.breaches.iter();
        all.map(|b| {
            let elements = b.elements.iter().map(|&e| id(e)).collect();
            (id(b.service), b.case.0, elements)
        })
        .collect()
    });
    policies.collect()
}

/// A random estate as text, with policies.
fn folder(shape: crate::random::Shape, seed: u64) -> Folder {
    let (system, scenario) = estate(shape, seed);
    let mut dice = Dice::new(seed ^ 0xf1c5);
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("e");
    write_inventory(&path, &system.draft(), &[]).expect("written");
    let mut tables = BTreeMap::new();
    for file in [
        "components",
        "links",
        "flows",
        "services",
        "dependencies",
        "common_cause",
    ] {
        let name = format!("{file}.csv");
        if let Ok(bytes) = std::fs::read(path.join(&name)) {
            tables.insert(name, Rows::read(&bytes));
        }
    }
    let ids = |all: &[brownout::model::NodeId]| -> Vec<String> {
        all.iter().map(|&v| system.id(v).to_owned()).collect()
    };
    let mut rest = String::new();
    for case in &scenario.cases {
        writeln!(
            rest,
            "[[load]]\nname = {:?}\npeak = {}",
            case.name, case.peak
        )
        .expect("memory");
        rest.push_str("[load.demand]\n");
        for (&s, d) in system.services().iter().zip(&case.demand) {
            writeln!(rest, "{:?} = {d}", system.id(s)).expect("memory");
        }
    }
    for n in 0..=dice.below(2) {
        let services = ids(&dice.some(system.services(), 2));
        let order = dice.below(3);
        writeln!(
            rest,
            "[[policy]]\nname = \"p-{n}\"\nservices = {services:?}\nsurvives = {order}"
        )
        .expect("memory");
    }
    let mut elements = ids(&scenario.sweep.elements);
    if dice.chance(50) {
        elements.extend(ids(&scenario.down));
    }
    Folder {
        tables,
        down: ids(&scenario.down),
        derate: scenario
            .derate
            .iter()
            .map(|&(v, f)| (system.id(v).to_owned(), f))
            .collect(),
        elements,
        rest,
        new: 0,
    }
}

/// Does to the files what each fix says and assesses them anew.
#[test]
fn the_changed_inventory_has_the_breaches_that_the_fix_says() {
    let (mut tried, mut kinds) = (0, BTreeMap::new());
    for shape in SHAPES {
        for seed in 0..80 {
            let folder = folder(shape, seed);
            let loaded = load(&folder.texts());
            let before = breaches(&loaded);
            let names: Vec<&str> = loaded
                .scenario
                .policies
                .iter()
                .map(|p| p.name.as_str())
                .collect();
            for fix in told(&loaded) {
                let mut changed = folder.clone();
                for step in &fix.steps {
                    changed.apply(step);
                }
                let after = breaches(&load(&changed.texts()));
                let counted = |p: &usize| fix.policy.as_deref().is_none_or(|n| n == names[*p]);
                let policies = || (0..names.len()).filter(counted);
                let removed: usize = policies()
                    .map(|p| before[p].difference(&after[p]).count())
                    .sum();
                let left: usize = policies().map(|p| after[p].len()).sum();
                assert_eq!(
                    (removed as u64, left as u64),
                    (fix.removes, fix.remaining),
                    "{shape:?} {seed}: {fix:#?}"
                );
                tried += 1;
                *kinds.entry(fix.kind.word()).or_insert(0) += 1;
            }
        }
    }
    assert!(tried > 200, "{kinds:?}");
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

#[test]
fn the_order_of_rows_and_the_number_of_threads_change_nothing() {
    let folder = folder(crate::random::Shape::Enterprise, 7);
    let one = told(&load(&folder.texts()));
    let mut turned = folder.clone();
    for (name, rows) in &mut turned.tables {
        if name != "dependencies.csv" {
            rows.rows.reverse();
        }
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let two = pool
        .expect("one thread")
        .install(|| told(&load(&turned.texts())));
    assert_eq!(one, two);
}
