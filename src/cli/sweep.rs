//! `sweep`: every contingency up to an order, at every load case.

use super::answer::{Answer, Exit, Failure};
use super::args::{Format, LimitArgs, ScopeArgs, Source, scenario_of};
use super::divided::{self, About, Divided, Found};
use super::files::{self, Kind};
use super::long::{Kept, LongArgs, is_sensible, part_answer};
use super::output::{Terminal, head, warning_lines, write_json};
use super::sweeping::Sweeping;
use crate::analysis::montecarlo::Shard;
use crate::analysis::network::NetworkSweep;
use crate::analysis::{MOST_LISTED, Study, SweepOutcome, SweepRecord};
use crate::input::{self, Disk, Loaded, Overrides};
use crate::report::document::{Sweep, SweepResult};
use crate::report::naming::{Naming, Resolve, SetsListed};
use crate::report::{tables, text};
use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};
use std::path::Path;

const AFTER: &str = "\
Examples:
  brownout sweep estate/inventory
  brownout sweep estate/scenario.toml --order 2 --elements kind=server kind=database
  brownout sweep estate/inventory --exclude kind=site --format csv --table minimal
  brownout sweep estate/inventory --order 2 --max-memory 2GiB
  brownout sweep estate/inventory --order 3 --checkpoint run.json   # resume: the same, --resume
  brownout sweep estate/inventory --order 2 --shard 1/8 -o part-1.json
  brownout merge part-*.json                                  # the parts, once all are done

A sweep that will take long says so first, with an estimate and what would make it quicker. Ctrl-C \
ends early with what was computed, says so, and exits with 3; so does --max-memory.

Parts are cut by what they are estimated to cost. Single failures, named contingencies and networks \
are everybody's: `merge` works them out again, so it reads the inventory as well.";

/// Every contingency up to an order, at every load case: who is harmed by what
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    long: LongArgs,
    /// Table that `--format csv` writes
    #[arg(long, value_enum, default_value_t)]
    table: Table,
}

/// Tables of a sweep.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(super) enum Table {
    /// One row per service, load case and order.
    #[default]
    Counts,
    /// One row per minimal set.
    Minimal,
    /// One row per link and load case.
    Links,
    /// One row per contingency and load case that loses something to overload.
    Cascades,
    /// One row per contingency and load case that leaves an instance without a host.
    Stranded,
    /// One row per named contingency, load case and service.
    Named,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let long = &args.long;
    long.can_be_written((Kind::Sweep, Kind::SweepPart), &[])?;
    is_sensible(long.shard)?;
    let loaded = input::load(&args.source.path(), &args.scope.overrides())?;
    let wanted = Wanted {
        table: args.table,
        sets: args.limits.sets,
        output: long.output.as_deref().filter(|_| long.shard.is_none()),
    };
    if long.shard.is_some() || long.checkpoint.is_some() {
        return kept(args, &loaded, &wanted, terminal);
    }
    let study = Study::new(&loaded.system, &loaded.scenario).listing(wanted.listed(terminal));
    let progress = args.progress(&loaded, terminal);
    let outcome = study.sweep(loaded.scenario.sweep.order, &progress);
    let swept = Swept::new(&study, outcome, progress);
    drop(study);
    answer(&loaded, swept, &wanted, terminal)
}

/// A sweep of which a part is done, or that is kept meanwhile.
fn kept(
    args: &Args,
    loaded: &Loaded,
    wanted: &Wanted<'_>,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let long = &args.long;
    let most = match long.shard {
        // What is merged may be shown in any form.
        Some(_) => args.limits.listed(),
        None => wanted.listed(terminal),
    };
    let asked = SweepAsked {
        path: args.source.path().to_string_lossy().into_owned(),
        order: args.scope.order,
        elements: args.scope.elements.clone(),
        exclude: args.scope.exclude.clone(),
        sets: most as u64,
    };
    let about = About::new::<SweepRecord>(loaded, long.shard, asked, &(most as u64))?;
    let before = match &long.checkpoint {
        Some(path) if long.resume && path.exists() => Some(Divided::resumed(path, &about)?),
        _ => None,
    };
    let study = Study::new(&loaded.system, &loaded.scenario).listing(most);
    let progress = args.progress(loaded, terminal);
    let write = |path: &Path, record| divided::write(path, &about, &record);
    let keep = Kept::new(long.checkpoint.as_deref(), &write);
    let asked = (long.shard, before.as_ref());
    let (record, outcome) = study
        .sweep_part(loaded.scenario.sweep.order, asked, &keep, &progress)
        .context("the checkpoint contradicts itself")?;
    if let Some(path) = &long.checkpoint {
        divided::write(path, &about, &record)?;
    }
    if let (Some(path), Some(_)) = (&long.output, long.shard) {
        progress.finish();
        divided::write(path, &about, &record)?;
    }
    let Some(outcome) = outcome else {
        return Ok(part_answer(warning_lines(loaded), record.is_whole()));
    };
    let swept = Swept::new(&study, outcome, progress);
    drop(study);
    answer(loaded, swept, wanted, terminal)
}

/// What was asked for of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SweepAsked {
    /// The inventory or scenario.
    path: String,
    order: Option<u32>,
    elements: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    /// How many minimal sets are kept per service and load case.
    sets: u64,
}

impl Found for SweepRecord {
    type Asked = SweepAsked;
    const SCHEMA: &'static str = "brownout/sweep-part/1";
    const WHAT: &'static str = "a sweep";
    fn is_whole(&self) -> bool {
        self.is_whole()
    }
    fn kind(shard: Option<Shard>) -> Kind {
        Kind::SweepPart(shard)
    }
}

