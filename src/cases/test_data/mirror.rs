//! Where tests find the data mirror; the integration tests take this file in by its path.

use std::path::{Path, PathBuf};

/// The mirror's folder if it holds a case: `SAIGEN_MIRROR`, else `../shared/data`; says so when there is none.
///
/// A mirror that is named must be there: tests that were meant to run don't pass by being skipped.
pub fn root(case: &str) -> Option<PathBuf> {
    let named = std::env::var_os("SAIGEN_MIRROR").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let root = named.clone().unwrap_or_else(beside);
    if root.join(case).is_dir() {
        return Some(root);
    }
    assert!(named.is_none(), "SAIGEN_MIRROR is set, but there is no folder {}", root.join(case).display());
    eprintln!("skipped: no data mirror");
    None
}
