//! Captures what made the program: the compiler, and a hash of the sources that decide a case's numbers.
//!
//! A figure's record names these instead of a commit, so that it changes when the code behind the figure does and not
//! with every other commit.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let src = root.join("src");
    for room in ["build.rs", "cases", "methods", "repro"] {
        println!("cargo::rerun-if-changed=src/{room}");
    }
    let shared = ["methods", "repro"];
    let mut sources = vec![format!("*={}", hash(&src, &shared)?)];
    for entry in fs::read_dir(src.join("cases"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let name = entry.file_name().into_string().map_err(|name| format!("{} is not UTF-8", name.display()))?;
            sources.push(format!("{name}={}", hash(&src, &[&format!("cases/{name}"), shared[0], shared[1]])?));
        }
    }
    sources.sort();
    println!("cargo::rustc-env=SAIGEN_SOURCES={}", sources.join(" "));
    println!("cargo::rustc-env=SAIGEN_RUSTC={}", rustc()?);
    Ok(())
}

/// BLAKE3 over the files of some rooms: path relative to `src` and content, each with its length, in path order.
fn hash(src: &Path, rooms: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut files = Vec::new();
    for room in rooms {
        collect(&src.join(room), &mut files)?;
    }
    let mut named = Vec::with_capacity(files.len());
    for file in files {
        let name = file.strip_prefix(src)?.to_string_lossy().replace('\\', "/");
        named.push((name, fs::read(&file)?));
    }
    named.sort();
    let mut hasher = blake3::Hasher::new();
    for (name, content) in named {
        // A checkout with Windows line ends is the same source.
        let content: Vec<u8> = content.into_iter().filter(|byte| *byte != b'\r').collect();
        for part in [name.as_bytes(), &content] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    Ok(hasher.finalize().to_hex()[..32].to_string())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "rs" || end == "html" || end == "json" || end == "toml") {
            files.push(path);
        }
    }
    Ok(())
}

fn rustc() -> Result<String, Box<dyn Error>> {
    let output = Command::new(env::var("RUSTC")?).arg("-V").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_string())
}
