//! The scenario file as written. In: TOML. Out: [`Spec`]: every value with its place, no name
//! resolved yet. The command line is written into the same spec.

use super::growth::{Growth, growth};
use super::series::{self, CalendarKeys, EventKeys, HorizonKeys, SeriesSpec, WorkKeys};
use super::values::{filled, needed, numbers};
use crate::input::keys::{Keys, TomlFile};
use crate::input::number::Range;
use crate::input::placed::Placed;
use crate::input::{Faults, Source};
use std::sync::Arc;

/// A scenario as written.
#[derive(Debug, Default)]
pub struct Spec {
    /// Name for people.
    pub name: Option<Placed<String>>,
    /// Folder of the inventory, relative to the file.
    pub inventory: Option<Placed<String>>,
    /// Overlay files, relative to the file, in the order that they are applied.
    pub overlays: Vec<Placed<String>>,
    /// Ids and selectors of known outages.
    pub down: Vec<Placed<String>>,
    /// At-risk below this headroom.
    pub headroom: Option<Placed<f64>>,
    /// Capacity factors by id or selector; those of the file, then those of the command line.
    pub derate: Vec<(Placed<String>, Placed<f64>)>,
    /// Load cases.
    pub cases: Vec<CaseSpec>,
    /// How instances are placed.
    pub placement: PlacementKeys,
    /// Contingencies with a name.
    pub contingencies: Vec<ContingencySpec>,
    /// What a sweep covers.
    pub sweep: SweepKeys,
    /// What a Monte Carlo run covers.
    pub simulate: Option<SimulateKeys>,
    /// What must hold, in the order of the file.
    pub policies: Vec<PolicySpec>,
    /// Accepted breaches.
    pub waivers: Vec<WaiverSpec>,
    /// The zone of local times, dates and days.
    pub zone: Option<Placed<String>>,
    /// What days mean to the business.
    pub calendar: CalendarKeys,
    /// What in the calendar changes demand.
    pub events: Vec<EventKeys>,
    /// The stretch of time to look at hour by hour.
    pub horizon: Option<HorizonKeys>,
    /// Works to find a time for.
    pub works: Vec<WorkKeys>,
}

/// One load case as written.
#[derive(Debug)]
pub struct CaseSpec {
    /// Unique name.
    pub name: Placed<String>,
    /// Whether other cases are warned about it; placed where it is marked.
    pub peak: Option<Placed<bool>>,
    /// Growth of the demand column, or of what the series says.
    pub growth: Option<Growth>,
    /// Explicit demands by service: they win over everything.
    pub demand: Vec<(Placed<String>, Placed<f64>)>,
    /// Where the demand comes from, if not from the demand column.
    pub series: SeriesSpec,
}

/// One `[[contingency]]` as written.
#[derive(Debug)]
pub struct ContingencySpec {
    /// Unique name.
    pub name: Placed<String>,
    /// Ids and selectors of what fails.
    pub down: Vec<Placed<String>>,
    /// Capacity factors by id or selector.
    pub derate: Vec<(Placed<String>, Placed<f64>)>,
    /// Demands by service: they replace those of every load case.
    pub demand: Vec<(Placed<String>, Placed<f64>)>,
}

/// `[sweep]` as written.
#[derive(Debug, Default)]
pub struct SweepKeys {
    /// Highest order, ≥ 1.
    pub order: Option<Placed<u64>>,
    /// Selectors of what may fail; `None` is everything.
    pub elements: Option<Vec<Placed<String>>>,
    /// Selectors of what is left out.
    pub exclude: Vec<Placed<String>>,
}

/// `[placement]` as written.
#[derive(Debug, Default)]
pub struct PlacementKeys {
    /// Whether what lost its host is placed anew.
    pub restart: Option<Placed<bool>>,
    /// Minutes until it runs.
    pub minutes: Option<Placed<f64>>,
    /// Whether both readings are asked for.
    pub both: Option<Placed<bool>>,
    /// Where the table stands.
    pub at: Option<Placed<()>>,
}

/// `[simulate]` as written.
#[derive(Debug, Default)]
pub struct SimulateKeys {
    /// How many trials, ≥ 1.
    pub trials: Option<Placed<u64>>,
    /// Seed of the random numbers.
    pub seed: Option<Placed<u64>>,
    /// Nodes of decision diagrams, ≥ 2.
    pub diagram_nodes: Option<Placed<u64>>,
}

