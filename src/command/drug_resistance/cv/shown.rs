//! What `cv` writes and prints.

use saigen::cases::drug_resistance::cross_validation::{Chosen, CvOutcome, FoldOutcome, Method, MethodOutcome};
use saigen::repro::{Axis, Figure, Mark, Origin, Panel, Series, svg};
use serde_json::{Map, Value, json};

use super::super::super::output::{Cell, Csv};
use super::super::files::{CHOSEN, PREDICTIONS, SCORES};
use super::super::input::{Input, drug, exclusion_counts, exclusions, remark};

pub fn files(input: &Input, found: &CvOutcome, params: &Value) -> Vec<(&'static str, String)> {
    let remark = remark("cv", input);
    let unit = "errors in units of the variance of the response over all lines used".to_string();
    let within =
        variance_within(found).map(|share| format!("{share:?} of the variance of the response lies within tissues"));
    let scaled: Vec<String> = [remark.clone(), unit].into_iter().chain(within).collect();
    let remarks = [remark];
    vec![
        (SCORES.name, scores(&scaled, found)),
        (PREDICTIONS.name, predictions(&remarks, input, found)),
        (CHOSEN.name, chosen(&scaled, found)),
        ("exclusions.csv", exclusions(&remarks, &input.joined.exclusions)),
        ("figure.svg", svg(&figure(input, found), None)),
        ("params.json", format!("{params:#}\n")),
    ]
}

/// The share of the variance of the response that lies within tissues: the same for all methods.
fn variance_within(found: &CvOutcome) -> Option<f64> {
    found.methods.iter().find_map(|outcome| outcome.within_tissue.as_ref()).map(|within| within.variance)
}

/// A method within tissues: the share of the variance there that is left, and its correlation.
struct Within {
    left: f64,
    pearson: Option<f64>,
    lines: usize,
}

fn within(outcome: &MethodOutcome) -> Option<Within> {
    let found = outcome.within_tissue.as_ref()?;
    let pearson = found.pearson.filter(|_| sees_expression(outcome.method));
    Some(Within { left: found.mse / found.variance, pearson, lines: found.lines })
}

/// Pearson's r, where it means something.
fn correlation(outcome: &MethodOutcome) -> Option<f64> {
    outcome.pearson.filter(|_| sees_expression(outcome.method))
}

/// Predictions of the mean and of the tissue differ from fold to fold by what was left out: what correlates there is
/// an artefact.
fn sees_expression(method: Method) -> bool {
    !matches!(method, Method::Mean | Method::Tissue)
}

fn scores(remarks: &[String], found: &CvOutcome) -> String {
    let mut csv = Csv::new(remarks, &SCORES.header());
    for outcome in &found.methods {
        let within = within(outcome);
        let lines = within.as_ref().map_or_else(String::new, |within| within.lines.to_string());
        csv.row([
            Cell::from(outcome.method.name()),
            outcome.method.label().into(),
            outcome.mse.into(),
            outcome.standard_error.into(),
            correlation(outcome).into(),
            within.as_ref().map(|within| within.left).into(),
            within.and_then(|within| within.pearson).into(),
            lines.into(),
        ]);
    }
    csv.finish()
}

fn predictions(remarks: &[String], input: &Input, found: &CvOutcome) -> String {
    let screen = &input.joined.screen;
    let mut columns: Vec<String> = PREDICTIONS.header().into_iter().map(str::to_string).collect();
    // The last column stands for one of each method.
    columns.pop();
    columns.extend(found.methods.iter().map(|outcome| format!("predicted_{}", outcome.method.name())));
    let mut csv = Csv::new(remarks, &columns.iter().map(String::as_str).collect::<Vec<_>>());
    for (row, line) in screen.lines().iter().enumerate() {
        let tissue = screen.tissue().map_or("", |tissue| tissue.names[tissue.codes[row]].as_str());
        let fixed = [Cell::from(line.as_str()), tissue.into(), found.fold_of_line[row].into(), screen.z()[row].into()];
        csv.row(fixed.into_iter().chain(found.methods.iter().map(|outcome| outcome.predictions[row].into())));
    }
    csv.finish()
}

/// What was chosen, by the names of columns.
fn weights(chosen: Chosen) -> Vec<(&'static str, f64)> {
    match chosen {
        Chosen::Nothing => Vec::new(),
        Chosen::Ridge { lambda } => vec![("lambda", lambda)],
        Chosen::ElasticNet { lambda, l1_ratio } => vec![("lambda", lambda), ("l1_ratio", l1_ratio)],
        Chosen::Network { a1, a2, f, a3, a4 } => vec![("a1", a1), ("a2", a2), ("f", f), ("a3", a3), ("a4", a4)],
    }
}

