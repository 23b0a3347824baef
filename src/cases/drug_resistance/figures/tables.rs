//! Figures of the eight tables: errors of all methods, and genes selected for several drugs.

use std::sync::Arc;

use super::super::cross_validation::{Method, MethodOutcome};
use super::super::experiments::baseline::{Baseline, Outcome};
use super::super::groups::{common, intersection_sizes};
use super::super::params::Params;
use super::super::readers::{Drug, Features};
use super::{captioned, guide, places};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench};

/// The four drugs on one feature set.
fn row(features: Features, params: &Params, bench: &Workbench) -> Result<Vec<Arc<Outcome>>, CaseError> {
    Drug::ALL.into_iter().map(|drug| bench.outcome::<Baseline>(&params.baseline(features, drug))).collect()
}

/// What is drawn: all but the mean, whose error is one.
const SHOWN: [Method; 6] = [
    Method::Tissue,
    Method::Ridge,
    Method::ElasticNet,
    Method::Lasso,
    Method::NetworkPredictor,
    Method::PredictiveNetwork,
];

/// One value of each drug for a method; NaN where it was not run.
fn each(row: &[Arc<Outcome>], method: Method, value: impl Fn(&MethodOutcome) -> f64) -> Vec<f64> {
    row.iter().map(|outcome| outcome.cv.of(method).map_or(f64::NAN, &value)).collect()
}

pub fn baseline(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let mut figure = captioned(
        "Five-fold nested cross-validation with the fixed folds, in units of the variance of z. a, d: pooled test MSE with the standard error \
         over folds; the mean predictor has 1. b, e: less that of ridge, with the standard error of the paired difference over folds: below \
         zero is better than ridge. c, f: error within tissues over the variance there; 1 is what knowing the tissue's mean alone gives.",
    );
    for features in Features::ALL {
        let row = row(features, params, bench)?;
        let names = Drug::ALL.map(Drug::name);
        let title = |what: &str| format!("{}: {what}", features.label());
        let mut errors = Panel::new(title("test MSE"), Axis::linear(""), Axis::linear("test MSE")).categories(names);
        let mut beside = Panel::new(title("less ridge"), Axis::linear(""), Axis::linear("MSE − MSE of ridge"))
            .categories(names)
            .series(guide(Origin::Real, "", (-0.5, 0.0), (3.5, 0.0)));
        let mut within = Panel::new(title("within tissues"), Axis::linear(""), Axis::linear("MSE / variance"))
            .categories(names)
            .series(guide(Origin::Real, "", (-0.5, 1.0), (3.5, 1.0)));
        for (index, method) in SHOWN.into_iter().enumerate() {
            let at = places(Drug::ALL.len(), 0.13 * (index as f64 - 2.5));
            let series = |mark, x: &[f64], y: Vec<f64>| {
                Series::new(method.label(), Origin::Real, mark, x.to_vec(), y).tolerance(1e-4, 1e-4)
            };
            errors =
                errors.series(
                    series(Mark::Bars, &places(Drug::ALL.len(), 0.0), each(&row, method, |found| found.mse))
                        .spread(each(&row, method, |found| found.standard_error)),
                );
            let pairs: Vec<(f64, f64)> = row.iter().map(|outcome| paired(outcome, method)).collect();
            let (difference, error): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            beside = beside.series(series(Mark::Points, &at, difference).spread(error));
            let share =
                |found: &MethodOutcome| found.within_tissue.map_or(f64::NAN, |within| within.mse / within.variance);
            within = within.series(series(Mark::Points, &at, each(&row, method, share)));
        }
        figure = figure.panel(errors).panel(beside).panel(within);
    }
    Ok(figure)
}

/// Pooled MSE less that of ridge, and the standard error of the folds' differences.
fn paired(outcome: &Outcome, method: Method) -> (f64, f64) {
    let (Some(found), Some(ridge)) = (outcome.cv.of(method), outcome.cv.of(Method::Ridge)) else {
        return (f64::NAN, f64::NAN);
    };
    let differences: Vec<f64> = found.folds.iter().zip(&ridge.folds).map(|(a, b)| a.mse - b.mse).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (found.mse - ridge.mse, (variance / n).sqrt())
}

