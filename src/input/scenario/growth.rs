//! Growth of demand, as written: one factor, a factor per service, or rates per year.

use super::values::numbers;
use crate::input::keys::Value;
use crate::input::number::Range;
use crate::input::placed::Placed;

/// Growth as written.
#[derive(Debug)]
pub enum Growth {
    /// One factor for every service.
    All(Placed<f64>),
    /// A factor per service; 1 for the others.
    PerService(Vec<(Placed<String>, Placed<f64>)>),
    /// Compounded per year to a day.
    PerYear(PerYear),
}

impl Growth {
    /// Where it stands; the first of several.
    pub fn place(&self) -> Option<Placed<()>> {
        match self {
            Self::All(factor) => Some(factor.with(())),
            Self::PerYear(per_year) => Some(per_year.at.with(())),
            Self::PerService(factors) => factors.first().map(|(_, factor)| factor.with(())),
        }
    }
}

/// Growth per year, as written.
#[derive(Debug)]
pub struct PerYear {
    /// One rate for every service, 0.12 = 12 %.
    pub all: Option<Placed<f64>>,
    /// A rate per service; none for the others.
    pub each: Vec<(Placed<String>, Placed<f64>)>,
    /// From which day.
    pub from: Option<Placed<String>>,
    /// To which day.
    pub to: Option<Placed<String>>,
    /// Where it stands.
    pub at: Placed<()>,
}

/// A factor, a factor per service, or growth per year.
pub fn growth(value: Value) -> Option<Growth> {
    if !value.is_table() {
        return value.number(Range::Count).map(Growth::All);
    }
    let keys = value.table("the growth")?;
    let Some(rate) = keys.value("per_year") else {
        return Some(Growth::PerService(numbers(
            Some(value),
            "the growth",
            Range::Count,
        )));
    };
    let (mut all, mut each) = (None, Vec::new());
    if rate.is_table() {
        each = numbers(Some(rate), "the growth per year", Range::Rate);
    } else {
        all = rate.number(Range::Rate);
    }
    let spec = PerYear {
        all,
        each,
        from: keys.value("from").and_then(|v| v.text_or_date()),
        to: keys.value("to").and_then(|v| v.text_or_date()),
        at: keys.placed(()),
    };
    keys.finish();
    Some(Growth::PerYear(spec))
}
