//! `saigen lab`.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use miette::{Context, IntoDiagnostic, miette};
use saigen::notebook::{Environment, KernelSpec};
use tokio::signal::unix::{SignalKind, signal};

use super::kernel::{program, repository};
use super::{Outcome, Verdict};

/// The port that Jupyter takes by default, and how many after it are tried.
const PORTS: std::ops::Range<u16> = 8888..8988;

/// Opens JupyterLab with the saigen kernel on the notebooks.
///
/// JupyterLab is taken from PATH, or else set up once in a private Python environment with pinned versions. Nothing is
/// installed outside it. Ctrl-C ends JupyterLab and its kernels; so do SIGTERM and a terminal that closes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Notebooks to open.
    #[arg(value_name = "NOTEBOOK")]
    notebooks: Vec<PathBuf>,
    /// Prints the address instead of opening a browser, for use from another machine over an SSH tunnel.
    #[arg(long)]
    no_browser: bool,
    /// The port to listen on, always on this machine only [default: the first free one from 8888]
    #[arg(long)]
    port: Option<u16>,
    /// Sets up the private environment even if there is a JupyterLab on PATH.
    #[arg(long)]
    private: bool,
}

pub fn run(arguments: Arguments) -> Outcome {
    let kernel = program(KernelSpec::Saigen)?;
    let private = private_folder(&kernel)?;
    let lab = match on_path("jupyter-lab") {
        Some(lab) if !arguments.private => lab,
        _ => private_lab(&private.join("environment")).wrap_err("JupyterLab could not be set up")?,
    };
    KernelSpec::Saigen.install(&private.join("share"), &kernel).into_diagnostic()?;
    let root = root(&arguments.notebooks)?;
    let port = match arguments.port {
        Some(port) if free(port) => port,
        Some(port) => return Err(miette!("port {port} is in use")),
        None => PORTS.clone().find(|port| free(*port)).ok_or_else(|| miette!("no free port from {}", PORTS.start))?,
    };
    let token = token().into_diagnostic().wrap_err("no random numbers for a token")?;
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signals(&stop).into_diagnostic().wrap_err("signals can't be heard")?;

    let mut command = Command::new(&lab);
    command
        .arg(format!("--port={port}"))
        .args(["--ip=127.0.0.1", "--ServerApp.port_retries=0", "--log-level=WARN"])
        // No request leaves this machine.
        .args(["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"])
        .arg(format!("--ServerApp.root_dir={}", root.display()))
        // In the environment, where other users can't read it as they can a command line.
        .env("JUPYTER_TOKEN", &token)
        .env("JUPYTER_PATH", jupyter_path(&private.join("share")))
        .stdin(Stdio::null())
        // A group of its own: on Ctrl-C it is this program that ends it, with its kernels.
        .process_group(0);
    if arguments.no_browser {
        command.arg("--no-browser");
    }
    if std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0) {
        command.arg("--allow-root");
    }
    let opened = arguments.notebooks.first().map(|notebook| relative(notebook, &root)).transpose()?;
    if let Some(notebook) = &opened {
        command.arg(format!("--LabApp.default_url=/lab/tree/{notebook}"));
    }
    let mut server = command.spawn().into_diagnostic().wrap_err_with(|| format!("{} can't be run", lab.display()))?;
    let path = opened.map(|notebook| format!("/tree/{notebook}")).unwrap_or_default();
    let outcome = watch(&mut server, port, &format!("http://localhost:{port}/lab{path}?token={token}"), &stop);
    end(&mut server);
    outcome
}

/// JupyterLab in an environment of its own, which asks nobody whether it may fetch news.
fn private_lab(folder: &Path) -> miette::Result<PathBuf> {
    let environment = Environment::prepare(folder, Environment::LAB, &|step| eprintln!("{step}")).into_diagnostic()?;
    let settings = folder.join("share/jupyter/lab/settings");
    let quiet = r#"{"@jupyterlab/apputils-extension:notification": {"checkForUpdates": false, "fetchNews": "false"}}"#;
    std::fs::create_dir_all(&settings).into_diagnostic()?;
    std::fs::write(settings.join("overrides.json"), quiet).into_diagnostic()?;
    Ok(environment.program("jupyter-lab"))
}

