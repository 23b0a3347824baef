//! Upper limits for what the fit has left at zero.

use super::FitError;
use super::matrix::dot;
use super::search::Whitened;
use super::separable::{Fit, Problem};

/// The largest value that each coefficient at zero could have with χ² at most `rise` above its minimum; `None` for the others.
///
/// `rise` is 2.706 for 95 % on one side, 1 for one σ; multiply it by χ²/dof to widen it as errors are. Coefficients on the active
/// set and free shapes follow the change (linearly in the shapes), those at zero stay there: with the gradient `w ≤ 0` and the
/// part `q` of the column's square that the others can't follow, `χ² = χ²_min − 2wc + qc²`. Infinite where `q = 0`.
///
/// # Errors
/// As [`super::fit()`].
pub fn upper_limits(problem: &Problem<'_>, fit: &Fit, rise: f64) -> Result<Vec<Option<f64>>, FitError> {
    let whitened = Whitened::new(problem)?;
    let state = whitened.evaluate(fit.shapes.clone(), &fit.coefficients)?;
    let (columns, left) = whitened.unexplained(&state);
    let residual = state.residual();
    let limit = |j: usize| {
        let square = dot(left.column(j), left.column(j));
        let slope = dot(columns.column(j), residual).min(0.0);
        // What rounding leaves of a column that the others replace.
        if square <= 1e-20 * dot(columns.column(j), columns.column(j)) {
            return f64::INFINITY;
        }
        // The positive root, without cancellation: w is negative.
        rise / ((slope * slope + rise * square).sqrt() - slope)
    };
    let at_zero = |j: usize| problem.non_negative[j] && !state.solution.active[j];
    Ok((0..columns.columns()).map(|j| at_zero(j).then(|| limit(j))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::qncc_spectra::fit::separable::tests::Bands;
    use crate::cases::qncc_spectra::fit::{Matrix, Options, Parameter, fit, nnls};
    use crate::display::Silent;

    #[test]
    fn a_limit_raises_chi2_by_what_was_asked() {
        // A third band where there is none but noise; its column is held at the limit and all else fitted again.
        let bands = Bands::new(vec![5.0, 7.0, 10.0], vec![2.0, 1.0, 0.0]);
        let mut tried = 0;
        for seed in 0..12 {
            let (y, sigma) = bands.noisy(seed);
            let mut problem = bands.problem(&y, &sigma);
            (problem.lower, problem.upper) = (vec![5.0, 7.0, 10.0], vec![5.0, 7.0, 10.0]);
            let best = fit(&problem, &[5.0, 7.0, 10.0], &Options::default(), &Silent).expect("fits");
            let limits = upper_limits(&problem, &best, 2.706).expect("fits");
            assert_eq!((limits[0], limits[1], limits[3]), (None, None, None));
            let Some(limit) = limits[2] else { continue };
            assert_eq!(best.covariance.sigma(Parameter::Coefficient(2)), None);
            let mut columns = vec![vec![0.0; y.len()]; 4];
            for (j, column) in columns.iter_mut().enumerate() {
                crate::cases::qncc_spectra::fit::Basis::column(&bands, j, &best.shapes, column);
                column.iter_mut().for_each(|value| *value /= sigma[0]);
            }
            let held = columns.remove(2);
            let rest: Vec<f64> = y.iter().zip(&held).map(|(y, value)| y / sigma[0] - limit * value).collect();
            let matrix = Matrix::from_columns(&columns).expect("equally long");
            let risen = nnls(matrix.view(), &rest, &[true, true, false]).expect("solvable").residual_norm2;
            assert!((risen - best.chi2 - 2.706).abs() < 1e-8, "{seed}");
            tried += 1;
        }
        assert!(tried > 2);
    }
}
