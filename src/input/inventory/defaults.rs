//! inventory.toml: the estate's name and the defaults of each kind. In: a source. Out: values
//! with their places, and which of them were used how often.

use super::serves::{no_serves, serves_word};
use crate::input::keys::{Keys, TomlFile};
use crate::input::number::Range;
use crate::input::placed::{Lines, Placed};
use crate::input::renames::Renames;
use crate::input::{Assumption, Diagnostic, Faults, Parameter, Scale, Source, suggest};
use crate::model::{Node, Reliability, Serves};

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Unused kinds that get a guess at what was meant.
const GUESSES: usize = 20;

/// Defaults of one kind.
#[derive(Debug)]
pub struct KindDefaults {
    kind: Placed<String>,
    /// The most it can carry.
    pub capacity: Option<Placed<f64>>,
    /// The most that a link can carry from its second end to its first.
    pub capacity_back: Option<Placed<f64>>,
    /// Cost of going over a link from its first end to its second, and back.
    pub metric: Option<Placed<f64>>,
    pub metric_back: Option<Placed<f64>>,
    /// Unit of load and capacity.
    pub unit: Option<Placed<String>>,
    /// Ids of the domains that it sits in, `;` between them.
    pub within: Option<Placed<String>>,
    /// Whether traffic of others may pass through it.
    pub transit: Option<Placed<bool>>,
    /// How many times its capacity it carries before it trips.
    pub trips_at: Option<Placed<f64>>,
    /// Whom it serves first.
    pub serves: Option<Placed<Serves>>,
    /// Whether it is only a name for a group.
    pub logical: Option<Placed<bool>>,
    /// Mean time to failure, hours.
    pub mtbf_hours: Option<Placed<f64>>,
    /// Mean time to repair, hours.
    pub mttr_hours: Option<Placed<f64>>,
    /// Long-run fraction of time out.
    pub unavailability: Option<Placed<f64>>,
    /// One more like it.
    pub cost: Option<Placed<f64>>,
    /// One unit of capacity more.
    pub cost_per_unit: Option<Placed<f64>>,
    /// The most that it can be grown to.
    pub max_capacity: Option<Placed<f64>>,
    /// Cells of placements.csv: the column, and its text.
    pub placed: Vec<(String, Placed<String>)>,
    seen: bool,
}

/// What the file says.
#[derive(Debug)]
pub struct Defaults {
    /// Name of the estate.
    pub name: Option<String>,
    /// Metric of a link that gives none.
    pub metric: f64,
    /// Load factor of a dependency that gives none.
    pub load: f64,
    /// What other tools' headers stand for.
    pub renames: Renames,
    /// What overlays set before the inventory was written.
    pub overlaid: Vec<Assumption>,
    /// Of those, on how many nodes planning defaults.
    pub planned: u64,
    /// What is odd in the file.
    pub warnings: Vec<Diagnostic>,
    kinds: HashMap<String, KindDefaults>,
    lines: Lines,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            name: None,
            metric: 1.0,
            load: 1.0,
            renames: Renames::default(),
            overlaid: Vec::new(),
            planned: 0,
            warnings: Vec::new(),
            kinds: HashMap::new(),
            lines: Lines::default(),
        }
    }
}

/// A default that a row may rest on. The order is the order in the ledger on ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Assumed {
    /// The kind's capacity.
    Capacity,
    /// The kind's capacity from the second end to the first.
    CapacityBack,
    /// The kind's metric.
    KindMetric,
    /// The kind's metric from the second end to the first.
    KindMetricBack,
    /// The kind's unit.
    Unit,
    /// The domains that the kind sits in.
    Within,
    /// The kind's transit.
    Transit,
    /// The kind's `trips_at`.
    TripsAt,
    /// The kind's way to serve.
    Serves,
    /// The kind's word on whether it is logical.
    Logical,
    /// Nobody says whether it is logical, and its kind is.
    LogicalKind,
    /// Nobody says whether it forwards, and its kind does.
    Forwards,
    /// Nobody says whether it forwards, and its kind does not.
    EndsOnly,
    /// The kind's MTBF.
    Mtbf,
    /// The kind's MTTR.
    Mttr,
    /// The kind's unavailability.
    Unavailability,
    /// The kind's cost of one more.
    Cost,
    /// The kind's cost of a unit of capacity.
    CostPerUnit,
    /// The most that the kind can be grown to.
    MaxCapacity,
    /// The kind's cell of placements.csv, by its position among those.
    Placed(usize),
    /// Nobody gives a capacity: unlimited.
    Unlimited,
    /// Nobody gives a reliability: never fails by chance.
    NeverFails,
    /// A link without a metric: 1.
    Metric,
    /// A service without a demand: 0.
    NoDemand,
    /// A dependency without a load factor: 1.
    Load,
    /// Providers that share load without weights.
    Weight,
}