/// One `[[policy]]` as written.
#[derive(Debug)]
pub struct PolicySpec {
    /// Unique name.
    pub name: Placed<String>,
    /// Selectors of services; `None` is every service.
    pub services: Option<Vec<Placed<String>>>,
    /// Names of load cases; `None` is every case.
    pub load: Option<Vec<Placed<String>>>,
    /// Order of the contingencies that must be survived.
    pub survives: Option<Placed<u64>>,
    /// Whether these contingencies, or single ones if none are said, may lose nothing to overload.
    pub no_cascade: Option<bool>,
    /// Names of contingencies that must be survived.
    pub contingencies: Vec<Placed<String>>,
    /// Whether a service that they shed counts as kept.
    pub shed: Option<Placed<bool>>,
    /// Order of the contingencies after which every instance runs.
    pub restarts: Option<Placed<u64>>,
    /// Only instances of this priority or a better one.
    pub priority: Option<Placed<u64>>,
    /// Whether services must keep their own targets.
    pub slo: Option<Placed<bool>>,
    /// Limits by status.
    pub max_probability: Vec<(Placed<String>, Placed<f64>)>,
}

/// One `[[waiver]]` as written. What it lacks is a fault already; what it has is looked at all the same.
#[derive(Debug)]
pub struct WaiverSpec {
    /// Name of the policy.
    pub policy: Option<Placed<String>>,
    /// Selectors of services; `None` is every service of the policy.
    pub service: Option<Vec<Placed<String>>>,
    /// Selectors of elements; `None` covers every contingency.
    pub elements: Option<Vec<Placed<String>>>,
    /// The one named contingency that is covered.
    pub contingency: Option<Placed<String>>,
    /// Why the breach is accepted.
    pub reason: Option<String>,
    /// Who accepts it.
    pub owner: Option<String>,
    /// Until when, as written.
    pub expires: Option<Placed<String>>,
}

impl Spec {
    /// Reads a scenario file. After a syntax error only the inventory's place is looked for.
    pub fn read(source: &Arc<Source>, faults: &mut Faults) -> Self {
        let file = TomlFile::parse(source);
        let spec = if file.is_sound() {
            whole(file.root("the scenario"))
        } else {
            let inventory = file.root("the scenario").value("inventory");
            Self {
                inventory: inventory.and_then(|v| v.text_quietly()),
                ..Self::default()
            }
        };
        faults.extend(file.into_faults());
        spec
    }
}

fn whole(root: Keys) -> Spec {
    let spec = Spec {
        name: root.text("name"),
        inventory: root.text("inventory"),
        overlays: root.texts("overlays").unwrap_or_default(),
        down: root.texts("down").unwrap_or_default(),
        headroom: root.number("headroom", Range::Count),
        derate: numbers(root.value("derate"), "the derating", Range::Count),
        cases: root
            .tables("load", "the load case")
            .into_iter()
            .filter_map(case)
            .collect(),
        contingencies: root
            .tables("contingency", "the contingency")
            .into_iter()
            .filter_map(contingency)
            .collect(),
        placement: root
            .table("placement", "the placement")
            .map(placement)
            .unwrap_or_default(),
        sweep: root
            .table("sweep", "the sweep")
            .map(sweep)
            .unwrap_or_default(),
        simulate: root.table("simulate", "the simulation").map(simulate),
        policies: root
            .tables("policy", "the policy")
            .into_iter()
            .filter_map(policy)
            .collect(),
        waivers: root
            .tables("waiver", "the waiver")
            .into_iter()
            .map(waiver)
            .collect(),
        zone: root.text("timezone"),
        calendar: root
            .table("calendar", "the calendar")
            .map(series::calendar)
            .unwrap_or_default(),
        events: root
            .tables("event", "the event")
            .into_iter()
            .filter_map(series::event)
            .collect(),
        horizon: root.table("horizon", "the horizon").map(series::horizon),
        works: root
            .tables("work", "the work")
            .into_iter()
            .filter_map(series::work)
            .collect(),
    };
    if root.value("inventory").is_none() {
        root.lacks("inventory", "name the folder: `inventory = \"../estate\"`");
    }
    root.finish();
    spec
}

