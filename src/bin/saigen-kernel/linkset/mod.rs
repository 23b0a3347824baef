//! What cells are compiled and run with: the prebuilt library, the crates beneath it, and the program that runs cells.
//!
//! A link set lies in a *generation*, a folder that never changes once it is there: its name is a hash over everything
//! that went into it ([`key`]), it is assembled elsewhere and renamed into place ([`generation`]), and it has copies of
//! its own of all files, so that neither a later build nor a removed dependency changes what a running kernel uses.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

mod build;
mod compiler;
mod generation;
mod key;
mod linker;
mod prewarm;
pub mod report;

use serde::Serialize;

use compiler::Compiler;
use generation::Generations;
use linker::Linker;

/// Crates that cells reach by their own names, besides `saigen`.
const EXTERNS: [&str; 7] = ["candle_core", "candle_nn", "ndarray", "plotters", "polars", "statrs", "tokio"];

/// How often a build is begun anew because sources changed meanwhile.
const ATTEMPTS: usize = 3;

/// A link set can't be found or made.
#[derive(Debug, thiserror::Error)]
pub enum LinkSetError {
    #[error("can't tell where this kernel lies")]
    Executable(#[source] io::Error),
    #[error("the library isn't built as its sources are now; run `saigen kernel warm`")]
    Stale,
    #[error(
        "the sources of saigen are no longer at {expected} and nothing usable was built from them; run `saigen kernel install` from where they are now"
    )]
    NoSources { expected: PathBuf },
    #[error("rustc doesn't run; is it on the PATH?")]
    NoCompiler(#[source] io::Error),
    #[error("rustc says what is not understood: {said}")]
    OddCompiler { said: String },
    #[error("cargo doesn't run; is it on the PATH?")]
    NoCargo(#[source] io::Error),
    #[error("the library doesn't build:\n{log}")]
    Build { log: String },
    #[error("cargo built no {what}; run `cargo clean -p saigen` and `saigen kernel warm`")]
    NotBuilt { what: &'static str },
    #[error("the instances for cells don't compile:\n{log}")]
    Prewarm { log: String },
    #[error("{path} can't be read or written")]
    Files {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("no linker works: neither `ld` nor `cc` is there; install a C compiler")]
    NoLinker,
    #[error("the sources changed while the library was built; run `saigen kernel warm` again")]
    Changed,
}

/// Names the file that an operation failed on.
fn at(path: &Path) -> impl FnOnce(io::Error) -> LinkSetError {
    move |source| LinkSetError::Files { path: path.to_owned(), source }
}

/// What happens while a link set is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Another kernel is making it.
    Waiting,
    /// Cargo finished a unit; `total` is how many it had the last time.
    Building { finished: usize, total: Option<usize>, unit: String },
    /// Instances of common generics are compiled.
    Prewarming,
}

/// What a cell is compiled and run with. The generation stays on disk as long as this or a clone of it lives.
#[derive(Clone, Debug)]
pub struct LinkSet {
    /// The compiler itself, not rustup's proxy.
    pub rustc: PathBuf,
    /// Arguments for rustc: where crates are found and how they are linked. Edition, crate type, optimisation, input
    /// and output are the caller's.
    pub arguments: Vec<OsString>,
    /// The program that loads and runs cells.
    pub cell_program: PathBuf,
    /// `LD_LIBRARY_PATH` for [`LinkSet::cell_program`].
    pub library_path: OsString,
    /// The crate `saigen_warm`: a cell with `--extern saigen_warm=…` and `use saigen_warm as _;` reuses its
    /// instances of common generics.
    pub prewarm: PathBuf,
    /// The generation's folder.
    pub folder: PathBuf,
    linker: Linker,
    /// Locked while the generation is in use.
    _in_use: Arc<File>,
}

impl LinkSet {
    /// Finds the generation that was made from the sources as they are; takes a few milliseconds.
    ///
    /// When the sources of the library are gone, the newest generation that is whole is taken.
    ///
    /// # Errors
    /// [`LinkSetError::Stale`] when there is none; [`warm`] makes one.
    pub fn find() -> Result<LinkSet, LinkSetError> {
        find_in(&Place::of_this_program()?)
    }

    /// Whether cells reach a crate by this name without asking for it.
    pub fn provides(&self, name: &str) -> bool {
        EXTERNS.contains(&name)
    }

    /// What the compiler says of itself.
    pub fn version(&self) -> String {
        let said = std::process::Command::new(&self.rustc).arg("--version").output();
        said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    }

    /// The command that makes a library of the objects that rustc wrote with `--emit=obj`; see [`linker`].
    pub fn link(&self, objects: &[&Path], library: &Path) -> Command {
        self.linker.command(&self.folder, objects, library)
    }
}

/// Finds the link set, or makes it first: builds the library if need be, and what cells need besides it.
///
/// Only one process makes a generation; others wait for it. An interrupted build goes on where it stopped.
///
/// # Errors
/// The library doesn't build, or files can't be written.
pub fn warm(report: &dyn Fn(Progress)) -> Result<LinkSet, LinkSetError> {
    warm_in(&Place::of_this_program()?, report)
}

fn find_in(place: &Place) -> Result<LinkSet, LinkSetError> {
    let generations = Generations::at(&place.generations);
    if !place.has_sources() {
        return generations.newest().ok_or_else(|| LinkSetError::NoSources { expected: place.sources.clone() });
    }
    let compiler = Compiler::find(&place.sources)?;
    let key = key::of(place, &compiler)?;
    generations.open(&key).ok_or(LinkSetError::Stale)
}

fn warm_in(place: &Place, report: &dyn Fn(Progress)) -> Result<LinkSet, LinkSetError> {
    match find_in(place) {
        Err(LinkSetError::Stale) => {}
        found => return found,
    }
    let generations = Generations::at(&place.generations);
    let _turn = generations.take_turn(|| report(Progress::Waiting))?;
    for _ in 0..ATTEMPTS {
        let compiler = Compiler::find(&place.sources)?;
        let key = key::of(place, &compiler)?;
        // Another process may have made it meanwhile.
        if let Some(found) = generations.open(&key) {
            return Ok(found);
        }
        let built = build::run(place, &compiler, generations.units(), report)?;
        // What was built is what the key names only if nothing changed on the way.
        if key::of(place, &compiler)? != key {
            continue;
        }
        let mut staging = generations.stage(&built, &compiler)?;
        report(Progress::Prewarming);
        prewarm::add(&mut staging, place.instances)?;
        linker::add(&mut staging)?;
        generations.put_in_place(staging, &key)?;
        let made = generations.open(&key).ok_or(LinkSetError::Stale)?;
        generations.remove_unused(&key);
        return Ok(made);
    }
    Err(LinkSetError::Changed)
}

/// Where sources, build and generations lie.
#[derive(Clone, Debug)]
struct Place {
    /// The repository.
    sources: PathBuf,
    /// Cargo's target folder.
    target: PathBuf,
    /// The folder of generations.
    generations: PathBuf,
    /// The prewarm crate's files: name and content.
    instances: &'static [(&'static str, &'static str)],
}

impl Place {
    /// The place of the running kernel: generations lie beside the executable.
    fn of_this_program() -> Result<Place, LinkSetError> {
        let executable = std::env::current_exe().map_err(LinkSetError::Executable)?;
        let folder = executable.parent().unwrap_or(Path::new("/"));
        // Test executables lie in `deps` themselves.
        let profile = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let target = match profile.parent() {
            Some(target) if profile.join("deps").is_dir() => target.to_owned(),
            // Copied elsewhere: built where cargo builds by default.
            _ => sources.join("target"),
        };
        Ok(Place { sources, target, generations: profile.join("kernel"), instances: prewarm::FILES })
    }

    fn has_sources(&self) -> bool {
        self.sources.join("Cargo.toml").is_file()
    }
}

#[cfg(test)]
mod tests;
