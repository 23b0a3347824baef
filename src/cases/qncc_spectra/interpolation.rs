//! Straight lines between neighbours: between the points of a curve, and between the values of a sorted sample.

/// The value at `at` of the polygon through the points `(x, y)`; `None` beyond its ends.
///
/// `x` must ascend strictly and `y` be as long. At a point the value is that of the point, without rounding.
pub fn linear(x: &[f64], y: &[f64], at: f64) -> Option<f64> {
    let above = x.partition_point(|x| *x < at);
    let high = *x.get(above)?;
    if high == at {
        return Some(y[above]);
    }
    let below = above.checked_sub(1)?;
    let share = (at - x[below]) / (high - x[below]);
    Some(y[below] + share * (y[above] - y[below]))
}

/// The value below which the share `share` of an ascending sample lies, linear between its values (the type 7 of Hyndman &
/// Fan 1996, Am. Stat. 50, 361); NaN for an empty sample.
pub fn quantile(ascending: &[f64], share: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else { return f64::NAN };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (ascending[below], ascending[(below + 1).min(last)]);
    low + (place - below as f64) * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_polygon_has_its_points_and_ends_with_them() {
        let (x, y) = ([1.0, 2.0, 4.0], [1.0, 0.1, 0.7]);
        assert_eq!([1.0, 2.0, 4.0].map(|at| linear(&x, &y, at)), y.map(Some));
        assert_eq!(linear(&x, &y, 1.5), Some(0.55));
        assert_eq!([0.999, 4.001, f64::NAN].map(|at| linear(&x, &y, at)), [None; 3]);
        assert_eq!((linear(&[8.0], &[3.0], 8.0), linear(&[8.0], &[3.0], 8.1)), (Some(3.0), None));
        assert_eq!(linear(&[], &[], 1.0), None);
    }

    #[test]
    fn quantiles_of_a_small_sample() {
        // NumPy's default: np.quantile([1, 2, 4, 8], [0, 0.25, 0.5, 0.9, 1]).
        let found = [0.0, 0.25, 0.5, 0.9, 1.0].map(|share| quantile(&[1.0, 2.0, 4.0, 8.0], share));
        for (found, expected) in found.iter().zip([1.0, 1.75, 3.0, 6.8, 8.0]) {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
        assert_eq!((quantile(&[5.0], 0.3), quantile(&[1.0, 2.0], 7.0)), (5.0, 2.0));
        assert!(quantile(&[], 0.5).is_nan());
    }

    proptest! {
        /// A straight line is met everywhere, whatever the points.
        #[test]
        fn a_line_is_interpolated_exactly(steps in prop::collection::vec(0.01..1.0f64, 2..30), share in 0.0..1.0f64) {
            let x: Vec<f64> = steps.iter().scan(0.0, |x, step| { *x += step; Some(*x) }).collect();
            let y: Vec<f64> = x.iter().map(|x| 3.0 - 0.5 * x).collect();
            let at = x[0] + share * (x[x.len() - 1] - x[0]);
            prop_assert!((linear(&x, &y, at).expect("inside") - (3.0 - 0.5 * at)).abs() < 1e-12);
        }
    }
}
