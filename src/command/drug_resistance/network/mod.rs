//! `saigen drug_resistance network`: a gene network fitted together with the predictor of drug response.

use clap::ValueEnum;
use miette::miette;
use saigen::cases::drug_resistance::Screen;
use saigen::cases::drug_resistance::cross_validation::{Chosen, CvError, FoldScheme, Method, Options, kept, nested};
use saigen::cases::drug_resistance::groups::{Edge, GroupError, Groups};
use saigen::cases::drug_resistance::predictive::{
    DegreeScale, Params, PredictiveError, PredictiveFit, Refresh, Sign, ThetaPenalty, fit,
};
use serde_json::json;

use super::super::output::OutputArguments;
use super::super::terminal::Terminal;
use super::super::{Outcome, Verdict};
use super::files;
use super::input::{Folds, Input, Inputs, Place, apart, parameters};
use compared::{Compared, Size, compare, doubts, groups};

mod compared;
mod figure;
mod shown;

/// Fits a gene network together with the predictor of drug response on all lines, and compares sensitive with resistant lines.
///
/// Column j of B holds the regulators of gene j, θ weighs network-predicted expression Bᵀx in the response; both are for standardised
/// expression. With --sensitive or --resistant the regulatory effects B_lj·x_il of the lines at either end of the response are
/// compared, edge by edge and hub by hub, with shuffled labels. Edges are associations, not directed regulation. Edges are written as
/// CSV and as GraphML.
#[derive(Debug, clap::Args)]
#[command(after_long_help = files::network_help())]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    /// Lasso weight on the network [default: 0.3]
    #[arg(long, value_name = "A", help_heading = "Network", conflicts_with = "tune")]
    a1: Option<f64>,
    /// Ridge weight on the network [default: a1, or a1/4 with fewer genes than lines]
    #[arg(long, value_name = "A", help_heading = "Network", conflicts_with = "tune")]
    a2: Option<f64>,
    /// Lasso weight on θ, as a share of the one at which θ is zero [default: 0.05]
    #[arg(long, value_name = "F", help_heading = "Network", conflicts_with = "tune")]
    f: Option<f64>,
    /// Weight of the network penalty on θ [default: 0.01]
    #[arg(long, value_name = "A", help_heading = "Network", conflicts_with = "tune")]
    a4: Option<f64>,
    /// Chooses the four weights by five-fold nested cross-validation: those that most folds choose.
    #[arg(long, help_heading = "Network")]
    tune: bool,
    /// Signs in the network penalty.
    #[arg(long, value_enum, default_value_t = SignWord::Frozen, help_heading = "Network")]
    sign: SignWord,
    /// Divisor in the network penalty: the degree, or its square root.
    #[arg(long, value_enum, default_value_t = DegreeWord::Linear, help_heading = "Network")]
    degree: DegreeWord,
    /// When the weights of the network penalty follow the network.
    #[arg(long, value_enum, default_value_t = RefreshWord::PerRound, help_heading = "Network")]
    refresh: RefreshWord,
    /// Leaves the network at the nodewise elastic nets, which ignore the response (NW.P).
    #[arg(long, help_heading = "Network")]
    nwp: bool,
    /// Keeps this share of the genes, those of the highest variance: 0.1 as in the publication.
    #[arg(long, visible_alias = "top-variance", value_name = "SHARE", help_heading = "Network")]
    variance_filter: Option<f64>,
    /// Lines with the lowest responses: a share below 1 (0.1 is a decile) or a number of lines.
    #[arg(long, value_name = "SHARE|N", help_heading = "Groups")]
    sensitive: Option<Size>,
    /// Lines with the highest responses [default: as many as --sensitive]
    #[arg(long, value_name = "SHARE|N", help_heading = "Groups")]
    resistant: Option<Size>,
    /// Quantile of all effects above which an edge is present in a group.
    #[arg(long, value_name = "Q", default_value_t = 0.95, help_heading = "Groups")]
    level: f64,
    /// Shuffles of group labels behind p-values.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Groups")]
    permutations: u32,
    /// Seed of shuffles and of --tune: the same seed gives the same bytes, whatever the number of threads.
    #[arg(long, default_value_t = 1, help_heading = "Groups")]
    seed: u64,
    #[command(flatten, next_help_heading = "Output")]
    output: OutputArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SignWord {
    /// Those of a lasso fit, held.
    Frozen,
    /// Those of θ itself; not convex.
    Literal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DegreeWord {
    Linear,
    Sqrt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RefreshWord {
    Never,
    PerRound,
    /// After a round, if the objective falls.
    DescentOnly,
}

/// What was found.
struct Found {
    fit: PredictiveFit,
    edges: Vec<Edge>,
    /// Predicted responses of all lines; they were fitted to.
    fitted: Vec<f64>,
    compared: Option<Compared>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let shares = [("--variance-filter", arguments.variance_filter), ("--level", Some(arguments.level))];
    for (name, share) in shares {
        if let Some(share) = share.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
            return Err(miette!("{name} is {share}; it must be above 0 and at most 1"));
        }
    }
    // A wrong weight shouldn't be told after the matrix is read; those that depend on it are good if these are.
    weighted(arguments, Params::default(), false).check().map_err(refused)?;
    let results = files::NETWORK;
    let folder = arguments.output.folder()?;
    folder.claim(&results, &files::ALL)?;
    apart(arguments.inputs.paths(), arguments.output.path(), &results)?;
    let terminal = Terminal::start();
    let place = Place { folder: &folder, results, terminal: &terminal };
    arguments.inputs.run(Folds::default(), place, |input| estimate(arguments, input, place))
}

fn refused(error: PredictiveError) -> miette::Report {
    miette!(help = "see saigen drug_resistance network --help", "{error} (--a1, --a2, --f, --a4)")
}

/// Fits the network, compares the groups and writes what came of it.
fn estimate(arguments: &Arguments, mut input: Input, place: Place<'_>) -> Outcome {
    let Place { folder, results, terminal } = place;
    let mut notes = Vec::new();
    if let Some(share) = arguments.variance_filter {
        let screen = &input.joined.screen;
        let genes = kept(screen.x(), Some(share));
        notes.push(format!("{} of {} genes kept by variance", genes.len(), screen.p()));
        input.joined.screen = screen.of_genes(&genes);
    }
    // Groups are small work, but their faults shouldn't be told after minutes.
    let groups = groups(arguments, &input)?;
    notes.extend(groups.iter().flat_map(|groups| doubts(groups, &input)));
    notes.iter().for_each(|note| terminal.line(&format!("note: {note}")));
    let Some(params) = weights(arguments, &input, terminal)? else { return Ok(Verdict::Interrupted) };
    let Some(found) = fitted(arguments, &input, params.clone(), groups, terminal)? else {
        return Ok(Verdict::Interrupted);
    };
    if !found.fit.converged {
        let rounds = found.fit.rounds;
        notes.push(format!("the fit ended after {rounds} rounds, before its stop rule was met: see trace.csv"));
        terminal.line(&format!("warning: {}", notes[notes.len() - 1]));
    }
    let notes = [&input.joined.notes[..], &notes].concat();
    let params = json!({
        "saigen": env!("CARGO_PKG_VERSION"), "action": results.action, "files": arguments.inputs.report(),
        "variance_filter": arguments.variance_filter, "tuned": arguments.tune, "seed": arguments.seed,
        "options": parameters(&params)?,
        "groups": found.compared.as_ref().map(|compared| json!({
            "sensitive": compared.groups.sensitive.len(), "resistant": compared.groups.resistant.len(), "level": arguments.level,
            "permutations": arguments.permutations,
        })),
    });
    let report = shown::report(&input, &found, &params, &notes);
    folder.clear(&results)?;
    folder.write(&shown::files(&input, &found, &params), &report)?;
    if arguments.output.json {
        println!("{report:#}");
    } else {
        shown::print(&input, &found);
        println!("\n{}", folder.written(&results));
    }
    Ok(Verdict::Done)
}

/// Settings with the weights that were given; `tall`: there are fewer genes than lines.
fn weighted(arguments: &Arguments, settings: Params, tall: bool) -> Params {
    let a1 = arguments.a1.unwrap_or(settings.a1);
    let a2 = arguments.a2.unwrap_or(if tall { a1 / 4.0 } else { a1 });
    let a3 = arguments.f.map_or(settings.a3, ThetaPenalty::Fraction);
    Params { a1, a2, a3, a4: arguments.a4.unwrap_or(settings.a4), ..settings }
}

/// The options of the fit; `None` if the user stopped the choice of weights.
fn weights(arguments: &Arguments, input: &Input, terminal: &Terminal) -> miette::Result<Option<Params>> {
    let screen = &input.joined.screen;
    let options = Params {
        sign: match arguments.sign {
            SignWord::Frozen => Sign::Frozen,
            SignWord::Literal => Sign::Literal,
        },
        degree: match arguments.degree {
            DegreeWord::Linear => DegreeScale::Linear,
            DegreeWord::Sqrt => DegreeScale::Sqrt,
        },
        refresh: match arguments.refresh {
            RefreshWord::Never => Refresh::Never,
            RefreshWord::PerRound => Refresh::PerRound,
            RefreshWord::DescentOnly => Refresh::DescentOnly,
        },
        network_step: !arguments.nwp,
        ..Params::default()
    };
    if arguments.tune {
        return tuned(arguments, screen, options, terminal);
    }
    Ok(Some(weighted(arguments, options, screen.p() < screen.n())))
}

/// The weights that most folds of a nested cross-validation choose; of equals the larger ones, which are sparser.
fn tuned(
    arguments: &Arguments,
    screen: &Screen,
    params: Params,
    terminal: &Terminal,
) -> miette::Result<Option<Params>> {
    let method = if arguments.nwp { Method::NetworkPredictor } else { Method::PredictiveNetwork };
    let mut options = Options { folds: FoldScheme::Made { count: 5 }, seed: arguments.seed, ..Options::default() };
    (options.network.sign, options.network.degree) = (params.sign, params.degree);
    options.network.refresh = params.refresh;
    let found = match nested(screen, &[method], &options, terminal) {
        Ok(found) => found,
        Err(CvError::Interrupted(_)) => return Ok(None),
        Err(error) => {
            let help = "give the weights yourself: --a1, --a2, --f, --a4";
            return Err(miette!(help = help, "{}: {error}", arguments.inputs.response.display()));
        }
    };
    let chosen = found.methods.iter().flat_map(|outcome| &outcome.folds).filter_map(|fold| match fold.chosen {
        Chosen::Network { a1, a2, f, a4, .. } => Some([a1, a2, f, a4]),
        _ => None,
    });
    let chosen: Vec<[f64; 4]> = chosen.collect();
    let votes = |choice: &[f64; 4]| chosen.iter().filter(|other| *other == choice).count();
    let order = |a: &&[f64; 4], b: &&[f64; 4]| {
        let larger = || a.iter().zip(*b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
        votes(a).cmp(&votes(b)).then_with(|| larger().unwrap_or(std::cmp::Ordering::Equal))
    };
    let Some([a1, a2, f, a4]) = chosen.iter().max_by(order).copied() else {
        return Err(miette!("no fold chose weights of the network"));
    };
    terminal.line(&format!("note: chosen by cross-validation: a1 {a1}, a2 {a2}, f {f:.4}, a4 {a4}"));
    Ok(Some(Params { a1, a2, a3: ThetaPenalty::Fraction(f), a4, ..params }))
}

/// Fits the network and compares the groups; `None` if the user stopped it.
fn fitted(
    arguments: &Arguments,
    input: &Input,
    params: Params,
    groups: Option<Groups>,
    terminal: &Terminal,
) -> miette::Result<Option<Found>> {
    let screen = &input.joined.screen;
    let place = || input.joined.screen.drug().to_string();
    let params = params.check().map_err(refused)?;
    let fit = match fit(screen.x(), screen.z(), &params, terminal) {
        Ok(fit) => fit,
        Err(PredictiveError::Interrupted(_)) => return Ok(None),
        Err(error) => return Err(miette::Report::from_err(error).wrap_err(place())),
    };
    let fitted = fit.predict(screen.x()).map_err(|error| miette::Report::from_err(error).wrap_err(place()))?;
    let edges: Vec<Edge> = fit.b.edges().map(|(from, to, weight)| Edge { from, to, weight }).collect();
    let compared = match groups {
        None => None,
        Some(groups) => match compare(arguments, screen, &fit, &edges, groups, terminal) {
            Ok(compared) => Some(compared),
            Err(GroupError::Interrupted(_)) => return Ok(None),
            Err(error) => return Err(miette::Report::from_err(error).wrap_err(place())),
        },
    };
    Ok(Some(Found { fit, edges, fitted, compared }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_that_the_help_names() {
        let params = Params::default();
        assert_eq!((params.a1, params.a3, params.a4), (0.3, ThetaPenalty::Fraction(0.05), 0.01));
    }
}
