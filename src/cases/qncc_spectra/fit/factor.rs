//! Triangular factors: of a normal matrix that grows and shrinks by a column, and of a matrix by reflections.

use super::matrix::{Matrix, add_scaled, dot, norm};

/// The least square of a pivot at which a normal matrix of unit columns is trusted.
const TRUSTED: f64 = 1e-7;

/// The Cholesky factor `L Lᵀ` of a normal matrix to which columns are added at the end and taken out anywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cholesky {
    /// Row `k` has `k + 1` entries.
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Adds a column by its products with the earlier ones and itself (last).
    ///
    /// Refuses, changing nothing, when what is left of it after projection has a square below `least`.
    pub(crate) fn push(&mut self, products: &[f64], least: f64) -> bool {
        let count = self.rows.len();
        let mut row = products.to_vec();
        for (k, known) in self.rows.iter().enumerate() {
            row[k] = (row[k] - dot(&row[..k], &known[..k])) / known[k];
        }
        let left = row[count] - dot(&row[..count], &row[..count]);
        if left.is_nan() || left <= least {
            return false;
        }
        row[count] = left.sqrt();
        self.rows.push(row);
        true
    }

    /// Takes column `place` out, by rotations.
    pub(crate) fn remove(&mut self, place: usize) {
        self.rows.remove(place);
        for c in place..self.rows.len() {
            let (a, b) = (self.rows[c][c], self.rows[c][c + 1]);
            let length = a.hypot(b);
            let (cosine, sine) = (a / length, b / length);
            for row in &mut self.rows[c..] {
                let (left, right) = (row[c], row[c + 1]);
                row[c] = cosine * left + sine * right;
                row[c + 1] = cosine * right - sine * left;
            }
            self.rows[c].truncate(c + 1);
        }
    }

    /// `L Lᵀ x = right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        for (k, row) in self.rows.iter().enumerate() {
            x[k] = (x[k] - dot(&x[..k], &row[..k])) / row[k];
        }
        for (k, row) in self.rows.iter().enumerate().rev() {
            x[k] /= row[k];
            let value = x[k];
            add_scaled(&mut x[..k], -value, &row[..k]);
        }
        x
    }
}

/// The upper triangle `R` of `A = QR` for unit columns.
///
/// From the normal matrix where its pivots are large, else by reflections. With fewer rows than columns the lower rows
/// are zero.
pub(crate) fn triangle(unit: &Matrix) -> Matrix {
    let count = unit.columns();
    let gram = unit.gram();
    let mut factor = Cholesky::default();
    if !(0..count).all(|k| factor.push(&gram.column(k)[..=k], TRUSTED)) {
        return reflect(unit.clone(), &mut []);
    }
    let mut upper = Matrix::zeros(count, count);
    for (k, row) in factor.rows.iter().enumerate() {
        for (i, value) in row.iter().enumerate() {
            upper[(i, k)] = *value;
        }
    }
    upper
}

/// Householder's triangle of `a`; `right` becomes `Qᵀ right` unless it is empty.
fn reflect(mut a: Matrix, right: &mut [f64]) -> Matrix {
    let (rows, count) = (a.rows(), a.columns());
    let mut upper = Matrix::zeros(count, count);
    for k in 0..count {
        if k < rows {
            let mut mirror = a.column(k)[k..].to_vec();
            let length = norm(&mirror);
            let sign = if mirror[0] < 0.0 { -1.0 } else { 1.0 };
            mirror[0] += sign * length;
            let square = dot(&mirror, &mirror);
            if square > 0.0 {
                for j in k..count {
                    let part = &mut a.column_mut(j)[k..];
                    let factor = -2.0 * dot(&mirror, part) / square;
                    add_scaled(part, factor, &mirror);
                }
                if !right.is_empty() {
                    let factor = -2.0 * dot(&mirror, &right[k..]) / square;
                    add_scaled(&mut right[k..], factor, &mirror);
                }
            }
        }
        for i in 0..=k.min(rows.saturating_sub(1)) {
            upper[(i, k)] = a[(i, k)];
        }
    }
    upper
}

