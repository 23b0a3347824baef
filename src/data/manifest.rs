//! The list of all data files: what they are, where they come from, and the hash that tells the right one.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::DataError;
use crate::repro::Origin;

/// The text of `data/manifest.toml`, compiled in so that a fresh clone needs nothing.
const BUILT_IN: &str = include_str!("../../data/manifest.toml");

/// One data file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The case's folder name.
    pub case: String,
    /// Path inside the case's folder, with forward slashes.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// What kind of numbers it holds.
    pub origin: Origin,
    /// SPDX identifier, or words where there is none.
    pub licence: String,
    /// The file of the same case that holds the licence's text.
    pub licence_file: Option<String>,
    /// Where it was published: a repository's address.
    pub repository: Option<String>,
    /// The commit it was taken from.
    pub commit: Option<String>,
    /// Its path inside that repository.
    pub path: Option<String>,
    /// How it was made from something else; `None` for an original, byte for byte.
    pub derived: Option<String>,
}

impl Entry {
    /// `case/name`, as a mirror lays it out.
    pub fn place(&self) -> String {
        format!("{}/{}", self.case, self.name)
    }

    /// Checks length and hash of the bytes found at `place`.
    ///
    /// # Errors
    /// [`DataError::WrongHash`], naming both hashes.
    pub fn check(&self, place: &str, bytes: &[u8]) -> Result<(), DataError> {
        self.check_hash(place, super::digest::sha256_hex(bytes))
    }

    pub(super) fn check_hash(&self, place: &str, found: String) -> Result<(), DataError> {
        if found == self.sha256 {
            return Ok(());
        }
        Err(DataError::WrongHash { place: place.into(), expected: self.sha256.clone(), found })
    }
}

/// All data files of all cases, in the order of `data/manifest.toml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    entries: Vec<Entry>,
    by_place: HashMap<String, usize>,
}

impl Manifest {
    /// The manifest of this version of saigen.
    pub fn built_in() -> Self {
        Self::parse("data/manifest.toml", BUILT_IN).expect("the compiled-in manifest parses: a test reads it")
    }

    /// Reads a manifest from a file.
    ///
    /// # Errors
    /// [`DataError::Io`] or [`DataError::Manifest`].
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let text = std::fs::read_to_string(path).map_err(DataError::io("read", path))?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads a manifest from text; `place` names it in errors.
    ///
    /// # Errors
    /// [`DataError::Manifest`] for bad TOML, unsafe names, malformed hashes or a file listed twice.
    pub fn parse(place: &str, text: &str) -> Result<Self, DataError> {
        let refuse = |reason: String| DataError::Manifest { place: place.into(), reason };
        let document: Document = toml::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if document.version != VERSION {
            return Err(refuse(format!("found version {}, expected {VERSION}", document.version)));
        }
        let mut manifest = Self::default();
        for entry in document.source.into_iter().flat_map(SourceTable::entries) {
            well_formed(&entry).map_err(|fault| refuse(format!("{}: {fault}", entry.place())))?;
            let index = manifest.entries.len();
            if manifest.by_place.insert(entry.place(), index).is_some() {
                return Err(refuse(format!("{} is listed twice", entry.place())));
            }
            manifest.entries.push(entry);
        }
        Ok(manifest)
    }

    /// Names of all cases that have data, in order.
    pub fn cases(&self) -> Vec<&str> {
        let mut cases: Vec<&str> = Vec::new();
        for entry in &self.entries {
            if !cases.contains(&entry.case.as_str()) {
                cases.push(&entry.case);
            }
        }
        cases
    }

    /// All files of a case, in order; none for an unknown case.
    pub fn list(&self, case: &str) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.case == case).collect()
    }

    /// One file.
    ///
    /// # Errors
    /// [`DataError::UnknownCase`] or [`DataError::UnknownFile`].
    pub fn entry(&self, case: &str, name: &str) -> Result<&Entry, DataError> {
        if let Some(index) = self.by_place.get(&format!("{case}/{name}")) {
            return Ok(&self.entries[*index]);
        }
        self.known(case)?;
        Err(DataError::UnknownFile { case: case.into(), file: name.into() })
    }

    /// Checks that a case has data.
    ///
    /// # Errors
    /// [`DataError::UnknownCase`], with the known ones.
    pub fn known(&self, case: &str) -> Result<(), DataError> {
        let cases = self.cases();
        if cases.contains(&case) {
            return Ok(());
        }
        let known = if cases.is_empty() { "none".into() } else { cases.join(", ") };
        Err(DataError::UnknownCase { case: case.into(), known })
    }
}

