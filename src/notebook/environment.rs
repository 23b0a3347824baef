//! A private Python environment with pinned packages, made once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The environment can't be made.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    #[error("python3 can't be run")]
    NoPython(#[source] io::Error),
    #[error("`python3 -m venv` failed for {folder}: {said}")]
    NoVenv { folder: PathBuf, said: String },
    #[error("pip could not install the packages: {said}")]
    NoPackages { said: String },
    #[error("{path} can't be written")]
    Unwritable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// A virtual environment that holds exactly the packages of a list.
#[derive(Clone, Debug)]
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// What `saigen lab` needs.
    pub const LAB: &'static str = include_str!("requirements/lab.txt");
    /// What the tests of the kernel need: Jupyter's own clients.
    pub const TEST: &'static str = include_str!("requirements/test.txt");
    /// What the test of JupyterLab needs: what drives a browser. The browser itself is the system's.
    pub const LAB_TEST: &'static str = include_str!("requirements/lab_test.txt");

    /// Finds the environment in `folder`, or makes it from a list of pinned requirements.
    ///
    /// A stamp with the list is written last: what was interrupted half way, or made from another list, is taken up
    /// again, and pip finds in place what it installed before. `report` hears what takes time.
    ///
    /// # Errors
    /// Python, its `venv` module or the packages are missing.
    pub fn prepare(folder: &Path, requirements: &str, report: &dyn Fn(&str)) -> Result<Environment, EnvironmentError> {
        let environment = Environment { folder: folder.to_owned() };
        let stamp = folder.join("saigen-requirements.txt");
        if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == requirements) {
            return Ok(environment);
        }
        let unwritable = |source| EnvironmentError::Unwritable { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(unwritable)?;
        if !environment.program("pip").exists() {
            report("making a Python environment");
            let (done, said) = execute(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
            if !done {
                return Err(EnvironmentError::NoVenv { folder: folder.to_owned(), said });
            }
        }
        report("installing Jupyter packages");
        let list = folder.join("saigen-requirements.partial");
        fs::write(&list, requirements).map_err(unwritable)?;
        let mut pip = Command::new(environment.program("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&list);
        let (done, said) = execute(&mut pip)?;
        if !done {
            return Err(EnvironmentError::NoPackages { said });
        }
        fs::rename(&list, &stamp).map_err(unwritable)?;
        Ok(environment)
    }

    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }
}

/// Runs a command to its end; whether it succeeded, and the end of what it said.
fn execute(command: &mut Command) -> Result<(bool, String), EnvironmentError> {
    let output = command.stdin(Stdio::null()).output().map_err(EnvironmentError::NoPython)?;
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().rev().take(4).collect();
    Ok((output.status.success(), lines.into_iter().rev().collect::<Vec<_>>().join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned() {
        let lists = [Environment::LAB, Environment::TEST, Environment::LAB_TEST];
        for line in lists.iter().flat_map(|list| list.lines()).filter(|line| !line.starts_with('#')) {
            let (name, version) = line.split_once("==").unwrap_or_else(|| panic!("{line}"));
            assert!(!name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
        }
    }

    #[test]
    fn a_stamped_environment_is_taken_as_it_is() {
        let folder = std::env::temp_dir().join(format!("saigen-environment-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("saigen-requirements.txt"), "a==1\n").unwrap();
        let reports = std::cell::Cell::new(0);
        let environment = Environment::prepare(&folder, "a==1\n", &|_| reports.set(reports.get() + 1)).unwrap();
        assert_eq!(reports.get(), 0);
        assert_eq!(environment.program("pip"), folder.join("bin/pip"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
