//! Cells in a kernel: what is shown, what is kept, and what counts as a failure.

#![cfg(feature = "kernel")]

#[path = "kernel/mod.rs"]
#[allow(unused)]
mod kernel;

use kernel::{LIMIT, can_run_cells, session};
use saigen::display::Silent;
use saigen::notebook::{Evaluation, Session};

fn run(session: &mut Session, code: &str) -> Evaluation {
    session.evaluate(code, 1, LIMIT, &Silent).unwrap()
}

fn value(evaluation: &Evaluation, mime: &str) -> String {
    assert_eq!(evaluation.error, None);
    let value = evaluation.outputs.iter().find_map(|output| output["data"][mime].as_str());
    value.unwrap_or_else(|| panic!("no {mime} in {:?}", evaluation.outputs)).to_owned()
}

fn stream(evaluation: &Evaluation, name: &str) -> String {
    let texts = evaluation.outputs.iter().filter(|output| output["name"] == name);
    texts.filter_map(|output| output["text"].as_str()).collect()
}

#[test]
fn cells_keep_variables_and_items_and_show_their_last_expression() {
    if !can_run_cells() {
        return;
    }
    let session = &mut session();
    assert_eq!(value(&run(session, "1 + 1"), "text/plain"), "2");
    assert!(run(session, ":dep saigen = { path = \"../..\" }\nuse saigen::prelude::*;").outputs.is_empty());
    assert!(run(session, "let numbers = vec![1, 2, 3];\nfn twice(x: i32) -> i32 { 2 * x }").outputs.is_empty());
    assert_eq!(value(&run(session, "numbers.iter().map(|x| twice(*x)).sum::<i32>()"), "text/plain"), "12");
    // Redefinition with another type; a borrow by the display leaves the variable alone.
    run(session, "let numbers = \"text\".to_string();");
    assert_eq!(value(&run(session, "numbers"), "text/plain"), "\"text\"");
    assert_eq!(value(&run(session, "numbers"), "text/plain"), "\"text\"");
    // What has no value to show shows nothing.
    for nothing in ["println!();", "for _ in 0..2 {}", "()", "", "// a comment", "struct S;"] {
        assert!(run(session, nothing).outputs.iter().all(|output| output["name"] == "stdout"), "{nothing}");
    }
    // A type's own method of evcxr's convention is used.
    let code = "struct Own; impl Own { fn evcxr_display(&self) { println!(\"EVCXR_BEGIN_CONTENT text/html\\n<b>\\nEVCXR_END_CONTENT\"); } }\nOwn";
    assert_eq!(value(&run(session, code), "text/html"), "<b>");
    let table = run(session, "use saigen::polars::prelude::*;\ndf!(\"a\" => [1, 2])?");
    assert!(value(&table, "text/html").contains("<th>a</th>"));
    assert!(value(&table, "text/plain").contains("shape: (2, 1)"));
    assert_eq!(value(&run(session, "saigen::ndarray::arr1(&[1.0, 2.0]).sum()"), "text/plain"), "3.0");
    assert!(!value(&run(session, ":vars"), "text/plain").contains("saigen_cell"));
}

#[test]
fn output_is_whole_and_in_its_stream() {
    if !can_run_cells() {
        return;
    }
    let session = &mut session();
    let cell = run(session, "for i in 0..1000 { println!(\"{i}\"); eprintln!(\"e{i}\"); }\nprint!(\"end\");\n7");
    let lines: String = (0..1000).map(|i| format!("{i}\n")).collect();
    assert_eq!(stream(&cell, "stdout"), lines.clone() + "end\n");
    assert_eq!(
        stream(&cell, "stderr"),
        lines.replace('\n', "\ne").strip_suffix('e').map(|all| format!("e{all}")).unwrap()
    );
    assert_eq!(value(&cell, "text/plain"), "7");
    // An empty line of the user's before a value stays.
    assert_eq!(stream(&run(session, "println!(\"a\\n\");\n1"), "stdout"), "a\n\n");
}

#[test]
fn every_failure_is_an_error_and_the_next_cell_works() {
    if !can_run_cells() {
        return;
    }
    let session = &mut session();
    run(session, "let kept = 5;\nfn item() -> u8 { 3 }");
    let error = |evaluation: Evaluation| evaluation.error.expect("the cell fails");

    let (name, text) = error(run(session, "let x: i32 = \"a\";"));
    assert_eq!((name.as_str(), text.as_str()), ("CompileError", "mismatched types"));
    let compile = run(session, "let y = 1;\nlet é = 2; y + undefined");
    let traceback = compile.outputs[0]["traceback"].to_string();
    assert!(traceback.contains("line 2, column 16"), "{traceback}");
    assert!(!traceback.contains("saigen_cell"), "{traceback}");

    let panicked = run(session, "let lost = 1;\nif kept == 5 {\n    panic!(\"as {}\", \"asked\");\n}");
    assert!(panicked.outputs[0]["traceback"].to_string().contains("at line 3, column 5"), "{panicked:?}");
    assert_eq!(error(panicked), ("Panic".into(), "as asked".into()));
    assert_eq!(error(run(session, "let v: Vec<i32> = vec![];\nv[0]")).0, "Panic");
    let (name, text) = error(run(session, "println!(\"before\");\n\"x\".parse::<i32>()?;\nprintln!(\"after\");"));
    assert_eq!((name.as_str(), text.as_str()), ("Error", "invalid digit found in string"));
    assert_eq!(value(&run(session, "kept"), "text/plain"), "5");

    for (code, how) in [
        ("std::process::exit(3);", "exit status: 3"),
        ("std::process::abort();", "signal: 6"),
        (
            "fn deep(n: u64) -> u64 { if n == 0 { 0 } else { 1 + deep(std::hint::black_box(n - 1)) } }\ndeep(u64::MAX)",
            "signal: ",
        ),
    ] {
        let (name, text) = error(run(session, code));
        assert!(name == "ProcessEnded" && text.contains(how), "{name}: {text}");
    }
    // The first of them took the variable with it and said so; items stay.
    assert_eq!(value(&run(session, "item()"), "text/plain"), "3");
    assert_eq!(error(run(session, "kept")).0, "CompileError");
    run(session, "let again = 1;");
    let (_, text) = error(run(session, "std::process::abort();"));
    assert!(text.contains("variables lost: again"), "{text}");
    let (name, text) = error(run(session, "use saigen::polars::prelude::*;\nlet table = df!(\"a\" => [1])?;"));
    assert!(name == "TypeNeeded" && text.contains("let table: DataFrame"), "{name}: {text}");
    // A panic that the cell catches is none.
    assert_eq!(value(&run(session, "std::panic::catch_unwind(|| panic!(\"caught\")).is_err()"), "text/plain"), "true");
}
