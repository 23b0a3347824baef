//! What an error of the photon energy does to the assignment of peaks.

use serde::{Deserialize, Serialize};

use super::compare::Spectrum;
use super::fit::XanesError;
use super::nitrogen::{Group, Support, Verdict, compare};
use crate::cases::qncc_spectra::fit::separable::Options;
use crate::display::Monitor;

/// The verdicts when the axis is taken to be off by `offset`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPoint {
    /// Added to every energy, in eV.
    pub offset: f64,
    /// The best model by BIC.
    pub best: String,
    /// With the errors as given, so that offsets can be compared.
    pub bic: f64,
    pub support: Vec<Support>,
}

/// How verdicts move with the photon-energy calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationEffect {
    /// By ascending offset.
    pub points: Vec<CalibrationPoint>,
}

impl CalibrationEffect {
    /// The offsets on either side of `at` up to which a model fits and the list of needed groups is that at `at`; nothing if
    /// `at` is no offset that was tried, or if no model fits there.
    pub fn safe(&self, at: f64) -> Option<(f64, f64)> {
        let middle = self.points.iter().position(|point| point.offset == at)?;
        let needed = |point: &CalibrationPoint| -> Option<Vec<Group>> {
            let fits = point.support.iter().all(|support| support.verdict != Verdict::NoModelFits);
            fits.then(|| point.support.iter().filter(|support| support.found()).map(|support| support.group).collect())
        };
        let here = Some(needed(&self.points[middle])?);
        let same = |point: &&CalibrationPoint| needed(point) == here;
        let low = self.points[..=middle].iter().rev().take_while(same).last()?.offset;
        let high = self.points[middle..].iter().take_while(same).last()?.offset;
        Some((low, high))
    }
}

/// Compares all combinations of `groups` with the axis moved by each of `offsets` (eV, ascending).
///
/// # Errors
/// As [`compare`].
pub fn effect(
    groups: &[Group],
    spectrum: Spectrum,
    offsets: &[f64],
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<CalibrationEffect, XanesError> {
    let point = |offset: &f64| {
        let found = compare(groups, spectrum, *offset, options, monitor)?;
        let best = found.best();
        Ok(CalibrationPoint {
            offset: *offset,
            best: best.model.clone(),
            bic: best.bic,
            support: found.support.clone(),
        })
    };
    Ok(CalibrationEffect { points: offsets.iter().map(point).collect::<Result<_, XanesError>>()? })
}

/// The room between the windows of two groups, in eV, when the axis is uncertain by `uncertainty`; negative when they overlap.
pub fn gap(lower: Group, upper: Group, uncertainty: f64) -> f64 {
    (upper.center().low - uncertainty) - (lower.center().high + uncertainty)
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::{Planted, nitrogen};
    use super::*;
    use crate::display::Silent;

    #[test]
    fn two_tenths_of_an_ev_use_up_the_room_between_imine_and_nitrile() {
        let gap = |uncertainty| gap(Group::Imine, Group::Nitrile, uncertainty);
        assert!((gap(0.0) - 0.45).abs() < 1e-9);
        assert!((gap(0.2) - 0.05).abs() < 1e-9 && gap(0.25) < 0.0);
    }

    #[test]
    fn a_large_error_of_the_axis_turns_imine_into_nitrile() {
        let groups = [Group::Imine, Group::Nitrile];
        let edge = nitrogen(&Planted { groups: vec![Group::Imine], noise: 0.005, seed: 2, index: 0 });
        let options = Options { starts: 2, ..Options::default() };
        let found = effect(&groups, edge.view(), &[-0.1, 0.0, 0.1, 0.95], &options, &Silent).unwrap();
        let best: Vec<&str> = found.points.iter().map(|point| point.best.as_str()).collect();
        assert_eq!(best[..3], ["imine"; 3]);
        let nitrile = |k: usize| found.points[k].support.iter().find(|s| s.group == Group::Nitrile).unwrap().found();
        assert!(!nitrile(1) && nitrile(3), "{:?}", found.points[3]);
        assert_eq!(found.safe(0.0), Some((-0.1, 0.1)));
        assert_eq!(found.safe(0.1), Some((-0.1, 0.1)));
        // An axis that is corrected by an offset has its verdict there, not at zero.
        assert_eq!(found.safe(0.95), Some((0.95, 0.95)));
        assert_eq!(found.safe(0.5), None);
    }
}
