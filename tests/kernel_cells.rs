//! What a cell can do: values, variables, items, failures, commands, and what is said of code that doesn't compile.

#![cfg(feature = "kernel")]

#[path = "kernel/mod.rs"]
#[allow(unused)]
mod kernel;

use std::time::{Duration, Instant};

use kernel::{LIMIT, can_run_cells, folder};
use saigen::display::Silent;
use saigen::notebook::{Evaluation, Session};

/// A session whose cells are counted from 1.
struct Cells {
    session: Session,
    count: usize,
}

/// What a generated cell has of its own; no user may see it.
const GENERATED: [&str; 10] = [
    "saigen_cell",
    "saigen_check",
    "saigen_wait",
    "saigen_done",
    "saigen_warm",
    "saigen_peeled",
    "saigen_variable",
    "::saigen::cell",
    "evcxr_display",
    "cell_",
];

impl Cells {
    fn start() -> Cells {
        Cells { session: kernel::session(), count: 0 }
    }

    fn run(&mut self, code: &str) -> Evaluation {
        self.count += 1;
        let evaluation = self.session.evaluate(code, self.count, LIMIT, &Silent).unwrap();
        let outputs = serde_json::to_string(&evaluation.outputs).unwrap();
        for generated in GENERATED {
            assert!(!outputs.contains(generated), "{code}: {generated} in {outputs}");
        }
        evaluation
    }

    /// Runs a cell that works; what it writes to standard error.
    fn works(&mut self, code: &str) -> String {
        let evaluation = self.run(code);
        assert_eq!(evaluation.error, None, "{code}: {:?}", evaluation.outputs);
        stream(&evaluation, "stderr")
    }

    /// Runs a cell that works without a word.
    fn quiet(&mut self, code: &str) {
        let evaluation = self.run(code);
        assert!(evaluation.error.is_none() && evaluation.outputs.is_empty(), "{code}: {:?}", evaluation.outputs);
    }

    /// The value of a cell as another form.
    fn shown(&mut self, code: &str, mime: &str) -> String {
        let evaluation = self.run(code);
        assert_eq!(evaluation.error, None, "{code}: {:?}", evaluation.outputs);
        let value = evaluation.outputs.iter().find_map(|output| output["data"][mime].as_str());
        value.unwrap_or_else(|| panic!("{code}: no {mime} in {:?}", evaluation.outputs)).to_owned()
    }

    /// The value of a cell as text.
    fn value(&mut self, code: &str) -> String {
        self.shown(code, "text/plain")
    }

    /// Name, message and traceback of a cell that fails.
    fn fails(&mut self, code: &str) -> (String, String, String) {
        let evaluation = self.run(code);
        let (name, text) = evaluation.error.unwrap_or_else(|| panic!("{code} works: {:?}", evaluation.outputs));
        let error = evaluation.outputs.iter().find(|output| output["output_type"] == "error").unwrap();
        let lines = error["traceback"].as_array().unwrap().iter().filter_map(|line| line.as_str());
        (name, text, without_colours(&lines.collect::<Vec<_>>().join("\n")))
    }

    /// The message of a cell that doesn't compile.
    fn refused(&mut self, code: &str) -> String {
        let (name, text, _) = self.fails(code);
        assert_eq!(name, "CompileError", "{code}: {text}");
        text
    }
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| told + part.split_once('m').map_or(part, |(_, rest)| rest))
}

fn stream(evaluation: &Evaluation, name: &str) -> String {
    let texts = evaluation.outputs.iter().filter(|output| output["name"] == name);
    texts.filter_map(|output| output["text"].as_str()).collect()
}

