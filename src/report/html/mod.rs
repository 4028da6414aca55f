//! Pages for a browser. In: documents. Out: one HTML file each that opens from disk, needs no
//! network, reads without its script, and prints. Promises: everything from users is escaped text of
//! bounded length; long tables are cut and say where the rest is; the same document gives the same
//! bytes.

pub mod page;
pub mod table;
pub mod words;