impl Assumed {
    /// How to scale it, for a kind, or why not.
    fn parameter(self, kind: &str) -> Result<Parameter, &'static str> {
        let kind = || kind.to_owned();
        match self {
            Self::Capacity => Ok(Parameter::Capacity(kind())),
            Self::CapacityBack => Ok(Parameter::CapacityBack(kind())),
            Self::TripsAt => Ok(Parameter::TripsAt(kind())),
            Self::Mtbf => Ok(Parameter::Mtbf(kind())),
            Self::Mttr => Ok(Parameter::Mttr(kind())),
            Self::Unavailability => Ok(Parameter::Unavailability(kind())),
            Self::Metric => Ok(Parameter::Metric),
            Self::Load => Ok(Parameter::Load),
            Self::KindMetric | Self::KindMetricBack => {
                Err("what counts is how metrics compare, not how large they are")
            }
            Self::Unit => Err("a unit is only shown"),
            Self::Within => Err("it names domains"),
            Self::Cost | Self::CostPerUnit | Self::MaxCapacity => Err("only plans read it"),
            Self::Transit | Self::Forwards | Self::EndsOnly | Self::Logical | Self::LogicalKind => {
                Err("it is yes or no")
            }
            Self::Serves => Err("it is a word"),
            Self::Placed(_) => Err("it says where instances run and what they take"),
            Self::Unlimited => Err("half or twice of unlimited is unlimited"),
            Self::NeverFails => Err("half or twice of never is never"),
            Self::NoDemand => Err("half or twice of nothing is nothing"),
            Self::Weight => Err("half or twice of every weight splits load the same"),
        }
    }
}

/// Counts the defaults that were used.
#[derive(Debug, Default)]
pub struct Ledger<'t> {
    counts: HashMap<(&'t str, Assumed), u64>,
}

impl<'t> Ledger<'t> {
    /// One more node of a kind rests on a default.
    pub fn count(&mut self, kind: &'t str, default: Assumed) {
        *self.counts.entry((kind, default)).or_insert(0) += 1;
    }

    /// The ledger, most used first.
    pub fn into_assumptions(self, defaults: &Defaults) -> Vec<Assumption> {
        let mut all: Vec<Assumption> = self
            .counts
            .into_iter()
            .map(|((kind, default), count)| {
                let (what, source) = defaults.describe(kind, default);
                Assumption {
                    what,
                    source,
                    count,
                    parameter: default.parameter(kind),
                }
            })
            .collect();
        all.sort_by(|x, y| y.count.cmp(&x.count).then_with(|| x.what.cmp(&y.what)));
        all
    }
}

impl Defaults {
    /// Reads inventory.toml. `ours` are the columns that a header may stand for.
    pub fn read(source: &Arc<Source>, ours: &[&str], faults: &mut Faults) -> Self {
        let file = TomlFile::parse(source);
        let mut defaults = Self {
            lines: Lines::of(source),
            ..Self::default()
        };
        if file.is_sound() {
            let root = file.root("inventory.toml");
            defaults.name = root.text("name").map(|n| n.value);
            if let Some(columns) = root.table("columns", "the table of columns") {
                defaults.renames = Renames::read(&columns, ours);
            }
            if let Some(kinds) = root.table("kind", "the table of kinds") {
                for (kind, value) in kinds.entries() {
                    if let Some(keys) = value.table("a kind") {
                        let found = KindDefaults::read(kind, &keys);
                        defaults.warnings.extend(found.never_by_chance());
                        defaults.kinds.insert(found.kind.value.clone(), found);
                        keys.finish();
                    }
                }
            }
            for keys in root.tables("overlaid", "what an overlay set") {
                defaults.read_overlaid(&keys);
                keys.finish();
            }
            root.finish();
        }
        faults.extend(file.into_faults());
        defaults
    }