#[test]
fn values_are_shown_in_every_form_that_they_have() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    for (code, value) in [
        ("1 + 1", "2"),
        ("\"text\".to_string()", "\"text\""),
        ("(1, 'c', [0.5; 2])", "(1, 'c', [0.5, 0.5])"),
        ("if true { Some(1) } else { None }", "Some(1)"),
        ("let x = 3; &&x", "3"),
        ("let mut i = 0; loop { i += 1; if i == 4 { break i; } }", "4"),
        ("std::fs::read(\"no such file\").is_err()", "true"),
        ("vec![3, 1, 2].iter().map(|x| x + 1).collect::<Vec<i32>>()", "[4, 2, 3]"),
        ("String::from(\"a b\").split(' ').map(|word| word.len()).collect::<Vec<_>>().iter()", "Iter([1, 1])"),
        ("let text = String::from(\"ab\"); text.as_str()", "\"ab\""),
        ("struct Plain; Plain", "<Plain>"),
        ("|x: i32| x + 1", "<closure>"),
        ("saigen::ndarray::arr1(&[1.0, 2.0]).sum()", "3.0"),
        // A comment after the value, and a value after items.
        ("1 // one", "1"),
        ("f() /* called */\n// and\n", "7"),
    ] {
        if code.starts_with("f()") {
            cells.quiet("fn f() -> u8 { 7 }");
        }
        assert_eq!(cells.value(code), value, "{code}");
    }
    for nothing in
        ["for _ in 0..2 {}", "()", "", " \n", "// a comment", "/* two\nlines */", "struct S;", "1;", "let _ = 1;", ";"]
    {
        cells.quiet(nothing);
    }
    assert_eq!(stream(&cells.run("println!(\"é\");"), "stdout"), "é\n");
    cells.quiet("use saigen::polars::prelude::*;");
    let table = "let table = df!(\"a\" => [1, 2], \"b\" => [\"x\", \"y\"])?; table";
    assert!(cells.shown(table, "text/html").contains("<table"));
    assert!(cells.value("table").contains("shape: (2, 2)"));
    assert!(cells.shown("saigen::ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]])", "text/html").contains("<table"));
    // A type's own method of evcxr's convention is used.
    let own = "struct Own; impl Own { fn ".to_owned()
        + "evcxr_display(&self) { println!(\"EVCXR_BEGIN_CONTENT text/html\\n<b>\\nEVCXR_END_CONTENT\"); } }\nOwn";
    assert_eq!(cells.shown(&own, "text/html"), "<b>");
}

#[test]
fn output_is_whole_and_in_its_stream() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    let cell = cells.run("for i in 0..1000 { println!(\"{i}\"); eprintln!(\"e{i}\"); }\nprint!(\"end\");\n7");
    let lines: String = (0..1000).map(|i| format!("{i}\n")).collect();
    assert_eq!(stream(&cell, "stdout").trim_end(), lines.clone() + "end");
    assert_eq!(stream(&cell, "stderr"), (0..1000).map(|i| format!("e{i}\n")).collect::<String>());
    assert_eq!(stream(&cells.run("println!(\"a\\n\");\n1"), "stdout"), "a\n\n");
    assert_eq!(cells.value("\"x\".repeat(200_000)").len(), 200_002);
}

#[test]
fn variables_keep_their_types_and_values() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("let x = vec![1.0, 2.0]; let mut n = 3_usize; let name = \"static\";");
    cells.quiet("n += x.len();");
    assert_eq!(cells.value("(&x, n, name)"), "([1.0, 2.0], 5, \"static\")");
    // Patterns, shadowing in one cell and over cells, another type.
    cells.quiet(
        "let (a, mut b, [c, ..]) = (1u8, vec![1, 2], [3.0; 4]); b.push(3); let Some(d) = Some(4) else { return };",
    );
    assert_eq!(cells.value("(a, &b, c, d)"), "(1, [1, 2, 3], 3.0, 4)");
    cells.quiet("let a = a as f64 + 0.5; let a = a.to_string();");
    assert_eq!(cells.value("a"), "\"1.5\"");
    cells.quiet("let late; late = 3u64;");
    assert_eq!(cells.value("late"), "3");
    cells.quiet("let open = 5 // without a semicolon");
    assert_eq!(cells.value("open"), "5");
    let refused = cells.refused("x.push(1.0);");
    assert!(refused.contains("cannot borrow `x` as mutable"), "{refused}");
    // What is filled again is kept.
    cells.quiet("let mut state = String::new(); fn step(state: String) -> String { state + \"s\" }");
    cells.quiet("for _ in 0..3 { state = step(state); }");
    assert_eq!(cells.value("state"), "\"sss\"");
    // Names of Rust's own and of other alphabets.
    cells.quiet("let r#type = 5; let été = 6; let _unused = 7;");
    assert_eq!(cells.value("r#type + été + _unused"), "18");
    let many: String = (0..1000).map(|i| format!("let v{i} = {i};\n")).collect();
    cells.quiet(&many);
    assert_eq!(cells.value("v0 + v999"), "999");
    assert_eq!(cells.value("let crlf = \"a\";\r\nlet more = 1;\r\ncrlf"), "\"a\"");
    assert_eq!(cells.value(&("(".repeat(60) + "1" + &")".repeat(60))), "1");
}

