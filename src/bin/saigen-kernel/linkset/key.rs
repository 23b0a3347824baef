//! The key of a generation: a hash over everything that decides what is in it.

use std::fs;
use std::path::{Path, PathBuf};

use super::compiler::Compiler;
use super::{LinkSetError, Place, at};

/// Changes whenever generations are laid out or filled in another way by the same sources.
const LAYOUT: u32 = 3;

/// What decides a build, relative to the repository; folders count with all that they hold.
const INPUTS: [&str; 5] = ["Cargo.toml", "Cargo.lock", ".cargo", "data", "src"];

/// Parts of `src` that are in neither the library nor the cell program.
const APART: [&str; 4] = ["src/main.rs", "src/command", "src/bin/saigen-evcxr.rs", "src/bin/saigen-kernel"];

/// The key of what the sources and the compiler, as they are now, give.
pub(super) fn of(place: &Place, compiler: &Compiler) -> Result<String, LinkSetError> {
    let sources = &place.sources;
    let mut files = Vec::new();
    for input in INPUTS {
        collect(sources, Path::new(input), &mut files)?;
    }
    files.sort();
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(&LAYOUT.to_le_bytes());
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(compiler.version.as_bytes());
    add(compiler.sysroot.as_os_str().as_encoded_bytes());
    for (name, content) in place.instances {
        add(name.as_bytes());
        add(content.as_bytes());
    }
    for file in files {
        let path = sources.join(&file);
        add(file.as_os_str().as_encoded_bytes());
        add(&fs::read(&path).map_err(at(&path))?);
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// Adds the files at and beneath a path, relative to the repository. What doesn't exist adds nothing; hidden files,
/// such as those an editor keeps, don't count.
fn collect(sources: &Path, relative: &Path, files: &mut Vec<PathBuf>) -> Result<(), LinkSetError> {
    let path = sources.join(relative);
    if APART.iter().any(|apart| relative == Path::new(apart)) || !path.exists() {
        return Ok(());
    }
    if !path.is_dir() {
        files.push(relative.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(&path).map_err(at(&path))? {
        let name = entry.map_err(at(&path))?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            collect(sources, &relative.join(name), files)?;
        }
    }
    Ok(())
}
