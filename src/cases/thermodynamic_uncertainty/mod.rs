//! Thermodynamic uncertainty in deterministic reaction networks.
//!
//! Yoshimura & Ito, PRL 127, 160601 (2021): a deterministic network that changes concentration `i` at rate `f_i`
//! dissipates at least `Σ̇ ≥ f_i²/D_i`, with `D` the scaled diffusion coefficient of the same network made noisy.

mod case;
pub mod channels;
mod claims;
pub mod closed;
pub mod cycles;
mod evaluate;
pub mod experiments;
pub mod expression;
mod figures;
pub mod limit_cycle;
pub mod linear_noise;
mod mass_action;
pub mod model;
pub mod network;
pub mod nonideal;
pub mod ode;
mod params;
pub mod path;
pub mod polynomial;
pub mod random_networks;
pub mod rate_law;
pub mod sbml;
pub mod speed_limit;
pub mod split;
pub mod stochastic;
pub mod thermodynamics;
pub mod zoo;

pub use case::ThermodynamicUncertainty;
pub use params::Params;

#[cfg(test)]
pub(crate) mod test_data;
