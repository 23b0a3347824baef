//! Integrals of thermodynamic quantities along a trajectory.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::ode::{OdeError, Step, Tolerances, march};
use super::rate_law::RateLaw;
use super::thermodynamics::{Thermodynamics, drift};
use crate::display::Monitor;

/// What a trajectory spends and covers from its start to one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathIntegrals {
    /// Time from the start, `τ`.
    pub duration: f64,
    /// Concentrations at the end.
    pub end: Vec<f64>,
    /// `|Δx_i|` between start and end.
    pub displacement: Vec<f64>,
    /// Length of the path of each species, `ℒ_i = ∫|f_i| dt`.
    pub length: Vec<f64>,
    /// `∫D_i dt`.
    pub diffusion: Vec<f64>,
    /// `∫Λ_i dt`.
    pub onsager: Vec<f64>,
    /// `Σ = ∫Σ̇ dt`.
    pub dissipation: f64,
    /// `Σ_ex = ∫Σ̇_ex dt`.
    pub excess: f64,
    /// `∫√(fᵀD⁺f) dt`, the length of the path in the metric of the noise.
    pub metric_length: f64,
}

/// Nodes and weights of the Gauss–Legendre rule of order eight on [0, 1].
///
/// The interpolant of a step is a polynomial of degree five at most, so the step's own error prevails.
const GAUSS: [(f64, f64); 4] = [
    (0.069_431_844_202_973_71, 0.173_927_422_568_726_93),
    (0.330_009_478_207_571_87, 0.326_072_577_431_273_07),
    (0.669_990_521_792_428_1, 0.326_072_577_431_273_07),
    (0.930_568_155_797_026_3, 0.173_927_422_568_726_93),
];

/// Integrates a rate law from `x0` at time zero and returns the integrals up to each duration.
///
/// Gauss quadrature on the interpolant of each step of the solver; path lengths are sums of `|Δx_i|` between the
/// turning points of each species, which are located on the interpolant, so the kink of `|f|` costs no accuracy.
///
/// # Errors
/// Durations that decrease or are negative, and what the solver raises.
pub fn path_integrals(
    law: &dyn RateLaw,
    x0: &[f64],
    durations: &[f64],
    tolerances: &Tolerances,
    monitor: &dyn Monitor,
) -> Result<Vec<PathIntegrals>, OdeError> {
    if let Some(index) = (0..durations.len()).find(|&k| !ascends(durations, k)) {
        return Err(OdeError::BadTime { index, value: durations[index] });
    }
    let mut accumulator = Accumulator::new(law, x0);
    let mut results = Vec::with_capacity(durations.len());
    results.extend(durations.iter().take_while(|d| **d == 0.0).map(|_| accumulator.integrals.clone()));
    let Some(&last) = durations.last() else { return Ok(results) };
    march(law, x0, (0.0, last), tolerances, monitor, &mut |step| {
        let mut from = step.start;
        while let Some(&to) = durations.get(results.len()).filter(|d| **d <= step.end) {
            accumulator.advance(step, from, to);
            results.push(accumulator.integrals.clone());
            from = to;
        }
        accumulator.advance(step, from, step.end);
        ControlFlow::Continue(())
    })?;
    Ok(results)
}

fn ascends(durations: &[f64], k: usize) -> bool {
    durations[k].is_finite() && durations[k] >= if k == 0 { 0.0 } else { durations[k - 1] }
}

/// Integrates over pieces of steps, one after the other.
pub(super) struct Accumulator<'l> {
    law: &'l dyn RateLaw,
    start: Vec<f64>,
    /// Time and sign of each species' rate where it was last looked at.
    last_time: f64,
    last_drift: Vec<f64>,
    /// Concentration of each species at its last turning point.
    turned_at: Vec<f64>,
    /// Length of each species' path up to its last turning point.
    length_before: Vec<f64>,
    integrals: PathIntegrals,
}

impl<'l> Accumulator<'l> {
    pub(super) fn new(law: &'l dyn RateLaw, x0: &[f64]) -> Self {
        let zeros = vec![0.0; x0.len()];
        let mut accumulator = Self {
            law,
            start: x0.to_vec(),
            last_time: 0.0,
            last_drift: zeros.clone(),
            turned_at: x0.to_vec(),
            length_before: zeros.clone(),
            integrals: PathIntegrals {
                duration: 0.0,
                end: x0.to_vec(),
                displacement: zeros.clone(),
                length: zeros.clone(),
                diffusion: zeros.clone(),
                onsager: zeros,
                dissipation: 0.0,
                excess: 0.0,
                metric_length: 0.0,
            },
        };
        accumulator.last_drift = accumulator.drift_at(x0);
        accumulator
    }

    pub(super) fn integrals(&self) -> &PathIntegrals {
        &self.integrals
    }

    fn drift_at(&self, x: &[f64]) -> Vec<f64> {
        drift(self.law.stoichiometric_matrix(), &self.law.one_way_fluxes(x))
    }

    /// Adds the piece of a step from time `from` to time `to`.
    pub(super) fn advance(&mut self, step: &Step, from: f64, to: f64) {
        if to <= from {
            return;
        }
        let mut x = vec![0.0; self.start.len()];
        for (node, weight) in GAUSS {
            let t = from + node * (to - from);
            step.state_at(t, &mut x);
            let at = self.law.thermodynamics(&x);
            self.add(&at, weight * (to - from));
            self.turn(step, t, &at.drift);
        }
        step.state_at(to, &mut x);
        let drift = self.drift_at(&x);
        self.turn(step, to, &drift);
        self.integrals.duration = to;
        for (i, &now) in x.iter().enumerate() {
            self.integrals.displacement[i] = (now - self.start[i]).abs();
            self.integrals.length[i] = self.length_before[i] + (now - self.turned_at[i]).abs();
        }
        self.integrals.end = x;
    }

