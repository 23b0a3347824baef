//! The command of `drug_resistance` on a user's own screen: it runs and writes whole files, or it refuses and says why.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rand::RngExt;
use saigen::methods::random::stream;
use serde_json::Value;
use user::{Scratch, ran, refused, report, run, text};

#[path = "../src/cases/test_data/mirror.rs"]
mod mirror;
mod user;

const CASE: &str = "drug_resistance";

fn command(arguments: &[&str]) -> Command {
    user::command(CASE, arguments)
}

fn saigen(arguments: &[&str]) -> Output {
    run(command(arguments))
}

/// The rows of a table, by the names of its columns; remarks are left out.
fn table(folder: &Path, name: &str) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(folder.join(name)).expect(name);
    assert!(text.starts_with("# saigen "), "{name} doesn't say what made it");
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header = fields(lines.next().expect("a header"));
    let row = |line: &str| header.iter().cloned().zip(fields(line)).collect();
    lines.map(row).collect()
}

/// The fields of a line; those between quotes hold commas.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().expect("there is one").push(other),
        }
    }
    fields
}

/// A screen with a planted signal: genes 0, 10 and 20 are hubs that their nine followers copy, the response follows the
/// children of two hubs, and the mean of a tissue is planted in it too.
struct Planted {
    x: Vec<Vec<f64>>,
    z: Vec<f64>,
    tissue: Vec<&'static str>,
}

const GENES: usize = 30;

impl Planted {
    fn new(lines: usize, seed: u64) -> Self {
        let mut random = stream(seed, "user screens", "planted", 0);
        // The sum of four uniform numbers, near enough to normal: variance 1/3.
        let mut noise = || (0..4).map(|_| random.random::<f64>() - 0.5).sum::<f64>();
        let tissues = ["lung", "skin", "blood"];
        let (mut x, mut z, mut tissue) = (Vec::new(), Vec::new(), Vec::new());
        for line in 0..lines {
            let hubs = [0; 3].map(|_| 2.0 * noise());
            let row: Vec<f64> = (0..GENES)
                .map(|gene| if gene % 10 == 0 { hubs[gene / 10] } else { hubs[gene / 10] + noise() })
                .collect();
            let of_tissue = line % 3;
            z.push(2.0 * hubs[0] - 1.5 * hubs[2] + noise() + 1.5 * of_tissue as f64);
            x.push(row);
            tissue.push(tissues[of_tissue]);
        }
        Self { x, z, tissue }
    }

    fn id(line: usize) -> String {
        format!("{}", 683_600 + 7 * line)
    }

    fn expression(&self) -> String {
        let mut text = String::from("cosmic_id");
        (0..GENES).for_each(|gene| write!(text, ",GENE{gene}").unwrap());
        text.push('\n');
        for (line, row) in self.x.iter().enumerate() {
            text.push_str(&Self::id(line));
            row.iter().for_each(|value| write!(text, ",{value:.6}").unwrap());
            text.push('\n');
        }
        text
    }

    fn response(&self) -> String {
        let rows = self.z.iter().enumerate().map(|(line, z)| format!("{},{z:.6}\n", Self::id(line)));
        format!("cosmic_id,dox\n{}", rows.collect::<String>())
    }

    fn tissues(&self) -> String {
        let rows = self.tissue.iter().enumerate().map(|(line, tissue)| format!("{},{tissue}\n", Self::id(line)));
        format!("cosmic_id,tissue\n{}", rows.collect::<String>())
    }

    fn folds(&self) -> String {
        let rows = (0..self.z.len()).map(|line| format!("{},{}\n", Self::id(line), (line / 3) % 4));
        format!("cosmic_id,fold\n{}", rows.collect::<String>())
    }

    /// As GDSC publishes expression: genes in rows.
    fn rma(&self) -> String {
        let mut text = String::from("GENE_SYMBOLS\tGENE_title");
        (0..self.x.len()).for_each(|line| write!(text, "\tDATA.{}", Self::id(line)).unwrap());
        writeln!(text, "\tDATA.{}.1", Self::id(0)).unwrap();
        for gene in 0..GENES {
            write!(text, "GENE{gene}\ta \"title\"; with [marks], {gene}").unwrap();
            self.x.iter().for_each(|row| write!(text, "\t{:.6}", row[gene]).unwrap());
            text.push_str("\t9.5\n");
        }
        text.push_str("\tno symbol");
        self.x.iter().for_each(|row| write!(text, "\t{:.6}", row[0]).unwrap());
        text.push_str("\t1\n");
        text
    }

    /// As GDSC publishes responses: a line and a drug a row.
    fn fitted(&self) -> String {
        let mut text = String::from(
            "DATASET,NLME_RESULT_ID,NLME_CURVE_ID,COSMIC_ID,CELL_LINE_NAME,SANGER_MODEL_ID,TCGA_DESC,DRUG_ID,DRUG_NAME,\
             PUTATIVE_TARGET,PATHWAY_NAME,COMPANY_ID,WEBRELEASE,MIN_CONC,MAX_CONC,LN_IC50,AUC,RMSE,Z_SCORE\n",
        );
        for (line, z) in self.z.iter().enumerate() {
            for (id, name, factor) in [(136, "Mitomycin-C", 1.0), (1007, "Docetaxel", -1.0)] {
                let cosmic = Self::id(line);
                writeln!(
                    text,
                    "GDSC1,342,155{line},{cosmic},LINE-{line},SIDM{line:05},UNCLASSIFIED,{id},{name},\"DNA, alkylating\",DNA \
                     replication,1045,Y,0.01,2.0,{:.6},0.9,0.03,0.1",
                    factor * z
                )
                .unwrap();
            }
        }
        text
    }
}

