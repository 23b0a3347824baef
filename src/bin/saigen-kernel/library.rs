//! Where the prebuilt library lies, and how a cell is compiled against it.

use std::path::{Path, PathBuf};

/// The crates, besides the library itself, whose types rust-analyzer can infer in cells. Before the first cell it
/// reads all of them with all that they depend on: polars alone costs half a minute and a gigabyte. A variable of a
/// type from any other crate needs its type written out (`let table: DataFrame = …`).
const ANALYSED: [&str; 1] = ["ndarray"];

/// Names other crates in place of [`ANALYSED`], separated by commas.
const ANALYSED_VARIABLE: &str = "SAIGEN_KERNEL_ANALYSED";

/// The library can't be offered to cells.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("can't tell where this kernel lies")]
    Executable(#[source] std::io::Error),
    #[error("the saigen library isn't built: no file {expected}; run `saigen kernel warm`")]
    NotBuilt { expected: PathBuf },
    #[error("the sources of saigen are no longer at {expected}; run `saigen kernel install` from where they are now")]
    NoSources { expected: PathBuf },
    #[error("the Rust sources are missing beneath {sysroot}; run `rustup component add rust-src`")]
    NoRustSources { sysroot: PathBuf },
    #[error("the manifest {path} can't be read: {problem}")]
    Manifest { path: PathBuf, problem: String },
    #[error("rustc doesn't run")]
    NoRustc(#[source] std::io::Error),
}

/// The saigen library as cells see it: the dylib that they link, and the sources that rust-analyzer reads.
#[derive(Debug)]
pub struct Library {
    sources: PathBuf,
    dependencies: PathBuf,
    dylib: PathBuf,
}

impl Library {
    /// Finds the library that was built together with this executable.
    ///
    /// # Errors
    /// The library, its sources or the sources of the standard library are missing.
    pub fn find() -> Result<Library, LibraryError> {
        let executable = std::env::current_exe().map_err(LibraryError::Executable)?;
        let profile = executable.parent().unwrap_or(Path::new("/"));
        // Test executables lie in `deps` themselves.
        let dependencies = if profile.ends_with("deps") { profile.to_owned() } else { profile.join("deps") };
        let dylib =
            dependencies.join(format!("{}saigen{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX));
        if !dylib.exists() {
            return Err(LibraryError::NotBuilt { expected: dylib });
        }
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        if !sources.join("Cargo.toml").exists() {
            return Err(LibraryError::NoSources { expected: sources });
        }
        rust_sources()?;
        Ok(Library { sources, dependencies, dylib })
    }

    /// The lock file, which fixes the versions that rust-analyzer reads to those in the dylib.
    pub fn lock_file(&self) -> PathBuf {
        self.sources.join("Cargo.lock")
    }

    /// A manifest that shows rust-analyzer the library's sources with a few of its crates.
    ///
    /// # Errors
    /// The library's own manifest can't be read.
    pub fn analysis_manifest(&self) -> Result<String, LibraryError> {
        let path = self.sources.join("Cargo.toml");
        let unreadable = |problem: String| LibraryError::Manifest { path: path.clone(), problem };
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
        let manifest: toml::Table = text.parse().map_err(|error: toml::de::Error| unreadable(error.to_string()))?;
        let part = |table: &str, keep: &[&str]| -> toml::Table {
            let entries = manifest.get(table).and_then(toml::Value::as_table).into_iter().flatten();
            entries
                .filter(|(key, _)| keep.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        let chosen = std::env::var(ANALYSED_VARIABLE).ok();
        let analysed: Vec<&str> = match &chosen {
            Some(names) => names.split(',').map(str::trim).collect(),
            None => ANALYSED.to_vec(),
        };
        let lib = toml::Table::from_iter([(
            "path".to_owned(),
            toml::Value::String(self.sources.join("src/lib.rs").to_string_lossy().into_owned()),
        )]);
        let shown = toml::Table::from_iter([
            ("package".to_owned(), part("package", &["name", "version", "edition"]).into()),
            ("lib".to_owned(), lib.into()),
            ("dependencies".to_owned(), part("dependencies", &analysed).into()),
        ]);
        Ok(shown.to_string())
    }

    /// The name and the value of a dependency entry that shows the library to rust-analyzer and not to rustc.
    ///
    /// A development dependency is part of cargo's metadata, from which rust-analyzer takes its crates, but not of
    /// a build: cells link the dylib instead, and nothing is compiled a second time. evcxr knows ordinary
    /// dependencies only and writes `name = value` beneath `[dependencies]`, so the entry closes that table and
    /// opens one of its own; the table at its end takes whatever dependencies the user adds.
    pub fn analysis_dependency(folder: &Path) -> (String, String) {
        let path = toml::Value::String(folder.to_string_lossy().into_owned());
        ("\n[dev-dependencies]\nsaigen".to_owned(), format!("{{ path = {path} }}\n[target.'cfg(all())'.dependencies]"))
    }

    /// The flags for rustc in the form of `CARGO_ENCODED_RUSTFLAGS`, which keeps spaces in paths whole.
    pub fn encoded_rust_flags(&self) -> String {
        [
            "-Cprefer-dynamic".to_owned(),
            format!("--extern=saigen={}", self.dylib.display()),
            format!("-Ldependency={}", self.dependencies.display()),
            format!("-Clink-arg=-Wl,-rpath,{}", self.dependencies.display()),
        ]
        .join("\u{1f}")
    }
}

/// Checks for the sources of the standard library, without which rust-analyzer can't tell a variable's type.
fn rust_sources() -> Result<(), LibraryError> {
    let output =
        std::process::Command::new("rustc").args(["--print", "sysroot"]).output().map_err(LibraryError::NoRustc)?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if sysroot.join("lib/rustlib/src/rust/library").is_dir() {
        Ok(())
    } else {
        Err(LibraryError::NoRustSources { sysroot })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(sources: &str) -> Library {
        Library { sources: sources.into(), dependencies: "/a b/deps".into(), dylib: "/a b/deps/libsaigen.so".into() }
    }

    #[test]
    fn the_dependency_entry_keeps_the_manifest_valid_whatever_stands_around_it() {
        let (name, value) = Library::analysis_dependency(Path::new("/quo\"ted"));
        for manifest in [
            format!("[dependencies]\n{name} = {value}\nserde = \"1\"\n"),
            format!("[dependencies]\nserde = \"1\"\n{name} = {value}\n"),
        ] {
            let manifest: toml::Table = manifest.parse().unwrap();
            assert_eq!(manifest["dev-dependencies"]["saigen"]["path"].as_str(), Some("/quo\"ted"));
            assert!(!manifest["dependencies"].as_table().unwrap().contains_key("saigen"));
        }
    }

    #[test]
    fn the_analysed_manifest_names_the_real_versions() {
        let manifest: toml::Table = library(env!("CARGO_MANIFEST_DIR")).analysis_manifest().unwrap().parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        assert_eq!(dependencies.keys().collect::<Vec<_>>(), ANALYSED.iter().collect::<Vec<_>>());
        assert!(Path::new(manifest["lib"]["path"].as_str().unwrap()).is_file());
        assert_eq!(manifest["package"]["name"].as_str(), Some("saigen"));
    }

    #[test]
    fn flags_keep_spaces_in_paths() {
        let flags = library("/x").encoded_rust_flags();
        assert!(flags.split('\u{1f}').any(|flag| flag == "--extern=saigen=/a b/deps/libsaigen.so"));
    }
}