#[test]
fn variables_of_every_static_type_are_kept() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("use std::{rc::Rc, cell::RefCell, collections::HashMap, sync::{Arc, Mutex, mpsc}, fmt::{self, Debug, Display}};");
    for (define, ask, value) in [
        ("let shared = Rc::new(RefCell::new(vec![1]));", "shared.borrow_mut().push(2); shared.borrow().len()", "2"),
        (
            "let map: HashMap<&str, Vec<String>> = HashMap::from([(\"k\", vec![\"v\".to_string()])]);",
            "&map[\"k\"]",
            "[\"v\"]",
        ),
        ("let it = vec![1, 2, 3].into_iter();", "let mut it = it; it.next(); it.len()", "2"),
        (
            "let slice: &'static [i32] = &[1, 2]; let boxed: Box<[f32]> = vec![1.0].into();",
            "(slice, &boxed)",
            "([1, 2], [1.0])",
        ),
        (
            "let object: Box<dyn Debug> = Box::new(3); let shown: Rc<dyn Display> = Rc::new(4);",
            "format!(\"{object:?} {shown}\")",
            "\"3 4\"",
        ),
        (
            "let f: Box<dyn Fn(f64) -> f64> = Box::new(|x| x * 2.0); let p: fn(i32) -> i32 = |x| x + 1;",
            "(f(2.0), p(1))",
            "(4.0, 2)",
        ),
        ("let grid: [[Option<String>; 2]; 1] = [[None, Some(\"x\".into())]];", "grid[0][1].as_deref()", "Some(\"x\")"),
        ("let unit = (); let zero: [u8; 0] = [];", "(unit, zero)", "((), [])"),
        ("let lock = Arc::new(Mutex::new(1)); let guard = lock.lock().unwrap();", "*lock.lock().unwrap()", "1"),
        ("let (sender, receiver) = mpsc::channel::<i32>(); sender.send(8)?;", "receiver.recv()?", "8"),
        ("let failed: Result<u8, std::num::ParseIntError> = \"300\".parse();", "failed.is_err()", "true"),
        ("struct Held<'a> { text: &'a str } let held = Held { text: \"t\" };", "held.text", "\"t\""),
        ("union Bits { i: u32, f: f32 } let bits = Bits { f: 1.0 };", "unsafe { bits.i }", "1065353216"),
        ("let words = \"a b c\".split(' ');", "words.collect::<Vec<_>>()", "[\"a\", \"b\", \"c\"]"),
    ] {
        cells.works(define);
        assert_eq!(cells.value(ask), value, "{define}");
    }
    // Values are dropped when another takes their place, or when the cell that borrows ends.
    cells.quiet("struct Loud(u8); impl Drop for Loud { fn drop(&mut self) { println!(\"drop {}\", self.0); } }\nlet loud = Loud(1);");
    assert_eq!(stream(&cells.run("let loud = Loud(2);"), "stdout"), "drop 1\n");
    assert_eq!(stream(&cells.run("drop(loud);"), "stdout"), "drop 2\n");
}

#[test]
fn what_cant_be_kept_is_told_and_the_next_cell_works() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("let x = vec![1, 2];\nlet y = x;");
    let refused = cells.refused("x");
    assert!(refused.contains("`x` was moved in cell 1") && refused.contains("(cell 2, line 1, column 1)"), "{refused}");
    cells.quiet("let z = y;");
    assert!(cells.refused("y").contains("`y` was moved in cell 3"));
    for (code, name, why) in [
        ("let c = |a: i32| a + 1;", "c", "closure"),
        ("let r = &z[0];", "r", "borrows"),
        ("let future = async { 1 };", "future", "future"),
        ("fn named() {} let function = named;", "function", "function"),
    ] {
        let note = cells.works(code);
        assert!(note.contains(&format!("`{name}`")) && note.contains(why), "{code}: {note}");
        let refused = cells.refused(name);
        assert!(refused.contains("kept after cell"), "{code}: {refused}");
    }
    // The lender stays when only the borrower can't.
    assert!(cells.works("let mut lender = 1; let borrower = &mut lender; *borrower += 1;").contains("`borrower`"));
    assert_eq!(cells.value("(lender, &z)"), "(2, [1, 2])");
    // A cell that doesn't compile changes nothing.
    cells.refused("let z = 5; let moved = z.nothing();");
    assert_eq!(cells.value("z"), "[1, 2]");
}

