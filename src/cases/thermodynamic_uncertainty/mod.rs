//! Thermodynamic uncertainty in deterministic reaction networks.
//!
//! Yoshimura & Ito, PRL 127, 160601 (2021): a deterministic network that changes concentration `i` at rate `f_i`
//! dissipates at least `Σ̇ ≥ f_i²/D_i`, with `D` the scaled diffusion coefficient of the same network made noisy.

pub mod closed;
pub mod cycles;
pub mod experiments;
pub mod limit_cycle;
pub mod linear_noise;
mod mass_action;
pub mod network;
pub mod nonideal;
pub mod ode;
pub mod path;
pub mod random_networks;
pub mod rate_law;
pub mod speed_limit;
pub mod thermodynamics;
pub mod zoo;
