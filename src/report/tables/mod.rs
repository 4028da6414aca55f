//! Every table of the reports, declared once. In: documents. Out: a [`Table`]: its rows, and its columns
//! with title, alignment and cell, each for the formats that have it. Promises: a new column is one line;
//! where formats differ for a reason, the column says so; one writer a format sets all tables, so that the
//! same kind of cell looks alike in all of them and is as safe.

mod check;
mod csv;
mod diff;
mod evidence;
mod html;
mod maintenance;
mod map;
mod markdown;
mod named;
mod parts;
mod plan;
mod policies;
mod simulate;
mod states;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod time;

pub use check::{check, glossary, tree};
pub use diff::{
    chances as chance_changes, changes, counts as count_changes, headroom as headroom_changes,
    inventory as inventory_changes, policies as policy_changes,
};
pub(in crate::report) use evidence::{assumed, controls, inputs, ledger, waivers};
pub use evidence::{assumptions, verify};
#[cfg(test)]
pub(in crate::report) use html::ROWS_ON_PAPER;
pub use maintenance::{CalendarRow, maintenance};
pub(in crate::report) use maintenance::{NAMED as OUT_NAMED, schedule, windows};
pub use map::{MapRow, map, map_rows};
pub(in crate::report) use named::named_states;
pub use named::{cascades, cold_start, named, placements, stranded, tripped};
pub use parts::parts;
pub use plan::plan;
pub(in crate::report) use policies::fixes_of;
pub use policies::{fixes, policies};
pub use simulate::simulate;
pub(in crate::report) use simulate::{chances, histories, over_horizon, spreads};
pub(in crate::report) use states::{base, components_of, services_of, severity, status_and_part};
pub use states::{components, services};
pub(in crate::report) use sweep::{
    Effect, counts, links_of, minimal_of, network_worst, orders_of_one, singles,
};
pub use sweep::{links, minimal, minimal_csv, sweep, write_minimal};
pub use table::Table;
pub(in crate::report) use table::{Cell, HTML, last, marked, sorted};
pub(in crate::report) use time::{
    day, demands, failures_of, growth_of, harmed_hours, hours, longest_harm,
    policies as policy_times, profiles, risk_hours,
};
pub use time::{failures, growth, load, outages, timeline};
