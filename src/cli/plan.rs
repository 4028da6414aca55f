//! `plan`: the cheapest changes after which every policy holds.

use super::answer::{Answer, Exit, Failure};
use super::args::{scenario_of, today};
use super::files::can_make;
use super::output::{Terminal, head};
use crate::analysis::Watch;
use crate::analysis::fix::{Change, FixContext};
use crate::analysis::plan::{PlanEnd, PlanOptions, alternatives, applied, date, minutes, plan};
use crate::input::write::{ScenarioChanges, WriteError, rewritten, write_folder, write_inventory};
use crate::input::{self, Disk, Loaded, Overrides};
use crate::model::{Node, NodeId, Role, System, visible};
use crate::report::document::Plan;
use crate::report::naming::Naming;
use crate::report::{tables, text};
use anyhow::{Context, anyhow};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout plan estate/scenario.toml
  brownout plan estate/scenario.toml --format csv
  brownout plan estate/scenario.toml --apply planned && brownout assess planned/scenario.toml

A plan restores, grows and adds, and lays second paths past what cuts a network; instances move to other \
hosts, and take less where there are no costs. What that costs stands in the columns cost (one more like it; \
of an instance that moves: the move; of a second path: that of all links it runs beside), cost_per_unit (a unit of capacity) and max_capacity of the inventory; once one cost is given, what has \
none is not for sale. Without costs the fewest changes count, then the least capacity. A repair costs \
nothing. Ctrl-C ends early with the best plan so far, and how far it may be from the cheapest.

Exit codes: 0 a plan was found, or every policy holds already; 1 no plan exists; 2 bad input; \
3 none was found, or it was interrupted.";

/// The cheapest changes after which every policy holds, and a bound that none can beat
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A scenario file, or a folder with a scenario.toml
    #[arg(value_name = "SCENARIO")]
    path: PathBuf,
    /// Write the estate with the plan in place, and its scenario, to this new folder
    #[arg(long, value_name = "DIR")]
    apply: Option<PathBuf>,
    /// How often the estate may be assessed anew [default: by its size]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    runs: Option<u64>,
    /// Do not look for the plans that do without what this one does: without new members, without growing …
    #[arg(long)]
    no_alternatives: bool,
    /// The day on which waivers must still be valid [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    if let Some(folder) = &args.apply {
        can_make(folder)?;
    }
    let loaded = input::load(&scenario_of(&Disk, &args.path), &Overrides::default())?;
    if loaded.scenario.policies.is_empty() {
        let shown = visible(&args.path.to_string_lossy());
        let none =
            anyhow!("{shown} has no policy that a plan could hold: add a [[policy]] to a scenario");
        return Err(Failure::Other(none));
    }
    let context = FixContext {
        system: &loaded.system,
        scenario: &loaded.scenario,
        returning: &loaded.scope.returning,
    };
    let options = PlanOptions {
        as_of: args.as_of.unwrap_or_else(today),
        runs: args.runs,
    };
    let progress = terminal.progress("Planning");
    let mut outcome = plan(context, &options, &progress);
    let others = (!args.no_alternatives && !progress.stop())
        .then(|| alternatives(context, &options, &mut outcome, &progress));
    let horizon = loaded.time.horizon.as_ref();
    if let Some(horizon) = horizon {
        date(context, &mut outcome, horizon, &progress);
    }
    progress.finish();
    let interrupted = progress.stop();
    let given_back = minutes(context, &outcome, &progress);
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let mut document = Plan {
        head: head("plan", &loaded),
        plan: naming.plan(&outcome, horizon),
    };
    let minutes = given_back.as_ref().map(|found| naming.plan_minutes(found));
    document.plan.minutes = minutes.unwrap_or_default();
    document.plan.alternatives = others.map(|all| {
        let all = all.iter();
        all.map(|(sort, found)| naming.alternative(*sort, found))
            .collect()
    });
    let mut data = terminal.render(&document, text::plan, |p| tables::plan(&p.plan).csv())?;
    if let (Some(folder), Some(found)) = (&args.apply, &outcome.plan) {
        let changes: Vec<Change> = found.steps.iter().map(|s| s.change.clone()).collect();
        apply(&loaded, context, &changes, folder)?;
        if matches!(terminal.format(), super::args::Format::Text) {
            let scenario = folder.join("scenario.toml");
            let shown = visible(&scenario.to_string_lossy());
            data.push_str(&format!(
                "\nWrote the estate with the plan in place. Next:\n  brownout assess {shown}\n"
            ));
        }
    }
    let exit = match (&outcome.plan, outcome.end) {
        _ if interrupted => Exit::Incomplete,
        (Some(_), _) => Exit::Done,
        (None, PlanEnd::Proved) => Exit::Breached,
        (None, _) => Exit::Incomplete,
    };
    Ok(Answer {
        data,
        warnings: document.head.warnings,
        exit,
    })
}