    /// What an overlay set before this inventory was written, as the program keeps it.
    fn read_overlaid(&mut self, keys: &Keys) {
        let text = |key| keys.text(key).map(|t| t.value).unwrap_or_default();
        let count = keys.whole("count", 0).map_or(0, |n| n.value);
        if keys.flag("planning").is_some_and(|f| f.value) {
            self.planned += count;
        }
        self.overlaid.push(Assumption {
            what: text("what"),
            source: text("source"),
            count,
            parameter: Err("an overlay set it: change it in the tables"),
        });
    }

    /// Turns a parameter of the inventory, if it has that one.
    pub fn scale(&mut self, scale: &Scale) {
        let factor = scale.factor;
        let (kind, most) = match &scale.parameter {
            Parameter::Metric => {
                self.metric *= factor;
                return;
            }
            Parameter::Load => {
                self.load *= factor;
                return;
            }
            Parameter::Unavailability(kind) => (kind, 1.0),
            Parameter::Capacity(kind)
            | Parameter::CapacityBack(kind)
            | Parameter::TripsAt(kind)
            | Parameter::Mtbf(kind)
            | Parameter::Mttr(kind) => (kind, f64::MAX),
            Parameter::Growth(_) | Parameter::Margin(_) => return,
        };
        let defaults = self.kinds.get_mut(kind);
        if let Some(value) = defaults.and_then(|k| k.number(&scale.parameter).as_mut()) {
            value.value = (value.value * factor).min(most);
        }
    }

    /// The defaults of a kind; notes that there is such a kind.
    pub fn of(&mut self, kind: &str) -> Option<&KindDefaults> {
        let found = self.kinds.get_mut(kind)?;
        found.seen = true;
        Some(found)
    }

    /// A warning for each kind that nothing is of.
    pub fn unused(&self, kinds: &BTreeSet<&str>) -> Vec<Diagnostic> {
        let mut unused: Vec<&KindDefaults> = self.kinds.values().filter(|k| !k.seen).collect();
        unused.sort_by(|a, b| a.kind.value.cmp(&b.kind.value));
        let guesses = |at: usize| at < GUESSES;
        (0..)
            .zip(unused)
            .map(|(at, k)| {
                let message = format!("nothing is of kind `{}`", k.kind.value);
                let warning = k.kind.warning(message).label("its defaults are not used");
                let kinds = kinds.iter().copied().filter(|_| guesses(at));
                match suggest::nearest(&k.kind.value, kinds) {
                    Some(near) => warning.help(format!("did you mean `{near}`?")),
                    None => warning,
                }
            })
            .collect()
    }