    fn add(&mut self, at: &Thermodynamics, weight: f64) {
        let sums = &mut self.integrals;
        sums.dissipation += weight * at.entropy_production;
        sums.excess += weight * at.excess;
        sums.metric_length += weight * at.matrix_bound.sqrt();
        for i in 0..at.drift.len() {
            sums.diffusion[i] += weight * at.scaled_diffusion[i];
            sums.onsager[i] += weight * at.onsager_diagonal[i];
        }
    }

    /// Looks at the rates at time `t` and closes a stretch for each species that turned since the last look.
    fn turn(&mut self, step: &Step, t: f64, drift: &[f64]) {
        for (i, &now) in drift.iter().enumerate() {
            if now * self.last_drift[i] < 0.0 {
                let x = self.turning_point(step, i, t);
                self.length_before[i] += (x - self.turned_at[i]).abs();
                self.turned_at[i] = x;
            }
            if now != 0.0 {
                self.last_drift[i] = now;
            }
        }
        self.last_time = t;
    }

    /// Bisects for the time at which species `i` turned, between the last look and `t`; returns its concentration.
    fn turning_point(&self, step: &Step, i: usize, t: f64) -> f64 {
        let (mut before, mut after) = (self.last_time.max(step.start), t);
        let mut x = vec![0.0; self.start.len()];
        // the concentration is flat there: half the digits of the time give all of its own
        for _ in 0..30 {
            let middle = 0.5 * (before + after);
            step.state_at(middle, &mut x);
            if self.drift_at(&x)[i] * self.last_drift[i] > 0.0 {
                before = middle;
            } else {
                after = middle;
            }
        }
        x[i]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::network::Network;
    use crate::cases::thermodynamic_uncertainty::zoo::{specimen, zoo};
    use crate::display::Silent;

    fn tight() -> Tolerances {
        Tolerances::uniform(1e-12, 1e-15)
    }

    /// `A ⇌ B` relaxes exponentially: every integral of a concentration has a closed form.
    #[test]
    fn isomerisation_has_closed_forms() {
        let iso = specimen("iso").expect("in the zoo");
        let durations = [0.0, 0.3, 0.3, 1.0, 5.0];
        let paths = path_integrals(&iso.network, &iso.state, &durations, &tight(), &Silent).expect("smooth");
        for (tau, path) in durations.iter().zip(&paths) {
            // a(t) = 0.4 + 0.6 e^{−3t}, b = 1.2 − a, D = (2a + b)/2
            let relaxed = 1.0 - (-3.0 * tau).exp();
            let moved = 0.6 * relaxed;
            let diffusion = 0.8 * tau + 0.1 * relaxed;
            assert!((path.displacement[0] - moved).abs() < 1e-10, "{tau}");
            assert!((path.length[1] - moved).abs() < 1e-10, "{tau}");
            assert!((path.diffusion[0] - diffusion).abs() < 1e-10, "{tau}: {} {diffusion}", path.diffusion[0]);
            assert_eq!(path.duration, *tau);
        }
        assert_eq!(paths[1], paths[2]);
        assert!((paths[3].dissipation / 0.637378402181 - 1.0).abs() < 1e-10, "{}", paths[3].dissipation);
    }

    #[test]
    fn a_path_that_turns_is_longer_than_its_displacement() {
        // B rises and falls again
        let transient = Network::builder(["A", "B", "C"])
            .equation("A <=> B", 5.0, 1e-3)
            .equation("B <=> C", 1.0, 1e-3)
            .build()
            .expect("valid");
        let paths = path_integrals(&transient, &[1.0, 0.01, 0.01], &[8.0], &tight(), &Silent).expect("smooth");
        let peak = {
            let times: Vec<f64> = (0..=4000).map(|k| 0.001 * f64::from(k)).collect();
            let run = super::super::ode::solve(&transient, &[1.0, 0.01, 0.01], &times, &tight(), &Silent);
            run.expect("smooth").states.iter().map(|x| x[1]).fold(0.0, f64::max)
        };
        let expected = (peak - 0.01) + (peak - paths[0].end[1]);
        assert!((paths[0].length[1] - expected).abs() < 1e-6, "{} {expected}", paths[0].length[1]);
        assert!(paths[0].length[1] > 10.0 * paths[0].displacement[1]);
        assert!((paths[0].length[0] - paths[0].displacement[0]).abs() < 1e-12);
    }

    #[test]
    fn excess_never_exceeds_dissipation() {
        for specimen in zoo() {
            let tau = if specimen.id == "oreg" { 1e-3 } else { 2.0 };
            let tolerances = Tolerances::uniform(1e-8, 1e-10);
            let path = path_integrals(&specimen.network, &specimen.state, &[tau], &tolerances, &Silent);
            let path = &path.expect("solvable")[0];
            assert!(path.excess <= path.dissipation * (1.0 + 1e-9), "{}", specimen.id);
            assert!(path.onsager.iter().zip(&path.diffusion).all(|(l, d)| *l <= d * (1.0 + 1e-9)), "{}", specimen.id);
        }
    }

    #[test]
    fn bad_durations_are_refused() {
        let iso = specimen("iso").expect("in the zoo");
        for bad in [&[-1.0][..], &[1.0, 0.5], &[f64::NAN]] {
            let refused = path_integrals(&iso.network, &iso.state, bad, &tight(), &Silent);
            assert!(matches!(refused, Err(OdeError::BadTime { .. })));
        }
    }
}
