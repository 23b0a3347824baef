//! The main job as a user runs it: reproduce, check, explain, make a figure again; without data and without a network.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The command with no mirror and an empty cache, so that only what is in the repository counts.
fn saigen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_saigen"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("SAIGEN_MIRROR")
        .output()
        .expect("the command starts")
}

fn without_data<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = more.to_vec();
    arguments.extend(["--cache", "no-cache"]);
    arguments
}

fn report(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("report/report.json")).expect("the report is there");
    let mut report: Value = serde_json::from_str(&text).expect("the report is JSON");
    for case in report["cases"].as_array_mut().expect("cases") {
        assert!(case["seconds"].as_f64().is_some());
        case["seconds"] = Value::Null;
    }
    report
}

#[test]
fn a_fresh_folder_gets_the_whole_report_with_the_same_bits_at_1_2_and_8_threads() {
    let reports = ["1", "2", "8"].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        let output = saigen(folder.path(), &without_data(&["reproduce", "--threads", threads]));
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let page = std::fs::read_to_string(folder.path().join("report/index.html")).unwrap();
        assert!(!page.contains("<script src") && !page.contains("<link "), "the page must be one offline file");
        report(folder.path())
    });
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0], reports[2]);
    let case = &reports[0]["cases"][0];
    let claims = case["claims"].as_array().expect("claims");
    let status = |wanted: &str| claims.iter().filter(|c| c["status"] == wanted).count();
    // Four claims rest on published models, which this folder doesn't have.
    assert_eq!((claims.len(), status("reproduced"), status("not_testable")), (13, 9, 4), "{claims:#?}");
    for claim in claims.iter().filter(|c| c["status"] == "not_testable") {
        assert!(claim["reason"].as_str().unwrap().contains("data not fetched"), "{claim}");
        assert_eq!(claim["origin"], "real");
    }
    assert_eq!(case["figures"].as_array().map(Vec::len), Some(10));
}

#[test]
fn a_figure_explains_itself_and_its_command_makes_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let figure = "thermodynamic_uncertainty/08_near_equilibrium";
    let first = saigen(folder.path(), &without_data(&["figure", figure, "--seed", "5"]));
    assert!(first.status.success(), "{first:?}");
    let path = folder.path().join(format!("figures/{figure}.svg"));
    let bytes = std::fs::read(&path).unwrap();
    let explained = saigen(folder.path(), &["explain", path.to_str().unwrap(), "--json"]);
    assert!(explained.status.success(), "{explained:?}");
    let record: Value = serde_json::from_slice(&explained.stdout).expect("JSON");
    let command =
        record.pointer("/record/command").or(record.get("command")).and_then(Value::as_str).expect("a command");
    assert!(command.contains(figure) && command.contains("--seed 5"), "{command}");
    let again = tempfile::tempdir().unwrap();
    let arguments: Vec<&str> = command.split_whitespace().skip_while(|word| *word != "figure").collect();
    assert!(saigen(again.path(), &without_data(&arguments)).status.success());
    assert_eq!(bytes, std::fs::read(again.path().join(format!("figures/{figure}.svg"))).unwrap());
}

#[test]
fn check_finds_a_series_that_moved() {
    let folder = tempfile::tempdir().unwrap();
    // One cheap run in a copy of what is committed would take all claims; a changed copy of the repository's own
    // figures must be found out whatever else holds.
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("figures/thermodynamic_uncertainty");
    let copy = folder.path().join("figures/thermodynamic_uncertainty");
    std::fs::create_dir_all(&copy).unwrap();
    for entry in std::fs::read_dir(&committed).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    let table = copy.join("02_sharpness.csv");
    let text = std::fs::read_to_string(&table).unwrap();
    let line = text.lines().nth(50).expect("a row").to_owned();
    let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
    let moved = fields[4].parse::<f64>().expect("y") * 1.01;
    fields[4] = format!("{moved:?}");
    std::fs::write(&table, text.replacen(&line, &fields.join(","), 1)).unwrap();
    let output = saigen(folder.path(), &without_data(&["reproduce", "thermodynamic_uncertainty", "--check"]));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("02_sharpness"), "{said}");
}

#[test]
fn bad_places_are_found_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"").unwrap();
    for arguments in [
        &["reproduce", "--out", "file"][..],
        &["reproduce", "no_such_case"],
        &["reproduce", "--mirror", "no-such-folder"],
        &["figure", "thermodynamic_uncertainty/no_such_figure"],
        &["explain", "file"],
        &["explain", "missing.svg"],
    ] {
        let output = saigen(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
    }
}
