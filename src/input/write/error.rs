//! Why an inventory was not written.

use std::io;
use std::path::PathBuf;

/// Why a folder was not written. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something is there already.
    #[error("{} exists and is not an empty folder", .0.display())]
    Occupied(PathBuf),
    /// The system said no.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// What was being written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The draft refers to a node that it does not have, or says something twice.
    #[error("the inventory contradicts itself: {0}")]
    Draft(String),
}