/// The files of a small screen in a folder.
fn planted(scratch: &Scratch, lines: usize) -> (Planted, PathBuf, PathBuf) {
    let screen = Planted::new(lines, 1);
    let (x, z) = (scratch.write("E.csv", screen.expression()), scratch.write("R.csv", screen.response()));
    (screen, x, z)
}

#[test]
fn predictors_stand_beside_one_another() {
    let scratch = Scratch::new();
    let (screen, x, z) = planted(&scratch, 90);
    let (tissue, folds) = (scratch.write("T.csv", screen.tissues()), scratch.write("F.csv", screen.folds()));
    let out = scratch.path("out");
    let arguments = [
        "cv",
        "--expression",
        text(&x),
        "--response",
        text(&z),
        "--tissue",
        text(&tissue),
        "--folds",
        text(&folds),
        "--methods",
        "mean,elastic-net,lasso,nwp,predictive-network",
        "--out",
        text(&out),
        "--json",
    ];
    let printed: Value = serde_json::from_str(&ran(&saigen(&arguments))).expect("JSON on stdout");
    let found = report(&out);
    assert_eq!(printed, found);
    assert_eq!(
        (found["lines"].as_u64(), found["genes"].as_u64(), found["folds"].as_u64()),
        (Some(90), Some(30), Some(4))
    );
    // Ridge and tissue were not asked for.
    let names: Vec<&str> =
        found["methods"].as_array().unwrap().iter().map(|method| method["method"].as_str().unwrap()).collect();
    assert_eq!(names, ["mean", "tissue", "ridge", "elastic-net", "lasso", "nwp", "predictive-network"]);
    assert!(found["notes"].to_string().contains("beside what was asked for: tissue, ridge"), "{found}");
    let scores = table(&out, "scores.csv");
    let score = |name: &str, column: &str| {
        let row = scores.iter().find(|row| row["method"] == name).expect(name);
        row[column].parse::<f64>().unwrap_or(f64::NAN)
    };
    // The signal explains most of the response; the tissue a little.
    assert!((0.97..1.1).contains(&score("mean", "mse")), "{scores:?}");
    for method in ["ridge", "elastic-net", "lasso", "nwp", "predictive-network"] {
        assert!(score(method, "mse") < 0.5, "{method}: {scores:?}");
        assert!(score(method, "pearson_r") > 0.7 && score(method, "fold_standard_error") > 0.0);
        assert!(score(method, "within_tissue_left") < 0.6 && score(method, "within_tissue_pearson_r") > 0.7);
    }
    assert!(score("tissue", "mse") < score("mean", "mse") && score("tissue", "mse") > score("ridge", "mse"));
    // Neither sees expression: within tissues all is left, and what correlates is an artefact.
    for method in ["mean", "tissue"] {
        assert!((0.97..1.2).contains(&score(method, "within_tissue_left")), "{scores:?}");
        assert!(score(method, "pearson_r").is_nan() && score(method, "within_tissue_pearson_r").is_nan(), "{scores:?}");
    }
    let predictions = table(&out, "predictions.csv");
    assert_eq!(predictions.len(), 90);
    for (line, row) in predictions.iter().enumerate() {
        assert_eq!((&row["line"], row["tissue"].as_str()), (&Planted::id(line), screen.tissue[line]));
        assert_eq!(row["fold"], ((line / 3) % 4).to_string());
        assert!((row["response"].parse::<f64>().unwrap() - screen.z[line]).abs() < 1e-6);
        assert!(row["predicted_ridge"].parse::<f64>().unwrap().is_finite());
    }
    let chosen = table(&out, "chosen.csv");
    assert_eq!(chosen.len(), 7 * 4);
    for row in &chosen {
        let given = |column: &str| !row[column].is_empty();
        let (linear, network) = (given("lambda"), given("a1"));
        assert_eq!(network, ["nwp", "predictive-network"].contains(&row["method"].as_str()), "{row:?}");
        assert_eq!(linear, !network && row["method"] != "mean", "{row:?}");
        assert_eq!(given("theta"), network);
        // The report has the same.
        let methods = found["methods"].as_array().unwrap();
        let folds = methods.iter().find(|method| method["method"] == row["method"].as_str()).expect("the method");
        let fold = &folds["folds"][row["fold"].parse::<usize>().unwrap()];
        for column in ["lambda", "l1_ratio", "a1", "a2", "f", "a3", "a4"] {
            let (told, listed) = (fold["chosen"][column].as_f64(), row[column].parse::<f64>().ok());
            let gap = told.zip(listed).map_or(0.0, |(told, listed)| (told - listed).abs() / listed.abs().max(1.0));
            assert!(told.is_some() == listed.is_some() && gap < 1e-12, "{column}: {fold} {row:?}");
        }
        let converged = fold.get("converged").and_then(Value::as_bool).map_or("", |met| if met { "yes" } else { "no" });
        assert_eq!((converged, converged.is_empty()), (row["converged"].as_str(), !network), "{fold}");
        assert_eq!(fold.get("rounds").is_some(), network, "{fold}");
    }
    assert!(table(&out, "exclusions.csv").is_empty());
    let figure = std::fs::read_to_string(out.join("figure.svg")).unwrap();
    assert!(figure.ends_with("</svg>\n") && figure.contains("ridge") && figure.contains("tissue"), "{figure}");
    let params: Value = serde_json::from_str(&std::fs::read_to_string(out.join("params.json")).unwrap()).unwrap();
    assert_eq!((&params, params["options"]["seed"].as_u64()), (&found["params"], Some(1)));
}

