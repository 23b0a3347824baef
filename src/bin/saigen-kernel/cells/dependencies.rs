//! Crates that the user adds with `:dep`.
//!
//! They are built by cargo in a package of their own, with a profile that no other build has: so the compiler can tell a
//! crate that the library holds as well from the user's.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::rustc::Running;
use crate::engine::{Failure, Output, Sink, Stream};

/// The user's crates and how a cell finds them.
#[derive(Debug, Default)]
pub struct Dependencies {
    /// Name and manifest entry of each.
    entries: BTreeMap<String, toml::Value>,
    /// Extern name and library of each.
    externs: BTreeMap<String, PathBuf>,
    search: Option<PathBuf>,
}

/// What a `:dep` came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Added {
    /// The library or one of its crates: there already.
    Provided,
    Built,
}

impl Dependencies {
    /// Arguments for the compiler.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if let Some(search) = &self.search {
            let mut argument = OsString::from("-Ldependency=");
            argument.push(search);
            arguments.push(argument);
        }
        for (name, library) in &self.externs {
            let mut argument = OsString::from(format!("--extern={name}="));
            argument.push(library);
            arguments.push(argument);
        }
        arguments
    }

    /// Whether a crate of this name was added.
    pub fn contains(&self, name: &str) -> bool {
        self.externs.contains_key(name)
    }

    /// Adds a crate and builds it.
    ///
    /// # Errors
    /// The entry can't be read, or cargo can't build it; the crates stay as they were.
    pub fn add(&mut self, entry: &str, build: &Build) -> Result<Added, Failure> {
        let (name, value) = parse(entry, build.folder)?;
        if name == "saigen" || (build.provided)(&name.replace('-', "_")) && only_version(&value) {
            return Ok(Added::Provided);
        }
        let mut entries = self.entries.clone();
        entries.insert(name, value);
        let (externs, search) = build.run(&entries)?;
        *self = Dependencies { entries, externs, search: Some(search) };
        Ok(Added::Built)
    }
}

fn only_version(value: &toml::Value) -> bool {
    match value {
        toml::Value::String(_) => true,
        toml::Value::Table(table) => table.keys().all(|key| key == "version"),
        _ => false,
    }
}

/// Name and value of an entry; relative paths are taken from `folder`.
fn parse(entry: &str, folder: &Path) -> Result<(String, toml::Value), Failure> {
    let wrong = |problem: String| Failure::new("DependencyError", problem);
    let text = if entry.contains('=') { entry.to_owned() } else { format!("{} = \"*\"", entry.trim()) };
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| wrong(format!("`:dep {entry}`: {}", error.message())))?;
    let mut entries = table.into_iter();
    let (Some((name, mut value)), None) = (entries.next(), entries.next()) else {
        return Err(wrong(format!("`:dep {entry}` must name one crate")));
    };
    if let Some(path) = value.get("path").and_then(toml::Value::as_str).map(|path| folder.join(path))
        && let toml::Value::Table(table) = &mut value
    {
        if name != "saigen" && !path.join("Cargo.toml").is_file() {
            return Err(wrong(format!("there is no Cargo.toml in {}", path.display())));
        }
        table.insert("path".to_owned(), toml::Value::String(path.to_string_lossy().into_owned()));
    }
    Ok((name, value))
}

/// How crates are built.
pub struct Build<'a> {
    /// The notebook's folder.
    pub folder: &'a Path,
    /// A folder of this kernel for the manifest.
    pub package: PathBuf,
    /// Where cargo keeps what it built, for all kernels.
    pub target: PathBuf,
    /// Whether the library has a crate of this name.
    pub provided: &'a dyn Fn(&str) -> bool,
    pub running: &'a Running,
    pub sink: &'a Sink,
}

