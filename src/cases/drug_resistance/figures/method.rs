//! Figures about the method: descent of F, and the path of the network penalty.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::super::experiments::degree_path::DegreePath;
use super::super::experiments::descent::{Descent, RISE, Rule};
use super::super::params::Params;
use super::super::predictive::Refresh;
use super::names::apart;
use super::{captioned, guide};
use crate::repro::{Axis, CaseError, Figure, Mark, Origin, Panel, Series, Side, Workbench};

fn rule_name(refresh: Refresh) -> &'static str {
    match refresh {
        Refresh::Never => "weights held",
        Refresh::PerRound => "taken anew every round",
        Refresh::DescentOnly => "taken anew only if F falls",
    }
}

pub fn descent(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<Descent>(&params.descent)?;
    let worst = found.rule(Refresh::PerRound).map_or(0, |rule| rule.at);
    let mut trace = Panel::new("One problem", Axis::linear("step"), Axis::linear("F / n"));
    let mut rises = Panel::new(
        "All problems",
        Axis::linear("problem"),
        Axis::log("largest rise of F in a step  (relative)").limits(FLOOR / 2.0, 0.2),
    );
    for rule in &found.rules {
        let name = rule_name(rule.refresh);
        if let Some(values) = rule.traces.get(worst) {
            let kept = values.iter().copied().enumerate().take(SHOWN.1 + 1).skip(SHOWN.0);
            let (steps, values) = kept.map(|(step, value)| (step as f64, value)).unzip();
            trace = trace.series(Series::new(name, Origin::Synthetic, Mark::LinePoints, steps, values));
        }
        let highest: Vec<f64> = rule.traces.iter().map(|trace| largest_rise(trace)).collect();
        let numbers = (1..=highest.len()).map(|k| k as f64).collect();
        // Rounding differs from compiler to compiler; what counts is on which side of the tolerance a point lies.
        rises = rises
            .series(Series::new(name, Origin::Synthetic, Mark::Points, numbers, highest).tolerance(1e-6, 10.0 * FLOOR));
    }
    let problems = params.descent.problems as f64;
    rises = rises.series(guide(Origin::Synthetic, "tolerance of the claim", (0.5, RISE), (problems + 0.5, RISE)));
    let told = |rule: &Rule| format!("{}: {} of {} steps", rule_name(rule.refresh), rule.rises, rule.steps);
    let counts: Vec<String> = found.rules.iter().map(told).collect();
    Ok(captioned(format!(
        "Synthetic problems, 60 lines and 8 genes. a: F per line after the third to the 40th step in the problem with the largest rise. b: the largest rise \
         in each problem; 10⁻¹⁶ stands for none. Steps that raise F by more than 10⁻¹²: {}.",
        counts.join("; ")
    ))
    .panel(trace)
    .panel(rises))
}

/// Steps of the trace that are drawn: the first ones fall so far that nothing else could be seen.
const SHOWN: (usize, usize) = (3, 40);

/// Where a problem without a rise is drawn.
const FLOOR: f64 = 1e-16;

fn largest_rise(trace: &[f64]) -> f64 {
    trace.windows(2).map(|pair| (pair[1] - pair[0]) / pair[0]).fold(FLOOR, f64::max)
}

/// Genes that are followed: as many as there are colours that stand out from white.
const FOLLOWED: usize = 7;