#[test]
fn results_have_the_same_bytes_at_any_number_of_threads() {
    let scratch = Scratch::new();
    let (_, x, z) = planted(&scratch, 45);
    let run = |threads: &str| {
        let out = scratch.path("out");
        let files = ["--expression", text(&x), "--response", text(&z), "--out", text(&out)];
        let cv = [&["cv", "--methods", "ridge,lasso,predictive-network", "--fold-count", "3"], &files[..]].concat();
        ran(&command(&cv).env("RAYON_NUM_THREADS", threads).output().unwrap());
        let first = std::fs::read_to_string(out.join("predictions.csv")).unwrap();
        let other = scratch.path("network");
        let files = ["--expression", text(&x), "--response", text(&z), "--out", text(&other)];
        let network = [&["network", "--sensitive", "0.2", "--permutations", "50"], &files[..]].concat();
        ran(&command(&network).env("RAYON_NUM_THREADS", threads).output().unwrap());
        let second = ["network.graphml", "hubs.csv", "report.json"];
        let second = second.map(|name| std::fs::read_to_string(other.join(name)).unwrap());
        (first, second)
    };
    let one = run("1");
    assert!(one == run("2") && one == run("8"));
}

#[test]
fn files_as_gdsc_publishes_them_run_unchanged() {
    let scratch = Scratch::new();
    let screen = Planted::new(60, 2);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(screen.rma().as_bytes()).unwrap();
    let x = scratch.write("Cell_line_RMA_proc_basalExp.txt.gz", encoder.finish().unwrap());
    let z = scratch.write("GDSC1_fitted_dose_response.csv", screen.fitted());
    let out = scratch.path("out");
    let files = ["--expression", text(&x), "--response", text(&z), "--out", text(&out)];
    let arguments = ["cv", "--drug", "mitomycin c", "--methods", "ridge", "--variance-filter", "0.5", "--seed", "3"];
    let output = saigen(&[&arguments[..], &files[..]].concat());
    let printed = ran(&output);
    assert!(printed.contains("Mitomycin-C, LN_IC50 (real): 60 lines, 30 genes, 5 folds"), "{printed}");
    let said = String::from_utf8_lossy(&output.stderr);
    for part in ["GDSC RMA, a gene a row, 60 lines, 30 genes", "lines found by COSMIC id", "no tissues are known"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let found = report(&out);
    let ridge = &found["methods"][0];
    assert_eq!(ridge["method"], "ridge");
    assert!(ridge["mse"].as_f64().unwrap() < 0.5, "{found}");
    assert_eq!(found["params"]["options"]["top_variance"], 0.5);
    let left: Vec<String> =
        table(&out, "exclusions.csv").iter().map(|row| format!("{}: {}", row["what"], row["reason"])).collect();
    assert_eq!(left, ["line: duplicate", "gene: no symbol"]);
    // The other drug is the mirror image, by its id; the same lines in DepMap's layout through Model.csv.
    let depmap: String = std::iter::once(screen.expression().lines().next().unwrap().replace("cosmic_id", ""))
        .map(|head| head.split(',').skip(1).map(|gene| format!(",{gene} (7105)")).collect::<String>() + "\n")
        .chain(screen.x.iter().enumerate().map(|(line, row)| {
            let cells: String = row.iter().map(|value| format!(",{value:.6}")).collect();
            format!("ACH-{line:06}{cells}\n")
        }))
        .collect();
    let rows = (0..60).map(|line| format!("ACH-{line:06},PT-{line},{}.0,{}\n", Planted::id(line), screen.tissue[line]));
    let model = format!("ModelID,PatientID,COSMICID,OncotreeLineage\n{}", rows.collect::<String>());
    let (x, map) = (scratch.write("OmicsExpression.csv", depmap), scratch.write("Model.csv", model));
    let other = scratch.path("other");
    let files = ["--expression", text(&x), "--response", text(&z), "--lines", text(&map), "--out", text(&other)];
    let arguments = ["cv", "--drug", "1007", "--methods", "ridge", "--variance-filter", "0.5", "--seed", "3"];
    ran(&saigen(&[&arguments[..], &files[..]].concat()));
    let mirrored = report(&other);
    assert_eq!(mirrored["drug"], "Docetaxel");
    assert_eq!(mirrored["tissues"], 3);
    let of = |found: &Value, name: &str| {
        let methods = found["methods"].as_array().unwrap();
        methods.iter().find(|method| method["method"] == name).expect(name)["mse"].as_f64().unwrap()
    };
    assert!((of(&mirrored, "ridge") - of(&found, "ridge")).abs() < 1e-9, "{mirrored}");
}

#[test]
fn the_network_of_a_screen_is_written_with_its_groups() {
    let scratch = Scratch::new();
    let (screen, x, z) = planted(&scratch, 90);
    let out = scratch.path("out");
    let files = ["network", "--expression", text(&x), "--response", text(&z), "--out", text(&out)];
    let groups = ["--sensitive", "20", "--resistant", "0.2", "--permutations", "100", "--a1", "0.2"];
    let output = saigen(&[&files[..], &groups[..]].concat());
    let printed = ran(&output);
    assert!(String::from_utf8_lossy(&output.stderr).contains("no tissues are known"), "{output:?}");
    assert!(table(&out, "hubs.csv").iter().all(|row| row["p_within_tissues"].is_empty()));
    // With tissues, both groups are compared within them too.
    let tissue = scratch.write("T.csv", screen.tissues());
    let told = ran(&saigen(&[&files[..], &groups[..], &["--tissue", text(&tissue)]].concat()));
    assert!(told.contains("can be swapped") && told.contains("p, q within tissues"), "{told}");
    for name in ["hubs.csv", "group_edges.csv"] {
        for row in table(&out, name) {
            let share = |column: &str| row[column].parse::<f64>().is_ok_and(|p| p > 0.0 && p <= 1.0);
            assert_eq!(share("p"), share("p_within_tissues"), "{row:?}");
            assert_eq!(share("p"), share("q_within_tissues"), "{row:?}");
        }
    }
    assert_eq!(report(&out)["groups"]["within_tissues"]["tissues"].as_array().unwrap().len(), 3);
    assert_eq!(ran(&saigen(&[&files[..], &groups[..]].concat())), printed);
    assert!(printed.contains("20 sensitive and 18 resistant lines"), "{printed}");
    let found = report(&out);
    let edges = table(&out, "edges.csv");
    assert_eq!(Some(edges.len() as u64), found["edges"].as_u64());
    // The planted hubs regulate, or are regulated by, their followers.
    let strongest = edges.iter().max_by(|a, b| {
        let weight = |row: &HashMap<String, String>| row["weight"].parse::<f64>().unwrap().abs();
        weight(a).total_cmp(&weight(b))
    });
    let strongest = strongest.expect("an edge");
    let number = |gene: &str| gene.trim_start_matches("GENE").parse::<usize>().unwrap();
    assert_eq!(number(&strongest["regulator"]) / 10, number(&strongest["target"]) / 10, "{strongest:?}");
    // The same edges in GraphML.
    let graphml = std::fs::read_to_string(out.join("network.graphml")).unwrap();
    let document = roxmltree::Document::parse(&graphml).expect("well-formed XML");
    let labels: HashMap<&str, &str> = document
        .descendants()
        .filter(|node| node.has_tag_name("node"))
        .map(|node| {
            let label = node.children().find(|data| data.attribute("key") == Some("label")).unwrap();
            (node.attribute("id").unwrap(), label.text().unwrap())
        })
        .collect();
    let drawn: Vec<[String; 3]> = document
        .descendants()
        .filter(|node| node.has_tag_name("edge"))
        .map(|edge| {
            let end = |key| labels[edge.attribute(key).unwrap()].to_string();
            let weight = edge.children().find(|data| data.attribute("key") == Some("edge_weight")).unwrap();
            [end("source"), end("target"), weight.text().unwrap().to_string()]
        })
        .collect();
    let listed: Vec<[String; 3]> =
        edges.iter().map(|row| ["regulator", "target", "weight"].map(|column| row[column].clone())).collect();
    assert_eq!(drawn, listed);
    let lines = table(&out, "lines.csv");
    let members = |group: &str| lines.iter().filter(|row| row["group"] == group).count();
    assert_eq!((lines.len(), members("sensitive"), members("resistant")), (90, 20, 18));
    let response = |row: &HashMap<String, String>| row["response"].parse::<f64>().unwrap();
    let worst = lines.iter().filter(|row| row["group"] == "sensitive").map(response).fold(f64::MIN, f64::max);
    assert!(lines.iter().filter(|row| row["group"] != "sensitive").all(|row| response(row) >= worst));
    assert_eq!(table(&out, "genes.csv").len(), GENES);
    assert_eq!((table(&out, "group_edges.csv").len(), table(&out, "hubs.csv").len()), (edges.len(), GENES));
    let trace: Vec<f64> =
        table(&out, "trace.csv").iter().map(|row| row["objective_per_line"].parse().unwrap()).collect();
    assert!(trace.len() > 2 && trace.last() < trace.first(), "{trace:?}");
    let figure = std::fs::read_to_string(out.join("figure.svg")).unwrap();
    assert!(figure.ends_with("</svg>\n") && figure.contains("strongest of"), "{figure}");
    assert!(figure.contains(&strongest["regulator"]) && figure.contains(&strongest["target"]), "{figure}");
    // Every file that is there is told, with a line on what it holds.
    for entry in std::fs::read_dir(&out).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let line = printed.lines().find(|line| line.trim_start().starts_with(&name)).expect(&name);
        assert!(line.split_whitespace().count() > 2, "{line}");
    }
    // Without groups, none of the files of groups stays; NW.P leaves the network alone.
    ran(&saigen(&[&files[..], &["--nwp", "--degree", "sqrt", "--sign", "literal", "--refresh", "never"]].concat()));
    assert!(!out.join("hubs.csv").exists() && !out.join("group_edges.csv").exists());
    assert_eq!(report(&out)["network_change"], 0.0);
    assert!(!ran(&saigen(&files)).contains("hubs.csv"));
    // Groups of next to no lines are allowed, and told.
    let output = saigen(&[&files[..], &["--sensitive", "1", "--resistant", "20", "--permutations", "20"]].concat());
    ran(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("1 sensitive and 20 resistant lines: with fewer than 5"), "{said}");
    assert!(report(&out)["notes"].to_string().contains("fewer than 5"));
    // Weights by cross-validation.
    ran(&saigen(&[&files[..], &["--tune", "--variance-filter", "0.5"]].concat()));
    let tuned = report(&out);
    assert_eq!((&tuned["params"]["tuned"], tuned["genes"].as_u64()), (&Value::Bool(true), Some(15)));
    assert!([0.15, 0.3, 0.4, 0.7].contains(&tuned["params"]["options"]["a1"].as_f64().unwrap()), "{tuned}");
}

