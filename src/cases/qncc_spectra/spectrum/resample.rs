//! Resampling by integration over bins.

use super::{Axis, Quantity, Spectrum, SpectrumError};

impl<X: Axis, Y: Quantity> Spectrum<X, Y> {
    /// The mean over each bin between consecutive `edges`, placed at the bins' centres.
    ///
    /// The mean is that of the polygon through the points, integrated exactly, so the integral over all bins is the
    /// polygon's and nothing is lost between points. The mean is a weighted sum of the points; errors are propagated
    /// with the same weights as if independent.
    ///
    /// # Errors
    /// [`SpectrumError::Outside`] for bins beyond the spectrum, [`SpectrumError::Order`] for edges that don't grow,
    /// [`SpectrumError::Empty`] for fewer than two edges.
    pub fn binned(&self, edges: &[f64]) -> Result<Self, SpectrumError> {
        let (low, high) = self.range();
        if edges.len() < 2 {
            return Err(SpectrumError::Empty);
        }
        if let Some(&found) = edges.iter().find(|edge| !(low..=high).contains(*edge)) {
            return Err(SpectrumError::Outside { found, low, high });
        }
        if let Some(at) = edges.windows(2).position(|pair| pair[1] <= pair[0]) {
            return Err(SpectrumError::Order { point: at + 1, before: edges[at], found: edges[at + 1] });
        }
        let bins = edges.len() - 1;
        let (mut x, mut y) = (Vec::with_capacity(bins), Vec::with_capacity(bins));
        let mut sigma = self.sigma().map(|_| Vec::with_capacity(bins));
        let mut weights = Vec::new();
        for edge in edges.windows(2) {
            let first = self.weights(edge[0], edge[1], &mut weights);
            x.push(0.5 * (edge[0] + edge[1]));
            y.push(weights.iter().zip(&self.y()[first..]).map(|(w, y)| w * y).sum());
            if let (Some(sigma), Some(errors)) = (&mut sigma, self.sigma()) {
                let variance: f64 = weights.iter().zip(&errors[first..]).map(|(w, s)| (w * s).powi(2)).sum();
                sigma.push(variance.sqrt());
            }
        }
        Ok(Self::made(x, y, sigma, self.unit()))
    }

    /// As [`Spectrum::binned`], for bins given by their centres: edges lie midway, the outermost bins are symmetric.
    ///
    /// # Errors
    /// As [`Spectrum::binned`].
    pub fn binned_at(&self, centres: &[f64]) -> Result<Self, SpectrumError> {
        let [first, .., last] = centres else { return Err(SpectrumError::Empty) };
        let mut edges: Vec<f64> = centres.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
        let (low, high) = (2.0 * first - edges[0], 2.0 * last - edges[edges.len() - 1]);
        edges.insert(0, low);
        edges.push(high);
        let binned = self.binned(&edges)?;
        Ok(Self::made(centres.to_vec(), binned.y().to_vec(), binned.sigma().map(<[f64]>::to_vec), self.unit()))
    }

    /// The weights with which points from the returned index on enter the polygon's mean between `low` and `high`.
    fn weights(&self, low: f64, high: f64, weights: &mut Vec<f64>) -> usize {
        let x = self.x();
        // The segment that `low` lies in starts at `first`.
        let first = x.partition_point(|x| *x <= low).saturating_sub(1).min(x.len().saturating_sub(2));
        weights.clear();
        weights.push(0.0);
        for i in first..x.len() - 1 {
            let (a, b) = (x[i], x[i + 1]);
            let (from, to) = (low.max(a), high.min(b));
            if from >= high {
                break;
            }
            // The middle of the piece, as a share of the segment; the integral of a line is its value there.
            let share = (0.5 * (from + to) - a) / (b - a);
            let part = (to - from) / (high - low);
            *weights.last_mut().unwrap_or(&mut 0.0) += part * (1.0 - share);
            weights.push(part * share);
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FluxDensityNu, Unit, Wavelength};
    use super::*;
    use proptest::prelude::*;

    fn flux(x: Vec<f64>, y: Vec<f64>, sigma: Option<Vec<f64>>) -> Spectrum<Wavelength, FluxDensityNu> {
        Spectrum::new(x, y, sigma, Unit::Jansky).unwrap()
    }

    #[test]
    fn a_bin_between_two_points_takes_the_value_at_its_middle() {
        let spectrum = flux(vec![1.0, 3.0], vec![10.0, 30.0], Some(vec![3.0, 4.0]));
        let binned = spectrum.binned(&[1.5, 2.5]).unwrap();
        assert_eq!((binned.x(), binned.y()), (&[2.0][..], &[20.0][..]));
        assert_eq!(binned.sigma(), Some(&[2.5][..]));
    }

    #[test]
    fn a_bin_over_a_kink_integrates_both_sides() {
        // The polygon 0, 1, 0 has the area 1 over [1, 3].
        let spectrum = flux(vec![1.0, 2.0, 3.0], vec![0.0, 1.0, 0.0], None);
        assert_eq!(spectrum.binned(&[1.0, 3.0]).unwrap().y(), [0.5]);
        assert_eq!(spectrum.binned(&[1.0, 2.0, 3.0]).unwrap().y(), [0.5, 0.5]);
        assert_eq!(spectrum.binned_at(&[1.5, 2.5]).unwrap().x(), [1.5, 2.5]);
    }

    #[test]
    fn bins_beyond_the_spectrum_are_refused() {
        let spectrum = flux(vec![1.0, 2.0], vec![1.0, 1.0], None);
        assert!(matches!(spectrum.binned(&[0.5, 1.5]), Err(SpectrumError::Outside { .. })));
        assert!(matches!(spectrum.binned(&[1.5, 2.5]), Err(SpectrumError::Outside { .. })));
        assert!(matches!(spectrum.binned(&[1.5, 1.2]), Err(SpectrumError::Order { .. })));
        assert!(matches!(spectrum.binned(&[1.5]), Err(SpectrumError::Empty)));
        assert!(matches!(spectrum.binned(&[f64::NAN, 1.5]), Err(SpectrumError::Outside { .. })));
        assert!(spectrum.binned_at(&[1.5]).is_err());
    }

    proptest! {
        #[test]
        fn the_integral_is_conserved_whatever_the_bins(
            points in prop::collection::vec((0.001..1.0f64, -10.0..10.0f64), 2..40),
            cuts in prop::collection::vec(0.0..1.0f64, 0..20),
        ) {
            let x: Vec<f64> = points.iter().scan(1.0, |x, (step, _)| { *x += step; Some(*x) }).collect();
            let spectrum = flux(x, points.iter().map(|(_, y)| *y).collect(), None);
            let (low, high) = spectrum.range();
            let mut edges: Vec<f64> = cuts.iter().map(|cut| low + cut * (high - low)).collect();
            edges.extend([low, high]);
            edges.sort_by(f64::total_cmp);
            edges.dedup();
            let binned = spectrum.binned(&edges).unwrap();
            let total: f64 = binned.y().iter().zip(edges.windows(2)).map(|(y, e)| y * (e[1] - e[0])).sum();
            prop_assert!((total - spectrum.integral()).abs() < 1e-10 * (1.0 + high - low) * 10.0);
        }
    }
}
