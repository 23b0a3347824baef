//! `saigen drug_resistance cv`: predictors of drug response beside one another, by nested cross-validation.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use miette::miette;
use saigen::cases::drug_resistance::cross_validation::{
    Chosen, CvError, CvOutcome, FoldScheme, Method, MethodOutcome, Options, nested,
};
use saigen::repro::{Axis, Figure, Mark, Origin, Panel, Series, svg};
use serde_json::{Value, json};

use super::super::output::{Cell, Csv, Folder, OutputArguments, REPORT};
use super::super::terminal::Terminal;
use super::super::{Outcome, Verdict};
use super::input::{Input, Inputs, apart, drug, exclusion_counts, exclusions, left_out, parameters, remark};

/// Cross-validates predictors of drug response: mean, tissue, ridge, elastic net, lasso, NW.P and PredictiveNetwork.
///
/// Everything that is chosen (standardisation, genes by variance, hyper-parameters) is chosen on the training lines of a fold; its test
/// lines are only predicted. Ridge and, where tissues are known, the tissue predictor stand beside whatever is asked for:
/// without them a low error says little. Errors are in units of the variance of the response, so the mean has about 1.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    /// Methods: mean, tissue, ridge, elastic-net, lasso, nwp, predictive-network.
    #[arg(
        long,
        value_name = "METHODS",
        value_delimiter = ',',
        value_parser = method,
        default_value = "ridge,elastic-net,lasso,nwp,predictive-network",
        help_heading = "Validation"
    )]
    methods: Vec<Method>,
    /// Folds of lines: an id and a fold; `drug` and `features` tell several assignments apart [default: folds made from the seed]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fold_count", "stratified"], help_heading = "Validation")]
    folds: Option<PathBuf>,
    /// Which of the feature sets in --folds belongs to the expression.
    #[arg(long, value_name = "NAME", requires = "folds", help_heading = "Validation")]
    feature_set: Option<String>,
    /// Folds to make.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        value_parser = RangedU64ValueParser::<usize>::new().range(2..=1000),
        help_heading = "Validation"
    )]
    fold_count: usize,
    /// Makes folds that have about equal shares of every tissue.
    #[arg(long, help_heading = "Validation")]
    stratified: bool,
    /// Keeps this share of the genes, those of the highest variance in the training lines: 0.1 as in the publication.
    #[arg(long, value_name = "SHARE", help_heading = "Validation")]
    variance_filter: Option<f64>,
    /// Seed of folds and inner splits: the same seed gives the same bytes, whatever the number of threads.
    #[arg(long, default_value_t = 1, help_heading = "Validation")]
    seed: u64,
    #[command(flatten, next_help_heading = "Output")]
    output: OutputArguments,
}

/// What is written, the report last.
const FILES: [&str; 7] =
    ["scores.csv", "predictions.csv", "chosen.csv", "exclusions.csv", "figure.svg", "params.json", REPORT];

/// A method by its name or its short name.
fn method(word: &str) -> Result<Method, String> {
    let same = |known: &str| known.eq_ignore_ascii_case(word.trim());
    let found = Method::ALL.into_iter().find(|method| same(method.name()) || same(method.label()));
    found.ok_or_else(|| format!("expected one of {}", Method::ALL.map(Method::name).join(", ")))
}

pub fn run(arguments: Arguments) -> Outcome {
    if let Some(share) = arguments.variance_filter
        && !(share > 0.0 && share <= 1.0)
    {
        return Err(miette!("--variance-filter is {share}; it must be above 0 and at most 1"));
    }
    let folder = arguments.output.folder()?;
    folder.claim(&FILES)?;
    apart(arguments.inputs.paths().into_iter().chain(arguments.folds.as_deref()), arguments.output.path(), &FILES)?;
    let terminal = Terminal::start();
    let (inputs, folds) = (&arguments.inputs, arguments.folds.as_deref());
    let Some(input) = inputs.read(folds, arguments.feature_set.as_deref(), &terminal)? else {
        return Ok(Verdict::Interrupted);
    };
    let mut notes = input.joined.notes.clone();
    let methods = beside(&arguments.methods, &input, &mut notes);
    for note in std::iter::once(&input.layout).chain(&notes).chain(&left_out(&input.joined.exclusions)) {
        terminal.line(&format!("note: {note}"));
    }
    let options = options(&arguments);
    let found = match nested(&input.joined.screen, &methods, &options, &terminal) {
        Ok(found) => found,
        Err(CvError::Interrupted(_)) => return Ok(Verdict::Interrupted),
        Err(error) => return Err(refused(&arguments, error)),
    };
    notes.extend(unfinished(&found));
    let params = json!({
        "saigen": env!("CARGO_PKG_VERSION"), "action": "cv", "files": arguments.inputs.report(),
        "folds": arguments.folds, "feature_set": arguments.feature_set,
        "methods": methods.iter().map(|method| method.name()).collect::<Vec<_>>(),
        "options": parameters(&options)?,
    });
    let report = report(&input, &found, &params, &notes);
    folder.write(&files(&input, &found, &params), &report)?;
    if arguments.output.json {
        println!("{report:#}");
    } else {
        print(&input, &found, &folder);
    }
    Ok(Verdict::Done)
}

