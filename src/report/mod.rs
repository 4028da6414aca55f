//! Results plus names → text. Computes nothing: [`document`] is the seam, every renderer and
//! `diff` read documents and never the engine.

mod asked;
pub mod assess;
#[cfg(feature = "cli")]
mod breaches;
#[cfg(feature = "cli")]
pub mod calendar;
pub mod compare;
#[cfg(feature = "cli")]
pub mod decisions;
pub mod diff;
pub mod document;
#[cfg(feature = "cli")]
mod estimate;
pub mod evidence;
#[cfg(feature = "cli")]
pub mod findings;
#[cfg(feature = "cli")]
pub mod folder;
#[cfg(feature = "cli")]
pub mod glossary;
#[cfg(feature = "cli")]
pub mod html;
#[cfg(feature = "cli")]
mod ids;
#[cfg(feature = "cli")]
pub mod import;
#[cfg(feature = "cli")]
pub mod join;
#[cfg(feature = "cli")]
pub mod json;
#[cfg(feature = "cli")]
pub mod junit;
#[cfg(feature = "cli")]
pub mod layout;
pub mod map;
#[cfg(feature = "cli")]
pub mod markdown;
pub mod naming;
pub mod number;
#[cfg(feature = "cli")]
mod order;
#[cfg_attr(
    not(feature = "cli"),
    allow(
        dead_code,
        reason = "most of its lines are for the terminal and the page"
    )
)]
mod placement;
#[cfg(feature = "cli")]
pub mod plot;
#[cfg(feature = "cli")]
pub mod sarif;
pub mod schema;
mod second_path;
#[cfg(feature = "cli")]
mod sentences;
#[cfg(feature = "cli")]
mod shape;
#[cfg(feature = "cli")]
pub mod style;
#[cfg(feature = "cli")]
pub mod tables;
#[cfg(feature = "cli")]
pub mod text;
#[cfg(feature = "cli")]
pub mod xlsx;
