//! Generations on disk: laid out in a folder of their own, checked before use, removed when no kernel uses them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::build::{Built, CELL_PROGRAM};
use super::compiler::Compiler;
use super::linker::Linker;
use super::{LinkSet, LinkSetError, at};

const MANIFEST: &str = "manifest.json";
/// Held shared by each kernel that uses the generation, exclusively by who removes it.
const IN_USE: &str = "in-use";
/// Held by the process that makes a generation.
const TURN: &str = "turn";
/// Folders that begin with this are half made or half removed.
const PARTIAL: &str = ".partial-";
const DEPENDENCIES: &str = "deps";

/// What a generation consists of. Paths are relative to its folder but for the toolchain's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of the kernel that made it.
    kernel: String,
    rustc: PathBuf,
    /// The folder of the dynamic standard library.
    standard_library: PathBuf,
    externs: BTreeMap<String, PathBuf>,
    /// Set once it has been chosen.
    linker: Option<Linker>,
    /// How many units cargo built.
    units: usize,
    /// Size of each file, in bytes.
    files: BTreeMap<PathBuf, u64>,
}

/// A generation under way.
#[derive(Debug)]
pub(super) struct Staging {
    pub folder: PathBuf,
    pub manifest: Manifest,
}

/// The folder of all generations.
#[derive(Clone, Debug)]
pub(super) struct Generations {
    folder: PathBuf,
}

