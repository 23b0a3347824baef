//! How a spectrum is decomposed.

use serde::{Deserialize, Serialize};

use super::DecomposeError;
use super::components::Component;
use crate::cases::qncc_spectra::fit::Options;
use crate::cases::qncc_spectra::profiles::Geometry;

/// Which components may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// Unresolved lines.
    Lines,
    /// Bands that aren't lines.
    Bands,
    /// Lines and bands.
    All,
}

/// How far centres or widths may move.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Freedom {
    /// Of which components.
    pub which: Which,
    /// To both sides of the listed value: µm for a centre, a share of the FWHM (below one) for a width.
    pub reach: f64,
}

/// How a spectrum is decomposed.
///
/// | name | default | range | purpose |
/// |---|---|---|---|
/// | `attenuation` | mixed | | geometry of the dust; `None` fits without |
/// | `max_optical_depth` | 10 | > 0 | upper bound of τ at 9.7 µm |
/// | `redshift` | 0 | > −1 | of the source; components are in its rest frame |
/// | `centres`, `widths` | none | reach > 0 | which may move, and how far |
/// | `jansky_per_unit` | 1 | > 0 | 1 for Jy gives powers in W m⁻²; 1e6 for MJy/sr gives W m⁻² sr⁻¹ |
/// | `options` | [`Options::default`] | | the search of free centres and widths |
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Geometry of the dust.
    pub attenuation: Option<Geometry>,
    /// Upper bound of τ at 9.7 µm.
    pub max_optical_depth: f64,
    /// Redshift of the source.
    pub redshift: f64,
    /// Which centres are free.
    pub centres: Option<Freedom>,
    /// Which widths are free.
    pub widths: Option<Freedom>,
    /// Jy for one unit of the spectrum.
    pub jansky_per_unit: f64,
    /// The search of free shapes.
    pub options: Options,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attenuation: Some(Geometry::Mixed),
            max_optical_depth: 10.0,
            redshift: 0.0,
            centres: None,
            widths: None,
            jansky_per_unit: 1.0,
            options: Options::default(),
        }
    }
}

impl Freedom {
    /// How far this component may move; `None` when it may not.
    pub(super) fn of(self, component: &Component) -> Option<f64> {
        let free = match self.which {
            Which::Lines => component.is_line(),
            Which::Bands => !component.is_line(),
            Which::All => true,
        };
        free.then_some(self.reach)
    }
}

impl Settings {
    /// Refuses settings out of their ranges.
    pub(super) fn check(&self) -> Result<(), DecomposeError> {
        let refuse = |name, value, range| Err(DecomposeError::Setting { name, value, range });
        let positive = |value: f64| value.is_finite() && value > 0.0;
        if !positive(self.max_optical_depth) {
            return refuse("the largest optical depth", self.max_optical_depth, "a positive number");
        }
        if !(self.redshift.is_finite() && self.redshift > -1.0) {
            return refuse("the redshift", self.redshift, "a number above −1");
        }
        if !positive(self.jansky_per_unit) {
            return refuse("the unit in Jy", self.jansky_per_unit, "a positive number");
        }
        if let Some(centres) = self.centres.filter(|centres| !positive(centres.reach)) {
            return refuse("the reach of the centres", centres.reach, "a positive number of µm");
        }
        if let Some(widths) = self.widths.filter(|widths| !(positive(widths.reach) && widths.reach < 1.0)) {
            return refuse("the reach of the widths", widths.reach, "a share of the width, between 0 and 1");
        }
        Ok(())
    }
}
