//! The spectrum itself, and what can be done with it point by point.

use std::marker::PhantomData;

use super::{
    Absorbance, Axis, FluxDensityLambda, FluxDensityNu, Quantity, SpectrumError, Transmittance, Unit, Wavelength,
};
use crate::cases::qncc_spectra::constants::{SPEED_OF_LIGHT_UM_PER_S, frequency_per_wavelength};
use crate::cases::qncc_spectra::interpolation::linear;

/// Values of a quantity along an axis: strictly growing positive positions, finite values, positive errors or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum<X: Axis, Y: Quantity> {
    x: Vec<f64>,
    y: Vec<f64>,
    sigma: Option<Vec<f64>>,
    unit: Unit,
    kind: PhantomData<(X, Y)>,
}

impl<X: Axis, Y: Quantity> Spectrum<X, Y> {
    /// Checks and keeps positions (in `X`'s unit, strictly growing), values in `unit`, and one-σ errors if there are any.
    ///
    /// # Errors
    /// The first fault from the start, with its point.
    pub fn new(x: Vec<f64>, y: Vec<f64>, sigma: Option<Vec<f64>>, unit: Unit) -> Result<Self, SpectrumError> {
        let errors = sigma.as_ref().map_or(x.len(), Vec::len);
        if x.len() != y.len() || x.len() != errors {
            return Err(SpectrumError::Lengths { x: x.len(), y: y.len(), sigma: errors });
        }
        if x.is_empty() {
            return Err(SpectrumError::Empty);
        }
        if !Y::accepts(unit) {
            return Err(SpectrumError::NotAUnitOf { found: unit, quantity: Y::NAME });
        }
        let mut before = 0.0;
        for (point, (&position, &value)) in x.iter().zip(&y).enumerate() {
            if !(position.is_finite() && position > 0.0) {
                return Err(SpectrumError::Position { point, found: position });
            }
            if position <= before {
                return Err(SpectrumError::Order { point, before, found: position });
            }
            before = position;
            if !value.is_finite() {
                return Err(SpectrumError::Value { point, found: value });
            }
            if let Some(found) = sigma.as_ref().map(|sigma| sigma[point])
                && !(found.is_finite() && found > 0.0)
            {
                return Err(SpectrumError::Sigma { point, found });
            }
        }
        Ok(Self { x, y, sigma, unit, kind: PhantomData })
    }

    /// For results whose positions and values are checked by construction.
    pub(super) fn made(x: Vec<f64>, y: Vec<f64>, sigma: Option<Vec<f64>>, unit: Unit) -> Self {
        Self { x, y, sigma, unit, kind: PhantomData }
    }

    /// Positions, growing, in the axis's unit.
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// Values, in [`Spectrum::unit`].
    pub fn y(&self) -> &[f64] {
        &self.y
    }

    /// One-σ errors in the unit of the values, if the spectrum has any.
    pub fn sigma(&self) -> Option<&[f64]> {
        self.sigma.as_deref()
    }

    /// The unit of values and errors.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// How many points there are; never zero.
    #[expect(clippy::len_without_is_empty, reason = "a spectrum is never empty")]
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// The first and the last position.
    pub fn range(&self) -> (f64, f64) {
        (self.x[0], self.x[self.x.len() - 1])
    }

    /// The same points labelled by another axis, in growing order of it.
    ///
    /// Values and errors stay as they are: a flux density is a density per frequency or per wavelength by its type,
    /// whatever it is drawn against, and takes its Jacobian in [`Spectrum::to_per_wavelength`]. Absorbance, optical
    /// constants and their like are numbers at a point and never take one.
    pub fn in_axis<Z: Axis>(&self) -> Spectrum<Z, Y> {
        let convert = |x: &f64| if X::UNIT == Z::UNIT { *x } else { Z::of_micron(X::to_micron(*x)) };
        let mut x: Vec<f64> = self.x.iter().map(convert).collect();
        let (mut y, mut sigma) = (self.y.clone(), self.sigma.clone());
        if X::GROWS_WITH_WAVELENGTH != Z::GROWS_WITH_WAVELENGTH {
            x.reverse();
            y.reverse();
            if let Some(sigma) = &mut sigma {
                sigma.reverse();
            }
        }
        Spectrum::made(x, y, sigma, self.unit)
    }

