use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Long enough for sources that are still being read on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn has_sources() -> bool {
    let settings = Settings::default();
    let found = crates::toolchain(&settings).and_then(|toolchain| crates::standard(&toolchain));
    if let Err(error) = &found {
        eprintln!("skipped: {error}");
    }
    found.is_ok()
}

/// One analyst for all tests, with everything computed; each question brings its own context.
fn analyst() -> &'static RustAnalyzer {
    static ANALYST: OnceLock<RustAnalyzer> = OnceLock::new();
    ANALYST.get_or_init(|| {
        let analyst = RustAnalyzer::start_owned(Settings { cache: None, ..Settings::default() });
        wait_for(&analyst, "saigen::prel", "prelude");
        analyst
    })
}

fn asked(analyst: &RustAnalyzer, context: &Context, code: &str, cursor: usize) -> Option<Completion> {
    let file = CellFile::new(context, code);
    analyst.ask(PATIENCE, |answer| Ask::Completion { file, cursor, answer })
}

/// Asks until a candidate is found, and returns how long that took.
fn wait_for(analyst: &RustAnalyzer, code: &str, candidate: &str) -> Duration {
    let begun = Instant::now();
    loop {
        let found = asked(analyst, &Context::default(), code, code.len()).unwrap_or_default();
        if found.candidates.iter().any(|(name, _)| name == candidate) {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < PATIENCE, "{code}: {found:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Splits code at `|`, where the cursor is.
fn at_cursor(marked: &str) -> (String, usize) {
    let cursor = marked.find('|').expect("a cursor");
    (marked.replacen('|', "", 1), cursor)
}

fn completed(context: &Context, marked: &str) -> Completion {
    let (code, cursor) = at_cursor(marked);
    asked(analyst(), context, &code, cursor).expect("an answer")
}

fn names(context: &Context, marked: &str) -> Vec<String> {
    completed(context, marked).candidates.into_iter().map(|(name, _)| name).collect()
}

fn inspected(context: &Context, marked: &str) -> Option<Bundle> {
    let (code, cursor) = at_cursor(marked);
    let file = CellFile::new(context, &code);
    analyst().ask(PATIENCE, |answer| Ask::Inspection { file, cursor, answer }).expect("an answer")
}

fn session() -> Context {
    Context {
        items:
            "use std::collections::HashMap;\nuse saigen::prelude::*;\n/// Doubles a number.\npub fn doubled(x: f64) \
                -> f64 { 2.0 * x }\n#[derive(Clone, Debug)]\nstruct Reaction { rate: f64, order: u8 }\nimpl Reaction { \
                fn speed(&self) -> f64 { self.rate } }"
                .into(),
        variables: [
            ("counts".to_owned(), "HashMap<String, usize>".to_owned()),
            ("reaction".to_owned(), "Reaction".to_owned()),
            ("matrix".to_owned(), "ndarray::Array2<f64>".to_owned()),
            ("table".to_owned(), "polars::prelude::DataFrame".to_owned()),
        ]
        .into(),
    }
}

#[track_caller]
fn assert_has(names: &[String], expected: &[&str]) {
    for name in expected {
        assert!(names.iter().any(|it| it == name), "{name} is not in {names:?}");
    }
}

#[test]
fn methods_of_vec_are_plain_names() {
    if !has_sources() {
        return;
    }
    let completion = completed(&Context::default(), "vec![1].pus|");
    assert_eq!((completion.start, completion.end), (8, 11));
    assert_eq!(completion.candidates[0], ("push".to_owned(), "method".to_owned()));
    assert!(completion.candidates.iter().all(|(name, _)| name.starts_with("pus")), "{completion:?}");
    // The word is replaced whole when the cursor is inside it.
    let inside = completed(&Context::default(), "vec![1].pu|sh(2)");
    assert_eq!((inside.start, inside.end), (8, 12));
    assert_has(&names(&Context::default(), "let v = vec![1u8]; v.iter().|"), &["map", "filter", "sum"]);
}

#[test]
fn variables_and_items_of_the_session_are_known() {
    if !has_sources() {
        return;
    }
    assert_has(&names(&session(), "counts.ins|"), &["insert"]);
    assert_has(&names(&session(), "reaction.|"), &["rate", "order", "speed", "clone"]);
    assert_has(&names(&session(), "let a = dou|"), &["doubled"]);
    assert_has(&names(&session(), "let a = cou|"), &["counts"]);
    assert_eq!(names(&session(), "|")[0], "counts");
    assert_eq!(names(&session(), "let x = |")[0], "counts");
    assert_has(
        &names(&session(), "impl Iterator for Reaction { fn ne|"),
        &["fn next(&mut self) -> Option<Self::Item>"],
    );
    assert_has(&names(&session(), "let local_name = 1;\nlet b = local_|"), &["local_name"]);
    assert_has(&names(&session(), "fn f() {}\nwhi|"), &["while"]);
    assert_has(&names(&session(), "Reaction { ra|"), &["rate"]);
    assert_has(&names(&session(), "use std::coll|"), &["collections"]);
    assert_has(&names(&session(), "printl|"), &["println!"]);
}

#[test]
fn crates_of_the_library_are_known() {
    if !has_sources() {
        return;
    }
    assert_has(&names(&session(), "saigen::prelude::|"), &["Case", "Claim", "Workbench"]);
    assert_has(&names(&session(), "saigen::|"), &["methods", "ndarray", "polars", "prelude"]);
    assert_has(&names(&session(), "ndarr|"), &["ndarray"]);
    assert_has(&names(&session(), "matrix.|"), &["dot", "nrows", "sum", "t"]);
    assert_has(&names(&session(), "let a = ndarray::array![[1.0, 2.0]]; a.|"), &["dot", "nrows"]);
    assert_has(&names(&session(), "table.|"), &["column", "head", "height", "select"]);
    assert_has(&names(&session(), "plotters::prelude::Chart|"), &["ChartBuilder"]);
    assert_has(&names(&session(), "candle_core::Tensor::ze|"), &["zeros"]);
    assert_has(&names(&session(), "statrs::distribution::Norm|"), &["Normal"]);
}

#[test]
fn questions_awaits_and_commands_do_no_harm() {
    if !has_sources() {
        return;
    }
    let code = ":dep serde = \"1\"\n%%time\nlet text = std::fs::read_to_string(\"a\")?;\nasync fn later() -> String \
                { String::new() }\nlet other = later().await;\nother.push_|";
    assert_has(&names(&Context::default(), code), &["push_str"]);
    let code = "let text = std::fs::read_to_string(\"a\")?;\ntext.push_|";
    assert_has(&names(&Context::default(), code), &["push_str"]);
}

#[test]
fn nothing_generated_is_offered() {
    if !has_sources() {
        return;
    }
    for code in ["|", "_|", "__sai|", "crate::|", "self::|"] {
        let found = names(&session(), code);
        assert!(found.iter().all(|name| !name.contains("__saigen")), "{code}: {found:?}");
        assert!(found.len() <= 200);
    }
}

#[test]
fn inspection_shows_signature_and_documentation() {
    if !has_sources() {
        return;
    }
    let context = session();
    for code in ["Vec::<u8>::pu|sh(&mut v, 1)", "vec![1].push|(2)", "vec![1].|push(2)"] {
        let found = inspected(&context, code).expect(code);
        let [plain, markdown] = ["text/plain", "text/markdown"].map(|kind| found[kind].as_str().expect("text"));
        assert!(plain.contains("fn push(&mut self, value: T)"), "{plain}");
        assert!(plain.contains("Appends an element"), "{plain}");
        assert!(markdown.contains("```rust"), "{markdown}");
        assert!(markdown.contains("\n**Examples**\n") && !markdown.contains("\n# Examples"), "{markdown}");
    }
    let shown = |code: &str| inspected(&context, code).expect(code)["text/plain"].to_string();
    assert!(shown("cou|nts.len()").contains("HashMap<String, usize>"), "{}", shown("cou|nts.len()"));
    assert!(shown("matrix|").contains("f64"), "{}", shown("matrix|"));
    assert!(shown("doubled|(1.0)").contains("Doubles a number."));
    assert!(shown("Str|ing").contains("UTF-8"));
    assert_eq!(inspected(&context, "1 + 2;  |  "), None);
    assert_eq!(inspected(&context, "// String|"), None);
    assert_eq!(inspected(&context, "no_such_name|"), None);
}

#[test]
fn words_answer_before_the_sources_are_read() {
    let missing = Settings { rustc: "no-such-compiler".into(), cache: None, ..Settings::default() };
    let begun = Instant::now();
    let analyst = RustAnalyzer::start(missing);
    assert!(begun.elapsed() < Duration::from_millis(500));
    analyst.update(Box::new(session));
    let completion = analyst.complete("cou", 3);
    assert!(completion.candidates.iter().any(|(name, _)| name == "counts"), "{completion:?}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(analyst.complete(":va", 3).candidates, [(":vars".to_owned(), "keyword".to_owned())]);
    assert_eq!(analyst.complete("%%bash\nvec![1].pu", 18).candidates, []);
    let words = RustAnalyzer { context: Mutex::new(LazyCell::new(Box::new(session))), events: channel().0 };
    assert!(words.complete("cou", 3).candidates.iter().any(|(name, _)| name == "counts"));
    let shown = words.inspect("counts.len()", 2).expect("a variable");
    assert_eq!(shown["text/plain"], "let counts: HashMap<String, usize>");
    assert_eq!(words.inspect("nothing", 2), None);
}

#[test]
fn a_context_is_made_once_and_only_when_something_is_asked() {
    let nothing: Later = Box::new(Context::default);
    let analyst = RustAnalyzer { context: Mutex::new(LazyCell::new(nothing)), events: channel().0 };
    let made = Arc::new(AtomicUsize::new(0));
    for _ in 0..3 {
        let made = Arc::clone(&made);
        analyst.update(Box::new(move || {
            made.fetch_add(1, Ordering::Relaxed);
            session()
        }));
    }
    assert_eq!(made.load(Ordering::Relaxed), 0, "a cell costs nothing");
    for _ in 0..2 {
        assert!(analyst.complete("cou", 3).candidates.iter().any(|(name, _)| name == "counts"));
    }
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[test]
fn answers_come_in_time_from_the_start_and_fast_afterwards() {
    if !has_sources() {
        return;
    }
    let begun = Instant::now();
    let analyst = RustAnalyzer::start_owned(small());
    let first = analyst.complete("printl", 6);
    println!("first answer after {:?}", begun.elapsed());
    assert_eq!(first.candidates, [("println!".to_owned(), "function".to_owned())]);
    assert!(begun.elapsed() < 3 * COMPLETION_TIME);
    println!("from rust-analyzer after {:?}", wait_for(&analyst, "vec![1].pus", "push"));
    let mut times: Vec<Duration> = (0..15)
        .map(|round| {
            analyst.update(Box::new(move || Context { items: format!("fn f{round}() {{}}"), ..session() }));
            let asked = Instant::now();
            let found = analyst.complete("let v = vec![1.5f64];\nv.pus", 27);
            assert_eq!(found.candidates[0].0, "push");
            asked.elapsed()
        })
        .collect();
    times.sort();
    println!("later answers: {times:?}");
    assert!(times[times.len() / 2] < Duration::from_millis(1000), "{times:?}");
}

/// An analyst that reads the standard library only.
fn small() -> Settings {
    Settings { packages: Vec::new(), cache: None, ..Settings::default() }
}

#[test]
fn a_new_question_stops_one_that_still_runs() {
    if !has_sources() {
        return;
    }
    let (mut database, problem) = Database::load(&small());
    assert!(problem.is_none(), "{problem:?}");
    let file = CellFile::new(&session(), "counts.");
    database.set(&[Scope::Standard], &file);
    let (snapshot, old) = (database.snapshot(), file.clone());
    // Nothing has been computed yet, so that this takes a second or more.
    let first =
        thread::Builder::new().stack_size(STACK).spawn(move || snapshot.complete(Scope::Standard, &old, 7).is_ok());
    thread::sleep(Duration::from_millis(100));
    let asked = Instant::now();
    database.set(&[Scope::Standard], &CellFile::new(&session(), "counts.in"));
    println!("stopped after {:?}", asked.elapsed());
    assert!(!first.expect("a thread").join().expect("no panic"), "it was stopped");
}

#[test]
fn a_panic_is_survived() {
    if !has_sources() {
        return;
    }
    let analyst = RustAnalyzer::start_owned(small());
    // The cursor is inside a character, which the checks at the front never let through.
    assert_eq!(asked(&analyst, &Context::default(), "let x = ä", 9), None);
    wait_for(&analyst, "vec![1].pus", "push");
    // The same through the front.
    assert_eq!(analyst.complete("let x = ä", 9).candidates, []);
    assert_eq!(analyst.inspect("let x = ä", 9), None);
}

#[test]
fn cargos_answer_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("kept.json");
    let settings = Settings { cache: Some(cache.clone()), ..Settings::default() };
    let toolchain = crates::toolchain(&settings).expect("a compiler");
    let asked = crates::library(&settings, &toolchain).expect("the library");
    let names: Vec<&str> = asked.iter().map(|it| it.name.as_str()).collect();
    for name in ["saigen", "ndarray", "polars_core", "candle_core"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let core = &asked[names.iter().position(|it| *it == "polars").expect("polars")];
    assert!(core.features.iter().any(|feature| feature == "csv"), "{core:?}");
    // From the file: cargo can't be asked any more.
    let without = Settings { cargo: "no-such-cargo".into(), ..settings.clone() };
    assert_eq!(crates::library(&without, &toolchain).expect("the kept answer"), asked);
    // Another choice isn't answered by it.
    let other = Settings { packages: vec!["saigen".into()], ..without };
    assert!(crates::library(&other, &toolchain).is_err());
    std::fs::write(&cache, "{").expect("written");
    assert_eq!(crates::library(&settings, &toolchain).expect("asked again"), asked);
}
