//! Thermodynamic uncertainty in deterministic reaction networks.
//!
//! Yoshimura & Ito, PRL 127, 160601 (2021): a deterministic network that changes concentration `i` at rate `f_i`
//! dissipates at least `Σ̇ ≥ f_i²/D_i`, with `D` the scaled diffusion coefficient of the same network made noisy.

pub mod channels;
pub mod experiments;
pub mod expression;
pub mod model;
pub mod network;
pub mod ode;
pub mod polynomial;
pub mod sbml;
pub mod split;
pub mod stochastic;
pub mod thermodynamics;

#[cfg(test)]
pub(crate) mod test_data;