/// Short names of drugs, for pairs.
const SHORT: [&str; 4] = ["dox", "MMC", "5-FU", "doc"];

pub fn overlap(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let row = row(Features::Expr706, params, bench)?;
    let genes = row.first().map_or(0, |outcome| outcome.genes.len());
    let pairs: Vec<Vec<usize>> = (0..4).flat_map(|a| (a + 1..4).map(move |b| vec![a, b])).collect();
    let asked: Vec<Vec<usize>> = pairs.into_iter().chain([vec![0, 1, 2, 3]]).collect();
    let names: Vec<String> =
        asked
            .iter()
            .map(|drugs| {
                if drugs.len() == 4 {
                    "all four".to_owned()
                } else {
                    format!("{}, {}", SHORT[drugs[0]], SHORT[drugs[1]])
                }
            })
            .collect();
    let mut figure = captioned(String::new());
    let mut told = Vec::new();
    for method in [Method::PredictiveNetwork, Method::ElasticNet, Method::Lasso] {
        let selected: Vec<Vec<usize>> = row.iter().map(|outcome| outcome.selected(method)).collect();
        let found = asked.iter().map(|drugs| {
            let sets: Vec<Vec<usize>> = drugs.iter().map(|drug| selected[*drug].clone()).collect();
            let overlap = common(&sets, genes);
            let high = upper(&intersection_sizes(genes, &overlap.sizes));
            (overlap.shared.len() as f64, overlap.expected, high, overlap)
        });
        let found: Vec<_> = found.collect();
        let place = places(asked.len(), 0.0);
        let series = |name: &str, mark, origin, y: Vec<f64>| Series::new(name, origin, mark, place.clone(), y);
        let panel = Panel::new(method.label(), Axis::linear(""), Axis::linear("genes shared"))
            .categories(names.clone())
            .series(series("found", Mark::Bars, Origin::Real, found.iter().map(|f| f.0).collect()).tolerance(0.0, 2.0))
            .series(
                series("expected by chance", Mark::Points, Origin::Exact, found.iter().map(|f| f.1).collect())
                    .tolerance(0.05, 0.5),
            )
            .series(
                series("95 % of chance is below", Mark::Points, Origin::Exact, found.iter().map(|f| f.2).collect())
                    .tolerance(0.05, 1.0),
            );
        figure = figure.panel(panel);
        if let Some((shared, expected, _, overlap)) = found.last() {
            let sizes: Vec<String> = overlap.sizes.iter().map(usize::to_string).collect();
            let named: Vec<&str> = overlap
                .shared
                .iter()
                .take(8)
                .filter_map(|gene| row.first()?.genes.get(*gene).map(String::as_str))
                .collect();
            told.push(format!(
                "{}: {} genes a drug, {shared} in all four ({expected:.1} expected{})",
                method.label(),
                sizes.join("/"),
                if named.is_empty() { String::new() } else { format!("; {}", named.join(", ")) }
            ));
        }
    }
    figure.caption = format!(
        "Genes used in more than half of the folds on expr706: θ ≠ 0 for Pro, a coefficient for the others. Chance: independent random sets of the \
         same sizes. The same lines are behind all drugs, so more than chance shows a shared signal (tissue among others), not shared \
         markers; and θ isn't identifiable among genes with the same regulators. {}.",
        told.join(". ")
    );
    Ok(figure)
}

/// The smallest size that 95 % of chance doesn't exceed.
fn upper(chances: &[f64]) -> f64 {
    let mut below = 0.0;
    for (size, chance) in chances.iter().enumerate() {
        below += chance;
        if below >= 0.95 {
            return size as f64;
        }
    }
    chances.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_end_of_chance() {
        assert_eq!(upper(&[0.5, 0.4, 0.06, 0.04]), 2.0);
        assert_eq!(upper(&[1.0]), 0.0);
    }
}
