//! Reference peaks of polystyrene in an ATR spectrum: how far they lie below those of transmission, before and after
//! correction.

use serde::{Deserialize, Serialize};

use super::{CASE, raise, table};
use crate::cases::qncc_spectra::atr::{
    Correction, Crystal, POLYSTYRENE, Setup, ShiftSummary, reference_shifts, to_transmission,
};
use crate::cases::qncc_spectra::baseline::Baseline;
use crate::cases::qncc_spectra::readers::{Errors, Selection};
use crate::cases::qncc_spectra::spectrum::{Absorbance, Wavenumber};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`Polystyrene`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    pub file: String,
    pub setup: Setup,
    /// Removed before the correction.
    pub baseline: Baseline,
    /// Thickness of the film that the correction stands for, in µm.
    pub thickness: f64,
}

impl Default for Params {
    /// Single bounce on diamond as the file's origin says; 45° and an index of 1.57 are assumed (A).
    fn default() -> Self {
        Self {
            file: "ftir_atr_polystyrene.csv".into(),
            setup: Setup { crystal: Crystal::Diamond, angle_degrees: 45.0, bounces: 1, sample_index: 1.57 },
            baseline: Baseline::AsymmetricLeastSquares { stiffness: 1e7, asymmetry: 0.001 },
            thickness: 1.0,
        }
    }
}

/// Peaks as measured and after two corrections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub raw: ShiftSummary,
    /// Corrected for the depth of penetration.
    pub depth: ShiftSummary,
    /// Corrected for depth and dispersion.
    pub dispersion: ShiftSummary,
}

/// The ATR shift of polystyrene.
pub struct Polystyrene;

impl Experiment for Polystyrene {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "polystyrene";

    fn inputs(params: &Params) -> Vec<String> {
        vec![params.file.clone()]
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let selection = Selection { errors: Errors::Ignored, ..Selection::default() };
        let spectrum = table(Self::NAME, &params.file, bench)?
            .spectrum::<Wavenumber, Absorbance>(&selection)
            .map_err(raise(Self::NAME))?;
        let (x, y) = (spectrum.x(), spectrum.y());
        let raw = reference_shifts(x, y, &POLYSTYRENE).map_err(raise(Self::NAME))?;
        let above = params.baseline.remove(x, y).map_err(raise(Self::NAME))?;
        let corrected = |correction| {
            let film =
                to_transmission(x, &above, &params.setup, correction, params.thickness).map_err(raise(Self::NAME))?;
            reference_shifts(x, &film.absorbance, &POLYSTYRENE).map_err(raise(Self::NAME))
        };
        let depth = corrected(Correction::Depth)?;
        Ok(Outcome { raw, depth, dispersion: corrected(Correction::DepthAndDispersion)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn corrections_move_peaks_towards_transmission() {
        let Some(library) = library(CASE) else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let found = Polystyrene::run(&Params::default(), &bench).unwrap();
        eprintln!("{} {} {}", found.raw.mean, found.depth.mean, found.dispersion.mean);
        assert!((found.raw.mean + 2.1).abs() < 0.4);
        assert!(found.raw.mean < found.depth.mean && found.depth.mean < found.dispersion.mean);
    }
}
