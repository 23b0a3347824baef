//! The case's command on a user's own models: it runs, or it refuses and names the element and the line.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[path = "../src/cases/test_data/mirror.rs"]
mod mirror;

const CASE: &str = "thermodynamic_uncertainty";

/// The mirror's models, if it has this case.
fn mirror() -> Option<PathBuf> {
    Some(mirror::root(CASE)?.join(CASE))
}

fn saigen(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_saigen")).arg(CASE).args(arguments).output().expect("the command starts")
}

fn models(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the mirror can be listed") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(models(&path));
        } else if path.extension().is_some_and(|e| e == "xml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Ran (0), or refused (2) with a line of the file, and never a panic.
fn ran_or_refused(what: &str, output: &Output) -> bool {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked"), "{what}: {errors}");
    match output.status.code() {
        Some(0) => true,
        Some(2) => {
            assert!(errors.contains("line "), "{what} was refused without a line: {errors}");
            false
        }
        other => panic!("{what}: exit status {other:?}: {errors}"),
    }
}

#[test]
fn every_model_of_the_mirror_runs_or_is_refused_with_its_line() {
    let Some(mirror) = mirror() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("F.csv");
    let out = out.to_str().unwrap();
    let (mut ran, mut tried) = ([0; 3], 0);
    for set in ["semantic", "dsmts", "biomodels"] {
        for path in models(&mirror.join(set)) {
            let model = path.to_str().unwrap();
            tried += 1;
            let outputs = [
                saigen(&["ode", model, "--times", "0:1:4", "--out", out]),
                // One run and a short time: BioModels in moles would be refused anyway, for amounts that aren't whole.
                saigen(&["ssa", model, "--times", "0:0.01:1", "--runs", "1", "--seed", "1", "--out", out]),
                saigen(&["bounds", model, "--json"]),
            ];
            for (k, (kind, output)) in ["ode", "ssa", "bounds"].iter().zip(&outputs).enumerate() {
                ran[k] += usize::from(ran_or_refused(&format!("{kind} {model}"), output));
            }
        }
    }
    println!("{tried} models: ode ran on {}, ssa on {}, bounds on {}", ran[0], ran[1], ran[2]);
    // Refused by name: three DSMTS models and one BioModel with events.
    assert_eq!(ran[0], tried - 4);
    assert!(ran[1] >= 26 && ran[2] >= 60, "{ran:?} of {tried}");
}

#[test]
fn a_trajectory_agrees_with_the_suites_expected_one() {
    let Some(mirror) = mirror() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("F.csv");
    let model = mirror.join("semantic/00028/00028-sbml-l3v1.xml");
    let output = saigen(&["ode", model.to_str().unwrap(), "--times", "0:2:50", "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let rows = |text: String| -> Vec<Vec<f64>> {
        text.lines().skip(1).map(|l| l.split(',').map(|v| v.trim().parse().unwrap()).collect()).collect()
    };
    let text = std::fs::read_to_string(&out).unwrap();
    assert_eq!(text.lines().next(), Some("time,S1,S2"));
    let expected = rows(std::fs::read_to_string(mirror.join("semantic/00028/00028-results.csv")).unwrap());
    let found = rows(text);
    assert_eq!(found.len(), 51);
    for (found, expected) in found.iter().zip(&expected) {
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() <= 1e-4 + 1e-4 * e.abs(), "{found:?} {expected:?}");
        }
    }
}

/// `A ⇌ B` with mass action, or with whatever law and attributes are put in.
fn model(law: &str, species: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<sbml xmlns='http://www.sbml.org/sbml/level3/version1/core' level='3' \
         version='1'>\n<model id='m'>\n<listOfCompartments><compartment id='c' size='1' spatialDimensions='3' \
         constant='true'/></listOfCompartments>\n<listOfSpecies>\n{species}\n</listOfSpecies>\n<listOfReactions>\n\
         <reaction id='r' reversible='true' fast='false'>\n<listOfReactants><speciesReference species='A' stoichiometry='1' \
         constant='true'/></listOfReactants>\n<listOfProducts><speciesReference species='B' stoichiometry='1' \
         constant='true'/></listOfProducts>\n<kineticLaw><math xmlns='http://www.w3.org/1998/Math/MathML'>{law}</math>\
         </kineticLaw>\n</reaction>\n</listOfReactions>\n</model>\n</sbml>\n"
    )
}

