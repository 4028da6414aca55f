//! The keys that speak of time, as written. In: TOML tables. Out: every value with its place, no
//! name resolved and no file read yet.

use super::growth::{Growth, growth};
use super::values::{needed, numbers};
use crate::input::keys::{Keys, Value};
use crate::input::number::Range;
use crate::input::placed::Placed;

/// Demand from a series over time, as written.
#[derive(Debug, Default)]
pub struct SeriesSpec {
    /// The file and how it is written.
    pub profile: Option<ProfileKeys>,
    /// First and last moment that count.
    pub window: Option<WindowSpec>,
    /// Which of the moments is taken: `max`, `mean`, `p95` …
    pub take: Option<Placed<String>>,
    /// Added to an estimate, 0.10 = 10 %.
    pub margin: Option<Placed<f64>>,
    /// Whether all services are taken at one instant.
    pub coincident: Option<Placed<bool>>,
    /// Only days of this event.
    pub during: Option<Placed<String>>,
    /// The event whose multiplier applies.
    pub event: Option<Placed<String>>,
}

/// `profile = "file"`, or a table that says more.
#[derive(Debug)]
pub struct ProfileKeys {
    /// Relative to the scenario file.
    pub file: Placed<String>,
    /// `csv`, `prometheus`, `cloudwatch` or `grafana`.
    pub format: Option<Placed<String>>,
    /// Name of the time column.
    pub time: Option<Placed<String>>,
    /// How times are written, as `%d.%m.%Y %H:%M`.
    pub time_format: Option<Placed<String>>,
    /// The metric label that names the service.
    pub label: Option<Placed<String>>,
    /// The statistic that is the demand.
    pub statistic: Option<Placed<String>>,
    /// Labels and the services they stand for; blank leaves one out.
    pub map: Vec<(Placed<String>, Placed<String>)>,
}

/// A window of time, as written.
#[derive(Debug)]
pub struct WindowSpec {
    /// The first moment.
    pub from: Option<Placed<String>>,
    /// The last moment.
    pub to: Option<Placed<String>>,
    /// Where the window stands.
    pub at: Placed<()>,
}

/// `[calendar]` as written.
#[derive(Debug, Default)]
pub struct CalendarKeys {
    /// `MM-DD`.
    pub fiscal_year_start: Option<Placed<String>>,
    /// Days that are no working days, as `YYYY-MM-DD`.
    pub holidays: Vec<Placed<String>>,
}

/// One `[[event]]` as written.
#[derive(Debug)]
pub struct EventKeys {
    /// Unique name.
    pub name: Placed<String>,
    /// `month`, `quarter` or `year`.
    pub every: Option<Placed<String>>,
    /// How many at the end of each.
    pub last_business_days: Option<Placed<u64>>,
    /// How many at the start of each.
    pub first_business_days: Option<Placed<u64>>,
    /// Days that are written down.
    pub dates: Vec<Placed<String>>,
    /// What ordinary demand is multiplied by.
    pub multiplier: Option<Placed<f64>>,
}

/// `[horizon]` as written.
#[derive(Debug)]
pub struct HorizonKeys {
    /// First and last moment.
    pub window: WindowSpec,
    /// The file; else that of the first load case that has one.
    pub profile: Option<ProfileKeys>,
    /// Growth of what was measured.
    pub growth: Option<Growth>,
    /// Events in force; all of them if not given.
    pub events: Option<Vec<Placed<String>>>,
    /// Hours to repair what is out, by id; else its `mttr_hours`.
    pub repair_hours: Vec<(Placed<String>, Placed<f64>)>,
}

/// One `[[work]]` as written.
#[derive(Debug)]
pub struct WorkKeys {
    /// Unique name.
    pub name: Placed<String>,
    /// Ids and selectors of what is out.
    pub elements: Vec<Placed<String>>,
    /// How long.
    pub hours: Placed<u64>,
    /// When it may start.
    pub earliest: Option<Placed<String>>,
    /// When it has ended.
    pub latest: Option<Placed<String>>,
}

/// The keys of a load case that speak of time.
pub fn series(keys: &Keys) -> SeriesSpec {
    SeriesSpec {
        profile: profile_of(keys),
        window: keys.table("window", "the window").map(window),
        take: keys.text("take"),
        margin: keys.number("margin", Range::Count),
        coincident: keys.flag("coincident"),
        during: keys.text("during"),
        event: keys.text("event"),
    }
}

/// `profile`, with what stands beside it.
fn profile_of(keys: &Keys) -> Option<ProfileKeys> {
    let format = keys.text("time_format");
    let mut found = keys.value("profile").and_then(profile);
    match (&mut found, format) {
        (Some(profile), Some(format)) if profile.time_format.is_none() => {
            profile.time_format = Some(format);
        }
        (None, Some(format)) => {
            let fault = format.error("`time_format` needs a profile beside it");
            keys.fault(fault.help("write `profile = \"load/orders.csv\"`"));
        }
        _ => {}
    }
    found
}

