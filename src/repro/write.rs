//! Writing so that a file is either the old one or the new one, whole; and making sure beforehand that it will work.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("cannot {action} {}", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("another run is writing to {}", .folder.display())]
    Busy { folder: PathBuf },
}

impl WriteError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| WriteError::Io { action, path, source }
    }
}

/// What the name of a file that is being written ends in.
const PART: &str = "part";

/// Writes a file so that a kill at any moment leaves the old content or the new, never a mixture.
///
/// The bytes go to a temporary file in the same folder, are synced to disk, and the file is renamed. A killed writer
/// leaves only its temporary file, which [`OutputFolder::prepare`] clears away.
///
/// # Errors
/// [`WriteError::Io`], and the old file stays.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(WriteError::io("create folder", folder))?;
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.{PART}", std::process::id()));
    let part = folder.join(name);
    let written = File::create(&part)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // Nothing more can be done if that fails too; the next run clears it away.
        let _ = fs::remove_file(&part);
    }
    written.map_err(WriteError::io("write", path))?;
    // The rename itself reaches the disk with its folder; not every file system lets one sync a folder.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Room that must be free before a run starts: figures, series, report and outcomes of all cases fit with ease.
const ROOM_BYTES: usize = 16 << 20;

/// The folder that a run writes to: `figures/<case>/` and `report/`.
#[derive(Debug)]
pub struct OutputFolder {
    root: PathBuf,
    /// Held while the run lasts; the operating system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl OutputFolder {
    /// Creates what is missing, checks that the folder can be written and has room, and keeps other runs out.
    ///
    /// # Errors
    /// [`WriteError::Io`] if a folder can't be created or has no room, [`WriteError::Busy`] if another run uses it.
    pub fn prepare(root: &Path) -> Result<Self, WriteError> {
        for folder in ["figures", "report"].map(|name| root.join(name)) {
            fs::create_dir_all(&folder).map_err(WriteError::io("create folder", &folder))?;
            reserve(&folder)?;
        }
        let report = root.join("report");
        let place = report.join(".lock");
        let lock = File::create(&place).map_err(WriteError::io("create", &place))?;
        if matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            return Err(WriteError::Busy { folder: root.into() });
        }
        let output = Self { root: root.into(), _lock: lock };
        sweep(&root.join("figures"));
        sweep(&report);
        sweep(&output.store());
        Ok(output)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where outcomes of experiments are kept between runs.
    pub fn store(&self) -> PathBuf {
        self.root.join("report/.outcomes")
    }

    /// Writes a file under the folder; `place` has forward slashes.
    ///
    /// # Errors
    /// [`WriteError::Io`].
    pub fn write(&self, place: &str, content: &str) -> Result<(), WriteError> {
        write_atomically(&self.root.join(place), content.as_bytes())
    }
}

/// Checks that a folder takes a file of [`ROOM_BYTES`], by writing one.
fn reserve(folder: &Path) -> Result<(), WriteError> {
    let path = folder.join(format!(".room.{}.{PART}", std::process::id()));
    let zeros = vec![0u8; 1 << 20];
    let written = File::create(&path).and_then(|mut file| {
        for _ in 0..ROOM_BYTES / zeros.len() {
            file.write_all(&zeros)?;
        }
        file.sync_data()
    });
    let removed = if path.exists() { fs::remove_file(&path) } else { Ok(()) };
    written.and(removed).map_err(WriteError::io("reserve 16 MiB in", folder))
}

/// Removes what killed writers left; called under the lock, so no live writer loses anything.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && !path.is_symlink() {
            sweep(&path);
        } else if path.extension().is_some_and(|end| end == PART) && hidden(&path) {
            // A leftover that can't be removed does no harm.
            let _ = fs::remove_file(&path);
        }
    }
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    #[test]
    fn a_file_in_the_way_of_the_folder_is_an_error_that_names_it() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("taken");
        fs::write(&place, "x").unwrap();
        let error = OutputFolder::prepare(&place).unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(fs::read(&place).unwrap(), b"x");
    }

    #[test]
    fn preparing_leaves_nothing_but_the_lock() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("figures/toy")).unwrap();
        let leftover = root.path().join("figures/toy/.a.svg.123.part");
        fs::write(&leftover, "half").unwrap();
        let output = OutputFolder::prepare(root.path()).unwrap();
        assert!(!leftover.exists());
        let names: Vec<_> =
            fs::read_dir(output.root().join("report")).unwrap().flatten().map(|e| e.file_name()).collect();
        assert_eq!(names, [".lock"]);
    }

    #[test]
    fn a_second_run_in_the_same_folder_is_turned_away() {
        let root = tempfile::tempdir().unwrap();
        let first = OutputFolder::prepare(root.path()).unwrap();
        assert!(matches!(OutputFolder::prepare(root.path()), Err(WriteError::Busy { .. })));
        drop(first);
        assert!(OutputFolder::prepare(root.path()).is_ok());
    }

    const VICTIM: &str = "SAIGEN_TEST_WRITE_VICTIM";
    const LENGTH: usize = 3 << 20;

    /// The process that [`a_killed_writer_leaves_the_old_file_or_the_new_one`] kills: it rewrites a file without end.
    #[test]
    fn victim() {
        let Ok(path) = std::env::var(VICTIM) else { return };
        for letter in (b'a'..=b'z').cycle() {
            write_atomically(Path::new(&path), &vec![letter; LENGTH]).unwrap();
        }
    }

    #[test]
    fn a_killed_writer_leaves_the_old_file_or_the_new_one() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("report/report.json");
        let mut letters = std::collections::BTreeSet::new();
        for round in 0..12u64 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "repro::write::tests::victim", "--test-threads", "1"])
                .env(VICTIM, &path)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            while !path.exists() {
                assert!(child.try_wait().unwrap().is_none(), "the writer ended by itself");
                std::thread::sleep(Duration::from_millis(2));
            }
            std::thread::sleep(Duration::from_millis(3 + 7 * round));
            child.kill().unwrap();
            child.wait().unwrap();
            let content = fs::read(&path).unwrap();
            assert_eq!(content.len(), LENGTH);
            assert!(content.iter().all(|byte| *byte == content[0]), "a mixture of two writes");
            letters.insert(content[0]);
        }
        OutputFolder::prepare(root.path()).unwrap();
        let left: Vec<_> = fs::read_dir(root.path().join("report")).unwrap().flatten().map(|e| e.file_name()).collect();
        assert!(left.iter().all(|name| name == "report.json" || name == ".lock"), "{left:?}");
    }
}
