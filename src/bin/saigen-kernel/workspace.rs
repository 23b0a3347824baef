//! The private folder in which one kernel's cells are compiled.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const PREFIX: &str = "saigen-kernel-";

/// A folder that only the user can read, removed when dropped.
///
/// Its name carries the process id, so that the next kernel removes what a killed one left behind.
pub struct Workspace {
    folder: PathBuf,
}

impl Workspace {
    /// Creates the folder beneath the system's temporary folder.
    ///
    /// # Errors
    /// The folder can't be created; an existing one of that name is refused, since another user may own it.
    pub fn create() -> io::Result<Workspace> {
        let root = std::env::temp_dir();
        remove_abandoned(&root);
        let folder = root.join(format!("{PREFIX}{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let workspace = Workspace { folder };
        fs::create_dir(workspace.cells())?;
        Ok(workspace)
    }

    /// The crate that the engine writes and compiles.
    pub fn cells(&self) -> PathBuf {
        self.folder.join("cells")
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // Nothing can be done about a failure here; the next kernel tries again.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Removes the folders of kernels that no longer run. Folders of other users can't be removed and stay.
fn remove_abandoned(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(process) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let dead = process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists();
        if dead {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_folder_is_private_and_goes_away() {
        let workspace = Workspace::create().unwrap();
        let folder = workspace.folder.clone();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(workspace.cells().is_dir());
        drop(workspace);
        assert!(!folder.exists());
    }

    #[test]
    fn folders_of_dead_processes_are_removed() {
        let root = std::env::temp_dir().join(format!("abandoned-{}", std::process::id()));
        // Process ids end at 4194304 on Linux.
        let dead = root.join(format!("{PREFIX}4194999"));
        let alive = root.join(format!("{PREFIX}{}", std::process::id()));
        let other = root.join(format!("{PREFIX}notes"));
        for folder in [&dead, &alive, &other] {
            fs::create_dir_all(folder).unwrap();
        }
        remove_abandoned(&root);
        assert!(!dead.exists() && alive.exists() && other.exists());
        fs::remove_dir_all(&root).unwrap();
    }
}
