//! What thermodynamics needs to know of a rate law: its stoichiometry and its one-way fluxes.

use ndarray::ArrayView2;

use super::network::{Fluxes, Network};
use super::ode::OdeSystem;
use super::thermodynamics::Thermodynamics;

/// A reaction network whose one-way fluxes obey `F = ln(J⁺/J⁻)`, with `dx/dt = S (J⁺ − J⁻)`.
pub trait RateLaw: OdeSystem {
    /// `S`, species × reactions.
    fn stoichiometric_matrix(&self) -> ArrayView2<'_, f64>;

    /// `J⁺` and `J⁻` at concentrations `x`, which aren't checked.
    fn one_way_fluxes(&self, x: &[f64]) -> Fluxes;

    /// All thermodynamic quantities at concentrations `x`; a solver's steps slightly below zero count as zero.
    fn thermodynamics(&self, x: &[f64]) -> Thermodynamics {
        let positive: Vec<f64> = x.iter().map(|c| c.max(0.0)).collect();
        Thermodynamics::new(self.stoichiometric_matrix(), &self.one_way_fluxes(&positive))
    }
}

impl RateLaw for Network {
    fn stoichiometric_matrix(&self) -> ArrayView2<'_, f64> {
        self.stoichiometry().view()
    }

    fn one_way_fluxes(&self, x: &[f64]) -> Fluxes {
        self.fluxes_unchecked(x)
    }
}
