//! `explain`: why a service has the status it has, as a tree.

use super::answer::{Answer, Exit, Failure};
use super::args::{Source, StateArgs};
use super::output::{Terminal, head};
use crate::analysis::{Bounds, Study, parts, tree};
use crate::input::{self, Diagnostic, Faults, Loaded};
use crate::model::{NodeId, visible};
use crate::report::document::Explain;
use crate::report::naming::Naming;
use crate::report::{tables, text};

const AFTER: &str = "\
Examples:
  brownout explain estate/scenario.toml shop
  brownout explain estate/scenario.toml shop --load quarter-end --down app-1";

/// Nodes of a tree in all; a terminal shows no more in any useful way.
const NODES: usize = 5_000;

/// Why a service has the status it has, as a tree of what it needs
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// The service
    service: String,
    #[command(flatten)]
    state: StateArgs,
    /// Levels of the tree
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(0..=60))]
    depth: u16,
    /// Members shown per group
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..))]
    width: u16,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let loaded = input::load(&args.source.path(), &args.state.overrides())?;
    let service = find(&loaded, &args.service)?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    let state = study.state(&[], args.state.case(&loaded.scenario));
    let bounds = Bounds {
        depth: usize::from(args.depth),
        width: usize::from(args.width),
        nodes: NODES,
    };
    let tree = tree(&loaded.system, &state, service, bounds);
    let Some(outcome) = state.services.iter().find(|s| s.service == service) else {
        return Err(unknown(&loaded, &args.service).into());
    };
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let mut document = naming.explain(head("explain", &loaded), &state, outcome, &tree);
    if let Some((at, before)) = &loaded.in_place {
        let services = std::slice::from_mut(&mut document.service);
        let name = naming.tell_shed(services, (*at, before), state.case);
        document.contingency = Some(name);
    }
    let at = state.services.iter().position(|s| s.service == service);
    if let Some((parts, at)) = parts(&study, &state).zip(at) {
        naming.tell_parts(std::slice::from_mut(&mut document.service), &parts[at..=at]);
    }
    let table = |e: &Explain| tables::tree(&e.tree).csv();
    Ok(Answer {
        data: terminal.render(&document, text::explain, table)?,
        warnings: document.head.warnings,
        exit: Exit::Done,
    })
}

fn find(loaded: &Loaded, id: &str) -> Result<NodeId, Faults> {
    let node = loaded.system.find(id);
    node.filter(|&n| loaded.system.node(n).as_service().is_some())
        .ok_or_else(|| unknown(loaded, id))
}

fn unknown(loaded: &Loaded, id: &str) -> Faults {
    let system = &loaded.system;
    if system.find(id).is_some() {
        let fault = Diagnostic::error(format!("`{}` is no service", visible(id)));
        return fault
            .help("`explain` takes a service; `whatif` shows every component")
            .into();
    }
    let near = |&&s: &&NodeId| strsim::jaro_winkler(system.id(s), id);
    let best = system
        .services()
        .iter()
        .max_by(|x, y| near(x).total_cmp(&near(y)));
    let fault = Diagnostic::error(format!("there is no service `{}`", visible(id)));
    match best.filter(|b| near(b) > 0.7) {
        Some(&best) => fault
            .help(format!("did you mean `{}`?", visible(system.id(best))))
            .into(),
        None => fault.help("`brownout check` shows what there is").into(),
    }
}