#[test]
fn the_shipped_table_has_the_error_of_the_reference() {
    let Some(mirror) = mirror::root(CASE) else { return };
    let scratch = Scratch::new();
    let out = scratch.path("out");
    let file = |name: &str| mirror.join(CASE).join(name);
    let (x, z, folds) = (file("tf_activity_gdsc_127.csv.gz"), file("four_drugs.csv"), file("folds.csv"));
    let files = ["--expression", text(&x), "--response", text(&z), "--folds", text(&folds), "--out", text(&out)];
    let arguments = ["cv", "--drug", "doxorubicin", "--feature-set", "tf127", "--methods", "ridge"];
    ran(&saigen(&[&arguments[..], &files[..]].concat()));
    let found = report(&out);
    assert_eq!(
        (found["lines"].as_u64(), found["genes"].as_u64(), found["folds"].as_u64()),
        (Some(877), Some(127), Some(5))
    );
    let scores = table(&out, "scores.csv");
    // data/published/drug_resistance/numbers.toml, within the case's tolerance.
    for (row, (method, expected)) in scores.iter().zip([("tissue", 0.975), ("ridge", 0.910)]) {
        assert_eq!(row["method"], method);
        assert!((row["mse"].parse::<f64>().unwrap() - expected).abs() < 0.005, "{row:?}");
    }
    // Without the feature set, folds are ambiguous.
    let message = refused(&saigen(&[&["cv", "--drug", "doxorubicin"], &files[..]].concat()));
    assert!(
        message.contains("several feature sets (expr706, tf127)") && message.contains("--feature-set"),
        "{message}"
    );
}

