//! Cells one after another: what they keep, how they end, how their process dies.

use super::*;
use crate::message::{CommKind, CommMessage, Stored};

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
