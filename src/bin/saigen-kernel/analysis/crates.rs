//! Which crates rust-analyzer reads: the standard library, the library and the crates that cells reach through it.
//!
//! Cargo is asked once per lock file; the answer is kept in a file. Nothing here builds or uses the network.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

/// The crates that cells name, beside the library itself.
const REEXPORTED: [&str; 6] = ["candle_core", "candle_nn", "ndarray", "plotters", "polars", "statrs"];

/// The packages that are read. Every further one costs memory and time in each kernel; those missing leave a few
/// types unknown.
const READ: &[&str] = &[
    "candle-core",
    "candle-nn",
    "ndarray",
    "num-complex",
    "num-traits",
    "plotters",
    "plotters-backend",
    "plotters-svg",
    "polars",
    "polars-arrow",
    "polars-core",
    "polars-dtype",
    "polars-error",
    "polars-io",
    "polars-ops",
    "polars-schema",
    "polars-utils",
    "rand",
    "rand_chacha",
    "rand_core",
    "rand_distr",
    "saigen",
    "statrs",
];

/// The crates of the standard library, with those beneath them. `core_arch`, `portable-simd` and what stands outside
/// these folders isn't read: it is three times as large as the rest and of no use in a notebook.
const STANDARD: [(&str, &[&str]); 4] =
    [("core", &[]), ("alloc", &["core"]), ("std", &["core", "alloc"]), ("proc_macro", &["core", "alloc", "std"])];

/// Why there is nothing to analyse, or less.
#[derive(Debug, thiserror::Error)]
pub enum CratesError {
    #[error("`{program}` can't be run: {source}")]
    Run { program: String, source: std::io::Error },
    #[error("`{program}` failed: {message}")]
    Failed { program: String, message: String },
    #[error("cargo's description of the library can't be read: {0}")]
    Metadata(#[from] serde_json::Error),
    #[error("`{0}` can't be read: {1}")]
    Read(PathBuf, std::io::Error),
    #[error("the sources of the standard library are missing; `rustup component add rust-src` installs them")]
    NoStandardLibrary,
}

/// Where toolchain and library are.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of the library's manifest and lock file.
    pub library: PathBuf,
    pub rustc: OsString,
    pub cargo: OsString,
    /// Where cargo's answer is kept; without it, cargo is asked at each start.
    pub cache: Option<PathBuf>,
    /// Packages that are read, by the names in the lock file.
    pub packages: Vec<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        let library = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let tool = |variable: &str, name: &str| std::env::var_os(variable).unwrap_or_else(|| name.into());
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| library.join("target"), PathBuf::from);
        Settings {
            cache: Some(target.join("kernel-analysis.json")),
            rustc: tool("RUSTC", "rustc"),
            cargo: tool("CARGO", "cargo"),
            packages: READ.iter().map(|name| (*name).to_owned()).collect(),
            library,
        }
    }
}

/// One crate, as rust-analyzer needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    pub name: String,
    pub version: String,
    pub root: PathBuf,
    pub edition: String,
    pub features: Vec<String>,
    /// Name in the source, and index among the crates described.
    pub dependencies: Vec<(String, usize)>,
    /// A crate of the standard library.
    pub standard: bool,
}

/// What the compiler says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// `1.95.0`, or with a suffix if it isn't stable.
    pub version: String,
    /// As in `cfg(…)`: name, and value if it has one.
    pub cfg: Vec<(String, Option<String>)>,
    host: String,
    sysroot: PathBuf,
}

fn output(program: &OsString, arguments: &[&str], folder: &Path) -> Result<String, CratesError> {
    let name = || program.to_string_lossy().into_owned();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| CratesError::Run { program: name(), source })?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(CratesError::Failed { program: name(), message });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Asks the compiler; two short runs.
pub fn toolchain(settings: &Settings) -> Result<Toolchain, CratesError> {
    let printed = output(&settings.rustc, &["--print", "sysroot", "--print", "cfg"], &settings.library)?;
    let mut lines = printed.lines();
    let sysroot = PathBuf::from(lines.next().unwrap_or_default());
    let cfg = lines
        .map(|line| match line.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.trim_matches('"').to_owned())),
            None => (line.to_owned(), None),
        })
        .collect();
    let about = output(&settings.rustc, &["-vV"], &settings.library)?;
    let field = |key: &str| about.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim().to_owned();
    Ok(Toolchain { version: field("release:"), cfg, host: field("host:"), sysroot })
}

/// The crates of the standard library.
pub fn standard(toolchain: &Toolchain) -> Result<Vec<Described>, CratesError> {
    let folder = toolchain.sysroot.join("lib/rustlib/src/rust/library");
    let mut crates: Vec<Described> = Vec::new();
    for (name, beneath) in STANDARD {
        let root = folder.join(name).join("src/lib.rs");
        if !root.is_file() {
            return Err(CratesError::NoStandardLibrary);
        }
        let dependencies = crates.iter().enumerate().filter(|(_, it)| beneath.contains(&it.name.as_str()));
        crates.push(Described {
            name: name.to_owned(),
            version: toolchain.version.clone(),
            root,
            edition: "2024".to_owned(),
            features: Vec::new(),
            dependencies: dependencies.map(|(index, it)| (it.name.clone(), index)).collect(),
            standard: true,
        });
    }
    Ok(crates)
}

