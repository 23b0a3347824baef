//! Finds data files by (case, name): the mirror first, then the cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::digest::sha256_file;
use super::{DataError, Entry, Manifest, MirrorLocation, NumericTable};
use crate::display::Silent;

/// Finds data files and hands out only the right ones: every file is checked against the manifest as it is read.
#[derive(Clone, Debug)]
pub struct Library {
    manifest: Arc<Manifest>,
    mirror: Option<MirrorLocation>,
    cache: Option<PathBuf>,
}

/// What a check of one file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// There, with the right hash.
    Right,
    /// Neither in the mirror's folder nor in the cache.
    Missing,
    /// There, but with other bytes.
    Wrong { path: PathBuf, found: String },
}

impl Default for Library {
    fn default() -> Self {
        Self::empty()
    }
}

impl Library {
    /// A library over a mirror, if any, and a cache folder (which need not exist yet).
    pub fn new(mirror: Option<MirrorLocation>, cache: PathBuf) -> Self {
        Self::with_manifest(Manifest::built_in(), mirror, Some(cache))
    }

    /// A library that knows the manifest but holds no file: every read is [`DataError::NotFetched`].
    pub fn empty() -> Self {
        Self::with_manifest(Manifest::built_in(), None, None)
    }

    /// A library over another manifest.
    pub fn with_manifest(manifest: Manifest, mirror: Option<MirrorLocation>, cache: Option<PathBuf>) -> Self {
        Self { manifest: Arc::new(manifest), mirror, cache }
    }

    /// The list of files that this library can hold.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where files come from.
    pub fn mirror(&self) -> Option<&MirrorLocation> {
        self.mirror.as_ref()
    }

    /// Where fetched files are kept.
    pub fn cache(&self) -> Option<&Path> {
        self.cache.as_deref()
    }

    /// All files of a case, whether fetched or not.
    pub fn list(&self, case: &str) -> Vec<&Entry> {
        self.manifest.list(case)
    }

    /// The hash that the manifest gives for a file.
    ///
    /// # Errors
    /// [`DataError::UnknownCase`] or [`DataError::UnknownFile`].
    pub fn sha256(&self, case: &str, name: &str) -> Result<String, DataError> {
        Ok(self.manifest.entry(case, name)?.sha256.clone())
    }

    /// Tells whether all files of a case are at hand without a network; looks at presence, not at content.
    pub fn available(&self, case: &str) -> bool {
        let entries = self.list(case);
        !entries.is_empty() && entries.iter().all(|entry| self.present(entry).is_some())
    }

    /// Where a file lies, once its content was checked.
    ///
    /// # Errors
    /// As [`Library::read`].
    pub fn path(&self, case: &str, name: &str) -> Result<PathBuf, DataError> {
        let entry = self.manifest.entry(case, name)?;
        let path = self.locate(entry)?;
        let (found, _) = sha256_file(&path)?;
        entry.check_hash(&path.display().to_string(), found)?;
        Ok(path)
    }

    /// Reads a file and checks it against the manifest.
    ///
    /// With a mirror behind an address, a file that the cache lacks is fetched into the cache first.
    ///
    /// # Errors
    /// [`DataError::NotFetched`] when neither mirror nor cache holds it, [`DataError::WrongHash`] when the file found
    /// is not the right one, [`DataError::UnknownFile`] when the manifest doesn't list it.
    pub fn read(&self, case: &str, name: &str) -> Result<Vec<u8>, DataError> {
        let entry = self.manifest.entry(case, name)?;
        let path = self.locate(entry)?;
        let bytes = std::fs::read(&path).map_err(DataError::io("read", &path))?;
        entry.check(&path.display().to_string(), &bytes)?;
        Ok(bytes)
    }

    /// Reads a file as UTF-8 text, without a byte-order mark.
    ///
    /// # Errors
    /// As [`Library::read`], and [`DataError::NotText`].
    pub fn text(&self, case: &str, name: &str) -> Result<String, DataError> {
        let text = String::from_utf8(self.read(case, name)?).map_err(|error| DataError::NotText {
            place: format!("{case}/{name}"),
            at: error.utf8_error().valid_up_to(),
        })?;
        Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_string(),
            None => text,
        })
    }

    /// Checks one file where it lies.
    ///
    /// # Errors
    /// [`DataError::Io`] when it is there but can't be read.
    pub fn state(&self, entry: &Entry) -> Result<FileState, DataError> {
        state_at(entry, self.present(entry))
    }

    /// Checks one file in the cache, whatever the mirror holds.
    pub(super) fn cached_state(&self, entry: &Entry) -> Result<FileState, DataError> {
        state_at(entry, self.cached(entry).filter(|path| path.is_file()))
    }

    /// Reads a table of numbers.
    ///
    /// # Errors
    /// As [`Library::text`], and [`DataError::Table`] with line and column.
    pub fn table(&self, case: &str, name: &str) -> Result<NumericTable, DataError> {
        Ok(NumericTable::parse(&format!("{case}/{name}"), &self.text(case, name)?)?)
    }

    /// A file that no manifest can list, because its publisher makes it anew: where it lies, and the SHA-256 found.
    ///
    /// A user lays it into the mirror's folder or the cache as `<case>/<name>`. Nothing vouches for its content: whoever reads
    /// it makes the hash part of what rests on it.
    ///
    /// # Errors
    /// [`DataError::Io`] when it is there but can't be read.
    pub fn unlisted(&self, case: &str, name: &str) -> Result<Option<(PathBuf, String)>, DataError> {
        let mirrored = match &self.mirror {
            Some(MirrorLocation::Folder(folder)) => Some(folder.join(case).join(name)),
            _ => None,
        };
        let cached = self.cache.as_ref().map(|cache| cache.join(case).join(name));
        let Some(path) = mirrored.into_iter().chain(cached).find(|path| path.is_file()) else { return Ok(None) };
        let (hash, _) = sha256_file(&path)?;
        Ok(Some((path, hash)))
    }

    /// Where a file would lie in the cache.
    pub(super) fn cached(&self, entry: &Entry) -> Option<PathBuf> {
        self.cache.as_ref().map(|cache| cache.join(&entry.case).join(&entry.name))
    }

    /// The first place that holds the file: the mirror's folder, then the cache. Its content isn't looked at.
    pub fn present(&self, entry: &Entry) -> Option<PathBuf> {
        let mirrored = self.mirror.as_ref().and_then(|mirror| mirror.file(entry));
        mirrored.into_iter().chain(self.cached(entry)).find(|path| path.is_file())
    }

    fn locate(&self, entry: &Entry) -> Result<PathBuf, DataError> {
        if let Some(mirror) = &self.mirror {
            mirror.check()?;
        }
        if let Some(path) = self.present(entry) {
            return Ok(path);
        }
        let not_fetched = || DataError::NotFetched { case: entry.case.clone(), file: entry.name.clone() };
        match (&self.mirror, self.cached(entry)) {
            (Some(MirrorLocation::Address(_)), Some(target)) => match self.fetch_one(entry, &Silent) {
                Ok(()) => Ok(target),
                Err(DataError::NotInMirror { .. }) => Err(not_fetched()),
                Err(error) => Err(error),
            },
            _ => Err(not_fetched()),
        }
    }
}

