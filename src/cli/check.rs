//! `check`: every fault with its place; what is covered, what is assumed.

use super::answer::{Answer, Exit, Failure};
use super::args::{Format, Source, today};
use super::output::{Terminal, head};
use crate::analysis::montecarlo::{Settings, Snapshot};
use crate::analysis::{ColdStart, Study, coverage};
use crate::input::{self, Diagnostic, Faults, Loaded, Overrides};
use crate::model::CaseId;
use crate::report::document::{Assumption, Check, Fault};
use crate::report::naming::{self, Naming};
use crate::report::{tables, text};
use jiff::civil::Date;

const AFTER: &str = "\
Examples:
  brownout check estate/inventory
  brownout check estate/scenario.toml --format json";

/// Read everything: every fault with its place, what is covered, what is assumed
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// The day from which it is counted how long waivers still hold [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let (loaded, cold_start) = match input::load(&args.source.path(), &Overrides::default()) {
        Ok(mut loaded) => {
            let study = Study::new(&loaded.system, &loaded.scenario);
            let (amplifying, refused) = (amplifying(&study), refused(&study));
            let cold_start = study.cold_start(&[], CaseId(0));
            loaded.warnings.extend(amplifying);
            match refused {
                None => (loaded, cold_start),
                Some(faults) if terminal.format() == Format::Text => return Err(faults.into()),
                Some(faults) => return invalid(&faults, terminal),
            }
        }
        Err(faults) if terminal.format() == Format::Text => return Err(faults.into()),
        Err(faults) => return invalid(&faults, terminal),
    };
    let document = valid(&loaded, &cold_start, args.as_of.unwrap_or_else(today));
    Ok(Answer::done(terminal.render(
        &document,
        text::check,
        |c| tables::check(c).csv(),
    )?))
}

/// What the simulation that the scenario asks for would refuse.
fn refused(study: &Study<'_>) -> Option<Faults> {
    let spec = study.scenario().simulate?;
    let why = Snapshot::new(study, Settings::new(spec.trials, spec.seed)).err()?;
    let mut faults = Faults::new();
    for fault in why {
        let message = format!("the simulation that the scenario asks for is refused: {fault}");
        faults.push(Diagnostic::error(message).help("mend it, or leave out [simulate]"));
    }
    Some(faults)
}

/// Loops that return as much load as enters them, or more, in the base state.
fn amplifying(study: &Study<'_>) -> Vec<Diagnostic> {
    let ways = study.amplifying().into_iter().map(|way| {
        let ids: Vec<&str> = way.iter().map(|&v| study.system().id(v)).collect();
        Diagnostic::warning(format!(
            "each unit of load that enters this loop comes back as one or more: {}",
            input::spelled(&ids)
        ))
        .help(
            "whatever enters it grows without bound: write loads whose product round it is below 1",
        )
    });
    ways.collect()
}

fn valid(loaded: &Loaded, cold_start: &ColdStart, as_of: Date) -> Check {
    let coverage = coverage(&loaded.system, &loaded.scenario);
    let assumptions = loaded.ledger.iter().map(|a| Assumption {
        what: a.what.clone(),
        source: a.source.clone(),
        count: a.count,
    });
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let mut inventory = naming.inventory(&coverage, assumptions.collect());
    inventory.cold_start = naming.cold_start(cold_start);
    let mut head = head("check", loaded);
    head.warnings
        .extend(naming.waivers_near_their_end(as_of, None));
    Check {
        head,
        valid: true,
        faults: Vec::new(),
        inventory: Some(inventory),
    }
}

/// Faults as data; they are shown on stderr as well.
fn invalid(faults: &Faults, terminal: &Terminal) -> Result<Answer, Failure> {
    terminal.faults(faults);
    let document = Check {
        head: naming::head("check", Vec::new(), Vec::new()),
        valid: false,
        faults: faults.iter().map(fault).collect(),
        inventory: None,
    };
    Ok(Answer {
        data: terminal.render(&document, text::check, |c| tables::check(c).csv())?,
        warnings: Vec::new(),
        exit: Exit::Invalid,
    })
}

fn fault(diagnostic: &input::Diagnostic) -> Fault {
    let place = diagnostic.place();
    Fault {
        message: diagnostic.message().to_owned(),
        path: place.map(|(path, ..)| path.to_owned()),
        line: place.map(|(_, line, _)| line as u64),
        column: place.map(|(.., column)| column as u64),
        text: diagnostic.line(),
    }
}
