use proptest::prelude::*;

use super::*;

fn solve(columns: &[Vec<f64>], b: &[f64], non_negative: &[bool]) -> Solution {
    let matrix = Matrix::from_columns(columns).expect("equally long");
    nnls(matrix.view(), b, non_negative).expect("solvable")
}

/// The smallest squared residual over all active sets, by trying each.
fn exhaustive(columns: &[Vec<f64>], b: &[f64], non_negative: &[bool]) -> f64 {
    let count = columns.len();
    let mut best = f64::INFINITY;
    for set in 0..1_u32 << count {
        let which: Vec<usize> = (0..count).filter(|j| (set >> j) & 1 == 1).collect();
        let mut chosen =
            Matrix::from_columns(&which.iter().map(|j| columns[*j].clone()).collect::<Vec<_>>()).expect("ok");
        let scales = chosen.normalise();
        let solved = if which.is_empty() { Some(Vec::new()) } else { least_squares(chosen, b, 1e-9) };
        let Some(x) = solved else { continue };
        if which.iter().zip(&x).any(|(j, value)| non_negative[*j] && *value < 0.0) {
            continue;
        }
        let mut residual = b.to_vec();
        for ((j, value), scale) in which.iter().zip(&x).zip(&scales) {
            add_scaled(&mut residual, -value / scale, &columns[*j]);
        }
        best = best.min(dot(&residual, &residual));
    }
    best
}

#[test]
fn a_coefficient_that_would_be_negative_is_zero() {
    let solution = solve(&[vec![1.0, 0.0], vec![0.0, 1.0]], &[2.0, -1.0], &[true, true]);
    assert_eq!(solution.x, [2.0, 0.0]);
    assert_eq!(solution.active, [true, false]);
    assert_eq!(solution.residual_norm2, 1.0);
    assert!(solution.gradient[1] < 0.0);
}

#[test]
fn a_free_coefficient_may_be_negative() {
    let columns = [vec![1.0; 4], vec![0.0, 1.0, 2.0, 3.0]];
    let solution = solve(&columns, &[5.0, 3.0, 1.0, -1.0], &[true, false]);
    assert!((solution.x[0] - 5.0).abs() < 1e-14 && (solution.x[1] + 2.0).abs() < 1e-14);
    let bound = solve(&columns, &[5.0, 3.0, 1.0, -1.0], &[true, true]);
    assert_eq!((bound.x[0], bound.x[1]), (2.0, 0.0));
}

#[test]
fn columns_of_zeros_and_repeated_columns_get_one_optimum() {
    let column = vec![1.0, 2.0, 3.0];
    let solution =
        solve(&[vec![0.0; 3], column.clone(), column.clone(), vec![2.0, 4.0, 6.0]], &[1.0, 2.0, 4.0], &[true; 4]);
    assert_eq!(solution.x[0], 0.0);
    assert_eq!(solution.active.iter().filter(|active| **active).count(), 1);
    assert!((solution.residual_norm2 - (21.0 - 17.0 * 17.0 / 14.0)).abs() < 1e-13);
    assert!(solution.kkt < 1e-14);
    let zero = solve(&[vec![0.0; 3]], &[1.0, 1.0, 1.0], &[false]);
    assert_eq!(zero.x[0], 0.0);
    assert!((zero.residual_norm2 - 3.0).abs() < 4e-15);
}

#[test]
fn data_of_zeros_need_nothing() {
    let solution = solve(&[vec![1.0, 1.0], vec![1.0, 2.0]], &[0.0, 0.0], &[true, false]);
    assert_eq!(solution.x, [0.0, 0.0]);
    assert_eq!(solution.kkt, 0.0);
}

#[test]
fn columns_of_very_different_size_are_no_trouble() {
    let plain = [vec![1.0, 1.0, 1.0, 1.0], vec![0.0, 1.0, 2.0, 3.0], vec![1.0, 0.0, 1.0, 0.0]];
    let b = [1.0, 2.5, 2.0, 4.5];
    let expected = solve(&plain, &b, &[true; 3]);
    let factors = [1e-180, 1.0, 1e150];
    let scaled: Vec<Vec<f64>> =
        plain.iter().zip(factors).map(|(column, factor)| column.iter().map(|v| v * factor).collect()).collect();
    let found = solve(&scaled, &b, &[true; 3]);
    for j in [0, 1, 2] {
        assert!((found.x[j] * factors[j] - expected.x[j]).abs() < 1e-13);
    }
}

#[test]
fn nearly_dependent_columns_still_carry_a_certificate() {
    // Columns at angles down to rounding; a normal matrix can tell those at 1e-7 and below no longer apart.
    let base: Vec<f64> = (0..40).map(|i| 1.0 + (f64::from(i) * 0.3).sin()).collect();
    let other: Vec<f64> = (0..40).map(|i| (f64::from(i) * 0.7).cos()).collect();
    let b: Vec<f64> = (0..40).map(|i| 2.0 + (f64::from(i) * 0.7).cos() + 0.1 * (f64::from(i) * 1.9).sin()).collect();
    for angle in [1e-3, 1e-5, 1e-6, 1e-7, 1e-9, 1e-12, 1e-15] {
        let tilted = base.iter().zip(&other).map(|(a, o)| a + angle * o).collect();
        let columns = [base.clone(), tilted, vec![1.0; 40]];
        let solution = solve(&columns, &b, &[true; 3]);
        assert!(solution.kkt < 1e-10, "{angle:e}: {:e}", solution.kkt);
    }
}

