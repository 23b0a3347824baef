//! The Bayesian information criterion.

/// `χ² + k ln N` (Schwarz 1978) for `k` parameters and `N` points.
///
/// Count only what the data moved: positive coefficients, coefficients of free sign, and free shapes. A coefficient at zero
/// costs nothing.
pub fn bic(chi2: f64, points: usize, parameters: usize) -> f64 {
    chi2 + parameters as f64 * (points as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_criterion_of_the_reference_decomposition() {
        // M101 with 43 positive coefficients and the optical depth.
        assert!((bic(1659.7217, 294, 44) - 1909.80).abs() < 0.01);
    }

    #[test]
    fn a_parameter_must_earn_the_logarithm_of_the_points() {
        assert!((bic(10.0, 100, 3) - bic(10.0, 100, 2) - 100.0_f64.ln()).abs() < 1e-12);
    }
}