#[test]
fn items_are_kept_and_redefined() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("struct P { x: f64 }\nimpl P { fn twice(&self) -> f64 { self.x * 2.0 } fn one() -> u8 { 1 } }\nlet p = P { x: 1.5 };");
    cells.quiet("use std::fmt; impl fmt::Debug for P { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, \"P({})\", self.x) } }");
    assert_eq!(cells.value("p"), "P(1.5)");
    // An `impl` adds and replaces.
    cells.quiet("impl P { fn twice(&self) -> f64 { -2.0 * self.x } }");
    assert_eq!(cells.value("(p.twice(), P::one())"), "(-3.0, 1)");
    // Running a cell again redefines nothing; another definition takes its values away.
    cells.quiet("struct P { x: f64 }");
    assert_eq!(cells.value("p"), "P(1.5)");
    assert!(
        cells.works("struct P { x: f64, y: f64 }").contains("`p` was lost when its type was defined anew in cell 8")
    );
    assert!(cells.refused("p").contains("defined anew"));
    cells.quiet("const N: usize = 2; struct Array([u8; N]); let array = Array([0; N]);");
    assert!(cells.works("const N: usize = 3;").contains("`array`"));
    // Generics, traits with associated types, operators, iterators, constants, aliases.
    cells.quiet("trait Container { type Item; fn get(&self, i: usize) -> Option<&Self::Item>; fn first(&self) -> Option<&Self::Item> { self.get(0) } }\nstruct Stack<T> { items: Vec<T> }");
    cells.quiet("impl<T> Container for Stack<T> { type Item = T; fn get(&self, i: usize) -> Option<&T> { self.items.get(i) } }\nlet stack = Stack { items: vec![5, 6] };");
    assert_eq!(cells.value("stack.first()"), "Some(5)");
    cells.quiet("use std::ops::{Add, Mul};\n#[derive(Debug, Clone, Copy, PartialEq)] struct V(f64, f64);\nimpl Add for V { type Output = V; fn add(self, o: V) -> V { V(self.0 + o.0, self.1 + o.1) } }\nimpl Mul<f64> for V { type Output = V; fn mul(self, k: f64) -> V { V(self.0 * k, self.1 * k) } }");
    assert_eq!(cells.value("V(1.0, 2.0) + V(1.0, 1.0) * 2.0"), "V(3.0, 4.0)");
    cells.quiet("fn evens(n: u32) -> impl Iterator<Item = u32> { (0..n).filter(|x| x % 2 == 0) }\nconst fn square(x: usize) -> usize { x * x } const K: usize = square(3); type Row = [u8; K];");
    assert_eq!(cells.value("let row: Row = [0; K]; (evens(5).collect::<Vec<_>>(), row.len())"), "([0, 2, 4], 9)");
    // Modules, enums whose variants are imported, paths to the crate, what shadows the prelude.
    cells.quiet("mod geo { pub mod deep { #[derive(Debug, Clone)] pub struct W(pub f64); pub fn up() -> i32 { super::f() + crate::top() } } pub fn f() -> i32 { 1 } }\nfn top() -> i32 { 2 }\nuse self::geo::deep::{self, W};\nlet w = W(1.0);");
    assert_eq!(cells.value("(w.clone(), deep::up(), crate::geo::f())"), "(W(1.0), 3, 1)");
    cells.quiet("enum Shape { Circle(f64), Square { side: f64 } } use Shape::*;\nfn area(s: &Shape) -> f64 { match s { Circle(r) => 3.0 * r * r, Square { side } => side * side } }");
    cells.quiet("let shapes = vec![Circle(1.0), Square { side: 2.0 }];");
    assert_eq!(cells.value("shapes.iter().map(area).sum::<f64>()"), "7.0");
    cells.quiet("struct Option { set: bool } let option = Option { set: true };");
    assert_eq!(cells.value("option.set"), "true");
    cells.quiet("struct r#Raw { r#fn: i32 } let raw = r#Raw { r#fn: 3 };");
    assert_eq!(cells.value("raw.r#fn"), "3");
    assert_eq!(
        cells.value(
            "/// Documented.\npub(crate) struct Doc; impl Doc { #[inline] pub fn m(&self) -> u8 { 1 } }\nDoc.m()"
        ),
        "1"
    );
}

