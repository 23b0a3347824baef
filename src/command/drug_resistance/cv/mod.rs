//! `saigen drug_resistance cv`: predictors of drug response beside one another, by nested cross-validation.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use miette::miette;
use saigen::cases::drug_resistance::cross_validation::{
    CvError, CvOutcome, FoldScheme, Method, MethodOutcome, Options, nested,
};
use serde_json::json;

use super::super::output::OutputArguments;
use super::super::terminal::Terminal;
use super::super::{Outcome, Verdict};
use super::files;
use super::input::{FEW, Folds, Input, Inputs, Place, apart, parameters};

mod shown;

/// Cross-validates predictors of drug response: mean, tissue, ridge, elastic net, lasso, NW.P and PredictiveNetwork.
///
/// Everything that is chosen (standardisation, genes by variance, hyper-parameters) is chosen on the training lines of a fold; its test
/// lines are only predicted. Ridge and, where tissues are known, the tissue predictor stand beside whatever is asked for:
/// without them a low error says little. Errors are in units of the variance of the response, so the mean has about 1.
#[derive(Debug, clap::Args)]
#[command(after_long_help = files::cv_help())]
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
    #[arg(long, visible_alias = "top-variance", value_name = "SHARE", help_heading = "Validation")]
    variance_filter: Option<f64>,
    /// Seed of folds and inner splits: the same seed gives the same bytes, whatever the number of threads.
    #[arg(long, default_value_t = 1, help_heading = "Validation")]
    seed: u64,
    #[command(flatten, next_help_heading = "Grids (lists by commas; what a fold chooses stands in chosen.csv)")]
    grids: Grids,
    #[command(flatten, next_help_heading = "Output")]
    output: OutputArguments,
}

/// What hyper-parameters are chosen from.
#[derive(Debug, clap::Args)]
struct Grids {
    /// Folds of a training set by which elastic net and lasso choose [default: 5]
    #[arg(long, value_name = "N")]
    inner_folds: Option<usize>,
    /// Shares of the lasso penalty in the elastic net, above 0 to 1 [default: 0.1,0.5,0.9]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    l1_ratios: Option<Vec<f64>>,
    /// How many λ elastic net and lasso try, down to a hundredth of the one at which all is zero [default: 25]
    #[arg(long, value_name = "N")]
    lambdas: Option<usize>,
    /// λ of ridge and tissue, on the sum of squares [default: 21 from 1 to 100000]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    ridge_lambdas: Option<Vec<f64>>,
    /// Lasso weights on the network [default: 0.15,0.3,0.4,0.7]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    a1: Option<Vec<f64>>,
    /// Weights of the network penalty on θ [default: 0,0.001,0.01,0.1]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    a4: Option<Vec<f64>>,
    /// Lasso weights on θ, as shares of the one at which θ is zero, descending [default: 9 from 0.5 to 0.005]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    f: Option<Vec<f64>>,
}

/// A method by its name or its short name.
fn method(word: &str) -> Result<Method, String> {
    let same = |known: &str| known.eq_ignore_ascii_case(word.trim());
    let found = Method::ALL.into_iter().find(|method| same(method.name()) || same(method.label()));
    found.ok_or_else(|| format!("expected one of {}", Method::ALL.map(Method::name).join(", ")))
}

pub fn run(arguments: &Arguments) -> Outcome {
    let options = options(arguments);
    options.check().map_err(|error| refused(arguments, error))?;
    let results = files::CV;
    let folder = arguments.output.folder()?;
    folder.claim(&results, &files::ALL)?;
    let folds = Folds { file: arguments.folds.as_deref(), feature_set: arguments.feature_set.as_deref() };
    apart(arguments.inputs.paths().into_iter().chain(folds.file), arguments.output.path(), &results)?;
    let terminal = Terminal::start();
    let place = Place { folder: &folder, results, terminal: &terminal };
    arguments.inputs.run(folds, place, |input| validate(arguments, &options, &input, place))
}

