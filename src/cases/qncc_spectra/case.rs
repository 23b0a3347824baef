//! The case as the report sees it.

use super::claims::CLAIMS;
use super::evaluate::evaluate;
use super::figures::{FIGURES, figure};
use super::params::Params;
use crate::repro::{Case, CaseError, Claim, Figure, Finding, Workbench};

/// QNCC absorbance against the infrared bands of nova V2361 Cyg.
#[derive(Clone, Copy, Debug, Default)]
pub struct QnccSpectra;

impl Case for QnccSpectra {
    fn name(&self) -> &'static str {
        "qncc_spectra"
    }

    fn title(&self) -> &'static str {
        "QNCC absorbance against the infrared bands of nova V2361 Cyg"
    }

    fn source(&self) -> &'static str {
        "I. Endo et al., Astrophys. J. 917, 103 (2021); decomposition after J. D. T. Smith et al., Astrophys. J. 656, 770 (2007)"
    }

    fn limits(&self) -> &'static [&'static str] {
        &[
            "Only the paper's abstract and texts about it were read, not its tables: the true band table, baseline and noise of \
             QNCC, and the nova's epoch, dust temperature, silicate and reddening correction are unknown.",
            "Neither the absorbance of QNCC nor the spectrum of V2361 Cyg nor any nitrogen K-edge of QNCC or meteoritic organic \
             matter is publicly filed: labelled synthetic stand-ins carry those figures and say nothing about the paper.",
            "A resemblance of stand-ins is circular: both were made with an 8 µm band. It tests the machinery only.",
            "Emission is that of one temperature, optically thin; stochastic heating of small grains is not covered.",
            "Numbers graded S (untraced) or A (assumed) are tagged so wherever they are shown; nothing is concluded from them alone.",
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

    fn deviations(&self) -> &'static [&'static str] {
        &["qncc.free_bic", "qncc.bootstrap", "qncc.bic", "qncc.classes"]
    }

    fn settings(&self, bench: &Workbench) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(Params::new(bench.tier, bench.seed))
    }
}
