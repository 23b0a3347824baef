//! The Gram matrix of a weighted, centred, scaled design, and the same without some of its rows.

use gemm::{Parallelism, gemm};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::{ElasticNetError, Fit, Scaling, check};

/// `G = XᵀVX/Σv` of a design whose columns are centred and, where asked for, scaled to unit variance.
///
/// Entry (j, k) is the weighted covariance of columns j and k (correlation with [`Scaling::UnitVariance`]), so row j is also
/// the right-hand side `c` of the regression of column j on the others. The matrix is exactly symmetric.
#[derive(Clone, Debug, PartialEq)]
pub struct Gram {
    /// G, p × p.
    pub matrix: Array2<f64>,
    /// Weighted means of the columns.
    pub mean: Vec<f64>,
    /// What each column is divided by; 1 for a constant column and without scaling.
    pub scale: Vec<f64>,
    /// Σv; the number of rows without weights.
    pub weight: f64,
    /// Whether columns are scaled.
    pub scaling: Scaling,
}

/// Rows of G that one task computes.
const BAND: usize = 96;
/// Side of the tiles in which the upper triangle is mirrored.
const TILE: usize = 32;
/// A column whose variance falls below this part of what it was is taken as constant: what is left is rounding.
const CONSTANT: f64 = 1e-12;

impl Gram {
    /// The Gram matrix of `x` (n × p, rows are observations). Costs `n p²/2` multiplications.
    ///
    /// # Errors
    /// [`ElasticNetError`] for an empty design, numbers that aren't finite, or weights that aren't weights.
    pub fn of(x: ArrayView2<'_, f64>, weights: Option<&[f64]>, scaling: Scaling) -> Result<Self, ElasticNetError> {
        let ready = check::ready(x, weights, scaling)?;
        Ok(Self {
            matrix: cross_product(&ready.rows),
            mean: ready.mean,
            scale: ready.scale,
            weight: ready.weight,
            scaling,
        })
    }

    /// The number of columns of the design.
    pub fn columns(&self) -> usize {
        self.mean.len()
    }

    /// The Gram matrix of all rows but these (m × p, as they stand in the data), by downdating the moments.
    ///
    /// Means, scales and G follow, with the means of all rows as the origin, so that nothing cancels:
    /// `W'G' = W G − Σ_removed v d dᵀ − W'δδᵀ` with `d = x − mean` and `δ = −Σ_removed v d/W'`. Equals [`Gram::of`] on the
    /// remaining rows to 1e-10. Costs `m p²/2` multiplications instead of `(n−m) p²/2`.
    ///
    /// # Errors
    /// [`ElasticNetError`] as [`Gram::of`], and when no weight is left.
    pub fn without(&self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<Self, ElasticNetError> {
        let (m, p) = rows.dim();
        check::length(p, self.columns(), "columns of the rows to take away")?;
        if m == 0 {
            return Ok(self.clone());
        }
        check::design(rows, "the rows to take away")?;
        let removed = check::total_weight(weights, m)?;
        let left = self.weight - removed;
        if left <= CONSTANT * self.weight {
            return Err(ElasticNetError::NothingLeft { removed, total: self.weight });
        }
        let mut shift = vec![0.0; p];
        let mut centred = rows.as_standard_layout().into_owned();
        for (i, mut row) in centred.rows_mut().into_iter().enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[i]);
            let root = weight.sqrt();
            for ((value, mean), shift) in row.iter_mut().zip(&self.mean).zip(&mut shift) {
                let distance = *value - mean;
                *shift -= weight * distance;
                *value = root * distance;
            }
        }
        shift.iter_mut().for_each(|shift| *shift /= left);
        let mut matrix = cross_product(&centred);
        let variance: Vec<f64> = (0..p)
            .map(|j| {
                let before = self.weight / left * self.matrix[[j, j]] * self.scale[j].powi(2);
                let after = before - matrix[[j, j]] / left - shift[j].powi(2);
                if after > CONSTANT * before { after } else { 0.0 }
            })
            .collect();
        let scale: Vec<f64> = match self.scaling {
            Scaling::None => vec![1.0; p],
            Scaling::UnitVariance => variance.iter().map(|v| if *v > 0.0 { v.sqrt() } else { 1.0 }).collect(),
        };
        for (j, mut row) in matrix.rows_mut().into_iter().enumerate() {
            for (k, value) in row.iter_mut().enumerate() {
                let before = self.weight * self.matrix[[j, k]] * (self.scale[j] * self.scale[k]);
                let after = (before - *value) / left - shift[j] * shift[k];
                let constant = variance[j] == 0.0 || variance[k] == 0.0;
                *value = if constant { 0.0 } else { after / (scale[j] * scale[k]) };
            }
        }
        let mean = self.mean.iter().zip(&shift).map(|(mean, shift)| mean + shift).collect();
        Ok(Self { matrix, mean, scale, weight: left, scaling: self.scaling })
    }

    /// `c = XᵀVy/Σv` for the centred response `y` on the rows that this Gram matrix was made of.
    ///
    /// # Errors
    /// [`ElasticNetError`] for other lengths, numbers that aren't finite, or weights of another sum.
    pub fn right_hand_side(
        &self,
        x: ArrayView2<'_, f64>,
        y: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Vec<f64>, ElasticNetError> {
        let (n, p) = x.dim();
        check::length(p, self.columns(), "columns of the design")?;
        check::design(x, "the design")?;
        check::vector(y, n, "the response")?;
        let total = check::total_weight(weights, n)?;
        if (total - self.weight).abs() > 1e-9 * self.weight {
            let range = "that of the rows of the Gram matrix";
            return Err(ElasticNetError::OutOfRange { what: "the weight of these rows", value: total, range });
        }
        let weight = |i: usize| weights.map_or(1.0, |weights| weights[i]);
        let mean = y.iter().enumerate().map(|(i, value)| weight(i) * value).sum::<f64>() / total;
        let mut c = vec![0.0; p];
        for (i, row) in x.rows().into_iter().enumerate() {
            let share = weight(i) * (y[i] - mean) / total;
            row.iter().zip(&self.mean).zip(&mut c).for_each(|((value, mean), c)| *c += share * (value - mean));
        }
        c.iter_mut().zip(&self.scale).for_each(|(c, scale)| *c /= scale);
        // A constant column carries only the rounding of its mean.
        (0..p).filter(|j| self.matrix[[*j, *j]] == 0.0).for_each(|j| c[j] = 0.0);
        Ok(c)
    }

    /// The same columns divided by `scale` instead: those of a part of the rows in the units of all rows, say.
    ///
    /// # Errors
    /// [`ElasticNetError`] for another length, or scales that aren't positive and finite.
    pub fn in_scale(mut self, scale: &[f64]) -> Result<Self, ElasticNetError> {
        check::length(scale.len(), self.columns(), "scales")?;
        if let Some(value) = scale.iter().find(|value| !(value.is_finite() && **value > 0.0)) {
            return Err(ElasticNetError::OutOfRange { what: "a scale", value: *value, range: "finite and positive" });
        }
        let factors: Vec<f64> = self.scale.iter().zip(scale).map(|(own, scale)| own / scale).collect();
        for (mut row, factor) in self.matrix.rows_mut().into_iter().zip(&factors) {
            row.iter_mut().zip(&factors).for_each(|(value, other)| *value *= factor * other);
        }
        self.scale = scale.to_vec();
        Ok(self)
    }

    /// The fit in units of the data: coefficients divided by the scales, and the intercept `ȳ − Σ_j mean_j β_j/scale_j`.
    pub fn in_original_units(&self, fit: &Fit, response_mean: f64) -> Fit {
        let coefficients: Vec<_> = fit.coefficients.iter().map(|(j, value)| (*j, value / self.scale[*j])).collect();
        let intercept = response_mean - coefficients.iter().map(|(j, value)| self.mean[*j] * value).sum::<f64>();
        Fit { coefficients, intercept, ..fit.clone() }
    }
}