#[test]
fn bad_files_are_refused_with_place_and_mend_and_nothing_is_written() {
    let scratch = Scratch::new();
    let screen = Planted::new(30, 3);
    let (good_x, good_z) = (screen.expression(), screen.response());
    let swapped = |text: &str, line: usize, column: usize, cell: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
        let mut cells: Vec<&str> = lines[line - 1].split(',').collect();
        cells[column] = cell;
        lines[line - 1] = cells.join(",");
        lines.join("\n") + "\n"
    };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(good_x.as_bytes()).unwrap();
    let gzip = encoder.finish().unwrap();
    let x_cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("E.csv", Vec::new(), &["found an empty file"]),
        ("E.csv", b"cosmic_id,A,B\n".to_vec(), &["no rows"]),
        (
            "E.csv",
            swapped(&good_x, 4, 3, "high").into_bytes(),
            &["E.csv:4: column `GENE2`: found `high`", "decimal point"],
        ),
        ("E.csv", swapped(&good_x, 7, 30, "inf").into_bytes(), &["E.csv:7: column `GENE29`: found inf"]),
        ("E.csv", swapped(&good_x, 5, 0, &Planted::id(0)).into_bytes(), &["E.csv:5: the rows of line", "line 2"]),
        ("E.csv", good_x.as_bytes()[..good_x.len() - 40].to_vec(), &["E.csv:31", "cut off"]),
        ("E.csv.gz", gzip[..gzip.len() / 2].to_vec(), &["E.csv.gz", "ends too early", "fetch or export it again"]),
        ("E.parquet", good_x.clone().into_bytes(), &["named like a Parquet file, but isn't one"]),
        ("E.parquet", b"PAR1\x15\x04\x15\x10".to_vec(), &["not a whole Parquet file"]),
        ("E.zip", b"PK\x03\x04\x14\0\0\0\x08\0E.csv".to_vec(), &["zip archive", "unzip it first"]),
        (
            "E.csv",
            good_x.replace("cosmic_id", "model_id").replace("\n6", "\nACH-6").into_bytes(),
            &["has lines by DepMap id", "--lines"],
        ),
        ("E.csv", "id,A,B\nx,1,2\ny,2,1\n".into(), &["no line of this file has a value in"]),
    ];
    let z = scratch.write("R.csv", &good_z);
    let out = scratch.path("out");
    let check = |message: &str, parts: &[&str]| {
        let whole = message.replace("- ", "-");
        for part in parts {
            assert!(message.contains(part) || whole.contains(part), "expected `{part}` in: {message}");
        }
        assert!(message.contains("help:"), "{message}");
        assert!(!out.exists(), "{message}: left a folder");
    };
    for (name, bytes, parts) in x_cases {
        let x = scratch.write(name, bytes);
        for action in ["cv", "network"] {
            let output = saigen(&[action, "--expression", text(&x), "--response", text(&z), "--out", text(&out)]);
            check(&refused(&output), parts);
        }
    }
    let x = scratch.write("E.csv", &good_x);
    let twice = format!("{good_z}{},99\n", Planted::id(0));
    let several =
        good_z.replace("dox\n", "dox,tax\n").lines().collect::<Vec<_>>().join(",1\n").replacen("tax,1", "tax", 1)
            + ",1\n";
    let z_cases: Vec<(&str, String, &[&str], &[&str])> = vec![
        ("R.csv", swapped(&good_z, 3, 1, "resistant"), &[], &["R.csv:3: column `dox`: found `resistant`"]),
        ("R.csv", swapped(&good_z, 3, 1, "-inf"), &[], &["R.csv:3: column `dox`: found -inf"]),
        ("R.csv", twice, &[], &["R.csv:32: column `dox`", "has 99 here"]),
        ("R.csv", several.clone(), &[], &["has 2 drugs", "dox, tax", "--drug"]),
        ("R.csv", several, &["--drug", "aspirin"], &["no drug `aspirin`; there are dox, tax"]),
        (
            "R.csv",
            screen.fitted(),
            &["--drug", "136", "--value", "EC50"],
            &["found no column for the response (`EC50`)", "--value"],
        ),
        ("R.xlsx", "PK\u{3}\u{4}\u{14}[Content_Types].xml".into(), &[], &["Excel workbook", "save the sheet as CSV"]),
        ("R.csv", good_z.lines().take(2).collect::<Vec<_>>().join("\n") + "\n", &[], &["1 of 30 lines are left"]),
    ];
    for (name, content, more, parts) in z_cases {
        let z = scratch.write(name, content);
        let files = ["cv", "--expression", text(&x), "--response", text(&z), "--out", text(&out)];
        check(&refused(&saigen(&[&files[..], more].concat())), parts);
    }
    let z = scratch.write("R.csv", &good_z);
    let files = ["cv", "--expression", text(&x), "--response", text(&z), "--out", text(&out)];
    let folds = screen.folds();
    let contradiction = format!("{folds}{},3\n", Planted::id(0));
    let uncovered = folds.lines().take(30).collect::<Vec<_>>().join("\n") + "\n";
    for (text_of, parts) in [
        (contradiction, &["F.csv:32: line", "fold 3 here and fold 0 in line 2"][..]),
        (uncovered, &["1 of the 30 lines used have no fold", "leave --folds out"]),
        (
            folds.replace(",1\n", ",0\n").replace(",2\n", ",0\n").replace(",3\n", ",0\n"),
            &["found fold `0`, and no other"],
        ),
        ("cosmic_id,a,b\n1,2,3\n".into(), &["found no column for the fold"]),
    ] {
        let folds = scratch.write("F.csv", text_of);
        check(&refused(&saigen(&[&files[..], &["--folds", text(&folds)]].concat())), parts);
    }
    let tissue = scratch.write("T.csv", "cosmic_id,a,b\n683600,2,3\n");
    let message = refused(&saigen(&[&files[..], &["--tissue", text(&tissue)]].concat()));
    assert!(message.contains("no column of tissues") && message.contains("--tissue-column"), "{message}");
    let missing = scratch.path("nowhere.csv");
    let message =
        refused(&saigen(&["cv", "--expression", text(&missing), "--response", text(&z), "--out", text(&out)]));
    assert!(message.contains("nowhere.csv: cannot be read"), "{message}");
}

