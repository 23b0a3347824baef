//! `saigen notebooks` and `saigen kernel`, as a user calls them.

#![cfg(feature = "kernel")]

#[path = "kernel/mod.rs"]
#[allow(unused)]
mod kernel;

use std::path::Path;
use std::process::{Command, Output};

use kernel::{can_run_cells, folder, notebooks};

fn saigen(arguments: &[&str], path: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_saigen")).args(arguments).arg(path).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_notebook_is_run_checked_and_found_changed() {
    if !can_run_cells() {
        return;
    }
    let folder = folder("notebooks");
    let path = folder.join("small.ipynb");
    std::fs::copy(notebooks().join("small.ipynb"), &path).unwrap();
    let ran = saigen(&["notebooks", "run"], &path);
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    let stored = std::fs::read_to_string(&path).unwrap();
    assert!(stored.contains(">x²</th>") && stored.contains("3 numbers"));

    let same = saigen(&["notebooks", "check"], &path);
    assert_eq!(same.status.code(), Some(0), "{}", said(&same));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), stored);

    std::fs::write(&path, stored.replace("3 numbers", "4 numbers")).unwrap();
    let changed = saigen(&["notebooks", "check"], &path);
    assert_eq!(changed.status.code(), Some(1), "{}", said(&changed));
    assert!(said(&changed).contains("stdout differs"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_failing_cell_is_stored_and_ends_the_run() {
    if !can_run_cells() {
        return;
    }
    let folder = folder("failing");
    let path = folder.join("failing.ipynb");
    std::fs::copy(notebooks().join("failing.ipynb"), &path).unwrap();
    let ran = saigen(&["notebooks", "run"], &path);
    assert_eq!(ran.status.code(), Some(1), "{}", said(&ran));
    assert!(said(&ran).contains("cell 2 failed: Panic: index out of bounds"));
    let notebook = saigen::notebook::Notebook::read(&path).unwrap();
    assert_eq!(notebook.outputs(1)[0]["ename"], "Panic");
    assert!(notebook.outputs(2).is_empty());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_run_that_is_killed_leaves_the_file_whole() {
    let folder = folder("killed");
    let path = folder.join("small.ipynb");
    std::fs::copy(notebooks().join("small.ipynb"), &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_saigen")).args(["notebooks", "run"]).arg(&path).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_no_notebook_is_refused_by_name() {
    let folder = folder("refused");
    let path = folder.join("broken.ipynb");
    std::fs::write(&path, "{\"cells\": [").unwrap();
    for action in ["run", "check", "clean"] {
        let refused = saigen(&["notebooks", action], &path);
        assert_eq!(refused.status.code(), Some(2));
        assert!(said(&refused).contains("not a notebook"), "{}", said(&refused));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_kernel_is_installed_beneath_a_prefix_and_removed() {
    let prefix = folder("prefix");
    let spec = prefix.join("share/jupyter/kernels/saigen/kernel.json");
    let installed = saigen(&["kernel", "install", "--stock", "--prefix"], &prefix);
    assert_eq!(installed.status.code(), Some(0), "{}", said(&installed));
    assert!(std::fs::read_to_string(&spec).unwrap().contains(env!("CARGO_BIN_EXE_saigen-kernel")));
    assert!(spec.with_file_name("../saigen-evcxr/kernel.json").exists());
    assert_eq!(saigen(&["kernel", "uninstall", "--prefix"], &prefix).status.code(), Some(0));
    assert!(!spec.exists());
    std::fs::remove_dir_all(prefix).unwrap();
}