/// The library and the packages chosen in the settings, from the kept answer if it fits.
pub fn library(settings: &Settings, toolchain: &Toolchain) -> Result<Vec<Described>, CratesError> {
    let mut hasher = blake3::Hasher::new();
    for name in ["Cargo.lock", "Cargo.toml"] {
        let path = settings.library.join(name);
        hasher.update(&fs::read(&path).map_err(|error| CratesError::Read(path, error))?);
    }
    hasher.update(format!("{:?}{:?}{}", settings.packages, settings.library, toolchain.host).as_bytes());
    let key = hasher.finalize().to_hex().to_string();
    if let Some(kept) = settings.cache.as_deref().and_then(|cache| kept(cache, &key)) {
        return Ok(kept);
    }
    let arguments =
        ["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &toolchain.host];
    let metadata: Metadata = serde_json::from_str(&output(&settings.cargo, &arguments, &settings.library)?)?;
    let crates = metadata.crates(&settings.packages);
    if let Some(cache) = &settings.cache {
        keep(cache, &Kept { key, crates: crates.clone() });
    }
    Ok(crates)
}

/// What a cell's crate depends on, by name, among the crates of [`library`].
pub fn visible(crates: &[Described]) -> Vec<(String, usize)> {
    let seen = |name: &str| name == "saigen" || REEXPORTED.contains(&name);
    crates.iter().enumerate().filter(|(_, it)| seen(&it.name)).map(|(index, it)| (it.name.clone(), index)).collect()
}

#[derive(Serialize, Deserialize)]
struct Kept {
    key: String,
    crates: Vec<Described>,
}

fn kept(cache: &Path, key: &str) -> Option<Vec<Described>> {
    let kept: Kept = serde_json::from_slice(&fs::read(cache).ok()?).ok()?;
    let valid = kept.key == key && kept.crates.iter().all(|it| it.root.is_file());
    valid.then_some(kept.crates)
}

/// Keeps cargo's answer; when that can't be done, cargo is asked again next time.
fn keep(cache: &Path, kept: &Kept) {
    // Kernels that start together each write a file of their own; the last one to be renamed stays.
    let draft = cache.with_extension(format!("{}.tmp", std::process::id()));
    let written = serde_json::to_vec(kept).map_err(std::io::Error::from).and_then(|text| fs::write(&draft, text));
    if written.and_then(|()| fs::rename(&draft, cache)).is_err() {
        let _ = fs::remove_file(&draft);
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
    edition: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    features: Vec<String>,
    deps: Vec<NodeDependency>,
}

#[derive(Deserialize)]
struct NodeDependency {
    name: String,
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

impl Metadata {
    /// The chosen packages that the library reaches through chosen packages.
    fn crates(&self, chosen: &[String]) -> Vec<Described> {
        let chosen: BTreeSet<&str> = chosen.iter().map(String::as_str).collect();
        let packages: HashMap<&str, &Package> = self.packages.iter().map(|it| (it.id.as_str(), it)).collect();
        let nodes: HashMap<&str, &Node> = self.resolve.nodes.iter().map(|it| (it.id.as_str(), it)).collect();
        let library = self.packages.iter().find(|it| it.name == "saigen" && chosen.contains("saigen"));

        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        let mut crates = Vec::new();
        let mut ahead: Vec<&str> = library.map(|it| it.id.as_str()).into_iter().collect();
        let mut order = Vec::new();
        while let Some(id) = ahead.pop() {
            let (Some(package), Some(node)) = (packages.get(id), nodes.get(id)) else { continue };
            let Some(target) = package.target() else { continue };
            if !chosen.contains(package.name.as_str()) || found.contains_key(id) {
                continue;
            }
            found.insert(id, crates.len());
            order.push(*node);
            crates.push(Described {
                name: target.name.replace('-', "_"),
                version: package.version.clone(),
                root: target.src_path.clone(),
                edition: target.edition.clone(),
                features: node.features.clone(),
                dependencies: Vec::new(),
                standard: false,
            });
            ahead.extend(node.normal_dependencies().map(|it| it.pkg.as_str()));
        }
        for (described, node) in crates.iter_mut().zip(order) {
            described.dependencies = node
                .normal_dependencies()
                .filter_map(|it| Some((it.name.clone(), *found.get(it.pkg.as_str())?)))
                .collect();
        }
        crates
    }
}

impl Package {
    fn target(&self) -> Option<&Target> {
        self.targets.iter().find(|it| it.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "dylib")))
    }
}

impl Node {
    fn normal_dependencies(&self) -> impl Iterator<Item = &NodeDependency> {
        self.deps.iter().filter(|it| it.dep_kinds.iter().any(|kind| kind.kind.is_none()))
    }
}
