//! Convolution to a resolving power.

use super::{Axis, Quantity, Spectrum, SpectrumError};
use crate::cases::qncc_spectra::constants::FWHM_PER_SIGMA;

/// The kernel is cut at this many standard deviations, where it has fallen to 2·10⁻⁸.
const REACH: f64 = 6.0;

impl<X: Axis, Y: Quantity> Spectrum<X, Y> {
    /// The spectrum as an instrument of resolving power R = λ/FWHM sees it, on the same points.
    ///
    /// See [`blurred`]. Errors are propagated as if independent: those of neighbours are not any more. R is the resolving
    /// power of the kernel alone; a spectrum that already has resolving power R₀ ends with (R⁻² + R₀⁻²)^(−1/2).
    ///
    /// # Errors
    /// [`SpectrumError::Argument`] unless R is finite and above one.
    pub fn convolved(&self, resolving_power: f64) -> Result<Self, SpectrumError> {
        if !(resolving_power.is_finite() && resolving_power > 1.0) {
            return Err(SpectrumError::Argument {
                what: "resolving power",
                found: resolving_power,
                expected: "a finite number above 1",
            });
        }
        let x = self.x();
        // Every point lies within its own kernel, so none is lost.
        let (y, sigma) = blurred((x, self.y()), self.sigma(), resolving_power, x).into_iter().flatten().unzip();
        Ok(Self::made(x.to_vec(), y, self.sigma().map(|_| sigma), self.unit()))
    }
}

/// What an instrument of resolving power R = λ/FWHM sees of the points `(x, y)` at each place `at`: the value, and its one-σ
/// error where `sigma` is given (else 0); `None` where no point lies within the kernel.
///
/// `y' = Σ_j w_j y_j / Σ_j w_j` with `w_j = Δ_j exp(−(x_j − at)²/2s²)`, `s = at/(2.355 R)` and `Δ_j` the width of point j's
/// cell, so uneven points are weighted rightly and a constant stays what it is up to the edges. `x` must not fall. Cost:
/// places times points per kernel.
pub fn blurred(
    (x, y): (&[f64], &[f64]),
    sigma: Option<&[f64]>,
    resolving_power: f64,
    at: &[f64],
) -> Vec<Option<(f64, f64)>> {
    let cells = cells(x);
    let seen = |&centre: &f64| {
        let width = centre / (resolving_power * FWHM_PER_SIGMA);
        let (low, high) = kernel_range(centre, resolving_power);
        let near = x.partition_point(|x| *x < low)..x.partition_point(|x| *x <= high);
        let (mut total, mut sum, mut variance) = (0.0, 0.0, 0.0);
        for j in near {
            let weight = cells[j] * (-0.5 * ((x[j] - centre) / width).powi(2)).exp();
            total += weight;
            sum += weight * y[j];
            if let Some(sigma) = sigma {
                variance += (weight * sigma[j]).powi(2);
            }
        }
        (total > 0.0).then(|| (sum / total, variance.sqrt() / total))
    };
    at.iter().map(seen).collect()
}

/// How far the kernel of [`blurred`] reaches around a place, in the unit of the axis.
pub fn kernel_range(centre: f64, resolving_power: f64) -> (f64, f64) {
    let reach = REACH * centre / (resolving_power * FWHM_PER_SIGMA);
    (centre - reach, centre + reach)
}

/// The width of each point's cell, from the middle to one neighbour to the middle to the other.
fn cells(x: &[f64]) -> Vec<f64> {
    match x.len() {
        0 | 1 => vec![1.0; x.len()],
        n => (0..n).map(|i| 0.5 * (x[(i + 1).min(n - 1)] - x[i.saturating_sub(1)])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Absorbance, FluxDensityNu, Unit, Wavelength};
    use super::*;
    use proptest::prelude::*;

    fn grid(from: f64, to: f64, points: usize) -> Vec<f64> {
        (0..points).map(|i| from + (to - from) * i as f64 / (points - 1) as f64).collect()
    }

    #[test]
    fn a_gaussian_grows_in_quadrature() {
        // In a narrow band λ/R is nearly constant: FWHM² = 0.02² + (8/400)².
        let x = grid(7.5, 8.5, 4001);
        let s0 = 0.02 / FWHM_PER_SIGMA;
        let y = x.iter().map(|x| (-0.5 * ((x - 8.0) / s0).powi(2)).exp()).collect();
        let spectrum = Spectrum::<Wavelength, Absorbance>::new(x, y, None, Unit::One).unwrap();
        let wide = spectrum.convolved(400.0).unwrap();
        let peak = wide.y().iter().fold(0.0, |a: f64, b| a.max(*b));
        assert!((peak - 0.5f64.sqrt()).abs() < 1e-4, "{peak}");
        let half: Vec<f64> =
            wide.x().iter().zip(wide.y()).filter(|(_, y)| **y >= peak / 2.0).map(|(x, _)| *x).collect();
        let fwhm = half[half.len() - 1] - half[0];
        assert!((fwhm - 0.02 * 2f64.sqrt()).abs() < 6e-4, "{fwhm}");
        assert!((wide.integral() / spectrum.integral() - 1.0).abs() < 1e-4);
    }

    #[test]
    fn independent_errors_shrink_by_the_kernels_effective_width() {
        // Far from the edges on an even grid: σ' = σ √(Δ/(2√π s)).
        let x = grid(7.9, 8.1, 2001);
        let spectrum =
            Spectrum::<Wavelength, FluxDensityNu>::new(x.clone(), vec![1.0; 2001], Some(vec![0.1; 2001]), Unit::Jansky);
        let convolved = spectrum.unwrap().convolved(1000.0).unwrap();
        let s = 8.0 / 1000.0 / FWHM_PER_SIGMA;
        let expected = 0.1 * (1e-4 / (2.0 * std::f64::consts::PI.sqrt() * s)).sqrt();
        assert!((convolved.sigma().unwrap()[1000] / expected - 1.0).abs() < 1e-3);
    }

    #[test]
    fn resolving_powers_of_one_or_less_are_refused() {
        let spectrum = Spectrum::<Wavelength, Absorbance>::new(vec![8.0], vec![1.0], None, Unit::One).unwrap();
        for r in [1.0, 0.0, -3.0, f64::NAN, f64::INFINITY] {
            assert!(spectrum.convolved(r).is_err(), "{r}");
        }
        assert_eq!(spectrum.convolved(100.0).unwrap(), spectrum);
    }

    #[test]
    fn a_place_that_no_kernel_reaches_has_no_value() {
        let seen = blurred((&[8.0, 8.1], &[1.0, 1.0]), None, 1000.0, &[8.0, 8.05, 9.0]);
        assert_eq!(seen, [Some((1.0, 0.0)), None, None]);
        assert!(blurred((&[], &[]), None, 100.0, &[8.0]) == [None]);
        let (low, high) = kernel_range(8.0, 1000.0);
        assert!((high - low - 12.0 * 8.0 / 1000.0 / FWHM_PER_SIGMA).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn a_constant_stays_constant_up_to_the_edges(
            steps in prop::collection::vec(0.001..0.3f64, 1..60), level in -5.0..5.0f64, r in 20.0..500.0f64
        ) {
            let x: Vec<f64> = steps.iter().scan(5.0, |x, step| { *x += step; Some(*x) }).collect();
            let y = vec![level; x.len()];
            let spectrum = Spectrum::<Wavelength, Absorbance>::new(x, y, None, Unit::One).unwrap();
            for y in spectrum.convolved(r).unwrap().y() {
                prop_assert!((y - level).abs() < 1e-12);
            }
        }
    }
}