fn library_file(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

impl Manifest {
    fn read(folder: &Path) -> Option<Manifest> {
        serde_json::from_slice(&fs::read(folder.join(MANIFEST)).ok()?).ok()
    }

    /// Whether every file is there in its size, and the toolchain too.
    fn is_whole(&self, folder: &Path) -> bool {
        self.kernel == env!("CARGO_PKG_VERSION")
            && self.rustc.is_file()
            && self.files.iter().all(|(path, size)| {
                fs::metadata(folder.join(path)).is_ok_and(|found| found.is_file() && found.len() == *size)
            })
    }

    /// Arguments for rustc that make the crates of the generation in `folder` known.
    pub fn arguments(&self, folder: &Path) -> Vec<OsString> {
        let joined = |prefix: &str, path: &Path| {
            let mut argument = OsString::from(prefix);
            argument.push(folder.join(path));
            argument
        };
        let mut arguments = vec![
            OsString::from("-Cprefer-dynamic"),
            joined("-Ldependency=", Path::new(DEPENDENCIES)),
            joined("--extern=saigen=", &Manifest::library_file()),
        ];
        arguments.extend(self.externs.iter().map(|(name, path)| joined(&format!("--extern={name}="), path)));
        arguments
    }

    pub fn rustc(&self) -> &Path {
        &self.rustc
    }

    /// The library lies among the crates beneath it: as a dependency of the prewarm crate it is looked for there.
    pub fn library_file() -> PathBuf {
        Path::new(DEPENDENCIES).join(library_file("saigen"))
    }

    pub fn prewarm_file() -> String {
        library_file("saigen_warm")
    }

    /// What cells are linked against in place of the prewarm crate.
    pub fn stub_file() -> String {
        library_file("saigen_stub")
    }

    /// The folder of the toolchain's own tools, such as its linker.
    pub fn tools(&self) -> &Path {
        self.standard_library.parent().unwrap_or(&self.standard_library)
    }

    pub fn set_linker(&mut self, linker: Linker) {
        self.linker = Some(linker);
    }

    fn link_set(self, folder: PathBuf, in_use: File) -> Option<LinkSet> {
        let mut places = vec![folder.join(DEPENDENCIES), folder.clone(), self.standard_library.clone()];
        if let Some(before) = std::env::var_os("LD_LIBRARY_PATH") {
            places.extend(std::env::split_paths(&before));
        }
        Some(LinkSet {
            arguments: self.arguments(&folder),
            linker: self.linker?,
            rustc: self.rustc,
            cell_program: folder.join(CELL_PROGRAM),
            // A path with a colon can't be in the list; the folder alone then.
            library_path: std::env::join_paths(places).unwrap_or_else(|_| folder.clone().into_os_string()),
            prewarm: folder.join(Manifest::prewarm_file()),
            folder,
            _in_use: Arc::new(in_use),
        })
    }
}

impl Generations {
    pub fn at(folder: &Path) -> Generations {
        Generations { folder: folder.to_owned() }
    }

    /// Opens a generation for use; `None` when it isn't there or not whole.
    pub fn open(&self, key: &str) -> Option<LinkSet> {
        let folder = self.folder.join(key);
        let in_use = File::open(folder.join(IN_USE)).ok()?;
        in_use.lock_shared().ok()?;
        // Read only now: before the lock was ours it might have been removed.
        let manifest = Manifest::read(&folder)?;
        if manifest.is_whole(&folder) { manifest.link_set(folder, in_use) } else { None }
    }

    /// The generation made last of those that are whole.
    pub fn newest(&self) -> Option<LinkSet> {
        let mut made: Vec<_> = self
            .keys()
            .filter_map(|key| {
                let time = fs::metadata(self.folder.join(&key).join(MANIFEST)).and_then(|found| found.modified());
                Some((time.ok()?, key))
            })
            .collect();
        made.sort();
        made.iter().rev().find_map(|(_, key)| self.open(key))
    }

    /// Waits until no other process makes a generation. The turn ends when the file is dropped.
    pub fn take_turn(&self, waiting: impl FnOnce()) -> Result<File, LinkSetError> {
        fs::create_dir_all(&self.folder).map_err(at(&self.folder))?;
        let path = self.folder.join(TURN);
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => waiting(),
            Err(TryLockError::Error(source)) => return Err(at(&path)(source)),
        }
        file.lock().map_err(at(&path))?;
        Ok(file)
    }

    /// How many units the newest generation took to build.
    pub fn units(&self) -> Option<usize> {
        self.keys().filter_map(|key| Manifest::read(&self.folder.join(key))).map(|manifest| manifest.units).max()
    }

    /// Lays out a generation, beside its place, from what cargo built.
    pub fn stage(&self, built: &Built, compiler: &Compiler) -> Result<Staging, LinkSetError> {
        // The turn is ours, so what lies here is left over.
        self.remove_partial();
        let folder = self.folder.join(format!("{PARTIAL}{}", std::process::id()));
        let dependencies = folder.join(DEPENDENCIES);
        fs::create_dir_all(&dependencies).map_err(at(&dependencies))?;
        // Cargo writes these two anew in place; a copy is safe from that.
        for (from, name) in [(&built.library, Manifest::library_file()), (&built.cell_program, CELL_PROGRAM.into())] {
            fs::copy(from, folder.join(name)).map_err(at(from))?;
        }
        for from in &built.dependencies {
            let Some(name) = from.file_name() else { continue };
            // rustc replaces its files by renaming, which leaves a second name of the old one alone.
            let to = dependencies.join(name);
            fs::hard_link(from, &to).or_else(|_| fs::copy(from, &to).map(|_| ())).map_err(at(from))?;
        }
        let externs = built
            .externs
            .iter()
            .filter_map(|(name, path)| Some((name.clone(), Path::new(DEPENDENCIES).join(path.file_name()?))));
        let manifest = Manifest {
            kernel: env!("CARGO_PKG_VERSION").to_owned(),
            rustc: compiler.rustc(),
            standard_library: compiler.libraries()?,
            externs: externs.collect(),
            linker: None,
            units: built.units,
            files: BTreeMap::new(),
        };
        Ok(Staging { folder, manifest })
    }

    /// Completes a generation and gives it its name.
    pub fn put_in_place(&self, staging: Staging, key: &str) -> Result<(), LinkSetError> {
        let Staging { folder, mut manifest } = staging;
        let in_use = folder.join(IN_USE);
        File::create(&in_use).map_err(at(&in_use))?;
        manifest.files = sizes(&folder).map_err(at(&folder))?;
        let path = folder.join(MANIFEST);
        let text = serde_json::to_vec_pretty(&manifest).map_err(|error| at(&path)(error.into()))?;
        fs::write(&path, text).and_then(|()| File::open(&path)?.sync_all()).map_err(at(&path))?;
        let place = self.folder.join(key);
        if place.exists() {
            // It didn't open, so it isn't whole.
            let aside = self.folder.join(format!("{PARTIAL}torn-{key}"));
            fs::rename(&place, &aside).map_err(at(&place))?;
        }
        fs::rename(&folder, &place).map_err(at(&place))
    }

    /// Removes generations that no kernel uses, but for one. What can't be removed now is tried again next time.
    pub fn remove_unused(&self, keep: &str) {
        for key in self.keys().filter(|key| key != keep) {
            let folder = self.folder.join(&key);
            let free = match File::open(folder.join(IN_USE)) {
                Ok(file) => file.try_lock().is_ok().then_some(Some(file)),
                Err(error) => (error.kind() == io::ErrorKind::NotFound).then_some(None),
            };
            // The lock is held until the folder has lost its name.
            if let Some(_lock) = free {
                let _ = fs::rename(&folder, self.folder.join(format!("{PARTIAL}old-{key}")));
            }
        }
        self.remove_partial();
    }

    fn remove_partial(&self) {
        for name in self.names().filter(|name| name.starts_with(PARTIAL)) {
            let _ = fs::remove_dir_all(self.folder.join(name));
        }
    }

    fn keys(&self) -> impl Iterator<Item = String> {
        self.names().filter(|name| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    fn names(&self) -> impl Iterator<Item = String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok())
    }
}

fn sizes(folder: &Path) -> io::Result<BTreeMap<PathBuf, u64>> {
    let mut sizes = BTreeMap::new();
    for base in ["", DEPENDENCIES] {
        for entry in fs::read_dir(folder.join(base))? {
            let entry = entry?;
            let found = entry.metadata()?;
            if found.is_file() {
                sizes.insert(Path::new(base).join(entry.file_name()), found.len());
            }
        }
    }
    Ok(sizes)
}
