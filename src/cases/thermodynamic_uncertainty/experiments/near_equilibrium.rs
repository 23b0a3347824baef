//! Figure 8: being near equilibrium doesn't make the bound of a species sharp; the observable `o = F` does.

use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, log_spaced, raise, require};
use crate::cases::thermodynamic_uncertainty::rate_law::RateLaw;
use crate::cases::thermodynamic_uncertainty::thermodynamics::observable_bound;
use crate::cases::thermodynamic_uncertainty::zoo::specimen;
use crate::repro::{CaseError, Experiment, Workbench};

/// The equilibrium of the chain A ⇌ B ⇌ C with constants (2, 1) and (1, ½).
const EQUILIBRIUM: [f64; 3] = [1.0, 2.0, 4.0];

/// Settings of [`NearEquilibrium`]: states `x_eq (1 + ε u)` of the chain.
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | direction | (0.3, −0.5, 0.175) | `u`, which keeps the sum of concentrations |
/// | smallest, largest | 10⁻⁸, 1 | range of ε |
/// | points | 41 | values of ε, evenly spaced in their logarithm |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearEquilibriumParams {
    pub direction: [f64; 3],
    pub smallest: f64,
    pub largest: f64,
    pub points: usize,
}

impl NearEquilibriumParams {
    pub fn smoke() -> Self {
        Self { direction: [0.3, -0.5, 0.175], smallest: 1e-8, largest: 1.0, points: 41 }
    }

    /// The same as [`NearEquilibriumParams::smoke`].
    pub fn paper() -> Self {
        Self::smoke()
    }

    /// # Errors
    /// A range that isn't positive and ascending, too few points, or a state with a negative concentration.
    pub fn check(&self) -> Result<(), ParamsError> {
        require(self.smallest > 0.0, "smallest", self.smallest, "positive")?;
        require(self.largest > self.smallest, "largest", self.largest, "above `smallest`")?;
        require(self.points >= 2, "points", self.points, "at least two")?;
        let positive = self.direction.iter().all(|u| 1.0 + self.largest * u > 0.0);
        require(positive, "direction", self.direction, "positive concentrations at the largest ε")
    }
}

/// How sharp each bound is at one distance from equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearPoint {
    pub epsilon: f64,
    /// `Σ̇ D/f²` per species.
    pub species_ratios: Vec<f64>,
    /// `Σ̇` over the bound of the observable `o = F`.
    pub force_ratio: f64,
    /// `Σ̇/(fᵀD⁺f)`.
    pub matrix_ratio: f64,
}

/// The bounds of the chain on its way out of equilibrium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearEquilibrium {
    pub species: Vec<String>,
    pub points: Vec<NearPoint>,
}

impl Experiment for NearEquilibrium {
    type Params = NearEquilibriumParams;
    type Outcome = NearEquilibrium;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "near_equilibrium";

    fn run(params: &NearEquilibriumParams, _: &Workbench) -> Result<NearEquilibrium, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let network = specimen("chain").expect("the zoo has a chain").network;
        let point = |epsilon: f64| {
            let x: Vec<f64> = EQUILIBRIUM.iter().zip(params.direction).map(|(x, u)| x * (1.0 + epsilon * u)).collect();
            let at = network.thermodynamics(&x);
            let cost = |bound: f64| at.entropy_production / bound;
            NearPoint {
                epsilon,
                species_ratios: at.species_bounds().into_iter().map(cost).collect(),
                force_ratio: cost(observable_bound(&at.force, &network.one_way_fluxes(&x))),
                matrix_ratio: cost(at.matrix_bound),
            }
        };
        let points = log_spaced(params.smallest, params.largest, params.points).into_iter().map(point).collect();
        Ok(NearEquilibrium { species: network.species().to_vec(), points })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    /// Case file, at ε = 10⁻³, with eight decimals; `o = F` with twelve.
    #[test]
    fn only_the_force_is_sharp() {
        let params =
            NearEquilibriumParams { smallest: 1e-3, largest: 1.0, points: 4, ..NearEquilibriumParams::smoke() };
        let found = run::<NearEquilibrium>(&params).expect("valid settings");
        let near = &found.points[0];
        for (ratio, pin) in near.species_ratios.iter().zip([1.71195864, 1.00717660, 2.40457624]) {
            assert!((ratio - pin).abs() < 6e-9, "{ratio} {pin}");
        }
        assert!((near.force_ratio - 1.000000046955).abs() < 1e-12, "{}", near.force_ratio);
        assert!((near.matrix_ratio - 1.0).abs() < 1e-6);
        assert!(found.points[3].force_ratio > 1.01, "far from equilibrium nothing is sharp");
    }

    #[test]
    fn bad_settings_are_refused() {
        let negative = NearEquilibriumParams { largest: 3.0, ..NearEquilibriumParams::smoke() };
        assert_eq!(negative.check().expect_err("below zero").name, "direction");
    }
}