#[test]
fn macros_are_kept_also_those_that_define_items() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("macro_rules! square { ($x:expr) => { $x * $x }; }");
    cells.quiet("fn four() -> i32 { square!(2) }");
    assert_eq!(cells.value("four() + square!(3)"), "13");
    cells.quiet("macro_rules! outer { ($($x:expr),*) => { inner!($($x),*) } }\nmacro_rules! inner { ($($x:expr),*) => { 0 $(+ $x)* } }");
    assert_eq!(cells.value("outer!(1, 2)"), "3");
    cells.quiet("macro_rules! make { ($n:ident, $t:ty) => { #[derive(Debug)] struct $n { v: $t } impl $n { fn new(v: $t) -> Self { $n { v } } } } }\nmake!(Foo, f64);\nlet foo = Foo::new(1.0); let number = 2.5f64;");
    cells.quiet("make! { Bar, u8 }");
    cells.quiet("let bar = Bar::new(2);");
    assert_eq!(cells.value("(&foo, &bar)"), "(Foo { v: 1.0 }, Bar { v: 2 })");
    cells.quiet("make! { Bar, u8 }");
    assert_eq!(cells.value("bar"), "Bar { v: 2 }");
    // A type of a macro that is defined anew takes its values with it, and only those.
    assert!(cells.works("struct Bar(u8);").contains("`bar` was lost"));
    assert_eq!(cells.value("(foo, number, Bar(3).0)"), "(Foo { v: 1.0 }, 2.5, 3)");
    cells.quiet("trait Legs { fn legs(&self) -> u8; } macro_rules! legs { ($($t:ty: $n:literal),*) => { $(impl Legs for $t { fn legs(&self) -> u8 { $n } })* } }\nlegs!(Bar: 4, f64: 2);");
    assert_eq!(cells.value("Bar(1).legs() + number.legs()"), "6");
}

/// From its second cell on a session's cells are compiled by a compiler that was started before them, which gets them
/// through a file that it includes.
#[test]
fn a_compiler_that_waits_takes_cells_as_any_other() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    assert_eq!(cells.value("1 + 1"), "2");
    // In an included file a macro of one's own makes the standard one's name ambiguous.
    assert_eq!(cells.value("macro_rules! vec { () => { 7 } }\nvec!()"), "7");
    assert_eq!(cells.value("#[macro_export] macro_rules! eight { () => { 8 } }\ncrate::eight!() + vec!()"), "15");
    assert!(cells.value("file!().trim_start_matches(\"cell_\")").contains("4.rs"));
    // Functions that make a struct have the struct's name.
    cells.quiet("#[derive(Clone, Debug)] struct Point(f64);\nlet point = Point(1.5);");
    assert!(cells.works("let make = Point;").contains("`make` has the type of one function"));
    assert_eq!(cells.value("point"), "Point(1.5)");
    // Larger than the pipe.
    let long = format!("let long = \"{}\";\nlong.len()", "x".repeat(300_000));
    assert_eq!(cells.value(&long), "300000");
}

