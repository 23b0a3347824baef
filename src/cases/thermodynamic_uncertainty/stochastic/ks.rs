//! The two-sample Kolmogorov–Smirnov test.

use serde::{Deserialize, Serialize};

/// Distance of two empirical laws and its significance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KsTest {
    /// Largest difference of the two cumulative laws.
    pub distance: f64,
    /// Probability of a distance at least as large when both samples come from one continuous law.
    pub p_value: f64,
}

/// Compares two samples.
///
/// `p = 2 Σ_k (−1)^(k−1) e^(−2k²λ²)` with `λ = (√n + 0.12 + 0.11/√n) D`, `n = ab/(a+b)` (Stephens 1970). With ties,
/// as counts have, the true p-value is larger, so a rejection stands. One where a sample is empty.
pub fn ks_test(a: &[f64], b: &[f64]) -> KsTest {
    if a.is_empty() || b.is_empty() {
        return KsTest { distance: 0.0, p_value: 1.0 };
    }
    let sorted = |sample: &[f64]| {
        let mut sorted = sample.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let (a, b) = (sorted(a), sorted(b));
    let (mut i, mut j, mut distance) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let value = a[i].min(b[j]);
        while i < a.len() && a[i] <= value {
            i += 1;
        }
        while j < b.len() && b[j] <= value {
            j += 1;
        }
        distance = distance.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    let n = (a.len() as f64 * b.len() as f64 / (a.len() + b.len()) as f64).sqrt();
    KsTest { distance, p_value: kolmogorov_tail((n + 0.12 + 0.11 / n) * distance) }
}

/// `P(K > λ)` of the Kolmogorov law.
pub fn kolmogorov_tail(lambda: f64) -> f64 {
    // Below this the tail differs from one by less than 1e-12, and the alternating series converges slowly.
    if lambda < 0.2 {
        return 1.0;
    }
    let terms = (1..=100).map(|k| {
        let sign = if k % 2 == 1 { 1.0 } else { -1.0 };
        2.0 * sign * (-2.0 * f64::from(k * k) * lambda * lambda).exp()
    });
    terms.sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::random::stream;
    use rand::RngExt;

    #[test]
    fn the_tail_has_its_tabulated_quantiles() {
        // Critical values of the Kolmogorov law (Smirnov 1948): 10%, 5%, 1%, 0.1%.
        for (lambda, p) in [(1.22385, 0.1), (1.35810, 0.05), (1.62762, 0.01), (1.94947, 0.001)] {
            assert!((kolmogorov_tail(lambda) / p - 1.0).abs() < 1e-4, "{lambda}");
        }
        assert_eq!(kolmogorov_tail(0.0), 1.0);
    }

    #[test]
    fn p_values_of_equal_laws_are_uniform_and_a_shift_is_seen() {
        let sample = |index: u64, shift: f64| -> Vec<f64> {
            let mut rng = stream(7, "test", "ks", index);
            (0..500).map(|_| rng.random::<f64>() + shift).collect()
        };
        let trials = 400;
        let below = |level: f64| {
            (0..trials).filter(|&k| ks_test(&sample(2 * k, 0.0), &sample(2 * k + 1, 0.0)).p_value < level).count()
        };
        // Five standard deviations of a binomial count.
        for level in [0.1, 0.5] {
            let spread = 5.0 * (trials as f64 * level * (1.0 - level)).sqrt();
            assert!((below(level) as f64 - trials as f64 * level).abs() < spread, "{level}");
        }
        assert!(ks_test(&sample(0, 0.0), &sample(1, 0.2)).p_value < 1e-6);
    }

    #[test]
    fn ties_and_empty_samples_are_handled() {
        assert_eq!(ks_test(&[1.0, 1.0, 2.0], &[1.0, 1.0, 2.0]).distance, 0.0);
        assert_eq!(ks_test(&[0.0, 0.0], &[1.0]).distance, 1.0);
        assert_eq!(ks_test(&[], &[1.0]).p_value, 1.0);
    }
}
