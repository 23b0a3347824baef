//! The figure of the simulated design.

use super::super::experiments::simulation::{Simulation, reference};
use super::super::params::Params;
use super::super::simulation::Contender;
use super::{captioned, guide, places};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

pub fn simulation(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Simulation>(&params.simulation)?;
    let seeds = found.trials.len();
    let at = |contender: Contender| reference(contender).unwrap_or((f64::NAN, f64::NAN));
    let count = Contender::ALL.len();
    let spread_out = |index: usize, values: Vec<f64>| (vec![index as f64; values.len()], values);
    let all = Contender::ALL.into_iter().enumerate().map(|(index, contender)| spread_out(index, found.mse(contender)));
    let (x, y): (Vec<Vec<f64>>, Vec<Vec<f64>>) = all.unzip();
    let noise = params.simulation.design.noise_variance;
    let mse = Panel::new("Test MSE", Axis::linear(""), Axis::linear("test MSE  (units of z)"))
        .categories(Contender::ALL.map(Contender::label))
        .series(guide(Origin::Synthetic, "noise", (-0.5, noise), (count as f64 - 0.5, noise)))
        .series(
            Series::new(format!("{seeds} seeds"), Origin::Synthetic, Mark::Boxes, x.concat(), y.concat())
                .tolerance(1e-4, 0.0),
        )
        .series(
            Series::new(
                "given beforehand, mean of 20 seeds ± s.e.",
                Origin::Synthetic,
                Mark::Points,
                places(count, 0.36),
                Contender::ALL.map(|contender| at(contender).0).to_vec(),
            )
            .spread(Contender::ALL.map(|contender| at(contender).1).to_vec()),
        );
    let pro = Contender::PredictiveNetwork;
    let pairs = [
        ("LA − Pro", Contender::Lasso, pro),
        ("ELA − Pro", Contender::ElasticNet, pro),
        ("NW.P − Pro", Contender::NetworkPredictor, pro),
        ("NW.P − Pro unscaled", Contender::NetworkPredictor, Contender::PredictiveNetworkUnscaled),
    ];
    let differences = |title: &str, pairs: &[(&str, Contender, Contender)]| {
        let each = pairs.iter().enumerate().map(|(index, (_, other, pro))| {
            spread_out(index, found.mse(*other).iter().zip(found.mse(*pro)).map(|(a, b)| a - b).collect())
        });
        let (x, y): (Vec<Vec<f64>>, Vec<Vec<f64>>) = each.unzip();
        let boxes = Series::new(format!("{seeds} seeds"), Origin::Synthetic, Mark::Boxes, x.concat(), y.concat());
        Panel::new(title, Axis::linear(""), Axis::linear("difference of test MSE, by seed"))
            .categories(pairs.iter().map(|(name, _, _)| *name))
            .series(guide(Origin::Synthetic, "no difference", (-0.5, 0.0), (pairs.len() as f64 - 0.5, 0.0)))
            .series(boxes.tolerance(1e-4, 1e-4))
    };
    let paired = differences("Paired differences", &pairs[..3]);
    let unscaled = differences("z left unscaled", &pairs[3..]);
    let told = pairs.iter().map(|(name, other, pro)| {
        let (summary, wins) = found.paired(*other, *pro);
        format!("{name} {:+.3} ± {:.3} (Pro lower on {wins})", summary.mean, summary.standard_error)
    });
    Ok(captioned(format!(
        "Design of the case: 60 genes, 6 hubs with 8 children each, noise variance 4; 100 training, 100 validation, 2000 test lines; hyper-parameters \
         chosen on validation lines. Boxes: quartiles, whiskers to the last seed within 1.5 box heights. b, c: above zero Pro is better. {}.",
        told.collect::<Vec<_>>().join("; ")
    ))
    .panel(mse)
    .panel(paired)
    .panel(unscaled))
}
