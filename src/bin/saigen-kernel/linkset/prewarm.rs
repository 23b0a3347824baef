//! Compiles the prewarm crate: instances of the generics that cells use most, so that cells needn't instantiate them.

use std::fs;
use std::process::{Command, Stdio};

use super::generation::{Manifest, Staging};
use super::{LinkSetError, at};

macro_rules! files {
    ($($name:literal),*) => {
        /// The crate's files: name and content. They count for the key.
        pub(super) const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../prewarm/", $name)))),*];
    };
}

files!(
    "lib.rs",
    "arrays.rs",
    "basics.rs",
    "externs.rs",
    "library.rs",
    "plots.rs",
    "shown.rs",
    "statistics.rs",
    "tables.rs",
    "tensors.rs"
);

/// Compiles the crate into the generation and checks that the crates that cells reach by name are those in the library.
pub(super) fn add(staging: &mut Staging, files: &[(&str, &str)]) -> Result<(), LinkSetError> {
    let folder = staging.folder.join("prewarm");
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    for (name, content) in files {
        let path = folder.join(name);
        fs::write(&path, content).map_err(at(&path))?;
    }
    let output = Command::new(staging.manifest.rustc())
        .args(["--crate-name=saigen_warm", "--edition=2024", "--crate-type=dylib", "-Copt-level=0", "-Cstrip=symbols"])
        .args(staging.manifest.arguments(&staging.folder))
        .arg(folder.join("lib.rs"))
        .arg("-o")
        .arg(staging.folder.join(Manifest::prewarm_file()))
        .stdin(Stdio::null())
        .output()
        .map_err(LinkSetError::NoCompiler)?;
    if !output.status.success() {
        return Err(LinkSetError::Prewarm { log: String::from_utf8_lossy(&output.stderr).into_owned() });
    }
    fs::remove_dir_all(&folder).map_err(at(&folder))
}
