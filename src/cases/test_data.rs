//! The data mirror as the tests of all cases take it.

use std::path::PathBuf;

use crate::data::{Library, Manifest, MirrorLocation};

mod mirror;

/// A case's folder in the mirror: see [`mirror::root`].
pub(crate) fn folder(case: &str) -> Option<PathBuf> {
    Some(mirror::root(case)?.join(case))
}

/// A library over the mirror that holds a case's folder.
pub(crate) fn library(case: &str) -> Option<Library> {
    let location = MirrorLocation::Folder(mirror::root(case)?);
    Some(Library::with_manifest(Manifest::built_in(), Some(location), None))
}
