//! The deterministic cases of the SBML test suite, each with its own settings.

use serde::{Deserialize, Serialize};

use super::suite::{Deviation, Settings, deviation};
use super::{CASE, raise};
use crate::cases::thermodynamic_uncertainty::model::time_grid;
use crate::cases::thermodynamic_uncertainty::sbml::{Events, read};
use crate::data::{Library, Manifest};
use crate::display::Monitor;
use crate::methods::parallel::ordered;
use crate::repro::{CaseError, Experiment, Workbench};

/// Settings of [`SemanticSuite`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Relative tolerance of the integration.
    pub relative: f64,
}

impl Default for Params {
    /// Four orders below the suite's own 1e-4.
    fn default() -> Self {
        Self { relative: 1e-8 }
    }
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Ran; passes when the deviation is at most 1 in units of the tolerance.
    Ran(Deviation),
    /// Refused, with the element and its place.
    Refused(String),
}

/// One case of the suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The suite's number, such as `00001`.
    pub case: String,
    pub verdict: Verdict,
}

impl CaseResult {
    /// Whether it ran and every point lies within the suite's tolerance.
    pub fn passes(&self) -> bool {
        matches!(&self.verdict, Verdict::Ran(deviation) if deviation.of_tolerance <= 1.0)
    }
}

/// What the suite found, in the order of its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub cases: Vec<CaseResult>,
}

impl Outcome {
    /// Cases within tolerance.
    pub fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.passes()).count()
    }

    /// Cases that were refused by name.
    pub fn refused(&self) -> usize {
        self.cases.iter().filter(|case| matches!(case.verdict, Verdict::Refused(_))).count()
    }

    /// The largest deviation of a case that ran, in units of its tolerance.
    pub fn worst(&self) -> Option<(&str, &Deviation)> {
        let ran = self.cases.iter().filter_map(|case| match &case.verdict {
            Verdict::Ran(deviation) => Some((case.case.as_str(), deviation)),
            Verdict::Refused(_) => None,
        });
        ran.max_by(|a, b| a.1.of_tolerance.total_cmp(&b.1.of_tolerance))
    }
}

/// Claim 10: every case agrees with `|x − expected| ≤ absolute + relative·|expected|` at every point.
pub struct SemanticSuite;

impl Experiment for SemanticSuite {
    type Params = Params;
    type Outcome = Outcome;
    const CASE: &'static str = CASE;
    const NAME: &'static str = "semantic";

    fn inputs(_params: &Params) -> Vec<String> {
        let manifest = Manifest::built_in();
        manifest.list(CASE).into_iter().map(|entry| entry.name.clone()).filter(|n| n.starts_with("semantic/")).collect()
    }

    fn run(params: &Params, bench: &Workbench) -> Result<Outcome, CaseError> {
        let inputs = Self::inputs(params);
        let models: Vec<&String> = inputs.iter().filter(|name| name.ends_with(".xml")).collect();
        bench.monitor.begin("SBML semantic suite", models.len() as u64);
        let results =
            ordered(models.len(), bench.monitor, |i| run_case(models[i], params, bench.library, bench.monitor));
        bench.monitor.end();
        Ok(Outcome { cases: results?.into_iter().collect::<Result<_, _>>()? })
    }
}

/// Runs the case whose model has that manifest name: `semantic/00001/00001-sbml-l3v1.xml`.
fn run_case(model: &str, params: &Params, library: &Library, monitor: &dyn Monitor) -> Result<CaseResult, CaseError> {
    let case = model.split('/').nth(1).unwrap_or(model).to_owned();
    let part = |suffix: &str| format!("semantic/{case}/{case}-{suffix}");
    let settings_name = part("settings.txt");
    let settings =
        Settings::parse(&settings_name, &library.text(CASE, &settings_name)?).map_err(raise(SemanticSuite::NAME))?;
    let expected = library.table(CASE, &part("results.csv"))?;
    let loaded = match read(&library.read(CASE, model)?, Events::Refuse) {
        Ok(loaded) => loaded,
        Err(error) => return Ok(CaseResult { case, verdict: Verdict::Refused(error.to_string()) }),
    };
    let times = time_grid(settings.start, settings.start + settings.duration, settings.steps);
    let trajectory = loaded.simulate(&times, params.relative, monitor).map_err(raise(SemanticSuite::NAME))?;
    let tolerance = |_: usize, expected: f64| settings.absolute + settings.relative * expected.abs();
    let deviation = deviation(&loaded, &trajectory, &settings.variables, &expected, &tolerance)
        .map_err(raise(SemanticSuite::NAME))?;
    Ok(CaseResult { case, verdict: Verdict::Ran(deviation) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::thermodynamic_uncertainty::test_data::library;
    use crate::display::Silent;
    use crate::repro::Tier;

    #[test]
    fn every_case_of_the_suite_passes() {
        let Some(library) = library() else { return };
        let bench = Workbench::new(Tier::Smoke, 1, &library, &Silent);
        let outcome = SemanticSuite::run(&Params::default(), &bench).expect("the suite's files are there");
        for case in &outcome.cases {
            eprintln!("{} {:?}", case.case, case.verdict);
        }
        assert_eq!((outcome.cases.len(), outcome.refused()), (63, 0));
        let failed: Vec<&CaseResult> = outcome.cases.iter().filter(|case| !case.passes()).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }
}
