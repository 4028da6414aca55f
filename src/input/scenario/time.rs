//! Time, resolved: profiles read, calendar and windows understood, the demand of each load case
//! derived, the horizon built. In: the keys as written, the system, the files. Out: [`Time`], and
//! every fault where it stands.

use super::growth;
use super::names::Names;
use super::resolver::{Keep, Resolver};
use super::series::{HorizonKeys, ProfileKeys, SeriesSpec, WindowSpec};
use super::spec::{self, Spec};
use super::words::{calendar, date, event, take};
use super::works;
use crate::input::number::MOST;
use crate::input::placed::Placed;
use crate::input::profile::{
    self, Calendar, CaseSpec, Event, Format, Growth, HorizonSpec, Looked, NoDemand, ProfileSpec,
    Rate,
};
use crate::input::source::{Opened, Reader};
use crate::input::{CaseOrigin, Source, Time};
use crate::model::{Derivation, Millis, NodeId, Profile, Take, Window};
use jiff::tz::TimeZone;
use std::path::Path;
use std::sync::Arc;

/// Faults of one load case that are shown one by one.
const SHOWN: usize = 5;

/// What all load cases share.
pub struct Times<'a, 'f> {
    reader: &'a mut Reader<'f>,
    folder: &'a Path,
    zone: Option<TimeZone>,
    calendar: Calendar,
    events: Vec<Event>,
    read: Vec<(String, ProfileSpec, Option<usize>)>,
    profiles: Vec<Profile>,
    /// The text of each profile.
    sources: Vec<Arc<Source>>,
    /// What load cases look at: the profile and the stretch of it.
    looked: Vec<(usize, Looked)>,
    cases: Vec<CaseOrigin>,
}

impl<'a, 'f> Times<'a, 'f> {
    /// Understands zone, calendar and events. Files are relative to `folder`.
    pub fn new(
        spec: &Spec,
        folder: &'a Path,
        reader: &'a mut Reader<'f>,
        resolver: &mut Resolver,
    ) -> Self {
        let zone = spec.zone.as_ref().and_then(|name| {
            if let Ok(zone) = TimeZone::get(&name.value) {
                Some(zone)
            } else {
                let fault = name.error(format!("there is no time zone `{}`", name.value));
                resolver
                    .faults
                    .push(fault.help("write a name like `Europe/Berlin` or `UTC`"));
                None
            }
        });
        let mut events: Vec<Event> = Vec::new();
        for keys in &spec.events {
            if events.iter().any(|e| e.name == keys.name.value) {
                let fault = keys
                    .name
                    .error(format!("two events have the name `{}`", keys.name.value));
                resolver.faults.push(fault.help("give each its own name"));
            }
            events.extend(event(keys, resolver));
        }
        Self {
            reader,
            folder,
            zone,
            calendar: calendar(&spec.calendar, resolver),
            events,
            read: Vec::new(),
            profiles: Vec::new(),
            sources: Vec::new(),
            looked: Vec::new(),
            cases: Vec::new(),
        }
    }

    fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or(TimeZone::UTC)
    }

    /// The demand of one load case, service by service; `None` after a fault.
    pub fn case(
        &mut self,
        keys: &spec::CaseSpec,
        column: &[f64],
        resolver: &mut Resolver,
    ) -> Option<Vec<f64>> {
        let before = resolver.faults.iter().count();
        let spec = self.case_spec(keys, resolver);
        let series = &keys.series;
        let profile = series.profile.as_ref();
        let profile = profile.and_then(|p| self.profile(p, resolver));
        if series.profile.is_none() {
            without_profile(series, resolver);
        }
        if let (Some(at), Some(window)) = (profile, spec.window) {
            let look = Looked {
                case: keys.name.value.clone(),
                peak: keys.peak.is_some(),
                window,
            };
            self.looked.push((at, look));
        }
        let failed = resolver.faults.iter().count() > before;
        let derived = (!failed).then(|| {
            let profile = profile.map(|p| &self.profiles[p]);
            profile::derive(&spec, column, profile, &self.calendar)
        })?;
        let derivations = derived
            .map_err(|faults| self.attribute(keys, &faults, resolver))
            .ok()?;
        self.warn(keys, &derivations, resolver);
        let demand = derivations.iter().map(Derivation::value).collect();
        self.cases.push(CaseOrigin {
            profile,
            window: spec.window,
            derivations,
        });
        Some(demand)
    }

    fn case_spec(&self, keys: &spec::CaseSpec, resolver: &mut Resolver) -> CaseSpec {
        let series = &keys.series;
        let mut spec = CaseSpec {
            window: series
                .window
                .as_ref()
                .and_then(|w| self.window(w, resolver)),
            during: self.event(series.during.as_ref(), resolver),
            event: self.event(series.event.as_ref(), resolver),
            take: series
                .take
                .as_ref()
                .and_then(|t| take(t, series.margin.as_ref(), resolver)),
            coincident: series.coincident.as_ref().is_some_and(|c| c.value),
            ..CaseSpec::default()
        };
        if let (Some(margin), false) = (
            &series.margin,
            matches!(spec.take, Some(Take::Estimate { .. })),
        ) {
            let fault = margin.error("only an estimate has a margin");
            resolver
                .faults
                .push(fault.help("write take = \"estimate\", or use growth"));
        }
        match &keys.growth {
            None => {}
            Some(growth::Growth::All(factor)) => {
                spec.growth_of_others = Some(Growth::Factor(factor.value));
            }
            Some(growth::Growth::PerService(factors)) => {
                for (id, factor) in factors {
                    if let Some(at) = resolver.service_index(id) {
                        spec.growth.insert(at, Growth::Factor(factor.value));
                    }
                }
            }
            Some(growth::Growth::PerYear(per_year)) => self.per_year(per_year, &mut spec, resolver),
        }
        for (id, value) in &keys.demand {
            if let Some(at) = resolver.service_index(id) {
                spec.demand.insert(at, value.value);
            }
        }
        spec
    }

    fn per_year(&self, keys: &growth::PerYear, spec: &mut CaseSpec, resolver: &mut Resolver) {
        let from = keys.from.as_ref().and_then(|d| date(d, resolver));
        let to = match &keys.to {
            Some(to) => date(to, resolver),
            // Growth to the end of the window is what a window to come asks for.
            None => spec.window.map(|w| profile::day(w.to - 1, &self.zone())),
        };
        let Some(to) = to else {
            if keys.to.is_none() {
                let fault = keys.at.error("growth per year says to which day");
                resolver
                    .faults
                    .push(fault.help("write to = \"2027-03-31\""));
            }
            return;
        };
        let growth = |rate| Growth::PerYear { rate, from, to };
        spec.growth_of_others = keys.all.as_ref().map(|r| growth(r.value));
        for (id, rate) in &keys.each {
            if let Some(at) = resolver.service_index(id) {
                spec.growth.insert(at, growth(rate.value));
            }
        }
    }

    fn event(&self, name: Option<&Placed<String>>, resolver: &mut Resolver) -> Option<Event> {
        let name = name?;
        let names = Names::new("event", self.events.iter().map(|e| e.name.as_str()));
        let at = names.position(name, &mut resolver.faults)?;
        Some(self.events[at].clone())
    }

    /// A window: a date is the whole day, at both ends; a time ends it just before.
    fn window(&self, keys: &WindowSpec, resolver: &mut Resolver) -> Option<Window> {
        let mut end = |text: Option<&Placed<String>>, what: &str, last: bool| {
            let Some(text) = text else {
                let fault = keys.at.error(format!("`{what}` is missing"));
                resolver
                    .faults
                    .push(fault.help("write { from = \"2026-12-29\", to = \"2026-12-31\" }"));
                return None;
            };
            match profile::moment(&text.value, self.zone.as_ref(), last) {
                Ok(at) => Some(at),
                Err((why, help)) => {
                    let fault = text.error(format!("`{}`: {why}", text.value));
                    resolver.faults.push(fault.help(help));
                    None
                }
            }
        };
        let from: Option<Millis> = end(keys.from.as_ref(), "from", false);
        let to = end(keys.to.as_ref(), "to", true);
        let (from, to) = (from?, to?);
        if to <= from {
            let fault = keys.at.error("the window ends before it starts");
            resolver
                .faults
                .push(fault.help("`from` comes first; a date as `to` is its whole day"));
            return None;
        }
        Some(Window { from, to })
    }

    /// Reads a profile, once: its position in the list.
    fn profile(&mut self, keys: &ProfileKeys, resolver: &mut Resolver) -> Option<usize> {
        let spec = self.profile_spec(keys, resolver)?;
        let known = self
            .read
            .iter()
            .find(|(f, s, _)| *f == keys.file.value && *s == spec);
        if let Some((.., at)) = known {
            return *at;
        }
        let at = self.read_profile(keys, &spec, resolver);
        self.read.push((keys.file.value.clone(), spec, at));
        at
    }

    fn read_profile(
        &mut self,
        keys: &ProfileKeys,
        spec: &ProfileSpec,
        resolver: &mut Resolver,
    ) -> Option<usize> {
        let path = self
            .reader
            .files()
            .tidy(&self.folder.join(&keys.file.value));
        let source = match self.reader.open(&path, &mut resolver.faults) {
            Opened::Whole(source) => source,
            Opened::Invalid(_) | Opened::Unreadable => return None,
            Opened::Missing => {
                let fault = keys.file.error(format!("there is no `{}`", path.display()));
                resolver
                    .faults
                    .push(fault.help("paths are relative to the scenario file"));
                return None;
            }
        };
        if !resolver.complete {
            return None;
        }
        let system = resolver.system;
        let ids: Vec<&str> = system.services().iter().map(|&s| system.id(s)).collect();
        let (read, mut warnings) = profile::read(&source, &ids, spec);
        resolver.warnings.append(&mut warnings);
        match read {
            Ok(profile) => {
                let rows = profile.series.iter().map(|s| s.samples.len() as u64).sum();
                self.reader.set_rows(&source, rows);
                self.profiles.push(profile);
                self.sources.push(source);
                Some(self.profiles.len() - 1)
            }
            Err(faults) => {
                resolver.faults.extend(faults);
                None
            }
        }
    }

    fn profile_spec(&self, keys: &ProfileKeys, resolver: &mut Resolver) -> Option<ProfileSpec> {
        let mut spec = ProfileSpec {
            time: keys.time.as_ref().map(|t| t.value.clone()),
            label: keys.label.as_ref().map(|l| l.value.clone()),
            statistic: keys.statistic.as_ref().map(|s| s.value.clone()),
            zone: self.zone.clone(),
            ..ProfileSpec::default()
        };
        if let Some(word) = &keys.format {
            let names = Names::new("profile format", Format::WORDS.iter().map(|(w, _)| *w));
            let at = names.position(word, &mut resolver.faults)?;
            spec.format = Some(Format::WORDS[at].1);
        }
        let mut good = true;
        if let Some(format) = &keys.time_format {
            spec.time_format = Some(format.value.clone());
            if let Err(why) = profile::check_time_format(&format.value) {
                let message = format!("`{}` is no way to write times: {why}", format.value);
                let fault = format.error(message);
                let help = "write it with the letters of strftime, as `%d.%m.%Y %H:%M`";
                resolver.faults.push(fault.help(help));
                good = false;
            }
        }
        let system = resolver.system;
        let percent = |s: NodeId| {
            let unit = system.node(s).unit.as_deref().unwrap_or_default().trim();
            unit == "%" || unit.eq_ignore_ascii_case("percent")
        };
        let unit = |s: &NodeId| {
            system
                .node(*s)
                .unit
                .as_deref()
                .unwrap_or_default()
                .to_owned()
        };
        spec.units = system.services().iter().map(unit).collect();
        spec.percent = (0..system.services().len())
            .filter(|&at| percent(system.services()[at]))
            .collect();
        for (label, service) in &keys.map {
            let blank = service.value.trim().is_empty();
            let at = if blank {
                None
            } else {
                resolver.service_index(service)
            };
            good &= blank || at.is_some();
            spec.map.insert(label.value.clone(), at);
        }
        good.then_some(spec)
    }

    /// Puts the reasons where they stand.
    fn attribute(&self, keys: &spec::CaseSpec, faults: &[NoDemand], resolver: &mut Resolver) {
        let series = &keys.series;
        let at = |places: [Option<Placed<()>>; 4]| {
            places
                .into_iter()
                .flatten()
                .next()
                .unwrap_or_else(|| keys.name.with(()))
        };
        let window = series.window.as_ref().map(|w| w.at.with(()));
        let take = series.take.as_ref().map(|t| t.with(()));
        let coincident = series.coincident.as_ref().map(|c| c.with(()));
        let during = series.during.as_ref().map(|d| d.with(()));
        let event = series.event.as_ref().map(|e| e.with(()));
        let growth = match &keys.growth {
            Some(growth::Growth::PerYear(per_year)) => Some(per_year.at.with(())),
            Some(growth::Growth::All(factor)) => Some(factor.with(())),
            _ => None,
        };
        let days = match during {
            Some(_) => " on a day of the event that `during` names",
            None => "",
        };
        for fault in faults.iter().take(SHOWN) {
            let place = match fault {
                NoDemand::NoSample { .. } => {
                    at([window.clone(), during.clone(), take.clone(), None])
                }
                NoDemand::NoInstant | NoDemand::CoincidentTake => {
                    at([coincident.clone(), take.clone(), None, None])
                }
                NoDemand::NoStart | NoDemand::GrowthTwice => at([growth.clone(), None, None, None]),
                NoDemand::NoPeriod => at([take.clone(), None, None, None]),
                NoDemand::NoMultiplier => at([event.clone(), None, None, None]),
            };
            let system = resolver.system;
            let message = match fault {
                NoDemand::NoSample { service, from, to } => format!(
                    "the window touches no sample of `{}`{days}: its samples run from {from} to {to}",
                    system
                        .services()
                        .get(*service)
                        .map_or("", |&s| system.id(s)),
                ),
                other => other.to_string(),
            };
            resolver
                .faults
                .push(place.error(message).help(fault.help()));
        }
        if faults.len() > SHOWN {
            let more = faults.len() - SHOWN;
            let message = format!("{more} more services of this load case have no demand");
            resolver.faults.push(keys.name.error(message));
        }
    }

    /// Says which peaks history does not bear out.
    fn warn(&self, keys: &spec::CaseSpec, derivations: &[Derivation], resolver: &mut Resolver) {
        let bare = derivations.iter().filter(|d| !d.is_evidenced()).count();
        if bare > 0 {
            let name = &keys.name.value;
            let place = keys.series.take.as_ref().unwrap_or(&keys.name);
            let message = format!("peak not evidenced: {bare} services at `{name}`");
            let warning = place.warning(message);
            resolver.warnings.push(
                warning
                    .label("less than thirteen months of history, or none in that period")
                    .help("give more history, or the demand itself: demand = { … }"),
            );
        }
    }

    /// Everything, with the horizon if one is asked for.
    pub fn finish(mut self, spec: &Spec, column: &[f64], resolver: &mut Resolver) -> Time {
        let horizon = spec.horizon.as_ref();
        let built = horizon.and_then(|keys| self.horizon(keys, spec, column, resolver));
        let mut repair_hours = Vec::new();
        for (id, hours) in horizon.iter().flat_map(|h| &h.repair_hours) {
            if let Some(node) = resolver.id(id, Keep::Elements) {
                repair_hours.push((node, hours.value));
            }
        }
        repair_hours.sort_by_key(|(node, _)| *node);
        self.remark(resolver);
        if spec.cases.is_empty() {
            self.cases.push(CaseOrigin::column(column));
        }
        let asks_hours = horizon.is_some();
        let works = works::resolve(
            &spec.works,
            (self.zone.as_ref(), asks_hours),
            built.as_ref(),
            resolver,
        );
        Time {
            works,
            zone: self.zone(),
            profiles: self.profiles,
            cases: self.cases,
            horizon: built,
            repair_hours,
        }
    }

    /// What is odd in the profiles, the load cases being known.
    fn remark(&self, resolver: &mut Resolver) {
        let system = resolver.system;
        let name = |at: usize| system.services().get(at).map_or("", |&s| system.id(s));
        let demand = |at: usize| {
            let service = system.services().get(at);
            let service = service.and_then(|&s| system.node(s).as_service());
            service.map_or(0.0, |s| s.demand)
        };
        for (at, (profile, source)) in self.profiles.iter().zip(&self.sources).enumerate() {
            let mut looked: Vec<Looked> = Vec::new();
            for (_, look) in self.looked.iter().filter(|(p, _)| *p == at) {
                looked.push(look.clone());
            }
            looked.sort_by_key(|look| !look.peak);
            resolver
                .warnings
                .extend(profile::remarks(profile, source, name, demand, &looked));
        }
    }

    fn horizon(
        &mut self,
        keys: &HorizonKeys,
        spec: &Spec,
        column: &[f64],
        resolver: &mut Resolver,
    ) -> Option<crate::model::Horizon> {
        let window = self.window(&keys.window, resolver);
        let first = spec.cases.iter().find_map(|c| c.series.profile.as_ref());
        let profile = keys
            .profile
            .as_ref()
            .or(first)
            .and_then(|p| self.profile(p, resolver));
        let events = match &keys.events {
            None => self.events.clone(),
            Some(names) => {
                let found = names.iter().map(|n| self.event(Some(n), resolver));
                found.collect::<Vec<_>>().into_iter().flatten().collect()
            }
        };
        let mut horizon = HorizonSpec {
            window: window?,
            zone: self.zone(),
            growth: std::collections::BTreeMap::new(),
            growth_of_others: None,
            events,
        };
        match &keys.growth {
            None => {}
            Some(growth::Growth::All(factor)) => {
                horizon.growth_of_others = Some(Rate::Factor(factor.value));
            }
            Some(growth::Growth::PerService(factors)) => {
                for (id, factor) in factors {
                    let at = resolver.service_index(id);
                    horizon
                        .growth
                        .extend(at.map(|at| (at, Rate::Factor(factor.value))));
                }
            }
            Some(growth::Growth::PerYear(per_year)) => {
                if let Some(end) = per_year.from.as_ref().or(per_year.to.as_ref()) {
                    let fault =
                        end.error("growth over a horizon goes from each sample to its hour");
                    resolver.faults.push(fault.help("leave out from and to"));
                }
                horizon.growth_of_others = per_year.all.as_ref().map(|r| Rate::PerYear(r.value));
                for (id, rate) in &per_year.each {
                    let at = resolver.service_index(id);
                    horizon
                        .growth
                        .extend(at.map(|at| (at, Rate::PerYear(rate.value))));
                }
            }
        }
        let profile = profile.map(|p| &self.profiles[p]);
        match profile::horizon(&horizon, column, profile, &self.calendar) {
            Ok(horizon) => {
                let mut demands = horizon.demand.iter().flatten();
                if demands.any(|&d| d > MOST || d.is_nan()) {
                    let growth = keys.growth.as_ref().and_then(growth::Growth::place);
                    let place = growth.unwrap_or_else(|| keys.window.at.with(()));
                    let message = "demand grows beyond any number to compute with";
                    let help = format!("no demand may be above {MOST:e}: write a smaller growth");
                    resolver.faults.push(place.error(message).help(help));
                }
                Some(horizon)
            }
            Err(why) => {
                resolver.faults.push(keys.window.at.error(why.to_string()));
                None
            }
        }
    }
}

/// Keys that make no sense without a profile.
fn without_profile(series: &SeriesSpec, resolver: &mut Resolver) {
    let keys = [
        series.window.as_ref().map(|w| (w.at.with(()), "window")),
        series.take.as_ref().map(|t| (t.with(()), "take")),
        series
            .coincident
            .as_ref()
            .map(|c| (c.with(()), "coincident")),
        series.during.as_ref().map(|d| (d.with(()), "during")),
    ];
    if let Some((place, key)) = keys.into_iter().flatten().next() {
        let fault = place.error(format!("`{key}` needs a profile to look at"));
        resolver
            .faults
            .push(fault.help("write `profile = \"load/orders.csv\"`"));
    }
}