#[test]
fn what_is_left_out_is_listed() {
    let scratch = Scratch::new();
    let screen = Planted::new(40, 4);
    let mut lines: Vec<String> = screen.expression().lines().map(str::to_string).collect();
    lines[0].push_str(",FLAT,HOLES");
    for (index, line) in lines.iter_mut().enumerate().skip(1) {
        line.push_str(if index % 2 == 0 { ",5.5,NA" } else { ",5.5,1" });
    }
    lines.push(lines[3].clone());
    lines.push(format!("999999{}", ",".repeat(GENES + 2)));
    let x = scratch.write("E.csv", lines.join("\n") + "\n");
    let z = scratch.write("R.csv", screen.response() + "999999,1.5\n888888,0.5\n" + &format!("{},\n", 777_777));
    let out = scratch.path("out");
    let files = ["--expression", text(&x), "--response", text(&z), "--out", text(&out)];
    let output = saigen(&[&["cv", "--methods", "ridge"], &files[..]].concat());
    ran(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    for part in ["1 line: duplicate", "1 line: missing values", "1 gene: constant", "1 gene: missing values"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let rows: Vec<String> = table(&out, "exclusions.csv")
        .iter()
        .map(|row| format!("{} {}: {} ({})", row["what"], row["id"], row["reason"], row["position"]))
        .collect();
    assert_eq!(
        rows,
        [
            format!("line {}: duplicate (line 42)", Planted::id(2)),
            "response 888888: no expression (line 43)".into(),
            "line 999999: missing values (line 43)".into(),
            "gene HOLES: missing values (column 33)".into(),
            "gene FLAT: constant (column 32)".into(),
        ]
    );
    let found = report(&out);
    assert_eq!((found["lines"].as_u64(), found["genes"].as_u64()), (Some(40), Some(30)));
    assert_eq!(found["exclusions"].as_array().unwrap().len(), 5);
}

#[test]
fn a_run_that_fails_leaves_the_list_of_what_was_left_out_and_nothing_older() {
    let scratch = Scratch::new();
    let (_, x, z) = planted(&scratch, 60);
    let few = scratch.write("few.csv", Planted::new(8, 1).expression());
    let names = |folder: &Path| {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    for (action, more) in
        [("cv", &["--methods", "ridge"][..]), ("network", &["--sensitive", "0.2", "--permutations", "9"])]
    {
        let out = scratch.path(action);
        let on = |x: &Path, more: &[&str]| {
            let files = [action, "--expression", text(x), "--response", text(&z), "--out", text(&out)];
            saigen(&[&files[..], more].concat())
        };
        ran(&on(&x, more));
        assert!(names(&out).len() > 6);
        let bad: &[&str] = if action == "cv" { &["--methods", "ridge"] } else { &["--sensitive", "5"] };
        let output = on(&few, bad);
        let message = refused(&output);
        assert!(message.contains("52 responses: no expression (683656, 683663, 683670, …)"), "{message}");
        assert!(message.contains("removed the results of an earlier run"), "{message}");
        assert!(message.contains("all that was left out is listed in"), "{message}");
        assert_eq!(names(&out), ["exclusions.csv"]);
        assert_eq!(table(&out, "exclusions.csv").len(), 52);
        // What can't be read at all leaves nothing.
        let broken = scratch.write("broken.csv", "");
        refused(&on(&broken, more));
        assert!(names(&out).is_empty());
        ran(&on(&x, more));
        assert!(out.join("report.json").exists());
    }
}

#[test]
fn results_of_another_action_are_not_mixed_in() {
    let scratch = Scratch::new();
    let (_, x, z) = planted(&scratch, 40);
    let out = scratch.path("out");
    let on = |action: &'static str| {
        let methods: &[&str] = if action == "cv" { &["--methods", "ridge"] } else { &[] };
        let files = [action, "--expression", text(&x), "--response", text(&z), "--out", text(&out)];
        saigen(&[&files[..], methods].concat())
    };
    ran(&on("network"));
    let before = report(&out);
    let message = refused(&on("cv"));
    assert!(message.contains("holds results of `network`") && message.contains("another folder"), "{message}");
    // A run of it that was cut off has no report.
    std::fs::remove_file(out.join("report.json")).unwrap();
    std::fs::remove_file(out.join("params.json")).unwrap();
    let message = refused(&on("cv"));
    assert!(message.contains("(edges.csv)") && out.join("edges.csv").exists(), "{message}");
    ran(&on("network"));
    assert_eq!(report(&out), before);
}

#[test]
fn grids_are_those_of_the_command_line() {
    let scratch = Scratch::new();
    let (_, x, z) = planted(&scratch, 60);
    let out = scratch.path("out");
    let files = ["cv", "--expression", text(&x), "--response", text(&z), "--out", text(&out)];
    let grids = "--fold-count 3 --inner-folds 3 --l1-ratios 0.3 --lambdas 6 --ridge-lambdas 2,20 --a1 0.25 --a4 0.02 --f 0.4,0.2";
    ran(&saigen(&[&files[..], &grids.split(' ').collect::<Vec<_>>()].concat()));
    for row in table(&out, "chosen.csv") {
        let number = |column: &str| row[column].parse::<f64>().ok();
        match row["method"].as_str() {
            "ridge" => assert!([Some(2.0), Some(20.0)].contains(&number("lambda")), "{row:?}"),
            "elastic-net" => assert_eq!(number("l1_ratio"), Some(0.3)),
            "lasso" => assert_eq!(number("l1_ratio"), Some(1.0)),
            _ => {
                assert_eq!((number("a1"), number("a4")), (Some(0.25), Some(0.02)));
                assert!([Some(0.4), Some(0.2)].contains(&number("f")), "{row:?}");
            }
        }
    }
    let options = &report(&out)["params"]["options"];
    assert_eq!((&options["elastic_net"]["inner_folds"], &options["elastic_net"]["lambdas"]), (&3.into(), &6.into()));
}

#[test]
fn help_lists_files_and_columns() {
    for (action, parts) in [
        ("cv", &["scores.csv", "within_tissue_left", "predicted_METHOD", "network_change", "exclusions.csv"][..]),
        ("network", &["edges.csv", "network.graphml", "fitted", "degree", "hubs.csv", "report.json"]),
    ] {
        let help = ran(&saigen(&[action, "--help"]));
        for part in parts {
            assert!(help.lines().any(|line| line.trim_start().starts_with(part)), "{part}: {help}");
        }
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let scratch = Scratch::new();
    let (_, x, z) = planted(&scratch, 30);
    let out = scratch.path("out");
    let files = ["--expression", text(&x), "--response", text(&z), "--out", text(&out)];
    for (arguments, part) in [
        (&["cv", "--methods", "forest"][..], "expected one of mean, tissue"),
        (&["cv", "--methods", "tissue"], "--tissue"),
        (&["cv", "--variance-filter", "0"], "the share of genes by variance is 0; it must be above 0 and at most 1"),
        (&["cv", "--top-variance", "1.5"], "--variance-filter"),
        (&["cv", "--l1-ratios", "0.5,2"], "an l1 ratio is 2; it must be above 0 and at most 1 help: --l1-ratios"),
        (&["cv", "--l1-ratios", "half"], "--l1-ratios"),
        (&["cv", "--lambdas", "0"], "the number of λ is 0; it must be 1 or more"),
        (&["cv", "--inner-folds", "1"], "the number of inner folds is 1; it must be 2 or more"),
        (&["cv", "--ridge-lambdas", "1,0"], "a λ of ridge is 0; it must be above 0"),
        (&["cv", "--a1", "0.3,inf"], "a1 is inf; it must be above 0"),
        (&["cv", "--a4=-1,0"], "a4 is -1; it must be 0 or more"),
        (&["cv", "--f", "0.1,0.5"], "f is 0.1; it must be a list that descends"),
        (&["cv", "--inner-folds", "14"], "28 are needed"),
        (&["cv", "--fold-count", "1"], "fold-count"),
        (&["cv", "--fold-count", "40"], "40 folds of 30 lines"),
        (&["cv", "--stratified"], "--tissue"),
        (&["cv", "--feature-set", "a"], "--folds"),
        (&["network", "--sensitive", "0.6"], "smaller groups"),
        (&["network", "--sensitive", "0"], "expected a share"),
        (&["network", "--sensitive", "0.001"], "two groups of 0"),
        (&["network", "--a1", "0"], "a1"),
        (&["network", "--a1", "0.3", "--tune"], "--tune"),
        (&["network", "--f=-1"], "a3"),
        (&["network", "--level", "2"], "--level is 2"),
    ] {
        let message = refused(&saigen(&[arguments, &files[..]].concat()));
        assert!(message.contains(part), "{arguments:?}: {message}");
        assert!(!out.exists(), "{arguments:?}");
    }
    // Fewer lines than folds can train on.
    let few = Planted::new(8, 5);
    let (x, z) = (scratch.write("few.csv", few.expression()), scratch.write("few_r.csv", few.response()));
    let files = ["cv", "--expression", text(&x), "--response", text(&z), "--out", text(&out)];
    let message = refused(&saigen(&files));
    assert!(message.contains("folds of 8 lines") || message.contains("lines to train on"), "{message}");
    assert!(message.contains("--fold-count"), "{message}");
}

#[test]
fn files_of_others_and_inputs_are_not_written_over() {
    let scratch = Scratch::new();
    let (_, x, z) = planted(&scratch, 30);
    let out = scratch.path("out");
    std::fs::create_dir(&out).unwrap();
    let foreign = out.join("scores.csv");
    std::fs::write(&foreign, "pupil,score\nA,1\n").unwrap();
    let files = ["cv", "--expression", text(&x), "--response", text(&z), "--methods", "ridge", "--out", text(&out)];
    let message = refused(&saigen(&files));
    assert!(message.contains("scores.csv is in the way") && message.contains("another folder"), "{message}");
    assert_eq!(std::fs::read_to_string(&foreign).unwrap(), "pupil,score\nA,1\n");
    std::fs::remove_file(&foreign).unwrap();
    ran(&saigen(&files));
    // Its own files are replaced; an input among them is not.
    ran(&saigen(&files));
    let own = out.join("predictions.csv");
    let message = refused(&saigen(&["cv", "--expression", text(&x), "--response", text(&own), "--out", text(&out)]));
    assert!(message.contains("is read, and would be written over"), "{message}");
    let taken = scratch.write("taken", "x");
    for place in [taken.clone(), taken.join("below")] {
        let message = refused(&saigen(&[&files[..7], &["--out", text(&place)]].concat()));
        assert!(message.contains("is a file") || message.contains("cannot write into"), "{message}");
    }
    assert_eq!(std::fs::read(&taken).unwrap(), b"x");
}

/// Whether a file is whole, by its kind; tables have the number of lines that `expected` gives.
fn whole(path: &Path, expected: &[(PathBuf, usize)]) -> bool {
    let content = std::fs::read_to_string(path).unwrap();
    match path.extension().and_then(|end| end.to_str()) {
        Some("svg") => content.ends_with("</svg>\n"),
        Some("graphml") => content.ends_with("</graphml>\n"),
        Some("json") => serde_json::from_str::<Value>(&content).is_ok(),
        _ => content.ends_with('\n') && expected.contains(&(path.to_path_buf(), content.lines().count())),
    }
}

#[test]
fn a_killed_run_leaves_whole_files_and_no_report_of_another_run() {
    let scratch = Scratch::new();
    let (_, x, z) = planted(&scratch, 45);
    let out = scratch.path("out");
    let run = |seed: &str| {
        let files = ["cv", "--expression", text(&x), "--response", text(&z), "--out", text(&out)];
        command(&[&files[..], &["--methods", "ridge", "--seed", seed]].concat())
    };
    ran(&run("1").output().unwrap());
    let before = report(&out);
    let visible = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.')).collect()
    };
    let lines = |path: &PathBuf| (path.clone(), std::fs::read_to_string(path).unwrap().lines().count());
    let expected: Vec<(PathBuf, usize)> = visible().iter().map(lines).collect();
    assert_eq!(expected.len(), 7);
    // A kill before anything is written leaves the earlier run as it was, and so does a file that isn't there.
    let mut child = run("9").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(report(&out), before);
    let missing = scratch.path("nowhere.csv");
    let arguments = ["cv", "--expression", text(&missing), "--response", text(&z), "--out", text(&out)];
    assert!(refused(&saigen(&arguments)).contains("nowhere.csv: cannot be read"));
    assert_eq!(report(&out), before);
    for round in 0..12u64 {
        let mut child = run(&(round + 2).to_string()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(10 + 9 * round));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        for path in visible() {
            assert!(whole(&path, &expected), "{} is cut off", path.display());
        }
    }
    ran(&run("1").output().unwrap());
    assert_eq!(report(&out), before);
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_the_run_and_loses_nothing() {
    let scratch = Scratch::new();
    let (_, x, z) = planted(&scratch, 90);
    let out = scratch.path("out");
    let files = ["--expression", text(&x), "--response", text(&z), "--out", text(&out)];
    ran(&saigen(&[&["cv", "--methods", "ridge"], &files[..]].concat()));
    let before = report(&out);
    // Long enough to be interrupted: weights by cross-validation, a million shuffles.
    let network = scratch.path("network");
    let long = ["network", "--sensitive", "0.4", "--permutations", "1000000"];
    let files = ["--expression", text(&x), "--response", text(&z), "--out", text(&network)];
    let mut child = command(&[&long[..], &files[..]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(said.by_ref().any(|line| line.unwrap().contains("shuffling labels")));
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let rest: Vec<String> = said.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(!network.exists());
    assert_eq!(report(&out), before);
}

#[test]
fn a_synthetic_screen_is_watermarked() {
    let scratch = Scratch::new();
    let screen = Planted::new(40, 6);
    let x = scratch.write("synthetic_expression.csv", screen.expression());
    let z = scratch.write("R.csv", screen.response());
    let out = scratch.path("out");
    let files = ["cv", "--expression", text(&x), "--response", text(&z), "--methods", "ridge", "--out", text(&out)];
    let marked = || std::fs::read_to_string(out.join("figure.svg")).unwrap().contains("SYNTHETIC STAND-IN");
    ran(&saigen(&files));
    assert!(marked() && report(&out)["origin"] == "synthetic");
    ran(&saigen(&[&files[..], &["--origin", "real"]].concat()));
    assert!(!marked() && report(&out)["origin"] == "real");
}
