//! `saigen doctor`: is all here that building, running and JupyterLab need?

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

use super::library::{LibraryArguments, repository};
use super::{Outcome, Verdict};

/// Checks toolchain, linker, disk, data and JupyterLab, and says how to mend what is missing.
///
/// Exit status 0 when all that is needed is here, 1 otherwise; what is optional only warns.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    library: LibraryArguments,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// The oldest compiler that builds saigen.
const OLDEST_RUSTC: &str = env!("CARGO_PKG_RUST_VERSION");

/// Free disk that a clean build with the kernel, its tests and benches needs, rounded up.
const DISK_GIB: u64 = 8;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    /// Missing, but only needed for part of what saigen does.
    Warning,
    /// Missing and needed.
    Missing,
}

/// One line of the answer.
#[derive(Clone, Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    /// What mends it; empty when there is nothing to mend.
    mend: String,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Good, found: found.into(), mend: String::new() }
    }

    fn bad(name: &'static str, state: State, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, state, found: found.into(), mend: mend.into() }
    }
}

pub fn run(arguments: Arguments) -> Outcome {
    let checks = [
        rustc(),
        cargo(),
        rust_source(),
        linker(),
        disk(),
        python(),
        jupyter_lab(),
        kernel(),
        data(&arguments.library),
    ];
    let complete = checks.iter().all(|check| check.state != State::Missing);
    let text = if arguments.json {
        format!("{:#}\n", serde_json::json!({ "version": 1, "complete": complete, "checks": checks }))
    } else {
        checks.iter().map(line).collect()
    };
    super::data::show(&text)?;
    Ok(if complete { Verdict::Done } else { Verdict::FellShort })
}

fn line(check: &Check) -> String {
    let mark = match check.state {
        State::Good => "✓",
        State::Warning => "!",
        State::Missing => "✗",
    };
    let mend = match check.mend.as_str() {
        "" => String::new(),
        mend => format!("\n  {:12} → {mend}", ""),
    };
    format!("{mark} {:12} {}{mend}\n", check.name, check.found)
}

fn rustc() -> Check {
    let mend = format!("install Rust {OLDEST_RUSTC} or newer: https://rustup.rs, then `rustup update stable`");
    match first_line("rustc", &["--version"]) {
        Some(text) if at_least(&text, OLDEST_RUSTC) => Check::good("rustc", text),
        Some(text) => Check::bad("rustc", State::Missing, format!("{text}; needs {OLDEST_RUSTC}"), mend),
        None => Check::bad("rustc", State::Missing, "not on PATH", mend),
    }
}

fn cargo() -> Check {
    match first_line("cargo", &["--version"]) {
        Some(text) => Check::good("cargo", text),
        None => Check::bad("cargo", State::Missing, "not on PATH", "comes with Rust: https://rustup.rs"),
    }
}

fn rust_source() -> Check {
    let root = first_line("rustc", &["--print", "sysroot"]);
    match root.map(|root| Path::new(&root).join("lib/rustlib/src/rust/library")).filter(|folder| folder.is_dir()) {
        Some(_) => Check::good("rust-src", "here"),
        None => Check::bad(
            "rust-src",
            State::Warning,
            "not installed: completion in notebooks knows less of the standard library",
            "rustup component add rust-src",
        ),
    }
}

fn linker() -> Check {
    match first_line("cc", &["--version"]) {
        Some(text) => Check::good("linker", text),
        None => Check::bad(
            "linker",
            State::Missing,
            "no `cc` on PATH",
            "install a C compiler: `apt install build-essential`, `dnf install gcc`, or Xcode's command-line tools",
        ),
    }
}

fn disk() -> Check {
    let folder = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
    let folder = folder.unwrap_or_else(repository);
    let answer = Command::new("df").arg("-Pk").arg(&folder).output().ok();
    let text = answer.map(|answer| String::from_utf8_lossy(&answer.stdout).into_owned()).unwrap_or_default();
    match available_kib(&text).map(|kib| kib >> 20) {
        Some(gib) if gib >= DISK_GIB => Check::good("disk", format!("{gib} GiB free")),
        Some(gib) => Check::bad(
            "disk",
            State::Warning,
            format!("{gib} GiB free"),
            format!("a build with everything needs {DISK_GIB} GiB: free some, or set CARGO_TARGET_DIR"),
        ),
        None => Check::bad("disk", State::Warning, "cannot tell how much is free", "look yourself: `df -h`"),
    }
}

