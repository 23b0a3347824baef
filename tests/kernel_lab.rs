//! A person's view: JupyterLab, started as a user starts it, with a browser in front of it.

#![cfg(feature = "kernel")]

#[path = "kernel/mod.rs"]
#[allow(unused)]
mod kernel;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use kernel::{can_run_cells, folder, notebooks};
use saigen::notebook::{Environment, EnvironmentError};

/// Ending JupyterLab, with its kernels, may take this long.
const END: Duration = Duration::from_secs(20);

/// The program that a browser's test needs.
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found =
        std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name))).find(|p| p.is_file());
    if found.is_none() {
        eprintln!("skipped: no Chromium on PATH (apt-get install chromium)");
    }
    found
}

/// Holds everyone else off who starts JupyterLab from here, and makes sure that it can be; says so when not.
fn alone_with_lab() -> Option<File> {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(temporary.join("lab.lock")).unwrap();
    lock.lock().unwrap();
    // Where `saigen lab` looks for it.
    let private = Path::new(env!("CARGO_BIN_EXE_saigen")).parent().unwrap().with_file_name("jupyter");
    environment(&private.join("environment"), Environment::LAB).map(|_| lock)
}

fn environment(folder: &Path, requirements: &str) -> Option<Environment> {
    match Environment::prepare(folder, requirements, &|step| eprintln!("{step}")) {
        Ok(environment) => Some(environment),
        Err(EnvironmentError::NoPackages { said }) => {
            eprintln!("skipped: Python packages can't be installed: {said}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// `saigen lab` with one notebook.
struct Lab {
    process: Child,
    url: String,
}

impl Lab {
    fn start(notebook: &Path, folder: &Path) -> Lab {
        // A user's own settings don't count; all of the notebook is on the page, also what is outside the window.
        let settings = folder.join("config/lab/user-settings/@jupyterlab/notebook-extension");
        fs::create_dir_all(&settings).unwrap();
        fs::write(settings.join("tracker.jupyterlab-settings"), r#"{"windowingMode": "none"}"#).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut process = Command::new(env!("CARGO_BIN_EXE_saigen"))
            .args(["lab", "--no-browser", "--private", "--port", &port.to_string()])
            .arg(notebook)
            .env("JUPYTER_CONFIG_DIR", folder.join("config"))
            .env("SAIGEN_HISTORY", "off")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = said.next().expect("`saigen lab` says where it is").unwrap();
        let url = line.strip_prefix("JupyterLab: ").unwrap_or_else(|| panic!("{line}")).to_owned();
        // What else it says is for a person.
        std::thread::spawn(move || said.for_each(drop));
        Lab { process, url }
    }

    /// Everything that runs beneath it.
    fn family(&self) -> BTreeSet<u32> {
        let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap().stdout;
        let pairs: Vec<(u32, u32)> = String::from_utf8(listed)
            .unwrap()
            .lines()
            .filter_map(|line| line.trim().split_once(char::is_whitespace))
            .map(|(pid, parent)| (pid.parse().unwrap(), parent.trim().parse().unwrap()))
            .collect();
        let mut family = BTreeSet::from([self.process.id()]);
        loop {
            let before = family.len();
            family.extend(
                pairs.iter().filter(|(_, parent)| family.contains(parent)).map(|(pid, _)| *pid).collect::<Vec<_>>(),
            );
            if family.len() == before {
                family.remove(&self.process.id());
                return family;
            }
        }
    }

    /// Sends a signal and waits for the end.
    fn end(&mut self, signal: &str) -> ExitStatus {
        assert!(Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap().success());
        let begin = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(begin.elapsed() < END, "`saigen lab` still runs {END:?} after {signal}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The whole answer to a request.
    fn post(&self, path: &str, body: &str) -> String {
        let (place, token) = self.url.split_once("?token=").unwrap();
        let host = place.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: token {token}\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Lab {
    /// A failed test leaves nothing behind.
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            let _ = Command::new("kill").arg(self.process.id().to_string()).status();
            let _ = self.process.wait();
        }
    }
}

/// Which of these processes still run, after as long as they may take to end.
fn left_of(family: &BTreeSet<u32>) -> Vec<u32> {
    let runs = |pid: &u32| {
        Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status().unwrap().success()
    };
    let begin = Instant::now();
    loop {
        let left: Vec<u32> = family.iter().copied().filter(runs).collect();
        if left.is_empty() || begin.elapsed() > END {
            return left;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_person_works_through_a_notebook() {
    if !can_run_cells() {
        return;
    }
    let Some(chromium) = chromium() else { return };
    let Some(_alone) = alone_with_lab() else { return };
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let Some(python) = environment(&temporary.join("lab-test"), Environment::LAB_TEST) else { return };
    let pictures = temporary.join("lab");
    let _ = fs::remove_dir_all(&pictures);
    let folder = folder("lab-served");
    let notebook = folder.join("lab.ipynb");
    fs::copy(notebooks().join("lab.ipynb"), &notebook).unwrap();
    let mut lab = Lab::start(&notebook, &folder);
    let output = Command::new(python.program("python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernel/lab.py"))
        .args([&lab.url, &lab.process.id().to_string()])
        .args([&chromium, &notebook, &pictures])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    eprintln!("{said}");
    assert!(output.status.success(), "see the pictures in {}", pictures.display());

    // The kernel and the process of its cells end with JupyterLab.
    let family = lab.family();
    assert!(family.len() >= 3, "expected a server, a kernel and its cells, found {family:?}");
    assert!(lab.end("-INT").success());
    let left = left_of(&family);
    assert!(left.is_empty(), "{left:?}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_termination_ends_jupyter_and_its_kernels() {
    let Some(_alone) = alone_with_lab() else { return };
    let folder = folder("lab-terminated");
    let notebook = folder.join("small.ipynb");
    fs::copy(notebooks().join("small.ipynb"), &notebook).unwrap();
    for signal in ["-TERM", "-HUP"] {
        let mut lab = Lab::start(&notebook, &folder);
        let answer = lab.post("/api/kernels", r#"{"name": "saigen"}"#);
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        let family = lab.family();
        assert!(family.len() >= 2, "expected a server and a kernel, found {family:?}");
        assert!(lab.end(signal).success());
        let left = left_of(&family);
        assert!(left.is_empty(), "left after {signal}: {left:?}");
    }
    fs::remove_dir_all(folder).unwrap();
}
