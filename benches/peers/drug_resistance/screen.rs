//! A made-up expression matrix for timing: latent factors and noise.

use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use saigen::methods::random::stream;

/// Standard deviation of the noise beside factors whose part of a column has 1: about 33 coefficients a fit at λ 0.3, ρ 0.5 for
/// 900 rows, 976 columns and 40 factors.
const NOISE: f64 = 0.58;

/// `rows` × `columns`: scores of `factors` factors times loadings, all normal, plus normal noise.
pub fn made_up(rows: usize, columns: usize, factors: usize) -> Array2<f64> {
    let mut random = stream(1, "bench", "screen", 0);
    let mut normal = || random.sample::<f64, _>(StandardNormal);
    let scores = Array2::from_shape_simple_fn((rows, factors), &mut normal);
    let loadings = Array2::from_shape_simple_fn((factors, columns), &mut normal) / (factors as f64).sqrt();
    scores.dot(&loadings) + NOISE * Array2::from_shape_simple_fn((rows, columns), &mut normal)
}
