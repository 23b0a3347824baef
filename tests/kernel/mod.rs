//! What the tests of the kernel share.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use saigen::display::Silent;
use saigen::notebook::{Environment, EnvironmentError, KernelSpec, Session};

/// Long enough for a machine that does other work too.
pub const LIMIT: Duration = Duration::from_secs(600);

/// The kernel that was built with this test.
pub fn kernel() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_saigen-kernel"))
}

/// The folder of the notebooks that tests run.
pub fn notebooks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/notebooks")
}

/// An empty folder of this test's own.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether cells can run here; says so when not.
pub fn can_run_cells() -> bool {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    let there = sysroot.join("lib/rustlib/src/rust/library").is_dir();
    if !there {
        eprintln!("skipped: no sources of the standard library (rustup component add rust-src)");
    }
    there
}

/// A headless kernel.
pub fn session() -> Session {
    Session::start(kernel(), &notebooks(), LIMIT, &Silent).unwrap()
}

/// Jupyter's own clients, and the folder in which they find our kernel; `None`, with a word, when there is no network
/// to install them from.
pub fn jupyter() -> Option<(Environment, PathBuf)> {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Tests run in parallel, also in several processes; one installs and the others wait for it.
    let lock = std::fs::File::create(temporary.join("jupyter.lock")).unwrap();
    lock.lock().unwrap();
    let environment =
        match Environment::prepare(&temporary.join("jupyter"), Environment::TEST, &|step| eprintln!("{step}")) {
            Ok(environment) => environment,
            Err(EnvironmentError::NoPackages { said }) => {
                eprintln!("skipped: Jupyter's clients can't be installed: {said}");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
    let data = temporary.join("jupyter-data");
    KernelSpec::Saigen.install(&data, kernel()).unwrap();
    Some((environment, data))
}
