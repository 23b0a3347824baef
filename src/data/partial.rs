//! A file on its way into the cache: what was received so far, and the one step that gives it its name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::digest::sha256_file;
use super::{DataError, Entry};
use crate::display::Monitor;

/// Names that no file of a case can have: the manifest refuses segments that begin with a dot.
const LOCK: &str = ".lock";
const FOLDER: &str = ".partial";

/// How long to wait before asking again for a lock that another process holds.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The bytes of one file received so far.
///
/// They lie in `<case>/.partial/<sha256>`, so bytes meant for another content never mix with them, and survive a
/// kill. One process at a time works in a case's folder: the lock is the operating system's and ends with its holder.
pub(super) struct Partial<'a> {
    entry: &'a Entry,
    target: PathBuf,
    part: PathBuf,
    file: File,
    length: u64,
    _lock: File,
}

impl<'a> Partial<'a> {
    /// Waits for the case's lock, then opens what was received so far.
    pub fn open(entry: &'a Entry, cache: &Path, monitor: &dyn Monitor) -> Result<Self, DataError> {
        let case = cache.join(&entry.case);
        let folder = case.join(FOLDER);
        std::fs::create_dir_all(&case).map_err(DataError::io("create", &case))?;
        let lock = lock(&case.join(LOCK), monitor)?;
        std::fs::create_dir_all(&folder).map_err(DataError::io("create", &folder))?;
        let part = folder.join(&entry.sha256);
        let file = OpenOptions::new().create(true).append(true).open(&part).map_err(DataError::io("open", &part))?;
        let length = file.metadata().map_err(DataError::io("inspect", &part))?.len();
        Ok(Self { entry, target: case.join(&entry.name), part, file, length, _lock: lock })
    }

    /// How many bytes are here.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What identified the version of the file that these bytes belong to.
    pub fn validator(&self) -> Option<String> {
        std::fs::read_to_string(self.note()).ok().filter(|text| !text.is_empty())
    }

    /// Notes what identifies the version that is about to be received; call it before its first byte.
    pub fn note_validator(&self, validator: Option<&str>) -> Result<(), DataError> {
        let note = self.note();
        std::fs::write(&note, validator.unwrap_or_default()).map_err(DataError::io("write", &note))
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`DataError::WrongLength`], with nothing kept, when there are more than the file has.
    pub fn append(&mut self, place: &str, bytes: &[u8]) -> Result<(), DataError> {
        let found = self.length + bytes.len() as u64;
        if found > self.entry.bytes {
            self.restart()?;
            return Err(DataError::WrongLength { place: place.into(), expected: self.entry.bytes, found });
        }
        self.file.write_all(bytes).map_err(DataError::io("write", &self.part))?;
        self.length = found;
        Ok(())
    }

    /// Forgets all bytes.
    pub fn restart(&mut self) -> Result<(), DataError> {
        self.file.set_len(0).map_err(DataError::io("truncate", &self.part))?;
        self.length = 0;
        self.note_validator(None)
    }

    /// Checks the bytes and gives the file its name: written to disk first, then renamed in one step.
    ///
    /// # Errors
    /// [`DataError::WrongHash`], with nothing kept, when they are not the right ones.
    pub fn finish(&mut self, place: &str) -> Result<(), DataError> {
        self.file.sync_all().map_err(DataError::io("write", &self.part))?;
        let (found, _) = sha256_file(&self.part)?;
        if let Err(wrong) = self.entry.check_hash(place, found) {
            self.restart()?;
            return Err(wrong);
        }
        let folder = self.target.parent().expect("a target lies in its case's folder").to_path_buf();
        std::fs::create_dir_all(&folder).map_err(DataError::io("create", &folder))?;
        std::fs::rename(&self.part, &self.target).map_err(DataError::io("write", &self.target))?;
        sync_folder(&folder)?;
        self.length = 0;
        self.tidy();
        Ok(())
    }

    /// Removes empty leftovers; what stays does no harm.
    pub fn tidy(&self) {
        if self.length == 0 {
            let _ = std::fs::remove_file(&self.part);
            let _ = std::fs::remove_file(self.note());
        }
        if let Some(folder) = self.part.parent() {
            let _ = std::fs::remove_dir(folder);
        }
    }

    fn note(&self) -> PathBuf {
        self.part.with_extension("validator")
    }
}

fn lock(path: &Path, monitor: &dyn Monitor) -> Result<File, DataError> {
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(DataError::io("open", path))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if monitor.cancelled() => return Err(DataError::Interrupted),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => {
                return Err(DataError::Io { action: "lock", path: path.to_path_buf(), source });
            }
        }
    }
}

/// Makes a rename outlast a power cut; only Unix lets a folder be synced.
fn sync_folder(folder: &Path) -> Result<(), DataError> {
    if cfg!(unix) {
        File::open(folder).and_then(|handle| handle.sync_all()).map_err(DataError::io("sync", folder))?;
    }
    Ok(())
}
