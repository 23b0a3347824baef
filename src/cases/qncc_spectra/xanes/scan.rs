//! From measured currents to absorption: double normalisation, and errors from the scatter of neighbours.

use super::XanesError;
use crate::cases::qncc_spectra::interpolation::linear;

/// One scan: photon energies in eV, and the two currents (A) of the detector and of the monitor in the beam.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    pub energy: &'a [f64],
    /// Drain current of the sample, or current of the photodiode.
    pub detector: &'a [f64],
    /// Current of the beam monitor (I₀).
    pub monitor: &'a [f64],
}

impl Scan<'_> {
    /// Detector over monitor.
    fn ratio(&self, detector: &'static str) -> Result<Vec<f64>, XanesError> {
        let (energies, values, errors) = (self.energy.len(), self.detector.len(), self.monitor.len());
        if energies != values || energies != errors || energies == 0 {
            return Err(XanesError::Lengths { energies, values, errors });
        }
        self.energy
            .iter()
            .zip(self.detector)
            .zip(self.monitor)
            .map(|((energy, signal), beam)| {
                for (what, found) in [(detector, *signal), ("the beam monitor's current", *beam)] {
                    if !(found > 0.0 && found.is_finite()) {
                        return Err(XanesError::Current { what, found, energy: *energy });
                    }
                }
                Ok(signal / beam)
            })
            .collect()
    }
}

/// Columns of a scan in the order of its energies, the first column; of rows with equal energies the first stays.
///
/// Monochromators that are read back while they move jitter by some meV, so that neighbours may change places.
pub fn in_order(columns: &[&[f64]]) -> Vec<Vec<f64>> {
    let Some(energy) = columns.first() else { return Vec::new() };
    let rows = columns.iter().map(|column| column.len()).min().unwrap_or(0);
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|a, b| energy[*a].total_cmp(&energy[*b]));
    order.dedup_by(|a, b| energy[*a] == energy[*b]);
    columns.iter().map(|column| order.iter().map(|row| column[*row]).collect()).collect()
}

/// Double normalisation: (sample/I₀) over (photodiode/I₀ of the reference scan), as a plain ratio.
///
/// The monitor is a coated mesh that absorbs carbon itself, so sample/I₀ alone has the mesh's edge upside down in it; the
/// photodiode, scanned in the same beam without sample, shows that edge too and takes it out. The reference is interpolated
/// to the energies of the sample. Where I₀ climbs steeply, a difference of the two axes by some 10 meV shows as noise.
///
/// # Errors
/// [`XanesError::Lengths`], [`XanesError::Current`] for a current that isn't positive, [`XanesError::Reference`] when the
/// reference ends more than half an eV before the sample, [`XanesError::Unsorted`] when its energies don't ascend.
pub fn double_normalised(sample: &Scan, reference: &Scan) -> Result<Vec<f64>, XanesError> {
    let signal = sample.ratio("the sample's current")?;
    let beam = reference.ratio("the photodiode's current")?;
    if let Some(index) = reference.energy.windows(2).position(|pair| pair[1] <= pair[0]) {
        let (found, before) = (reference.energy[index + 1], reference.energy[index]);
        return Err(XanesError::Unsorted { index: index + 1, found, before });
    }
    let (low, high) = (reference.energy[0], reference.energy[reference.energy.len() - 1]);
    let mut normalised = Vec::with_capacity(signal.len());
    for (energy, signal) in sample.energy.iter().zip(signal) {
        let outside = XanesError::Reference { low, high, found: *energy };
        if *energy < low - 0.5 || *energy > high + 0.5 || beam.len() < 2 {
            return Err(outside);
        }
        // A little beyond its ends the reference is what it is there.
        let beam = linear(reference.energy, &beam, energy.max(low).min(high)).ok_or(outside)?;
        normalised.push(signal / beam);
    }
    Ok(normalised)
}