fn is_network(fold: &FoldOutcome) -> bool {
    matches!(fold.chosen, Chosen::Network { .. })
}

fn chosen(remarks: &[String], found: &CvOutcome) -> String {
    let mut csv = Csv::new(remarks, &CHOSEN.header());
    let all = found.methods.iter().flat_map(|outcome| outcome.folds.iter().map(move |fold| (outcome, fold)));
    for (outcome, fold) in all {
        let (weights, network) = (weights(fold.chosen), is_network(fold));
        let weight = |name: &str| Cell::from(weights.iter().find(|(known, _)| *known == name).map(|(_, value)| *value));
        let of_network = |cell: Cell| if network { cell } else { "".into() };
        let converged = if fold.converged { "yes" } else { "no" };
        let fixed = [Cell::from(outcome.method.name()), fold.fold.into(), fold.rows.len().into(), fold.mse.into()];
        let rest = [
            Cell::from(fold.coefficients.len()),
            of_network(fold.theta.len().into()),
            of_network(fold.rounds.into()),
            of_network(converged.into()),
            of_network(fold.network_change.into()),
        ];
        let names = ["lambda", "l1_ratio", "a1", "a2", "f", "a3", "a4"];
        csv.row(fixed.into_iter().chain(names.map(weight)).chain(rest));
    }
    csv.finish()
}

fn figure(input: &Input, found: &CvOutcome) -> Figure {
    let screen = &input.joined.screen;
    let places: Vec<f64> = (0..found.methods.len()).map(|place| place as f64).collect();
    let names = || found.methods.iter().map(|outcome| outcome.method.label());
    let bars = |values: Vec<f64>| Series::new("", input.origin, Mark::Bars, places.clone(), values);
    let guide = || {
        let ends = vec![-0.5, places.len() as f64 - 0.5];
        Series::new("", input.origin, Mark::Guide, ends, vec![1.0; 2])
    };
    let all = bars(found.methods.iter().map(|outcome| outcome.mse).collect())
        .spread(found.methods.iter().map(|outcome| outcome.standard_error).collect());
    let mut figure = Figure::new(
        "figure",
        format!("Cross-validated error: {} ({} lines, {} genes)", screen.drug(), screen.n(), screen.p()),
        "Made by saigen drug_resistance cv. Test error in units of the variance of the response, with the standard error over \
         folds; the dashed line is the mean predictor's. Within tissues, the mean of each tissue is taken out of response and \
         prediction, and the error is given as a share of the variance there: at the dashed line nothing is explained. The means \
         that folds learn lack the lines that are tested, so predictors that know no more than them lie a little above it.",
    )
    .panel(
        Panel::new("All lines", Axis::linear(""), Axis::linear("test MSE (variance of the response = 1)"))
            .categories(names())
            .series(all)
            .series(guide()),
    );
    let within: Option<Vec<Within>> = found.methods.iter().map(within).collect();
    if let Some(within) = within.filter(|within| !within.is_empty()) {
        let panel = Panel::new("Within tissues", Axis::linear(""), Axis::linear("share of the variance left"))
            .categories(names())
            .series(bars(within.iter().map(|within| within.left).collect()))
            .series(guide());
        figure = figure.panel(panel);
    }
    if input.origin == Origin::Synthetic { figure.stand_in() } else { figure }
}

/// A fold of a method: its error, what was chosen, and how the fit ended.
fn fold_report(fold: &FoldOutcome) -> Value {
    let chosen: Map<String, Value> =
        weights(fold.chosen).into_iter().map(|(name, value)| (name.to_string(), value.into())).collect();
    let mut report = json!({
        "fold": fold.fold, "lines": fold.rows.len(), "mse": fold.mse, "chosen": chosen,
        "coefficients": fold.coefficients.len(),
    });
    if is_network(fold) {
        report["theta"] = fold.theta.len().into();
        report["rounds"] = fold.rounds.into();
        report["converged"] = fold.converged.into();
        report["network_change"] = fold.network_change.into();
    }
    report
}

