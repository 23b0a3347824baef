//! The case as the report sees it.

use super::claims::CLAIMS;
use super::evaluate::evaluate;
use super::figures::{FIGURES, figure};
use super::params::Params;
use crate::repro::{Case, CaseError, Claim, Figure, Finding, Workbench};

/// Gene networks estimated together with the predictor of drug response.
#[derive(Clone, Copy, Debug, Default)]
pub struct DrugResistance;

impl Case for DrugResistance {
    fn name(&self) -> &'static str {
        "drug_resistance"
    }

    fn title(&self) -> &'static str {
        "Gene networks estimated together with the predictor of drug response"
    }

    fn source(&self) -> &'static str {
        "H. Park, R. Yamaguchi, S. Imoto, S. Miyano et al., BMC Bioinformatics 23, 342 (2022)"
    }

    fn limits(&self) -> &'static [&'static str] {
        &[
            "Only the paper's abstract was read: objective and results are second-hand, and no MSE, split, λ selection or code of the \
             authors is known. Claims about its results are tagged unverified.",
            "The publication's expression matrix isn't here: 706 genes of CCLE and 127 activities of transcription factors take its \
             place, and none of the seven markers is among them. Laid beside the data, the published files are used as they are.",
            "Tissue confounds: part of every predictor's success is knowing the tissue. Errors within tissues stand beside all others.",
            "θ is not identifiable where regulated genes share their regulators: selected genes are no markers by themselves.",
            "Edges are associations, not directed regulation. Both groups share one B, so an edge differs between sensitive and resistant \
             lines only through its regulator's expression.",
            "Expression reaches 18.6 standard deviations; it is used as it is, and the reasons of the claims about ridge, elastic net and lasso \
             tell what clipping changes.",
            "ln IC50 beyond the highest dose is extrapolated by those who fitted the curves.",
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
        &["drug.simulation", "drug.baseline_network", "drug.ridge_best"]
    }

    fn settings(&self, bench: &Workbench) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(Params::new(bench.tier, bench.seed))
    }
}
