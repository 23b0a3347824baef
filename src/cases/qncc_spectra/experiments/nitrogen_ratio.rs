//! Nitrogen to carbon, as printed: QNCC and the insoluble organic matter of CM chondrites.

use serde::{Deserialize, Serialize};

use super::CASE;
use super::published::numbers;
use crate::repro::{CaseError, Experiment, Workbench};

/// One printed range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    pub material: String,
    /// N/C, atoms per atom.
    pub from: f64,
    pub to: f64,
    /// What else the text says.
    pub about: Option<String>,
    /// How well it is sourced: P, S or A.
    pub grade: String,
    pub source: String,
}

impl Ratio {
    /// Whether two ranges have a value in common.
    pub fn overlaps(&self, other: &Ratio) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// All printed ranges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub ratios: Vec<Ratio>,
}

impl Outcome {
    /// The ranges of materials whose names begin so.
    pub fn of(&self, beginning: &str) -> Vec<&Ratio> {
        self.ratios.iter().filter(|ratio| ratio.material.starts_with(beginning)).collect()
    }
}

/// N/C as printed.
pub struct NitrogenRatio;

impl Experiment for NitrogenRatio {
    type Params = ();
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "nitrogen_ratio";

    fn run(_params: &(), _bench: &Workbench) -> Result<Outcome, CaseError> {
        Ok(Outcome { ratios: numbers(Self::NAME)?.nitrogen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn printed_ratios_are_sourced_and_ordered() {
        let library = Library::empty();
        let found = NitrogenRatio::run(&(), &Workbench::new(Tier::Smoke, 1, &library, &Silent)).unwrap();
        assert_eq!((found.of("QNCC").len(), found.of("CM IOM").len()), (2, 2));
        for ratio in &found.ratios {
            assert!(ratio.from > 0.0 && ratio.from <= ratio.to && !ratio.source.is_empty(), "{ratio:?}");
        }
        assert!(found.of("QNCC")[0].overlaps(found.of("CM IOM")[0]));
        assert!(!found.of("QNCC")[0].overlaps(found.of("CM IOM, heated")[0]));
    }
}