#[test]
fn statics_keep_their_values() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("use std::sync::atomic::{AtomicU32, Ordering};\nstatic C: AtomicU32 = AtomicU32::new(5);\nC.fetch_add(1, Ordering::SeqCst);");
    cells.quiet("fn bump() -> u32 { C.fetch_add(1, Ordering::SeqCst) }\nbump(); bump();");
    assert_eq!(cells.value("C.load(Ordering::SeqCst)"), "8");
    cells.quiet("static NAMES: &[&str] = &[\"a\", \"b\"]; static mut COUNT: u32 = 0;");
    assert_eq!(cells.value("unsafe { COUNT += 2; }\nNAMES[1]"), "\"b\"");
    assert_eq!(cells.value("unsafe { COUNT += 2; let count = COUNT; count }"), "4");
    assert_eq!(
        cells.value(
            "thread_local! { static T: std::cell::Cell<u8> = const { std::cell::Cell::new(3) }; }\nT.with(|t| t.get())"
        ),
        "3"
    );
}

#[test]
fn question_marks_and_returns_end_a_cell() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("let kept = 1; let mut done = 0;");
    for (code, text) in [
        ("done += 1; \"x\".parse::<i32>()?; done += 100;", "invalid digit found in string"),
        ("Err::<(), _>(\"a string slice\")?;", "a string slice"),
        ("Err::<(), _>(String::from(\"a string\"))?;", "a string"),
        ("fn boxed() -> Result<u8, Box<dyn std::error::Error>> { Err(\"boxed\".into()) }\nboxed()?", "boxed"),
        ("use saigen::polars::prelude::*;\ndf!(\"a\" => [1])?.column(\"missing\")?;", "missing"),
    ] {
        let (name, message, _) = cells.fails(code);
        assert!(name == "Error" && message.contains(text), "{code}: {name}: {message}");
    }
    assert_eq!(
        stream(&cells.run("if kept == 1 { println!(\"here\"); return; } println!(\"there\");"), "stdout"),
        "here\n"
    );
    assert_eq!(cells.value("(kept, done)"), "(1, 1)");
    cells.quiet("'outer: loop { loop { break 'outer; } }");
}

#[test]
fn futures_and_threads_run() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("async fn add(a: i32, b: i32) -> i32 { tokio::time::sleep(std::time::Duration::from_millis(5)).await; a + b }\nlet total = add(1, 2).await;");
    assert_eq!(cells.value("tokio::spawn(async { 42 }).await? + total"), "45");
    let begin = Instant::now();
    cells.quiet(
        "let handle = std::thread::spawn(|| { std::thread::sleep(std::time::Duration::from_millis(1500)); 7 });",
    );
    cells.value("1 + 1");
    assert_eq!(cells.value("handle.join().unwrap()"), "7");
    assert!(begin.elapsed() >= Duration::from_millis(1500));
    let (name, _, traceback) = cells.fails("std::thread::spawn(|| panic!(\"inside\")).join().unwrap();");
    assert!(name == "Panic" && traceback.contains("inside"), "{traceback}");
}

#[test]
fn a_panic_is_placed_and_keeps_what_was_not_moved() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("let kept = 5; let moved = vec![1];\nfn at(v: &[i32]) -> i32 {\n    let é = 0;\n    v[é + 9]\n}");
    let (name, text, traceback) = cells.fails("let new = 1;\nif kept == 5 {\n    panic!(\"as {}\", \"asked\");\n}");
    assert_eq!((name.as_str(), text.as_str()), ("Panic", "as asked"));
    assert!(traceback.contains("at cell 2, line 3, column 5"), "{traceback}");
    let (_, _, traceback) = cells.fails("at(&[kept])");
    assert!(traceback.contains("at cell 1, line 4, column 5"), "{traceback}");
    cells.fails("drop(moved); panic!();");
    assert_eq!(cells.value("kept"), "5");
    assert!(cells.refused("moved").contains("`moved` was moved in cell 4"));
    assert!(cells.refused("new").contains("`new` was not reached in cell 2"));
    assert_eq!(cells.value("std::panic::catch_unwind(|| panic!(\"caught\")).is_err()"), "true");
}

