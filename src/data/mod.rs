//! Data files: the manifest, the mirror they come from, and checks that they are the right ones.

use std::path::PathBuf;

/// Why a data file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{case}/{file} is not fetched")]
    NotFetched { case: String, file: String },
}

/// Finds data files by (case, name): mirror first, then the cache.
#[derive(Clone, Debug, Default)]
pub struct Library {
    pub mirror: Option<PathBuf>,
}