    /// The same values in another unit.
    ///
    /// # Errors
    /// [`SpectrumError::Units`] if more than a factor lies between the two.
    pub fn in_unit(&self, unit: Unit) -> Result<Self, SpectrumError> {
        let factor = self.unit.factor_to(unit)?;
        Ok(self.each(unit, |_, y| y * factor, |_, _, s| s * factor))
    }

    /// The points from `low` to `high`, both included.
    ///
    /// # Errors
    /// [`SpectrumError::NoOverlap`] if there are none.
    pub fn slice(&self, low: f64, high: f64) -> Result<Self, SpectrumError> {
        let from = self.x.partition_point(|x| *x < low);
        let to = self.x.partition_point(|x| *x <= high);
        if from >= to {
            let (first, last) = self.range();
            return Err(SpectrumError::NoOverlap { low, high, first, last });
        }
        let sigma = self.sigma.as_ref().map(|s| s[from..to].to_vec());
        Ok(Self::made(self.x[from..to].to_vec(), self.y[from..to].to_vec(), sigma, self.unit))
    }

    /// The positions as they were emitted by a source at redshift `z`: wavelengths shrink by 1 + z, wavenumbers and
    /// energies grow. Values stay as observed, as band strengths are quoted.
    ///
    /// # Errors
    /// [`SpectrumError::Argument`] unless `z` is finite and above −1.
    pub fn at_rest(&self, z: f64) -> Result<Self, SpectrumError> {
        if !(z.is_finite() && z > -1.0) {
            return Err(SpectrumError::Argument { what: "redshift", found: z, expected: "a finite number above -1" });
        }
        let factor = if X::GROWS_WITH_WAVELENGTH { 1.0 / (1.0 + z) } else { 1.0 + z };
        let x = self.x.iter().map(|x| x * factor).collect();
        Self::new(x, self.y.clone(), self.sigma.clone(), self.unit)
    }

    /// Values on a straight line between neighbouring points.
    ///
    /// # Errors
    /// [`SpectrumError::Outside`] for a position outside the spectrum.
    pub fn interpolated(&self, at: &[f64]) -> Result<Vec<f64>, SpectrumError> {
        let (low, high) = self.range();
        let value = |&found: &f64| linear(&self.x, &self.y, found).ok_or(SpectrumError::Outside { found, low, high });
        at.iter().map(value).collect()
    }

    /// The trapezoid integral over the axis, in the unit of the values times that of the axis.
    pub fn integral(&self) -> f64 {
        let pairs = self.x.windows(2).zip(self.y.windows(2));
        pairs.map(|(x, y)| 0.5 * (x[1] - x[0]) * (y[0] + y[1])).sum()
    }

    /// The same values, taken to be in other errors; for files whose errors are known from elsewhere.
    ///
    /// # Errors
    /// As [`Spectrum::new`].
    pub fn with_sigma(&self, sigma: Vec<f64>) -> Result<Self, SpectrumError> {
        Self::new(self.x.clone(), self.y.clone(), Some(sigma), self.unit)
    }

    /// Maps values (`f(x, y)`) and errors (`g(x, y, σ)`).
    fn each<Z: Quantity>(
        &self,
        unit: Unit,
        f: impl Fn(f64, f64) -> f64,
        g: impl Fn(f64, f64, f64) -> f64,
    ) -> Spectrum<X, Z> {
        let points = || self.x.iter().zip(&self.y);
        let y = points().map(|(x, y)| f(*x, *y)).collect();
        let sigma = self.sigma.as_ref().map(|s| points().zip(s).map(|((x, y), s)| g(*x, *y, *s)).collect());
        Spectrum::made(self.x.clone(), y, sigma, unit)
    }
}