#[test]
fn a_process_that_ends_comes_back_with_all_items() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("fn item() -> u8 { 3 }\nuse std::sync::atomic::{AtomicU32, Ordering};\nstatic S: AtomicU32 = AtomicU32::new(4);");
    for (code, how) in [
        ("std::process::exit(3);", "exit"),
        ("std::process::abort();", "abort"),
        (
            "fn deep(n: u64) -> u64 { if n == 0 { 0 } else { 1 + deep(std::hint::black_box(n - 1)) } }\ndeep(u64::MAX)",
            "stack",
        ),
        ("unsafe { std::ptr::write_volatile(std::hint::black_box(8usize) as *mut u8, 1) }", ""),
    ] {
        cells.quiet("let lost = 1; S.store(9, Ordering::SeqCst);");
        let (name, text, _) = cells.fails(code);
        assert!(name == "ProcessEnded" && text.contains(how), "{name}: {text}");
        assert!(text.contains("variables lost: lost;"), "{text}");
        let begin = Instant::now();
        assert_eq!(cells.value("(item(), S.load(Ordering::SeqCst))"), "(3, 4)");
        // Under a second on an idle machine; tests share theirs.
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        assert!(cells.refused("lost").contains("was lost when the process ended"));
    }
}

#[test]
fn compile_errors_stand_at_their_place() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    cells.quiet("fn two(a: i32) -> i32 { a }\nmacro_rules! broken { () => { unknown_name } }");
    for (code, text, line, column) in [
        ("let x: i32 = \"a\";", "mismatched types", 1, 14),
        ("let y = 1;\nlet é = \"日本\"; y + undefined", "cannot find value `undefined`", 2, 19),
        ("let a = 1;\r\nlet b: u8 = \"x\";", "mismatched types", 2, 13),
        ("use std::collections::HashMapp;", "unresolved import", 1, 5),
        ("use std::{fmt, collections::{HashMap, Missing}};", "unresolved import", 1, 39),
        ("let é = 1; println!(\"{é} {nope}\");", "cannot find value `nope`", 1, 27),
        ("println!(\"{} {}\", 1);", "2 positional arguments", 1, 11),
        ("macro_rules! bad { ($x:expr) => { let y: i32 = $x; }; }\nbad!(\"s\");", "mismatched types", 2, 6),
        ("fn later() -> i32 {\n    missing()\n}", "cannot find function `missing`", 2, 5),
        ("\"abc\".nomethod()", "no method named `nomethod`", 1, 7),
        ("let v = vec![];", "type annotations needed", 1, 5),
        ("%%time\nlet x: u8 = 'c';", "mismatched types", 2, 13),
        ("#[derive(Nope)] struct B;", "cannot find derive macro `Nope`", 1, 10),
        ("compile_error!(\"mine\");", "mine", 1, 1),
    ] {
        let refused = cells.refused(code);
        let place = format!("(cell {}, line {line}, column {column})", cells.count);
        assert!(refused.contains(text) && refused.contains(&place), "{code}: {refused}");
    }
    let (_, text, traceback) = cells.fails("two()");
    assert!(text.contains(&format!("(cell {}, line 1, column 1)", cells.count)), "{text}");
    assert!(traceback.contains("cell 1:1:4") && traceback.contains("fn two(a: i32)"), "{traceback}");
    let (_, text, traceback) = cells.fails("broken!()");
    assert!(text.contains("(cell 1, line 2, column 31)"), "{text}");
    assert!(traceback.contains("in this macro call"), "{traceback}");
    let (_, _, traceback) = cells.fails("let c = |x: i32| x; let z: i32 = c;");
    assert!(traceback.contains(&format!("closure@cell {}:1:9", cells.count)), "{traceback}");
    let warning = without_colours(&cells.works("let a = 1;\nstd::fs::read(\"x\");"));
    assert!(warning.contains("unused `Result`") && warning.contains(&format!("cell {}:2:1", cells.count)), "{warning}");
    // A suggestion is for the user's text.
    let (_, _, traceback) = cells.fails("use std::collections::HashMapp;");
    assert!(traceback.contains("+ use std::collections::HashMap;"), "{traceback}");
    assert!(cells.value(":explain").contains("use"));
}

