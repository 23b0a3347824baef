//! The same networks made noisy: exact and approximate simulation of species counts, and ensembles of runs.
//!
//! ```
//! use saigen::cases::thermodynamic_uncertainty::{network::Network, stochastic::*};
//! use saigen::display::Silent;
//!
//! let network = Network::builder(["A", "B"]).reaction(&[("A", 1)], &[("B", 1)], 2.0, 1.0).build()?;
//! let process = CountingProcess::from_network(&network, 100.0)?;
//! let simulator = Simulator::new(&process, Method::default())?;
//! let params = EnsembleParams::new(200, 1, "example", "isomerisation");
//! let ensemble = ensemble(&simulator, &[100, 20], &[0.5, 1.0], &Counts::of(&process), &params, &Silent)?;
//! assert_eq!(ensemble.columns, ["A", "B"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod channel;
mod direct;
mod draws;
mod ensemble;
mod error;
mod ks;
mod langevin;
mod laws;
mod layout;
mod leap;
pub mod models;
mod next_reaction;
mod run;
mod simulator;
mod small;
#[cfg(test)]
mod tests;
mod tree;

pub use channel::{Channel, CountingProcess, Counts, LARGEST_COUNT, Propensity, RateLaw, Readout, counts_at};
pub use direct::Search;
pub use ensemble::{Ensemble, EnsembleParams, ensemble};
pub use error::StochasticError;
pub use ks::{KsTest, kolmogorov_tail, ks_test};
pub use laws::{BirthDeathLaw, isomerisation_variance, switch_probabilities};
pub use run::{Limits, Path, Tally};
pub use simulator::{Method, Simulator};
