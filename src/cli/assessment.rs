//! An assessment: what is asked for and where files come from, given to the analysis. Promises:
//! writes nothing but progress; the same files give the same document, whoever asks.

use super::answer::Failure;
use super::args::scenario_of;
use super::folder;
use super::output::{Terminal, head};
use super::simulate::refused;
use crate::analysis::ledger::Turn;
use crate::analysis::montecarlo::Shard;
use crate::analysis::{
    self, AssessRecord, Defaults, Joined, MOST_LISTED, NoPart, Options, Stage, Stages, Study,
    Watch, assess_part,
};
use crate::input::{self, Disk, Files, Kept, Loaded, Overrides, Scale};
use crate::live::{MOST_NODES, pack};
use crate::report;
use crate::report::document::Assess;
use crate::report::naming::Naming;
use anyhow::anyhow;
use std::path::Path;

/// Whether something is of what was loaded; why not.
pub(super) type IsOf<'a> = dyn Fn(&Loaded) -> anyhow::Result<()> + 'a;

/// What an assessment is asked for.
#[derive(Clone)]
pub(super) struct Asked<'a> {
    /// The scenario, or an inventory.
    pub(super) path: &'a Path,
    /// The folder for its report, if there is one: no input may be in there.
    pub(super) output: Option<&'a Path>,
    /// Whether to look for fixes.
    pub(super) fixes: bool,
    /// Whether to scale defaults.
    pub(super) ledger: bool,
    /// Whether the result keeps the inventory for a page that runs the engine.
    pub(super) explore: bool,
    /// What was worked out in parts, and whether it is of what was loaded.
    pub(super) joined: Option<(&'a Joined, &'a IsOf<'a>)>,
    /// What the document says of how it was asked for.
    pub(super) how: report::assess::Asked,
}

/// Computes everything that a scenario asks.
pub(super) fn assess(
    asked: &Asked<'_>,
    files: &dyn Files,
    terminal: &Terminal,
) -> Result<Assess, Failure> {
    let files = Kept::new(files);
    let path = &scenario_of(&files, asked.path);
    let loaded = input::load_from(&files, path, &Overrides::default())?;
    if let Some(folder) = asked.output {
        folder::holds_no_input(folder, loaded.inputs.iter().map(|i| i.path.as_str()))?;
    }
    if let Some((_, is_of)) = asked.joined {
        is_of(&loaded)?;
    }
    let study = study(asked, &loaded);
    let assumptions = loaded.assumptions();
    let turns: Vec<Turn> = assumptions.iter().map(|&a| a.into()).collect();
    let scaled = |at: usize, factor| {
        let parameter = assumptions[at].parameter.clone().ok()?;
        let overrides = Overrides {
            scale: Some(Scale { parameter, factor }),
            ..Overrides::default()
        };
        let scaled = input::load_from(&files, path, &overrides).ok()?;
        Some((scaled.system, scaled.scenario))
    };
    let defaults = Defaults {
        turns: &turns,
        scaled: &scaled,
    };
    let options = Options {
        fixes: asked.fixes,
        defaults: asked.ledger.then_some(defaults),
        joined: asked.joined.map(|(joined, _)| joined),
        ..Options::of(&loaded, asked.how.as_of)
    };
    let bars = Bars {
        terminal,
        loaded: &loaded,
        most: asked.how.max_memory,
    };
    let found = analysis::assess(&study, &options, &bars).map_err(|faults| refused(&faults))?;
    let head = head("assess", &loaded);
    let mut document = report::assess::document(head, &loaded, &found, &asked.how);
    if report::assess::leaves_sets_out(&found.sweep, &asked.how) {
        let naming = Naming::new(&loaded.system, &loaded.scenario);
        document.minimal_table = Some(report::folder::minimal_table(naming, &found.sweep));
    }
    if asked.explore && loaded.system.nodes().len() <= MOST_NODES {
        match pack(&files, &loaded) {
            Ok(package) => document.package = Some(package),
            Err(why) => document
                .head
                .warnings
                .push(format!("no explore.html: {why}")),
        }
    }
    Ok(document)
}

fn study<'l>(asked: &Asked<'_>, loaded: &'l Loaded) -> Study<'l> {
    // Policies are judged by all of them, unless memory is limited.
    let all = asked.how.max_memory.map_or(usize::MAX, |_| MOST_LISTED);
    let all = all.max(asked.how.listed.unwrap_or(0));
    Study::new(&loaded.system, &loaded.scenario).listing(all)
}

/// A part of an assessment, of what was loaded.
pub(super) struct PartOf<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) loaded: &'a Loaded,
    terminal: &'a Terminal,
}

/// Loads what a part is of, and gives it to `work`.
pub(super) fn part_of<T>(
    asked: &Asked<'_>,
    terminal: &Terminal,
    work: impl FnOnce(PartOf<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let files = Kept::new(&Disk);
    let path = &scenario_of(&files, asked.path);
    let loaded = input::load_from(&files, path, &Overrides::default())?;
    work(PartOf {
        asked,
        loaded: &loaded,
        terminal,
    })
}

impl PartOf<'_> {
    /// Does it, on from what is there.
    pub(super) fn run(
        &self,
        asked: (Shard, Option<AssessRecord>),
        keep: &super::long::Kept<'_, AssessRecord>,
    ) -> Result<AssessRecord, Failure> {
        let study = study(self.asked, self.loaded);
        let bars = Bars {
            terminal: self.terminal,
            loaded: self.loaded,
            most: self.asked.how.max_memory,
        };
        let kept = |record| keep.write(|| record);
        let record = assess_part(&study, asked, (&|| keep.is_time(), &kept), &bars);
        record.map_err(|why| match why {
            NoPart::Settings(faults) => refused(&faults),
            NoPart::Unfit(_) => anyhow!("the checkpoint contradicts itself").into(),
        })
    }
}

/// A bar for each stage.
struct Bars<'a> {
    terminal: &'a Terminal,
    loaded: &'a Loaded,
    most: Option<u64>,
}

impl Stages for Bars<'_> {
    fn begin(&self, stage: Stage) -> Box<dyn Watch + '_> {
        let of = (&self.loaded.system, &self.loaded.scenario);
        let sweeping = |what| self.terminal.sweeping(what, of, self.most);
        match stage {
            Stage::Sweep => Box::new(sweeping("Sweeping")),
            Stage::Simulate => Box::new(self.terminal.progress("Simulating")),
            Stage::Timeline => Box::new(self.terminal.progress("Hour by hour")),
            Stage::Fixes => Box::new(sweeping("Looking for fixes").silent()),
            Stage::Assumptions => Box::new(sweeping("Trying assumptions").silent()),
        }
    }
}
