//! Real processes and real cells: needs `saigen-cell` and the library beside the test, built with the same features.

use std::path::PathBuf;
use std::process::Command as Program;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::*;
use crate::engine::{Output, Stream};
use crate::message::{CommKind, CommMessage, Stored};

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

#[test]
fn variables_go_from_cell_to_cell_and_survive_a_panic() {
    let mut session = Session::start();
    let first = session.run("saigen::cell::put(\"a\", vec![1]); saigen::cell::put(\"b\", std::rc::Rc::new(2));");
    let Ended::Finished { outcome: Outcome::Done, stored, .. } = first else { panic!("{first:?}") };
    let names = |stored: &[Stored]| stored.iter().map(|stored| stored.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&stored), ["a", "b"]);
    let second = session.run_whole(
        "let mut a: Vec<i32> = saigen::cell::take(\"a\");
        saigen::cell::run({n}, || { a.push(2); if true { panic!(\"no {}\", a.len()) } Ok(()) });
        saigen::cell::put(\"a\", a);",
    );
    let Ended::Finished { outcome: Outcome::Panicked(panic), stored, panics, .. } = second else {
        panic!("{second:?}")
    };
    assert_eq!((panic.message.as_str(), panic.thread.as_str(), panic.line), ("no 2", "main", 4));
    assert_eq!((names(&stored), panics), (vec!["a".to_owned(), "b".to_owned()], vec![panic]));
    session.run("let a: Vec<i32> = saigen::cell::take(\"a\"); println!(\"{a:?}\");");
    assert_eq!((session.text(Stream::Stdout).as_str(), session.text(Stream::Stderr).as_str()), ("[1, 2]\n", ""));
    session.process.discard(vec!["b".into(), "no such".into()]);
    let last = session.run("");
    assert!(matches!(&last, Ended::Finished { stored, .. } if stored.is_empty()), "{last:?}");
}

#[test]
fn errors_and_what_cannot_be_taken_are_told() {
    let mut session = Session::start();
    let failed = outcome(session.run("\"x\".parse::<f64>()?;"));
    assert_eq!(failed, Outcome::Failed { message: "invalid float literal".into(), sources: vec![] });
    let broken = outcome(session.run_whole("saigen::cell::take::<u8>(\"nothing\");"));
    assert!(matches!(&broken, Outcome::Broken { problem } if problem.contains("nothing")), "{broken:?}");
    let missing = session.process.run(Path::new("/no/such/library.so"), 1);
    assert!(matches!(&outcome(missing), Outcome::Broken { problem } if problem.contains("/no/such")));
    assert!(matches!(session.process.load(Path::new("/no/such.so")), Err(LoadError::Refused { .. })));
    let (library, _) = session.compile("");
    assert_eq!(session.process.load(&library), Ok(()));
}

#[test]
fn loops_sleeps_awaits_and_questions_are_interrupted() {
    let mut session = Session::start();
    session.run("saigen::cell::put(\"kept\", 1);");
    for statements in [
        "loop { saigen::cell::check({n}); }",
        "std::thread::sleep(std::time::Duration::from_secs(60));",
        "saigen::cell::block_on(std::future::pending::<()>());",
        "let mut line = String::new(); std::io::stdin().read_line(&mut line)?;",
        "std::thread::spawn(|| loop { saigen::cell::check({n}); }).join().unwrap();",
    ] {
        let (outcome, took) = session.interrupt(statements);
        assert_eq!(outcome, Outcome::Interrupted, "{statements}");
        assert!(took < Duration::from_millis(300), "{statements}: {took:?}");
    }
    let last =
        session.run("saigen::cell::take::<i32>(\"kept\"); std::thread::sleep(std::time::Duration::from_millis(30));");
    assert_eq!(outcome(last), Outcome::Done);
}

#[test]
fn sleeping_takes_its_time_on_every_thread() {
    let mut session = Session::start();
    let ended = session.run(
        "let nap = || { let t = std::time::Instant::now(); std::thread::sleep(std::time::Duration::from_millis(80)); t.elapsed() };
        println!(\"{} {}\", nap().as_millis(), std::thread::spawn(nap).join().unwrap().as_millis());",
    );
    assert_eq!(outcome(ended), Outcome::Done);
    let text = session.text(Stream::Stdout);
    let times: Vec<u32> = text.split_whitespace().map(|time| time.parse().unwrap()).collect();
    assert!(times.len() == 2 && times.iter().all(|time| (80..500).contains(time)), "{text}");
}

#[test]
fn ways_to_die_are_told_apart() {
    let mut session = Session::start();
    assert_eq!(death(session.run("print!(\"last\"); eprint!(\"words\"); std::process::exit(3);")), Death::Exited(3));
    assert_eq!((session.text(Stream::Stdout).as_str(), session.text(Stream::Stderr).as_str()), ("last", "words"));
    assert!(!session.process.is_alive());
    assert_eq!(death(session.run("")), Death::Exited(3), "a dead process stays dead");
    assert_eq!(death(Session::start().run("std::process::abort();")), Death::Aborted);
    let overflow = "fn deep(n: u64) -> u64 { let a = std::hint::black_box([n; 64]); deep(n + 1) + a[3] } deep(0);";
    assert_eq!(death(Session::start().run(overflow)), Death::StackOverflow);
    let segfault = "unsafe { std::ptr::null_mut::<u8>().with_addr(64).write_volatile(1) };";
    assert_eq!(death(Session::start().run(segfault)), Death::Signal(libc::SIGSEGV));
    let mut killed = Session::start();
    let handle = killed.process.handle();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        handle.kill();
    });
    assert_eq!(death(killed.run("loop {}")), Death::Signal(libc::SIGKILL));
    killer.join().unwrap();
}

#[test]
fn standard_input_asks_and_ends() {
    let mut session = Session::start();
    let handle = session.process.handle();
    let outputs = Arc::clone(&session.outputs);
    let typing = std::thread::spawn(move || {
        for (asked, answer) in (1..).zip([Some("first é"), Some(""), None]) {
            let is_request = |(_, output): &&(Instant, Output)| matches!(output, Output::InputRequest { .. });
            while outputs.lock().unwrap().iter().filter(is_request).count() < asked {
                std::thread::sleep(Duration::from_millis(1));
            }
            handle.input(answer.map(str::to_owned));
        }
    });
    let ended = session.run("print!(\"name? \"); for line in std::io::stdin().lines() { println!(\"{:?}\", line?); }");
    typing.join().unwrap();
    assert_eq!(outcome(ended), Outcome::Done);
    assert_eq!(session.text(Stream::Stdout), "name? \"first é\"\n\"\"\n");
    let outputs = session.outputs.lock().unwrap();
    assert_eq!(outputs[0].1, Output::Stream(Stream::Stdout, "name? ".into()));
}

#[test]
fn text_without_a_line_break_arrives_while_the_cell_runs() {
    let mut session = Session::start();
    let pause = "std::thread::sleep(std::time::Duration::from_millis(300));";
    session.run(&format!(
        "print!(\"a\"); {pause} print!(\"\\r50 %\"); {pause} eprint!(\"E\"); {pause} print!(\"E\"); {pause}"
    ));
    let end = Instant::now();
    let outputs = session.outputs.lock().unwrap();
    let ages: Vec<u128> = outputs.iter().map(|(when, _)| end.duration_since(*when).as_millis() / 100).collect();
    let texts: Vec<&Output> = outputs.iter().map(|(_, output)| output).collect();
    let out = |stream, text: &str| Output::Stream(stream, text.to_owned());
    assert_eq!(
        texts,
        [
            &out(Stream::Stdout, "a"),
            &out(Stream::Stdout, "\r50 %"),
            &out(Stream::Stderr, "E"),
            &out(Stream::Stdout, "E")
        ]
    );
    for (age, earliest) in ages.iter().zip([10, 7, 4, 1]) {
        assert!(*age >= earliest, "{ages:?}");
    }
}

#[test]
fn displays_and_text_keep_their_order() {
    let mut session = Session::start();
    let ended = session.run(
        "use saigen::cell::{channel, message::Report};
        for i in 0..50 {
            print!(\"o{i}\");
            eprint!(\"e{i}\");
            let data = [(\"text/plain\".to_owned(), i.to_string().into())].into();
            channel::report(&Report::Display { data, metadata: Default::default(), id: None, update: false });
        }
        println!(\"EVCXR_BEGIN_CONTENT text/html\\n<b>\\nEVCXR_END_CONTENT\");
        println!(\"end\");
        channel::report(&Report::Result { data: Default::default(), metadata: Default::default() });",
    );
    assert!(matches!(ended, Ended::Finished { result: Some(_), .. }), "{ended:?}");
    let mut seen = [String::new(), String::new()];
    let mut displays = 0;
    for (_, output) in session.outputs.lock().unwrap().iter() {
        match output {
            Output::Stream(stream, text) => seen[usize::from(*stream == Stream::Stderr)].push_str(text),
            Output::Display { data, .. } if displays < 50 => {
                assert_eq!(data["text/plain"], displays.to_string());
                assert_eq!(std::mem::take(&mut seen), [format!("o{displays}"), format!("e{displays}")]);
                displays += 1;
            }
            Output::Display { data, .. } => {
                assert_eq!((data["text/html"].as_str(), seen[0].as_str()), (Some("<b>"), ""));
                displays += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((displays, seen[0].as_str()), (51, "end\n"));
}

#[test]
fn ten_million_lines_are_bounded_and_quick() {
    let mut session = Session::start();
    let before = resident();
    let start = Instant::now();
    let ended = session.run(
        "use std::io::Write;
        let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout());
        for i in 0..10_000_000 { writeln!(out, \"{i:07} and some more text\")?; }
        drop(out);",
    );
    let took = start.elapsed();
    assert_eq!(outcome(ended), Outcome::Done);
    let text = session.text(Stream::Stdout);
    assert!(text.len() < 3_000_000, "{}", text.len());
    assert!(text.starts_with("0000000 ") && text.ends_with("9999999 and some more text\n"));
    assert!(text.contains(" left out …]\n"));
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes more");
    eprintln!("10^7 lines, 290 MB: {took:?}, {grown} bytes more");
    assert!(took < Duration::from_secs(60), "{took:?}");
}

fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn a_thread_that_outlives_its_cell_is_heard() {
    let mut session = Session::start();
    session.run(
        "std::thread::spawn(|| { std::thread::sleep(std::time::Duration::from_millis(100)); println!(\"later\"); });",
    );
    assert_eq!(session.text(Stream::Stdout), "");
    let start = Instant::now();
    while session.text(Stream::Stdout).is_empty() && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(session.text(Stream::Stdout), "later\n");
}

#[test]
fn panics_of_other_threads_are_told_and_end_nothing() {
    let mut session = Session::start();
    let ended = session.run(
        "let worker = std::thread::Builder::new().name(\"worker\".into()).spawn(|| panic!(\"oh\"))?;
        let _ = worker.join();",
    );
    let Ended::Finished { outcome, panics, .. } = ended else { panic!("{ended:?}") };
    assert_eq!((outcome, panics[0].thread.as_str()), (Outcome::Done, "worker"));
    assert_eq!(session.text(Stream::Stderr), "thread 'worker' panicked: oh\n");
}

#[test]
fn cells_see_the_users_environment_and_folder_and_no_input_beneath() {
    let mut session = Session::start();
    session.run(
        "println!(\"{:?} {:?} {}\", std::env::var_os(\"LD_LIBRARY_PATH\"), std::env::var(\"SAIGEN_TEST\"), \
        std::env::current_dir()?.display());
        println!(\"{}\", String::from_utf8(std::process::Command::new(\"cat\").output()?.stdout)?.len());",
    );
    let folder = session.folder.path().canonicalize().unwrap();
    let own = std::env::var_os("LD_LIBRARY_PATH");
    let expected = format!("{own:?} Ok(\"set\") {}\n0\n", folder.display());
    assert_eq!(session.text(Stream::Stdout), expected);
}

#[test]
fn comm_messages_reach_their_handler_between_cells() {
    let mut session = Session::start();
    session.run(
        "use saigen::cell::{channel, message::Report};
        channel::set_comm_handler(Box::new(|message| { channel::report(&Report::Comm(message)); }));",
    );
    let message = CommMessage {
        kind: CommKind::Message,
        id: "1".into(),
        target: String::new(),
        data: Default::default(),
        metadata: Default::default(),
    };
    session.process.comm(message.clone());
    session.run("");
    assert_eq!(session.outputs.lock().unwrap()[0].1, Output::Comm(message));
}

#[test]
fn nothing_is_left_of_a_process_that_is_let_go() {
    let mut session = Session::start();
    session.run(
        "println!(\"{} {}\", std::process::id(), std::process::Command::new(\"sleep\").arg(\"600\").spawn()?.id());",
    );
    let text = session.text(Stream::Stdout);
    let processes: Vec<&str> = text.split_whitespace().collect();
    let alive = |process: &str| {
        let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        state.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
    };
    assert!(processes.iter().all(|process| alive(process)), "{text}");
    drop(session);
    assert!(!Path::new(&format!("/proc/{}", processes[0])).exists(), "a zombie");
    let start = Instant::now();
    while alive(processes[1]) && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!alive(processes[1]), "its own child lives on");
}

#[test]
fn a_program_that_is_missing_or_dies_is_told() {
    let sink: Sink = Arc::new(|_| {});
    let start = |program: &str| Start { program: program.into(), folder: "/".into(), ..Start::default() };
    let missing = CellProcess::start(&start("/no/such/program"), Arc::clone(&sink)).err().unwrap();
    assert!(missing.to_string().contains("/no/such/program"), "{missing}");
    let dies = CellProcess::start(&start("/bin/false"), sink).err().unwrap();
    assert!(dies.to_string().contains("exited with code 1"), "{dies}");
}