/// c/λ² in the units that lead from a density per frequency to one per wavelength, and the unit that comes out.
fn per_wavelength(unit: Unit) -> (f64, Unit) {
    match unit {
        Unit::MegajanskyPerSteradian => (unit.si(), Unit::WattPerM2MicronSteradian),
        Unit::Relative => (1.0 / SPEED_OF_LIGHT_UM_PER_S, Unit::Relative),
        _ => (unit.si(), Unit::WattPerM2Micron),
    }
}

/// The same the other way.
fn per_frequency(unit: Unit) -> (f64, Unit) {
    match unit {
        Unit::WattPerM2MicronSteradian => (unit.si() / Unit::MegajanskyPerSteradian.si(), Unit::MegajanskyPerSteradian),
        Unit::Relative => (SPEED_OF_LIGHT_UM_PER_S, Unit::Relative),
        _ => (unit.si() / Unit::Jansky.si(), Unit::Jansky),
    }
}

impl<X: Axis> Spectrum<X, FluxDensityNu> {
    /// `F_λ = F_ν c/λ²`, in W m⁻² µm⁻¹ (sr⁻¹ where the source has it); relative values become λ⁻² times them.
    pub fn to_per_wavelength(&self) -> Spectrum<X, FluxDensityLambda> {
        let (factor, unit) = per_wavelength(self.unit);
        let jacobian = |x: f64| factor * frequency_per_wavelength(X::to_micron(x));
        self.each(unit, |x, y| y * jacobian(x), |x, _, s| s * jacobian(x))
    }
}

impl<X: Axis> Spectrum<X, FluxDensityLambda> {
    /// `F_ν = F_λ λ²/c`, in Jy (MJy sr⁻¹ where the source has a solid angle); relative values become λ² times them.
    pub fn to_per_frequency(&self) -> Spectrum<X, FluxDensityNu> {
        let (factor, unit) = per_frequency(self.unit);
        let jacobian = |x: f64| factor / frequency_per_wavelength(X::to_micron(x));
        self.each(unit, |x, y| y * jacobian(x), |x, _, s| s * jacobian(x))
    }
}

impl<X: Axis> Spectrum<X, Transmittance> {
    /// A = −log₁₀ T, with σ_A = σ_T/(T ln 10).
    ///
    /// # Errors
    /// [`SpectrumError::Value`] where nothing was transmitted: such a point has no absorbance.
    pub fn to_absorbance(&self) -> Result<Spectrum<X, Absorbance>, SpectrumError> {
        if let Some((point, found)) = self.y.iter().copied().enumerate().find(|(_, y)| *y <= 0.0) {
            return Err(SpectrumError::Value { point, found });
        }
        let factor = self.unit.si();
        let ln10 = std::f64::consts::LN_10;
        Ok(self.each(Unit::One, |_, y| -(y * factor).log10(), |_, y, s| s / (y * ln10)))
    }
}