/// The methods asked for, with ridge and tissue beside them, each once and in the order of the tables.
fn beside(asked: &[Method], input: &Input, notes: &mut Vec<String>) -> Vec<Method> {
    let known = input.joined.screen.tissue().is_some();
    let wanted =
        |method: Method| asked.contains(&method) || method == Method::Ridge || (method == Method::Tissue && known);
    let methods: Vec<Method> = Method::ALL.into_iter().filter(|method| wanted(*method)).collect();
    let added: Vec<&str> =
        methods.iter().filter(|method| !asked.contains(method)).map(|method| method.name()).collect();
    if !added.is_empty() {
        notes.push(format!("beside what was asked for: {}", added.join(", ")));
    }
    if !known && !asked.contains(&Method::Tissue) {
        notes.push("no tissues are known, so nothing shows how much of a prediction they explain (--tissue)".into());
    }
    methods
}

fn options(arguments: &Arguments) -> Options {
    let count = arguments.fold_count;
    let folds = match (&arguments.folds, arguments.stratified) {
        (Some(_), _) => FoldScheme::Given,
        (None, true) => FoldScheme::Stratified { count },
        (None, false) => FoldScheme::Made { count },
    };
    Options { folds, seed: arguments.seed, top_variance: arguments.variance_filter, ..Options::default() }
}

/// Names the option that helps.
fn refused(arguments: &Arguments, error: CvError) -> miette::Report {
    let help = match &error {
        CvError::NoTissue { .. } => "give tissues: --tissue FILE, or a table with tissues as --lines",
        CvError::TooManyFolds { .. } | CvError::TooFewLines { .. } => {
            "fewer folds (--fold-count N), or more lines: see what was left out above"
        }
        CvError::ConstantResponse { .. } => "check the column of responses: --drug NAME|ID, --value COLUMN",
        _ => return miette::Report::from_err(error).wrap_err(arguments.inputs.expression.display().to_string()),
    };
    miette!(help = help, "{}: {error}", arguments.inputs.response.display())
}

/// Fits that met the limit of rounds before their stop rule.
fn unfinished(found: &CvOutcome) -> Vec<String> {
    let of = |method: &MethodOutcome| {
        let folds: Vec<String> =
            method.folds.iter().filter(|fold| !fold.converged).map(|fold| fold.fold.to_string()).collect();
        let rule = "ended at the limit of rounds, before the stop rule was met";
        (!folds.is_empty()).then(|| format!("{}: fold {} {rule}", method.method.name(), folds.join(", ")))
    };
    found.methods.iter().filter_map(of).collect()
}

fn files(input: &Input, found: &CvOutcome, params: &Value) -> Vec<(&'static str, String)> {
    let remarks = [remark("cv", input)];
    let unit = "errors in units of the variance of the response over all lines used".to_string();
    let params = format!("{params:#}\n");
    vec![
        ("scores.csv", scores(&[remarks[0].clone(), unit.clone()], found)),
        ("predictions.csv", predictions(&remarks, input, found)),
        ("chosen.csv", chosen(&[remarks[0].clone(), unit], found)),
        ("exclusions.csv", exclusions(&remarks, &input.joined.exclusions)),
        ("figure.svg", svg(&figure(input, found), None)),
        ("params.json", params),
    ]
}