/// Writes the estate with changes in place, and the scenario that belongs to it, whole or not at all.
fn apply(
    loaded: &Loaded,
    context: FixContext<'_>,
    changes: &[Change],
    folder: &Path,
) -> anyhow::Result<()> {
    let (Some(altered), Some(path)) = (applied(context, changes), &loaded.scenario_path) else {
        return Err(anyhow!("the plan makes no estate that can be written"));
    };
    let known = loaded.system.nodes().len();
    let mut draft = altered.system.draft();
    let mut taken: HashSet<Box<str>> = loaded.system.nodes().iter().map(|n| n.id.clone()).collect();
    let mut named: HashMap<Box<str>, Box<str>> = HashMap::new();
    for (at, like) in (known..).zip(&altered.like) {
        let new = &mut draft.nodes[at].node.id;
        // What a new host has of a resource is found by its name.
        let part = new.rsplit_once('/').and_then(|(host, resource)| {
            let id = format!("{}/{resource}", named.get(host)?).into();
            taken.insert(Box::clone(&id)).then_some(id)
        });
        let id = part.unwrap_or_else(|| {
            let id = path_id(&loaded.system, altered.system.nodes().get(at), *like);
            fresh(&id, &mut taken)
        });
        named.insert(std::mem::replace(new, id.clone()), id);
    }
    let id = |v: NodeId| draft.nodes[v.index()].node.id.to_string();
    let ids = |all: &[NodeId]| all.iter().map(|&v| id(v)).collect::<Vec<_>>();
    let factors = |all: &[(NodeId, f64)]| all.iter().map(|&(v, f)| (id(v), f)).collect::<Vec<_>>();
    let scenario = &altered.scenario;
    let scoped = loaded.scope.elements.is_some() || !loaded.scope.exclude.is_empty();
    let named = scenario.contingencies.iter();
    let said = ScenarioChanges {
        down: ids(&scenario.down),
        derate: factors(&scenario.derate),
        elements: scoped.then(|| ids(&scenario.sweep.elements)),
        contingencies: named.map(|c| (ids(&c.down), factors(&c.derate))).collect(),
    };
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (text, files) =
        rewritten(&text, &said).ok_or_else(|| anyhow!("{} is no scenario", path.display()))?;
    let beside = path.parent().unwrap_or(Path::new("."));
    write_folder(folder, |inside| {
        write_inventory(&inside.join("inventory"), &draft, &[])?;
        let io = |path: PathBuf| move |source| WriteError::Io { path, source };
        for (from, name) in &files {
            let from = beside.join(from);
            fs::copy(&from, inside.join(name)).map_err(io(from))?;
        }
        let to = inside.join("scenario.toml");
        fs::write(&to, &text).map_err(io(to.clone()))
    })
    .map_err(anyhow::Error::from)
}

/// What a new node is called after: what it is like, or the ends of a second path.
fn path_id(system: &System, new: Option<&Node>, like: NodeId) -> String {
    let links = [new.map(|n| n.role), Some(system.node(like).role)];
    let known = |v: NodeId| v.index() < system.nodes().len();
    match links {
        [Some(Role::Link(new)), Some(Role::Link(old))]
            if known(new.a) && known(new.b) && (new.a, new.b) != (old.a, old.b) =>
        {
            format!("{}--{}", system.id(new.a), system.id(new.b))
        }
        _ => system.id(like).to_owned(),
    }
}

/// An id for one like another that nobody has yet.
fn fresh(like: &str, taken: &mut HashSet<Box<str>>) -> Box<str> {
    for n in 1u64.. {
        let id: Box<str> = format!("{like}-new-{n}").into();
        if taken.insert(id.clone()) {
            return id;
        }
    }
    like.into()
}