fn python() -> Check {
    match first_line("python3", &["--version"]) {
        Some(text) => Check::good("python3", text),
        None => Check::bad(
            "python3",
            State::Warning,
            "not on PATH: `saigen lab` cannot set up JupyterLab",
            "install Python 3.9 or newer with venv, or JupyterLab itself",
        ),
    }
}

fn jupyter_lab() -> Check {
    match first_line("jupyter-lab", &["--version"]) {
        Some(text) => Check::good("JupyterLab", text),
        None => Check::bad(
            "JupyterLab",
            State::Warning,
            "not on PATH",
            "`saigen lab` sets one up in a private virtual environment",
        ),
    }
}

fn kernel() -> Check {
    let spec = kernel_folders().into_iter().map(|folder| folder.join("saigen/kernel.json")).find(|spec| spec.is_file());
    match spec {
        Some(spec) => Check::good("kernel", spec.display().to_string()),
        None => Check::bad("kernel", State::Warning, "not installed for Jupyter", "run `saigen kernel install`"),
    }
}

/// Where Jupyter looks for kernels: <https://docs.jupyter.org/en/latest/use/jupyter-directories.html>.
fn kernel_folders() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = std::env::home_dir().unwrap_or_default();
    let search = variable("JUPYTER_PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&search).collect();
    folders.extend(variable("JUPYTER_DATA_DIR").map(PathBuf::from));
    folders.extend(variable("XDG_DATA_HOME").map(|folder| Path::new(&folder).join("jupyter")));
    folders.extend([home.join(".local/share/jupyter"), home.join("Library/Jupyter")]);
    folders.extend(["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from));
    folders.into_iter().map(|folder| folder.join("kernels")).collect()
}

fn data(arguments: &LibraryArguments) -> Check {
    let library = match arguments.open() {
        Ok(library) => library,
        Err(report) => {
            let mend = report.help().map(|help| help.to_string()).unwrap_or_default();
            return Check::bad("data", State::Warning, report.to_string(), mend);
        }
    };
    let cases = library.manifest().cases();
    let entries: Vec<_> = cases.iter().flat_map(|case| library.list(case)).collect();
    let here = entries.iter().filter(|entry| library.present(entry).is_some()).count();
    let place = match (library.mirror(), library.cache()) {
        (Some(mirror), _) => format!("mirror {mirror}"),
        (None, Some(cache)) => format!("cache {}", cache.display()),
        (None, None) => "nowhere".into(),
    };
    let found = format!("{here} of {} files here ({place})", entries.len());
    if here == entries.len() {
        return Check::good("data", found);
    }
    let mend = "claims on real data will say not_testable; `saigen data fetch --mirror DIR|URL` brings the files";
    Check::bad("data", State::Warning, found, mend)
}

/// The first line that a program prints when it succeeds.
fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let answer = Command::new(program).args(arguments).output().ok().filter(|answer| answer.status.success())?;
    Some(String::from_utf8_lossy(&answer.stdout).lines().next()?.trim().to_string())
}

/// Tells whether `rustc 1.95.0 (…)` is at least `1.95`.
fn at_least(text: &str, oldest: &str) -> bool {
    let numbers = |version: &str| -> Vec<u32> {
        let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
        version.split('.').map_while(|part| digits(part).parse().ok()).collect()
    };
    text.split(' ').nth(1).is_some_and(|version| numbers(version) >= numbers(oldest))
}

/// Reads the free space from what `df -Pk` (POSIX) prints: the fourth field of the second line.
fn available_kib(text: &str) -> Option<u64> {
    let fields: Vec<&str> = text.lines().nth(1)?.split_whitespace().collect();
    // A device's name may hold spaces: count from the percentage.
    let capacity = fields.iter().position(|field| field.ends_with('%'))?;
    fields.get(capacity.checked_sub(1)?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(at_least("rustc 1.95.0 (59807616e 2026-04-14)", "1.95"));
        assert!(at_least("rustc 1.100.0-nightly (x)", "1.95"));
        assert!(at_least("rustc 2.0.0", "1.95"));
        assert!(!at_least("rustc 1.94.1 (x)", "1.95"));
        assert!(!at_least("rustc", "1.95"));
    }

    #[test]
    fn free_space_is_read_from_df() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a b 100 40 60 40% /some where\n";
        assert_eq!(available_kib(text), Some(60));
        assert_eq!(available_kib("df: no such folder\n"), None);
    }

    #[test]
    fn a_bad_line_ends_with_its_mend() {
        let check = Check::bad("linker", State::Missing, "no `cc` on PATH", "install one");
        assert_eq!(line(&check), "✗ linker       no `cc` on PATH\n               → install one\n");
        assert_eq!(line(&Check::good("cargo", "1")), "✓ cargo        1\n");
    }
}
