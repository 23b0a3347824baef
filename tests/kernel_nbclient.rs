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

fn script(name: &str, arguments: &[&Path]) -> Option<Output> {
    let (environment, data) = jupyter()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernel").join(name);
    let output = Command::new(environment.program("python"))
        .arg(script)
        .args(arguments)
        .env("JUPYTER_PATH", data)
        .env("JUPYTER_PREFER_ENV_PATH", "0")
        .output()
        .unwrap();
    Some(output)
}

#[test]
fn nbclient_and_headless_runs_give_the_same_outputs() {
    if !can_run_cells() {
        return;
    }
    let results = folder("nbclient");
    for (name, failing_cell) in [("small.ipynb", None), ("failing.ipynb", Some(2))] {
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
    }
    std::fs::remove_dir_all(results).unwrap();
}

#[test]
fn the_conformance_suite_passes_but_for_what_is_known() {
    if !can_run_cells() {
        return;
    }
    let Some(output) = script("conformance.py", &[]) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    eprintln!("{said}");
    assert!(output.status.success(), "{said}");
}
