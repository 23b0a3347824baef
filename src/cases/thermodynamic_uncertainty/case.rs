//! The case as the report sees it.

use super::claims::CLAIMS;
use super::evaluate::evaluate;
use super::figures::{FIGURES, figure};
use super::params::Params;
use crate::repro::{Case, CaseError, Claim, Figure, Finding, Workbench};

/// Thermodynamic uncertainty in deterministic reaction networks.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThermodynamicUncertainty;

impl Case for ThermodynamicUncertainty {
    fn name(&self) -> &'static str {
        "thermodynamic_uncertainty"
    }

    fn title(&self) -> &'static str {
        "Thermodynamic uncertainty in deterministic reaction networks"
    }

    fn source(&self) -> &'static str {
        "K. Yoshimura & S. Ito, Phys. Rev. Lett. 127, 160601 (2021), arXiv:2104.14748; extended in K. Yoshimura, \
         A. Kolchinsky, A. Dechant & S. Ito, arXiv:2205.15227"
    }

    fn limits(&self) -> &'static [&'static str] {
        &[
            "The letter's abstract was read, its body was not: its example networks and parameters could not be \
             confirmed, and all networks and parameters here are ours or common in the literature.",
            "Entropy production needs forward and backward fluxes: models with irreversible steps have infinite \
             entropy production, and Michaelis–Menten or Hill laws have no unique split and are refused.",
            "SBML import covers the core subset; events, delays, algebraic and rate rules, fast reactions and \
             required packages are refused by name.",
            "The diffusive bound is checked for well-mixed networks; reaction–diffusion systems are not covered.",
            "At smoke tier the stochastic test suite runs with fewer runs than the customary 10,000; at paper tier \
             with all of them.",
        ]
    }

    fn claims(&self) -> &'static [Claim] {
        CLAIMS
    }

    fn judge(&self, id: &str, bench: &Workbench) -> Option<Result<Finding, CaseError>> {
        evaluate(id, &Params::new(bench.tier, bench.seed), bench)
    }

    fn figures(&self) -> &'static [(&'static str, &'static str)] {
        FIGURES
    }

    fn draw(&self, name: &str, bench: &Workbench) -> Option<Result<Figure, CaseError>> {
        figure(name, &Params::new(bench.tier, bench.seed), bench)
    }

    fn settings(&self, bench: &Workbench) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(Params::new(bench.tier, bench.seed))
    }
}
