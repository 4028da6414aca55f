//! The scenario: the file, the command line on top of it, and both resolved against a system.

mod command_line;
mod demand;
mod growth;
mod names;
mod outages;
mod policies;
mod resolve;
mod resolver;
mod scale;
mod series;
mod spec;
mod time;
mod values;
mod words;
mod works;

pub use command_line::apply;
pub use outages::put_in_place;
pub use resolve::resolve;
pub use resolver::Resolver;
pub use scale::{plans, scale};
pub use spec::Spec;