fn scores(remarks: &[String], found: &CvOutcome) -> String {
    let columns = [
        "method",
        "label",
        "mse",
        "fold_standard_error",
        "pearson_r",
        "within_tissue_mse",
        "within_tissue_variance",
        "within_tissue_pearson_r",
        "within_tissue_lines",
    ];
    let mut csv = Csv::new(remarks, &columns);
    for outcome in &found.methods {
        let within = outcome.within_tissue.as_ref();
        let lines = within.map_or_else(String::new, |within| within.lines.to_string());
        csv.row([
            Cell::from(outcome.method.name()),
            outcome.method.label().into(),
            outcome.mse.into(),
            outcome.standard_error.into(),
            outcome.pearson.into(),
            within.map(|within| within.mse).into(),
            within.map(|within| within.variance).into(),
            within.and_then(|within| within.pearson).into(),
            lines.into(),
        ]);
    }
    csv.finish()
}

fn predictions(remarks: &[String], input: &Input, found: &CvOutcome) -> String {
    let screen = &input.joined.screen;
    let fixed = ["line", "tissue", "fold", "response"].map(str::to_string);
    let by_method = found.methods.iter().map(|outcome| format!("predicted_{}", outcome.method.name()));
    let columns: Vec<String> = fixed.into_iter().chain(by_method).collect();
    let mut csv = Csv::new(remarks, &columns.iter().map(String::as_str).collect::<Vec<_>>());
    for (row, line) in screen.lines().iter().enumerate() {
        let tissue = screen.tissue().map_or("", |tissue| tissue.names[tissue.codes[row]].as_str());
        let fixed = [Cell::from(line.as_str()), tissue.into(), found.fold_of_line[row].into(), screen.z()[row].into()];
        csv.row(fixed.into_iter().chain(found.methods.iter().map(|outcome| outcome.predictions[row].into())));
    }
    csv.finish()
}

fn chosen(remarks: &[String], found: &CvOutcome) -> String {
    let columns = [
        "method",
        "fold",
        "lines",
        "mse",
        "lambda",
        "l1_ratio",
        "a1",
        "a2",
        "f",
        "a3",
        "a4",
        "coefficients",
        "theta",
        "rounds",
        "converged",
        "network_change",
    ];
    let mut csv = Csv::new(remarks, &columns);
    for (outcome, fold) in
        found.methods.iter().flat_map(|outcome| outcome.folds.iter().map(move |fold| (outcome, fold)))
    {
        let mut numbers: [Option<f64>; 7] = [None; 7];
        match fold.chosen {
            Chosen::Nothing => {}
            Chosen::Ridge { lambda } => numbers[0] = Some(lambda),
            Chosen::ElasticNet { lambda, l1_ratio } => numbers[..2].copy_from_slice(&[Some(lambda), Some(l1_ratio)]),
            Chosen::Network { a1, a2, f, a3, a4 } => numbers[2..].copy_from_slice(&[a1, a2, f, a3, a4].map(Some)),
        }
        let network = matches!(fold.chosen, Chosen::Network { .. });
        let converged = if fold.converged { "yes" } else { "no" };
        let fixed = [Cell::from(outcome.method.name()), fold.fold.into(), fold.rows.len().into(), fold.mse.into()];
        let rest = [
            Cell::from(fold.coefficients.len()),
            if network { fold.theta.len().into() } else { "".into() },
            if network { fold.rounds.into() } else { "".into() },
            if network { converged.into() } else { "".into() },
            network.then_some(fold.network_change).into(),
        ];
        csv.row(fixed.into_iter().chain(numbers.map(Cell::from)).chain(rest));
    }
    csv.finish()
}

