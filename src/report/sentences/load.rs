//! Load cases against the hours of the same days. In: the hours of a horizon. Out: a sentence for each load case that
//! agrees with them, and for each service of which the two say different things.

use crate::model::{Status, short};
use crate::report::document::load::{CaseDifference, CaseTimes, Timeline};
use crate::report::ids::id;
use crate::report::number::{count, instant, percent, quantity};
use crate::report::style;

/// Differences between load cases and hours that are shown.
const DIFFERENCES: usize = 8;

/// Where load cases and the hours of the same days differ, a sentence for each service.
pub(in crate::report) fn differences(t: &Timeline) -> Vec<String> {
    let listed = |(case, d): (&CaseTimes, &CaseDifference)| {
        let statuses = if d.status == d.worst {
            String::new()
        } else {
            let case = state_of(d.status, d.delivered);
            let hours = state_of(d.worst, d.least_delivered);
            format!("; {case} in the case, {hours} in its worst hour")
        };
        format!(
            "{} at {} is asked for {}, in the hours of the same days for at most {} ({}){statuses}: {}",
            id(&d.id),
            short(&case.load_case, 40),
            quantity(d.demand),
            quantity(d.most),
            instant(&d.most_at),
            short(&d.why, 300)
        )
    };
    let all = t
        .cases
        .iter()
        .flat_map(|c| c.differences.iter().map(move |d| (c, d)));
    let mut lines: Vec<String> = all.clone().take(DIFFERENCES).map(listed).collect();
    let hidden = all.count().saturating_sub(DIFFERENCES);
    if hidden > 0 {
        lines.push(format!(
            "… and {} more of the same kind",
            count(hidden as u64)
        ));
    }
    lines
}

/// Load cases whose base state is that of the hours of the same days: contingencies are not compared.
pub(in crate::report) fn agreements(t: &Timeline) -> Vec<String> {
    let same = t.cases.iter().filter(|c| c.differences.is_empty());
    same.map(|c| {
        format!(
            "With nothing more failed, {} says the same as its hours, from {} to {}.",
            short(&c.load_case, 40),
            instant(&c.from),
            instant(&c.to)
        )
    })
    .collect()
}

fn state_of(status: Status, delivered: f64) -> String {
    match status {
        Status::Degraded => format!("{} {}", style::status(status), percent(delivered)),
        Status::Down => style::status(status),
        _ => "delivered in full".to_owned(),
    }
}
