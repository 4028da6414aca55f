//! The sequential part of `simulate`: histories over the scenario's horizon, or over so many hours
//! of one load case.

use super::answer::Failure;
use crate::analysis::Study;
use crate::analysis::montecarlo::{Horizon, Repair, Sequential, Start};
use crate::input::Loaded;
use crate::model::{self, CaseId, HOUR, NodeId};
use anyhow::anyhow;
use clap::ValueEnum;

/// Histories where nobody says how many.
const HISTORIES: u64 = 500;
/// No horizon is longer, hours: a century.
const LONGEST: u64 = 876_600;

/// What to say to those who ask for something over a horizon that is not there.
pub(super) const NO_HORIZON: &str =
    "there is no horizon: give --horizon HOURS, or [horizon] in the scenario";

/// Hours, and demand by service and hour.
type HourlyDemand = (u64, Vec<Vec<f64>>);

/// Histories, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Histories of failure and repair")]
pub(super) struct HistoryArgs {
    /// Play histories over so many hours of the peak load case [default: the scenario's horizon,
    /// hour by hour]
    #[arg(long, value_name = "HOURS", value_parser = super::args::whole, allow_hyphen_values = true)]
    horizon: Option<u64>,
    /// How many histories [default: 500, if there is a horizon]
    #[arg(long, value_name = "N", value_parser = super::args::whole, allow_hyphen_values = true)]
    histories: Option<u64>,
    /// Law of repairs [default: exponential]
    #[arg(long, value_enum)]
    repair: Option<Law>,
    /// Coefficient of variation of lognormal repairs [default: 1]
    #[arg(long, value_name = "CV")]
    repair_cv: Option<f64>,
    /// Shape of the Weibull distribution of times to failure; 1, the default, is exponential
    #[arg(long, value_name = "K")]
    weibull_shape: Option<f64>,
    /// How histories begin [default: known]
    #[arg(long, value_enum)]
    start: Option<Begin>,
    /// Planned outages, hours from the start: `db-1=100..108`
    #[arg(long, value_name = "ID=FROM..TO", num_args = 1..)]
    maintenance: Vec<String>,
    /// Hours until a known outage is expected to be repaired: `app-3=72` [default: its MTTR]
    #[arg(long, value_name = "ID=HOURS", num_args = 1..)]
    back_in: Vec<String>,
    /// Named windows, hours from the start: `close=2100..2184`; the scenario's load cases with a
    /// window are named windows too
    #[arg(long, value_name = "NAME=FROM..TO", num_args = 1..)]
    window: Vec<String>,
}

/// Laws of repairs.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Law {
    /// Exponential around the MTTR.
    #[default]
    Exponential,
    /// Always the MTTR.
    Fixed,
    /// Lognormal around the MTTR.
    Lognormal,
}

/// How histories begin.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Begin {
    /// Only the known outages are out.
    #[default]
    Known,
    /// Everything else is out with its unavailability.
    LongRun,
}

impl HistoryArgs {
    /// The horizon asked for, if one is.
    ///
    /// # Errors
    /// What was typed makes no sense.
    pub(super) fn horizon(
        &self,
        loaded: &Loaded,
        seed: u64,
        at_risk: bool,
    ) -> Result<Option<Horizon>, Failure> {
        let repair = self.repair()?;
        let Some((hours, demand)) = self.demand(loaded)? else {
            if self.is_touched() {
                return Err(anyhow!(NO_HORIZON).into());
            }
            return Ok(None);
        };
        let node = |id: &str| -> Result<NodeId, Failure> {
            let found = loaded.system.find(id.trim());
            found.ok_or_else(|| anyhow!("there is no component `{id}`").into())
        };
        let mut planned = Vec::new();
        for text in &self.maintenance {
            let (id, from, to) = stretch("--maintenance", text)?;
            planned.push((node(id)?, from, to));
        }
        if let Some(&(v, ..)) = planned.iter().find(|p| !loaded.system.node(p.0).can_fail()) {
            let id = loaded.system.id(v);
            return Err(
                anyhow!("`{id}` is a service, a flow or logical: it cannot be taken out").into(),
            );
        }
        let mut back_in = loaded.time.repair_hours.clone();
        for text in &self.back_in {
            let (id, hours) = pair("--back-in", text)?;
            let hours = number("--back-in", hours)?;
            let v = node(id)?;
            if !loaded.scenario.down.contains(&v) {
                return Err(anyhow!(
                    "--back-in `{text}`: `{}` is not among the known outages (`down` in the \
                     scenario)",
                    loaded.system.id(v)
                )
                .into());
            }
            back_in.retain(|b| b.0 != v);
            back_in.push((v, hours));
        }
        Ok(Some(Horizon {
            trials: self.histories.unwrap_or(HISTORIES),
            seed,
            demand,
            of_peak: self.horizon.is_some() && loaded.scenario.peak().is_some(),
            hours,
            shape: self.weibull_shape.unwrap_or(1.0),
            repair,
            at_risk,
            start: match self.start.unwrap_or_default() {
                Begin::Known => Start::Known,
                Begin::LongRun => Start::LongRun,
            },
            back_in,
            planned,
            windows: self.windows(loaded)?,
        }))
    }