fn figure(input: &Input, found: &CvOutcome) -> Figure {
    let screen = &input.joined.screen;
    let places: Vec<f64> = (0..found.methods.len()).map(|place| place as f64).collect();
    let names = || found.methods.iter().map(|outcome| outcome.method.label());
    let bars = |values: Vec<f64>| Series::new("", input.origin, Mark::Bars, places.clone(), values);
    let guide = |height: f64| {
        let ends = vec![-0.5, places.len() as f64 - 0.5];
        Series::new("", input.origin, Mark::Guide, ends, vec![height; 2])
    };
    let all = bars(found.methods.iter().map(|outcome| outcome.mse).collect())
        .spread(found.methods.iter().map(|outcome| outcome.standard_error).collect());
    let mut figure = Figure::new(
        "figure",
        format!("Cross-validated error: {} ({} lines, {} genes)", screen.drug(), screen.n(), screen.p()),
        "Made by saigen drug_resistance cv. Test error in units of the variance of the response, with the standard error over \
         folds; the dashed line is the mean predictor's. Within tissues, the mean of each tissue is taken out of response and \
         prediction; the dashed line is the variance that is left.",
    )
    .panel(
        Panel::new("All lines", Axis::linear(""), Axis::linear("test MSE (variance of the response = 1)"))
            .categories(names())
            .series(all)
            .series(guide(1.0)),
    );
    let within: Option<Vec<_>> = found.methods.iter().map(|outcome| outcome.within_tissue.as_ref()).collect();
    if let Some(within) = within.filter(|within| !within.is_empty()) {
        let panel = Panel::new("Within tissues", Axis::linear(""), Axis::linear("test MSE, tissue means taken out"))
            .categories(names())
            .series(bars(within.iter().map(|within| within.mse).collect()))
            .series(guide(within[0].variance));
        figure = figure.panel(panel);
    }
    if input.origin == Origin::Synthetic { figure.stand_in() } else { figure }
}

fn report(input: &Input, found: &CvOutcome, params: &Value, notes: &[String]) -> Value {
    let screen = &input.joined.screen;
    let method = |outcome: &MethodOutcome| {
        json!({
            "method": outcome.method.name(), "label": outcome.method.label(), "mse": outcome.mse,
            "fold_standard_error": outcome.standard_error, "pearson_r": outcome.pearson,
            "within_tissue": outcome.within_tissue.as_ref().map(|within| json!({
                "mse": within.mse, "variance": within.variance, "pearson_r": within.pearson, "lines": within.lines,
            })),
            "fold_mse": outcome.folds.iter().map(|fold| fold.mse).collect::<Vec<_>>(),
        })
    };
    json!({
        "saigen": env!("CARGO_PKG_VERSION"),
        "version": 1,
        "action": "cv",
        "params": params,
        "drug": screen.drug(),
        "response": input.column,
        "origin": input.origin,
        "lines": screen.n(),
        "genes": screen.p(),
        "tissues": screen.tissue().map(|tissue| tissue.names.len()),
        "folds": found.fold_of_line.iter().max().map_or(0, |last| last + 1),
        "response_mean": found.z_mean,
        "response_sd": found.z_scale,
        "methods": found.methods.iter().map(method).collect::<Vec<_>>(),
        "exclusions": exclusion_counts(&input.joined.exclusions),
        "layout": input.layout,
        "notes": notes,
    })
}

fn print(input: &Input, found: &CvOutcome, folder: &Folder) {
    let screen = &input.joined.screen;
    let folds = found.fold_of_line.iter().max().map_or(0, |last| last + 1);
    println!("{} ({}): {} lines, {} genes, {folds} folds\n", drug(input), input.origin.label(), screen.n(), screen.p());
    let within = found.methods.iter().any(|outcome| outcome.within_tissue.is_some());
    let head = if within { "  within tissue" } else { "" };
    println!("{:20}  {:>7}  {:>7}  {:>6}{head}", "method", "MSE", "s.e.", "r");
    for outcome in &found.methods {
        let r = outcome.pearson.map_or_else(|| "–".into(), |r| format!("{r:.3}"));
        let within = outcome.within_tissue.as_ref();
        let within = within.map_or_else(String::new, |within| format!("  {:>13.4}", within.mse));
        let (name, mse, error) = (outcome.method.name(), outcome.mse, outcome.standard_error);
        println!("{name:20}  {mse:>7.4}  {error:>7.4}  {r:>6}{within}");
    }
    if let Some(variance) = found.methods.iter().find_map(|outcome| outcome.within_tissue.as_ref()) {
        println!("\nwithin tissues the response has the variance {:.4}", variance.variance);
    }
    println!("\nwrote {} and {}", folder.place(REPORT), folder.place("figure.svg"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_have_two_names() {
        for (word, found) in [
            ("ridge", Method::Ridge),
            ("elastic-net", Method::ElasticNet),
            ("ELA", Method::ElasticNet),
            ("nw.p", Method::NetworkPredictor),
            (" predictive-network", Method::PredictiveNetwork),
        ] {
            assert_eq!(method(word), Ok(found), "{word}");
        }
        assert!(method("forest").unwrap_err().contains("predictive-network"));
    }
}