impl Build<'_> {
    fn run(&self, entries: &BTreeMap<String, toml::Value>) -> Result<(BTreeMap<String, PathBuf>, PathBuf), Failure> {
        let failed = |problem: String| Failure::new("DependencyError", problem);
        let io = |error: std::io::Error| failed(format!("the package for dependencies can't be written: {error}"));
        std::fs::create_dir_all(&self.package).map_err(io)?;
        std::fs::write(self.package.join("lib.rs"), "").map_err(io)?;
        std::fs::write(self.package.join("Cargo.toml"), manifest(entries)).map_err(io)?;
        let built = self.cargo(&["build", "--release", "--message-format=json-render-diagnostics"])?;
        let metadata = self.cargo(&["metadata", "--format-version=1"])?;
        let metadata: Value = serde_json::from_str(metadata.trim())
            .map_err(|error| failed(format!("cargo said what is not understood: {error}")))?;
        let mut libraries: BTreeMap<String, PathBuf> = BTreeMap::new();
        for message in built.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let mut files = message["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let library = files.rfind(|file| [".rlib", ".so", ".dylib"].iter().any(|end| file.ends_with(end)));
            if let (Some(id), Some(library)) = (message["package_id"].as_str(), library) {
                // A build script's program is no library; its artefact has no such file.
                libraries.insert(id.to_owned(), PathBuf::from(library));
            }
        }
        let root = &metadata["resolve"]["root"];
        let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
        let direct =
            nodes.filter(|node| node["id"] == *root).flat_map(|node| node["deps"].as_array().into_iter().flatten());
        let mut externs = BTreeMap::new();
        for dependency in direct {
            if let (Some(name), Some(id)) = (dependency["name"].as_str(), dependency["pkg"].as_str()) {
                let library = libraries.get(id).ok_or_else(|| failed(format!("`{name}` has no library")))?;
                externs.insert(name.to_owned(), library.clone());
            }
        }
        Ok((externs, self.target.join("release/deps")))
    }

    /// Runs cargo; what it says while it works goes to standard error of the cell.
    fn cargo(&self, arguments: &[&str]) -> Result<String, Failure> {
        let failed = |problem: String| Failure::new("DependencyError", problem);
        let io = |error: std::io::Error| failed(format!("cargo can't be run: {error}"));
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(&self.package)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.running.start(&mut command).map_err(io)?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let mut said = String::new();
        let mut result = String::new();
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || output.map(std::io::read_to_string).transpose());
            for line in errors.into_iter().flat_map(|errors| BufReader::new(errors).lines()).map_while(Result::ok) {
                if line.trim_start().starts_with("Compiling") || line.trim_start().starts_with("Downloading") {
                    (self.sink)(Output::Stream(Stream::Stderr, format!("{}\n", line.trim())));
                }
                said.push_str(&line);
                said.push('\n');
            }
            if let Ok(Ok(Some(text))) = reader.join() {
                result = text;
            }
        });
        let (status, stopped) = self.running.finish(&mut child).map_err(io)?;
        if stopped {
            return Err(Failure::new("Interrupted", "the build of the dependency was stopped"));
        }
        if !status.success() {
            return Err(failed(said.trim_end().to_owned()));
        }
        Ok(result)
    }
}

fn manifest(entries: &BTreeMap<String, toml::Value>) -> String {
    let entries: toml::Table = entries.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let dependencies = toml::Table::from_iter([("dependencies".to_owned(), toml::Value::Table(entries))]);
    format!(
        "[package]\nname = \"session\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [profile.release]\nopt-level = 2\ncodegen-units = 17\n\n[workspace]\n\n{dependencies}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn entries_are_read_or_refused() {
        let folder = std::env::temp_dir();
        let (name, value) = parse("rand = \"0.9\"", &folder).unwrap();
        assert_eq!((name.as_str(), value.as_str()), ("rand", Some("0.9")));
        assert_eq!(parse("regex", &folder).unwrap().1.as_str(), Some("*"));
        assert_eq!(parse("saigen = { path = \"../..\" }", &folder).unwrap().0, "saigen");
        for wrong in ["x = ", "a = \"1\"\nb = \"2\"", "x = { path = \"no such folder\" }"] {
            assert_eq!(parse(wrong, &folder).unwrap_err().name, "DependencyError", "{wrong}");
        }
    }

    #[test]
    fn a_path_dependency_is_built_and_the_librarys_own_crates_are_not() {
        let folder = std::env::temp_dir().join(format!("saigen-dep-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("tiny/src")).unwrap();
        std::fs::write(
            folder.join("tiny/Cargo.toml"),
            "[package]\nname = \"tiny-crate\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        )
        .unwrap();
        std::fs::write(folder.join("tiny/src/lib.rs"), "pub fn three() -> u8 { 3 }").unwrap();
        let sink: Sink = Arc::new(|_| ());
        let running = Running::default();
        let build = Build {
            folder: &folder,
            package: folder.join("package"),
            target: folder.join("target"),
            provided: &|name| name == "ndarray",
            running: &running,
            sink: &sink,
        };
        let mut dependencies = Dependencies::default();
        assert_eq!(dependencies.add("ndarray = \"0.17\"", &build), Ok(Added::Provided));
        assert_eq!(dependencies.add("saigen = { path = \"nowhere\" }", &build), Ok(Added::Provided));
        assert_eq!(dependencies.add("tiny-crate = { path = \"tiny\" }", &build), Ok(Added::Built));
        assert!(dependencies.contains("tiny_crate"));
        assert!(dependencies.externs["tiny_crate"].is_file());
        std::fs::write(folder.join("tiny/src/lib.rs"), "broken").unwrap();
        let failure = dependencies.add("tiny-crate = { path = \"tiny\" }", &build).unwrap_err();
        assert!(failure.value.contains("expected"), "{}", failure.value);
        assert!(dependencies.contains("tiny_crate"));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