fn case(keys: Keys) -> Option<CaseSpec> {
    let name = needed(
        &keys,
        "name",
        "give the load case a name: `name = \"today\"`",
    );
    let growth = keys.value("growth").and_then(growth);
    let spec = CaseSpec {
        peak: keys.flag("peak").filter(|p| p.value),
        growth,
        demand: numbers(keys.value("demand"), "the demand", Range::Count),
        series: series::series(&keys),
        name: name.unwrap_or_else(|| keys.placed(String::new())),
    };
    keys.finish();
    Some(spec).filter(|s| !s.name.value.is_empty())
}

fn contingency(keys: Keys) -> Option<ContingencySpec> {
    let help = "give the contingency a name: `name = \"site lost\"`";
    let name = needed(&keys, "name", help);
    let spec = ContingencySpec {
        down: keys.texts("down").unwrap_or_default(),
        derate: numbers(keys.value("derate"), "the derating", Range::Count),
        demand: numbers(keys.value("demand"), "the demand", Range::Count),
        name: name.unwrap_or_else(|| keys.placed(String::new())),
    };
    if ["down", "derate", "demand"]
        .iter()
        .all(|k| keys.value(k).is_none())
    {
        keys.lacks("down", "say what fails: `down = [\"within=site-1\"]`");
    }
    keys.finish();
    Some(spec).filter(|s| !s.name.value.is_empty())
}

fn sweep(keys: Keys) -> SweepKeys {
    let spec = SweepKeys {
        order: keys.whole("order", 1),
        elements: keys.some_texts("elements"),
        exclude: keys.texts("exclude").unwrap_or_default(),
    };
    keys.finish();
    spec
}

fn placement(keys: Keys) -> PlacementKeys {
    let spec = PlacementKeys {
        restart: keys.flag("restart"),
        minutes: keys.number("minutes", Range::Count),
        both: keys.flag("both"),
        at: Some(keys.placed(())),
    };
    keys.finish();
    spec
}

fn simulate(keys: Keys) -> SimulateKeys {
    let spec = SimulateKeys {
        trials: keys.whole("trials", 1),
        seed: keys.whole("seed", 0),
        diagram_nodes: keys.whole("diagram_nodes", 2),
    };
    keys.finish();
    spec
}

fn policy(keys: Keys) -> Option<PolicySpec> {
    let name = needed(
        &keys,
        "name",
        "say what the policy asks for: `name = \"…\"`",
    );
    let spec = PolicySpec {
        services: keys.some_texts("services"),
        load: keys.some_texts("load"),
        survives: keys.whole("survives", 0),
        no_cascade: keys.flag("no_cascade").map(|flag| flag.value),
        contingencies: keys.some_texts("contingencies").unwrap_or_default(),
        shed: keys.flag("shed"),
        restarts: keys.whole("restarts", 0),
        priority: keys.whole("priority", 1),
        slo: keys.flag("slo"),
        max_probability: numbers(keys.value("max_probability"), "the limit", Range::Fraction),
        name: name.unwrap_or_else(|| keys.placed(String::new())),
    };
    let asks = [
        "survives",
        "max_probability",
        "no_cascade",
        "contingencies",
        "restarts",
        "slo",
    ];
    if asks.iter().all(|key| keys.value(key).is_none()) {
        keys.lacks(
            "survives",
            "write `survives = 1`, `contingencies = [\"…\"]`, `slo = true` or `max_probability = { degraded = 1e-4 }`",
        );
    }
    keys.finish();
    Some(spec).filter(|s| !s.name.value.is_empty())
}

fn waiver(keys: Keys) -> WaiverSpec {
    let policy = needed(&keys, "policy", "name the policy that is waived");
    let reason = needed(&keys, "reason", "a waiver says why the breach is accepted");
    let owner = needed(&keys, "owner", "a waiver says who accepted the breach");
    let until = "a waiver says until when: `expires = \"2027-03-31\"`";
    let expires = keys.value("expires");
    if expires.is_none() {
        keys.lacks("expires", until);
    }
    let expires = expires
        .and_then(|value| value.text_or_date())
        .and_then(|text| filled(&keys, text, "expires", until));
    let service = keys.some_texts("service");
    let elements = keys.some_texts("elements");
    let contingency = keys.text("contingency");
    keys.finish();
    WaiverSpec {
        policy,
        service,
        elements,
        contingency,
        reason: reason.map(|r| r.value),
        owner: owner.map(|o| o.value),
        expires,
    }
}
