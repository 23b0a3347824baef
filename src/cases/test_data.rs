//! Where the tests of all cases find the data mirror.

use std::path::{Path, PathBuf};

use crate::data::{Library, Manifest, MirrorLocation};

/// A case's folder in the mirror: below `SAIGEN_MIRROR`, else `../shared/data`; says so when there is none.
///
/// A mirror that is named must be there: tests that were meant to run don't pass by being skipped.
pub(crate) fn folder(case: &str) -> Option<PathBuf> {
    let named = std::env::var_os("SAIGEN_MIRROR").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = named.clone().unwrap_or_else(beside).join(case);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(named.is_none(), "SAIGEN_MIRROR is set, but there is no folder {}", folder.display());
    eprintln!("skipped: no data mirror");
    None
}

/// A library over the mirror that holds a case's folder.
pub(crate) fn library(case: &str) -> Option<Library> {
    let root = folder(case)?.parent()?.to_path_buf();
    Some(Library::with_manifest(Manifest::built_in(), Some(MirrorLocation::Folder(root)), None))
}
