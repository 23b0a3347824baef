//! `saigen kernel`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use miette::{Context, IntoDiagnostic, miette};
use saigen::display::{Monitor, Silent};
use saigen::notebook::{KernelSpec, Session};
use serde_json::Value;

use super::terminal::Terminal;
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
    let program = program(KernelSpec::Saigen)?;
    let terminal = Terminal::start();
    let Some(set) = link_set(&program, "--warm", &terminal)? else { return Ok(Verdict::Interrupted) };
    let set = set.map_err(|reason| miette!("{reason}"))?;
    println!("generation {} made in {:.1} s, {}", text(&set["key"]), seconds(&set), sizes(&set));
    let mut session = Session::start(&program, repository(), START_LIMIT, &terminal)
        .into_diagnostic()
        .wrap_err("the kernel does not start")?;
    let mut times = Vec::new();
    // The first also loads the library, the last is what an everyday cell takes.
    let cells = ["use saigen::prelude::*;\nlet one = 1;\none + 1", include_str!("common_types.rs"), "one + 1"];
    for (count, cell) in cells.into_iter().enumerate() {
        let begin = std::time::Instant::now();
        let evaluation = session.evaluate(cell, count + 1, START_LIMIT, &terminal).into_diagnostic()?;
        if let Some((name, value)) = evaluation.error {
            return Err(miette!("a first cell failed: {name}: {value}"));
        }
        times.push(begin.elapsed().as_secs_f64());
    }
    println!(
        "kernel ready in {:.2} s, first cell in {:.2} s, a later one in {:.2} s",
        session.started().as_secs_f64(),
        times[0],
        times[2]
    );
    Ok(Verdict::Done)
}

/// Asks the kernel for its link set, with `--warm` or `--status`: what it says of it, or why there is none; `None` when
/// the user stopped it.
fn link_set(program: &Path, mode: &str, monitor: &dyn Monitor) -> miette::Result<Option<Result<Value, String>>> {
    let mut process = Command::new(program)
        .arg(mode)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .into_diagnostic()
        .wrap_err_with(|| format!("{} can't be run", program.display()))?;
    let output = process.stdout.take().into_iter().flat_map(|output| BufReader::new(output).lines());
    let mut shown = 0;
    let mut begun = false;
    let mut said = None;
    for line in output.map_while(Result::ok) {
        let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
        if let Some(unit) = line.get("building") {
            let count = |name: &str| unit[name].as_u64();
            if !begun {
                monitor.begin("library for cells", count("total").unwrap_or(0));
                begun = true;
            }
            let finished = count("finished").unwrap_or(shown);
            monitor.advance(finished.saturating_sub(shown));
            shown = finished.max(shown);
        } else if line == "waiting" {
            eprintln!("waiting for another kernel that builds it");
        } else if line == "prewarming" {
            if begun {
                monitor.end();
            }
            begun = true;
            monitor.begin("instances for cells", 1);
        } else {
            said = Some(line);
        }
    }
    if begun {
        monitor.end();
    }
    process.wait().into_diagnostic()?;
    if monitor.cancelled() {
        return Ok(None);
    }
    let said = said.unwrap_or_default();
    Ok(Some(match said.get("ready") {
        Some(set) => Ok(set.clone()),
        None if said["refused"].is_string() => Err(text(&said["refused"]).to_owned()),
        None => Err("the kernel ended before it had its link set".to_owned()),
    }))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn seconds(set: &Value) -> f64 {
    set["seconds"].as_f64().unwrap_or_default()
}

fn sizes(set: &Value) -> String {
    let megabytes = |name: &str| set[name].as_u64().unwrap_or_default() / 1_000_000;
    format!("library {} MB, instances {} MB", megabytes("library_bytes"), megabytes("prewarm_bytes"))
}

fn status() -> Outcome {
    let mut usable = true;
    let line = |good: bool, text: String| {
        println!("{} {text}", if good { "✓" } else { "✗" });
        good
    };
    let program = beside_this(KernelSpec::Saigen.program())?;
    let built = program.exists();
    let mend = if built { "" } else { " is not built: saigen kernel warm" };
    usable &= line(built, format!("kernel: {}{mend}", program.display()));
    if built {
        match link_set(&program, "--status", &Silent)? {
            Some(Ok(set)) => {
                line(true, format!("library for cells: {}, {}", text(&set["folder"]), sizes(&set)));
                line(true, format!("key {}, as the sources and {} are now", text(&set["key"]), text(&set["rustc"])));
            }
            // The next start of a kernel mends this by itself, slowly.
            Some(Err(reason)) => usable &= line(false, format!("library for cells: {reason}")),
            None => {}
        }
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
