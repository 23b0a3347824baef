//! `saigen kernel`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use miette::{Context, IntoDiagnostic, miette};
use saigen::display::Silent;
use saigen::notebook::{KernelSpec, Session};

use super::{Outcome, Verdict};

/// How long a kernel may take to start, in seconds.
const START_LIMIT: Duration = Duration::from_secs(300);

/// Installs, removes, warms and inspects the Jupyter kernel.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Builds the kernel if need be and tells Jupyter where it is.
    Install {
        #[command(flatten)]
        place: Place,
        /// Installs evcxr's own kernel beside ours, for comparison.
        #[arg(long)]
        stock: bool,
    },
    /// Removes what `install` wrote.
    Uninstall {
        #[command(flatten)]
        place: Place,
    },
    /// Brings kernel and library up to date and runs a first cell.
    Warm,
    /// Says what is built and where it is installed; exit status 1 when the kernel can't be used.
    Status,
}

#[derive(Debug, clap::Args)]
struct Place {
    /// For this user only (the default).
    #[arg(long, conflicts_with = "prefix")]
    user: bool,
    /// Beneath a prefix, such as that of a Python environment.
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,
}

impl Place {
    fn data(&self) -> miette::Result<PathBuf> {
        match &self.prefix {
            Some(prefix) => Ok(std::path::absolute(prefix).into_diagnostic()?.join("share/jupyter")),
            None => user_data(),
        }
    }
}

pub fn run(arguments: Arguments) -> Outcome {
    match arguments.action {
        Action::Install { place, stock } => {
            let data = place.data()?;
            let specs: &[KernelSpec] =
                if stock { &[KernelSpec::Saigen, KernelSpec::Stock] } else { &[KernelSpec::Saigen] };
            for spec in specs {
                let path = spec.install(&data, &program(*spec)?).into_diagnostic()?;
                println!("installed {} in {}", spec.name(), path.display());
            }
            Ok(Verdict::Done)
        }
        Action::Uninstall { place } => {
            let data = place.data()?;
            for spec in [KernelSpec::Saigen, KernelSpec::Stock] {
                if spec.uninstall(&data).into_diagnostic()? {
                    println!("removed {} from {}", spec.name(), data.display());
                }
            }
            Ok(Verdict::Done)
        }
        Action::Warm => warm(),
        Action::Status => status(),
    }
}

/// The executable of a kernel, built first if it isn't there.
pub fn program(spec: KernelSpec) -> miette::Result<PathBuf> {
    let program = beside_this(spec.program())?;
    if !program.exists() {
        eprintln!("building the kernel (this takes some minutes, once)");
        build()?;
    }
    Ok(program)
}

/// Jupyter's data folder of this user.
fn user_data() -> miette::Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(data) = variable("JUPYTER_DATA_DIR") {
        return Ok(data);
    }
    let home = variable("HOME").ok_or_else(|| miette!("HOME is not set: name a place with --prefix"))?;
    Ok(if cfg!(target_os = "macos") {
        home.join("Library/Jupyter")
    } else {
        variable("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share")).join("jupyter")
    })
}

/// The path of an executable that is built together with this one.
fn beside_this(name: &str) -> miette::Result<PathBuf> {
    let this = std::env::current_exe().into_diagnostic().wrap_err("can't tell where this program lies")?;
    Ok(this.with_file_name(name))
}

/// Where this repository was when it was built.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Builds everything with the kernel, in the folder in which this program was built.
fn build() -> miette::Result<()> {
    let this = beside_this("")?;
    let target = this.parent().ok_or_else(|| miette!("can't tell the target folder from {}", this.display()))?;
    let status = Command::new("cargo")
        .args(["build", "--release", "--features", "kernel", "--target-dir"])
        .arg(target)
        .current_dir(repository())
        .status()
        .into_diagnostic()
        .wrap_err("cargo can't be run")?;
    if status.success() { Ok(()) } else { Err(miette!("the kernel could not be built; cargo said why above")) }
}

/// Whether the sources of the standard library are there, which the kernel's type inference reads.
fn has_rust_sources() -> bool {
    Command::new("rustc").args(["--print", "sysroot"]).output().is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout);
        Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library").is_dir()
    })
}

fn warm() -> Outcome {
    build()?;
    if !has_rust_sources() {
        eprintln!("adding the sources of the standard library");
        let added = Command::new("rustup").args(["component", "add", "rust-src"]).current_dir(repository()).status();
        if !added.is_ok_and(|status| status.success()) {
            return Err(miette!(
                help = "with a network at hand: rustup component add rust-src",
                "the sources of the standard library are missing"
            ));
        }
    }
    let mut session = Session::start(&program(KernelSpec::Saigen)?, repository(), START_LIMIT, &Silent)
        .into_diagnostic()
        .wrap_err("the kernel does not start")?;
    let begin = std::time::Instant::now();
    let cell = "use saigen::prelude::*;\nlet one = 1;\none + 1";
    let evaluation = session.evaluate(cell, 1, START_LIMIT, &Silent).into_diagnostic()?;
    if let Some((name, value)) = evaluation.error {
        return Err(miette!("a first cell failed: {name}: {value}"));
    }
    println!(
        "kernel ready in {:.1} s, first cell in {:.1} s",
        session.started().as_secs_f64(),
        begin.elapsed().as_secs_f64()
    );
    Ok(Verdict::Done)
}

fn status() -> Outcome {
    let mut usable = true;
    let line = |good: bool, text: String| {
        println!("{} {text}", if good { "✓" } else { "✗" });
        good
    };
    let program = beside_this(KernelSpec::Saigen.program())?;
    let dylib = beside_this(&format!("deps/{}saigen{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX))?;
    for (what, path) in [("kernel", &program), ("library for cells", &dylib)] {
        let built = path.exists();
        let mend = if built { "" } else { " is not built: saigen kernel warm" };
        usable &= line(built, format!("{what}: {}{mend}", path.display()));
    }
    let sources = has_rust_sources();
    let mend = if sources { "" } else { " missing: rustup component add rust-src" };
    usable &= line(sources, format!("sources of the standard library{mend}"));
    let data = user_data()?;
    for spec in [KernelSpec::Saigen, KernelSpec::Stock] {
        match spec.installed_program(&data) {
            Some(installed) if installed.exists() => {
                line(true, format!("{} is installed for this user and starts {}", spec.name(), installed.display()));
            }
            Some(installed) => {
                line(
                    false,
                    format!("{} starts {}, which is gone: saigen kernel install", spec.name(), installed.display()),
                );
            }
            None if spec == KernelSpec::Saigen => {
                line(true, "not installed for this user (`saigen lab` needs no installation)".to_owned());
            }
            None => {}
        }
    }
    Ok(if usable { Verdict::Done } else { Verdict::FellShort })
}