/// `ZᵀZ` of an n × p matrix, exactly symmetric, in bands of rows so that the bits don't depend on the number of threads.
pub(crate) fn cross_product(z: &Array2<f64>) -> Array2<f64> {
    let (n, p) = z.dim();
    let data = z.as_slice().expect("made in standard layout");
    let mut product = vec![0.0; p * p];
    product.par_chunks_mut(BAND * p).with_max_len(1).enumerate().for_each(|(band, rows)| {
        let first = band * BAND;
        let height = rows.len() / p;
        let stride = isize::try_from(p).expect("a slice is no longer than isize::MAX");
        // SAFETY: the destination is `height` rows of `p - first` columns that lie within `rows`, at distance `p`; both
        // factors are columns `first..` of the n × p matrix `data`, the left one transposed and `height` wide.
        unsafe {
            gemm(
                height,
                p - first,
                n,
                rows.as_mut_ptr().add(first),
                1,
                stride,
                false,
                data.as_ptr().add(first),
                stride,
                1,
                data.as_ptr().add(first),
                1,
                stride,
                0.0,
                1.0,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    });
    mirror(&mut product, p);
    Array2::from_shape_vec((p, p), product).expect("p × p numbers")
}

/// Copies the upper triangle of a p × p matrix onto the lower one.
fn mirror(matrix: &mut [f64], p: usize) {
    for top in (0..p).step_by(TILE) {
        for left in (0..=top).step_by(TILE) {
            for row in top..(top + TILE).min(p) {
                for column in left..(left + TILE).min(row) {
                    matrix[row * p + column] = matrix[column * p + row];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Axis;

    #[test]
    fn a_part_of_the_rows_can_keep_the_units_of_all() {
        let x = Array2::from_shape_fn((20, 4), |(i, j)| if j == 3 { 2.0 } else { ((i * (j + 2)) as f64).sin() * 9.0 });
        let (out, kept): (Vec<usize>, Vec<usize>) = (0..20).partition(|row| row % 4 == 0);
        let all = Gram::of(x.view(), None, Scaling::UnitVariance).unwrap();
        let part = all.without(x.select(Axis(0), &out).view(), None).unwrap().in_scale(&all.scale).unwrap();
        let scaled = &x.select(Axis(0), &kept) / &ndarray::Array1::from(all.scale.clone());
        let expected = Gram::of(scaled.view(), None, Scaling::None).unwrap();
        assert_eq!(part.scale, all.scale);
        assert!((&part.matrix - &expected.matrix).iter().all(|difference| difference.abs() < 1e-12));
        assert!(all.clone().in_scale(&[1.0; 3]).is_err() && all.in_scale(&[1.0, 1.0, 0.0, 1.0]).is_err());
    }
}
