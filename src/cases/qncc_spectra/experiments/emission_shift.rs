//! Where an absorbance band near 8 µm peaks in emission, by temperature and by flux unit.

use serde::{Deserialize, Serialize};

use super::{CASE, raise};
use crate::cases::qncc_spectra::emission::{Shift, gaussian_band, shifts};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`EmissionShift`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Centre and full width at half maximum of the band, in cm⁻¹.
    pub center_per_cm: f64,
    pub fwhm_per_cm: f64,
    /// Temperatures in K.
    pub temperatures: Vec<f64>,
    /// Where the peak is sought, in µm.
    pub range: (f64, f64),
}

impl Default for Params {
    fn default() -> Self {
        let temperatures = (4..=30).map(|k| 50.0 * f64::from(k)).collect();
        Self { center_per_cm: 1250.0, fwhm_per_cm: 200.0, temperatures, range: (6.0, 11.0) }
    }
}

/// The peaks at every temperature in both units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub shifts: Vec<Shift>,
}

/// The shift of an 8 µm band.
pub struct EmissionShift;

impl Experiment for EmissionShift {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "emission_shift";

    fn run(params: &Params, _bench: &Workbench) -> Result<Outcome, CaseError> {
        let band = gaussian_band(params.center_per_cm, params.fwhm_per_cm);
        let shifts = shifts(&band, &params.temperatures, params.range).map_err(raise(Self::NAME))?;
        Ok(Outcome { shifts })
    }
}
