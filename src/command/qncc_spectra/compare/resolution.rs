//! At which resolving power everything is compared, and with which each side was taken.

use miette::miette;
use saigen::cases::qncc_spectra::similarity::Resolution;
use serde_json::{Value, json};

use super::Arguments;

/// Resolving power of the comparison where none is given and none is known.
const COMMON: f64 = 100.0;
/// How many times the common resolving power the points of an observation of unknown resolution may have before it is remarked.
const DENSE: f64 = 1.5;

/// The common resolving power, and those of both files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolutions {
    pub common: f64,
    pub laboratory: Resolution,
    pub observed: Resolution,
}

impl Resolutions {
    /// As the options say; without any, 100 or the lower one of the two files.
    ///
    /// # Errors
    /// Numbers that are no resolving power, or a common one that a file can't be brought to.
    pub fn of(arguments: &Arguments) -> miette::Result<Self> {
        let given = [
            ("--resolving-power", arguments.resolving_power),
            ("--lab-resolving-power", arguments.lab_resolving_power),
            ("--observed-resolving-power", arguments.observed_resolving_power),
        ];
        for (name, value) in given.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            if !(value.is_finite() && value > 1.0) {
                return Err(miette!("{name} is {value}; it must be finite and above one"));
            }
        }
        let own = [("LAB", arguments.lab_resolving_power), ("OBSERVED", arguments.observed_resolving_power)];
        let lowest = own.iter().filter_map(|(_, own)| *own).fold(f64::INFINITY, f64::min);
        let common = arguments.resolving_power.unwrap_or(COMMON.min(lowest));
        let blunter = own.iter().filter_map(|(name, own)| Some((*name, (*own)?))).find(|(_, own)| *own < common);
        if let Some((name, power)) = blunter {
            return Err(miette!(
                help = "--resolving-power {lowest} or less, or leave it out",
                "{name} was taken at a resolving power of {power} and can't be brought to {common}"
            ));
        }
        Ok(Self {
            common,
            laboratory: arguments.lab_resolving_power.map_or(Resolution::Sharp, Resolution::Of),
            observed: arguments.observed_resolving_power.map_or(Resolution::Unknown, Resolution::Of),
        })
    }

    /// What to say of an observation whose resolution nobody gave; `wavelengths` in µm, ascending.
    pub fn remark(&self, wavelengths: &[f64], (low, high): (f64, f64)) -> Option<String> {
        if self.observed != Resolution::Unknown {
            return None;
        }
        let plain = format!(
            "OBSERVED's resolving power isn't given: it is compared as it is, all else at {}; --observed-resolving-power R brings it \
             to the common one too",
            self.common
        );
        let inside = wavelengths.windows(2).filter(|pair| pair[0] >= low && pair[1] <= high);
        let mut powers: Vec<f64> = inside.map(|pair| 0.25 * (pair[0] + pair[1]) / (pair[1] - pair[0])).collect();
        powers.sort_by(f64::total_cmp);
        let usual = powers.get(powers.len() / 2).copied().unwrap_or(0.0);
        Some(if usual > DENSE * self.common {
            format!("{plain} (its points lie densely enough for {usual:.0})")
        } else {
            plain
        })
    }
}

/// A resolution in words.
pub fn words(resolution: Resolution) -> String {
    match resolution {
        Resolution::Sharp => "taken as sharp".into(),
        Resolution::Of(power) => format!("{power}"),
        Resolution::Unknown => "not given".into(),
    }
}

/// A resolution, what was done and what came out, for the report.
pub fn told(resolution: Resolution, common: f64) -> Value {
    json!({
        "own": resolution,
        "convolved_with": resolution.kernel(common),
        "compared_at": resolution.compared_at(common),
    })
}
