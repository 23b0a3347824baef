//! Real processes and real cells: needs `saigen-cell` and the library beside the test, built with the same features.

use std::path::PathBuf;
use std::process::Command as Program;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::*;
use crate::engine::{Output, Stream};

mod cells;
mod output;

/// The folder of the executables: that of this test is `deps` beneath it.
fn built() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().to_owned();
    for part in ["saigen-cell", "deps/libsaigen.so"] {
        let path = folder.join(part);
        assert!(path.exists(), "{} is missing: run `cargo build --release --features kernel` first", path.display());
    }
    folder
}

struct Session {
    process: CellProcess,
    outputs: Arc<Mutex<Vec<(Instant, Output)>>>,
    folder: tempfile::TempDir,
}

/// Cells of all sessions have numbers of their own.
static NUMBER: AtomicU32 = AtomicU32::new(1);

impl Session {
    fn start() -> Session {
        let folder = tempfile::tempdir().unwrap();
        let outputs = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&outputs);
        let start = Start {
            program: built().join("saigen-cell"),
            library_path: vec![built().join("deps")],
            environment: vec![("SAIGEN_TEST".into(), "set".into())],
            folder: folder.path().to_owned(),
        };
        let sink: Sink = Arc::new(move |output| list.lock().unwrap().push((Instant::now(), output)));
        Session { process: CellProcess::start(&start, sink).unwrap(), outputs, folder }
    }

    /// Compiles a cell; `{n}` in it stands for its number.
    fn compile(&self, code: &str) -> (PathBuf, u32) {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let source = format!("#[unsafe(no_mangle)]\npub fn saigen_cell_{{n}}() {{\n{code}\n}}\n")
            .replace("{n}", &number.to_string());
        let (file, library) = (self.folder.path().join("cell.rs"), self.folder.path().join(format!("cell{number}.so")));
        std::fs::write(&file, source).unwrap();
        let built = built();
        let output = Program::new("rustc")
            .args(["--crate-name", "ctx", "--edition=2024", "--crate-type=cdylib", "-Awarnings", "-Cdebuginfo=0"])
            .args(["-Cprefer-dynamic", "-Copt-level=0", "-Ccodegen-units=1", "-L"])
            .arg(format!("dependency={}", built.join("deps").display()))
            .arg("--extern")
            .arg(format!("saigen={}", built.join("deps/libsaigen.so").display()))
            .arg("-o")
            .args([&library, &file])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (library, number)
    }

    /// Runs the statements of a cell; `{n}` in them stands for its number.
    fn run(&mut self, statements: &str) -> Ended {
        self.run_whole(&body(statements))
    }

    fn run_whole(&mut self, code: &str) -> Ended {
        let (library, number) = self.compile(code);
        self.process.run(&library, number)
    }

    /// Runs statements and interrupts them after a while; returns how long it took them to end then.
    fn interrupt(&mut self, statements: &str) -> (Outcome, Duration) {
        let (library, number) = self.compile(&body(statements));
        let handle = self.process.handle();
        let asking = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            handle.interrupt(number);
            Instant::now()
        });
        let outcome = outcome(self.process.run(&library, number));
        let end = Instant::now();
        (outcome, end.saturating_duration_since(asking.join().unwrap()))
    }

    fn text(&self, of: Stream) -> String {
        let outputs = self.outputs.lock().unwrap();
        let texts = outputs.iter().filter_map(|(_, output)| match output {
            Output::Stream(stream, text) if *stream == of => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

fn body(statements: &str) -> String {
    format!("saigen::cell::run({{n}}, || {{\n{statements}\nOk(())\n}});")
}

fn outcome(ended: Ended) -> Outcome {
    match ended {
        Ended::Finished { outcome, .. } => outcome,
        died => panic!("{died:?}"),
    }
}

fn death(ended: Ended) -> Death {
    match ended {
        Ended::Died { how, .. } => how,
        finished => panic!("{finished:?}"),
    }
}
