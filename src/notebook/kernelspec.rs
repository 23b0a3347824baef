//! Kernel specifications: how Jupyter finds and starts the kernel.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

/// A kernel specification can't be written or removed.
#[derive(Debug, thiserror::Error)]
#[error("{path} can't be changed")]
pub struct KernelSpecError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Which kernel a specification starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelSpec {
    Saigen,
    /// evcxr's own kernel, for comparison.
    Stock,
}

impl KernelSpec {
    /// The name of our kernel in notebooks.
    pub const NAME: &'static str = "saigen";
    /// What a person sees of it.
    pub const DISPLAY_NAME: &'static str = "Rust (saigen)";

    /// The folder's name beneath `kernels`.
    pub fn name(self) -> &'static str {
        match self {
            KernelSpec::Saigen => KernelSpec::NAME,
            KernelSpec::Stock => "saigen-evcxr",
        }
    }

    /// The executable's name.
    pub fn program(self) -> &'static str {
        match self {
            KernelSpec::Saigen => "saigen-kernel",
            KernelSpec::Stock => "saigen-evcxr",
        }
    }

    /// Where the specification lies in a Jupyter data folder.
    pub fn folder(self, data: &Path) -> PathBuf {
        data.join("kernels").join(self.name())
    }

    /// Writes the specification into a Jupyter data folder, such as `share/jupyter` beneath a prefix.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn install(self, data: &Path, program: &Path) -> Result<PathBuf, KernelSpecError> {
        let folder = self.folder(data);
        let (display, option) = match self {
            KernelSpec::Saigen => (KernelSpec::DISPLAY_NAME, "--connection-file"),
            KernelSpec::Stock => ("Rust (evcxr)", "--control_file"),
        };
        let content = json!({
            "argv": [program, option, "{connection_file}"],
            "display_name": display,
            "language": "rust",
            "interrupt_mode": "message",
            "metadata": {"debugger": false},
        });
        let path = folder.join("kernel.json");
        // Written beside its place and renamed: a server may be reading it.
        let temporary = folder.join(format!(".kernel.json.{}", std::process::id()));
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&temporary, format!("{content:#}\n")))
            .and_then(|()| fs::rename(&temporary, &path))
            .map_err(|source| KernelSpecError { path: path.clone(), source })?;
        Ok(path)
    }

    /// Removes the specification; false when there was none.
    ///
    /// # Errors
    /// It is there and can't be removed.
    pub fn uninstall(self, data: &Path) -> Result<bool, KernelSpecError> {
        let folder = self.folder(data);
        match fs::remove_dir_all(&folder) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(KernelSpecError { path: folder, source }),
        }
    }

    /// The executable that an installed specification starts; `None` when none is installed or it can't be read.
    pub fn installed_program(self, data: &Path) -> Option<PathBuf> {
        let text = fs::read_to_string(self.folder(data).join("kernel.json")).ok()?;
        let content: serde_json::Value = serde_json::from_str(&text).ok()?;
        content["argv"][0].as_str().map(PathBuf::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_is_installed_read_and_removed() {
        let data = std::env::temp_dir().join(format!("saigen-spec-{}", std::process::id()));
        let program = Path::new("/a place/saigen-kernel");
        for spec in [KernelSpec::Saigen, KernelSpec::Stock] {
            assert_eq!(spec.installed_program(&data), None);
            let path = spec.install(&data, program).unwrap();
            let content: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            assert_eq!(content["argv"][2], "{connection_file}");
            assert_eq!(content["interrupt_mode"], "message");
            assert_eq!(spec.installed_program(&data).as_deref(), Some(program));
            assert!(spec.uninstall(&data).unwrap());
            assert!(!spec.uninstall(&data).unwrap());
        }
        fs::remove_dir_all(&data).unwrap();
    }
}
