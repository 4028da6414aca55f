//! `schema`: the JSON Schema of a result.

use super::answer::{Answer, Failure};
use super::output::json;
use crate::report::schema::{Kind, schema};
use clap::ValueEnum;
use clap::builder::PossibleValue;

const AFTER: &str = "\
Examples:
  brownout schema                    a schema that every result matches
  brownout schema assess             the schema of one result
  brownout schema assess > assess.schema.json";

/// Write the JSON Schema of a result to stdout
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// The command whose result it is of [default: any]
    result: Option<Kind>,
}

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()))
    }
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    Ok(Answer::done(json(&schema(args.result))?))
}