/// Has `stop` set by Ctrl-C, SIGTERM and the end of the terminal, from now on.
fn stop_on_signals(stop: &Arc<AtomicBool>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listening = runtime.enter();
    let mut asked = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .into_iter()
        .map(signal)
        .collect::<Result<Vec<_>, _>>()?;
    drop(listening);
    let stop = Arc::clone(stop);
    std::thread::spawn(move || {
        runtime.block_on(std::future::poll_fn(|context| {
            let one_came = asked.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if one_came { Poll::Ready(()) } else { Poll::Pending }
        }));
        stop.store(true, Ordering::SeqCst);
    });
    Ok(())
}

/// Waits until the server ends or the user asks for it, and says where it is once it listens.
fn watch(server: &mut Child, port: u16, address: &str, stop: &AtomicBool) -> Outcome {
    let mut announced = false;
    loop {
        if stop.load(Ordering::SeqCst) {
            eprintln!("\nending JupyterLab");
            return Ok(Verdict::Done);
        }
        if let Some(status) = server.try_wait().into_diagnostic()? {
            return if announced && status.success() {
                Ok(Verdict::Done)
            } else {
                Err(miette!("JupyterLab ended: {status}"))
            };
        }
        if !announced && TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            announced = true;
            println!(
                "JupyterLab: {address}\nCtrl-C ends it. From another machine: ssh -L {port}:localhost:{port} HOST"
            );
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Asks the server to end, which ends its kernels too, and makes sure of it after a while.
fn end(server: &mut Child) {
    let running = |server: &mut Child| matches!(server.try_wait(), Ok(None));
    if running(server) {
        let _ = Command::new("kill").arg(server.id().to_string()).status();
    }
    for _ in 0..100 {
        if !running(server) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = server.kill();
    let _ = server.wait();
}

/// The folder for what `lab` sets up: beside the build, which is as private as the sources and as easily removed.
fn private_folder(kernel: &Path) -> miette::Result<PathBuf> {
    let profile = kernel.parent().ok_or_else(|| miette!("{} is in no folder", kernel.display()))?;
    Ok(profile.with_file_name("jupyter"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Our specifications first, then those that Jupyter finds already.
fn jupyter_path(ours: &Path) -> std::ffi::OsString {
    let mut path = ours.as_os_str().to_owned();
    if let Some(others) = std::env::var_os("JUPYTER_PATH").filter(|others| !others.is_empty()) {
        path.push(":");
        path.push(others);
    }
    path
}

/// The folder to serve: that of the first notebook named, or `notebooks/`.
fn root(notebooks: &[PathBuf]) -> miette::Result<PathBuf> {
    let default = repository().join("notebooks");
    let Some(notebook) = notebooks.first() else { return Ok(default) };
    let notebook =
        notebook.canonicalize().into_diagnostic().wrap_err_with(|| format!("no notebook {}", notebook.display()))?;
    if notebook.starts_with(&default) {
        return Ok(default);
    }
    notebook.parent().map(Path::to_owned).ok_or_else(|| miette!("{} is in no folder", notebook.display()))
}

fn relative(notebook: &Path, root: &Path) -> miette::Result<String> {
    let notebook = notebook.canonicalize().into_diagnostic()?;
    let root = root.canonicalize().into_diagnostic()?;
    Ok(notebook.strip_prefix(root).into_diagnostic()?.to_string_lossy().into_owned())
}

fn free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// 192 random bits, in hexadecimal.
fn token() -> std::io::Result<String> {
    use std::io::Read;
    let mut bytes = [0; 24];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