fn species(names: &[(&str, &str)]) -> String {
    let one = |(name, amount): &(&str, &str)| {
        format!(
            "<species id='{name}' compartment='c' initialAmount='{amount}' hasOnlySubstanceUnits='true' \
             boundaryCondition='false' constant='false'/>"
        )
    };
    names.iter().map(one).collect::<Vec<_>>().join("\n")
}

const REVERSIBLE: &str = "<apply><minus/><apply><times/><cn>2</cn><ci>A</ci></apply><ci>B</ci></apply>";

fn try_all(text: &str) -> [Output; 3] {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.xml");
    std::fs::write(&path, text).unwrap();
    let (path, out) = (path.to_str().unwrap().to_owned(), scratch.path().join("F.csv").to_str().unwrap().to_owned());
    [
        saigen(&["ode", &path, "--times", "0:1:4", "--out", &out]),
        saigen(&["ssa", &path, "--times", "0:1:4", "--runs", "10", "--seed", "1", "--out", &out]),
        saigen(&["bounds", &path]),
    ]
}

#[test]
fn bounds_of_an_isomerisation_are_those_of_the_zoo() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("iso.xml");
    std::fs::write(&path, model(REVERSIBLE, &species(&[("A", "1"), ("B", "0.2")]))).unwrap();
    let output = saigen(&["bounds", path.to_str().unwrap(), "--json"]);
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let close = |value: &serde_json::Value, expected: f64| (value.as_f64().unwrap() / expected - 1.0).abs() < 1e-10;
    assert!(close(&report["entropy_production"], 4.144653167389283), "{report}");
    assert!(close(&report["excess"], 4.144653167389283), "{report}");
    assert!(close(&report["species"][0]["ratio"], 1.4071353346074724), "{report}");
    assert_eq!(report["cycles"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_one_way_law_has_infinite_dissipation_and_a_reverse_ratio_mends_it() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("one_way.xml");
    let one_way = "<apply><times/><cn>2</cn><ci>A</ci></apply>";
    std::fs::write(&path, model(one_way, &species(&[("A", "1"), ("B", "1")]))).unwrap();
    let path = path.to_str().unwrap();
    let value = |more: &[&str]| {
        let output = saigen(&[&["bounds", path, "--json"], more].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        report["entropy_production"].clone()
    };
    assert_eq!(value(&[]), "infinity");
    let mended = value(&["--reverse-ratio", "0.5"]).as_f64().expect("finite");
    assert!((mended - 2.0_f64.ln()).abs() < 1e-12, "{mended}");
}

#[test]
fn broken_models_are_refused_and_nothing_panics() {
    let two = species(&[("A", "100"), ("B", "20")]);
    let whole = model(REVERSIBLE, &two);
    let cases = [
        ("truncated", whole[..whole.len() / 2].to_owned()),
        ("unknown species", whole.replace("species='B'", "species='Q'")),
        ("unknown symbol", model("<apply><times/><ci>nobody</ci><ci>A</ci></apply>", &two)),
        ("a rate that isn't a number", model("<apply><times/><cn>x</cn><ci>A</ci></apply>", &two)),
        ("not XML", "time,A\n0,1\n".to_owned()),
        ("empty", String::new()),
    ];
    for (what, text) in cases {
        for output in try_all(&text) {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{what}: {errors}");
            assert!(
                errors.contains("line ") && errors.contains("model.xml") && !errors.contains("panicked"),
                "{what}: {errors}"
            );
        }
    }
}

#[test]
fn negative_and_undefined_rates_never_panic() {
    let two = species(&[("A", "100"), ("B", "20")]);
    let laws = [
        ("negative", "<apply><times/><cn>-2</cn><ci>A</ci></apply>"),
        ("NaN", "<apply><times/><notanumber/><ci>A</ci></apply>"),
        ("zero by zero", "<apply><divide/><cn>0</cn><cn>0</cn></apply>"),
    ];
    for (what, law) in laws {
        for output in try_all(&model(law, &two)) {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 2)) && !errors.contains("panicked"), "{what}: {errors}");
        }
    }
    let nan = try_all(&model(laws[1].1, &two));
    assert!(nan.iter().all(|output| output.status.code() == Some(2)), "{nan:?}");
}

