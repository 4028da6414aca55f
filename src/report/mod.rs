//! Results plus names → text. Computes nothing: [`document`] is the seam, every renderer and
//! `diff` read documents and never the engine.

pub mod compare;
pub mod csv;
pub mod diff;
pub mod document;
pub mod evidence;
pub mod findings;
pub mod folder;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod naming;
pub mod number;
pub mod plot;
pub mod sarif;
pub mod schema;
pub mod style;
pub mod text;