    /// Whether histories are over the scenario's own horizon.
    pub(super) fn is_of_scenario(&self, loaded: &Loaded) -> bool {
        let horizon = loaded.time.horizon.as_ref();
        self.horizon.is_none() && horizon.is_some_and(model::Horizon::has_demand)
    }

    fn repair(&self) -> Result<Repair, Failure> {
        match (self.repair.unwrap_or_default(), self.repair_cv) {
            (Law::Exponential, None) => Ok(Repair::Exponential),
            (Law::Fixed, None) => Ok(Repair::Fixed),
            (Law::Lognormal, cv) => Ok(Repair::Lognormal(cv.unwrap_or(1.0))),
            (_, Some(_)) => {
                let text = "--repair-cv is of lognormal repairs: say --repair lognormal as well";
                Err(anyhow!(text).into())
            }
        }
    }

    fn is_touched(&self) -> bool {
        self.histories.is_some()
            || self.repair.is_some()
            || self.repair_cv.is_some()
            || self.weibull_shape.is_some()
            || self.start.is_some()
            || !self.maintenance.is_empty()
            || !self.back_in.is_empty()
            || !self.window.is_empty()
    }

    fn demand(&self, loaded: &Loaded) -> Result<Option<HourlyDemand>, Failure> {
        let case = loaded.scenario.peak().unwrap_or(CaseId(0));
        let constant = || {
            let demand = loaded.scenario.cases[case.index()].demand.iter();
            demand.map(|&d| vec![d]).collect()
        };
        match (self.horizon, &loaded.time.horizon) {
            (Some(hours), _) if hours > LONGEST => {
                Err(anyhow!("a horizon of {hours} hours is longer than {LONGEST}").into())
            }
            (Some(hours), _) => Ok(Some((hours, constant()))),
            // Without services there is nothing to play.
            (None, Some(h)) if h.demand.is_empty() => Ok(None),
            (None, Some(h)) => Ok(Some((h.hours() as u64, h.demand.clone()))),
            (None, None) => Ok(None),
        }
    }

    /// The windows typed, and those of the scenario's load cases as far as they lie inside.
    fn windows(&self, loaded: &Loaded) -> Result<Vec<(String, f64, f64)>, Failure> {
        let mut windows = Vec::new();
        for text in &self.window {
            let (name, from, to) = stretch("--window", text)?;
            windows.push((name.to_owned(), from, to));
        }
        if let (None, Some(horizon)) = (self.horizon, &loaded.time.horizon) {
            let end = horizon.hours() as f64;
            let hour = |at: i64| (at - horizon.start) as f64 / HOUR as f64;
            for (case, origin) in loaded.scenario.cases.iter().zip(&loaded.time.cases) {
                if let Some(w) = origin.window {
                    let (from, to) = (hour(w.from).max(0.0), hour(w.to).min(end));
                    if from < to {
                        windows.push((case.name.clone(), from, to));
                    }
                }
            }
        }
        Ok(windows)
    }
}

/// Checks a horizon before any work.
///
/// # Errors
/// Everything that makes no sense about it.
pub(super) fn prepare<'s, 'a>(
    study: &'s Study<'a>,
    horizon: Horizon,
) -> Result<Sequential<'s, 'a>, Failure> {
    Sequential::new(study, horizon).map_err(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow!("{}", all.join("; ")).into()
    })
}

fn pair<'t>(option: &str, text: &'t str) -> Result<(&'t str, &'t str), Failure> {
    let found = text.split_once('=');
    found.ok_or_else(|| anyhow!("{option} `{text}`: there is no `=` in it").into())
}

fn number(option: &str, text: &str) -> Result<f64, Failure> {
    match text.trim().parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err(anyhow!("{option}: `{text}` is no number of hours").into()),
    }
}

/// `NAME=FROM..TO`.
fn stretch<'t>(option: &str, text: &'t str) -> Result<(&'t str, f64, f64), Failure> {
    let (name, hours) = pair(option, text)?;
    let Some((from, to)) = hours.split_once("..") else {
        return Err(anyhow!("{option} `{text}`: write hours as 100..108").into());
    };
    Ok((name, number(option, from)?, number(option, to)?))
}