fn profile(value: Value) -> Option<ProfileKeys> {
    if !value.is_table() {
        return Some(ProfileKeys {
            file: value.text()?,
            format: None,
            time: None,
            time_format: None,
            label: None,
            statistic: None,
            map: Vec::new(),
        });
    }
    let keys = value.table("the profile")?;
    let file = keys.text("file");
    if keys.value("file").is_none() {
        keys.lacks("file", "name the file: `file = \"load/orders.csv\"`");
    }
    let spec = ProfileKeys {
        format: keys.text("format"),
        time: keys.text("time"),
        time_format: keys.text("time_format"),
        label: keys.text("label"),
        statistic: keys.text("statistic"),
        map: texts(keys.value("map")),
        file: file.unwrap_or_else(|| keys.placed(String::new())),
    };
    keys.finish();
    Some(spec).filter(|s| !s.file.value.is_empty())
}

/// A table of texts by free names.
fn texts(value: Option<Value>) -> Vec<(Placed<String>, Placed<String>)> {
    let Some(keys) = value.and_then(|v| v.table("the map")) else {
        return Vec::new();
    };
    let pair = |(name, value): (Placed<String>, Value)| Some((name, value.text()?));
    keys.entries().filter_map(pair).collect()
}

fn window(keys: Keys) -> WindowSpec {
    let spec = stretch(&keys);
    keys.finish();
    spec
}

fn stretch(keys: &Keys) -> WindowSpec {
    WindowSpec {
        from: keys.value("from").and_then(|v| v.text_or_date()),
        to: keys.value("to").and_then(|v| v.text_or_date()),
        at: keys.placed(()),
    }
}

/// `[calendar]`.
pub fn calendar(keys: Keys) -> CalendarKeys {
    let spec = CalendarKeys {
        fiscal_year_start: keys.text("fiscal_year_start"),
        holidays: dates(&keys, "holidays"),
    };
    keys.finish();
    spec
}

fn dates(keys: &Keys, key: &'static str) -> Vec<Placed<String>> {
    keys.value(key)
        .and_then(|v| v.texts_or_dates())
        .unwrap_or_default()
}

/// One `[[event]]`.
pub fn event(keys: Keys) -> Option<EventKeys> {
    let name = keys.text("name");
    if keys.value("name").is_none() {
        keys.lacks("name", "give the event a name: `name = \"quarter-end\"`");
    }
    let spec = EventKeys {
        every: keys.text("every"),
        last_business_days: keys.whole("last_business_days", 1),
        first_business_days: keys.whole("first_business_days", 1),
        dates: dates(&keys, "dates"),
        multiplier: keys.number("multiplier", Range::Count),
        name: name.unwrap_or_else(|| keys.placed(String::new())),
    };
    let ways = usize::from(spec.last_business_days.is_some())
        + usize::from(spec.first_business_days.is_some())
        + usize::from(!spec.dates.is_empty());
    if ways != 1 {
        let fault = keys.error("an event says in one way when it is");
        keys.fault(fault.help(
            "write `last_business_days = 3`, `first_business_days = 1` or `dates = [\"2026-11-27\"]`",
        ));
    }
    keys.finish();
    Some(spec).filter(|s| !s.name.value.is_empty() && ways == 1)
}

/// `[horizon]`.
pub fn horizon(keys: Keys) -> HorizonKeys {
    let spec = HorizonKeys {
        window: stretch(&keys),
        profile: profile_of(&keys),
        growth: keys.value("growth").and_then(growth),
        events: keys.texts("events"),
        repair_hours: numbers(keys.value("repair_hours"), "the repair time", Range::Count),
    };
    keys.finish();
    spec
}

/// One `[[work]]`.
pub fn work(keys: Keys) -> Option<WorkKeys> {
    let name = needed(&keys, "name", "give the work a name: `name = \"firmware\"`");
    if keys.value("elements").is_none() {
        keys.lacks("elements", "say what is out: `elements = [\"router-1\"]`");
    }
    let elements = keys.some_texts("elements");
    if keys.value("hours").is_none() {
        keys.lacks("hours", "say how long, in whole hours: `hours = 4`");
    }
    let hours = keys.whole("hours", 1);
    let earliest = keys.value("earliest").and_then(|v| v.text_or_date());
    let latest = keys.value("latest").and_then(|v| v.text_or_date());
    keys.finish();
    Some(WorkKeys {
        name: name?,
        elements: elements?,
        hours: hours?,
        earliest,
        latest,
    })
}
