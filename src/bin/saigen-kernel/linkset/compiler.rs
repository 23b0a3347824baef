//! Which rustc compiles the library and the cells.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::LinkSetError;

/// The compiler that cargo uses in the repository.
#[derive(Clone, Debug)]
pub(super) struct Compiler {
    pub sysroot: PathBuf,
    /// What `rustc -vV` says: version, commit and host.
    pub version: String,
}

impl Compiler {
    /// Asks the rustc on the `PATH`, in the repository's folder, since a file there may choose a toolchain.
    pub fn find(sources: &Path) -> Result<Compiler, LinkSetError> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
        let sysroot = ask(Command::new(rustc).args(["--print", "sysroot"]).current_dir(sources))?;
        let sysroot = PathBuf::from(sysroot.trim_end());
        let version = ask(Command::new(rustc_in(&sysroot)).arg("-vV"))?;
        Ok(Compiler { sysroot, version })
    }

    /// The compiler's executable, without rustup's proxy before it.
    pub fn rustc(&self) -> PathBuf {
        rustc_in(&self.sysroot)
    }

    /// The folder of the dynamic standard library.
    pub fn libraries(&self) -> Result<PathBuf, LinkSetError> {
        let host = self.version.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.ok_or_else(|| LinkSetError::OddCompiler { said: self.version.clone() })?;
        Ok(self.sysroot.join("lib/rustlib").join(host).join("lib"))
    }
}

fn rustc_in(sysroot: &Path) -> PathBuf {
    sysroot.join("bin").join(format!("rustc{}", std::env::consts::EXE_SUFFIX))
}

fn ask(command: &mut Command) -> Result<String, LinkSetError> {
    let output = command.output().map_err(LinkSetError::NoCompiler)?;
    match String::from_utf8(output.stdout) {
        Ok(said) if output.status.success() && !said.trim().is_empty() => Ok(said),
        _ => Err(LinkSetError::OddCompiler { said: String::from_utf8_lossy(&output.stderr).into_owned() }),
    }
}