fn state_at(entry: &Entry, path: Option<PathBuf>) -> Result<FileState, DataError> {
    let Some(path) = path else { return Ok(FileState::Missing) };
    let (found, _) = sha256_file(&path)?;
    Ok(if found == entry.sha256 { FileState::Right } else { FileState::Wrong { path, found } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::sha256_hex;

    fn manifest(content: &str) -> Manifest {
        let text = format!(
            "version = 1\n[[source]]\ncase = \"toy\"\norigin = \"synthetic\"\nlicence = \"CC0-1.0\"\n\
             files = [{{ name = \"a/b.txt\", bytes = {}, sha256 = \"{}\" }}]\n",
            content.len(),
            sha256_hex(content.as_bytes())
        );
        Manifest::parse("test", &text).unwrap()
    }

    fn put(root: &Path, content: &str) {
        std::fs::create_dir_all(root.join("toy/a")).unwrap();
        std::fs::write(root.join("toy/a/b.txt"), content).unwrap();
    }

    #[test]
    fn the_empty_library_says_not_fetched_for_what_it_knows() {
        let library = Library::empty();
        let entry = library.list("thermodynamic_uncertainty")[0].clone();
        let error = library.read(&entry.case, &entry.name).unwrap_err();
        assert!(matches!(&error, DataError::NotFetched { case, file } if *case == entry.case && *file == entry.name));
        assert!(!library.available("thermodynamic_uncertainty"));
        assert!(matches!(library.read("nowhere", "x"), Err(DataError::UnknownCase { .. })));
        assert!(matches!(library.read(&entry.case, "x"), Err(DataError::UnknownFile { .. })));
        assert_eq!(library.sha256(&entry.case, &entry.name).unwrap(), entry.sha256);
    }

    #[test]
    fn the_mirror_comes_before_the_cache() {
        let root = tempfile::tempdir().unwrap();
        let (mirror, cache) = (root.path().join("mirror"), root.path().join("cache"));
        put(&cache, "right");
        std::fs::create_dir(&mirror).unwrap();
        let over = MirrorLocation::Folder(mirror.clone());
        let library = Library::with_manifest(manifest("right"), Some(over), Some(cache.clone()));
        assert_eq!(library.path("toy", "a/b.txt").unwrap(), cache.join("toy/a/b.txt"));
        put(&mirror, "right");
        assert_eq!(library.path("toy", "a/b.txt").unwrap(), mirror.join("toy/a/b.txt"));
        assert_eq!(library.text("toy", "a/b.txt").unwrap(), "right");
        assert!(library.available("toy"));
    }

    #[test]
    fn a_wrong_file_is_an_error_that_names_both_hashes() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "wrong");
        let library = Library::with_manifest(manifest("right"), None, Some(root.path().into()));
        let error = library.read("toy", "a/b.txt").unwrap_err().to_string();
        assert!(error.contains(&sha256_hex(b"wrong")) && error.contains(&sha256_hex(b"right")), "{error}");
        assert!(library.path("toy", "a/b.txt").is_err());
        let state = library.state(library.list("toy")[0]).unwrap();
        assert!(matches!(state, FileState::Wrong { found, .. } if found == sha256_hex(b"wrong")));
    }

    #[test]
    fn a_file_that_no_manifest_lists_is_found_with_its_hash() {
        let root = tempfile::tempdir().unwrap();
        let library = Library::with_manifest(manifest("right"), None, Some(root.path().into()));
        assert_eq!(library.unlisted("toy", "a/b.txt").unwrap(), None);
        put(root.path(), "anything");
        let found = library.unlisted("toy", "a/b.txt").unwrap();
        assert_eq!(found, Some((root.path().join("toy/a/b.txt"), sha256_hex(b"anything"))));
        assert_eq!(Library::empty().unlisted("toy", "a/b.txt").unwrap(), None);
    }

    #[test]
    fn a_mirror_that_is_no_folder_is_an_error_and_not_an_empty_mirror() {
        let root = tempfile::tempdir().unwrap();
        let over = MirrorLocation::Folder(root.path().join("typo"));
        let library = Library::with_manifest(manifest("right"), Some(over), None);
        assert!(matches!(library.read("toy", "a/b.txt"), Err(DataError::NoMirrorFolder { .. })));
    }
}
