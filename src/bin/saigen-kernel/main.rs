//! temporary
use std::io::BufRead;
use std::sync::Arc;
use engine::*;
mod cells;
mod engine;
mod linkset;
#[path = "../../cell/message.rs"]
mod message;
mod process;
mod workspace;
struct No;
impl Analyst for No {
    fn update(&self, _: Context) {}
    fn complete(&self, _: &str, cursor: usize) -> Completion { Completion { start: cursor, end: cursor, candidates: vec![] } }
    fn inspect(&self, _: &str, _: usize) -> Option<Bundle> { None }
}
fn main() {
    if std::env::args().nth(1).as_deref() == Some("warm") {
        let begin = std::time::Instant::now();
        let links = linkset::warm(&|p| eprintln!("{p:?}"));
        eprintln!("{:?} {:?}", links.map(|l| l.folder), begin.elapsed());
        return;
    }
    let workspace = workspace::Workspace::create().unwrap();
    let sink: Sink = Arc::new(|output| match output {
        Output::Stream(s, t) => print!("[{s:?}] {t}"),
        o => println!("[out] {o:?}"),
    });
    let begin = std::time::Instant::now();
    let mut engine = cells::CellEngine::start(cells::Settings { cells: workspace.cells(), notebook: std::env::current_dir().unwrap() }, Arc::new(No), sink).unwrap();
    println!("started {:?}", begin.elapsed());
    let mut code = String::new();
    let mut count = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        if line == "---" {
            count += 1;
            println!("=== [{count}] {}", code.lines().next().unwrap_or(""));
            let begin = std::time::Instant::now();
            match engine.evaluate(&code, count) {
                Ok(Some(s)) => println!("=> {}", s.data.get("text/plain").map(|v| v.as_str().unwrap_or("?").to_owned()).unwrap_or_default()),
                Ok(None) => {}
                Err(f) => println!("ERROR {}: {}\n{}", f.name, f.value, f.traceback.join("\n")),
            }
            println!("   ({:?})", begin.elapsed());
            code.clear();
        } else { code.push_str(&line); code.push('\n'); }
    }
}
