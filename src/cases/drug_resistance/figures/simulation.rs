//! The figure of the simulated design.

use super::super::experiments::simulation::{Outcome, Simulation, reference};
use super::super::params::Params;
use super::super::published::numbers;
use super::super::simulation::Contender;
use super::{captioned, guide, places};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

/// How far the reference stands beside its box.
const ASIDE: f64 = 0.36;

/// Two contenders, seed by seed.
struct Pair {
    name: &'static str,
    other: Contender,
    pro: Contender,
}

const PAIRS: [Pair; 3] = [
    Pair { name: "LA − Pro", other: Contender::Lasso, pro: Contender::PredictiveNetwork },
    Pair { name: "ELA − Pro", other: Contender::ElasticNet, pro: Contender::PredictiveNetwork },
    NETWORKS,
];

const NETWORKS: Pair =
    Pair { name: "NW.P − Pro", other: Contender::NetworkPredictor, pro: Contender::PredictiveNetwork };

const UNSCALED: Pair = Pair {
    name: "NW.P − Pro, z unscaled",
    other: Contender::NetworkPredictor,
    pro: Contender::PredictiveNetworkUnscaled,
};

/// One box for each sample.
fn boxes(samples: &[Vec<f64>]) -> Series {
    let seeds = samples.first().map_or(0, Vec::len);
    let x = samples.iter().enumerate().flat_map(|(index, sample)| vec![index as f64; sample.len()]).collect();
    Series::new(format!("{seeds} seeds"), Origin::Synthetic, Mark::Boxes, x, samples.concat()).tolerance(1e-4, 1e-4)
}

/// Numbers measured beforehand, beside the boxes that they belong to.
fn given(at: Vec<f64>, found: Vec<(f64, f64)>) -> Series {
    let (mean, error) = found.into_iter().unzip();
    let name = format!("reference implementation, mean ± s.e. of {} seeds", numbers().simulation.seeds);
    Series::new(name, Origin::Synthetic, Mark::Points, at, mean).spread(error)
}

fn errors(title: &str, contenders: &[Contender], noise: f64, found: &Outcome) -> Panel {
    let count = contenders.len();
    let samples: Vec<Vec<f64>> = contenders.iter().map(|contender| found.mse(*contender)).collect();
    let reference = contenders.iter().map(|contender| reference(*contender).unwrap_or((f64::NAN, f64::NAN)));
    Panel::new(title, Axis::linear(""), Axis::linear("test MSE  (units of z)"))
        .categories(contenders.iter().map(|contender| contender.label().replace(" = ", "=")))
        .series(guide(Origin::Synthetic, "noise", (-0.5, noise), (count as f64 - 0.5, noise)))
        .series(boxes(&samples))
        .series(given(places(count, ASIDE), reference.collect()))
}

fn differences(title: &str, pairs: &[Pair], found: &Outcome) -> Panel {
    let each = |pair: &Pair| found.mse(pair.other).iter().zip(found.mse(pair.pro)).map(|(a, b)| a - b).collect();
    let samples: Vec<Vec<f64>> = pairs.iter().map(each).collect();
    let panel = Panel::new(title, Axis::linear(""), Axis::linear("difference of test MSE"))
        .categories(pairs.iter().map(|pair| pair.name))
        .series(guide(Origin::Synthetic, "", (-0.5, 0.0), (pairs.len() as f64 - 0.5, 0.0)))
        .series(boxes(&samples));
    let paired = &numbers().simulation.paired;
    match pairs.iter().position(|pair| pair.name == NETWORKS.name) {
        Some(at) => panel.series(given(vec![at as f64 + ASIDE], vec![(paired.difference, paired.error)])),
        None => panel,
    }
}

pub fn simulation(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Simulation>(&params.simulation)?;
    let noise = params.simulation.design.noise_variance;
    let told = PAIRS.iter().chain([&UNSCALED]).map(|pair| {
        let (summary, wins) = found.paired(pair.other, pair.pro);
        format!("{} {:+.3} ± {:.3} (Pro lower on {wins})", pair.name, summary.mean, summary.standard_error)
    });
    let unscaled = [Contender::NetworkPredictor, Contender::PredictiveNetwork, Contender::PredictiveNetworkUnscaled];
    let scaled = Contender::ALL.into_iter().filter(|contender| *contender != Contender::PredictiveNetworkUnscaled);
    Ok(captioned(format!(
        "Design of the case: 60 genes, 6 hubs with 8 children each, noise variance 4; 100 training, 100 validation, 2000 test lines; hyper-parameters \
         chosen on validation lines. Boxes: quartiles, whiskers to the last seed within 1.5 box heights. Squares: measured beforehand by another \
         implementation. b, d: differences seed by seed; above zero Pro is better. c, d: PredictiveNetwork with z left in its own units, on axes of \
         their own. {}.",
        told.collect::<Vec<_>>().join("; ")
    ))
    .panel(errors("Test MSE", &scaled.collect::<Vec<_>>(), noise, &found))
    .panel(differences("Paired differences", &PAIRS, &found))
    .panel(errors("z left unscaled: test MSE", &unscaled, noise, &found))
    .panel(differences("z left unscaled: paired difference", &[NETWORKS, UNSCALED], &found)))
}
