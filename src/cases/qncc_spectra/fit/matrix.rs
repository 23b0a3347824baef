//! Dense matrices by columns, and the few operations that the fits need.

use rayon::prelude::*;

use super::FitError;

/// Rows that are multiplied together while they lie in the cache.
const BLOCK: usize = 512;

/// A matrix whose columns lie one after the other.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// A matrix from its columns.
    ///
    /// # Errors
    /// [`FitError::Length`] when the columns are not equally long.
    pub fn from_columns(columns: &[Vec<f64>]) -> Result<Self, FitError> {
        let rows = columns.first().map_or(0, Vec::len);
        for column in columns {
            if column.len() != rows {
                return Err(FitError::Length { what: "a column", found: column.len(), expected: rows });
            }
        }
        Ok(Self { rows, columns: columns.len(), values: columns.concat() })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Column `j`.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// Column `j`, to be written.
    pub fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// Divides every column by its length and returns the lengths; a column of zeros stays, with length one.
    pub(crate) fn normalise(&mut self) -> Vec<f64> {
        let rows = self.rows;
        let scale = |column: &mut [f64]| {
            let length = norm(column);
            if length == 0.0 {
                return 1.0;
            }
            column.iter_mut().for_each(|value| *value /= length);
            length
        };
        if rows == 0 {
            return vec![1.0; self.columns];
        }
        self.values.chunks_exact_mut(rows).map(scale).collect()
    }

    /// `AᵀA`, its upper triangle and its lower one.
    ///
    /// Rows are taken in fixed blocks, so the sums have the same order for any number of threads.
    pub(crate) fn gram(&self) -> Self {
        let count = self.columns;
        let blocks = self.rows.div_ceil(BLOCK).max(1);
        let block = |index: usize| {
            let rows = index * BLOCK..((index + 1) * BLOCK).min(self.rows);
            let mut part = Self::zeros(count, count);
            for j in 0..count {
                let right = &self.column(j)[rows.clone()];
                for i in 0..=j {
                    part[(i, j)] = dot(&self.column(i)[rows.clone()], right);
                }
            }
            part
        };
        let mut sum = if blocks == 1 {
            block(0)
        } else {
            let parts: Vec<Self> = (0..blocks).into_par_iter().map(block).collect();
            parts.into_iter().fold(Self::zeros(count, count), |mut sum, part| {
                add_scaled(&mut sum.values, 1.0, &part.values);
                sum
            })
        };
        for j in 0..count {
            for i in 0..j {
                sum[(j, i)] = sum[(i, j)];
            }
        }
        sum
    }

    /// The columns named, in that order.
    pub(crate) fn select(&self, which: &[usize]) -> Self {
        let values = which.iter().flat_map(|j| self.column(*j)).copied().collect();
        Self { rows: self.rows, columns: which.len(), values }
    }

    /// These columns, then those of `other`, which has as many rows.
    pub(crate) fn beside(mut self, other: &Self) -> Self {
        self.values.extend_from_slice(&other.values);
        Self { rows: self.rows.max(other.rows), columns: self.columns + other.columns, values: self.values }
    }

    /// All values, column after column.
    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// A view of the whole.
    pub fn view(&self) -> MatrixRef<'_> {
        MatrixRef { rows: self.rows, columns: self.columns, values: &self.values }
    }
}

impl std::ops::Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self.values[column * self.rows + row]
    }
}

impl std::ops::IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut f64 {
        &mut self.values[column * self.rows + row]
    }
}

/// A view of a matrix that lies by columns.
#[derive(Clone, Copy, Debug)]
pub struct MatrixRef<'a> {
    rows: usize,
    columns: usize,
    values: &'a [f64],
}

impl<'a> MatrixRef<'a> {
    /// Views `values`, `rows` times `columns` of them, column after column.
    ///
    /// # Errors
    /// [`FitError::Length`] when there are more or fewer values.
    pub fn new(rows: usize, columns: usize, values: &'a [f64]) -> Result<Self, FitError> {
        if values.len() != rows * columns {
            return Err(FitError::Length { what: "the matrix", found: values.len(), expected: rows * columns });
        }
        Ok(Self { rows, columns, values })
    }

    /// The number of rows.
    pub fn rows(self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(self) -> usize {
        self.columns
    }

    /// Column `j`.
    pub fn column(self, j: usize) -> &'a [f64] {
        &self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// A copy that can be kept and changed.
    pub fn to_matrix(self) -> Matrix {
        Matrix { rows: self.rows, columns: self.columns, values: self.values.to_vec() }
    }
}

/// `a·b`, summed in eight lanes, always in the same order.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}

/// `‖a‖`, safe against overflow.
pub(crate) fn norm(a: &[f64]) -> f64 {
    let plain = dot(a, a);
    if plain.is_finite() && plain > 1e-280 {
        return plain.sqrt();
    }
    let largest = a.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * a.iter().map(|v| (v / largest).powi(2)).sum::<f64>().sqrt()
}

/// `y += factor · x`.
pub(crate) fn add_scaled(y: &mut [f64], factor: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_product_takes_every_entry_once() {
        for length in 0..40 {
            let a: Vec<f64> = (0..length).map(f64::from).collect();
            let expected: f64 = a.iter().map(|v| v * v).sum();
            assert_eq!(dot(&a, &a), expected);
        }
    }

    #[test]
    fn a_norm_neither_overflows_nor_vanishes() {
        assert!((norm(&[3e200, 4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert!((norm(&[3e-200, 4e-200]) / 5e-200 - 1.0).abs() < 1e-15);
        assert_eq!(norm(&[0.0, 0.0]), 0.0);
    }

    #[test]
    fn a_gram_matrix_over_several_blocks_is_that_of_the_whole() {
        let wave = |k: usize| (0..1300).map(|i| ((i * (k + 1)) as f64 * 0.01).sin()).collect::<Vec<f64>>();
        let matrix = Matrix::from_columns(&[wave(0), wave(1), wave(2)]).expect("equally long");
        let gram = matrix.gram();
        for i in 0..3 {
            for j in 0..3 {
                let plain: f64 = matrix.column(i).iter().zip(matrix.column(j)).map(|(a, b)| a * b).sum();
                assert!((gram[(i, j)] - plain).abs() < 1e-10);
            }
        }
    }

    #[test]
    fn ragged_columns_are_refused() {
        let error = Matrix::from_columns(&[vec![1.0, 2.0], vec![1.0]]).expect_err("ragged");
        assert_eq!(error, FitError::Length { what: "a column", found: 1, expected: 2 });
        assert!(MatrixRef::new(2, 2, &[1.0; 3]).is_err());
    }
}
