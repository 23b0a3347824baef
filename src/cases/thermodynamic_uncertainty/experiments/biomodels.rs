//! Curated BioModels against trajectories computed with libRoadRunner.

use serde::{Deserialize, Serialize};

use super::suite::{Deviation, deviation};
use super::{CASE, raise};
use crate::cases::thermodynamic_uncertainty::model::Quantity;
use crate::cases::thermodynamic_uncertainty::sbml::{Events, read};
use crate::data::{Library, Manifest};
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`BioModels`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Relative tolerance of the integration.
    pub relative: f64,
    /// Deviation allowed, relative to the largest value of the species in its reference trajectory.
    pub tolerance: f64,
    /// The same for model 206, whose oscillation amplifies the reference's own error.
    pub tolerance_206: f64,
}

impl Default for Params {
    /// Tolerances of the references: they moved by 1e-5 (206: 4e-4) when their own tolerance was relaxed to 1e-8.
    fn default() -> Self {
        Self { relative: 1e-9, tolerance: 1e-4, tolerance_206: 1e-3 }
    }
}

/// What became of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelResult {
    /// Such as `BIOMD0000000002`.
    pub model: String,
    /// Why the reader refuses it as it stands.
    pub refused: Option<String>,
    /// Deviation from the reference; of a refused model, with its events left out (the reference ends before the
    /// first one).
    pub deviation: Deviation,
    /// Why its laws don't split into forward and backward fluxes, if they don't.
    pub no_split: Option<String>,
}

/// What the models did, in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub models: Vec<ModelResult>,
}

impl Outcome {
    /// Whether every trajectory agrees with its reference.
    pub fn agree(&self) -> bool {
        self.models.iter().all(|model| model.deviation.of_tolerance <= 1.0)
    }
}

/// All BioModels of the manifest against their references.
pub struct BioModels;

impl Experiment for BioModels {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "biomodels";

    fn inputs(_params: &Params) -> Vec<String> {
        let manifest = Manifest::built_in();
        manifest.list(CASE).into_iter().map(|e| e.name.clone()).filter(|n| n.starts_with("biomodels")).collect()
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let inputs = Self::inputs(params);
        let models: Vec<&String> = inputs.iter().filter(|name| name.ends_with(".xml")).collect();
        bench.monitor.begin("BioModels", models.len() as u64);
        let results =
            ordered(models.len(), bench.monitor, |i| run_model(models[i], params, bench.library, bench.monitor));
        bench.monitor.end();
        Ok(Outcome { models: results?.into_iter().collect::<Result<_, _>>()? })
    }
}

fn run_model(name: &str, params: &Params, library: &Library, monitor: &dyn Monitor) -> Result<ModelResult, CaseError> {
    let id = name.trim_start_matches("biomodels/").trim_end_matches(".xml").to_owned();
    let expected = library.table(CASE, &format!("biomodels_reference/{id}.csv"))?;
    let bytes = library.read(CASE, name)?;
    let refused = read(&bytes, Events::Refuse).err().map(|error| error.to_string());
    let model = read(&bytes, Events::LeaveOut).map_err(raise(BioModels::NAME))?;
    let times: Vec<f64> = expected.rows.iter().map(|row| row[0]).collect();
    let trajectory = model.simulate(&times, params.relative, monitor).map_err(raise(BioModels::NAME))?;
    let columns: Vec<(String, Quantity)> =
        expected.columns[1..].iter().map(|column| (column.clone(), Quantity::Concentration)).collect();
    let largest: Vec<f64> = (1..expected.columns.len())
        .map(|k| expected.rows.iter().fold(0.0_f64, |largest, row| largest.max(row[k].abs())))
        .collect();
    let share = if id.ends_with("206") { params.tolerance_206 } else { params.tolerance };
    let tolerance = |k: usize, _: f64| share * largest[k];
    let deviation = deviation(&model, &trajectory, &columns, &expected, &tolerance).map_err(raise(BioModels::NAME))?;
    let no_split = model.split().err().map(|error| error.to_string());
    Ok(ModelResult { model: id, refused, deviation, no_split })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn trajectories_agree_with_the_references() {
        let Some(library) = library() else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let outcome = BioModels::run(&Params::default(), &bench).expect("the models are there");
        for model in &outcome.models {
            eprintln!("{model:?}");
        }
        assert_eq!(outcome.models.len(), 14);
        let off: Vec<&ModelResult> = outcome.models.iter().filter(|m| m.deviation.of_tolerance > 1.0).collect();
        assert!(off.is_empty(), "{off:#?}");
        let refused: Vec<&str> =
            outcome.models.iter().filter(|m| m.refused.is_some()).map(|m| m.model.as_str()).collect();
        assert_eq!(refused, ["BIOMD0000000001"]);
    }
}
