//! Why a data file could not be had.

use std::path::{Path, PathBuf};

use super::TableError;

/// Why a data file could not be had; never both an error and a file under the right name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Neither the mirror nor the cache holds the file.
    #[error("{case}/{file} is not fetched")]
    NotFetched { case: String, file: String },
    /// The manifest has no such case.
    #[error("the manifest has no case `{case}`; it has {known}")]
    UnknownCase { case: String, known: String },
    /// The manifest has no such file.
    #[error("the manifest has no file `{file}` in case `{case}`")]
    UnknownFile { case: String, file: String },
    /// The bytes found are not the bytes that the manifest names.
    #[error("{place}: found sha256 {found}, expected {expected}")]
    WrongHash { place: String, expected: String, found: String },
    /// More or fewer bytes than the manifest names.
    #[error("{place}: found {found} bytes, expected {expected}")]
    WrongLength { place: String, expected: u64, found: u64 },
    /// The folder given as a mirror doesn't exist, or is a file.
    #[error("the mirror {} is not a folder", .folder.display())]
    NoMirrorFolder { folder: PathBuf },
    /// Text that names neither a folder nor an HTTP address.
    #[error("cannot use `{text}` as a mirror: expected a folder, http://… or https://…")]
    BadMirror { text: String },
    /// A fetch was asked for, but there is nowhere to fetch from.
    #[error("no mirror to fetch {case} from")]
    NoMirror { case: String },
    /// A fetch was asked for, but there is nowhere to keep the files.
    #[error("no cache folder to fetch {case} into")]
    NoCache { case: String },
    /// The mirror is there, but lacks the file.
    #[error("{place}: the mirror has no such file")]
    NotInMirror { place: String },
    /// The server answered, but not with the file.
    #[error("{url}: the server answered with status {status}")]
    Status { url: String, status: u16 },
    /// The connection failed, stalled or was cut, as often as it was tried.
    #[error("{url}: {reason} (gave up after {attempts} attempts without progress)")]
    Transfer { url: String, attempts: u32, reason: String },
    /// The user asked to stop; what was received is kept for the next attempt.
    #[error("interrupted")]
    Interrupted,
    /// A file should be text but isn't.
    #[error("{place}: not UTF-8 text, at byte {at}")]
    NotText { place: String, at: usize },
    /// The manifest can't be read.
    #[error("{place}: {reason}")]
    Manifest { place: String, reason: String },
    /// A table is malformed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The operating system refused.
    #[error("cannot {action} {}", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl DataError {
    /// Wraps an operating-system error with what was attempted, and where.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| DataError::Io { action, path, source }
    }
}
