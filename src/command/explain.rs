//! `saigen explain`.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr, miette};
use saigen::data::sha256_hex;
use saigen::repro::{Record, Report, record_lines, source_id};

use super::{Outcome, Verdict};

/// Prints the record inside a figure: what made it, and how to make it again.
///
/// FILE is an SVG that saigen drew, the CSV beside one, or report.json.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    file: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Outcome {
    let file = &arguments.file;
    match file.extension().and_then(|end| end.to_str()) {
        Some("json") => explain_report(&read(file)?, file, arguments.json),
        Some("csv") => {
            let csv = read(file)?;
            let svg = file.with_extension("svg");
            explain_figure(&read(&svg)?, &svg, Some(&csv), arguments.json)
        }
        _ => {
            let csv = std::fs::read_to_string(file.with_extension("csv")).ok();
            explain_figure(&read(file)?, file, csv.as_deref(), arguments.json)
        }
    }
}

fn read(file: &Path) -> miette::Result<String> {
    std::fs::read_to_string(file).into_diagnostic().wrap_err_with(|| format!("cannot read {}", file.display()))
}

fn explain_figure(svg: &str, file: &Path, csv: Option<&str>, json: bool) -> Outcome {
    let record = Record::from_svg(svg).map_err(|error| {
        miette!(
            help = "a figure drawn by `saigen figure` or `saigen reproduce` holds a record",
            "{}: {error}",
            file.display()
        )
    })?;
    let series_match = csv.map(|csv| sha256_hex(csv.as_bytes()) == record.series);
    if json {
        let answer = serde_json::json!({
            "version": 1,
            "record": record,
            "source_matches": record.is_current(),
            "series_match": series_match,
        });
        println!("{answer:#}");
        return Ok(Verdict::Done);
    }
    for (name, value) in record_lines(&record) {
        println!("{name:10} {value}");
    }
    println!("\nTo make it again:\n  {}", record.command);
    if !record.data.is_empty() {
        println!("  (needs its data: `saigen data fetch {}`, or --mirror DIR|URL)", record.case);
    }
    let version = env!("CARGO_PKG_VERSION");
    println!(
        "\nSources: {}",
        match (record.is_current(), record.saigen == version) {
            (true, _) => "those of this saigen; the command gives the same bytes".to_string(),
            (false, true) =>
                format!("changed since; this saigen has {}, the command may give other bytes", source_id(&record.case)),
            (false, false) =>
                format!("of saigen {}; this is {version} with {}", record.saigen, source_id(&record.case)),
        }
    );
    println!(
        "Series:  {}",
        match series_match {
            Some(true) => "the CSV beside it is the one that was drawn",
            Some(false) => "the CSV beside it is NOT the one that was drawn",
            None => "no CSV beside it",
        }
    );
    Ok(Verdict::Done)
}

fn explain_report(text: &str, file: &Path, json: bool) -> Outcome {
    let report: Report = serde_json::from_str(text)
        .map_err(|error| miette!(help = "expected report.json of `saigen reproduce`", "{}: {error}", file.display()))?;
    if json {
        print!("{}", report.to_json());
        return Ok(Verdict::Done);
    }
    println!("tier       {}\ncommit     {}\nverdict    {}", report.tier, report.commit, report.verdict());
    for case in &report.cases {
        println!("\n{} ({:.1} s)", case.case, case.seconds);
        for claim in &case.claims {
            println!("  {} {}  {}  {}", claim.status.symbol(), claim.id, claim.status.label(), claim.measured);
        }
        for figure in &case.figures {
            println!("  {}  sha256 {}", figure.svg, figure.sha256);
        }
    }
    println!("\nTo make it again:\n  saigen reproduce --tier {}", report.tier);
    Ok(Verdict::Done)
}