#[test]
fn models_without_reactions_and_with_400_species_run() {
    let empty = model(REVERSIBLE, &species(&[("A", "1"), ("B", "1")]));
    let start = empty.find("<listOfReactions>").unwrap();
    let end = empty.find("</listOfReactions>").unwrap() + "</listOfReactions>".len();
    let empty = format!("{}{}", &empty[..start], &empty[end..]);
    for output in try_all(&empty) {
        assert!(output.status.success(), "{output:?}");
    }
    let names: Vec<String> = (0..400).map(|i| format!("X{i}")).collect();
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "50")).collect();
    let reaction = |i: usize| {
        let (from, to) = (&names[i], &names[(i + 1) % 400]);
        format!(
            "<reaction id='r{i}' reversible='true' fast='false'><listOfReactants><speciesReference species='{from}' \
             stoichiometry='1' constant='true'/></listOfReactants><listOfProducts><speciesReference species='{to}' \
             stoichiometry='1' constant='true'/></listOfProducts><kineticLaw><math \
             xmlns='http://www.w3.org/1998/Math/MathML'><apply><minus/><apply><times/><cn>2</cn><ci>{from}</ci></apply>\
             <ci>{to}</ci></apply></math></kineticLaw></reaction>"
        )
    };
    let ring = model(REVERSIBLE, &species(&all));
    let start = ring.find("<reaction ").unwrap();
    let end = ring.find("</listOfReactions>").unwrap();
    let reactions: String = (0..400).map(reaction).collect();
    let [ode, ssa, bounds] = try_all(&format!("{}{reactions}{}", &ring[..start], &ring[end..]));
    for output in [&ode, &ssa, &bounds] {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8_lossy(&bounds.stdout);
    // One turn of the ring: 400 ln 2.
    assert!(text.contains("2.772589e2"), "{text}");
}

#[test]
fn an_ensemble_has_the_same_bytes_at_any_number_of_threads() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("iso.xml");
    std::fs::write(&path, model(REVERSIBLE, &species(&[("A", "100"), ("B", "20")]))).unwrap();
    let run = |threads: &str| {
        let out = scratch.path().join(format!("{threads}.csv"));
        let status = Command::new(env!("CARGO_BIN_EXE_saigen"))
            .env("RAYON_NUM_THREADS", threads)
            .args([CASE, "ssa", path.to_str().unwrap(), "--runs", "500", "--times", "0:1:5", "--seed", "7", "--out"])
            .arg(&out)
            .status()
            .unwrap();
        assert!(status.success());
        std::fs::read_to_string(out).unwrap()
    };
    let one = run("1");
    assert_eq!(one.lines().next(), Some("time,A-mean,A-sd,B-mean,B-sd"));
    assert_eq!(one.lines().nth(1), Some("0.0,100.0,0.0,20.0,0.0"));
    assert_eq!(one, run("2"));
    assert_eq!(one, run("8"));
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_the_run() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("iso.xml");
    std::fs::write(&path, model(REVERSIBLE, &species(&[("A", "100"), ("B", "20")]))).unwrap();
    let nowhere = scratch.path().join("no/such/folder/F.csv");
    // A run this long would not end while the test waits.
    let endless = ["--runs", "1000000000", "--times", "0:1000:5", "--seed", "7", "--out"];
    let arguments = [&["ssa", path.to_str().unwrap()], &endless[..], &[nowhere.to_str().unwrap()]].concat();
    let output = saigen(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write into"), "{output:?}");
}