#[test]
fn powers_up_to_high_degree_are_certified() {
    // Columns like those of a Hilbert matrix: condition above 1e12.
    let at: Vec<f64> = (0..60).map(|i| f64::from(i) / 59.0).collect();
    let columns: Vec<Vec<f64>> = (0..14).map(|power| at.iter().map(|x| x.powi(power)).collect()).collect();
    let b: Vec<f64> = at.iter().map(|x| (2.0 * x).exp() + 0.01 * (40.0 * x).sin()).collect();
    let solution = solve(&columns, &b, &[true; 14]);
    assert!(solution.kkt < 1e-8, "{:e}", solution.kkt);
}

#[test]
fn more_columns_than_rows() {
    let columns: Vec<Vec<f64>> =
        (0..30).map(|j| (0..6).map(|i| (f64::from(i) * 1.3 + f64::from(j) * 0.9).sin()).collect()).collect();
    let b = [1.0, 2.0, 0.5, -1.0, 0.0, 3.0];
    let solution = solve(&columns, &b, &[true; 30]);
    assert!(solution.kkt < 1e-10);
    assert!(solution.active.iter().filter(|active| **active).count() <= 6);
}

#[test]
fn bad_input_is_named() {
    let matrix = Matrix::from_columns(&[vec![1.0, f64::NAN]]).expect("equally long");
    let error = nnls(matrix.view(), &[1.0, 2.0], &[true]).expect_err("NaN");
    assert!(error.to_string().starts_with("a column is NaN at index 1"), "{error}");
    let matrix = Matrix::from_columns(&[vec![1.0, 1.0]]).expect("equally long");
    assert!(matches!(nnls(matrix.view(), &[1.0], &[true]), Err(FitError::Length { found: 1, expected: 2, .. })));
    assert!(matches!(nnls(matrix.view(), &[1.0, 1.0], &[]), Err(FitError::Length { found: 0, expected: 1, .. })));
    assert!(matches!(nnls(matrix.view(), &[1.0, f64::INFINITY], &[true]), Err(FitError::NotFinite { index: 1, .. })));
    assert!(matches!(nnls(Matrix::zeros(2, 0).view(), &[1.0, 1.0], &[]), Err(FitError::Empty(_))));
    assert!(matches!(nnls(Matrix::zeros(0, 2).view(), &[], &[true, true]), Err(FitError::Empty(_))));
}

proptest! {
    #[test]
    fn no_active_set_does_better(
        values in proptest::collection::vec(-3.0..3.0_f64, 8 * 5),
        b in proptest::collection::vec(-3.0..3.0_f64, 8),
        non_negative in proptest::collection::vec(any::<bool>(), 5),
    ) {
        let columns: Vec<Vec<f64>> = values.chunks(8).map(<[f64]>::to_vec).collect();
        let solution = solve(&columns, &b, &non_negative);
        let best = exhaustive(&columns, &b, &non_negative);
        prop_assert!((solution.residual_norm2 - best).abs() <= 1e-10 * dot(&b, &b));
        prop_assert!(solution.kkt < 1e-12);
        prop_assert!(solution.x.iter().zip(&non_negative).all(|(x, bound)| !bound || *x >= 0.0));
    }

    #[test]
    fn the_start_does_not_matter(
        values in proptest::collection::vec(0.0..1.0_f64, 30 * 12),
        b in proptest::collection::vec(0.0..4.0_f64, 30),
        start in proptest::collection::vec(-1.0..1.0_f64, 12),
    ) {
        let columns: Vec<Vec<f64>> = values.chunks(30).map(<[f64]>::to_vec).collect();
        let matrix = Matrix::from_columns(&columns).expect("equally long");
        let cold = nnls(matrix.view(), &b, &[true; 12]).expect("solvable");
        let warm = nnls_from(matrix.view(), &b, &[true; 12], &start).expect("solvable");
        for (a, b) in cold.x.iter().zip(&warm.x) {
            prop_assert!((a - b).abs() < 1e-10);
        }
    }

    #[test]
    fn the_optimum_scales_with_the_data(
        values in proptest::collection::vec(0.0..1.0_f64, 20 * 6),
        b in proptest::collection::vec(-1.0..4.0_f64, 20),
        exponent in -200..200_i32,
    ) {
        let columns: Vec<Vec<f64>> = values.chunks(20).map(<[f64]>::to_vec).collect();
        let factor = 2.0_f64.powi(exponent);
        let plain = solve(&columns, &b, &[true; 6]);
        let scaled = solve(&columns, &b.iter().map(|v| v * factor).collect::<Vec<_>>(), &[true; 6]);
        for (a, b) in plain.x.iter().zip(&scaled.x) {
            prop_assert!((a - b / factor).abs() < 1e-12 * a.abs().max(1.0));
        }
    }
}
