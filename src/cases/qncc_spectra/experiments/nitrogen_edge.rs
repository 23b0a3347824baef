//! SYNTHETIC nitrogen K-edges with planted groups: what the competing models find, and what a wrong calibration does.

use serde::{Deserialize, Serialize};

use super::{CASE, raise};
use crate::cases::qncc_spectra::fit::separable::Options;
use crate::cases::qncc_spectra::xanes::calibration::{CalibrationEffect, effect};
use crate::cases::qncc_spectra::xanes::nitrogen::{Comparison, Group, Support, compare};
use crate::cases::qncc_spectra::xanes::synthetic::{Planted, SyntheticEdge, nitrogen};
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`NitrogenEdge`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// What is planted in each spectrum; the first one is drawn and moved in energy.
    pub planted: Vec<Vec<Group>>,
    /// One σ, in units of the edge step.
    pub noise: f64,
    /// Errors of the photon energy to be tried, in eV.
    pub offsets: Vec<f64>,
    pub options: Options,
}

impl Params {
    /// Settings; `seed` feeds the noise and the starts of the fits.
    pub fn new(seed: u64) -> Self {
        use Group::{Amide, Amine, Imine, Nitrile};
        Self {
            planted: vec![
                vec![Imine, Nitrile, Amide],
                vec![Imine, Nitrile, Amine],
                vec![Imine, Amide, Amine],
                vec![Nitrile],
                vec![],
            ],
            noise: 0.006,
            offsets: (-6..=6).map(|k| 0.1 * f64::from(k)).collect(),
            options: Options { starts: 3, seed, ..Options::default() },
        }
    }
}

/// One spectrum and what the models say of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    pub planted: Vec<Group>,
    pub edge: SyntheticEdge,
    pub comparison: Comparison,
}

impl Trial {
    /// Whether a model fits and exactly the planted groups are needed.
    pub fn found(&self) -> bool {
        let right = |support: &Support| support.found() == self.planted.contains(&support.group);
        self.comparison.some_model_fits() && self.comparison.support.iter().all(right)
    }
}

/// All spectra, and the first one on a moved axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub trials: Vec<Trial>,
    pub calibration: CalibrationEffect,
}

/// The nitrogen K-edge with competing models.
pub struct NitrogenEdge;

impl Experiment for NitrogenEdge {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "nitrogen_edge";

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let models = 1 << Group::ALL.len();
        bench.monitor.begin("nitrogen K-edges", models * (params.planted.len() + params.offsets.len()) as u64);
        let found = run(params, bench);
        bench.monitor.end();
        found
    }
}

fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
    let mut trials = Vec::new();
    for (index, planted) in params.planted.iter().enumerate() {
        let groups = planted.clone();
        let edge = nitrogen(&Planted { groups, noise: params.noise, seed: params.options.seed, index: index as u64 });
        let comparison = compare(&Group::ALL, edge.view(), 0.0, &params.options, bench.monitor)
            .map_err(raise(NitrogenEdge::NAME))?;
        trials.push(Trial { planted: planted.clone(), edge, comparison });
    }
    let offsets = &params.offsets;
    let calibration = match trials.first() {
        Some(first) => effect(&Group::ALL, first.edge.view(), offsets, &params.options, bench.monitor)
            .map_err(raise(NitrogenEdge::NAME))?,
        None => CalibrationEffect { points: Vec::new() },
    };
    Ok(Outcome { trials, calibration })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Library;
    use crate::display::{Silent, Stopped};
    use crate::repro::Tier;

    #[test]
    fn planted_groups_are_found_and_the_axis_matters() {
        let library = Library::empty();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let mut params = Params::new(1);
        params.offsets = vec![0.0, 0.6];
        let found = NitrogenEdge::run(&params, &bench).unwrap();
        for trial in &found.trials {
            eprintln!("{:?}: {}", trial.planted, trial.comparison.sentences().join("; "));
            assert!(trial.found(), "{:?} {:?}", trial.planted, trial.comparison.support);
        }
        assert!(found.calibration.points[0].bic < found.calibration.points[1].bic);
    }

    #[test]
    fn an_interrupt_stops_it() {
        let library = Library::empty();
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Stopped);
        assert!(matches!(NitrogenEdge::run(&Params::new(1), &bench), Err(CaseError::Interrupted)));
    }
}
