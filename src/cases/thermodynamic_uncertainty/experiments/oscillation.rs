//! Figure 3: dissipation and bounds around the limit cycle of the Brusselator.

use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, raise, require};
use crate::cases::thermodynamic_uncertainty::limit_cycle::{
    LimitCycle, Section, eigenvalues, limit_cycle, steady_state,
};
use crate::cases::thermodynamic_uncertainty::ode::{Tolerances, solve};
use crate::cases::thermodynamic_uncertainty::rate_law::RateLaw;
use crate::cases::thermodynamic_uncertainty::zoo::brusselator;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Oscillation`].
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | b | 3 | concentration of the chemostat B; above about 2 the Brusselator oscillates |
/// | points | 400, 2000 | states sampled over one period |
/// | transient | 50 | time before the cycle is looked for |
/// | tolerances | 10⁻¹¹, 10⁻¹³ and 10⁻¹³, 10⁻¹⁵ | of the integration |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OscillationParams {
    pub b: f64,
    pub points: usize,
    pub transient: f64,
    pub tolerances: Tolerances,
}

impl OscillationParams {
    pub fn smoke() -> Self {
        Self { b: 3.0, points: 400, transient: 50.0, tolerances: Tolerances::uniform(1e-11, 1e-13) }
    }

    pub fn paper() -> Self {
        Self { points: 2000, tolerances: Tolerances::uniform(1e-13, 1e-15), ..Self::smoke() }
    }

    /// # Errors
    /// Too few points, or a chemostat or transient that isn't finite and positive.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.b > 0.0 && self.b.is_finite(), "b", self.b, "finite and positive")?;
        require(self.points >= 2, "points", self.points, "at least two")?;
        require(self.transient > 0.0 && self.transient.is_finite(), "transient", self.transient, "finite and positive")
    }
}

/// Everything at one time of the cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OscillationPoint {
    pub time: f64,
    pub state: Vec<f64>,
    pub entropy_production: f64,
    pub excess: f64,
    /// `f²/D` per species.
    pub scaled_bounds: Vec<f64>,
    /// `f²/Λ` per species.
    pub onsager_bounds: Vec<f64>,
}

/// The cycle, the fixed point inside it, and the bounds around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Oscillation {
    pub species: Vec<String>,
    pub fixed_point: Vec<f64>,
    /// (real, imaginary).
    pub eigenvalues: Vec<(f64, f64)>,
    /// `Σ̇` at the fixed point.
    pub fixed_point_dissipation: f64,
    pub cycle: LimitCycle,
    pub points: Vec<OscillationPoint>,
    /// Smallest sampled `Σ̇ D/f²` per species.
    pub smallest_ratios: Vec<f64>,
}

impl Experiment for Oscillation {
    type Params = OscillationParams;
    type Outcome = Oscillation;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "limit_cycle";

    fn run(params: &OscillationParams, bench: &Workbench) -> Result<Oscillation, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let network = brusselator(params.b);
        // near A = 1 and Y = B/A, where the irreversible Brusselator rests
        let fixed_point = steady_state(&network, &[1.0, params.b]).map_err(raise(Self::NAME))?;
        let section = Section { variable: 0, level: fixed_point[0], patience: 100.0 };
        let start = [1.2 * fixed_point[0], 0.8 * fixed_point[1]];
        let cycle = limit_cycle(&network, &start, params.transient, &section, &params.tolerances, bench.monitor)
            .map_err(raise(Self::NAME))?;
        let times: Vec<f64> = (0..=params.points).map(|k| cycle.period * k as f64 / params.points as f64).collect();
        let run =
            solve(&network, &cycle.start, &times, &params.tolerances, bench.monitor).map_err(raise(Self::NAME))?;
        let mut smallest_ratios = vec![f64::INFINITY; fixed_point.len()];
        let points = times.iter().zip(&run.states).map(|(&time, state)| {
            let at = network.thermodynamics(state);
            for (smallest, ratio) in smallest_ratios.iter_mut().zip(at.ratios()) {
                *smallest = smallest.min(ratio.unwrap_or(f64::INFINITY));
            }
            OscillationPoint {
                time,
                state: state.clone(),
                entropy_production: at.entropy_production,
                excess: at.excess,
                scaled_bounds: at.species_bounds(),
                onsager_bounds: at.onsager_bounds(),
            }
        });
        let points = points.collect();
        Ok(Oscillation {
            species: network.species().to_vec(),
            eigenvalues: eigenvalues(&network, &fixed_point),
            fixed_point_dissipation: network.thermodynamics(&fixed_point).entropy_production,
            fixed_point,
            cycle,
            points,
            smallest_ratios,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn the_cycle_is_far_from_its_bounds() {
        let found = run::<Oscillation>(&OscillationParams::smoke()).expect("it oscillates");
        assert!((found.cycle.period / 6.9502137398 - 1.0).abs() < 1e-7, "{}", found.cycle.period);
        // case file: ≈ 32.7 and ≈ 16.2, on a coarser sample
        assert!((found.smallest_ratios[0] - 32.7).abs() < 0.2, "{:?}", found.smallest_ratios);
        assert!((found.smallest_ratios[1] - 16.2).abs() < 0.2, "{:?}", found.smallest_ratios);
        for point in &found.points {
            assert!(point.excess <= point.entropy_production);
            let pairs = point.scaled_bounds.iter().zip(&point.onsager_bounds);
            assert!(
                pairs.into_iter().all(|(scaled, onsager)| scaled <= onsager && *onsager <= point.excess * (1.0 + 1e-9))
            );
        }
        let (first, last) = (&found.points[0].state, &found.points[400].state);
        assert!(first.iter().zip(last).all(|(a, b)| (a - b).abs() < 1e-7), "{first:?} {last:?}");
    }

    #[test]
    fn below_the_bifurcation_there_is_no_cycle() {
        let calm = OscillationParams { b: 1.0, ..OscillationParams::smoke() };
        assert!(matches!(run::<Oscillation>(&calm), Err(CaseError::Experiment { .. })));
    }
}