/// Validates the methods and writes what came of it.
fn validate(arguments: &Arguments, options: &Options, input: &Input, place: Place<'_>) -> Outcome {
    let Place { folder, results, terminal } = place;
    let mut notes = Vec::new();
    let methods = beside(&arguments.methods, input, &mut notes);
    notes.iter().for_each(|note| terminal.line(&format!("note: {note}")));
    let found = match nested(&input.joined.screen, &methods, options, terminal) {
        Ok(found) => found,
        Err(CvError::Interrupted(_)) => return Ok(Verdict::Interrupted),
        Err(error) => return Err(refused(arguments, error)),
    };
    let afterwards: Vec<String> = unfinished(&found).into_iter().chain(small(&found)).collect();
    afterwards.iter().for_each(|note| terminal.line(&format!("warning: {note}")));
    let notes = [&input.joined.notes[..], &notes, &afterwards].concat();
    let params = json!({
        "saigen": env!("CARGO_PKG_VERSION"), "action": results.action, "files": arguments.inputs.report(),
        "folds": arguments.folds, "feature_set": arguments.feature_set,
        "methods": methods.iter().map(|method| method.name()).collect::<Vec<_>>(),
        "options": parameters(options)?,
    });
    let report = shown::report(input, &found, &params, &notes);
    folder.clear(&results)?;
    folder.write(&shown::files(input, &found, &params), &report)?;
    if arguments.output.json {
        println!("{report:#}");
    } else {
        shown::print(input, &found);
        println!("\n{}", folder.written(&results));
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
    let mut options =
        Options { folds, seed: arguments.seed, top_variance: arguments.variance_filter, ..Options::default() };
    let grids = &arguments.grids;
    let set = |list: &mut Vec<f64>, given: &Option<Vec<f64>>| given.iter().for_each(|given| list.clone_from(given));
    options.elastic_net.inner_folds = grids.inner_folds.unwrap_or(options.elastic_net.inner_folds);
    options.elastic_net.lambdas = grids.lambdas.unwrap_or(options.elastic_net.lambdas);
    set(&mut options.elastic_net.l1_ratios, &grids.l1_ratios);
    set(&mut options.ridge.lambdas, &grids.ridge_lambdas);
    set(&mut options.network.a1, &grids.a1);
    set(&mut options.network.a4, &grids.a4);
    set(&mut options.network.f, &grids.f);
    options
}

/// Names the option that helps.
fn refused(arguments: &Arguments, error: CvError) -> miette::Report {
    let help = match &error {
        CvError::Option { name, .. } => {
            return miette!(help = format!("{}; see saigen drug_resistance cv --help", option_of(name)), "{error}");
        }
        CvError::NoTissue { .. } => "give tissues: --tissue FILE, or a table with tissues as --lines",
        CvError::TooManyFolds { .. } => "fewer folds (--fold-count N), or more lines",
        CvError::TooFewLines { .. } => "fewer folds (--fold-count N, --inner-folds N), or more lines",
        CvError::ConstantResponse { .. } => "check the column of responses: --drug NAME|ID, --value COLUMN",
        _ => return miette::Report::from_err(error).wrap_err(arguments.inputs.expression.display().to_string()),
    };
    miette!(help = help, "{}: {error}", arguments.inputs.response.display())
}

/// The option that sets what [`Options::check`] found wrong.
fn option_of(name: &str) -> &'static str {
    match name {
        "the share of genes by variance" => "--variance-filter SHARE",
        "an l1 ratio" => "--l1-ratios LIST",
        "the number of λ" => "--lambdas N",
        "the number of inner folds" => "--inner-folds N",
        "a λ of ridge" => "--ridge-lambdas LIST",
        "a1" => "--a1 LIST",
        "a4" => "--a4 LIST",
        "f" => "--f LIST",
        _ => "a setting is out of range",
    }
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

/// Folds whose error rests on next to nothing.
fn small(found: &CvOutcome) -> Option<String> {
    let folds = found.methods.first().map_or(&[][..], |method| &method.folds);
    let least = folds.iter().map(|fold| fold.rows.len()).min()?;
    (least < FEW).then(|| format!("a fold tests {least} lines only, so the errors of folds and their s.e. say little"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parsed(more: &[&str]) -> Options {
        let fixed = ["cv", "--expression", "E", "--response", "R", "--out", "O"];
        let command = Command::try_parse_from(fixed.iter().chain(more)).map_err(|error| error.to_string());
        options(&command.unwrap().arguments)
    }

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

    #[test]
    fn grids_are_taken_as_given_and_else_as_the_help_names_them() {
        let usual = parsed(&[]);
        assert_eq!(usual, Options::default());
        assert_eq!((usual.elastic_net.inner_folds, usual.elastic_net.lambdas), (5, 25));
        assert_eq!(usual.elastic_net.l1_ratios, [0.1, 0.5, 0.9]);
        assert_eq!((usual.network.a1, usual.network.a4), (vec![0.15, 0.3, 0.4, 0.7], vec![0.0, 0.001, 0.01, 0.1]));
        let (f, ridge) = (usual.network.f, usual.ridge.lambdas);
        assert_eq!((f.len(), ridge.len()), (9, 21));
        assert!((f[0] - 0.5).abs() < 1e-12 && (f[8] - 0.005).abs() < 1e-12);
        assert!((ridge[0] - 1.0).abs() < 1e-12 && (ridge[20] / 1e5 - 1.0).abs() < 1e-12);
        let given = parsed(&[
            "--inner-folds=3",
            "--l1-ratios=0.2,1",
            "--lambdas=7",
            "--ridge-lambdas=1,10",
            "--a1=0.5",
            "--a4=0,0.2",
            "--f=0.3,0.1",
            "--top-variance=0.1",
            "--seed=9",
        ]);
        assert_eq!((given.elastic_net.inner_folds, given.elastic_net.lambdas, given.seed), (3, 7, 9));
        assert_eq!((given.elastic_net.l1_ratios, given.ridge.lambdas), (vec![0.2, 1.0], vec![1.0, 10.0]));
        assert_eq!((given.network.a1, given.network.a4, given.network.f), (vec![0.5], vec![0.0, 0.2], vec![0.3, 0.1]));
        assert_eq!(given.top_variance, Some(0.1));
    }

    #[test]
    fn a_setting_out_of_range_names_its_option() {
        for bad in
            ["--l1-ratios=2", "--lambdas=0", "--inner-folds=1", "--ridge-lambdas=-1", "--a1=0", "--a4=-1", "--f=2"]
        {
            let error = parsed(&[bad]).check().expect_err(bad);
            let CvError::Option { name, .. } = error else { panic!("{bad}: {error}") };
            let option = bad.split('=').next().unwrap();
            assert_eq!(option_of(name).split(' ').next(), Some(option), "{error}");
        }
    }
}
