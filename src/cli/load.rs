//! `load`: profiles, load cases and where each demand comes from, with a plot.

use super::answer::{Answer, Exit, Failure};
use super::args::Source;
use super::files;
use super::files::Kind;
use super::output::{Terminal, head};
use crate::input::{self, Loaded, Overrides};
use crate::model::{Derivation, Step, Window};
use crate::report::document::load::Load;
use crate::report::naming::Naming;
use crate::report::plot::{self, Level, LoadFigure};
use crate::report::{tables, text};
use anyhow::Context;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout load estate/scenario.toml
  brownout load estate/scenario.toml --format csv
  brownout load estate/scenario.toml --plot shop.svg --service shop";

/// Load profiles and load cases: which demand, from which samples, by which rule
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Draws history, windows, load cases and the hours to come; `.svg` or `.png`
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// The service that is drawn [default: the one with most at its first load case]
    #[arg(long, value_name = "ID", requires = "plot")]
    service: Option<String>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    if let Some(path) = &args.plot {
        files::is_picture(path)?;
        files::can_write(path, Kind::Picture)?;
    }
    let loaded = input::load(&args.source.path(), &Overrides::default())?;
    let document = document(&loaded);
    if let Some(path) = &args.plot {
        draw(&loaded, args.service.as_deref(), path)?;
    }
    Ok(Answer {
        data: terminal.render(&document, text::load, |l| tables::load(l).csv())?,
        warnings: document.head.warnings,
        exit: Exit::Done,
    })
}

fn document(loaded: &Loaded) -> Load {
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let time = &loaded.time;
    let cases = time.cases.iter().enumerate();
    Load {
        head: head("load", loaded),
        scenario: loaded.scenario.name.clone(),
        timezone: time.zone.iana_name().unwrap_or("UTC").to_owned(),
        profiles: naming.profiles(&time.profiles),
        cases: cases
            .map(|(at, c)| naming.case_demand(at, &c.derivations, &time.zone))
            .collect(),
        horizon: time.horizon.as_ref().map(|h| naming.horizon(h)),
    }
}

fn draw(loaded: &Loaded, service: Option<&str>, path: &Path) -> Result<(), Failure> {
    let services = loaded.system.services();
    let at = match service {
        Some(id) => services.iter().position(|&s| loaded.system.id(s) == id),
        None => most_demanded(loaded),
    };
    let at = at.with_context(|| match service {
        Some(id) => format!("no service has the id `{id}`"),
        None => "there is no service to draw".to_owned(),
    })?;
    let figure = figure(loaded, at);
    Ok(files::draw(path, &figure)?)
}

/// The service with a profile (else any) whose demand is greatest at the first load case.
fn most_demanded(loaded: &Loaded) -> Option<usize> {
    let demand = &loaded.scenario.cases.first()?.demand;
    let measured = |s: usize| loaded.time.profiles.iter().any(|p| p.of(s).is_some());
    (0..demand.len()).reduce(|best, s| {
        let key = |s: usize| (measured(s), demand[s]);
        if key(s) > key(best) { s } else { best }
    })
}

fn figure(loaded: &Loaded, service: usize) -> LoadFigure {
    let time = &loaded.time;
    let node = loaded.system.node(loaded.system.services()[service]);
    let profile = time.profiles.iter().find_map(|p| p.of(service));
    let samples = profile.map_or(&[][..], |s| s.samples.as_slice());
    let history: Vec<(i64, f64)> = samples.iter().map(|s| (s.at, s.value)).collect();
    let horizon = time.horizon.as_ref().map_or_else(Vec::new, |h| {
        h.demand[service]
            .iter()
            .enumerate()
            .map(|(hour, d)| (h.at(hour), *d))
            .collect()
    });
    let cases = loaded.scenario.cases.iter().zip(&time.cases);
    LoadFigure {
        title: node.name.as_deref().unwrap_or(&node.id).to_owned(),
        unit: node.unit.as_deref().unwrap_or_default().to_owned(),
        zone: time.zone.clone(),
        history: plot::thinned(&history),
        horizon: plot::thinned(&horizon),
        levels: cases
            .map(|(case, origin)| level(&case.name, &origin.derivations[service], origin.window))
            .collect(),
    }
}

fn level(name: &str, derivation: &Derivation, window: Option<Window>) -> Level {
    let sample = derivation.steps.iter().find_map(|step| match step {
        Step::Taken { evidence, .. } => evidence.last().copied(),
        Step::Estimated(estimate) => estimate.last_year,
        _ => None,
    });
    let looked = derivation
        .steps
        .iter()
        .any(|s| !matches!(s, Step::Column { .. } | Step::Explicit { .. }));
    Level {
        name: name.to_owned(),
        demand: derivation.value(),
        window: window.filter(|_| looked).map(|w| (w.from, w.to)),
        sample: sample.map(|s| (s.at, s.value)),
    }
}