impl<Y: Quantity> Spectrum<Wavelength, Y> {
    /// The same points at vacuum wavelengths, for a file that gives wavelengths in air.
    pub fn in_vacuum(&self) -> Self {
        let x = self.x.iter().map(|x| super::air_to_vacuum(*x)).collect();
        Self::made(x, self.y.clone(), self.sigma.clone(), self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Energy, Wavenumber};
    use super::*;
    use proptest::prelude::*;

    fn flux(x: &[f64], y: &[f64], sigma: Option<&[f64]>) -> Spectrum<Wavelength, FluxDensityNu> {
        Spectrum::new(x.to_vec(), y.to_vec(), sigma.map(<[f64]>::to_vec), Unit::Jansky).unwrap()
    }

    #[test]
    fn faults_are_refused_with_their_point() {
        let new = |x: &[f64], y: &[f64], s: &[f64]| {
            Spectrum::<Wavelength, FluxDensityNu>::new(x.to_vec(), y.to_vec(), Some(s.to_vec()), Unit::Jansky)
        };
        assert_eq!(new(&[], &[], &[]), Err(SpectrumError::Empty));
        assert_eq!(new(&[1.0], &[1.0, 2.0], &[1.0]), Err(SpectrumError::Lengths { x: 1, y: 2, sigma: 1 }));
        assert_eq!(new(&[0.0], &[1.0], &[1.0]), Err(SpectrumError::Position { point: 0, found: 0.0 }));
        assert_eq!(
            new(&[2.0, 1.0], &[1.0; 2], &[1.0; 2]),
            Err(SpectrumError::Order { point: 1, before: 2.0, found: 1.0 })
        );
        assert_eq!(
            new(&[1.0, 1.0], &[1.0; 2], &[1.0; 2]),
            Err(SpectrumError::Order { point: 1, before: 1.0, found: 1.0 })
        );
        assert!(matches!(new(&[1.0], &[f64::NAN], &[1.0]), Err(SpectrumError::Value { point: 0, .. })));
        assert_eq!(new(&[1.0, 2.0], &[1.0; 2], &[1.0, 0.0]), Err(SpectrumError::Sigma { point: 1, found: 0.0 }));
        assert_eq!(new(&[1.0, 2.0], &[1.0; 2], &[1.0, -1.0]), Err(SpectrumError::Sigma { point: 1, found: -1.0 }));
        let wrong = Spectrum::<Wavelength, FluxDensityNu>::new(vec![1.0], vec![1.0], None, Unit::WattPerM2Micron);
        assert!(matches!(wrong, Err(SpectrumError::NotAUnitOf { .. })));
    }

    #[test]
    fn another_axis_reverses_and_changes_no_value() {
        let spectrum = flux(&[5.0, 8.0], &[1.0, 3.0], Some(&[0.1, 0.2]));
        let wavenumber = spectrum.in_axis::<Wavenumber>();
        assert_eq!(wavenumber.x(), [1250.0, 2000.0]);
        assert_eq!(wavenumber.y(), [3.0, 1.0]);
        assert_eq!(wavenumber.sigma(), Some(&[0.2, 0.1][..]));
        let energy = wavenumber.in_axis::<Energy>();
        assert_eq!(energy.y(), [3.0, 1.0]);
        assert!((energy.x()[1] - 0.247_968_396_866).abs() < 1e-11);
    }

    #[test]
    fn a_jansky_at_ten_micron_is_three_times_ten_to_the_minus_fourteen_watts() {
        let spectrum = flux(&[10.0], &[1.0], Some(&[0.5])).to_per_wavelength();
        assert_eq!(spectrum.unit(), Unit::WattPerM2Micron);
        // 1e-26 · 2.99792458e14 / 100 W m⁻² µm⁻¹.
        assert!((spectrum.y()[0] / 2.997_924_58e-14 - 1.0).abs() < 1e-14);
        assert!((spectrum.sigma().unwrap()[0] / 1.498_962_29e-14 - 1.0).abs() < 1e-14);
    }

    #[test]
    fn power_is_the_same_per_wavelength_and_per_frequency() {
        // ∫F_λ dλ = ∫F_ν dν, on a grid fine enough for the trapezoid rule.
        let x: Vec<f64> = (0..20_001).map(|i| 5.0 + i as f64 * 5e-4).collect();
        let y: Vec<f64> = x.iter().map(|x| (-(x - 9.0f64).powi(2)).exp()).collect();
        let spectrum = Spectrum::<Wavelength, FluxDensityNu>::new(x, y, None, Unit::WattPerM2Hertz).unwrap();
        let frequency: Vec<f64> = spectrum.x().iter().map(|x| SPEED_OF_LIGHT_UM_PER_S / x).collect();
        let pairs = frequency.windows(2).zip(spectrum.y().windows(2));
        let per_frequency: f64 = pairs.map(|(f, y)| 0.5 * (f[0] - f[1]) * (y[0] + y[1])).sum();
        assert!((spectrum.to_per_wavelength().integral() / per_frequency - 1.0).abs() < 1e-6);
    }

    #[test]
    fn interpolation_is_exact_on_a_line_and_refuses_to_go_beyond() {
        let spectrum = flux(&[1.0, 2.0, 4.0], &[1.0, 2.0, 4.0], None);
        assert_eq!(spectrum.interpolated(&[1.0, 1.5, 3.0, 4.0]).unwrap(), [1.0, 1.5, 3.0, 4.0]);
        for at in [0.999, 4.001, f64::NAN] {
            assert!(matches!(spectrum.interpolated(&[at]), Err(SpectrumError::Outside { .. })), "{at}");
        }
    }

    #[test]
    fn slices_include_both_ends() {
        let spectrum = flux(&[1.0, 2.0, 3.0, 4.0], &[1.0; 4], None);
        assert_eq!(spectrum.slice(2.0, 3.0).unwrap().x(), [2.0, 3.0]);
        assert!(matches!(spectrum.slice(4.5, 9.0), Err(SpectrumError::NoOverlap { .. })));
        assert!(matches!(spectrum.slice(3.0, 2.0), Err(SpectrumError::NoOverlap { .. })));
    }

    #[test]
    fn a_redshifted_band_is_found_at_rest() {
        let observed = flux(&[6.2 * 1.02], &[1.0], None);
        assert!((observed.at_rest(0.02).unwrap().x()[0] - 6.2).abs() < 1e-12);
        let wavenumber = observed.in_axis::<Wavenumber>().at_rest(0.02).unwrap();
        assert!((wavenumber.x()[0] - 1e4 / 6.2).abs() < 1e-9);
        assert!(observed.at_rest(-1.0).is_err() && observed.at_rest(f64::NAN).is_err());
    }

    #[test]
    fn ten_percent_transmitted_is_one_absorbed() {
        let t = |y: f64| {
            Spectrum::<Wavenumber, Transmittance>::new(vec![1000.0], vec![y], Some(vec![y / 100.0]), Unit::Percent)
        };
        let a = t(10.0).unwrap().to_absorbance().unwrap();
        assert_eq!(a.y(), [1.0]);
        assert!((a.sigma().unwrap()[0] - 0.01 / std::f64::consts::LN_10).abs() < 1e-15);
        assert!(t(-1.0).is_err() || t(-1.0).unwrap().to_absorbance().is_err());
        assert!(
            Spectrum::<Wavenumber, Transmittance>::new(vec![1000.0], vec![0.0], None, Unit::One)
                .unwrap()
                .to_absorbance()
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn axes_and_densities_go_there_and_back(
            steps in prop::collection::vec((0.01..1.0f64, -10.0..10.0f64, 0.1..1.0f64), 1..40)
        ) {
            let mut x = 1.0;
            let (mut xs, mut ys, mut ss) = (vec![], vec![], vec![]);
            for (step, y, s) in steps {
                x += step;
                xs.push(x);
                ys.push(y);
                ss.push(s);
            }
            let spectrum = flux(&xs, &ys, Some(&ss));
            let back = spectrum.in_axis::<Wavenumber>().in_axis::<Energy>().in_axis::<Wavelength>();
            prop_assert_eq!(back.y(), spectrum.y());
            for (a, b) in back.x().iter().zip(spectrum.x()) {
                prop_assert!((a / b - 1.0).abs() < 1e-14);
            }
            // The Jacobian knows the axis it stands on.
            let round = spectrum.in_axis::<Energy>().to_per_wavelength().in_axis::<Wavelength>().to_per_frequency();
            prop_assert_eq!(round.unit(), Unit::Jansky);
            for (a, b) in round.y().iter().zip(spectrum.y()) {
                prop_assert!((a - b).abs() <= 1e-13 * b.abs());
            }
            for (a, b) in round.sigma().unwrap().iter().zip(&ss) {
                prop_assert!((a / b - 1.0).abs() < 1e-13);
            }
        }
    }
}
