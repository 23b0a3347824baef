//! Sums of products, and a Cholesky factor that says where columns depend on each other.

/// Least square of a pivot, relative to the diagonal.
const INDEPENDENT: f64 = 1e-13;

/// `to += factor · from`.
#[inline]
pub(super) fn add_scaled(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

/// `aᵀb`, in eight sums, so that additions don't wait for each other.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut sums, length) = ([0.0; 8], a.len().min(b.len()));
    let whole = length - length % 8;
    for (a, b) in a[..whole].chunks_exact(8).zip(b[..whole].chunks_exact(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = a[whole..length].iter().zip(&b[whole..length]).map(|(a, b)| a * b).sum();
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}

/// The Cholesky factor of a `size` × `size` matrix in its place, by rows; only the lower triangle is read and written.
///
/// # Errors
/// The first row whose pivot vanishes; the factor holds for the rows above it, and the row has `L⁻¹` of its entries left of the
/// diagonal.
pub(super) fn factorise(matrix: &mut [f64], size: usize) -> Result<(), usize> {
    for i in 0..size {
        let (above, rest) = matrix.split_at_mut(i * size);
        let row = &mut rest[..size];
        for j in 0..i {
            let other = &above[j * size..j * size + size];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if pivot.is_nan() || pivot <= INDEPENDENT * row[i] {
            return Err(i);
        }
        row[i] = pivot.sqrt();
    }
    Ok(())
}

/// Solves `LLᵀx = b` in place of `b`.
pub(super) fn solve(factor: &[f64], b: &mut [f64]) {
    let size = b.len();
    for i in 0..size {
        let row = &factor[i * size..i * size + size];
        b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
    }
    back_substitute(factor, size, b);
}

/// Solves `Lᵀx = b` in place of `b`, with the leading rows of a factor of `size` columns.
pub(super) fn back_substitute(factor: &[f64], size: usize, b: &mut [f64]) {
    for i in (0..b.len()).rev() {
        b[i] /= factor[i * size + i];
        let (above, at) = b.split_at_mut(i);
        add_scaled(above, -at[0], &factor[i * size..i * size + i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_solves_and_tells_where_rows_depend() {
        let matrix = [4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 0.0, 3.0, 6.0];
        let mut factor = matrix;
        factorise(&mut factor, 3).unwrap();
        let mut b = [8.0, 21.0, 24.0];
        solve(&factor, &mut b);
        let along = |row: [f64; 3]| row.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>();
        for (row, right) in [([4.0, 2.0, 0.0], 8.0), ([2.0, 5.0, 3.0], 21.0), ([0.0, 3.0, 6.0], 24.0)] {
            assert!((along(row) - right).abs() < 1e-12);
        }
        // The second row is twice the first: the null vector is (−2, 1).
        let mut factor = [1.0, 0.0, 2.0, 4.0];
        assert_eq!(factorise(&mut factor, 2), Err(1));
        let mut null = [factor[2]];
        back_substitute(&factor, 2, &mut null);
        assert_eq!(null, [2.0]);
    }

    #[test]
    fn a_sum_of_products_takes_any_length() {
        for length in 0..40_usize {
            let a: Vec<f64> = (0..length).map(|k| k as f64).collect();
            let exact = (0..length).map(|k| k * k).sum::<usize>() as f64;
            assert_eq!(dot(&a, &a), exact);
        }
    }
}
