//! Errors and correlations of predictions.

use super::{FoldOutcome, Method, MethodOutcome, WithinTissue};
use crate::cases::drug_resistance::Tissue;

/// Puts the folds of a method together; `unit` is the variance of z over all lines.
pub(super) fn pooled(
    method: Method,
    folds: Vec<FoldOutcome>,
    z: &[f64],
    tissue: Option<&Tissue>,
    unit: f64,
) -> MethodOutcome {
    let mut predictions = vec![0.0; z.len()];
    for fold in &folds {
        fold.rows.iter().zip(&fold.predictions).for_each(|(row, value)| predictions[*row] = *value);
    }
    let errors: Vec<f64> = folds.iter().map(|fold| fold.mse).collect();
    MethodOutcome {
        method,
        mse: mean_square(z, &predictions) / unit,
        standard_error: standard_error(&errors),
        pearson: pearson(z, &predictions),
        within_tissue: tissue.and_then(|tissue| within(tissue, z, &predictions, unit)),
        predictions,
        folds,
    }
}

/// `Σ(a − b)²/n`.
pub(in crate::cases::drug_resistance) fn mean_square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / a.len() as f64
}

/// Standard deviation (denominator k − 1) over √k.
fn standard_error(values: &[f64]) -> f64 {
    let k = values.len() as f64;
    let mean = values.iter().sum::<f64>() / k;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (k - 1.0) / k).sqrt()
}

/// Pearson's r; `None` when either doesn't vary.
fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut both, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        both += (a - mean_a) * (b - mean_b);
        square_a += (a - mean_a).powi(2);
        square_b += (b - mean_b).powi(2);
    }
    let varies = |square: f64, mean: f64| square > 1e-20 * n * mean * mean && square > 0.0;
    (varies(square_a, mean_a) && varies(square_b, mean_b)).then(|| both / (square_a * square_b).sqrt())
}

/// Scores with tissue means taken out; `None` when no tissue has two lines or nothing varies within tissues.
fn within(tissue: &Tissue, z: &[f64], predictions: &[f64], unit: f64) -> Option<WithinTissue> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); tissue.names.len()];
    tissue.codes.iter().enumerate().for_each(|(line, code)| members[*code].push(line));
    members.retain(|lines| lines.len() > 1);
    let residual = |values: &[f64]| -> Vec<f64> {
        let of_tissue = |lines: &Vec<usize>| {
            let mean = lines.iter().map(|line| values[*line]).sum::<f64>() / lines.len() as f64;
            lines.iter().map(|line| values[*line] - mean).collect::<Vec<f64>>()
        };
        members.iter().flat_map(of_tissue).collect()
    };
    let (z, predictions) = (residual(z), residual(predictions));
    let freedom = (z.len() - members.len()) as f64;
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let variance = square(&mut z.iter().copied());
    if members.is_empty() || variance == 0.0 {
        return None;
    }
    let both: f64 = z.iter().zip(&predictions).map(|(z, predicted)| z * predicted).sum();
    let spread = square(&mut predictions.iter().copied());
    Some(WithinTissue {
        mse: square(&mut z.iter().zip(&predictions).map(|(z, predicted)| z - predicted)) / freedom / unit,
        variance: variance / freedom / unit,
        pearson: (spread > 1e-20 * variance).then(|| both / (variance * spread).sqrt()),
        lines: z.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_hand_made_predictions() {
        assert_eq!(mean_square(&[1.0, 2.0], &[0.0, 4.0]), 2.5);
        // Deviations -1, 0, 1: standard deviation 1.
        assert!((standard_error(&[1.0, 2.0, 3.0]) - 1.0 / 3f64.sqrt()).abs() < 1e-15);
        assert!((pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).expect("varies") - 1.0).abs() < 1e-15);
        assert!((pearson(&[1.0, 2.0, 3.0], &[1.0, 0.0, 2.0]).expect("varies") - 0.5).abs() < 1e-15);
        assert_eq!(pearson(&[1.0, 2.0], &[0.1, 0.1]), None);
    }

    #[test]
    fn a_predictor_that_knows_only_tissues_has_the_variance_within_them() {
        let tissue = Tissue { names: vec!["a".into(), "b".into(), "c".into()], codes: vec![0, 0, 1, 1, 1, 2] };
        let z = [1.0, 3.0, 10.0, 11.0, 12.0, 50.0];
        let by_tissue = [2.0, 2.0, 11.0, 11.0, 11.0, 0.0];
        let scores = within(&tissue, &z, &by_tissue, 2.0).expect("two tissues have two lines");
        // Squares 1 + 1 + 1 + 0 + 1 over 5 lines less 2 means, in units of 2; the lonely line doesn't count.
        assert_eq!((scores.lines, scores.pearson), (5, None));
        assert!((scores.variance - 4.0 / 3.0 / 2.0).abs() < 1e-15 && (scores.mse - scores.variance).abs() < 1e-15);
        // A shift of a whole tissue changes nothing, half the way to z leaves a quarter of the variance.
        let better = [101.5, 102.5, 10.5, 11.0, 11.5, 0.0];
        let scores = within(&tissue, &z, &better, 1.0).expect("as before");
        assert!((scores.mse - scores.variance / 4.0).abs() < 1e-12);
        assert!((scores.pearson.expect("varies") - 1.0).abs() < 1e-12);
    }
}
