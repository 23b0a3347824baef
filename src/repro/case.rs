//! What a case offers, and the workbench on which its experiments run.

use std::any::Any;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Claim, Figure, Finding, Origin};
use crate::data::{DataError, Library};
use crate::display::Monitor;
use crate::methods::parallel::Interrupted;

/// How much of a case runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// All cases together within ten minutes on two cores.
    Smoke,
    /// The full setting of the paper.
    Paper,
}

/// A documented result, re-created.
///
/// Claims and figures *pull* the experiments that they need from the [`Workbench`], which runs each once; so one
/// figure costs only its own experiments, and a finished experiment survives an interrupt.
pub trait Case: Sync {
    /// The case's folder name, such as `thermodynamic_uncertainty`.
    fn name(&self) -> &'static str;
    /// A headline for people.
    fn title(&self) -> &'static str;
    /// The paper or papers.
    fn source(&self) -> &'static str;
    /// What this re-creation does not cover, one sentence each.
    fn limits(&self) -> &'static [&'static str];
    /// All claims, in the order of the report.
    fn claims(&self) -> &'static [Claim];
    /// Evaluates one claim of [`Case::claims`].
    ///
    /// # Errors
    /// Whatever its experiments raise; [`Claim::conclude`] turns that into a status.
    fn evaluate(&self, claim: &Claim, bench: &Workbench) -> Result<Finding, CaseError>;
    /// Names and titles of all figures, in order.
    fn figures(&self) -> &'static [(&'static str, &'static str)];
    /// Draws one figure of [`Case::figures`].
    ///
    /// # Errors
    /// Whatever its experiments raise.
    fn figure(&self, name: &str, bench: &Workbench) -> Result<Figure, CaseError>;
    /// The settings in force, for the record: a JSON object.
    fn params(&self, bench: &Workbench) -> serde_json::Value;
}

/// Why an experiment gave no outcome.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("interrupted")]
    Interrupted,
    #[error("data not fetched: {file} (run `saigen data fetch {case}`)")]
    DataMissing { case: String, file: String },
    #[error(transparent)]
    Data(DataError),
    #[error("{experiment}: {source}")]
    Experiment {
        experiment: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{case} has no figure `{name}`; it has {known}")]
    UnknownFigure { case: &'static str, name: String, known: String },
    #[error("{case} has no claim `{id}`")]
    UnknownClaim { case: &'static str, id: String },
}

impl From<Interrupted> for CaseError {
    fn from(_: Interrupted) -> Self {
        CaseError::Interrupted
    }
}

impl From<DataError> for CaseError {
    fn from(error: DataError) -> Self {
        match error {
            DataError::NotFetched { case, file } => CaseError::DataMissing { case, file },
            other => CaseError::Data(other),
        }
    }
}

/// One computation with settings and an outcome, run at most once per setting.
pub trait Experiment {
    /// Settings; the serialised form is the cache key and goes into the record.
    type Params: Serialize;
    /// Owned result, stored between runs.
    type Outcome: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The case it belongs to.
    const CASE: &'static str;
    /// Its name within the case.
    const NAME: &'static str;
    /// Files that it reads, by manifest name; their hashes are part of the cache key.
    fn inputs(_params: &Self::Params) -> Vec<String> {
        Vec::new()
    }
    /// Runs it.
    ///
    /// # Errors
    /// Numerical failure, missing data, or an interrupt.
    fn run(params: &Self::Params, bench: &Workbench) -> Result<Self::Outcome, CaseError>;
}

/// Where experiments run: data, settings, progress, and the store of finished outcomes.
pub struct Workbench<'a> {
    pub tier: Tier,
    pub seed: u64,
    pub library: &'a Library,
    pub monitor: &'a dyn Monitor,
    /// Where finished outcomes are kept between runs; `None` keeps them in memory only.
    pub store: Option<PathBuf>,
    finished: Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>,
}

impl<'a> Workbench<'a> {
    /// A workbench that keeps outcomes in memory.
    pub fn new(tier: Tier, seed: u64, library: &'a Library, monitor: &'a dyn Monitor) -> Self {
        Self { tier, seed, library, monitor, store: None, finished: Mutex::default() }
    }

    /// Returns the outcome of an experiment: from memory, from the store, or by running it.
    ///
    /// # Errors
    /// What [`Experiment::run`] raises. A damaged or unreadable stored outcome is not an error: it runs again.
    pub fn outcome<E: Experiment>(&self, params: &E::Params) -> Result<Arc<E::Outcome>, CaseError> {
        let key = self.key::<E>(params);
        if let Some(known) = self.remembered(&key) {
            return Ok(known);
        }
        let outcome = Arc::new(E::run(params, self)?);
        self.remember(key, outcome.clone());
        Ok(outcome)
    }

    fn key<E: Experiment>(&self, params: &E::Params) -> String {
        let settings = serde_json::to_string(params).expect("settings serialise to JSON");
        format!("{}/{}/{settings}", E::CASE, E::NAME)
    }

    fn remembered<T: Send + Sync + 'static>(&self, key: &str) -> Option<Arc<T>> {
        let finished = self.finished.lock().expect("no panic while holding the lock");
        finished.get(key).cloned().and_then(|any| any.downcast().ok())
    }

    fn remember<T: Send + Sync + 'static>(&self, key: String, outcome: Arc<T>) {
        self.finished.lock().expect("no panic while holding the lock").insert(key, outcome);
    }
}

/// Marks a figure or claim as resting on data of that origin; a reader must never guess.
impl Origin {
    pub fn label(self) -> &'static str {
        match self {
            Origin::Exact => "exact",
            Origin::Synthetic => "synthetic",
            Origin::Published => "published",
            Origin::Digitised => "digitised",
            Origin::Real => "real",
        }
    }
}
