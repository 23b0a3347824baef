//! What cells write, show and ask, in which order and when.

use super::*;
use crate::engine::Display;

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
            channel::report(&Report::Display(saigen::cell::message::Display { data, ..Default::default() }));
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
            Output::Display(Display { data, .. }) if displays < 50 => {
                assert_eq!(data["text/plain"], displays.to_string());
                assert_eq!(std::mem::take(&mut seen), [format!("o{displays}"), format!("e{displays}")]);
                displays += 1;
            }
            Output::Display(Display { data, .. }) => {
                assert_eq!((data["text/html"].as_str(), seen[0].as_str()), (Some("<b>"), ""));
                displays += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((displays, seen[0].as_str()), (51, "end\n"));
}

/// In a process of its own: other tests' memory would count too.
#[test]
fn ten_million_lines_are_bounded_and_quick() {
    const ALONE: &str = "SAIGEN_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name = "process::tests::output::ten_million_lines_are_bounded_and_quick";
        let alone = std::process::Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .env(ALONE, "1")
            .output()
            .unwrap();
        let said = [alone.stdout, alone.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(alone.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
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
