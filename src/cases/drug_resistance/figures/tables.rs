//! Figures of the eight tables: errors of all methods, and genes selected for several drugs.

use std::sync::Arc;

use super::super::cross_validation::{Method, MethodOutcome};
use super::super::experiments::baseline::{Baseline, Outcome};
use super::super::groups::{common, intersection_sizes};
use super::super::params::Params;
use super::super::published::numbers;
use super::super::readers::{Drug, Features, Joined, shipped};
use super::within::jackknife;
use super::{captioned, guide, places};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Workbench, raise};

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

/// Four drugs on one feature set, with all that a panel needs.
struct Row {
    features: Features,
    found: Vec<Arc<Outcome>>,
}

impl Row {
    fn panel(&self, what: &str, axis: &str) -> Panel {
        let title = format!("{}: {what}", self.features.label());
        Panel::new(title, Axis::linear(""), Axis::linear(axis)).categories(Drug::ALL.map(Drug::name))
    }

    /// Pooled errors, beside those of the reference.
    fn errors(&self) -> Panel {
        let mut panel = self.panel("test MSE", "test MSE").series(across("mean predictor", 1.0));
        let (mut x, mut y, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for (index, method) in SHOWN.into_iter().enumerate() {
            let spread = each(&self.found, method, |found| found.standard_error);
            panel = panel.series(points(index, each(&self.found, method, |found| found.mse)).spread(spread));
            for (drug, at) in Drug::ALL.into_iter().zip(dodged(index)) {
                if let Some(given) = numbers().baseline.mse(self.features, drug, method.label()) {
                    x.push(at);
                    y.push(given);
                    labels.push(method.label());
                }
            }
        }
        panel.series(Series::new("given by a reference implementation", Origin::Real, Mark::Ticks, x, y).labels(labels))
    }

    /// Errors less those of ridge.
    fn beside_ridge(&self) -> Panel {
        let mut panel = self.panel("less ridge", "MSE − MSE of ridge").series(across("", 0.0));
        for (index, method) in SHOWN.into_iter().enumerate() {
            let (difference, error) = self.found.iter().map(|outcome| paired(outcome, method)).unzip();
            panel = panel.series(points(index, difference).spread(error));
        }
        panel
    }

    /// Errors within tissues, as shares.
    fn within(&self, bench: &Workbench) -> Result<Panel, CaseError> {
        let screens = Drug::ALL.map(|drug| shipped(bench.library, self.features, drug).map_err(raise("03_baseline")));
        let screens = screens.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut panel = self.panel("within tissues", "MSE / variance").series(across("", 1.0));
        for (index, method) in SHOWN.into_iter().enumerate() {
            let error = |(outcome, joined): (&Arc<Outcome>, &Joined)| {
                let found = outcome.cv.of(method)?;
                let screen = &joined.screen;
                let tissue = &screen.tissue()?.codes;
                Some(jackknife(tissue, screen.z(), &found.predictions, &outcome.cv.fold_of_line))
            };
            let errors = self.found.iter().zip(&screens).map(|both| error(both).unwrap_or(f64::NAN)).collect();
            panel = panel.series(points(index, each(&self.found, method, share)).spread(errors));
        }
        Ok(panel)
    }

    /// Methods with more than the variance within tissues, drug by drug.
    fn above_one(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (drug, outcome) in Drug::ALL.into_iter().zip(&self.found) {
            let above = SHOWN[1..].iter().filter_map(|method| {
                let found = share(outcome.cv.of(*method)?);
                (found > 1.0).then(|| format!("{} {found:.3}", method.label()))
            });
            let above: Vec<String> = above.collect();
            if !above.is_empty() {
                told.push(format!("{} on {}: {}", drug.name(), self.features.label(), above.join(", ")));
            }
        }
        told
    }
}

/// Error within tissues over the variance there; NaN where tissues aren't known.
fn share(found: &MethodOutcome) -> f64 {
    found.within_tissue.map_or(f64::NAN, |within| within.mse / within.variance)
}

/// Where the points of a method stand, drug by drug.
fn dodged(index: usize) -> Vec<f64> {
    places(Drug::ALL.len(), 0.13 * (index as f64 - 2.5))
}

fn points(index: usize, y: Vec<f64>) -> Series {
    Series::new(SHOWN[index].label(), Origin::Real, Mark::Points, dodged(index), y).tolerance(1e-4, 1e-4)
}

fn across(name: &str, y: f64) -> Series {
    guide(Origin::Real, name, (-0.5, y), (Drug::ALL.len() as f64 - 0.5, y))
}

pub fn baseline(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let of = |features| row(features, params, bench).map(|found| Row { features, found });
    let rows = Features::ALL.into_iter().map(of).collect::<Result<Vec<Row>, CaseError>>()?;
    let outcomes = || rows.iter().flat_map(|row| &row.found);
    let tissue = outcomes().filter_map(|outcome| outcome.cv.of(Method::Tissue)).map(share);
    let (low, high) = tissue.fold((f64::INFINITY, 0.0f64), |(low, high), share| (low.min(share), high.max(share)));
    let above: Vec<String> = rows.iter().flat_map(Row::above_one).collect();
    let above = match above.as_slice() {
        [] => "No other stands above 1".to_owned(),
        above => format!("Others above 1, of no use within tissues — {}", above.join("; ")),
    };
    let mut figure = captioned(format!(
        "Five-fold nested cross-validation with the fixed folds, in units of the variance of z. a, b: pooled test MSE ± standard error over folds; ticks: \
         measured beforehand by another implementation on the same folds. c, d: less that of ridge ± standard error of the paired \
         difference over folds; below zero is better than ridge. e, f: squares of z − ẑ less its tissue means over those of z ± a \
         jackknife over folds. A predictor that knows each tissue's mean over all lines has 1. The tissue predictor learns it from \
         training lines alone, and their mean is high just where that of the test lines is low: it stands at {low:.2}–{high:.2}. Every \
         method bears this to the extent that it predicts the tissue. {above}."
    ))
    .columns(2);
    for row in &rows {
        figure = figure.panel(row.errors());
    }
    for row in &rows {
        figure = figure.panel(row.beside_ridge());
    }
    for row in &rows {
        figure = figure.panel(row.within(bench)?);
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