    fn describe(&self, kind: &str, default: Assumed) -> (String, String) {
        let built_in = |what: &str| (what.to_owned(), "built in".to_owned());
        let found = self.kinds.get(kind);
        let given = |what: &str, value: Option<&Placed<f64>>| {
            let (value, place) = value.map_or((f64::NAN, String::new()), |v| {
                (v.value, v.line_in(&self.lines))
            });
            (format!("{what} = {value} for kind {kind}"), place)
        };
        let flag = |what: &str, value: Option<&Placed<bool>>| {
            let (value, place) = value.map_or((false, String::new()), |v| {
                (v.value, v.line_in(&self.lines))
            });
            (format!("{what} = {value} for kind {kind}"), place)
        };
        let text = |what: &str, value: Option<&Placed<String>>| {
            let (value, place) = value.map_or(("", String::new()), |v| {
                (v.value.as_str(), v.line_in(&self.lines))
            });
            (format!("{what} = {value} for kind {kind}"), place)
        };
        match default {
            Assumed::Capacity => given("capacity", found.and_then(|k| k.capacity.as_ref())),
            Assumed::CapacityBack => given(
                "capacity_back",
                found.and_then(|k| k.capacity_back.as_ref()),
            ),
            Assumed::KindMetric => given("metric", found.and_then(|k| k.metric.as_ref())),
            Assumed::KindMetricBack => {
                given("metric_back", found.and_then(|k| k.metric_back.as_ref()))
            }
            Assumed::TripsAt => given("trips_at", found.and_then(|k| k.trips_at.as_ref())),
            Assumed::Mtbf => given("mtbf_hours", found.and_then(|k| k.mtbf_hours.as_ref())),
            Assumed::Mttr => given("mttr_hours", found.and_then(|k| k.mttr_hours.as_ref())),
            Assumed::Unavailability => given(
                "unavailability",
                found.and_then(|k| k.unavailability.as_ref()),
            ),
            Assumed::Cost => given("cost", found.and_then(|k| k.cost.as_ref())),
            Assumed::CostPerUnit => given(
                "cost_per_unit",
                found.and_then(|k| k.cost_per_unit.as_ref()),
            ),
            Assumed::MaxCapacity => {
                given("max_capacity", found.and_then(|k| k.max_capacity.as_ref()))
            }
            Assumed::Placed(at) => {
                let cell = found.and_then(|k| k.placed.get(at));
                let (column, value) =
                    cell.map_or(("", ""), |(c, v)| (c.as_str(), v.value.as_str()));
                let place = cell.map_or(String::new(), |(_, v)| v.line_in(&self.lines));
                (format!("{column} = {value} for kind {kind}"), place)
            }
            Assumed::Unit => text("unit", found.and_then(|k| k.unit.as_ref())),
            Assumed::Within => text("within", found.and_then(|k| k.within.as_ref())),
            Assumed::Serves => {
                let serves = found.and_then(|k| k.serves.as_ref());
                let value = serves.map_or("", |s| s.value.word());
                let place = serves.map_or(String::new(), |s| s.line_in(&self.lines));
                (format!("serves = {value} for kind {kind}"), place)
            }
            Assumed::Transit => flag("transit", found.and_then(|k| k.transit.as_ref())),
            Assumed::Logical => flag("logical", found.and_then(|k| k.logical.as_ref())),
            Assumed::LogicalKind => built_in("logical: kinds group, pool, cluster, resource"),
            Assumed::Forwards => built_in("no transit given: traffic of others may pass"),
            Assumed::EndsOnly => {
                built_in("no transit given: servers, storage and applications forward nothing")
            }
            Assumed::Unlimited => built_in("no capacity given: unlimited"),
            Assumed::NeverFails => built_in("no reliability given: never fails by chance"),
            Assumed::Metric => built_in("no metric given: 1"),
            Assumed::NoDemand => built_in("no demand given: 0"),
            Assumed::Load => built_in("no load given: 1 per unit of load"),
            Assumed::Weight => {
                built_in("no weight given: by capacity where all have one, else even")
            }
        }
    }
}

/// Whom a kind serves first, if it says so in a word that has a meaning.
fn serves(keys: &Keys) -> Option<Placed<Serves>> {
    let text = keys.text("serves")?;
    let found = serves_word(&text.value);
    if found.is_none() {
        let (message, help) = no_serves(&text.value);
        keys.fault(text.error(message).help(help));
    }
    Some(text.with(found?))
}

/// The cells of placements.csv that rest on a kind.
fn placed(keys: &Keys) -> Vec<(String, Placed<String>)> {
    let mut cells = Vec::new();
    for column in ["hosts", "host", "apart", "apart_by"] {
        let cell = keys.value(column).and_then(|v| v.cell());
        cells.extend(cell.map(|cell| (column.to_owned(), cell)));
    }
    let priority = keys.whole("priority", 1);
    cells.extend(priority.map(|p| ("priority".to_owned(), p.with(p.value.to_string()))));
    let own = keys.number("amount", Range::Count);
    cells.extend(own.map(|n| ("amount".to_owned(), n.with(n.value.to_string()))));
    for (name, value) in keys.starting('/') {
        let amount = value.number(Range::Count);
        cells.extend(amount.map(|n| (name.value, n.with(n.value.to_string()))));
    }
    cells.retain(|(_, cell)| !cell.value.is_empty());
    cells
}