pub fn degree_path(params: &Params, bench: &Workbench) -> Result<Figure, CaseError> {
    let found = bench.outcome::<DegreePath>(&params.degree_path)?;
    let (least, most) = found.weights.first().zip(found.weights.last()).map_or((1.0, 10.0), |(a, b)| (*a, *b));
    let mut path = Panel::new("θ along λ4", Axis::log("λ4 / n").limits(least / 20.0, 1.3 * most), Axis::linear("θ"));
    let followed = &found.followed[..FOLLOWED.min(found.followed.len())];
    for gene in followed {
        let name = format!("{} (d {:.2})", gene.gene, gene.degree);
        path = path.series(
            Series::new(name, Origin::Real, Mark::Line, found.weights.clone(), gene.theta.clone()).tolerance(1e-4, 0.0),
        );
    }
    let starts: Vec<f64> = followed.iter().map(|gene| gene.theta.first().copied().unwrap_or(0.0)).collect();
    let range = starts.iter().fold((0.0f64, 0.0f64), |(low, high), start| (low.min(*start), high.max(*start)));
    for (gene, height) in followed.iter().zip(apart(&starts, 0.055 * (range.1 - range.0))) {
        path = path.note_beside(least, height, gene.gene.clone(), Side::Left);
    }
    let middle = found.weights.get(found.weights.len() / 2).copied().unwrap_or(f64::NAN);
    let kept: Vec<(f64, f64)> = found.shrinkage.iter().map(|(degree, first, later)| (*degree, later / first)).collect();
    let (degrees, shares): (Vec<f64>, Vec<f64>) = kept.into_iter().unzip();
    let rank = spearman(&degrees, &shares);
    let beyond = shares.iter().filter(|share| **share > HIGHEST).count();
    let span = degrees.iter().fold((f64::INFINITY, 0.0f64), |(low, high), d| (low.min(*d), high.max(*d)));
    let shrinkage = Panel::new(
        "What is left of θ",
        Axis::linear("degree d of the gene"),
        Axis::linear(format!("|θ| at λ4/n = {middle:.3} over |θ| at {least:.0e}")).limits(-0.05, HIGHEST),
    )
    .series(guide(Origin::Real, "as much as before", (span.0, 1.0), (span.1, 1.0)))
    .series(Series::new("one gene", Origin::Real, Mark::Points, degrees, shares).tolerance(1e-4, 1e-4));
    let ends = (found.selected.first().unwrap_or(&0), found.selected.last().unwrap_or(&0));
    let settings = &params.degree_path;
    Ok(captioned(format!(
        "{}, {}, B held at the nodewise networks with a1 = a2 = {}; a3 is f = {} of the one at which θ is zero, and only a4 = λ4/n moves. a: θ of the \
         {FOLLOWED} genes with the largest |θ|, with their degrees d = Σ w. b: all {} genes with θ ≠ 0 at the smallest weight ({beyond} lie above \
         {HIGHEST}). d divides θ in the penalty, so genes with few links should be shrunk first; but neighbours pull too: Spearman's correlation \
         of degree and what is left is {rank:.2} (p {:.2}, t approximation). Genes with θ ≠ 0: {} at the smallest weight, {} at the largest, \
         where each gene follows its neighbours, so that a small θ spreads along the edges; these are no selected genes.",
        settings.drug.name(),
        settings.features.label(),
        settings.network_weight,
        settings.f,
        found.shrinkage.len(),
        two_sided(rank, found.shrinkage.len()),
        ends.0,
        ends.1
    ))
    .panel(path)
    .panel(shrinkage))
}

/// Two-sided p of a rank correlation among `n` pairs: t with n − 2 degrees of freedom; NaN for fewer than three.
fn two_sided(rank: f64, n: usize) -> f64 {
    let freedom = n as f64 - 2.0;
    let t = rank * (freedom / (1.0 - rank * rank)).sqrt();
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |law| 2.0 * law.sf(t.abs()))
}

/// The highest share that is drawn.
const HIGHEST: f64 = 2.0;

/// Spearman's rank correlation; ties are broken by place.
fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let ranks = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut ranks = vec![0.0; values.len()];
        order.iter().enumerate().for_each(|(rank, index)| ranks[*index] = rank as f64);
        ranks
    };
    let n = x.len() as f64;
    let distance: f64 = ranks(x).iter().zip(ranks(y)).map(|(a, b)| (a - b).powi(2)).sum();
    1.0 - 6.0 * distance / (n * (n * n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_correlation_is_that_of_the_textbook() {
        // R: cor(c(1, 2, 3, 4), c(10, 30, 20, 40), method = "spearman") = 0.8
        assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[10.0, 30.0, 20.0, 40.0]) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn its_p_is_that_of_a_t_table() {
        // t = r √(8/(1 − r²)) is 2.306, the two-sided 5 % point of 8 degrees of freedom.
        assert!((two_sided(0.631_9, 10) - 0.05).abs() < 1e-4 && two_sided(0.0, 10) > 0.999);
        assert!(two_sided(0.5, 2).is_nan());
    }
}