#[test]
fn syntax_errors_show_the_users_text_alone() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    for (code, text, line, column) in [
        ("fn f() {", "unclosed delimiter", 1, 9),
        ("let x = 3; }", "unexpected closing delimiter", 1, 12),
        ("}", "unexpected closing delimiter", 1, 1),
        (")", "unexpected closing delimiter", 1, 1),
        ("let x = (1, 2;", "unclosed delimiter", 1, 15),
        ("let x = 1;\nlet s = \"abc;", "unterminated double quote string", 2, 9),
        ("r#\"raw", "unterminated raw string", 1, 1),
        ("/* open", "unterminated block comment", 1, 1),
        ("1 +", "expected expression, found the end of the cell", 1, 4),
        ("let x =\n", "expected expression, found the end of the cell", 1, 8),
        ("let = 5;", "expected pattern", 1, 5),
        ("'ab'", "character literal", 1, 1),
        ("struct S { a: }", "expected type", 1, 15),
        ("foo bar baz", "expected one of", 1, 5),
        ("let a = 5\nlet b = 6;", "expected `;`", 1, 10),
        ("let é = 1; x = = 3", "expected expression", 1, 16),
    ] {
        let (name, message, traceback) = cells.fails(code);
        let place = format!("(cell {}, line {line}, column {column})", cells.count);
        assert!(name == "CompileError" && message.contains(text) && message.contains(&place), "{code}: {message}");
        assert!(traceback.contains(code.lines().nth(line - 1).unwrap()), "{code}: {traceback}");
    }
    for code in [
        "{{{{{{{{",
        "fn g( { }",
        "match 3 { 1 => }",
        "#!/bin/rust\n1",
        "if true { 1 } els { 2 }",
        "yield 3",
        "break;",
        "0x",
    ] {
        cells.refused(code);
    }
}

#[test]
fn commands_answer() {
    if !can_run_cells() {
        return;
    }
    let cells = &mut Cells::start();
    assert_eq!(cells.value(":vars"), "no variables");
    cells.quiet(":dep saigen = { path = \"../..\" }\nuse saigen::prelude::*;");
    cells.quiet("let y = vec![1.0]; let name = String::from(\"n\");");
    assert_eq!(cells.value(":vars"), "name: String\ny: Vec<f64>");
    assert!(cells.shown(":vars", "text/html").contains("<td>Vec&lt;f64&gt;</td>"));
    assert_eq!(cells.value(":type y.iter().map(|v| *v > 2.0).collect::<Vec<_>>()"), "Vec<bool>");
    assert!(cells.refused(":type unknown").contains("cannot find value `unknown`"));
    assert!(cells.value(":help").contains(":dep"));
    assert!(cells.value(":version").contains("rustc"));
    assert_eq!(cells.value("%%opt 2\ny.len()"), "1");
    cells.quiet(":opt 1");
    assert!(stream(&cells.run("%%time\nlet z = 1;"), "stdout").contains("compiled in"));
    assert_eq!(stream(&cells.run("%%bash\necho \"$((1 + 2))\"; echo e >&2"), "stdout"), "3\n");
    assert_eq!(cells.fails("%%bash\nexit 3").0, "ShellError");
    for (wrong, text) in
        [(":nonsense", "unknown command `:nonsense`"), (":dep", "needs a crate"), ("%%opt 9", "not `9`")]
    {
        let (name, message, _) = cells.fails(wrong);
        assert!(name == "CommandError" && message.contains(text), "{message}");
    }
    cells.quiet("fn f() {}");
    cells.quiet(":clear");
    assert_eq!(cells.value(":vars"), "no variables");
    assert!(cells.refused("f()").contains("cannot find function `f`"));
}

#[test]
fn files_and_crates_are_found_from_the_notebooks_folder() {
    if !can_run_cells() {
        return;
    }
    let place = folder("cells-folder");
    let mut cells = Cells { session: Session::start(kernel::kernel(), &place, LIMIT, &Silent).unwrap(), count: 0 };
    cells.works("%%writefile own/src/lib.rs\n#[derive(Debug, Clone)] pub struct Own(pub u8);\n#[macro_export] macro_rules! own { ($x:expr) => { $crate::Own($x) }; }\n");
    cells.works("%%writefile own/Cargo.toml\n[package]\nname = \"own\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    assert!(place.join("own/src/lib.rs").is_file());
    cells.works(":dep own = { path = \"own\" }\nuse own::Own;\nlet own = Own(1);");
    assert_eq!(cells.value("(own.clone(), own::own!(2))"), "(Own(1), Own(2))");
    assert!(cells.value("std::fs::read_to_string(\"own/Cargo.toml\")?").contains("own"));
    drop(cells);
    std::fs::remove_dir_all(place).unwrap();
}
