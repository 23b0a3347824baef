//! Turns the object of a cell into a library that can be loaded, without rustc's own link step.
//!
//! That step hands the linker every library beneath the cell and takes a quarter of a small cell's time. Here the
//! linker sees the cell's object and a *stub*: an empty library that bears the name of the prewarm crate's. Symbols stay
//! undefined and are found when the cell is loaded, in the real library of that name and those that it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::generation::{Manifest, Staging};
use super::{LinkSetError, at};

/// How often each candidate is timed.
const ROUNDS: usize = 3;

/// A program that links, and the arguments that come before the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Linker {
    program: PathBuf,
    arguments: Vec<String>,
}

impl Linker {
    /// The command that links objects to a library against the stub in a generation's folder.
    pub fn command(&self, folder: &Path, objects: &[&Path], library: &Path) -> Command {
        let mut command = self.bare(objects, library);
        command.arg(folder.join(Manifest::stub_file()));
        command
    }

    fn bare(&self, objects: &[&Path], library: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg("-o").arg(library).args(objects).stdin(Stdio::null());
        command
    }

    fn new(program: impl Into<PathBuf>, arguments: &[&str]) -> Linker {
        Linker { program: program.into(), arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect() }
    }

    /// Linkers that may be there.
    fn candidates(tools: &Path) -> Vec<Linker> {
        // `now`: a symbol that is missing is an error of loading the cell, not of running it.
        // `--eh-frame-hdr`: without that table no panic and no interrupt can unwind through the cell.
        let direct = ["-shared", "-Bsymbolic", "--eh-frame-hdr", "-z", "now"];
        let lld = tools.join("bin").join(format!("rust-lld{}", std::env::consts::EXE_SUFFIX));
        vec![
            Linker::new("mold", &direct),
            Linker::new("ld.bfd", &direct),
            Linker::new("ld.lld", &direct),
            Linker::new(lld, &["-flavor", "gnu", "-shared", "-Bsymbolic", "--eh-frame-hdr", "-z", "now"]),
            Linker::new("cc", &["-shared", "-nostdlib", "-Wl,-Bsymbolic", "-Wl,--eh-frame-hdr", "-Wl,-z,now"]),
        ]
    }

    /// The least time that linking took; `None` when it fails.
    fn time(&self, object: &Path, library: &Path) -> Option<Duration> {
        let once = || {
            let begin = Instant::now();
            let output = self.bare(&[object], library).output().ok()?;
            output.status.success().then(|| begin.elapsed())
        };
        (0..ROUNDS).map(|_| once()).collect::<Option<Vec<Duration>>>()?.into_iter().min()
    }
}

/// Chooses the fastest linker there is, by linking a small object with each, and makes the stub.
pub(super) fn add(staging: &mut Staging) -> Result<(), LinkSetError> {
    let folder = staging.folder.join("link");
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let source = folder.join("nothing.rs");
    fs::write(&source, "#![no_std]\n").map_err(at(&source))?;
    let object = folder.join("nothing.o");
    let compiled = Command::new(staging.manifest.rustc())
        .args(["--crate-type=lib", "--emit=obj", "--edition=2024", "-o"])
        .args([&object, &source])
        .stdin(Stdio::null())
        .output()
        .map_err(LinkSetError::NoCompiler)?;
    if !compiled.status.success() {
        return Err(LinkSetError::Prewarm { log: String::from_utf8_lossy(&compiled.stderr).into_owned() });
    }
    let trial = folder.join("trial");
    let tools = staging.manifest.tools().to_owned();
    let timed =
        Linker::candidates(&tools).into_iter().filter_map(|linker| Some((linker.time(&object, &trial)?, linker)));
    let (_, mut linker) = timed.min_by_key(|(time, _)| *time).ok_or(LinkSetError::NoLinker)?;
    // Found now, so that a kernel with another PATH finds it too.
    linker.program = resolved(&linker.program);
    let name = if linker.program.ends_with("cc") { "-Wl,-soname," } else { "-soname=" };
    let stub = staging.folder.join(Manifest::stub_file());
    let made = linker.bare(&[&object], &stub).arg(format!("{name}{}", Manifest::prewarm_file())).output();
    if !made.map_err(|_| LinkSetError::NoLinker)?.status.success() {
        return Err(LinkSetError::NoLinker);
    }
    staging.manifest.set_linker(linker);
    fs::remove_dir_all(&folder).map_err(at(&folder))
}

/// The path of a program that is on the `PATH`.
fn resolved(program: &Path) -> PathBuf {
    if program.is_absolute() {
        return program.to_owned();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|found| found.is_file());
    found.unwrap_or_else(|| program.to_owned())
}
