//! JSON Schemas of the results. In: the name of a result, or none. Out: a schema (draft 2020-12) of
//! that result, or of any. Promises: generated from the documents themselves, so that it cannot lag
//! behind them; what is always written is required; a field that is not in it may be added later.

use super::document::diff::Diff;
use super::document::load::Load;
use super::document::{
    Assess, Check, Explain, Maintenance, Parts, Plan, SimulateResult, SweepResult, Verify, WhatIf,
    schema_name,
};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// A result that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of `assess`.
    Assess,
    /// Of `check`.
    Check,
    /// Of `diff`.
    Diff,
    /// Of `explain`.
    Explain,
    /// Of `load`.
    Load,
    /// Of `maintenance`.
    Maintenance,
    /// Of `parts`.
    Parts,
    /// Of `plan`.
    Plan,
    /// Of `simulate` and `merge`.
    Simulate,
    /// Of `sweep`.
    Sweep,
    /// Of `verify`.
    Verify,
    /// Of `whatif`.
    Whatif,
}

impl Kind {
    /// Every result.
    pub const ALL: [Self; 12] = [
        Self::Assess,
        Self::Check,
        Self::Diff,
        Self::Explain,
        Self::Load,
        Self::Maintenance,
        Self::Parts,
        Self::Plan,
        Self::Simulate,
        Self::Sweep,
        Self::Verify,
        Self::Whatif,
    ];

    /// The word in `brownout/<word>/1`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Assess => "assess",
            Self::Check => "check",
            Self::Diff => "diff",
            Self::Explain => "explain",
            Self::Load => "load",
            Self::Maintenance => "maintenance",
            Self::Parts => "parts",
            Self::Plan => "plan",
            Self::Simulate => "simulate",
            Self::Sweep => "sweep",
            Self::Verify => "verify",
            Self::Whatif => "whatif",
        }
    }

    /// The schema, with what it refers to put into the generator.
    fn part(self, generator: &mut SchemaGenerator) -> Schema {
        fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
            T::json_schema(generator)
        }
        let mut schema = match self {
            Self::Assess => of::<Assess>(generator),
            Self::Check => of::<Check>(generator),
            Self::Diff => of::<Diff>(generator),
            Self::Explain => of::<Explain>(generator),
            Self::Load => of::<Load>(generator),
            Self::Maintenance => of::<Maintenance>(generator),
            Self::Parts => of::<Parts>(generator),
            Self::Plan => of::<Plan>(generator),
            Self::Simulate => of::<SimulateResult>(generator),
            Self::Sweep => of::<SweepResult>(generator),
            Self::Verify => of::<Verify>(generator),
            Self::Whatif => of::<WhatIf>(generator),
        };
        schema.insert(
            "title".to_owned(),
            json!(format!("Result of {}", self.word())),
        );
        let name = json!(schema_name(self.word()));
        if let Some(field) = schema.pointer_mut("/properties/schema") {
            field["const"] = name;
        }
        schema
    }
}

/// The schema of one result, or of any result.
#[must_use]
pub fn schema(kind: Option<Kind>) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let dialect = json!(settings.meta_schema.clone());
    let mut generator = settings.into_generator();
    let mut out = Map::from_iter([("$schema".to_owned(), dialect)]);
    if let Some(kind) = kind {
        let part = kind.part(&mut generator).to_value();
        out.extend(part.as_object().cloned().unwrap_or_default());
    } else {
        let parts = Kind::ALL.map(|kind| kind.part(&mut generator).to_value());
        out.insert("title".to_owned(), json!("A result of brownout"));
        out.insert("oneOf".to_owned(), json!(parts));
    }
    let definitions = generator.take_definitions(true);
    out.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(out)
}