impl KindDefaults {
    fn read(kind: Placed<String>, keys: &Keys) -> Self {
        let found = Self {
            capacity: keys.number("capacity", Range::Count),
            capacity_back: keys.number("capacity_back", Range::Count),
            metric: keys.number("metric", Range::Positive),
            metric_back: keys.number("metric_back", Range::Positive),
            unit: keys.text("unit"),
            within: keys
                .value("within")
                .and_then(|v| v.cell())
                .filter(|ids| !ids.value.is_empty()),
            transit: keys.flag("transit"),
            trips_at: keys.number("trips_at", Range::Positive),
            serves: serves(keys),
            logical: keys.flag("logical"),
            mtbf_hours: keys.number("mtbf_hours", Range::Positive),
            mttr_hours: keys.number("mttr_hours", Range::Count),
            unavailability: keys.number("unavailability", Range::Fraction),
            cost: keys.number("cost", Range::Count),
            cost_per_unit: keys.number("cost_per_unit", Range::Count),
            max_capacity: keys.number("max_capacity", Range::Count),
            placed: placed(keys),
            kind,
            seen: false,
        };
        let rates = [
            keys.value("mtbf_hours").is_some(),
            keys.value("mttr_hours").is_some(),
        ];
        if rates[0] != rates[1] && !keys.has_unknown() {
            let (has, lacks) = if rates[0] {
                ("mtbf_hours", "mttr_hours")
            } else {
                ("mttr_hours", "mtbf_hours")
            };
            keys.fault(
                found
                    .kind
                    .error(format!("`{has}` needs `{lacks}` beside it"))
                    .help(format!("add `{lacks}`, or write `unavailability` alone")),
            );
        }
        if let Some(q) = &found.unavailability
            && rates.contains(&true)
        {
            keys.fault(
                q.error("the reliability is given in two ways")
                    .help("keep either `unavailability` or the two hours"),
            );
        }
        found
    }

    /// A warning where a kind that is logical has a reliability.
    fn never_by_chance(&self) -> Option<Diagnostic> {
        let by_kind = || Node::is_logical_kind(&self.kind.value);
        let logical = self.logical.as_ref().map_or_else(by_kind, |l| l.value);
        let given = [&self.unavailability, &self.mtbf_hours, &self.mttr_hours];
        let first = given.into_iter().flatten().next().filter(|_| logical)?;
        let message = format!(
            "the kind `{}` is logical: nothing of it fails by itself",
            self.kind.value
        );
        let warning = first.warning(message).label("changes nothing");
        Some(warning.help("write `logical = false` if it can fail"))
    }

    /// The number that a parameter turns.
    fn number(&mut self, parameter: &Parameter) -> &mut Option<Placed<f64>> {
        match parameter {
            Parameter::TripsAt(_) => &mut self.trips_at,
            Parameter::Mtbf(_) => &mut self.mtbf_hours,
            Parameter::Mttr(_) => &mut self.mttr_hours,
            Parameter::CapacityBack(_) => &mut self.capacity_back,
            Parameter::Unavailability(_) => &mut self.unavailability,
            _ => &mut self.capacity,
        }
    }

    /// The reliability of a node of this kind that says nothing itself.
    pub fn reliability(&self) -> Option<Reliability> {
        match (&self.unavailability, &self.mtbf_hours, &self.mttr_hours) {
            (Some(q), _, _) => Some(Reliability::Unavailability(q.value)),
            (None, Some(f), Some(r)) => Some(Reliability::Rates {
                mtbf_hours: f.value,
                mttr_hours: r.value,
            }),
            _ => None,
        }
    }
}