/// One-σ errors of evenly sampled data from the scatter of neighbours: the running median of the absolute second
/// difference over `2·reach + 1` points, scaled to a normal σ; never below the median over the whole spectrum.
///
/// A second difference of independent noise has deviation `√6 σ`. Curvature counts as noise, so the error of a sharp peak
/// comes out too large rather than too small.
pub fn scatter(values: &[f64], reach: usize) -> Vec<f64> {
    /// Median of |x| of a standard normal variable.
    const MEDIAN: f64 = 0.674_489_750_196_081_7;
    if values.len() < 3 {
        return vec![0.0; values.len()];
    }
    let bends: Vec<f64> = values.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).collect();
    let sigma = |window: &[f64]| {
        let mut sorted = window.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2] / (MEDIAN * 6.0_f64.sqrt())
    };
    let floor = sigma(&bends);
    // Second difference `i` belongs to value `i + 1`.
    let around = |k: usize| {
        let (from, to) = (k.saturating_sub(1 + reach), (k + reach).min(bends.len()));
        sigma(&bends[from.min(bends.len() - 1)..to.max(1)]).max(floor)
    };
    (0..values.len()).map(around).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::random::stream;
    use rand::RngExt;
    use rand_distr::StandardNormal;

    #[test]
    fn the_mesh_and_the_beam_cancel() {
        let energy: Vec<f64> = (0..60).map(|k| 280.0 + 0.25 * f64::from(k)).collect();
        let beam = |e: f64| 1e-9 * (2.0 + (e / 3.0).sin());
        let mesh = |e: f64| if e > 285.0 { 3.0 } else { 0.5 };
        let truth = |e: f64| 0.2 + 0.1 * (e - 280.0);
        let list = |value: &dyn Fn(f64) -> f64| -> Vec<f64> { energy.iter().map(|e| value(*e)).collect() };
        let monitor = list(&|e| beam(e) * mesh(e));
        let sample = Scan { energy: &energy, detector: &list(&|e| beam(e) * truth(e)), monitor: &monitor };
        let reference = Scan { energy: &energy, detector: &list(&|e| 5.0 * beam(e)), monitor: &monitor };
        let found = double_normalised(&sample, &reference).unwrap();
        for (value, e) in found.iter().zip(&energy) {
            assert!((value - truth(*e) / 5.0).abs() < 1e-12, "at {e} eV");
        }
    }

    #[test]
    fn rows_are_put_in_the_order_of_their_energies() {
        let sorted = in_order(&[&[2.0, 1.0, 2.0, 3.0], &[20.0, 10.0, 21.0, 30.0]]);
        assert_eq!(sorted, [vec![1.0, 2.0, 3.0], vec![10.0, 20.0, 30.0]]);
        assert!(in_order(&[]).is_empty());
    }

    #[test]
    fn faults_of_a_scan_are_named() {
        let (energy, one) = ([280.0, 281.0, 282.0], [1.0; 3]);
        let good = Scan { energy: &energy, detector: &one, monitor: &one };
        let said = |sample: Scan, reference: Scan| double_normalised(&sample, &reference).unwrap_err().to_string();
        let dark = Scan { monitor: &[1.0, 0.0, 1.0], ..good };
        assert!(said(dark, good).contains("the beam monitor's current is 0 at 281 eV"));
        let negative = Scan { detector: &[1.0, 1.0, -2.0], ..good };
        assert!(said(good, negative).contains("the photodiode's current is -2 at 282 eV"));
        let short = Scan { monitor: &one[..2], ..good };
        assert!(said(short, good).contains("3 energies, 3 values and 2"));
        let far = Scan { energy: &[290.0, 291.0, 292.0], ..good };
        assert!(said(good, far).contains("covers 290–292 eV"));
        let unsorted = Scan { energy: &[280.0, 282.0, 281.0], ..good };
        assert!(said(good, unsorted).contains("index 2"));
    }

    #[test]
    fn scatter_finds_the_planted_sigma_on_either_side() {
        let mut random = stream(3, "qncc_spectra", "test scatter", 0);
        let sigma = |k: usize| if k < 2000 { 0.01 } else { 0.05 };
        let values: Vec<f64> =
            (0..4000).map(|k| k as f64 * 1e-4 + sigma(k) * random.sample::<f64, _>(StandardNormal)).collect();
        let found = scatter(&values, 400);
        // The floor is the median over all, which lies between both.
        assert!((found[3000] / 0.05 - 1.0).abs() < 0.15, "{}", found[3000]);
        assert!(found[1000] < 0.03 && found[1000] >= 0.01);
        assert_eq!(scatter(&[1.0, 2.0], 3), [0.0, 0.0]);
        assert_eq!(scatter(&[0.0, 1.0, 0.0, 1.0], 1).len(), 4);
    }
}
