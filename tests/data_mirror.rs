//! The manifest against the mirror, and the mirror's tables through the reader.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use saigen::data::{FileState, Library, MirrorLocation};

#[path = "../src/cases/test_data/mirror.rs"]
mod mirror;

const CASE: &str = "thermodynamic_uncertainty";
const CASES: [&str; 2] = [CASE, "qncc_spectra"];

/// Files of the mirror that describe the mirror itself; what they say stands in the manifest.
const ABOUT_THE_MIRROR: [&str; 2] = ["PROVENANCE.md", "SHA256SUMS"];

fn library() -> Option<(PathBuf, Library)> {
    let folder = mirror::root(CASE)?;
    let nowhere = folder.join("no-cache");
    Some((folder.clone(), Library::new(Some(MirrorLocation::Folder(folder)), nowhere)))
}

fn files(folder: &Path, below: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, below, found);
        } else {
            found.insert(path.strip_prefix(below).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
}

#[test]
fn every_file_of_the_manifest_is_in_the_mirror_byte_for_byte() {
    let Some((mirror, library)) = library() else { return };
    for case in CASES {
        for entry in library.list(case) {
            assert_eq!(library.state(entry).unwrap(), FileState::Right, "{}", entry.name);
            let found = std::fs::metadata(mirror.join(case).join(&entry.name)).unwrap().len();
            assert_eq!(found, entry.bytes, "{}", entry.name);
        }
        assert!(library.available(case), "{case}");
    }
}

#[test]
fn every_file_of_the_mirror_is_in_the_manifest() {
    let Some((mirror, library)) = library() else { return };
    for case in CASES {
        let folder = mirror.join(case);
        let mut found = BTreeSet::new();
        files(&folder, &folder, &mut found);
        for name in ABOUT_THE_MIRROR {
            found.remove(name);
        }
        let listed: BTreeSet<String> = library.list(case).into_iter().map(|entry| entry.name.clone()).collect();
        assert_eq!(found, listed, "{case}");
    }
}

#[test]
fn every_results_table_of_the_mirror_reads() {
    let Some((_, library)) = library() else { return };
    let mut tables = 0;
    for entry in library.list(CASE) {
        let name = &entry.name;
        if !name.ends_with("-results.csv") && !name.starts_with("biomodels_reference/") {
            continue;
        }
        let table = library.table(CASE, name).unwrap_or_else(|error| panic!("{error}"));
        assert!(table.columns[0].eq_ignore_ascii_case("time"), "{name}: {:?}", table.columns);
        assert!(table.rows.len() > 1 && table.columns.len() > 1, "{name}");
        assert!(table.rows.windows(2).all(|pair| pair[0][0] < pair[1][0]), "{name}: time goes back");
        tables += 1;
    }
    // 26 stochastic and 63 deterministic cases, 14 models.
    assert_eq!(tables, 103);
}