/// The answer of all parts together; `path` is where the inputs are now, if not where they were.
pub(super) fn merged(
    parts: Vec<Divided<SweepRecord>>,
    path: Option<&Path>,
    wanted: &Wanted<'_>,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let about = parts[0].about.clone();
    let asked = &about.asked;
    let overrides = Overrides {
        order: asked.order,
        elements: asked.elements.clone(),
        exclude: asked.exclude.clone(),
        ..Overrides::default()
    };
    let path = path.unwrap_or(Path::new(&asked.path));
    let path = scenario_of(&Disk, path);
    let loaded = input::load(&path, &overrides)?;
    about.is_of::<SweepRecord>(&loaded, &asked.sets)?;
    let listed = wanted.listed(terminal);
    let records: Vec<SweepRecord> = parts.into_iter().map(|part| part.record).collect();
    if listed as u64 > asked.sets && records.iter().any(SweepRecord::is_cut) {
        let kept = asked.sets;
        return Err(anyhow!(
            "the parts keep the first {kept} minimal sets of a service at a load case, and there are more: \
             make the parts with `--sets all`, or merge them with `--sets {kept}`"
        )
        .into());
    }
    let study = Study::new(&loaded.system, &loaded.scenario).listing(listed);
    let of = (&loaded.system, &loaded.scenario);
    let progress = terminal.sweeping("Merging", of, None);
    let outcome = study
        .sweep_joined(loaded.scenario.sweep.order, &records, &progress)
        .context("a part contradicts itself")?;
    drop(records);
    let swept = Swept::new(&study, outcome, progress);
    drop(study);
    answer(&loaded, swept, wanted, terminal)
}

/// How a sweep is to be shown.
pub(super) struct Wanted<'w> {
    pub(super) table: Table,
    pub(super) sets: Option<usize>,
    /// A file for the result as JSON.
    pub(super) output: Option<&'w Path>,
}

impl Wanted<'_> {
    /// How many minimal sets of a service at a load case are to be there.
    fn listed(&self, terminal: &Terminal) -> usize {
        let as_json = self.sets.unwrap_or(MOST_LISTED);
        let shown = match (terminal.format(), self.table) {
            (Format::Csv, Table::Minimal) => self.sets.unwrap_or(usize::MAX),
            (Format::Json, _) => as_json,
            // At most the first few are shown.
            _ => MOST_LISTED,
        };
        match self.output {
            Some(_) => shown.max(as_json),
            None => shown,
        }
    }
}

/// What a sweep gives.
struct Swept {
    outcome: SweepOutcome,
    links: Option<NetworkSweep>,
    /// Why it is incomplete, if it is.
    reason: String,
}

impl Swept {
    /// With what it does to networks.
    fn new(study: &Study<'_>, outcome: SweepOutcome, progress: Sweeping<'_>) -> Self {
        let links = study.links(study.scenario().sweep.order, &progress);
        progress.finish();
        Self {
            outcome,
            links,
            reason: progress.reason(),
        }
    }
}

/// A sweep on stdout, and in a file if there is to be one.
fn answer(
    loaded: &Loaded,
    swept: Swept,
    wanted: &Wanted<'_>,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let Swept {
        outcome,
        links,
        reason,
    } = swept;
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let network = links.named(&naming);
    let head = head("sweep", loaded);
    let warnings = head.warnings.clone();
    let exit = if outcome.is_complete() {
        Exit::Done
    } else {
        Exit::Incomplete
    };
    let in_full = || SweepResult {
        head: head.clone(),
        sweep: Sweep {
            network: network.clone(),
            ..naming.sweep_rows(&outcome, &reason)
        },
        estate: Some(naming.estate(&loaded.inventory_path)),
    };
    if let Some(path) = wanted.output {
        let mut bytes = Vec::new();
        let most = wanted.sets.unwrap_or(MOST_LISTED);
        let document = SweepResult {
            sweep: Sweep {
                network: network.clone(),
                ..naming.sweep_listing(&outcome, &reason, SetsListed::up_to(most))
            },
            head: head.clone(),
            estate: Some(naming.estate(&loaded.inventory_path)),
        };
        write_json(&document, &mut bytes).context("cannot write JSON")?;
        files::write_one(path, Kind::Sweep, &bytes)?;
    }
    let data = match (terminal.format(), wanted.table) {
        (Format::Json, _) => terminal.stream(|out| write_json(&in_full(), out))?,
        (Format::Csv, Table::Minimal) => {
            let rows = naming.sweep_rows(&outcome, &reason).services;
            terminal.stream(|out| tables::write_minimal(rows.iter(), out))?
        }
        _ => {
            let document = SweepResult {
                head,
                sweep: Sweep {
                    network,
                    ..naming.sweep_listing(&outcome, &reason, SetsListed::up_to(text::SETS))
                },
                estate: None,
            };
            terminal.render(&document, text::sweep, |s| match wanted.table {
                Table::Links => tables::links(&s.sweep).csv(),
                Table::Cascades => tables::cascades(&s.sweep).csv(),
                Table::Stranded => tables::stranded(&s.sweep).csv(),
                Table::Named => tables::named(&s.sweep).csv(),
                Table::Counts | Table::Minimal => tables::sweep(&s.sweep).csv(),
            })?
        }
    };
    Ok(Answer {
        data,
        warnings,
        exit,
    })
}

impl Args {
    fn progress<'s>(&self, loaded: &'s Loaded, terminal: &Terminal) -> Sweeping<'s> {
        let of = (&loaded.system, &loaded.scenario);
        terminal.sweeping("Sweeping", of, self.limits.max_memory)
    }
}
