//! The computations behind the case's claims and figures, each run once per setting.

mod stochastic;
pub mod stochastic_agreement;
pub mod stochastic_diffusion;
pub mod stochastic_scaling;
pub mod stochastic_stationary;
pub mod stochastic_weak_order;
pub mod stochastic_work;
