//! Where data files come from.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{DataError, Entry};

/// A folder or an address that holds files as `<case>/<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MirrorLocation {
    /// A folder on this machine.
    Folder(PathBuf),
    /// An `http://` or `https://` address, without a trailing slash.
    Address(String),
}

impl MirrorLocation {
    /// Checks that a folder is there; an address is taken on trust until it is used.
    ///
    /// # Errors
    /// [`DataError::NoMirrorFolder`].
    pub fn check(&self) -> Result<(), DataError> {
        match self {
            MirrorLocation::Folder(folder) if !folder.is_dir() => {
                Err(DataError::NoMirrorFolder { folder: folder.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Where a folder mirror holds a file.
    pub(super) fn file(&self, entry: &Entry) -> Option<PathBuf> {
        match self {
            MirrorLocation::Folder(folder) => Some(folder.join(&entry.case).join(&entry.name)),
            MirrorLocation::Address(_) => None,
        }
    }
}

impl FromStr for MirrorLocation {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest.trim_end_matches('/')),
            None => (String::new(), text),
        };
        match scheme.as_str() {
            _ if rest.is_empty() => Err(DataError::BadMirror { text: text.into() }),
            "" => Ok(MirrorLocation::Folder(PathBuf::from(text))),
            "http" | "https" => Ok(MirrorLocation::Address(format!("{scheme}://{rest}"))),
            _ => Err(DataError::BadMirror { text: text.into() }),
        }
    }
}

impl fmt::Display for MirrorLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MirrorLocation::Folder(folder) => folder.display().fmt(formatter),
            MirrorLocation::Address(address) => address.fmt(formatter),
        }
    }
}
