//! Builds the library and the cell program with cargo, and hears from cargo which files belong to that build.
//!
//! Cargo names the files of all units of a build, also of those that were built before. Looking into its folder
//! instead wouldn't do: files of other feature sets and versions lie there too, under the same crate names.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::compiler::Compiler;
use super::{EXTERNS, LinkSetError, Place, Progress};

/// The executable that runs cells.
pub(super) const CELL_PROGRAM: &str = "saigen-cell";

/// How many lines of cargo's log an error shows.
const LOG_LINES: usize = 60;

/// How variables begin that cargo sets for one package.
const OF_A_PACKAGE: [&str; 6] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"];

/// Files of one build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Built {
    pub library: PathBuf,
    pub cell_program: PathBuf,
    /// Metadata and procedural macros of all crates beneath the library.
    pub dependencies: Vec<PathBuf>,
    /// Crate name → metadata file, for those that cells reach by name.
    pub externs: BTreeMap<String, PathBuf>,
    /// Units in the build.
    pub units: usize,
}

/// One line of cargo's output, as far as it matters.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        target: Target,
        #[serde(default)]
        filenames: Vec<PathBuf>,
        executable: Option<PathBuf>,
        fresh: bool,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Runs cargo; a build that has nothing to do takes a fraction of a second.
pub(super) fn run(
    place: &Place,
    compiler: &Compiler,
    total: Option<usize>,
    report: &dyn Fn(Progress),
) -> Result<Built, LinkSetError> {
    let cargo = |program: PathBuf| {
        let mut command = Command::new(program);
        // What a surrounding cargo says of its package makes build scripts run, and all that depends on them.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| OF_A_PACKAGE.iter().any(|prefix| name.starts_with(prefix))) {
                command.env_remove(name);
            }
        }
        command
            .args(["build", "--release", "--features", "kernel", "--lib", "--bin", CELL_PROGRAM])
            .args(["--message-format", "json-render-diagnostics", "--target-dir"])
            .arg(&place.target)
            .current_dir(&place.sources)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    };
    let cargo = cargo(PathBuf::from("cargo"))
        .or_else(|_| cargo(compiler.sysroot.join("bin/cargo")))
        .map_err(LinkSetError::NoCargo)?;
    let mut cargo = Running(cargo);
    let stdout = cargo.0.stdout.take().ok_or_else(|| LinkSetError::NoCargo(std::io::ErrorKind::BrokenPipe.into()))?;
    let stderr = cargo.0.stderr.take();
    let log = std::thread::spawn(move || last_lines(stderr));
    let mut built = Built::default();
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if let Ok(Message::CompilerArtifact { target, filenames, executable, fresh }) = serde_json::from_str(&line) {
            if !fresh {
                report(Progress::Building { finished: built.units, total, unit: target.name.clone() });
            }
            built.add(&target, filenames, executable);
        }
    }
    let done = cargo.0.wait().map_err(LinkSetError::NoCargo)?;
    let log = log.join().unwrap_or_default();
    if !done.success() {
        return Err(LinkSetError::Build { log });
    }
    for (path, what) in [(&built.library, "libsaigen"), (&built.cell_program, CELL_PROGRAM)] {
        if path.as_os_str().is_empty() {
            return Err(LinkSetError::NotBuilt { what });
        }
    }
    Ok(built)
}

impl Built {
    fn add(&mut self, target: &Target, filenames: Vec<PathBuf>, executable: Option<PathBuf>) {
        self.units += 1;
        let is = |kind: &str| target.kind.iter().any(|found| found == kind);
        if is("bin") {
            if target.name == CELL_PROGRAM {
                self.cell_program = executable.unwrap_or_default();
            }
            return;
        }
        let ends = |path: &PathBuf, end: &str| path.extension().is_some_and(|found| found == end);
        let dynamic = std::env::consts::DLL_EXTENSION;
        if target.name == "saigen" {
            self.library = filenames.into_iter().find(|path| ends(path, dynamic)).unwrap_or_default();
            return;
        }
        let wanted = if is("proc-macro") { dynamic } else { "rmeta" };
        for path in filenames.into_iter().filter(|path| ends(path, wanted)) {
            if EXTERNS.contains(&target.name.as_str()) {
                self.externs.insert(target.name.clone(), path.clone());
            }
            self.dependencies.push(path);
        }
    }
}

/// Ends cargo if reading its output was left early.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

fn last_lines(source: Option<impl Read>) -> String {
    let mut kept = std::collections::VecDeque::new();
    for line in source.into_iter().flat_map(|source| BufReader::new(source).lines()).map_while(Result::ok) {
        if kept.len() == LOG_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
    Vec::from(kept).join("\n")
}