pub fn report(input: &Input, found: &CvOutcome, params: &Value, notes: &[String]) -> Value {
    let screen = &input.joined.screen;
    let method = |outcome: &MethodOutcome| {
        json!({
            "method": outcome.method.name(), "label": outcome.method.label(), "mse": outcome.mse,
            "fold_standard_error": outcome.standard_error, "pearson_r": correlation(outcome),
            "within_tissue": within(outcome).map(|within| json!({
                "left": within.left, "pearson_r": within.pearson, "lines": within.lines,
            })),
            "folds": outcome.folds.iter().map(fold_report).collect::<Vec<_>>(),
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
        "folds": folds(found),
        "response_mean": found.z_mean,
        "response_sd": found.z_scale,
        "variance_within_tissues": variance_within(found),
        "methods": found.methods.iter().map(method).collect::<Vec<_>>(),
        "exclusions": exclusion_counts(&input.joined.exclusions),
        "layout": input.layout,
        "notes": notes,
    })
}

fn folds(found: &CvOutcome) -> usize {
    found.fold_of_line.iter().max().map_or(0, |last| last + 1)
}

pub fn print(input: &Input, found: &CvOutcome) {
    let screen = &input.joined.screen;
    let (name, origin) = (drug(input), input.origin.label());
    println!("{name} ({origin}): {} lines, {} genes, {} folds\n", screen.n(), screen.p(), folds(found));
    let share = variance_within(found);
    let head = if share.is_some() { "  left within tissues" } else { "" };
    println!("{:20}  {:>7}  {:>7}  {:>6}{head}", "method", "MSE", "s.e.", "r");
    for outcome in &found.methods {
        let r = correlation(outcome).map_or_else(|| "–".into(), |r| format!("{r:.3}"));
        let within = within(outcome).map_or_else(String::new, |within| format!("  {:>19.4}", within.left));
        let (name, mse, error) = (outcome.method.name(), outcome.mse, outcome.standard_error);
        println!("{name:20}  {mse:>7.4}  {error:>7.4}  {r:>6}{within}");
    }
    println!("\nMSE: the variance of the response is 1");
    if let Some(share) = share {
        println!("left within tissues: share of the variance there, which is {share:.3} of all; 1 explains nothing");
    }
}

#[cfg(test)]
mod tests {
    use saigen::cases::drug_resistance::cross_validation::WithinTissue;

    use super::*;

    fn outcome(method: Method) -> MethodOutcome {
        let fold = FoldOutcome {
            fold: 0,
            rows: vec![0, 1],
            predictions: vec![0.0, 0.1],
            mse: 0.9,
            chosen: Chosen::Network { a1: 0.3, a2: 0.075, f: 0.05, a3: 0.01, a4: 0.0 },
            intercept: 0.0,
            coefficients: vec![(0, 1.0)],
            theta: vec![(0, 1.0)],
            rounds: 50,
            converged: false,
            network_change: 0.02,
        };
        MethodOutcome {
            method,
            mse: 0.9,
            standard_error: 0.1,
            pearson: Some(-0.2),
            within_tissue: Some(WithinTissue { mse: 0.6, variance: 0.8, pearson: Some(-0.1), lines: 2 }),
            predictions: vec![0.0, 0.1],
            folds: vec![fold],
        }
    }

    #[test]
    fn within_tissues_the_share_that_is_left_is_told_and_no_artefact() {
        let methods = [Method::Mean, Method::Tissue, Method::Ridge].map(outcome).to_vec();
        let found = CvOutcome { methods, fold_of_line: vec![0, 0], z_mean: 0.0, z_scale: 1.0 };
        let text = scores(&[], &found);
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(rows[0].iter().position(|name| *name == "within_tissue_left"), Some(5));
        for (row, r, r_within) in [(&rows[1], "", ""), (&rows[2], "", ""), (&rows[3], "-0.2", "-0.1")] {
            assert_eq!((row[4], row[6]), (r, r_within), "{row:?}");
            assert!((row[5].parse::<f64>().unwrap() - 0.75).abs() < 1e-12, "{row:?}");
        }
    }

    #[test]
    fn a_fold_says_what_it_chose_and_how_its_fit_ended() {
        let network = fold_report(&outcome(Method::PredictiveNetwork).folds[0]);
        assert_eq!((&network["chosen"]["a1"], &network["converged"]), (&0.3.into(), &false.into()));
        assert_eq!(network["rounds"], 50);
        let ridge = FoldOutcome { chosen: Chosen::Ridge { lambda: 10.0 }, ..outcome(Method::Ridge).folds[0].clone() };
        let ridge = fold_report(&ridge);
        assert_eq!((&ridge["chosen"]["lambda"], ridge.get("converged")), (&10.0.into(), None));
    }
}
