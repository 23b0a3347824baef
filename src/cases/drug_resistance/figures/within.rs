//! Errors within tissues, with a standard error that the folds give.

/// Sum of squares of `z − ẑ` less its tissue means over that of `z`, among the lines that `kept` names; lines that are alone
/// in their tissue don't count. `tissue`, `z` and `predicted` have one entry a line.
fn share(tissue: &[usize], z: &[f64], predicted: &[f64], kept: impl Fn(usize) -> bool) -> f64 {
    let tissues = tissue.iter().max().map_or(0, |last| last + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); tissues];
    (0..z.len()).filter(|line| kept(*line)).for_each(|line| members[tissue[line]].push(line));
    let squares = |value: &dyn Fn(usize) -> f64| -> f64 {
        let within = |lines: &Vec<usize>| {
            let mean = lines.iter().map(|line| value(*line)).sum::<f64>() / lines.len() as f64;
            lines.iter().map(|line| (value(*line) - mean).powi(2)).sum::<f64>()
        };
        members.iter().filter(|lines| lines.len() > 1).map(within).sum()
    };
    squares(&|line| z[line] - predicted[line]) / squares(&|line| z[line])
}

/// Standard error of the share by a jackknife that leaves out one fold at a time: `fold[line]` counts from zero.
pub(super) fn jackknife(tissue: &[usize], z: &[f64], predicted: &[f64], fold: &[usize]) -> f64 {
    let count = fold.iter().max().map_or(0, |last| last + 1);
    let without: Vec<f64> =
        (0..count).map(|left_out| share(tissue, z, predicted, |line| fold[line] != left_out)).collect();
    let k = count as f64;
    let mean = without.iter().sum::<f64>() / k;
    ((k - 1.0) / k * without.iter().map(|share| (share - mean).powi(2)).sum::<f64>()).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_of_a_tissue_is_no_error_within_it() {
        let (tissue, z) = ([0, 0, 1, 1, 2], [1.0, 3.0, 5.0, 9.0, 100.0]);
        // Deviations of z: ±1 and ±2; of the errors: ±1 in the first tissue alone. The lonely line doesn't count.
        let predicted = [7.0, 7.0, 6.0, 10.0, 0.0];
        assert!((share(&tissue, &z, &predicted, |_| true) - 2.0 / 10.0).abs() < 1e-15);
    }

    #[test]
    fn the_jackknife_is_that_of_the_textbook() {
        let (tissue, z) = ([0; 6], [0.0, 2.0, 1.0, 4.0, 3.0, 8.0]);
        let predicted = [1.0, 1.0, 2.0, 2.0, 5.0, 6.0];
        let fold = [0, 0, 1, 1, 2, 2];
        // Errors −1, 1, −1, 2, −2, 2. Without a fold: 12.75/26 (z 1, 4, 3, 8; mean 4), 10/34.75 (0, 2, 3, 8), 6.75/8.75.
        let shares: [f64; 3] = [12.75 / 26.0, 10.0 / 34.75, 6.75 / 8.75];
        let mean = shares.iter().sum::<f64>() / 3.0;
        let expected = (2.0 / 3.0 * shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>()).sqrt();
        assert!((jackknife(&tissue, &z, &predicted, &fold) - expected).abs() < 1e-12);
    }
}
