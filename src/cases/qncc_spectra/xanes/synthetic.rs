//! SYNTHETIC nitrogen K-edges with planted groups: no such spectrum of QNCC or of meteoritic organic matter is filed.

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::compare::Spectrum;
use super::nitrogen::Group;
use crate::methods::random::stream;

/// What is planted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planted {
    pub groups: Vec<Group>,
    /// One σ of the noise, in units of the edge step.
    pub noise: f64,
    pub seed: u64,
    /// Counts realisations under one seed.
    pub index: u64,
}

/// A synthetic spectrum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyntheticEdge {
    /// Energies in eV: 392–416, step 0.1.
    pub energy: Vec<f64>,
    /// Absorption in units of the edge step.
    pub y: Vec<f64>,
    pub sigma: Vec<f64>,
}

impl SyntheticEdge {
    /// The spectrum as the fits take it.
    pub fn view(&self) -> Spectrum<'_> {
        Spectrum { energy: &self.energy, y: &self.y, sigma: &self.sigma }
    }
}

/// Centre, width (eV) and height (edge steps) of what a group adds.
fn planted(group: Group) -> (f64, f64, f64) {
    match group {
        Group::Imine => (398.8, 0.9, 0.45),
        Group::Nitrile => (399.75, 0.95, 0.55),
        Group::Amide => (401.4, 1.05, 0.40),
        Group::Amine => (404.0, 3.6, 0.30),
    }
}

/// Line, arctangent step of height 1 at 405.5 eV, continuum resonance at 410 eV, the groups, and noise.
pub fn nitrogen(planted_in: &Planted) -> SyntheticEdge {
    let energy: Vec<f64> = (0..=240).map(|k| 392.0 + 0.1 * f64::from(k)).collect();
    let gaussian = |distance: f64, width: f64| (-4.0 * std::f64::consts::LN_2 * (distance / width).powi(2)).exp();
    let clean = |e: f64| {
        let step = 0.5 + (e - 405.5).atan() / std::f64::consts::PI;
        let groups = planted_in.groups.iter().map(|group| planted(*group));
        let peaks: f64 = groups.map(|(center, width, height)| height * gaussian(e - center, width)).sum();
        0.2 - 0.002 * (e - 392.0) + step + 0.25 * gaussian(e - 410.0, 6.0) + peaks
    };
    let mut random = stream(planted_in.seed, "qncc_spectra", "nitrogen edge", planted_in.index);
    let y = energy.iter().map(|e| clean(*e) + planted_in.noise * random.sample::<f64, _>(StandardNormal)).collect();
    let sigma = vec![planted_in.noise; energy.len()];
    SyntheticEdge { energy, y, sigma }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stand_where_they_were_planted_and_noise_follows_the_seed() {
        let edge = |groups: &[Group], seed| nitrogen(&Planted { groups: groups.to_vec(), noise: 1e-9, seed, index: 0 });
        let (none, with) = (edge(&[], 1), edge(&[Group::Nitrile], 1));
        let highest = (0..none.y.len()).max_by(|a, b| (with.y[*a] - none.y[*a]).total_cmp(&(with.y[*b] - none.y[*b])));
        assert!((with.energy[highest.unwrap()] - 399.75).abs() < 0.06);
        assert_ne!(edge(&[], 1).y, edge(&[], 2).y);
        assert_eq!(edge(&[], 2), edge(&[], 2));
    }
}
