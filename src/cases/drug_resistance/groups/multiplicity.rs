//! p-values of permutations, and what is left of them when many are looked at.

/// The p-value of a permutation test, (1 + exceedances)/(1 + permutations): never zero (Phipson & Smyth 2010).
pub fn permutation_p(exceedances: usize, permutations: usize) -> f64 {
    (exceedances + 1) as f64 / (permutations + 1) as f64
}

/// Adjusts p-values for the false discovery rate (Benjamini & Hochberg 1995); the order is kept.
///
/// NaN (no test) stays NaN and doesn't count.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|k| !p[*k].is_nan()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let tests = order.len() as f64;
    let mut q = vec![f64::NAN; p.len()];
    let mut least = 1.0f64;
    for (rank, index) in order.iter().enumerate().rev() {
        least = least.min(p[*index] * tests / (rank + 1) as f64);
        q[*index] = least;
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn adjusted_values_are_those_of_r() {
        // R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.5), "BH")
        let q = benjamini_hochberg(&[0.02, 0.01, 0.5, 0.03, 0.04]);
        for (found, expected) in q.iter().zip([0.05, 0.05, 0.5, 0.05, 0.05]) {
            assert!((found - expected).abs() < 1e-15, "{q:?}");
        }
        let q = benjamini_hochberg(&[0.001, f64::NAN, 0.8]);
        assert!((q[0] - 0.002).abs() < 1e-15 && q[1].is_nan() && (q[2] - 0.8).abs() < 1e-15);
    }

    #[test]
    fn a_permutation_p_value_is_never_zero() {
        assert!((permutation_p(0, 999) - 0.001).abs() < 1e-15);
        assert_eq!(permutation_p(999, 999), 1.0);
    }

    proptest! {
        #[test]
        fn adjusting_keeps_the_order_and_never_lowers(p in prop::collection::vec(0.0f64..=1.0, 1..40)) {
            let q = benjamini_hochberg(&p);
            for (a, (p_a, q_a)) in p.iter().zip(&q).enumerate() {
                prop_assert!(*q_a >= p_a - 1e-15 && *q_a <= 1.0);
                for (p_b, q_b) in p.iter().zip(&q).skip(a + 1) {
                    prop_assert!(p_a > p_b || q_a <= q_b || p_a == p_b);
                }
            }
        }
    }
}
