//! Claim 5: speed limits on every network of the zoo, at many durations.

use serde::{Deserialize, Serialize};

use super::{CASE, ParamsError, log_spaced, raise, require};
use crate::cases::thermodynamic_uncertainty::ode::Tolerances;
use crate::cases::thermodynamic_uncertainty::path::{PathIntegrals, path_integrals};
use crate::cases::thermodynamic_uncertainty::speed_limit::SpeedLimits;
use crate::cases::thermodynamic_uncertainty::zoo::{Specimen, zoo};
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`SpeedLimitRuns`].
///
/// | name | default (smoke, paper) | purpose |
/// |---|---|---|
/// | shortest, longest | 10⁻², 10 | durations in units of each network's slowest natural time |
/// | points | 13, 49 | durations, evenly spaced in their logarithm |
/// | tolerances | 10⁻⁸, 10⁻¹¹ | of the integration |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeedLimitsParams {
    pub shortest: f64,
    pub longest: f64,
    pub points: usize,
    pub tolerances: Tolerances,
}

impl SpeedLimitsParams {
    pub fn smoke() -> Self {
        Self { shortest: 1e-2, longest: 10.0, points: 13, tolerances: Tolerances::uniform(1e-8, 1e-11) }
    }

    pub fn paper() -> Self {
        Self { points: 49, ..Self::smoke() }
    }

    /// # Errors
    /// Durations that aren't positive and ascending, or too few.
    pub fn check(&self) -> Result<(), ParamsError> {
        let positive = self.shortest > 0.0 && self.shortest.is_finite();
        require(positive, "shortest", self.shortest, "finite and positive")?;
        let ascends = self.longest > self.shortest && self.longest.is_finite();
        require(ascends, "longest", self.longest, "finite and above `shortest`")?;
        require(self.points >= 2, "points", self.points, "at least two")
    }
}

/// One network of the zoo from its table state, at all durations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeedLimitRun {
    pub id: String,
    pub species: Vec<String>,
    pub paths: Vec<PathIntegrals>,
    pub limits: Vec<SpeedLimits>,
}

/// Speed limits of all networks of the zoo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpeedLimitRuns {
    pub runs: Vec<SpeedLimitRun>,
    /// Limits that were compared with the duration.
    pub checked: usize,
    /// Largest `limit/τ` of all, with every normalisation and both norms; at most one.
    pub largest_ratio: f64,
}

impl Experiment for SpeedLimitRuns {
    type Params = SpeedLimitsParams;
    type Outcome = SpeedLimitRuns;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "speed_limits";

    fn run(params: &SpeedLimitsParams, bench: &Workbench) -> Result<SpeedLimitRuns, CaseError> {
        params.check().map_err(raise(Self::NAME))?;
        let zoo = zoo();
        bench.monitor.begin("speed limits", zoo.len() as u64);
        let runs = ordered(zoo.len(), bench.monitor, |index| follow(&zoo[index], params, bench));
        bench.monitor.end();
        let runs = runs?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let all: Vec<&SpeedLimits> = runs.iter().flat_map(|run| &run.limits).collect();
        Ok(SpeedLimitRuns {
            checked: all.iter().map(|limits| 4 * limits.scaled.len() + 2).sum(),
            largest_ratio: all.iter().map(|limits| limits.best() / limits.duration).fold(0.0, f64::max),
            runs,
        })
    }
}

fn follow(specimen: &Specimen, params: &SpeedLimitsParams, bench: &Workbench) -> Result<SpeedLimitRun, CaseError> {
    let unit = natural_time(specimen.id);
    let durations: Vec<f64> =
        log_spaced(params.shortest, params.longest, params.points).into_iter().map(|t| t * unit).collect();
    let (network, state) = (&specimen.network, &specimen.state);
    let paths = path_integrals(network, state, &durations, &params.tolerances, bench.monitor);
    let paths = paths.map_err(raise(SpeedLimitRuns::NAME))?;
    Ok(SpeedLimitRun {
        id: specimen.id.into(),
        species: network.species().to_vec(),
        limits: paths.iter().map(SpeedLimits::new).collect(),
        paths,
    })
}

/// A time in which the network changes noticeably, as its rates are written.
fn natural_time(id: &str) -> f64 {
    match id {
        // 104 A X and 26 Z drain thousands of molecules at once
        "oreg" => 1e-2,
        "gk" | "kpr" => 5.0,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn no_path_is_faster_than_its_limits() {
        let params = SpeedLimitsParams { points: 5, ..SpeedLimitsParams::smoke() };
        let found = run::<SpeedLimitRuns>(&params).expect("valid settings");
        assert_eq!(found.runs.len(), 13);
        assert!(found.largest_ratio <= 1.0 + 1e-9, "{}", found.largest_ratio);
        assert!(found.largest_ratio > 0.5, "the limits are near the duration somewhere: {}", found.largest_ratio);
        for run in &found.runs {
            for limits in &run.limits {
                let pairs = limits.scaled.iter().zip(&limits.onsager).zip(&limits.excess).zip(&limits.displacement);
                for (((scaled, onsager), excess), displacement) in pairs {
                    let slack = 1.0 + 1e-9;
                    assert!(displacement <= &(scaled * slack) && scaled <= &(onsager * slack), "{}", run.id);
                    assert!(onsager <= &(excess * slack), "{}", run.id);
                }
                assert!(limits.vector <= limits.vector_excess * (1.0 + 1e-9), "{}", run.id);
            }
        }
    }

    #[test]
    fn bad_settings_are_refused() {
        let none = SpeedLimitsParams { points: 1, ..SpeedLimitsParams::smoke() };
        assert_eq!(none.check().expect_err("one point").name, "points");
    }
}