/// The version of the manifest's format that this code reads.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    source: Vec<SourceTable>,
}

/// What files of one origin share. `{stem}` in `repository` stands for the file's name without its extension.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceTable {
    case: String,
    #[serde(default)]
    folder: String,
    origin: Origin,
    licence: String,
    licence_file: Option<String>,
    repository: Option<String>,
    commit: Option<String>,
    path: Option<String>,
    derived: Option<String>,
    /// For the reader of the manifest only.
    #[serde(rename = "about")]
    _about: Option<String>,
    files: Vec<FileLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLine {
    name: String,
    bytes: u64,
    sha256: String,
    commit: Option<String>,
    /// The whole path upstream, where it isn't the source's `path` and the name.
    path: Option<String>,
}

impl SourceTable {
    fn entries(self) -> Vec<Entry> {
        let joined = |folder: &str, name: &str| match folder {
            "" => name.to_string(),
            _ => format!("{folder}/{name}"),
        };
        let entry = |line: FileLine| Entry {
            case: self.case.clone(),
            name: joined(&self.folder, &line.name),
            bytes: line.bytes,
            sha256: line.sha256,
            origin: self.origin,
            licence: self.licence.clone(),
            licence_file: self.licence_file.clone(),
            repository: self.repository.as_ref().map(|address| address.replace("{stem}", stem(&line.name))),
            commit: line.commit.or_else(|| self.commit.clone()),
            path: line.path.or_else(|| self.path.as_ref().map(|folder| joined(folder, &line.name))),
            derived: self.derived.clone(),
        };
        self.files.into_iter().map(entry).collect()
    }
}

fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.split_once('.').map_or(file, |(stem, _)| stem)
}

/// Names become paths and addresses: only plain segments, so that none leads out of its folder.
fn well_formed(entry: &Entry) -> Result<(), String> {
    let plain = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if !plain(&entry.case) || !entry.name.split('/').all(plain) {
        return Err("case and name must be plain path segments (letters, digits, `-`, `_`, `.`)".into());
    }
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if entry.sha256.len() != 64 || !entry.sha256.bytes().all(hexadecimal) {
        return Err(format!("`{}` is not a SHA-256 in lower-case hexadecimal", entry.sha256));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn with(name: &str, hash: &str) -> Result<Manifest, DataError> {
        let text = format!(
            "version = 1\n[[source]]\ncase = \"c\"\nfolder = \"f\"\norigin = \"real\"\nlicence = \"MIT\"\n\
             repository = \"https://example.org/{{stem}}\"\npath = \"up\"\n\
             files = [{{ name = \"{name}\", bytes = 3, sha256 = \"{hash}\", commit = \"abc\" }}]\n"
        );
        Manifest::parse("here", &text)
    }

    #[test]
    fn the_built_in_manifest_parses_and_says_where_each_file_comes_from() {
        let manifest = Manifest::built_in();
        assert_eq!(manifest.cases(), ["thermodynamic_uncertainty", "qncc_spectra", "drug_resistance"]);
        for entry in manifest.cases().into_iter().flat_map(|case| manifest.list(case)) {
            assert!(entry.repository.is_some() || entry.derived.is_some(), "{}", entry.name);
            if let Some(text) = &entry.licence_file {
                assert!(manifest.entry(&entry.case, text).is_ok(), "{}: no licence text {text}", entry.name);
            }
        }
    }

    #[test]
    fn a_file_inherits_from_its_source() {
        let manifest = with("x/model.v1.xml", HASH).unwrap();
        let entry = manifest.entry("c", "f/x/model.v1.xml").unwrap();
        assert_eq!(entry.repository.as_deref(), Some("https://example.org/model"));
        assert_eq!(entry.path.as_deref(), Some("up/x/model.v1.xml"));
        assert_eq!(entry.commit.as_deref(), Some("abc"));
        assert_eq!(entry.place(), "c/f/x/model.v1.xml");
    }

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        for name in ["../x", "/etc/x", "a//b", "a/./b", ".hidden", "a b", "a?b", ""] {
            assert!(matches!(with(name, HASH), Err(DataError::Manifest { .. })), "{name:?} was accepted");
        }
    }

    #[test]
    fn malformed_hashes_versions_and_unknown_keys_are_refused() {
        for hash in ["", "xyz", &HASH.to_uppercase()] {
            assert!(with("a", hash).is_err(), "{hash:?} was accepted");
        }
        assert!(Manifest::parse("here", "version = 2").unwrap_err().to_string().contains("found version 2"));
        assert!(Manifest::parse("here", "version = 1\ncolour = 1").is_err());
    }
}
