//! Results plus names → text. Computes nothing: [`document`] is the seam, every renderer and
//! `diff` read documents and never the engine.

pub mod compare;
pub mod csv;
pub mod diff;
pub mod document;
pub mod evidence;
pub mod findings;
#[cfg(feature = "cli")]
pub mod folder;
#[cfg(feature = "cli")]
pub mod html;
pub mod junit;
#[cfg(feature = "cli")]
pub mod markdown;
pub mod naming;
pub mod number;
#[cfg(feature = "cli")]
pub mod plot;
pub mod sarif;
pub mod schema;
#[cfg(feature = "cli")]
pub mod style;
#[cfg(feature = "cli")]
pub mod text;