/// The least-squares solution of `A x ≈ b` for unit columns, by reflections.
///
/// `None` when a column is dependent on those before it: what is left of it is shorter than `least`.
pub(crate) fn least_squares(a: Matrix, b: &[f64], least: f64) -> Option<Vec<f64>> {
    let count = a.columns();
    if count > a.rows() {
        return None;
    }
    let mut right = b.to_vec();
    let upper = reflect(a, &mut right);
    let mut x = right[..count].to_vec();
    for k in (0..count).rev() {
        let pivot = upper[(k, k)];
        if pivot.is_nan() || pivot.abs() <= least {
            return None;
        }
        x[k] /= pivot;
        let value = x[k];
        add_scaled(&mut x[..k], -value, &upper.column(k)[..k]);
    }
    Some(x)
}

/// `RᵀR x = right`.
pub(crate) fn solve_normal(upper: &Matrix, right: &[f64]) -> Vec<f64> {
    let count = upper.columns();
    let mut x = right.to_vec();
    for k in 0..count {
        x[k] = (x[k] - dot(&x[..k], &upper.column(k)[..k])) / upper[(k, k)];
    }
    for k in (0..count).rev() {
        x[k] /= upper[(k, k)];
        let value = x[k];
        add_scaled(&mut x[..k], -value, &upper.column(k)[..k]);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(rows: usize, count: usize) -> Matrix {
        let wave = |k: usize| (0..rows).map(|i| ((i + 1) as f64 * (k + 1) as f64 * 0.37).sin()).collect();
        Matrix::from_columns(&(0..count).map(wave).collect::<Vec<Vec<f64>>>()).expect("equally long")
    }

    fn filled(gram: &Matrix, which: &[usize]) -> Cholesky {
        let mut factor = Cholesky::default();
        for (k, j) in which.iter().enumerate() {
            let products: Vec<f64> = which[..=k].iter().map(|i| gram[(*i, *j)]).collect();
            assert!(factor.push(&products, 1e-12));
        }
        factor
    }

    #[test]
    fn a_column_taken_out_leaves_the_factor_of_the_others() {
        let gram = waves(30, 7).gram();
        for place in 0..7 {
            let mut shrunk = filled(&gram, &[0, 1, 2, 3, 4, 5, 6]);
            shrunk.remove(place);
            let others: Vec<usize> = (0..7).filter(|j| *j != place).collect();
            let fresh = filled(&gram, &others);
            let right = [1.0, -2.0, 3.0, 0.5, 4.0, -1.0];
            for (a, b) in shrunk.solve(&right).iter().zip(fresh.solve(&right)) {
                assert!((a - b).abs() < 1e-12 * b.abs().max(1.0));
            }
        }
    }

    #[test]
    fn reflections_and_the_normal_matrix_agree() {
        let mut matrix = waves(40, 6);
        matrix.normalise();
        let (by_gram, by_mirror) = (triangle(&matrix), reflect(matrix.clone(), &mut []));
        for j in 0..6 {
            for i in 0..=j {
                assert!((by_gram[(i, j)].abs() - by_mirror[(i, j)].abs()).abs() < 1e-12);
            }
        }
        let b: Vec<f64> = (0..40).map(|i| f64::from(i).cos()).collect();
        let x = least_squares(matrix.clone(), &b, 1e-13).expect("independent");
        let right: Vec<f64> = (0..6).map(|j| dot(matrix.column(j), &b)).collect();
        for (a, b) in x.iter().zip(solve_normal(&by_mirror, &right)) {
            assert!((a - b).abs() < 1e-12);
        }
    }

    #[test]
    fn dependent_columns_are_refused() {
        let mut matrix = waves(10, 3);
        let sum: Vec<f64> = matrix.column(0).iter().zip(matrix.column(1)).map(|(a, b)| a + b).collect();
        matrix.column_mut(2).copy_from_slice(&sum);
        matrix.normalise();
        let gram = matrix.gram();
        let mut factor = filled(&gram, &[0, 1]);
        assert!(!factor.push(gram.column(2), 1e-12));
        assert!(least_squares(matrix, &[1.0; 10], 1e-13).is_none());
        assert!(least_squares(waves(2, 3), &[1.0; 2], 1e-13).is_none());
    }
}
