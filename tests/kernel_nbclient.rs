//! Jupyter's own programs against the kernel.

#![cfg(feature = "kernel")]

#[path = "kernel/mod.rs"]
#[allow(unused)]
mod kernel;

use std::path::Path;
use std::process::{Command, Output};

use kernel::{LIMIT, can_run_cells, folder, jupyter, notebooks};
use saigen::display::Silent;
use saigen::notebook::{Notebook, differences, run};
use serde_json::Value;

/// Runs a script in Jupyter's environment, with a history of its own.
fn script(name: &str, arguments: &[&Path]) -> Option<Output> {
    let (environment, data) = jupyter()?;
    let history = folder(&format!("history-{name}"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernel").join(name);
    let output = Command::new(environment.program("python"))
        .arg(script)
        .args(arguments)
        .env("JUPYTER_PATH", data)
        .env("JUPYTER_PREFER_ENV_PATH", "0")
        .env("XDG_DATA_HOME", &history)
        .output()
        .unwrap();
    std::fs::remove_dir_all(history).unwrap();
    Some(output)
}

/// Types of outputs; pieces of one stream that follow each other are one. Standard output and error have no order
/// between them.
fn kinds(outputs: &[Value]) -> Vec<String> {
    let mut kinds: Vec<String> = Vec::new();
    let mut streams: Vec<String> = Vec::new();
    for output in outputs {
        if let Some(name) = output["name"].as_str() {
            streams.push(name.to_owned());
        } else {
            streams.sort();
            streams.dedup();
            kinds.append(&mut streams);
            kinds.push(output["output_type"].to_string());
        }
    }
    streams.sort();
    streams.dedup();
    kinds.append(&mut streams);
    kinds
}

#[test]
fn nbclient_and_headless_runs_give_the_same_outputs() {
    if !can_run_cells() {
        return;
    }
    let results = folder("nbclient");
    for (name, failing_cell) in [("small.ipynb", None), ("failing.ipynb", Some(2)), ("display.ipynb", Some(9))] {
        let source = notebooks().join(name);
        let executed = results.join(name);
        let Some(output) = script("run_notebook.py", &[&source, &executed, &notebooks()]) else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let by_nbclient = Notebook::read(&executed).unwrap();
        let (headless, report) =
            run(&Notebook::read(&source).unwrap(), kernel::kernel(), &notebooks(), LIMIT, &Silent).unwrap();
        assert_eq!(report.failure.map(|failure| failure.cell), failing_cell);
        let different: Vec<_> = differences(&by_nbclient, &headless)
            .into_iter()
            // A headless run ends at the first failure; nbclient was told to go on.
            .filter(|difference| failing_cell.is_none_or(|failing| difference.cell <= failing))
            .collect();
        assert_eq!(different, []);
        // The same kinds of outputs in the same order, displays that change and clear included.
        for (cell, (index, _)) in headless.code_cells().into_iter().enumerate().take(failing_cell.unwrap_or(usize::MAX))
        {
            assert_eq!(
                kinds(by_nbclient.outputs(index)),
                kinds(headless.outputs(index)),
                "{name}, code cell {}",
                cell + 1
            );
        }
    }
    std::fs::remove_dir_all(results).unwrap();
}

#[test]
fn the_conformance_suite_passes() {
    if !can_run_cells() {
        return;
    }
    let Some(output) = script("conformance.py", &[]) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    eprintln!("{said}");
    assert!(output.status.success(), "{said}");
}
